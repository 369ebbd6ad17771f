"""What must hold of any input: an error of ours, or tables whose rows are all accounted for.

As a program it looks at mutated inputs for hours, and keeps the seeds that met something new::

    python tests/support/mutated_checks.py --minutes 60 --first 0 --keep seeds.txt
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import multiprocessing
import re
import shutil
import sys
import tempfile
import time
import traceback
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl
from mutated_inputs import TABLES, Input, mutated
from mutated_lists import mutated_list

import trustgraph as tg
from trustgraph.errors import TrustgraphError
from trustgraph.ingest.bulk import import_register
from trustgraph.tables.tables import Tables

__all__ = ["checked", "signature"]


def checked(made: Input, out: Path | None = None) -> tuple[Tables | None, str]:
    """Read an input, with ``out`` also through ``import``; the tables or None, and what was said.

    Raises AssertionError where a row is not accounted for, and whatever is no error of ours.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tables, said = _read(lambda: tg.read_tables(made.folder, mapping=made.mapping))
        if tables is not None:
            _accounted(made, tables)
        if out is not None:
            register, told = _read(lambda: import_register(made.folder, out, mapping=made.mapping))
            assert (register is None) == (tables is None), (said, told)
            if tables is not None:
                _imported_as_read(tables, out)
            else:
                assert not out.exists()
    return tables, said


def _read(read: Callable[[], Any]) -> tuple[Any, str]:
    try:
        return read(), ""
    except TrustgraphError as error:
        said = str(error)
        assert said.strip()
        assert "Traceback" not in said
        return None, said


def _accounted(made: Input, tables: Tables) -> None:
    sections = tables.report.sections
    for one in sections:
        assert min(one.unreadable, one.filtered, one.skipped, one.merged) >= 0, one
        assert min(one.rejected, one.kept, one.pieces) >= 0, one
        assert one.pieces == one.skipped + one.merged + one.rejected + one.kept, one
        assert one.rows - one.unreadable - one.filtered <= one.pieces, one
    for table in TABLES:
        of = [one for one in sections if one.table == table]
        # (A mapping may tie persons of one name, which no row says.)
        tied = (
            (getattr(tables, table)["kind"] == "possibly_same").sum()
            if (made.mapping is not None and table == "relationships")
            else 0
        )
        assert sum(one.kept for one in of) == getattr(tables, table).height - tied, table
        given = made.rows.get(table)
        if made.mapping is None and given is not None:
            assert sum(one.rows for one in of) == given, (table, given)
    if made.mapping is None:
        _read_as_written(made, tables)
        rejected = sum(one.rejected + one.unreadable for one in sections)
        assert rejected == tables.rejected_rows, (rejected, tables.rejected_rows)


def _read_as_written(made: Input, tables: Tables) -> None:
    """Days and shares that are kept say what their cells say: nothing is read as something else."""
    for row in tables.relationships.select("__file__", "__row__", *_TYPED).iter_rows():
        given = made.cells.get((row[0], row[1]))
        for column, value in zip(_TYPED, row[2:], strict=True):
            if given is None or value is None or column not in given:
                continue
            text = unicodedata.normalize("NFKC", given[column]).strip()
            if column == "share":
                assert float(text) == value, (text, value)
            else:
                assert _day(text) == (value.year, value.month, value.day), (text, value)


def _day(text: str) -> tuple[int, ...]:
    """The numbers of a day; of a time that says its zone those of the day in China."""
    if text.endswith("Z") and "T00:00:00" not in text:
        there = dt.datetime.fromisoformat(text).astimezone(_CHINA)
        return there.year, there.month, there.day
    return tuple(int(one) for one in re.findall("[0-9]+", text)[:3])


_CHINA: Final = ZoneInfo("Asia/Shanghai")
_TYPED: Final = ("share", "start", "end")


def _imported_as_read(tables: Tables, out: Path) -> None:
    told = json.loads((out / "input.json").read_text(encoding="utf-8"))
    assert told == tables.report.told(), (told, tables.report.told())
    register = tg.open_register(out)
    assert len(register) == tables.entities.height
    assert len(register.relationships) == tables.relationships.height
    assert len(register.records) == tables.records.height


def signature(tables: Tables | None, said: str) -> set[str]:
    """What an input met, without its own words: which reasons, or what the error begins with."""
    if tables is None:
        lines = [line for line in said.splitlines()[:3] if line]
    else:
        lines = pl.concat([tables.rejected, tables.flagged])["reason"].unique().to_list()
    return {re.sub(r'"[^"]*"|[0-9]+|\S*/\S*|:.*', "…", line)[:60] for line in lines}


@dataclass(slots=True)
class Account:
    """What some seeds came to. A damaged Parquet file may end the process inside polars."""

    inputs: int = 0
    files: int = 0
    failed: int = 0
    aborted: list[int] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    kept: list[int] = field(default_factory=list)


def _seeds(seeds: Sequence[int], imports: int, lists: bool, out: Path) -> None:
    """Runs in a process of its own: a line for each seed that has ended."""
    with tempfile.TemporaryDirectory() as name, out.open("a", encoding="utf-8") as lines:
        for seed in seeds:
            place = Path(name, "one")
            (place / "tables").mkdir(parents=True)
            made = (mutated_list if lists else mutated)(Random(seed), place / "tables")
            files = sum(1 for path in place.rglob("*") if path.is_file())
            met: set[str] | None = None
            try:
                met = signature(*checked(made, place / "out" if seed % imports == 0 else None))
            except Exception:  # noqa: BLE001  # whatever it is, the seed is told
                sys.stderr.write(f"--- seed {seed}: {made.steps}\n{traceback.format_exc()}")
            told = {"seed": seed, "files": files, "met": None if met is None else sorted(met)}
            lines.write(json.dumps(told) + "\n")
            lines.flush()
            shutil.rmtree(place)


def _follow(account: Account, first: int, count: int, imports: int, lists: bool) -> None:
    """Do some seeds in other processes; whoever ends one is told, and the rest goes on."""
    rest = list(range(first, first + count))
    fork = multiprocessing.get_context("spawn")
    while rest:
        with tempfile.TemporaryDirectory() as name:
            out = Path(name, "lines")
            process = fork.Process(target=_seeds, args=(rest, imports, lists, out))
            process.start()
            process.join()
            lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
        for line in map(json.loads, lines):
            account.inputs += 1
            account.files += line["files"]
            account.failed += line["met"] is None
            met = set(line["met"] or ())
            if met - account.seen.keys():
                account.kept.append(line["seed"])
            account.seen.update(met)
        rest = rest[len(lines) :]
        if rest:
            account.aborted.append(rest.pop(0))


def _main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--imports", type=int, default=20, help="import one of so many, too")
    parser.add_argument("--lists", action="store_true", help="one bad list instead of folders")
    parser.add_argument("--keep", type=Path)
    parsed = parser.parse_args(arguments)
    until = time.monotonic() + 60 * parsed.minutes
    account = Account()
    seed = parsed.first
    while time.monotonic() < until:
        _follow(account, seed, 2_000, parsed.imports, parsed.lists)
        seed += 2_000
        told = f"{account.inputs:,} inputs, {account.files:,} files, {len(account.seen):,} kinds"
        ends = f"{account.failed} failed, aborted in polars: {account.aborted}"
        sys.stderr.write(f"{told}, {ends}\n")
        if parsed.keep is not None:
            parsed.keep.write_text("\n".join(map(str, account.kept)) + "\n", encoding="utf-8")
    return 1 if account.failed else 0


if __name__ == "__main__":
    sys.exit(_main())

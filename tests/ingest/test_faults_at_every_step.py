"""A job that is stopped at any step of its journal, before or after, goes on and ends the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import polars as pl
import pytest
from depth import DEEP
from importing_support import small_sizes

import trustgraph as tg
from trustgraph.ingest.update import merge_writer as writing
from trustgraph.storage import journal, verify_register

SCALE = 40 if DEEP else 120
"""Handfuls: the larger, the fewer steps there are to be stopped at."""
STEPS = 40 if DEEP else 15
DAYS = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}


class Fault(BaseException):
    """What stops a job, whatever it does about errors."""


@contextmanager
def faulty(stopped: set[tuple[str, str]]) -> Iterator[None]:
    """Stop at the next step that no earlier attempt was stopped at: before it is noted, or after.

    Between the two lies what may be half written; ``stopped`` remembers.
    """
    finish = journal.Work.finish

    def stop(work: journal.Work, step: str, **found: Any) -> Any:
        for moment in ("before", "after"):
            if moment == "after":
                made = finish(work, step, **found)
            if (step, moment) not in stopped:
                stopped.add((step, moment))
                raise Fault
        return made

    with mock.patch.object(journal.Work, "finish", stop):
        yield


def stopped_everywhere(job: Callable[[], Any]) -> int:
    """Begin a job until it ends, stopped at two moments of every step; how often it was begun."""
    stopped: set[tuple[str, str]] = set()
    for begun in range(1, 1000):
        try:
            with faulty(stopped):
                job()
        except Fault:
            assert len(stopped) >= begun  # several threads may be stopped at once
        else:
            return begun
    raise AssertionError("it never ends")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults") / "tables"
    tg.generate(folder, companies=150, format="csv")
    return folder


@pytest.fixture(scope="module")
def register(tables: Path) -> Path:
    with small_sizes(SCALE):
        return tg.import_register(tables, tables.parent / "register").path


def files(folder: Path) -> dict[str, bytes]:
    """What lies in a folder, but for how long it took."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != "run.json")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_import(tables: Path, register: Path, tmp_path: Path) -> None:
    with small_sizes(SCALE):
        begun = stopped_everywhere(lambda: tg.import_register(tables, tmp_path / "register"))
    assert begun > STEPS
    assert files(tmp_path) == {f"register/{name}": data for name, data in files(register).items()}


def test_import_add(register: Path, tmp_path: Path) -> None:
    known = tg.open_register(register)
    day = tmp_path / "day"
    day.mkdir()
    rows = known.entities.slice(0, len(known))
    rows.gather_every(40).write_parquet(day / "entities.parquet")
    rows.gather_every(60).select("id").write_csv(day / "removed.csv")
    removed = (day / "removed.csv").read_text(encoding="utf-8").splitlines()[1:]
    lines = "".join(f"entities,{name}\n" for name in removed)
    (day / "removed.csv").write_text(f"table,id\n{lines}", encoding="utf-8")
    with small_sizes(SCALE):
        tg.add_to_register(register, day, out=tmp_path / "whole")
        begun = stopped_everywhere(
            lambda: tg.add_to_register(register, day, out=tmp_path / "again")
        )
    assert begun > STEPS
    assert files(tmp_path / "again") == files(tmp_path / "whole")


def test_import_add_within_a_step(
    tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped before every file of rows that is written: the register added to stays as it was."""
    before, after, whole = (tmp_path / name for name in ("before", "after", "whole"))
    written: set[str] = set()
    write_part = writing.write_part

    def stop(frame: pl.DataFrame, folder: Path, name: str, part: int) -> None:
        if f"{name}-{part}" not in written:
            written.add(f"{name}-{part}")
            raise Fault
        write_part(frame, folder, name, part)

    with small_sizes(2):
        tg.import_register(tables, before)
        known = tg.open_register(before)
        day = tmp_path / "day"
        day.mkdir()
        rows = known.records.rows.slice(0, len(known.records))
        rows = rows.with_columns(status=pl.lit("withdrawn"))
        rows.gather_every(2).write_parquet(day / "records.parquet")
        tg.add_to_register(before, day, out=whole)
        monkeypatch.setattr(writing, "write_part", stop)
        while not after.exists():
            with suppress(Fault):
                tg.add_to_register(before, day, out=after)
            verify_register(before)
    assert len(written) > 2
    assert files(after) == files(whole)


def test_score(register: Path, tmp_path: Path) -> None:
    with small_sizes(SCALE):
        tg.score_input(register, tmp_path / "whole", **DAYS)
        begun = stopped_everywhere(lambda: tg.score_input(register, tmp_path / "again", **DAYS))
    assert begun > STEPS // 4
    assert files(tmp_path / "again") == files(tmp_path / "whole")
    shutil.rmtree(tmp_path / "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["again"]

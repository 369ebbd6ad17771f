"""Jobs: the only place that puts stages together and has results written.

The command line and the API both come here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from trustgraph.api.arguments import checked_threads, days_of
from trustgraph.api.queries import compare, what_if
from trustgraph.comparison.outcome import COMPARISON_TABLES, Comparison
from trustgraph.errors import RejectedRowsError, UsageError
from trustgraph.ingest.update import Added, add_day, day_of_overlay, read_day
from trustgraph.ownership.stake_checks import flag_stakes
from trustgraph.policy import Policy, read_policy
from trustgraph.reading import read_tables
from trustgraph.register import Register, compile_register, day_number, empty_overlay
from trustgraph.register.pack_checks import by_pack
from trustgraph.runs.register_job import score_stored
from trustgraph.runs.result import Result, Stage
from trustgraph.runs.run import Run, open_run
from trustgraph.scoring.ledger import parse_ledger
from trustgraph.scoring.pipeline import score_register
from trustgraph.storage import (
    REGISTER_MANIFEST,
    check_apart,
    check_free,
    file_digest,
    is_register,
    open_register,
    verify_register,
    write_tables,
)
from trustgraph.tables.tables import Tables, rejection_words
from trustgraph.version import VERSION
from trustgraph.whatif.apply_changes import plan
from trustgraph.whatif.changes import read_changes
from trustgraph.whatif.outcome import WHAT_IF_TABLES, WhatIf
from trustgraph.whatif.row_index import Finder

__all__ = ["add_to_register", "compare_input", "score", "score_input", "what_if_input"]

ENGINES: Final = ("local", "spark")
WHAT_IF_MANIFEST: Final = "what-if.json"
COMPARISON_MANIFEST: Final = "comparison.json"
"""Files by which folders are known to hold such tables, which ``overwrite`` may replace."""


def score(
    tables: Tables,
    policy: Policy | str | Path = "cn-national",
    *,
    as_of: str | dt.date | None = None,
    retention_on: str | dt.date | None = None,
    ledger: str = "all",
    threads: int | None = None,
    stage: Stage | None = None,
) -> Result:
    """Score tables as of a day (default: today), in memory.

    ``retention_on`` is the day for which retention of records on persons is judged; by default the
    later of ``as_of`` and today, so that a view of the past shows nothing that had to be erased
    since. ``ledger`` is ``all``, ``none`` or ``top:N``. ``threads`` never changes a result.
    Raises PolicyError, UsageError.

    >>> import polars as pl, trustgraph as tg
    >>> entities = pl.DataFrame({"id": ["A"], "kind": ["company"], "name": ["Acme"]})
    >>> nothing = pl.DataFrame()
    >>> tables = tg.check_tables(entities)
    >>> tg.score(tables, as_of="2026-06-30").scores["score"].to_list()
    [1000.0]
    """
    pack = policy if isinstance(policy, Policy) else read_policy(policy)
    tell = stage or (lambda _name, _done, _total: None)
    days_of(as_of, retention_on)  # said before anything is done
    tell("compiling", 0, 1)
    register = compile_register(tables)
    tell("compiling", 1, 1)
    return _score(
        by_pack(tables, register, pack),
        register,
        pack,
        as_of=as_of,
        retention_on=retention_on,
        ledger=ledger,
        threads=threads,
        stage=stage,
    )


def _score(
    tables: Tables,
    register: Register,
    pack: Policy,
    *,
    as_of: str | dt.date | None,
    retention_on: str | dt.date | None,
    ledger: str,
    threads: int | None,
    stage: Stage | None,
) -> Result:
    day, forget = days_of(as_of, retention_on)
    keep = parse_ledger(ledger)
    threads = checked_threads(threads)
    checked = flag_stakes(tables, register, today=day_number(day))
    scoring = score_register(
        register, pack, as_of=day, retention_on=forget, ledger=keep, threads=threads, stage=stage
    )
    return Result(scoring, register, pack, checked, keep)


def score_input(  # noqa: PLR0913  # keyword-only, and each is an option of the command
    source: str | Path,
    out: str | Path,
    *,
    mapping: str | Path | None = None,
    policy: str | Path | None = None,
    as_of: str | dt.date | None = None,
    retention_on: str | dt.date | None = None,
    ledger: str = "all",
    since: str | Path | Run | None = None,
    threads: int | None = None,
    strict: bool = False,
    overwrite: bool = False,
    engine: str = "local",
    master: str | None = None,
    stage: Stage | None = None,
) -> Run:
    """Score a folder of tables, or a register that was imported, and write a run folder.

    ``policy`` is cn-national by default. ``since`` is an earlier run of a register: what cannot
    differ from it is taken from there, and its pack is the default. ``engine`` is ``local`` or
    ``spark`` (tables in Parquet on a path that all workers share; ``master`` is the cluster's URL,
    by default that of spark-defaults.conf).
    Raises InputError, MappingError, PolicyError, UsageError; with ``strict``, RejectedRowsError
    if any row was rejected (nothing is written then).
    """
    source, out = Path(source), Path(out)
    mapping = None if mapping is None else Path(mapping)
    began = time.monotonic()
    day, forget = days_of(as_of, retention_on)
    check_free(out, overwrite=overwrite)
    pack_folder = policy if policy is not None and Path(policy).is_dir() else None
    check_apart(out, source, mapping, pack_folder, _folder_of(since))
    keep = parse_ledger(ledger)
    earlier = _earlier(since, source)
    if policy is None and earlier is not None:
        pack = earlier.policy()
    else:
        pack = read_policy(policy or "cn-national")
    if engine != "local" or master is not None:
        _check_engine(engine, master, mapping, threads)
        # pyspark is heavy, and need not be installed: only whoever asks for it pays.
        from trustgraph.engines.spark import score_on_spark  # noqa: PLC0415

        return score_on_spark(
            source,
            out,
            pack,
            as_of=day,
            retention_on=forget,
            ledger=keep,
            master=master,
            strict=strict,
            overwrite=overwrite,
            stage=stage,
        )
    if is_register(source):
        if mapping is not None:
            raise UsageError(
                "a register needs no mapping: it was applied when the register was made",
                where=source,
                hint="leave out --mapping",
            )
        return score_stored(
            source,
            out,
            pack,
            as_of=day,
            retention_on=forget,
            ledger=keep,
            threads=checked_threads(threads),
            strict=strict,
            overwrite=overwrite,
            since=earlier,
            stage=stage,
        )
    tell = stage or (lambda _name, _done, _total: None)
    tell("reading", 0, 1)
    tables = read_tables(source, mapping=mapping)
    tell("reading", 1, 1)
    tell("compiling", 0, 1)
    register = compile_register(tables)
    tell("compiling", 1, 1)
    tables = by_pack(tables, register, pack)
    if strict and not tables.rejected.is_empty():
        raise RejectedRowsError(
            rejection_words(tables.rejected),
            where=source,
            hint="mend the rows or leave out --strict",
        )
    result = _score(
        tables,
        register,
        pack,
        as_of=as_of,
        retention_on=retention_on,
        ledger=ledger,
        threads=threads,
        stage=stage,
    )
    tell("writing", 0, 1)
    run = result.save(
        out,
        overwrite=overwrite,
        input={"path": str(source), "mapping": None if mapping is None else str(mapping)},
        seconds=round(time.monotonic() - began, 3),
    )
    tell("writing", 1, 1)
    return run


def _folder_of(run: str | Path | Run | None) -> str | Path | None:
    return run.path if isinstance(run, Run) else run


def _earlier(since: str | Path | Run | None, source: Path) -> Run | None:
    """The run since which a register is to be scored."""
    if since is None:
        return None
    if not is_register(source):
        raise UsageError(
            "only a register is scored since a run",
            where=source,
            hint="import the tables, or leave out --since",
        )
    run = since if isinstance(since, Run) else open_run(since)
    run.register()  # says at once where there is none, or another
    return run


def _check_engine(
    engine: str, master: str | None, mapping: Path | None, threads: int | None
) -> None:
    if engine not in ENGINES:
        raise UsageError(f"there is no engine `{engine}`", hint=f"give {' or '.join(ENGINES)}")
    if engine != "spark":
        raise UsageError(
            "only Spark has a master", hint=f"say --engine spark with --master {master}"
        )
    if mapping is not None:
        raise UsageError(
            "the engine `spark` takes no mapping",
            where=mapping,
            hint="bring the tables into their own shape as Parquet, or leave out --engine spark",
        )
    if threads is not None:
        raise UsageError(
            "the engine `spark` takes no number of threads: its cluster has its own",
            hint="leave out --threads",
        )


def add_to_register(
    register: str | Path,
    new: str | Path,
    *,
    mapping: str | Path | None = None,
    out: str | Path | None = None,
    strict: bool = False,
    overwrite: bool = False,
    stage: Stage | None = None,
) -> Added:
    """Add a day's rows to a register on disk: new ones, changed ones, rows removed.

    ``new`` is a folder of tables, any of them: a row of an id that the register has takes that
    one's place, and ``removed`` (``table``, ``id``) names rows that go; or a file of changes, JSON
    lines as ``what_if`` takes them. Files of another shape are read through ``mapping``: it removes
    nothing, and entities of a ``distinct`` section keep what its rows do not say. The register is
    replaced when all is done, or written to ``out``. What was done when the process ended, however
    it ended, is not done again by the same call. Raises InputError, MappingError, RunError,
    UsageError; with ``strict``, RejectedRowsError if any row of the day was rejected.
    """
    source, new = Path(register), Path(new)
    out, overwrite = (source, True) if out is None else (Path(out), overwrite)
    if not is_register(source):
        raise UsageError(
            "is no register: there is no register.json in it",
            where=source,
            hint="make one of a folder of tables with `trustgraph import`",
        )
    check_free(out, overwrite=overwrite, manifest=REGISTER_MANIFEST)
    mapping = None if mapping is None else Path(mapping)
    check_apart(out, new, mapping)
    tell = stage or (lambda _name, _done, _total: None)
    verify_register(source, progress=partial(tell, "checking the register"))
    tell("reading", 0, 1)
    opened = open_register(source)
    if new.suffix == ".jsonl" and mapping is None:
        files = [new]
        plain = empty_overlay(opened)
        changes = read_changes(new)
        made = plan(Finder(plain), changes, None, as_of=days_of(None, None)[0], where=new.name)
        day = day_of_overlay(made.overlay, made.flagged, new, register=opened, changes=len(changes))
    else:
        day = read_day(new, opened, mapping=mapping)
        files = sorted(path for path in new.rglob("*") if path.is_file())
        files += [] if mapping is None else [mapping]
    tell("reading", 1, 1)
    if strict and day.rejected.height:
        raise RejectedRowsError(
            rejection_words(day.rejected), where=new, hint="mend the rows or leave out --strict"
        )
    seen = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    asked = [VERSION, pl.__version__, file_digest(source / REGISTER_MANIFEST), seen]
    fingerprint = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    return add_day(source, day, out, fingerprint=fingerprint, overwrite=overwrite, stage=stage)


def what_if_input(
    source: str | Path,
    changes: str | Path | Sequence[Mapping[str, Any]],
    out: str | Path,
    *,
    overwrite: bool = False,
    **asked: Any,
) -> tuple[WhatIf, dict[str, int]]:
    """``what_if`` of a register or run on disk, written to a folder; also returns the counts."""
    source, out = Path(source), Path(out)
    check_free(out, overwrite=overwrite, manifest=WHAT_IF_MANIFEST)
    file = changes if isinstance(changes, (str, Path)) and str(changes) else None
    check_apart(out, source, file, _folder_of(asked.get("run")))
    if not is_register(source):
        open_run(source)  # a folder of tables has no rows by number: say so before anything else
    found = what_if(source, changes, **asked)
    about = {
        "as_of": found.as_of.isoformat(),
        "input": str(source),
        "changes": str(changes) if changes else None,
    }
    frames = {name: getattr(found, name) for name in WHAT_IF_TABLES}
    return found, write_tables(
        out, frames, manifest=WHAT_IF_MANIFEST, about=about, overwrite=overwrite
    )


def compare_input(
    earlier: str | Path,
    later: str | Path,
    out: str | Path,
    *,
    overwrite: bool = False,
    threads: int | None = None,
    stage: Stage | None = None,
) -> tuple[Comparison, dict[str, int]]:
    """``compare`` of two runs on disk, written to a folder; also returns the counts."""
    out = Path(out)
    check_free(out, overwrite=overwrite, manifest=COMPARISON_MANIFEST)
    check_apart(out, earlier, later)
    runs = open_run(earlier), open_run(later)
    found = compare(*runs, threads=threads, stage=stage)
    about = {
        name: {"run": str(run.path), "as_of": run.manifest["as_of"]}
        for name, run in zip(("earlier", "later"), runs, strict=True)
    }
    frames = {name: getattr(found, name) for name in COMPARISON_TABLES}
    return found, write_tables(
        out, frames, manifest=COMPARISON_MANIFEST, about=about, overwrite=overwrite
    )

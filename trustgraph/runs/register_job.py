"""Runs of registers on disk: evaluated by numbers, written block by block, resumed if stopped."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from trustgraph.errors import RejectedRowsError
from trustgraph.ownership.stake_checks import stake_faults
from trustgraph.parallel import in_order
from trustgraph.policy import Policy
from trustgraph.register import Register, day_number
from trustgraph.register.pack_checks import unknown_sources, unknown_types
from trustgraph.runs.run import GROUP_ROWS, Run, open_run, part_path, write_manifest, write_sums
from trustgraph.runs.since import Since, evaluate_since
from trustgraph.scoring.evaluation import Evaluation
from trustgraph.scoring.frames import RESULTS
from trustgraph.scoring.ledger import Ledger
from trustgraph.scoring.pipeline import evaluate, known_records
from trustgraph.storage import (
    REGISTER_MANIFEST,
    RUN_MANIFEST,
    Work,
    add_input_report,
    file_digest,
    let_go,
    link_register,
    open_register,
    read_findings,
    verify_register,
    working,
    write_findings,
)
from trustgraph.tables.input_report import InputReport
from trustgraph.tables.tables import rejection_words, rows_of_lines
from trustgraph.version import VERSION

__all__ = ["score_stored"]

Stage = Callable[[str, int, int], None]


def score_stored(
    source: Path,
    out: Path,
    policy: Policy,
    *,
    as_of: dt.date,
    retention_on: dt.date,
    ledger: Ledger,
    threads: int | None = None,
    strict: bool = False,
    overwrite: bool = False,
    since: Run | None = None,
    stage: Stage | None = None,
) -> Run:
    """Score a register on disk and write a run folder, whole or not there at all.

    ``since`` is an earlier run: what cannot differ from it is taken from there. What was done when
    the process ended, however it ended, is not done again by the next run of the same kind to the
    same place. Raises RunError where the register is damaged, UsageError;
    with ``strict``, RejectedRowsError if any row was rejected.
    """
    began = time.monotonic()
    register = open_register(source)
    told = stage or (lambda _name, _done, _total: None)

    def tell(name: str, done: int, total: int) -> None:
        if done in (0, total):  # the files are larger than what is made of them
            let_go(register)
        told(name, done, total)

    asked = [VERSION, pl.__version__, file_digest(source / REGISTER_MANIFEST), policy.fingerprint]
    asked += [as_of.isoformat(), retention_on.isoformat(), str(ledger)]
    asked += [] if since is None else [file_digest(since.path / RUN_MANIFEST)]
    fingerprint = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    with working(out, fingerprint, manifest=RUN_MANIFEST, overwrite=overwrite) as work:
        told("checking the register", 0, 1)
        verify_register(source, progress=partial(told, "checking the register"))
        unknown = unknown_types(register, policy)
        rejected = pl.concat([read_findings(source / "rejected.csv"), unknown])
        if strict and rejected.height:
            raise RejectedRowsError(
                rejection_words(rejected), where=source, hint="mend the rows or leave out --strict"
            )
        how: dict[str, Any] = {
            "as_of": as_of,
            "retention_on": retention_on,
            "ledger": ledger,
            "threads": threads,
            "stage": tell,
            "keep": _keeper(work),
        }
        again = None if since is None else evaluate_since(since, register, policy, **how)
        found = evaluate(register, policy, **how) if again is None else again.found
        heights = _write_blocks(work, found, again, threads, tell)
        tell("finishing", 0, 1)
        write_sums(work.whole, found.sums())
        write_findings(rejected, work.whole / "rejected.csv")
        flagged = _write_flagged(work.whole, source, register, policy, as_of)
        add_input_report(source, InputReport(), work.whole)
        link_register(source, work.whole / "register")
        counts = {
            "entities": len(register),
            "relationships": len(register.relationships),
            "records": known_records(register, policy),
            "records_counting": int(found.record_state.counts.sum()),
            "records_overdue": int(found.record_state.forgotten.sum()),
            "scored": heights["scores"],
            "ledger_lines": heights["ledger"],
            "consequences": heights["consequences"],
            "rejected_rows": rows_of_lines(rejected),
            "flagged_rows": flagged,
        }
        about: dict[str, Any] = {
            "trustgraph": VERSION,
            "ledger": str(ledger),
            "input": {"path": str(source), "mapping": None},
            "seconds": round(time.monotonic() - began, 3),
        }
        if since is not None:
            anew = None if again is None else again.afresh
            about["since"] = {
                "run": str(since.path),
                "as_of": since.manifest["as_of"],
                "anew": anew,
            }
        days = as_of, retention_on
        write_manifest(work.whole, policy, days, register.digest, counts=counts, about=about)
        tell("finishing", 1, 1)
    return open_run(out)


def _keeper(work: Work) -> Callable[[str, Callable[[], pl.DataFrame]], pl.DataFrame]:
    """Keeps what each step of an evaluation made in the scratch folder."""

    def keep(name: str, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        if work.found(name) is not None:
            return work.read(f"{name}.parquet").collect()
        made = make()
        work.write(f"{name}.parquet", made)
        work.finish(name)
        return made

    return keep


def _write_blocks(
    work: Work, found: Evaluation, again: Since | None, threads: int | None, tell: Stage
) -> Counter[str]:
    """Write the results of all blocks; returns how many rows each of them has."""
    blocks = found.blocks()
    missing = any(work.found(_step(number)) is None for number in range(len(blocks)))
    named = found.named() if missing else found

    def write(number: int) -> dict[str, Any]:
        done = work.found(_step(number))
        if done is not None:
            return done
        span = blocks[number]
        frames = named.frames(span) if again is None else again.frames(span, named)
        for name, frame in frames.items():
            path = part_path(work.whole, name, number, several=len(blocks) > 1)
            # In one piece: how a frame was put together must not show in the file.
            frame.rechunk().write_parquet(path, row_group_size=GROUP_ROWS)
        return work.finish(_step(number), **{name: frame.height for name, frame in frames.items()})

    heights: Counter[str] = Counter(dict.fromkeys(RESULTS, 0))
    tell("writing", 0, len(blocks))
    for done, written in enumerate(in_order(write, range(len(blocks)), threads=threads), 1):
        heights.update(written)
        tell("writing", done, len(blocks))
    return heights


def _step(number: int) -> str:
    return f"block/{number:05}"


def _write_flagged(
    folder: Path, source: Path, register: Register, policy: Policy, as_of: dt.date
) -> int:
    """Write what is doubtful about rows, piece by piece; returns how many rows are."""
    first = [read_findings(source / "flagged.csv"), unknown_sources(register, policy)]
    rows: list[pl.Series] = []
    with (folder / "flagged.csv").open("wb") as file:
        for lines in (pl.concat(first), *stake_faults(register, today=day_number(as_of))):
            write_findings(lines, file, header=not rows)
            rows.append(lines.select(pl.struct("file", "row").hash()).to_series())
    return pl.concat(rows).n_unique()

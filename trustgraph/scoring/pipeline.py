"""The trust score: own points, exposure, cap and clamp, as a ledger that sums to the score.

Companies, branches, public bodies and other organisations are scored. Natural
persons are not: they have no row in any frame made here except as the party a consequence names.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from trustgraph.coverage.coverage import coverage_of
from trustgraph.exposure import exposure_graph, exposure_lines, rows_walked
from trustgraph.exposure.lines import by_entity, frame_of, lines_of
from trustgraph.exposure.single import lines_upon
from trustgraph.legal import consequences, worst_grade_consequences
from trustgraph.ownership.control import computed_of
from trustgraph.ownership.evaluate import blocked_of, control_of
from trustgraph.parallel import Stage
from trustgraph.policy import Policy
from trustgraph.records.as_of import RecordState, records_as_of
from trustgraph.register import Register
from trustgraph.scoring.evaluation import EntitySums, Evaluation
from trustgraph.scoring.frames import RESULTS
from trustgraph.scoring.grades import capped_by, grade_ranks
from trustgraph.scoring.ledger import Ledger, ledger_frame
from trustgraph.scoring.totals import totals_of

__all__ = [
    "Keep",
    "Scoring",
    "entity_ledger",
    "evaluate",
    "exposure_frame",
    "known_records",
    "score_register",
]

Keep = Callable[[str, Callable[[], pl.DataFrame]], pl.DataFrame]
"""Gives the frame of a step by its name: the one that it has kept, else what the second makes."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """Results as frames (columns as in a run folder), entities and records by their ids.

    ``scores`` has a row per organisation, sorted by entity; ``ledger`` a row per line, sorted by
    entity, kind of line, weight; ``consequences`` a row per (entity, rule, record, chain);
    ``control`` a row per (entity, owner) of which an answer about control is not no.
    ``records`` counts those of types that the pack has, ``overdue`` those on persons that are past
    their retention and were left out.
    """

    scores: pl.DataFrame
    ledger: pl.DataFrame
    consequences: pl.DataFrame
    control: pl.DataFrame
    sums: EntitySums
    as_of: dt.date
    retention_on: dt.date
    records: int
    counting_records: int
    overdue: int


def score_register(
    register: Register,
    policy: Policy,
    *,
    as_of: dt.date,
    retention_on: dt.date | None = None,
    ledger: Ledger | None = None,
    threads: int | None = None,
    stage: Stage | None = None,
) -> Scoring:
    """Score every organisation of a register as of a day.

    ``retention_on`` is the day for which retention of records on persons is judged (default:
    ``as_of``). ``threads`` changes how long it takes and nothing else.
    """
    found = evaluate(
        register,
        policy,
        as_of=as_of,
        retention_on=retention_on,
        ledger=ledger,
        threads=threads,
        stage=stage,
    )
    tell = stage or _quiet
    tell("ledger", 0, 1)
    frames = found.frames((0, len(register)))
    tell("ledger", 1, 1)
    return Scoring(
        **{name: frames[name] for name in RESULTS},
        sums=found.sums(),
        as_of=as_of,
        retention_on=found.record_state.retention_on,
        records=known_records(register, policy),
        counting_records=int(found.record_state.counts.sum()),
        overdue=int(found.record_state.forgotten.sum()),
    )


def _at_once(_name: str, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    return make()


def _quiet(_name: str, _done: int, _total: int) -> None:
    """Nobody wants to know."""


def evaluate(
    register: Register,
    policy: Policy,
    *,
    as_of: dt.date,
    retention_on: dt.date | None = None,
    ledger: Ledger | None = None,
    threads: int | None = None,
    stage: Stage | None = None,
    keep: Keep = _at_once,
) -> Evaluation:
    """Evaluate everything by numbers; ``Evaluation.frames`` makes results of it.

    ``keep`` is asked for every step by its name, with what makes it: it may have it already.
    """
    tell = stage or _quiet
    much = ledger or Ledger()
    tell("records", 0, 1)
    record_state = records_as_of(register, policy, as_of=as_of, retention_on=retention_on)
    tell("records", 1, 1)
    chains = much.keep != "none"

    def exposure() -> pl.DataFrame:
        return exposure_frame(register, policy, record_state, chains, threads, tell)

    lines = lines_of(keep("exposure", exposure))
    rule = policy.control_on(as_of)
    control = keep(
        "control", lambda: control_of(register, policy, record_state, threads=threads, stage=tell)
    )

    blocked = blocked_of(register, rule, record_state, control)

    def law() -> pl.DataFrame:
        tell("consequences", 0, 1)
        computed = None if rule is None else computed_of(register, rule, control)
        reached = consequences(register, policy, record_state, computed=computed)
        caps = capped_by(policy, record_state, reached)
        ranks = grade_ranks(register, policy, record_state, lines, caps, blocked)
        derived = worst_grade_consequences(register, policy, record_state, ranks, computed=computed)
        both = pl.concat([reached, derived])
        both = both.sort("entity", "rule", "record", "chain", nulls_last=True)
        tell("consequences", 1, 1)
        return both

    reached = keep("consequences", law)

    def coverage() -> pl.DataFrame:
        tell("coverage", 0, 1)
        found = coverage_of(register, policy, as_of=as_of)
        tell("coverage", 1, 1)
        return pl.DataFrame({"coverage": found})

    covered = keep("coverage", coverage)["coverage"].to_numpy()
    return Evaluation(
        register=register,
        policy=policy,
        record_state=record_state,
        lines=lines,
        reached=reached,
        control=control,
        caps=capped_by(policy, record_state, reached),
        blocked=blocked,
        coverage=covered,
        keep=much,
    )


def exposure_frame(
    register: Register,
    policy: Policy,
    record_state: RecordState,
    chains: bool,
    threads: int | None,
    tell: Stage,
) -> pl.DataFrame:
    """All lines of exposure sorted by whom they weigh on; ``lines_of`` makes lines of the frame."""
    walking = np.unique(register.records.entity[record_state.counts])
    rows = rows_walked(register, policy, walking)
    graph = exposure_graph(register, policy, as_of=record_state.as_of, rows=rows, threads=threads)
    lines = exposure_lines(
        register,
        graph,
        policy,
        record_state,
        chains=chains,
        threads=threads,
        progress=lambda done, total: tell("exposure", done, total),
    )
    return frame_of(by_entity(lines))


def known_records(register: Register, policy: Policy) -> int:
    """How many records are of types that the pack has."""
    known = [code in policy.record_types for code in register.records.types]
    return int(np.array(known, np.bool_)[register.records.type_code].sum())


def entity_ledger(
    register: Register, policy: Policy, record_state: RecordState, number: int
) -> pl.DataFrame:
    """The whole ledger of one organisation, computed afresh: rows as in ``Scoring.ledger``.

    Walks only from records that lie near enough to reach it.
    """
    lines = lines_upon(register, policy, record_state, number)
    totals = totals_of(register, policy, record_state, lines, (number, number + 1))
    return ledger_frame(register, policy, record_state, lines, totals, Ledger("all"))

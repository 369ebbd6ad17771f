"""The trust score: own points, exposure, cap and clamp, as a ledger that sums to the score.

Companies, branches, public bodies and other organisations are scored. Natural
persons are not: they have no row in any frame made here except as the party a consequence names.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from trustgraph.coverage import coverage_of
from trustgraph.exposure import ExposureLines, exposure_graph, exposure_lines, rows_walked
from trustgraph.exposure.near import lines_upon
from trustgraph.ledger import Ledger, Totals, chain_ids, ledger_frame, record_ids
from trustgraph.legal import consequences, worst_grade_consequences
from trustgraph.ownership.control import ANSWERS, CONTROL_COLUMNS, computed_of, control_rows
from trustgraph.ownership.view import ownership_view
from trustgraph.policy import Policy
from trustgraph.register import Bool, Int32, Register, day_number
from trustgraph.schema import MICRO
from trustgraph.standing import Standing, standing_of

__all__ = ["Scoring", "by_numbers", "control_of", "entity_ledger", "score_register"]

Stage = Callable[[str, int, int], None]
"""Progress: (name of the stage, steps done, steps in all)."""


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
    as_of: dt.date
    forget_on: dt.date
    records: int
    counting_records: int
    overdue: int


def score_register(
    register: Register,
    policy: Policy,
    *,
    as_of: dt.date,
    forget_on: dt.date | None = None,
    ledger: Ledger | None = None,
    threads: int | None = None,
    stage: Stage | None = None,
) -> Scoring:
    """Score every organisation of a register as of a day.

    ``forget_on`` is the day for which retention of records on persons is judged (default: as_of).
    ``threads`` changes how long it takes and nothing else.
    """
    keep = ledger or Ledger()
    tell = stage or (lambda _name, _done, _total: None)
    tell("records", 0, 1)
    standing = standing_of(register, policy, as_of=as_of, forget_on=forget_on)
    tell("records", 1, 1)
    walking = np.unique(register.records.entity[standing.counts])
    rows = rows_walked(register, policy, walking)
    graph = exposure_graph(register, policy, as_of=as_of, rows=rows, threads=threads)
    lines = exposure_lines(
        register,
        graph,
        policy,
        standing,
        chains=keep.keep != "none",
        threads=threads,
        progress=lambda done, total: tell("exposure", done, total),
    )
    control = control_of(register, policy, standing, threads=threads, stage=tell)
    rule = policy.control
    computed = None if rule is None else computed_of(register, rule, control)
    tell("consequences", 0, 1)
    reached = consequences(register, policy, standing, computed=computed)
    tell("consequences", 1, 1)
    tell("ledger", 0, 1)
    totals = _totals(register, policy, standing, lines)
    ranks = _grade_ranks(register, policy, standing, totals, reached)
    derived = worst_grade_consequences(register, policy, standing, ranks, computed=computed)
    reached = pl.concat([reached, derived]).sort(
        "entity", "rule", "record", "chain", nulls_last=True
    )
    scoring = Scoring(
        scores=_score_frame(register, policy, totals, ranks, as_of),
        ledger=ledger_frame(register, policy, standing, lines, totals, keep),
        consequences=_consequence_frame(register, policy, reached, as_of),
        control=_control_frame(register, control),
        as_of=as_of,
        forget_on=standing.forget_on,
        records=int(_known_types(register, policy)[register.records.type_code].sum()),
        counting_records=int(standing.counts.sum()),
        overdue=int(standing.forgotten.sum()),
    )
    tell("ledger", 1, 1)
    return scoring


def _known_types(register: Register, policy: Policy) -> Bool:
    return np.array([code in policy.record_types for code in register.records.types], np.bool_)


def control_of(
    register: Register,
    policy: Policy,
    standing: Standing,
    *,
    threads: int | None = None,
    stage: Stage | None = None,
) -> pl.DataFrame:
    """Answers about control by a pack's [control], by numbers; no rows where it has none."""
    if policy.control is None:
        return pl.DataFrame(schema=pl.Schema(CONTROL_COLUMNS))
    tell = stage or (lambda _name, _done, _total: None)
    tell("control", 0, 1)
    rows = control_rows(
        register,
        ownership_view(register, policy.control, standing),
        today=day_number(standing.as_of),
        threads=threads,
        progress=lambda done, total: tell("control", done, total),
    )
    tell("control", 1, 1)
    return rows


def _control_frame(register: Register, control: pl.DataFrame) -> pl.DataFrame:
    answers = pl.Series(ANSWERS, dtype=pl.String)
    return control.with_columns(
        entity=register.ids.gather(control["entity"].to_numpy()),
        owner=register.ids.gather(control["owner"].to_numpy()),
        cascade=answers.gather(control["cascade"]),
        controller=answers.gather(control["controller"]),
        chain=chain_ids(register, control["chain"]),
    )


def by_numbers(register: Register, control: pl.LazyFrame) -> pl.DataFrame:
    """A run's answers about control with numbers instead of ids; chains are left out."""
    every = np.arange(len(register), dtype=np.int32)
    numbers = pl.LazyFrame({"id": register.ids.gather(every), "number": every})
    answers = dict(zip(ANSWERS, range(len(ANSWERS)), strict=True))
    return (
        control.drop("chain")
        .join(numbers.rename({"number": "from"}), left_on="owner", right_on="id")
        .join(numbers.rename({"number": "to"}), left_on="entity", right_on="id")
        .with_columns(
            pl.col("cascade", "controller").replace_strict(answers, return_dtype=pl.UInt8)
        )
        .with_columns(owner="from", entity="to")
        .drop("from", "to")
        .sort("entity", "owner")
        .collect()
    )


def entity_ledger(
    register: Register, policy: Policy, standing: Standing, number: int
) -> pl.DataFrame:
    """The whole ledger of one organisation, computed afresh: rows as in ``Scoring.ledger``.

    Walks only from records that lie near enough to reach it.
    """
    wanted = np.zeros(len(register), dtype=np.bool_)
    wanted[number] = not register.is_kind("person")[number]
    lines = lines_upon(register, policy, standing, number)
    totals = dataclasses.replace(_totals(register, policy, standing, lines), scored=wanted)
    return ledger_frame(register, policy, standing, lines, totals, Ledger("all"))


def _totals(register: Register, policy: Policy, standing: Standing, lines: ExposureLines) -> Totals:
    size = len(register)
    entity = register.records.entity
    own = np.zeros(size, dtype=np.int64)
    np.add.at(own, entity, standing.micro)
    negative = np.zeros(size, dtype=np.int64)
    np.add.at(negative, lines.entity, np.minimum(lines.micro, 0))
    positive = np.zeros(size, dtype=np.int64)
    np.add.at(positive, lines.entity, np.maximum(lines.micro, 0))
    cap = np.zeros(size, dtype=np.int64)
    if policy.exposure_cap_micro is not None:
        cap = np.maximum(0, -policy.exposure_cap_micro - negative)
    raw = policy.base_micro + own + negative + positive + cap
    score = np.clip(raw, policy.floor_micro, policy.ceiling_micro)
    clamp = score - raw
    count = np.ones(size, dtype=np.int64)
    count += np.bincount(entity[standing.counts], minlength=size)
    count += np.bincount(lines.entity, minlength=size)
    count += (cap != 0).astype(np.int64) + (clamp != 0)
    return Totals(
        scored=~register.is_kind("person"),
        own=own,
        exposure=negative + positive,
        cap=cap,
        clamp=clamp,
        score=score,
        lines=count,
    )


def _grade_ranks(
    register: Register,
    policy: Policy,
    standing: Standing,
    totals: Totals,
    reached: pl.DataFrame,
) -> Int32:
    """Rank of each entity's grade (0 best); -1 for persons."""
    starts = np.array([grade.from_micro for grade in policy.grades], dtype=np.int64)
    # Grades run from best to worst: the first whose start is at or below the score.
    ranks: Int32 = (totals.score[:, None] < starts[None, :]).sum(axis=1).astype(np.int32)
    np.maximum.at(ranks, register.records.entity, standing.cap)
    caps = {
        rule.code: policy.grade_rank(rule.grade_cap)
        for rule in policy.rules_on(standing.as_of)
        if rule.grade_cap is not None and rule.force == "A"
    }
    capping = reached.filter(pl.col("rule").is_in(list(caps)) & ~pl.col("possible"))
    if capping.height:
        rank = capping["rule"].replace_strict(caps, return_dtype=pl.Int32).to_numpy()
        np.maximum.at(ranks, capping["entity"].to_numpy(), rank)
    ranks[~totals.scored] = -1
    return ranks


def _score_frame(
    register: Register, policy: Policy, totals: Totals, ranks: Int32, as_of: dt.date
) -> pl.DataFrame:
    scored = np.flatnonzero(totals.scored)
    codes = pl.Series([grade.code for grade in policy.grades], dtype=pl.String)
    score = totals.score[scored]
    return pl.DataFrame(
        {
            "entity": register.ids.gather(scored),
            "name": register.entities.gather("name", scored),
            "kind": register.entities.gather("kind", scored),
            "score_micro": score,
            "score": score / MICRO,
            "grade": codes.gather(ranks[scored]),
            "coverage": coverage_of(register, policy, as_of=as_of)[scored],
            "own_micro": totals.own[scored],
            "exposure_micro": totals.exposure[scored],
            "exposure_cap_micro": totals.cap[scored],
            "clamp_micro": totals.clamp[scored],
            "lines": totals.lines[scored],
        }
    )


def _consequence_frame(
    register: Register, policy: Policy, reached: pl.DataFrame, as_of: dt.date
) -> pl.DataFrame:
    rules = policy.rules_on(as_of)
    words = pl.DataFrame(
        {
            "rule": [rule.code for rule in rules],
            "force": [rule.force for rule in rules],
            "effect": [rule.effect.code for rule in rules],
            "legal_basis": [rule.legal_basis() for rule in rules],
        },
        schema=dict.fromkeys(("rule", "force", "effect", "legal_basis"), pl.String),
    )
    return reached.join(words, on="rule", how="left", maintain_order="left").select(
        entity=register.ids.gather(reached["entity"].to_numpy()),
        rule="rule",
        record=record_ids(register, reached["record"]),
        force="force",
        effect="effect",
        status=pl.when("possible").then(pl.lit("possible")).otherwise(pl.lit("fact")),
        legal_basis="legal_basis",
        chain=chain_ids(register, reached["chain"]),
        detail="detail",
    )

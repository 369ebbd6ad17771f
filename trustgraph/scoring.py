"""The trust score: own points, exposure, cap and clamp, as a ledger that sums to the score.

model.md section 5. Companies, branches, public bodies and other organisations are scored. Natural
persons are not: they have no row in any frame made here except as the party a consequence names.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import polars as pl

from trustgraph.coverage import coverage_of
from trustgraph.errors import UsageError
from trustgraph.exposure import ExposureGraph, ExposureLines, exposure_graph, exposure_lines
from trustgraph.exposure.near import within_hops
from trustgraph.legal import consequences, worst_grade_consequences
from trustgraph.policy import Policy
from trustgraph.register import Bool, Int32, Int64, Register
from trustgraph.schema import MICRO
from trustgraph.standing import Standing, standing_of

__all__ = [
    "LINE_KINDS",
    "Ledger",
    "Scoring",
    "entity_ledger",
    "parse_ledger",
    "score_register",
]

LINE_KINDS: Final = ("base", "own", "exposure", "exposure_cap", "clamp")
"""Kinds of ledger line, in the order in which a ledger is read."""

VOID: Final = "void"
"""Note on an own line: a positive record set aside because a black one counts."""

Stage = Callable[[str, int, int], None]
"""Progress: (name of the stage, steps done, steps in all)."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """How much of every ledger to keep: ``all``, ``none``, or the heaviest ``top`` lines."""

    keep: Literal["all", "none", "top"] = "all"
    top: int = 0

    def __str__(self) -> str:
        return f"top:{self.top}" if self.keep == "top" else self.keep


def parse_ledger(text: str) -> Ledger:
    """Read ``none``, ``all`` or ``top:N``. Raises UsageError for anything else."""
    if text == "all":
        return Ledger("all")
    if text == "none":
        return Ledger("none")
    kind, _, number = text.partition(":")
    if kind == "top" and number.isascii() and number.isdigit() and 0 < int(number) < 10**9:
        return Ledger("top", int(number))
    raise UsageError(f"cannot read the ledger `{text}`", hint="give none, all or top:N (N >= 1)")


@dataclass(frozen=True, slots=True)
class Scoring:
    """Results as frames (columns as in a run folder), entities and records by their ids.

    ``scores`` has a row per organisation, sorted by entity; ``ledger`` a row per line, sorted by
    entity, kind of line, weight; ``consequences`` a row per (entity, rule, record, chain).
    ``overdue`` counts records on persons that are past their retention and were left out.
    """

    scores: pl.DataFrame
    ledger: pl.DataFrame
    consequences: pl.DataFrame
    as_of: dt.date
    forget_on: dt.date
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
    graph = exposure_graph(register, policy, as_of=as_of)
    lines = exposure_lines(
        register,
        graph,
        policy,
        standing,
        chains=keep.keep != "none",
        threads=threads,
        progress=lambda done, total: tell("exposure", done, total),
    )
    tell("consequences", 0, 1)
    reached = consequences(register, policy, standing)
    tell("consequences", 1, 1)
    tell("ledger", 0, 1)
    totals = _totals(register, policy, standing, lines)
    ranks = _grade_ranks(register, policy, standing, totals, reached)
    derived = worst_grade_consequences(register, policy, standing, ranks)
    reached = pl.concat([reached, derived]).sort(
        "entity", "rule", "record", "chain", nulls_last=True
    )
    scoring = Scoring(
        scores=_score_frame(register, policy, totals, ranks, as_of),
        ledger=_ledger_frame(register, policy, standing, lines, totals, keep),
        consequences=_consequence_frame(register, policy, reached, as_of),
        as_of=as_of,
        forget_on=standing.forget_on,
        counting_records=int(standing.counts.sum()),
        overdue=int(standing.forgotten.sum()),
    )
    tell("ledger", 1, 1)
    return scoring


def entity_ledger(
    register: Register, policy: Policy, standing: Standing, graph: ExposureGraph, number: int
) -> pl.DataFrame:
    """The whole ledger of one organisation, computed afresh: rows as in ``Scoring.ledger``.

    Walks only from records that lie near enough to reach it.
    """
    wanted = np.zeros(len(register), dtype=np.bool_)
    wanted[number] = not register.is_kind("person")[number]
    near = within_hops(graph, number, policy.max_hops)
    lines = exposure_lines(
        register,
        graph,
        policy,
        standing,
        threads=1,
        only=np.flatnonzero(near[register.records.entity]),
        scored=wanted,
    )
    totals = dataclasses.replace(_totals(register, policy, standing, lines), scored=wanted)
    return _ledger_frame(register, policy, standing, lines, totals, Ledger("all"))


@dataclass(frozen=True, slots=True)
class _Totals:
    """Micro-points per entity; ``score = base + own + exposure + cap + clamp``."""

    scored: Bool
    own: Int64
    exposure: Int64
    cap: Int64
    clamp: Int64
    score: Int64
    lines: Int64


def _totals(
    register: Register, policy: Policy, standing: Standing, lines: ExposureLines
) -> _Totals:
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
    return _Totals(
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
    totals: _Totals,
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
    register: Register, policy: Policy, totals: _Totals, ranks: Int32, as_of: dt.date
) -> pl.DataFrame:
    scored = np.flatnonzero(totals.scored)
    entities = register.entities[scored]
    codes = pl.Series([grade.code for grade in policy.grades], dtype=pl.String)
    score = totals.score[scored]
    return pl.DataFrame(
        {
            "entity": entities["id"],
            "name": entities["name"],
            "kind": entities["kind"],
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


_LEDGER_SCHEMA: Final = {
    "entity": pl.Int32(),
    "line": pl.UInt8(),
    "record": pl.Int64(),
    "micro": pl.Int64(),
    "reach": pl.Float64(),
    "hops": pl.UInt8(),
    "chain": pl.List(pl.Int32()),
    "note": pl.String(),
}


def _ledger_frame(
    register: Register,
    policy: Policy,
    standing: Standing,
    lines: ExposureLines,
    totals: _Totals,
    keep: Ledger,
) -> pl.DataFrame:
    """The ledger by ids. Under ``top:N`` the lighter exposure lines become one line together."""
    if keep.keep == "none":
        numbers = pl.DataFrame(schema=pl.Schema(_LEDGER_SCHEMA))
    else:
        exposure = _exposure_rows(register, lines)
        if keep.keep == "top":
            exposure = _heaviest(exposure, keep.top)
        scored = np.flatnonzero(totals.scored)
        numbers = pl.concat(
            [
                _plain_rows(scored, "base", np.full(len(scored), policy.base_micro)),
                _own_rows(register, standing, totals.scored),
                exposure,
                _plain_rows(*_nonzero(totals.cap, "exposure_cap", totals.scored)),
                _plain_rows(*_nonzero(totals.clamp, "clamp", totals.scored)),
            ]
        ).sort(
            pl.col("entity"),
            pl.col("line"),
            pl.col("micro").abs(),
            pl.col("record"),
            descending=[False, False, True, False],
            nulls_last=True,
        )
    kinds = pl.Series(LINE_KINDS, dtype=pl.String)
    return numbers.with_columns(
        entity=register.entities["id"].gather(numbers["entity"]),
        line=kinds.gather(numbers["line"]),
        record=register.records.frame["id"].gather(numbers["record"]),
        chain=_chain_ids(register, numbers["chain"]),
    )


def _nonzero(amounts: Int64, kind: str, scored: Bool) -> tuple[Int64, str, Int64]:
    entities = np.flatnonzero((amounts != 0) & scored)
    return entities, kind, amounts[entities]


def _plain_rows(entity: Int64, kind: str, micro: Int64) -> pl.DataFrame:
    frame = pl.DataFrame({"entity": entity, "micro": micro})
    return frame.select(
        entity="entity",
        line=pl.lit(LINE_KINDS.index(kind)),
        record=pl.lit(None),
        micro="micro",
        reach=pl.lit(None),
        hops=pl.lit(None),
        chain=pl.lit([], dtype=pl.List(pl.Int32)),
        note=pl.lit(None),
    ).cast(pl.Schema(_LEDGER_SCHEMA))


def _own_rows(register: Register, standing: Standing, scored: Bool) -> pl.DataFrame:
    entity = register.records.entity
    record = np.flatnonzero(standing.counts & scored[entity])
    frame = pl.DataFrame(
        {
            "entity": entity[record],
            "record": record,
            "micro": standing.micro[record],
            "void": standing.voided[record],
        }
    )
    return frame.select(
        entity="entity",
        line=pl.lit(LINE_KINDS.index("own")),
        record="record",
        micro="micro",
        reach=pl.lit(1.0),
        hops=pl.lit(0),
        chain=pl.concat_list("entity"),
        note=pl.when("void").then(pl.lit(VOID)),
    ).cast(pl.Schema(_LEDGER_SCHEMA))


def _exposure_rows(register: Register, lines: ExposureLines) -> pl.DataFrame:
    middles = {
        f"at_{place}": pl.Series(lines.middle[:, place], dtype=pl.Int32)
        for place in range(lines.middle.shape[1])
    }
    frame = pl.DataFrame(
        {
            "entity": lines.entity,
            "record": lines.record,
            "micro": lines.micro,
            "reach": lines.reach,
            "hops": lines.hops,
            "begin": register.records.entity[lines.record],
            **middles,
        }
    )
    places = (pl.when(pl.col(name) >= 0).then(name) for name in middles)
    return frame.select(
        entity="entity",
        line=pl.lit(LINE_KINDS.index("exposure")),
        record="record",
        micro="micro",
        reach="reach",
        hops="hops",
        chain=pl.concat_list("begin", *places, "entity").list.drop_nulls(),
        note=pl.lit(None),
    ).cast(pl.Schema(_LEDGER_SCHEMA))


def _heaviest(rows: pl.DataFrame, top: int) -> pl.DataFrame:
    """The ``top`` heaviest lines of each entity, and one line for the sum of the others."""
    ranked = rows.sort(
        "entity", pl.col("micro").abs(), "record", descending=[False, True, False]
    ).with_columns(place=pl.int_range(pl.len()).over("entity"))
    rest = (
        ranked.filter(pl.col("place") >= top)
        .group_by("entity")
        .agg(micro=pl.col("micro").sum(), others=pl.len())
        .sort("entity")
    )
    summed = _plain_rows(rest["entity"].to_numpy(), "exposure", rest["micro"].to_numpy())
    return pl.concat(
        [
            ranked.filter(pl.col("place") < top).drop("place"),
            summed.with_columns(note=pl.format("{} more lines", rest["others"])),
        ]
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
            "legal_basis": [rule.legal_basis for rule in rules],
        },
        schema=dict.fromkeys(("rule", "force", "effect", "legal_basis"), pl.String),
    )
    return reached.join(words, on="rule", how="left", maintain_order="left").select(
        entity=register.entities["id"].gather(reached["entity"]),
        rule="rule",
        record=register.records.frame["id"].gather(reached["record"]),
        force="force",
        effect="effect",
        status=pl.when("possible").then(pl.lit("possible")).otherwise(pl.lit("fact")),
        legal_basis="legal_basis",
        chain=_chain_ids(register, reached["chain"]),
        detail="detail",
    )


def _chain_ids(register: Register, chains: pl.Series) -> pl.Series:
    """Chains of entity numbers as chains of ids."""
    if not len(chains):
        return pl.Series("chain", [], dtype=pl.List(pl.String))
    flat = chains.to_frame("chain").with_row_index("row").explode("chain", empty_as_null=False)
    ids = register.entities["id"].gather(flat["chain"])
    found = flat.with_columns(chain=ids).group_by("row", maintain_order=True).agg("chain")
    whole = chains.to_frame().select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"))
    joined = whole.join(found, on="row", how="left", maintain_order="left")
    return joined["chain"].fill_null([])

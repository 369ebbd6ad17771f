"""Everything there is to say as of a day, by numbers; and the frames made of it, block by block.

What is reckoned once for all entities are arrays and frames of numbers. Ids, names and chains are
put in only for a block of consecutive entities at a time, so that results of any size can be
written in bounded memory.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import polars as pl

from trustgraph.exposure import ExposureLines
from trustgraph.ledger import (
    Ledger,
    Totals,
    chain_ids,
    ids_of,
    ledger_frame,
    record_ids,
    totals_of,
)
from trustgraph.ownership.control import ANSWERS
from trustgraph.policy import Policy
from trustgraph.register import Float64, Int32, Int64, Register, slice_of
from trustgraph.rows import PART_ROWS, FrameRows
from trustgraph.schema import ENTITY_KINDS, MICRO
from trustgraph.standing import Standing

__all__ = [
    "RESULTS",
    "Caps",
    "EntitySums",
    "Int8",
    "Reckoning",
    "by_entity",
    "capped_by",
    "caps_of",
    "consequences_frame",
    "control_frame",
    "frame_of",
    "grade_rank_of",
    "grade_ranks",
    "lines_of",
    "lines_within",
    "ranks_by_score",
    "scores_frame",
]

Int8 = npt.NDArray[np.int8]

RESULTS = ("scores", "ledger", "consequences", "control")
"""The frames of a block: the tables of a run."""


@dataclass(frozen=True, slots=True)
class EntitySums:
    """Sums by entity, for whoever asks what a change would do.

    ``weighed`` are the entities that have exposure lines, ``negative`` and ``positive`` the
    micro-points of these (int64); ``capped`` those whose grade law caps, ``cap`` the worst rank at
    which it does (int8). Entities are ascending.
    """

    weighed: Int32
    negative: Int64
    positive: Int64
    capped: Int32
    cap: Int8


@dataclass(frozen=True, slots=True)
class Caps:
    """Entities whose grade law caps (again for each time), and at which rank."""

    entity: Int32
    rank: Int8


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What was reckoned: ``lines``, ``reached`` and ``control`` are sorted by entity.

    ``ranks`` is the rank of each entity's grade (0 best), -1 for persons; ``coverage`` lies in
    [0, 1], one element per entity.
    """

    register: Register
    policy: Policy
    standing: Standing
    lines: ExposureLines
    reached: pl.DataFrame
    control: pl.DataFrame
    caps: Caps
    ranks: Int8
    coverage: Float64
    keep: Ledger

    def sums(self) -> EntitySums:
        """What the lines of each entity come to, and how law caps grades."""
        begins = np.flatnonzero(np.diff(self.lines.entity, prepend=-1))
        micro = self.lines.micro
        parts = (np.minimum(micro, 0), np.maximum(micro, 0))
        negative, positive = (
            np.add.reduceat(part, begins) if len(begins) else part[:0] for part in parts
        )
        entity, place = np.unique(self.caps.entity, return_inverse=True)
        cap = np.zeros(len(entity), dtype=np.int8)
        np.maximum.at(cap, place, self.caps.rank)
        return EntitySums(self.lines.entity[begins], negative, positive, entity, cap)

    def blocks(self) -> list[tuple[int, int]]:
        """Spans of consecutive entities, each of which frames are made of at a time."""
        size = len(self.register)
        return [(low, min(low + PART_ROWS, size)) for low in range(0, max(size, 1), PART_ROWS)]

    def named(self) -> Reckoning:
        """The same with all ids in memory: every block needs ids from everywhere."""
        register = self.register
        records = register.records
        rows = FrameRows(records.rows.slice(0, len(records), ["id"]))
        return dataclasses.replace(
            self,
            register=dataclasses.replace(
                register,
                ids=register.ids.in_memory(),
                records=dataclasses.replace(records, rows=rows),
            ),
        )

    def frames(self, span: tuple[int, int]) -> dict[str, pl.DataFrame]:
        """The rows of each of ``RESULTS`` of the entities ``span[0]`` to ``span[1] - 1``."""
        lines = lines_within(self.lines, span)
        totals = totals_of(self.register, self.policy, self.standing, lines, span)
        register, first, beyond = self.register, *span
        ranks, coverage = self.ranks[first:beyond], self.coverage[first:beyond]
        return {
            "scores": scores_frame(register, self.policy, totals, ranks, coverage),
            "ledger": ledger_frame(register, self.policy, self.standing, lines, totals, self.keep),
            "consequences": consequences_frame(
                register, self.policy, self.standing, _within(self.reached, span)
            ),
            "control": control_frame(register, _within(self.control, span)),
        }


def scores_frame(
    register: Register, policy: Policy, totals: Totals, ranks: Int8, coverage: Float64
) -> pl.DataFrame:
    """The rows of ``scores`` of consecutive entities; ``ranks``, ``coverage``: one of each."""
    places = np.flatnonzero(totals.scored)
    codes = pl.Series([grade.code for grade in policy.grades], dtype=pl.String)
    rows = register.entities.slice(totals.first, len(totals.scored), ["id", "name"])
    rows = rows[places]
    score = totals.score[places]
    return pl.DataFrame(
        {
            "entity": rows["id"],
            "name": rows["name"],
            "kind": pl.Series(ENTITY_KINDS).gather(register.kind[places + totals.first]),
            "score_micro": score,
            "score": score / MICRO,
            "grade": codes.gather(ranks[places]),
            "coverage": coverage[places],
            "own_micro": totals.own[places],
            "exposure_micro": totals.exposure[places],
            "exposure_cap_micro": totals.cap[places],
            "clamp_micro": totals.clamp[places],
            "lines": totals.lines[places],
        }
    )


def consequences_frame(
    register: Register, policy: Policy, standing: Standing, reached: pl.DataFrame
) -> pl.DataFrame:
    """The rows of ``consequences`` for those by numbers."""
    rules = policy.rules_on(standing.as_of)
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
        entity=ids_of(register, reached["entity"]),
        rule="rule",
        record=record_ids(register, reached["record"]),
        force="force",
        effect="effect",
        status=pl.when("possible").then(pl.lit("possible")).otherwise(pl.lit("fact")),
        legal_basis="legal_basis",
        chain=chain_ids(register, reached["chain"]),
        detail="detail",
    )


def control_frame(register: Register, control: pl.DataFrame) -> pl.DataFrame:
    """The rows of ``control`` for those by numbers."""
    answers = pl.Series(ANSWERS, dtype=pl.String)
    return control.with_columns(
        entity=ids_of(register, control["entity"]),
        owner=ids_of(register, control["owner"]),
        cascade=answers.gather(control["cascade"]),
        controller=answers.gather(control["controller"]),
        basis=control["basis"].cast(pl.String),
        chain=chain_ids(register, control["chain"]),
    )


def _within(frame: pl.DataFrame, span: tuple[int, int]) -> pl.DataFrame:
    """The rows of some consecutive entities of a frame that is sorted by entity."""
    low, high = (int(frame["entity"].search_sorted(end, side="left")) for end in span)
    return frame.slice(low, high - low)


def by_entity(lines: ExposureLines) -> ExposureLines:
    """Lines sorted by whom they weigh on; those on one entity stay in their order."""
    order = np.argsort(lines.entity, kind="stable")
    return _chosen(lines, order)


def lines_within(lines: ExposureLines, span: tuple[int, int]) -> ExposureLines:
    """Those of lines sorted by entity that weigh on some consecutive entities."""
    return _chosen(lines, slice_of(lines.entity, *span))


def _chosen(lines: ExposureLines, which: Int64 | slice) -> ExposureLines:
    return ExposureLines(**{part.name: getattr(lines, part.name)[which] for part in fields(lines)})


def frame_of(lines: ExposureLines) -> pl.DataFrame:
    """Lines as a frame, for keeping."""
    plain = {part.name: getattr(lines, part.name) for part in fields(lines)[:-1]}
    middles = {f"middle_{place}": lines.middle[:, place] for place in range(lines.middle.shape[1])}
    return pl.DataFrame({**plain, **middles})


def lines_of(frame: pl.DataFrame) -> ExposureLines:
    """The lines that ``frame_of`` made a frame of."""
    plain = {part.name: frame[part.name].to_numpy() for part in fields(ExposureLines)[:-1]}
    middles = [frame[name].to_numpy() for name in frame.columns if name.startswith("middle_")]
    empty = np.empty((frame.height, 0), dtype=np.int32)
    return ExposureLines(**plain, middle=np.column_stack(middles) if middles else empty)


def grade_ranks(
    register: Register,
    policy: Policy,
    standing: Standing,
    lines: ExposureLines,
    caps: Caps,
) -> Int8:
    """Rank of each entity's grade (0 best), by its score and by what caps it; -1 for persons.

    ``lines`` are sorted by entity. What follows from grades does not change them.
    """
    ranks = np.zeros(len(register), dtype=np.int8)
    for span, totals in _all_totals(register, policy, standing, lines):
        ranks[span[0] : span[1]] = ranks_by_score(policy, totals.score)
    np.maximum.at(ranks, register.records.entity, standing.cap.astype(np.int8))
    np.maximum.at(ranks, caps.entity, caps.rank)
    ranks[register.is_kind("person")] = -1
    return ranks


def grade_rank_of(
    policy: Policy, standing: Standing, score: int, records: Int64, reached: pl.DataFrame
) -> int:
    """``grade_ranks`` of one organisation, of its score, its own records and what reaches it."""
    caps = (standing.cap[records], capped_by(policy, standing, reached).rank)
    by_score = ranks_by_score(policy, np.array([score], dtype=np.int64))
    return int(max(by_score[0], *(cap.max(initial=-1) for cap in caps)))


def ranks_by_score(policy: Policy, score: Int64) -> Int8:
    """Grades run from best to worst: the first whose start is at or below the score."""
    starts = np.array([grade.from_micro for grade in policy.grades], dtype=np.int64)
    ranks: Int8 = (score[:, None] < starts[None, :]).sum(axis=1, dtype=np.int8)
    return ranks


def caps_of(policy: Policy, as_of: dt.date) -> dict[str, int]:
    """The rules in force on a day that cap grades by law, and at which rank."""
    return {
        rule.code: policy.grade_rank(rule.grade_cap)
        for rule in policy.rules_on(as_of)
        if rule.grade_cap is not None
        and rule.force == "A"
        and (rule.aggregate is None or rule.aggregate.by != "worst_grade")
    }


def capped_by(policy: Policy, standing: Standing, reached: pl.DataFrame) -> Caps:
    """Whose grades consequences cap."""
    caps = caps_of(policy, standing.as_of)
    capping = reached.filter(pl.col("rule").is_in(list(caps)) & ~pl.col("possible"))
    rank = capping["rule"].replace_strict(caps, default=-1, return_dtype=pl.Int8)
    return Caps(capping["entity"].to_numpy(), rank.to_numpy())


def _all_totals(
    register: Register, policy: Policy, standing: Standing, lines: ExposureLines
) -> Iterator[tuple[tuple[int, int], Totals]]:
    for low in range(0, len(register), PART_ROWS):
        span = low, min(low + PART_ROWS, len(register))
        yield span, totals_of(register, policy, standing, lines_within(lines, span), span)

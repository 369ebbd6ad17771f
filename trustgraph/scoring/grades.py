"""Grades: the band of a score, lowered by what caps it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from trustgraph.exposure import ExposureLines
from trustgraph.exposure.lines import lines_within
from trustgraph.policy import Policy
from trustgraph.records.as_of import RecordState
from trustgraph.register import Int32, Int64, Register
from trustgraph.register.rows import PART_ROWS
from trustgraph.scoring.totals import Totals, totals_of

__all__ = ["Caps", "Int8", "capped_by", "caps_of", "grade_rank_of", "grade_ranks", "ranks_by_score"]

Int8 = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Caps:
    """Entities whose grade law caps (again for each time), and at which rank."""

    entity: Int32
    rank: Int8


def grade_ranks(
    register: Register,
    policy: Policy,
    record_state: RecordState,
    lines: ExposureLines,
    caps: Caps,
) -> Int8:
    """Rank of each entity's grade (0 best), by its score and by what caps it; -1 for persons.

    ``lines`` are sorted by entity. What follows from grades does not change them.
    """
    ranks = np.zeros(len(register), dtype=np.int8)
    for span, totals in _all_totals(register, policy, record_state, lines):
        ranks[span[0] : span[1]] = ranks_by_score(policy, totals.score)
    np.maximum.at(ranks, register.records.entity, record_state.cap.astype(np.int8))
    np.maximum.at(ranks, caps.entity, caps.rank)
    ranks[register.is_kind("person")] = -1
    return ranks


def grade_rank_of(
    policy: Policy, record_state: RecordState, score: int, records: Int64, reached: pl.DataFrame
) -> int:
    """``grade_ranks`` of one organisation, of its score, its own records and what reaches it."""
    caps = (record_state.cap[records], capped_by(policy, record_state, reached).rank)
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


def capped_by(policy: Policy, record_state: RecordState, reached: pl.DataFrame) -> Caps:
    """Whose grades consequences cap."""
    caps = caps_of(policy, record_state.as_of)
    capping = reached.filter(pl.col("rule").is_in(list(caps)) & ~pl.col("possible"))
    rank = capping["rule"].replace_strict(caps, default=-1, return_dtype=pl.Int8)
    return Caps(capping["entity"].to_numpy(), rank.to_numpy())


def _all_totals(
    register: Register, policy: Policy, record_state: RecordState, lines: ExposureLines
) -> Iterator[tuple[tuple[int, int], Totals]]:
    for low in range(0, len(register), PART_ROWS):
        span = low, min(low + PART_ROWS, len(register))
        yield span, totals_of(register, policy, record_state, lines_within(lines, span), span)

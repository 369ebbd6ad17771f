"""Grades: the band of a score, lowered by what caps it; why; and who is not rated at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from trustgraph.exposure import ExposureLines
from trustgraph.exposure.lines import lines_within
from trustgraph.policy import NOT_RATED, Policy
from trustgraph.records.as_of import RecordState
from trustgraph.register import Bool, Float64, Int32, Int64, Register, UInt8, slice_of
from trustgraph.register.naming import record_ids
from trustgraph.register.rows import PART_ROWS
from trustgraph.scoring.totals import Totals, totals_of

__all__ = [
    "GRADE_REASONS",
    "Caps",
    "Graded",
    "Int8",
    "blocked_rank",
    "capped_by",
    "caps_of",
    "grade_ranks",
    "graded_of",
    "ranks_by_score",
    "rated_where",
    "status_ranks",
]

Int8 = npt.NDArray[np.int8]

GRADE_REASONS: Final = ("band", "record", "rule", "status", "blocked", "coverage")
"""What decides a grade; among caps of one rank the first of them is told."""

_BAND, _RECORD, _RULE, _STATUS, _BLOCKED, _COVERAGE = range(len(GRADE_REASONS))
_GONE: Final = "deregistered"


@dataclass(frozen=True, slots=True)
class Caps:
    """Entities (ascending) whose grade law caps, at which rank, by which place in ``rules``."""

    entity: Int32
    rank: Int8
    rule: Int32
    rules: tuple[str, ...]

    @classmethod
    def of(cls, entity: Int32, rule: pl.Series, caps: dict[str, int]) -> Caps:
        """Of pairs in any order; ``caps`` gives the rank of each rule."""
        rules = tuple(sorted(caps))
        ranks = np.array([caps[code] for code in rules] or [0], dtype=np.int8)
        places = {code: place for place, code in enumerate(rules)}
        place = rule.replace_strict(places, default=None, return_dtype=pl.Int32).to_numpy()
        order = np.argsort(entity, kind="stable")
        return cls(entity[order], ranks[place[order]], place[order], rules)

    def with_others(self, other: Caps) -> Caps:
        """These and others by the same rules."""
        entity = np.concatenate([self.entity, other.entity])
        order = np.argsort(entity, kind="stable")
        rank, rule = (
            np.concatenate([getattr(self, name), getattr(other, name)])[order]
            for name in ("rank", "rule")
        )
        return Caps(entity[order], rank, rule, self.rules)

    def within(self, span: tuple[int, int]) -> Caps:
        """Those of consecutive entities."""
        some = slice_of(self.entity, *span)
        return Caps(self.entity[some], self.rank[some], self.rule[some], self.rules)


@dataclass(frozen=True, slots=True)
class Graded:
    """Grades of consecutive entities.

    ``rank`` (0 best) is that of the band or of the worst cap, ``rated`` whether a grade is given
    at all; ``reason`` is a place in ``GRADE_REASONS``, ``by`` the id of the record, the code of
    the rule or the status that decided (null: there is none).
    """

    rank: Int8
    rated: Bool
    reason: UInt8
    by: pl.Series

    def codes(self, policy: Policy) -> pl.Series:
        """The grades as they are shown."""
        codes = pl.Series([grade.code for grade in policy.grades] + [NOT_RATED], dtype=pl.String)
        return codes.gather(np.where(self.rated, self.rank, len(policy.grades)).astype(np.uint32))


def graded_of(
    register: Register,
    policy: Policy,
    record_state: RecordState,
    totals: Totals,
    *,
    caps: Caps,
    blocked: UInt8,
    coverage: Float64,
) -> Graded:
    """Grade the entities of ``totals``, with why; persons are given what nobody looks at.

    ``caps`` are theirs alone; ``blocked`` and ``coverage`` have one element for each of them.
    """
    span = totals.first, totals.beyond
    by_score = ranks_by_score(policy, totals.score)
    own = slice_of(register.records.entity, *span)
    subject = register.records.entity[own] - totals.first
    ranks = _caps(register, policy, record_state, span, caps, blocked)
    rank = np.maximum.reduce([by_score, *ranks.values()])
    reason = np.full(len(rank), _BAND, dtype=np.uint8)
    for why in reversed(ranks):
        reason[(ranks[why] == rank) & (rank > by_score)] = why
    gone = _of_status(register, _GONE, span)
    rated = rated_where(policy, rank, coverage) & ~gone
    reason[~rated] = _COVERAGE
    reason[gone] = _STATUS
    records = _first(rank, subject, record_state.cap[own], np.arange(own.start, own.stop))
    rules = _first(rank, caps.entity - totals.first, caps.rank, caps.rule)
    words = pl.Series(["", *register.traits.status.words], dtype=pl.String)
    status = words.gather(register.traits.status.code[span[0] : span[1]])
    codes = pl.Series([*caps.rules, ""], dtype=pl.String)
    told = pl.Series(reason)
    numbers = pl.select(pl.when(told == _RECORD).then(pl.Series(records))).to_series()
    by = pl.select(
        pl.when(told == _RECORD)
        .then(record_ids(register, numbers))
        .when(told == _RULE)
        .then(codes.gather(np.where(reason == _RULE, rules, len(caps.rules)).astype(np.uint32)))
        .when(told == _STATUS)
        .then(status)
    ).to_series()
    return Graded(rank=rank.astype(np.int8), rated=rated, reason=reason, by=by)


def _caps(
    register: Register,
    policy: Policy,
    record_state: RecordState,
    span: tuple[int, int],
    caps: Caps,
    blocked: UInt8,
) -> dict[int, Int8]:
    """By reason, the worst rank at which consecutive entities are capped, or -1."""
    own, size = slice_of(register.records.entity, *span), span[1] - span[0]
    subject = register.records.entity[own] - span[0]
    return {
        _RECORD: _worst(size, subject, record_state.cap[own].astype(np.int8)),
        _RULE: _worst(size, caps.entity - span[0], caps.rank),
        _STATUS: status_ranks(register, policy, span),
        _BLOCKED: np.where(blocked == 2, blocked_rank(policy), np.int8(-1)),
    }


def _worst(size: int, entity: Int32, rank: Int8) -> Int8:
    found = np.full(size, -1, dtype=np.int8)
    np.maximum.at(found, entity, rank)
    return found


def _first(rank: Int8, entity: Int32, caps: np.ndarray, numbers: np.ndarray) -> Int64:
    """By entity, the least of the numbers that cap its grade at its rank."""
    found = np.full(len(rank), np.iinfo(np.int64).max, dtype=np.int64)
    here = caps == rank[entity]
    np.minimum.at(found, entity[here], numbers[here])
    return found


def grade_ranks(
    register: Register,
    policy: Policy,
    record_state: RecordState,
    lines: ExposureLines,
    caps: Caps,
    blocked: UInt8,
) -> Int8:
    """Rank of each entity's grade (0 best), by its score and by what caps it; -1 for persons.

    ``lines`` are sorted by entity. What follows from grades does not change them, nor does it
    matter whether a grade is given at all.
    """
    ranks = np.zeros(len(register), dtype=np.int8)
    for span, totals in _all_totals(register, policy, record_state, lines):
        here = slice(*span)
        capped = _caps(register, policy, record_state, span, caps.within(span), blocked[here])
        by_score = ranks_by_score(policy, totals.score)
        ranks[here] = np.maximum.reduce([by_score, *capped.values()])
    ranks[register.is_kind("person")] = -1
    return ranks


def ranks_by_score(policy: Policy, score: Int64) -> Int8:
    """Grades run from best to worst: the first whose start is at or below the score."""
    starts = np.array([grade.from_micro for grade in policy.grades], dtype=np.int64)
    ranks: Int8 = (score[:, None] < starts[None, :]).sum(axis=1, dtype=np.int8)
    return ranks


def status_ranks(register: Register, policy: Policy, span: tuple[int, int]) -> Int8:
    """The rank at which the status of consecutive entities caps their grades, or -1."""
    status = register.traits.status
    caps = {word: policy.grade_rank(code) for word, code in policy.grade_caps.status.items()}
    ranks = np.array([-1, *(caps.get(word, -1) for word in status.words)], dtype=np.int8)
    found: Int8 = ranks[status.code[span[0] : span[1]]]
    return found


def blocked_rank(policy: Policy) -> np.int8:
    """The rank at which being blocked caps a grade, or -1."""
    code = policy.grade_caps.blocked
    return np.int8(-1 if code is None else policy.grade_rank(code))


def rated_where(policy: Policy, rank: Int8 | int, coverage: Float64 | float) -> Bool:
    """Enough is known for a grade, or it is worse than that of whom nothing is known of."""
    rated: Bool = np.asarray(coverage >= policy.rated_from) | (rank > policy.base_rank)
    return rated


def _of_status(register: Register, word: str, span: tuple[int, int]) -> Bool:
    status = register.traits.status
    code = status.words.index(word) + 1 if word in status.words else -1
    found: Bool = status.code[span[0] : span[1]] == code
    return found


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
    return Caps.of(capping["entity"].to_numpy(), capping["rule"], caps)


def _all_totals(
    register: Register, policy: Policy, record_state: RecordState, lines: ExposureLines
) -> Iterator[tuple[tuple[int, int], Totals]]:
    for low in range(0, len(register), PART_ROWS):
        span = low, min(low + PART_ROWS, len(register))
        yield span, totals_of(register, policy, record_state, lines_within(lines, span), span)

"""What stood before a change: of a run where there is one, else made for whom it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from trustgraph.exposure.single import lines_upon
from trustgraph.policy import Policy
from trustgraph.records.as_of import RecordState
from trustgraph.register import Int32, Int64, Register
from trustgraph.schema import ENTITY_KINDS
from trustgraph.scoring.evaluation import EntitySums
from trustgraph.scoring.grades import Int8, caps_of, ranks_by_score
from trustgraph.scoring.local import Asked, consequences_of_some
from trustgraph.scoring.totals import Sums

__all__ = [
    "Baseline",
    "MadeBaseline",
    "RunBaseline",
    "capping_rules",
    "own_caps",
    "own_sums",
    "ranks_of",
]

_PERSON = ENTITY_KINDS.index("person")


class Baseline(Protocol):
    """What is asked of the register before a change, of entities that it has, none a person."""

    def sums(self, numbers: Int64) -> Sums: ...

    def law_caps(self, numbers: Int64) -> Int8:
        """The worst rank at which consequences cap their grades; 0 where none does."""
        ...


@dataclass(frozen=True, slots=True)
class MadeBaseline:
    """Made for whom it is asked, of what decides it."""

    asked: Asked
    register: Register
    record_state: RecordState

    def sums(self, numbers: Int64) -> Sums:
        upon = [
            lines_upon(
                self.register, self.asked.policy, self.record_state, number, chains=False
            ).micro
            for number in numbers.tolist()
        ]
        return Sums(
            own=own_sums(self.register, self.record_state, numbers),
            negative=np.array([micro[micro < 0].sum() for micro in upon], dtype=np.int64),
            positive=np.array([micro[micro > 0].sum() for micro in upon], dtype=np.int64),
        )

    def law_caps(self, numbers: Int64) -> Int8:
        return law_caps(self.asked, numbers)


@dataclass(frozen=True, slots=True)
class RunBaseline:
    """As a run has it."""

    register: Register
    record_state: RecordState
    stored: EntitySums

    def sums(self, numbers: Int64) -> Sums:
        stored = self.stored
        return Sums(
            own=own_sums(self.register, self.record_state, numbers),
            negative=_found(stored.weighed, stored.negative, numbers),
            positive=_found(stored.weighed, stored.positive, numbers),
        )

    def law_caps(self, numbers: Int64) -> Int8:
        return _found(self.stored.capped, self.stored.cap, numbers).astype(np.int8)


def _found(ascending: Int32, values: np.ndarray, numbers: Int64) -> Int64:
    """The values of some numbers; 0 for those that are not there."""
    found = np.zeros(len(numbers), dtype=np.int64)
    if len(ascending):
        wanted = numbers.astype(ascending.dtype)
        place = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
        here = ascending[place] == wanted
        found[here] = values[place[here]]
    return found


def own_sums(register: Register, record_state: RecordState, numbers: Int64) -> Int64:
    """The weight of entities' own records together."""
    return _by_entity(register, numbers, record_state.micro, np.add)


def own_caps(register: Register, record_state: RecordState, numbers: Int64) -> Int8:
    """The worst rank at which entities' own records cap their grades; 0 where none does."""
    return _by_entity(register, numbers, record_state.cap, np.maximum).astype(np.int8)


def _by_entity(register: Register, numbers: Int64, values: np.ndarray, together: np.ufunc) -> Int64:
    """Values of the records of entities put together; 0 where there are none."""
    ascending = np.unique(numbers)
    records = register.records.of(ascending)
    sums = np.zeros(len(ascending), dtype=np.int64)
    place = np.searchsorted(ascending, register.records.entity[records])
    together.at(sums, place, values[records])
    found: Int64 = sums[np.searchsorted(ascending, numbers)]
    return found


def capping_rules(asked: Asked) -> list[str]:
    """The rules in force that cap grades by law."""
    return list(caps_of(asked.policy, asked.as_of))


def law_caps(asked: Asked, numbers: Int64) -> Int8:
    """The worst rank at which consequences cap the grades of some entities; 0 where none does."""
    caps = caps_of(asked.policy, asked.as_of)
    found = np.zeros(len(numbers), dtype=np.int8)
    if not caps or not len(numbers):
        return found
    reached = consequences_of_some(asked, numbers, rules=list(caps)).filter(~pl.col("possible"))
    rank = reached["rule"].replace_strict(caps, default=0, return_dtype=pl.Int8).to_numpy()
    order = np.argsort(numbers)
    place = order[np.searchsorted(numbers[order], reached["entity"].to_numpy())]
    np.maximum.at(found, place, rank)
    return found


def ranks_of(policy: Policy, score: Int64, *caps: Int8) -> Int8:
    """The ranks of grades by score, lowered to what caps them."""
    found = ranks_by_score(policy, score)
    for cap in caps:
        found = np.maximum(found, cap)
    return found

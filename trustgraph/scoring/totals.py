"""Sums of own records and exposure, the cap, the clamp: the score of every organisation."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from trustgraph.exposure import ExposureLines
from trustgraph.policy import Policy
from trustgraph.records.as_of import RecordState
from trustgraph.register import Bool, Int64, Register, slice_of
from trustgraph.schema import ENTITY_KINDS

__all__ = ["Sums", "Totals", "totals_of"]

_PERSON: Final = ENTITY_KINDS.index("person")


@dataclass(frozen=True, slots=True)
class Totals:
    """Micro-points of consecutive entities, the first of which has the number ``first``.

    ``score = base + own + exposure + cap + clamp``; ``lines`` counts the lines of each ledger.
    """

    first: int
    scored: Bool
    own: Int64
    exposure: Int64
    cap: Int64
    clamp: Int64
    score: Int64
    lines: Int64

    @property
    def beyond(self) -> int:
        """The number after the last one."""
        return self.first + len(self.scored)


def totals_of(
    register: Register,
    policy: Policy,
    record_state: RecordState,
    lines: ExposureLines,
    span: tuple[int, int],
) -> Totals:
    """Sum up the entities from ``span[0]`` to before ``span[1]``; ``lines`` are theirs alone."""
    first, beyond = span
    size = beyond - first
    own_records = slice_of(register.records.entity, *span)
    entity = register.records.entity[own_records] - first
    own = np.zeros(size, dtype=np.int64)
    np.add.at(own, entity, record_state.micro[own_records])
    upon = lines.entity - first
    negative = np.zeros(size, dtype=np.int64)
    np.add.at(negative, upon, np.minimum(lines.micro, 0))
    positive = np.zeros(size, dtype=np.int64)
    np.add.at(positive, upon, np.maximum(lines.micro, 0))
    cap = np.zeros(size, dtype=np.int64)
    if policy.exposure_cap_micro is not None:
        cap = np.maximum(0, -policy.exposure_cap_micro - negative)
    raw = policy.base_micro + own + negative + positive + cap
    score = np.clip(raw, policy.floor_micro, policy.ceiling_micro)
    clamp = score - raw
    count = np.ones(size, dtype=np.int64)
    count += np.bincount(entity[record_state.counts[own_records]], minlength=size)
    count += np.bincount(upon, minlength=size)
    count += (cap != 0).astype(np.int64) + (clamp != 0)
    return Totals(
        first=first,
        scored=register.kind[first:beyond] != _PERSON,
        own=own,
        exposure=negative + positive,
        cap=cap,
        clamp=clamp,
        score=score,
        lines=count,
    )


@dataclass(frozen=True, slots=True)
class Sums:
    """Micro-points of some entities: own records, negative and positive exposure (int64)."""

    own: Int64
    negative: Int64
    positive: Int64

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def cap(self, policy: Policy) -> Int64:
        """What the exposure cap gives back."""
        if policy.exposure_cap_micro is None:
            return np.zeros_like(self.own)
        return np.maximum(0, -policy.exposure_cap_micro - self.negative)

    def raw(self, policy: Policy) -> Int64:
        """The score before it is clamped to the scale."""
        return policy.base_micro + self.own + self.negative + self.positive + self.cap(policy)

    def score(self, policy: Policy) -> Int64:
        found: Int64 = np.clip(self.raw(policy), policy.floor_micro, policy.ceiling_micro)
        return found

"""Stakes: who holds how much of whom as of a day, as bounds.

A stake's bounds are what its relationships state: a share, a range, or nothing. Where nothing is
stated it may be anything from nothing to what the known shares leave. A stake that is doubted
(``confidence`` below 1) may be nothing at all: its share is an upper bound. What is stated is not
cut to what others leave, for statements may contradict one another. Several relationships between
the same two entities are one stake: of at most their sum, and of at least what those say that began
last, for nobody ended the earlier ones, and still they may be what the later ones replaced.

Owners whose lower bounds are more than ``OVERFULL`` together contradict one another: one of the
statements is wrong, nobody knows which, so that none of the stakes is sure.

An entity that stands for somebody unknown (a nominee, bearer shares) holds stakes, but is nobody's
owner: each of its stakes is an unknown owner of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np

from trustgraph.ownership.graph_kernel import grouped
from trustgraph.register import UNKNOWN_SHARE, Bool, Int32, Int64, Register
from trustgraph.schema import BILLION, KIND_CODES

__all__ = ["OVERFULL", "Stakes", "is_unknown_owner", "stakes_of", "unknown_owners"]

OVERFULL: Final = 1_005_000_000
"""Owners who state more together (billionths) contradict one another: less is rounding."""


@dataclass(frozen=True, slots=True)
class Stakes:
    """Stakes by the entity that is owned (CSR): those in ``c`` lie at ``offsets[c]:offsets[c+1]``.

    ``offsets`` (int64, n + 1), ``owner`` (int32, ascending within an entity), ``low`` and ``high``
    (int64, billionths of the whole: 0 ≤ low ≤ high ≤ 10^9), one element per stake. ``open`` marks
    stakes of which something is not stated: ``high`` has all that the known shares leave, which
    several such owners of one entity can have only once, together. ``stated`` is the sum of the
    lower bounds of an entity's stakes (int64, n), which faulty data takes above 10^9. ``blind``
    marks entities that stand for somebody unknown.
    """

    offsets: Int64
    owner: Int32
    low: Int64
    high: Int64
    open: Bool
    stated: Int64
    blind: Bool

    def __len__(self) -> int:
        return len(self.owner)

    @property
    def room(self) -> Int64:
        """What the known shares of each entity leave (int64, n): 0 where they are too many."""
        room: Int64 = np.maximum(0, BILLION - self.stated)
        return room

    @property
    def contradicted(self) -> Bool:
        """Entities whose owners contradict one another (n)."""
        found: Bool = self.stated > OVERFULL
        return found

    @property
    def sure(self) -> Int64:
        """What each stake surely is at least (billionths): nothing, where it is contradicted."""
        found: Int64 = np.where(self.contradicted[self.owned], 0, self.low)
        return found

    @property
    def owned(self) -> Int32:
        """The entity that each stake is a stake in."""
        sizes = np.diff(self.offsets)
        return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)


def stakes_of(register: Register, *, today: int, unknown_forms: Collection[str] = ()) -> Stakes:
    """The stakes in force on a day number.

    ``unknown_forms`` are values of ``legal_form`` by which an entity stands for somebody unknown.
    """
    relationships = register.relationships
    held = np.flatnonzero(
        relationships.in_force(today) & (relationships.kind == KIND_CODES["shareholder"])
    )
    # Relationships come sorted by owner: a stable sort by who is owned leaves owners in order.
    offsets, order = grouped(
        relationships.target[held], len(register), work=2 * (len(register) + len(held))
    )
    held = held[order]
    del order
    owned, owner = relationships.target[held], relationships.source[held]
    sure = relationships.confidence[held] >= 1
    some = relationships.share[held] == UNKNOWN_SHARE
    low = np.where(sure, relationships.share_low[held], 0).astype(np.int64)
    high = np.where(some, 0, relationships.share_high[held]).astype(np.int64)
    first = np.ones(len(held), dtype=np.bool_)
    first[1:] = (owned[1:] != owned[:-1]) | (owner[1:] != owner[:-1])
    if not first.all():
        begins = np.flatnonzero(first)
        start = relationships.start[held]
        latest = np.repeat(np.maximum.reduceat(start, begins), np.diff(begins, append=len(held)))
        low = np.where(start == latest, low, 0)
        low, high = (np.minimum(BILLION, np.add.reduceat(part, begins)) for part in (low, high))
        some = np.logical_or.reduceat(some, begins)
        owned, owner = owned[begins], owner[begins]
        offsets = np.searchsorted(begins, offsets)
    stated = np.zeros(len(register), dtype=np.int64)
    np.add.at(stated, owned, low)
    left = np.maximum(0, BILLION - stated[owned])
    return Stakes(
        offsets=offsets,
        owner=owner,
        low=low,
        high=np.minimum(BILLION, high + np.where(some, left, 0)),
        open=some,
        stated=stated,
        blind=unknown_owners(register, unknown_forms),
    )


def unknown_owners(register: Register, forms: Collection[str]) -> Bool:
    """Entities that stand for somebody unknown, by their legal forms."""
    if not forms:
        return np.zeros(len(register), dtype=np.bool_)
    unknown = {form.lower() for form in forms}
    form = register.traits.legal_form
    return np.array([False, *(word in unknown for word in form.words)])[form.code]


def is_unknown_owner(register: Register, number: int, forms: Collection[str]) -> bool:
    """The same of one entity."""
    word = register.traits.legal_form.word(number)
    return word is not None and word in {form.lower() for form in forms}

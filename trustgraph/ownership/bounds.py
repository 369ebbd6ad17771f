"""Bounds of stakes as chances of one step up: what values are solved from.

Owners who state more than 100 % together are scaled to 100 % here, and only here: the 50 % rule
takes shares as they are stated.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from trustgraph.ownership.stakes import Stakes
from trustgraph.register import Bool, Float64, Int32, Int64
from trustgraph.schema import BILLION

__all__ = ["ShareBounds", "share_bounds", "sure_bounds"]


@dataclass(frozen=True, slots=True)
class ShareBounds:
    """Stakes in the order of :class:`Stakes`.

    ``low`` is the least share of each and ``middle`` the mean of its bounds (fractions, float64),
    ``extra`` how much more it may be (whole billionths): 0 for owners that stand for somebody
    unknown. ``room`` (per entity, billionths) is what no stake states at least, ``gone`` (a
    fraction) what somebody unknown holds. ``loose`` marks entities whose
    stakes may all be at their upper bounds at once.
    """

    offsets: Int64
    owner: Int32
    low: Float64
    extra: Int64
    middle: Float64
    room: Int64
    gone: Float64
    loose: Bool


def share_bounds(stakes: Stakes) -> ShareBounds:
    """Scale what is over-full; what is not is divided by 10^9 and otherwise left as it is."""
    size, owned = len(stakes.stated), stakes.owned
    whole = np.maximum(stakes.stated, BILLION)
    blind = stakes.blind[stakes.owner]
    low = stakes.low / whole[owned]
    more = np.where(stakes.stated[owned] >= BILLION, 0, stakes.high - stakes.low)
    more[blind] = 0
    wanted = np.zeros(size, dtype=np.int64)
    np.add.at(wanted, owned, more)
    free = np.maximum(0, BILLION - stakes.stated)
    return ShareBounds(
        offsets=stakes.offsets,
        owner=stakes.owner,
        low=np.where(blind, 0.0, low),
        extra=more,
        middle=np.where(blind, 0.0, (stakes.low + stakes.high) / (2 * BILLION)),
        room=free,
        gone=np.bincount(owned[blind], low[blind], minlength=size).astype(np.float64),
        loose=wanted <= free,
    )


def sure_bounds(bounds: ShareBounds, stakes: Stakes) -> ShareBounds:
    """The least that is sure: nothing of a company whose owners contradict one another.

    Upper bounds are as the lower ones.
    """
    doubted = stakes.contradicted
    return dataclasses.replace(
        bounds,
        low=np.where(doubted[stakes.owned], 0.0, bounds.low),
        extra=np.zeros_like(bounds.extra),
        room=np.where(doubted, BILLION, bounds.room),
        gone=np.where(doubted, 0.0, bounds.gone),
        loose=np.ones_like(bounds.loose),
    )

"""Shares below one owner as sparse systems of equations: for rings too large to eliminate densely.

Values are those of :mod:`trustgraph.ownership.kernel`, found in another way: everything below the
owner at once, by a sparse LU factorisation, improved in turns for the upper bound. Slower per
owner, and less exact: where a ring is held by itself but for a part d, the error is some 1e-16 / d,
where the kernel's does not depend on d.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from trustgraph.errors import TrustgraphError
from trustgraph.ownership.bounds import ShareBounds
from trustgraph.ownership.rings import Order
from trustgraph.register import Bool, Float64, Int64
from trustgraph.schema import BILLION

__all__ = ["values_below"]

_TURNS = 10_000


def values_below(bounds: ShareBounds, order: Order, target: int) -> tuple[Float64, Float64]:
    """Lower and upper values of every entity for one owner (float64, n each; 0 elsewhere).

    Raises TrustgraphError where an upper bound does not settle.
    """
    below = _below(order, target)
    entry = _entries(bounds, below)
    row = np.repeat(np.arange(len(below)), np.diff(bounds.offsets)[below])
    place = np.full(len(bounds.room), -1, dtype=np.int64)
    place[below] = np.arange(len(below))
    column = place[bounds.owner[entry]]
    direct = bounds.owner[entry] == target
    low, extra = bounds.low[entry], bounds.extra[entry]
    room = bounds.room[below]

    def solved(share: Float64) -> Float64:
        return _solve(len(below), row, column, direct, share)

    found = lower = solved(low)
    taken = np.zeros(len(row), dtype=np.int64)
    for _ in range(_TURNS):
        worth = np.where(direct, 1.0, np.where(column >= 0, found[column], 0.0))
        better = _spread(row, worth, extra, room)
        gain = np.bincount(row, (better - taken) * worth, minlength=len(below))
        moved = np.bincount(row, np.abs(better - taken) * worth, minlength=len(below))
        change = gain > 1e-15 * moved  # only for the better: see the kernel
        if not change.any():
            break
        taken = np.where(change[row], better, taken)
        best = solved(low + taken / BILLION)
        risen = (best > found).any()
        found = np.maximum(found, best)
        if not risen:
            break
    else:
        raise TrustgraphError("an upper bound of ownership did not settle")
    values = np.zeros((2, len(bounds.room)))
    values[0, below], values[1, below] = np.minimum(lower, found), found
    return values[0], values[1]


def _below(order: Order, target: int) -> Int64:
    seen = np.zeros(len(order.position), dtype=np.bool_)
    seen[target] = True
    fresh = np.array([target], dtype=np.int64)
    while len(fresh):
        size = order.owned_offsets[fresh + 1] - order.owned_offsets[fresh]
        first = np.repeat(order.owned_offsets[fresh] - (np.cumsum(size) - size), size)
        reached = np.unique(order.owned[first + np.arange(len(first))])
        fresh = reached[~seen[reached]].astype(np.int64)
        seen[fresh] = True
    seen[target] = False
    return np.flatnonzero(seen)


def _entries(bounds: ShareBounds, rows: Int64) -> Int64:
    size = bounds.offsets[rows + 1] - bounds.offsets[rows]
    first = np.repeat(bounds.offsets[rows] - (np.cumsum(size) - size), size)
    return first + np.arange(len(first), dtype=np.int64)


def _spread(row: Int64, worth: Float64, extra: Int64, room: Int64) -> Int64:
    """What each stake gets of the room in its row: the worthiest first, each up to its extra."""
    order = np.lexsort((-worth, row))
    wanted = np.where(worth > 0, extra, 0)[order]
    before = np.cumsum(wanted) - wanted
    begins = np.ones(len(row), dtype=np.bool_)
    begins[1:] = row[order][1:] != row[order][:-1]
    before -= np.maximum.accumulate(np.where(begins, before, 0))
    given = np.empty(len(row), dtype=np.int64)
    given[order] = np.clip(room[row[order]] - before, 0, wanted)
    return given


def _solve(size: int, row: Int64, column: Int64, direct: Bool, share: Float64) -> Float64:
    """V = A V + b where that has one answer; 0 where no walk by these shares meets the owner."""
    from scipy.sparse import coo_array, diags_array  # noqa: PLC0415
    from scipy.sparse.csgraph import breadth_first_order  # noqa: PLC0415
    from scipy.sparse.linalg import splu  # noqa: PLC0415

    meets = np.bincount(row[direct], share[direct], minlength=size)
    inside = (column >= 0) & (share > 0)
    # Walks are followed backwards from the owner (a node of its own) along stakes that count.
    met = np.flatnonzero(meets > 0)
    ends = (np.append(column[inside], np.full(len(met), size)), np.append(row[inside], met))
    backwards = coo_array((np.ones(len(ends[0])), ends), shape=(size + 1, size + 1)).tocsr()
    reached = breadth_first_order(backwards, size, return_predecessors=False)
    kept = np.zeros(size, dtype=np.bool_)
    kept[reached[reached < size]] = True
    number = np.cumsum(kept) - 1
    used = inside & kept[row] & kept[np.maximum(column, 0)] & (row != column)
    # 1 - a, from whole billionths: a float would keep few digits of what a self-holding leaves.
    itself = np.bincount(row, np.where(row == column, share, 0.0), minlength=size)
    leaves = np.rint((1.0 - itself) * BILLION) / BILLION
    leaves = np.where(np.abs(leaves - (1.0 - itself)) < 1e-12, leaves, 1.0 - itself)
    within = coo_array(
        (share[used], (number[row[used]], number[column[used]])), shape=(kept.sum(), kept.sum())
    )
    values: npt.NDArray[np.float64] = np.zeros(size)
    if kept.any():
        system = (diags_array(leaves[kept]) - within).tocsc()
        values[kept] = np.clip(splu(system).solve(meets[kept]), 0.0, 1.0)
    return values

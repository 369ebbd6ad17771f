"""In which order the members of a ring are eliminated, and which entries that needs.

Rings are solved by sparse elimination (see :mod:`trustgraph.ownership.kernel`). Which entries it
touches depends on nobody but the ring, so it is found once, for all owners: an order of minimum
degree from SuperLU, then the pattern of what elimination fills in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trustgraph.ownership.graph_kernel import filled
from trustgraph.register import Int32, Int64

__all__ = ["Elimination", "elimination"]

SMALL_RING = 16
"""Members up to which the order is not worth choosing: all the entries there can be are few."""


@dataclass(frozen=True, slots=True)
class Elimination:
    """Blocks of entities whose values are solved together, and their members as slots.

    A block is a ring, or one entity with a stake in itself: ``block`` (int32, n), -1 for all
    others. Slots are numbered block after block, in the order of elimination: ``slot`` (int32, n),
    -1 outside; ``begins`` (int64, blocks + 1) are the first of each block. Once those before ``s``
    are gone, row ``s`` may have entries for ``columns[offsets[s]:offsets[s + 1]]`` (slots,
    ascending, without ``s``); from ``later[s]`` on they are those after ``s``.
    """

    block: Int32
    slot: Int32
    begins: Int64
    offsets: Int64
    columns: Int32
    later: Int64


def elimination(ring: Int32, source: Int32, target: Int32) -> Elimination:
    """Blocks of rings (int32, n; -1 outside) and self-holders, for stakes from source to target."""
    block = ring.copy()
    selfish = np.unique(target[source == target])
    selfish = selfish[ring[selfish] < 0]
    block[selfish] = np.arange(len(selfish)) + ring.max(initial=-1) + 1
    size = np.bincount(block[block >= 0])
    begins = np.zeros(len(size) + 1, dtype=np.int64)
    np.cumsum(size, out=begins[1:])
    inside = (block[source] >= 0) & (block[source] == block[target]) & (source != target)
    row, column = target[inside], source[inside]
    slot = _slots(block, size, row, column)
    row, column = slot[row], slot[column]
    by_row = np.lexsort((column, row))
    starts = np.zeros(begins[-1] + 1, dtype=np.int64)
    np.cumsum(np.bincount(row, minlength=begins[-1]), out=starts[1:])
    work = int(len(column) + (size.astype(np.int64) ** 2).sum())
    offsets, columns, later = filled(begins, starts, column[by_row], work=work)
    return Elimination(block, slot, begins, offsets, columns, later)


def _slots(block: Int32, size: Int64, row: Int32, column: Int32) -> Int32:
    members = np.flatnonzero(block >= 0)
    rank = np.zeros(len(block), dtype=np.int64)
    large = members[size[block[members]] > SMALL_RING]
    if len(large):
        place = np.zeros(len(block), dtype=np.int64)
        place[large] = np.arange(len(large))
        entries = size[block[row]] > SMALL_RING
        rank[large] = _minimum_degree(len(large), place[row[entries]], place[column[entries]])
    slot = np.full(len(block), -1, dtype=np.int32)
    slot[members[np.lexsort((members, rank[members], block[members]))]] = np.arange(len(members))
    return slot


def _minimum_degree(size: int, row: Int64, column: Int64) -> Int64:
    """The place of each of ``size`` members in an order that fills in little."""
    # Large rings are rare; only where there is one, scipy is loaded.
    from scipy.sparse import coo_array, diags_array  # noqa: PLC0415
    from scipy.sparse.linalg import splu  # noqa: PLC0415

    both = (np.concatenate([row, column]), np.concatenate([column, row]))
    links = coo_array((np.ones(len(both[0])), both), shape=(size, size)).tocsr()
    links.data[:] = 1.0
    # Any values on this pattern that need no pivoting: the order is made from the pattern alone.
    system = (diags_array(links.sum(axis=1) + 1.0) - links).tocsc()
    chosen = splu(
        system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )
    return np.asarray(chosen.perm_c, dtype=np.int64)

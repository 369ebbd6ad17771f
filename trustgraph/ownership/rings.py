"""Rings: companies that own one another, found as strongly connected components.

Almost no company is part of one. Whatever has no owner, or owns nothing, is peeled off until only
rings and what lies between them is left; that is given to igraph, which is used for nothing else
here. (igraph is under the GPL; see README.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trustgraph.ownership.elimination import Elimination, elimination
from trustgraph.ownership.graph_kernel import grouped, kahn, peel
from trustgraph.ownership.stakes import Stakes
from trustgraph.register import Int32, Int64

__all__ = ["Order", "ownership_order"]


@dataclass(frozen=True, slots=True)
class Order:
    """The order in which shares are computed: owners before what they own, rings together.

    ``position`` (int64, n) numbers the entities; the members of a ring have consecutive positions,
    in the order of their elimination.
    ``ring`` (int32, n) numbers the rings of two or more, -1 outside.
    ``owned_offsets`` and ``owned`` list what an entity has stakes in (CSR, ascending).
    """

    position: Int64
    ring: Int32
    elimination: Elimination
    owned_offsets: Int64
    owned: Int32

    @property
    def rings(self) -> list[Int32]:
        """The members of every ring, ascending; rings in order of their first members."""
        members = np.flatnonzero(self.ring >= 0).astype(np.int32)
        if not len(members):
            return []
        by_ring = members[np.argsort(self.ring[members], kind="stable")]
        return np.split(by_ring, np.cumsum(np.bincount(self.ring[members]))[:-1])


def ownership_order(stakes: Stakes) -> Order:
    """Rings and an order of all entities. Stakes that are nothing at most carry nothing."""
    size = len(stakes.stated)
    carries = (stakes.high > 0) & ~stakes.blind[stakes.owner]
    source, target = stakes.owner[carries], stakes.owned[carries]
    apart = source != target
    carried = source, target
    source, target = source[apart], target[apart]
    owned_offsets, down = grouped(source, size, work=2 * (size + len(source)))
    owned = target[down]
    owner_offsets, owners = _offsets(target, size), source  # stakes come sorted by what is owned
    work = 5 * (size + len(source))
    core = peel(owned_offsets, owned, owner_offsets, owners, work=work)
    ring = _rings(core, source, target)
    solved = elimination(ring, *carried)
    return Order(
        position=_positions(owned_offsets, owned, ring, solved.slot),
        ring=ring,
        elimination=solved,
        owned_offsets=owned_offsets,
        owned=owned,
    )


def _offsets(sorted_by: Int32, size: int) -> Int64:
    offsets = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(sorted_by, minlength=size), out=offsets[1:])
    return offsets


def _rings(core: Int32, source: Int32, target: Int32) -> Int32:
    """Number the components of two members or more, in order of their first members."""
    ring = np.full(len(core), -1, dtype=np.int32)
    inside = (core[source] == 1) & (core[target] == 1)
    if not inside.any():
        return ring
    import igraph  # noqa: PLC0415  # loaded only where there is a ring

    ends = np.unique(np.concatenate([source[inside], target[inside]]))
    edges = np.column_stack(
        [np.searchsorted(ends, source[inside]), np.searchsorted(ends, target[inside])]
    )
    graph = igraph.Graph(n=len(ends), edges=edges, directed=True)
    member = np.array(graph.connected_components(mode="strong").membership, dtype=np.int64)
    several = np.bincount(member)[member] > 1
    _, first, number = np.unique(member[several], return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    ring[ends[several]] = rank[number].astype(np.int32)
    return ring


def _positions(owned_offsets: Int64, owned: Int32, ring: Int32, slot: Int32) -> Int64:
    """Owners before what they own, by Kahn's algorithm; a ring is one node."""
    members = np.flatnonzero(ring >= 0).astype(np.int32)
    members = members[np.lexsort((slot[members], ring[members]))]
    begins = np.zeros(int(ring.max(initial=-1)) + 2, dtype=np.int64)
    np.cumsum(np.bincount(ring[members], minlength=len(begins) - 1), out=begins[1:])
    work = 5 * (len(ring) + len(owned))
    found: Int64 = kahn(owned_offsets, owned, ring, begins, members, work=work)
    return found

"""The cascade (the 50 % rule): who is blocked because blocked parties hold enough of it together.

An entity is blocked when it is listed, or when listed or blocked entities hold together at least
the threshold of it directly. The least fixed point is reached by following stakes down from the
listed, each at most once. Shares are summed as stated, in whole billionths, never scaled. Control
alone does not block, unless the pack says that it does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trustgraph.ownership.cascade_kernel import follow_down, spread_down
from trustgraph.ownership.graph_kernel import grouped
from trustgraph.ownership.kernel import LONGEST_CHAIN
from trustgraph.ownership.shares import ControlLinks, no_links
from trustgraph.ownership.stakes import Stakes
from trustgraph.register import Bool, Int32, Int64

__all__ = ["Blocked", "CascadeChains", "cascade", "cascade_chains"]


@dataclass(frozen=True, slots=True)
class Blocked:
    """``sure`` marks entities that are blocked at the lower bounds, ``possible`` at the upper ones.

    Whatever is sure is possible, too. ``held_low`` and ``held_high`` (int64, billionths) say how
    much of each entity blocked parties hold together: surely at least, possibly at most.
    """

    sure: Bool
    possible: Bool
    held_low: Int64
    held_high: Int64


def cascade(
    stakes: Stakes, listed: Bool, *, need: int, control: ControlLinks | None = None
) -> Blocked:
    """The least fixed point from the ``listed``. ``need`` billionths held together block.

    ``control`` gives links along which a blocked entity blocks whom it controls.
    """
    size = len(listed)
    apart = stakes.owner != stakes.owned
    owner, owned = stakes.owner[apart], stakes.owned[apart]
    offsets, down = grouped(owner, size, work=2 * (size + len(owner)))
    links = control or no_links(size)
    low, high, some = (part[apart][down] for part in (stakes.sure, stakes.high, stakes.open))
    fixed = (offsets, owned[down], low, high, some, stakes.room, need)
    ways = (links.offsets, links.to, links.kind)
    work = size + 10 * len(owned)
    sure, held_low, _ = spread_down(listed, *fixed, *ways, False, work=work)
    possible, _, held_high = spread_down(listed, *fixed, *ways, True, work=work)
    return Blocked(sure=sure, possible=possible, held_low=held_low, held_high=held_high)


@dataclass(frozen=True, slots=True)
class CascadeChains:
    """One row per (listed entity, entity that is blocked through it), with the shortest chain.

    ``sure`` where every entity on the chain is surely blocked and every stake surely held.
    """

    listed: Int32
    entity: Int32
    sure: Bool
    offsets: Int64
    chain: Int32


def cascade_chains(
    stakes: Stakes, blocked: Blocked, listed: Int32, *, control: ControlLinks | None = None
) -> CascadeChains:
    """Through which stakes each listed entity blocks others, sure chains before possible ones."""
    size = len(blocked.sure)
    apart = (stakes.owner != stakes.owned) & (stakes.high > 0)
    owner, owned, low = stakes.owner[apart], stakes.owned[apart], stakes.sure[apart]
    kind = np.where(low > 0, 0, 2).astype(np.uint8)
    if control is not None:
        owner = np.concatenate([owner, _sources(control)])
        owned = np.concatenate([owned, control.to])
        kind = np.concatenate([kind, np.where(control.kind & 2, 2, 0).astype(np.uint8)])
    use = blocked.possible[owned]
    owner, owned, kind = owner[use], owned[use], kind[use]
    down = np.lexsort((owned, owner))
    offsets = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=size), out=offsets[1:])
    # Every listed entity may lead to all that is blocked.
    work = size + 10 * len(listed) * len(owned)
    found = follow_down(
        listed, offsets, owned[down], kind[down], blocked.sure, LONGEST_CHAIN, work=work
    )
    return CascadeChains(*found)


def _sources(links: ControlLinks) -> Int32:
    sizes = np.diff(links.offsets)
    return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)

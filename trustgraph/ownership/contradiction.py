"""Owners that contradict one another, and what is sure all the same.

Where the lower bounds of a company's owners are more than ``OVERFULL`` together, one of the
statements is wrong and nobody knows which. Shares looked through are scaled as they are given, but
an answer is sure only if it holds with nothing of such a company counted.
"""

from __future__ import annotations

import numpy as np

from trustgraph.ownership.bounds import sure_bounds
from trustgraph.ownership.shares import no_links, owner_rows
from trustgraph.ownership.stakes import Stakes
from trustgraph.ownership.view import OwnershipView
from trustgraph.register import Bool, Int32, Int64
from trustgraph.schema import BILLION

__all__ = ["above_contradicted", "pairs_of", "surely_reached"]


def above_contradicted(stakes: Stakes) -> Bool:
    """Who stands above an entity whose owners contradict one another (bool, n)."""
    above = np.zeros(len(stakes.stated), dtype=np.bool_)
    fresh = np.flatnonzero(stakes.contradicted)
    while len(fresh):
        sizes = stakes.offsets[fresh + 1] - stakes.offsets[fresh]
        begins = np.repeat(stakes.offsets[fresh] - np.cumsum(sizes) + sizes, sizes)
        owners = np.unique(stakes.owner[begins + np.arange(sizes.sum())])
        fresh = owners[~above[owners]]
        above[fresh] = True
    return above


def surely_reached(view: OwnershipView, owners: Int32, threads: int | None) -> Int64:
    """Of which entities some owners surely hold the threshold, looked through: as pairs.

    A pair is one number (ascending): the owner's, times how many entities there are, and the
    entity's.
    """
    size = len(view.stakes.stated)
    need, bounds = view.rule.need, sure_bounds(view.bounds, view.stakes)
    rows = owner_rows(bounds, view.order, no_links(size), owners, need=need, threads=threads)
    reached = np.rint(rows.low * BILLION) >= need
    return np.unique(pairs_of(rows.owner[reached], rows.entity[reached], size))


def pairs_of(owner: Int32, entity: Int32, size: int) -> Int64:
    """Owners and entities as single numbers."""
    found: Int64 = owner.astype(np.int64) * size + entity
    return found

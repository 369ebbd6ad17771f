"""Owners that contradict one another, and what is sure all the same.

Where the lower bounds of a company's owners are more than ``OVERFULL`` together, one of the
statements is wrong and nobody knows which. Shares looked through are scaled as they are given, but
an answer is sure only if it holds with nothing of such a company counted.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from trustgraph.ownership.answers import lists_of
from trustgraph.ownership.bounds import sure_bounds
from trustgraph.ownership.shares import OwnerRows, owner_rows
from trustgraph.ownership.stakes import Stakes
from trustgraph.ownership.view import OwnershipView
from trustgraph.register import Bool, Int32, Int64
from trustgraph.schema import BILLION

__all__ = ["above_contradicted", "relied_on"]


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


def relied_on(
    view: OwnershipView,
    rows: OwnerRows,
    clear: Bool,
    chains: pl.Series,
    owners: Int32,
    counted: int,
    threads: int | None,
) -> tuple[Bool, pl.Series]:
    """Whose lower bounds reach the threshold without what is contradicted, and chains to show.

    ``clear`` marks rows with which no contradiction has to do, ``owners`` are those of the others.
    A row whose share is not to be relied on shows the chain of another way, where there is one.
    """
    need, size = view.rule.need, len(view.stakes.stated)
    bounds = sure_bounds(view.bounds, view.stakes)
    sure = owner_rows(
        bounds, view.order, view.links, owners, need=need, counted=counted, threads=threads
    )
    found = np.full(len(rows), -1)
    order = np.argsort(_pairs(sure, size))
    pairs, known = _pairs(rows, size), _pairs(sure, size)[order]
    if len(known):
        place = np.minimum(np.searchsorted(known, pairs), len(known) - 1)
        there = known[place] == pairs
        found[there] = order[place[there]]
    low = np.append(sure.low, 0.0)[found]  # the last one for those that are not found
    relied = clear | (np.rint(low * BILLION) >= need)
    linked = (found >= 0) & ~relied & (rows.flags > 0)
    others = pl.Series(np.where(linked, found, -1))
    others = lists_of(sure.offsets, sure.chain).gather(others.set(others < 0, None))
    shown = pl.DataFrame({"chain": chains, "other": others})
    return relied, shown.select(pl.coalesce("other", "chain").alias("chain")).to_series()


def _pairs(rows: OwnerRows, size: int) -> Int64:
    """Owner and entity of each row as one number."""
    pairs: Int64 = rows.owner.astype(np.int64) * size + rows.entity
    return pairs

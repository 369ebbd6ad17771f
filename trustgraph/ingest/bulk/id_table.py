"""Ids looked up among all entities: a table of their hashes.

An id is told by 96 bits of two hashes with seeds that nobody knows beforehand: among 10^9 ids two
are the same with a chance below 10^-10, and no input can be made to collide.
"""

# ruff: noqa: ANN001, ANN202

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from trustgraph.compiled import kernel
from trustgraph.register import Int32
from trustgraph.storage import Work

__all__ = ["Ends", "ends_of"]

_LOAD = 0.6


class Ends:
    """Numbers of entities by their ids."""

    def __init__(self, first: Any, second: Any, refused: Any, seeds: list[int]) -> None:
        """Of the hashes (uint64) of all ids in order; ``refused`` holds first hashes, sorted."""
        size = 64
        while size * _LOAD < len(first) + 1:
            size *= 2
        self._slots = np.zeros(2 * size, dtype=np.uint64)
        _insert(self._slots, first, second, work=2 * len(first))
        self._refused = refused
        self._seeds = seeds

    def numbers(self, ids: pl.Series) -> Int32:
        """The number of each id, -1 where there is none or the id is null."""
        first, second = (ids.hash(seed).to_numpy() for seed in self._seeds)
        found = np.empty(len(ids), dtype=np.int32)
        _look_up(self._slots, first, second, found, work=2 * len(first))
        if ids.null_count():
            found[ids.is_null().to_numpy()] = -1
        return found

    def were_refused(self, ids: pl.Series) -> pl.Series:
        """Whether an entity of this id was rejected."""
        first = ids.hash(self._seeds[0]).to_numpy()
        at = np.searchsorted(self._refused, first)
        at[at == len(self._refused)] = 0
        known = self._refused[at] == first if len(self._refused) else np.zeros(len(ids), np.bool_)
        return pl.Series(known & ids.is_not_null().to_numpy())


def ends_of(work: Work) -> Ends:
    """The table of the entities that were sorted into the scratch folder."""

    def hashes(name: str) -> Any:
        return np.load(work.scratch / f"{name}.npy", mmap_mode="r")

    refused = np.sort(np.asarray(hashes("refused-hash-0")))
    return Ends(hashes("id-hash-0"), hashes("id-hash-1"), refused, work.begin["seeds"])


@kernel("slots")
def _insert(slots, first, second):
    """Slots are pairs: the first hash, then 32 bits of the second over the number and one."""
    mask = len(slots) // 2 - 1
    high = np.uint64(0xFFFFFFFF00000000)
    for number in range(len(first)):
        slot = np.int64(first[number] >> np.uint64(7)) & mask
        while slots[2 * slot + 1] != 0:
            slot = (slot + 1) & mask
        slots[2 * slot] = first[number]
        slots[2 * slot + 1] = (second[number] & high) | np.uint64(number + 1)


@kernel("found")
def _look_up(slots, first, second, found):
    mask = len(slots) // 2 - 1
    high = np.uint64(0xFFFFFFFF00000000)
    low = np.uint64(0xFFFFFFFF)
    for place in range(len(first)):
        tag = second[place] & high
        slot = np.int64(first[place] >> np.uint64(7)) & mask
        number = np.int64(-1)
        while slots[2 * slot + 1] != 0:
            if slots[2 * slot] == first[place] and (slots[2 * slot + 1] & high) == tag:
                number = np.int64(slots[2 * slot + 1] & low) - 1
                break
            slot = (slot + 1) & mask
        found[place] = number

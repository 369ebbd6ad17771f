"""The adjacency of a register, block by block of entities: memory follows the block."""

# ruff: noqa: ANN001, ANN202

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from trustgraph.compiled import helper, kernel
from trustgraph.parallel import in_order
from trustgraph.register.model import Adjacency, Int32, Int64, Relationships, UInt8
from trustgraph.schema import RELATIONSHIP_KINDS

__all__ = ["BLOCK_ENTRIES", "adjacency_blocks", "adjacency_of", "adjacency_offsets"]

BLOCK_ENTRIES: Final = 1 << 24
"""Entries of a block, about: an entity with more has a block to itself."""
_SYMMETRIC: Final = np.array([kind.symmetric for kind in RELATIONSHIP_KINDS])


def adjacency_of(relationships: Relationships, entities: int) -> Adjacency:
    """Both ends of all relationships sorted by (entity, step, neighbour, edge), in memory."""
    offsets = adjacency_offsets(relationships, entities)
    blocks = list(adjacency_blocks(relationships, offsets))
    neighbour, step, edge = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    return Adjacency(offsets=offsets, neighbour=neighbour, step=step, edge=edge)


def adjacency_offsets(relationships: Relationships, entities: int) -> Int64:
    """Where each entity's entries begin (int64, n + 1)."""
    offsets = np.zeros(entities + 1, dtype=np.int64)
    _count(
        *(relationships.source, relationships.target, relationships.kind, _SYMMETRIC, offsets[1:]),
        work=len(relationships),
    )
    np.cumsum(offsets, out=offsets)
    return offsets


def adjacency_blocks(
    relationships: Relationships, offsets: Int64, *, skip: int = 0, threads: int | None = None
) -> Iterator[tuple[Int32, UInt8, Int32]]:
    """Neighbour, step and edge of all entries, in blocks in the order of their entities.

    Every block reads all relationships once, in order; nothing is spilled and nothing is sorted
    beyond one entity. The first ``skip`` blocks are left out.
    """

    def fill(span: tuple[int, int]) -> tuple[Int32, UInt8, Int32]:
        room = int(offsets[span[1]] - offsets[span[0]])
        neighbour = np.empty(room, dtype=np.int32)
        step = np.empty(room, dtype=np.uint8)
        edge = np.empty(room, dtype=np.int32)
        _fill(
            *(relationships.source, relationships.target, relationships.kind, _SYMMETRIC),
            *(*span, offsets, neighbour, step, edge),
            work=2 * len(relationships) + 5 * room,
        )
        return neighbour, step, edge

    yield from in_order(fill, _spans(offsets)[skip:], threads=threads)


def _spans(offsets: Int64) -> list[tuple[int, int]]:
    entities = len(offsets) - 1
    spans = []
    low = 0
    while low < entities:
        high = int(np.searchsorted(offsets, offsets[low] + BLOCK_ENTRIES, side="right")) - 1
        high = min(max(high, low + 1), entities)
        spans.append((low, high))
        low = high
    return spans or [(0, 0)]


@kernel("counts")
def _count(source, target, kind, symmetric, counts):
    for edge in range(len(source)):
        counts[source[edge]] += 1
        if source[edge] != target[edge] or not symmetric[kind[edge]]:
            counts[target[edge]] += 1


@kernel("neighbour", "step", "edge")
def _fill(source, target, kind, symmetric, first, last, offsets, neighbour, step, edge):
    begin = offsets[first]
    cursor = np.empty(last - first, np.int64)
    for entity in range(first, last):
        cursor[entity - first] = offsets[entity] - begin
    for one in range(len(source)):
        low, high = source[one], target[one]
        if first <= low < last:
            at = cursor[low - first]
            cursor[low - first] = at + 1
            neighbour[at] = high
            step[at] = 2 * kind[one]
            edge[at] = one
        if first <= high < last:
            both = symmetric[kind[one]]
            if both and low == high:
                continue
            at = cursor[high - first]
            cursor[high - first] = at + 1
            neighbour[at] = low
            step[at] = 2 * kind[one] + (0 if both else 1)
            edge[at] = one
    for entity in range(first, last):
        _sort(offsets[entity] - begin, offsets[entity + 1] - begin, neighbour, step, edge)


@helper
def _sort(low, high, neighbour, step, edge):
    """Sort some entries by step, neighbour and edge, in their place (Shell 1959, gaps 3 g + 1)."""
    gap = 1
    while gap < (high - low) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for at in range(low + gap, high):
            one, by, over = neighbour[at], step[at], edge[at]
            place = at - gap
            while place >= low and (
                step[place] > by
                or (
                    step[place] == by
                    and (neighbour[place] > one or (neighbour[place] == one and edge[place] > over))
                )
            ):
                neighbour[place + gap] = neighbour[place]
                step[place + gap] = step[place]
                edge[place + gap] = edge[place]
                place -= gap
            neighbour[place + gap], step[place + gap], edge[place + gap] = one, by, over
        gap //= 3

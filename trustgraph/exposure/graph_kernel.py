"""Rows of the exposure graph: what is in force, with its share factors.

A row is one entity's part of the adjacency. Everything that a factor needs is looked up where it
stands: the relationships of the same kind at this end, or at the other one. So a graph can be made
of any rows, of a whole register or of the few that one answer needs, and every entry is the same.
"""

# ruff: noqa: ANN001, ANN201, ANN202, PLR0913, PLR0917

from __future__ import annotations

import numpy as np

from trustgraph.compiled import helper, kernel

__all__ = ["count_rows", "fill_rows", "mark_beside", "segment_sums"]

_WHOLE = 1_000_000_000
_REMEMBERED = 1 << 12
"""Segments of which the last sums are remembered: those of hubs are asked for again and again."""


@kernel("marked", "fresh")
def mark_beside(front, passes, offsets, neighbour, step, carries, kind, barrier, marked, fresh):
    """Mark whom a walk may step to from the entities of ``front``; returns how many are new.

    These go to ``fresh``. ``carries`` marks the steps that any channel names, ``barrier`` is a kind
    that is not walked through unless the walk ``passes``. Days and fan-out are not looked at: some
    are marked that nobody comes to.
    """
    reached = 0
    for place in range(len(front)):
        entity = front[place]
        if kind[entity] == barrier and not passes:
            continue
        for entry in range(offsets[entity], offsets[entity + 1]):
            other = neighbour[entry]
            if carries[step[entry]] and not marked[other]:
                marked[other] = True
                fresh[reached] = other
                reached += 1
    return reached


@kernel()
def count_rows(rows, offsets, edge, start, end, today):
    """How many entries of each row are in force on a day number (int64)."""
    counts = np.zeros(len(rows), np.int64)
    for place in range(len(rows)):
        for entry in range(offsets[rows[place]], offsets[rows[place] + 1]):
            one = edge[entry]
            if start[one] <= today < end[one]:
                counts[place] += 1
    return counts


@helper
def _segment(entity, code, offsets, step):
    """Where the entries of an entity with one step begin and end."""
    low, high = offsets[entity], offsets[entity + 1]
    stop = high
    while low < high:
        half = (low + high) // 2
        if step[half] < code:
            low = half + 1
        else:
            high = half
    begin = low
    high = stop
    while low < high:
        half = (low + high) // 2
        if step[half] <= code:
            low = half + 1
        else:
            high = half
    return begin, low


@helper
def _sums(entity, code, offsets, step, edge, start, end, share, today, keys, sums):
    """Of a segment in force: its length, the sum of its known shares, how many are unknown."""
    key = np.int64(entity) * 64 + code + 1  # 0 where nothing is remembered
    slot = (key ^ (key >> 17)) & (_REMEMBERED - 1)
    if keys[slot] == key:
        return sums[slot, 0], sums[slot, 1], sums[slot, 2]
    begin, stop = _segment(entity, code, offsets, step)
    count, known, unknown = 0, 0, 0
    for entry in range(begin, stop):
        one = edge[entry]
        if start[one] <= today < end[one]:
            count += 1
            if share[one] < 0:
                unknown += 1
            else:
                known += share[one]
    keys[slot] = key
    sums[slot, 0], sums[slot, 1], sums[slot, 2] = count, known, unknown
    return count, known, unknown


@kernel()
def segment_sums(entities, codes, offsets, step, edge, start, end, share, today):
    """Of entities and step codes (int64, m × 3): relationships in force of that step.

    Their number, the sum of the known shares, how many shares are unknown.
    """
    keys = np.zeros(_REMEMBERED, np.int64)
    sums = np.zeros((_REMEMBERED, 3), np.int64)
    found = np.zeros((len(entities), 3), np.int64)
    for place in range(len(entities)):
        found[place, 0], found[place, 1], found[place, 2] = _sums(
            *(entities[place], codes[place], offsets, step, edge, start, end, share, today),
            *(keys, sums),
        )
    return found


@kernel(
    "out_neighbour",
    "out_step",
    "out_stated",
    "out_confidence",
    "out_multiply",
    "out_peers",
    "out_closed",
)
def fill_rows(
    rows,
    first,
    offsets,
    neighbour,
    step,
    edge,
    start,
    end,
    share,
    confidence,
    today,
    opposite,
    of_whole,
    missing_share,
    equal,
    multiplied,
    max_fanout,
    out_neighbour,
    out_step,
    out_stated,
    out_confidence,
    out_multiply,
    out_peers,
    out_closed,
):
    """Write the entries in force of some rows; those of row ``i`` begin at ``first[i]``.

    By step code: ``opposite``; ``of_whole`` where the step leads from a whole to who holds shares
    of it; ``missing_share`` of its kind; ``equal`` and ``multiplied`` where some channel asks for
    that factor (it is left 1 elsewhere).
    """
    keys = np.zeros(_REMEMBERED, np.int64)
    sums = np.zeros((_REMEMBERED, 3), np.int64)
    for place in range(len(rows)):
        entity = rows[place]
        at = first[place]
        run = at  # where the segment of the current step begins
        for entry in range(offsets[entity], offsets[entity + 1]):
            one = edge[entry]
            if not start[one] <= today < end[one]:
                continue
            code = step[entry]
            other = neighbour[entry]
            if at > run and out_step[at - 1] != code:
                for back in range(run, at):
                    out_closed[back] = at - run > max_fanout
                run = at
            stated = share[one]
            factor = 1.0
            if stated >= 0:
                factor = stated / 1e9
            elif multiplied[code]:
                factor = 0.0
                whole, seen = entity, code
                if not of_whole[code]:
                    whole, seen = other, opposite[code]
                if of_whole[seen]:
                    _, known, unknown = _sums(
                        *(whole, seen, offsets, step, edge, start, end, share, today, keys, sums)
                    )
                    equal_part = max(0, _WHOLE - known) / unknown / 1e9
                    factor = min(missing_share[code], equal_part)
            peers = 1
            if equal[code]:
                peers, _, _ = _sums(
                    *(other, opposite[code], offsets, step, edge, start, end, share, today),
                    *(keys, sums),
                )
            out_neighbour[at] = other
            out_step[at] = code
            out_stated[at] = stated
            out_confidence[at] = confidence[one]
            out_multiply[at] = factor
            out_peers[at] = peers
            at += 1
        for back in range(run, at):
            out_closed[back] = at - run > max_fanout

"""Passes over a whole graph that numpy has no words for."""

# ruff: noqa: ANN001, ANN201

from __future__ import annotations

import numpy as np

from trustgraph.compiled import kernel

__all__ = ["filled", "grouped", "kahn", "peel"]


@kernel()
def grouped(keys, size):
    """Places of keys in 0..size-1 sorted by them, equal ones in their order; where each begins.

    Returns (offsets, int64, size + 1; order, int64): what a stable argsort gives, in linear time.
    """
    offsets = np.zeros(size + 1, np.int64)
    for place in range(len(keys)):
        offsets[keys[place] + 1] += 1
    for key in range(size):
        offsets[key + 1] += offsets[key]
    after = offsets[:-1].copy()
    order = np.empty(len(keys), np.int64)
    for place in range(len(keys)):
        order[after[keys[place]]] = place
        after[keys[place]] += 1
    return offsets, order


@kernel()
def kahn(offsets, below, ring, begins, members):
    """Position of every node (int64, n): after all that lead to it, the members of a ring together.

    The graph is a CSR. ``ring`` (n) numbers rings, -1 outside; the members of ring r, in the order
    in which they are to stand, are ``members[begins[r]:begins[r + 1]]``. A ring waits as its first
    member.
    """
    size = len(ring)
    waits = np.zeros(size, np.int32)
    for node in range(size):
        for at in range(offsets[node], offsets[node + 1]):
            there = below[at]
            if ring[there] < 0:
                waits[there] += 1
            elif ring[there] != ring[node]:
                waits[members[begins[ring[there]]]] += 1
    position = np.zeros(size, np.int64)
    queue = np.empty(size, np.int32)
    tail = 0
    for node in range(size):
        if waits[node] == 0 and (ring[node] < 0 or members[begins[ring[node]]] == node):
            queue[tail] = node
            tail += 1
    head, placed = 0, 0
    one = np.empty(1, np.int32)
    while head < tail:
        node = queue[head]
        head += 1
        one[0] = node
        group = one if ring[node] < 0 else members[begins[ring[node]] : begins[ring[node] + 1]]
        for member in group:
            position[member] = placed
            placed += 1
            for at in range(offsets[member], offsets[member + 1]):
                there = below[at]
                if ring[there] >= 0:
                    if ring[there] == ring[node]:
                        continue
                    there = members[begins[ring[there]]]
                waits[there] -= 1
                if waits[there] == 0:
                    queue[tail] = there
                    tail += 1
    return position


@kernel()
def peel(down_offsets, down, up_offsets, up):
    """1 for what is left when nodes that nothing leads to, or that lead nowhere, are peeled off."""
    size = len(down_offsets) - 1
    waits = np.empty(size, np.int32)
    leads = np.empty(size, np.int32)
    left = np.ones(size, np.int32)
    queue = np.empty(size, np.int32)
    tail = 0
    for node in range(size):
        waits[node] = up_offsets[node + 1] - up_offsets[node]
        leads[node] = down_offsets[node + 1] - down_offsets[node]
        if waits[node] == 0 or leads[node] == 0:
            left[node] = 0
            queue[tail] = node
            tail += 1
    head = 0
    while head < tail:
        node = queue[head]
        head += 1
        for at in range(down_offsets[node], down_offsets[node + 1]):
            waits[down[at]] -= 1
            if left[down[at]] == 1 and waits[down[at]] == 0:
                left[down[at]] = 0
                queue[tail] = down[at]
                tail += 1
        for at in range(up_offsets[node], up_offsets[node + 1]):
            leads[up[at]] -= 1
            if left[up[at]] == 1 and leads[up[at]] == 0:
                left[up[at]] = 0
                queue[tail] = up[at]
                tail += 1
    return left


@kernel()
def filled(begins, starts, column):
    """The pattern that elimination fills in: (offsets, columns, where the later columns begin).

    Blocks are rows (and columns) from ``begins[b]`` to ``begins[b + 1]``; ``column`` holds the
    entries that there are before, by row (CSR with ``starts``). A row takes over the later columns
    of every earlier one that it has an entry for.
    """
    size = len(starts) - 1
    offsets = np.zeros(size + 1, np.int64)
    later = np.zeros(size, np.int64)
    columns = np.empty(max(1, 2 * len(column)), np.int32)
    marked = np.zeros(size, np.bool_)
    used = 0
    for block in range(len(begins) - 1):
        begin, end = begins[block], begins[block + 1]
        for row in range(begin, end):
            for at in range(starts[row], starts[row + 1]):
                marked[column[at]] = True
            for gone in range(begin, row):
                if marked[gone]:
                    for at in range(later[gone], offsets[gone + 1]):
                        marked[columns[at]] = True
            marked[row] = False
            if used + end - begin > len(columns):
                longer = np.empty(2 * len(columns) + end - begin, np.int32)
                longer[:used] = columns[:used]
                columns = longer
            later[row] = -1
            for other in range(begin, end):
                if other > row and later[row] < 0:
                    later[row] = used
                if marked[other]:
                    columns[used] = other
                    used += 1
                    marked[other] = False
            if later[row] < 0:
                later[row] = used
            offsets[row + 1] = used
    return offsets, columns[:used].copy(), later

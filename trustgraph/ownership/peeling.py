"""Two walks over a whole graph that numpy has no words for, compiled by numba."""

# ruff: noqa: ANN001, ANN201

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["kahn", "peel"]


@njit(cache=True, nogil=True)
def kahn(offsets, below, waits):
    """Rank of every node (int64, n): after all that lead to it. The graph (CSR) has no rings.

    ``waits`` (n) counts how many edges lead to each node, and is used up.
    """
    size = len(waits)
    rank = np.full(size, -1, np.int64)
    queue = np.empty(size, np.int32)
    tail = 0
    for node in range(size):
        if waits[node] == 0:
            queue[tail] = node
            tail += 1
    head = 0
    while head < tail:
        node = queue[head]
        rank[node] = head
        head += 1
        for at in range(offsets[node], offsets[node + 1]):
            waits[below[at]] -= 1
            if waits[below[at]] == 0:
                queue[tail] = below[at]
                tail += 1
    return rank


@njit(cache=True, nogil=True)
def peel(down_offsets, down, up_offsets, up):
    """1 for what is left when nodes that nothing leads to, or that lead nowhere, are peeled off."""
    size = len(down_offsets) - 1
    waits = np.diff(up_offsets)
    leads = np.diff(down_offsets)
    left = np.ones(size, np.int32)
    queue = np.empty(size, np.int32)
    tail = 0
    for node in range(size):
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

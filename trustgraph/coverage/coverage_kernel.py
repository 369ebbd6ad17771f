"""What coverage asks of every relationship, in one pass each."""

# ruff: noqa: ANN001, ANN201

from __future__ import annotations

import numpy as np

from trustgraph.compiled import kernel

__all__ = ["mark_related", "stated_shares"]


@kernel()
def mark_related(source, target, kind, start, end, today, outward, inward, size):
    """Marks (bool, ``size``) of entities with a relationship in force of some kinds.

    ``outward`` and ``inward`` say by kind whether it counts for its source and for its target.
    """
    related = np.zeros(size, np.bool_)
    for edge in range(len(kind)):
        out, into = outward[kind[edge]], inward[kind[edge]]
        if (out or into) and start[edge] <= today < end[edge]:
            if out:
                related[source[edge]] = True
            if into:
                related[target[edge]] = True
    return related


@kernel()
def stated_shares(target, kind, share, start, end, today, wanted, size):
    """Sums (int64, ``size``) of the shares stated in relationships in force of one kind."""
    stated = np.zeros(size, np.int64)
    for edge in range(len(kind)):
        if kind[edge] == wanted and share[edge] >= 0 and start[edge] <= today < end[edge]:
            stated[target[edge]] += share[edge]
    return stated

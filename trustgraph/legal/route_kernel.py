"""The entries of an adjacency that a route may take."""

# ruff: noqa: ANN001, ANN201

from __future__ import annotations

import numpy as np

from trustgraph.compiled import kernel

__all__ = ["matching_entries"]


@kernel()
def matching_entries(offsets, steps, at, wanted):
    """Entries of each entity in ``at`` whose step is ``wanted``: (place in at, entry), in order."""
    count = 0
    for place in range(len(at)):
        for entry in range(offsets[at[place]], offsets[at[place] + 1]):
            if wanted[steps[entry]]:
                count += 1
    row = np.empty(count, np.int64)
    found = np.empty(count, np.int64)
    count = 0
    for place in range(len(at)):
        for entry in range(offsets[at[place]], offsets[at[place] + 1]):
            if wanted[steps[entry]]:
                row[count] = place
                found[count] = entry
                count += 1
    return row, found

"""Own points: what a record weighs by itself as of a day."""

from __future__ import annotations

import numpy as np

from trustgraph.register import (
    NO_END,
    Bool,
    Float64,
    Int32,
    Int64,
)
from trustgraph.schema import MICRO

__all__ = ["own_micro"]


def own_micro(points: Float64, linear: Bool, decided_on: Int32, ends: Int32, today: int) -> Int64:
    """``rint(points * 1e6 * decay)``; linear decay is the remaining share of the term in days."""
    decay = np.ones(len(points))
    fading = linear & (ends != NO_END) & (ends > decided_on)
    term = ends[fading].astype(np.int64) - decided_on[fading]
    decay[fading] = (ends[fading].astype(np.int64) - today) / term
    return np.rint(points * MICRO * decay).astype(np.int64)

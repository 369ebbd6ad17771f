"""Sets of entities, by their numbers."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["together"]

_MARKED: Final = 64
"""One in how many of all numbers makes marks cheaper than sorting."""


def together(size: int, *parts: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """The numbers in any of some arrays, each once, ascending; all are below ``size``."""
    if sum(map(len, parts)) * _MARKED < size:
        return np.unique(np.concatenate([np.zeros(0, np.int64), *parts])).astype(np.int64)
    marked = np.zeros(size, dtype=np.bool_)
    for part in parts:
        marked[part] = True
    return np.flatnonzero(marked)

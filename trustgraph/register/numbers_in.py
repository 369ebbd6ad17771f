"""Two registers side by side: which entities are the same, by their ids."""

from __future__ import annotations

import numpy as np

from trustgraph.register.id_search import match_ids
from trustgraph.register.model import Int32, Register

__all__ = ["numbers_in"]


def numbers_in(later: Register, earlier: Register) -> Int32:
    """The number in ``later`` of each entity of ``earlier``; -1 of those that are not there."""
    if earlier.digest == later.digest:
        return np.arange(len(earlier), dtype=np.int32)
    found = np.empty(len(earlier), dtype=np.int32)
    match_ids(
        *earlier.ids.as_bytes(), *later.ids.as_bytes(), found, work=8 * (len(earlier) + len(later))
    )
    return found

"""How near the kernel comes to what the memory of this machine can do."""

# ruff: noqa: ANN001, ANN202

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from harness import Job, Report, measure
from numba import njit

from trustgraph.exposure import lines

__all__ = ["access", "counting", "lines_touched"]

WORDS = 1 << 27
"""64-bit words that are read from, 1 GiB: more than any cache holds."""
READS = 1 << 25
LINE_BYTES = 64
ROW_LINES = 10
"""Lines of memory that opening a row touches at least: its begin and end, the kind of its entity,
and the first entry in each of the graph's seven arrays."""
ENTRY_BYTES = 30


@njit(cache=True, nogil=True)
def _gather(words, places):
    total = 0
    for place in places:
        total += words[place]
    return total


def access(_job: Job) -> Report:
    """Reads of words at random, none waiting for another, on one thread."""
    rng = np.random.default_rng(1)
    words = np.ones(WORDS, dtype=np.int64)
    places = rng.integers(0, WORDS, READS)
    _gather(words, places[:1])
    _, step = measure("access", lambda: _gather(words, places), repeats=5)
    return Report((step,), {"reads": READS})


@contextmanager
def counting() -> Iterator[dict[str, int]]:
    """Counts the rows that the kernel opens and the entries that it looks at."""
    found = {"opened": 0, "looked": 0}
    kernel = lines.reach_lines

    def counted(*given: Any, work: int) -> Any:
        made = kernel(*given, work=work)
        found["opened"] += made[3]
        found["looked"] += made[4]
        return made

    counted.is_compiled = True
    counted.took = lambda _steps: None
    lines.reach_lines = counted
    try:
        yield found
    finally:
        lines.reach_lines = kernel


def lines_touched(opened: int, looked: int) -> float:
    """Lines of memory that the kernel touches at least; those of its own tables come on top."""
    return opened * ROW_LINES + looked * ENTRY_BYTES / LINE_BYTES

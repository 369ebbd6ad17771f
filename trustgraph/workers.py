"""Work on all cores, put together in order: the number of threads leaves no trace."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

__all__ = ["cores", "in_order"]

Piece = TypeVar("Piece")
Found = TypeVar("Found")


def cores() -> int:
    """How many cores this process may use (not every system can say; then all there are)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(
    work: Callable[[Piece], Found], pieces: Iterable[Piece], *, threads: int | None = None
) -> Iterator[Found]:
    """What ``work`` finds in each piece, in their order, computed a few pieces ahead.

    ``threads`` defaults to all cores. Pieces are begun a few at a time, so that finished ones never
    pile up; where the caller stops early, those not begun are dropped.
    """
    workers = threads or cores()
    queue = iter(pieces)
    first = list(islice(queue, 2))
    if workers == 1 or len(first) < 2:  # a thread takes longer to start than many a piece
        yield from map(work, chain(first, queue))
        return
    queue = chain(first, queue)
    with ThreadPoolExecutor(workers) as pool:
        pending = [pool.submit(work, piece) for piece in islice(queue, 2 * workers)]
        try:
            while pending:
                yield pending.pop(0).result()
                pending.extend(pool.submit(work, piece) for piece in islice(queue, 1))
        finally:
            for future in pending:
                future.cancel()

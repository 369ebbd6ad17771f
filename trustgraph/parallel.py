"""Work on all cores, put together in order: the number of threads leaves no trace."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Final, TypeVar

import numpy as np

__all__ = ["Stage", "Watch", "cores", "in_order", "threads_of"]

Piece = TypeVar("Piece")
Found = TypeVar("Found")

_LOOK_SECONDS: Final = 0.1
_PATIENT_SECONDS: Final = 2.0


def cores() -> int:
    """How many cores this process may use (not every system can say; then all there are)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(slots=True)
class Watch:
    """What long loops share with whoever waits for them.

    Loops look at ``stop`` and end when it is set; each tells in a counter of its own how much of
    its work is done. ``tell`` hears the sum while it is waited for.
    """

    tell: Callable[[int], None]
    stop: Any = field(default_factory=lambda: np.zeros(1, dtype=np.uint8))
    _counters: list[Any] = field(default_factory=list)

    def counter(self) -> Any:
        """A new counter: an array (int64, 1) that begins at 0."""
        self._counters.append(np.zeros(1, dtype=np.int64))
        return self._counters[-1]

    def look(self) -> None:
        self.tell(sum(int(counter[0]) for counter in self._counters))


def in_order(
    work: Callable[[Piece], Found],
    pieces: Iterable[Piece],
    *,
    threads: int | None = None,
    watch: Watch | None = None,
) -> Iterator[Found]:
    """What ``work`` finds in each piece, in their order, computed a few pieces ahead.

    ``threads`` defaults to all cores. Pieces are begun a few at a time, so that finished ones never
    pile up; where the caller stops early, those not begun are dropped. A piece that may take long
    comes with a ``watch``: it is worked on by another thread than the caller's, who stays awake for
    signals and has the piece stopped by them.
    """
    workers = threads or cores()
    queue = iter(pieces)
    first = list(islice(queue, 2))
    few = workers == 1 or len(first) < 2  # a thread takes longer to start than many a piece
    if few and watch is None:
        yield from map(work, chain(first, queue))
        return
    queue = chain(first, queue)
    with threads_of(workers) as pool:
        pending = [pool.submit(work, piece) for piece in islice(queue, 2 * workers)]
        try:
            while pending:
                yield _awaited(pending[0], watch)
                del pending[0]
                pending.extend(pool.submit(work, piece) for piece in islice(queue, 1))
        except BaseException:
            if watch is not None:
                watch.stop[0] = 1
            raise
        finally:
            for future in pending:
                future.cancel()
            # A piece may be writing: whoever cleans up after us must not meet it. One that is being
            # compiled writes nothing, takes longer, and is left behind.
            wait(pending, timeout=_PATIENT_SECONDS)


class _Here(Executor):
    """No threads: work is done when it is submitted, by whoever submits it."""

    def submit(self, call: Callable[..., Found], /, *given: Any, **options: Any) -> Future[Found]:
        future: Future[Found] = Future()
        future.set_result(call(*given, **options))
        return future


@contextmanager
def threads_of(count: int) -> Iterator[Executor]:
    """Threads that end with the block; a signal does not wait for what they are in the middle of.

    0: work is done by whoever submits it.
    """
    pool = ThreadPoolExecutor(count) if count else _Here()
    waited = True
    try:
        yield pool
    except KeyboardInterrupt:
        waited = False
        raise
    finally:
        pool.shutdown(wait=waited, cancel_futures=not waited)


def _awaited(future: Future[Found], watch: Watch | None) -> Found:
    if watch is None:
        return future.result()
    while True:
        try:
            found = future.result(timeout=_LOOK_SECONDS)
        except TimeoutError:
            if future.done():  # then it is the work's own error
                raise
            watch.look()
        else:
            watch.look()
            return found


Stage = Callable[[str, int, int], None]
"""Progress: (name of the stage, steps done, steps in all)."""

"""How much of what draws nothing is run: all of it for what lands, a sample for `make test`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import settings

__all__ = ["DEEP", "some"]

DEEP = settings().max_examples >= 250
"""Whether this is CI's depth, or a night's."""
T = TypeVar("T")


def some(whole: Sequence[T], few: int) -> Sequence[T]:
    """All of a sequence at CI's depth, else ``few`` spread over it, the first among them."""
    return whole if DEEP or few >= len(whole) else whole[:: -(-len(whole) // few)]

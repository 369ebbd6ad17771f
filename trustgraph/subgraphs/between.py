"""Who lies between two parties: on a path from one to the other that meets nobody twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from trustgraph.query.session import Session
from trustgraph.subgraphs.graphs import between_ends
from trustgraph.subgraphs.parts import Following, beside, neighbours

__all__ = ["on_paths"]

_TRIES: Final = 20_000
"""Steps of a search for a path through one party; whoever is not decided by then stays."""

Ways = Mapping[int, tuple[int, ...]]


def on_paths(
    session: Session, origin: int, end: int, longest: int, following: Following
) -> dict[int, tuple[int, int]]:
    """The parties on paths of at most so many relationships, each met once on its path.

    Of each how long the shortest walk between the two through it is, and how far it lies from
    ``origin``. Nobody where there is no path, or both are the same.
    """
    one, first = _distances(session, origin, longest, following)
    other, second = _distances(session, end, longest, following)
    through = {
        number: (one[number] + other[number], one[number])
        for number in one.keys() & other.keys()
        if one[number] + other[number] <= longest
    }
    if origin == end or end not in through:
        return {}
    ways = {
        number: tuple(there for there in neighbours(session, number, following) if there in through)
        for number in through
    }
    passable = between_ends(ways, origin, end)

    def lies_between(number: int) -> bool:
        if number in (origin, end):
            return True
        if number not in passable:
            return False
        there, back = _traced(number, first), _traced(number, second)
        if len(set(there) & set(back)) == 1:  # they meet in it alone
            return True
        return _search(ways, origin, number, end, longest, other)

    return {number: found for number, found in through.items() if lies_between(number)}


def _distances(
    session: Session, origin: int, longest: int, following: Following
) -> tuple[dict[int, int], dict[int, int]]:
    """How many relationships each party within reach lies from one, and over whom."""
    found, over, front = {origin: 0}, {origin: origin}, np.array([origin], dtype=np.int64)
    for hop in range(1, longest + 1):
        edge, reached = beside(session, front, following)
        ends = session.register.relationships
        fresh: list[int] = []
        for there, source, target in zip(
            reached.tolist(), ends.source[edge].tolist(), ends.target[edge].tolist(), strict=True
        ):
            if there not in found:
                found[there] = hop
                over[there] = source if there == target else target
                fresh.append(there)
        front = np.array(sorted(fresh), dtype=np.int64)
        if not len(front):
            break
    return found, over


def _traced(number: int, over: Mapping[int, int]) -> list[int]:
    path = [number]
    while over[path[-1]] != path[-1]:
        path.append(over[path[-1]])
    return path


def _search(
    ways: Ways, origin: int, number: int, end: int, longest: int, to_end: Mapping[int, int]
) -> bool:
    """Whether a path of at most so many steps leads through a party, by trying."""
    tries = 0

    def onward(path: list[int], left: int) -> Iterator[list[int]]:
        nonlocal tries
        for there in ways[path[-1]]:
            tries += 1
            if tries > _TRIES:
                return
            if there in path:
                continue
            if there == number:
                yield [*path, there]
            elif left > 1 and there != end:
                yield from onward([*path, there], left - 1)

    for begun in onward([origin], longest - to_end[number]):
        if _leads(ways, number, end, set(begun), longest - len(begun) + 1):
            return True
    return tries > _TRIES


def _leads(ways: Ways, number: int, end: int, met: set[int], left: int) -> bool:
    """Whether somebody is reached within so many steps without meeting any of these."""
    front, seen = [number], set(met)
    for _ in range(left):
        front = [there for here in front for there in ways[here] if there not in seen]
        if end in front:
            return True
        seen.update(front)
    return False

"""Subgraphs as pages show them: around one, along the evidence, a path; added to and taken from.

What is left out for the budget is counted, by kind of relationship: nobody is to take what is drawn
for all there is.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from trustgraph.query.session import Session
from trustgraph.query.summary import summaries_of
from trustgraph.register import day_number
from trustgraph.schema import KIND_CODES, RELATIONSHIP_KINDS, STEPS, step_words
from trustgraph.subgraphs.parts import (
    Following,
    among,
    edge_of,
    left_out,
    neighbours,
    node_of,
)
from trustgraph.subgraphs.selection import BUDGET, around_some, chains_upon

__all__ = ["MOST", "evidence_of", "neighbourhood_of", "path_of", "relations_of"]

MOST: Final = 2_000
"""Parties that a picture has at most."""

AT_ONCE: Final = 40
"""Parties that are added to a subgraph at once; how many more there are is told."""

Growth = tuple[str, str | None]
"""A party and the kind of relationship by which it is expanded; None: it is taken away."""

LONGEST_PATH: Final = 6


def neighbourhood_of(
    session: Session,
    entity: str,
    *,
    hops: int = 2,
    budget: int = BUDGET,
    kinds: tuple[str, ...] = (),
    past: bool = False,
    grown: Sequence[Growth] = (),
    pinned: Sequence[str] = (),
) -> dict[str, Any]:
    """The parties around one, nearest first, as many as the budget allows.

    ``kinds`` (default: all) are the relationships that are followed; with ``past`` those too that
    have ended. ``grown`` is what was asked for after that, in its order: ``(entity, kind)`` adds
    whom relationships of a kind join to a party that is there, ``(entity, None)`` takes a party
    away. Those that are ``pinned`` are there whatever the rest is. Parties on chains of the
    entity's own ledger and consequences come first, then those with records, then owners and posts
    before trade. Keys: ``centre``, ``nodes``, ``edges`` (see ``node_of`` and ``edge_of``;
    ``evidence`` tells those of its own chains), ``left_out`` (by kind, how many parties next to the
    shown ones are not shown) and ``within`` (how many parties there are within so many hops).
    ``unknown`` are those of ``grown`` and ``pinned`` that are not in the register. Raises
    UnknownEntityError for the entity itself.
    """
    centre = session.number(entity)
    grown, pinned, unknown = _known(session, grown, pinned)
    following = Following(kinds=kinds, past=past)
    most = max(1, min(budget, MOST))
    near = around_some(session, [centre], hops=hops, budget=most, following=following)
    seen = dict(near.hops)
    _grow(session, seen, grown, pinned, centre, past=past)
    # What was added was added by its own kind.
    drawn = following if not grown else Following(past=past)
    found = _subgraph(session, seen, seen, _on_chains(session, centre), drawn)
    left = _left_rows(session, seen, following)
    return {
        "centre": session.shown_id(centre),
        **found,
        "left_out": left,
        "within": near.within,
        "unknown": unknown,
    }


def _known(
    session: Session, grown: Sequence[Growth], pinned: Sequence[str]
) -> tuple[list[Growth], list[str], list[str]]:
    """What was asked for of parties that are there, and who is not: a link may be an old one."""
    named = [*pinned, *(entity for entity, _ in grown)]
    there = {one for one in dict.fromkeys(named) if session.number_if_known(one) is not None}
    kept = [
        (entity, kind)
        for entity, kind in grown
        if entity in there and (kind is None or kind in KIND_CODES)
    ]
    unknown = [one for one in dict.fromkeys(named) if one not in there]
    return kept, [one for one in pinned if one in there], unknown


def _grow(
    session: Session,
    seen: dict[int, int | None],
    grown: Sequence[Growth],
    pinned: Sequence[str],
    centre: int,
    *,
    past: bool,
) -> None:
    """Add and take away what was asked for; the one that all is about stays."""
    for entity in pinned[:MOST]:
        seen.setdefault(session.number(entity), None)
    for entity, kind in grown:
        number = session.number(entity)
        if kind is None:
            if number != centre:
                seen.pop(number, None)
            continue
        if number in seen:
            following = Following(kinds=(kind,), past=past)
            fresh = [one for one in neighbours(session, number, following) if one not in seen]
            room, hops = max(0, MOST - len(seen)), seen[number]
            more = dict.fromkeys(fresh[: min(AT_ONCE, room)], None if hops is None else hops + 1)
            seen.update(more)


def evidence_of(
    session: Session, entity: str, *, grown: Sequence[Growth] = (), pinned: Sequence[str] = ()
) -> dict[str, Any]:
    """Only the chains that carry lines of an entity's ledger or its consequences.

    The same keys as ``neighbourhood_of``, with what was ``grown`` out of them or ``pinned`` beside
    them; else nothing is left out. Raises UnknownEntityError.
    """
    centre = session.number(entity)
    grown, pinned, unknown = _known(session, grown, pinned)
    marked = _on_chains(session, centre)
    own = {centre, *(one for pair in marked for one in pair)}
    seen: dict[int, int | None] = dict.fromkeys(own, 0)
    _grow(session, seen, grown, pinned, centre, past=False)
    more = bool(grown) or len(seen) > len(own)
    found = _subgraph(session, seen, seen if more else {}, marked, Following())
    if not more:
        found["edges"] = [edge for edge in found["edges"] if edge["evidence"]]
    left = _left_rows(session, seen, Following()) if more else []
    return {
        "centre": session.shown_id(centre),
        **found,
        "left_out": left,
        "within": len(own),
        "unknown": unknown,
    }


def path_of(session: Session, origin: str, end: str) -> dict[str, Any]:
    """A shortest path of relationships in force between two parties, of at most six.

    The same keys as ``neighbourhood_of`` with ``chain``, the ids along it; no nodes where there is
    none. Raises UnknownEntityError.
    """
    begin, target = session.number(origin), session.number(end)
    before: dict[int, int] = {begin: begin}
    front = [begin]
    for _ in range(LONGEST_PATH):
        if target in before or not front:
            break
        found = []
        for here in front:
            for there in neighbours(session, here, Following()):
                if there not in before:
                    before[there] = here
                    found.append(there)
        front = found
    chain: list[int] = []
    if target in before:
        chain = [target]
        while chain[-1] != begin:
            chain.append(before[chain[-1]])
        chain.reverse()
    hops: dict[int, int | None] = {one: place for place, one in enumerate(chain)}
    return {
        "centre": session.shown_id(begin),
        **_subgraph(session, chain, hops, set(), Following()),
        "left_out": [],
        "within": len(chain),
        "chain": [session.shown_id(one) for one in chain],
    }


def relations_of(
    session: Session, entity: str, *, shown: Collection[str] = ()
) -> list[dict[str, Any]]:
    """How many relationships of each kind an entity has: before one expands it.

    Rows with ``step``, ``kind``, ``words``, ``current``, ``past`` and ``beyond``: how many parties
    the current ones lead to that are not ``shown`` (ids or pseudonyms). Raises UnknownEntityError.
    """
    number = session.number(entity)
    drawn = set(shown)
    adjacency, all_of = session.register.adjacency, session.register.relationships
    entries = slice(int(adjacency.offsets[number]), int(adjacency.offsets[number + 1]))
    today = day_number(session.as_of)
    step, edge = adjacency.step[entries], adjacency.edge[entries]
    other = adjacency.neighbour[entries]
    live, begun = all_of.in_force_of(edge, today), all_of.start[edge] <= today
    rows = []
    for code in np.unique(step).tolist():
        own = step == code
        led_to = set(other[own & live].tolist())
        rows.append(
            {
                "step": STEPS[code],
                "kind": RELATIONSHIP_KINDS[code >> 1].name,
                "words": step_words(code, session.lang),
                "current": int((own & live).sum()),
                "past": int((own & begun & ~live).sum()),
                "beyond": sum(session.shown_id(one) not in drawn for one in led_to),
            }
        )
    return rows


def _on_chains(session: Session, number: int) -> set[tuple[int, int]]:
    """Pairs of entities next to each other on the chains of an entity's ledger and law."""
    chains = chains_upon(session, number)
    return {pair for chain in chains for pair in itertools.pairwise(chain.along)}


def _left_rows(
    session: Session, shown: Iterable[int], following: Following
) -> list[dict[str, Any]]:
    """By kind, how many parties beside the shown ones are not shown."""
    counts = left_out(session, np.array(sorted(shown), dtype=np.int64), following)
    return [{"kind": kind, "parties": count} for kind, count in counts.items()]


def _subgraph(
    session: Session,
    shown: Iterable[int],
    hops: Mapping[int, int | None],
    marked: set[tuple[int, int]],
    following: Following,
) -> dict[str, Any]:
    all_of = session.register.relationships
    numbers = np.array(sorted(shown), dtype=np.int64)
    edges = []
    for edge in among(session, numbers, kinds=following.kinds, past=following.past):
        one = edge_of(session, edge)
        ends = int(all_of.source[edge]), int(all_of.target[edge])
        one["evidence"] = ends in marked or ends[::-1] in marked
        edges.append(one)
    summaries_of(session, numbers.tolist())  # read at once, asked for one by one
    nodes = [node_of(session, one, hops=hops.get(one)) for one in numbers.tolist()]
    return {"nodes": nodes, "edges": edges}

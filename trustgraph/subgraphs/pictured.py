"""Which parties a subgraph shows: around one, along the evidence, between two.

What is left out for the budget is counted, by kind of relationship: nobody is to take what is drawn
for all there is.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import numpy as np

from trustgraph.query.explain import ledger_of
from trustgraph.query.session import Session
from trustgraph.query.summary import summaries_of
from trustgraph.register import Int64, day_number
from trustgraph.schema import RELATIONSHIP_KINDS, STEPS, step_words
from trustgraph.subgraphs.parts import among, edge_of, joined, node_of

__all__ = ["BUDGET", "MOST", "evidence_of", "neighbourhood_of", "path_of", "relations_of"]

BUDGET: Final = 300
MOST: Final = 2_000
"""Parties that a subgraph has unless more are asked for, and at most."""

AT_ONCE: Final = 40
"""Parties that are added to a subgraph at once; how many more there are is told."""

Growth = tuple[str, str | None]
"""A party and the kind of relationship by which it is expanded; None: it is taken away."""

LONGEST_PATH: Final = 6
_MARKET: Final = frozenset({"supplier", "contractor", "affiliate", "possibly_same"})
"""Kinds that are shown last where not all fit: there may be thousands of each."""


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
    Raises UnknownEntityError.
    """
    centre = session.number(entity)
    marked = _on_chains(session, entity)
    seen = {centre: 0}
    front = [centre]
    most = max(1, min(budget, MOST))
    near = outermost = np.array([centre], dtype=np.int64)
    for hop in range(1, hops + 1):
        ranked = _ranked(session, front, kinds, marked, past=past)
        front = [one for one in ranked if one not in seen][: most - len(seen)]
        seen.update(dict.fromkeys(front, hop))
        # Those too that there was no room for lead on to others.
        outermost = np.setdiff1d(joined(session, outermost, kinds=kinds, past=past)[1], near)
        near = np.union1d(near, outermost)
    hops_of: dict[int, int | None] = dict(seen)
    _grow(session, hops_of, grown, pinned, centre, past=past)
    numbers = np.array(sorted(hops_of), dtype=np.int64)
    left = _left_out(session, numbers, kinds, past=past)
    found = _subgraph(
        session, numbers, hops_of, marked, past=past, kinds=kinds if not grown else ()
    )
    return {"centre": session.shown_id(centre), **found, "left_out": left, "within": len(near)}


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
            fresh = [
                one for one in _neighbours(session, number, (kind,), past=past) if one not in seen
            ]
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
    marked = _on_chains(session, entity)
    own = {centre, *(one for pair in marked for one in pair)}
    seen: dict[int, int | None] = dict.fromkeys(own, 0)
    _grow(session, seen, grown, pinned, centre, past=False)
    numbers = np.array(sorted(seen), dtype=np.int64)
    more = bool(grown) or len(seen) > len(own)
    found = _subgraph(session, numbers, seen if more else {}, marked, past=False, kinds=())
    if not more:
        found["edges"] = [edge for edge in found["edges"] if edge["evidence"]]
    left = _left_out(session, numbers, (), past=False) if more else []
    return {"centre": session.shown_id(centre), **found, "left_out": left, "within": len(own)}


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
            for there in _neighbours(session, here, (), past=False):
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
    numbers = np.array(sorted(chain), dtype=np.int64)
    hops: dict[int, int | None] = {one: place for place, one in enumerate(chain)}
    return {
        "centre": session.shown_id(begin),
        **_subgraph(session, numbers, hops, set(), past=False, kinds=()),
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
    drawn = {session.number_if_known(one) for one in shown}
    adjacency, all_of = session.register.adjacency, session.register.relationships
    entries = slice(int(adjacency.offsets[number]), int(adjacency.offsets[number + 1]))
    today = day_number(session.as_of)
    step, edge = adjacency.step[entries], adjacency.edge[entries]
    other = adjacency.neighbour[entries]
    live, begun = all_of.in_force_of(edge, today), all_of.start[edge] <= today
    rows = []
    for code in np.unique(step).tolist():
        own = step == code
        rows.append(
            {
                "step": STEPS[code],
                "kind": RELATIONSHIP_KINDS[code >> 1].name,
                "words": step_words(code, session.lang),
                "current": int((own & live).sum()),
                "past": int((own & begun & ~live).sum()),
                "beyond": len({*other[own & live].tolist()} - drawn),
            }
        )
    return rows


def _on_chains(session: Session, entity: str) -> set[tuple[int, int]]:
    """Pairs of entities next to each other on the chains of an entity's ledger and law."""
    number = session.number(entity)
    pairs: set[tuple[int, int]] = set()
    for frame in (ledger_of(session, number), session.found("consequences", number)):
        for chain in frame["chain"].to_list():
            along = [session.number(one) for one in chain or ()]
            pairs.update(itertools.pairwise(along))
    return pairs


def _neighbours(session: Session, number: int, kinds: tuple[str, ...], *, past: bool) -> list[int]:
    """Whom relationships join to an entity, by the order of their kinds and shares."""
    edge, other = joined(session, np.array([number], dtype=np.int64), kinds=kinds, past=past)
    all_of = session.register.relationships
    trade = np.array([kind.name in _MARKET for kind in RELATIONSHIP_KINDS])[all_of.kind[edge]]
    order = np.lexsort((other, -all_of.share_high[edge], trade))
    found: list[int] = list(dict.fromkeys(other[order].tolist()))
    return found


def _ranked(
    session: Session,
    front: list[int],
    kinds: tuple[str, ...],
    marked: set[tuple[int, int]],
    *,
    past: bool,
) -> list[int]:
    """Who lies one step beyond some entities, the most telling first."""
    on_chain = {one for pair in marked for one in pair}
    found: dict[int, tuple[int, int]] = {}
    for here in front:
        for place, there in enumerate(_neighbours(session, here, kinds, past=past)):
            known = found.get(there)
            told = 0 if there in on_chain else 1 if len(session.own_records(there)) else 2
            found[there] = min(known or (told, place), (told, place))
    return sorted(found, key=lambda one: (*found[one], one))


def _left_out(
    session: Session, numbers: Int64, kinds: tuple[str, ...], *, past: bool
) -> list[dict[str, Any]]:
    """By kind, how many parties beside the shown ones are not shown."""
    edge, other = joined(session, numbers, kinds=kinds, past=past)
    beyond = ~np.isin(other, numbers)
    kind = session.register.relationships.kind[edge[beyond]]
    pairs = set(zip(kind.tolist(), other[beyond].tolist(), strict=True))
    counts = Counter(RELATIONSHIP_KINDS[kind].name for kind, _ in pairs)
    rows = [{"kind": name, "parties": count} for name, count in counts.items()]
    return sorted(rows, key=lambda row: (-int(row["parties"]), str(row["kind"])))


def _subgraph(
    session: Session,
    numbers: Int64,
    hops: Mapping[int, int | None],
    marked: set[tuple[int, int]],
    *,
    past: bool,
    kinds: tuple[str, ...],
) -> dict[str, Any]:
    all_of = session.register.relationships
    edges = []
    for edge in among(session, numbers, kinds=kinds, past=past):
        one = edge_of(session, edge)
        ends = int(all_of.source[edge]), int(all_of.target[edge])
        one["evidence"] = ends in marked or ends[::-1] in marked
        edges.append(one)
    summaries_of(session, numbers.tolist())  # read at once, asked for one by one
    nodes = [node_of(session, one, hops=hops.get(one)) for one in numbers.tolist()]
    return {"nodes": nodes, "edges": edges}

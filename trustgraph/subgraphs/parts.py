"""Parties and relationships of a subgraph, as plain dictionaries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from trustgraph.exposure.graph import SHARE_MULTIPLY, missing_shares, step_table
from trustgraph.query.session import Session
from trustgraph.query.summary import summary_of_number
from trustgraph.register import (
    NO_END,
    NO_START,
    UNKNOWN_SHARE,
    Float64,
    Int32,
    Int64,
    date_of,
    day_number,
    entries_at,
)
from trustgraph.schema import BILLION, RELATIONSHIP_KINDS, step_words

__all__ = [
    "Following",
    "among",
    "beside",
    "edge_of",
    "left_out",
    "neighbours",
    "node_of",
    "strengths_of",
]

_TRADE = np.array(
    [
        kind.name in {"supplier", "contractor", "affiliate", "possibly_same"}
        for kind in RELATIONSHIP_KINDS
    ]
)
"""Kinds that come last where not all fit: there may be thousands of each."""

_SHOWN = ("entity", "name", "kind", "registered_name", "name_en", "status", "score", "grade")


def node_of(session: Session, number: int, *, hops: int | None = None) -> dict[str, Any]:
    """A party: who it is, how graded, how many records of its own count.

    Keys: ``entity``, ``name``, ``kind``, ``records``, ``hops`` (from where the subgraph begins, or
    null); of an organisation also ``registered_name``, ``name_en``, ``status``, ``score``,
    ``grade``, ``coverage`` and ``verdicts`` (codes).
    """
    told = summary_of_number(session, number)
    found = {name: told[name] for name in (*_SHOWN, "coverage") if name in told}
    if "verdicts" in told:
        found["verdicts"] = [one["verdict"] for one in told["verdicts"]]
    return found | {"records": len(session.own_records(number)), "hops": hops}


def edge_of(session: Session, edge: int) -> dict[str, Any]:
    """A relationship: between whom, of which kind, since when, and whether it is in force.

    Keys: ``id`` (its number in the register), ``source``, ``target``, ``kind``, ``words``,
    ``share`` (``low`` and ``high``, or null where nothing is stated), ``confidence``, ``start``,
    ``end``, ``current``.
    """
    all_of, today = session.register.relationships, day_number(session.as_of)
    kind = int(all_of.kind[edge])
    start, end = int(all_of.start[edge]), int(all_of.end[edge])
    share = None
    if all_of.share[edge] != UNKNOWN_SHARE:
        share = {
            "low": int(all_of.share_low[edge]) / BILLION,
            "high": int(all_of.share_high[edge]) / BILLION,
        }
    return {
        "id": int(edge),
        "source": session.shown_id(int(all_of.source[edge])),
        "target": session.shown_id(int(all_of.target[edge])),
        "kind": RELATIONSHIP_KINDS[kind].name,
        "words": step_words(2 * kind, session.lang),
        "share": share,
        "confidence": float(all_of.confidence[edge]),
        "start": None if start == NO_START else date_of(start).isoformat(),
        "end": None if end == NO_END else date_of(end).isoformat(),
        "current": start <= today < end,
    }


@dataclass(frozen=True, slots=True)
class Following:
    """Which relationships are followed: those in force, of all kinds, in both directions.

    ``kinds`` (default: all) keeps to some; with ``past`` those that have ended are followed, too;
    ``min_strength`` and ``min_share`` leave out the weaker (see ``strengths_of``) and the smaller
    (a share that is not stated may be any). ``ends``: the entity that one comes from is the
    ``source`` of what is followed, its ``target``, or either.
    """

    kinds: tuple[str, ...] = ()
    past: bool = False
    min_strength: float = 0.0
    min_share: float = 0.0
    ends: Literal["source", "target", "either"] = "either"


def beside(session: Session, numbers: Int64, following: Following) -> tuple[Int32, Int32]:
    """The relationships of some entities (ascending) that are followed, and whom each leads to."""
    register, today = session.register, day_number(session.as_of)
    adjacency, all_of = register.adjacency, register.relationships
    entry = entries_at(register, numbers)
    edge, other = adjacency.edge[entry], adjacency.neighbour[entry]
    keep = all_of.start[edge] <= today if following.past else all_of.in_force_of(edge, today)
    if following.kinds:
        wanted = np.array([kind.name in following.kinds for kind in RELATIONSHIP_KINDS])
        keep &= wanted[all_of.kind[edge]]
    if following.ends != "either":
        keep &= (adjacency.step[entry] & 1) == (following.ends == "target")
    if following.min_share > 0:
        keep &= all_of.share_high[edge] >= round(following.min_share * BILLION)
    if following.min_strength > 0:
        keep &= strengths_of(session, edge) >= following.min_strength
    return edge[keep], other[keep]


def strengths_of(session: Session, edge: Int32) -> Float64:
    """The most that a walk over each of some relationships may keep of a weight, in any channel.

    The pack's strength of its kind, in the stronger direction, times its share where shares matter
    and times its confidence.
    """
    table, all_of = step_table(session.policy), session.register.relationships
    kind = all_of.kind[edge]
    shared = np.where(table.share == SHARE_MULTIPLY, table.strength, 0).max(axis=0)
    plain = np.where(table.share == SHARE_MULTIPLY, 0, table.strength).max(axis=0)
    missing = missing_shares(session.policy)[0::2][kind]
    stated = all_of.share[edge] != UNKNOWN_SHARE
    share = np.where(stated, all_of.share_high[edge] / BILLION, missing)
    by_share, by_itself = (np.maximum(one[0::2], one[1::2])[kind] for one in (shared, plain))
    found: Float64 = np.maximum(by_share * share, by_itself) * all_of.confidence[edge]
    return found


def neighbours(session: Session, number: int, following: Following) -> list[int]:
    """Whom relationships join to an entity: owners and posts before trade, great shares first."""
    edge, other = beside(session, np.array([number], dtype=np.int64), following)
    all_of = session.register.relationships
    order = np.lexsort((other, -all_of.share_high[edge], _TRADE[all_of.kind[edge]]))
    found: list[int] = list(dict.fromkeys(other[order].tolist()))
    return found


def left_out(session: Session, numbers: Int64, following: Following) -> dict[str, int]:
    """By kind, how many parties beside some (ascending) are not among them: the most first."""
    edge, other = beside(session, numbers, following)
    beyond = ~np.isin(other, numbers)
    kind = session.register.relationships.kind[edge[beyond]]
    pairs = set(zip(kind.tolist(), other[beyond].tolist(), strict=True))
    counts = Counter(RELATIONSHIP_KINDS[code].name for code, _ in pairs)
    return dict(sorted(counts.items(), key=lambda row: (-row[1], row[0])))


def among(session: Session, numbers: Int64, *, kinds: tuple[str, ...], past: bool) -> list[int]:
    """The relationships between some entities (ascending), each once."""
    edge, other = beside(session, numbers, Following(kinds=kinds, past=past))
    found: list[int] = np.unique(edge[np.isin(other, numbers)]).tolist()
    return found

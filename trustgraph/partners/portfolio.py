"""What many partners amount to together: grades, what costs them most, bids, who stands behind."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from itertools import combinations
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.partners.costs import costs_of
from trustgraph.policy import NOT_RATED
from trustgraph.query.detail_words import OTHERS
from trustgraph.query.explain import consequence_told, consequences_told
from trustgraph.query.session import Session
from trustgraph.query.summary import summaries_of, summary_of_number
from trustgraph.query.verdicts import listed_behind_told
from trustgraph.register import day_number, entries_at
from trustgraph.schema import RELATIONSHIP_KINDS
from trustgraph.scoring.verdicts import DEREGISTERED, REVOKED

__all__ = [
    "ALL_BEHIND",
    "THROUGH",
    "barred_among",
    "numbers_of",
    "pairs_among",
    "portfolio_of",
    "shared_by",
]

_BARRING: Final = (DEREGISTERED, REVOKED, "M_PROCUREMENT", "M_TENDER")
"""Verdicts that keep somebody out of government procurement or mandatory tenders: who is gone, or
may not trade, bids for nothing."""
ALL_BEHIND: Final = frozenset(
    {
        *("shareholder", "actual_controller", "legal_representative", "director"),
        *("senior_manager", "supervisor", "responsible_person"),
    }
)
"""Kinds of relationships through which somebody stands behind a partner."""

THROUGH: Final = "control"
"""In place of a kind of relationship: control that is found looking through others."""


def portfolio_of(session: Session, entities: Sequence[str]) -> dict[str, Any]:
    """Partners side by side, and what only shows when they are looked at together.

    Keys: ``as_of``; ``partners`` (rows of ``summary`` in the order given, each once, with
    ``costliest``: the line that costs it most, with ``title``, ``name``, ``points``, or null, and
    ``listed_behind``: owners on a black or countermeasure list, with ``entity``, ``name``, ``low``,
    ``high`` share, and ``not_yet``: it was founded after the day);
    ``missing`` (ids that are not in the register, or are persons); ``grades`` (``grade``,
    ``count``); ``coverage`` (how many partners by tenths of coverage: ten counts); ``records``
    (which records cost most: ``record``, ``title``, ``entity``, ``name`` and ``kind`` of whom,
    ``points`` over all partners, ``partners``: how many); ``owners`` (which owners cost most: the
    points of all records that come from or through them, down to the partner by ownership alone;
    ``entity``, ``name``, ``kind``, ``on_black_list``, ``points``, ``partners``: whose; owners one
    above the other share points, so these do not add up); ``barred`` (partners that may not bid at
    all, with ``bars``) and ``pairs`` (two of them that may not bid beside each other), both as
    ``bids`` tells them; ``shared``
    (owners, controllers and people with posts of two partners or more: ``entity``, ``name``,
    ``kind``, ``grade`` (null of persons), ``on_black_list``, ``itself`` a partner, ``partners``
    and ``links``: each relationship with its ``partner`` and ``kind``, which is ``control`` where
    it is found looking through others).
    """
    numbers, missing = numbers_of(session, entities)
    session = session.about(numbers)
    costs = costs_of(session, numbers)
    told = zip(summaries_of(session, numbers), numbers, costs.costliest, strict=True)
    rows = [
        row
        | {"costliest": costliest, "listed_behind": listed_behind_told(session, one)}
        | {"not_yet": row["start"] is not None and row["start"] > session.as_of.isoformat()}
        for row, one, costliest in told
    ]
    return {
        "as_of": session.as_of.isoformat(),
        "partners": rows,
        "missing": missing,
        "grades": _grades(session, rows),
        "coverage": _coverage(rows),
        "records": costs.records,
        "owners": costs.owners,
        "barred": barred_among(rows),
        "pairs": pairs_among(session, numbers),
        "shared": shared_by(session, numbers, ALL_BEHIND),
    }


def numbers_of(session: Session, entities: Sequence[str]) -> tuple[list[int], list[str]]:
    """Organisations by their ids, each once, and the ids that are none of the register's."""
    numbers, missing = [], []
    for entity in dict.fromkeys(entities):
        number = session.number_if_known(entity)
        if number is None or session.kind(number) == "person":
            missing.append(entity)
        else:
            numbers.append(number)
    return list(dict.fromkeys(numbers)), missing


def _grades(session: Session, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    counts = Counter(row["grade"] for row in rows)
    codes = [*(grade.code for grade in session.policy.grades), NOT_RATED]
    return [{"grade": code, "count": counts[code]} for code in codes]


def _coverage(rows: list[dict[str, Any]]) -> list[int]:
    counts = Counter(min(9, int(row["coverage"] * 10)) for row in rows)
    return [counts[tenth] for tenth in range(10)]


def barred_among(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of ``summary`` of those who may not bid at all, with what says so alone as ``bars``."""
    found = []
    for row in rows:
        bars = [one for one in row["verdicts"] if one["verdict"] in _BARRING]
        if bars:
            found.append(row | {"bars": bars})
    return found


def pairs_among(session: Session, numbers: list[int]) -> list[dict[str, Any]]:
    """Consequences for one bid between two of the partners.

    Where somebody stands behind too many to tell each pair, two of them are a pair by that.
    """
    among = {session.id(number) for number in numbers}
    excluding = {
        rule.code
        for rule in session.policy.rules_on(session.as_of)
        if rule.aggregate is not None and rule.aggregate.by == "pair"
    }
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    of_hub: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for number in numbers:
        for row in session.found("consequences", number).to_dicts():
            if row["rule"] not in excluding or not row["chain"]:
                continue
            ends = {row["chain"][0], row["chain"][-1]}
            if len(ends & among) > 1:
                found.setdefault((row["rule"], *sorted(ends)), row)
            elif (row["detail"] or "").endswith(OTHERS):
                of_hub[row["rule"], row["chain"][-1]].append(row)
    told = dict(zip(found, consequences_told(session, list(found.values())), strict=True))
    for (rule, _), rows in of_hub.items():
        for one, other in combinations(rows, 2):
            key = (rule, *sorted((one["chain"][0], other["chain"][0])))
            pair = None if key in told else _over_hub(session, one, other)
            if pair is not None:
                told[key] = pair
    return sorted(told.values(), key=lambda row: (row["status"] != "fact", row["names"]))


def _over_hub(
    session: Session, one: dict[str, Any], other: dict[str, Any]
) -> dict[str, Any] | None:
    """The pair of two whose chains end at the same hub, if the rule leads from one to the other."""
    sure = one["status"] == other["status"] == "fact"
    row = one | {
        "chain": [*one["chain"], *reversed(other["chain"][:-1])],
        "status": "fact" if sure else "possible",
        "detail": None,
    }
    told = consequence_told(session, row)
    return told if told["steps"] else None


def shared_by(
    session: Session, numbers: Sequence[int], kinds: Collection[str]
) -> list[dict[str, Any]]:
    """Who stands behind two partners or more, or behind one and is a partner itself.

    By relationships of some kinds, or by control that is found looking through others.
    """
    own = set(numbers)
    behind: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for number in numbers:
        for other, kind in _behind(session, number, kinds):
            behind[other].append((number, kind))
    rows = []
    for other, held in behind.items():
        partners = list(dict.fromkeys(session.shown_id(number) for number, _ in held))
        if len(partners) < (1 if other in own else 2):  # behind one alone joins nobody
            continue
        rows.append(
            {
                "entity": session.shown_id(other),
                "name": session.name(other),
                "kind": session.kind(other),
                "grade": summary_of_number(session, other).get("grade"),
                "on_black_list": session.on_grave_list(other),
                "itself": other in own,
                "partners": partners,
                "links": [
                    {"partner": session.shown_id(number), "kind": kind} for number, kind in held
                ],
            }
        )
    return sorted(rows, key=lambda row: (-len(row["partners"]), row["name"]))


def _behind(session: Session, number: int, kinds: Collection[str]) -> list[tuple[int, str]]:
    """Who owns, controls or leads a partner, by which kind of relationship; each once.

    ``THROUGH``: no relationship of their own, but control or a quarter of it, looked through.
    """
    register, today = session.register, day_number(session.as_of)
    entry = entries_at(register, np.array([number], dtype=np.int64))
    edge = register.adjacency.edge[entry]
    relationships = register.relationships
    here = (relationships.target[edge] == number) & relationships.in_force_of(edge, today)
    ends = zip(
        relationships.source[edge[here]].tolist(),
        relationships.kind[edge[here]].tolist(),
        strict=True,
    )
    named = ((other, RELATIONSHIP_KINDS[kind].name) for other, kind in ends)
    found = {(other, kind) for other, kind in named if kind in kinds and other != number}
    known = {other for other, _ in found}
    answers = ("yes", "possible")
    told = pl.col("controller").is_in(answers) | pl.col("beneficial_owner").is_in(answers)
    for owner in session.found("control", number).filter(told)["owner"].to_list():
        other = session.number(owner)
        if other not in known and other != number:
            found.add((other, THROUGH))
    return sorted(found)

"""Whom several partners have in common, and how many points hang on each of these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from trustgraph.partners.portfolio import ALL_BEHIND, numbers_of, shared_by
from trustgraph.query.explain import ledger_of
from trustgraph.query.session import Session
from trustgraph.query.summary import summary_of_number
from trustgraph.schema import MICRO

__all__ = ["common_of"]

_LINKS: Final = frozenset({*ALL_BEHIND, "supplier", "contractor", "guarantor"})
"""Kinds of relationships by which a party stands beside a partner."""


def common_of(session: Session, entities: Sequence[str]) -> dict[str, Any]:
    """Parties that two partners or more share.

    Keys: ``as_of``, ``missing`` (ids that are not in the register, or are persons) and ``shared``,
    the dearest first: rows as in ``trustgraph.portfolio`` with ``points``, what the records that
    come from or through the party cost the partners (0 where none does; parties of one chain share
    its points, so these do not add up), and ``costs``, which partners that is. Whoever costs two
    partners or more is there, however far away (``links`` are empty then).
    """
    numbers, missing = numbers_of(session, entities)
    session = session.about(numbers)
    sums = _sums(session, numbers)
    shared = {session.number(row["entity"]): row for row in shared_by(session, numbers, _LINKS)}
    for number, points in sums.items():
        if number not in shared and len(points) > 1:
            shared[number] = _far(session, number, itself=number in numbers)
    rows = []
    for number, row in shared.items():
        points = sums.get(number, {})
        costs = [session.shown_id(one) for one in points]
        rows.append(row | {"points": sum(points.values()) / MICRO, "costs": costs})
    rows.sort(key=lambda row: (row["points"], -len(row["partners"]), row["name"]))
    return {"as_of": session.as_of.isoformat(), "missing": missing, "shared": rows}


def _far(session: Session, number: int, *, itself: bool) -> dict[str, Any]:
    """Somebody who costs partners points and stands beside none of two."""
    return {
        "entity": session.shown_id(number),
        "name": session.name(number),
        "kind": session.kind(number),
        "grade": summary_of_number(session, number).get("grade"),
        "on_black_list": session.on_grave_list(number),
        "itself": itself,
        "partners": [],
        "links": [],
    }


def _sums(session: Session, numbers: Sequence[int]) -> dict[int, dict[int, int]]:
    """What lines of each partner cost that begin at a party or lead through it."""
    sums: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for number in numbers:
        for line in ledger_of(session, number).iter_rows(named=True):
            if line["line"] != "exposure" or line["micro"] >= 0:
                continue
            for one in line["chain"][:-1]:
                sums[session.number(one)][number] += line["micro"]
    return sums

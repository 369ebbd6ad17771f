"""Whom several partners have in common, and how many points hang on each of these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from trustgraph.partners.portfolio import ALL_BEHIND, numbers_of, shared_by
from trustgraph.query.explain import ledger_of
from trustgraph.query.session import Session
from trustgraph.schema import MICRO

__all__ = ["common_of"]

_LINKS: Final = frozenset({*ALL_BEHIND, "supplier", "contractor", "guarantor"})
"""Kinds of relationships by which a party stands beside a partner."""


def common_of(session: Session, entities: Sequence[str]) -> dict[str, Any]:
    """Parties that two partners or more share; see ``trustgraph.common``.

    Keys: ``as_of``, ``missing`` (ids that are not in the register, or are persons) and ``shared``,
    the dearest first: rows as in ``trustgraph.portfolio`` with ``points``, what the records that
    come from or through the party cost the partners (0 where none does; parties of one chain share
    its points, so these do not add up).
    """
    numbers, missing = numbers_of(session, entities)
    session = session.about(numbers)
    shared = shared_by(session, numbers, _LINKS)
    points = _points(session, numbers)
    rows = [row | {"points": points.get(row["entity"], 0) / MICRO} for row in shared]
    rows.sort(key=lambda row: (row["points"], -len(row["partners"]), row["name"]))
    return {"as_of": session.as_of.isoformat(), "missing": missing, "shared": rows}


def _points(session: Session, numbers: Sequence[int]) -> dict[str, int]:
    """By who is shown how: what lines of the partners cost that begin at or lead through them."""
    sums: dict[str, int] = defaultdict(int)
    for number in numbers:
        for line in ledger_of(session, number).iter_rows(named=True):
            if line["line"] != "exposure" or line["micro"] >= 0:
                continue
            for one in line["chain"][:-1]:
                sums[session.shown_id(session.number(one))] += line["micro"]
    return sums

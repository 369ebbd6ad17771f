"""What must be known before any number: verdicts, those on the same legal person, its dates."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.query.session import Session
from trustgraph.query.verdict_text import verdict_title
from trustgraph.register import Int64, day_number, entries_at
from trustgraph.schema import BILLION, KIND_CODES
from trustgraph.scoring.verdicts import NOT_RATED_VERDICT, OLD, verdict_words, verdicts_of

__all__ = [
    "existence_told",
    "head_office_told",
    "is_listed_itself",
    "listed_behind_told",
    "listed_records",
    "listing_records",
    "same_code_told",
    "verdicts_told",
]

_SEARCHED_ROWS: Final = 1 << 21
"""Entities among whom a code is looked for: it takes a moment and no longer."""

_NOT_OF_THE_OTHER: Final = frozenset({OLD, NOT_RATED_VERDICT})
"""Verdicts about what is known of an entity: they say nothing of who is the same legal person."""


def verdicts_told(session: Session, number: int) -> list[dict[str, str]]:
    """The verdicts on an entity, with ``verdict`` and ``title``; on a person, what lists say."""
    if session.kind(number) == "person":
        found = verdicts_of(
            session.register,
            session.policy,
            session.record_state,
            (number, number + 1),
            blocked=np.array([2 * is_listed_itself(session, number)], dtype=np.uint8),
            rated=np.ones(1, dtype=np.bool_),  # nobody expects a grade of a person
        )
        codes = verdict_words(session.policy, found)[0].to_list()
    else:
        codes = session.found("scores", number)["verdicts"][0].to_list()
    return [
        {"verdict": code, "title": verdict_title(session.policy, code, session.lang)}
        for code in codes
    ]


def is_listed_itself(session: Session, number: int) -> bool:
    """Whether a record of its own blocks an entity, by the rule of the day."""
    return bool(listing_records(session, number))


def listed_records(session: Session) -> Int64:
    """All counting records by which somebody is blocked, by the rule of the day (ascending)."""
    return _listing(session, np.flatnonzero(session.record_state.counts))


def listing_records(session: Session, number: int) -> list[int]:
    """An entity's own counting records by which it is blocked, by the rule of the day."""
    found: list[int] = _listing(session, session.own_records(number)).tolist()
    return found


def _listing(session: Session, some: Int64) -> Int64:
    rule, records = session.policy.control_on(session.as_of), session.register.records
    if rule is None or rule.cascade is None:
        return some[:0]
    listed = [code for code, one in enumerate(records.types) if one in rule.cascade.listed]
    found: Int64 = some[np.isin(records.type_code[some], listed)]
    return found


def listed_behind_told(session: Session, number: int) -> list[dict[str, Any]]:
    """Owners on a black or countermeasure list who hold the pack's threshold, looked through.

    Keys: ``entity``, ``name``, ``kind``, ``low``, ``high`` (shares). The greatest first.
    """
    rule = session.policy.control_on(session.as_of)
    if rule is None:
        return []
    rows = session.found("control", number)
    rows = rows.filter(pl.col("integrated_high") >= rule.threshold / BILLION)
    found = []
    for row in rows.sort("integrated_high", "owner", descending=[True, False]).to_dicts():
        owner = session.number(row["owner"])
        if session.on_grave_list(owner):
            found.append(
                {
                    "entity": session.shown_id(owner),
                    "name": session.name(owner),
                    "kind": session.kind(owner),
                    "low": row["integrated_low"],
                    "high": row["integrated_high"],
                }
            )
    return found


def head_office_told(session: Session, number: int) -> dict[str, Any] | None:
    """The head office of a branch, with the verdicts on it: they are one legal person.

    Keys: ``entity``, ``name``, ``verdicts`` (without what is said of how much is known). None of
    what is no branch, and where no head office is known.
    """
    if session.kind(number) != "branch":
        return None
    register, today = session.register, day_number(session.as_of)
    entry = entries_at(register, np.array([number], dtype=np.int64))
    edge = register.adjacency.edge[entry]
    relationships = register.relationships
    heads = relationships.source[
        edge[
            (relationships.kind[edge] == KIND_CODES["branch"])
            & (relationships.target[edge] == number)
            & relationships.in_force_of(edge, today)
        ]
    ]
    heads = heads[heads != number]
    if not len(heads) or session.kind(int(heads.min())) == "person":
        return None
    return _other(session, int(heads.min()))


def same_code_told(session: Session, number: int) -> list[dict[str, Any]]:
    """Other organisations that state the same USCC or LEI, with the verdicts on them.

    One of the entries is wrong, or both are one party. Keys as of ``head_office_told``. Nobody is
    looked for in registers of more than two million entities (``flagged.csv`` has them all).
    """
    register = session.register
    if session.kind(number) == "person" or len(register) > _SEARCHED_ROWS:
        return []
    own = register.entities.row(number)
    codes = [(name, own.get(name)) for name in ("uscc", "lei")]
    wanted = [pl.col(name) == code for name, code in codes if code]
    if not wanted:
        return []
    rows = register.entities.slice(0, len(register), ["kind", "uscc", "lei"])
    alike = rows.select(pl.any_horizontal(wanted).fill_null(value=False)).to_series()
    found = [int(one) for one in alike.arg_true().to_list() if one != number]
    return [_other(session, one) for one in found if session.kind(one) != "person"]


def _other(session: Session, number: int) -> dict[str, Any]:
    verdicts = verdicts_told(session, number)
    return {
        "entity": session.shown_id(number),
        "name": session.name(number),
        "verdicts": [one for one in verdicts if one["verdict"] not in _NOT_OF_THE_OTHER],
    }


def existence_told(session: Session, number: int) -> dict[str, str] | None:
    """Where an entity's own dates do not go with the day or its status: ``what`` and ``day``.

    ``what``: ``not_yet`` (founded after the day), ``ended`` (its end is stated, its status is not
    that of the ended), ``later`` (its status is what it became after the day). Else None.
    """
    row = session.register.entities.row(number)
    start, end = row.get("start"), row.get("end")
    if start is not None and session.as_of < start:
        return {"what": "not_yet", "day": start.isoformat()}
    status = session.register.traits.status.word(number)
    if end is None or status not in (None, "active", "deregistered"):
        return None
    if status == "deregistered":
        return {"what": "later", "day": end.isoformat()} if session.as_of < end else None
    return {"what": "ended", "day": end.isoformat()} if end <= session.as_of else None

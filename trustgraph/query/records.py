"""Records as answers tell them: what they are, until when, and which do not count and why."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import numpy as np

from trustgraph.policy import Measure, RecordType
from trustgraph.query.session import Session
from trustgraph.records.as_of import add_months
from trustgraph.register import NO_END, day_number
from trustgraph.schema import MICRO

__all__ = ["other_records", "told_record"]

_NAMING: Final = ("ground", "amount", "doc_no", "source_url", "authority")
_TELLING: Final = 4
"""Characters from which an id within another text is no accident."""
_LITTLE: Final = 0.005
"""Points that nobody sees."""
_EPOCH = dt.date(1970, 1, 1)


def _day(number: int) -> str | None:
    return None if number == NO_END else (_EPOCH + dt.timedelta(days=int(number))).isoformat()


def told_record(session: Session, record: int) -> dict[str, Any]:
    """A record as answers have it.

    Of a masked person's no more than what it is and when: what was written may name them, and a
    number, an amount or an address would let anybody look them up. The authority is then the one
    that the pack says, by the type.
    """
    row = session.record(record)
    kind = session.policy.record_type(row["type"], session.as_of)
    subject = int(session.register.records.entity[record])
    if session.kind(subject) == "person" and not session.unmask:
        row = row | dict.fromkeys(_NAMING) | {"id": _masked_id(session, subject, row["id"])}
    found = {
        "record": row["id"],
        "type": row["type"],
        "title": row["type"] if kind is None else session.say(kind.title) or row["type"],
        "entity": session.shown_id(subject),
        "name": session.name(subject),
        "decided_on": row["decided_on"].isoformat(),
        "ends_on": _day(session.record_state.ends[record]),
        "end": _end_by(session, record),
        "old": bool(session.record_state.old[record]),
        "ground": row["ground"],
        "amount": row["amount"],
        "status": row["status"],
        "authority": row["authority"],
        "doc_no": row["doc_no"],
        "source_url": row["source_url"],
    }
    if kind is not None:
        left = session.record_state.unvoided[record] / MICRO
        found |= {
            "authority": row["authority"] or session.say(kind.authority) or None,
            "list": kind.list,
            "legal_basis": session.say(kind.legal_basis),
            "confidence": kind.confidence,
            "full_points": kind.points,
            "points_left": left,
            "term_left": _term_left(kind.points, left),
            **_measures(session, kind),
            "repair": _repair(kind, row["decided_on"]),
        }
    return found


def _masked_id(session: Session, subject: int, record: str) -> str:
    """What a record on a person is called: one without a number is called by whose it is."""
    own, shown = session.id(subject), session.shown_id(subject)
    if record.startswith(f"{own}/"):
        return shown + record.removeprefix(own)
    return record.replace(own, shown) if len(own) >= _TELLING else record


def _term_left(full: float, left: float) -> float | None:
    """Of a record that weighs less as its term goes by, how much of that is left."""
    if not full or not left or abs(left) >= abs(full) - _LITTLE:
        return None
    return left / full


def _repair(kind: RecordType, decided: dt.date) -> dict[str, Any]:
    """How it is repaired, and the first day on which that can be asked for."""
    months = kind.repair.after_months
    return {
        "how": kind.repair.how,
        "after_months": months,
        "earliest": add_months(decided, months).isoformat() if months else None,
    }


def _end_by(session: Session, record: int) -> str:
    """Where the end of a record comes from: ``stated``, ``term`` or ``open``."""
    if session.record_state.ends[record] == NO_END:
        return "open"
    return "term" if session.record_state.by_term[record] else "stated"


def _measures(session: Session, kind: RecordType) -> dict[str, list[str]]:
    """What the listing itself brings: measures of the law, and apart from them the market's."""
    known = [session.policy.measures.get(code, Measure(code, "I")) for code in kind.measures]
    titles = [(measure.group, session.say(measure.title) or measure.code) for measure in known]
    return {
        "measures": [title for group, title in titles if group != "III"],
        "market_measures": [title for group, title in titles if group == "III"],
    }


def other_records(session: Session, number: int) -> dict[str, Any]:
    """Own records that do not count, and why; of repaired and erased ones only how many."""
    state, records = session.record_state, session.register.records
    own = records.of(np.array([number], dtype=np.int64))
    today = day_number(session.as_of)
    others, repaired, erased = [], 0, 0
    for record in own.tolist():
        known = session.policy.record_type(session.record(record)["type"], session.as_of)
        if state.forgotten[record]:
            erased += 1
        elif records.repaired_on[record] <= today:
            repaired += 1
        elif state.counts[record]:
            if state.voided[record]:
                others.append({**told_record(session, record), "why": "void"})
        else:
            why = "no_type" if known is None else "ended_by_term"
            if records.withdrawn[record]:
                why = "withdrawn"
            elif records.decided_on[record] > today:
                why = "not_yet"
            elif known is not None and not state.by_term[record]:
                why = "ended"
            others.append({**told_record(session, record), "why": why})
    return {
        "other_records": others,
        "repaired_records": repaired,
        "erased_records": erased,
    }

"""The score of one entity over time, month by month, each as of its own day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from trustgraph.coverage.coverage import coverage_of_entity
from trustgraph.query.session import Session
from trustgraph.records.as_of import add_months, records_as_of
from trustgraph.schema import MICRO
from trustgraph.scoring.pipeline import entity_ledger

__all__ = ["history_of"]


def history_of(session: Session, entity: str, *, months: int = 60) -> list[dict[str, Any]]:
    """The score of an organisation at the session's day and at each month before it.

    Rows, oldest first, with ``as_of``, ``score``, ``coverage`` and ``lines`` (the points of each
    record, by its id). By the pack as it is, with the law of each day; what retention has erased by
    the session's day is not in it. Empty for a person. Raises UnknownEntityError.
    """
    number = session.number(entity)
    if session.kind(number) == "person":
        return []
    days = [add_months(session.as_of, -back) for back in range(months, -1, -1)]
    founded = session.register.entities.row(number).get("start")
    if founded is not None:
        days = [day for day in days if day >= founded]
    return [{"as_of": day.isoformat()} | _as_of(session, number, day) for day in days]


def _as_of(session: Session, number: int, day: dt.date) -> dict[str, Any]:
    register, policy = session.register, session.policy
    state = records_as_of(
        register, policy, as_of=day, retention_on=session.record_state.retention_on
    )
    ledger = entity_ledger(register, policy, state, number).to_dicts()
    return {
        "score": sum(row["micro"] for row in ledger) / MICRO,
        "coverage": coverage_of_entity(register, policy, number, as_of=day),
        "lines": {row["record"]: row["micro"] / MICRO for row in ledger if row["record"]},
    }

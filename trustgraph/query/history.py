"""The score of one entity over time, month by month, each as of its own day."""

from __future__ import annotations

from typing import Any

import numpy as np

from trustgraph.coverage.coverage import coverage_of_entity
from trustgraph.exposure.single import lines_upon
from trustgraph.policy import Policy
from trustgraph.query.session import Session
from trustgraph.records.as_of import RecordState, add_months, records_as_of
from trustgraph.register import Int64, Register, day_number, entries_at, with_records
from trustgraph.schema import MICRO
from trustgraph.scoring.grades import rated_where
from trustgraph.scoring.totals import totals_of

__all__ = ["history_of"]


def history_of(session: Session, entity: str, *, months: int = 60) -> list[dict[str, Any]]:
    """The score of an organisation at the session's day and at each month before it.

    Rows, oldest first, with ``as_of``, ``score``, ``coverage``, ``rated`` (whether enough was known
    for a grade, or it was bad enough) and ``lines`` (the points of each record, by its id). By the
    pack as it is, with the law of each day; what retention has erased by the session's day is not
    in it. Empty for a person. Raises UnknownEntityError.
    """
    number = session.number(entity)
    if session.kind(number) == "person":
        return []
    days = [add_months(session.as_of, -back) for back in range(months, -1, -1)]
    founded = session.register.entities.row(number).get("start")
    if founded is not None:
        days = [day for day in days if day >= founded]
    policy, near = session.policy, _near(session, number)
    # Nothing that lies further away draws a line on it, on whatever day.
    register = with_records(session.register, session.register.records.of(near))
    edges = np.unique(register.adjacency.edge[entries_at(register, near)])
    told: dict[str, Any] = {"score": 0.0, "lines": {}}
    rows, before = [], b""
    for day in days:
        state = records_as_of(
            register, policy, as_of=day, retention_on=session.record_state.retention_on
        )
        live = register.relationships.in_force_of(edges, day_number(day))
        decides = (
            b"|".join(part.tobytes() for part in (state.counts, state.micro, state.voided, live))
            + str(state.channels).encode()
        )
        if decides != before:
            before, told = decides, _ledger_of_day(register, policy, state, number)
        known = coverage_of_entity(register, policy, number, as_of=day)
        rated = bool(rated_where(policy, _rank_of(policy, told["score"]), known))
        rows.append({"as_of": day.isoformat(), "coverage": known, "rated": rated} | told)
    return rows


def _rank_of(policy: Policy, score: float) -> int:
    """The rank of the grade whose band a score lies in: 0 is the best."""
    return sum(score * MICRO < grade.from_micro for grade in policy.grades[:-1])


def _near(session: Session, number: int) -> Int64:
    """Everybody from whom a walk could come on some day: whatever has ended or not begun yet."""
    register = session.register
    near = outermost = np.array([number], dtype=np.int64)
    for _ in range(session.policy.max_hops):
        reached = register.adjacency.neighbour[entries_at(register, outermost)]
        outermost = np.setdiff1d(reached, near).astype(np.int64)
        near = np.union1d(near, outermost)
    return near


def _ledger_of_day(
    register: Register, policy: Policy, state: RecordState, number: int
) -> dict[str, Any]:
    """The score of a day and what each record has in it: chains are not asked for."""
    lines = lines_upon(register, policy, state, number, chains=False)
    totals = totals_of(register, policy, state, lines, (number, number + 1))
    own = register.records.of(np.array([number], dtype=np.int64))
    own = own[state.counts[own]]
    record = np.concatenate([own, lines.record])
    micro = np.concatenate([state.micro[own], lines.micro])
    ids = register.records.rows.gather("id", record)
    return {
        "score": int(totals.score[0]) / MICRO,
        "lines": {one: points / MICRO for one, points in zip(ids, micro.tolist(), strict=True)},
    }

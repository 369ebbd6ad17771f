"""A register at a glance: how many of what, how graded, which sources and how fresh."""

from __future__ import annotations

from typing import Any

import polars as pl

from trustgraph.coverage.coverage import source_searched
from trustgraph.policy import NOT_RATED
from trustgraph.query.session import Session
from trustgraph.runs.run import Run
from trustgraph.schema import ENTITY_KINDS

__all__ = ["overview_of"]


def overview_of(session: Session, run: Run | None = None) -> dict[str, Any]:
    """A register, and where there is a run of it, its grades.

    Keys: ``as_of``, ``policy``, ``organisations``, ``persons``, ``relationships``, ``records``,
    ``grades`` (code and how many, best first, ``NR`` last; empty without a run) and ``sources``:
    each source that the pack expects, with ``title``, ``searched_on`` (the last day on or before
    the session's, or null) and ``fresh`` (not too long ago to count).
    """
    register, policy = session.register, session.policy
    persons = int((register.kind == ENTITY_KINDS.index("person")).sum())
    return {
        "as_of": session.as_of.isoformat(),
        "policy": {"name": policy.name, "version": policy.version},
        "organisations": len(register) - persons,
        "persons": persons,
        "relationships": len(register.relationships),
        "records": len(register.records),
        "grades": [] if run is None else _grades(session, run),
        "sources": _sources(session),
    }


def _grades(session: Session, run: Run) -> list[dict[str, Any]]:
    counted = run.scores().group_by("grade").agg(pl.len().alias("count")).collect()
    counts = dict(counted.filter(pl.col("grade").is_not_null()).rows())
    codes = [*(grade.code for grade in session.policy.grades), NOT_RATED]
    return [{"grade": code, "count": counts.get(code, 0)} for code in codes]


def _sources(session: Session) -> list[dict[str, Any]]:
    found = []
    for item in session.policy.coverage:
        if item.item == "source":
            last, fresh = source_searched(session.register, item, as_of=session.as_of)
            found.append(
                {
                    "code": item.code,
                    "title": session.say(item.title) or item.code,
                    "searched_on": None if last is None else last.isoformat(),
                    "fresh": fresh,
                }
            )
    return found

"""Who an entity is and how it stands, in a few facts: what lists, suggestions and heads show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from trustgraph.query.places import industry_words, region_words
from trustgraph.query.session import Session, remember, remember_all
from trustgraph.query.verdict_text import verdict_title

__all__ = ["summaries_of", "summary_of", "summary_of_number"]

_REMEMBERED: Final = 1 << 14

_FACTS = ("name_en", "uscc", "lei", "status", "jurisdiction", "region", "industry", "source_url")


def summary_of(session: Session, entity: str) -> dict[str, Any]:
    """An entity in short.

    Keys: ``entity``, ``name`` (in the session's language), ``kind``; of an organisation also
    ``registered_name`` (as stated), ``name_en``, ``uscc``, ``lei``, ``status``, ``jurisdiction``,
    ``region``, ``industry``, ``start``, ``end``, ``source_url`` (as stated, or null),
    ``region_words`` and ``industry_words`` (the province, the section of industry), ``score``,
    ``grade``, ``grade_reason``, ``coverage`` and ``verdicts`` (each with ``verdict`` and
    ``title``). Of a person nothing else: persons are not scored, and what is known of them may
    name them. Raises UnknownEntityError.
    """
    return summary_of_number(session, session.number(entity))


def summaries_of(session: Session, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """The same of several, by their numbers: read at once."""
    told = {n: found for n in dict.fromkeys(numbers) if (found := session.summaries.get(n))}
    scored = [n for n in dict.fromkeys(numbers) if n not in told and session.kind(n) != "person"]
    if len(scored) > 1:
        rows = session.register.entities.some(scored)
        together = session.about(scored, ["scores"])
        fresh = {n: _told(together, n, row) for n, row in zip(scored, rows, strict=True)}
        remember_all(session.summaries, fresh, _REMEMBERED)
        told |= fresh
    return [
        dict(told[number]) if number in told else summary_of_number(session, number)
        for number in numbers
    ]


def summary_of_number(session: Session, number: int) -> dict[str, Any]:
    """The same of an entity's number."""
    told = session.summaries.get(number)
    if told is None:
        row = {} if session.kind(number) == "person" else session.register.entities.row(number)
        told = _told(session, number, row)
        remember(session.summaries, number, told, _REMEMBERED)
    return dict(told)


def _told(session: Session, number: int, row: dict[str, Any]) -> dict[str, Any]:
    kind = session.kind(number)
    found: dict[str, Any] = {
        "entity": session.shown_id(number),
        "name": session.name(number, row or None),
        "kind": kind,
    }
    if kind == "person":
        return found
    found["registered_name"] = row["name"]
    found |= {name: row.get(name) for name in _FACTS}
    for name in ("start", "end"):
        day = row.get(name)
        found[name] = None if day is None else day.isoformat()
    score = session.found("scores", number).row(0, named=True)
    return found | {
        "region_words": region_words(row.get("region"), session.lang),
        "industry_words": industry_words(row.get("industry"), session.lang),
        **{name: score[name] for name in ("score", "grade", "grade_reason", "coverage")},
        "verdicts": [
            {"verdict": code, "title": verdict_title(session.policy, code, session.lang)}
            for code in score["verdicts"]
        ],
    }

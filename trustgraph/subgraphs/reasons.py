"""Why, of those who were asked about: the lines of their ledgers, and what the law attaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.query.explain import consequences_told, law_in_order, ledger_of
from trustgraph.query.records import told_record
from trustgraph.query.session import Session
from trustgraph.query.summary import summaries_of
from trustgraph.schema import MICRO

__all__ = ["CONSEQUENCES", "LEDGER", "consequences_of", "ledgers_of", "typed_rows"]

LEDGER: Final = {
    "entity": pl.String(),
    "line": pl.String(),
    "record": pl.String(),
    "title": pl.String(),
    "of": pl.String(),
    "points": pl.Float64(),
    "reach": pl.Float64(),
    "chain": pl.List(pl.String()),
}
"""Columns of the ledgers of those who were asked about: the points of an entity add up to its
score. ``of`` is whose record it is, by ``chain`` from there to the entity."""

CONSEQUENCES: Final = {
    "entity": pl.String(),
    "force": pl.String(),
    "status": pl.String(),
    "rule": pl.String(),
    "title": pl.String(),
    "words": pl.String(),
    "condition": pl.String(),
    "legal_basis": pl.String(),
    "record": pl.String(),
    "record_title": pl.String(),
    "of": pl.String(),
    "decided_on": pl.Date(),
    "ends_on": pl.Date(),
    "chain": pl.List(pl.String()),
}
"""Columns of what the law attaches to those who were asked about, by force.

``force``: A automatic, B if an authority names it, C for one bid, D by a court. ``status``:
``fact`` or ``possible``; where there is a ``condition``, it applies only then: to be checked.
``words`` is what follows, ``legal_basis`` under which article, ``record`` because of which record
``of`` whom, by ``chain``. Without a ``rule``: the measures of an own record itself. What the market
makes of it is in the ledger alone."""


def ledgers_of(session: Session, centres: Sequence[int], shown: Mapping[int, str]) -> pl.DataFrame:
    """Every line of the ledgers of some, with titles; persons have none."""
    lines = [
        (centre, line, line["chain"][0] if line["chain"] else line["entity"])
        for centre in centres
        if session.kind(centre) != "person"
        for line in ledger_of(session, centre).iter_rows(named=True)
    ]
    named = {subject for _, line, subject in lines if line["record"] is not None}
    _read_at_once(session, {session.number(one) for one in named})
    rows = []
    for centre, line, subject in lines:
        told: dict[str, Any] = {}
        if line["record"] is not None:
            told = told_record(session, session.record_number(line["record"], subject))
        chain = [session.number(one) for one in line["chain"] or ()]
        rows.append(
            {
                **line,
                "entity": shown[centre],
                "record": told.get("record"),
                "title": told.get("title"),
                "of": told.get("entity"),
                "points": line["micro"] / MICRO,
                "chain": _called(session, chain, shown),
            }
        )
    return typed_rows(rows, LEDGER)


def consequences_of(
    session: Session, centres: Sequence[int], shown: Mapping[int, str]
) -> pl.DataFrame:
    """What the law attaches to some, organisations and persons, in the order of a report."""
    found = {centre: session.found("consequences", centre).to_dicts() for centre in centres}
    begins = {row["chain"][0] for rows in found.values() for row in rows if row["record"]}
    _read_at_once(session, {session.number(one) for one in begins} | set(centres))
    rows = [row for centre in centres for row in _law_on(session, centre, found[centre], shown)]
    return typed_rows(rows, CONSEQUENCES)


def _law_on(
    session: Session, centre: int, found: Sequence[dict[str, Any]], shown: Mapping[int, str]
) -> Iterator[dict[str, Any]]:
    numbers = [[session.number(one) for one in row["chain"]] for row in found]
    for number in session.own_records(centre).tolist():
        record = told_record(session, number)
        if record.get("measures"):
            yield {
                "entity": shown[centre],
                "force": "A",
                "status": "fact",
                "words": ("；" if session.lang == "zh" else "; ").join(record["measures"]),
                "legal_basis": record["legal_basis"] or None,
                "chain": [shown[centre]],
                **_because_of(record),
            }
    told = [
        {**item, "chain": _called(session, chain, shown)}
        for item, chain in zip(consequences_told(session, found), numbers, strict=True)
        if item["force"] != "E"
    ]
    alone, pairs = law_in_order(told)
    for item in [*alone, *(one for items in pairs for one in items)]:
        words = " ".join(part for part in (item["words"], item["detail_words"]) if part)
        yield {
            **{name: item[name] for name in ("force", "status", "rule", "chain")},
            **{name: item[name] or None for name in ("title", "condition", "legal_basis")},
            "entity": shown[centre],
            "words": words or item["title"],
            **_because_of(item["record"]),
        }


def _because_of(record: Mapping[str, Any] | None) -> dict[str, Any]:
    if record is None:
        return {}
    return {
        "record": record["record"],
        "record_title": record["title"],
        "of": record["entity"],
        "decided_on": record["decided_on"],
        "ends_on": record["ends_on"],
    }


def _called(session: Session, chain: Sequence[int], shown: Mapping[int, str]) -> list[str]:
    return [shown.get(one) or session.shown_id(one) for one in chain]


def _read_at_once(session: Session, subjects: set[int]) -> None:
    """Read the records of some, and what they are called, in one go."""
    numbers = np.array(sorted(subjects), dtype=np.int64)
    session.read_records(session.register.records.of(numbers).tolist())
    summaries_of(session, numbers.tolist())


def typed_rows(rows: list[dict[str, Any]], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Rows as a frame of a schema: days come as text."""
    columns = {}
    for name, dtype in schema.items():
        values = [row.get(name) for row in rows]
        if dtype == pl.Date():
            columns[name] = pl.Series(name, values, dtype=pl.String).str.to_date("%Y-%m-%d")
        else:
            columns[name] = pl.Series(name, values, dtype=dtype, strict=False)
    return pl.DataFrame(columns, schema=pl.Schema(schema))

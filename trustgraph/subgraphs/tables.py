"""The tables of a subgraph's parties: as they were read, so that they can be scored again.

Persons stand under their pseudonyms unless the session unmasks them: then nothing is kept of them
but their kind, and of records on them what they are and when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.query.session import Session
from trustgraph.register import NO_END, NO_START, UNKNOWN_SHARE, Int64, date_of
from trustgraph.schema import (
    BILLION,
    CONSULTATION_COLUMNS,
    ENTITY_COLUMNS,
    RECORD_COLUMNS,
    RELATIONSHIP_COLUMNS,
    RELATIONSHIP_KINDS,
    Column,
)

__all__ = ["TABLES", "tables_of"]

TABLES: Final = ("entities", "relationships", "records", "consultations")

_TYPES: Final = {
    "string": pl.String(),
    "date": pl.Date(),
    "fraction": pl.Float64(),
    "number": pl.Float64(),
}
_NAMING: Final = ("ground", "doc_no", "source_url", "amount", "authority")
"""Columns of a record that may name the person whom it is on."""


def tables_of(
    session: Session, shown: Mapping[int, str], edges: Sequence[int]
) -> dict[str, pl.DataFrame]:
    """Tables of some parties, by what each is shown as (``shown``), and of their relationships."""
    numbers = np.array(sorted(shown), dtype=np.int64)
    return {
        "entities": _entities(session, shown, numbers),
        "relationships": _relationships(session, shown, edges),
        "records": _records(session, shown, numbers),
        "consultations": _consultations(session, shown, numbers),
    }


def _masked(session: Session, number: int) -> bool:
    return session.kind(number) == "person" and not session.unmask


def _entities(session: Session, shown: Mapping[int, str], numbers: Int64) -> pl.DataFrame:
    rows = []
    listed = numbers.tolist()
    for number, row in zip(listed, session.register.entities.some(listed), strict=True):
        if _masked(session, number):
            named = {"id": shown[number], "kind": "person", "name": session.name(number)}
            rows.append(named)
        else:
            rows.append({**row, "id": shown[number]})
    return _frame(rows, ENTITY_COLUMNS)


def _relationships(
    session: Session, shown: Mapping[int, str], edges: Sequence[int]
) -> pl.DataFrame:
    all_of, rows = session.register.relationships, []
    for edge, row in zip(edges, session.register.relationship_rows.some(edges), strict=True):
        ends = int(all_of.source[edge]), int(all_of.target[edge])
        stated = dict(row)
        if any(_masked(session, end) for end in ends):
            stated |= {"id": None, "source_url": None}
        low, high = int(all_of.share_low[edge]), int(all_of.share_high[edge])
        share: dict[str, Any] = dict.fromkeys(("share", "share_min", "share_max"))
        if all_of.share[edge] != UNKNOWN_SHARE:
            if low == high:
                share["share"] = low / BILLION
            else:
                share |= {"share_min": low / BILLION, "share_max": high / BILLION}
        start, end = int(all_of.start[edge]), int(all_of.end[edge])
        rows.append(
            {
                **stated,
                "source": shown[ends[0]],
                "target": shown[ends[1]],
                "kind": RELATIONSHIP_KINDS[int(all_of.kind[edge])].name,
                **share,
                "confidence": float(all_of.confidence[edge]),
                "start": None if start == NO_START else date_of(start),
                "end": None if end == NO_END else date_of(end),
            }
        )
    return _frame(rows, RELATIONSHIP_COLUMNS)


def _records(session: Session, shown: Mapping[int, str], numbers: Int64) -> pl.DataFrame:
    """Every record of the parties, also those that do not count: to be scored as of another day."""
    register, rows = session.register, []
    own = register.records.of(numbers).tolist()
    for record, row in zip(own, register.records.rows.some(own), strict=True):
        if session.record_state.forgotten[record]:
            continue  # on time, here as everywhere
        number = int(register.records.entity[record])
        stated = {**row, "entity": shown[number]}
        if _masked(session, number):
            stated |= dict.fromkeys(_NAMING)
            # A term may hang on the ground, which is not handed on: its end is.
            end = int(session.record_state.ends[record])
            stated["ends_on"] = None if end == NO_END else date_of(end)
        rows.append(stated)
    return _frame(rows, RECORD_COLUMNS)


def _consultations(session: Session, shown: Mapping[int, str], numbers: Int64) -> pl.DataFrame:
    """What was searched for the parties, and what was searched for all."""
    every = session.register.consultations
    wanted = np.isin(every.entity, np.append(numbers, -1).astype(every.entity.dtype))
    rows = [
        {
            "source": every.source.word(place),
            "consulted_on": date_of(int(every.day[place])),
            "entity": None if every.entity[place] < 0 else shown[int(every.entity[place])],
        }
        for place in np.flatnonzero(wanted).tolist()
    ]
    return _frame(rows, CONSULTATION_COLUMNS)


def _frame(rows: list[dict[str, Any]], columns: Sequence[Column]) -> pl.DataFrame:
    """Rows with the columns of a contract, and behind them those that the register has beside."""
    known = {column.name: _TYPES[column.dtype] for column in columns}
    more = dict.fromkeys(
        name for row in rows for name in row if name not in known and not name.startswith("__")
    )
    found = {
        name: pl.Series(name, [row.get(name) for row in rows], dtype=dtype, strict=False)
        for name, dtype in known.items()
    }
    return pl.DataFrame(
        {**found, **{name: pl.Series(name, [row.get(name) for row in rows]) for name in more}}
    )

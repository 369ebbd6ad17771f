"""Two registers side by side: which entities and records are the same, by their ids.

Both are numbered alike: as the later register numbers them, then what only the earlier one has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from trustgraph.register import Bool, Float64, Int32, Int64, Register, Relationships, numbers_in

__all__ = ["Match", "RecordTable", "ends_of", "matched", "record_table"]


@dataclass(frozen=True, slots=True)
class Match:
    """How the rows of the ``earlier`` register are numbered beside the ``later`` one's.

    ``entity`` and ``record`` (int64) give the common number of each of the earlier register's;
    ``entities`` and ``records`` say how many common numbers there are.
    """

    earlier: Register
    later: Register
    entity: Int64
    record: Int64
    entities: int
    records: int

    @property
    def same(self) -> bool:
        """Whether both are one and the same register."""
        return self.earlier.digest == self.later.digest

    def ids(self, numbers: pl.Series) -> pl.Series:
        """The ids of entities by their common numbers."""
        return _named(numbers, len(self.later), self.later.ids, self.earlier.ids, self.entity)

    def record_ids(self, numbers: pl.Series) -> pl.Series:
        """The ids of records by their common numbers (null for none)."""
        known = numbers.drop_nulls()
        rows = self.later.records.rows, self.earlier.records.rows
        later, earlier = (_Column(part, "id") for part in rows)
        found = _named(known, len(self.later.records), later, earlier, self.record)
        place = numbers.is_not_null().cum_sum() - 1
        named: pl.Series = found.gather(
            pl.select(pl.when(numbers.is_not_null()).then(place)).to_series()
        )
        return named


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of rows, asked for by number."""

    rows: Any
    name: str

    def gather(self, numbers: Int64) -> pl.Series:
        found: pl.Series = self.rows.gather(self.name, numbers)
        return found


def _named(numbers: pl.Series, size: int, later: Any, earlier: Any, common: Int64) -> pl.Series:
    wanted = numbers.to_numpy().astype(np.int64)
    own = wanted < size
    alone = np.flatnonzero(common >= size)  # what only the earlier register has
    known = later.gather(wanted[own])
    removed = earlier.gather(alone[wanted[~own] - size])
    place = np.where(own, np.cumsum(own) - 1, len(known) + np.cumsum(~own) - 1)
    found: pl.Series = pl.concat([known, removed]).gather(place)
    return found


def matched(earlier: Register, later: Register) -> Match:
    """Match two registers by the ids of their entities and records."""
    entity = _common(numbers_in(later, earlier), len(later))
    if earlier.digest == later.digest:
        record = np.arange(len(later.records))
    else:
        rows = (register.records.rows for register in (earlier, later))
        record = _common(
            _places(*(part.slice(0, len(part), ["id"])["id"] for part in rows)), len(later.records)
        )
    return Match(
        earlier=earlier,
        later=later,
        entity=entity,
        record=record,
        entities=int(max(len(later), entity.max(initial=-1) + 1)),
        records=int(max(len(later.records), record.max(initial=-1) + 1)),
    )


def _places(earlier: pl.Series, later: pl.Series) -> Int64:
    """Where each id stands among the later ones; -1 where it does not."""
    numbered = pl.DataFrame({"id": later}).with_row_index("number")
    found = pl.DataFrame({"id": earlier}).join(numbered, on="id", how="left", maintain_order="left")
    return found["number"].cast(pl.Int64).fill_null(-1).to_numpy()


def _common(places: Int32 | Int64, size: int) -> Int64:
    """Common numbers: the place among the later ones, of ``size``, else beyond them."""
    number = places.astype(np.int64)
    alone = number < 0
    number[alone] = size + np.arange(int(alone.sum()))
    return number


@dataclass(frozen=True, slots=True)
class RecordTable:
    """What is said of records, by common number; ``there`` where a register has the record."""

    there: Bool
    entity: Int64
    type_code: Int64
    decided_on: Int32
    ends_on: Int32
    repaired_on: Int32
    withdrawn: Bool
    amount: Float64


def record_table(match: Match, register: Register, types: tuple[str, ...]) -> RecordTable:
    """The records of one of two matched registers; ``types`` numbers the types of both."""
    records = register.records
    later = register is match.later
    number = np.arange(len(records)) if later else match.record
    entity = records.entity.astype(np.int64)
    code = np.array([types.index(name) for name in records.types] or [0], dtype=np.int64)
    values: dict[str, np.ndarray] = {
        "entity": entity if later else match.entity[entity],
        "type_code": code[records.type_code],
        "decided_on": records.decided_on,
        "ends_on": records.ends_on,
        "repaired_on": records.repaired_on,
        "withdrawn": records.withdrawn,
        "amount": records.amount,
    }
    there = np.zeros(match.records, dtype=np.bool_)
    there[number] = True
    found: dict[str, Any] = {}
    for name, value in values.items():
        found[name] = np.zeros(match.records, dtype=value.dtype)
        found[name][number] = value
    return RecordTable(there=there, **found)


def ends_of(match: Match, register: Register) -> tuple[Int64, Int64]:
    """Source and target of a register's relationships, by common numbers."""
    relationships: Relationships = register.relationships
    ends = relationships.source.astype(np.int64), relationships.target.astype(np.int64)
    if register is match.later:
        return ends
    return match.entity[ends[0]], match.entity[ends[1]]

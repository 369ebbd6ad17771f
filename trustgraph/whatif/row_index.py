"""Rows of a register that changes name: entities and records by id, relationships by what is given.

Entities are found in an instant; records by an index that is made once; a relationship by its ends
and kind, or where only its id is given, by reading the ids of all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from trustgraph.register import Int64, Overlay, Register, entries_at
from trustgraph.register.rows import PART_ROWS
from trustgraph.schema import KIND_CODES, RELATIONSHIP_KINDS
from trustgraph.tables.sheet import CONTRACTS
from trustgraph.whatif.changes import TABLES, Row, text_of

__all__ = ["Finder", "agrees"]

_DERIVED = ("uscc_valid", "lei_valid")
_NUMERIC = ("fraction", "number")
_REMEMBERED = 1 << 16


@dataclass(slots=True)
class Finder:
    """Finds rows of one register, which has nothing laid over it. Indexes are made when needed."""

    plain: Overlay
    _hashes: pl.Series | None = field(default=None)
    _order: Int64 | None = field(default=None)
    _found: dict[str, int | None] = field(default_factory=dict)
    _columns: dict[str, list[str]] = field(default_factory=dict)

    @property
    def register(self) -> Register:
        return self.plain.register

    @property
    def columns(self) -> dict[str, list[str]]:
        """The columns that rows of each table may have."""
        if not self._columns:
            register = self.register
            rows = {
                "entities": register.entities,
                "relationships": register.relationship_rows,
                "records": register.records.rows,
            }
            for table in TABLES:
                known = [column.name for column in CONTRACTS[table]]
                known += rows[table].slice(0, 0).columns
                self._columns[table] = list(dict.fromkeys(known))
        return self._columns

    def entity(self, entity: str) -> int | None:
        return self.register.number_of(entity)

    def entity_row(self, number: int) -> Row:
        """The row of an entity as it was read, as text."""
        return _as_text(self.register.entities.row(number))

    def record(self, record: str) -> int | None:
        """The number of a record id, or None."""
        if record not in self._found:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[record] = self._look_up(record)
        return self._found[record]

    def _look_up(self, record: str) -> int | None:
        if self._hashes is None or self._order is None:
            rows = self.register.records.rows
            hashes = rows.slice(0, len(rows), ["id"])["id"].hash()
            self._order = hashes.arg_sort().to_numpy().astype(np.int64)
            self._hashes = hashes.gather(self._order)
        wanted = pl.Series([record], dtype=pl.String).hash()[0]
        low, high = (
            int(self._hashes.search_sorted(wanted, side=side)) for side in ("left", "right")
        )
        for number in self._order[low:high].tolist():
            if self.register.records.rows.gather("id", np.array([number]))[0] == record:
                return int(number)
        return None

    def record_row(self, number: int) -> Row:
        """The row of a record as it was read, as text."""
        return _as_text(self.register.records.rows.row(number))

    def relationship_row(self, edge: int) -> Row:
        """The row of a relationship as it was read, as text."""
        relationships, ids = self.register.relationships, self.register.ids
        return {
            "source": ids[int(relationships.source[edge])],
            "target": ids[int(relationships.target[edge])],
            "kind": RELATIONSHIP_KINDS[relationships.kind[edge]].name,
            **_as_text(self.register.relationship_rows.row(edge)),
        }

    def relationships(self, given: Row) -> list[int]:
        """The numbers of relationships of which all that is given is so; by ends and kind first.

        ``given`` has a source, a target and a kind.
        """
        ends = [self.entity(given[name] or "") for name in ("source", "target")]
        kind = KIND_CODES.get(given["kind"] or "", -1)
        if None in ends or kind < 0:
            return []
        adjacency, relationships = self.register.adjacency, self.register.relationships
        entry = entries_at(self.register, np.array([ends[0]], dtype=np.int64))
        edge = np.unique(adjacency.edge[entry[adjacency.neighbour[entry] == ends[1]]])
        fits = (
            (relationships.source[edge] == ends[0])
            & (relationships.target[edge] == ends[1])
            & (relationships.kind[edge] == kind)
        )
        rest = {
            name: cell for name, cell in given.items() if name not in ("source", "target", "kind")
        }
        return [int(one) for one in edge[fits] if agrees(self.relationship_row(int(one)), rest)]

    def by_id(self, wanted: Collection[str]) -> dict[str, int]:
        """The numbers of relationships of some ids: reads the ids of all."""
        rows, found = self.register.relationship_rows, dict[str, int]()
        if not wanted or "id" not in rows.slice(0, 0).columns:
            return found
        among = pl.Series(sorted(wanted), dtype=pl.String).implode()
        for first in range(0, len(rows), PART_ROWS):
            ids = rows.slice(first, PART_ROWS, ["id"])["id"]
            for place in ids.is_in(among).fill_null(value=False).arg_true().to_list():
                found[ids[place]] = first + place
        return found


def _as_text(row: Mapping[str, object]) -> Row:
    return {name: text_of(cell) for name, cell in row.items() if name not in _DERIVED}


def agrees(row: Row, given: Row) -> bool:
    """Whether a relationship's row says all that is given."""
    return all(_same(name, row.get(name), cell) for name, cell in given.items())


def _same(column: str, one: str | None, other: str | None) -> bool:
    """Whether two cells say the same: numbers may be written in more than one way."""
    if column == "confidence":  # one that is not given is read as 1
        one, other = one or "1", other or "1"
    if one is None or other is None:
        return one is other
    types = {contract.name: contract.dtype for contract in CONTRACTS["relationships"]}
    if types.get(column) in _NUMERIC:
        try:
            return float(one) == float(other)
        except ValueError:
            return False
    return one == other

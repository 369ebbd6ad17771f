"""A register of some of a register's entities: what lies between them, and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from trustgraph.register.adjacency import adjacency_of
from trustgraph.register.model import (
    Bool,
    Coded,
    Consultations,
    Int32,
    Int64,
    Records,
    Register,
    Relationships,
    Traits,
    UInt8,
    rows_of,
    slice_of,
)
from trustgraph.register.origins import Origins
from trustgraph.register.rows import FrameRows, Ids, Numbers, Rows, SeriesIds

__all__ = ["Excerpt", "entries_at", "excerpt_of", "with_records"]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A ``register`` of its own, and the numbers its rows have in the whole one.

    ``entities``, ``relationships`` and ``records`` (int64) are in the order of the whole one's, so
    that order among the few is order among all.
    """

    register: Register
    entities: Int64
    relationships: Int64
    records: Int64

    def place(self, number: int) -> int:
        """The number here of an entity of the whole register that is among them."""
        return int(np.flatnonzero(self.entities == number)[0])


def excerpt_of(register: Register, entities: Int64) -> Excerpt:
    """The entities (ascending), the relationships between any two of them, their records.

    Reads what belongs to them: all their relationships, also those that lead elsewhere.
    """
    inside = _Inside(entities)
    adjacency, whole = register.adjacency, register.relationships
    entry = entries_at(register, entities)
    edge = np.unique(adjacency.edge[entry[inside.has(adjacency.neighbour[entry])]])
    between = {part.name: getattr(whole, part.name)[edge] for part in dataclasses.fields(whole)}
    between["source"] = inside.places(between["source"])
    between["target"] = inside.places(between["target"])
    relationships = Relationships(**between)
    records = rows_of(register.records.entity, entities)
    return Excerpt(
        register=Register(
            ids=_SomeIds(register.ids, entities),
            entities=_SomeRows(register.entities, entities),
            kind=register.kind[entities],
            relationships=relationships,
            relationship_rows=_SomeRows(register.relationship_rows, edge.astype(np.int64)),
            relationship_origins=_origins(register.relationship_origins, edge),
            adjacency=adjacency_of(relationships, len(entities)),
            records=_records(register.records, records, inside),
            record_origins=_origins(register.record_origins, records),
            traits=_traits(register.traits, entities),
            consultations=_consultations(register.consultations, inside),
            digest="",  # it is no register of its own,
        ),
        entities=entities,
        relationships=edge.astype(np.int64),
        records=records,
    )


def entries_at(register: Register, entities: Int64) -> Int64:
    """The places of the adjacency's entries of some entities, entity after entity."""
    offsets = register.adjacency.offsets
    begin = offsets[entities]
    count = offsets[entities + 1] - begin
    first = np.repeat(begin - (np.cumsum(count) - count), count)
    entries: Int64 = first + np.arange(count.sum())
    return entries


@dataclass(frozen=True, slots=True)
class _Inside:
    """Which entities are among the few, and where."""

    entities: Int64

    def has(self, numbers: Int32) -> Bool:
        wanted = self.entities.astype(numbers.dtype)
        place = np.searchsorted(wanted, numbers)
        found: Bool = wanted[np.minimum(place, len(wanted) - 1)] == numbers
        return found

    def places(self, numbers: Int32) -> Int32:
        wanted = self.entities.astype(numbers.dtype)
        return np.searchsorted(wanted, numbers).astype(np.int32)


def with_records(register: Register, numbers: Int64) -> Register:
    """The same register with some of its records alone (ascending), their rows in memory.

    Entities and relationships keep their numbers.
    """
    records = register.records
    arrays = ("entity", "type_code", "decided_on", "ends_on", "repaired_on", "withdrawn", "amount")
    names = records.rows.slice(0, 0).columns
    rows = pl.DataFrame([records.rows.gather(name, numbers).alias(name) for name in names])
    some = dataclasses.replace(
        records,
        rows=FrameRows(rows),
        **{name: getattr(records, name)[numbers] for name in arrays},
    )
    return dataclasses.replace(
        register, records=some, record_origins=_origins(register.record_origins, numbers)
    )


def _records(records: Records, numbers: Int64, inside: _Inside) -> Records:
    arrays = ("type_code", "decided_on", "ends_on", "repaired_on", "withdrawn", "amount")
    return Records(
        entity=inside.places(records.entity[numbers]),
        types=records.types,
        rows=_SomeRows(records.rows, numbers),
        **{name: getattr(records, name)[numbers] for name in arrays},
    )


def _traits(traits: Traits, entities: Int64) -> Traits:
    def some(part: Coded) -> Coded:
        return Coded(part.code[entities], part.words)

    return Traits(
        status=some(traits.status),
        region=some(traits.region),
        jurisdiction=some(traits.jurisdiction),
        industry=some(traits.industry),
        legal_form=some(traits.legal_form),
        identified=traits.identified[entities],
    )


def _consultations(searched: Consultations, inside: _Inside) -> Consultations:
    for_all = slice_of(searched.entity, -1, 0)
    own = rows_of(searched.entity, inside.entities)
    rows = np.concatenate([np.arange(for_all.start, for_all.stop), own])
    entity = np.concatenate([searched.entity[for_all], inside.places(searched.entity[own])])
    source = Coded(searched.source.code[rows], searched.source.words)
    return Consultations(source=source, entity=entity, day=searched.day[rows])


def _origins(origins: Origins, numbers: Int32 | Int64) -> Origins:
    return dataclasses.replace(origins, place=origins.place[numbers])


@dataclass(frozen=True, slots=True)
class _SomeRows:
    """Some rows of others, by their numbers there."""

    rows: Rows
    numbers: Int64

    def __len__(self) -> int:
        return len(self.numbers)

    def row(self, number: int) -> dict[str, Any]:
        return self.rows.row(int(self.numbers[number]))

    def some(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        return self.rows.some(self.numbers[list(numbers)].tolist())

    def gather(self, column: str, numbers: Numbers) -> pl.Series:
        return self.rows.gather(column, self.numbers[np.asarray(numbers)])

    def slice(self, first: int, count: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        none = self.rows.slice(0, 0, columns)
        some = self.numbers[first : first + count].tolist()
        return pl.concat([none, *(self.rows.slice(number, 1, columns) for number in some)])


@dataclass(frozen=True, slots=True)
class _SomeIds:
    """Some of others' ids, by their numbers there."""

    ids: Ids
    numbers: Int64

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, number: int) -> str:
        return self.ids[int(self.numbers[number])]

    def number_of(self, text: str) -> int | None:
        place = self.near(text)
        return place if place < len(self) and self[place] == text else None

    def near(self, text: str) -> int:
        return int(np.searchsorted(self.numbers, self.ids.near(text)))

    def places_of(self, texts: pl.Series) -> Int64:
        whole = self.ids.places_of(texts)
        near = np.where(whole < 0, -1 - whole, whole)
        places = np.searchsorted(self.numbers, near).astype(np.int64)
        inside = (whole >= 0) & (places < len(self.numbers))
        inside[inside] = self.numbers[places[inside]] == whole[inside]
        return np.where(inside, places, -1 - places)

    def gather(self, numbers: Numbers) -> pl.Series:
        return self.ids.gather(self.numbers[np.asarray(numbers)])

    def in_memory(self) -> SeriesIds:
        return SeriesIds(self.ids.gather(self.numbers))

    def as_bytes(self) -> tuple[Int64, UInt8]:
        return self.in_memory().as_bytes()

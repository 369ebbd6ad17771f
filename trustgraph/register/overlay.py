"""A register with rows laid over it: what it would be with a few changes, without making it anew.

Entities and records keep their numbers; those that are laid over it are numbered after them. Only
an excerpt has numbers in order of ids, those of added entities among them: whatever depends on that
order is asked of an excerpt.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

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
)
from trustgraph.register.numbers import together
from trustgraph.register.overlay_rows import UpsertedIds, UpsertedRows
from trustgraph.register.subregister import Excerpt, entries_at, excerpt_of
from trustgraph.schema import RELATIONSHIP_KINDS, STEPS, opposite

__all__ = ["Overlay", "Removed"]

_BACK: Final = np.array([opposite(2 * kind) for kind in range(len(RELATIONSHIP_KINDS))])
"""By kind of relationship, the step that leads from its target to its source."""


@dataclass(frozen=True, slots=True)
class Removed:
    """Rows of a register that are left out, by number (int64, ascending)."""

    entities: Int64
    relationships: Int64
    records: Int64


@dataclass(frozen=True, slots=True)
class Overlay:
    """A register, what is ``removed`` of it, and what is laid over it.

    ``numbers`` (ascending) are those of the laid entities, whose rows are ``entities``: of one that
    replaces another that one's, of one that is added the next after the register's, in order of
    ids. ``traits`` have the words of the register's first. ``follows`` is, by added entity, the
    first of the register's whose id is greater. Laid ``relationships`` have such numbers as ends;
    laid ``records`` are numbered after the register's; ``replaces`` is, by laid record, the one of
    its id that is gone, else itself. ``ranked`` (ascending) are all records of the entities that
    have laid ones, ``rank`` their places in the order of ids.
    """

    register: Register
    removed: Removed
    numbers: Int64
    entities: pl.DataFrame
    kind: UInt8
    traits: Traits
    follows: Int64
    relationships: Relationships
    relationship_rows: pl.DataFrame
    records: Records
    record_rows: pl.DataFrame
    replaces: Int64
    ranked: Int64
    rank: Int64

    def __len__(self) -> int:
        """How many numbers of entities there are, those of entities that are gone included."""
        return len(self.register) + len(self.follows)

    @property
    def is_plain(self) -> bool:
        """Whether nothing is laid over the register, and nothing of it is gone."""
        removed = self.removed.entities, self.removed.relationships, self.removed.records
        upserted = len(self.numbers) + len(self.relationships) + len(self.records)
        return not upserted + sum(map(len, removed))

    @property
    def added(self) -> pl.Series:
        """The ids of added entities."""
        return self.entities["id"].tail(len(self.follows))

    def order(self, numbers: Int64) -> Int64:
        """Keys that are in the order of the ids of entities."""
        size, added = len(self.register), len(self.follows)
        keys = (numbers + 1) * (added + 1)
        late = numbers >= size
        keys[late] = self.follows[numbers[late] - size] * (added + 1) + 1 + numbers[late] - size
        return keys

    @property
    def named(self) -> Register:
        """The register, for whoever asks it for ids: of what is laid over it, too."""
        under = self.register
        rows = UpsertedRows(under.records.rows, self.record_rows)
        return dataclasses.replace(
            under,
            ids=UpsertedIds(under.ids, self.added),
            records=dataclasses.replace(under.records, rows=rows),
        )

    def same(self, records: Int64) -> Int64:
        """Records by number; a laid one that replaces another of its id by that one's."""
        late = records >= len(self.register.records)
        found = records.copy()
        found[late] = self.replaces[records[late] - len(self.register.records)]
        return found

    def kinds(self, numbers: Int64) -> UInt8:
        """The kinds of entities, as places in ``ENTITY_KINDS``."""
        own = numbers < len(self.register)
        found = np.zeros(len(numbers), dtype=np.uint8)
        found[own] = self.register.kind[numbers[own]]
        replaced = _has(self.numbers, numbers)
        found[replaced] = self.kind[np.searchsorted(self.numbers, numbers[replaced])]
        return found

    def beside(
        self, at: Int64, steps: Collection[int] | None = None, today: int | None = None
    ) -> Int64:
        """Whom relationships join to any of some entities (ascending): a few too many, perhaps.

        ``steps`` (default: any) and the day ``today`` (default: ever) tell which relationships;
        that one is gone is not looked at.
        """
        wanted = np.ones(len(STEPS), dtype=np.bool_)
        if steps is not None:
            wanted[:] = False
            wanted[list(steps)] = True
        adjacency, relationships = self.register.adjacency, self.register.relationships
        entry = entries_at(self.register, at[at < len(self.register)])
        entry = entry[wanted[adjacency.step[entry]]]
        if today is not None:
            edge = adjacency.edge[entry]
            entry = entry[relationships.in_force_of(edge, today)]
        found = [adjacency.neighbour[entry]]
        if len(self.relationships):
            upserted = self.relationships
            live = np.ones(len(upserted), np.bool_) if today is None else upserted.in_force(today)
            forward = live & wanted[2 * upserted.kind] & np.isin(upserted.source, at)
            back = live & wanted[_BACK[upserted.kind]] & np.isin(upserted.target, at)
            found += [upserted.target[forward], upserted.source[back]]
        return together(len(self), *found)

    def excerpt(self, entities: Int64) -> Excerpt:
        """Some entities, what lies between them, their records: as ``excerpt_of`` has it.

        Entities that are gone are left out. Numbers in the excerpt are in the order of ids.
        """
        wanted = np.unique(entities)
        wanted = wanted[~_has(self.removed.entities, wanted)]
        part = excerpt_of(self.register, wanted[wanted < len(self.register)])
        if self.is_plain:
            return part
        keys = self.order(wanted)
        sorting = np.argsort(keys)
        return self._overlaid(part, wanted[sorting], keys[sorting])

    def _overlaid(self, part: Excerpt, wanted: Int64, keys: Int64) -> Excerpt:
        """The part of the register with what is laid over it; ``keys`` are those of ``wanted``."""

        def places(numbers: Int64) -> Int64:
            return np.searchsorted(keys, self.order(numbers))

        to = places(part.entities)
        relationships, edge = self._relationships(part, to, wanted, places)
        records, record = self._records(part, to, wanted, places)
        under, upserted = self.register, np.flatnonzero(np.isin(self.numbers, wanted))
        over = places(self.numbers[upserted])
        kind = np.zeros(len(wanted), dtype=np.uint8)
        kind[to], kind[over] = part.register.kind, self.kind[upserted]
        row = wanted.copy()
        row[over] = len(under) + upserted
        return Excerpt(
            register=Register(
                ids=UpsertedIds(under.ids, self.added, wanted),
                entities=UpsertedRows(under.entities, self.entities, row),
                kind=kind,
                relationships=relationships,
                relationship_rows=UpsertedRows(
                    under.relationship_rows, self.relationship_rows, edge
                ),
                relationship_origins=under.relationship_origins,
                adjacency=adjacency_of(relationships, len(wanted)),
                records=records,
                record_origins=under.record_origins,
                traits=self._traits(part, to, over, upserted, len(wanted)),
                consultations=_consultations(part, to),
                digest="",
            ),
            entities=wanted,
            relationships=edge,
            records=record,
        )

    def _relationships(
        self, part: Excerpt, to: Int64, wanted: Int64, places: Any
    ) -> tuple[Relationships, Int64]:
        kept = ~_has(self.removed.relationships, part.relationships)
        upserted = self.relationships
        inside = np.isin(upserted.source, wanted) & np.isin(upserted.target, wanted)
        under = part.register.relationships
        found = {
            field.name: np.concatenate(
                [getattr(under, field.name)[kept], getattr(upserted, field.name)[inside]]
            )
            for field in dataclasses.fields(Relationships)
        }
        for end in ("source", "target"):
            own, others = getattr(under, end)[kept], getattr(upserted, end)[inside].astype(np.int64)
            found[end] = np.concatenate([to[own], places(others)]).astype(np.int32)
        number = np.concatenate(
            [
                part.relationships[kept],
                len(self.register.relationships) + np.flatnonzero(inside),
            ]
        )
        order = np.lexsort((number, found["kind"], found["target"], found["source"]))
        relationships = Relationships(**{name: values[order] for name, values in found.items()})
        return relationships, number[order]

    def _records(
        self, part: Excerpt, to: Int64, wanted: Int64, places: Any
    ) -> tuple[Records, Int64]:
        kept = ~_has(self.removed.records, part.records)
        inside = np.isin(self.records.entity, wanted)
        size = len(self.register.records)
        number = np.concatenate([part.records[kept], size + np.flatnonzero(inside)])
        entity = np.concatenate(
            [
                to[part.register.records.entity[kept]],
                places(self.records.entity[inside].astype(np.int64)),
            ]
        )
        rank = number.copy()
        ranked = _has(self.ranked, number)
        rank[ranked] = self.rank[np.searchsorted(self.ranked, number[ranked])]
        order = np.lexsort((rank, entity))
        arrays = ("type_code", "decided_on", "ends_on", "repaired_on", "withdrawn", "amount")
        under = part.register.records
        found = {
            name: np.concatenate([getattr(under, name)[kept], getattr(self.records, name)[inside]])
            for name in arrays
        }
        records = Records(
            entity=entity[order].astype(np.int32),
            types=self.records.types,
            rows=UpsertedRows(self.register.records.rows, self.record_rows, number[order]),
            **{name: values[order] for name, values in found.items()},
        )
        return records, number[order]

    def _traits(self, part: Excerpt, to: Int64, over: Int64, upserted: Int64, size: int) -> Traits:
        found: dict[str, Any] = {}
        for field in dataclasses.fields(Traits):
            under, own = getattr(part.register.traits, field.name), getattr(self.traits, field.name)
            coded = isinstance(own, Coded)
            low, high = (under.code, own.code) if coded else (under, own)
            values = np.zeros(size, dtype=low.dtype)
            values[to], values[over] = low, high[upserted]
            found[field.name] = Coded(values, own.words) if coded else values
        return Traits(**found)


def _consultations(part: Excerpt, to: Int64) -> Consultations:
    searched = part.register.consultations
    entity = np.append(to, -1)[searched.entity].astype(np.int32)  # -1 is for all, and stays so
    order = np.argsort(entity, kind="stable")
    source = Coded(searched.source.code[order], searched.source.words)
    return Consultations(source=source, entity=entity[order], day=searched.day[order])


def _has(ascending: Int64, numbers: Int64 | Int32) -> Bool:
    """Which numbers are among ascending ones."""
    if not len(ascending):
        return np.zeros(len(numbers), dtype=np.bool_)
    place = np.minimum(np.searchsorted(ascending, numbers), len(ascending) - 1)
    found: Bool = ascending[place] == numbers
    return found

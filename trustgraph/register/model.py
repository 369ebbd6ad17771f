"""The register: tables compiled once into numbers and arrays.

Entities are numbered 0..n-1 in order of their ids, so that comparing numbers compares ids.
Relationships lie in a canonical order of their own content, and an adjacency in compressed form
(CSR) holds each of them once per end: for entity ``e`` the entries
``offsets[e]:offsets[e + 1]``, sorted by step, then by neighbour. A step code says which kind
of relationship is walked in which direction (see ``schema``). The row order of the input leaves
no trace but in ``Origins``, which say where a row stood.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from trustgraph.register.origins import Origins
from trustgraph.register.rows import Ids, Rows
from trustgraph.schema import ENTITY_KINDS

__all__ = [
    "NO_END",
    "NO_START",
    "UNKNOWN_SHARE",
    "Adjacency",
    "Bool",
    "Coded",
    "Consultations",
    "Float64",
    "Int32",
    "Int64",
    "Records",
    "Register",
    "Relationships",
    "Traits",
    "UInt8",
    "UInt32",
    "date_of",
    "day_number",
    "rows_of",
    "slice_of",
]

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
UInt8 = npt.NDArray[np.uint8]
UInt32 = npt.NDArray[np.uint32]
Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]

NO_START: Final = np.iinfo(np.int32).min
"""Day number of a start that is not given: it has always been."""
NO_END: Final = np.iinfo(np.int32).max
"""Day number of an end that is not given: it is still open."""
UNKNOWN_SHARE: Final = -1


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01, as dates are held in arrays."""
    return (day - dt.date(1970, 1, 1)).days


def date_of(number: int) -> dt.date:
    """The day of a day number."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=number)


def slice_of(entity: Int32, first: int, beyond: int) -> slice:
    """Where the entities from ``first`` to before ``beyond`` lie in an ascending array."""
    # Asked in the array's own type: any other would have all of it converted.
    low, high = np.searchsorted(entity, np.array([first, beyond], dtype=entity.dtype))
    return slice(int(low), int(high))


def rows_of(entity: Int32, entities: Int64) -> Int64:
    """The places of some entities in an ascending array (ascending where the entities are)."""
    wanted = entities.astype(entity.dtype)  # of any other type, all would be converted
    begin = np.searchsorted(entity, wanted, side="left")
    count = np.searchsorted(entity, wanted, side="right") - begin
    first = np.repeat(begin - (np.cumsum(count) - count), count)
    rows: Int64 = first + np.arange(count.sum())
    return rows


@dataclass(frozen=True, slots=True)
class Relationships:
    """Relationships by number; every array has one element per relationship.

    ``share`` is in billionths: the stated share, the integer mean of a stated range, or
    ``UNKNOWN_SHARE``; ``share_low`` and ``share_high`` are the stated bounds (0 and 10^9 where
    nothing is stated). ``start`` and ``end`` are day numbers, closed and open.
    """

    source: Int32
    target: Int32
    kind: UInt8
    share: Int32
    share_low: Int32
    share_high: Int32
    confidence: Float64
    start: Int32
    end: Int32

    def __len__(self) -> int:
        return len(self.source)

    def in_force(self, day: int) -> Bool:
        """Which relationships are in force on a day number: ``start <= day < end``."""
        live: Bool = (self.start <= day) & (day < self.end)
        return live

    def in_force_of(self, edge: Int32 | Int64, day: int | Int32) -> Bool:
        """Which of some relationships are in force on a day number, or each on its own."""
        live: Bool = (self.start[edge] <= day) & (day < self.end[edge])
        return live


@dataclass(frozen=True, slots=True)
class Adjacency:
    """Each relationship once per end, grouped by the entity it is walked from (CSR).

    ``offsets`` has n + 1 elements; ``neighbour``, ``step`` and ``edge`` (the relationship's
    number) one per entry, sorted by entity, step, neighbour, edge. A relationship of a symmetric
    kind between an entity and itself has one entry.
    """

    offsets: Int64
    neighbour: Int32
    step: UInt8
    edge: Int32


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of few distinct words: ``code`` (uint32, n) is 0 where there is none.

    Otherwise it is the place of the word in ``words``, counted from 1.
    """

    code: UInt32
    words: tuple[str, ...]

    def word(self, number: int) -> str | None:
        """The word of one row."""
        code = int(self.code[number])
        return self.words[code - 1] if code else None

    def tested(self, test: Callable[[str], bool], numbers: Int32 | Int64) -> tuple[Bool, Bool]:
        """Of some rows: whether the word passes a test, and whether there is no word."""
        passes = np.array([False, *map(test, self.words)])
        codes = self.code[numbers]
        return passes[codes], codes == 0


@dataclass(frozen=True, slots=True)
class Traits:
    """What rules and coverage ask about entities, by number.

    ``region`` and ``jurisdiction`` (in capitals) are as stated, else as a valid USCC tells;
    ``legal_form`` is in small letters. ``identified`` marks a valid USCC or LEI.
    """

    status: Coded
    region: Coded
    jurisdiction: Coded
    industry: Coded
    legal_form: Coded
    identified: Bool


@dataclass(frozen=True, slots=True)
class Consultations:
    """Which source was searched when (day number), for whom (-1: for all).

    Sorted by entity, source, day; one element per consultation.
    """

    source: Coded
    entity: Int32
    day: Int32


@dataclass(frozen=True, slots=True)
class Records:
    """Records by number, sorted by entity, then id. Days as day numbers (NO_END where open).

    ``type_code`` numbers the codes in ``types``. ``rows`` holds the rows as they were read, in the
    same order. ``withdrawn`` is true where a record never counts.
    """

    entity: Int32
    type_code: Int32
    types: tuple[str, ...]
    decided_on: Int32
    ends_on: Int32
    repaired_on: Int32
    withdrawn: Bool
    amount: Float64
    rows: Rows

    def __len__(self) -> int:
        return len(self.entity)

    def of(self, entities: Int64) -> Int64:
        """The numbers of the records of some entities (ascending where the entities are)."""
        return rows_of(self.entity, entities)


@dataclass(frozen=True, slots=True)
class Register:
    """Tables compiled into arrays; entities are numbered in order of their ids.

    ``entities``, ``relationship_rows`` and ``records.rows`` hold the rows as they were read, in the
    order of the arrays; those of relationships go without source, target and kind, which are
    there. ``relationship_origins`` and ``record_origins`` tell where they stood in which file.
    """

    ids: Ids
    entities: Rows
    kind: UInt8
    relationships: Relationships
    relationship_rows: Rows
    relationship_origins: Origins
    adjacency: Adjacency
    records: Records
    record_origins: Origins
    traits: Traits
    consultations: Consultations
    digest: str

    def __len__(self) -> int:
        return len(self.kind)

    def is_kind(self, name: str) -> Bool:
        """Which entities are of a kind."""
        of_kind: Bool = self.kind == ENTITY_KINDS.index(name)
        return of_kind

    def number_of(self, entity: str) -> int | None:
        """The number of an entity id, or None. O(log n)."""
        return self.ids.number_of(entity)

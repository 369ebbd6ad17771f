"""Rows of a register found by what names them, many at once.

Ids of relationships and records are read part by part, all of them; ends and kinds are searched.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from trustgraph.ingest.update.merge_kernel import relationship_places
from trustgraph.parallel import in_order
from trustgraph.register import Int64, Register
from trustgraph.register.rows import PART_ROWS, Rows
from trustgraph.schema import KIND_CODES

__all__ = [
    "NONE",
    "SEVERAL",
    "entity_numbers",
    "record_numbers",
    "relationship_numbers",
    "relationships_said",
]

NONE: Final = -1
SEVERAL: Final = -2


def entity_numbers(register: Register, ids: pl.Series) -> Int64:
    """The numbers of entities by id; -1 where there is none."""
    return np.maximum(register.ids.places_of(ids), -1)


def record_numbers(register: Register, ids: pl.Series) -> Int64:
    """The numbers of records by id; -1 where there is none."""
    return _numbers(register.records.rows, ids)


def relationship_numbers(register: Register, ids: pl.Series) -> Int64:
    """The numbers of relationships by id; -1 where there is none."""
    return _numbers(register.relationship_rows, ids)


def _numbers(rows: Rows, ids: pl.Series) -> Int64:
    if not len(ids) or not len(rows):
        return np.full(len(ids), -1, dtype=np.int64)
    wanted = pl.DataFrame({"id": ids.cast(pl.String)})

    def look(first: int) -> pl.DataFrame:
        found = rows.slice(first, PART_ROWS, ["id"]).with_row_index("number", offset=first)
        return found.join(wanted, on="id", how="semi")

    parts = list(in_order(look, range(0, len(rows), PART_ROWS)))
    found = wanted.join(pl.concat(parts), on="id", how="left", maintain_order="left")
    number: Int64 = found["number"].cast(pl.Int64).fill_null(-1).to_numpy()
    return number


def relationships_said(register: Register, rows: pl.DataFrame, *, whole: bool = False) -> Int64:
    """The numbers of relationships of which all that rows give is so: NONE, SEVERAL.

    ``rows`` have columns of the contract, read as their types; source, target and kind are given,
    and of the others whatever is not null. ``whole``: what is null has to be null there, too.
    """
    ends = [entity_numbers(register, rows[name]) for name in ("source", "target")]
    kind = rows["kind"].replace_strict(KIND_CODES, default=NONE, return_dtype=pl.Int64).to_numpy()
    relationships = register.relationships
    low, high = (np.empty(rows.height, dtype=np.int64) for _ in range(2))
    for equal, places in ((True, low), (False, high)):
        keys = ends[0] + 1, ends[1] + 1, kind
        relationship_places(
            *(
                relationships.source,
                relationships.target,
                relationships.kind,
                1,
                *keys,
                equal,
                places,
            ),
            work=25 * len(places),
        )
    count = np.where((ends[0] < 0) | (ends[1] < 0) | (kind < 0), 0, high - low)
    row = np.repeat(np.arange(rows.height), count)
    edge = np.repeat(low, count) + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    fits = np.ones(len(row), dtype=np.bool_)
    for name in register.relationship_rows.slice(0, 0).columns:
        if name in rows.columns and (whole or rows[name].null_count() < rows.height):
            given = rows[name].gather(row)
            has = register.relationship_rows.gather(name, edge).cast(given.dtype)
            same = given.eq_missing(has)
            fits &= (same if whole else given.is_null() | same).to_numpy()
    found = np.full(rows.height, NONE, dtype=np.int64)
    found[row[fits]] = edge[fits]
    found[np.bincount(row[fits], minlength=rows.height) > 1] = SEVERAL
    return found

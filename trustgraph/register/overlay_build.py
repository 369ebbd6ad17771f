"""From checked tables of changed rows to what they look like laid over a register."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from trustgraph.register.columns import (
    codes_of,
    entity_kinds,
    kind_codes,
    record_arrays,
    relationship_arrays,
    trait_words,
)
from trustgraph.register.model import Coded, Int64, Register, Traits
from trustgraph.register.overlay import Overlay, Removed
from trustgraph.register.rows import FrameRows, SeriesIds
from trustgraph.register.subregister import entries_at
from trustgraph.tables.tables import Tables, check_tables

__all__ = ["build_overlay", "dependents_of", "empty_overlay"]


def empty_overlay(register: Register) -> Overlay:
    """The register as it is."""
    none = _no_rows()
    numbers = np.zeros(0, dtype=np.int64)
    types = register.records.types
    records = none.records.with_columns(__entity=pl.lit(0, pl.Int32))
    ends = {f"__{name}": pl.lit(0, pl.Int32) for name in ("source", "target")}
    relationships = none.relationships.with_columns(kind_codes(none.relationships["kind"]), **ends)
    return Overlay(
        register=register,
        removed=Removed(numbers, numbers, numbers),
        numbers=numbers,
        entities=none.entities,
        kind=entity_kinds(none.entities),
        traits=_traits(register.traits, none.entities),
        follows=numbers,
        relationships=relationship_arrays(relationships),
        relationship_rows=relationships,
        records=record_arrays(records, types, FrameRows(records)),
        record_rows=records,
        replaces=numbers,
        ranked=numbers,
        rank=numbers,
    )


def build_overlay(plain: Overlay, upserted: Tables | None, removed: Removed) -> Overlay:
    """A register with nothing laid over it, without what is ``removed``, and with checked rows.

    An entity of an id that the register has takes that one's place. A relationship or record takes
    nobody's: what it is to replace must be gone. With an entity all goes that is joined to it.
    """
    whole = dependents_of(plain.register, removed)
    overlay = dataclasses.replace(plain, removed=whole)
    if upserted is None:
        return overlay
    if upserted.entities.height:
        overlay = _entities(overlay, upserted.entities)
    if upserted.relationships.height:
        relationships = _numbered(overlay, upserted.relationships, "source", "target")
        relationships = relationships.with_columns(kind_codes(relationships["kind"]))
        overlay = dataclasses.replace(
            overlay,
            relationships=relationship_arrays(relationships),
            relationship_rows=relationships,
        )
    if upserted.records.height:
        overlay = _records(overlay, _numbered(overlay, upserted.records, "entity"))
    return overlay


def _entities(overlay: Overlay, rows: pl.DataFrame) -> Overlay:
    register = overlay.register
    rows = rows.with_columns(__place=pl.Series(register.ids.places_of(rows["id"])))
    replaced = rows.filter(pl.col("__place") >= 0).sort("__place")
    added = rows.filter(pl.col("__place") < 0).sort("id")
    fresh = np.arange(len(register), len(register) + added.height)
    rows = pl.concat([replaced, added]).drop("__place")
    return dataclasses.replace(
        overlay,
        numbers=np.concatenate([replaced["__place"].to_numpy(), fresh]),
        entities=rows,
        kind=entity_kinds(rows),
        traits=_traits(register.traits, rows),
        follows=-1 - added["__place"].to_numpy(),
    )


def _numbered(overlay: Overlay, rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Rows with the numbers of the entities that columns name, as ``__column``."""
    register, added = overlay.register, SeriesIds(overlay.added)

    def numbers(column: str) -> pl.Series:
        found = register.ids.places_of(rows[column])
        late = np.flatnonzero(found < 0)
        found[late] = len(register) + added.places_of(rows[column].gather(late))
        return pl.Series(f"__{column}", found).cast(pl.Int32)

    return rows.with_columns(map(numbers, columns))


def _records(overlay: Overlay, rows: pl.DataFrame) -> Overlay:
    register = overlay.register
    rows = rows.sort("__entity", "id")
    types = (*register.records.types, *_further(register.records.types, rows["type"]))
    ranked, rank = _ranks(register, rows, overlay.removed.records)
    return dataclasses.replace(
        overlay,
        records=record_arrays(rows, types, FrameRows(rows)),
        record_rows=rows,
        replaces=_replaced(register, rows["id"], overlay.removed.records),
        ranked=ranked,
        rank=rank,
    )


@cache
def _no_rows() -> Tables:
    return check_tables(pl.DataFrame(schema=dict.fromkeys(("id", "kind", "name"), pl.String)))


def dependents_of(register: Register, removed: Removed) -> Removed:
    """With entities, their relationships and records go."""
    entry = entries_at(register, removed.entities)
    edges = register.adjacency.edge[entry].astype(np.int64)
    return Removed(
        entities=np.unique(removed.entities),
        relationships=np.union1d(removed.relationships, edges),
        records=np.union1d(removed.records, register.records.of(removed.entities)),
    )


def _further(words: tuple[str, ...], column: pl.Series) -> list[str]:
    return sorted(set(column.drop_nulls()) - set(words))


def _traits(under: Traits, entities: pl.DataFrame) -> Traits:
    columns = trait_words(entities)
    found: dict[str, Any] = {"identified": columns["identified"].to_numpy()}
    for field in dataclasses.fields(Traits):
        if field.name != "identified":
            own = getattr(under, field.name).words
            words = (*own, *_further(own, columns[field.name]))
            code = codes_of(columns[field.name], pl.Series(words, dtype=pl.String))
            found[field.name] = Coded(code=code, words=words)
    return Traits(**found)


def _replaced(register: Register, ids: pl.Series, removed: Int64) -> Int64:
    """By laid record, the number of the one of its id that is gone, else its own."""
    were = register.records.rows.gather("id", removed)
    before = dict(zip(were, removed.tolist(), strict=True))
    own = range(len(register.records), len(register.records) + len(ids))
    found = [before.get(one, number) for one, number in zip(ids, own, strict=True)]
    return np.array(found, dtype=np.int64)


def _ranks(register: Register, upserted: pl.DataFrame, removed: Int64) -> tuple[Int64, Int64]:
    """Of all records of entities that have laid ones: their numbers, and places in order of ids."""
    subjects = upserted["__entity"].unique().sort().to_numpy().astype(np.int64)
    own = np.setdiff1d(register.records.of(subjects[subjects < len(register)]), removed)
    number = np.concatenate([own, len(register.records) + np.arange(upserted.height)])
    ids = pl.concat([register.records.rows.gather("id", own), upserted["id"]])
    rank = np.empty(len(number), dtype=np.int64)
    rank[ids.arg_sort().to_numpy()] = np.arange(len(number))
    return number, rank

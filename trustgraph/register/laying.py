"""From checked tables of changed rows to what they look like laid over a register."""

from __future__ import annotations

import dataclasses
from functools import cache

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
from trustgraph.register.excerpt import entries_at
from trustgraph.register.model import Coded, Int64, Register, Traits
from trustgraph.register.overlay import Gone, Overlay
from trustgraph.rows import FrameRows
from trustgraph.tables import Tables, check_tables

__all__ = ["lay_over", "nothing_laid"]


def nothing_laid(register: Register) -> Overlay:
    """The register as it is."""
    return lay_over(register, None, Gone(*(np.zeros(0, dtype=np.int64) for _ in range(3))))


def lay_over(register: Register, laid: Tables | None, gone: Gone) -> Overlay:
    """The register without what is ``gone``, and with checked rows laid over it.

    An entity of an id that the register has takes that one's place. A relationship or record takes
    nobody's: what it is to replace must be gone. With an entity all goes that is joined to it.
    """
    none = _no_rows() if laid is None else laid
    entities = none.entities
    number = np.array([-1 if n is None else n for n in map(register.number_of, entities["id"])])
    own = number.astype(np.int64) >= 0
    replaced = entities.filter(pl.Series(own, dtype=pl.Boolean)).with_columns(
        __number=pl.Series(number[own], dtype=pl.Int64)
    )
    added = entities.filter(~pl.Series(own, dtype=pl.Boolean)).sort("id")
    follows = np.array([register.ids.near(one) for one in added["id"]], dtype=np.int64)
    size = len(register)
    fresh = pl.Series("__number", np.arange(size, size + added.height), dtype=pl.Int64)
    entities = pl.concat([replaced.sort("__number"), added.with_columns(fresh)])
    known = dict(zip(added["id"], fresh, strict=True))

    def ends(rows: pl.DataFrame, column: str) -> pl.Series:
        found = [known.get(one, register.number_of(one)) for one in rows[column]]
        return pl.Series(f"__{column}", found, dtype=pl.Int32)

    ties = none.relationships
    ties = ties.with_columns(ends(ties, "source"), ends(ties, "target"), kind_codes(ties["kind"]))
    records = none.records
    records = records.with_columns(ends(records, "entity")).sort("__entity", "id")
    whole = _with_what_hangs_on(register, gone)
    types = (*register.records.types, *_further(register.records.types, records["type"]))
    arrays = record_arrays(records, types, FrameRows(records))
    ranked, rank = _ranks(register, records, whole.records)
    return Overlay(
        register=register,
        gone=whole,
        numbers=entities["__number"].to_numpy(),
        entities=entities.drop("__number"),
        kind=entity_kinds(entities),
        traits=_traits(register.traits, entities),
        follows=follows,
        relationships=relationship_arrays(ties),
        relationship_rows=ties,
        records=arrays,
        record_rows=records,
        replaces=_replaced(register, records["id"], whole.records),
        ranked=ranked,
        rank=rank,
    )


@cache
def _no_rows() -> Tables:
    return check_tables(pl.DataFrame(schema=dict.fromkeys(("id", "kind", "name"), pl.String)))


def _with_what_hangs_on(register: Register, gone: Gone) -> Gone:
    """With entities, their relationships and records."""
    entry = entries_at(register, gone.entities)
    edges = register.adjacency.edge[entry].astype(np.int64)
    return Gone(
        entities=np.unique(gone.entities),
        relationships=np.union1d(gone.relationships, edges),
        records=np.union1d(gone.records, register.records.of(gone.entities)),
    )


def _further(words: tuple[str, ...], column: pl.Series) -> list[str]:
    return sorted(set(column.drop_nulls()) - set(words))


def _traits(under: Traits, entities: pl.DataFrame) -> Traits:
    columns = trait_words(entities)
    found: dict[str, object] = {"identified": columns["identified"].to_numpy()}
    for field in dataclasses.fields(Traits):
        if field.name != "identified":
            own = getattr(under, field.name).words
            words = (*own, *_further(own, columns[field.name]))
            code = codes_of(columns[field.name], pl.Series(words, dtype=pl.String))
            found[field.name] = Coded(code=code, words=words)
    return Traits(**found)  # type: ignore[arg-type]


def _replaced(register: Register, ids: pl.Series, gone: Int64) -> Int64:
    """By laid record, the number of the one of its id that is gone, else its own."""
    were = register.records.rows.gather("id", gone)
    before = dict(zip(were, gone.tolist(), strict=True))
    own = range(len(register.records), len(register.records) + len(ids))
    found = [before.get(one, number) for one, number in zip(ids, own, strict=True)]
    return np.array(found, dtype=np.int64)


def _ranks(register: Register, laid: pl.DataFrame, gone: Int64) -> tuple[Int64, Int64]:
    """Of all records of entities that have laid ones: their numbers, and places in order of ids."""
    holders = laid["__entity"].unique().sort().to_numpy().astype(np.int64)
    own = np.setdiff1d(register.records.of(holders[holders < len(register)]), gone)
    number = np.concatenate([own, len(register.records) + np.arange(laid.height)])
    ids = pl.concat([register.records.rows.gather("id", own), laid["id"]])
    rank = np.empty(len(number), dtype=np.int64)
    rank[ids.arg_sort().to_numpy()] = np.arange(len(number))
    return number, rank

"""Tables compiled into a register, in memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import polars as pl

from trustgraph.parallel import in_order
from trustgraph.register.adjacency import adjacency_of
from trustgraph.register.columns import (
    SORTED_CONSULTATIONS,
    SORTED_RECORDS,
    consultation_arrays,
    entity_kinds,
    in_canonical_order,
    kind_codes,
    record_arrays,
    relationship_arrays,
    relationship_content,
    traits_of,
)
from trustgraph.register.digest import digest_of, part_digest
from trustgraph.register.model import Register, Relationships
from trustgraph.register.origins import origins_of
from trustgraph.register.rows import PART_ROWS, FrameRows, SeriesIds
from trustgraph.tables.sheet import FILE, ROW
from trustgraph.tables.tables import Tables

__all__ = ["compile_register", "extended"]


def compile_register(tables: Tables) -> Register:
    """Compile checked tables. Deterministic: rows in any order give the same register."""
    entities = _content(tables.entities).sort("id")
    numbers = entities.select("id", number=pl.int_range(pl.len(), dtype=pl.Int32))
    content = relationship_content(_content(tables.relationships).columns)
    relationships = _numbered(_placed(tables.relationships), numbers, "source")
    relationships = _numbered(relationships, numbers, "target")
    relationships = relationships.with_columns(kind_codes(relationships["kind"]))
    relationships = in_canonical_order(
        relationships, content, bits=_bits(len(entities)), last=[FILE, ROW]
    )
    arrays = relationship_arrays(relationships)
    records = _numbered(_placed(tables.records), numbers, "entity").sort(SORTED_RECORDS)
    types = records["type"].unique().sort()
    consultations = (
        _numbered(_placed(tables.consultations), numbers, "entity")
        .with_columns(pl.col("__entity").fill_null(-1))
        .unique(SORTED_CONSULTATIONS)  # a search that is told twice is one
        .sort(SORTED_CONSULTATIONS)
    )
    digested = (
        entities,
        relationships.select("__source", "__target", "__kind", *content),
        _content(records),
        consultations.select(SORTED_CONSULTATIONS),
    )
    many = sum(frame.height for frame in digested) > PART_ROWS
    threads = None if many else 1  # a thread takes longer to start than few rows
    return Register(
        ids=SeriesIds(entities["id"]),
        entities=FrameRows(entities),
        kind=entity_kinds(entities),
        relationships=arrays,
        relationship_rows=FrameRows(relationships.select(content)),
        relationship_origins=origins_of(relationships[FILE], relationships[ROW]),
        adjacency=adjacency_of(arrays, len(entities)),
        records=record_arrays(records, types.to_list(), FrameRows(_content(records))),
        record_origins=origins_of(records[FILE], records[ROW]),
        traits=traits_of(entities),
        consultations=consultation_arrays(
            consultations, consultations["source"].unique().sort().to_list()
        ),
        digest=digest_of(in_order(part_digest, _parts(*digested), threads=threads)),
    )


def extended(register: Register, added: Relationships) -> Register:
    """A register with further relationships, numbered after its own.

    They have no rows in ``relationship_rows``: they are findings, not data.
    """
    relationships = Relationships(
        **{
            part.name: np.concatenate(
                [getattr(register.relationships, part.name), getattr(added, part.name)]
            )
            for part in dataclasses.fields(Relationships)
        }
    )
    adjacency = adjacency_of(relationships, len(register))
    return dataclasses.replace(register, relationships=relationships, adjacency=adjacency)


def _content(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(name for name in frame.columns if not name.startswith("__"))


def _placed(frame: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([_content(frame), frame.select(FILE, ROW)], how="horizontal")


def _numbered(frame: pl.DataFrame, numbers: pl.DataFrame, column: str) -> pl.DataFrame:
    """The frame with the number of the entity that a column names, as ``__column``."""
    named = numbers.rename({"id": column, "number": f"__{column}"})
    return frame.join(named, on=column, how="left", maintain_order="left")


def _bits(entities: int) -> int:
    """How many bits an entity number takes."""
    return max(1, (entities - 1).bit_length())


def _parts(*frames: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for frame in frames:
        for first in range(0, frame.height, PART_ROWS):
            yield frame.slice(first, PART_ROWS)

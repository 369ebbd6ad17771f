"""Tables compiled into a register, in memory."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from trustgraph.register.digest import digest_of
from trustgraph.register.model import (
    NO_END,
    NO_START,
    UNKNOWN_SHARE,
    Adjacency,
    Coded,
    Consultations,
    Int32,
    Records,
    Register,
    Relationships,
    Traits,
)
from trustgraph.rows import FrameRows, SeriesIds
from trustgraph.schema import BILLION, ENTITY_KINDS, KIND_CODES, RELATIONSHIP_KINDS
from trustgraph.tables import Tables

__all__ = ["compile_register", "extended"]

KIND_BITS: Final = 4
STEP_BITS: Final = 5

assert len(RELATIONSHIP_KINDS) <= 1 << KIND_BITS
_SYMMETRIC = np.array([kind.symmetric for kind in RELATIONSHIP_KINDS])


def compile_register(tables: Tables) -> Register:
    """Compile checked tables. Deterministic: rows in any order give the same register."""
    # Where a row stood in which file is for error messages; a register does not depend on it.
    entities = _content(tables.entities).sort("id")
    numbers = entities.select("id", number=pl.int_range(pl.len(), dtype=pl.Int32))
    kind = (
        entities["kind"]
        .replace_strict(list(ENTITY_KINDS), list(range(len(ENTITY_KINDS))), return_dtype=pl.UInt8)
        .to_numpy()
    )
    relationships, rows = _relationships(_content(tables.relationships), numbers)
    records, record_rows = _records(_content(tables.records), numbers)
    consultations = _content(tables.consultations)
    consultations = consultations.sort(pl.all())
    return Register(
        ids=SeriesIds(entities["id"]),
        entities=FrameRows(entities),
        kind=kind,
        relationships=relationships,
        relationship_rows=FrameRows(rows),
        adjacency=_adjacency(relationships, len(entities)),
        records=records,
        traits=_traits(entities),
        consultations=_consultations(consultations, numbers),
        consultation_rows=FrameRows(consultations),
        digest=digest_of(
            relationships,
            entities,
            rows.drop("source", "target", "kind"),
            record_rows,
            consultations,
        ),
    )


def extended(
    register: Register, source: Int32, target: Int32, *, kind: str, start: int, end: int
) -> Register:
    """A register with further relationships of one kind, numbered after its own.

    They have no share, and no rows in ``relationship_rows``: they are findings, not data.
    """
    count = len(source)
    own = register.relationships

    def after(values: npt.NDArray[Any], value: float) -> npt.NDArray[Any]:
        return np.concatenate([values, np.full(count, value, dtype=values.dtype)])

    relationships = Relationships(
        source=np.concatenate([own.source, source]).astype(np.int32),
        target=np.concatenate([own.target, target]).astype(np.int32),
        kind=after(own.kind, KIND_CODES[kind]),
        share=after(own.share, UNKNOWN_SHARE),
        share_low=after(own.share_low, 0),
        share_high=after(own.share_high, BILLION),
        confidence=after(own.confidence, 1.0),
        start=after(own.start, start),
        end=after(own.end, end),
    )
    adjacency = _adjacency(relationships, len(register))
    return dataclasses.replace(register, relationships=relationships, adjacency=adjacency)


def _content(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(name for name in frame.columns if not name.startswith("__"))


def _traits(entities: pl.DataFrame) -> Traits:
    valid = pl.col("uscc_valid").fill_null(value=False)
    columns = entities.select(
        status="status",
        region=pl.coalesce("region", pl.when(valid).then(pl.col("uscc").str.slice(2, 6))),
        jurisdiction=pl.coalesce(
            pl.col("jurisdiction").str.to_uppercase(), pl.when(valid).then(pl.lit("CN"))
        ),
        industry="industry",
        legal_form=pl.col("legal_form").str.to_lowercase(),
        identified=pl.any_horizontal("uscc_valid", "lei_valid").fill_null(value=False),
    )
    coded = {name: _coded(columns[name]) for name in columns.columns if name != "identified"}
    return Traits(**coded, identified=columns["identified"].to_numpy())


def _coded(column: pl.Series) -> Coded:
    words = column.drop_nulls().unique().sort()
    numbers = pl.int_range(1, len(words) + 1, dtype=pl.UInt32, eager=True)
    code = column.replace_strict(words, numbers, default=0, return_dtype=pl.UInt32)
    return Coded(code=code.fill_null(0).to_numpy(), words=tuple(words))


def _consultations(frame: pl.DataFrame, numbers: pl.DataFrame) -> Consultations:
    rows = frame.join(
        numbers.rename({"id": "entity", "number": "__entity"}),
        on="entity",
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("__entity").fill_null(-1))
    rows = rows.sort("source", "__entity", "consulted_on")
    return Consultations(
        source=_coded(rows["source"]),
        entity=rows["__entity"].to_numpy(),
        day=rows["consulted_on"].to_physical().cast(pl.Int32).to_numpy(),
    )


def _relationships(
    frame: pl.DataFrame, numbers: pl.DataFrame
) -> tuple[Relationships, pl.DataFrame]:
    def ends(side: str) -> pl.DataFrame:
        return numbers.rename({"id": side, "number": f"__{side}"})

    shares = {name: _to_billionths(frame[name]) for name in ("share", "share_min", "share_max")}
    low = pl.coalesce("__share", "__share_min")
    high = pl.coalesce("__share", "__share_max")
    stated = pl.any_horizontal(pl.col("__share", "__share_min", "__share_max").is_not_null())
    rows = (
        frame.with_columns(**{f"__{name}": values for name, values in shares.items()})
        .join(ends("source"), on="source", how="left", maintain_order="left")
        .join(ends("target"), on="target", how="left", maintain_order="left")
        .with_columns(
            __kind=pl.col("kind").replace_strict(
                list(KIND_CODES), list(KIND_CODES.values()), return_dtype=pl.UInt8
            ),
            __low=low.fill_null(0),
            __high=high.fill_null(BILLION),
            __start=pl.col("start").to_physical().cast(pl.Int32).fill_null(NO_START),
            __end=pl.col("end").to_physical().cast(pl.Int32).fill_null(NO_END),
        )
        .with_columns(
            __stated=pl.when(stated)
            .then(
                pl.coalesce(
                    "__share",
                    (pl.col("__low").cast(pl.Int64) + pl.col("__high").cast(pl.Int64)) // 2,
                )
            )
            .otherwise(UNKNOWN_SHARE)
            .cast(pl.Int32)
        )
    )
    rows = _in_canonical_order(rows, frame.columns, len(numbers))
    relationships = Relationships(
        source=rows["__source"].to_numpy(),
        target=rows["__target"].to_numpy(),
        kind=rows["__kind"].to_numpy(),
        share=rows["__stated"].to_numpy(),
        share_low=rows["__low"].to_numpy(),
        share_high=rows["__high"].to_numpy(),
        confidence=rows["confidence"].to_numpy(),
        start=rows["__start"].to_numpy(),
        end=rows["__end"].to_numpy(),
    )
    return relationships, rows.select(frame.columns)


def _in_canonical_order(rows: pl.DataFrame, columns: list[str], entities: int) -> pl.DataFrame:
    """Sorted by source, target, kind, then by whatever else tells two rows apart.

    Every column takes part, so that the order does not depend on how the rows arrived; but only
    rows that agree in the first three (few, as a rule) have to be compared in the others.
    """
    bits = _bits(entities)
    key = (
        pl.col("__source").cast(pl.Int64) * (1 << (bits + KIND_BITS))
        + pl.col("__target").cast(pl.Int64) * (1 << KIND_BITS)
        + pl.col("__kind").cast(pl.Int64)
    )
    rows = rows.with_columns(__key=key).with_row_index("__row")
    ties = rows.filter(pl.col("__key").is_duplicated())
    if ties.height == 0:
        return rows.sort("__key")
    place = ties.sort("__key", *sorted(columns), nulls_last=True).select(
        "__row", __place=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
    return rows.join(place, on="__row", how="left", maintain_order="left").sort(
        "__key", "__place", nulls_last=True
    )


def _bits(entities: int) -> int:
    """How many bits an entity number takes."""
    return max(1, (entities - 1).bit_length())


def _to_billionths(series: pl.Series) -> pl.Series:
    """Fractions as whole billionths, half to even, null where null."""
    rounded = np.rint(series.to_numpy().astype(np.float64) * BILLION)
    return pl.Series(series.name, rounded, nan_to_null=True).cast(pl.Int32)


def _adjacency(relationships: Relationships, entities: int) -> Adjacency:
    """Sort both ends of all relationships by (entity, step, neighbour, edge)."""
    count = len(relationships)
    edge = np.arange(count, dtype=np.int32)
    symmetric = _SYMMETRIC[relationships.kind]
    twice = ~(symmetric & (relationships.source == relationships.target))
    forward = relationships.kind * np.uint8(2)
    backward = np.where(symmetric, forward, forward + np.uint8(1))
    owner = np.concatenate([relationships.source, relationships.target[twice]])
    neighbour = np.concatenate([relationships.target, relationships.source[twice]])
    step = np.concatenate([forward, backward[twice]])
    edges = np.concatenate([edge, edge[twice]])
    # One sort of one packed key is several times faster than sorting by three.
    bits = _bits(entities)
    high = owner.astype(np.int64) << (bits + STEP_BITS) | step.astype(np.int64) << bits
    by_key = pl.DataFrame({"key": high | neighbour})
    order = by_key.select(pl.arg_sort_by("key", maintain_order=True)).to_series().to_numpy()
    offsets = np.zeros(entities + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=entities), out=offsets[1:])
    return Adjacency(
        offsets=offsets,
        neighbour=np.ascontiguousarray(neighbour[order]),
        step=np.ascontiguousarray(step[order]),
        edge=np.ascontiguousarray(edges[order]),
    )


def _records(frame: pl.DataFrame, numbers: pl.DataFrame) -> tuple[Records, pl.DataFrame]:
    rows = (
        frame.join(
            numbers.rename({"id": "entity", "number": "__entity"}),
            on="entity",
            how="left",
            maintain_order="left",
        )
        .sort("__entity", "id")
        .with_columns(
            __decided=pl.col("decided_on").to_physical().cast(pl.Int32),
            __ends=pl.col("ends_on").to_physical().cast(pl.Int32).fill_null(NO_END),
            # A repair without a day is known to have been made, but not when: it is honoured.
            __repaired=pl.when(pl.col("repaired_on").is_not_null())
            .then(pl.col("repaired_on").to_physical().cast(pl.Int32))
            .when(pl.col("status") == "repaired")
            .then(NO_START)
            .otherwise(NO_END)
            .cast(pl.Int32),
        )
    )
    types = tuple(sorted(rows["type"].unique().to_list()))
    numbered = dict(zip(types, range(len(types)), strict=True))
    codes = rows["type"].replace_strict(numbered, return_dtype=pl.Int32) if types else None
    kept = rows.select(frame.columns)
    records = Records(
        entity=rows["__entity"].to_numpy(),
        type_code=np.empty(0, dtype=np.int32) if codes is None else codes.to_numpy(),
        types=types,
        decided_on=rows["__decided"].to_numpy(),
        ends_on=rows["__ends"].to_numpy(),
        repaired_on=rows["__repaired"].to_numpy(),
        withdrawn=(rows["status"] == "withdrawn").to_numpy(),
        amount=rows["amount"].cast(pl.Float64).to_numpy().astype(np.float64),
        rows=FrameRows(kept),
    )
    return records, kept

"""From checked frames to flat arrays: what a register in memory and one on disk have in common.

Frames come with the numbers of entities beside their ids: ``__source`` and ``__target`` for
relationships, ``__entity`` for records and consultations (-1: none).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from trustgraph.register.model import (
    NO_END,
    NO_START,
    UNKNOWN_SHARE,
    Coded,
    Consultations,
    Records,
    Relationships,
    Traits,
    UInt8,
    UInt32,
)
from trustgraph.register.rows import Rows
from trustgraph.schema import BILLION, ENTITY_KINDS, KIND_CODES, RELATIONSHIP_KINDS

__all__ = [
    "ENDS",
    "SORTED_CONSULTATIONS",
    "SORTED_RECORDS",
    "coded",
    "codes_of",
    "consultation_arrays",
    "entity_kinds",
    "in_canonical_order",
    "kind_codes",
    "record_arrays",
    "relationship_arrays",
    "relationship_content",
    "trait_words",
    "traits_of",
]

ENDS: Final = ("source", "target", "kind")
"""Columns of a relationship that its arrays hold whole: its row on disk goes without them."""
SORTED_RECORDS: Final = ("__entity", "id")
SORTED_CONSULTATIONS: Final = ("__entity", "source", "consulted_on")

_KIND_BITS: Final = 4
assert len(RELATIONSHIP_KINDS) <= 1 << _KIND_BITS


# --- Entities -------------------------------------------------------------------------------------


def entity_kinds(entities: pl.DataFrame) -> UInt8:
    codes = list(range(len(ENTITY_KINDS)))
    kinds = entities["kind"].replace_strict(list(ENTITY_KINDS), codes, return_dtype=pl.UInt8)
    return kinds.to_numpy()


def trait_words(entities: pl.DataFrame) -> pl.DataFrame:
    """The columns of ``Traits``: words (null: none), and ``identified``."""
    valid = pl.col("uscc_valid").fill_null(value=False)
    return entities.select(
        status="status",
        region=pl.coalesce("region", pl.when(valid).then(pl.col("uscc").str.slice(2, 6))),
        jurisdiction=pl.coalesce(
            pl.col("jurisdiction").str.to_uppercase(), pl.when(valid).then(pl.lit("CN"))
        ),
        industry="industry",
        legal_form=pl.col("legal_form").str.to_lowercase(),
        identified=pl.any_horizontal("uscc_valid", "lei_valid").fill_null(value=False),
    )


def traits_of(entities: pl.DataFrame) -> Traits:
    columns = trait_words(entities)
    words = {name: coded(columns[name]) for name in columns.columns if name != "identified"}
    return Traits(**words, identified=columns["identified"].to_numpy())


def coded(column: pl.Series) -> Coded:
    words = column.drop_nulls().unique().sort()
    return Coded(code=codes_of(column, words), words=tuple(words))


def codes_of(column: pl.Series, words: pl.Series | Sequence[str]) -> UInt32:
    """The places of words in a list of all, counted from 1; 0 where there is none."""
    numbers = pl.int_range(1, len(words) + 1, dtype=pl.UInt32, eager=True)
    code = column.replace_strict(words, numbers, default=0, return_dtype=pl.UInt32)
    return code.fill_null(0).to_numpy()


# --- Relationships --------------------------------------------------------------------------------


def in_canonical_order(
    rows: pl.DataFrame, content: Sequence[str], bits: int, *, last: Sequence[str]
) -> pl.DataFrame:
    """Sorted by source, target, kind, then by whatever else tells two rows apart.

    Every column of ``content`` takes part, so that the order does not depend on how the rows
    arrived; but only rows that agree in the first three (few, as a rule) have to be compared in
    the others. An entity's number takes ``bits``. Rows that say the same in every column are told
    apart by the columns ``last``.
    """
    key = (
        pl.col("__source").cast(pl.Int64) * (1 << (bits + _KIND_BITS))
        + pl.col("__target").cast(pl.Int64) * (1 << _KIND_BITS)
        + pl.col("__kind").cast(pl.Int64)
    )
    rows = rows.with_columns(__key=key).with_row_index("__row")
    relationships = rows.filter(pl.col("__key").is_duplicated())
    if relationships.height == 0:
        return rows.sort("__key").drop("__key", "__row")
    by = [*sorted(set(content) - set(ENDS)), *last]
    place = relationships.sort("__key", *by, nulls_last=True).select(
        "__row", __place=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
    return (
        rows.join(place, on="__row", how="left", maintain_order="left")
        .sort("__key", "__place", nulls_last=True)
        .drop("__key", "__place", "__row")
    )


def relationship_arrays(rows: pl.DataFrame) -> Relationships:
    """Of rows with ``__source``, ``__target``, ``__kind`` and the contract's other columns."""
    shares = {f"__{n}": _to_billionths(rows[n]) for n in ("share", "share_min", "share_max")}
    stated = pl.any_horizontal(pl.col(*shares).is_not_null())
    made = rows.select("__source", "__target", "__kind", "confidence", "start", "end").with_columns(
        **shares
    )
    made = made.select(
        source="__source",
        target="__target",
        kind="__kind",
        share_low=pl.coalesce("__share", "__share_min").fill_null(0),
        share_high=pl.coalesce("__share", "__share_max").fill_null(BILLION),
        confidence="confidence",
        start=pl.col("start").to_physical().cast(pl.Int32).fill_null(NO_START),
        end=pl.col("end").to_physical().cast(pl.Int32).fill_null(NO_END),
        exact="__share",
        stated=stated,
    ).with_columns(
        share=pl.when("stated")
        .then(
            pl.coalesce(
                "exact",
                (pl.col("share_low").cast(pl.Int64) + pl.col("share_high").cast(pl.Int64)) // 2,
            )
        )
        .otherwise(UNKNOWN_SHARE)
        .cast(pl.Int32)
    )
    return Relationships(
        **{name: made[name].to_numpy() for name in Relationships.__dataclass_fields__}
    )


def relationship_content(columns: Sequence[str]) -> list[str]:
    """What is kept of a relationship's row beside its arrays."""
    return [name for name in columns if name not in ENDS]


def kind_codes(kinds: pl.Series) -> pl.Series:
    return kinds.replace_strict(
        list(KIND_CODES), list(KIND_CODES.values()), return_dtype=pl.UInt8
    ).alias("__kind")


def _to_billionths(series: pl.Series) -> pl.Series:
    """Fractions as whole billionths, half to even, null where null."""
    rounded = np.rint(series.to_numpy().astype(np.float64) * BILLION)
    return pl.Series(series.name, rounded, nan_to_null=True).cast(pl.Int32)


# --- Records and consultations --------------------------------------------------------------------


def record_arrays(rows: pl.DataFrame, types: Sequence[str], kept: Rows) -> Records:
    """Of rows with ``__entity``, sorted; ``types`` are all there are, in order."""
    # A repair without a day is known to have been made, but not when: it is honoured.
    made = rows.select(
        "__entity",
        "amount",
        decided=pl.col("decided_on").to_physical().cast(pl.Int32),
        ends=pl.col("ends_on").to_physical().cast(pl.Int32).fill_null(NO_END),
        repaired=pl.when(pl.col("repaired_on").is_not_null())
        .then(pl.col("repaired_on").to_physical().cast(pl.Int32))
        .when(pl.col("status") == "repaired")
        .then(NO_START)
        .otherwise(NO_END)
        .cast(pl.Int32),
        withdrawn=pl.col("status") == "withdrawn",
        code=pl.Series(codes_of(rows["type"], pl.Series(types, dtype=pl.String))).cast(pl.Int32)
        - 1,
    )
    return Records(
        entity=made["__entity"].to_numpy(),
        type_code=made["code"].to_numpy(),
        types=tuple(types),
        decided_on=made["decided"].to_numpy(),
        ends_on=made["ends"].to_numpy(),
        repaired_on=made["repaired"].to_numpy(),
        withdrawn=made["withdrawn"].to_numpy(),
        amount=made["amount"].cast(pl.Float64).to_numpy().astype(np.float64),
        rows=kept,
    )


def consultation_arrays(rows: pl.DataFrame, words: Sequence[str]) -> Consultations:
    """Of rows with ``__entity``, sorted; ``words`` are all sources there are, in order."""
    return Consultations(
        source=Coded(
            code=codes_of(rows["source"], pl.Series(words, dtype=pl.String)), words=tuple(words)
        ),
        entity=rows["__entity"].to_numpy(),
        day=rows["consulted_on"].to_physical().cast(pl.Int32).to_numpy(),
    )

"""Persons that are known by name alone: who may be one, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from trustgraph.tables.sheet import FILE, ROW

__all__ = ["MOST_OF_A_NAME", "plain_name", "same_names"]

MOST_OF_A_NAME: Final = 20
"""Persons of one name among whom it says nothing any more."""


def plain_name(column: str) -> pl.Expr:
    """A person's name as it is compared: characters of one width, no blanks beside Chinese ones."""
    text = pl.col(column).str.normalize("NFKC").str.strip_chars()
    return text.str.replace_all(r"(\p{Han})\s+", "${1}").str.replace_all(r"\s+", " ")


def same_names(persons: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Relationships ``possibly_same`` between persons of one name, as text.

    ``persons`` have ``id``, ``name``, ``kind``, file and row. Of ``n`` persons of a name each two
    are tied, with a confidence of 1/n: what is common tells little. Of more than
    ``MOST_OF_A_NAME`` nothing is said. Blanks that set short Chinese names wide, and how wide
    characters are, make no other name.

    >>> rows = {"id": ["a", "b", "c"], "name": ["Li", "Li", "Wu"], "kind": "person"}
    >>> frame = pl.DataFrame(rows).with_columns(pl.lit("f").alias(FILE), pl.lit(2).alias(ROW))
    >>> same_names([frame]).select("source", "target", "confidence").rows()
    [('b', 'a', '0.5')]
    """
    columns = ["id", "name", "kind", FILE, ROW]
    known = [frame.select(columns) for frame in persons if {*columns} <= {*frame.columns}]
    if not known:  # persons without an id of their own have a code, and are told by that
        return pl.DataFrame()
    every = pl.concat(known).filter(
        pl.col("kind") == "person", pl.col("id").is_not_null(), pl.col("name").is_not_null()
    )
    every = every.unique("id", keep="first", maintain_order=True)
    every = every.with_columns(plain_name("name").alias("name")).with_columns(
        pl.len().over("name").alias("count"), pl.int_range(pl.len()).over("name").alias("place")
    )
    every = every.filter((pl.col("count") > 1) & (pl.col("count") <= MOST_OF_A_NAME))
    others = every.select("name", other="id", before="place")
    tied = every.join(others, on="name", maintain_order="left_right").filter(
        pl.col("before") < pl.col("place")
    )
    return tied.select(
        source="id",
        target="other",
        kind=pl.lit("possibly_same"),
        confidence=(1 / pl.col("count")).round(4).cast(pl.String),
        **{FILE: pl.col(FILE), ROW: pl.col(ROW)},
    )

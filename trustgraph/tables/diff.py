"""Two tables of the same columns: the rows that only one of them has."""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["added_and_removed", "differing"]

_CHAIN: Final = "__chain"
_SEPARATOR: Final = "\x1f"


def differing(before: pl.DataFrame, after: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of each that the other does not have, in their order; nulls are equal.

    A column ``chain`` (lists) takes part; joins compare no lists, so it is compared as text.
    """
    if "chain" not in before.columns:
        return _lacking(before, after, before.columns), _lacking(after, before, before.columns)
    key = pl.col("chain").cast(pl.List(pl.String)).list.join(_SEPARATOR).alias(_CHAIN)
    before, after = before.with_columns(key), after.with_columns(key)
    columns = [name for name in before.columns if name != "chain"]
    found = _lacking(before, after, columns), _lacking(after, before, columns)
    return found[0].drop(_CHAIN), found[1].drop(_CHAIN)


def _lacking(rows: pl.DataFrame, others: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    return rows.join(others, on=columns, how="anti", nulls_equal=True, maintain_order="left")


def added_and_removed(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Rows that went and rows that came, after a column ``change`` that says which."""
    return pl.concat(
        [
            before.select(pl.lit("removed").alias("change"), pl.all()),
            after.select(pl.lit("added").alias("change"), pl.all()),
        ]
    )

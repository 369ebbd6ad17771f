"""One USCC or LEI that several entities have: they may be one party, entered twice.

Each is judged by itself all the same: a code that was mistyped must not put two parties into one.
An entity's id counts as its code where it is given no other.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from trustgraph.tables.sheet import AT, FILE, ROW, Sheet, lines_of

__all__ = ["CODES", "SHARED", "flag_shared_codes", "later_of_code", "own_codes"]

CODES: Final = ("uscc", "lei")
SHARED: Final = (
    "row {} of {} has this code, too: if they are one party, make them one entity; as they are, "
    "neither has the other's records"
)


def own_codes(column: str) -> pl.Expr:
    """The code of each entity by one register of codes: a valid one, else its id."""
    valid = pl.col(f"{column}_valid").fill_null(value=False)
    return pl.when(valid).then(pl.col(column)).otherwise(pl.col("id"))


def later_of_code(rows: pl.DataFrame, place: str) -> pl.DataFrame:
    """Of rows with ``code`` and a place: those of a code that an earlier one has, and its place."""
    shared = rows.filter(pl.col("code").is_duplicated())
    first = shared.group_by("code").agg(first=pl.col(place).min())
    return shared.join(first, on="code").filter(pl.col(place) > pl.col("first"))


def flag_shared_codes(sheet: Sheet) -> None:
    """Flag entities whose code an earlier entity has."""
    places = sheet.raw.select(FILE, ROW, AT)
    for column in CODES:
        if not sheet.frame[f"{column}_valid"].any():
            continue
        code = sheet.frame.select(own_codes(column).alias("code"))
        rows = pl.concat([places, code], how="horizontal").filter(~sheet.bad)
        later = later_of_code(rows, AT).sort(AT)
        if not later.height:
            continue
        first = rows.select(pl.col(AT).alias("first"), pl.col(FILE, ROW).name.suffix("_first"))
        later = later.join(first, on="first", how="left", maintain_order="left")
        mask = np.zeros(sheet.frame.height, dtype=np.bool_)
        mask[later[AT].to_numpy()] = True
        reason = later.select(pl.format(SHARED, f"{ROW}_first", f"{FILE}_first")).to_series()
        raw = sheet.raw.with_columns(code["code"].alias(column))  # it may be the id
        sheet.flags.append(lines_of(raw, pl.Series(mask), column, reason))

"""Answers about control as a frame: which columns, which words."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np
import polars as pl

from trustgraph.register import Int32, Int64

__all__ = ["ANSWERS", "BASES", "CONTROL_COLUMNS", "LAST_RESORT", "lists_of"]

ANSWERS: Final = ("no", "possible", "yes")
LAST_RESORT: Final = "last_resort"
"""Basis of who stands in where no controller is found."""

BASES: Final = pl.Enum(
    [
        "+".join(ways)
        for count in (1, 2, 3)
        for ways in combinations(("integrated", "majority", "recorded"), count)
    ]
    + ["cascade", LAST_RESORT]
)
"""What an answer may rest on, in a frame of answers by numbers."""

CONTROL_COLUMNS: Final[dict[str, pl.DataType]] = {
    "entity": pl.Int32(),
    "owner": pl.Int32(),
    "integrated_low": pl.Float64(),
    "integrated_high": pl.Float64(),
    "cascade": pl.UInt8(),
    "controller": pl.UInt8(),
    "beneficial_owner": pl.UInt8(),
    "basis": BASES,
    "chain": pl.List(pl.Int32),
}
"""Columns of a frame of answers: numbers of entities, answers as places in ``ANSWERS``."""


def lists_of(offsets: Int64, flat: Int32) -> pl.Series:
    """Rows of varying length as a list column."""
    sizes = np.diff(offsets)
    row = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    ascending = pl.Series("row", row).set_sorted()
    lists = pl.DataFrame([ascending, pl.Series("chain", flat)]).group_by("row", maintain_order=True)
    found = lists.agg("chain")
    if found.height < len(sizes):  # chains too long to be written are empty
        whole = pl.DataFrame({"row": np.arange(len(sizes), dtype=np.int64)})
        found = whole.join(found, on="row", how="left", maintain_order="left")
    return found["chain"].fill_null([]).cast(pl.List(pl.Int32))

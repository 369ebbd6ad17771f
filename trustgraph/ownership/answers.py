"""Answers about control as a frame: which columns, which words."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import polars as pl

__all__ = ["ANSWERS", "BASES", "CONTROL_COLUMNS", "LAST_RESORT"]

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

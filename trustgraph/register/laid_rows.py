"""Rows and ids of a table and of further ones laid over it, asked for as those of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from trustgraph.register.model import Int64
from trustgraph.rows import Ids, Numbers, Rows, SeriesIds

__all__ = ["LaidIds", "LaidRows"]


@dataclass(frozen=True, slots=True)
class LaidRows:
    """Some rows of a table, ``numbers`` below its length, and of a ``frame``, which go on there.

    A column that the frame lacks is null there.
    """

    rows: Rows
    frame: pl.DataFrame
    numbers: Int64

    def __len__(self) -> int:
        return len(self.numbers)

    def row(self, number: int) -> dict[str, Any]:
        place = int(self.numbers[number]) - len(self.rows)
        if place < 0:
            return self.rows.row(place + len(self.rows))
        none = dict.fromkeys(self.rows.slice(0, 0).columns)
        return none | self.frame.row(place, named=True)

    def gather(self, column: str, numbers: Numbers) -> pl.Series:
        wanted = self.numbers[np.asarray(numbers)]
        own = wanted < len(self.rows)
        under = self.rows.gather(column, wanted[own])
        if own.all():
            return under
        laid = pl.repeat(None, int((~own).sum()), dtype=under.dtype, eager=True)
        if column in self.frame.columns:
            laid = self.frame[column].gather(wanted[~own] - len(self.rows)).cast(under.dtype)
        place = np.where(own, np.cumsum(own) - 1, len(under) + np.cumsum(~own) - 1)
        return pl.concat([under, laid]).gather(place).alias(column)

    def slice(self, first: int, count: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        none = self.rows.slice(0, 0, columns)
        some = np.arange(first, min(first + count, len(self)))
        return none.select(self.gather(name, some) for name in none.columns)


@dataclass(frozen=True, slots=True)
class LaidIds:
    """Some ids of ``ids`` and of further ones, which go on there, by number; in order of ids."""

    ids: Ids
    laid: pl.Series
    numbers: Int64

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, number: int) -> str:
        place = int(self.numbers[number]) - len(self.ids)
        return self.ids[place + len(self.ids)] if place < 0 else str(self.laid[place])

    def number_of(self, text: str) -> int | None:
        place = self.near(text)
        return place if place < len(self) and self[place] == text else None

    def near(self, text: str) -> int:
        wanted = text.encode(errors="surrogatepass")
        low, high = 0, len(self)
        while low < high:
            half = (low + high) // 2
            if self[half].encode() < wanted:
                low = half + 1
            else:
                high = half
        return low

    def gather(self, numbers: Numbers) -> pl.Series:
        wanted = self.numbers[np.asarray(numbers)]
        own = wanted < len(self.ids)
        under = self.ids.gather(wanted[own])
        if own.all():
            return under
        laid = self.laid.gather(wanted[~own] - len(self.ids))
        place = np.where(own, np.cumsum(own) - 1, len(under) + np.cumsum(~own) - 1)
        return pl.concat([under, laid]).gather(place).alias("id")

    def in_memory(self) -> SeriesIds:
        return SeriesIds(self.gather(np.arange(len(self))))

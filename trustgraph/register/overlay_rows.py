"""Rows and ids of a table and of further ones laid over it, asked for as those of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from trustgraph.register.model import Int64, UInt8
from trustgraph.register.rows import Ids, Numbers, Rows, SeriesIds

__all__ = ["UpsertedIds", "UpsertedRows"]


@dataclass(frozen=True, slots=True)
class UpsertedRows:
    """Rows of a table, and of a ``frame`` that goes on where it ends.

    ``numbers`` keeps to some of them, in that order. A column that the frame lacks is null there.
    """

    rows: Rows
    frame: pl.DataFrame
    numbers: Int64 | None = None

    def __len__(self) -> int:
        return len(self.rows) + self.frame.height if self.numbers is None else len(self.numbers)

    def row(self, number: int) -> dict[str, Any]:
        whole = number if self.numbers is None else int(self.numbers[number])
        place = whole - len(self.rows)
        if place < 0:
            return self.rows.row(place + len(self.rows))
        none = dict.fromkeys(self.rows.slice(0, 0).columns)
        return none | self.frame.row(place, named=True)

    def some(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        return [self.row(number) for number in numbers]

    def gather(self, column: str, numbers: Numbers) -> pl.Series:
        wanted = _chosen(self.numbers, numbers)
        own = wanted < len(self.rows)
        under = self.rows.gather(column, wanted[own])
        if own.all():
            return under
        upserted = pl.repeat(None, int((~own).sum()), dtype=under.dtype, eager=True)
        if column in self.frame.columns:
            upserted = self.frame[column].gather(wanted[~own] - len(self.rows)).cast(under.dtype)
        place = np.where(own, np.cumsum(own) - 1, len(under) + np.cumsum(~own) - 1)
        return pl.concat([under, upserted]).gather(place).alias(column)

    def slice(self, first: int, count: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        none = self.rows.slice(0, 0, columns)
        some = np.arange(first, min(first + count, len(self)))
        return none.select(self.gather(name, some) for name in none.columns)


@dataclass(frozen=True, slots=True)
class UpsertedIds:
    """Ids, and further ones (``upserted``) that go on where they end.

    ``numbers`` keeps to some of them, which then come in order.
    """

    ids: Ids
    upserted: pl.Series
    numbers: Int64 | None = None

    def __len__(self) -> int:
        return len(self.ids) + len(self.upserted) if self.numbers is None else len(self.numbers)

    def __getitem__(self, number: int) -> str:
        whole = number if self.numbers is None else int(self.numbers[number])
        place = whole - len(self.ids)
        return self.ids[place + len(self.ids)] if place < 0 else str(self.upserted[place])

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

    def places_of(self, texts: pl.Series) -> Int64:
        near = ((one, self.near(one)) for one in texts)
        size = len(self)
        found = [at if at < size and self[at] == one else -1 - at for one, at in near]
        return np.array(found, dtype=np.int64)

    def gather(self, numbers: Numbers) -> pl.Series:
        wanted = _chosen(self.numbers, numbers)
        own = wanted < len(self.ids)
        under = self.ids.gather(wanted[own])
        if own.all():
            return under
        upserted = self.upserted.gather(wanted[~own] - len(self.ids))
        place = np.where(own, np.cumsum(own) - 1, len(under) + np.cumsum(~own) - 1)
        return pl.concat([under, upserted]).gather(place).alias("id")

    def in_memory(self) -> SeriesIds:
        return SeriesIds(self.gather(np.arange(len(self))))

    def as_bytes(self) -> tuple[Int64, UInt8]:
        return self.in_memory().as_bytes()


def _chosen(numbers: Int64 | None, places: Numbers) -> Int64:
    wanted = np.asarray(places, dtype=np.int64)
    return wanted if numbers is None else numbers[wanted]

"""Rows of a table by number, in memory or on disk: one way to ask either.

A register of a nation has more text than a machine has memory. What is computed lives in flat
arrays; text is asked for by number, a few rows for an answer, a slice after another for results.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["PART_ROWS", "FrameRows", "Ids", "Rows", "SeriesIds", "id_arrays"]

PART_ROWS = 1 << 18
"""Rows of a part: on disk, and where what is made of rows is made piece by piece."""

Numbers = npt.NDArray[np.int32] | npt.NDArray[np.int64] | pl.Series


class Rows(Protocol):
    """Rows 0..n-1 of a table as they were read, in an order of the register's own."""

    def __len__(self) -> int: ...

    def row(self, number: int) -> dict[str, Any]:
        """One row by column."""
        ...

    def some(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Some rows by column, in the order asked."""
        ...

    def gather(self, column: str, numbers: Numbers) -> pl.Series:
        """One column of some rows, in the order asked."""
        ...

    def slice(self, first: int, count: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Consecutive rows; all columns, or some."""
        ...


class Ids(Protocol):
    """Ids in ascending order; the place of each is its number."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int) -> str: ...

    def number_of(self, text: str) -> int | None:
        """The number of an id, or None. O(log n)."""
        ...

    def near(self, text: str) -> int:
        """The first number whose id is not less than a text."""
        ...

    def places_of(self, texts: pl.Series) -> npt.NDArray[np.int64]:
        """The number of each id; of one that is not there, ``-1 - near(id)``. No nulls."""
        ...

    def gather(self, numbers: Numbers) -> pl.Series:
        """The ids of some numbers, in the order asked."""
        ...

    def in_memory(self) -> Ids:
        """The same ids, all of them in memory: for whoever asks for very many, again and again."""
        ...

    def as_bytes(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
        """All ids as UTF-8: number ``i`` has ``text[offsets[i]:offsets[i + 1]]``."""
        ...


@dataclass(frozen=True, slots=True)
class FrameRows:
    """Rows in memory."""

    frame: pl.DataFrame

    def __len__(self) -> int:
        return self.frame.height

    def row(self, number: int) -> dict[str, Any]:
        return self.frame.row(number, named=True)

    def some(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        return [self.row(number) for number in numbers]

    def gather(self, column: str, numbers: Numbers) -> pl.Series:
        return self.frame[column].gather(numbers)

    def slice(self, first: int, count: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        rows = self.frame.slice(first, count)
        return rows if columns is None else rows.select(columns)


@dataclass(frozen=True, slots=True)
class SeriesIds:
    """Ids in memory."""

    series: pl.Series

    def __len__(self) -> int:
        return len(self.series)

    def __getitem__(self, number: int) -> str:
        return str(self.series[number])

    def number_of(self, text: str) -> int | None:
        place = self.near(text)
        return place if place < len(self.series) and self.series[place] == text else None

    def near(self, text: str) -> int:
        return int(self.series.search_sorted(text, side="left")) if len(self.series) else 0

    def places_of(self, texts: pl.Series) -> npt.NDArray[np.int64]:
        places = self.series.search_sorted(texts, side="left").cast(pl.Int64)
        inside = places < len(self.series)
        there = self.series.gather(places.filter(inside)) == texts.filter(inside)
        found = places.to_numpy().copy()
        missing = np.ones(len(texts), dtype=np.bool_)
        missing[np.flatnonzero(inside.to_numpy())] = ~there.to_numpy()
        found[missing] = -1 - found[missing]
        return found

    def gather(self, numbers: Numbers) -> pl.Series:
        return self.series.gather(numbers)

    def in_memory(self) -> SeriesIds:
        return self

    def as_bytes(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
        return id_arrays(self.series)


def id_arrays(ids: pl.Series) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Offsets (int64, n + 1) and UTF-8 bytes of ids."""
    offsets = np.zeros(len(ids) + 1, dtype=np.int64)
    np.cumsum(ids.str.len_bytes().to_numpy(), out=offsets[1:])
    joined = ids.str.join("").item() if len(ids) else ""
    return offsets, np.frombuffer((joined or "").encode(), dtype=np.uint8)

"""Rows and ids of a register on disk: asked for by number, without reading the rest.

Rows lie in Parquet files of ``PART_ROWS`` rows each, so that a row's file and group follow from its
number. Ids lie as bytes with their offsets, memory-mapped: looking one up reads a few pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.errors import RunError
from trustgraph.register import Int64, UInt8
from trustgraph.rows import PART_ROWS, Numbers, Rows, SeriesIds

__all__ = ["MappedIds", "StoredRows", "id_arrays", "write_part", "write_rows"]

GROUP_ROWS: Final = 1 << 14
_FEW: Final = 1 << 10
"""Ids up to which each is looked up by itself; for more the column is read."""


@dataclass(frozen=True, slots=True)
class StoredRows:
    """Rows in the files ``{name}-00000.parquet`` and so on of a folder."""

    folder: Path
    name: str
    height: int

    def __len__(self) -> int:
        return self.height

    def row(self, number: int) -> dict[str, Any]:
        return self.slice(number, 1).row(0, named=True)

    def gather(self, column: str, numbers: Numbers) -> pl.Series:
        wanted = np.asarray(numbers, dtype=np.int64)
        if not len(wanted):
            return self.slice(0, 0, [column])[column]
        parts, place = np.unique(wanted // PART_ROWS, return_inverse=True)
        within = wanted % PART_ROWS
        first = np.full(len(parts), PART_ROWS, dtype=np.int64)
        np.minimum.at(first, place, within)
        last = np.zeros(len(parts), dtype=np.int64)
        np.maximum.at(last, place, within)
        spans = zip(parts.tolist(), first.tolist(), (last - first + 1).tolist(), strict=True)
        read = [self._slice(*span, [column])[column] for span in spans]
        begins = np.cumsum([0, *map(len, read)])[:-1]
        return pl.concat(read).gather((begins - first)[place] + within)

    def slice(self, first: int, count: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        beyond = min(first + count, self.height)
        pieces = [
            self._slice(
                part,
                max(0, first - part * PART_ROWS),
                min(beyond, (part + 1) * PART_ROWS) - max(first, part * PART_ROWS),
                columns,
            )
            for part in range(first // PART_ROWS, max(-(-beyond // PART_ROWS), 1))
            if part * PART_ROWS < beyond
        ]
        return pl.concat(pieces) if pieces else self._slice(0, 0, 0, columns)

    def _slice(
        self, part: int, first: int, count: int, columns: Sequence[str] | None
    ) -> pl.DataFrame:
        with _reading(self.folder):
            rows = pl.scan_parquet(self._part(part), glob=False, hive_partitioning=False)
            if columns is not None:
                rows = rows.select(pl.col(list(columns)))
            return rows.slice(first, count).collect()

    def _part(self, part: int) -> Path:
        return self.folder / f"{self.name}-{part:05}.parquet"


@dataclass(frozen=True, slots=True)
class MappedIds:
    """Ids as UTF-8 bytes: number ``i`` has ``text[offsets[i]:offsets[i + 1]]``.

    ``rows`` holds them as a column, for when very many are wanted.
    """

    offsets: Int64
    text: UInt8
    rows: StoredRows

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, number: int) -> str:
        return self._bytes(number).decode()

    def number_of(self, text: str) -> int | None:
        place = self.near(text)
        return place if place < len(self) and self._bytes(place) == text.encode() else None

    def near(self, text: str) -> int:
        wanted = text.encode(errors="surrogatepass")
        low, high = 0, len(self)
        while low < high:
            half = (low + high) // 2
            if self._bytes(half) < wanted:
                low = half + 1
            else:
                high = half
        return low

    def gather(self, numbers: Numbers) -> pl.Series:
        if len(numbers) > _FEW:
            return self.rows.gather("id", numbers)
        found = [self[int(number)] for number in numbers]
        return pl.Series("id", found, dtype=pl.String)

    def in_memory(self) -> SeriesIds:
        return SeriesIds(self.rows.slice(0, len(self), ["id"])["id"])

    def _bytes(self, number: int) -> bytes:
        return self.text[self.offsets[number] : self.offsets[number + 1]].tobytes()


def id_arrays(ids: pl.Series) -> tuple[Int64, UInt8]:
    """Offsets (int64, n + 1) and UTF-8 bytes of ids."""
    offsets = np.zeros(len(ids) + 1, dtype=np.int64)
    np.cumsum(ids.str.len_bytes().to_numpy(), out=offsets[1:])
    joined = ids.str.join("").item() if len(ids) else ""
    return offsets, np.frombuffer((joined or "").encode(), dtype=np.uint8)


def write_rows(rows: Rows, folder: Path, name: str) -> None:
    """Write rows as the files that ``StoredRows`` reads; at least one, which tells the columns."""
    for part in range(max(1, -(-len(rows) // PART_ROWS))):
        write_part(rows.slice(part * PART_ROWS, PART_ROWS), folder, name, part)


def write_part(rows: pl.DataFrame, folder: Path, name: str, part: int) -> None:
    """Write one of the files that ``StoredRows`` reads: all but the last have ``PART_ROWS``."""
    path = folder / f"{name}-{part:05}.parquet"
    rows.write_parquet(path, row_group_size=GROUP_ROWS, statistics=False)


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise RunError(
            f"is no complete register: {str(error).splitlines()[0]}",
            where=folder,
            hint="it was moved, cut or altered while it was read; make it again",
        ) from error

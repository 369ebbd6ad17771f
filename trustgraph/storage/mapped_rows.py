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
from trustgraph.register import Int32, Int64, UInt8
from trustgraph.register.id_search import find_places
from trustgraph.register.rows import PART_ROWS, Numbers, Rows, SeriesIds, id_arrays

__all__ = ["MappedIds", "StoredRows", "stored_rows", "write_part", "write_rows"]

GROUP_ROWS: Final = 1 << 14
_FEW: Final = 1 << 10
"""Ids up to which each is looked up by itself; for more the column is read."""


@dataclass(frozen=True, slots=True)
class StoredRows:
    """Rows in the files ``{name}-00000.parquet`` and so on of a folder.

    They were written in one or more ``batches`` of so many rows. ``begins`` tells at which place
    each file begins, and after the last where it ends. Row ``i`` stands at the place ``places[i]``,
    or where there are no ``places``, at the place ``i``.
    """

    folder: Path
    name: str
    batches: tuple[int, ...]
    begins: Int64
    places: Int32 | None = None

    def __len__(self) -> int:
        return int(self.begins[-1]) if self.places is None else len(self.places)

    def row(self, number: int) -> dict[str, Any]:
        return self.slice(number, 1).row(0, named=True)

    def some(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        # What lies in one group of a file is read once.
        places = [n if self.places is None else int(self.places[n]) for n in numbers]
        groups: dict[int, list[int]] = {}
        for place in sorted(set(places)):
            groups.setdefault(place // GROUP_ROWS, []).append(place)
        found: dict[int, dict[str, Any]] = {}
        for inside in groups.values():
            rows = self._at(np.array(inside, dtype=np.int64), None)
            found |= dict(zip(inside, rows.iter_rows(named=True), strict=True))
        return [found[place] for place in places]

    def gather(self, column: str, numbers: Numbers) -> pl.Series:
        wanted = np.asarray(numbers)
        if self.places is not None:
            wanted = self.places[wanted]
        return self._at(wanted.astype(np.int64, copy=False), [column])[column]

    def slice(self, first: int, count: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        beyond = min(first + count, len(self))
        if self.places is not None:
            return self._at(self.places[first:beyond].astype(np.int64), columns)
        if beyond <= first:
            return self._read(0, 0, 0, columns)
        parts = np.searchsorted(self.begins, (first, beyond - 1), side="right") - 1
        return pl.concat(
            self._read(
                part,
                max(first - int(self.begins[part]), 0),
                min(beyond, int(self.begins[part + 1])) - max(first, int(self.begins[part])),
                columns,
            )
            for part in range(int(parts[0]), int(parts[1]) + 1)
        )

    def _at(self, places: Int64, columns: Sequence[str] | None) -> pl.DataFrame:
        """Rows by their places, in any order."""
        if not len(places):
            return self._read(0, 0, 0, columns)
        part = np.searchsorted(self.begins, places, side="right") - 1
        parts, whose = np.unique(part, return_inverse=True)
        within = places - self.begins[part]
        first = np.full(len(parts), PART_ROWS, dtype=np.int64)
        np.minimum.at(first, whose, within)
        last = np.zeros(len(parts), dtype=np.int64)
        np.maximum.at(last, whose, within)
        spans = zip(parts.tolist(), first.tolist(), (last - first + 1).tolist(), strict=True)
        read = [self._read(*span, columns) for span in spans]
        begins = np.cumsum([0, *(rows.height for rows in read)])[:-1]
        at = (begins - first)[whose] + within
        rows = pl.concat(read)
        return rows if at[0] == 0 and (np.diff(at) == 1).all() else rows[at]

    def _read(
        self, part: int, first: int, count: int, columns: Sequence[str] | None
    ) -> pl.DataFrame:
        with _reading(self.folder):
            rows = pl.scan_parquet(self.path(part), glob=False, hive_partitioning=False)
            if columns is not None:
                rows = rows.select(pl.col(list(columns)))
            return rows.slice(first, count).collect()

    def path(self, part: int) -> Path:
        """One of the files."""
        return self.folder / f"{self.name}-{part:05}.parquet"


def stored_rows(folder: Path, name: str, *batches: int, places: Int32 | None = None) -> StoredRows:
    """Rows that were written in one or more goes, each of so many rows by ``write_rows``."""
    begins, end = [0], 0
    for height in batches:
        begins += [end + at for at in range(PART_ROWS, height, PART_ROWS)]
        end += height
        begins.append(end)
    return StoredRows(folder, name, batches, np.array(begins, dtype=np.int64), places)


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

    def places_of(self, texts: pl.Series) -> Int64:
        offsets, text = id_arrays(texts)
        found = np.empty(len(texts), dtype=np.int64)
        find_places(self.offsets, self.text, offsets, text, found, work=200 * len(texts))
        return found

    def gather(self, numbers: Numbers) -> pl.Series:
        if len(numbers) > _FEW:
            return self.rows.gather("id", numbers)
        found = [self[int(number)] for number in numbers]
        return pl.Series("id", found, dtype=pl.String)

    def in_memory(self) -> SeriesIds:
        return SeriesIds(self.rows.slice(0, len(self), ["id"])["id"])

    def as_bytes(self) -> tuple[Int64, UInt8]:
        return self.offsets, self.text

    def _bytes(self, number: int) -> bytes:
        return self.text[self.offsets[number] : self.offsets[number + 1]].tobytes()


def write_rows(rows: Rows, folder: Path, name: str, *, first: int = 0) -> None:
    """Write rows as the files that ``StoredRows`` reads; at least one, which tells the columns.

    ``first`` is the number of the first file.
    """
    for part in range(max(1, -(-len(rows) // PART_ROWS))):
        write_part(rows.slice(part * PART_ROWS, PART_ROWS), folder, name, first + part)


def write_part(rows: pl.DataFrame, folder: Path, name: str, part: int) -> None:
    """Write one of the files that ``StoredRows`` reads: all but the last have ``PART_ROWS``."""
    path = folder / f"{name}-{part:05}.parquet"
    path.unlink(missing_ok=True)  # a register that shares the file must not find it changed
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

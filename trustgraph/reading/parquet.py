"""Parquet files, one or several parts, as a frame with ``__file__`` and ``__row__``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from trustgraph.errors import InputError
from trustgraph.reading.decoding import reading_errors
from trustgraph.tables.sheet import FILE, RESERVED, ROW

__all__ = ["parquet_rows", "parquet_shape", "read_parquet"]


def read_parquet(path: Path, *, name: str | None = None) -> pl.DataFrame:
    """Read one Parquet file; the first row is row 2, as if a header stood above it.

    Raises InputError when the file is missing, is no Parquet file or is damaged.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     pl.DataFrame({"id": ["A"]}).write_parquet(Path(folder, "a.parquet"))
    ...     read_parquet(Path(folder, "a.parquet")).rows()
    [('A', 'a.parquet', 2)]
    """
    name = path.name if name is None else name
    _check_begin(path, name)
    with _parquet_errors(path):
        frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
    _check_columns(path, frame.columns)
    return _placed(frame, name, 0)


def parquet_shape(path: Path, *, name: str) -> tuple[pl.Schema, int]:
    """Columns and rows of a Parquet file, from its end alone. Raises InputError."""
    _check_begin(path, name)
    with _parquet_errors(path):
        lazy = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        schema, rows = lazy.collect_schema(), lazy.select(pl.len()).collect().item()
    _check_columns(path, list(schema))
    return schema, rows


def parquet_rows(path: Path, *, name: str, first: int, count: int) -> pl.DataFrame:
    """Some rows of a Parquet file as :func:`read_parquet` gives them. Raises InputError."""
    with _parquet_errors(path):
        lazy = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        frame = lazy.slice(first, count).collect()
    return _placed(frame, name, first)


def _placed(frame: pl.DataFrame, name: str, first: int) -> pl.DataFrame:
    row = pl.int_range(first + 2, first + 2 + frame.height, dtype=pl.Int64, eager=True)
    return frame.with_columns(pl.lit(name).alias(FILE), row.alias(ROW))


def _check_begin(path: Path, name: str) -> None:
    with reading_errors(path, name), path.open("rb") as stream:
        head = stream.read(4)
    if head != b"PAR1":
        what = "the file is empty (0 bytes)" if not head else "this is no Parquet file"
        raise InputError(what, where=path)


def _check_columns(path: Path, columns: list[str]) -> None:
    reserved = [column for column in columns if column in RESERVED]
    if reserved:
        raise InputError(f'the column name "{reserved[0]}" is reserved', where=path)


@contextmanager
def _parquet_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise InputError(
            f"the Parquet file is cut off or damaged ({_first_line(error)})", where=path
        ) from None


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]

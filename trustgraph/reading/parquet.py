"""Parquet files, one or several parts, as a frame with ``__file__`` and ``__row__``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from trustgraph.errors import InputError
from trustgraph.reading.decoding import reading_errors
from trustgraph.tables.sheet import FILE, RESERVED, ROW
from trustgraph.tables.typed import plain_header

_INTERVAL = ("months", "days", "nanoseconds")
"""What polars makes of an INTERVAL, if it is told to (``trustgraph/__init__.py``)."""

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
        lazy = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        _check_intervals(path, lazy.collect_schema())
        frame = lazy.collect()
    frame = frame.rename(_plain_names(path, frame.columns))
    _check_columns(path, frame.columns)
    return _placed(frame, name, 0)


def parquet_shape(path: Path, *, name: str) -> tuple[pl.Schema, int]:
    """Columns and rows of a Parquet file, from its end alone. Raises InputError."""
    _check_begin(path, name)
    with _parquet_errors(path):
        lazy = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        schema, rows = lazy.collect_schema(), lazy.select(pl.len()).collect().item()
    _check_intervals(path, schema)
    plain = _plain_names(path, list(schema))
    schema = pl.Schema({plain.get(column, column): dtype for column, dtype in schema.items()})
    _check_columns(path, list(schema))
    return schema, rows


def parquet_rows(path: Path, *, name: str, first: int, count: int) -> pl.DataFrame:
    """Some rows of a Parquet file as :func:`read_parquet` gives them. Raises InputError."""
    with _parquet_errors(path):
        lazy = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        frame = lazy.slice(first, count).collect()
    frame = frame.rename(_plain_names(path, frame.columns))
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


def _check_intervals(path: Path, schema: pl.Schema) -> None:
    for column, dtype in schema.items():
        if isinstance(dtype, pl.Struct) and tuple(one.name for one in dtype.fields) == _INTERVAL:
            raise _no_plain_values(path, f'"{column}"')


def _no_plain_values(path: Path, column: str) -> InputError:
    return InputError(
        f"the column {column} holds intervals, not plain values",
        where=path,
        hint="Write days as DATE, everything else as numbers or text.",
    )


def _plain_names(path: Path, columns: list[str]) -> dict[str, str]:
    """Which columns are called what, without what nobody sees in their names."""
    plain = {column: plain_header(column) or column for column in columns}
    twice = [name for name, times in Counter(plain.values()).items() if times > 1]
    if twice:
        raise _stands_twice(path, twice[0])
    return {column: name for column, name in plain.items() if column != name}


def _stands_twice(path: Path, column: str) -> InputError:
    return InputError(
        f'the column name "{column}" stands twice', where=path, hint="Rename one of them."
    )


@contextmanager
def _parquet_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        if "_interval`" in str(error):
            raise _no_plain_values(path, "of a record or relationship") from None
        twice = re.search("with name '(.*)' has more than one occurrence", str(error))
        if twice:
            raise _stands_twice(path, twice[1]) from None
        raise InputError(
            f"the Parquet file is cut off or damaged ({_first_line(error)})", where=path
        ) from None


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]

"""Parquet files, one or several parts, as a frame with ``__file__`` and ``__row__``."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from trustgraph.errors import InputError
from trustgraph.reading.decoding import reading_errors
from trustgraph.sheets import FILE, RESERVED, ROW

__all__ = ["read_parquet"]


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
    with reading_errors(path, name), path.open("rb") as stream:
        head = stream.read(4)
    if head != b"PAR1":
        what = "the file is empty (0 bytes)" if not head else "this is no Parquet file"
        raise InputError(what, where=path)
    try:
        frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise InputError(
            f"the Parquet file is cut off or damaged ({_first_line(error)})", where=path
        ) from None
    reserved = [column for column in frame.columns if column in RESERVED]
    if reserved:
        raise InputError(f'the column name "{reserved[0]}" is reserved', where=path)
    return frame.with_columns(
        pl.lit(name).alias(FILE), pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias(ROW)
    )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]

"""One file of any format that is read: its rows, what was rejected of them, how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from trustgraph.reading.delimited import Progress, read_delimited
from trustgraph.reading.parquet import read_parquet
from trustgraph.tables.sheet import findings

__all__ = ["FileRows", "format_of", "text_or_parquet"]


@dataclass(frozen=True, slots=True)
class FileRows:
    """The rows of one file, lines for those that cannot be read, and how it is written."""

    frame: pl.DataFrame
    rejected: pl.DataFrame
    encoding: str | None = None
    delimiter: str | None = None


def text_or_parquet(
    path: Path,
    *,
    name: str,
    encoding: str | None = None,
    delimiter: str | None = None,
    progress: Progress | None = None,
) -> FileRows:
    """One file by its suffix: its rows and what was rejected of it."""
    if format_of(path.name) == "parquet":
        frame = read_parquet(path, name=name)
        if progress is not None:
            progress(name, frame.height)
        return FileRows(frame, findings([]))
    read = read_delimited(
        path, name=name, encoding=encoding, delimiter=delimiter, progress=progress
    )
    return FileRows(read.frame, read.rejected, read.encoding, read.delimiter)


def format_of(name: str) -> str:
    """What a file is by its name: ``parquet`` or ``csv`` (compressed or not)."""
    return "parquet" if name.lower().endswith(".parquet") else "csv"

"""One file of any format that is read: its rows, what was rejected of them, how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from trustgraph.reading.delimited import NO_HINT, Header, Progress, header_of, read_delimited
from trustgraph.reading.json_lines import read_json_lines
from trustgraph.reading.mapping import Section
from trustgraph.reading.parquet import parquet_shape, read_parquet
from trustgraph.reading.workbooks import WORKBOOKS, read_workbook
from trustgraph.tables.sheet import findings

__all__ = ["FileRows", "columns_of", "file_of", "format_of", "text_or_parquet"]


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
    header: Header = NO_HINT,
    progress: Progress | None = None,
) -> FileRows:
    """One file by its suffix: its rows and what was rejected of it."""
    if format_of(path.name) == "parquet":
        frame = read_parquet(path, name=name)
        if progress is not None:
            progress(name, frame.height)
        return FileRows(frame, findings([]))
    read = read_delimited(
        path, name=name, encoding=encoding, delimiter=delimiter, header=header, progress=progress
    )
    return FileRows(read.frame, read.rejected, read.encoding, read.delimiter)


def file_of(section: Section, path: Path, *, progress: Progress | None = None) -> FileRows:
    """The file of a section of a mapping, of any format that mappings read."""
    form = format_of(section.file)
    if form == "jsonl":
        return FileRows(*read_json_lines(path, name=section.file))
    if form == "workbook":
        wanted = {column for _, column in section.named}
        frame = read_workbook(
            path,
            name=section.file,
            sheet=section.sheet,
            header_row=section.header_row,
            columns=section.columns,
            wanted=wanted,
        )
        return FileRows(frame, findings([]))
    return text_or_parquet(
        path,
        name=section.file,
        encoding=section.encoding,
        delimiter=section.delimiter,
        header=Header(section.header_row or 1, section.columns, section.drop_surplus),
        progress=progress,
    )


def columns_of(section: Section, path: Path) -> dict[str, pl.DataType] | None:
    """The columns that the file of a section has, with their types, without reading its rows.

    None of a format that tells its columns only when it is read as a whole.
    """
    form = format_of(section.file)
    if form == "parquet":
        return dict(parquet_shape(path, name=section.file)[0])
    if form != "csv":
        return None
    names = header_of(
        path,
        name=section.file,
        encoding=section.encoding,
        delimiter=section.delimiter,
        header=Header(section.header_row or 1, section.columns),
    )
    return dict.fromkeys(names, pl.String())


def format_of(name: str) -> str:
    """What a file is by its name: parquet, workbook, jsonl, else csv (compressed or not)."""
    suffix = Path(name.lower()).suffix
    if suffix in WORKBOOKS:
        return "workbook"
    return suffix[1:] if suffix in (".parquet", ".jsonl") else "csv"

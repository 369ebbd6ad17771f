"""What may be wrong with what a mapping reads, though every row of it can be used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from trustgraph.reading.file_rows import format_of
from trustgraph.reading.folder import ROWS_ELSEWHERE
from trustgraph.reading.mapping import Section
from trustgraph.reading.workbooks import WORKBOOKS, other_sheets
from trustgraph.tables.sheet import FILE, ROW, findings

__all__ = ["alike_names", "unread_files", "unread_sheets"]

_NOT_READ: Final = "no section of the mapping reads this file"
_READ: Final = WORKBOOKS | ROWS_ELSEWHERE | {".csv", ".gz", ".parquet"}
"""What a file that holds rows is called."""


def unread_files(folder: Path, sections: Sequence[Section]) -> pl.DataFrame:
    """Lines for ``flagged``: files with rows that no section reads.

    They are looked for in the folder and in those of its folders that a section reads from.
    """
    known = {Path(section.file) for section in sections}
    places = sorted({Path(), *(file.parent for file in known)})
    names = [
        item.relative_to(folder).as_posix()
        for place in places
        if (folder / place).is_dir()
        for item in sorted((folder / place).iterdir())
        if item.is_file() and item.relative_to(folder) not in known
        if item.suffix.lower() in _READ
    ]
    return findings([(name, None, None, None, _NOT_READ) for name in names])


def unread_sheets(folder: Path, sections: Sequence[Section]) -> pl.DataFrame:
    """The same of sheets: those of workbooks that a section reads, hidden ones too."""
    read: dict[str, set[str | int]] = {}
    for section in sections:
        if format_of(section.file) == "workbook":
            read.setdefault(section.file, set()).add(1 if section.sheet is None else section.sheet)
    return findings(
        [
            (file, None, None, None, f'no section of the mapping reads the sheet "{sheet}"')
            for file, known in read.items()
            for sheet in other_sheets(folder / file, file, known)
        ]
    )


def alike_names(entities: pl.DataFrame | None) -> pl.DataFrame:
    """Lines for ``flagged``: organisations whose names differ in blanks or widths alone."""
    if entities is None or not {"name", "kind", FILE, ROW} <= {*entities.columns}:
        return findings([])
    plain = pl.col("name").str.normalize("NFKC").str.replace_all(r"\s+", "").str.to_lowercase()
    firms = entities.filter(pl.col("kind").cast(pl.String) != "person").unique(
        "name", keep="first", maintain_order=True
    )
    firms = firms.with_columns(plain.alias("__plain")).with_columns(
        pl.col("name").n_unique().over("__plain").alias("__names"),
        pl.col("name").first().over("__plain").alias("__first"),
    )
    firms = firms.filter((pl.col("__names") > 1) & (pl.col("name") != pl.col("__first")))
    words = pl.format('the same as "{}" but for blanks or widths: are the two one?', "__first")
    return firms.select(
        file=pl.col(FILE).cast(pl.String),
        row=pl.col(ROW).cast(pl.Int64),
        column=pl.lit("name"),
        value=pl.col("name").cast(pl.String),
        reason=words,
    )

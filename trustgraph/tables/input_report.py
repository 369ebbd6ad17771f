"""How an input was read: of each file its encoding and columns, and what became of each row.

It lies beside every run and in every register as ``input.json``::

    {"format": 1, "mapping": "map.toml",
     "files": [{"file": "firms.csv", "format": "csv", "sheet": null, "encoding": "gb18030",
                "delimiter": ",", "columns_used": ["no", "firm"], "columns_unused": ["remark"],
                "sections": [{"place": "entities[0]", "table": "entities", "rows": 4, …}]}]}

Every row given is kept, rejected, skipped or merged: ``rows`` = ``unreadable`` + ``filtered`` +
those that gave ``pieces`` (one each, unless a mapping splits a cell), and ``pieces`` = ``skipped``
+ ``merged`` + ``rejected`` + ``kept``. What a policy pack refuses (a record of a type that it does
not have) was read, and is kept here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from trustgraph.tables.sheet import CONTRACTS, RESERVED

__all__ = [
    "FileReport",
    "InputReport",
    "SectionReport",
    "plain_report",
    "rejected_by_file",
    "used_columns",
]

_FORMAT: Final = 1
_COUNTS: Final = (
    "rows",
    "unreadable",
    "filtered",
    "pieces",
    "skipped",
    "merged",
    "rejected",
    "kept",
)


@dataclass(frozen=True, slots=True)
class SectionReport:
    """What became of the rows of one file for one table: a section of a mapping, or all of it.

    ``rows`` were read = ``unreadable`` (rejected as rows of a file) + ``filtered`` (by ``where``)
    + those that gave ``pieces`` (one each, unless a cell was split). Of the pieces, some were
    ``skipped`` by a value table, ``merged`` into an equal one or ``rejected``; the rest are
    ``kept``. ``unmapped`` lists (field, value, times) that a value table does not know. ``place``
    is the section in the mapping, or the table.
    """

    table: str
    place: str
    file: str
    rows: int
    unreadable: int
    filtered: int
    pieces: int
    skipped: int
    merged: int
    rejected: int
    kept: int
    unmapped: tuple[tuple[str, str, int], ...] = ()

    def told(self) -> dict[str, Any]:
        """The same as plain values, ``place`` first; the ten values that most rows have."""
        return {
            "place": self.place,
            "table": self.table,
            "file": self.file,
            **{name: getattr(self, name) for name in _COUNTS},
            "unmapped": [
                {"field": field, "value": value, "times": times}
                for field, value, times in self.unmapped[:10]
            ],
        }


@dataclass(frozen=True, slots=True)
class FileReport:
    """How one file was read. ``encoding`` and ``delimiter`` are None where a format has none.

    ``sheet`` is the one that a mapping names, by its name or number; None: the first, if any.
    """

    file: str
    format: str
    columns_used: tuple[str, ...]
    columns_unused: tuple[str, ...]
    sections: tuple[SectionReport, ...]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | int | None = None

    @property
    def rows(self) -> int:
        """The rows that the file has, the header apart."""
        return max((one.rows for one in self.sections), default=0)

    def told(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "file": self.file,
            "format": self.format,
            "sheet": self.sheet,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "columns_used": list(self.columns_used),
            "columns_unused": list(self.columns_unused),
            "rows": self.rows,
            "sections": [
                {name: value for name, value in one.told().items() if name != "file"}
                for one in self.sections
            ],
        }


@dataclass(frozen=True, slots=True)
class InputReport:
    """How all files of an input were read; ``mapping`` is the name of the mapping file, if any."""

    files: tuple[FileReport, ...] = ()
    mapping: str | None = None

    @property
    def sections(self) -> tuple[SectionReport, ...]:
        """Those of all files, in the order of the files."""
        return tuple(section for file in self.files for section in file.sections)

    def told(self) -> dict[str, Any]:
        """The same as plain values, as ``input.json`` has it."""
        files = [file.told() for file in self.files]
        return {"format": _FORMAT, "mapping": self.mapping, "files": files}


def plain_report(  # a file's own facts, by name
    table: str,
    file: str,
    columns: Sequence[str],
    *,
    format: str,  # noqa: A002  # what the report calls it
    rows: int,
    rejected: int,
    unreadable: int = 0,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> FileReport:
    """The report on a file that holds a table under its own name.

    ``rejected`` are all rows that are not kept, the ``unreadable`` ones among them.
    """
    used, unused = used_columns(table, columns)
    section = SectionReport(
        table=table,
        place=table,
        file=file,
        rows=rows,
        unreadable=unreadable,
        filtered=0,
        pieces=rows - unreadable,
        skipped=0,
        merged=0,
        rejected=rejected - unreadable,
        kept=rows - rejected,
    )
    return FileReport(file, format, used, unused, (section,), encoding, delimiter)


def used_columns(table: str, columns: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of the columns that a file has: those that a table's contract reads, and those it does not.

    >>> used_columns("records", ["id", "remark", "__file__"])
    (('id',), ('remark',))
    """
    contract = {column.name for column in CONTRACTS.get(table, ())}
    own = [name for name in columns if name not in RESERVED]
    return (
        tuple(name for name in own if name in contract),
        tuple(name for name in own if name not in contract),
    )


def rejected_by_file(*lines: pl.DataFrame) -> dict[str, int]:
    """How many rows of each file some lines of ``rejected`` speak of."""
    rows = pl.concat([one.select("file", "row") for one in lines]).drop_nulls().unique()
    return dict(rows.group_by("file").len().iter_rows())

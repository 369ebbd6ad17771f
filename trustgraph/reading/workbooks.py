"""Excel workbooks as a mapping reads them: one sheet, its header found below notes, cells as text.

Cells come as what they hold, not as they are shown: a day as an ISO day, a share of 38.50 % as
0.385. A number that stands for a day (45418) stays a number; ``date = "serial"`` reads it. Of cells
of an .xlsx that are merged over several rows, each row has the value, and where an error stands or
a formula that was never worked out, that is told (other formats do not).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import polars as pl

from trustgraph.errors import NEEDS_DASHBOARD, InputError, UsageError
from trustgraph.reading.decoding import reading_errors
from trustgraph.reading.delimited import header_names
from trustgraph.reading.sheet_insides import inside
from trustgraph.tables.sheet import FILE, ROW
from trustgraph.tables.typed import plain_header

__all__ = [
    "WORKBOOKS",
    "all_sheets",
    "cells_of",
    "open_workbook",
    "other_sheets",
    "read_workbook",
    "sheet_rows",
]

WORKBOOKS: Final = frozenset({".xlsx", ".xls", ".xlsb", ".xlsm", ".ods"})
_LOCKED: Final = "EncryptedPackage".encode("utf-16-le")
"""The name of the stream that a workbook with a password keeps its archive in."""
_BEFORE_TEXT: Final = b"\xef\xbb\xbf \t\r\n"
_NOTES: Final = 100
"""Rows among which a header is looked for."""
_MIDNIGHT: Final = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]00:00:00$")


def read_workbook(
    path: Path,
    *,
    name: str,
    sheet: str | int | None = None,
    header_row: int | None = None,
    columns: Sequence[str] = (),
    wanted: Collection[str] = (),
) -> pl.DataFrame:
    """The rows of one sheet (the first, unless named or numbered from 1) as text.

    The header is row ``header_row``, else the first row that has all ``wanted`` columns, else the
    first that is not blank; with ``columns`` there is none. Blank rows are skipped; a row has its
    number in the sheet. Raises InputError where the workbook or the sheet cannot be read, or a
    column stands twice; UsageError where workbooks cannot be read here.
    """
    rows = sheet_rows(path, name, sheet)
    first: int | None = 0
    if columns:
        names = list(columns)
        widest = max((len(row) for _, row in rows), default=0)
        names += [f"column_{place}" for place in range(len(names) + 1, widest + 1)]
    else:
        first = _header(rows, header_row, wanted)
        if first is None:
            where = f"row {header_row}" if header_row else "no row"
            raise InputError(f"{where} is a header: nothing stands there", where=path)
        header = [cell or "" for cell in rows[first][1]]
        while header and not header[-1].strip():
            header.pop()
        names, first = header_names(path, header), first + 1
    data = [(number, row) for number, row in rows[first:] if any(row)]
    cells = [
        [row[place] if place < len(row) else None for _, row in data] for place in range(len(names))
    ]
    frame = pl.DataFrame(
        [pl.Series(column, values, pl.String) for column, values in zip(names, cells, strict=True)]
    )
    return frame.with_columns(
        pl.lit(name).alias(FILE), pl.Series(ROW, [number for number, _ in data], pl.Int64)
    )


def sheet_rows(
    path: Path, name: str, sheet: str | int | None = None
) -> list[tuple[int, list[str | None]]]:
    """All rows of a sheet with their numbers, from 1; stripped, days as days, blank as null.

    Raises what ``read_workbook`` does of a workbook or a sheet that cannot be read.
    """
    data, book = _opened(path, name)
    known = list(book.sheet_names)
    return _rows(path, book, data, known[_place(path, known, sheet)])


def all_sheets(path: Path, name: str) -> Iterator[tuple[str, list[tuple[int, list[str | None]]]]]:
    """Every sheet of a workbook with its rows, as ``sheet_rows`` gives and raises; opened once."""
    data, book = _opened(path, name)
    for sheet in book.sheet_names:
        yield sheet, _rows(path, book, data, sheet)


def other_sheets(path: Path, name: str, read: Collection[str | int]) -> list[str]:
    """The sheets of a workbook, hidden ones too, that hold anything and are not among ``read``.

    Those are named, or numbered from 1.
    """
    _, book = _opened(path, name)
    others = [
        sheet
        for number, sheet in enumerate(book.sheet_names, 1)
        if number not in read and sheet not in read
    ]
    return [sheet for sheet in others if cells_of(book, sheet, path).height]


def _rows(path: Path, book: Any, data: bytes, sheet: str) -> list[tuple[int, list[str | None]]]:
    frame = cells_of(book, sheet, path)
    rows = [
        (number, [_cell(value) for value in row]) for number, row in enumerate(frame.iter_rows(), 1)
    ]
    found = inside(data, sheet, frame.shape)
    for column, row, text in found.broken:
        if rows[row - 1][1][column] is None:
            rows[row - 1][1][column] = text
    for column, first, last in found.merged:
        for _, cells in rows[first:last]:
            if cells[column] is None:
                cells[column] = rows[first - 1][1][column]
    return rows


def _opened(path: Path, name: str) -> tuple[bytes, Any]:
    with reading_errors(path, name):
        data = path.read_bytes()
    if not data:
        raise InputError("the file is empty (0 bytes)", where=path)
    return data, open_workbook(data, path)


def open_workbook(data: bytes, where: Path | str) -> Any:
    """A workbook out of its bytes. Raises InputError where it is none, UsageError where none can
    be read here."""
    with _workbook_errors(where, data) as reader:
        return reader.read_excel(data)


def cells_of(book: Any, sheet: str | int, where: Path | str) -> pl.DataFrame:
    """All cells of a sheet, by its name or number from 0, as text; no row is a header."""
    with _workbook_errors(where):
        found = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
        frame: pl.DataFrame = found.to_polars()
    return frame


@contextmanager
def _workbook_errors(where: Path | str, data: bytes = b"") -> Iterator[Any]:
    """What reads workbooks, with its errors as ours; ``data`` where the whole is opened."""
    try:
        import fastexcel  # noqa: PLC0415  # an optional part
    except ImportError as error:
        raise UsageError(
            f"workbooks need what is not installed: {error.name}",
            where=where,
            hint=f"{NEEDS_DASHBOARD}; or save the sheet as CSV",
        ) from error
    try:
        yield fastexcel
    except fastexcel.FastExcelError as error:
        what, hint = _why_unread(data, str(error))
        raise InputError(what, where=where, hint=hint) from None


def _why_unread(data: bytes, said: str) -> tuple[str, str]:
    """What is the matter with a workbook that cannot be read, and what to do."""
    anew = "Open it in a spreadsheet program and save it anew as .xlsx, or as CSV (UTF-8)."
    if _LOCKED in data or "password" in said.casefold():
        return "this workbook is locked with a password", "Save it without one."
    if data.lstrip(_BEFORE_TEXT)[:1] == b"<":
        return "this is HTML or XML under the name of a workbook", anew
    if data and b"\0" not in data:
        return "this is text under the name of a workbook", "If it is CSV, call it .csv."
    return "this is no workbook that can be read: it is damaged, or something else", anew


def _place(path: Path, known: Sequence[str], sheet: str | int | None) -> int:
    if not known:
        raise InputError("this workbook has no sheet", where=path)
    if sheet is None:
        return 0
    if isinstance(sheet, int):
        if 1 <= sheet <= len(known):
            return sheet - 1
    elif sheet in known:
        return known.index(sheet)
    raise InputError(
        f"there is no sheet {sheet}", where=path, hint=f"its sheets are: {', '.join(known)}"
    )


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    text = str(value).strip()
    day = _MIDNIGHT.match(text)
    return (day[1] if day else text) or None


def _header(
    rows: Sequence[tuple[int, list[str | None]]], header_row: int | None, wanted: Collection[str]
) -> int | None:
    """The place of the header among the rows."""
    if header_row is not None:
        place = next((n for n, (number, _) in enumerate(rows) if number == header_row), None)
        return place if place is not None and any(rows[place][1]) else None
    filled = [place for place, (_, row) in enumerate(rows[:_NOTES]) if any(row)]
    for place in filled:
        if set(wanted) <= {plain_header(cell) for cell in rows[place][1] if cell}:
            return place
    return filled[0] if filled else None

"""Rows as files for spreadsheets, CSV or Excel. No cell of them is ever a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from trustgraph.exports.plain import cell_of, line_of, xml_text

__all__ = ["MOST_ROWS", "csv_text", "workbook", "write_sheets"]

MOST_ROWS: Final = 1_048_575
"""Rows that a sheet may have below its header."""
_WIDEST: Final = 60
_LONGEST: Final = 32_767
"""Characters that a cell may have."""
_FIRST_YEAR: Final = 1901
"""Spreadsheets count days from 1900, of which they hold the 29 February for one."""


def csv_text(rows: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> str:
    """Rows under their titles, with the mark by which Excel knows UTF-8.

    ``titles`` are the keys of the rows that are wanted, in order, with what stands above them.

    >>> import trustgraph as tg
    >>> tg.csv_text([{"name": "=1+1"}], {"name": "Name"})
    "\\ufeffName\\r\\n'=1+1\\r\\n"
    """
    kept = io.StringIO()
    writer = csv.writer(kept)
    writer.writerow(titles.values())
    writer.writerows([cell_of(row[name]) for name in titles] for row in rows)
    return "\ufeff" + kept.getvalue()


def workbook(rows: Sequence[Mapping[str, Any]], titles: Mapping[str, str], sheet: str) -> bytes:
    """A workbook (.xlsx) of one sheet: numbers as numbers, text as text whatever it begins with.

    Takes what ``csv_text`` does, and the name of the sheet.

    >>> import trustgraph as tg
    >>> tg.workbook([{"name": "=1+1"}], {"name": "Name"}, "Names")[:2]
    b'PK'
    """
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True})
    page = book.add_worksheet(sheet[:31])
    bold = book.add_format({"bold": True, "bottom": 1})
    for place, (name, title) in enumerate(titles.items()):
        page.write_string(0, place, title, bold)
        widest = len(title)
        for line, row in enumerate(rows, 1):
            value = row[name]
            if isinstance(value, int | float):
                page.write_number(line, place, value)
            elif value is not None:
                page.write_string(line, place, str(value)[:_LONGEST])
            widest = max(widest, sum(1 if char.isascii() else 2 for char in str(value or "")))
        page.set_column(place, place, min(_WIDEST, widest + 2))
    page.freeze_panes(1, 1)
    if rows:
        page.autofilter(0, 0, len(rows), len(titles) - 1)
    book.close()
    return kept.getvalue()


def write_sheets(
    path: Path, sheets: Iterable[tuple[str, Sequence[str], Iterator[Sequence[Any]]]]
) -> None:
    """Write a workbook of sheets (name, header, rows), of which only a row is in memory.

    A sheet takes as many rows of its iterator as it may have. Numbers, truth and days keep their
    kind; text stays text whatever it begins with.
    """
    # What is written beside it goes, too, when it is stopped.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".sheets-") as parts:
        book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": parts})
        try:
            _fill(book, sheets)
            book.close()
        except BaseException:
            for page in book.worksheets():  # its parts are open until it is closed
                page.row_data_fh.close()
            raise


def _fill(book: Any, sheets: Iterable[tuple[str, Sequence[str], Iterator[Sequence[Any]]]]) -> None:
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    for name, header, rows in sheets:
        page = book.add_worksheet(name[:31])
        page.freeze_panes(1, 0)
        for column, title in enumerate(header):
            page.write_string(0, column, title, bold)
        for line, row in enumerate(itertools.islice(rows, MOST_ROWS), 1):
            for column, value in enumerate(row):
                _write_cell(page, line, column, value, day)


def _write_cell(page: Any, line: int, column: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        page.write_boolean(line, column, value)
    elif isinstance(value, int | float):
        page.write_number(line, column, value)
    elif isinstance(value, dt.date) and value.year >= _FIRST_YEAR:
        page.write_datetime(line, column, value, day)
    elif text := xml_text(str(line_of(value)))[:_LONGEST]:
        page.write_string(line, column, text)

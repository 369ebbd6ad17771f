"""Rows as files for spreadsheets, CSV or Excel. No cell of them is ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import xlsxwriter

from trustgraph.exports.plain import cell_of

__all__ = ["csv_text", "workbook"]

_WIDEST: Final = 60


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
                page.write_string(line, place, str(value)[:32_767])
            widest = max(widest, sum(1 if char.isascii() else 2 for char in str(value or "")))
        page.set_column(place, place, min(_WIDEST, widest + 2))
    page.freeze_panes(1, 1)
    if rows:
        page.autofilter(0, 0, len(rows), len(titles) - 1)
    book.close()
    return kept.getvalue()

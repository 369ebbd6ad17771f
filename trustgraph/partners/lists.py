"""Lists of partners as people have them: pasted lines, CSV of any encoding, an Excel workbook."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trustgraph.errors import InputError, UsageError
from trustgraph.reading.decoding import decoded
from trustgraph.reading.workbooks import WORKBOOKS, cells_of, open_workbook

__all__ = ["MOST", "Wanted", "parse_partners", "read_partners"]

MOST: Final = 2_000
"""Partners of one list: more are another job than looking at them."""

_CODES: Final = frozenset(
    {"id", "uscc", "lei", "code", "credit code", "统一社会信用代码", "社会信用代码", "信用代码"}
    | {"统一信用代码", "纳税人识别号", "代码"}
)
_NAMES: Final = frozenset(
    {"name", "company", "company name", "partner", "supplier", "customer", "name_en"}
    | {"名称", "企业名称", "公司名称", "单位名称", "机构名称", "公司", "企业"}
    | {"供应商", "供应商名称", "客户", "客户名称", "合作方", "合作方名称", "合作单位", "往来单位"}
    | {"单位", "全称", "企业全称", "公司全称", "名称（全称）", "供应商全称", "客户全称", "合作伙伴"}
)
_COUNT: Final = re.compile(r"[0-9]{1,6}(\.0)?[.、)）]?")
"""A row's own number, as lists have it in front."""
_PARTS: Final = re.compile(r"[,;，；\t]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is looked for: what stands in a ``row`` (from 1), as code, as name, or as both."""

    row: int
    code: str | None
    name: str | None


def parse_partners(text: str) -> list[Wanted]:
    """Partners out of pasted text: a name or a code in each line, or a table with a header.

    Raises UsageError of more than ``MOST``.

    >>> [one.code or one.name for one in parse_partners("Acme Co., Ltd.\\n91350100M000100Y43")]
    ['Acme Co., Ltd.', '91350100M000100Y43']
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    head = next((line for line in lines.split("\n") if line.strip()), "")
    # Without a header commas belong to names ("Acme Co., Ltd."); a tab does not.
    delimiter = next((mark for mark in "\t,;" if _column(head.split(mark)) is not None), "\t")
    if lines.count('"') % 2:
        # A stray quotation mark is part of a name.
        return _wanted([line.split(delimiter) for line in lines.split("\n")])
    return _wanted(list(csv.reader(io.StringIO(lines), delimiter=delimiter)))


def read_partners(data: bytes, name: str) -> list[Wanted]:
    """Partners out of a file's bytes; ``name`` says by its ending whether it is a workbook.

    Of a workbook the first sheet is read. Raises InputError where it cannot be read, UsageError of
    more than ``MOST``, and where workbooks cannot be read here.
    """
    if not data:
        raise InputError("the file is empty (0 bytes)", where=name)
    if Path(name).suffix.lower() in WORKBOOKS or data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        return _wanted(_cells(data, name))
    # Pictures and the like are GB18030 to whoever asks for no more; UTF-16 says what it is.
    if b"\0" in data and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(
            "this is no list: there are bytes in it that no text has",
            where=name,
            hint="give text, CSV or an Excel workbook",
        )
    return parse_partners(decoded(data, name=name))


def _cells(data: bytes, name: str) -> list[list[str]]:
    frame = cells_of(open_workbook(data, name), 0, name)
    return [["" if cell is None else str(cell) for cell in row] for row in frame.iter_rows()]


def _column(cells: list[str]) -> dict[str, int] | None:
    """Where codes and names stand, by a header; None of what is no header."""
    words = [cell.strip().strip("\ufeff").lower() for cell in cells]
    found: dict[str, int] = {}
    for place, word in enumerate(words):
        if word in _CODES:
            found.setdefault("code", place)
        elif word in _NAMES:
            found.setdefault("name", place)
    return found or None


def _wanted(rows: list[list[str]]) -> list[Wanted]:
    found: list[Wanted] = []
    columns: dict[str, int] | None = None
    for number, row in enumerate(rows, 1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if columns is None and not found:
            columns = _column(cells)
            if columns is not None:
                continue
        if columns is None:
            there = [cell for cell in cells if cell]
            several = _PARTS.split(there[0])
            if len(there) == 1 and not any(_is_code(part.strip()) for part in several):
                # Names that are told in one line; commas may belong to one.
                names = (_bare(part) for part in re.split("[;；]", there[0]))
                found += [Wanted(number, None, name) for name in names if name]
                continue
            one = _by_shape(number, cells)
        else:
            named: dict[str, Any] = {
                key: cells[place] or None if place < len(cells) else None
                for key, place in columns.items()
            }
            one = Wanted(number, named.get("code"), named.get("name"))
            if not (one.code or one.name):
                # Under headers that are not known: somebody all the same, and not left out.
                one = _by_shape(number, cells)
        if one.code or one.name:
            found.append(one)
    if len(found) > MOST:
        raise UsageError(
            f"a list has {MOST:,} partners at most", hint="look at them in several parts"
        )
    return found


def _by_shape(number: int, cells: list[str]) -> Wanted:
    """A row without a header: what looks like a code is one, the rest is a name."""
    cells = [_bare(cell) for cell in cells]
    cells = [cell for cell in cells if cell and not _COUNT.fullmatch(cell)]
    text = " ".join(cells)
    parts = [part.strip() for cell in cells for part in _PARTS.split(cell) if part.strip()]
    code = next((part for part in parts if _is_code(part)), None)
    if code is None:
        return Wanted(number, None, next(iter(cells), None))
    name = text.replace(code, "").strip(" ,;，；")
    return Wanted(number, code, name or None)


def _bare(text: str) -> str:
    """A cell without the marks that end a line of a list."""
    return text.strip(" \t,;，；、。")


def _is_code(text: str) -> bool:
    """A USCC or an LEI by its shape: 18 or 20 letters and figures, several of them figures."""
    return (
        len(text) in (18, 20)
        and text.isascii()
        and text.isalnum()
        and sum(letter.isdigit() for letter in text) >= 2  # a name has none, or a year
    )

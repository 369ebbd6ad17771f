"""Which cells of an .xlsx sheet are merged: what reads its cells does not say so."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from typing import IO, Final
from xml.etree import ElementTree as ET

__all__ = ["merged_down"]

_BOOK: Final = "xl/workbook.xml"
_END: Final = re.compile(rb"</(?:\w+:)?sheetData>|<(?:\w+:)?sheetData\s*/>")
_LIMIT: Final = 50_000_000
"""Bytes below the cells that are looked at."""
_RANGE: Final = re.compile(
    rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})"'
)
_CELL: Final = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]{1,3})\d{1,7}"[^>]*(?<!/)>')
_DAMAGED: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError),  # what is packed
    *(NotImplementedError, RuntimeError),  # how it is packed: an unknown way, a password
    *(ET.ParseError, KeyError),  # which part is which
)
"""What reading the parts of a workbook raises, whose cells others could read all the same."""
_CHUNK: Final = 1 << 20
_OVERLAP: Final = 1 << 10
"""No opening tag of a cell is longer."""


def merged_down(data: bytes, sheet: str, shape: tuple[int, int]) -> list[tuple[int, int, int]]:
    """The merged cells that reach over several rows: column from 0, first and last row from 1.

    ``shape`` is how many rows and columns were read: rows from the sheet's first, columns from the
    first that has a cell. Empty where the sheet has none, where columns do not fit, and where the
    workbook is damaged, or of a format that is not looked into.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            part = _part_of(book, sheet)
            if part is None:
                return []
            with book.open(part) as file:
                letters, tail = _scanned(file)
    except _DAMAGED:
        return []
    ranges = [(_place(match[1]), int(match[2]), int(match[3])) for match in _RANGE.finditer(tail)]
    places = sorted(map(_place, letters))
    height, width = shape
    if not ranges or not places or places[-1] - places[0] + 1 != width:
        return []
    down = [
        (place - places[0], first, min(last, height))
        for place, first, last in ranges
        if last > first and 0 < first < height and 0 <= place - places[0] < width
    ]
    # Merged cells do not overlap; where they do, somebody means harm.
    covered = sum(last - first + 1 for _, first, last in down)
    return down if covered <= height * width else []


def _scanned(file: IO[bytes]) -> tuple[set[bytes], bytes]:
    """The columns that have a cell with something in it, and what stands below all cells."""
    letters: set[bytes] = set()
    text = b""
    while not (ended := _END.search(text)):
        chunk = file.read(_CHUNK)
        text = text[-_OVERLAP:] + chunk
        letters.update(_CELL.findall(text))
        if not chunk:
            return letters, b""
    return letters, text[ended.end() :] + file.read(_LIMIT)


def _part_of(book: zipfile.ZipFile, sheet: str) -> str | None:
    """Where in a workbook the cells of a sheet lie."""
    if _BOOK not in book.namelist():
        return None
    sheets = _parsed(book, _BOOK).iterfind(".//{*}sheet")
    wanted = next((one for one in sheets if one.get("name") == sheet), None)
    if wanted is None:
        return None
    key = next((value for name, value in wanted.items() if name.endswith("}id")), None)
    related = _parsed(book, "xl/_rels/workbook.xml.rels").iterfind("{*}Relationship")
    target = next((one.get("Target") for one in related if one.get("Id") == key), None)
    return None if target is None else posixpath.join("xl", target).lstrip("/")


def _parsed(book: zipfile.ZipFile, part: str) -> ET.Element:
    text = book.read(part)
    if b"<!DOCTYPE" in text:
        raise ET.ParseError("a workbook has no document type")
    return ET.fromstring(text)  # noqa: S314  # without a document type there are no entities


def _place(letters: bytes) -> int:
    """The place of a column from 0: A, B, …, Z, AA.

    >>> _place(b"A"), _place(b"AB")
    (0, 27)
    """
    place = 0
    for letter in letters:
        place = 26 * place + letter - ord("A") + 1
    return place - 1

"""What stands in an .xlsx sheet beside values: cells that are merged, or hold an error."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Sequence
from typing import IO, Final, NamedTuple
from xml.etree import ElementTree as ET

__all__ = ["NO_RESULT", "Inside", "inside"]

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
_OF_FORMULA: Final = rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)"
_ERROR: Final = re.compile(
    rb'<(?:\w+:)?c\s((?:[^>]*\s)?t="e"[^>]*)>\s*(?:'
    + _OF_FORMULA
    + rb")?\s*<(?:\w+:)?v>(#[^<]{1,20})<"
)
_FORMULA: Final = re.compile(
    rb"<(?:\w+:)?c\s([^>]*)>\s*"
    + _OF_FORMULA
    + rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_AT: Final = re.compile(rb'(?:^|\s)r="([A-Z]{1,3})(\d{1,7})"')
NO_RESULT: Final = "#NO RESULT!"
"""In place of a formula that was written by a program, and never worked out."""
_CHUNK: Final = 1 << 20
_OVERLAP: Final = 1 << 14
"""No cell with a formula is longer, as a rule, and no opening tag."""


class Inside(NamedTuple):
    """What stands in a sheet beside its values.

    ``merged``: cells that reach over several rows, as column from 0, first and last row from 1.
    ``broken``: cells that hold an error, or a formula whose result nobody worked out, as column
    from 0, row from 1 and what stands there.
    """

    merged: Sequence[tuple[int, int, int]] = ()
    broken: Sequence[tuple[int, int, str]] = ()


def inside(data: bytes, sheet: str, shape: tuple[int, int]) -> Inside:
    """What of a sheet of an .xlsx those who read its values do not tell.

    ``shape`` is how many rows and columns were read: rows from the sheet's first, columns from the
    first that has a cell. Nothing where columns do not fit, and where the workbook is damaged, or
    of a format that is not looked into.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            part = _part_of(book, sheet)
            if part is None:
                return Inside()
            with book.open(part) as file:
                found = _scanned(file)
    except _DAMAGED:
        return Inside()
    places = sorted(map(_place, found.letters))
    height, width = shape
    if not places or places[-1] - places[0] + 1 != width:
        return Inside()
    ranges = [(_place(one[1]), int(one[2]), int(one[3])) for one in _RANGE.finditer(found.tail)]
    down = [
        (place - places[0], first, min(last, height))
        for place, first, last in ranges
        if last > first and 0 < first < height and 0 <= place - places[0] < width
    ]
    # Merged cells do not overlap; where they do, somebody means harm.
    covered = sum(last - first + 1 for _, first, last in down)
    broken = [
        (_place(letters) - places[0], int(row), text)
        for (letters, row), text in found.broken.items()
        if 0 < int(row) <= height
    ]
    return Inside(down if covered <= height * width else (), broken)


class _Scanned(NamedTuple):
    """The columns that have a cell with something in it, what stands below all cells, and which
    cells hold no value though they look like it."""

    letters: set[bytes]
    tail: bytes
    broken: dict[tuple[bytes, bytes], str]


def _scanned(file: IO[bytes]) -> _Scanned:
    letters: set[bytes] = set()
    broken: dict[tuple[bytes, bytes], str] = {}
    text = b""
    while not (ended := _END.search(text)):
        chunk = file.read(_CHUNK)
        text = text[-_OVERLAP:] + chunk
        letters.update(_CELL.findall(text))
        broken |= _broken_in(text)
        if not chunk:
            return _Scanned(letters, b"", broken)
    return _Scanned(letters, text[ended.end() :] + file.read(_LIMIT), broken)


def _broken_in(text: bytes) -> dict[tuple[bytes, bytes], str]:
    found: dict[tuple[bytes, bytes], str] = {}
    for mark, pattern in ((b't="e"', _ERROR), (b"<f", _FORMULA), (b":f", _FORMULA)):
        if mark in text:
            for match in pattern.finditer(text):
                place = _AT.search(match[1])
                # (A formula whose result is an empty text has been worked out.)
                if place is not None and b't="str"' not in match[1]:
                    said = match[2].decode("ascii", "replace") if pattern is _ERROR else NO_RESULT
                    found[place[1], place[2]] = said
    return found


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
    parser = ET.XMLParser(target=_Builder())  # noqa: S314  # a document type ends the reading
    parser.feed(book.read(part))
    root: ET.Element = parser.close()
    return root


class _Builder(ET.TreeBuilder):
    """Builds a tree, and none with a document type: without one there are no entities."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ET.ParseError(f"a workbook has no document type: {name} {pubid} {system}")


def _place(letters: bytes) -> int:
    """The place of a column from 0: A, B, …, Z, AA.

    >>> _place(b"A"), _place(b"AB")
    (0, 27)
    """
    place = 0
    for letter in letters:
        place = 26 * place + letter - ord("A") + 1
    return place - 1

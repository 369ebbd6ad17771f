"""The records of delimited text: cells, quotes, rows that are cut or too long, one by one."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from trustgraph.errors import InputError
from trustgraph.reading.decoding import LINE_LIMIT, Block

__all__ = ["CELL_LIMIT", "UNREADABLE", "Scan", "careful", "next_record", "quick"]

CELL_LIMIT: Final = 100_000
"""Characters that a cell may have; the row of a longer one is rejected."""

_WASTE_LIMIT: Final = 200_000_000
_TOO_LONG: Final = f"the line has more than {LINE_LIMIT:,} characters"
UNREADABLE: Final = re.compile("[\0\ud800-\udfff]")


@dataclass(slots=True)
class Scan:
    """Where the reading of one file stands."""

    source: Iterator[Block]
    delimiter: str
    width: int = 0  # cells of a row; 0 while the header is not yet read
    number: int = 0  # records seen
    wasted: int = 0  # characters looked at in vain for the end of a quoted cell
    rows: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    rejected: list[tuple[int, str, str]] = field(default_factory=list)
    short: dict[int, int] = field(default_factory=dict)  # cells of rows that have too few
    spaced: bool = False  # a blank stands before every quote
    surplus: bool = False  # whether cells beyond the width are left out
    ended: bool = True  # a line end stood behind the text that was taken last


def quick(scan: Scan, block: Block) -> bool:
    """Read a block with nothing wrong in it in one go; otherwise change nothing and say so."""
    text, cut, ended = block
    if cut or not ended or UNREADABLE.search(text):
        return False
    lines = io.StringIO(text + "\n", newline="\n")
    try:
        reader = csv.reader(
            lines, delimiter=scan.delimiter, strict=True, skipinitialspace=scan.spaced
        )
        records = list(reader)
    except csv.Error:
        return False
    rows = [row for row in records if row]
    if _has_long_cell(text, records):
        return False
    ragged = set(map(len, rows)) - {scan.width}
    if ragged and any(_has_surplus(scan, row) for row in rows):
        return False
    blank = [place for place, row in enumerate(rows) if not row[0].strip() and _is_blank(row)]
    scan.rows = rows
    scan.numbers = [number for number, row in enumerate(records, scan.number + 1) if row]
    scan.number += len(records)
    for place in reversed(blank):
        del scan.rows[place], scan.numbers[place]
    if ragged:
        scan.rows = [_of_width(scan, *row) for row in zip(scan.numbers, scan.rows, strict=True)]
    return True


def _of_width(scan: Scan, number: int, row: list[str]) -> list[str]:
    """A row with as many cells as the header has; what it lacks is blank, and told."""
    if len(row) < scan.width:
        scan.short[number] = len(row)
        return row + [""] * (scan.width - len(row))
    return row[: scan.width]


def _has_long_cell(text: str, records: list[list[str]]) -> bool:
    longest = max(map(len, text.split("\n")))
    if longest > CELL_LIMIT:
        return True
    # Where no record has several lines, no cell is longer than the longest line.
    several = text.count("\n") + 1 > len(records)
    return several and any(len(cell) > CELL_LIMIT for row in records for cell in row)


def _has_surplus(scan: Scan, row: list[str]) -> bool:
    return (
        len(row) > scan.width
        and not scan.surplus
        and any(cell.strip() for cell in row[scan.width :])
    )


def _is_blank(row: list[str]) -> bool:
    return not any(row) or not "".join(row).strip()


def careful(scan: Scan, block: Block, path: Path) -> None:
    """Read a block record by record, and as much of what follows as its last record needs."""
    text, cut, scan.ended = block
    lines = deque([text] if cut else text.split("\n"))
    while lines:
        row = next_record(scan, lines, path)
        if row is None or _is_blank(row):
            continue
        problem = _row_problem(scan, row, whole=scan.ended or bool(lines))
        if problem is None:
            scan.rows.append(_of_width(scan, scan.number, row))
            scan.numbers.append(scan.number)
        else:
            scan.rejected.append((scan.number, _legible(scan.delimiter.join(row)), problem))


def _row_problem(scan: Scan, row: list[str], *, whole: bool) -> str | None:
    longest = max(map(len, row))
    if any(map(UNREADABLE.search, row)):
        nul = any("\0" in cell for cell in row)
        return "a NUL character" if nul else "bytes that are no text in the file's encoding"
    if len(row) < scan.width and not whole:
        return f"the row has {len(row)} of {scan.width} cells; the file may be cut off"
    if _has_surplus(scan, row):
        return f"the row has {len(row)} cells, the header has {scan.width}"
    if longest > CELL_LIMIT:
        return f"a cell has {longest:,} characters; at most {CELL_LIMIT:,} are read"
    return None


def _legible(text: str) -> str:
    return UNREADABLE.sub("\ufffd", text[:1000])


def next_record(scan: Scan, lines: deque[str], path: Path) -> list[str] | None:
    """Take one record off ``lines``; None if it was rejected. A blank line is an empty record.

    A quoted cell may hold line breaks. If its quote is never closed, or is closed where no cell can
    end, then only the line where it began is rejected, and reading goes on with the next.
    """
    scan.number += 1
    line = lines.popleft()
    if len(line) > LINE_LIMIT:
        scan.rejected.append((scan.number, _legible(line), _TOO_LONG))
        return None
    cells = _cells(line, scan)
    taken = [line]
    size = len(line)
    while cells is None and size < LINE_LIMIT:
        if not lines:
            block = next(scan.source, None)
            if block is None:
                break
            text, cut, scan.ended = block
            if cut:  # a line too long to belong to any cell
                lines.append(text)
                break
            lines.extend(text.split("\n"))
        taken.append(lines.popleft())
        size += len(taken[-1]) + 1
        if '"' in taken[-1]:
            scan.wasted += size
            cells = _cells("\n".join(taken), scan)
    if isinstance(cells, list):
        scan.wasted = 0
        return cells
    scan.wasted += size
    if scan.wasted > _WASTE_LIMIT:
        raise InputError(
            f"from row {scan.number} on the quotes of this file make no sense",
            where=path,
            hint='Inside a quoted cell a quote is written twice: "the ""Sun"" Ltd".',
        )
    lines.extendleft(reversed(taken[1:]))
    reason = (
        "a quote is opened and never closed"
        if cells is None
        else "a quoted cell goes on after its closing quote (inside, a quote is written twice)"
    )
    scan.rejected.append((scan.number, _legible(line), reason))
    return None


def _cells(record: str, scan: Scan) -> list[str] | str | None:
    """The cells of a record; None if a quote is still open; a word if quotes are misplaced."""
    delimiter = scan.delimiter
    if '"' not in record:
        cells = record.split(delimiter)
        return [cell.lstrip(" ") for cell in cells] if scan.spaced else cells
    cells = []
    place = 0
    while True:
        while scan.spaced and record.startswith(" ", place):
            place += 1
        if record.startswith('"', place):
            end = record.find('"', place + 1)
            while end >= 0 and record.startswith('"', end + 1):
                end = record.find('"', end + 2)
            if end < 0:
                return None
            cells.append(record[place + 1 : end].replace('""', '"'))
            place = end + 1
            if place < len(record) and not record.startswith(delimiter, place):
                return "misplaced"
        else:
            end = record.find(delimiter, place)
            end = len(record) if end < 0 else end
            cells.append(record[place:end])
            place = end
        if place == len(record):
            return cells
        place += len(delimiter)

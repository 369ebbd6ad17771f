"""Delimited text (CSV): any usual encoding, delimiter and line end, streamed in batches of rows.

Rows that cannot be used are rejected one by one with their row number: too few or too many cells,
a quote that never closes, a cell of excessive length, a NUL character, bytes that are no text. Rows
read = rows in ``frame`` + rows in ``rejected``. A row's number is its number as a record, the
header being row 1; blank lines count, as they do in a spreadsheet, and are skipped.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from trustgraph.errors import InputError
from trustgraph.reading.decoding import LINE_LIMIT, Block, blocks, detect_encoding
from trustgraph.tables.sheet import FILE, RESERVED, ROW, findings

__all__ = [
    "CELL_LIMIT",
    "Delimited",
    "DelimitedPieces",
    "Progress",
    "header_of",
    "read_delimited",
]

Progress = Callable[[str, int], None]
"""Called with a file's name and the rows read from it so far."""

CELL_LIMIT: Final = 100_000
"""Characters that a cell may have; the row of a longer one is rejected."""

_DELIMITERS: Final = (",", ";", "\t", "|")
_COLUMN_LIMIT: Final = 10_000
_WASTE_LIMIT: Final = 200_000_000
_TOO_LONG: Final = f"the line has more than {LINE_LIMIT:,} characters"
_UNREADABLE: Final = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Delimited:
    """The rows of a file as text, with ``__file__`` and ``__row__``, and what was rejected."""

    frame: pl.DataFrame
    rejected: pl.DataFrame
    encoding: str
    delimiter: str

    @property
    def rows(self) -> int:
        """Rows read: the usable ones and the rejected ones."""
        return self.frame.height + self.rejected.height


@dataclass(slots=True)
class _Scan:
    """Where the reading of one file stands."""

    source: Iterator[Block]
    delimiter: str
    width: int = 0  # cells of a row; 0 while the header is not yet read
    number: int = 0  # records seen
    wasted: int = 0  # characters looked at in vain for the end of a quoted cell
    rows: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    rejected: list[tuple[int, str, str]] = field(default_factory=list)


def read_delimited(
    path: Path,
    *,
    name: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    progress: Progress | None = None,
) -> Delimited:
    """Read one CSV file, plain or compressed with gzip, as columns of text.

    Encoding (UTF-8, GB18030, or by byte order mark) and delimiter (comma, semicolon, tab or bar, by
    the header) are found out unless given. ``name`` is what the file is called in ``rejected``.

    Raises InputError when the file is missing, empty, cut off or no text, or when its header has
    the same column twice.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text("id;name\\n1;Li\\n2\\n")
    ...     read = read_delimited(path)
    >>> read.frame["name"].to_list(), read.rejected["reason"].to_list()
    (['Li'], ['the row has 1 of 2 cells; the file may be cut off'])
    """
    name = path.name if name is None else name
    encoding = detect_encoding(path, name=name) if encoding is None else encoding
    pieces = DelimitedPieces(path, name=name, encoding=encoding, delimiter=delimiter)
    frames: list[pl.DataFrame] = [pieces.empty]
    lines: list[pl.DataFrame] = [findings([])]
    rows = 0
    for frame, rejected in pieces:
        frames.append(frame)
        lines.append(rejected)
        rows += frame.height + rejected.height
        if progress is not None:
            progress(name, rows)
    return Delimited(pl.concat(frames), pl.concat(lines), encoding, pieces.delimiter)


class DelimitedPieces:
    """The rows of one file piece by piece: pairs of usable rows and lines for rejected ones.

    ``position`` is where reading may go on in another process, after a piece: give it as ``start``.
    Raises InputError as :func:`read_delimited` does, some of it only on the way.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        encoding: str,
        delimiter: str | None = None,
        start: tuple[int, int, int] | None = None,
    ) -> None:
        self._path, self._name = path, name
        self._source = _Counted(blocks(path, name=name, encoding=encoding))
        self._scan, self._first, self._header = _begin(path, self._source, delimiter)
        self._scan.width = len(self._header)
        if start is not None:
            taken, self._scan.number, self._scan.wasted = start
            while self._source.taken < taken:
                next(self._source)
            self._first = next(self._source, None)

    @property
    def delimiter(self) -> str:
        return self._scan.delimiter

    @property
    def position(self) -> tuple[int, int, int]:
        """Blocks of text taken, records seen, characters wasted on quotes that never close."""
        return self._source.taken, self._scan.number, self._scan.wasted

    @property
    def rows_seen(self) -> int:
        """The number of the last row so far, the header being row 1."""
        return self._scan.number

    @property
    def empty(self) -> pl.DataFrame:
        """No rows, with all columns."""
        schema = dict.fromkeys(self._header, pl.String())
        return pl.DataFrame(schema={**schema, FILE: pl.String(), ROW: pl.Int64()})

    def __iter__(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        scan = self._scan
        block = self._first
        while block is not None:
            if not _quick(scan, block):
                _careful(scan, block, self._path)
            lines = [(self._name, row, None, value, why) for row, value, why in scan.rejected]
            yield _frame(scan, self._header, self._name), findings(lines)
            scan.rows, scan.numbers, scan.rejected = [], [], []
            block = next(self._source, None)


@dataclass(slots=True)
class _Counted:
    """Blocks, and how many of them were taken."""

    source: Iterator[Block]
    taken: int = 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> Block:
        block = next(self.source)
        self.taken += 1
        return block


def header_of(
    path: Path, *, name: str, encoding: str | None = None, delimiter: str | None = None
) -> list[str]:
    """The column names of a file, found as :func:`read_delimited` finds them."""
    encoding = detect_encoding(path, name=name) if encoding is None else encoding
    return _begin(path, blocks(path, name=name, encoding=encoding), delimiter)[2]


def _frame(scan: _Scan, header: list[str], name: str) -> pl.DataFrame:
    columns = list(zip(*scan.rows, strict=True)) or [()] * len(header)
    return pl.DataFrame(
        [pl.Series(column, cells, pl.String) for column, cells in zip(header, columns, strict=True)]
    ).with_columns(
        pl.lit(name).alias(FILE),
        pl.Series(ROW, scan.numbers, pl.Int64),
    )


# --- The header ---------------------------------------------------------------------------------


def _begin(
    path: Path, source: Iterator[Block], delimiter: str | None
) -> tuple[_Scan, Block | None, list[str]]:
    """Read up to and including the header; return it and what follows it in its block."""
    number = 0
    for text, cut in source:
        lines = deque(text.split("\n"))
        while lines and not lines[0].strip():
            lines.popleft()
            number += 1
        if lines and not cut and (said := re.fullmatch(r'"?sep=(.)"?', lines[0].strip("\ufeff"))):
            # A line that Excel writes and reads, and shows nobody.
            delimiter = delimiter or said[1]
            lines.popleft()
        if not lines:
            continue
        scan = _Scan(source, delimiter or _guess(lines[0]), number=number)
        header = _next_record(scan, lines, path)
        if header is None:
            raise InputError(f"the header cannot be read: {scan.rejected[0][2]}", where=path)
        rest = ("\n".join(lines), False) if lines else None
        return scan, rest or next(source, None), _names(path, header)
    raise InputError("the file has no header: it holds nothing but blank lines", where=path)


def _guess(line: str) -> str:
    unquoted = re.sub(r'"[^"]*"?', "", line)
    return max(_DELIMITERS, key=unquoted.count)


def _names(path: Path, cells: list[str]) -> list[str]:
    if len(cells) > _COLUMN_LIMIT:
        raise InputError(f"the header has {len(cells):,} columns", where=path)
    if any(map(_UNREADABLE.search, cells)):
        raise InputError(
            "the header holds NUL characters or bytes that are no text",
            where=path,
            hint="Save the file as UTF-8, or name its encoding in a mapping file.",
        )
    names = [cell.strip() or f"column_{place}" for place, cell in enumerate(cells, 1)]
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        quoted = ", ".join(f'"{name}"' for name in twice)
        raise InputError(
            f"the header has the same column twice: {quoted}",
            where=path,
            hint="Rename one of them.",
        )
    reserved = [name for name in names if name in RESERVED]
    if reserved:
        raise InputError(f'the column name "{reserved[0]}" is reserved', where=path)
    return names


# --- The rows -----------------------------------------------------------------------------------


def _quick(scan: _Scan, block: Block) -> bool:
    """Read a block with nothing wrong in it in one go; otherwise change nothing and say so."""
    text, cut = block
    if cut or _UNREADABLE.search(text):
        return False
    lines = io.StringIO(text + "\n", newline="\n")
    try:
        records = list(csv.reader(lines, delimiter=scan.delimiter, strict=True))
    except csv.Error:
        return False
    rows = [row for row in records if row]
    if set(map(len, rows)) - {scan.width} or _has_long_cell(text, records):
        return False
    blank = [place for place, row in enumerate(rows) if not row[0].strip() and _is_blank(row)]
    scan.rows = rows
    scan.numbers = [number for number, row in enumerate(records, scan.number + 1) if row]
    scan.number += len(records)
    for place in reversed(blank):
        del scan.rows[place], scan.numbers[place]
    return True


def _has_long_cell(text: str, records: list[list[str]]) -> bool:
    longest = max(map(len, text.split("\n")))
    if longest > CELL_LIMIT:
        return True
    # Where no record has several lines, no cell is longer than the longest line.
    several = text.count("\n") + 1 > len(records)
    return several and any(len(cell) > CELL_LIMIT for row in records for cell in row)


def _is_blank(row: list[str]) -> bool:
    return not any(row) or not "".join(row).strip()


def _careful(scan: _Scan, block: Block, path: Path) -> None:
    """Read a block record by record, and as much of what follows as its last record needs."""
    text, cut = block
    lines = deque([text] if cut else text.split("\n"))
    while lines:
        row = _next_record(scan, lines, path)
        if row is None or _is_blank(row):
            continue
        problem = _row_problem(scan, row)
        if problem is None:
            scan.rows.append(row)
            scan.numbers.append(scan.number)
        else:
            scan.rejected.append((scan.number, _legible(scan.delimiter.join(row)), problem))


def _row_problem(scan: _Scan, row: list[str]) -> str | None:
    longest = max(map(len, row))
    if any(map(_UNREADABLE.search, row)):
        nul = any("\0" in cell for cell in row)
        return "a NUL character" if nul else "bytes that are no text in the file's encoding"
    if len(row) < scan.width:
        return f"the row has {len(row)} of {scan.width} cells; the file may be cut off"
    if len(row) > scan.width:
        return f"the row has {len(row)} cells, the header has {scan.width}"
    if longest > CELL_LIMIT:
        return f"a cell has {longest:,} characters; at most {CELL_LIMIT:,} are read"
    return None


def _legible(text: str) -> str:
    return _UNREADABLE.sub("\ufffd", text[:1000])


def _next_record(scan: _Scan, lines: deque[str], path: Path) -> list[str] | None:
    """Take one record off ``lines``; None if it was rejected. A blank line is an empty record.

    A quoted cell may hold line breaks. If its quote is never closed, or is closed where no cell can
    end, then only the line where it began is rejected, and reading goes on with the next.
    """
    scan.number += 1
    line = lines.popleft()
    if len(line) > LINE_LIMIT:
        scan.rejected.append((scan.number, _legible(line), _TOO_LONG))
        return None
    cells = _cells(line, scan.delimiter)
    taken = [line]
    size = len(line)
    while cells is None and size < LINE_LIMIT:
        if not lines:
            text, cut = next(scan.source, ("", True))
            if cut:
                # The end of the file, or a line too long to belong to any cell.
                if text:
                    lines.append(text)
                break
            lines.extend(text.split("\n"))
        taken.append(lines.popleft())
        size += len(taken[-1]) + 1
        if '"' in taken[-1]:
            scan.wasted += size
            cells = _cells("\n".join(taken), scan.delimiter)
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


def _cells(record: str, delimiter: str) -> list[str] | str | None:
    """The cells of a record; None if a quote is still open; a word if quotes are misplaced."""
    if '"' not in record:
        return record.split(delimiter)
    cells: list[str] = []
    place = 0
    while True:
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

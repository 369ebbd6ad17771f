"""Delimited text (CSV): any usual encoding, delimiter and line end, streamed in batches of rows.

Rows that cannot be used are rejected one by one with their row number: too many cells, a quote that
never closes, a cell of excessive length, a NUL character, bytes that are no text, a last line that
is cut off. What spreadsheets leave out at the end of a row is blank, and told: such rows say in
``__cells__`` how many they have. Rows read = rows in ``frame`` + rows in ``rejected``. A row's
number is its number as a record, the header being row 1; blank lines count, as they do in a
spreadsheet, and are skipped.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from trustgraph.errors import InputError
from trustgraph.reading.decoding import Block, blocks, detect_encoding
from trustgraph.reading.record_scan import CELL_LIMIT, UNREADABLE, Scan, careful, next_record, quick
from trustgraph.tables.sheet import CELLS, FILE, RESERVED, ROW, findings
from trustgraph.tables.typed import plain_header

__all__ = [
    "CELL_LIMIT",
    "NO_HINT",
    "Delimited",
    "DelimitedPieces",
    "Header",
    "Progress",
    "header_names",
    "header_of",
    "read_delimited",
]

Progress = Callable[[str, int], None]
"""Called with a file's name and the rows read from it so far."""

_DELIMITERS: Final = (",", ";", "\t", "|")
_COLUMN_LIMIT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Header:
    """Where a header stands: in ``row`` (from 1), or nowhere, and the ``columns`` are called so."""

    row: int = 1
    columns: tuple[str, ...] = ()
    surplus: bool = False
    """Whether cells beyond the header's are left out instead of refusing their row."""


NO_HINT: Final = Header()


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


def read_delimited(
    path: Path,
    *,
    name: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    header: Header = NO_HINT,
    progress: Progress | None = None,
) -> Delimited:
    """Read one CSV file, plain or compressed with gzip, as columns of text.

    Encoding (UTF-8, GB18030, or by byte order mark) and delimiter (comma, semicolon, tab or bar, by
    the header) are found out unless given. ``name`` is what the file is called in ``rejected``;
    ``header`` says in which row its header stands, or what its columns are called without one.

    Raises InputError when the file is missing, empty, cut off or no text, or when its header has
    the same column twice.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text("id;name\\n1;Li\\n2")
    ...     read = read_delimited(path)
    >>> read.frame["name"].to_list(), read.rejected["reason"].to_list()
    (['Li'], ['the row has 1 of 2 cells; the file may be cut off'])
    """
    name = path.name if name is None else name
    encoding = detect_encoding(path, name=name) if encoding is None else encoding
    pieces = DelimitedPieces(path, name=name, encoding=encoding, delimiter=delimiter, header=header)
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
        header: Header = NO_HINT,
        start: tuple[int, int, int] | None = None,
    ) -> None:
        self._path, self._name = path, name
        self._source = _Counted(blocks(path, name=name, encoding=encoding))
        self._scan, self._first, self._header = _begin(path, self._source, delimiter, header)
        self._scan.width = len(self._header)
        self._scan.surplus = header.surplus
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
        return pl.DataFrame(
            schema={**schema, FILE: pl.String(), ROW: pl.Int64(), CELLS: pl.Int64()}
        )

    def __iter__(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        scan = self._scan
        block = self._first
        while block is not None:
            if not quick(scan, block):
                careful(scan, block, self._path)
            lines = [(self._name, row, None, value, why) for row, value, why in scan.rejected]
            yield _frame(scan, self._header, self._name), findings(lines)
            scan.rows, scan.numbers, scan.rejected, scan.short = [], [], [], {}
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
    path: Path,
    *,
    name: str,
    encoding: str | None = None,
    delimiter: str | None = None,
    header: Header = NO_HINT,
) -> list[str]:
    """The column names of a file, found as :func:`read_delimited` finds them."""
    encoding = detect_encoding(path, name=name) if encoding is None else encoding
    return _begin(path, blocks(path, name=name, encoding=encoding), delimiter, header)[2]


def _frame(scan: Scan, header: list[str], name: str) -> pl.DataFrame:
    columns = list(zip(*scan.rows, strict=True)) or [()] * len(header)
    cells = [scan.short.get(number) for number in scan.numbers] if scan.short else []
    return pl.DataFrame(
        [pl.Series(column, cells, pl.String) for column, cells in zip(header, columns, strict=True)]
    ).with_columns(
        pl.lit(name).alias(FILE),
        pl.Series(ROW, scan.numbers, pl.Int64),
        pl.Series(CELLS, cells, pl.Int64) if cells else pl.lit(None, pl.Int64).alias(CELLS),
    )


# --- The header ---------------------------------------------------------------------------------


def _begin(
    path: Path, source: Iterator[Block], delimiter: str | None, hint: Header
) -> tuple[Scan, Block | None, list[str]]:
    """Read up to and including the header; return it and what follows it in its block."""
    number = 0
    for text, cut, ended in source:
        lines = deque(text.split("\n"))
        while lines and number + 1 < hint.row:
            lines.popleft()
            number += 1
        while lines and not lines[0].strip():
            lines.popleft()
            number += 1
        if lines and not cut and (said := re.fullmatch(r'"?sep=(.)"?', lines[0].strip("\ufeff"))):
            # A line that Excel writes and reads, and shows nobody.
            delimiter = delimiter or said[1]
            lines.popleft()
        if not lines:
            continue
        scan = Scan(source, delimiter or _guess(lines[0]), number=number)
        if hint.columns:
            whole = Block("\n".join(lines), cut=cut, ended=ended)
            return scan, whole, header_names(path, list(hint.columns))
        header = next_record(scan, lines, path)
        if header is None:
            raise InputError(f"the header cannot be read: {scan.rejected[0][2]}", where=path)
        scan.spaced = any(cell.lstrip().startswith('"') for cell in header)
        if scan.spaced:  # a blank before each quote
            header = [cell.strip().strip('"') for cell in header]
        rest = Block("\n".join(lines), cut=False, ended=ended) if lines else None
        return scan, rest or next(source, None), header_names(path, header)
    raise InputError("the file has no header: it holds nothing but blank lines", where=path)


def _guess(line: str) -> str:
    unquoted = re.sub(r'"[^"]*"?', "", line)
    return max(_DELIMITERS, key=unquoted.count)


def header_names(path: Path, cells: list[str]) -> list[str]:
    """The columns of a header as they are called here. Raises InputError where it is none."""
    if len(cells) > _COLUMN_LIMIT:
        raise InputError(f"the header has {len(cells):,} columns", where=path)
    if any(map(UNREADABLE.search, cells)):
        raise InputError(
            "the header holds NUL characters or bytes that are no text",
            where=path,
            hint="Save the file as UTF-8, or name its encoding in a mapping file.",
        )
    names = [plain_header(cell) or f"column_{place}" for place, cell in enumerate(cells, 1)]
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

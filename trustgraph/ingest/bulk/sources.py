"""What an import reads: the files of each table, cut into batches of rows.

Parquet is read where it lies. Text is first turned into Parquet in the scratch folder, piece by
piece, for only whoever has read it knows where its rows are; so every batch can be read by itself,
in any order, by any process.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import polars.selectors as cs

from trustgraph.ingest.bulk.findings import Lines
from trustgraph.ingest.bulk.text_staging import StagedText, staged_text
from trustgraph.reading.delimited import header_of
from trustgraph.reading.file_rows import format_of
from trustgraph.reading.folder import (
    Source,
    blank_to_null,
    check_headers,
    constants_of,
    with_constants,
)
from trustgraph.reading.parquet import parquet_rows, parquet_shape
from trustgraph.register import Origins
from trustgraph.storage import Work
from trustgraph.tables.input_report import FileReport, InputReport, plain_report, rejected_by_file
from trustgraph.tables.sheet import CELLS, CONTRACTS, FILE, ROW, header_problems
from trustgraph.tables.typed import as_text
from trustgraph.version import VERSION

__all__ = ["BATCH_ROWS", "PLACE", "Batch", "Input", "fingerprint_of", "inputs_of", "report_on"]

BATCH_ROWS: Final = 1 << 20
PLACE: Final = "__place__"
PIECE_ROWS: Final = 1 << 18

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class _File:
    """One file: the number of its last row, its rows in spans, and what is told of it.

    ``constants`` is what its folders say; ``text`` is there where Parquet was made of text.
    """

    name: str
    columns: tuple[str, ...]
    last: int
    spans: tuple[tuple[Path, int, int], ...]
    constants: tuple[tuple[str, str | None], ...]
    text: StagedText | None = None

    def report(self, table: str, rejected: int) -> FileReport:
        """How it was read; ``rejected`` counts all its rows that are not kept."""
        unreadable = 0 if self.text is None else self.text.unreadable
        return plain_report(
            table,
            self.name,
            self.columns,
            format=format_of(self.name),
            rows=sum(count for _, _, count in self.spans) + unreadable,
            rejected=rejected,
            unreadable=unreadable,
            encoding=None if self.text is None else self.text.encoding,
            delimiter=None if self.text is None else self.text.delimiter,
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive rows of one Parquet file, one that was given or one that was made of text."""

    path: Path
    name: str
    first: int
    count: int
    begin: int
    staged: bool
    constants: tuple[tuple[str, str | None], ...] = ()

    def read(self) -> pl.DataFrame:
        return with_constants(self._read(), dict(self.constants))

    def _read(self) -> pl.DataFrame:
        if not self.staged:
            return parquet_rows(self.path, name=self.name, first=self.first, count=self.count)
        return pl.read_parquet(self.path, glob=False).with_columns(pl.lit(self.name).alias(FILE))


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of one table, in the order of the input."""

    number: int
    pieces: tuple[Piece, ...]

    @property
    def rows(self) -> int:
        return sum(piece.count for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Input:
    """One table: its columns over all files, its files, its rows in batches.

    ``holders`` says which file has which column first.
    """

    table: str
    schema: dict[str, pl.DataType]
    files: tuple[_File, ...]
    holders: dict[str, str]
    begins: tuple[int, ...]
    beyond: int
    batches: tuple[Batch, ...]

    @property
    def rows(self) -> int:
        return sum(batch.rows for batch in self.batches)

    @property
    def place_type(self) -> type[np.uint32 | np.int64]:
        """What places of rows fit into."""
        return np.uint32 if self.beyond <= np.iinfo(np.uint32).max else np.int64

    def read(self, batch: Batch) -> pl.DataFrame:
        """The rows of a batch with all columns of the table, and ``PLACE`` as in ``Origins``."""
        frames = []
        for piece in batch.pieces:
            frame = piece.read()
            given = {name: dtype for name, dtype in self.schema.items() if name in frame.columns}
            frame = frame.with_columns(
                as_text(name, frame.schema[name]).alias(name)
                if dtype == pl.String and frame.schema[name] != pl.String
                else cs.by_name(name).cast(dtype)
                for name, dtype in given.items()
            ).with_columns(
                pl.lit(None, dtype=dtype).alias(name)
                for name, dtype in self.schema.items()
                if name not in given
            )
            place = (pl.col(ROW) + piece.begin).alias(PLACE)
            cells = CELLS if piece.staged else pl.lit(None, pl.Int64).alias(CELLS)
            frames.append(frame.select(cs.by_name(*self.schema), FILE, ROW, cells, place))
        return blank_to_null(self.table, pl.concat(frames))

    def origins(self, place: np.ndarray) -> Origins:
        begins = np.array(self.begins, dtype=np.int64)
        return Origins(tuple(file.name for file in self.files), begins, place)

    def reports(self, rejected: Mapping[str, int]) -> list[FileReport]:
        """How each file was read; ``rejected`` says by file how many rows are not kept."""
        return [file.report(self.table, rejected.get(file.name, 0)) for file in self.files]


def fingerprint_of(path: Path, sources: Sequence[Source]) -> str:
    """What tells one input from another: versions, and names, sizes and times of all files."""
    seen = [
        (source.table, str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns)
        for source in sources
        for file in source.files
    ]
    return hashlib.sha256(
        json.dumps([VERSION, pl.__version__, str(path.resolve()), seen]).encode()
    ).hexdigest()


def inputs_of(
    path: Path, sources: Sequence[Source], work: Work, lines: Lines, tell: Tell
) -> dict[str, Input]:
    """All tables by their names; those that no file holds are empty.

    Raises InputError naming every wrong header, before any row is read.
    """
    names = {file: file.relative_to(path).as_posix() for s in sources for file in s.files}
    shapes = {file: _shape(file, name) for file, name in names.items()}
    constants = {file: constants_of(path, file) for file in names}
    schemas = {
        file: pl.Schema({**dict.fromkeys(constants[file], pl.String()), **schema})
        for file, (schema, _) in shapes.items()
    }
    frames = {
        file: pl.Schema({**schema, FILE: pl.String()}).to_frame()
        for file, schema in schemas.items()
    }
    problems = [
        f"{names[file]}: {problem}"
        for source in sources
        for file in source.files
        for problem in header_problems(source.table, frames[file], CONTRACTS[source.table])
    ]
    check_headers(path, problems)
    inputs = {table: _input(table, {}, {}, []) for table in CONTRACTS}
    for source in sources:
        schema: dict[str, set[pl.DataType]] = {}
        holders: dict[str, str] = {}
        files = []
        for number, file in enumerate(source.files):
            name = names[file]
            if _is_parquet(file):
                text, count = None, shapes[file][1]
                last = count + 1
                spans = tuple(
                    (file, first, min(PIECE_ROWS, count - first))
                    for first in range(0, count, PIECE_ROWS)
                )
            else:
                at = f"{source.table}-{number:05}"
                text = staged_text(work, lines, source.table, at, file, name, tell)
                last = text.last
                spans = tuple((piece, 0, rows) for piece, rows in text.pieces)
            for column, dtype in schemas[file].items():
                schema.setdefault(column, set()).add(dtype)
                holders.setdefault(column, name)
            columns = tuple(dict.fromkeys([*shapes[file][0], *constants[file]]))
            said = tuple(constants[file].items())
            files.append(_File(name, columns, last, spans, said, text))
        inputs[source.table] = _input(source.table, schema, holders, files)
    return inputs


def report_on(inputs: Mapping[str, Input], rejected: pl.DataFrame) -> InputReport:
    """How all files were read, by all lines of ``rejected``."""
    counts = rejected_by_file(rejected)
    return InputReport(tuple(one for table in inputs.values() for one in table.reports(counts)))


def _is_parquet(file: Path) -> bool:
    return format_of(file.name) == "parquet"


def _shape(file: Path, name: str) -> tuple[pl.Schema, int]:
    """The columns of a file, and its rows where it tells how many it has."""
    if _is_parquet(file):
        return parquet_shape(file, name=name)
    return pl.Schema(dict.fromkeys(header_of(file, name=name), pl.String())), 0


def _input(
    table: str,
    schema: dict[str, set[pl.DataType]],
    holders: dict[str, str],
    files: Sequence[_File],
) -> Input:
    begins = [0]
    for file in files:
        begins.append(begins[-1] + file.last + 1)
    pieces = [
        Piece(path, file.name, first, count, begin, file.text is not None, file.constants)
        for begin, file in zip(begins, files, strict=False)
        for path, first, count in file.spans
    ]
    return Input(
        table=table,
        schema={name: _joint(types) for name, types in schema.items()},
        files=tuple(files),
        holders=holders,
        begins=tuple(begins[:-1]),
        beyond=begins[-1],
        batches=tuple(_batches(pieces)),
    )


def _joint(types: set[pl.DataType]) -> pl.DataType:
    """The type of a column over all files: text, where they do not agree."""
    found = types - {pl.Null()}
    return next(iter(found or types)) if len(found) < 2 else pl.String()


def _batches(pieces: Sequence[Piece]) -> Iterator[Batch]:
    number, rows = 0, 0
    group: list[Piece] = []
    for piece in pieces:
        if group and rows + piece.count > BATCH_ROWS:
            yield Batch(number, tuple(group))
            number, rows, group = number + 1, 0, []
        group.append(piece)
        rows += piece.count
    if group:
        yield Batch(number, tuple(group))

"""A folder of tables: which file holds which table, and all of them read and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import polars as pl
import polars.selectors as cs

from trustgraph.errors import InputError, check_name
from trustgraph.reading.decoding import reading_errors
from trustgraph.reading.delimited import Progress
from trustgraph.reading.file_rows import FileRows, format_of, text_or_parquet
from trustgraph.reading.workbooks import WORKBOOKS
from trustgraph.tables.input_report import InputReport, plain_report, rejected_by_file
from trustgraph.tables.sheet import (
    CONTRACTS,
    FILE,
    findings,
    gather,
    header_problems,
)
from trustgraph.tables.tables import Tables, check_sheets
from trustgraph.tables.typed import as_text

__all__ = [
    "EXTRACT",
    "ROWS_ELSEWHERE",
    "SUFFIXES",
    "FolderRead",
    "Source",
    "absent_lines",
    "blank_to_null",
    "check_headers",
    "constants_of",
    "join_parts",
    "read_folder",
    "read_frames",
    "sources_of",
    "with_constants",
]

SUFFIXES: Final = (".csv.gz", ".csv", ".parquet")
"""The formats read, longest first."""


ROWS_ELSEWHERE: Final = frozenset({".tsv", ".jsonl", ".ndjson", ".zip", ".7z", ".rar"})
"""Endings of files with rows that are not read, or under a mapping alone."""
_PERHAPS_ROWS: Final = frozenset({".txt", ".json", ".xml", ".dat", ".bak"})
_ONE_OF: Final = {
    "entities": "entity",
    "relationships": "relationship",
    "records": "record",
    "consultations": "consultation",
}
_NO_VALUE: Final = "__HIVE_DEFAULT_PARTITION__"
EXTRACT: Final = "subgraph.json"
"""The file by which a folder is known to hold tables that were taken out of a register."""
_EXTRACTED: Final = (
    "these tables were taken out of a register: owners, relationships and records that were left "
    "out count for nothing, and persons have other pseudonyms"
)


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one table, all of one format."""

    table: str
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class FolderRead:
    """Tables as they were read: ``frames``, and lines for the rows that could not be, ``rejected``.

    ``holders`` says by table which file has which column first; ``files`` are table, name and rows.
    """

    frames: dict[str, pl.DataFrame]
    rejected: pl.DataFrame
    holders: dict[str, dict[str, str]]
    files: list[tuple[str, str, FileRows]]

    def report(self, rejected: pl.DataFrame) -> InputReport:
        """How each file was read, by all lines of ``rejected``."""
        counts = rejected_by_file(rejected)
        files = [
            plain_report(
                table,
                name,
                rows.frame.columns,
                format=format_of(name),
                rows=rows.frame.height + rows.rejected.height,
                rejected=counts.get(name, 0),
                unreadable=rows.rejected.height,
                encoding=rows.encoding,
                delimiter=rows.delimiter,
            )
            for table, name, rows in self.files
        ]
        return InputReport(tuple(files))


def read_folder(path: Path, *, progress: Progress | None = None) -> Tables:
    """Read a folder that holds the tables under their own names; see ``read_tables``."""
    sources = sources_of(path)
    read = read_frames(path, sources, progress=progress)
    absent = absent_lines(path, sources)
    tables = check_sheets(read.frames, rejected=read.rejected, flagged=absent, holders=read.holders)
    return replace(tables, report=read.report(tables.rejected))


def read_frames(
    path: Path, sources: Sequence[Source], *, prefix: str = "", progress: Progress | None = None
) -> FolderRead:
    """Read the files of some tables, which are not checked yet.

    ``prefix`` comes before the names of files in lines. Raises InputError.
    """
    frames: dict[str, pl.DataFrame] = {}
    holders: dict[str, dict[str, str]] = {}
    files: list[tuple[str, str, FileRows]] = []
    rejected: list[pl.DataFrame] = []
    problems: list[str] = []
    parts: dict[str, list[pl.DataFrame]] = {}
    for source in sources:
        contract = CONTRACTS.get(source.table, ())
        for file in source.files:
            name = f"{prefix}{file.relative_to(path).as_posix()}"
            rows = text_or_parquet(file, name=name, progress=progress)
            frame = with_constants(rows.frame, constants_of(path, file))
            files.append((source.table, name, replace(rows, frame=frame)))
            parts.setdefault(source.table, []).append(frame)
            rejected.append(rows.rejected)
            first = holders.setdefault(source.table, {})
            for column in frame.columns:
                first.setdefault(column, name)
            wrong = header_problems(source.table, frame, contract)
            problems += [f"{file.relative_to(path)}: {problem}" for problem in wrong]
    check_headers(path, problems)
    for table, found in parts.items():
        frames[table] = blank_to_null(table, join_parts(found))
    return FolderRead(frames, gather(None, rejected), holders, files)


def sources_of(
    path: Path, *, tables: Sequence[str] = tuple(CONTRACTS), whole: bool = True
) -> list[Source]:
    """Which files of a folder hold which table. Raises InputError where that is not clear.

    ``whole``: there must be entities, and relationships or records; else any one will do.
    """
    if not path.is_dir():
        with reading_errors(path, path.name), path.open("rb"):
            pass
        packed = path.suffix.lower() in {".zip", ".7z", ".rar", ".tar", ".tgz"}
        raise InputError(
            "this is an archive; a folder with entities, relationships and records is expected"
            if packed
            else "this is a file; a folder with entities, relationships and records is expected",
            where=path,
            hint="Unpack it, and give the folder."
            if packed
            else f"Give the folder that holds it: {path.parent}",
        )
    check_name(path)
    _check_made(path)
    with reading_errors(path, path.name):
        listing = sorted(path.iterdir())
    sources = [_source(path, listing, table) for table in tables]
    found = [source for source in sources if source.files]
    for source in found:
        for file in source.files:
            check_name(file)
    _check_left(listing, found, tables)
    if whole:
        _check_presence(path, listing, sources)
    elif not found:
        raise InputError(
            f"there is no table; looked for {', '.join(tables)} as .csv, .csv.gz or .parquet",
            where=path,
            hint="Give a folder of tables with rows to add, change or remove.",
        )
    _check_formats(listing, found)
    return found


def absent_lines(path: Path, sources: Sequence[Source]) -> pl.DataFrame:
    """Lines for ``flagged`` on the folder: absent tables, files not read, tables of a subgraph."""
    given = {source.table for source in sources}
    absent = [
        (path.name, None, None, None, f"no file holds {table}")
        for table in CONTRACTS
        if table not in given and table != "consultations"
    ]
    read = {file for source in sources for file in source.files}
    absent += [
        (file.name, None, None, None, "this file holds no table and is not read")
        for file in sorted(path.iterdir())
        if file not in read and _may_hold_rows(file)
    ]
    if (path / EXTRACT).is_file():
        absent.append((EXTRACT, None, None, None, _EXTRACTED))
    return findings(absent)


def _may_hold_rows(file: Path) -> bool:
    """Whether somebody may think that a file is read, by its ending or by its whole name."""
    name = file.name.lower()
    if name.startswith((".", "_")) or not file.is_file():
        return False
    if _suffix(file) or file.suffix.lower() in WORKBOOKS | ROWS_ELSEWHERE:
        return True
    called = (*CONTRACTS, *_ONE_OF.values())
    return file.suffix.lower() in _PERHAPS_ROWS and name.startswith(called)


def check_headers(path: Path, problems: Sequence[str]) -> None:
    """Raise InputError where the headers of files have problems, naming all of them."""
    if problems:
        raise InputError(
            "".join(f"\n  - {problem}" for problem in problems).strip("\n -"),
            where=path,
            hint="Rename the columns, or describe the files in a mapping file.",
        )


def join_parts(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Parts one below the other; a column that is not of one type in all of them becomes text."""
    types: dict[str, set[pl.DataType]] = {}
    for part in parts:
        for name, dtype in part.schema.items():
            types.setdefault(name, set()).add(dtype)
    mixed = [name for name, found in types.items() if len(found - {pl.Null()}) > 1]
    return pl.concat(
        [
            part.with_columns(
                as_text(name, part.schema[name]).alias(name)
                for name in mixed
                if part.schema.get(name, pl.String()) != pl.String
            )
            for part in parts
        ],
        how="diagonal_relaxed",
    )


def blank_to_null(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Extra columns ride along as they came, but an empty cell is no value in them either.

    Their names may be anything: ``pl.col`` would read ``*`` and ``^…$`` as patterns.
    """
    contract = {column.name for column in CONTRACTS.get(table, ())} | {FILE}
    text = [
        name for name, dtype in frame.schema.items() if dtype == pl.String and name not in contract
    ]
    return frame.with_columns(
        pl.when(cs.by_name(name) != "").then(cs.by_name(name)).alias(name) for name in text
    )


# --- Which files ----------------------------------------------------------------------------------


def constants_of(path: Path, file: Path) -> dict[str, str | None]:
    """Columns that stand in the names of folders, as Hive and Spark write them: ``kind=branch``."""
    told = (part.partition("=") for part in file.relative_to(path).parts[:-1] if "=" in part)
    return {name: None if value == _NO_VALUE else unquote(value) for name, _, value in told if name}


def with_constants(frame: pl.DataFrame, constants: Mapping[str, str | None]) -> pl.DataFrame:
    """A file's rows with what the names of its folders say; a column of its own stands."""
    return frame.with_columns(
        pl.lit(value, pl.String).alias(name)
        for name, value in constants.items()
        if name not in frame.columns
    )


def _source(path: Path, listing: Sequence[Path], table: str) -> Source:
    whole: dict[str, list[Path]] = {}
    called = (table, _ONE_OF.get(table, table))
    for file in listing:
        name = file.name.lower()
        if file.is_dir():
            if name in {f"{one}{more}" for one in called for more in ("", ".csv", ".parquet")}:
                inside = [part for part in sorted(file.rglob("*")) if _is_part(file, part)]
                whole.setdefault(f"the folder {file.name}", []).extend(inside)
        elif suffix := _suffix(file):
            stem = name.removesuffix(suffix)
            if stem in called:
                whole.setdefault(file.name, []).append(file)
            elif stem.startswith((f"{table}-", f"{table}_")):
                whole.setdefault(f"{table}-*{suffix}", []).append(file)
    if len(whole) > 1:
        raise InputError(
            f"{table} stand in more than one place: {', '.join(whole)}",
            where=path,
            hint="Leave one file, one folder of parts, or parts of one format.",
        )
    files = tuple(file for found in whole.values() for file in found)
    formats = sorted({_suffix(file) for file in files})
    if len(formats) > 1:
        raise InputError(
            f"{table} come in more than one format: {', '.join(formats)}",
            where=path,
            hint="Leave the parts of one format only.",
        )
    return Source(table, files)


def _is_part(folder: Path, part: Path) -> bool:
    """Whether a file somewhere in a table's folder is read: what is hidden is not."""
    within = part.relative_to(folder).parts
    return bool(_suffix(part)) and not any(one.startswith((".", "_")) for one in within)


def _check_made(path: Path) -> None:
    """Raise InputError for a run or a register in place of tables."""
    if (path / "run.json").is_file() and not any(path.glob("entities*")):
        raise InputError(
            "this is a run, and tables are wanted",
            where=path,
            hint=f"The register that it was made from lies in it: {path / 'register'}; "
            "or give the folder of the tables.",
        )
    if (path / "register.json").is_file():
        raise InputError(
            "this is a register, and tables are wanted",
            where=path,
            hint="Give the folder of the tables that it was imported from.",
        )


def _check_left(listing: Sequence[Path], found: Sequence[Source], tables: Sequence[str]) -> None:
    """Raise InputError for a file that is hardly meant to be left out: a copy, an odd name."""
    read = {file for source in found for file in source.files}
    for file in listing:
        if file in read or not _suffix(file):
            continue
        stem = re.match("[a-z]+", file.name.lower())
        if stem and stem[0] in {*tables, *(_ONE_OF.get(table) for table in tables)}:
            table = next(one for one in tables if stem[0] in (one, _ONE_OF.get(one)))
            raise InputError(
                f"this looks like {table}, and its name is not one that is read",
                where=file,
                hint=f"Call it {table}-2{_suffix(file)} to have it read with the others, "
                "or move it elsewhere.",
            )


def _suffix(file: Path) -> str:
    """The suffix if the format is read, else nothing; hidden files are none."""
    name = file.name.lower()
    if name.startswith((".", "_")) or file.is_dir():
        return ""
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")


def _check_presence(path: Path, listing: Sequence[Path], sources: Sequence[Source]) -> None:
    given = {source.table for source in sources if source.files}
    found = ", ".join(file.name + "/" * file.is_dir() for file in listing[:20]) or "nothing"
    books = [file for file in listing if file.suffix.lower() in WORKBOOKS]
    if books and "entities" not in given:
        raise InputError(
            f"this is a workbook, and there are no entities as CSV or Parquet: {books[0].name}",
            where=path,
            hint="Give a mapping that says what it holds (trustgraph guess proposes one), "
            "or save each sheet as CSV (UTF-8).",
        )
    more = f" and {len(listing) - 20} more" if len(listing) > 20 else ""
    looked = "looked for {} as .csv, .csv.gz or .parquet (a file, entities-*.csv or a folder)"
    if "entities" not in given:
        raise InputError(
            f"there are no entities: {looked.format('entities')}; found: {found}{more}",
            where=path,
            hint="Rename the files, or describe them in a mapping file.",
        )
    if not given & {"relationships", "records"}:
        raise InputError(
            "there are neither relationships nor records: "
            f"{looked.format('relationships and records')}; found: {found}{more}",
            where=path,
            hint="Rename the files, or describe them in a mapping file.",
        )


def _check_formats(listing: Sequence[Path], sources: Sequence[Source]) -> None:
    given = {source.table for source in sources}
    for file in listing:
        stem = file.name.lower().split(".")[0]
        if stem in CONTRACTS and stem not in given and not file.is_dir():
            raise InputError(
                f"{stem} are not in a format that is read ({', '.join(SUFFIXES)})",
                where=file,
                hint="Save the file as CSV, or move it elsewhere.",
            )

"""Tables: the validated frames that everything else consumes, plus what was rejected.

A row that cannot be used is never dropped in silence and never stops good rows: it goes to
``rejected`` with its file, row, column, value and reason. Every problem of a row is said, one
line each; the row counts once. A row that is kept although something about it is wrong (an
identifier with a wrong check character, an unknown status) has a line in ``flagged``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

import polars as pl

from trustgraph.errors import InputError
from trustgraph.tables.checks import (
    check_entity_rows,
    check_record_rows,
    check_relationship_rows,
    check_unique,
    flag_repeated,
    flag_unlikely,
    reject_ends,
)
from trustgraph.tables.input_report import FileReport, InputReport, plain_report
from trustgraph.tables.shared_codes import flag_shared_codes
from trustgraph.tables.sheet import (
    CONTRACTS,
    Sheet,
    close_sheet,
    flagged_lines,
    gather,
    header_problems,
    open_sheet,
    rejected_lines,
)

__all__ = [
    "SHOWN_REASONS",
    "Tables",
    "check_sheets",
    "check_tables",
    "counted",
    "flag_more",
    "flag_words",
    "reject_more",
    "rejection_words",
    "rows_of_lines",
]


SHOWN_REASONS: Final = 5
"""Findings that are put into words; the others are counted."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Four checked frames and two lists of what was wrong.

    ``entities``, ``relationships``, ``records`` and ``consultations`` hold the columns of
    :mod:`trustgraph.schema` in contract order, then any extra columns as they came; entities
    have ``uscc_valid`` and ``lei_valid`` in between (null where there is no code), the
    others end with ``__file__`` and ``__row__``. ``rejected`` and ``flagged`` have the
    columns ``file``, ``row`` (the header is row 1; null where the file as a whole is meant),
    ``column``, ``value`` and ``reason``. ``report`` says how each file was read and what became of
    its rows.
    """

    entities: pl.DataFrame
    relationships: pl.DataFrame
    records: pl.DataFrame
    consultations: pl.DataFrame
    rejected: pl.DataFrame
    flagged: pl.DataFrame
    report: InputReport = field(default_factory=InputReport)

    @property
    def rejected_rows(self) -> int:
        """How many rows were rejected: a row with several problems counts once."""
        return rows_of_lines(self.rejected)


def check_tables(
    entities: pl.DataFrame,
    relationships: pl.DataFrame | None = None,
    records: pl.DataFrame | None = None,
    consultations: pl.DataFrame | None = None,
) -> Tables:
    """Check frames, typed or all text, against the table contracts.

    Whitespace around contract values is stripped and a blank is a missing value. Text dates are
    strict ISO days; of a ``Datetime`` with an hour the day is taken, and flagged. How values are
    read as their types is :mod:`trustgraph.tables.typed`'s business. In ``rejected`` and
    ``flagged`` a frame is a file with the table's name whose header stands in row 1, unless it
    brings the columns ``__file__`` and ``__row__``.

    Raises InputError when a required column is missing or a column's type cannot be read.

    >>> import polars as pl
    >>> people = pl.DataFrame({"id": ["P", "P"], "kind": "person", "name": ["Li", "Wu"]})
    >>> tables = check_tables(people)
    >>> tables.entities["name"].to_list(), tables.rejected["reason"].to_list()
    (['Li'], ['row 2 of entities has this id already'])
    """
    given = {
        "entities": entities,
        "relationships": relationships,
        "records": records,
        "consultations": consultations,
    }
    for name, frame in given.items():
        if frame is not None and not isinstance(frame, pl.DataFrame):
            raise InputError(
                f"`{name}` is a {type(frame).__name__}, not a polars DataFrame",
                hint="pl.DataFrame(rows) makes one of dictionaries or lists; collect a LazyFrame",
            )
    frames = {name: frame for name, frame in given.items() if frame is not None}
    tables = check_sheets(frames)
    files = tuple(_frame_report(name, frame, tables) for name, frame in frames.items())
    return replace(tables, report=InputReport(files))


def _frame_report(name: str, frame: pl.DataFrame, tables: Tables) -> FileReport:
    rejected = frame.height - getattr(tables, name).height
    return plain_report(
        name, name, frame.columns, format="frame", rows=frame.height, rejected=rejected
    )


def check_sheets(
    frames: Mapping[str, pl.DataFrame],
    *,
    rejected: pl.DataFrame | None = None,
    flagged: pl.DataFrame | None = None,
    holders: Mapping[str, Mapping[str, str]] | None = None,
) -> Tables:
    """:func:`check_tables` for readers: frames by table name, and what the reader rejected.

    ``rejected`` and ``flagged`` are lines as :func:`tables.sheet.findings` makes them and
    come first. ``holders`` says by table which file has which column first.
    Raises InputError as :func:`check_tables` does, naming every problem at once.
    """
    problems = [
        problem
        for name, contract in CONTRACTS.items()
        if name in frames
        for problem in header_problems(name, frames[name], contract)
    ]
    if problems:
        raise InputError(
            "; ".join(problems),
            hint="The columns of every table are listed in trustgraph.schema.",
        )
    given = [name for name in CONTRACTS if name in frames]
    sheets = {
        name: open_sheet(name, frames[name], (holders or {}).get(name))
        if name in frames
        else _empty_sheet(name)
        for name in CONTRACTS
    }
    _check_together(**sheets)
    closed = {
        name: close_sheet(sheet) if name in frames else _no_rows(name)
        for name, sheet in sheets.items()
    }
    return Tables(
        entities=closed["entities"],
        relationships=closed["relationships"],
        records=closed["records"],
        consultations=closed["consultations"],
        rejected=gather(rejected, [rejected_lines(sheets[name]) for name in given]),
        flagged=gather(flagged, [flagged_lines(sheets[name]) for name in given]),
    )


@cache
def _no_sheet(name: str) -> Sheet:
    return open_sheet(name, pl.DataFrame())


def _empty_sheet(name: str) -> Sheet:
    """A table that nobody gave. It is asked for with every few changed rows: opened once."""
    return replace(_no_sheet(name), lines=[], flags=[])


@cache
def _no_rows(name: str) -> pl.DataFrame:
    return close_sheet(_empty_sheet(name))


def reject_more(tables: Tables, lines: pl.DataFrame) -> Tables:
    """Tables with further lines in ``rejected``, for what shows only with a pack."""
    return replace(tables, rejected=gather(tables.rejected, [lines])) if lines.height else tables


def flag_more(tables: Tables, *lines: pl.DataFrame) -> Tables:
    """Tables with further lines in ``flagged``, for what shows only with a pack or a day."""
    return replace(tables, flagged=gather(tables.flagged, lines)) if lines else tables


def rows_of_lines(lines: pl.DataFrame) -> int:
    """How many rows lines of ``rejected`` or ``flagged`` speak of."""
    return lines.select("file", "row").unique().height


def rejection_words(rejected: pl.DataFrame) -> str:
    """How many rows were rejected, how many problems they have, and the first of these.

    A row counts once; each of its problems has a line in ``rejected``. Where a problem
    names no row or column, the file or the row as a whole is meant.
    """
    rows = counted(rows_of_lines(rejected), "row")
    head = f"{rows} rejected, {counted(rejected.height, 'problem')} found:"
    return "\n".join([head, *_first_of(rejected, "problem")])


def flag_words(flagged: pl.DataFrame) -> str:
    """How many rows are used but doubtful, and the first of what was found about them."""
    rows = counted(rows_of_lines(flagged), "row")
    return "\n".join([f"{rows} used, but doubtful:", *_first_of(flagged, "finding")])


def counted(count: int, what: str) -> str:
    """How many there are of something, in words.

    >>> counted(1, "row"), counted(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _first_of(found: pl.DataFrame, what: str) -> list[str]:
    lines = []
    for line in found.head(SHOWN_REASONS).to_dicts():
        row = "" if line["row"] is None else f" row {line['row']}"
        column = "" if line["column"] is None else f", {line['column']}"
        lines.append(f"  {line['file']}{row}{column}: {line['reason']}")
    more = found.height - len(lines)
    return [*lines, *([f"  … and {counted(more, f'more {what}')}"] if more > 0 else [])]


def _check_together(
    entities: Sheet, relationships: Sheet, records: Sheet, consultations: Sheet
) -> None:
    check_entity_rows(entities)
    check_unique(entities)
    flag_shared_codes(entities)
    kept = entities.frame.filter(~entities.bad)
    refused = entities.frame.filter(entities.bad)["id"].drop_nulls().implode()

    def check_ends(sheet: Sheet, *columns: str) -> None:
        for column in columns:
            end = sheet.frame[column]
            known = end.is_in(kept["id"].implode()).fill_null(value=False)
            reject_ends(sheet, column, ~known, end.is_in(refused).fill_null(value=False))

    if relationships.frame.height:
        check_relationship_rows(relationships)
        check_ends(relationships, "source", "target")
        check_unique(relationships)
        persons = kept.filter(pl.col("kind") == "person")["id"].implode()
        between = relationships.frame
        flag_unlikely(
            relationships,
            *(between[end].is_in(persons).fill_null(value=False) for end in ("source", "target")),
        )
        flag_repeated(relationships)
    if records.frame.height:
        check_record_rows(records)
        check_ends(records, "entity")
        check_unique(records)
    if consultations.frame.height:
        check_ends(consultations, "entity")

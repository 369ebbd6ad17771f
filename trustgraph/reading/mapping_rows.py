"""From the files of a mapping to rows of tables, section by section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from trustgraph.reading.fields import Made, holds, make, raw_text, split_rows
from trustgraph.reading.folder import join_parts
from trustgraph.reading.mapping import Section
from trustgraph.reading.mapping_fields import Field
from trustgraph.tables.sheet import CELLS, CONTRACTS, FILE, REFUSED, ROW, findings, gather
from trustgraph.tables.typed import typed

__all__ = [
    "MARK",
    "OF_NAMES",
    "SECTION",
    "Part",
    "completed_entities",
    "count_merged",
    "map_section",
    "merge_equal",
    "other_words",
]

SECTION: Final = "__section__"
"""The column that says of which section a row is, while rows are checked."""
OF_NAMES: Final = -1
"""In place of the section of rows that tie persons of one name."""
MARK: Final = "\x1f"
"""While rows are checked, their file is called ``name + MARK + number of the section``."""


@dataclass(slots=True)
class Part:
    """One section under way; ``doubts`` are of whole columns, ``doubtful`` of single rows."""

    number: int
    section: Section
    source: pl.DataFrame
    unreadable: int
    days: frozenset[str] = frozenset()
    filtered: int = 0
    pieces: int = 0
    skipped: int = 0
    merged: int = 0
    made: pl.DataFrame = field(default_factory=pl.DataFrame)
    lines: pl.DataFrame = field(default_factory=lambda: findings([]))
    doubts: pl.DataFrame = field(default_factory=lambda: findings([]))
    doubtful: pl.DataFrame = field(default_factory=lambda: findings([]))
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)


def map_section(part: Part) -> None:
    """Make the rows of one section, and lines for those that the mapping cannot make."""
    section = part.section
    own = [name for name in (FILE, ROW, CELLS) if name in part.source]
    told = [raw_text(one) for one in section.fields]
    tests = [holds(condition) for condition in section.where]
    if any(one.fill for one in section.fields) and tests:
        # What stands above a cell stands there, whether that row is asked for or not.
        chosen = part.source.select(pl.all_horizontal(tests).alias("chosen"))["chosen"]
        raw = part.source.select(*own, *told).filter(chosen)
    else:
        raw = part.source.filter(*tests).select(*own, *told)
    part.filtered = part.source.height - raw.height
    for one in section.fields:
        if one.split:
            raw = split_rows(raw, one)
    part.pieces = raw.height
    no = pl.repeat(False, raw.height, eager=True)
    skipped = refused = no
    columns: dict[str, Made] = {}
    for one in section.fields:
        column = None
        if one.percent and section.where and not one.split:
            column = part.source.select(raw_text(one)).to_series()
        days = bool(part.days & set(one.columns))
        made = make(one, raw[one.target], days=days, column=column)
        columns[one.target] = made
        skipped, refused = skipped | made.skipped, refused | made.wrong
        for value, times in made.unmapped.items():
            part.unmapped[one.target, value] += times
    part.skipped = int(skipped.sum())
    lines, doubts, doubtful = [], [], []
    headers = _headers(raw, section.fields) & ~skipped
    if headers.any():
        refused = refused | headers
        lines.append(
            raw.filter(headers).select(
                pl.col(FILE).alias("file"),
                pl.col(ROW).alias("row"),
                pl.lit(None, pl.String).alias("column"),
                pl.lit(None, pl.String).alias("value"),
                pl.lit("this row is the header again").alias("reason"),
            )
        )
    for one in section.fields:
        made = columns[one.target]
        wrong = made.wrong & ~skipped
        if not wrong.any() and made.doubt is None:
            continue
        line = raw.select(
            pl.col(FILE).alias("file"),
            pl.col(ROW).alias("row"),
            pl.lit(one.label).alias("column"),
            pl.col(one.target).alias("value"),
            made.reasons.alias("reason"),
        )
        lines.append(line.filter(wrong))
        if made.doubt is not None:
            line = line.with_columns(reason=pl.lit(made.doubt))
            if made.doubtful is None:  # it is told once, beside the first
                doubts.append(line.filter(pl.col("value").is_not_null()).head(1))
            else:
                doubtful.append(line.filter(made.doubtful & ~refused & ~skipped))
    part.lines = gather(findings([]), lines).sort("row", maintain_order=True)
    part.doubts = gather(findings([]), doubts)
    part.doubtful = gather(findings([]), doubtful)
    if section.table == "records" and "id" not in columns:
        columns["id"] = _record_ids(columns, raw.height)
    part.made = (
        pl.DataFrame([made.values.alias(name) for name, made in columns.items()])
        .with_columns(
            pl.lit(f"{section.file}{MARK}{part.number}").alias(FILE),
            *(raw[name] for name in own if name != FILE),
            refused.alias(REFUSED),
            pl.lit(part.number, dtype=pl.Int64).alias(SECTION),
        )
        .filter(~skipped)
    )


def _headers(raw: pl.DataFrame, fields: Sequence[Field]) -> pl.Series:
    """Rows that say again what their columns are called: lists that were put together have them."""
    named = [one for one in fields if len(one.columns) == 1 and not one.split]
    if not named:
        return pl.repeat(False, raw.height, dtype=pl.Boolean, eager=True)
    no = pl.lit(value=False)
    same = [pl.col(one.target) == one.columns[0] for one in named]
    other = [(pl.col(one.target) != one.columns[0]).fill_null(value=False) for one in named]
    found = pl.any_horizontal(no, *same).fill_null(value=False) & ~pl.any_horizontal(no, *other)
    return raw.select(found.alias("header")).to_series()


def _record_ids(columns: dict[str, Made], height: int) -> Made:
    """Ids of records that have no number: whose, of what type, of which day, however written."""
    names = ("entity", "type", "decided_on")
    given = pl.DataFrame([columns[name].values.alias(name) for name in names])
    whole = _as_read(given, "records").select(pl.concat_str(names, separator="/")).to_series()
    no = pl.repeat(False, height, eager=True)
    return Made(whole.alias("id"), no, no, pl.repeat(None, height, dtype=pl.String, eager=True), {})


def _as_read(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Columns of a table as text, in the one way in which they are read; else as they came."""
    contract = [column for column in CONTRACTS[table] if column.name in frame.columns]
    names = [column.name for column in contract]
    read = typed(frame.select(names), contract, names)
    return frame.with_columns(
        read[name].cast(pl.String).fill_null(frame[name].cast(pl.String)) for name in names
    )


def completed_entities(frame: pl.DataFrame, parts: Sequence[Part]) -> pl.DataFrame:
    """What later rows of ``distinct`` sections say of an entity, where the first says nothing."""
    again = _again(frame, parts)
    if again is None:
        return frame
    rows, ids, usable = again
    # Without what is required no row stands: the next that has it does.
    required = {column.name for column in CONTRACTS["entities"] if column.required}
    few = frame[rows]
    return frame.with_columns(
        frame[name].scatter(rows, few[name].fill_null(_first(few[name], ids, usable)))
        for name in _said(frame)
        if name not in required
    )


def other_words(frame: pl.DataFrame, parts: Sequence[Part]) -> pl.DataFrame:
    """Lines for ``flagged``: merged rows that say something else than the row of their id.

    However it is written. Who is told by a code alone has it for a name, too, and so says nothing
    else.
    """
    again = _again(frame, parts)
    if again is None:
        return findings([])
    rows, ids, usable = again
    frame = frame[rows]
    sound = frame.select(_SOUND).to_series()
    read = _as_read(frame, parts[0].section.table)
    lines = []
    for name in _said(frame):
        first = _first(read[name], ids, sound)
        other = usable & (read[name] != first) & (read[name] != ids)
        if not other.any():
            continue
        told = frame.with_columns(_first(frame[name], ids, sound).alias("__counts"))
        lines.append(
            told.filter(other).select(
                file=pl.col(FILE).cast(pl.String),
                row=pl.col(ROW).cast(pl.Int64),
                column=pl.lit(name),
                value=pl.col(name).cast(pl.String),
                reason=pl.format('an earlier row of this id says "{}", which counts', "__counts"),
            )
        )
    return gather(findings([]), lines)


_SOUND: Final = ~pl.col(REFUSED) & pl.col("id").is_not_null()
"""Rows that may stand."""


def _again(
    frame: pl.DataFrame, parts: Sequence[Part]
) -> tuple[pl.Series, pl.Series, pl.Series] | None:
    """The places of rows whose id several have, their ids as read, and which may be merged.

    None where none may: as a rule few rows are looked at.
    """
    distinct = [part.number for part in parts if part.section.distinct]
    if not distinct or "id" not in frame:
        return None
    ids = _as_read(frame.select("id"), parts[0].section.table)["id"]
    rows = (ids.is_duplicated() & ids.is_not_null()).arg_true()
    if not len(rows):
        return None
    usable = frame[rows].select(pl.col(SECTION).is_in(distinct) & _SOUND).to_series()
    return rows, ids[rows], usable


def _said(frame: pl.DataFrame) -> list[str]:
    own = {FILE, ROW, CELLS, SECTION, REFUSED, "id"}
    return [name for name in frame.columns if name not in own]


def _first(cells: pl.Series, ids: pl.Series, among: pl.Series) -> pl.Series:
    """What the first of some rows of an id says, for each row of it."""
    frame = pl.DataFrame([cells.alias("cell"), ids.alias("id"), among.alias("among")])
    first = pl.col("cell").filter("among").first(ignore_nulls=True).over("id")
    return frame.select(pl.when("among").then(first).alias(cells.name)).to_series()


def merge_equal(parts: Sequence[Part]) -> pl.DataFrame:
    """The rows of one table; those of a ``distinct`` section that equal an earlier one go."""
    frame = join_parts([part.made for part in parts])
    distinct = [part.number for part in parts if part.section.distinct]
    if not distinct:
        return frame
    # A refused row equals only refused ones, so that no good row is merged into it.
    mapped = [name for name in frame.columns if name not in (FILE, ROW, CELLS, SECTION)]
    repeats = (
        ~pl.struct(mapped).is_first_distinct() & ~pl.col(REFUSED) & pl.col(SECTION).is_in(distinct)
    )
    frame = frame.with_columns(repeats.alias("__repeats__"))
    count_merged(parts, frame.filter("__repeats__")[SECTION])
    return frame.filter(~pl.col("__repeats__")).drop("__repeats__")


def count_merged(parts: Sequence[Part], sections: pl.Series) -> None:
    times = Counter(sections.to_list())
    for part in parts:
        part.merged += times[part.number]

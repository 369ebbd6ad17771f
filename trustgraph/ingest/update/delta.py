"""What a day brings: rows that are new or changed, checked as any table's, and rows removed.

A folder holds tables under their own names, any of them, and ``removed``: of each row its ``table``
and ``id``, of a relationship without id its columns. A row of an id that the register has takes
that one's place, whole. What is removed goes first: an entity with its relationships, records and
consultations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from trustgraph.errors import InputError
from trustgraph.ingest.update.lookup import (
    NONE,
    SEVERAL,
    entity_numbers,
    record_numbers,
    relationship_numbers,
    relationships_said,
)
from trustgraph.ingest.update.mapped_rows import completed, persons_named
from trustgraph.reading.folder import read_frames, sources_of
from trustgraph.reading.mapping_apply import map_files
from trustgraph.reading.mapping_rows import OF_NAMES, SECTION
from trustgraph.register import (
    Int64,
    Overlay,
    Register,
    Removed,
    build_overlay,
    dependents_of,
    empty_overlay,
)
from trustgraph.register.model import rows_of
from trustgraph.register.rows import Rows
from trustgraph.schema import ENTITY_KINDS, Column
from trustgraph.tables.checks import CONTENT
from trustgraph.tables.input_report import InputReport, plain_report
from trustgraph.tables.sheet import CELLS, CONTRACTS, FILE, ROW, findings, open_sheet
from trustgraph.tables.tables import Tables, check_sheets
from trustgraph.tables.typed import typed

__all__ = ["REMOVED", "Delta", "day_of_overlay", "read_day"]

REMOVED: Final = "removed"
_SAID_ALREADY: Final = (
    "the register says the same relationship already; both are kept, and both count"
)
_TABLES: Final = ("entities", "relationships", "records")
_SAID: Final = [column.name for column in CONTRACTS["relationships"]]
_IN_VAIN: Final = {
    NONE: "the register has no such row",
    SEVERAL: "the register has several such relationships; give more of their columns",
}
_FOR_ALL: Final = -1
_NEW: Final = -2
"""In the place of an entity's number: a search for all; an entity that the register has not."""
_BESIDE: Final = "\x00"
"""The file of entities that are only beside a day's rows, so that their ends are known."""


@dataclass(frozen=True, slots=True)
class Delta:
    """Rows laid over a register, in ``overlay``; ``consultations`` are added, with their rows.

    ``rejected`` and ``flagged`` are lines about rows of the day, ``report`` is about its files.
    """

    overlay: Overlay
    consultations: pl.DataFrame
    rejected: pl.DataFrame
    flagged: pl.DataFrame
    report: InputReport


def day_of_overlay(
    overlay: Overlay, flagged: pl.DataFrame, where: Path, *, register: Register, changes: int
) -> Delta:
    """A day whose ``changes`` are laid over the register already. Raises InputError."""
    stored = _as_stored(overlay, where)
    twice = _said_already(overlay.relationship_rows, register, overlay.removed)
    flagged = pl.concat([flagged, twice])
    told = plain_report("changes", where.name, (), format="changes", rows=changes, rejected=0)
    return Delta(stored, _no_consultations(), findings([]), flagged, InputReport((told,)))


def read_day(path: Path, register: Register, *, mapping: Path | None = None) -> Delta:
    """Read and check a folder of new, changed and removed rows, as they are or through a mapping.

    Through a mapping nothing is removed; of a ``distinct`` section an entity that the register has
    is completed (:func:`mapped_rows.completed`), and a relationship that it says is merged.
    Raises InputError, MappingError.
    """
    if mapping is not None:
        return _mapped_day(path, mapping, register)
    sources = sources_of(path, tables=(*CONTRACTS, REMOVED), whole=False)
    read = read_frames(path, sources, prefix=f"{path.resolve().name}/")
    frames = read.frames
    named, wrong = _named(frames.pop(REMOVED, None), register, path)
    checked = _checked(frames, register, named.entities, read.holders)
    rejected = pl.concat([read.rejected, checked.rejected, wrong])
    return _laid(path, register, replace(checked, rejected=rejected), named, read.report(rejected))


def _mapped_day(path: Path, mapping: Path, register: Register) -> Delta:
    mapped = map_files(
        path,
        mapping=mapping,
        whole=False,
        known_persons=lambda names: persons_named(register, names),
    )
    none = np.zeros(0, dtype=np.int64)
    checked = _checked(mapped.frames, register, none, None)
    distinct = [number for number, one in enumerate(mapped.sections) if one.distinct]
    rows = checked.relationships
    merged = None
    if SECTION in rows:
        again = pl.Series(_said(rows, register, none)) & rows[SECTION].is_in(distinct)
        again |= pl.Series(_tied(rows, register)) & (rows[SECTION] == OF_NAMES)
        merged, rows = rows.filter(again)[SECTION], rows.filter(~again)
    checked = replace(
        checked,
        entities=completed(checked.entities, mapped.sections, register),
        relationships=rows,
    )
    tables = mapped.tables(checked, merged=merged)
    return _laid(path, register, tables, Removed(none, none, none), tables.report)


def _checked(
    frames: Mapping[str, pl.DataFrame],
    register: Register,
    removed: Int64,
    holders: Mapping[str, Mapping[str, str]] | None,
) -> Tables:
    """A day's rows as far as they can be used: their ends may be the day's or the register's."""
    holders = holders or {}
    first = check_sheets(
        {name: frames[name] for name in ("entities",) if name in frames}, holders=holders
    )
    others = {name: frame for name, frame in frames.items() if name != "entities"}
    second = check_sheets(
        {**others, "entities": _ends(others, first.entities, register, removed)},
        holders={name: holders[name] for name in others if name in holders},
    )
    return Tables(
        entities=first.entities,
        relationships=second.relationships,
        records=second.records,
        consultations=second.consultations,
        rejected=pl.concat([first.rejected, _own(second.rejected)]),
        flagged=pl.concat([first.flagged, _own(second.flagged)]),
    )


def _laid(
    path: Path, register: Register, upserted: Tables, named: Removed, report: InputReport
) -> Delta:
    """Checked rows over the register, and what they take out of it."""
    removed = _removed(upserted, register, named, upserted.entities["id"])
    overlay = _as_stored(build_overlay(empty_overlay(register), upserted, removed), path)
    fresh = _new_consultations(upserted.consultations, register, removed)
    twice = _said_already(upserted.relationships, register, removed)
    flagged = pl.concat([upserted.flagged, twice])
    return Delta(overlay, fresh, upserted.rejected, flagged, report)


def _said_already(rows: pl.DataFrame, register: Register, removed: Removed) -> pl.DataFrame:
    """Lines for ``flagged``: new relationships that the register says already, word for word."""
    return rows.filter(pl.Series(_said(rows, register, removed.relationships))).select(
        file=pl.col(FILE).cast(pl.String),
        row=pl.col(ROW).cast(pl.Int64),
        column=pl.lit("target"),
        value="target",
        reason=pl.lit(_SAID_ALREADY),
    )


def _said(rows: pl.DataFrame, register: Register, removed: Int64) -> npt.NDArray[np.bool_]:
    """Which rows without an id the register says already, word for word."""
    said = np.zeros(rows.height, dtype=np.bool_)
    plain = rows["id"].is_null().to_numpy()
    edge = relationships_said(register, rows.filter(plain).select(CONTENT), whole=True)
    said[plain] = (edge != NONE) & ~np.isin(edge, removed)
    return said


def _tied(rows: pl.DataFrame, register: Register) -> npt.NDArray[np.bool_]:
    """Which relationships join two whom the register joins by one of the kind, either way round."""
    ends = rows.select("source", "target", "kind")
    back = ends.select(source="target", target="source", kind="kind")
    both = [relationships_said(register, one, whole=False) != NONE for one in (ends, back)]
    tied: npt.NDArray[np.bool_] = both[0] | both[1]
    return tied


def _own(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.filter(pl.col("file").ne_missing(_BESIDE))


# --- Removed rows ---------------------------------------------------------------------------------


def _named(
    given: pl.DataFrame | None, register: Register, path: Path
) -> tuple[Removed, pl.DataFrame]:
    """The rows that ``removed`` names, and lines for ``rejected`` of what it names in vain."""
    none = np.zeros(0, dtype=np.int64)
    if given is None:
        return Removed(none, none, none), findings([])
    known = ["table", "id", *(name for name in _SAID if name != "id")]
    columns = [name for name in given.columns if name not in (FILE, ROW, CELLS)]
    if "table" not in columns or set(columns) - set(known):
        raise InputError(
            f"{REMOVED}: has the columns {', '.join(columns) or 'none'}",
            where=path,
            hint="a row names its table and its id; a relationship without id its columns",
        )
    # Ids and codes are spelled here as they are in tables.
    text = typed(given, [Column(name, "string") for name in columns], columns)
    rows = given.with_columns(text.get_columns()).with_columns(
        pl.lit(None, pl.String).alias(name) for name in known if name not in columns
    )
    rows = rows.with_row_index("__at")
    found: dict[str, list[Int64]] = {table: [none] for table in _TABLES}
    wrong = []

    def take(table: str, named: pl.DataFrame, number: Int64, column: str) -> None:
        found[table].append(number[number >= 0])
        for code, words in _IN_VAIN.items():
            vain = named.filter(pl.Series(number == code))
            wrong.append(vain.with_columns(column=pl.lit(column), reason=pl.lit(words)))

    for table, numbers in (
        ("entities", entity_numbers),
        ("relationships", relationship_numbers),
        ("records", record_numbers),
    ):
        named = rows.filter((pl.col("table") == table) & pl.col("id").is_not_null())
        take(table, named, numbers(register, named["id"]), "id")
    ends = pl.all_horizontal(pl.col("source", "target", "kind").is_not_null())
    said = rows.filter((pl.col("table") == "relationships") & pl.col("id").is_null() & ends)
    stated = open_sheet("relationships", said.select(_SAID)).frame
    take("relationships", said, relationships_said(register, stated), "source")
    other = ~pl.col("table").is_in(list(_TABLES)).fill_null(value=False)
    words = f"this is no table of which rows are removed ({', '.join(_TABLES)})"
    wrong.append(rows.filter(other).with_columns(column=pl.lit("table"), reason=pl.lit(words)))
    empty = ~other & pl.col("id").is_null() & ~((pl.col("table") == "relationships") & ends)
    words = "a value is missing"
    wrong.append(rows.filter(empty).with_columns(column=pl.lit("id"), reason=pl.lit(words)))
    value = pl.coalesce(pl.when(pl.col("column") == name).then(name) for name in known)
    lines = pl.concat(wrong).sort("__at")
    lines = lines.select(file=FILE, row=ROW, column="column", value=value, reason="reason")
    return (
        Removed(**{table: np.unique(np.concatenate(parts)) for table, parts in found.items()}),
        lines.cast(pl.Schema(findings([]).schema)),
    )


def _removed(upserted: Tables, register: Register, named: Removed, again: pl.Series) -> Removed:
    """What is taken out: what is removed, with what hangs on it, and rows that others replace."""
    whole = dependents_of(register, named)
    back = register.ids.places_of(again)  # removed, and given again: the entity stays, a new one
    replaced = {
        "relationships": relationship_numbers(register, upserted.relationships["id"].drop_nulls()),
        "records": record_numbers(register, upserted.records["id"]),
    }
    return Removed(
        entities=np.setdiff1d(whole.entities, back),
        relationships=_with(whole.relationships, replaced["relationships"]),
        records=_with(whole.records, replaced["records"]),
    )


def _new_consultations(rows: pl.DataFrame, register: Register, removed: Removed) -> pl.DataFrame:
    """Those that the register has not: a search that is told again is still one."""
    place = register.ids.places_of(rows["entity"].fill_null(""))
    number = np.where(rows["entity"].is_null(), _FOR_ALL, np.where(place < 0, _NEW, place))
    searched, words = register.consultations, register.consultations.source.words
    known = np.setdiff1d(number[number >= _FOR_ALL], removed.entities)
    at = rows_of(searched.entity, known)
    old = pl.DataFrame(
        {
            "__number": searched.entity[at].astype(np.int64),
            "source": pl.Series(["", *words], dtype=pl.String).gather(searched.source.code[at]),
            "consulted_on": pl.Series(searched.day[at]).cast(pl.Date),
        }
    )
    fresh = rows.with_columns(pl.Series("__number", number)).unique(
        ["entity", "source", "consulted_on"], keep="first", maintain_order=True
    )
    return fresh.join(old, on=old.columns, how="anti", maintain_order="left").drop("__number")


def _with(numbers: Int64, others: Int64) -> Int64:
    return np.union1d(numbers, others[others >= 0])


# --- Rows laid over the register ------------------------------------------------------------------


def _ends(
    frames: Mapping[str, pl.DataFrame], fresh: pl.DataFrame, register: Register, removed: Int64
) -> pl.DataFrame:
    """The entities that rows name, as far as there are any: the day's, and the register's."""
    columns = {"relationships": ("source", "target"), "records": ("entity",)}
    columns["consultations"] = ("entity",)
    named = [
        frames[table][column].cast(pl.String).str.strip_chars()
        for table, names in columns.items()
        for column in names
        if table in frames and column in frames[table].columns
    ]
    none = pl.Series([], dtype=pl.String)
    ids = pl.concat([none, *(series.alias("") for series in named)]).drop_nulls().unique().sort()
    ids = ids.filter(~ids.is_in(fresh["id"].implode()))
    number = register.ids.places_of(ids)
    there = (number >= 0) & ~np.isin(number, removed)
    kinds = pl.Series(ENTITY_KINDS, dtype=pl.String)
    known = pl.DataFrame(
        {"id": ids.filter(pl.Series(there)), "kind": kinds.gather(register.kind[number[there]])}
    )
    whole = pl.concat([fresh.select("id", "kind"), known])
    return whole.with_columns(
        pl.col("id").alias("name"), pl.lit(_BESIDE).alias(FILE), pl.lit(0, pl.Int64).alias(ROW)
    )


def _as_stored(overlay: Overlay, path: Path) -> Overlay:
    """Laid rows with the columns that the register's have, of tables without any, too.

    Raises InputError where rows have columns of their own that the register's have not.
    """
    register = overlay.register
    stored: dict[str, tuple[str, Rows]] = {
        "entities": ("entities", register.entities),
        "relationships": ("relationship_rows", register.relationship_rows),
        "records": ("record_rows", register.records.rows),
    }
    problems: list[str] = []
    frames: dict[str, Any] = {
        name: _cast(table, getattr(overlay, name), rows.slice(0, 0).schema, problems)
        for table, (name, rows) in stored.items()
    }
    if problems:
        raise InputError(
            "".join(f"\n  - {problem}" for problem in problems).strip("\n -"),
            where=path,
            hint="leave such columns out, or import all tables anew",
        )
    return replace(overlay, **frames)


def _cast(table: str, rows: pl.DataFrame, schema: pl.Schema, problems: list[str]) -> pl.DataFrame:
    contract = {column.name for column in CONTRACTS[table]} | {"uscc_valid", "lei_valid"}
    own = [name for name in rows.columns if name not in contract and not name.startswith("__")]
    for name in own:
        if name not in schema:
            if rows[name].null_count() < rows.height:
                problems.append(f'{table}: the register has no column "{name}"')
            rows = rows.drop(name)
            continue
        cast = rows[name].cast(schema[name], strict=False)
        lost = cast.is_null() & rows[name].is_not_null()
        if lost.any():
            value = rows[name].filter(lost)[0]
            problems.append(f'{table}: "{name}" is {schema[name]} in the register, not "{value}"')
        rows = rows.with_columns(cast.alias(name))
    return rows.with_columns(
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in schema.items()
        if name not in rows.columns
    )


def _no_consultations() -> pl.DataFrame:
    return check_sheets({}).consultations

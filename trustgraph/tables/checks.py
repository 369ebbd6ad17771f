"""Checks of rows: what makes one unusable, and what makes one doubtful.

Each check looks at a :class:`tables.sheet.Sheet` and adds to its lines; a sheet may be a whole
table or some rows of one. Repeated ids, repeated rows and unknown ends show only in all of them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np
import polars as pl

from trustgraph.identifiers import lei_rows_valid, uscc_rows_valid
from trustgraph.schema import (
    ENTITY_KINDS,
    ENTITY_STATUSES,
    RECORD_STATUSES,
    RELATIONSHIP_COLUMNS,
    RELATIONSHIP_KINDS,
)
from trustgraph.tables.sheet import (
    AT,
    EMPTIED,
    FILE,
    REPEATED,
    ROW,
    Sheet,
    flag,
    lines_of,
    reject,
)
from trustgraph.tables.suggestions import near_reasons
from trustgraph.tables.typed import valid_codes

__all__ = [
    "CONTENT",
    "NO_PERSON",
    "ONE_ENTITY",
    "PERSON_OWNED",
    "SAID_TWICE",
    "UNKNOWN_END",
    "WAS_REJECTED",
    "check_entity_rows",
    "check_record_rows",
    "check_relationship_rows",
    "check_unique",
    "flag_repeated",
    "flag_unlikely",
    "reject_ends",
]

CONTENT: Final = [
    column.name for column in RELATIONSHIP_COLUMNS if column.name not in ("id", "source_url")
]
"""What two rows that say the same relationship agree in."""

NO_PERSON: Final = "this is no person, as who holds a post is; are the two ends reversed?"
PERSON_OWNED: Final = "this is a person, whom nobody owns or heads; are the two ends reversed?"
ONE_ENTITY: Final = "both ends are the same entity"
SAID_TWICE: Final = "row {} of {} says the same relationship; both are kept, and both count"
WAS_REJECTED: Final = "the entity with this id was rejected"
UNKNOWN_END: Final = "no entity has this id"
"""Reasons that other engines give for the same findings."""


def check_entity_rows(sheet: Sheet) -> None:
    """What can be said of each entity by itself: ids may still be repeated."""
    _check_word(sheet, "kind", ENTITY_KINDS, "there is no kind of entity")
    _empty_early(sheet, "start", "end")
    codes = {"uscc": (18, uscc_rows_valid), "lei": (20, lei_rows_valid)}
    for name, (width, valid) in codes.items():
        code = sheet.frame[name]
        truth = valid_codes(code, width, valid)
        checked = pl.select(
            pl.when(code.is_not_null()).then(truth).alias(f"{name}_valid")
        ).to_series()
        sheet.frame = sheet.frame.with_columns(checked)
        flag(
            sheet,
            ~checked,
            name,
            f"this is no valid {name.upper()}: its length, a character or the check "
            "character is wrong; the entity is kept",
        )
    _empty_word(sheet, "status", ENTITY_STATUSES, EMPTIED + "there is no status of an entity")
    sheet.frame = sheet.frame.with_columns(pl.coalesce("id", "uscc", "lei").alias("id"))
    missing = "a value is missing, and there is neither a uscc nor a lei to take its place"
    reject(sheet, sheet.frame["id"].is_null(), "id", missing)


def check_relationship_rows(sheet: Sheet) -> None:
    """What can be said of each relationship by itself; a confidence not given becomes 1."""
    kinds = [kind.name for kind in RELATIONSHIP_KINDS]
    _check_word(sheet, "kind", kinds, "there is no kind of relationship")
    _check_interval(sheet, "start", "end")
    crossed = sheet.frame["share_min"] > sheet.frame["share_max"]
    reject(sheet, crossed, "share_min", "this is more than share_max")
    both = sheet.frame.select(
        pl.col("share").is_not_null()
        & pl.any_horizontal(pl.col("share_min", "share_max").is_not_null())
    ).to_series()
    flag(sheet, both, "share", "this counts, and the range given beside it does not")
    sheet.frame = sheet.frame.with_columns(pl.col("confidence").fill_null(1.0))


def flag_unlikely(sheet: Sheet, from_person: pl.Series, to_person: pl.Series) -> None:
    """Relationships that can be used as they are, but were hardly meant so.

    The masks say whether a relationship's source and its target are persons.
    """
    kinds = sheet.frame["kind"]
    posts = kinds.is_in([kind.name for kind in RELATIONSHIP_KINDS if kind.is_post])
    flag(sheet, posts & ~from_person, "source", NO_PERSON)
    to_organisations = [kind.name for kind in RELATIONSHIP_KINDS if kind.leads_to_organisations]
    flag(sheet, kinds.is_in(to_organisations) & to_person, "target", PERSON_OWNED)
    same = sheet.frame["source"] == sheet.frame["target"]
    flag(sheet, same, "target", ONE_ENTITY)


def flag_repeated(sheet: Sheet) -> None:
    """Rows that say what an earlier row says: a stake entered twice counts twice."""
    key = sheet.frame.select(pl.struct("source", "target", "kind").hash()).to_series()
    suspect = key.is_duplicated() & ~sheet.bad  # few, as a rule; only they are compared in full
    if not suspect.any():
        return
    places = sheet.raw.select(FILE, ROW, AT)
    rows = pl.concat([places, sheet.frame.select(CONTENT)], how="horizontal").filter(suspect)
    first = rows.unique(CONTENT, keep="first", maintain_order=True)
    later = rows.join(first, on=CONTENT, nulls_equal=True, suffix="_first")
    later = later.filter(pl.col(AT) > pl.col(f"{AT}_first")).sort(AT)
    if later.height:
        mask = np.zeros(len(key), dtype=np.bool_)
        mask[later[AT].to_numpy()] = True
        reason = later.select(pl.format(SAID_TWICE, f"{ROW}_first", f"{FILE}_first")).to_series()
        flag(sheet, pl.Series(mask), "target", reason)


def check_record_rows(sheet: Sheet) -> None:
    """What can be said of each record by itself; a status not given becomes active."""
    words = "read as active: there is no status of a record"
    _empty_word(sheet, "status", RECORD_STATUSES, words)
    _empty_early(sheet, "decided_on", "ends_on")
    early = sheet.frame["repaired_on"] < sheet.frame["decided_on"]
    flag(sheet, early, "repaired_on", "this is before decided_on; the record is kept")
    sheet.frame = sheet.frame.with_columns(pl.col("status").fill_null("active"))


def _check_word(sheet: Sheet, column: str, among: Collection[str], words: str) -> None:
    given = sheet.frame[column]
    unknown = (given.is_not_null() & ~given.is_in(list(among))).fill_null(value=False)
    if unknown.any():
        reject(sheet, unknown, column, near_reasons(given.filter(unknown), among, words))


def _empty_word(sheet: Sheet, column: str, among: Collection[str], words: str) -> None:
    """Empty the cells that hold no known word, and tell. Capitals do not matter."""
    lower = pl.col(column).str.to_lowercase()
    known = pl.when(lower.is_in(list(among))).then(lower).otherwise(column)
    sheet.frame = sheet.frame.with_columns(known.alias(column))
    given = sheet.frame[column]
    unknown = given.is_not_null() & ~given.is_in(list(among))
    if unknown.any():
        flag(sheet, unknown, column, near_reasons(given.filter(unknown), among, words))
        _empty(sheet, unknown, column)


def _empty_early(sheet: Sheet, start: str, end: str) -> None:
    """Empty the ends that lie before their start, and tell."""
    early = (sheet.frame[end] < sheet.frame[start]).fill_null(value=False)
    if early.any():
        flag(sheet, early, end, f"{EMPTIED}this is before {start}")
        _empty(sheet, early, end)


def _empty(sheet: Sheet, which: pl.Series, column: str) -> None:
    sheet.frame = sheet.frame.with_columns(pl.when(~which).then(pl.col(column)).alias(column))


def _check_interval(sheet: Sheet, start: str, end: str) -> None:
    reject(sheet, sheet.frame[end] < sheet.frame[start], end, f"this is before {start}")


def reject_ends(sheet: Sheet, column: str, dangling: pl.Series, refused: pl.Series) -> None:
    """Reject rows whose end is no kept entity; ``refused``: one of that id was rejected."""
    given = dangling & sheet.frame[column].is_not_null()
    if given.any():
        reason = pl.when(refused.filter(given)).then(pl.lit(WAS_REJECTED))
        unknown = pl.lit(UNKNOWN_END)
        reject(sheet, given, column, pl.select(reason.otherwise(unknown)).to_series())


def check_unique(sheet: Sheet) -> None:
    """The first usable row of an id stands; every later row of that id is rejected."""
    ids = sheet.frame["id"]
    repeated = ids.is_not_null() & ids.is_duplicated()
    if not repeated.any():
        return
    rows = sheet.raw.select(FILE, ROW, AT).with_columns(ids.alias("id"), sheet.bad.alias("bad"))
    rows = rows.filter(repeated)
    first = rows.filter(~pl.col("bad")).unique("id", keep="first", maintain_order=True)
    later = rows.join(first, on="id", suffix="_first").filter(pl.col(AT) > pl.col(f"{AT}_first"))
    later = later.sort(AT)
    if later.height:
        mask = np.zeros(len(ids), dtype=np.bool_)
        mask[later[AT].to_numpy()] = True
        words = "row {} of {} " + REPEATED
        reason = later.select(pl.format(words, f"{ROW}_first", f"{FILE}_first")).to_series()
        raw = sheet.raw.with_columns(ids)  # an entity's may have stood in another column
        sheet.lines.append(lines_of(raw, pl.Series(mask), "id", reason))
        sheet.bad |= pl.Series(mask)

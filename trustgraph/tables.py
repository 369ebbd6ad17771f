"""Tables: the validated frames that everything else consumes, plus what was rejected.

A row that cannot be used is never dropped in silence and never stops good rows: it goes to
``rejected`` with its file, row, column, value and reason. Every problem of a row is said, one
line each; the row counts once. A row that is kept although something about it is wrong (an
identifier with a wrong check character, an unknown status) has a line in ``flagged``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from trustgraph.errors import InputError
from trustgraph.identifiers import lei_rows_valid, uscc_rows_valid
from trustgraph.schema import (
    ENTITY_KINDS,
    ENTITY_STATUSES,
    RECORD_STATUSES,
    RELATIONSHIP_COLUMNS,
    RELATIONSHIP_KINDS,
)
from trustgraph.sheets import (
    AT,
    CONTRACTS,
    FILE,
    REPEATED,
    ROW,
    Sheet,
    close_sheet,
    flag,
    flagged_lines,
    gather,
    header_problems,
    near_reasons,
    open_sheet,
    reject,
    rejected_lines,
)

__all__ = [
    "Tables",
    "check_sheets",
    "check_tables",
    "flag_more",
    "reject_more",
]

_CONTENT: Final = [
    column.name for column in RELATIONSHIP_COLUMNS if column.name not in ("id", "source_url")
]
"""What two rows that say the same relationship agree in."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Four checked frames and two lists of what was wrong.

    ``entities``, ``relationships``, ``records`` and ``consultations`` hold the columns of
    :mod:`trustgraph.schema` in contract order, then any extra columns as they came; entities
    have ``uscc_valid`` and ``lei_valid`` in between (null where there is no code), the
    others end with ``__file__`` and ``__row__``. ``rejected`` and ``flagged`` have the
    columns ``file``, ``row`` (the header is row 1; null where the file as a whole is meant),
    ``column``, ``value`` and ``reason``.
    """

    entities: pl.DataFrame
    relationships: pl.DataFrame
    records: pl.DataFrame
    consultations: pl.DataFrame
    rejected: pl.DataFrame
    flagged: pl.DataFrame

    @property
    def rejected_rows(self) -> int:
        """How many rows were rejected: a row with several problems counts once."""
        return self.rejected.select("file", "row").unique().height


def check_tables(
    entities: pl.DataFrame,
    relationships: pl.DataFrame | None = None,
    records: pl.DataFrame | None = None,
    consultations: pl.DataFrame | None = None,
) -> Tables:
    """Check frames, typed or all text, against the table contracts.

    Whitespace around contract values is stripped and a blank is a missing value. Text dates are
    strict ISO days; ``Date`` and ``Datetime`` columns are taken as they are. In ``rejected`` and
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
    return check_sheets({name: frame for name, frame in given.items() if frame is not None})


def check_sheets(
    frames: Mapping[str, pl.DataFrame],
    *,
    rejected: pl.DataFrame | None = None,
    flagged: pl.DataFrame | None = None,
) -> Tables:
    """:func:`check_tables` for readers: frames by table name, and what the reader rejected.

    ``rejected`` and ``flagged`` are lines as :func:`trustgraph.sheets.findings` makes them and
    come first. Raises InputError as :func:`check_tables` does, naming every problem at once.
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
    sheets = {name: open_sheet(name, frames.get(name, pl.DataFrame())) for name in CONTRACTS}
    _check_entities(sheets["entities"])
    kept = sheets["entities"].frame.filter(~sheets["entities"].bad)["id"]
    refused = sheets["entities"].frame.filter(sheets["entities"].bad)["id"].drop_nulls()
    _check_relationships(sheets["relationships"], kept, refused)
    _flag_unlikely(sheets["relationships"], sheets["entities"])
    _check_records(sheets["records"], kept, refused)
    _check_ends(sheets["consultations"], ("entity",), kept, refused)
    closed = {name: close_sheet(sheet) for name, sheet in sheets.items()}
    return Tables(
        **closed,
        rejected=gather(rejected, [rejected_lines(sheet) for sheet in sheets.values()]),
        flagged=gather(flagged, [flagged_lines(sheet) for sheet in sheets.values()]),
    )


def reject_more(tables: Tables, lines: pl.DataFrame) -> Tables:
    """Tables with further lines in ``rejected``, for what shows only with a pack."""
    return replace(tables, rejected=gather(tables.rejected, [lines])) if lines.height else tables


def flag_more(tables: Tables, *lines: pl.DataFrame) -> Tables:
    """Tables with further lines in ``flagged``, for what shows only with a pack or a day."""
    return replace(tables, flagged=gather(tables.flagged, lines)) if lines else tables


# --- The checks ---------------------------------------------------------------------------------


def _check_entities(sheet: Sheet) -> None:
    _check_word(sheet, "kind", ENTITY_KINDS, "there is no kind of entity")
    _check_interval(sheet, "start", "end")
    codes = {"uscc": (18, uscc_rows_valid), "lei": (20, lei_rows_valid)}
    for name, (width, valid) in codes.items():
        code = sheet.frame[name]
        whole = (code.str.len_bytes() == width).fill_null(value=False)
        truth = np.zeros(len(code), dtype=np.bool_)
        joined = code.filter(whole).str.join("").item() or ""
        matrix = np.frombuffer(joined.encode(), dtype=np.uint8).reshape(-1, width)
        truth[whole.to_numpy()] = valid(matrix)
        checked = pl.select(
            pl.when(code.is_not_null()).then(pl.Series(truth)).alias(f"{name}_valid")
        ).to_series()
        sheet.frame = sheet.frame.with_columns(checked)
        flag(
            sheet,
            ~checked,
            name,
            f"this is no valid {name.upper()}: its length, a character or the check "
            "character is wrong; the entity is kept",
        )
    unknown = sheet.frame["status"].is_not_null() & ~sheet.frame["status"].is_in(ENTITY_STATUSES)
    if unknown.any():
        values = sheet.frame["status"].filter(unknown)
        words = "read as unknown: there is no status of an entity"
        flag(sheet, unknown, "status", near_reasons(values, ENTITY_STATUSES, words))
        blanked = pl.when(~unknown).then(pl.col("status")).alias("status")
        sheet.frame = sheet.frame.with_columns(blanked)
    sheet.frame = sheet.frame.with_columns(pl.coalesce("id", "uscc", "lei").alias("id"))
    missing = "a value is missing, and there is neither a uscc nor a lei to take its place"
    reject(sheet, sheet.frame["id"].is_null(), "id", missing)
    _check_unique(sheet)


def _check_relationships(sheet: Sheet, kept: pl.Series, refused: pl.Series) -> None:
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
    _check_ends(sheet, ("source", "target"), kept, refused)
    _check_unique(sheet)
    sheet.frame = sheet.frame.with_columns(pl.col("confidence").fill_null(1.0))


def _flag_unlikely(sheet: Sheet, entities: Sheet) -> None:
    """Relationships that can be used as they are, but were hardly meant so."""
    frame = sheet.frame
    persons = entities.frame.filter(pl.col("kind") == "person")["id"].implode()
    posts = frame["kind"].is_in([kind.name for kind in RELATIONSHIP_KINDS if kind.is_post])
    posts = posts.fill_null(value=False)
    impersonal = np.zeros(frame.height, dtype=np.bool_)
    impersonal[posts.to_numpy()] = ~frame["source"].filter(posts).is_in(persons).to_numpy()
    words = "this is no person, as who holds a post is; are the two ends reversed?"
    flag(sheet, pl.Series(impersonal), "source", words)
    to_organisations = [kind.name for kind in RELATIONSHIP_KINDS if kind.leads_to_organisations]
    to_person = frame["kind"].is_in(to_organisations) & frame["target"].is_in(persons)
    words = "this is a person, whom nobody owns or heads; are the two ends reversed?"
    flag(sheet, to_person, "target", words)
    flag(sheet, frame["source"] == frame["target"], "target", "both ends are the same entity")
    _flag_repeated(sheet)


def _flag_repeated(sheet: Sheet) -> None:
    """Rows that say what an earlier row says: a stake entered twice counts twice."""
    key = sheet.frame.select(pl.struct("source", "target", "kind").hash()).to_series()
    suspect = key.is_duplicated() & ~sheet.bad  # few, as a rule; only they are compared in full
    if not suspect.any():
        return
    places = sheet.raw.select(FILE, ROW, AT)
    rows = pl.concat([places, sheet.frame.select(_CONTENT)], how="horizontal").filter(suspect)
    first = rows.unique(_CONTENT, keep="first", maintain_order=True)
    later = rows.join(first, on=_CONTENT, nulls_equal=True, suffix="_first")
    later = later.filter(pl.col(AT) > pl.col(f"{AT}_first")).sort(AT)
    if later.height:
        mask = np.zeros(len(key), dtype=np.bool_)
        mask[later[AT].to_numpy()] = True
        words = "row {} of {} says the same relationship; both are kept, and both count"
        reason = later.select(pl.format(words, f"{ROW}_first", f"{FILE}_first")).to_series()
        flag(sheet, pl.Series(mask), "target", reason)


def _check_records(sheet: Sheet, kept: pl.Series, refused: pl.Series) -> None:
    _check_word(sheet, "status", RECORD_STATUSES, "there is no status of a record")
    _check_interval(sheet, "decided_on", "ends_on")
    _check_ends(sheet, ("entity",), kept, refused)
    _check_unique(sheet)
    early = sheet.frame["repaired_on"] < sheet.frame["decided_on"]
    flag(sheet, early & ~sheet.bad, "repaired_on", "this is before decided_on; the record is kept")
    sheet.frame = sheet.frame.with_columns(pl.col("status").fill_null("active"))


def _check_word(sheet: Sheet, column: str, among: Collection[str], words: str) -> None:
    given = sheet.frame[column]
    unknown = (given.is_not_null() & ~given.is_in(list(among))).fill_null(value=False)
    if unknown.any():
        reject(sheet, unknown, column, near_reasons(given.filter(unknown), among, words))


def _check_interval(sheet: Sheet, start: str, end: str) -> None:
    reject(sheet, sheet.frame[end] < sheet.frame[start], end, f"this is before {start}")


def _check_ends(sheet: Sheet, columns: Sequence[str], kept: pl.Series, refused: pl.Series) -> None:
    """Every end must be the id of a kept entity."""
    for column in columns:
        end = sheet.frame[column]
        dangling = end.is_not_null() & ~end.is_in(kept.implode())
        if dangling.any():
            known = end.filter(dangling).is_in(refused.implode())
            reason = pl.select(
                pl.when(known)
                .then(pl.lit("the entity with this id was rejected"))
                .otherwise(pl.lit("no entity has this id"))
            ).to_series()
            reject(sheet, dangling, column, reason)


def _check_unique(sheet: Sheet) -> None:
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
        reject(sheet, pl.Series(mask), "id", reason)

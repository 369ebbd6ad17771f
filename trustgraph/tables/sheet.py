"""One table while it is checked: read as its types, its bad rows collected with their reasons.

Only :mod:`trustgraph.tables.tables` and the readers use this; what a caller sees is ``Tables``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl
import polars.selectors as cs

from trustgraph.schema import (
    CONSULTATION_COLUMNS,
    ENTITY_COLUMNS,
    RECORD_COLUMNS,
    RELATIONSHIP_COLUMNS,
    Column,
)
from trustgraph.tables.days import hardly_days, is_day
from trustgraph.tables.signs import Signs, signs_of
from trustgraph.tables.suggestions import folded, near
from trustgraph.tables.typed import (
    DTYPES,
    fraction_of,
    hour_of,
    is_given,
    rounded_of,
    typed,
)

__all__ = [
    "AT",
    "CELLS",
    "CONTRACTS",
    "EMPTIED",
    "FILE",
    "READ_AS",
    "REFUSED",
    "REPEATED",
    "RESERVED",
    "ROW",
    "Sheet",
    "close_sheet",
    "findings",
    "flag",
    "flagged_lines",
    "gather",
    "header_problems",
    "is_pattern",
    "is_plain",
    "lines_of",
    "open_sheet",
    "reject",
    "rejected_lines",
    "shortened",
]

CONTRACTS: Final[dict[str, tuple[Column, ...]]] = {
    "entities": ENTITY_COLUMNS,
    "relationships": RELATIONSHIP_COLUMNS,
    "records": RECORD_COLUMNS,
    "consultations": CONSULTATION_COLUMNS,
}
"""The columns of each table by its name."""

FILE: Final = "__file__"
ROW: Final = "__row__"
"""Where a row came from. Frames may bring these two columns; ``Tables.records`` keeps them."""

CELLS: Final = "__cells__"
"""A reader may bring this column: how many cells a row has that has too few, else null."""

REFUSED: Final = "__refused__"
"""A reader may bring this column: true in rows that it has rejected already, with a line."""

REPEATED: Final = "has this id already"
"""How the reason of a repeated id ends."""

AT: Final = "__at__"
"""The place of a row in its frame, while the frame is checked."""

RESERVED: Final = frozenset({FILE, ROW, CELLS, REFUSED, AT})
"""Column names that no file may bring."""

_LATER_CHECKED: Final = ("relationships", "records", "consultations")
"""Tables that are looked at again when there is a policy pack and a day: rows keep FILE, ROW."""

_FINDING: Final = {
    "file": pl.String,
    "row": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
}
_UNREADABLE: Final = {
    "date": "this is no date of the form YYYY-MM-DD",
    "fraction": "this is no number from 0 to 1 (60 % is written 0.6)",
    "number": "this is no number",
}
_CALLED: Final[dict[tuple[str, ...], tuple[str, ...]]] = {
    ("start",): ("start_date", "valid_from", "from_date", "since", "begin", "founded", "成立日期"),
    ("start", "decided_on"): ("开始日期", "起始日期"),
    ("end", "ends_on"): ("end_date", "valid_to", "valid_until", "to_date", "until", "expiry"),
    ("ends_on", "end"): ("结束日期", "终止日期", "截止日期"),
    ("share",): ("percentage", "percent", "stake", "ratio", "持股比例", "出资比例", "股权比例"),
    ("status",): ("state", "registration_status", "登记状态", "经营状态"),
    ("ends_on",): ("removed_on", "removed_at", "delisted_on", "expires_on", "移出日期", "移除日期"),
    ("repaired_on",): ("repair_date", "repaired_at", "修复日期"),
    ("decided_on",): ("decision_date", "listed_on", "date", "列入日期", "决定日期"),
    ("published_on",): ("publication_date", "published", "发布日期", "公示日期"),
}
_MEANT: Final = {name: meant for meant, names in _CALLED.items() for name in names}
"""What others call the columns of the contracts, as a hint beside a column that is not read."""

_HOLDS: Final = {"date": "days", "string": "text", "fraction": "numbers", "number": "numbers"}
_KEPT_WITHOUT: Final = ("entities", "records")
"""Tables whose rows a bad value in an optional column does not take away: the cell is emptied."""
READ_AS: Final = "read as "
EMPTIED: Final = f"{READ_AS}unknown: "
"""How the reason of an emptied cell begins."""
_VALUE_LIMIT: Final = 200
_DAY_LENGTH: Final = len("2024-05-06")


def findings(lines: Sequence[tuple[str, int | None, str | None, str | None, str]]) -> pl.DataFrame:
    """Lines of ``rejected`` or ``flagged`` from tuples (file, row, column, value, reason).

    >>> findings([("entities.csv", 7, "id", None, "the id is missing")]).shape
    (1, 5)
    """
    return pl.DataFrame(lines, schema=_FINDING, orient="row").with_columns(shortened("value"))


@dataclass(slots=True)
class Sheet:
    """One table while it is checked: what came, what it was read as, which rows are bad."""

    raw: pl.DataFrame
    frame: pl.DataFrame
    bad: pl.Series
    contract: tuple[Column, ...]
    name: str
    lines: list[pl.DataFrame] = field(default_factory=list)
    flags: list[pl.DataFrame] = field(default_factory=list)


def is_pattern(column: str) -> bool:
    """Whether polars would take the name of a column for a pattern that names others, too."""
    return column == "*" or (column.startswith("^") and column.endswith("$"))


def is_plain(dtype: pl.DataType) -> bool:
    """Whether a column of a type holds values that can be read one by one."""
    return not (dtype.is_nested() or dtype in (pl.Binary, pl.Object))


def header_problems(name: str, frame: pl.DataFrame, contract: tuple[Column, ...]) -> list[str]:
    """What makes a whole frame unusable: required columns it lacks, columns of no plain values."""
    if not frame.width:
        return []
    own = [column for column in frame.columns if column not in (FILE, ROW, CELLS)]
    problems = [
        f'{name}: a column cannot be called "{column}"' for column in own if is_pattern(column)
    ]
    for needed in contract:
        if needed.name not in own:
            replaceable = needed.name == "id" and name == "entities" and {"uscc", "lei"} & set(own)
            if needed.required and not replaceable:
                problems.append(
                    f'{name}: the column "{needed.name}" is missing{near(needed.name, own)}; '
                    f"found: {', '.join(own) or 'none'}"
                )
    kinds = {column.name: column.dtype for column in contract}
    for column, dtype in frame.select(cs.by_name(*own)).schema.items():
        if not is_plain(dtype):
            problems.append(f'{name}: the column "{column}" holds {dtype}, not plain values')
        elif column in kinds and isinstance(dtype, pl.Duration | pl.Time):
            wanted = _HOLDS[kinds[column]]
            problems.append(f'{name}: the column "{column}" holds {dtype}, not {wanted}')
    return problems


def open_sheet(name: str, given: pl.DataFrame, holders: Mapping[str, str] | None = None) -> Sheet:
    """Read every contract column as its type; what cannot be read is rejected at once.

    ``holders`` says which file has which column first; without it the first row's file has all.
    """
    contract = CONTRACTS[name]
    raw = given.drop("uscc_valid", "lei_valid", strict=False) if name == "entities" else given
    raw = raw.with_columns(
        **{c.name: pl.lit(None, dtype=DTYPES[c.dtype]) for c in contract if c.name not in raw}
    )
    if not given.width:
        raw = raw.clear()
    coded = [c.name for c in contract if raw.schema[c.name] in (pl.Categorical, pl.Enum)]
    if coded:  # text of few words, as others write it into Parquet, is text
        raw = raw.with_columns(pl.col(coded).cast(pl.String))
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    raw = raw.with_columns(
        pl.col(FILE).fill_null(name) if FILE in raw else pl.lit(name).alias(FILE),
        (pl.col(ROW).cast(pl.Int64).fill_null(place + 2) if ROW in raw else place + 2).alias(ROW),
        place.alias(AT),
    )
    signs = signs_of(raw, contract, given.columns)
    frame = typed(raw, contract, given.columns, signs)
    bad = raw[REFUSED] if REFUSED in raw else pl.repeat(False, raw.height, eager=True)
    sheet = Sheet(raw, frame, bad, contract, name)
    _flag_short(sheet)
    for column in contract:
        _check_readable(sheet, column)
        _flag_doubts(sheet, column, signs)
    sheet.flags += _unread(sheet, given, holders or {})
    return sheet


def _check_readable(sheet: Sheet, column: Column) -> None:
    """Reject what is missing though required, and what could not be read as its type.

    Of an entity or a record an optional cell is emptied, and that is told.
    """
    name = column.name
    nothing = sheet.raw[name].null_count() == sheet.raw.height
    if nothing and not column.required:
        return
    if not sheet.frame[name].null_count():
        _check_fraction(sheet, column)
        return
    empty = sheet.frame[name].is_null()
    if not nothing and column.dtype != "string" and empty.any():
        given = is_given(sheet.raw[name])
        reason = _UNREADABLE[column.dtype]
        if column.required or sheet.name not in _KEPT_WITHOUT:
            reject(sheet, empty & given, name, reason)
        else:
            flag(sheet, empty & given, name, EMPTIED + reason)
        empty = ~given
    # An entity's id may stand in its uscc or lei; the entities' own checks look at that.
    if column.required and not (sheet.name == "entities" and name == "id"):
        reject(sheet, empty, name, "a value is missing")
    if not nothing:
        _check_fraction(sheet, column)


def _unread(sheet: Sheet, given: pl.DataFrame, holders: Mapping[str, str]) -> list[pl.DataFrame]:
    """Lines for columns that no contract has: what they say counts for nothing."""
    contract = {column.name for column in sheet.contract}
    missing = [name for name in contract if name not in given.columns]
    known = {*contract, *RESERVED, "uscc_valid", "lei_valid"}
    file = given[FILE][0] if FILE in given and given.height else sheet.name
    lines = []
    for extra in given.columns:
        if extra in known or extra.startswith("__"):
            continue
        meant = next((one for one in _MEANT.get(folded(extra), ()) if one in missing), None)
        words = near(extra, sorted(missing), cutoff=0.75)
        if meant is not None:
            words = f' (did you mean "{meant}"?)'
        if not words and REFUSED in given:
            continue  # a mapping asks for it by name
        reason = f'{sheet.name} have no column "{extra}"; it rides along unread{words}'
        # The header stands before every row.
        line = findings([(holders.get(extra, file), 1, extra, None, reason)])
        lines.append(line.with_columns(pl.lit(-1, dtype=pl.Int64).alias(AT)))
    return lines


def _flag_short(sheet: Sheet) -> None:
    """Flag rows that have fewer cells than the header: the rest was read as blank."""
    if CELLS not in sheet.raw or sheet.raw[CELLS].null_count() == sheet.raw.height:
        return
    short = sheet.raw.filter(pl.col(CELLS).is_not_null())
    sheet.flags.append(
        short.select(
            pl.col(FILE).cast(pl.String).alias("file"),
            pl.col(ROW).alias("row"),
            pl.lit(None, pl.String).alias("column"),
            pl.lit(None, pl.String).alias("value"),
            pl.format("the row ends after {} cells: the rest is blank", CELLS).alias("reason"),
            AT,
        )
    )


def _flag_doubts(sheet: Sheet, column: Column, signs: Signs) -> None:
    """Flag what may be meant otherwise: times with an hour, ids that were taken for numbers."""
    name, dtype = column.name, sheet.raw.schema[column.name]
    if column.dtype == "date":
        cells = sheet.raw[name]
        if dtype != pl.String or (cells.str.len_bytes() > _DAY_LENGTH).any():
            _flag_doubt(sheet, name, hour_of(name, dtype))
        for which, words in hardly_days(sheet.frame[name]):
            flag(sheet, which, name, words)
        return
    if name in signs.odd:
        _flag_doubt(sheet, name, fraction_of(name, dtype))
    if name in signs.powers or dtype != pl.String:
        _flag_doubt(sheet, name, rounded_of(name, dtype))


def _flag_doubt(sheet: Sheet, name: str, why: pl.Expr | None) -> None:
    if why is not None:
        reason = sheet.raw.select(why).to_series()
        mask = reason.is_not_null() & sheet.frame[name].is_not_null()
        flag(sheet, mask, name, reason.filter(mask))


def _check_fraction(sheet: Sheet, column: Column) -> None:
    if column.dtype == "fraction":
        values = sheet.frame[column.name]
        outside = (values < 0) | (values > 1)
        reject(sheet, outside, column.name, "this lies outside 0 to 1 (60 % is written 0.6)")


def close_sheet(sheet: Sheet) -> pl.DataFrame:
    """The kept rows: contract columns, then the extra ones as they came."""
    known = {column.name for column in sheet.contract} | {AT, CELLS, REFUSED}
    if sheet.name not in _LATER_CHECKED:
        known |= {FILE, ROW}
    extra = sorted(
        (column for column in sheet.raw.columns if column not in known),
        key=lambda column: column in (FILE, ROW),
    )
    rest = sheet.raw.select(cs.by_name(*extra))
    if FILE in extra:  # few files and very many rows
        rest = rest.cast({FILE: pl.Categorical, ROW: pl.UInt32})
    whole = pl.concat([sheet.frame, rest], how="horizontal")
    return whole.filter(~sheet.bad) if sheet.bad.any() else whole


# --- Findings -----------------------------------------------------------------------------------


def reject(sheet: Sheet, mask: pl.Series, column: str, reason: str | pl.Series) -> None:
    """Reject the rows of ``mask``; a reason for each is a series as long as the rows are many."""
    if mask.any():
        mask = mask.fill_null(value=False)
        sheet.lines.append(lines_of(sheet.raw, mask, column, reason))
        sheet.bad = sheet.bad | mask


def flag(sheet: Sheet, mask: pl.Series, column: str, reason: str | pl.Series) -> None:
    if mask.any():
        mask = mask.fill_null(value=False)
        sheet.flags.append(lines_of(sheet.raw, mask, column, reason))


def lines_of(
    frame: pl.DataFrame, mask: pl.Series, column: str, reason: str | pl.Series
) -> pl.DataFrame:
    found = frame.select(FILE, ROW, AT, pl.col(column).alias("value")).filter(mask)
    return found.select(
        pl.col(FILE).cast(pl.String).alias("file"),
        pl.col(ROW).cast(pl.Int64).alias("row"),
        pl.lit(column).alias("column"),
        _shown("value", found.schema["value"]),
        (pl.lit(reason) if isinstance(reason, str) else reason).alias("reason"),
        AT,
    ).with_columns(shortened("value"))


def _shown(name: str, dtype: pl.DataType) -> pl.Expr:
    """A value as text. A day that no calendar has cannot be put into words: it shows as null."""
    value = pl.col(name)
    if dtype in (pl.Date, pl.Datetime):
        day = value.dt.date() if dtype == pl.Datetime else value
        value = pl.when(is_day(day)).then(value)
    text = value.cast(pl.String)
    return pl.when(text != "").then(text).alias(name)


def shortened(column: str) -> pl.Expr:
    """A column of values as a finding shows them: cut, with an ellipsis."""
    text = pl.col(column)
    short = text.str.slice(0, _VALUE_LIMIT - 1) + pl.lit("…")
    return pl.when(text.str.len_chars() > _VALUE_LIMIT).then(short).otherwise(text).alias(column)


def rejected_lines(sheet: Sheet, *, places: bool = False) -> pl.DataFrame:
    """What was rejected, in the order of the rows; with the rows' places as ``AT`` if wanted."""
    return _in_order(sheet.lines, places=places)


def flagged_lines(sheet: Sheet, *, places: bool = False) -> pl.DataFrame:
    """What was flagged, in the order of the rows. Of a row that is not kept nothing is flagged."""
    kept = pl.int_range(sheet.raw.height, dtype=pl.Int64, eager=True).filter(~sheet.bad)
    stands = pl.col(AT).is_in(kept.implode()) | (pl.col(AT) < 0)
    return _in_order([lines.filter(stands) for lines in sheet.flags], places=places)


def _in_order(lines: list[pl.DataFrame], *, places: bool) -> pl.DataFrame:
    if not lines:
        return pl.DataFrame(schema=_FINDING | ({AT: pl.Int64} if places else {}))
    ordered = pl.concat(lines, how="vertical").sort(AT, maintain_order=True)
    return ordered if places else ordered.drop(AT)


def gather(first: pl.DataFrame | None, others: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat([findings([]) if first is None else first, *others], how="vertical")

"""One mapped field: from a source column to a target column of text, with what went wrong.

Numbers stay text, so that they are exact: per cent is ``38.85`` → ``38.85e-2``, which is read as
the number nearest to 0.3885.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import polars as pl
import polars.selectors as cs

from trustgraph.reading.mapping import Condition
from trustgraph.reading.mapping_fields import SERIAL, Field
from trustgraph.reading.ranges import bounds_of
from trustgraph.reading.sheet_insides import NO_RESULT
from trustgraph.tables.days import HOUR, day_in_china, is_midnight
from trustgraph.tables.suggestions import near_reasons
from trustgraph.tables.typed import INVISIBLE, POWER, codes_as_such

__all__ = ["Made", "holds", "make", "raw_text", "split_rows"]

_NUMBER: Final = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?$"
_EXPONENT: Final = r"[eE]([+-]?[0-9]{1,4})$"
_FIRST_YEAR: Final = 1000
_UNSIGNED: Final = (
    "there is no % here, as there is in other cells of this column: 0.5 may be 50 % or 0.5 %"
)
_CODES: Final = frozenset({"id", "uscc", "lei", "entity", "source", "target"})
_ROUNDED: Final = (
    "a spreadsheet took this code for a number, and its last figures are lost: "
    "export the column as text"
)
_TOTALS: Final = ("合计", "小计", "总计", "共计", "total", "totals", "subtotal", "grand total")
_TOTAL: Final = "this row adds others up: nobody is called so"
_ERRORS: Final = (
    *("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"),
    NO_RESULT,
)
_ERROR: Final = (
    "a formula's error, or one without its result: mend it in the sheet, or say that it is `blank`"
)
_ALL_SMALL: Final = (
    "every number of this column is at most 1 and is read as per cent, 0.6 as 0.6 %: "
    "where 60 % is meant, leave out `percent`"
)
_FIRST_SERIAL: Final = 61
_SERIAL_ZERO: Final = -25_569
_ISO: Final = "%Y-%m-%d"
_HOUR: Final = r"[ T]([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?$"
_HAS_HOURS: Final = re.compile(r"%[-_0]?[HIklMSTRXcpPrsfzZ+]|%[.:]")
"""Directives of formats that say more than a day."""
_MIDNIGHT: Final = r"[ T]0{1,2}:00(:00(\.0+)?)?$"
_WRONG: Final = "__wrong__"
_SEPARATOR: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class Made:
    """A target column: its values, which rows are skipped, which are wrong and why.

    ``unmapped`` counts the values that a value table does not know; ``doubt`` is what may be wrong
    with all of them, or with those that ``doubtful`` says.
    """

    values: pl.Series
    skipped: pl.Series
    wrong: pl.Series
    reasons: pl.Series
    unmapped: dict[str, int]
    doubt: str | None = None
    doubtful: pl.Series | None = None


def holds(condition: Condition) -> pl.Expr:
    """A condition as an expression without nulls."""
    text = _stripped(condition.column, condition.blank).fill_null("")
    # What nobody sees, and how wide it is written, makes no other value of it.
    text = text.str.replace_all(INVISIBLE, "").str.strip_chars()
    among = text.is_in(list(condition.values))
    among |= text.str.normalize("NFKC").is_in(list(condition.values))
    if condition.test in ("equals", "in"):
        return among
    if condition.test == "contains":
        return pl.any_horizontal(
            text.str.contains(value, literal=True) for value in condition.values
        )
    if condition.test == "matches":
        return text.str.contains(condition.values[0])
    if condition.test in ("not", "not_in"):
        return ~among
    return text == "" if condition.test == "blank" else text != ""


def raw_text(field: Field) -> pl.Expr:
    """What the source holds for a field, before anything is done with it; blank is null."""
    if not field.columns:
        return pl.lit(field.constant, dtype=pl.String).alias(field.target)
    parts = [_stripped(name, field.blank) for name in field.columns]
    if len(parts) > 1 and field.target in _CODES:
        # As where a code stands alone: however it is written, it is one.
        parts = [codes_as_such(part) for part in parts]
    whole = parts[0] if len(parts) == 1 else _joined(parts, field.join)
    if field.fill:
        whole = whole.forward_fill()  # below a merged cell stands nothing
    return whole.alias(field.target)


def _stripped(column: str, blank: tuple[str, ...]) -> pl.Expr:
    """A column as stripped text; what is empty or one of ``blank`` is null."""
    text = cs.by_name(column).cast(pl.String).str.strip_chars()
    # By ="000123" whoever writes CSV for Excel keeps the zeros.
    text = text.str.replace(r'^="(.*)"$', "${1}").str.strip_chars()
    return pl.when(~text.is_in(["", *blank])).then(text)


def _joined(parts: list[pl.Expr], join: str) -> pl.Expr:
    text = pl.concat_str(parts, separator=join, ignore_nulls=True)
    return pl.when(text != "").then(text)


def split_rows(frame: pl.DataFrame, field: Field) -> pl.DataFrame:
    """One row for each part of the field's cell; a cell without parts stays one blank row."""
    text = pl.col(field.target)
    for separator in field.split:
        text = text.str.replace_all(separator, _SEPARATOR, literal=True)
    part = pl.element().str.strip_chars()
    said = ~part.is_in(["", *field.blank])
    parts = text.str.split(_SEPARATOR).list.eval(part.filter(said))
    if field.part is not None:  # one of them, and no more rows
        chosen = parts.list.get(field.part - 1, null_on_oob=True)
        return frame.with_columns(chosen.alias(field.target))
    return frame.with_columns(parts.alias(field.target)).explode(
        field.target, empty_as_null=True, keep_nulls=True
    )


def make(
    field: Field, given: pl.Series, *, days: bool = False, column: pl.Series | None = None
) -> Made:
    """Make one field from its raw text (as :func:`raw_text` or :func:`split_rows` gave it).

    ``days``: the source holds days, not text; they are read whatever the format says. ``column``
    is all that the source has of it, where some rows are left out: how shares are written is told
    by every cell.
    """
    name = field.target
    values = given
    no = pl.repeat(False, len(given), eager=True)
    skipped = wrong = no
    reasons = pl.repeat(None, len(given), dtype=pl.String, eager=True)
    unmapped: dict[str, int] = {}
    if field.case is not None:
        values = values.str.to_uppercase() if field.case == "upper" else values.str.to_lowercase()
    if field.values is not None:
        values, skipped, wrong, unmapped = _looked_up(field, values)
        if wrong.any():
            words = "the mapping's value table has no"
            found = near_reasons(given.filter(wrong), list(field.values), words)
            reasons = reasons.scatter(wrong.arg_true(), found)
    if given.str.contains("#", literal=True).any():
        wrong, reasons = _add(wrong, reasons, given.is_in(_ERRORS), _ERROR)
    if name in _CODES:
        wrong, reasons = _add(wrong, reasons, _rounded(values, book=days), _ROUNDED)
        total = values.str.to_lowercase().str.strip_chars_end(":：").is_in(_TOTALS)
        wrong, reasons = _add(wrong, reasons, total, _TOTAL)
    doubt = doubtful = None
    if field.percent:
        whole = values if column is None else column
        wrong, reasons = _add(wrong, reasons, _unsigned(values, whole), _UNSIGNED)
        doubt = _ALL_SMALL if _all_small(whole) else None
    if field.range is not None:
        values, bad = _bound(field, values)
        wrong, reasons = _add(wrong, reasons, bad, "this is no share and no range of shares")
    elif field.percent or field.decimal is not None or field.thousands or field.factor > 1:
        values, bad = _number(field, values)
        wrong, reasons = _add(wrong, reasons, bad, "this is no number as the mapping describes it")
    if field.date:
        formats = dict.fromkeys((*field.date, *([_ISO] if days else [])))
        day, hours = _days_by(list(formats), values)
        bad = values.is_not_null() & day.is_null()
        said = " or ".join(field.date)
        wrong, reasons = _add(wrong, reasons, bad, f"this is no day of the form {said}")
        values = day.dt.to_string(_ISO)
        if hours.any():
            doubt, doubtful = HOUR, hours.fill_null(value=False)
    text = pl.col(name)
    if field.pad:
        # Where leading zeros were lost, a number was seen: 1.0 is number 1.
        text = text.str.replace(r"^([0-9]+)\.0$", "${1}").str.pad_start(field.pad, "0")
    if field.prefix or field.suffix:
        text = pl.lit(field.prefix) + text + pl.lit(field.suffix)
    if field.default is not None:
        text = text.fill_null(field.default)
    # What is wrong stays blank, whatever a default says.
    made = pl.DataFrame([values.alias(name), wrong.alias(_WRONG)])
    values = made.select(pl.when(~pl.col(_WRONG)).then(text).alias(name)).to_series()
    return Made(values, skipped, wrong, reasons, unmapped, doubt, doubtful)


def _add(
    wrong: pl.Series, reasons: pl.Series, bad: pl.Series, words: str
) -> tuple[pl.Series, pl.Series]:
    bad = bad.fill_null(value=False)
    if not bad.any():
        return wrong, reasons
    said = pl.DataFrame([reasons.alias("reasons"), bad.alias("bad")])
    first = pl.when(pl.col("bad") & pl.col("reasons").is_null()).then(pl.lit(words))
    return wrong | bad, said.select(first.otherwise("reasons").alias("reasons")).to_series()


def _looked_up(
    field: Field, values: pl.Series
) -> tuple[pl.Series, pl.Series, pl.Series, dict[str, int]]:
    """Values by the value table; which rows are skipped and which are wrong."""
    table = dict(field.values or {})
    if "" in table:
        values = values.fill_null("")
    known = values.is_in(list(table)).fill_null(value=False)
    unknown = values.is_not_null() & ~known
    counts = values.filter(unknown).value_counts(sort=True, name="count")
    unmapped = dict(zip(counts[counts.columns[0]], counts["count"], strict=True))
    # Text that the table does not know is kept here, and blanked by the caller where it is wrong.
    mapped = values.replace(table)
    skipped = known & (mapped == "").fill_null(value=False)
    wrong = pl.repeat(False, len(values), eager=True)
    if field.unmapped == "skip":
        skipped = skipped | unknown
    elif field.unmapped == "reject":
        wrong = unknown
    return mapped.replace("", None), skipped, wrong, unmapped


def _rounded(values: pl.Series, *, book: bool) -> pl.Series:
    """Codes that a spreadsheet took for numbers: of more than fifteen figures it keeps fifteen."""
    power = values.str.contains(r"^[0-9]\.?[0-9]*[eE]\+?[0-9]{2}$") | values.str.contains(POWER)
    if not book:  # in text zeros may be meant
        return power
    return power | values.str.contains(r"^[0-9]{15}0{1,5}(\.0+)?$")


def _all_small(values: pl.Series) -> bool:
    """Whether no cell has a sign of per cent and every number is at most 1: a workbook's shares."""
    if values.str.contains("[%％eE]").any():
        return False
    number = values.str.strip_chars().cast(pl.Float64, strict=False).drop_nulls()
    return len(number) > 0 and bool((number <= 1).all()) and bool((number > 0).any())


def _unsigned(values: pl.Series, column: pl.Series) -> pl.Series:
    """Cells of at most 1 without a sign of per cent, where others of the column have one.

    A workbook holds 61.5 % as 0.615, and beside texts with a sign nobody can tell it from 0.615 %.
    """
    signed = values.str.contains("[%％]")
    if not column.str.contains("[%％]").any():
        return pl.repeat(False, len(values), eager=True)
    plain = ~values.str.contains("[eE]")  # who writes 8.3e-06 says how small it is
    number = values.str.strip_chars().cast(pl.Float64, strict=False)
    return (plain & ~signed & (number > 0) & (number <= 1)).fill_null(value=False)


def _bound(field: Field, values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The lower or upper bound of shares in words; which cells state none."""
    place = 0 if field.range == "low" else 1
    told: dict[str, str | None] = {}
    bad: list[str] = []
    for text in values.drop_nulls().unique().to_list():
        bounds = bounds_of(text, percent=field.percent)
        if bounds is None:
            bad.append(text)
        told[text] = None if bounds is None else bounds[place]
    if not told:
        return values, pl.repeat(False, len(values), eager=True)
    made = values.replace_strict(told, default=None, return_dtype=pl.String)
    return made, values.is_in(bad).fill_null(value=False)


class _Days(NamedTuple):
    """Days by one format and which of them had an hour, null where it is another format."""

    day: pl.Series
    hour: pl.Series


def _days_by(formats: Sequence[str], values: pl.Series) -> _Days:
    """Days by the first of some formats that each fits."""
    found = _first_that_fits(formats, values)
    if found.day.null_count() == values.null_count():
        return found
    plain = values.str.replace_all(INVISIBLE, "").str.normalize("NFKC").str.strip_chars()
    return _first_that_fits(formats, plain) if (plain != values).any() else found


def _first_that_fits(formats: Sequence[str], values: pl.Series) -> _Days:
    found = [_days(one, values) for one in formats]
    if len(found) == 1:
        return found[0]
    day = pl.select(pl.coalesce([one.day for one in found])).to_series()
    return _Days(day, pl.select(pl.coalesce([one.hour for one in found])).to_series())


def _days(format_: str, values: pl.Series) -> _Days:
    if format_ == SERIAL:
        number = values.str.extract(r"^([0-9]{1,7})(\.0+)?$").cast(pl.Int32)
        # Spreadsheets count from 1899-12-30, and hold a 29 February 1900 that never was.
        day = (number.set(number < _FIRST_SERIAL, None) + _SERIAL_ZERO).cast(pl.Date)
        return _of_days(day, day.is_null())
    if _HAS_HOURS.search(format_):
        return _of_times(format_, values)
    day = values.str.to_date(format_, strict=False)
    hour = day.is_null()
    if day.null_count() > values.null_count():
        # Of a time its day is read; by midnight spreadsheets write days as times.
        hour = values.str.contains(_HOUR) & ~values.str.contains(_MIDNIGHT)
        values = values.str.replace(_HOUR, "")
        day = values.str.to_date(format_, strict=False)
    if re.fullmatch("(%[Yymd]){3}", format_):
        # Without separators 2025111 is two days.
        digits = 8 if "%Y" in format_ else 6
        day = day.set((values.str.len_chars() != digits).fill_null(value=False), None)
    # To a format that wants four, a year of two digits is one of the first century.
    return _of_days(day.set(day.dt.year() < _FIRST_YEAR, None) if "%Y" in format_ else day, hour)


def _of_times(format_: str, values: pl.Series) -> _Days:
    """By a format that has hours itself, and perhaps a zone."""
    time = values.str.to_datetime(format_, strict=False).alias("time")
    found = pl.col("time")
    zoned = isinstance(time.dtype, pl.Datetime) and time.dtype.time_zone is not None
    day = day_in_china(found) if zoned else found.dt.date()
    made = time.to_frame().select(day.alias("day"), ~is_midnight(found).alias("hour"))
    return _of_days(made["day"].set(made["day"].dt.year() < _FIRST_YEAR, None), made["hour"])


def _of_days(day: pl.Series, hour: pl.Series) -> _Days:
    return _Days(day, hour.set(day.is_null(), None))


def _number(field: Field, values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Numbers written with ``.`` and without separators; per cent as a power of ten.

    Full-width digits and signs, as Chinese tables have them, are read as plain ones.
    """
    text = values.str.normalize("NFKC").str.strip_chars()
    misplaced = pl.repeat(False, len(values), eager=True)
    if field.thousands:
        # Separators stand before three digits each: "6,5" is no 65.
        mark, decimal = re.escape(field.thousands), re.escape(field.decimal or ".")
        grouped = rf"^[<>]?\s*[+-]?[0-9]{{1,3}}({mark}[0-9]{{3}})+({decimal}[0-9]*)?(\s*%)?$"
        there = text.str.contains(field.thousands, literal=True)
        misplaced = (there & ~text.str.contains(grouped)).fill_null(value=False)
        text = text.str.replace_all(field.thousands, "", literal=True)
    if field.decimal not in (None, "."):
        # A dot that is no declared separator must not become a decimal point.
        text = text.str.replace_all(".", "?", literal=True)
        text = text.str.replace_all(field.decimal or ",", ".", literal=True)
    if field.percent:
        text = text.str.replace(r"\s*%$", "")
    # A bound that is not reached itself is written ">50".
    sign = text.str.extract("^([<>])").fill_null("")
    text = text.str.replace(r"^[<>]\s*", "")
    bad = ~text.str.contains(_NUMBER) | misplaced
    moved = len(str(field.factor)) - 1 - (2 if field.percent else 0)
    if moved:
        power = text.str.extract(_EXPONENT).cast(pl.Int32).fill_null(0) + moved
        text = text.str.replace(_EXPONENT, "") + "e" + power.cast(pl.String)
    return sign + text, bad

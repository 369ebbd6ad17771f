"""Columns as the types of a contract: what text, numbers and times of other programs mean.

Every rule looks at one value alone, so that a table reads the same whole and in batches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Final

import numpy as np
import polars as pl
import polars.selectors as cs
from numpy.typing import NDArray

from trustgraph.identifiers import USCC_ALPHABET, lei_rows_valid
from trustgraph.schema import Column
from trustgraph.tables.days import (
    CHINA,
    day_in_china,
    days_in_text,
    is_day,
    is_midnight,
    why_no_day,
)
from trustgraph.tables.signs import (
    CODES,
    IDS,
    LEI_LENGTH,
    NUMBERED,
    UNSEEN,
    USCC_LENGTH,
    Signs,
    looks_odd,
    signs_of,
)

__all__ = [
    "DTYPES",
    "INVISIBLE",
    "POWER",
    "as_text",
    "codes_as_such",
    "hour_of",
    "is_given",
    "plain_header",
    "plain_id",
    "rounded_of",
    "typed",
    "valid_codes",
]

Matrix = NDArray[np.uint8]
Bool = NDArray[np.bool_]

DTYPES: Final = {
    "string": pl.String(),
    "date": pl.Date(),
    "fraction": pl.Float64(),
    "number": pl.Float64(),
}
_EXCLUSIVE: Final = {"share_min": (">", 1e-9), "share_max": ("<", -1e-9)}
"""Signs of bounds that are not reached themselves, and by how much they are missed: a billionth."""
_WHOLE: Final = 2.0**53
"""Beyond it a float does not hold every whole number."""
_WHOLE_BELOW: Final[dict[pl.DataType, float]] = {pl.Float32(): 2.0**24, pl.Float16(): 2.0**11}

INVISIBLE: Final = (
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
"""Characters that nobody sees: zero width, joiners, marks of direction, soft hyphens."""
_PLAIN: Final = re.compile("[ -~\u4e00-\u9fff]*")
"""ASCII and Chinese characters as such."""
_FRACTION: Final = r"^\s*[0-9]+\.0\s*$"
_WIDE: Final = "^[ -~\u3000\uff01-\uff5e]*$"
"""ASCII, as it is or full width."""
_USCC: Final = rf"^[1-9ANY][{USCC_ALPHABET}][0-9]{{6}}[{USCC_ALPHABET}]{{10}}$"
POWER: Final = r"^\+?[0-9]+(\.[0-9]*[eE]\+?|[eE]\+)[0-9]{1,3}$"
"""Powers of ten as programs write large numbers: an id may look like ``1E05``, and is none."""
_ROUNDED: Final = (
    "a program took this id for a number, and its last figures are lost: others may have become "
    "the same; export the column as text"
)


def typed(
    raw: pl.DataFrame,
    contract: Sequence[Column],
    present: Collection[str],
    signs: Signs | None = None,
) -> pl.DataFrame:
    """The columns of a contract as its types, null where they cannot be read.

    ``present`` are those that were given; the others are there, and empty. ``signs``: what
    :func:`signs_of` says of them, where it was asked already.

    >>> raw = pl.DataFrame({"share": pl.Series([0.47], dtype=pl.Float32), "source": [101.0]})
    >>> contract = [Column("source", "string"), Column("share", "fraction")]
    >>> typed(raw, contract, raw.columns).rows()
    [('101', 0.47)]
    """
    odd = (signs_of(raw, contract, present) if signs is None else signs).odd
    return raw.select(_typed(column, raw.schema[column.name], odd) for column in contract)


def _typed(column: Column, dtype: pl.DataType, odd: Collection[str]) -> pl.Expr:
    name = column.name
    if dtype == pl.Null:
        return pl.col(name).cast(DTYPES[column.dtype])
    text = as_text(name, dtype)
    if name in odd:
        text = text.map_batches(partial(_plain_where_odd, name), return_dtype=pl.String)
    if column.dtype == "string":
        return text.alias(name)
    if column.dtype == "date":
        day = _day(name, dtype, text)
        return pl.when(is_day(day)).then(day).alias(name)
    number = _number(name, dtype, text)
    return pl.when(number.is_finite()).then(number).alias(name)


def is_given(cells: pl.Series) -> pl.Series:
    """Whether there is a value at all, for each cell: a blank text is none.

    >>> is_given(pl.Series("share", ["0.5", " ", None])).to_list()
    [True, False, False]
    """
    if not (cells.dtype.is_numeric() or cells.dtype.is_temporal()):
        cells = cells.to_frame().select(as_text(cells.name, cells.dtype)).to_series()
    return cells.is_not_null()


def fraction_of(name: str, dtype: pl.DataType) -> pl.Expr | None:
    """Of text that names something: why ``101.0`` is 101, where it is; of other columns None."""
    if dtype != pl.String or name not in NUMBERED:
        return None
    told = pl.format("read as {}: a whole number written as a fraction", _whole(pl.col(name)))
    return pl.when(pl.col(name).str.contains(_FRACTION)).then(told).alias("reason")


def rounded_of(name: str, dtype: pl.DataType) -> pl.Expr | None:
    """Of what names something: why it may stand for several, where it does; of the rest None."""
    if name not in IDS or not (dtype == pl.String or dtype.is_float()):
        return None
    if dtype == pl.String:
        power = _plain(name, as_text(name, dtype)).str.contains(POWER)
    else:
        power = pl.col(name).cast(pl.Float64).abs() >= _WHOLE_BELOW.get(dtype, _WHOLE)
    return pl.when(power).then(pl.lit(_ROUNDED)).alias("reason")


def _whole(text: pl.Expr) -> pl.Expr:
    """Whole numbers as such, where a library has taken a column with a gap for fractions."""
    return (
        pl.when(text.str.contains(_FRACTION)).then(text.str.replace(r"\.0\s*$", "")).otherwise(text)
    )


def hour_of(name: str, dtype: pl.DataType) -> pl.Expr | None:
    """Of times: why the day is no certain reading, where it is none; of other columns None."""
    if dtype == pl.String:
        return why_no_day(_plain(name, as_text(name, dtype)), dtype).alias("reason")
    if not isinstance(dtype, pl.Datetime):
        return None
    return why_no_day(pl.col(name), dtype).alias("reason")


def valid_codes(codes: pl.Series, width: int, valid: Callable[[Matrix], Bool]) -> pl.Series:
    """Which of some codes have so many characters and are ``valid``; null is not.

    >>> from trustgraph.identifiers import lei_rows_valid
    >>> valid_codes(pl.Series(["5493001KJTIIGC8Y1R12", "X", None]), 20, lei_rows_valid).to_list()
    [True, False, False]
    """
    whole = (codes.str.len_bytes() == width).fill_null(value=False)
    truth = np.zeros(len(codes), dtype=np.bool_)
    joined = codes.filter(whole).str.join("").item() or ""
    matrix = np.frombuffer(joined.encode(), dtype=np.uint8).reshape(-1, width)
    truth[whole.to_numpy()] = valid(matrix)
    return pl.Series(truth)


def plain_header(name: str) -> str:
    """The name of a column without what nobody sees in it."""
    return re.sub(INVISIBLE, "", name).strip()


def plain_id(text: str) -> str:
    """An id as tables are read: without what nobody sees; a code as codes are written.

    >>> plain_id(" A\\u200b "), plain_id("91330106tg 100001x9"), plain_id("Ａ")
    ('A', '91330106TG100001X9', 'A')
    """
    # While somebody types, this is asked for at every letter: as a rule nothing is to be put right.
    bare = text.strip(" ")
    length = len(bare) - bare.count(" ")
    as_a_code = length in (USCC_LENGTH, LEI_LENGTH)
    if _PLAIN.fullmatch(bare) and not as_a_code and not bare.endswith(".0"):
        return bare
    frame = pl.DataFrame({"id": [text]}, schema={"id": pl.String})
    found: str | None = typed(frame, [Column("id", "string")], ["id"]).item()
    return found or ""


# --- Text -----------------------------------------------------------------------------------------


def as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    """A column as stripped text, blank as null; whole floats as whole numbers, days as days."""
    column = cs.by_name(name)  # names may be anything: as patterns they would name others, too
    if dtype.is_float():
        # A column of whole numbers becomes one of floats as soon as one of them is missing.
        number = column.cast(pl.Float64)
        whole = (number == number.floor()) & (number.abs() < _WHOLE)
        shown = pl.when(whole).then(number.cast(pl.Int64, strict=False).cast(pl.String))
        return shown.otherwise(pl.when(number.is_not_nan()).then(column.cast(pl.String)))
    if isinstance(dtype, pl.Datetime):
        text = column.cast(pl.String)
        if dtype.time_zone is not None:
            there = column.dt.convert_time_zone(CHINA)
            text = pl.when(is_midnight(there)).then(there.dt.date().cast(pl.String)).otherwise(text)
        return pl.when(is_midnight(column)).then(column.dt.date().cast(pl.String)).otherwise(text)
    if isinstance(dtype, pl.Duration):
        return column.dt.to_string("iso")
    text = (column if dtype == pl.String else column.cast(pl.String)).str.strip_chars()
    return pl.when(text != "").then(text)


def _plain_where_odd(name: str, cells: pl.Series) -> pl.Series:
    """Cells put right; of millions of rows as a rule some are to be looked at."""
    frame = cells.to_frame(name)
    odd = frame.select(looks_odd(name)).to_series().fill_null(value=False)
    made = frame.filter(odd).select(_plain(name, pl.col(name)).alias(name)).to_series()
    return cells.scatter(odd.arg_true(), made)


def _plain(name: str, text: pl.Expr) -> pl.Expr:
    """Text without what nobody sees, ASCII as such; ids and codes in the spelling of codes."""
    text = text.str.replace_all(INVISIBLE, "").str.normalize("NFC")
    wide = text.str.contains(_WIDE) & text.str.contains(UNSEEN)
    text = pl.when(wide).then(text.str.normalize("NFKC")).otherwise(text).str.strip_chars()
    if name in NUMBERED:
        text = _whole(text)
    if name in CODES:
        text = _as_code(text)
    elif name in IDS:
        # Whoever is known by a code alone has it for an id, in this spelling.
        text = codes_as_such(text)
    return pl.when(text != "").then(text)


def codes_as_such(text: pl.Expr) -> pl.Expr:
    """Text, where it is a USCC or an LEI in the spelling of codes.

    >>> cells = pl.DataFrame({"id": ["91330106tg 100001x9", "a 1"]})
    >>> cells.select(codes_as_such(pl.col("id")))["id"].to_list()
    ['91330106TG100001X9', 'a 1']
    """
    code = _as_code(text.str.replace_all(INVISIBLE, ""))
    known = code.str.contains(_USCC) | code.map_batches(_are_lei, return_dtype=pl.Boolean)
    return pl.when(known).then(code).otherwise(text)


def _as_code(text: pl.Expr) -> pl.Expr:
    return text.str.normalize("NFKC").str.to_uppercase().str.replace_all(r"\s", "")


def _are_lei(codes: pl.Series) -> pl.Series:
    """By their check digits: many an id of one's own has twenty characters."""
    return valid_codes(codes, LEI_LENGTH, lei_rows_valid)


# --- Days and numbers -----------------------------------------------------------------------------


def _day(name: str, dtype: pl.DataType, text: pl.Expr) -> pl.Expr:
    if dtype == pl.Date:
        return pl.col(name)
    if isinstance(dtype, pl.Datetime):
        time = pl.col(name)
        return time.dt.date() if dtype.time_zone is None else day_in_china(time)
    return text.map_batches(days_in_text, return_dtype=pl.Date)


def _shortest(cells: pl.Series) -> pl.Series:
    """Numbers of 16 bits, which polars writes as if they had 32."""
    told = [None if cell is None else float(str(np.float16(cell))) for cell in cells]
    return pl.Series(cells.name, told, dtype=pl.Float64)


def _number(name: str, dtype: pl.DataType, text: pl.Expr) -> pl.Expr:
    # What was meant is the shortest number that one of few bits stands for.
    if dtype == pl.Float16:
        return pl.col(name).map_batches(_shortest, return_dtype=pl.Float64)
    if dtype == pl.Float32:
        return pl.col(name).cast(pl.String).cast(pl.Float64, strict=False)
    if dtype.is_numeric():
        return pl.col(name).cast(pl.Float64, strict=False)
    sign, step = _EXCLUSIVE.get(name, ("", 0.0))
    number = text.str.replace(rf"^{sign}\s*", "").cast(pl.Float64, strict=False)
    if sign:
        number += pl.when(text.str.starts_with(sign)).then(step).otherwise(0.0)
    return number

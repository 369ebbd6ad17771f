"""The fields of a mapping file: what each is made of, and what is wrong with it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import polars as pl

from trustgraph.tables.suggestions import near

__all__ = ["SERIAL", "TO_FILL", "Field", "blanks_of", "field_of", "scalar", "unknown_keys"]

SERIAL: Final = "serial"
"""Days as spreadsheets count them."""
_TOKENS: Final = (
    ("YYYY", "%Y"),
    ("YY", "%y"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("M", "%m"),
    ("D", "%d"),
)
_SAMPLE: Final = dt.date(2019, 12, 31)


@dataclass(frozen=True, slots=True)
class Field:
    """How one target field is made. ``columns`` is empty for a constant."""

    target: str
    columns: tuple[str, ...] = ()
    join: str = ""
    constant: str | None = None
    default: str | None = None
    prefix: str = ""
    suffix: str = ""
    pad: int = 0
    values: Mapping[str, str] | None = None
    unmapped: Literal["reject", "keep", "skip"] = "reject"
    percent: bool = False
    decimal: str | None = None
    thousands: str = ""
    date: tuple[str, ...] = ()
    split: tuple[str, ...] = ()
    case: Literal["upper", "lower"] | None = None
    blank: tuple[str, ...] = ()
    part: int | None = None
    fill: bool = False
    factor: int = 1
    range: Literal["low", "high"] | None = None

    @property
    def label(self) -> str:
        """What the source calls it: its columns, or for a constant the target itself."""
        return " + ".join(self.columns) or self.target


def scalar(value: Any) -> str | None:
    """A TOML value as the text that a cell would hold; None for lists and tables."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_power(value: Any) -> bool:
    """A power of ten: numbers stay exact as text."""
    return type(value) is int and value > 0 and str(value).strip("0") == "1"


TO_FILL: Final = "FILL_IN"
"""What a proposed mapping has where a person must say something."""

_FIELD_TYPES: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    "constant": (lambda value: scalar(value) is not None, "a single value"),
    "default": (lambda value: scalar(value) is not None, "a single value"),
    "join": (_is_text, "text"),
    "prefix": (_is_text, "text"),
    "suffix": (_is_text, "text"),
    "decimal": (_is_text, "text"),
    "thousands": (_is_text, "text"),
    "percent": (_is_flag, "true or false"),
    "fill": (_is_flag, "true or false"),
    "part": (lambda value: type(value) is int and 1 <= value <= 100, "a number from 1"),
    "factor": (_is_power, "1, 10, 100, … or 10000 for 万"),
    "range": (lambda value: value in ("low", "high"), "low or high"),
    "upper": (_is_flag, "true or false"),
    "lower": (_is_flag, "true or false"),
    "pad": (lambda value: type(value) is int and 0 <= value <= 100, "a width from 0 to 100"),
}
_FIELD_KEYS: Final = (
    *("column", "columns", "blank", "values", "unmapped", "date", "split"),
    *_FIELD_TYPES,
)


def unknown_keys(
    item: dict[str, Any], known: tuple[str, ...], place: str, problems: list[str]
) -> None:
    """Add a problem for every key of a TOML table that is not known, with the nearest that is."""
    problems += [
        f'{place}: unknown key "{key}"{near(key, known)}' for key in item if key not in known
    ]


def field_of(
    name: str, item: Any, place: str, blank: tuple[str, ...], problems: list[str]
) -> Field | None:
    """A field as TOML gives it: a column's name, or a table; problems are added, then None.

    >>> field_of("name", "firm", "entities[0].name", (), []).columns
    ('firm',)
    """
    if isinstance(item, str):
        return Field(name, (item,), blank=blank)
    if not isinstance(item, dict):
        problems.append(f"{place}: a column's name or a table is expected")
        return None
    before = len(problems)
    unknown_keys(item, _FIELD_KEYS, place, problems)
    sources = [key for key in ("column", "columns", "constant") if key in item]
    if len(sources) != 1:
        problems.append(f"{place}: exactly one of column, columns and constant is expected")
    columns = _texts(item, "columns", place, problems) or _texts(item, "column", place, problems)
    problems += [
        f"{place}.{key}: {words} is expected"
        for key, (fits, words) in _FIELD_TYPES.items()
        if key in item and not fits(item[key])
    ]
    if "join" in item and "columns" not in item:
        problems.append(f"{place}.join: this belongs to columns")
    if item.get("upper") and item.get("lower"):
        problems.append(f"{place}: upper and lower cannot both hold")
    values = _value_table(item, place, problems)
    formats = _formats(item, place, problems)
    split = _texts(item, "split", place, problems)
    if "" in split:
        problems.append(f"{place}.split: a separator is expected")
    own = blanks_of(item, place, problems)
    if TO_FILL in (item.get("constant"), *(values or {}).values()):
        problems.append(
            f"{place}: {TO_FILL} is left of the proposal: say what it is (`trustgraph policy show "
            'PACK` has the types of records); among values, "" leaves such rows out'
        )
    if "part" in item and not split:
        problems.append(f"{place}.part: this belongs to split")
    if len(problems) > before:
        return None
    return Field(
        target=name,
        columns=columns,
        join=item.get("join", ""),
        constant=scalar(item["constant"]) if "constant" in item else None,
        default=scalar(item["default"]) if "default" in item else None,
        prefix=item.get("prefix", ""),
        suffix=item.get("suffix", ""),
        pad=item.get("pad", 0),
        values=values,
        unmapped=item.get("unmapped", "reject"),
        percent=item.get("percent", False),
        decimal=item.get("decimal"),
        thousands=item.get("thousands", ""),
        date=formats,
        split=split,
        case="upper" if item.get("upper") else "lower" if item.get("lower") else None,
        blank=(*blank, *own),
        part=item.get("part"),
        fill=item.get("fill", False),
        factor=item.get("factor", 1),
        range=item.get("range"),
    )


def blanks_of(item: dict[str, Any], place: str, problems: list[str]) -> tuple[str, ...]:
    """The cells that say that there is nothing, as they stand when stripped."""
    given = item.get("blank", [])
    if not isinstance(given, list) or None in map(scalar, given):
        problems.append(f"{place}.blank: a list of values is expected")
        return ()
    return tuple(scalar(value) or "" for value in given)


def _texts(item: dict[str, Any], key: str, place: str, problems: list[str]) -> tuple[str, ...]:
    given = item.get(key, [])
    several = given if isinstance(given, list) and key != "column" else [given]
    if key == "column" and key not in item:
        return ()
    if not all(isinstance(one, str) for one in several):
        problems.append(f"{place}.{key}: text is expected")
        return ()
    return tuple(several)


def _value_table(item: dict[str, Any], place: str, problems: list[str]) -> dict[str, str] | None:
    if item.get("unmapped", "reject") not in ("reject", "keep", "skip"):
        problems.append(f"{place}.unmapped: reject, keep or skip is expected")
    if "values" not in item:
        if "unmapped" in item:
            problems.append(f"{place}.unmapped: this belongs to values")
        return None
    given = item["values"]
    if not isinstance(given, dict) or None in map(scalar, given.values()):
        problems.append(f"{place}.values: a table from value to value is expected")
        return None
    return {key.strip(): scalar(value) or "" for key, value in given.items()}


def _formats(item: dict[str, Any], place: str, problems: list[str]) -> tuple[str, ...]:
    formats = []
    for given in _texts(item, "date", place, problems):
        format_ = given
        left = False
        if format_ == SERIAL:
            formats.append(SERIAL)
            continue
        if "%" not in format_:
            for token, directive in _TOKENS:
                if directive not in format_:
                    format_ = format_.replace(token, directive)
            # "DD-MMM-YYYY" has a month's name in it: an M would be left over.
            left = re.search("[A-Za-z]", re.sub("%[Ymdy]", "", format_)) is not None
        formats.append(format_)
        sample = pl.Series([_SAMPLE]).cast(pl.Datetime("us"))
        try:
            there = sample.dt.to_string(format_)
            back = there.str.to_date(format_, strict=False).to_list()
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            back = []
        if back != [_SAMPLE] or left:
            problems.append(
                f'{place}.date: "{given}" is no format of a day, such as "%d.%m.%Y" or "YYYY/MM/DD"'
            )
    return tuple(formats)

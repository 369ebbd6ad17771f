"""Mapping files: how the columns of any CSV files become the tables, in TOML.

Each ``[[entities]]``, ``[[relationships]]``, ``[[records]]`` or ``[[consultations]]`` section reads
one file and gives rows of that table; several sections may read the same file::

    [[entities]]
    file = "stock.csv"                       # in the input folder; encoding, delimiter if need be
    where = { column = "market", in = ["SH", "SZ"] }
    blank = ["-", "—", "无"]                 # cells that say that there is nothing
    distinct = true                          # an id that came before is merged, not rejected
    [entities.fields]
    id = { column = "code", pad = 6, prefix = "CN" }     # leading zeros that were lost
    kind = { constant = "company" }
    name = "short name"                      # the same as { column = "short name" }

``where`` is one condition or a list that must all hold: ``equals``, ``not``, ``in``, ``not_in``,
``blank = true`` or ``not_blank = true``. A cell that holds one of ``blank``, said for a section or
a field, is empty; its row stays. A field is made in this order: ``column`` (or ``columns`` with
``join``, or ``constant``); ``split`` into several rows; ``upper`` or ``lower``; ``values``, a
table of values, where ``""`` skips the row and ``unmapped`` (``reject``, ``keep``, ``skip``) says
what becomes of others; ``thousands``, ``decimal``, ``percent``; ``date``, one or more formats
(``%d.%m.%Y`` or ``DD.MM.YYYY``); ``pad``, ``prefix``, ``suffix``; ``default`` where still blank.
Fields that the contract does not know ride along.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl

from trustgraph.errors import MappingError
from trustgraph.reading.decoding import reading_errors
from trustgraph.tables.sheet import CONTRACTS, is_pattern, near

__all__ = ["Condition", "Field", "Section", "mapping_error", "parse_mapping"]

_SECTION_KEYS: Final = ("file", "encoding", "delimiter", "blank", "where", "distinct", "fields")
_TESTS: Final = ("equals", "not", "in", "not_in", "blank", "not_blank")
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
class Condition:
    """A test of one column; values are compared as stripped text. ``blank``: what means nothing."""

    column: str
    test: str
    values: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()


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

    @property
    def label(self) -> str:
        """What the source calls it: its columns, or for a constant the target itself."""
        return " + ".join(self.columns) or self.target


@dataclass(frozen=True, slots=True)
class Section:
    """One section: a file and the fields it gives to a table. ``place`` names it in messages."""

    table: str
    place: str
    file: str
    fields: tuple[Field, ...]
    encoding: str | None = None
    delimiter: str | None = None
    where: tuple[Condition, ...] = ()
    distinct: bool = False


def parse_mapping(path: Path) -> tuple[list[Section], list[str]]:
    """The sections of a mapping file and every problem found, one sentence each.

    Raises MappingError when the file cannot be read or is no TOML.
    """
    with reading_errors(path, path.name):
        raw = path.read_bytes()
    try:
        document = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise MappingError("the mapping file is not in UTF-8", where=path) from None
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"the mapping file is no valid TOML: {error}", where=path) from None
    problems: list[str] = []
    sections: list[Section] = []
    for table, given in document.items():
        if table == "title":
            continue
        if table not in CONTRACTS:
            problems.append(f'unknown key "{table}"{near(table, [*CONTRACTS, "title"])}')
        elif not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
            problems.append(f"{table}: write the section's name in double brackets: [[{table}]]")
        else:
            for number, item in enumerate(given, 1):
                section = _section(table, f"{table}[{number}]", item, problems)
                if section is not None:
                    sections.append(section)
    if not document.get("entities"):
        problems.append("there is no [[entities]] section: nothing could refer to anything")
    return sections, problems


def mapping_error(path: Path, problems: list[str]) -> MappingError:
    """All problems of a mapping file as one error."""
    return MappingError(
        f"{len(problems)} problem(s) in the mapping"
        + "".join(f"\n  - {item}" for item in problems),
        where=path,
    )


def _scalar(value: Any) -> str | None:
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


_FIELD_TYPES: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    "constant": (lambda value: _scalar(value) is not None, "a single value"),
    "default": (lambda value: _scalar(value) is not None, "a single value"),
    "join": (_is_text, "text"),
    "prefix": (_is_text, "text"),
    "suffix": (_is_text, "text"),
    "decimal": (_is_text, "text"),
    "thousands": (_is_text, "text"),
    "percent": (_is_flag, "true or false"),
    "upper": (_is_flag, "true or false"),
    "lower": (_is_flag, "true or false"),
    "pad": (lambda value: type(value) is int and 0 <= value <= 100, "a width from 0 to 100"),
}
_FIELD_KEYS: Final = (
    *("column", "columns", "blank", "values", "unmapped", "date", "split"),
    *_FIELD_TYPES,
)


def _section(table: str, place: str, item: dict[str, Any], problems: list[str]) -> Section | None:
    before = len(problems)
    _unknown_keys(item, _SECTION_KEYS, place, problems)
    file = item.get("file")
    if not isinstance(file, str) or not file:
        problems.append(f"{place}: file is missing")
    elif Path(file).is_absolute() or ".." in Path(file).parts:
        problems.append(f'{place}.file: "{file}" does not lie inside the input folder')
    encoding = item.get("encoding")
    if encoding is not None:
        try:
            # Of no bytes at all any encoding would do.
            b"text".decode(encoding, "replace")
        except (LookupError, TypeError, ValueError):
            problems.append(f"{place}.encoding: there is no text encoding {encoding!r}")
    delimiter = item.get("delimiter")
    if delimiter is not None and (
        not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n'
    ):
        problems.append(f"{place}.delimiter: one character is expected, not {delimiter!r}")
    if not isinstance(item.get("distinct", False), bool):
        problems.append(f"{place}.distinct: true or false is expected")
    blank = _blanks(item, place, problems)
    where = item.get("where", [])
    conditions = [
        _condition(one, f"{place}.where", blank, problems)
        for one in (where if isinstance(where, list) else [where])
    ]
    given = item.get("fields")
    if not isinstance(given, dict) or not given:
        problems.append(f"{place}: there are no fields ([{table}.fields] below the section)")
        given = {}
    fields = [
        _field(name, one, f"{place}.fields.{name}", blank, problems) for name, one in given.items()
    ]
    _check_fields(table, place, fields, problems)
    if len(problems) > before:
        return None
    return Section(
        table=table,
        place=place,
        file=str(file),
        fields=tuple(one for one in fields if one is not None),
        encoding=encoding,
        delimiter=delimiter,
        where=tuple(one for one in conditions if one is not None),
        distinct=bool(item.get("distinct", False)),
    )


def _check_fields(table: str, place: str, fields: list[Field | None], problems: list[str]) -> None:
    names = {one.target for one in fields if one is not None}
    if fields and None not in fields:
        for column in CONTRACTS[table]:
            replaceable = table == "entities" and column.name == "id" and {"uscc", "lei"} & names
            if column.required and column.name not in names and not replaceable:
                problems.append(
                    f"{place}.fields: {column.name} is missing{near(column.name, names)}"
                )
    problems += [
        f'{place}.fields: a column cannot be called "{name}"'
        for name in sorted(names)
        if not name.strip() or name.startswith("__") or is_pattern(name)
    ]
    split = [one.target for one in fields if one is not None and one.split]
    if len(split) > 1:
        problems.append(f"{place}.fields: only one field can be split, not {' and '.join(split)}")


def _unknown_keys(
    item: dict[str, Any], known: tuple[str, ...], place: str, problems: list[str]
) -> None:
    problems += [
        f'{place}: unknown key "{key}"{near(key, known)}' for key in item if key not in known
    ]


def _condition(
    item: Any, place: str, blank: tuple[str, ...], problems: list[str]
) -> Condition | None:
    if not isinstance(item, dict):
        problems.append(f"{place}: a table is expected, such as {{ column = …, equals = … }}")
        return None
    _unknown_keys(item, ("column", *_TESTS), place, problems)
    tests = [test for test in _TESTS if test in item]
    if not isinstance(item.get("column"), str) or len(tests) != 1:
        problems.append(f"{place}: a column and one of {', '.join(_TESTS)} are expected")
        return None
    test, given = tests[0], item[tests[0]]
    if test in ("blank", "not_blank"):
        if given is not True:
            problems.append(f"{place}.{test}: only true makes sense here")
        return Condition(item["column"], test, blank=blank)
    values = given if isinstance(given, list) else [given]
    if isinstance(given, list) != (test in ("in", "not_in")) or None in map(_scalar, values):
        problems.append(
            f"{place}.{test}: {'a list of values' if 'in' in test else 'a value'} expected"
        )
        return None
    return Condition(item["column"], test, tuple(_scalar(value) or "" for value in values), blank)


def _field(
    name: str, item: Any, place: str, blank: tuple[str, ...], problems: list[str]
) -> Field | None:
    if isinstance(item, str):
        return Field(name, (item,), blank=blank)
    if not isinstance(item, dict):
        problems.append(f"{place}: a column's name or a table is expected")
        return None
    before = len(problems)
    _unknown_keys(item, _FIELD_KEYS, place, problems)
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
    own = _blanks(item, place, problems)
    if len(problems) > before:
        return None
    return Field(
        target=name,
        columns=columns,
        join=item.get("join", ""),
        constant=_scalar(item["constant"]) if "constant" in item else None,
        default=_scalar(item["default"]) if "default" in item else None,
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
    )


def _blanks(item: dict[str, Any], place: str, problems: list[str]) -> tuple[str, ...]:
    """The cells that say that there is nothing, as they stand when stripped."""
    given = item.get("blank", [])
    if not isinstance(given, list) or None in map(_scalar, given):
        problems.append(f"{place}.blank: a list of values is expected")
        return ()
    return tuple(_scalar(value) or "" for value in given)


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
    if not isinstance(given, dict) or None in map(_scalar, given.values()):
        problems.append(f"{place}.values: a table from value to value is expected")
        return None
    return {key.strip(): _scalar(value) or "" for key, value in given.items()}


def _formats(item: dict[str, Any], place: str, problems: list[str]) -> tuple[str, ...]:
    formats = []
    for given in _texts(item, "date", place, problems):
        format_ = given
        left = False
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

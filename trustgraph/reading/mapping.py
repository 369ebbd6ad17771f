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
``contains`` (a text, or any of some), ``matches`` (a regular expression), ``blank = true`` or
``not_blank = true``. Of a workbook the first ``sheet`` is read, or the one that is named, with its
header below any notes, or in ``header_row``; ``columns`` names those of a file without a header.
A row with more cells than the header is rejected, unless ``surplus = "drop"`` leaves them out.
A ``.jsonl`` file is an object a line. A cell that holds one of ``blank``, said for a section or
a field, is empty; its row stays. Of ``distinct`` sections rows that are equal are merged, and those
of one id into the first, which they complete. A record without an ``id`` has one of whose, what
and when. ``possibly_same = true`` of entities ties persons of one name
(:mod:`trustgraph.reading.same_names`). A field is made in this order: ``column`` (or ``columns``
with ``join``, or ``constant``), where ``fill`` takes what stands above; ``split`` into several
rows, or into the ``part`` that is wanted; ``upper`` or ``lower``; ``values``, a table of values,
where ``""`` skips the row and ``unmapped`` (``reject``, ``keep``, ``skip``) says what becomes of
others; ``range``, a bound of a share in words, or ``thousands``, ``decimal``, ``percent``,
``factor``; ``date``, one or more formats (``%d.%m.%Y``, ``DD.MM.YYYY``, ``serial``); ``pad``,
``prefix``, ``suffix``; ``default`` where still blank. Fields that the contract does not know ride
along.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from trustgraph.errors import MappingError
from trustgraph.reading.decoding import reading_errors
from trustgraph.reading.mapping_fields import Field, blanks_of, field_of, scalar, unknown_keys
from trustgraph.tables.sheet import CONTRACTS, is_pattern
from trustgraph.tables.suggestions import near

__all__ = ["Condition", "Field", "Section", "mapping_error", "parse_mapping"]

_SECTION_KEYS: Final = (
    *("file", "encoding", "delimiter", "sheet", "header_row", "columns", "surplus"),
    *("blank", "where", "distinct", "possibly_same", "fields"),
)
_TESTS: Final = ("equals", "not", "in", "not_in", "contains", "matches", "blank", "not_blank")


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of one column; values are compared as stripped text. ``blank``: what means nothing."""

    column: str
    test: str
    values: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()


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
    sheet: str | int | None = None
    header_row: int | None = None
    columns: tuple[str, ...] = ()
    drop_surplus: bool = False
    possibly_same: bool = False

    @property
    def named(self) -> list[tuple[str, str]]:
        """The columns that it names, each with where it does."""
        fields = [(f"fields.{one.target}", column) for one in self.fields for column in one.columns]
        return fields + [("where", one.column) for one in self.where]

    @property
    def source(self) -> tuple[Any, ...]:
        """What makes two sections read one file once: which it is, and how they say it is read."""
        return (
            *(self.file, self.encoding, self.delimiter),
            *(self.sheet, self.header_row, self.columns, self.drop_surplus),
        )


def parse_mapping(path: Path, *, whole: bool = True) -> tuple[list[Section], list[str]]:
    """The sections of a mapping file and every problem found, one sentence each.

    ``whole``: there must be entities.

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
    if whole and not document.get("entities"):
        problems.append("there is no [[entities]] section: nothing could refer to anything")
    return sections, problems


def mapping_error(path: Path, problems: list[str]) -> MappingError:
    """All problems of a mapping file as one error."""
    return MappingError(
        f"{len(problems)} problem(s) in the mapping"
        + "".join(f"\n  - {item}" for item in problems),
        where=path,
    )


def _section(table: str, place: str, item: dict[str, Any], problems: list[str]) -> Section | None:
    before = len(problems)
    unknown_keys(item, _SECTION_KEYS, place, problems)
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
    _check_header(item, place, problems)
    if item.get("surplus", "reject") not in ("reject", "drop"):
        problems.append(f"{place}.surplus: reject or drop is expected")
    if not isinstance(item.get("distinct", False), bool):
        problems.append(f"{place}.distinct: true or false is expected")
    blank = blanks_of(item, place, problems)
    same = item.get("possibly_same", False)
    if not isinstance(same, bool) or (same and table != "entities"):
        problems.append(f"{place}.possibly_same: true or false is expected, of entities")
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
        field_of(name, one, f"{place}.fields.{name}", blank, problems)
        for name, one in given.items()
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
        possibly_same=bool(item.get("possibly_same", False)),
        sheet=item.get("sheet"),
        header_row=item.get("header_row"),
        columns=tuple(item.get("columns", ())),
        drop_surplus=item.get("surplus") == "drop",
        where=tuple(one for one in conditions if one is not None),
        distinct=bool(item.get("distinct", False)),
    )


def _check_header(item: dict[str, Any], place: str, problems: list[str]) -> None:
    """Which sheet, and where its header stands, or what its columns are called without one."""
    sheet, row, columns = (item.get(key) for key in ("sheet", "header_row", "columns"))
    if sheet is not None and not (isinstance(sheet, str) or (type(sheet) is int and sheet > 0)):
        problems.append(f"{place}.sheet: its name, or its number from 1, is expected")
    if row is not None and not (type(row) is int and row > 0):
        problems.append(f"{place}.header_row: the number of a row is expected")
    if columns is not None:
        named = isinstance(columns, list) and all(isinstance(one, str) and one for one in columns)
        if not named or not columns or len(set(columns)) < len(columns):
            problems.append(f"{place}.columns: a list of different names is expected")
        if row is not None:
            problems.append(f"{place}: a file has a header_row, or columns and no header")


def _check_fields(table: str, place: str, fields: list[Field | None], problems: list[str]) -> None:
    names = {one.target for one in fields if one is not None}
    if fields and None not in fields:
        for column in CONTRACTS[table]:
            # An entity has a code for an id, a record what it is about.
            replaceable = column.name == "id" and (
                table == "records" or (table == "entities" and bool({"uscc", "lei"} & names))
            )
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


def _condition(
    item: Any, place: str, blank: tuple[str, ...], problems: list[str]
) -> Condition | None:
    if not isinstance(item, dict):
        problems.append(f"{place}: a table is expected, such as {{ column = …, equals = … }}")
        return None
    unknown_keys(item, ("column", *_TESTS), place, problems)
    tests = [test for test in _TESTS if test in item]
    if not isinstance(item.get("column"), str) or len(tests) != 1:
        problems.append(f"{place}: a column and one of {', '.join(_TESTS)} are expected")
        return None
    test, given = tests[0], item[tests[0]]
    if test in ("blank", "not_blank"):
        if given is not True:
            problems.append(f"{place}.{test}: only true makes sense here")
        return Condition(item["column"], test, blank=blank)
    if test == "contains":
        given = given if isinstance(given, list) else [given]
    values = given if isinstance(given, list) else [given]
    if test == "matches" and not _is_pattern(given):
        problems.append(f"{place}.matches: {given!r} is no regular expression")
        return None
    listed = test in ("in", "not_in", "contains")
    texts = [scalar(value) for value in values]
    nothing = test == "contains" and (not texts or "" in texts)  # every cell contains that
    if nothing or isinstance(given, list) != listed or None in texts:
        problems.append(
            f"{place}.{test}: {'a list of values' if 'in' in test else 'a value'} expected"
        )
        return None
    return Condition(item["column"], test, tuple(text or "" for text in texts), blank)


def _is_pattern(given: Any) -> bool:
    if not isinstance(given, str):
        return False
    try:
        pl.select(pl.lit("").str.contains(given))
    except pl.exceptions.PolarsError:
        return False
    return True

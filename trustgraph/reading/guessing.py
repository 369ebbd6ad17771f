"""A mapping proposed from the headers of files in Chinese or English, to be edited by a person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from trustgraph.errors import InputError
from trustgraph.reading.file_rows import file_of, format_of
from trustgraph.reading.guessed_cells import amount_field, day_field, quoted, share_fields
from trustgraph.reading.header_words import HEADERS, POSTS, STATUSES
from trustgraph.reading.mapping import Section
from trustgraph.reading.mapping_fields import TO_FILL
from trustgraph.reading.workbooks import all_sheets
from trustgraph.tables.sheet import FILE, ROW

__all__ = ["guess_mapping"]

_UNIT: Final = re.compile(r"[(（\[].*?[)）\]]|[:：*\s_]")
_NOTHING: Final = ("-", "—", "——", "--", "－", "/", "无", "暂无")
"""Cells by which lists say that there is nothing."""
_BLANK: Final = f"blank = {json.dumps(_NOTHING, ensure_ascii=False)}"
_PERSON: Final = re.compile("^[\u4e00-\u9fff]{2,3}$")
_NO_PERSON: Final = "^.{4,}$|[^\u4e00-\u9fff]|^.$"
"""Which owners are taken for persons by their names, and which are not."""
_SAYS_COMPANY: Final = re.compile("企业|公司|单位|机构|商户|company|entity", re.IGNORECASE)
"""Headers of columns in which no person stands."""
_TOLD_APART: Final = (
    "# Names of two or three Chinese characters are taken for persons, all others for",
    "# companies, known by name: change that where it is wrong.",
)
_NOTES: Final = 20
"""Rows of a workbook among which its header is looked for."""
_SURE: Final = 2
"""Columns that are known in a sheet which is surely a table."""
_OTHERS: Final = frozenset({"holder", "supplier", "customer"})
_LOOKED_AT: Final = 200
"""Cells of a column by which shares and days are told."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """One file: what its columns mean, and some of their cells.

    ``header_row``: where its header stands, if not at the top; ``notes``: what stands above it.
    ``shared``: several rows have one number.
    """

    file: str
    meant: Mapping[str, str]
    cells: Mapping[str, Sequence[str]]
    sheet: str | None = None
    header_row: int | None = None
    notes: str = ""
    shared: bool = False


def guess_mapping(paths: Sequence[Path]) -> str:
    """The text of a mapping file for files of one folder, with what to look at as comments.

    What a column means is taken from its name, how days and shares are written from its cells.
    Raises InputError where a file cannot be read, or the files lie in several folders.
    """
    if len({path.resolve().parent for path in paths}) > 1:
        raise InputError(
            "the files lie in different folders",
            where=paths[0],
            hint="a mapping reads the files of one folder: put them together",
        )
    lines = [
        "# Proposed from the headers of the files: look at every line, then",
        "#   trustgraph validate FOLDER --mapping THIS_FILE",
        "",
    ]
    looked = [one for path in paths for one in _look(path)]
    seen = sorted(looked, key=lambda one: "uscc" not in one.meant)
    # Where one file knows companies by name alone, that is what joins them all.
    by_name = any("name" in one.meant and "uscc" not in one.meant for one in seen)
    by_name |= any(_OTHERS & one.meant.keys() for one in seen)
    if by_name:
        lines += [
            "# Some files know companies by name alone, so names are what joins the files:",
            "# two companies of one name would be one, and one under two names two.",
            "",
        ]
    for one in seen:
        lines += [*_sections(one, "name" if by_name else "uscc"), ""]
    if "[[entities]]" not in lines:
        lines.append(
            "# No column looks like a company's code or name: add an [[entities]] section."
        )
    return "\n".join(lines).rstrip() + "\n"


def _look(path: Path) -> Iterator[_Seen]:
    """A file, of a workbook each sheet that looks like a table."""
    for section, notes in _tables(path):
        frame = file_of(section, path).frame
        columns = [one for one in frame.columns if one not in (FILE, ROW) and one[:2] != "__"]
        meant: dict[str, str] = {}
        for meaning, words in HEADERS.items():
            found = _column(columns, words, taken=set(meant.values()))
            if found is not None:
                meant[meaning] = found
        cells = {
            column: [
                cell.strip()
                for cell in frame[column].cast(pl.String).drop_nulls().unique(maintain_order=True)
                if cell.strip() and cell.strip() not in _NOTHING
            ][:_LOOKED_AT]
            for column in columns
        }
        sheet = section.sheet if isinstance(section.sheet, str) else None
        shared = "record" in meant and _shared(frame[meant["record"]])
        row = section.header_row if notes else None
        yield _Seen(path.name, meant, cells, sheet, row, notes, shared)


def _shared(numbers: pl.Series) -> bool:
    """Whether two rows have one number: companies that a court lists together."""
    said = numbers.cast(pl.String).str.strip_chars()
    said = said.filter(said.is_not_null() & ~said.is_in(["", *_NOTHING]))
    return bool(said.is_duplicated().any())


def _tables(path: Path) -> list[tuple[Section, str]]:
    """How a file is read; of a workbook each sheet with a header, and the notes it lies below.

    That is the row with the most columns that are known: two of them, else the best of all sheets.
    """
    section = Section("entities", path.name, path.name, ())
    if format_of(path.name) != "workbook":
        return [(section, "")]
    found: list[tuple[int, tuple[Section, str]]] = []
    for number, (name, cells) in enumerate(all_sheets(path, path.name)):
        rows = cells[:_NOTES]
        known = [_known([cell for cell in row if cell]) for _, row in rows]
        if max(known, default=0):
            best = known.index(max(known))
            sheet = replace(section, sheet=name if number else None, header_row=rows[best][0])
            notes = " ".join(cell for _, row in rows[:best] for cell in row if cell)
            found.append((max(known), (sheet, notes)))
    tables = [sheet for known, sheet in found if known >= _SURE]
    return tables or [max(found, key=lambda one: one[0])[1] if found else (section, "")]


def _known(columns: Sequence[str]) -> int:
    return sum(_column(columns, words, taken=set()) is not None for words in HEADERS.values())


def _column(columns: Sequence[str], words: Sequence[str], *, taken: set[str]) -> str | None:
    """The first column that is called one of the words, units and marks apart."""
    plain = {_UNIT.sub("", column).casefold(): column for column in reversed(columns)}
    for word in words:
        column = plain.get(_UNIT.sub("", word).casefold())
        if column is not None and column not in taken:
            return column
    return None


def _sections(seen: _Seen, by: str) -> Iterator[str]:
    yield f"# --- {seen.file}" + ("" if seen.sheet is None else f", {seen.sheet}")
    known = seen.meant.get(by) or seen.meant.get("uscc") or seen.meant.get("name")
    if known is not None:
        lines = list(_about(seen, known))
    elif {"supplier", "customer"} <= seen.meant.keys():
        customer, supplier = seen.meant["customer"], seen.meant["supplier"]
        lines = [*_other(seen, customer), *_traders(seen, supplier, (supplier, customer))]
    else:
        yield "# No column is recognised as a company's code or name: this file is left out."
        yield f"# Its columns: {', '.join(seen.cells) or 'none'}"
        return
    text = "\n".join(lines)
    left = [column for column in seen.cells if quoted(column) not in text]
    if left:
        yield f"# Not used: {', '.join(left)}"
    yield from lines


def _about(seen: _Seen, known: str) -> Iterator[str]:
    """The sections of a file that says whom it is about in the column ``known``."""
    listed = bool({"record", "record_type", "decided_on"} & seen.meant.keys())
    tests: tuple[str, ...] = ()
    if listed and not _SAYS_COMPANY.search(known) and _some_persons(seen, known):
        # Courts list persons and companies in one column.
        tests, person = (f"matches = '{_NO_PERSON}'",), (f"matches = '{_PERSON.pattern}'",)
        yield from _TOLD_APART
        number = seen.meant.get("record")
        own = quoted(known) if number is None else _person(known, number)
        yield from _natural(seen, known, own, person)
        yield from _records(seen, known, own, person)
    yield from _companies(seen, known, tests)
    if listed:
        yield from _records(seen, known, quoted(known), tests)
    for meaning, kind in (("legal_representative", "legal_representative"), ("person", "director")):
        if meaning in seen.meant:
            yield from _persons(seen, known, seen.meant[meaning], kind)
    if "holder" in seen.meant:
        yield from _holders(seen, known)
    if "supplier" in seen.meant:
        yield from _traders(seen, seen.meant["supplier"], (seen.meant["supplier"], known))
    if "customer" in seen.meant:
        yield from _traders(seen, seen.meant["customer"], (known, seen.meant["customer"]))


def _some_persons(seen: _Seen, column: str) -> bool:
    return any(map(_PERSON.search, seen.cells[column]))


def _companies(seen: _Seen, known: str, tests: tuple[str, ...]) -> Iterator[str]:
    filled = known if tests else None
    yield from _open("entities", seen, distinct=True, filled=filled, tests=tests)
    yield f"id = {quoted(known)}"
    yield 'kind = { constant = "company" }'
    yield f"name = {quoted(seen.meant.get('name', known))}"
    if "uscc" in seen.meant:
        yield f"uscc = {quoted(seen.meant['uscc'])}"
    for field in ("name_en", "industry", "region"):
        if field in seen.meant:
            yield f"{field} = {quoted(seen.meant[field])}"
    if "status" in seen.meant:
        yield f"status = {{ column = {quoted(seen.meant['status'])}, values = {STATUSES} }}"
    if "start" in seen.meant:
        yield from _days(seen, "start", "start")
    yield ""


def _records(seen: _Seen, known: str, whose: str, tests: tuple[str, ...]) -> Iterator[str]:
    yield from _open("records", seen, filled=known if tests else None, tests=tests)
    number, day = seen.meant.get("record"), seen.meant.get("decided_on")
    if number is None:
        yield "# No column has a number of its own: a record is told by whose, what and when it is."
    else:
        if seen.shared:
            yield "# Several rows have one number: each party has a record of its own."
        yield f"id = {_person(known, number) if seen.shared else quoted(number)}"
        yield f"doc_no = {quoted(number)}"
    yield f"entity = {whose}"
    yield "# Codes of the pack belong here: trustgraph policy show cn-national"
    if "record_type" in seen.meant:
        column = seen.meant["record_type"]
        values = ", ".join(f'{quoted(cell)} = "{TO_FILL}"' for cell in seen.cells[column])
        yield f"type = {{ column = {quoted(column)}, values = {{ {values} }} }}"
    else:
        yield f'type = {{ constant = "{TO_FILL}" }}'
    if day is not None:
        yield "# The day on which the authority decided or listed it, not that of publication."
        yield from _days(seen, "decided_on", "decided_on")
    else:
        yield "# The file does not say on which day it was decided."
        yield f'decided_on = {{ constant = "{TO_FILL}" }}'
    if "ends_on" in seen.meant:
        yield from _days(seen, "ends_on", "ends_on")
    for field in ("authority", "ground"):
        if field in seen.meant:
            yield f"{field} = {quoted(seen.meant[field])}"
    if "amount" in seen.meant:
        column = seen.meant["amount"]
        yield from amount_field(column, seen.cells[column], seen.notes)
    yield ""


def _persons(seen: _Seen, known: str, column: str, kind: str) -> Iterator[str]:
    """Persons known by name: one of each company, since two of one name may be two."""
    yield from _natural(seen, column, _person(column, known))
    yield from _open("relationships", seen, distinct=True, filled=column)
    yield f"source = {_person(column, known)}"
    yield f"target = {quoted(known)}"
    if kind == "director" and "post" in seen.meant:
        yield f"kind = {{ column = {quoted(seen.meant['post'])}, values = {POSTS} }}"
    else:
        yield f'kind = {{ constant = "{kind}" }}'
    if kind == "director" and "since" in seen.meant:
        yield from _days(seen, "start", "since")
    yield ""


def _person(column: str, known: str) -> str:
    return f'{{ columns = [{quoted(column)}, {quoted(known)}], join = "@" }}'


def _natural(seen: _Seen, column: str, own: str, tests: tuple[str, ...] = ()) -> Iterator[str]:
    yield "# A person is one of a name and what stands beside it, a company or a number. Those of"
    yield "# one name may be one: `possibly_same` says so, less surely the more there are of it."
    yield from _open("entities", seen, distinct=True, filled=column, same=True, tests=tests)
    yield f"id = {own}"
    yield 'kind = { constant = "person" }'
    yield f"name = {quoted(column)}"
    yield ""


def _holders(seen: _Seen, known: str) -> Iterator[str]:
    column = seen.meant["holder"]
    tests: tuple[str, ...] = ()
    groups = [(tests, quoted(column))]
    if _some_persons(seen, column):
        tests, person = (f"matches = '{_NO_PERSON}'",), (f"matches = '{_PERSON.pattern}'",)
        own = _person(column, known)
        groups = [(person, own), (tests, quoted(column))]
        yield from _TOLD_APART
        yield from _natural(seen, column, own, person)
    else:
        yield "# Owners are taken for companies, known by name: say person for those who are none."
    yield from _other(seen, column, tests)
    for which, source in groups:
        yield from _open("relationships", seen, distinct=True, filled=column, tests=which)
        yield f"source = {source}"
        yield f"target = {quoted(known)}"
        yield 'kind = { constant = "shareholder" }'
        if "share" in seen.meant:
            yield from _shares(seen, "share")
        if "held_since" in seen.meant:
            yield from _days(seen, "start", "held_since")
        yield ""


def _traders(seen: _Seen, column: str, ends: tuple[str, str]) -> Iterator[str]:
    yield from _other(seen, column)
    yield from _open("relationships", seen, distinct=True, filled=column)
    yield f"source = {quoted(ends[0])}"
    yield f"target = {quoted(ends[1])}"
    yield 'kind = { constant = "supplier" }'
    if "traded" in seen.meant:
        yield from _shares(seen, "traded")
    if "since" in seen.meant and "person" not in seen.meant:
        yield from _days(seen, "start", "since")
    yield ""


def _other(seen: _Seen, column: str, tests: tuple[str, ...] = ()) -> Iterator[str]:
    """A company that another column names."""
    yield from _open("entities", seen, distinct=True, filled=column, tests=tests)
    yield f"id = {quoted(column)}"
    yield 'kind = { constant = "company" }'
    yield f"name = {quoted(column)}"
    yield ""


def _shares(seen: _Seen, meaning: str) -> Iterator[str]:
    column = seen.meant[meaning]
    return share_fields(column, seen.cells[column])


def _days(seen: _Seen, field: str, meaning: str) -> Iterator[str]:
    column = seen.meant[meaning]
    return day_field(field, column, seen.cells[column])


def _open(
    table: str,
    seen: _Seen,
    *,
    distinct: bool = False,
    filled: str | None = None,
    same: bool = False,
    tests: tuple[str, ...] = (),
) -> Iterator[str]:
    yield f"[[{table}]]"
    yield f"file = {quoted(seen.file)}"
    if seen.sheet is not None:
        yield f"sheet = {quoted(seen.sheet)}"
    if seen.header_row is not None:
        yield f"header_row = {seen.header_row}"
    yield _BLANK
    if distinct:
        yield "distinct = true"
    if same:
        yield "possibly_same = true"
    if filled is not None:
        column = f"column = {quoted(filled)}"
        where = [f"{{ {column}, {test} }}" for test in ("not_blank = true", *tests)]
        yield f"where = {where[0] if len(where) == 1 else '[' + ', '.join(where) + ']'}"
    yield f"[{table}.fields]"

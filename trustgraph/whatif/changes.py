"""Changes to a register as they are written: JSON lines that add, change or remove rows.

::

    {"op": "add", "table": "records", "row": {"id": "R9", "entity": "A", "type": "TAX_MAJOR", …}}
    {"op": "change", "table": "records", "row": {"id": "R1", "repaired_on": "2026-06-01"}}
    {"op": "remove", "table": "relationships", "row": {"source": "A", "target": "B", "kind": …}}

They are carried out one after another. Everything that is wrong with them is said at once.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

from trustgraph.errors import InputError
from trustgraph.tables.sheet import CONTRACTS
from trustgraph.tables.suggestions import near
from trustgraph.tables.tables import counted

__all__ = ["OPS", "TABLES", "Change", "Problems", "Row", "given_changes", "read_changes", "text_of"]

Op = Literal["add", "change", "remove"]
Row = dict[str, str | None]
"""A row as text by column; a column that is not there was not given."""

OPS: Final = ("add", "change", "remove")
TABLES: Final = ("entities", "relationships", "records")
_KEYS: Final = ("op", "table", "row")
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Change:
    """One change. ``line`` is where it stands (1 for the first)."""

    line: int
    op: Op
    table: str
    row: Row


class Problems:
    """What is wrong with changes, line by line; raised all at once."""

    def __init__(self, where: str) -> None:
        self.where = where
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, what: str) -> None:
        self._found.append((line, what))

    def check(self) -> None:
        """Raise InputError if there is anything."""
        if not self._found:
            return
        found = sorted(self._found, key=lambda problem: problem[0])
        said = [f"line {line}: {what}" for line, what in found[:_SHOWN]]
        if len(found) > _SHOWN:
            said.append(f"… and {len(found) - _SHOWN:,} more")
        raise InputError(
            "\n".join(
                [
                    f"{counted(len(found), 'problem')} with the changes:",
                    *(f"  {one}" for one in said),
                ]
            ),
            where=self.where,
            hint="mend them; nothing was computed",
        )


def read_changes(path: str | Path) -> list[Change]:
    """Read a file of JSON lines (UTF-8; blank lines are passed over).

    Raises InputError naming every line that cannot be read.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError("there is no such file", where=file) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"cannot be read as text in UTF-8: {error}",
            where=file,
            hint="give a file of JSON lines, one change each",
        ) from error
    problems = Problems(str(file))
    found: list[Change] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                value = json.loads(line, object_pairs_hook=_once, parse_constant=_no_constant)
            except (ValueError, RecursionError) as error:
                problems.add(number, f"this is no JSON: {error}")
                continue
            _take(value, number, problems, found)
    problems.check()
    return found


def given_changes(changes: Iterable[Mapping[str, Any]]) -> list[Change]:
    """Changes given in Python, each as a line would have it. Raises InputError."""
    problems = Problems("changes")
    found: list[Change] = []
    for number, value in enumerate(changes, 1):
        _take(dict(value) if isinstance(value, Mapping) else value, number, problems, found)
    problems.check()
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f'"{twice}" is given twice')
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _take(value: Any, line: int, problems: Problems, found: list[Change]) -> None:
    """Add a change to those found, or what is wrong with it to the problems."""
    if not isinstance(value, dict):
        problems.add(line, 'this is no object with "op", "table" and "row"')
        return
    wrong = [
        f'there is no "{key}" in a change{near(str(key), _KEYS)}'
        for key in value
        if key not in _KEYS
    ]
    wrong += [f'"{key}" is missing' for key in _KEYS if key not in value]
    for key, known in (("op", OPS), ("table", TABLES)):
        if key in value and value[key] not in known:
            wrong.append(f'there is no {key} "{value[key]}"{near(str(value[key]), known)}')
    row = value.get("row")
    if "row" in value and not isinstance(row, Mapping):
        wrong.append('"row" is no object of columns')
    if wrong:
        problems.add(line, "; ".join(wrong))
        return
    assert isinstance(row, Mapping)
    texts: Row = {}
    for name, cell in row.items():
        if not isinstance(name, str) or name.startswith("__"):
            wrong.append(f'a column cannot be called "{name}"')
            continue
        try:
            texts[name] = text_of(cell)
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    if wrong:
        problems.add(line, "; ".join(wrong))
        return
    found.append(Change(line, value["op"], value["table"], texts))


def text_of(cell: Any) -> str | None:
    """A cell as text, as a table would have it; None where there is nothing. Raises ValueError."""
    match cell:
        case None:
            return None
        case bool():
            return str(cell).lower()
        case float() if not math.isfinite(cell):
            raise ValueError("this is no number")
        case int() | float() | Decimal():
            return str(cell)
        case dt.datetime():
            return cell.date().isoformat()
        case dt.date():
            return cell.isoformat()
        case str():
            if any("\ud800" <= letter <= "\udfff" for letter in cell):
                raise ValueError("this is no text: half of a character is missing")
            return cell.strip() or None
    raise ValueError(f"a {type(cell).__name__} is no value of a cell")


def columns_of(table: str) -> list[str]:
    """The columns that every register has of a table."""
    return [column.name for column in CONTRACTS[table]]

"""JSON lines as a mapping reads them: an object a line, its members as columns of text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from trustgraph.errors import InputError
from trustgraph.reading.decoding import reading_errors
from trustgraph.tables.sheet import FILE, RESERVED, ROW, findings, shortened

__all__ = ["read_json_lines"]


def read_json_lines(path: Path, *, name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of a file, and lines for those that cannot be used; numbers stay as written.

    Columns are the members of all objects, in the order in which they come; a row is a line of the
    file. Raises InputError where it cannot be read, or holds no object at all.
    """
    with reading_errors(path, name):
        data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("JSON lines are in UTF-8, and this is not", where=path) from error
    objects: list[tuple[int, dict[str, Any]]] = []
    wrong: list[tuple[str, int, None, str, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
        except (ValueError, RecursionError):
            wrong.append((name, number, None, line, "this is no JSON"))
            continue
        if not isinstance(found, dict):
            wrong.append((name, number, None, line, "this is no JSON object"))
        elif any(isinstance(value, dict | list) for value in found.values()):
            words = "a member holds a list or an object, not a plain value"
            wrong.append((name, number, None, line, words))
        else:
            objects.append((number, found))
    columns = list(dict.fromkeys(key for _, found in objects for key in found))
    reserved = [column for column in columns if column in RESERVED]
    if reserved:
        raise InputError(f'the column name "{reserved[0]}" is reserved', where=path)
    if not columns:
        raise InputError("there is no JSON object with members in it", where=path)
    frame = pl.DataFrame(
        [
            pl.Series(column, [_text(found.get(column)) for _, found in objects], pl.String)
            for column in columns
        ]
    )
    placed = frame.with_columns(
        pl.lit(name).alias(FILE), pl.Series(ROW, [number for number, _ in objects], pl.Int64)
    )
    return placed, findings(wrong).with_columns(shortened("value"))


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)

"""Graphs as plain tables, one a file: CSV for spreadsheets, Parquet, or a workbook."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import polars as pl

from trustgraph.exports.plain import SEPARATOR, json_of
from trustgraph.exports.source import Source, Table
from trustgraph.exports.spreadsheets import MOST_ROWS, write_sheets
from trustgraph.storage import FORMULA
from trustgraph.subgraphs.reasons import CONSEQUENCES, LEDGER
from trustgraph.subgraphs.subgraph import EDGES, NODES, RECORDS

__all__ = ["write_csv", "write_parquet", "write_xlsx"]

_SCHEMAS: Final[dict[Table, Any]] = {
    "nodes": NODES,
    "edges": EDGES,
    "records": RECORDS,
    "ledger": LEDGER,
    "consequences": CONSEQUENCES,
}


def write_csv(source: Source, folder: Path) -> None:
    """A table a file, with the mark by which Excel knows UTF-8; no cell is ever a formula."""
    for name in source.tables:
        with (folder / f"{name}.csv").open("wb") as out:
            for place, frame in enumerate(source.blocks(name)):
                _cells(frame).write_csv(out, include_bom=not place, include_header=not place)
    _write_about(source, folder)


def _cells(frame: pl.DataFrame) -> pl.DataFrame:
    """What is no number or truth as text, as ``plain.cell_of`` makes it of one value."""
    made = []
    for name, dtype in frame.schema.items():
        if dtype.is_numeric() or dtype == pl.Boolean():
            continue
        column = pl.col(name)
        if dtype == pl.List(pl.String()):
            column = column.list.join(SEPARATOR)
        elif dtype == pl.Date():
            column = column.dt.to_string("iso")
        first = column.str.slice(0, 1)
        told = pl.when(first.is_in(list(FORMULA))).then("'" + column).otherwise(column)
        made.append(told.alias(name))
    return frame.with_columns(made)


def write_parquet(source: Source, folder: Path) -> None:
    """A table a file, with its types."""
    for name in source.tables:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".parts-") as parts:
            paths = []
            for place, frame in enumerate(source.blocks(name)):
                paths.append(Path(parts, f"{place:06}.parquet"))
                frame.write_parquet(paths[-1])
            whole = pl.scan_parquet(paths, glob=False, hive_partitioning=False)
            whole.sink_parquet(folder / f"{name}.parquet", maintain_order=True)
    _write_about(source, folder)


def _write_about(source: Source, folder: Path) -> None:
    text = json.dumps(json_of(source.about), ensure_ascii=False, indent=2)
    (folder / "about.json").write_text(text + "\n", encoding="utf-8")


def write_xlsx(source: Source, path: Path) -> None:
    """A sheet a table, and one that says what was asked; a table too long goes on in the next."""
    sheets: list[tuple[str, list[str], Iterator[list[Any]]]] = []
    for name in source.tables:
        parts = max(1, -(-source.count(name) // MOST_ROWS))
        rows = _rows(source, name)
        for part in range(parts):
            title = name if part == 0 else f"{name} {part + 1}"
            sheets.append((title, list(_SCHEMAS[name]), rows))
    about = ([name, _about_text(value)] for name, value in source.about.items())
    write_sheets(path, [*sheets, ("about", ["what", "value"], about)])


def _rows(source: Source, name: Table) -> Iterator[list[Any]]:
    for frame in source.blocks(name):
        for row in frame.iter_rows():
            yield list(row)


def _about_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(json_of(value), ensure_ascii=False)

"""Graphs for Neo4j: CSV for its bulk import, with the command, or statements in Cypher.

Parties are ``Party`` nodes with a label for their kind, relationships have their kind in capitals
as type, records are ``Record`` nodes with ``ON`` leading to their party.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import polars as pl

from trustgraph.exports.plain import id_told_apart, json_of
from trustgraph.exports.source import Source, rows_of
from trustgraph.subgraphs.subgraph import EDGES, NODES, RECORDS

__all__ = ["write_cypher", "write_neo4j"]

ARRAY: Final = ";"
_LABELS: Final = {
    "company": "Company",
    "branch": "Branch",
    "person": "Person",
    "public_body": "PublicBody",
    "other": "Other",
}
_BATCH: Final = 500
_IMPORT: Final = """#!/bin/sh
# Makes a new database of these files with Neo4j 5: ./import.sh NAME (default: trustgraph).
# The server's own user runs it, while that database is stopped or does not exist.
set -eu
cd "$(dirname "$0")"
neo4j-admin database import full "${1:-trustgraph}" \\
  --id-type=string --array-delimiter=";" --multiline-fields=false \\
  --nodes=parties.csv --nodes=records.csv \\
  --relationships=relationships.csv --relationships=records_on.csv
"""


# --- CSV ------------------------------------------------------------------------------------------


def write_neo4j(source: Source, folder: Path) -> None:
    """``parties.csv``, ``relationships.csv``, ``records.csv``, ``records_on.csv``, ``import.sh``.

    ``about.json`` says what was asked. Ids of parties and of records are spaces of their own.
    """
    nodes = {name: dtype for name, dtype in NODES.items() if name != "id"}
    head = ["id:ID(Party)", ":LABEL", *_typed(nodes)]
    rows = (
        [_id(row["id"]), f"Party{ARRAY}{_LABELS[row['kind']]}", *_cells(row, nodes)]
        for row in rows_of(source, "nodes")
    )
    _write(folder / "parties.csv", head, rows)
    edges = {name: dtype for name, dtype in EDGES.items() if name not in {"source", "target"}}
    head = [":START_ID(Party)", ":END_ID(Party)", ":TYPE", *_typed(edges)]
    rows = (
        [_id(row["source"]), _id(row["target"]), row["kind"].upper(), *_cells(row, edges)]
        for row in rows_of(source, "edges")
    )
    _write(folder / "relationships.csv", head, rows)
    records = {name: dtype for name, dtype in RECORDS.items() if name not in {"id", "entity"}}
    head = ["id:ID(Record)", ":LABEL", *_typed(records)]
    rows = ([_id(row["id"]), "Record", *_cells(row, records)] for row in rows_of(source, "records"))
    _write(folder / "records.csv", head, rows)
    rows = ([_id(row["id"]), _id(row["entity"]), "ON"] for row in rows_of(source, "records"))
    _write(folder / "records_on.csv", [":START_ID(Record)", ":END_ID(Party)", ":TYPE"], rows)
    about = json.dumps(json_of(source.about), ensure_ascii=False, indent=2)
    (folder / "about.json").write_text(about + "\n", encoding="utf-8")
    script = folder / "import.sh"
    script.write_text(_IMPORT, encoding="utf-8", newline="\n")
    script.chmod(0o755)


def _write(path: Path, head: list[str], rows: Iterable[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def _typed(columns: Mapping[str, pl.DataType]) -> list[str]:
    return [f"{name}{_type_of(dtype)}" for name, dtype in columns.items()]


def _type_of(dtype: pl.DataType) -> str:
    if dtype == pl.List(pl.String()):
        return ":string[]"
    if dtype == pl.Date():
        return ":date"
    if dtype == pl.Boolean():
        return ":boolean"
    if dtype.is_numeric():
        return ":double" if dtype.is_float() else ":long"
    return ":string"


def _cells(row: Mapping[str, Any], columns: Mapping[str, pl.DataType]) -> list[str]:
    return [_cell(row.get(name)) for name in columns]


def _cell(value: Any) -> str:
    """A value on one line; an empty cell is none at all."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ARRAY.join(_cell(one).replace(ARRAY, ",") for one in value)
    return " ".join(str(value).replace("\x00", "\ufffd").splitlines())


def _id(entity: str) -> str:
    """An id on one line; two that differ only by what a line cannot hold stay two."""
    return id_told_apart(entity, _cell(entity))


# --- Cypher ---------------------------------------------------------------------------------------


def write_cypher(source: Source, path: Path) -> None:
    """Statements that add the graph to a database, and change what is there to what is here."""
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write(f"// trustgraph {json.dumps(json_of(source.about))}\n")
        out.writelines(f"{statement};\n" for statement in _statements(source))


def _statements(source: Source) -> Iterator[str]:
    for label in ("Party", "Record"):
        name = f"trustgraph_{label.lower()}"
        yield f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE"
    for kind, rows in _batches(rows_of(source, "nodes")):
        told = f"SET n += row, n:{_LABELS[kind]}"
        yield f"UNWIND {_list(rows)} AS row MERGE (n:Party {{id: row.id}}) {told}"
    for kind, rows in _batches(rows_of(source, "edges")):
        apart = [
            {
                "from": row.pop("source"),
                "to": row.pop("target"),
                "told": {name: value for name, value in row.items() if name != "kind"},
            }
            for row in rows
        ]
        yield (
            f"UNWIND {_list(apart)} AS row "
            "MATCH (a:Party {id: row.from}), (b:Party {id: row.to}) "
            f"MERGE (a)-[r:{kind.upper()} {{id: row.told.id}}]->(b) SET r += row.told"
        )
    for _, rows in _batches({**row, "kind": "Record"} for row in rows_of(source, "records")):
        apart = [
            {
                "on": row.pop("entity"),
                "told": {name: value for name, value in row.items() if name != "kind"},
            }
            for row in rows
        ]
        yield (
            f"UNWIND {_list(apart)} AS row MATCH (p:Party {{id: row.on}}) "
            "MERGE (n:Record {id: row.told.id}) SET n += row.told MERGE (n)-[:ON]->(p)"
        )


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Rows of one kind together, as many as a statement should have."""
    kept: dict[str, list[dict[str, Any]]] = {}
    for kind, some in groupby(rows, key=lambda row: str(row["kind"])):
        waiting = kept.setdefault(kind, [])
        for row in some:
            waiting.append(row)
            if len(waiting) >= _BATCH:
                yield kind, list(waiting)
                waiting.clear()
    for kind, waiting in kept.items():
        if waiting:
            yield kind, waiting


def _list(rows: list[dict[str, Any]]) -> str:
    return f"[{', '.join(_literal(row) for row in rows)}]"


def _literal(value: Any) -> str:
    """A value as Cypher writes it.

    >>> _literal({"name": "O'Neil", "share": 0.5, "start": dt.date(2026, 1, 2)})
    '{name: "O\\'Neil", share: 0.5, start: date("2026-01-02")}'
    """
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {_literal(one)}' for name, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return f'date("{value.isoformat()}")'
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else "null"
    if isinstance(value, int):
        return str(value)
    # JSON's escapes are Cypher's; what is no ASCII is escaped, so that no shell can change it.
    return json.dumps(str(value).replace("\x00", "\ufffd")) if value is not None else "null"

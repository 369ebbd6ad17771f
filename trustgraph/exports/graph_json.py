"""Graphs as JSON of other programs: Cytoscape and graphology (Gephi Lite, Sigma)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from trustgraph.exports.plain import json_of
from trustgraph.exports.source import Source, rows_of

__all__ = ["json_lines", "json_text", "write_cytoscape", "write_graphology"]


def write_cytoscape(source: Source, path: Path) -> None:
    """Elements with ``data`` (columns and ``label``) and ``position``; ``about`` as ``data``."""
    head = f'{{"data": {json_text(source.about)},\n"elements": {{\n"nodes": [\n'
    nodes, edges = _cytoscape_nodes(source), _cytoscape_edges(source)
    _write(path, head, nodes, '],\n"edges": [\n', edges, "]}}\n")


def write_graphology(source: Source, path: Path) -> None:
    """A directed multigraph; nodes have ``label``, ``x`` and ``y`` beside their columns."""
    options = {"type": "directed", "multi": True, "allowSelfLoops": True}
    head = f'{{"options": {json_text(options)},\n"attributes": {json_text(source.about)},\n'
    nodes, edges = _graphology_nodes(source), _graphology_edges(source)
    _write(path, head + '"nodes": [\n', nodes, '],\n"edges": [\n', edges, "]}\n")


def _cytoscape_nodes(source: Source) -> Iterator[Any]:
    for number, row in enumerate(rows_of(source, "nodes")):
        x, y = source.place(number, row["id"])
        data = {**row, "label": row["name"]}
        yield {"data": data, "position": {"x": x, "y": y}, "classes": row["kind"]}


def _cytoscape_edges(source: Source) -> Iterator[Any]:
    for row in rows_of(source, "edges"):
        # Ids of nodes and edges are one name space there.
        data = {**row, "id": f"e{row['id']}", "label": row["words"]}
        yield {"data": data, "classes": row["kind"]}


def _graphology_nodes(source: Source) -> Iterator[Any]:
    for number, row in enumerate(rows_of(source, "nodes")):
        key = row.pop("id")
        x, y = source.place(number, key)
        yield {"key": key, "attributes": {**row, "label": row["name"], "x": x, "y": y}}


def _graphology_edges(source: Source) -> Iterator[Any]:
    for row in rows_of(source, "edges"):
        ends = {"source": row.pop("source"), "target": row.pop("target")}
        key = f"e{row.pop('id')}"
        yield {"key": key, **ends, "attributes": {**row, "label": row["words"]}}


def json_text(value: Any) -> str:
    """A value as JSON on one line."""
    return json.dumps(json_of(value), ensure_ascii=False, allow_nan=False)


def json_lines(values: Iterable[Any]) -> Iterator[str]:
    """Values as members of an array, a line each."""
    for place, value in enumerate(values):
        yield f"{',' if place else ''}{json_text(value)}\n"


def _write(path: Path, *parts: str | Iterator[Any]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for part in parts:
            out.writelines([part] if isinstance(part, str) else json_lines(part))

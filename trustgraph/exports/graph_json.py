"""Subgraphs as JSON of other programs: Cytoscape and graphology (Gephi Lite, Sigma)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trustgraph.exports.plain import json_of, rows_of
from trustgraph.subgraphs.subgraph import Subgraph

__all__ = ["write_cytoscape", "write_graphology"]

Places = Mapping[str, tuple[float, float]]


def write_cytoscape(subgraph: Subgraph, places: Places, path: Path) -> None:
    """Elements with ``data`` (columns and ``label``) and ``position``; ``about`` as ``data``."""
    nodes = []
    for row in rows_of(subgraph.nodes):
        x, y = places[row["id"]]
        data = {**row, "label": row["name"]}
        nodes.append({"data": data, "position": {"x": x, "y": y}, "classes": row["kind"]})
    edges = [
        # Ids of nodes and edges are one name space there.
        {"data": {**row, "id": f"e{row['id']}", "label": row["words"]}, "classes": row["kind"]}
        for row in rows_of(subgraph.edges)
    ]
    _write({"data": subgraph.about, "elements": {"nodes": nodes, "edges": edges}}, path)


def write_graphology(subgraph: Subgraph, places: Places, path: Path) -> None:
    """A directed multigraph; nodes have ``label``, ``x`` and ``y`` beside their columns."""
    nodes = []
    for row in rows_of(subgraph.nodes):
        key = row.pop("id")
        x, y = places[key]
        nodes.append({"key": key, "attributes": {**row, "label": row["name"], "x": x, "y": y}})
    edges = []
    for row in rows_of(subgraph.edges):
        ends = {"source": row.pop("source"), "target": row.pop("target")}
        key = f"e{row.pop('id')}"
        edges.append({"key": key, **ends, "attributes": {**row, "label": row["words"]}})
    options = {"type": "directed", "multi": True, "allowSelfLoops": True}
    whole = {"options": options, "attributes": subgraph.about, "nodes": nodes, "edges": edges}
    _write(whole, path)


def _write(whole: Any, path: Path) -> None:
    text = json.dumps(json_of(whole), ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")

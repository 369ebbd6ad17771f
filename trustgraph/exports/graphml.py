"""Subgraphs as GraphML (yEd, Gephi, igraph), written by networkx with typed attributes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trustgraph.exports.plain import json_of, line_of, xml_text
from trustgraph.subgraphs.graphs import networkx_of, write_graphml_of
from trustgraph.subgraphs.subgraph import Subgraph

__all__ = ["write_graphml"]


def write_graphml(
    subgraph: Subgraph, places: Mapping[str, tuple[float, float]], path: Path
) -> None:
    """Numbers stay numbers, days and lists become text; ``about`` is one attribute, as JSON."""
    graph = networkx_of(subgraph.nodes, subgraph.edges, {})
    graph.graph["about"] = xml_text(json.dumps(json_of(subgraph.about), ensure_ascii=False))
    for name, data in graph.nodes(data=True):
        x, y = places[name]
        _plain(data)
        data |= {"label": data["name"], "x": x, "y": y}
    for _, _, data in graph.edges(data=True):
        _plain(data)
        data["label"] = data["words"]
    write_graphml_of(graph, path, clean=xml_text)


def _plain(data: dict[str, Any]) -> None:
    for name, value in data.items():
        plain = line_of(value)
        data[name] = xml_text(plain) if isinstance(plain, str) else plain

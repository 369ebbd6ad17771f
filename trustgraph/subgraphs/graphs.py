"""Subgraphs as graphs of networkx and igraph. (igraph is under the GPL.)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

__all__ = ["between_ends", "igraph_of", "networkx_of"]


def networkx_of(nodes: pl.DataFrame, edges: pl.DataFrame, about: Mapping[str, Any]) -> Any:
    """A ``MultiDiGraph``: ids as nodes and keys, columns as attributes, what is null left out."""
    import networkx as nx  # noqa: PLC0415  # a fifth of a second that few need

    graph = nx.MultiDiGraph(**about)
    for row in nodes.iter_rows(named=True):
        graph.add_node(row["id"], **_stated(row, {"id"}))
    for row in edges.iter_rows(named=True):
        told = _stated(row, {"id", "source", "target"})
        graph.add_edge(row["source"], row["target"], key=row["id"], **told)
    return graph


def _stated(row: Mapping[str, Any], but: set[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None and name not in but}


def igraph_of(nodes: pl.DataFrame, edges: pl.DataFrame, about: Mapping[str, Any]) -> Any:
    """A directed ``Graph``: columns as attributes, the id as ``name``, the name as ``label``."""
    import igraph  # noqa: PLC0415  # a tenth of a second that few need

    place = {name: number for number, name in enumerate(nodes["id"].to_list())}
    columns = {name: nodes[name].to_list() for name in nodes.columns}
    columns["label"], columns["name"] = columns["name"], columns.pop("id")
    ends = zip(edges["source"].to_list(), edges["target"].to_list(), strict=True)
    return igraph.Graph(
        n=nodes.height,
        edges=[(place[source], place[target]) for source, target in ends],
        directed=True,
        vertex_attrs=columns,
        edge_attrs={
            name: edges[name].to_list()
            for name in edges.columns
            if name not in {"source", "target"}
        },
        graph_attrs=dict(about),
    )


def between_ends(ways: Mapping[int, Sequence[int]], one: int, other: int) -> set[int]:
    """Whoever lies on a path between two that meets nobody twice, by whom each leads to."""
    import networkx as nx  # noqa: PLC0415  # a fifth of a second that few need

    graph = nx.Graph()
    graph.add_edges_from((here, there) for here, every in ways.items() for there in every)
    # With a line from end to end all paths between them lie in one component.
    graph.add_edge(one, other)
    parts = nx.biconnected_components(graph)
    return next(set(part) for part in parts if one in part and other in part)

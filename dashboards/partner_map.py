"""Partners and who stands behind several of them, as far as a picture can be read."""

from __future__ import annotations

from typing import Any, Final

import trustgraph as tg

__all__ = ["map_of"]

_DRAWN: Final = 60
"""Parties of the map; more would be a picture of nothing: the table has them all."""


def map_of(
    portfolio: dict[str, Any],
) -> tuple[dict[str, Any], dict[str, tuple[float, float]]]:
    """The subgraph of a portfolio, and the place of each; empty where nobody is behind several."""
    partners = {row["entity"]: row for row in portfolio["partners"]}
    nodes: dict[str, dict[str, Any]] = {}
    edges: list[dict[str, Any]] = []
    for one in portfolio["shared"]:
        fresh = {one["entity"], *one["partners"]} - nodes.keys()
        if len(nodes) + len(fresh) > _DRAWN:
            continue
        nodes.setdefault(one["entity"], one | {"records": 0})
        for entity in one["partners"]:
            nodes.setdefault(entity, partners[entity] | {"records": 0})
        for link in one["links"]:
            ends = {"source": one["entity"], "target": link["partner"], "kind": link["kind"]}
            edges.append({"id": len(edges), "share": None, "current": True} | ends)
    found = {"centre": next(iter(nodes), None), "nodes": list(nodes.values()), "edges": edges}
    return found, tg.laid_out(found)

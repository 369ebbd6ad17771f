"""Owners as a tree: the company below, who holds it above, a level for each step."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

import trustgraph as tg
from dashboards.text import percent

__all__ = ["tree_of"]

_MOST: Final = 120
"""Parties that a tree draws; the table has them all."""
_ACROSS: Final = 120.0
_UP: Final = 110.0


def tree_of(
    session: tg.Session, owners: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, tuple[float, float]]]:
    """The subgraph of a company's owners, and the place of each.

    Who owns in several ways stands once, as high as the longest of them; what is held looked
    through stands below each name.
    """
    root = owners["entity"]
    levels: dict[str, int] = {root: 0}
    shares: dict[str, tuple[float, float]] = {}
    edges: dict[tuple[str, str], dict[str, Any]] = {}
    _climb(owners["owners"], root, 1, levels, shares, edges)
    beside = {owner: percent(*held, lang=session.lang) for owner, held in shares.items()}
    nodes = [_node(session, entity) | {"beside": beside.get(entity)} for entity in levels]
    left = [{"kind": "shareholder", "parties": owners["cut"]}] if owners["cut"] else []
    subgraph = {
        "centre": root,
        "nodes": nodes,
        "edges": _sides(edges, levels),
        "left_out": left,
        "within": len(nodes),
    }
    return subgraph, _placed(levels)


def _climb(
    rows: list[dict[str, Any]],
    below: str,
    level: int,
    levels: dict[str, int],
    shares: dict[str, tuple[float, float]],
    edges: dict[tuple[str, str], dict[str, Any]],
) -> None:
    for one in rows:
        owner = one["owner"]
        if owner is None or (owner not in levels and len(levels) >= _MOST):
            continue
        if not one["ring"]:
            levels[owner] = max(level, levels.get(owner, 0))
        through = one["look_through"]
        if through is not None:
            shares[owner] = (through["low"], through["high"])
        ends = {"source": owner, "target": below, "share": one["direct"]}
        days = {"current": True, "start": None, "end": None, "evidence": False}
        edges.setdefault((owner, below), {"kind": "shareholder", **ends, **days})
        _climb(one["owners"], owner, level + 1, levels, shares, edges)


def _node(session: tg.Session, entity: str) -> dict[str, Any]:
    told = tg.summary(session, entity)
    return {"grade": None, "records": 0, **told}


def _sides(
    edges: dict[tuple[str, str], dict[str, Any]], levels: dict[str, int]
) -> list[dict[str, Any]]:
    """The holdings, numbered; those that pass by a level go round it, in turn on either side."""
    found: list[dict[str, Any]] = []
    round_it = 0
    for place, ((owner, below), edge) in enumerate(edges.items()):
        passes = levels[owner] - levels[below] != 1
        round_it += passes
        side = None if not passes else "left" if round_it % 2 else "right"
        found.append(edge | {"id": place, "side": side})
    return found


def _placed(levels: dict[str, int]) -> dict[str, tuple[float, float]]:
    rows: dict[int, list[str]] = defaultdict(list)
    for entity, level in levels.items():
        rows[level].append(entity)
    return {
        entity: ((place - (len(row) - 1) / 2) * _ACROSS, -level * _UP)
        for level, row in rows.items()
        for place, entity in enumerate(row)
    }

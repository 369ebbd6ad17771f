"""Owners as a tree: the company below, who holds it above, a level for each step."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Final

import trustgraph as tg
from dashboards.text import percent

__all__ = ["tree_of"]

_MOST: Final = 120
"""Parties that a tree draws; the table has them all."""
_ACROSS: Final = 120.0
_UP: Final = 110.0
_BESIDE: Final = 55.0
"""How far beside a name a line passes."""


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
    persons: dict[str, dict[str, Any]] = {}
    _climb(owners["owners"], root, 1, levels, shares, edges, persons)
    beside = {owner: percent(*held, lang=session.lang) for owner, held in shares.items()}
    nodes = [
        (persons.get(entity) or _node(session, entity)) | {"beside": beside.get(entity)}
        for entity in levels
    ]
    left = [{"kind": "shareholder", "parties": owners["cut"]}] if owners["cut"] else []
    subgraph = {
        "centre": root,
        "nodes": nodes,
        "edges": _bowed(edges, levels),
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
    persons: dict[str, dict[str, Any]],
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
        if one["kind"] == "person":
            told = {"entity": owner, "name": one["name"], "kind": "person"}
            persons[owner] = told | {"grade": None, "records": 0}
        ends = {"source": owner, "target": below, "share": one["direct"]}
        days = {"current": True, "start": None, "end": None, "evidence": False}
        edges.setdefault((owner, below), {"kind": "shareholder", **ends, **days})
        _climb(one["owners"], owner, level + 1, levels, shares, edges, persons)


def _node(session: tg.Session, entity: str) -> dict[str, Any]:
    told = tg.summary(session, entity)
    return {"grade": None, "records": 0, **told}


def _bowed(
    edges: dict[tuple[str, str], dict[str, Any]], levels: dict[str, int]
) -> list[dict[str, Any]]:
    """The holdings, numbered; those that pass by a level go round it, in turn on either side."""
    wide, number = Counter(levels.values()), {name: at for at, name in enumerate(levels)}
    found: list[dict[str, Any]] = []
    side = 1.0
    for place, ((owner, below), edge) in enumerate(edges.items()):
        bow = None
        high, low = levels[owner], levels[below]
        if high - low != 1:
            side = -side
            passed = range(min(high, low) + 1, max(high, low))
            far = max(((wide[level] - 1) / 2 * _ACROSS for level in passed), default=0.0) + _BESIDE
            # A curve goes half as far aside as what it bends towards. Which side that is goes by
            # the way from the party that is drawn first to the other.
            first, last = sorted((owner, below), key=number.__getitem__)
            bow = 2 * far * side * (1 if levels[last] > levels[first] else -1)
        found.append(edge | {"id": place, "bow": bow})
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

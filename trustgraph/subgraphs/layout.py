"""Where the parties of a subgraph lie: the same picture for the same graph, and stable as it grows.

The layout is that of Fruchterman and Reingold (1991), drawn by igraph from places that depend on
the ids alone. (igraph is under the GPL: it is imported here, for the rings of ownership and by
``to_igraph``, and nowhere else.)
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

__all__ = ["laid_out"]

ROUNDS: Final = 400
SPREAD: Final = 90.0
"""Mean distance of neighbours, in the units of a screen."""
_BOX: Final = np.array([146.0, 78.0])
"""What a party takes with its name below it: nobody else's place lies within it."""
_READ: Final = 400
"""Parties up to which names can be read, and are kept apart."""
_PUSHES: Final = 150


def laid_out(
    subgraph: Mapping[str, Any], *, known: Mapping[str, tuple[float, float]] | None = None
) -> dict[str, tuple[float, float]]:
    """The place (x, y) of each party of a subgraph, by its id; its centre at (0, 0) unless known.

    Those with a place in ``known`` keep it: a graph that grows does not jump.
    """
    ids = [str(node["entity"]) for node in subgraph["nodes"]]
    if not ids:
        return {}
    places = {name: place for place, name in enumerate(ids)}
    edges = sorted(
        {
            (min(ends), max(ends))
            for edge in subgraph["edges"]
            if (ends := (places[edge["source"]], places[edge["target"]]))[0] != ends[1]
        }
    )
    fixed = {places[name]: at for name, at in (known or {}).items() if name in places}
    if not fixed:
        fixed = {places[str(subgraph["centre"])]: (0.0, 0.0)}
    found = _drawn(ids, edges, fixed)
    return {
        name: (round(float(x), 1), round(float(y), 1))
        for name, (x, y) in zip(ids, found, strict=True)
    }


def _drawn(
    ids: list[str], edges: list[tuple[int, int]], fixed: Mapping[int, tuple[float, float]]
) -> Any:
    import igraph  # noqa: PLC0415  # a tenth of a second that few need

    begin = np.array([_begin(name, len(ids)) for name in ids])
    for one, at in fixed.items():
        begin[one] = at
    for one in range(len(ids)):
        near = [
            fixed[b] for a, b in [*edges, *((b, a) for a, b in edges)] if a == one and b in fixed
        ]
        if near and one not in fixed:  # new parties begin beside those that they belong to
            begin[one] = np.mean(near, axis=0) + begin[one] * 0.2
    if len(ids) == len(fixed):
        return begin
    graph = igraph.Graph(n=len(ids), edges=edges)
    low, high = np.full((len(ids), 2), -1e6), np.full((len(ids), 2), 1e6)
    for one, at in fixed.items():
        low[one] = high[one] = np.array(at) / SPREAD
    igraph.set_random_number_generator(random.Random(1))  # noqa: S311  # a picture
    layout = graph.layout_fruchterman_reingold(
        niter=ROUNDS,
        seed=(begin / SPREAD).tolist(),
        minx=low[:, 0].tolist(),
        maxx=high[:, 0].tolist(),
        miny=low[:, 1].tolist(),
        maxy=high[:, 1].tolist(),
    )
    return _apart(np.array(layout.coords) * SPREAD, list(fixed))


def _apart(places: Any, fixed: list[int]) -> Any:
    """Places with room for every name: who stands too near another is pushed away, in small steps.

    Those that are fixed stay.
    """
    if not 1 < len(places) <= _READ:
        return places
    free = np.ones(len(places))
    free[fixed] = 0.0
    order = np.arange(len(places))
    for _ in range(_PUSHES):
        away = places[:, None, :] - places[None, :, :]
        lacks = _BOX - np.abs(away)
        near = (lacks > 0).all(axis=2) & (order[:, None] != order[None, :])
        if not (near & (free[:, None] + free[None, :] > 0)).any():
            break
        # The shorter way out; of two in one place the earlier goes back.
        sideways = lacks[:, :, 0] < lacks[:, :, 1]
        ways = np.where(away == 0, np.sign(order[:, None] - order[None, :])[:, :, None], away)
        step = np.sign(ways) * lacks
        step[:, :, 0] *= near & sideways
        step[:, :, 1] *= near & ~sideways
        share = free[:, None] / np.maximum(free[:, None] + free[None, :], 1)
        moves = np.clip((step * share[:, :, None]).sum(axis=1), -_BOX / 2, _BOX / 2)
        places = places + 0.6 * moves
    return places


def _begin(name: str, count: int) -> tuple[float, float]:
    """A place in a square that depends on the id alone."""
    digest = hashlib.sha256(name.encode()).digest()
    side = SPREAD * max(1.0, count**0.5)
    x, y = (int.from_bytes(digest[at : at + 4], "big") / 2**32 - 0.5 for at in (0, 4))
    return x * side, y * side

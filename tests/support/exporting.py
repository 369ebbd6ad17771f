"""Registers as they are exported: random ones, of every kind of relationship."""

from __future__ import annotations

from random import Random

from strategies import TODAY, random_policy, random_world, tables_of

import trustgraph as tg
from trustgraph.exports.source import OfSubgraph

__all__ = ["extracted", "source_of"]


def extracted(seed: int, *, unmask: bool = True) -> tg.Subgraph:
    """All of a random register, as a subgraph."""
    world = random_world(Random(seed), 8, 20, 5)
    policy = random_policy(Random(seed), max_hops=3)
    result = tg.score(tables_of(world), policy, as_of=TODAY, retention_on=TODAY)
    session = tg.open_session(result, unmask=unmask)
    return tg.extract(session, around=list(world.entities), hops=1, past=True)


def source_of(seed: int, *, unmask: bool = True) -> OfSubgraph:
    return OfSubgraph(extracted(seed, unmask=unmask))

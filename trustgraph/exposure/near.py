"""Exposure seen from one entity, and along one chain: what explanations are made of."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from trustgraph.exposure.graph import (
    SHARE_EQUAL,
    SHARE_MULTIPLY,
    ExposureGraph,
    StepTable,
    step_table,
)
from trustgraph.policy import Policy
from trustgraph.register import Bool, Int64

__all__ = ["Step", "StrongestChain", "steps_along", "strongest_chain", "within_hops"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain: its code, its strength here, and the channel it was taken in."""

    step: int
    strength: float
    channel: str


@dataclass(frozen=True, slots=True)
class StrongestChain:
    """The strongest chain between two entities when a walk begins in ``channel``."""

    channel: str
    reach: float
    chain: tuple[int, ...]
    steps: tuple[Step, ...]


def within_hops(graph: ExposureGraph, entity: int, hops: int) -> Bool:
    """Entities from which a walk of at most ``hops`` steps could end at ``entity``."""
    seen = np.zeros(len(graph.offsets) - 1, dtype=np.bool_)
    seen[entity] = True
    front: Int64 = np.array([entity], dtype=np.int64)
    for _ in range(hops):
        begin, end = graph.offsets[front], graph.offsets[front + 1]
        count = end - begin
        first = np.repeat(begin - (np.cumsum(count) - count), count)
        reached = graph.neighbour[first + np.arange(len(first))]
        front = np.unique(reached[~seen[reached]]).astype(np.int64)
        if not len(front):
            break
        seen[front] = True
    return seen


def steps_along(
    graph: ExposureGraph, policy: Policy, chain: tuple[int, ...], channel: str
) -> tuple[float, tuple[Step, ...]]:
    """The strongest way to walk a given chain of entities, beginning in a channel.

    Returns the product of the step strengths and the steps; (0.0, ()) where the chain cannot be
    walked at all. Same arithmetic as the kernel: multiplied from the first entity outward.
    """
    table = step_table(policy)
    best: dict[int, tuple[float, tuple[Step, ...]]] = {table.codes.index(channel): (1.0, ())}
    for place, (here, there) in enumerate(pairwise(chain)):
        open_here = here == chain[0] or place == 0
        if graph.barrier[here] and not open_here:
            return 0.0, ()
        found: dict[int, tuple[float, tuple[Step, ...]]] = {}
        for entry in range(int(graph.offsets[here]), int(graph.offsets[here + 1])):
            if graph.neighbour[entry] != there or (graph.closed[entry] and not open_here):
                continue
            for state, (value, steps) in best.items():
                weight = _weight(graph, table, state, entry)
                if weight == 0.0:
                    continue
                code = int(graph.step[entry])
                product, after = value * weight, int(table.then[state, code])
                if after not in found or product > found[after][0]:
                    step = Step(code, weight, table.codes[state])
                    found[after] = (product, (*steps, step))
        best = found
    return max(best.values(), key=lambda item: item[0], default=(0.0, ()))


def _weight(graph: ExposureGraph, table: StepTable, state: int, entry: int) -> float:
    """Strength of one entry in a channel; 0 where the channel does not carry it."""
    code = int(graph.step[entry])
    if graph.stated[entry] < table.min_share[state, code]:
        return 0.0
    factor = 1.0
    if table.share[state, code] == SHARE_MULTIPLY:
        factor = float(graph.multiply[entry])
    elif table.share[state, code] == SHARE_EQUAL:
        factor = 1.0 / int(graph.peers[entry])
    return float(table.strength[state, code]) * factor * float(graph.confidence[entry])


def strongest_chain(
    graph: ExposureGraph, policy: Policy, origin: int, end: int, channel: str
) -> StrongestChain | None:
    """The strongest chain from one entity to another, for a walk that begins in ``channel``.

    None where no walk of at most ``max_hops`` steps leads there, however faint.
    """
    # Only whoever walks pays for the compiler.
    from trustgraph.exposure.kernel import reach_lines  # noqa: PLC0415

    if origin == end or policy.max_hops == 0:
        return None
    table = step_table(policy)
    wanted = np.zeros(len(graph.offsets) - 1, dtype=np.bool_)
    wanted[end] = True
    # One record of the heaviest weight there is, so that no strength rounds to nothing.
    reach = np.zeros(1)
    hops = np.zeros(1, dtype=np.uint8)
    middle = np.full((1, max(0, policy.max_hops - 1)), -1, dtype=np.int32)
    _, written, _ = reach_lines(
        0,
        1,
        np.array([origin], dtype=np.int32),
        np.array([table.codes.index(channel)], dtype=np.int32),
        np.array([0, 1], dtype=np.int64),
        np.array([1 << 52], dtype=np.int64),
        policy.max_hops,
        1,
        True,
        graph.offsets,
        graph.neighbour,
        graph.step,
        graph.stated,
        graph.confidence,
        graph.multiply,
        graph.peers,
        graph.closed,
        graph.barrier,
        wanted,
        table.strength,
        table.share,
        table.min_share,
        table.then,
        np.zeros(1, dtype=np.int64),
        np.zeros(1, dtype=np.int32),
        np.zeros(1, dtype=np.int64),
        reach,
        hops,
        middle,
    )
    if not written:
        return None
    between = (int(entity) for entity in middle[0][: int(hops[0]) - 1])
    chain = (origin, *between, end)
    product, steps = steps_along(graph, policy, chain, channel)
    return StrongestChain(channel=channel, reach=product, chain=chain, steps=steps)

"""Exposure seen from one entity, and along one chain: what explanations are made of."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from trustgraph.exposure.graph import (
    BARRIER,
    SHARE_EQUAL,
    SHARE_MULTIPLY,
    ExposureGraph,
    StepTable,
    exposure_graph,
    step_table,
)
from trustgraph.exposure.kernel import reach_lines
from trustgraph.exposure.lines import ExposureLines, exposure_lines
from trustgraph.policy import Policy
from trustgraph.records.as_of import RecordState
from trustgraph.register import Int64, Register, day_number, entries_at
from trustgraph.schema import ENTITY_KINDS

__all__ = [
    "Step",
    "StrongestChain",
    "levels_around",
    "lines_upon",
    "steps_along",
    "strongest_chains",
]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain: its code, its strength here, and the channel it was taken in.

    The strength is ``base`` times ``share`` (None: shares do not matter) times ``confidence``.
    ``among``: the share is one voice among so many; ``assumed``: it is not stated.
    """

    step: int
    strength: float
    channel: str
    base: float
    share: float | None
    among: int | None
    assumed: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class StrongestChain:
    """The strongest chain between two entities when a walk begins in ``channel``."""

    channel: str
    reach: float
    chain: tuple[int, ...]
    steps: tuple[Step, ...]


def levels_around(register: Register, entity: int, hops: int, *, as_of: dt.date) -> list[Int64]:
    """Entities by the fewest steps, 0 to ``hops``, from which a walk could end at ``entity``.

    Every relationship in force is taken for a step: a walk may not be able to take it.
    """
    seen = np.zeros(len(register), dtype=np.bool_)
    seen[entity] = True
    levels = [np.array([entity], dtype=np.int64)]
    for _ in range(hops):
        front = _neighbours(register, levels[-1], as_of)
        front = front[~seen[front]]
        seen[front] = True
        levels.append(front)
    return levels


def lines_upon(
    register: Register,
    policy: Policy,
    record_state: RecordState,
    entity: int,
    *,
    records: Int64 | None = None,
    chains: bool = True,
) -> ExposureLines:
    """The exposure lines that records (default: all near it) draw on one entity.

    Touches what lies between them and nothing else. ``records`` may lie anywhere.
    """
    as_of = record_state.as_of
    levels = levels_around(register, entity, policy.max_hops, as_of=as_of)
    near = register.records.of(np.sort(np.concatenate(levels)))
    if records is not None:
        near = np.intersect1d(near, records)
    sources = np.unique(register.records.entity[near[record_state.counts[near]]]).astype(np.int64)
    rows = _rows_between(register, sources, levels, as_of=as_of)
    wanted = np.zeros(len(register), dtype=np.bool_)
    wanted[entity] = register.kind[entity] != ENTITY_KINDS.index("person")
    return exposure_lines(
        register,
        exposure_graph(register, policy, as_of=as_of, rows=rows, threads=1),
        policy,
        record_state,
        chains=chains,
        threads=1,
        only=near,
        scored=wanted,
    )


def _rows_between(
    register: Register, sources: Int64, levels: list[Int64], *, as_of: dt.date
) -> Int64:
    """Rows (ascending) of a graph for walks from ``sources`` to what ``levels`` surround.

    Kept is what lies near enough to a source and to the end at once.
    """
    hops = len(levels) - 1
    if hops == 0:
        return np.zeros(0, dtype=np.int64)
    left = np.zeros(len(register), dtype=np.int8)  # steps that a walk may still take from here
    for steps in range(1, hops + 1):
        left[levels[steps]] = steps
    sources = np.intersect1d(sources, np.concatenate(levels[1:]))
    rows, front = [sources], sources
    seen = np.zeros(len(register), dtype=np.bool_)
    seen[sources] = True
    for step in range(1, hops):
        front = _neighbours(register, front, as_of)
        front = front[~seen[front] & (left[front] > 0) & (left[front] <= hops - step)]
        seen[front] = True
        rows.append(front)
    return np.unique(np.concatenate(rows))


def _neighbours(register: Register, entities: Int64, as_of: dt.date) -> Int64:
    """Whom relationships in force join to any of the entities (ascending)."""
    adjacency, relationships = register.adjacency, register.relationships
    entry = entries_at(register, entities)
    edge, today = adjacency.edge[entry], day_number(as_of)
    live = relationships.in_force_of(edge, today)
    return np.unique(adjacency.neighbour[entry[live]]).astype(np.int64)


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
        if graph.kind[here] == BARRIER and not open_here:
            return 0.0, ()
        found: dict[int, tuple[float, tuple[Step, ...]]] = {}
        for entry in range(int(graph.begin[here]), int(graph.end[here])):
            if graph.neighbour[entry] != there or (graph.closed[entry] and not open_here):
                continue
            for state, (value, steps) in best.items():
                step = _step(graph, table, state, entry)
                if step.strength == 0.0:
                    continue
                product, after = value * step.strength, int(table.then[state, step.step])
                if after not in found or product > found[after][0]:
                    found[after] = (product, (*steps, step))
        best = found
    return max(best.values(), key=lambda item: item[0], default=(0.0, ()))


def _step(graph: ExposureGraph, table: StepTable, state: int, entry: int) -> Step:
    """One entry as a step in a channel; of no strength where the channel does not carry it."""
    code = int(graph.step[entry])
    carried = graph.stated[entry] >= table.min_share[state, code]
    mode, factor = table.share[state, code], 1.0
    if mode == SHARE_MULTIPLY:
        factor = float(graph.multiply[entry])
    elif mode == SHARE_EQUAL:
        factor = 1.0 / int(graph.peers[entry])
    base, confidence = float(table.strength[state, code]), float(graph.confidence[entry])
    return Step(
        step=code,
        strength=base * factor * confidence if carried else 0.0,
        channel=table.codes[state],
        base=base,
        share=factor if mode in {SHARE_MULTIPLY, SHARE_EQUAL} else None,
        among=int(graph.peers[entry]) if mode == SHARE_EQUAL else None,
        assumed=bool(mode == SHARE_MULTIPLY and graph.stated[entry] < 0),
        confidence=confidence,
    )


def strongest_chains(
    register: Register, policy: Policy, origin: int, end: int, *, as_of: dt.date
) -> list[StrongestChain]:
    """The strongest chain from one entity to another in every channel that leads there.

    None where no walk of at most ``max_hops`` steps leads there, however faint.
    """
    if origin == end or policy.max_hops == 0:
        return []
    levels = levels_around(register, end, policy.max_hops, as_of=as_of)
    rows = _rows_between(register, np.array([origin], dtype=np.int64), levels, as_of=as_of)
    graph = exposure_graph(register, policy, as_of=as_of, rows=rows, threads=1)
    found = (_strongest(graph, policy, origin, end, code) for code in sorted(policy.channels))
    return [chain for chain in found if chain is not None]


def _strongest(
    graph: ExposureGraph, policy: Policy, origin: int, end: int, channel: str
) -> StrongestChain | None:
    table = step_table(policy)
    wanted = np.zeros(len(graph.begin), dtype=np.bool_)
    wanted[end] = True
    # One record of the heaviest weight there is, so that no strength rounds to nothing.
    reach = np.zeros(1)
    hops = np.zeros(1, dtype=np.uint8)
    middle = np.full((1, max(0, policy.max_hops - 1)), -1, dtype=np.int32)
    _, written, *_ = reach_lines(
        0,
        1,
        np.array([origin], dtype=np.int32),
        np.array([table.codes.index(channel)], dtype=np.int32),
        np.array([0, 1], dtype=np.int64),
        np.array([1 << 52], dtype=np.int64),
        policy.max_hops,
        1,
        True,
        graph.begin,
        graph.end,
        graph.neighbour,
        graph.step,
        graph.stated,
        graph.confidence,
        graph.multiply,
        graph.peers,
        graph.closed,
        graph.kind,
        BARRIER,
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
        work=3 * len(graph.neighbour),
    )
    if not written:
        return None
    between = (int(entity) for entity in middle[0][: int(hops[0]) - 1])
    chain = (origin, *between, end)
    product, steps = steps_along(graph, policy, chain, channel)
    return StrongestChain(channel=channel, reach=product, chain=chain, steps=steps)

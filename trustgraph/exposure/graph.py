"""The relationships in force on one day, with the factors a channel may ask for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from trustgraph.exposure.graph_kernel import count_rows, fill_rows, mark_beside
from trustgraph.parallel import cores, threads_of
from trustgraph.policy import Policy
from trustgraph.register import Bool, Float64, Int32, Int64, Register, UInt8, day_number
from trustgraph.schema import BILLION, ENTITY_KINDS, RELATIONSHIP_KINDS, STEPS, opposite

__all__ = ["BARRIER", "ExposureGraph", "StepTable", "exposure_graph", "rows_walked", "step_table"]

SHARE_NONE, SHARE_MULTIPLY, SHARE_EQUAL = 0, 1, 2
_SHARE_MODES = {"none": SHARE_NONE, "multiply": SHARE_MULTIPLY, "equal": SHARE_EQUAL}

# The step that leads from a whole to those who hold shares of it (symmetric kinds have no whole).
OF_WHOLE = np.array(
    [
        not kind.symmetric and (kind.whole == "source") == (direction == 0)
        for kind in RELATIONSHIP_KINDS
        for direction in (0, 1)
    ]
)
OPPOSITE = np.array([opposite(step) for step in range(len(STEPS))], dtype=np.uint8)
BARRIER = ENTITY_KINDS.index("public_body")
"""Kind of entity that no walk goes on through: common state ownership is no affiliation."""

_FEW_ROWS = 1 << 14
"""Rows up to which one thread is enough."""


@dataclass(frozen=True, slots=True)
class ExposureGraph:
    """Adjacency of the relationships in force as of a day, one entry per end.

    The entries of entity ``e`` are ``begin[e]:end[e]``, in order of step, then neighbour; an entity
    whose row was not asked for has none. ``stated`` is the share in billionths or -1;
    ``confidence`` and ``multiply`` (the share factor of ``share = "multiply"``) are floats in
    [0, 1]; ``peers`` counts the relationships of the kind that the receiving entity has in the
    receiving direction (``share = "equal"`` is 1 / peers); both are 1 for steps of which no channel
    asks for them. ``closed`` marks entries that a walk may not go on along (``max_fanout``).
    ``kind`` is the register's: through an entity of the kind ``BARRIER`` no walk goes on.
    """

    begin: Int64
    end: Int64
    neighbour: Int32
    step: UInt8
    stated: Int32
    confidence: Float64
    multiply: Float64
    peers: Int32
    closed: Bool
    kind: UInt8
    as_of: dt.date


def exposure_graph(
    register: Register,
    policy: Policy,
    *,
    as_of: dt.date,
    rows: Int64 | None = None,
    threads: int | None = None,
) -> ExposureGraph:
    """The part of a register's adjacency that is in force, with the share factors.

    ``rows`` (ascending) are the entities from which anything is walked; default: all.
    """
    relationships, adjacency = register.relationships, register.adjacency
    size, today = len(register), day_number(as_of)
    wanted = np.arange(size, dtype=np.int64) if rows is None else rows
    parts = np.array_split(wanted, threads or cores()) if len(wanted) > _FEW_ROWS else [wanted]
    days = (adjacency.edge, relationships.start, relationships.end)

    def entries(part: Int64) -> int:
        return int((adjacency.offsets[part + 1] - adjacency.offsets[part]).sum())

    with threads_of(len(parts) if len(parts) > 1 else 0) as pool:
        counted = pool.map(
            lambda part: count_rows(part, adjacency.offsets, *days, today, work=entries(part)),
            parts,
        )
        counts = np.concatenate(list(counted))
        first = np.zeros(len(wanted) + 1, dtype=np.int64)
        np.cumsum(counts, out=first[1:])
        # Zeros cost no memory until they are written: a small graph of a large register is small.
        begin, end = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
        begin[wanted], end[wanted] = first[:-1], first[1:]
        total = int(first[-1])
        graph = ExposureGraph(
            begin=begin,
            end=end,
            neighbour=np.empty(total, dtype=np.int32),
            step=np.empty(total, dtype=np.uint8),
            stated=np.empty(total, dtype=np.int32),
            confidence=np.empty(total),
            multiply=np.empty(total),
            peers=np.empty(total, dtype=np.int32),
            closed=np.empty(total, dtype=np.bool_),
            kind=register.kind,
            as_of=as_of,
        )
        table = step_table(policy)
        fixed = (
            *(adjacency.offsets, adjacency.neighbour, adjacency.step, *days),
            *(relationships.share, relationships.confidence, today),
            *(OPPOSITE, OF_WHOLE, missing_shares(policy)),
            (table.share == SHARE_EQUAL).any(axis=0),
            (table.share == SHARE_MULTIPLY).any(axis=0),
            policy.max_fanout,
            *(graph.neighbour, graph.step, graph.stated, graph.confidence),
            *(graph.multiply, graph.peers, graph.closed),
        )
        starts = np.cumsum([0, *map(len, parts)])
        done = [
            pool.submit(
                fill_rows, part, first[low : low + len(part)], *fixed, work=5 * entries(part)
            )
            for part, low in zip(parts, starts, strict=False)
        ]
        for future in done:
            future.result()
    return graph


def rows_walked(register: Register, policy: Policy, sources: Int32) -> Int64:
    """The rows of a graph that walks from ``sources`` need (ascending): all that they pass."""
    adjacency = register.adjacency
    carries = (step_table(policy).strength > 0).any(axis=0)
    marked = np.zeros(len(register), dtype=np.bool_)
    front = np.unique(sources).astype(np.int64)
    marked[front] = True
    for hop in range(policy.max_hops - 1):
        room = int((adjacency.offsets[front + 1] - adjacency.offsets[front]).sum())
        fresh = np.empty(room, dtype=np.int64)
        reached = mark_beside(
            *(front, hop == 0, adjacency.offsets, adjacency.neighbour, adjacency.step),
            *(carries, register.kind, BARRIER, marked, fresh),
            work=room,
        )
        front = fresh[:reached]
    return np.flatnonzero(marked)


def missing_shares(policy: Policy) -> Float64:
    """The pack's ``missing_share`` by step code."""
    of_kind = [policy.missing_share.get(kind.name, 1.0) for kind in RELATIONSHIP_KINDS]
    return np.repeat(np.array(of_kind), 2)


@dataclass(frozen=True, slots=True)
class StepTable:
    """The channel automaton as arrays of shape (channels, steps); strength 0: does not carry."""

    codes: tuple[str, ...]
    strength: Float64
    share: UInt8
    min_share: Int64
    then: Int32


def step_table(policy: Policy) -> StepTable:
    """Number the channels by code and lay their steps out for the kernel."""
    codes = tuple(sorted(policy.channels))
    shape = (max(1, len(codes)), len(STEPS))
    strength = np.zeros(shape)
    share = np.zeros(shape, dtype=np.uint8)
    min_share = np.full(shape, -1, dtype=np.int64)
    then = np.zeros(shape, dtype=np.int32)
    for number, code in enumerate(codes):
        for step, rule in policy.channels[code].steps.items():
            strength[number, step] = rule.strength
            share[number, step] = _SHARE_MODES[rule.share]
            if rule.min_share is not None:
                min_share[number, step] = round(rule.min_share * BILLION)
            then[number, step] = codes.index(rule.then or code)
    return StepTable(codes=codes, strength=strength, share=share, min_share=min_share, then=then)

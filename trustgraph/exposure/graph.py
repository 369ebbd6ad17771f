"""The relationships in force on one day, with the factors a channel may ask for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from trustgraph.policy import Policy
from trustgraph.register import Bool, Float64, Int32, Int64, Register, UInt8, day_number
from trustgraph.schema import BILLION, RELATIONSHIP_KINDS, STEPS

__all__ = ["ExposureGraph", "StepTable", "exposure_graph", "step_table"]

SHARE_NONE, SHARE_MULTIPLY, SHARE_EQUAL = 0, 1, 2
_SHARE_MODES = {"none": SHARE_NONE, "multiply": SHARE_MULTIPLY, "equal": SHARE_EQUAL}

# The step that leads from a whole to those who hold shares of it (symmetric kinds have no whole).
_WHOLE_STEP = np.array(
    [
        not kind.symmetric and (kind.whole == "source") == (direction == 0)
        for kind in RELATIONSHIP_KINDS
        for direction in (0, 1)
    ]
)
_SYMMETRIC_STEP = np.repeat([kind.symmetric for kind in RELATIONSHIP_KINDS], 2)


@dataclass(frozen=True, slots=True)
class ExposureGraph:
    """Adjacency of the relationships in force as of a day, one entry per end (CSR).

    ``stated`` is the share in billionths or -1; ``confidence`` and ``multiply`` (the share factor
    of ``share = "multiply"``) are floats in [0, 1]; ``peers`` counts the relationships of the kind
    that the receiving entity has in the receiving direction (``share = "equal"`` is 1 / peers).
    ``closed`` marks entries that a walk may not go on along (``max_fanout``), ``barrier`` the
    entities it may not go on through (public bodies).
    """

    offsets: Int64
    neighbour: Int32
    step: UInt8
    stated: Int32
    confidence: Float64
    multiply: Float64
    peers: Int32
    closed: Bool
    barrier: Bool
    as_of: dt.date


def exposure_graph(register: Register, policy: Policy, *, as_of: dt.date) -> ExposureGraph:
    """Filter the register's adjacency to what is in force and attach the share factors."""
    relationships, adjacency = register.relationships, register.adjacency
    in_force = relationships.in_force(day_number(as_of))
    kept = in_force[adjacency.edge]
    counts = np.zeros(len(kept) + 1, dtype=np.int64)
    np.cumsum(kept, out=counts[1:])
    offsets = counts[adjacency.offsets]
    neighbour, step = adjacency.neighbour[kept], adjacency.step[kept]
    edge = adjacency.edge[kept]
    begins = _segment_begins(offsets, step)
    lengths = np.diff(np.append(begins, len(step)))
    fanout = np.repeat(lengths, lengths).astype(np.int32)
    stated = relationships.share[edge]
    multiply = _multiply_factors(policy, len(relationships), step, edge, stated, begins, lengths)
    return ExposureGraph(
        offsets=offsets,
        neighbour=neighbour,
        step=step,
        stated=stated,
        confidence=relationships.confidence[edge],
        multiply=multiply,
        peers=_peers(step, edge, fanout, len(relationships)),
        closed=fanout > policy.max_fanout,
        barrier=register.is_kind("public_body"),
        as_of=as_of,
    )


def _segment_begins(offsets: Int64, step: UInt8) -> Int64:
    """Where the segments begin: runs of entries of one entity with one step."""
    begins = np.zeros(len(step), dtype=np.bool_)
    starts = offsets[:-1]
    begins[starts[starts < len(step)]] = True
    begins[1:] |= step[1:] != step[:-1]
    return np.flatnonzero(begins)


def _peers(step: UInt8, edge: Int32, fanout: Int32, relationships: int) -> Int32:
    """For each entry, the length of the segment at the other end of its relationship."""
    forward = np.zeros(relationships, dtype=np.int32)
    backward = np.zeros(relationships, dtype=np.int32)
    odd = (step & 1).astype(np.bool_)
    forward[edge[~odd]] = fanout[~odd]
    backward[edge[odd]] = fanout[odd]
    peers = np.where(odd, forward[edge], backward[edge])
    # Both entries of a symmetric relationship are forward ones; a loop has one entry only.
    either = np.flatnonzero(_SYMMETRIC_STEP[step])
    if len(either):
        total = np.zeros(relationships, dtype=np.int32)
        np.add.at(total, edge[either], fanout[either])
        entries = np.bincount(edge[either], minlength=relationships)
        alone = entries[edge[either]] == 1
        peers[either] = total[edge[either]] - np.where(alone, 0, fanout[either])
    return peers


def _multiply_factors(
    policy: Policy,
    relationships: int,
    step: UInt8,
    edge: Int32,
    stated: Int32,
    begins: Int64,
    lengths: Int64,
) -> Float64:
    """Share factor of ``share = "multiply"`` per entry.

    A known share is itself. An unknown one is the lesser of the pack's ``missing_share`` and an
    equal part of what the known shares of the same whole leave. The relationships of one kind of
    one whole are a segment: the one seen from the whole.
    """
    factor = stated / BILLION
    unknown = stated < 0
    if not unknown.any():
        return factor
    missing = np.add.reduceat(unknown, begins, dtype=np.int64)
    known = np.add.reduceat(np.where(unknown, 0, stated), begins, dtype=np.int64)
    kind = step[begins] >> 1
    default = np.array([policy.missing_share.get(k.name, 1.0) for k in RELATIONSHIP_KINDS])
    equal_part = np.maximum(0, BILLION - known) / np.maximum(missing, 1) / BILLION
    of_segment = np.minimum(default[kind], equal_part)
    from_whole = _WHOLE_STEP[step[begins]] & (missing > 0)
    entries = np.flatnonzero(unknown & np.repeat(from_whole, lengths))
    of_edge = np.zeros(relationships)
    of_edge[edge[entries]] = np.repeat(of_segment, lengths)[entries]
    factor[unknown] = of_edge[edge[unknown]]
    return factor


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

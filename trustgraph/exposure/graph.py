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

_WHOLE_IS_SOURCE = np.array([kind.whole == "source" for kind in RELATIONSHIP_KINDS])


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
    fanout = _segment_lengths(offsets, step)
    multiply = _multiply_factors(register, policy, in_force)
    return ExposureGraph(
        offsets=offsets,
        neighbour=neighbour,
        step=step,
        stated=relationships.share[edge],
        confidence=relationships.confidence[edge],
        multiply=multiply[edge],
        peers=_peers(edge, fanout, len(relationships)),
        closed=fanout > policy.max_fanout,
        barrier=register.is_kind("public_body"),
        as_of=as_of,
    )


def _segment_lengths(offsets: Int64, step: UInt8) -> Int32:
    """For each entry, how many entries its entity has with the same step."""
    if not len(step):
        return np.zeros(0, dtype=np.int32)
    begins = np.zeros(len(step), dtype=np.bool_)
    starts = offsets[:-1]
    begins[starts[starts < len(step)]] = True
    begins[1:] |= step[1:] != step[:-1]
    places = np.flatnonzero(begins)
    lengths = np.diff(np.append(places, len(step)))
    return np.repeat(lengths, lengths).astype(np.int32)


def _peers(edge: Int32, fanout: Int32, relationships: int) -> Int32:
    """The segment length at the other end of each entry's relationship (its mate's)."""
    # Each relationship has two entries (one, if it is a symmetric loop): the sum of both segment
    # lengths less one's own is the mate's.
    total = np.zeros(relationships, dtype=np.int64)
    np.add.at(total, edge, fanout)
    entries = np.bincount(edge, minlength=relationships)
    mate = total[edge] - fanout
    return np.where(entries[edge] == 1, fanout, mate).astype(np.int32)


def _multiply_factors(register: Register, policy: Policy, in_force: Bool) -> Float64:
    """Share factor of ``share = "multiply"`` per relationship (meaningless where not in force).

    A known share is itself. An unknown one is the lesser of the pack's ``missing_share`` and an
    equal part of what the known shares of the same whole leave.
    """
    rel = register.relationships
    factor = rel.share / BILLION
    unknown = np.flatnonzero(in_force & (rel.share < 0))
    if not len(unknown):
        return factor
    whole = np.where(_WHOLE_IS_SOURCE[rel.kind], rel.source, rel.target).astype(np.int64)
    key = whole * len(RELATIONSHIP_KINDS) + rel.kind
    groups, group = np.unique(key[unknown], return_inverse=True)
    place = np.searchsorted(groups, key)
    place[place == len(groups)] = 0
    known = in_force & (rel.share >= 0) & (groups[place] == key)
    stated = np.zeros(len(groups), dtype=np.int64)
    np.add.at(stated, place[known], rel.share[known].astype(np.int64))
    number = np.bincount(group, minlength=len(groups))
    equal_part = np.maximum(0, BILLION - stated) / number / BILLION
    default = np.array([policy.missing_share.get(k.name, 1.0) for k in RELATIONSHIP_KINDS])
    factor[unknown] = np.minimum(default[rel.kind[unknown]], equal_part[group])
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

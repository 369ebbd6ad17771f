"""Exposure of some records alone, in a register with rows laid over it.

The graph is made of the rows that walks from those records pass and of no others. What the laid
rows change in it is little: the rows of whose relationships they are, and the factors of steps that
lead there.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np

from trustgraph.exposure.graph import (
    BARRIER,
    OF_WHOLE,
    OPPOSITE,
    SHARE_EQUAL,
    SHARE_MULTIPLY,
    ExposureGraph,
    exposure_graph,
    missing_shares,
    step_table,
)
from trustgraph.exposure.graph_kernel import segment_sums
from trustgraph.exposure.lines import ExposureLines, group_lines, group_records
from trustgraph.policy import Policy
from trustgraph.records.as_of import records_as_of
from trustgraph.register import (
    Bool,
    Float64,
    Int32,
    Int64,
    Overlay,
    Relationships,
    UInt8,
    day_number,
    entries_at,
)
from trustgraph.schema import BILLION, ENTITY_KINDS

__all__ = ["LocalGraph", "lines_from", "local_graph", "touched_ends"]

_PERSON: Final = ENTITY_KINDS.index("person")


@dataclass(frozen=True, slots=True)
class LocalGraph:
    """A graph of some ``entities`` (int64, in the order of their ids), which it numbers anew."""

    entities: Int64
    graph: ExposureGraph


@dataclass(frozen=True, slots=True)
class _Entries:
    """Entries of rows, as in ``ExposureGraph``; ``row`` is whose each is."""

    row: Int64
    neighbour: Int64
    step: UInt8
    stated: Int32
    confidence: Float64
    multiply: Float64
    peers: Int32
    closed: Bool


def touched_ends(overlay: Overlay) -> Int64:
    """Entities of which a relationship is laid or gone, or which are themselves (ascending)."""
    relationships, removed = overlay.register.relationships, overlay.removed
    ends = (
        *(relationships.source[removed.relationships], relationships.target[removed.relationships]),
        *(overlay.relationships.source, overlay.relationships.target),
        *(overlay.numbers, removed.entities),
    )
    return np.unique(np.concatenate(ends)).astype(np.int64)


def lines_from(
    overlay: Overlay,
    policy: Policy,
    local: LocalGraph,
    sources: Int64,
    *,
    as_of: dt.date,
    retention_on: dt.date,
) -> ExposureLines:
    """Every line that the records of ``sources`` draw, by numbers of the overlay.

    ``local`` is the graph of walks from them.
    """
    part = overlay.excerpt(sources)
    record_state = records_as_of(part.register, policy, as_of=as_of, retention_on=retention_on)
    groups = group_records(part.register, record_state, step_table(policy))
    keys = overlay.order(local.entities)
    groups = type(groups)(
        entity=np.searchsorted(keys, overlay.order(part.entities[groups.entity])).astype(np.int32),
        channel=groups.channel,
        bounds=groups.bounds,
        record=part.records[groups.record],
        micro=groups.micro,
    )
    scored = local.graph.kind != _PERSON
    found = group_lines(groups, local.graph, policy, scored, threads=1)
    numbers = np.append(local.entities, -1)
    return ExposureLines(
        record=found.record,
        entity=numbers[found.entity].astype(np.int32),
        micro=found.micro,
        reach=found.reach,
        hops=found.hops,
        middle=numbers[found.middle].astype(np.int32),
    )


def local_graph(overlay: Overlay, policy: Policy, sources: Int64, *, as_of: dt.date) -> LocalGraph:
    """The graph of all walks from ``sources``, in the register with what is laid over it."""
    maker = _Maker(overlay, policy, as_of)
    carries = np.any(step_table(policy).strength > 0, axis=0)
    seen = np.zeros(0, dtype=np.int64)
    front, found = np.unique(sources), []
    for hop in range(policy.max_hops):
        if hop > 0:
            front = front[np.isin(overlay.kinds(front), [BARRIER], invert=True)]
        entries = maker.entries(front)
        found.append(entries)
        seen = np.union1d(seen, front)
        onward = carries[entries.step]
        if hop > 0:
            onward &= ~entries.closed
        front = np.setdiff1d(entries.neighbour[onward], seen)
    return _renumbered(overlay, sources, found, as_of)


def _renumbered(
    overlay: Overlay, sources: Int64, found: list[_Entries], as_of: dt.date
) -> LocalGraph:
    def whole(name: str) -> np.ndarray:
        return np.concatenate([getattr(entries, name) for entries in found])

    row, neighbour = (whole(name) if found else sources[:0] for name in ("row", "neighbour"))
    entities = np.unique(np.concatenate([row, neighbour, sources]))
    entities = entities[np.argsort(overlay.order(entities))]
    keys = overlay.order(entities)
    row, neighbour = (np.searchsorted(keys, overlay.order(ends)) for ends in (row, neighbour))
    step = whole("step") if found else np.zeros(0, np.uint8)
    order = np.lexsort((neighbour, step, row))
    bounds = np.searchsorted(row[order], np.arange(len(entities) + 1))
    if not found:
        found = [_Entries(*(np.zeros(0, t) for t in _TYPES))]
    return LocalGraph(
        entities=entities,
        graph=ExposureGraph(
            begin=bounds[:-1].astype(np.int64),
            end=bounds[1:].astype(np.int64),
            neighbour=neighbour[order].astype(np.int32),
            step=step[order],
            stated=whole("stated")[order],
            confidence=whole("confidence")[order],
            multiply=whole("multiply")[order],
            peers=whole("peers")[order],
            closed=whole("closed")[order],
            kind=overlay.kinds(entities),
            as_of=as_of,
        ),
    )


_TYPES: Final = ("i8", "i8", "u1", "i4", "f8", "f8", "i4", "?")


class _Maker:
    """Makes rows of the graph: the register's, and what the laid rows make of them."""

    def __init__(self, overlay: Overlay, policy: Policy, as_of: dt.date) -> None:
        self.overlay, self.policy, self.as_of = overlay, policy, as_of
        self.today = day_number(as_of)
        table = step_table(policy)
        self.equal = (table.share == SHARE_EQUAL).any(axis=0)
        self.multiplied = (table.share == SHARE_MULTIPLY).any(axis=0)
        self.missing = missing_shares(policy)
        self.touched = touched_ends(overlay)
        self.delta_keys, self.deltas = _deltas(overlay, self.today)

    def entries(self, rows: Int64) -> _Entries:
        """The entries in force of some rows, with their factors."""
        changed = np.isin(rows, self.touched)
        under = rows[~changed]
        graph = exposure_graph(
            self.overlay.register, self.policy, as_of=self.as_of, rows=under, threads=1
        )
        counts = graph.end[under] - graph.begin[under]
        found = _Entries(
            row=np.repeat(under, counts),
            neighbour=graph.neighbour.astype(np.int64),
            step=graph.step,
            stated=graph.stated,
            confidence=graph.confidence,
            multiply=graph.multiply,
            peers=graph.peers,
            closed=graph.closed,
        )
        if not len(self.touched):
            return found
        leads = np.isin(found.neighbour, self.touched)
        multiply, peers = self._factors(
            found.row[leads], found.step[leads], found.neighbour[leads], found.stated[leads]
        )
        found.multiply[leads], found.peers[leads] = multiply, peers
        own = self._own(rows[changed])
        names = _Entries.__slots__
        return _Entries(**{n: np.concatenate([getattr(found, n), getattr(own, n)]) for n in names})

    def _own(self, rows: Int64) -> _Entries:
        """The rows of entities whose relationships are not the register's."""
        overlay, today = self.overlay, self.today
        register, upserted = overlay.register, overlay.relationships
        adjacency, relationships = register.adjacency, register.relationships
        rows = np.setdiff1d(rows, overlay.removed.entities)
        under = rows[rows < len(register)]
        entry = entries_at(register, under)
        offsets = adjacency.offsets
        row = np.repeat(under, offsets[under + 1] - offsets[under])
        edge = adjacency.edge[entry]
        keep = relationships.in_force_of(edge, today)
        keep &= ~np.isin(edge, overlay.removed.relationships)
        entry, edge, row = entry[keep], edge[keep], row[keep]
        over, at, other, step = _ends(upserted, upserted.in_force(today))
        here = np.isin(at, rows)
        over, at, other, step = over[here], at[here], other[here], step[here]
        row = np.concatenate([row, at])
        neighbour = np.concatenate([adjacency.neighbour[entry].astype(np.int64), other])
        step = np.concatenate([adjacency.step[entry], step])
        stated = np.concatenate([relationships.share[edge], upserted.share[over]])
        multiply, peers = self._factors(row, step, neighbour, stated)
        return _Entries(
            row=row,
            neighbour=neighbour,
            step=step,
            stated=stated,
            confidence=np.concatenate([relationships.confidence[edge], upserted.confidence[over]]),
            multiply=multiply,
            peers=peers,
            closed=self._sums(row, step)[:, 0] > self.policy.max_fanout,
        )

    def _factors(
        self, row: Int64, step: UInt8, neighbour: Int64, stated: Int32
    ) -> tuple[Float64, Int32]:
        """``multiply`` and ``peers`` of entries, as ``graph_kernel.fill_rows`` has them."""
        multiply = np.ones(len(row))
        multiply[stated >= 0] = stated[stated >= 0] / 1e9
        unknown = (stated < 0) & self.multiplied[step]
        from_whole = OF_WHOLE[step]
        seen = np.where(from_whole, step, OPPOSITE[step])
        whole = np.where(from_whole, row, neighbour)
        multiply[unknown] = 0.0
        unknown &= OF_WHOLE[seen]
        sums = self._sums(whole[unknown], seen[unknown])
        part = np.maximum(0, BILLION - sums[:, 1]) / np.maximum(1, sums[:, 2]) / 1e9
        multiply[unknown] = np.minimum(self.missing[step[unknown]], part)
        peers = np.ones(len(row), dtype=np.int32)
        equal = self.equal[step]
        peers[equal] = self._sums(neighbour[equal], OPPOSITE[step[equal]])[:, 0]
        return multiply, peers

    def _sums(self, entities: Int64, steps: UInt8) -> Int64:
        """Of entities and steps: relationships in force, sum of known shares, unknown shares."""
        register = self.overlay.register
        adjacency, relationships = register.adjacency, register.relationships
        found = np.zeros((len(entities), 3), dtype=np.int64)
        own = entities < len(register)
        found[own] = segment_sums(
            *(entities[own], steps[own].astype(np.int64), adjacency.offsets, adjacency.step),
            *(
                adjacency.edge,
                relationships.start,
                relationships.end,
                relationships.share,
                self.today,
            ),
            work=int(
                (adjacency.offsets[entities[own] + 1] - adjacency.offsets[entities[own]]).sum()
            ),
        )
        if len(self.delta_keys):
            keys = entities * 64 + steps
            place = np.minimum(np.searchsorted(self.delta_keys, keys), len(self.delta_keys) - 1)
            here = self.delta_keys[place] == keys
            found[here] += self.deltas[place[here]]
        return found


def _ends(relationships: Relationships, chosen: Bool) -> tuple[Int64, Int64, Int64, UInt8]:
    """Both ends of some relationships: (number, entity, the other one, step), once per entry."""
    number = np.flatnonzero(chosen)
    source, target = (
        relationships.source[number].astype(np.int64),
        relationships.target[number].astype(np.int64),
    )
    forward = (2 * relationships.kind[number]).astype(np.uint8)
    back = OPPOSITE[forward]
    twice = (source != target) | (back != forward)  # a symmetric loop has one entry
    return (
        np.concatenate([number, number[twice]]),
        np.concatenate([source, target[twice]]),
        np.concatenate([target, source[twice]]),
        np.concatenate([forward, back[twice]]),
    )


def _deltas(overlay: Overlay, today: int) -> tuple[Int64, Int64]:
    """By entity × 64 + step (ascending): what sums become more by, or less."""
    relationships, upserted = overlay.register.relationships, overlay.relationships
    removed = overlay.removed.relationships
    some = Relationships(
        **{n: getattr(relationships, n)[removed] for n in Relationships.__dataclass_fields__}
    )
    keys, rows = [], []
    for part, sign in ((some, -1), (upserted, 1)):
        number, at, _, step = _ends(part, part.in_force(today))
        share = part.share[number].astype(np.int64)
        known = np.where(share < 0, 0, share)
        keys.append(at * 64 + step)
        rows.append(sign * np.column_stack([np.ones_like(share), known, share < 0]))
    whole, place = np.unique(np.concatenate(keys), return_inverse=True)
    sums = np.zeros((len(whole), 3), dtype=np.int64)
    np.add.at(sums, place, np.concatenate(rows))
    return whole, sums

"""Exposure lines of every counting record, on all cores, the same integers on any number of them.

Records of one entity that enter the same channel share one walk (a *group*). Groups are dealt to
threads in blocks; a block's lines depend on nothing but its groups, and blocks are put together
in order, so that thread count and block size leave no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from trustgraph.exposure.graph import BARRIER, ExposureGraph, StepTable, step_table
from trustgraph.exposure.kernel import reach_lines
from trustgraph.parallel import cores, in_order
from trustgraph.policy import Policy
from trustgraph.records.as_of import RecordState
from trustgraph.register import Bool, Float64, Int32, Int64, Register, UInt8, slice_of

__all__ = [
    "ExposureLines",
    "RecordGroups",
    "by_entity",
    "exposure_lines",
    "frame_of",
    "group_lines",
    "group_records",
    "lines_of",
    "lines_within",
]

Progress = Callable[[int, int], None]

BLOCK_GROUPS = 4096
FIRST_CAPACITY = 1 << 16
LEAST_GROUPS = 64
"""Groups that are worth a block: a thread takes longer to start than few of them."""
FEW_GROUPS = 16
FEW_ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class RecordGroups:
    """Records by (entity, channel) in ascending order: one walk serves a group.

    ``bounds`` has one element more than there are groups; ``record`` numbers the records of
    group g at ``bounds[g]:bounds[g + 1]``, ``micro`` their weights.
    """

    entity: Int32
    channel: Int32
    bounds: Int64
    record: Int64
    micro: Int64

    def __len__(self) -> int:
        return len(self.entity)


@dataclass(frozen=True, slots=True)
class ExposureLines:
    """One element per line: ``record`` weighs ``micro`` on ``entity`` by a chain of ``hops`` steps.

    ``middle`` has one row per line: the entities between the record's own entity and ``entity``,
    -1 where the chain is shorter. It has no columns where chains were not asked for.
    """

    record: Int64
    entity: Int32
    micro: Int64
    reach: Float64
    hops: UInt8
    middle: Int32

    def __len__(self) -> int:
        return len(self.record)


def group_records(
    register: Register, record_state: RecordState, table: StepTable, *, only: Int64 | None = None
) -> RecordGroups:
    """Group the records that weigh anything and enter a channel; ``only`` keeps to some records."""
    records = register.records
    channel_of_type = np.array(
        [-1 if code is None else table.codes.index(code) for code in record_state.channels] or [-1],
        dtype=np.int32,
    )
    numbers = np.arange(len(records)) if only is None else np.unique(only)
    channel = channel_of_type[records.type_code[numbers]]
    walking = record_state.counts[numbers] & (record_state.micro[numbers] != 0) & (channel >= 0)
    numbers, channel = numbers[walking], channel[walking]
    order = np.lexsort((numbers, channel, records.entity[numbers]))
    numbers, channel = numbers[order], channel[order]
    entity = records.entity[numbers]
    begins = np.ones(len(numbers), dtype=np.bool_)
    begins[1:] = (entity[1:] != entity[:-1]) | (channel[1:] != channel[:-1])
    starts = np.flatnonzero(begins)
    return RecordGroups(
        entity=entity[starts],
        channel=channel[starts],
        bounds=np.append(starts, len(numbers)).astype(np.int64),
        record=numbers.astype(np.int64),
        micro=record_state.micro[numbers],
    )


def exposure_lines(
    register: Register,
    graph: ExposureGraph,
    policy: Policy,
    record_state: RecordState,
    *,
    chains: bool = True,
    threads: int | None = None,
    only: Int64 | None = None,
    scored: Bool | None = None,
    progress: Progress | None = None,
) -> ExposureLines:
    """Every line that a record draws on another entity (natural persons get none).

    ``only`` keeps to some records, ``scored`` to some receiving entities (default: all but
    persons). ``progress`` is called with (groups done, groups in all). Lines come sorted by
    group, so the order is the same whatever ``threads`` is.
    """
    groups = group_records(register, record_state, step_table(policy), only=only)
    receiving = ~register.is_kind("person") if scored is None else scored
    return group_lines(
        groups, graph, policy, receiving, chains=chains, threads=threads, progress=progress
    )


def group_lines(
    groups: RecordGroups,
    graph: ExposureGraph,
    policy: Policy,
    scored: Bool,
    *,
    chains: bool = True,
    threads: int | None = None,
    progress: Progress | None = None,
) -> ExposureLines:
    """The lines of groups of records by their entities' numbers in a graph, group after group."""
    table = step_table(policy)
    pieces: list[ExposureLines] = []
    for done, found in _blocks(groups, graph, policy, table, scored, chains, threads):
        pieces.append(found)
        if progress is not None:
            progress(done, len(groups))
    return _joined(pieces, groups.record, _columns(policy, chains=chains))


def _blocks(
    groups: RecordGroups,
    graph: ExposureGraph,
    policy: Policy,
    table: StepTable,
    scored: Bool,
    chains: bool,
    threads: int | None,
) -> Iterator[tuple[int, ExposureLines]]:
    """Blocks of lines in order of their groups, computed a few blocks ahead on several threads."""
    if not len(groups) or policy.max_hops == 0:
        return
    share = max(LEAST_GROUPS, -(-len(groups) // (4 * (threads or cores()))))
    block = max(1, min(BLOCK_GROUPS, share))
    spans = [(lo, min(lo + block, len(groups))) for lo in range(0, len(groups), block)]

    def work(span: tuple[int, int]) -> tuple[int, ExposureLines]:
        return span[1], _block(span, groups, graph, policy, table, scored, chains)

    yield from in_order(work, spans, threads=threads)


def _block(
    span: tuple[int, int],
    groups: RecordGroups,
    graph: ExposureGraph,
    policy: Policy,
    table: StepTable,
    scored: Bool,
    chains: bool,
) -> ExposureLines:
    pieces: list[ExposureLines] = []
    columns = _columns(policy, chains=chains)
    at, last = span
    capacity = FIRST_CAPACITY
    while at < last:
        record = np.empty(capacity, dtype=np.int64)
        entity = np.empty(capacity, dtype=np.int32)
        micro = np.empty(capacity, dtype=np.int64)
        reach = np.empty(capacity, dtype=np.float64)
        hops = np.empty(capacity, dtype=np.uint8)
        middle = np.empty((capacity, columns), dtype=np.int32)
        # How far walks lead shows only when they are done: at first, a few groups at a time.
        end = last if reach_lines.is_compiled else min(last, at + FEW_GROUPS)
        at, written, room, _, looked = reach_lines(
            at,
            end,
            groups.entity,
            groups.channel,
            groups.bounds,
            groups.micro,
            policy.max_hops,
            policy.min_micro,
            chains,
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
            scored,
            table.strength,
            table.share,
            table.min_share,
            table.then,
            record,
            entity,
            micro,
            reach,
            hops,
            middle,
            work=0 if len(graph.neighbour) < FEW_ENTRIES else len(graph.neighbour),
        )
        reach_lines.took(3 * looked)
        pieces.append(
            ExposureLines(
                record=record[:written].copy(),
                entity=entity[:written].copy(),
                micro=micro[:written].copy(),
                reach=reach[:written].copy(),
                hops=hops[:written].copy(),
                middle=middle[:written].copy(),
            )
        )
        capacity = max(FIRST_CAPACITY, 2 * room)
    return _joined(pieces, None, columns)


def _columns(policy: Policy, *, chains: bool) -> int:
    """How many entities can lie between the two ends of a chain."""
    return max(0, policy.max_hops - 1) if chains else 0


def _joined(pieces: list[ExposureLines], numbers: Int64 | None, columns: int) -> ExposureLines:
    """Put blocks together; ``numbers`` turns places in the groups into record numbers."""
    if not pieces:
        return ExposureLines(
            record=np.empty(0, dtype=np.int64),
            entity=np.empty(0, dtype=np.int32),
            micro=np.empty(0, dtype=np.int64),
            reach=np.empty(0),
            hops=np.empty(0, dtype=np.uint8),
            middle=np.empty((0, columns), dtype=np.int32),
        )
    record = np.concatenate([piece.record for piece in pieces])
    return ExposureLines(
        record=record if numbers is None else numbers[record],
        entity=np.concatenate([piece.entity for piece in pieces]),
        micro=np.concatenate([piece.micro for piece in pieces]),
        reach=np.concatenate([piece.reach for piece in pieces]),
        hops=np.concatenate([piece.hops for piece in pieces]),
        middle=np.concatenate([piece.middle for piece in pieces]),
    )


def by_entity(lines: ExposureLines) -> ExposureLines:
    """Lines sorted by whom they weigh on; those on one entity stay in their order."""
    order = np.argsort(lines.entity, kind="stable")
    return _chosen(lines, order)


def lines_within(lines: ExposureLines, span: tuple[int, int]) -> ExposureLines:
    """Those of lines sorted by entity that weigh on some consecutive entities."""
    return _chosen(lines, slice_of(lines.entity, *span))


def _chosen(lines: ExposureLines, which: Int64 | slice) -> ExposureLines:
    return ExposureLines(**{part.name: getattr(lines, part.name)[which] for part in fields(lines)})


def frame_of(lines: ExposureLines) -> pl.DataFrame:
    """Lines as a frame, for keeping."""
    plain = {part.name: getattr(lines, part.name) for part in fields(lines)[:-1]}
    middles = {f"middle_{place}": lines.middle[:, place] for place in range(lines.middle.shape[1])}
    return pl.DataFrame({**plain, **middles})


def lines_of(frame: pl.DataFrame) -> ExposureLines:
    """The lines that ``frame_of`` made a frame of."""
    plain = {part.name: frame[part.name].to_numpy() for part in fields(ExposureLines)[:-1]}
    middles = [frame[name].to_numpy() for name in frame.columns if name.startswith("middle_")]
    empty = np.empty((frame.height, 0), dtype=np.int32)
    return ExposureLines(**plain, middle=np.column_stack(middles) if middles else empty)

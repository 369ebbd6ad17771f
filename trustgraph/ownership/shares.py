"""Look-through shares and control links of very many owners, on all cores.

Owners are dealt to threads in blocks; what a block finds depends on nothing but its owners, and
blocks are put together in order, so that the number of threads leaves no trace.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from trustgraph.errors import TrustgraphError
from trustgraph.ownership.bounds import ShareBounds
from trustgraph.ownership.kernel import look_through
from trustgraph.ownership.rings import Order
from trustgraph.parallel import Watch, in_order
from trustgraph.register import Bool, Float64, Int32, Int64, UInt8

__all__ = ["ControlLinks", "OwnerRows", "no_links", "no_rows", "owner_rows"]

Progress = Callable[[int, int], None]

BLOCK = 2048
FIRST_CAPACITY = 1 << 14
FEW_STEPS = 200_000
MANY_STEPS = 1 << 40
FEW_COLUMNS = 200
"""Entries of the rings' elimination up to which they are solved in no time."""
DECIMALS = 12
"""Of a share that are given; those after depend on the order in which floats are added."""


@dataclass(frozen=True, slots=True)
class ControlLinks:
    """Control links by the controlling entity (CSR), ascending by ``to``.

    ``kind`` (uint8): 0 a majority, 1 a recorded controller; 2 and 3 the same where only possible.
    """

    offsets: Int64
    to: Int32
    kind: UInt8


def no_links(size: int) -> ControlLinks:
    """No links among so many entities."""
    return ControlLinks(
        offsets=np.zeros(size + 1, dtype=np.int64),
        to=np.empty(0, dtype=np.int32),
        kind=np.empty(0, dtype=np.uint8),
    )


@dataclass(frozen=True, slots=True)
class OwnerRows:
    """One row per (owner, entity): look-through share bounds and how control links lead there.

    ``low`` and ``high`` are fractions, rounded to twelve decimals.
    ``flags`` has bit 0 where sure majorities lead from owner to entity, bit 1 where sure links with
    a recorded one among them do, bits 2 and 3 the same for links that may be only possible. The
    chain of row ``i``, from owner to entity, is ``chain[offsets[i]:offsets[i + 1]]``: of the links
    that make the best answer, otherwise the strongest by mean shares; empty where it has more than
    ``LONGEST_CHAIN`` entities.
    """

    owner: Int32
    entity: Int32
    low: Float64
    high: Float64
    flags: UInt8
    offsets: Int64
    chain: Int32

    def __len__(self) -> int:
        return len(self.owner)


class _Scratch(threading.local):
    """The array of one thread that is as long as there are entities: -1 throughout."""

    def __init__(self, size: int) -> None:
        self.place = np.full(size, -1, dtype=np.int32)


def owner_rows(
    bounds: ShareBounds,
    order: Order,
    links: ControlLinks,
    targets: Int32,
    *,
    need: int,
    counted: int = 7,
    whole: Bool | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> OwnerRows:
    """Rows of every target, in the order of ``targets``.

    A company below a target gets a row if the target's upper bound reaches ``need`` billionths,
    if control links lead to it, or, where ``whole`` says so, in any case. ``counted`` says which
    ways make controllers (1 look-through share, 2 majorities, 4 records): the chain is that of the
    best answer. Raises TrustgraphError
    where the upper bound of a ring does not settle.
    """
    everything = np.zeros(len(targets), dtype=np.bool_) if whole is None else whole
    size = len(order.position)
    at_position = np.empty(size, dtype=np.int32)
    at_position[order.position] = np.arange(size, dtype=np.int32)
    solved = order.elimination
    shares = (bounds.low, bounds.extra, bounds.middle, bounds.room, bounds.gone, bounds.loose)
    fixed = (
        (bounds.offsets, bounds.owner, *shares),
        (order.owned_offsets, order.owned, order.position, at_position),
        (solved.block, solved.slot, solved.begins, solved.offsets, solved.columns, solved.later),
        (links.offsets, links.to, links.kind),
        need,
        counted,
    )
    scratch = _Scratch(size)
    watch = Watch(lambda done: progress(done, len(targets)) if progress is not None else None)
    solving = len(solved.columns) > FEW_COLUMNS

    def work(span: tuple[int, int]) -> list[OwnerRows]:
        return _block(span, targets, everything, fixed, scratch, watch, solving=solving)

    spans = [(low, min(low + BLOCK, len(targets))) for low in range(0, len(targets), BLOCK)]
    most = len(targets) * (len(bounds.owner) + len(links.to) + len(solved.columns))
    watched = watch if most > FEW_STEPS else None
    found: list[OwnerRows] = []
    for pieces in in_order(work, spans, threads=threads, watch=watched):
        found.extend(pieces)
    return _joined(found)


def _block(
    span: tuple[int, int],
    targets: Int32,
    whole: Bool,
    fixed: tuple[Any, ...],
    scratch: _Scratch,
    watch: Watch,
    *,
    solving: bool,
) -> list[OwnerRows]:
    pieces: list[OwnerRows] = []
    at, last = span
    capacity, length = FIRST_CAPACITY, 4 * FIRST_CAPACITY
    done = watch.counter()
    while at < last and not watch.stop[0]:
        out = OwnerRows(
            owner=np.empty(capacity, dtype=np.int32),
            entity=np.empty(capacity, dtype=np.int32),
            low=np.empty(capacity),
            high=np.empty(capacity),
            flags=np.empty(capacity, dtype=np.uint8),
            offsets=np.empty(capacity + 1, dtype=np.int64),
            chain=np.empty(length, dtype=np.int32),
        )
        arrays = (out.owner, out.entity, out.low, out.high, out.flags, out.offsets, out.chain)
        # How much an owner takes shows only when it is done: at first, a little at a time.
        limit = MANY_STEPS if look_through.is_compiled else FEW_STEPS
        after, rows, places, more_rows, more_places, settled, steps = look_through(
            *((span[0], at, last), targets, whole, *fixed, scratch.place, arrays),
            *(limit, watch.stop, done),
            work=MANY_STEPS if solving else 0,
        )
        look_through.took(steps)
        if rows:
            pieces.append(_cut(out, rows, places))
        if not settled:
            raise TrustgraphError("an upper bound of ownership in a ring did not settle")
        capacity = max(FIRST_CAPACITY, more_rows)
        length = max(4 * FIRST_CAPACITY, more_places)
        at = after
    return pieces


def _cut(out: OwnerRows, rows: int, places: int) -> OwnerRows:
    return OwnerRows(
        owner=out.owner[:rows].copy(),
        entity=out.entity[:rows].copy(),
        low=np.round(out.low[:rows], DECIMALS),
        high=np.round(out.high[:rows], DECIMALS),
        flags=out.flags[:rows].copy(),
        offsets=out.offsets[: rows + 1].copy(),
        chain=out.chain[:places].copy(),
    )


def no_rows() -> OwnerRows:
    """The rows of nobody."""
    return OwnerRows(
        owner=np.empty(0, dtype=np.int32),
        entity=np.empty(0, dtype=np.int32),
        low=np.empty(0),
        high=np.empty(0),
        flags=np.empty(0, dtype=np.uint8),
        offsets=np.zeros(1, dtype=np.int64),
        chain=np.empty(0, dtype=np.int32),
    )


def _joined(pieces: list[OwnerRows]) -> OwnerRows:
    lengths = [np.diff(piece.offsets) for piece in pieces]
    offsets = np.zeros(sum(map(len, lengths)) + 1, dtype=np.int64)
    np.cumsum(np.concatenate([np.zeros(0, np.int64), *lengths]), out=offsets[1:])
    parts = {
        field.name: np.concatenate([getattr(piece, field.name) for piece in [no_rows(), *pieces]])
        for field in fields(OwnerRows)
        if field.name != "offsets"
    }
    return OwnerRows(**parts, offsets=offsets)

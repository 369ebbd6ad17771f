"""Following stakes down from the listed."""

# ruff: noqa: ANN001, ANN201, ANN202

from __future__ import annotations

import numpy as np

from trustgraph.compiled import helper, kernel

__all__ = ["follow_down", "spread_down"]

_WHOLE = 1_000_000_000


@kernel()
def spread_down(
    listed,
    offsets,
    owned,
    low,
    high,
    some,
    room,
    need,
    link_offsets,
    link_to,
    link_kind,
    upper,
):
    """Blocked entities (bool, n) and what blocked parties hold of each (int64, n): least, most.

    What is not stated (``some``) is at most what the known shares leave (``room``), to all who may
    have of it together.
    """
    size = len(listed)
    blocked = np.zeros(size, np.bool_)
    least = np.zeros(size, np.int64)
    most = np.zeros(size, np.int64)
    shared = np.zeros(size, np.bool_)  # the room of an entity counts already
    queue = np.empty(size, np.int32)
    tail = 0
    for entity in range(size):
        if listed[entity]:
            blocked[entity] = True
            queue[tail] = entity
            tail += 1
    head = 0
    while head < tail:
        here = queue[head]
        head += 1
        for at in range(offsets[here], offsets[here + 1]):
            there = owned[at]
            least[there] += low[at]
            more = high[at]
            if some[at]:
                if shared[there]:
                    more -= min(room[there], more - low[at])
                shared[there] = True
            most[there] = min(_WHOLE, most[there] + more)
            held = most[there] if upper else least[there]
            if held >= need and not blocked[there]:
                blocked[there] = True
                queue[tail] = there
                tail += 1
        for at in range(link_offsets[here], link_offsets[here + 1]):
            there = link_to[at]
            if (upper or link_kind[at] < 2) and not blocked[there]:
                blocked[there] = True
                queue[tail] = there
                tail += 1
    return blocked, least, most


@helper
def _search(origin, offsets, owned, kind, sure, only_sure, seen, before, queue):
    queue[0] = origin
    seen[origin] = True
    head, tail = 0, 1
    while head < tail:
        here = queue[head]
        head += 1
        for at in range(offsets[here], offsets[here + 1]):
            there = owned[at]
            if seen[there] or (only_sure and (kind[at] >= 2 or not sure[there])):
                continue
            seen[there] = True
            before[there] = here
            queue[tail] = there
            tail += 1
    for at in range(tail):
        seen[queue[at]] = False
    return tail


@helper
def _longer(values, longer):
    for at in range(len(values)):
        longer[at] = values[at]
    return longer


@kernel()
def follow_down(listed, offsets, owned, kind, sure, longest):
    """Shortest chains from each listed entity through blocked ones; sure ones where there are any.

    ``owned`` are only entities that may be blocked. A chain of more than ``longest`` entities is
    left empty. Returns (listed, entity, sure, offsets, chain).
    """
    size = len(sure)
    seen = np.zeros(size, np.bool_)
    surely = np.zeros(size, np.bool_)
    before = np.zeros(size, np.int32)
    before_sure = np.zeros(size, np.int32)
    queue = np.empty(size + 1, np.int32)
    out_listed = np.empty(64, np.int32)
    out_entity = np.empty(64, np.int32)
    out_sure = np.empty(64, np.bool_)
    out_offsets = np.zeros(65, np.int64)
    chain = np.empty(256, np.int32)
    rows, places = 0, 0
    for origin in listed:
        tail = _search(origin, offsets, owned, kind, sure, True, seen, before_sure, queue)
        for at in range(1, tail):
            surely[queue[at]] = True
        tail = _search(origin, offsets, owned, kind, sure, False, seen, before, queue)
        for at in range(1, tail):
            entity = queue[at]
            back = before_sure if surely[entity] else before
            length = 1
            here = entity
            while here != origin:
                here = back[here]
                length += 1
            if length > longest:
                length = 0
            if rows == len(out_listed):
                out_listed = _longer(out_listed, np.empty(2 * rows, np.int32))
                out_entity = _longer(out_entity, np.empty(2 * rows, np.int32))
                out_sure = _longer(out_sure, np.empty(2 * rows, np.bool_))
                out_offsets = _longer(out_offsets, np.empty(2 * rows + 1, np.int64))
            if places + length > len(chain):  # no chain is longer than what there is room for
                chain = _longer(chain, np.empty(2 * len(chain), np.int32))
            out_listed[rows] = origin
            out_entity[rows] = entity
            out_sure[rows] = surely[entity]
            here = entity
            for step in range(1, length + 1):
                chain[places + length - step] = here
                if here != origin:
                    here = back[here]
            rows += 1
            places += length
            out_offsets[rows] = places
        for at in range(1, tail):
            surely[queue[at]] = False
    return (
        out_listed[:rows].copy(),
        out_entity[:rows].copy(),
        out_sure[:rows].copy(),
        out_offsets[: rows + 1].copy(),
        chain[:places].copy(),
    )

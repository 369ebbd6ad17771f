"""The kernel: one owner after another, shares in everything below it, compiled by numba.

Below an owner, companies come in an order in which every owner's value is known before it is
needed, the members of a ring together; values are those of :mod:`trustgraph.ownership.solving`.

Who controls what (majorities and recorded controllers) is a search along links, one per owner.
"""

# Compiled functions take arrays and numbers; splitting them further would move the same arrays
# through more signatures.
# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR0912, PLR0913, PLR0915, PLR0917

from __future__ import annotations

import numpy as np
from numba import njit

from trustgraph.ownership.cascading import LONGEST_CHAIN
from trustgraph.ownership.solving import ring_values, value_of

__all__ = ["LINK_LEVELS", "look_through"]

WRITTEN = 128
"""Flag of an entity whose row is written."""

LINK_LEVELS = 4
"""Levels on which links are followed: 0 sure majorities, 1 also sure recorded controllers, 2 sure
and possible majorities, 3 everything. A link's kind is the first level that it serves on."""


@njit(cache=True, nogil=True)
def _chains(members, offsets, owner, middle, best, steps, before):
    """The strongest chain from the origin to each of some companies, by the means of the shares.

    At equal strength the shorter one, then the one whose last owner comes first.
    """
    again = True
    while again:
        again = False
        for company in members:
            for at in range(offsets[company], offsets[company + 1]):
                holder = owner[at]
                strength = middle[at] * best[holder]
                if strength <= 0.0 or holder == company:
                    continue
                if strength > best[company] or (
                    strength == best[company] and steps[holder] + 1 < steps[company]
                ):
                    best[company] = strength
                    steps[company] = steps[holder] + 1
                    before[company] = holder
                    again = len(members) > 1


@njit(cache=True, nogil=True)
def _follow(origin, level, link_offsets, link_to, link_kind, seen, before, queue):
    """Everything that links of a level lead to from the origin, in order of their number.

    A state is an entity, twice: 2 e where majorities alone lead there, 2 e + 1 where a recorded
    link is among them. States go to ``queue``; ``before`` tells the state that each came from.
    """
    queue[0] = 2 * origin
    head, tail = 0, 1
    while head < tail:
        state = queue[head]
        head += 1
        here = state >> 1
        for at in range(link_offsets[here], link_offsets[here + 1]):
            kind = link_kind[at]  # bit 0: recorded, bit 1: only possible
            there = link_to[at]
            if kind & ~level or there == origin:
                continue
            then = 2 * there + ((state & 1) | (kind & 1))
            if seen[then] != level:
                seen[then] = level
                before[level, then] = state
                queue[tail] = then
                tail += 1
    for at in range(1, tail):
        seen[queue[at]] = -1
    return tail


@njit(cache=True, nogil=True)
def _level_of(flags, looked, counted):
    """The level of the links that carry the best answer; -1 where the look-through share does."""
    majority = 0
    if counted & 2:
        majority = 2 if flags & 1 else 1 if flags & 4 else 0
    recorded = 0
    if counted & 4:
        recorded = 2 if flags & 2 else 1 if flags & 8 else 0
    best = max(majority, recorded, looked if counted & 1 else 0)
    if best and majority == best:
        return 0 if best == 2 else 2
    if best and recorded == best:
        return 1 if best == 2 else 3
    return -1


@njit(cache=True, nogil=True)
def look_through(
    first,
    last,
    targets,
    whole,
    offsets,
    owner,
    low,
    extra,
    middle,
    room,
    gone,
    loose,
    owned_offsets,
    owned,
    position,
    at_position,
    block,
    slot,
    begins,
    fill,
    link_offsets,
    link_to,
    link_kind,
    need,
    counted,
    low_value,
    high_value,
    best,
    steps,
    before,
    link_before,
    seen,
    flags,
    queue,
    out_owner,
    out_entity,
    out_low,
    out_high,
    out_flags,
    out_offsets,
    out_chain,
):
    """Rows for targets ``first`` to ``last`` until the buffers are full.

    ``counted`` has bit 0 where look-through shares make controllers, bit 1 where majorities do, bit
    2 where records do: the chain written is that of the best answer. A row is written for every
    company of which the target's upper bound is at least ``need`` billionths, or that control links
    lead to; for all below it where ``whole`` says so. Returns (next target, rows, places of chains,
    rows and places that the next target needs, whether its upper bounds settled).
    """
    rows, links = 0, 0
    out_offsets[0] = 0
    for number in range(first, last):
        target = targets[number]
        # Everything below, by breadth; ``seen`` is -1 outside.
        count = 0
        queue[0] = target
        seen[target] = 9
        head, tail = 0, 1
        while head < tail:
            here = queue[head]
            head += 1
            for at in range(owned_offsets[here], owned_offsets[here + 1]):
                there = owned[at]
                if seen[there] != 9:
                    seen[there] = 9
                    queue[tail] = there
                    tail += 1
        count = tail - 1
        places = np.empty(count, np.int64)
        for at in range(count):
            places[at] = position[queue[at + 1]]
        for at in range(tail):
            seen[queue[at]] = -1
        places.sort()
        below = np.empty(count, np.int32)
        for at in range(count):
            below[at] = at_position[places[at]]
        low_value[target] = 1.0
        high_value[target] = 1.0
        best[target] = 1.0
        steps[target] = 0
        settled = True
        at = 0
        while at < count:
            company = below[at]
            end = at + 1
            if block[company] >= 0:
                while end < count and block[below[end]] == block[company]:
                    end += 1
            group = below[at:end]
            if block[company] >= 0:
                begin = begins[block[company]]
                size = begins[block[company] + 1] - begin
                ring_values(
                    *(group, target, begin, size, slot, fill),
                    *(offsets, owner, low, extra, room, gone, loose, low_value, False),
                )
                known = True
                for one in group:
                    high_value[one] = low_value[one]
                for one in group:
                    for to in range(offsets[one], offsets[one + 1]):
                        if extra[to] > 0 or high_value[owner[to]] != low_value[owner[to]]:
                            known = False
                if not known and not ring_values(
                    *(group, target, begin, size, slot, fill),
                    *(offsets, owner, low, extra, room, gone, loose, high_value, True),
                ):
                    settled = False
                    break
            else:
                low_value[company] = value_of(
                    company, offsets, owner, low, extra, room, loose, low_value, False
                )
                high_value[company] = value_of(
                    company, offsets, owner, low, extra, room, loose, high_value, True
                )
            for one in group:
                steps[one] = 1 << 30
            _chains(group, offsets, owner, middle, best, steps, before)
            at = end
        # Control links, from the surest kind to any. The last level contains all others.
        reached = 0
        if settled and link_offsets[target + 1] > link_offsets[target]:
            for level in range(LINK_LEVELS):
                reached = _follow(
                    target, level, link_offsets, link_to, link_kind, seen, link_before, queue
                )
                for place in range(1, reached):
                    # Levels 1 and 3 are about chains with a recorded link in them.
                    if queue[place] & 1 == level & 1:
                        flags[queue[place] >> 1] |= 1 << level
        # Rows: what is below, then what only links lead to.
        start_rows, start_links = rows, links
        full = 0
        if settled:
            for turn in range(2):
                size = count if turn == 0 else max(0, reached - 1)
                for place in range(size):
                    entity = below[place] if turn == 0 else queue[place + 1] >> 1
                    if turn == 1 and (best[entity] > 0.0 or flags[entity] & WRITTEN):
                        continue  # it lies below, too, or was reached in two ways
                    sure = np.rint(low_value[entity] * 1e9) >= need
                    enough = np.rint(high_value[entity] * 1e9) >= need
                    if not (enough or flags[entity] or whole[number]):
                        continue
                    rows += 1
                    level = _level_of(flags[entity], 2 if sure else 1 if enough else 0, counted)
                    if level < 0 and best[entity] == 0.0:
                        level = 1 if flags[entity] & 2 else 3
                    length = steps[entity] + 1
                    step = 2 * entity + (level & 1)
                    if level >= 0:
                        length = 1
                        here = step
                        while here >> 1 != target:
                            here = link_before[level, here]
                            length += 1
                    if length > LONGEST_CHAIN:
                        length = 0
                    links += length
                    if rows > len(out_owner) or links > len(out_chain):
                        full = 1
                        flags[entity] |= WRITTEN
                        continue
                    out_owner[rows - 1] = target
                    out_entity[rows - 1] = entity
                    out_low[rows - 1] = min(low_value[entity], high_value[entity])
                    out_high[rows - 1] = high_value[entity]
                    out_flags[rows - 1] = flags[entity]
                    out_offsets[rows] = links
                    flags[entity] |= WRITTEN
                    here = entity
                    for back in range(1, length + 1):
                        out_chain[links - back] = here
                        if here == target:
                            break
                        if level < 0:
                            here = before[here]
                        else:
                            step = link_before[level, step]
                            here = step >> 1
        for place in range(1, reached):
            flags[queue[place] >> 1] = 0
        for place in range(count):
            flags[below[place]] = 0
        low_value[target] = 0.0
        high_value[target] = 0.0
        best[target] = 0.0
        for place in range(count):
            low_value[below[place]] = 0.0
            high_value[below[place]] = 0.0
            best[below[place]] = 0.0
        if full or not settled:
            return number, start_rows, start_links, rows - start_rows, links - start_links, settled
    return last, rows, links, 0, 0, True

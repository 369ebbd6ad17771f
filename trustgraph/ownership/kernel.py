"""The kernel: one owner after another, shares in everything below it, compiled by numba.

For an owner the chance that a walk up from a company meets him (``value``) is 1 for himself, and
for a company the sum over its owners of share times their values. Below him, companies come in an
order in which every owner's value is known before it is needed; the members of a ring are solved
together. The lower bound takes every stake at its least. The upper bound is the best over all
shares that the stakes' bounds allow: what is not stated goes to the worthiest owners first, up to
their upper bounds and to 100 % in all. Outside rings the worthiest are known when they are needed;
in a ring the choice and the values are improved in turns until nothing improves, which ends at the
largest value (policy iteration).

A walk inside a ring goes round until it leaves. How often is eliminated one member after another,
without ever subtracting (Grassmann, Taksar & Heyman 1985): a ring held by itself to 99.9999 % loses
no digits, and one that nobody outside holds comes out as what it is.

Who controls what (majorities and recorded controllers) is a search along links, one per owner.
"""

# Compiled functions take arrays and numbers; splitting them further would move the same arrays
# through more signatures.
# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR0912, PLR0913, PLR0915, PLR0917

from __future__ import annotations

import numpy as np
from numba import njit

from trustgraph.ownership.cascading import LONGEST_CHAIN

__all__ = ["LINK_LEVELS", "TURNS", "look_through"]

TURNS = 10_000
"""Turns of improving a ring's upper bound before giving up; each strictly improves it."""

LINK_LEVELS = 4
"""Levels on which links are followed: 0 sure majorities only, 1 also sure recorded controllers,
2 sure and possible majorities, 3 everything. A link's kind is the first level that it serves on."""


@njit(cache=True, nogil=True)
def _leave_ring(inside, met, lost):
    """For every member the chance that a walk from it ends in ``met`` rather than in ``lost``.

    ``inside`` (k, k) holds the chances of one step from member to member, ``met`` and ``lost``
    (k) those of leaving; all three are overwritten. Who can only go round forever gets 0.
    """
    size = len(met)
    leaves = np.zeros(size)
    for gone in range(size - 1, -1, -1):
        out = met[gone] + lost[gone]
        for other in range(gone):
            out += inside[gone, other]
        leaves[gone] = out
        for member in range(gone):
            there = inside[member, gone]
            if there == 0.0:
                continue
            if out <= 0.0:
                lost[member] += there
                continue
            factor = there / out
            met[member] += factor * met[gone]
            lost[member] += factor * lost[gone]
            for other in range(gone):
                inside[member, other] += factor * inside[gone, other]
    chance = np.zeros(size)
    for member in range(size):
        if leaves[member] > 0.0:
            total = met[member]
            for other in range(member):
                total += inside[member, other] * chance[other]
            chance[member] = min(1.0, total / leaves[member])
    return chance


@njit(cache=True, nogil=True)
def _spread(begin, end, owner, low, extra, room, value):
    """The shares of a company's stakes that make its value largest; what is left is nobody's."""
    share = low[begin:end].copy()
    worth = np.empty(end - begin)
    for at in range(begin, end):
        worth[at - begin] = -value[owner[at]]
    left = room
    for place in np.argsort(worth, kind="mergesort"):
        if left <= 0.0 or worth[place] >= 0.0:
            break
        more = min(left, extra[begin + place])
        share[place] += more
        left -= more
    return share, max(0.0, left)


@njit(cache=True, nogil=True)
def _ring_values(members, local, offsets, owner, low, extra, room, gone, loose, value, upper):
    """Values of a ring's members; the best that the bounds allow where ``upper``.

    ``value`` holds the values of whoever stands above, and takes the members'. Returns whether the
    best was reached.
    """
    size = len(members)
    for place in range(size):
        local[members[place]] = place
    turns = 0
    while True:
        inside = np.zeros((size, size))
        met = np.zeros(size)
        lost = np.zeros(size)
        for place in range(size):
            company = members[place]
            begin, end = offsets[company], offsets[company + 1]
            if not upper:
                share, left = low[begin:end], room[company]
            elif loose[company]:
                share, left = low[begin:end] + extra[begin:end], 0.0
            else:
                share, left = _spread(begin, end, owner, low, extra, room[company], value)
            taken = 0.0
            for at in range(begin, end):
                part = share[at - begin]
                holder = owner[at]
                if part == 0.0:
                    continue
                taken += part
                if local[holder] >= 0:
                    inside[place, local[holder]] += part
                else:
                    met[place] += part * value[holder]
                    lost[place] += part * (1.0 - value[holder])
            if upper and loose[company]:
                left = max(0.0, 1.0 - gone[company] - taken)
            lost[place] += left + gone[company]
        found = _leave_ring(inside, met, lost)
        better = False
        for place in range(size):
            if found[place] > value[members[place]] + 1e-15:
                better = True
            value[members[place]] = max(found[place], value[members[place]])
        turns += 1
        if not upper or not better or turns > TURNS:
            break
    for place in range(size):
        local[members[place]] = -1
    return turns <= TURNS


@njit(cache=True, nogil=True)
def _value(company, offsets, owner, low, extra, room, loose, value, upper):
    """The value of a company that is in no ring."""
    begin, end = offsets[company], offsets[company + 1]
    total = 0.0
    if not upper:
        for at in range(begin, end):
            total += low[at] * value[owner[at]]
    elif loose[company]:
        for at in range(begin, end):
            total += (low[at] + extra[at]) * value[owner[at]]
    else:
        share, _ = _spread(begin, end, owner, low, extra, room[company], value)
        for at in range(begin, end):
            total += share[at - begin] * value[owner[at]]
    return min(1.0, total)


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
    """Everything that links of a level lead to from the origin, in order of their number."""
    queue[0] = origin
    seen[origin] = level
    head, tail = 0, 1
    while head < tail:
        here = queue[head]
        head += 1
        for at in range(link_offsets[here], link_offsets[here + 1]):
            if link_kind[at] & ~level:  # bit 0: recorded, bit 1: only possible
                continue
            there = link_to[at]
            if seen[there] != level:
                seen[there] = level
                before[level, there] = here
                queue[tail] = there
                tail += 1
    seen[origin] = -1
    for at in range(1, tail):
        seen[queue[at]] = -1
    return tail


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
    selfish,
    owned_offsets,
    owned,
    position,
    at_position,
    ring,
    link_offsets,
    link_to,
    link_kind,
    need,
    largest_ring,
    given,
    given_low,
    given_high,
    low_value,
    high_value,
    best,
    steps,
    before,
    link_before,
    local,
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

    A row is written for every company of which the target's upper bound is at least ``need``
    billionths, or that control links lead to; for all below it where ``whole`` says so. Returns
    (next target, rows, places of chains, rows and places that the next target needs, state); state
    1 where a ring is larger than ``largest_ring`` and its values are not ``given``, 2 where an
    upper bound did not settle.
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
        state = 0
        at = 0
        while at < count and state == 0:
            company = below[at]
            end = at + 1
            if ring[company] >= 0:
                while end < count and ring[below[end]] == ring[company]:
                    end += 1
            group = below[at:end]
            if ring[company] < 0 and not selfish[company]:
                low_value[company] = _value(
                    company, offsets, owner, low, extra, room, loose, low_value, False
                )
                high_value[company] = _value(
                    company, offsets, owner, low, extra, room, loose, high_value, True
                )
            elif end - at > largest_ring:
                if not given:
                    state = 1
                    break
                for one in group:
                    low_value[one] = given_low[one]
                    high_value[one] = given_high[one]
            else:
                _ring_values(
                    group,
                    local,
                    offsets,
                    owner,
                    low,
                    extra,
                    room,
                    gone,
                    loose,
                    low_value,
                    False,
                )
                for one in group:
                    high_value[one] = low_value[one]
                if not _ring_values(
                    group,
                    local,
                    offsets,
                    owner,
                    low,
                    extra,
                    room,
                    gone,
                    loose,
                    high_value,
                    True,
                ):
                    state = 2
                    break
            for one in group:
                steps[one] = 1 << 30
            _chains(group, offsets, owner, middle, best, steps, before)
            at = end
        # Control links, from the surest kind to any.
        reached = 0
        if state == 0 and link_offsets[target + 1] > link_offsets[target]:
            for level in range(LINK_LEVELS):
                tail = _follow(
                    target, level, link_offsets, link_to, link_kind, seen, link_before, queue
                )
                for place in range(1, tail):
                    flags[queue[place]] |= 1 << level
                reached = tail
        # Rows: what is below, then what only links lead to.
        start_rows, start_links = rows, links
        full = 0
        if state == 0:
            for turn in range(2):
                size = count if turn == 0 else max(0, reached - 1)
                for place in range(size):
                    entity = below[place] if turn == 0 else queue[place + 1]
                    if turn == 1 and best[entity] > 0.0:
                        continue  # it lies below, too: written already
                    enough = np.rint(high_value[entity] * 1e9) >= need
                    if not (enough or flags[entity] or whole[number]) or entity == target:
                        continue
                    rows += 1
                    length = steps[entity] + 1
                    level = -1
                    if flags[entity]:
                        level = 0
                        while not flags[entity] >> level & 1:
                            level += 1
                        length = 1
                        here = entity
                        while here != target:
                            here = link_before[level, here]
                            length += 1
                    if length > LONGEST_CHAIN:
                        length = 0
                    links += length
                    if rows > len(out_owner) or links > len(out_chain):
                        full = 1
                        continue
                    out_owner[rows - 1] = target
                    out_entity[rows - 1] = entity
                    out_low[rows - 1] = min(low_value[entity], high_value[entity])
                    out_high[rows - 1] = high_value[entity]
                    out_flags[rows - 1] = flags[entity]
                    out_offsets[rows] = links
                    here = entity
                    for back in range(1, length + 1):
                        out_chain[links - back] = here
                        if here != target:
                            here = before[here] if level < 0 else link_before[level, here]
        for place in range(1, reached):
            flags[queue[place]] = 0
        low_value[target] = 0.0
        high_value[target] = 0.0
        best[target] = 0.0
        for place in range(count):
            low_value[below[place]] = 0.0
            high_value[below[place]] = 0.0
            best[below[place]] = 0.0
        if state:
            return number, start_rows, start_links, 0, 0, state
        if full:
            return number, start_rows, start_links, rows - start_rows, links - start_links, 0
    return last, rows, links, 0, 0, 0

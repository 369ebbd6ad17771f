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
no digits, and one that nobody outside holds comes out as what it is. (An upper bound's choices are
compared as floats: in a ring that is left with chance d in a round, it is good to some 1e-16 / d.)

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

WRITTEN = 128
"""Flag of an entity whose row is written."""

LINK_LEVELS = 4
"""Levels on which links are followed: 0 sure majorities, 1 also sure recorded controllers, 2 sure
and possible majorities, 3 everything. A link's kind is the first level that it serves on."""


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
def _spread(begin, end, owner, extra, room, value):
    """What each stake of a company takes of its room so that its value is largest, in billionths.

    The worthiest owners first, each up to its upper bound; what is left is nobody's.
    """
    taken = np.zeros(end - begin, np.int64)
    worth = np.empty(end - begin)
    for at in range(begin, end):
        worth[at - begin] = -value[owner[at]]
    for place in np.argsort(worth, kind="mergesort"):
        if room <= 0 or worth[place] >= 0.0:
            break
        taken[place] = min(room, extra[begin + place])
        room -= taken[place]
    return taken


@njit(cache=True, nogil=True)
def _ring_values(members, local, offsets, owner, low, extra, room, gone, loose, value, upper):
    """Values of a ring's members; the best that the bounds allow where ``upper``.

    ``value`` holds the values of whoever stands above, and takes the members'. Returns whether the
    best was reached.
    """
    size = len(members)
    first = np.zeros(size + 1, np.int64)
    for place in range(size):
        company = members[place]
        local[company] = place
        first[place + 1] = first[place] + offsets[company + 1] - offsets[company]
    # Begin with what is stated at least; all of it where everything may be at its most.
    taken = np.zeros(first[size], np.int64)
    for place in range(size):
        company = members[place]
        if upper and loose[company]:
            for at in range(offsets[company], offsets[company + 1]):
                taken[first[place] + at - offsets[company]] = extra[at]
    turns = 0
    while turns <= TURNS:
        inside = np.zeros((size, size))
        met = np.zeros(size)
        lost = np.zeros(size)
        for place in range(size):
            company = members[place]
            free = room[company]
            for at in range(offsets[company], offsets[company + 1]):
                more = taken[first[place] + at - offsets[company]]
                part = low[at] + more / 1e9
                free -= more
                holder = owner[at]
                if part == 0.0:
                    continue
                if local[holder] >= 0:
                    inside[place, local[holder]] += part
                else:
                    met[place] += part * value[holder]
                    lost[place] += part * (1.0 - value[holder])
            lost[place] += free / 1e9 + gone[company]
        found = _leave_ring(inside, met, lost)
        risen = turns == 0
        for place in range(size):
            if found[place] > value[members[place]]:
                value[members[place]] = found[place]
                risen = True
        turns += 1
        if not upper or not risen:
            break
        changed = False
        for place in range(size):
            company = members[place]
            if loose[company]:
                continue
            begin, end = offsets[company], offsets[company + 1]
            better = _spread(begin, end, owner, extra, room[company], value)
            gain, moved = 0.0, 0.0
            for at in range(begin, end):
                more = better[at - begin] - taken[first[place] + at - begin]
                gain += more * value[owner[at]]
                moved += abs(more) * value[owner[at]]
            # Only for the better: among equals the choice stays as it is, for another choice of
            # the same worth may close a ring that nobody leaves.
            if gain > 1e-15 * moved:
                taken[first[place] : first[place + 1]] = better
                changed = True
        if not changed:
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
            total += (low[at] + extra[at] / 1e9) * value[owner[at]]
    else:
        taken = _spread(begin, end, owner, extra, room[company], value)
        for at in range(begin, end):
            total += (low[at] + taken[at - begin] / 1e9) * value[owner[at]]
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
    counted,
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

    ``counted`` has bit 0 where look-through shares make controllers, bit 1 where majorities do, bit
    2 where records do: the chain written is that of the best answer. A row is written for every
    company of which the target's upper bound is at least ``need`` billionths, or that control links
    lead to; for all below it where ``whole`` says so. Returns (next target, rows, places of chains,
    rows and places that the next target needs, state); state
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
        # Control links, from the surest kind to any. The last level contains all others.
        reached = 0
        if state == 0 and link_offsets[target + 1] > link_offsets[target]:
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
        if state == 0:
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
        if state:
            return number, start_rows, start_links, 0, 0, state
        if full:
            return number, start_rows, start_links, rows - start_rows, links - start_links, 0
    return last, rows, links, 0, 0, 0

"""The kernel: one owner after another, shares in everything below it, compiled by numba.

Below an owner, companies come in an order in which every owner's value is known before it is
needed, the members of a ring together; values are those of :mod:`trustgraph.ownership.solving`.
What is known of an owner's companies stands by their *places*, numbers that are given anew for
every owner: memory goes by what one owner owns, not by the register.

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

FEW_OWNERS = 64
"""Owners of a company among whom one is looked for by going through them."""

LINK_LEVELS = 4
"""Levels on which links are followed: 0 sure majorities, 1 also sure recorded controllers, 2 sure
and possible majorities, 3 everything. A link's kind is the first level that it serves on."""


@njit(cache=True, nogil=True)
def _longer(values, used):
    grown = np.empty(2 * len(values), values.dtype)
    grown[:used] = values[:used]
    return grown


@njit(cache=True, nogil=True)
def _place_one(entity, place, who, used):
    """Give an entity the next place; returns ``who``, which may have grown."""
    if used == len(who):
        who = _longer(who, used)
    place[entity] = used
    who[used] = entity
    return who


@njit(cache=True, nogil=True)
def _place_all(target, owned_offsets, owned, position, at_position, links, place, who):
    """Give places to all that lies below the target, to itself, and to what links lead to.

    ``who[p]`` is the entity at place ``p``, ``place`` (n) the way back, -1 elsewhere: first what
    lies below, in order of position, then the target, then the others. Returns (who, how many lie
    below, how many in all).
    """
    link_offsets, link_to, _ = links
    who[0] = target
    place[target] = 0
    head, used = 0, 1
    while head < used:
        here = who[head]
        head += 1
        for at in range(owned_offsets[here], owned_offsets[here + 1]):
            there = owned[at]
            if place[there] < 0:
                who = _place_one(there, place, who, used)
                used += 1
    below = used - 1
    positions = np.empty(below, np.int64)
    for at in range(below):
        positions[at] = position[who[at + 1]]
    positions.sort()
    for at in range(below):
        who[at] = at_position[positions[at]]
        place[who[at]] = at
    who[below] = target
    place[target] = below
    if link_offsets[target + 1] > link_offsets[target]:
        # What links lead to, through anything: below the target or not.
        fresh = np.full(1, target, np.int32)
        reached = np.zeros(used, np.bool_)
        count, begin = 1, 0
        while begin < count:
            here = fresh[begin]
            begin += 1
            for at in range(link_offsets[here], link_offsets[here + 1]):
                there = link_to[at]
                if place[there] < 0:
                    who = _place_one(there, place, who, used)
                    used += 1
                elif place[there] >= len(reached) or reached[place[there]]:
                    continue
                else:
                    reached[place[there]] = True
                if count == len(fresh):
                    fresh = _longer(fresh, count)
                fresh[count] = there
                count += 1
    return who, below, used


@njit(cache=True, nogil=True)
def _chains(members, offsets, owner, middle, place, best, steps, before):
    """The strongest chain from the target to each of some companies, by the means of the shares.

    At equal strength the shorter one, then the one whose last owner comes first. ``best``,
    ``steps`` and ``before`` (the place of the last owner) stand by place.
    """
    again = True
    while again:
        again = False
        for company in members:
            here = place[company]
            for at in range(offsets[company], offsets[company + 1]):
                holder = place[owner[at]]
                if holder < 0 or holder == here:
                    continue
                strength = middle[at] * best[holder]
                if strength <= 0.0:
                    continue
                if strength > best[here] or (
                    strength == best[here] and steps[holder] + 1 < steps[here]
                ):
                    best[here] = strength
                    steps[here] = steps[holder] + 1
                    before[here] = holder
                    again = len(members) > 1


@njit(cache=True, nogil=True)
def _follow(target, level, links, place, who, seen, before, queue):
    """Everything that links of a level lead to from the target, in order of their number.

    A state is a place, twice: 2 p where majorities alone lead there, 2 p + 1 where a recorded link
    is among them. States go to ``queue``; ``before`` tells the state that each came from.
    """
    link_offsets, link_to, link_kind = links
    queue[0] = 2 * place[target]
    head, tail = 0, 1
    while head < tail:
        state = queue[head]
        head += 1
        here = who[state >> 1]
        for at in range(link_offsets[here], link_offsets[here + 1]):
            kind = link_kind[at]  # bit 0: recorded, bit 1: only possible
            there = link_to[at]
            if kind & ~level or there == target:
                continue
            then = 2 * place[there] + ((state & 1) | (kind & 1))
            if seen[then] != level:
                seen[then] = level
                before[level, then] = state
                queue[tail] = then
                tail += 1
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
def _only_stake(target, offsets, owner, extra, middle, loose, owned_offsets, owned, block, links):
    """The one stake of an owner whose one company leads nowhere: its place, or -1.

    Most owners are like that, and what they hold is told at once: nothing adds to the stake, and
    no link leads elsewhere. -1 also where anything makes that less than certain.
    """
    link_offsets, link_to, _ = links
    begin = owned_offsets[target]
    if owned_offsets[target + 1] != begin + 1:
        return -1
    company = owned[begin]
    if (
        owned_offsets[company + 1] > owned_offsets[company]
        or link_offsets[company + 1] > link_offsets[company]
        or block[company] >= 0
        or offsets[company + 1] - offsets[company] > FEW_OWNERS
    ):
        return -1
    for at in range(link_offsets[target], link_offsets[target + 1]):
        if link_to[at] != company:
            return -1
    for at in range(offsets[company], offsets[company + 1]):
        if owner[at] == target:
            if middle[at] > 0.0 and (loose[company] or extra[at] == 0):
                return at
            return -1
    return -1


@njit(cache=True, nogil=True)
def _direct_flags(target, links):
    """``flags`` of an entity that all links of the target lead to, and lead no further."""
    link_offsets, _, link_kind = links
    flags = 0
    for at in range(link_offsets[target], link_offsets[target + 1]):
        kind = link_kind[at]
        for level in range(LINK_LEVELS):
            if kind & ~level == 0 and kind & 1 == level & 1:
                flags |= 1 << level
    return flags


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
    links,
    need,
    counted,
    place,
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
    lead to; for all below it where ``whole`` says so. ``place`` (n) is -1 throughout, before and
    after. Returns (next target, rows, places of chains, rows and places that the next target needs,
    whether its upper bounds settled).
    """
    rows, chained = 0, 0
    out_offsets[0] = 0
    who = np.empty(1024, np.int32)
    for number in range(first, last):
        target = targets[number]
        only = _only_stake(
            *(target, offsets, owner, extra, middle, loose, owned_offsets, owned, block, links)
        )
        if only >= 0:
            least = min(1.0, low[only])
            most = min(1.0, low[only] + extra[only] / 1e9)
            linking = _direct_flags(target, links)
            if not (np.rint(most * 1e9) >= need or linking or whole[number]):
                continue
            if rows == len(out_owner) or chained + 2 > len(out_chain):
                return number, rows, chained, 1, 2, True
            out_owner[rows] = target
            out_entity[rows] = owned[owned_offsets[target]]
            out_low[rows] = min(least, most)
            out_high[rows] = most
            out_flags[rows] = linking
            out_chain[chained] = target
            out_chain[chained + 1] = out_entity[rows]
            rows += 1
            chained += 2
            out_offsets[rows] = chained
            continue
        who, count, used = _place_all(
            target, owned_offsets, owned, position, at_position, links, place, who
        )
        low_value = np.zeros(used)
        high_value = np.zeros(used)
        best = np.zeros(used)
        steps = np.full(used, 1 << 30, np.int32)
        before = np.zeros(used, np.int32)
        low_value[count] = high_value[count] = best[count] = 1.0
        steps[count] = 0
        settled = True
        at = 0
        while at < count:
            company = who[at]
            end = at + 1
            if block[company] >= 0:
                while end < count and block[who[end]] == block[company]:
                    end += 1
            group = who[at:end]
            if block[company] >= 0:
                begin = begins[block[company]]
                size = begins[block[company] + 1] - begin
                ring_values(
                    *(group, target, begin, size, slot, fill),
                    *(offsets, owner, low, extra, room, gone, loose, place, low_value, False),
                )
                high_value[at:end] = low_value[at:end]
                known = True
                for one in group:
                    for to in range(offsets[one], offsets[one + 1]):
                        holder = place[owner[to]]
                        if extra[to] > 0 or (
                            holder >= 0 and high_value[holder] != low_value[holder]
                        ):
                            known = False
                if not known and not ring_values(
                    *(group, target, begin, size, slot, fill),
                    *(offsets, owner, low, extra, room, gone, loose, place, high_value, True),
                ):
                    settled = False
                    break
            else:
                low_value[at] = value_of(
                    *(company, offsets, owner, low, extra, room, loose, place, low_value, False)
                )
                high_value[at] = value_of(
                    *(company, offsets, owner, low, extra, room, loose, place, high_value, True)
                )
            _chains(group, offsets, owner, middle, place, best, steps, before)
            at = end
        # Control links, from the surest kind to any. The last level contains all others.
        flags = np.zeros(used, np.uint8)
        linked = settled and links[0][target + 1] > links[0][target]
        link_before = np.empty((LINK_LEVELS, 2 * used if linked else 0), np.int32)
        if linked:
            seen = np.full(2 * used, -1, np.int8)
            queue = np.empty(2 * used + 1, np.int32)
            for level in range(LINK_LEVELS):
                tail = _follow(target, level, links, place, who, seen, link_before, queue)
                for to in range(1, tail):
                    # Levels 1 and 3 are about chains with a recorded link in them.
                    if queue[to] & 1 == level & 1:
                        flags[queue[to] >> 1] |= 1 << level
        # Rows: what is below, then what only links lead to.
        start_rows, start_chained = rows, chained
        full = False
        for here in range(used if settled else 0):
            if here == count:
                continue
            sure = np.rint(low_value[here] * 1e9) >= need
            enough = np.rint(high_value[here] * 1e9) >= need
            if not (enough or flags[here] or (whole[number] and here < count)):
                continue
            rows += 1
            level = _level_of(flags[here], 2 if sure else 1 if enough else 0, counted)
            if level < 0 and best[here] == 0.0:
                level = 1 if flags[here] & 2 else 3
            length = steps[here] + 1
            if level >= 0:
                length = 1
                state = 2 * here + (level & 1)
                while state >> 1 != count:
                    state = link_before[level, state]
                    length += 1
            if length > LONGEST_CHAIN:
                length = 0
            chained += length
            if rows > len(out_owner) or chained > len(out_chain):
                full = True
                continue
            out_owner[rows - 1] = target
            out_entity[rows - 1] = who[here]
            out_low[rows - 1] = min(low_value[here], high_value[here])
            out_high[rows - 1] = high_value[here]
            out_flags[rows - 1] = flags[here]
            out_offsets[rows] = chained
            state = 2 * here + (level & 1)
            for back in range(1, length + 1):
                out_chain[chained - back] = who[state >> 1]
                if state >> 1 == count:
                    break
                state = 2 * before[state >> 1] if level < 0 else link_before[level, state]
        for at in range(used):
            place[who[at]] = -1
        if full or not settled:
            more = rows - start_rows, chained - start_chained
            return number, start_rows, start_chained, more[0], more[1], settled
    return last, rows, chained, 0, 0, True

"""The kernel: one owner after another, shares in everything below it.

Below an owner, companies come in an order in which every owner's value is known before it is
needed, the members of a ring together. What is known of an owner's companies stands by their
*places*, numbers that are given anew for every owner: memory goes by what one owner owns, not by
the register. Who controls what (majorities and recorded controllers) is a search along links.

A company's *value* is the chance that a walk up from it meets the owner: the sum over its owners of
share times their values. The lower bound takes every stake at its least. The upper bound is the
best over all shares that the stakes' bounds allow: what is not stated goes to the worthiest owners
first, up to their upper bounds and to 100 % in all. Outside rings the worthiest are known when they
are needed; in a ring the choice and the values are improved in turns until nothing improves, which
ends at the largest value (policy iteration).

A walk inside a ring goes round until it leaves. How often is eliminated one member after another,
without ever subtracting (Grassmann, Taksar & Heyman 1985), on a sparse pattern made once per ring:
a ring held by itself to 99.9999 % loses no digits, and one that nobody outside holds comes out as
what it is. (An upper bound's choices are compared as floats: in a ring that is left with chance d
in a round, it is good to some 1e-16 / d.)

Arrays come in groups: ``stakes`` are those of ``ShareBounds`` (offsets, owner, low, extra, middle,
room, gone, loose), ``below`` (owned offsets, owned, position, entity at position), ``rings`` those
of ``Elimination`` (block, slot, begins, offsets, columns, later), ``links`` (offsets, to, kind).
"""

# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR0912, PLR0913, PLR0915, PLR0917

from __future__ import annotations

import numpy as np

from trustgraph.compiled import helper, kernel

__all__ = ["LINK_LEVELS", "LONGEST_CHAIN", "TURNS", "look_through"]

LONGEST_CHAIN = 64
"""Entities of a chain that is written; a longer one is left empty, as nobody reads it."""

FEW_OWNERS = 64
"""Owners of a company among whom one is looked for by going through them."""

LINK_LEVELS = 4
"""Levels on which links are followed: 0 sure majorities, 1 also sure recorded controllers, 2 sure
and possible majorities, 3 everything. A link's kind is the first level that it serves on."""

ENDLESS = 1 << 30
"""Steps to where no chain leads."""

TURNS = 10_000
"""Turns of improving a ring's upper bound before giving up; each strictly improves it."""


# --- What lies below an owner ---------------------------------------------------------------------


@helper
def _longer(values, used):
    grown = np.empty(2 * used, np.int32)
    for at in range(used):
        grown[at] = values[at]
    return grown


@helper
def _sorted(keys):
    """Numbers in ascending order (merge sort: numpy's own takes long to compile)."""
    other = np.empty(len(keys), np.int64)
    width = 1
    while width < len(keys):
        begin = 0
        while begin < len(keys):
            middle = min(begin + width, len(keys))
            end = min(begin + 2 * width, len(keys))
            one, two = begin, middle
            for at in range(begin, end):
                if one < middle and (two >= end or keys[one] <= keys[two]):
                    other[at] = keys[one]
                    one += 1
                else:
                    other[at] = keys[two]
                    two += 1
            begin = end
        keys, other = other, keys
        width *= 2
    return keys


@helper
def _place_all(target, below, links, place, who):
    """Give places to all that lies below the target, to itself, and to what links lead to.

    ``who[p]`` is the entity at place ``p``, ``place`` (n) the way back, -1 elsewhere: first what
    lies below, in order of position, then the target, then the others. Returns (who, which may have
    grown, how many lie below, how many in all).
    """
    owned_offsets, owned, position, at_position = below
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
                if used == len(who):
                    who = _longer(who, used)
                place[there] = used
                who[used] = there
                used += 1
    count = used - 1
    positions = np.empty(count, np.int64)
    for at in range(count):
        positions[at] = position[who[at + 1]]
    positions = _sorted(positions)
    for at in range(count):
        who[at] = at_position[positions[at]]
        place[who[at]] = at
    who[count] = target
    place[target] = count
    if link_offsets[target + 1] > link_offsets[target]:
        # What links lead to, through anything: below the target or not.
        fresh = np.empty(16, np.int32)
        fresh[0] = target
        reached = np.zeros(used, np.bool_)
        known = used
        tail, begin = 1, 0
        while begin < tail:
            here = fresh[begin]
            begin += 1
            for at in range(link_offsets[here], link_offsets[here + 1]):
                there = link_to[at]
                at_place = place[there]
                if at_place < 0:
                    if used == len(who):
                        who = _longer(who, used)
                    place[there] = used
                    who[used] = there
                    used += 1
                elif at_place >= known or reached[at_place]:
                    continue
                else:
                    reached[at_place] = True
                if tail == len(fresh):
                    fresh = _longer(fresh, tail)
                fresh[tail] = there
                tail += 1
    return who, count, used


# --- Values ---------------------------------------------------------------------------------------


@helper
def _worth(entity, place, value):
    """The value of an entity; 0 for all that do not lie below the target."""
    here = place[entity]
    return value[here] if here >= 0 else 0.0


@helper
def _spread(company, stakes, place, value):
    """What each stake of a company takes of its room so that its value is largest, in billionths.

    The worthiest owners first, each up to its upper bound; what is left is nobody's.
    """
    offsets, owner, extra, room = stakes[0], stakes[1], stakes[3], stakes[5][company]
    begin, end = offsets[company], offsets[company + 1]
    taken = np.zeros(end - begin, np.int64)
    while room > 0:
        best, chosen = 0.0, -1
        for at in range(begin, end):
            worth = _worth(owner[at], place, value)
            if worth > best and extra[at] > 0 and taken[at - begin] == 0:
                best, chosen = worth, at
        if chosen < 0:
            break
        taken[chosen - begin] = min(room, extra[chosen])
        room -= taken[chosen - begin]
    return taken


@helper
def _value_of(company, stakes, place, value, upper):
    """The value of a company that is in no ring; its upper bound where ``upper``."""
    offsets, owner, low, extra, loose = stakes[0], stakes[1], stakes[2], stakes[3], stakes[7]
    begin, end = offsets[company], offsets[company + 1]
    total = 0.0
    if not upper:
        for at in range(begin, end):
            total += low[at] * _worth(owner[at], place, value)
    elif loose[company]:
        for at in range(begin, end):
            total += (low[at] + extra[at] / 1e9) * _worth(owner[at], place, value)
    else:
        taken = _spread(company, stakes, place, value)
        for at in range(begin, end):
            total += (low[at] + taken[at - begin] / 1e9) * _worth(owner[at], place, value)
    return min(1.0, total)


@helper
def _chances(members, target, first, taken, begin, size, stakes, rings, place, value):
    """For every member (float64, ``size``) the chance that a walk from it meets the target.

    Row after row: what a member may step to is replaced by what those gone before step to in turn,
    then it is gone itself. Who can only go round forever gets 0, and so does the target, whose own
    row nobody asks for.
    """
    offsets, owner, low, room, gone = stakes[0], stakes[1], stakes[2], stakes[5], stakes[6]
    slot, fill_offsets, columns, later = rings[1], rings[3], rings[4], rings[5]
    base = fill_offsets[begin]
    beyond = np.zeros(fill_offsets[begin + size] - base)  # to whom is not yet gone
    met = np.zeros(size)
    lost = np.zeros(size)
    leaves = np.zeros(size)  # chance of a step to anybody but itself
    step = np.zeros(size)
    for member in range(len(members)):
        company = members[member]
        row = slot[company] - begin
        free = room[company]
        for at in range(offsets[company], offsets[company + 1]):
            more = taken[first[member] + at - offsets[company]]
            part = low[at] + more / 1e9
            free -= more
            if part == 0.0:
                continue
            holder = owner[at]
            inside = slot[holder] - begin
            if 0 <= inside < size and holder != target:
                step[inside] += part
            else:
                worth = _worth(holder, place, value)
                met[row] += part * worth
                lost[row] += part * (1.0 - worth)
        lost[row] += free / 1e9 + gone[company]
        for at in range(fill_offsets[begin + row], later[begin + row]):
            before = columns[at] - begin
            there = step[before]
            step[before] = 0.0
            if there == 0.0:
                continue
            if leaves[before] <= 0.0:
                lost[row] += there
                continue
            factor = there / leaves[before]
            met[row] += factor * met[before]
            lost[row] += factor * lost[before]
            for on in range(later[begin + before], fill_offsets[begin + before + 1]):
                step[columns[on] - begin] += factor * beyond[on - base]
        step[row] = 0.0  # going round through itself changes no chance of where it ends
        leaves[row] = met[row] + lost[row]
        for at in range(later[begin + row], fill_offsets[begin + row + 1]):
            ahead = columns[at] - begin
            beyond[at - base] = step[ahead]
            leaves[row] += step[ahead]
            step[ahead] = 0.0
    chance = np.zeros(size)
    for row in range(size - 1, -1, -1):
        if leaves[row] > 0.0:
            total = met[row]
            for at in range(later[begin + row], fill_offsets[begin + row + 1]):
                total += beyond[at - base] * chance[columns[at] - begin]
            chance[row] = min(1.0, total / leaves[row])
    return chance


@helper
def _ring_values(members, target, stakes, rings, place, value, upper, stop):
    """Values of a ring's members; the best that the bounds allow where ``upper``.

    ``members`` are those of one block, by their slots, without the target. ``value`` (by place)
    holds the values of whoever stands above, and takes the members'. Returns whether the best was
    reached.
    """
    offsets, owner, extra, loose = stakes[0], stakes[1], stakes[3], stakes[7]
    block, slot, begins = rings[0], rings[1], rings[2]
    begin = begins[block[members[0]]]
    size = begins[block[members[0]] + 1] - begin
    count = len(members)
    first = np.zeros(count + 1, np.int64)
    for member in range(count):
        company = members[member]
        first[member + 1] = first[member] + offsets[company + 1] - offsets[company]
    # Begin with what is stated at least; all of it where everything may be at its most.
    taken = np.zeros(first[count], np.int64)
    for member in range(count):
        company = members[member]
        if upper and loose[company]:
            for at in range(offsets[company], offsets[company + 1]):
                taken[first[member] + at - offsets[company]] = extra[at]
    turns = 0
    while turns <= TURNS and stop[0] == 0:
        found = _chances(members, target, first, taken, begin, size, stakes, rings, place, value)
        risen = turns == 0
        for member in range(count):
            company = members[member]
            if found[slot[company] - begin] > value[place[company]]:
                value[place[company]] = found[slot[company] - begin]
                risen = True
        turns += 1
        if not upper or not risen:
            break
        changed = False
        for member in range(count):
            company = members[member]
            if loose[company]:
                continue
            start, end = offsets[company], offsets[company + 1]
            better = _spread(company, stakes, place, value)
            gain, moved = 0.0, 0.0
            for at in range(start, end):
                more = better[at - start] - taken[first[member] + at - start]
                worth = _worth(owner[at], place, value)
                gain += more * worth
                moved += abs(more) * worth
            # Only for the better: among equals the choice stays as it is, for another choice of
            # the same worth may close a ring that nobody leaves.
            if gain > 1e-15 * moved:
                for at in range(start, end):
                    taken[first[member] + at - start] = better[at - start]
                changed = True
        if not changed:
            break
    return turns <= TURNS


@helper
def _is_known(members, stakes, place, low_value, high_value):
    """Whether nothing above a ring's members is open: then both bounds are the same."""
    offsets, owner, extra = stakes[0], stakes[1], stakes[3]
    for member in range(len(members)):
        for at in range(offsets[members[member]], offsets[members[member] + 1]):
            holder = place[owner[at]]
            if extra[at] > 0 or (holder >= 0 and high_value[holder] != low_value[holder]):
                return False
    return True


# --- Chains and control links ---------------------------------------------------------------------


@helper
def _chains(members, stakes, place, best, steps, before):
    """The strongest chain from the target to each of some companies, by the means of the shares.

    At equal strength the shorter one, then the one whose last owner comes first. ``best``,
    ``steps`` and ``before`` (the place of the last owner) stand by place.
    """
    offsets, owner, middle = stakes[0], stakes[1], stakes[4]
    again = True
    while again:
        again = False
        for member in range(len(members)):
            company = members[member]
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


@helper
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
            kind = np.int64(link_kind[at])  # bit 0: recorded, bit 1: only possible
            there = link_to[at]
            if kind & ~level or there == target:
                continue
            then = 2 * place[there] + ((state & 1) | (kind & 1))
            if seen[then] != level + 1:
                seen[then] = level + 1
                before[level, then] = state
                queue[tail] = then
                tail += 1
    return tail


@helper
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


@helper
def _only_stake(target, stakes, below, rings, links):
    """The one stake of an owner whose one company leads nowhere: its place, or -1.

    Most owners are like that, and what they hold is told at once: nothing adds to the stake, and
    no link leads elsewhere. -1 also where anything makes that less than certain.
    """
    offsets, owner, extra, middle, loose = stakes[0], stakes[1], stakes[3], stakes[4], stakes[7]
    owned_offsets, owned = below[0], below[1]
    link_offsets, link_to, _ = links
    begin = owned_offsets[target]
    if owned_offsets[target + 1] != begin + 1:
        return -1
    company = owned[begin]
    if (
        owned_offsets[company + 1] > owned_offsets[company]
        or link_offsets[company + 1] > link_offsets[company]
        or rings[0][company] >= 0
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


@helper
def _direct_flags(target, links):
    """``flags`` of an entity that all links of the target lead to, and lead no further."""
    link_offsets, _, link_kind = links
    flags = 0
    for at in range(link_offsets[target], link_offsets[target + 1]):
        kind = np.int64(link_kind[at])
        for level in range(LINK_LEVELS):
            if kind & ~level == 0 and kind & 1 == level & 1:
                flags |= 1 << level
    return flags


# --- Rows -----------------------------------------------------------------------------------------


@kernel("place", "out", "done")
def look_through(
    span, targets, whole, stakes, below, rings, links, need, counted, place, out, limit, stop, done
):
    """Rows for targets ``span[1]`` to ``span[2]`` until the buffers are full.

    It ends sooner after more than ``limit`` steps, or where ``stop[0]`` is set.

    ``counted`` has bit 0 where look-through shares make controllers, bit 1 where majorities do, bit
    2 where records do: the chain written is that of the best answer. A row is written for every
    company of which the target's upper bound is at least ``need`` billionths, or that control links
    lead to; for all below it where ``whole`` says so. ``place`` (n) is -1 throughout, before and
    after. ``out`` are the arrays of ``OwnerRows``; ``done[0]`` tells how many targets since
    ``span[0]`` are through. Returns (next target, rows, places of chains, rows and places that the
    next target needs, whether its upper bounds settled, steps).
    """
    low, extra, block = stakes[2], stakes[3], rings[0]
    out_owner, out_entity, out_low, out_high, out_flags, out_offsets, out_chain = out
    rows, chained, taken = 0, 0, 0
    out_offsets[0] = 0
    who = np.empty(1024, np.int32)
    for number in range(span[1], span[2]):
        done[0] = number - span[0]
        if taken > limit or stop[0]:
            return number, rows, chained, 0, 0, True, taken
        target = targets[number]
        only = _only_stake(target, stakes, below, rings, links)
        taken += 10
        if only >= 0:
            least = min(1.0, low[only])
            most = min(1.0, low[only] + extra[only] / 1e9)
            linking = _direct_flags(target, links)
            if not (np.rint(most * 1e9) >= need or linking or whole[number]):
                continue
            if rows == len(out_owner) or chained + 2 > len(out_chain):
                return number, rows, chained, 1, 2, True, taken
            out_owner[rows] = target
            out_entity[rows] = below[1][below[0][target]]
            out_low[rows] = min(least, most)
            out_high[rows] = most
            out_flags[rows] = linking
            out_chain[chained] = target
            out_chain[chained + 1] = out_entity[rows]
            rows += 1
            chained += 2
            out_offsets[rows] = chained
            continue
        who, count, used = _place_all(target, below, links, place, who)
        taken += 100 * used
        low_value = np.zeros(used)
        high_value = np.zeros(used)
        best = np.zeros(used)
        steps = np.zeros(used, np.int32)
        before = np.zeros(used, np.int32)
        for one in range(used):
            steps[one] = ENDLESS
        low_value[count] = 1.0
        high_value[count] = 1.0
        best[count] = 1.0
        steps[count] = 0
        settled = True
        at = 0
        while at < count and settled and stop[0] == 0:
            company = who[at]
            end = at + 1
            if block[company] >= 0:
                while end < count and block[who[end]] == block[company]:
                    end += 1
            group = who[at:end]
            if block[company] >= 0:
                _ring_values(group, target, stakes, rings, place, low_value, False, stop)
                for one in range(at, end):
                    high_value[one] = low_value[one]
                settled = _is_known(group, stakes, place, low_value, high_value) or _ring_values(
                    group, target, stakes, rings, place, high_value, True, stop
                )
            else:
                low_value[at] = _value_of(company, stakes, place, low_value, False)
                high_value[at] = _value_of(company, stakes, place, high_value, True)
            if settled:
                _chains(group, stakes, place, best, steps, before)
            at = end
        # Control links, from the surest kind to any. The last level contains all others.
        flags = np.zeros(used, np.uint8)
        linked = settled and links[0][target + 1] > links[0][target]
        link_before = np.empty((LINK_LEVELS, 2 * used if linked else 0), np.int32)
        if linked:
            seen = np.zeros(2 * used, np.int8)
            queue = np.empty(2 * used + 1, np.int32)
            for level in range(LINK_LEVELS):
                # What was seen on another level is not seen on this one.
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
                while state >> 1 != count and length <= LONGEST_CHAIN:
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
        for one in range(used):
            place[who[one]] = -1
        if full or not settled or stop[0]:
            more = rows - start_rows, chained - start_chained
            return number, start_rows, start_chained, more[0], more[1], settled, taken
    done[0] = span[2] - span[0]
    return span[2], rows, chained, 0, 0, True, taken

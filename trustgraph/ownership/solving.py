"""Values of companies from the values of their owners: alone, and in a ring.

Below one owner the chance that a walk up from a company meets him (``value``) is the sum over its
owners of share times their values. The lower bound takes every stake at its least. The upper bound
is the best over all shares that the stakes' bounds allow: what is not stated goes to the worthiest
owners first, up to their upper bounds and to 100 % in all. Outside rings the worthiest are known
when they are needed; in a ring the choice and the values are improved in turns until nothing
improves, which ends at the largest value (policy iteration).

A walk inside a ring goes round until it leaves. How often is eliminated one member after another,
without ever subtracting (Grassmann, Taksar & Heyman 1985), on a sparse pattern made once per ring:
a ring held by itself to 99.9999 % loses no digits, and one that nobody outside holds comes out as
what it is. (An upper bound's choices are compared as floats: in a ring that is left with chance d
in a round, it is good to some 1e-16 / d.)
"""

# Compiled functions take arrays and numbers; splitting them further would move the same arrays
# through more signatures.
# ruff: noqa: ANN001, ANN201, ANN202, PLR0913, PLR0917

# numba keeps compiled code by the file of the function that calls: after a change here, touch
# kernel.py, or it goes on calling what it was compiled with.

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["TURNS", "ring_values", "value_of"]

TURNS = 10_000
"""Turns of improving a ring's upper bound before giving up; each strictly improves it."""


@njit(cache=True, nogil=True, inline="always")
def _worth(entity, place, value):
    """The value of an entity; 0 for all that do not lie below the target."""
    here = place[entity]
    return value[here] if here >= 0 else 0.0


@njit(cache=True, nogil=True)
def _spread(begin, end, owner, extra, room, place, value):
    """What each stake of a company takes of its room so that its value is largest, in billionths.

    The worthiest owners first, each up to its upper bound; what is left is nobody's.
    """
    taken = np.zeros(end - begin, np.int64)
    worth = np.empty(end - begin)
    for at in range(begin, end):
        worth[at - begin] = -_worth(owner[at], place, value)
    for stake in np.argsort(worth, kind="mergesort"):
        if room <= 0 or worth[stake] >= 0.0:
            break
        taken[stake] = min(room, extra[begin + stake])
        room -= taken[stake]
    return taken


@njit(cache=True, nogil=True)
def value_of(company, offsets, owner, low, extra, room, loose, place, value, upper):
    """The value of a company that is in no ring; its upper bound where ``upper``.

    ``value`` holds values by place, ``place`` (n) the place of each entity, -1 where it has none.
    """
    begin, end = offsets[company], offsets[company + 1]
    total = 0.0
    if not upper:
        for at in range(begin, end):
            total += low[at] * _worth(owner[at], place, value)
    elif loose[company]:
        for at in range(begin, end):
            total += (low[at] + extra[at] / 1e9) * _worth(owner[at], place, value)
    else:
        taken = _spread(begin, end, owner, extra, room[company], place, value)
        for at in range(begin, end):
            total += (low[at] + taken[at - begin] / 1e9) * _worth(owner[at], place, value)
    return min(1.0, total)


@njit(cache=True, nogil=True)
def _chances(
    members,
    target,
    first,
    taken,
    begin,
    size,
    slot,
    fill,
    offsets,
    owner,
    low,
    room,
    gone,
    place,
    value,
):
    """For every member (float64, ``size``) the chance that a walk from it meets the target.

    Row after row: what a member may step to is replaced by what those gone before step to in turn,
    then it is gone itself. Who can only go round forever gets 0, and so does the target, whose
    own row nobody asks for.
    """
    fill_offsets, columns, later = fill
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


@njit(cache=True, nogil=True)
def ring_values(
    members,
    target,
    begin,
    size,
    slot,
    fill,
    offsets,
    owner,
    low,
    extra,
    room,
    gone,
    loose,
    place,
    value,
    upper,
):
    """Values of a ring's members; the best that the bounds allow where ``upper``.

    ``members`` are those of the ``size`` slots from ``begin`` on, ascending, without the target.
    ``fill`` is the pattern of :class:`trustgraph.ownership.elimination.Elimination` (offsets,
    columns, later). ``value`` (by ``place``) holds the values of whoever stands above, and takes
    the members'.
    Returns whether the best was reached.
    """
    first = np.zeros(len(members) + 1, np.int64)
    for member in range(len(members)):
        company = members[member]
        first[member + 1] = first[member] + offsets[company + 1] - offsets[company]
    # Begin with what is stated at least; all of it where everything may be at its most.
    taken = np.zeros(first[len(members)], np.int64)
    for member in range(len(members)):
        company = members[member]
        if upper and loose[company]:
            for at in range(offsets[company], offsets[company + 1]):
                taken[first[member] + at - offsets[company]] = extra[at]
    turns = 0
    while turns <= TURNS:
        found = _chances(
            *(members, target, first, taken, begin, size, slot, fill),
            *(offsets, owner, low, room, gone, place, value),
        )
        risen = turns == 0
        for company in members:
            if found[slot[company] - begin] > value[place[company]]:
                value[place[company]] = found[slot[company] - begin]
                risen = True
        turns += 1
        if not upper or not risen:
            break
        changed = False
        for member in range(len(members)):
            company = members[member]
            if loose[company]:
                continue
            start, end = offsets[company], offsets[company + 1]
            better = _spread(start, end, owner, extra, room[company], place, value)
            gain, moved = 0.0, 0.0
            for at in range(start, end):
                more = better[at - start] - taken[first[member] + at - start]
                worth = _worth(owner[at], place, value)
                gain += more * worth
                moved += abs(more) * worth
            # Only for the better: among equals the choice stays as it is, for another choice of
            # the same worth may close a ring that nobody leaves.
            if gain > 1e-15 * moved:
                taken[first[member] : first[member + 1]] = better
                changed = True
        if not changed:
            break
    return turns <= TURNS

"""Relationships of two registers walked side by side: one order in both."""

# ruff: noqa: ANN001, ANN201, ANN202

from __future__ import annotations

from typing import Final

import numpy as np

from trustgraph.compiled import helper, kernel

__all__ = ["mark_relationships"]

_MANY: Final = 64
"""Relationships of the same ends and kind beyond which they are not told apart: all are marked."""


@kernel("marks", "marks_after")
def mark_relationships(before, after, spans, to_new, days, owning, marks, marks_after):
    """Mark the ends of relationships that are not the same, or not in force on both days.

    Looked at are those of the two ``spans`` alone, which begin and end with the same entities.

    ``before`` and ``after`` are (source, target, kind, confidence, said), where ``said`` are the
    arrays of share, its bounds, start and end. ``to_new`` numbers the earlier entities as the later
    ones (-1: gone). The first of ``marks`` is of ends of all such relationships, the second of
    those of kinds that are ``owning``; each by its own numbers.
    """
    source, target = before[0], before[1]
    (one, last), (other, last_after) = spans
    while one < last or other < last_after:
        if one < last and (to_new[source[one]] < 0 or to_new[target[one]] < 0):
            _mark(before, one, owning, marks)
            one += 1
            continue
        order = _order(before, after, to_new, one, last, other, last_after)
        if order < 0:
            _mark(before, one, owning, marks)
            one += 1
        elif order > 0:
            _mark(after, other, owning, marks_after)
            other += 1
        else:
            end, end_after = _end(before, one), _end(after, other)
            if not _all_same(before, one, end, after, other, end_after, days):
                _mark(before, one, owning, marks)
                _mark(after, other, owning, marks_after)
            one, other = end, end_after


@helper
def _mark(relationships, number, owning, marks):
    for end in (relationships[0][number], relationships[1][number]):
        marks[0][end] = True
        if owning[relationships[2][number]]:
            marks[1][end] = True


@helper
def _order(before, after, to_new, one, last, other, last_after):
    if one == last:
        return 1
    if other == last_after:
        return -1
    order = to_new[before[0][one]] - after[0][other]
    if order == 0:
        order = to_new[before[1][one]] - after[1][other]
    if order == 0:
        order = np.int32(before[2][one]) - np.int32(after[2][other])
    return order


@helper
def _end(relationships, begin):
    """Where relationships of the same ends and kind end."""
    source, target, kind = relationships[0], relationships[1], relationships[2]
    end = begin + 1
    while (
        end < len(source)
        and source[end] == source[begin]
        and target[end] == target[begin]
        and kind[end] == kind[begin]
    ):
        end += 1
    return end


@helper
def _all_same(before, begin, end, after, begin_after, end_after, days):
    """Whether two groups say the same on both days, in whatever order."""
    if end - begin != end_after - begin_after or end - begin > _MANY:
        return False
    used = np.zeros(end - begin, np.bool_)
    for one in range(begin, end):
        found = False
        for other in range(begin_after, end_after):
            if not used[other - begin_after] and _same(before, one, after, other):
                used[other - begin_after] = True
                found = True
                break
        start, stop = before[4][3][one], before[4][4][one]
        if not found or (start <= days[0] < stop) != (start <= days[1] < stop):
            return False
    return True


@helper
def _same(before, one, after, other):
    if before[3][one] != after[3][other]:
        return False
    for part in range(len(before[4])):  # noqa: SIM110  # numba knows no generators
        if before[4][part][one] != after[4][part][other]:
            return False
    return True

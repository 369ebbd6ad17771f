"""Where words on the lines of a picture stand: not upon one another, a party or another line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np

__all__ = ["Box", "Curve", "Point", "label_places", "point_of"]

Point = tuple[float, float]
Curve = tuple[Point, Point, Point]
"""Where a line begins, what it bends towards, where it ends (a quadratic Bézier curve)."""
Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""

_ALONG: Final = (0.5, 0.43, 0.57, 0.36, 0.64, 0.29, 0.71, 0.22, 0.78)
"""Places along a line, the middle first: where nothing is in the way, words stand there."""
_SAMPLES: Final = np.linspace(0.0, 1.0, 41)
_UNDER: Final = 30.0
"""What a point of another line under a word counts, in units of covered area."""
_HEAD: Final = (22.0, 22.0)
"""The room of an arrow's head, at the end of each line."""
_AWAY: Final = 60.0
"""What it counts to stand away from the middle, times how far."""


def label_places(
    curves: Sequence[Curve], sizes: Sequence[Point], taken: Iterable[Box]
) -> list[Point]:
    """The middle of each curve's words, of the size (width, height) given with it.

    ``taken`` are the boxes of parties and names. Words are placed in turn, each where it covers
    least of what is there; where every place is as good, in the middle of its line. A size of
    (0, 0) has no words and takes no room.
    """
    boxes: list[Box] = [*taken, *(_box_of(end, _HEAD) for *_, end in curves)]
    drawn = np.array([[point_of(curve, at) for at in _SAMPLES] for curve in curves])
    drawn = drawn.reshape(len(curves), len(_SAMPLES), 2)
    found = []
    for number, (curve, size) in enumerate(zip(curves, sizes, strict=True)):
        places = [point_of(curve, at) for at in _ALONG]
        if not any(size):
            found.append(places[0])
            continue
        others = np.delete(drawn, number, axis=0).reshape(-1, 2)
        costs = [
            _covered(_box_of(place, size), boxes, others) + _AWAY * abs(at - 0.5)
            for at, place in zip(_ALONG, places, strict=True)
        ]
        best = places[costs.index(min(costs))]
        boxes.append(_box_of(best, size))
        found.append(best)
    return found


def point_of(curve: Curve, at: float) -> Point:
    """The point of a curve ``at`` of its way, from 0 to 1."""
    begin, bend, end = ((1 - at) ** 2, 2 * at * (1 - at), at**2)
    x, y = (begin * a + bend * b + end * c for a, b, c in zip(*curve, strict=True))
    return x, y


def _box_of(middle: Point, size: Point) -> Box:
    (x, y), (wide, high) = middle, size
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def _covered(box: Box, boxes: Sequence[Box], points: Any) -> float:
    """How much of the boxes a box covers, and of how many points."""
    there = np.array(boxes).reshape(-1, 4)
    wide = np.minimum(box[2], there[:, 2]) - np.maximum(box[0], there[:, 0])
    high = np.minimum(box[3], there[:, 3]) - np.maximum(box[1], there[:, 1])
    area = (np.maximum(wide, 0) * np.maximum(high, 0)).sum()
    within = (points >= box[:2]).all(axis=1) & (points <= box[2:]).all(axis=1)
    return float(area + _UNDER * within.sum())

"""Many ids looked up at once among others.

Ids are UTF-8 bytes: number ``i`` has ``text[offsets[i]:offsets[i + 1]]``.
"""

# ruff: noqa: ANN001, ANN201, ANN202

from __future__ import annotations

from trustgraph.compiled import helper, kernel

__all__ = ["find_places", "match_ids"]


@kernel("places")
def find_places(offsets, text, wanted_offsets, wanted_text, places):
    """Where each wanted id stands among ascending ones, or where it would, as ``-1 - place``."""
    for number in range(len(places)):
        begin, end = wanted_offsets[number], wanted_offsets[number + 1]
        low, high = 0, len(offsets) - 1
        while low < high:
            half = (low + high) // 2
            if _compared(text, offsets[half], offsets[half + 1], wanted_text, begin, end) < 0:
                low = half + 1
            else:
                high = half
        same = low < len(offsets) - 1 and (
            _compared(text, offsets[low], offsets[low + 1], wanted_text, begin, end) == 0
        )
        places[number] = low if same else -1 - low


@kernel("to_other")
def match_ids(offsets, text, other_offsets, other_text, to_other):
    """The number of each id among other ids (-1: it is not there); both ascend."""
    there = 0
    for number in range(len(to_other)):
        to_other[number] = -1
        while there < len(other_offsets) - 1:
            order = _compared(
                text,
                offsets[number],
                offsets[number + 1],
                other_text,
                other_offsets[there],
                other_offsets[there + 1],
            )
            if order < 0:
                break
            there += 1
            if order == 0:
                to_other[number] = there - 1
                break


@helper
def _compared(text, low, high, other, begin, end):
    for place in range(min(high - low, end - begin)):
        if text[low + place] != other[begin + place]:
            return -1 if text[low + place] < other[begin + place] else 1
    return (high - low) - (end - begin)

"""Many ids looked up at once among those of a register, compiled by numba."""

# ruff: noqa: ANN001, ANN201, ANN202

from __future__ import annotations

from numba import njit

__all__ = ["find_places"]


@njit(cache=True, nogil=True)
def find_places(offsets, text, wanted_offsets, wanted_text, places):
    """Where each wanted id stands among ascending ones, or where it would, as ``-1 - place``.

    Ids are UTF-8 bytes: number ``i`` has ``text[offsets[i]:offsets[i + 1]]``.
    """
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


@njit(cache=True, nogil=True)
def _compared(text, low, high, other, begin, end):
    for place in range(min(high - low, end - begin)):
        if text[low + place] != other[begin + place]:
            return -1 if text[low + place] < other[begin + place] else 1
    return (high - low) - (end - begin)

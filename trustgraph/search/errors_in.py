"""How many typing errors away what was asked for is from the part of a name that is nearest to it.

G. Myers, A fast bit-vector algorithm for approximate string matching based on dynamic programming
(J. ACM 46, 1999), with neighbours that changed places as in H. Hyyrö, A bit-vector algorithm for
computing Levenshtein and Damerau edit distances (Nordic J. Computing 10, 2003). A column of the
table of distances is one whole number, so a name costs as many steps as it has characters.
"""

from __future__ import annotations

__all__ = ["fewest_errors"]


def fewest_errors(asked: str, name: str) -> int:
    """The least number of errors by which ``asked`` could stand somewhere in ``name``.

    An error is a character that is wrong, is missing or is too much, or two neighbours that changed
    places.

    >>> fewest_errors("tial one", "the tail one semiconductor")
    1
    >>> fewest_errors("abc", "")
    3
    """
    size = len(asked)
    everywhere, last = (1 << size) - 1, 1 << size >> 1
    places: dict[str, int] = {}
    for place, character in enumerate(asked):
        places[character] = places.get(character, 0) | 1 << place
    more, less, same, before = everywhere, 0, 0, 0
    now = fewest = size
    for character in name:
        here = places.get(character, 0)
        swapped = (~same & here) << 1 & before
        same = ((((here & more) + more) ^ more) | here | less | swapped) & everywhere
        up, down = (less | ~(same | more)) & everywhere, same & more
        if up & last:
            now += 1
        elif down & last:
            now -= 1
        up, down = up << 1, down << 1
        more, less, before = (down | ~(same | up)) & everywhere, up & same & everywhere, here
        fewest = min(fewest, now)
    return fewest

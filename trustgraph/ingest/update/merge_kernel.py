"""Arrays of a register with rows taken out and rows put in.

A merge is told by ``at``: for each new number the old one, or ``-1 - l`` for the laid row ``l``.
"""

# ruff: noqa: ANN001, ANN201

from __future__ import annotations

from trustgraph.compiled import kernel

__all__ = [
    "consultation_places",
    "copy_text",
    "merge",
    "relationship_places",
    "take",
    "take_coded",
    "text_lengths",
]


@kernel("at", "to_new", "upserted_new")
def merge(removed, places, at, to_new, upserted_new):
    """Fill ``at``, and say where everything goes: ``to_new`` of old rows (-1: nowhere), and
    ``upserted_new`` of laid ones.

    ``removed`` and ``places`` are ascending: laid row ``l`` goes before the old row ``places[l]``.
    """
    out, less, more = 0, 0, 0
    for old in range(len(to_new)):
        while more < len(places) and places[more] <= old:
            at[out] = -1 - more
            upserted_new[more] = out
            more += 1
            out += 1
        if less < len(removed) and removed[less] == old:
            to_new[old] = -1
            less += 1
        else:
            at[out] = old
            to_new[old] = out
            out += 1
    while more < len(places):
        at[out] = -1 - more
        upserted_new[more] = out
        more += 1
        out += 1


@kernel("out")
def take(old, upserted, at, out):
    for place in range(len(at)):
        number = at[place]
        out[place] = old[number] if number >= 0 else upserted[-1 - number]


@kernel("out")
def take_coded(old, upserted, at, codes, out):
    """The same where old values change: to ``codes[value]``, but negative ones stay."""
    for place in range(len(at)):
        number = at[place]
        if number < 0:
            out[place] = upserted[-1 - number]
        elif old[number] < 0:
            out[place] = old[number]
        else:
            out[place] = codes[old[number]]


@kernel("out")
def text_lengths(offsets, upserted_offsets, at, out):
    for place in range(len(at)):
        number = at[place]
        if number >= 0:
            out[place] = offsets[number + 1] - offsets[number]
        else:
            out[place] = upserted_offsets[-number] - upserted_offsets[-1 - number]


@kernel("out")
def copy_text(offsets, text, upserted_offsets, upserted_text, at, out):
    cursor = 0
    for place in range(len(at)):
        number = at[place]
        if number >= 0:
            for byte in range(offsets[number], offsets[number + 1]):
                out[cursor] = text[byte]
                cursor += 1
        else:
            for byte in range(upserted_offsets[-1 - number], upserted_offsets[-number]):
                out[cursor] = upserted_text[byte]
                cursor += 1


@kernel("places")
def relationship_places(source, target, kind, scale, sources, targets, kinds, equal, places):
    """Before which relationship each laid one goes: the first that is greater in order.

    ``equal``: or that is the same. ``sources`` and ``targets`` are keys in order of ids; an old
    entity ``e`` has the key ``(e + 1) * scale``.
    """
    for upserted in range(len(places)):
        low, high = 0, len(source)
        while low < high:
            half = (low + high) // 2
            one, other = (source[half] + 1) * scale, sources[upserted]
            if one == other:
                one, other = (target[half] + 1) * scale, targets[upserted]
                if one == other:
                    one, other = kind[half], kinds[upserted]
            if one < other or (one == other and not equal):
                low = half + 1
            else:
                high = half
        places[upserted] = low


@kernel("places")
def consultation_places(entity, code, day, codes, scale, entities, upserted_codes, days, places):
    """The same of consultations; old sources change to ``codes[code]``."""
    for upserted in range(len(places)):
        low, high = 0, len(entity)
        while low < high:
            half = (low + high) // 2
            one, other = (entity[half] + 1) * scale, entities[upserted]
            if one == other:
                one, other = codes[code[half]], upserted_codes[upserted]
                if one == other:
                    one, other = day[half], days[upserted]
            if one <= other:
                low = half + 1
            else:
                high = half
        places[upserted] = low

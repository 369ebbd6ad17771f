"""Where every row of the new register comes from, table by table, and what its number is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from trustgraph.ingest.update.delta import Delta
from trustgraph.ingest.update.merge_kernel import consultation_places, merge, relationship_places
from trustgraph.register import Int32, Int64, Overlay, Relationships, UInt32
from trustgraph.register.columns import codes_of, in_canonical_order, relationship_content
from trustgraph.register.rows import SeriesIds
from trustgraph.tables.sheet import FILE, ROW

__all__ = [
    "Consulted",
    "Merge",
    "Recoded",
    "consultation_merge",
    "entity_merge",
    "new_numbers",
    "recoded",
    "record_merge",
    "relationship_merge",
    "upserted_relationships",
    "with_sources",
]


@dataclass(frozen=True, slots=True)
class Merge:
    """Where the rows of a table come from.

    ``at`` has one element per new row: the old number, or ``-1 - l`` for the laid row ``order[l]``.
    ``to_new`` gives the new number of each old row (-1: it is gone), ``upserted_new`` that of each
    laid row, by its own number.
    """

    at: Int32
    to_new: Int32
    order: Int64
    upserted_new: Int32


def _merged(size: int, removed: Int64, places: Int64, order: Int64) -> Merge:
    """``places`` (ascending) are those of laid rows in ``order``."""
    at = np.empty(size - len(removed) + len(places), dtype=np.int32)
    to_new = np.empty(size, dtype=np.int32)
    new = np.empty(len(places), dtype=np.int32)
    merge(removed, places, at, to_new, new, work=size + len(places))
    upserted_new = np.empty(len(places), dtype=np.int32)
    upserted_new[order] = new
    return Merge(at, to_new, order, upserted_new)


# --- Entities -------------------------------------------------------------------------------------


def entity_merge(overlay: Overlay) -> Merge:
    """Laid entities that replace others are put in their places; the others between two."""
    size, added = len(overlay.register), len(overlay.follows)
    replaced = overlay.numbers[: len(overlay.numbers) - added]
    every = _merged(size, overlay.removed.entities, overlay.follows, np.arange(added))
    upserted = every.at < 0
    every.at[upserted] -= np.int32(len(replaced))
    at = every.to_new[replaced]
    every.at[at] = -1 - np.arange(len(replaced), dtype=np.int32)
    return Merge(
        every.at, every.to_new, np.arange(len(replaced) + added), np.append(at, every.upserted_new)
    )


def new_numbers(entities: Merge, overlay: Overlay, numbers: Int32) -> Int32:
    """Numbers of the overlay as numbers of the new register; -1 stays."""
    added = len(overlay.follows)
    whole = entities.upserted_new[len(entities.upserted_new) - added :]
    late = numbers >= len(overlay.register)
    found: Int32 = np.where(numbers < 0, -1, entities.to_new[np.where(late, 0, numbers)])
    found = found.astype(np.int32)
    found[late] = whole[numbers[late] - len(overlay.register)]
    return found


# --- Relationships --------------------------------------------------------------------------------


def relationship_merge(overlay: Overlay) -> Merge:
    """By source, target, kind, then by what else they say."""
    upserted, relationships = overlay.relationships, overlay.register.relationships
    keys = [overlay.order(end.astype(np.int64)) for end in (upserted.source, upserted.target)]
    order = _canonical(overlay, keys)
    ends = keys[0][order], keys[1][order], upserted.kind[order].astype(np.int64)
    low, high = (np.empty(len(upserted), dtype=np.int64) for _ in range(2))
    for equal, places in ((True, low), (False, high)):
        scale = len(overlay.follows) + 1
        relationship_places(
            *(
                relationships.source,
                relationships.target,
                relationships.kind,
                scale,
                *ends,
                equal,
                places,
            ),
            work=25 * len(places),
        )
    places, order = _among_equals(overlay, order, low, high)
    return _merged(len(relationships), overlay.removed.relationships, places, order)


def _content(overlay: Overlay) -> list[str]:
    columns = [name for name in overlay.relationship_rows.columns if not name.startswith("__")]
    return sorted(relationship_content(columns))


def _canonical(overlay: Overlay, keys: list[Int64]) -> Int64:
    """The order of laid relationships, by what they say."""
    dense = [np.unique(key, return_inverse=True)[1] for key in keys]
    every = max((int(part.max(initial=0)) for part in dense), default=0) + 1
    ordered = in_canonical_order(
        overlay.relationship_rows.with_columns(
            __source=pl.Series(dense[0]),
            __target=pl.Series(dense[1]),
            __upserted=pl.int_range(pl.len(), dtype=pl.Int64),
        ),
        _content(overlay),
        every.bit_length(),
        last=[FILE, ROW],
    )
    return ordered["__upserted"].to_numpy()


def _among_equals(overlay: Overlay, order: Int64, low: Int64, high: Int64) -> tuple[Int64, Int64]:
    """Places of laid relationships, and these in order, where others have the same ends and kind.

    ``low`` and ``high`` are where those others begin and end.
    """
    equal = np.flatnonzero(high > low)
    if not len(equal):
        return high, order
    content = _content(overlay)
    groups = np.unique(np.column_stack([low[equal], high[equal]]), axis=0)
    known = np.concatenate([np.arange(*group) for group in groups.tolist()])
    rows = overlay.register.relationship_rows
    upserted = overlay.relationship_rows[order[equal]].select(content)
    old = pl.DataFrame({name: rows.gather(name, known) for name in content})
    group = np.append(np.searchsorted(groups[:, 0], known, side="right") - 1, 0)[:-1]
    frame = pl.concat(
        [
            old.with_columns(__group=pl.Series(group), __old=pl.Series(known)),
            upserted.cast(old.schema).with_columns(
                __group=pl.Series(np.searchsorted(groups[:, 0], low[equal])),
                __old=pl.lit(None, dtype=pl.Int64),
            ),
        ]
    ).with_columns(__at=pl.Series(np.append(np.full(len(known), -1), equal)))
    frame = frame.sort("__group", *content, "__at", nulls_last=True)
    following = pl.col("__old").backward_fill().over("__group")
    mine = frame.with_columns(next=following).filter(pl.col("__at") >= 0)
    sorting, following_old = mine["__at"].to_numpy(), mine["next"].fill_null(-1).to_numpy().copy()
    last = following_old < 0
    following_old[last] = high[sorting[last]]
    places, whole = high.copy(), order.copy()
    places[equal], whole[equal] = following_old, order[sorting]
    return places, whole


# --- Records --------------------------------------------------------------------------------------


def record_merge(overlay: Overlay) -> Merge:
    """By entity, then id."""
    register, upserted = overlay.register, overlay.records
    size, removed = len(register.records), overlay.removed.records
    entity = upserted.entity.astype(np.int64)
    known = entity < len(register)
    beyond = np.empty(len(entity), dtype=np.int64)  # where the entity's records end
    own = register.records.entity
    ends = entity.copy()
    ends[~known] = overlay.follows[entity[~known] - len(register)] - 1
    beyond = np.searchsorted(own, ends.astype(own.dtype), side="right").astype(np.int64)
    number, rank = overlay.ranked, overlay.rank
    is_upserted = number >= size
    subject = np.empty(len(number), dtype=np.int64)
    subject[~is_upserted] = own[number[~is_upserted]]
    subject[is_upserted] = entity[number[is_upserted] - size]
    frame = pl.DataFrame(
        {"key": overlay.order(subject), "rank": rank, "number": number, "upserted": is_upserted}
    ).sort("key", "rank")
    following = pl.when(~pl.col("upserted")).then("number").backward_fill().over("key")
    frame = frame.with_columns(next=following).filter("upserted")
    order = frame["number"].to_numpy() - size
    places = frame["next"].fill_null(-1).to_numpy().copy()
    places[places < 0] = beyond[order[places < 0]]
    return _merged(size, removed, places, order)


# --- Words ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recoded:
    """Words in order, and what becomes of codes: ``old`` and ``upserted`` by those there were."""

    words: tuple[str, ...]
    old: UInt32
    upserted: UInt32


def recoded(old: tuple[str, ...], upserted: tuple[str, ...]) -> Recoded:
    """Words of both in order. Codes are counted from 1; 0 stays."""
    words = tuple(sorted({*old, *upserted}))
    place = {word: number for number, word in enumerate(words, 1)}
    maps = (
        np.array([0, *(place[word] for word in part)], dtype=np.uint32) for part in (old, upserted)
    )
    return Recoded(words, *maps)


# --- Consultations --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Consulted:
    """Consultations of the day as arrays: numbers of the overlay, codes of the new words."""

    entity: Int64
    code: UInt32
    day: Int32
    sources: Recoded


def with_sources(day: Delta) -> Consulted:
    """The day's consultations by numbers of its overlay (-1: for all)."""
    overlay, rows = day.overlay, day.consultations
    register = overlay.register
    ids = rows["entity"].fill_null("")
    number = np.maximum(register.ids.places_of(ids), -1)
    late = np.flatnonzero((number < 0) & rows["entity"].is_not_null().to_numpy())
    number[late] = len(register) + SeriesIds(overlay.added).places_of(ids.gather(late))
    upserted = tuple(rows["source"].unique().sort().to_list())
    sources = recoded(register.consultations.source.words, upserted)
    code = codes_of(rows["source"], pl.Series(sources.words, dtype=pl.String))
    days = rows["consulted_on"].to_physical().cast(pl.Int32).to_numpy()
    return Consulted(number, code, days, sources)


def consultation_merge(overlay: Overlay, upserted: Consulted) -> Merge:
    """By entity, source, day."""
    searched = overlay.register.consultations
    key = np.where(upserted.entity < 0, 0, overlay.order(np.maximum(upserted.entity, 0)))
    order = np.lexsort((upserted.day, upserted.code, key))
    places = np.empty(len(key), dtype=np.int64)
    consultation_places(
        *(searched.entity, searched.source.code, searched.day),
        *(upserted.sources.old, len(overlay.follows) + 1),
        *(
            key[order],
            upserted.code[order].astype(np.int64),
            upserted.day[order].astype(np.int64),
            places,
        ),
        work=25 * len(places),
    )
    removed = overlay.removed.entities
    lost = [np.arange(*span) for span in _spans(searched.entity, removed)]
    return _merged(
        len(searched.entity), np.concatenate([removed[:0], *lost]).astype(np.int64), places, order
    )


def _spans(entity: Int32, removed: Int64) -> Any:
    wanted = removed.astype(entity.dtype)
    low = np.searchsorted(entity, wanted, side="left")
    high = np.searchsorted(entity, wanted, side="right")
    return zip(low.tolist(), high.tolist(), strict=True)


def upserted_relationships(overlay: Overlay, entities: Merge) -> Relationships:
    """Laid relationships with the numbers of the new register."""
    upserted = overlay.relationships
    return replace(
        upserted,
        source=new_numbers(entities, overlay, upserted.source),
        target=new_numbers(entities, overlay, upserted.target),
    )

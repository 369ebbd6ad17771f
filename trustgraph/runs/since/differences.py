"""What lies between two runs: what differs in their registers, and what the days make of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.parallel import in_order
from trustgraph.records.as_of import RecordState, lapsed_rules
from trustgraph.register import Bool, Coded, Int32, Int64, Register, Traits, numbers_in
from trustgraph.runs.since.match_kernel import mark_relationships
from trustgraph.schema import KIND_CODES, RELATIONSHIP_KINDS
from trustgraph.scoring.local import Asked

__all__ = ["Moved", "moved_between"]

SPAN_RELATIONSHIPS: Final = 1 << 21
"""Of how many relationships two registers are walked at a time."""

_Spans = tuple[tuple[int, int], tuple[int, int]]

_OWNING = np.zeros(len(RELATIONSHIP_KINDS), dtype=np.bool_)
_OWNING[[KIND_CODES["shareholder"], KIND_CODES["actual_controller"]]] = True
_SAID = ("share", "share_low", "share_high", "start", "end")


@dataclass(frozen=True, slots=True)
class Touched:
    """Who is touched, by the numbers of one of the two registers (int64, ascending).

    ``tied`` are ends of relationships that are not the same or not in force on both days, and
    entities that are not the same; ``staked`` the ends of stakes and controls among these.
    ``subjects`` hold records that are not the same or do not count on both days; ``types`` are
    these records' types, one for each.
    """

    tied: Int64
    staked: Int64
    subjects: Int64
    types: tuple[str, ...]

    def holding(self, codes: frozenset[str] | set[str]) -> Int64:
        """Those who hold such records of some types."""
        chosen = [code in codes for code in self.types]
        return np.unique(self.subjects[np.array(chosen, dtype=np.bool_)])


@dataclass(frozen=True, slots=True)
class Moved:
    """What is touched before and after; ``to_new`` numbers earlier entities (-1: gone).

    ``records`` are the ids of records that are not the same.
    """

    to_new: Int32
    before: Touched
    after: Touched
    records: pl.Series


def moved_between(
    before: Asked,
    after: Asked,
    baseline: RecordState,
    stands: RecordState,
    *,
    threads: int | None = None,
) -> Moved:
    """Compare what two runs were made of; ``baseline`` and ``stands`` are the states of records."""
    old, new = before.overlay.register, after.overlay.register
    to_new = numbers_in(new, old)
    marks = [np.zeros(len(part), dtype=np.bool_) for part in (old, old, new, new)]
    days, pairs = (before.today, after.today), (tuple(marks[:2]), tuple(marks[2:]))
    sides = _arrays(old), _arrays(new)

    def note(spans: _Spans) -> None:
        (low, high), (low_after, high_after) = spans
        mark_relationships(
            *(*sides, spans, to_new, days, _OWNING, *pairs),
            work=10 * (high - low + high_after - low_after),
        )

    for _ in in_order(note, _spans(old, new, to_new), threads=threads):
        pass
    differs = _other_entities(old, new, to_new)
    for marked, entities in zip(
        marks, (differs[0], differs[0], differs[1], differs[1]), strict=True
    ):
        marked[entities] = True
    lapses = tuple(
        lapsed_rules(asked.overlay.register.records, asked.policy, asked.as_of)
        for asked in (before, after)
    )
    records = _records(old, new, baseline, stands, lapses, to_new)
    return Moved(
        to_new=to_new,
        before=_touched(old, marks[0], marks[1], records[0]),
        after=_touched(new, marks[2], marks[3], records[1]),
        records=records[2],
    )


def _spans(old: Register, new: Register, to_new: Int32) -> Iterator[_Spans]:
    """Relationships of both registers from the same entities, so many at a time."""
    was, now = old.relationships.source, new.relationships.source
    low = 0, 0
    for place in range(SPAN_RELATIONSHIPS, len(was), SPAN_RELATIONSHIPS):
        entity = int(was[place])
        if to_new[entity] < 0:  # gone: no place in the other register begins with it
            continue
        ends = np.array([entity, to_new[entity]], dtype=was.dtype)
        high = int(np.searchsorted(was, ends[0])), int(np.searchsorted(now, ends[1]))
        yield (low[0], high[0]), (low[1], high[1])
        low = high
    yield (low[0], len(was)), (low[1], len(now))


def _touched(register: Register, tied: Bool, staked: Bool, records: Int64) -> Touched:
    own = register.records
    return Touched(
        tied=np.flatnonzero(tied),
        staked=np.flatnonzero(staked),
        subjects=own.entity[records].astype(np.int64),
        types=tuple(own.types[code] for code in own.type_code[records].tolist()),
    )


def _arrays(register: Register) -> tuple[Any, ...]:
    relationships = register.relationships
    said = tuple(np.asarray(getattr(relationships, name)) for name in _SAID)
    return (
        relationships.source,
        relationships.target,
        relationships.kind,
        relationships.confidence,
        said,
    )


def _other_entities(old: Register, new: Register, to_new: Int32) -> tuple[Int64, Int64]:
    """Entities that are not the same, by the numbers of each of the two."""
    kept = np.flatnonzero(to_new >= 0)
    now = to_new[kept]
    differs = old.kind[kept] != new.kind[now]
    for field in fields(Traits):
        was, will = getattr(old.traits, field.name), getattr(new.traits, field.name)
        if isinstance(was, Coded):
            words = {word: place for place, word in enumerate(will.words, 1)}
            codes = np.array([0, *(words.get(word, -1) for word in was.words)], dtype=np.int64)
            differs |= codes[was.code[kept]] != will.code[now]
        else:
            differs |= was[kept] != will[now]
    there = np.zeros(len(new), dtype=np.bool_)
    there[now] = True
    removed, added = np.flatnonzero(to_new < 0), np.flatnonzero(~there)
    return np.union1d(kept[differs], removed), np.union1d(now[differs], added).astype(np.int64)


def _records(
    old: Register,
    new: Register,
    baseline: RecordState,
    stands: RecordState,
    lapses: tuple[Int64, ...],
    to_new: Int32,
) -> tuple[Int64, Int64, pl.Series]:
    """Records that are not the same, or count on one of the days: before, after; and their ids."""
    if old.digest == new.digest:
        other = np.flatnonzero((baseline.counts != stands.counts) | (lapses[0] != lapses[1]))
        return other, other, new.records.rows.gather("id", other)
    was = _table(old, baseline, lapses[0])
    was = was.with_columns(pl.Series("entity", to_new[old.records.entity]))
    now = _table(new, stands, lapses[1])
    both = was.join(now, on="id", how="full", suffix="_now")
    said = [name for name in was.columns if name not in {"id", "number"}]
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in said)
    moved = both.filter(differs)
    earlier, later = (moved[name].drop_nulls().to_numpy() for name in ("number", "number_now"))
    return earlier, later, moved.select(pl.coalesce("id", "id_now")).to_series()


def _table(register: Register, record_state: RecordState, lapses: Int64) -> pl.DataFrame:
    records = register.records
    types = pl.Series(records.types, dtype=pl.String)
    return pl.DataFrame(
        {
            "id": records.rows.slice(0, len(records), ["id"])["id"],
            "number": np.arange(len(records)),
            "entity": records.entity,
            "type": types.gather(records.type_code),
            "decided": records.decided_on,
            "ends": records.ends_on,
            "repaired": records.repaired_on,
            "withdrawn": records.withdrawn,
            "amount": records.amount,
            "counts": record_state.counts,
            "lapses": lapses,
        }
    )

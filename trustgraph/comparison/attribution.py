"""What each change of a line is owed to, between two worlds that differ in one thing.

A line is what a record weighs times how far it reaches. Where both changed, what the weight alone
would have changed is owed to the record, the rest to what the chain is made of. A record that
weighs the same may cap its holder's grade otherwise: that is told beside, and comes to no points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from trustgraph.comparison.matching import Match, RecordTable, ends_of, record_table
from trustgraph.comparison.steps import KEY, Weighed, World
from trustgraph.register import Bool, Int64, day_number

__all__ = ["CAUSES", "causes_between"]

CAUSES: Final = (
    "rule or weight changed",
    "entity added",
    "entity removed",
    "record added",
    "record removed",
    "record repaired",
    "record withdrawn",
    "record ended",
    "record decayed",
    "record forgotten",
    "record voided",
    "record no longer void",
    "relationship begun",
    "relationship ended",
    "data corrected",
    "exposure cap",
    "clamp",
    "consequences changed",
    "status changed",
    "blocked or freed",
    "coverage changed",
)
"""What a change of a score or grade can be owed to, in the order in which they are told."""

_CODE: Final = {cause: place for place, cause in enumerate(CAUSES)}
_RELATIONSHIP: Final = ["source", "target", "kind"]
_SAID: Final = ["share", "share_low", "share_high", "confidence"]


def causes_between(
    match: Match, before: Weighed, after: Weighed
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Changes of lines, and of what caps grades, by common numbers.

    The former has ``entity, line, record, cause, micro`` and adds up; a line may have two rows. The
    latter has ``entity, record, cause`` of records that cap their holder's grade at another rank.
    ``cause`` is a place in ``CAUSES``.
    """
    moved = _moved(before.lines, after.lines)
    tables = _record_tables(match, before.world, after.world)
    weighs = (before.micro != after.micro) | (before.counts != after.counts)
    caps = before.cap != after.cap
    caps |= (after.cap >= 0) & (tables.was.entity != tables.now.entity)
    if after.world.step == "policy":
        cause = np.full(match.records, _CODE["rule or weight changed"], dtype=np.int64)
        return _attributed(moved, pl.lit(_CODE["rule or weight changed"])), _capping(
            tables, caps, cause
        )
    cause = _record_causes(tables, before, after)
    weight = np.where(weighs, cause, -1)[moved["record"].to_numpy()]
    moved = moved.with_columns(
        weight=pl.Series(weight, dtype=pl.Int64),
        m_after=pl.Series(after.micro[moved["record"].to_numpy()], dtype=pl.Int64),
    )
    both = pl.col("micro_before").is_not_null() & pl.col("micro_after").is_not_null()
    # What the line would be with the new weight, had nothing else changed.
    alone = (pl.col("m_after").cast(pl.Float64) * pl.col("reach_before")).round(0, "half_to_even")
    by_weight = pl.col("weight") >= 0
    first = (
        pl.when(by_weight & both)
        .then(alone.cast(pl.Int64) - pl.col("micro_before"))
        .when(by_weight)
        .then(pl.col("micro"))
        .otherwise(0)
    )
    moved = moved.with_columns(first=first).with_columns(rest=pl.col("micro") - pl.col("first"))
    attributed = _attributed(
        moved.filter(pl.col("first") != 0).with_columns(micro="first"), pl.col("weight")
    )
    left = moved.filter(pl.col("rest") != 0).with_columns(micro="rest")
    lines = pl.concat(
        [
            attributed,
            _attributed(left, _relationship_causes(match, before.world, after.world, left)),
        ]
    )
    return lines, _capping(tables, caps, cause)


def _capping(tables: _Tables, which: Bool, cause: Int64) -> pl.DataFrame:
    """Whose grades some records cap, before or after, and why they do so otherwise."""
    record = np.flatnonzero(which)
    rows = [
        pl.DataFrame({"entity": table.entity[some], "record": some, "cause": cause[some]})
        for table in tables.both
        for some in (record[table.there[record]],)
    ]
    return pl.concat(rows).unique()


def _attributed(rows: pl.DataFrame, cause: pl.Expr | pl.Series) -> pl.DataFrame:
    made = rows.with_columns(cause=cause)
    return made.select(*KEY, pl.col("cause").cast(pl.UInt8), "micro")


def _moved(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Lines whose amount is not the same, with both chains (``at_…`` and ``to_…``)."""
    renamed = {name: name.replace("at_", "to_") for name in after.columns if name.startswith("at_")}
    joined = before.rename({"micro": "micro_before", "reach": "reach_before"}).join(
        after.rename({"micro": "micro_after", "reach": "reach_after", **renamed}),
        on=list(KEY),
        how="full",
        coalesce=True,
    )
    micro = pl.col("micro_after").fill_null(0) - pl.col("micro_before").fill_null(0)
    return joined.with_columns(micro=micro).filter(pl.col("micro") != 0).sort(KEY)


# --- Records --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tables:
    """What is said of records before and after; codes of types are places in ``types``."""

    types: tuple[str, ...]
    was: RecordTable
    now: RecordTable

    @property
    def both(self) -> tuple[RecordTable, RecordTable]:
        return self.was, self.now


def _record_tables(match: Match, before: World, after: World) -> _Tables:
    registers = before.register, after.register
    types = tuple(sorted({code for register in registers for code in register.records.types}))
    return _Tables(types, *(record_table(match, register, types) for register in registers))


def _record_causes(tables: _Tables, before: Weighed, after: Weighed) -> Int64:
    """By record, why it would weigh otherwise, or cap grades otherwise (a place in ``CAUSES``)."""
    steps = before.world, after.world
    was, now = tables.both
    ceased, began = before.counts & ~after.counts, ~before.counts & after.counts
    default = "record decayed" if after.world.step == "day" else "data corrected"
    cause = np.full(len(was.there), _CODE[default], dtype=np.int64)

    def attribute(where: Bool, name: str) -> None:
        cause[where] = _CODE[name]

    if after.world.step == "day":
        attribute(_versions(steps, now, tables.types), "rule or weight changed")
        attribute(ceased, "record ended")
        attribute(ceased & after.forgotten, "record forgotten")
        repaired = now.repaired_on <= day_number(after.world.as_of)
        attribute(ceased & repaired, "record repaired")
        attribute(began, "record added")
    else:
        attribute(ceased & (was.ends_on != now.ends_on), "record ended")
        attribute(ceased & (was.repaired_on != now.repaired_on), "record repaired")
        attribute(ceased & (was.withdrawn != now.withdrawn), "record withdrawn")
        attribute(~was.there & now.there, "record added")
        attribute(was.there & ~now.there, "record removed")
    attribute(before.counts & after.counts & ~before.voided & after.voided, "record voided")
    attribute(before.counts & after.counts & before.voided & ~after.voided, "record no longer void")
    return cause


def _versions(steps: tuple[World, World], table: RecordTable, types: tuple[str, ...]) -> Bool:
    """Records of types of which another version is in force on the later day."""
    changed = np.zeros(max(1, len(types)), dtype=np.bool_)
    for place, code in enumerate(types):
        versions = (world.policy.record_type(code, world.as_of) for world in steps)
        changed[place] = len({id(version) for version in versions}) > 1
    found: Bool = changed[table.type_code] & table.there
    return found


# --- Relationships --------------------------------------------------------------------------------


def _relationship_causes(
    match: Match, before: World, after: World, lines: pl.DataFrame
) -> pl.Series:
    """Which relationship's change a line is owed to: of its chain, else of whom it passes."""
    if not lines.height:
        return pl.Series("cause", [], dtype=pl.UInt8)
    places = [name for name in lines.columns if name[:3] in {"at_", "to_"}]
    indexed = lines.with_row_index("line_row")
    passed = (
        pl.concat([indexed.select("line_row", end=name) for name in [*places, "entity"]])
        .filter(pl.col("end") >= 0)
        .unique()
    )
    relationships = _changed_relationships(match, before, after, passed["end"].unique().to_numpy())
    pairs = _pairs(indexed, "at_"), _pairs(indexed, "to_")
    on_chain = pl.concat(pairs).join(relationships, on=["low", "high"])
    touching = pl.concat(
        [
            relationships.select(end="low", cause="cause"),
            relationships.select(end="high", cause="cause"),
        ]
    ).unique()
    nearby = passed.join(touching, on="end")
    none = pl.lit(_CODE["data corrected"], pl.UInt8)
    found = indexed.select("line_row")
    for name, frame in (("chain", on_chain), ("near", nearby)):
        least = frame.group_by("line_row").agg(pl.col("cause").min().alias(name))
        found = found.join(least, on="line_row", how="left", maintain_order="left")
    return found.select(pl.coalesce("chain", "near", none).alias("cause")).to_series()


def _pairs(lines: pl.DataFrame, begin: str) -> pl.DataFrame:
    """Whom a chain joins directly: ``line_row``, ``low``, ``high``."""
    names = [name for name in lines.columns if name.startswith(begin)]
    there = "micro_after" if begin == "to_" else "micro_before"
    rows = lines.filter(pl.col(there).is_not_null())
    found = []
    for here, onward in zip(names, [*names[1:], "entity"], strict=True):
        # Where the chain is shorter than it might be, its last link leads to the entity itself.
        end = pl.when(pl.col(onward) >= 0).then(onward).otherwise("entity")
        found.append(
            rows.filter(pl.col(here) >= 0).select(
                "line_row",
                low=pl.min_horizontal(here, end),
                high=pl.max_horizontal(here, end),
            )
        )
    schema = {"line_row": pl.UInt32, "low": pl.Int64, "high": pl.Int64}
    return pl.concat([pl.DataFrame(schema=schema), *found])


def _changed_relationships(match: Match, before: World, after: World, ends: Int64) -> pl.DataFrame:
    """Relationships in force in one world and not so in the other, that touch some entities.

    ``low`` and ``high`` are the ends, ``cause`` what became of them.
    """
    was, now = (_relationships_in_force(match, world, ends) for world in (before, after))
    columns = [*_RELATIONSHIP, *_SAID, "copy"]
    removed = was.join(now, on=columns, how="anti")
    come = now.join(was, on=columns, how="anti")
    both = (
        removed.select(_RELATIONSHIP)
        .unique()
        .join(come.select(_RELATIONSHIP).unique(), on=_RELATIONSHIP)
    )
    corrected = both.with_columns(cause=pl.lit(_CODE["data corrected"], pl.UInt8))
    ended = removed.join(both, on=_RELATIONSHIP, how="anti").select(_RELATIONSHIP)
    begun = come.join(both, on=_RELATIONSHIP, how="anti").select(_RELATIONSHIP)
    return pl.concat(
        [
            corrected,
            ended.with_columns(cause=pl.lit(_CODE["relationship ended"], pl.UInt8)),
            begun.with_columns(cause=pl.lit(_CODE["relationship begun"], pl.UInt8)),
        ]
    ).select(
        low=pl.min_horizontal("source", "target"),
        high=pl.max_horizontal("source", "target"),
        cause="cause",
    )


def _relationships_in_force(match: Match, world: World, ends: Int64) -> pl.DataFrame:
    relationships = world.register.relationships
    source, target = ends_of(match, world.register)
    touched = np.zeros(match.entities, dtype=np.bool_)
    touched[ends] = True
    live = relationships.in_force(day_number(world.as_of)) & (touched[source] | touched[target])
    frame = pl.DataFrame(
        {
            "source": source[live],
            "target": target[live],
            "kind": relationships.kind[live],
            **{name: getattr(relationships, name)[live] for name in _SAID},
        }
    )
    columns = [*_RELATIONSHIP, *_SAID]
    return frame.with_columns(copy=pl.int_range(pl.len()).over(columns))

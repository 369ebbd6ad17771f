"""Pairs that exclude one another: rules that need no record, such as two bidders that are one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl

from trustgraph.legal.routes import (
    Law,
    entries_of,
    expand,
    from_regions,
    hub_place,
    merge,
    of_kinds,
    start_walks,
    walk,
)
from trustgraph.parallel import in_order
from trustgraph.policy import Route, Rule
from trustgraph.register import Bool, Int64

__all__ = ["COMPUTED", "pairs"]

COMPUTED: Final = "computed controller"
"""Detail of a consequence that rests on a controller found by computation."""

START_BLOCK = 1 << 18
"""Entities from which pairs are looked for at a time."""


def pairs(law: Law, rule: Rule) -> Iterator[pl.DataFrame]:
    """Pairs that exclude one another; through a hub of very many one row a member is enough.

    A person who stands behind more companies than the pack's ``max_fanout`` would give as many
    rows as companies squared; there each company gets one row whose chain ends at the hub and
    whose detail counts the others.
    """
    starts = np.flatnonzero(of_kinds(law.register, rule.from_kinds))
    blocks = [starts[low : low + START_BLOCK] for low in range(0, len(starts), START_BLOCK)]
    yield from in_order(lambda block: _pairs_from(law, rule, block), blocks)


def _pairs_from(law: Law, rule: Rule, starts: Int64) -> pl.DataFrame:
    begin = start_walks(starts)
    found: list[pl.DataFrame] = []
    for route in law.routes(rule):
        hubs, rows = _crowded(law, rule, route, begin)
        found.append(rows)
        found.append(
            walk(law, rule, route, begin, barred=hubs)
            .filter(pl.col("entity") != pl.col("chain").list.first())
            .with_columns(
                detail=pl.when("computed").then(pl.lit(COMPUTED)),
                others=pl.lit(0, dtype=pl.Int64),
            )
        )
    rows = pl.concat(found).with_columns(
        other=pl.col("entity"), entity=pl.col("chain").list.first()
    )
    return (
        # A hub that several routes lead to is told with the most that it stands for.
        rows.with_columns(fewer=-pl.col("others"))
        .sort("entity", "other", "possible", "computed", "chain_length", "chain", "fewer")
        .unique(["entity", "other"], keep="first", maintain_order=True)
        .drop("others", "fewer")
        .with_columns(rule=pl.lit(rule.code))
    )


def _crowded(law: Law, rule: Rule, route: Route, begin: pl.DataFrame) -> tuple[Bool, pl.DataFrame]:
    """Middles that lead on to more than ``max_fanout`` others, and the rows that stand for them.

    Relationships in force are counted before any other test, as exposure does.
    """
    crowded = np.zeros(len(law.register), dtype=np.bool_)
    flags = {"possible": pl.Boolean, "computed": pl.Boolean}
    schema = {"entity": pl.Int32, "record": pl.Int64, **flags}
    none = pl.DataFrame(
        schema={
            **schema,
            "chain": pl.List(pl.Int32),
            "chain_length": pl.UInt32,
            "detail": pl.String,
            "others": pl.Int64,
        }
    )
    place = hub_place(route)
    if place is None:
        return crowded, none
    walks = from_regions(law, route, begin)
    for number in range(place):
        walks = merge(expand(law, route.steps[number], walks, number), number + 1)
        if rule.not_through:
            at = walks[f"at_{number + 1}"].to_numpy()
            walks = walks.filter(~of_kinds(law.register, rule.not_through, at))
    middle = f"at_{place}"
    middles = walks[middle].unique().sort().to_numpy()
    row, entry = entries_of(law.register, middles, route.steps[place].steps)
    live = law.register.relationships.in_force_of(law.register.adjacency.edge[entry], law.today)
    size = np.bincount(row[live], minlength=len(middles))
    hubs = size > law.policy.max_fanout
    if not hubs.any():
        return crowded, none
    crowded[middles[hubs]] = True
    # Whoever begins is among those whom a hub leads on to, but where it stands for somebody else.
    others = size[hubs].astype(np.int64) - (1 if place == 1 else 0)
    sizes = pl.DataFrame({middle: middles[hubs], "others": others})
    rows = walks.join(sizes, on=middle, maintain_order="left").select(
        entity=pl.col(middle),
        record=pl.col("record"),
        possible=pl.col("possible") | rule.unproven,
        computed=pl.col("computed"),
        chain=pl.concat_list(f"at_{number}" for number in range(place + 1)),
        chain_length=pl.lit(place + 1, dtype=pl.UInt32),
        detail=pl.format("{} others", pl.col("others")),
        others=pl.col("others"),
    )
    return crowded, rows

"""The relationships in force that a channel names, with the factors that a channel may ask for.

The same as ``trustgraph.exposure.graph`` has for the local engine. What decides a factor are counts
and sums over all relationships of one kind at one end; they are made once for every end, as whole
numbers, and joined to the entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from trustgraph.engines.spark.entries import entries_of, in_force
from trustgraph.engines.spark.stages import Stages
from trustgraph.exposure import step_table
from trustgraph.exposure.graph import SHARE_EQUAL, SHARE_MULTIPLY, StepTable, missing_shares
from trustgraph.policy import Policy
from trustgraph.schema import BILLION, RELATIONSHIP_KINDS, STEPS, opposite

__all__ = ["Walkable", "carried_steps", "channel_steps", "walkable"]

_OF_WHOLE: Final = [
    step
    for step in range(len(STEPS))
    for kind in [RELATIONSHIP_KINDS[step >> 1]]
    if not kind.symmetric and (kind.whole == "source") == (step & 1 == 0)
]


@dataclass(frozen=True, slots=True)
class Walkable:
    """Entries that walks may take: ``entity, step, neighbour, neighbour_kind, stated, confidence,
    multiply, peers``.

    ``first`` are those of the records' own entities, which are exempt from every barrier; ``on``
    those that a walk may go on along: none of a public body, none of a kind and direction of which
    its entity has more than ``max_fanout``. So whoever has a million relationships of a kind has
    none of them in ``on``: a hub is cut before anything is joined to it.
    """

    first: DataFrame
    on: DataFrame


def carried_steps(table: StepTable) -> list[int]:
    """The steps that some channel carries along."""
    return [step for step in range(len(STEPS)) if (table.strength[:, step] > 0).any()]


def channel_steps(stages: Stages, policy: Policy) -> DataFrame:
    """The automaton: ``channel, step, strength, mode, floor, then``; floor -1: none asked for."""
    table = step_table(policy)
    rows = [
        (
            channel,
            step,
            float(table.strength[channel, step]),
            int(table.share[channel, step]),
            int(table.min_share[channel, step]),
            int(table.then[channel, step]),
        )
        for channel in range(len(table.codes))
        for step in carried_steps(table)
        if table.strength[channel, step] > 0
    ]
    schema = "channel int, step int, strength double, mode int, floor int, then int"
    return stages.small(rows, schema)


def walkable(
    stages: Stages, relationships: DataFrame, origins: DataFrame, policy: Policy, *, today: int
) -> Walkable:
    """What walks from some entities (``entity``, distinct) may take."""
    table = step_table(policy)
    steps = carried_steps(table)
    live = relationships.filter(in_force(today))
    # A sum may be asked for at the other end of a step: both directions of every kind are summed.
    seen = sorted({*steps, *(opposite(step) for step in steps)})
    sums = stages.kept("sums", lambda: _sums(live, seen), words="counting relationships")
    entries = entries_of(live, steps, "share", "confidence")
    first = stages.kept(
        "walks-first",
        lambda: _factored(
            stages, entries.join(origins, "entity", "left_semi"), sums, table, policy
        ),
        words="relationships of the records' entities",
    )
    if policy.max_hops < 2:
        return Walkable(first, first.limit(0))

    def going_on() -> DataFrame:
        closed = sums.filter(sf.col("count") > policy.max_fanout).select("entity", "step")
        passed = entries.filter(sf.col("kind") != "public_body")
        if policy.max_hops == 2:  # nobody else is passed through
            reached = first.select(sf.col("neighbour").alias("entity")).distinct()
            passed = passed.join(reached, "entity", "left_semi")
        passed = passed.join(closed, ["entity", "step"], "left_anti")
        return _factored(stages, passed, sums, table, policy)

    return Walkable(first, stages.kept("walks-on", going_on, words="relationships beyond"))


def _sums(live: DataFrame, steps: list[int]) -> DataFrame:
    """Of each entity and step: relationships in force, their known shares, how many are unknown."""
    known = sf.col("share") >= 0
    return (
        entries_of(live, steps, "share")
        .groupBy("entity", "step")
        .agg(
            sf.count("*").alias("count"),
            sf.sum(sf.when(known, sf.col("share").cast("bigint")).otherwise(0)).alias("known"),
            sf.count(sf.when(~known, 1)).alias("unknown"),
        )
    )


def _factored(
    stages: Stages, entries: DataFrame, sums: DataFrame, table: StepTable, policy: Policy
) -> DataFrame:
    """Entries with their share factors, as ``exposure.graph_kernel.fill_rows`` gives them."""
    equal = [s for s in range(len(STEPS)) if (table.share[:, s] == SHARE_EQUAL).any()]
    multiplied = [s for s in range(len(STEPS)) if (table.share[:, s] == SHARE_MULTIPLY).any()]
    missing = missing_shares(policy)
    per_step = stages.small(
        [
            (step, opposite(step), step in equal, step in multiplied, float(missing[step]))
            for step in carried_steps(table)
        ],
        "step int, arriving int, equal boolean, multiplied boolean, missing double",
    )
    rows = entries.join(per_step, "step")
    unknown = sf.col("multiplied") & (sf.col("share") < 0)
    # The whole is at this end, or it is at the other one, where the peers are counted, too.
    here = unknown & sf.col("step").isin(_OF_WHOLE)
    there = unknown & sf.col("arriving").isin(_OF_WHOLE)
    of_kinds = sums.select(
        sf.col("entity").alias("neighbour"),
        sf.col("step").alias("arriving"),
        sf.col("count").alias("count_there"),
        sf.col("known").alias("known_there"),
        sf.col("unknown").alias("unknown_there"),
    )
    own = sums.filter(sf.col("step").isin(_OF_WHOLE) & (sf.col("unknown") > 0)).select(
        "entity",
        "step",
        sf.col("known").alias("known_here"),
        sf.col("unknown").alias("unknown_here"),
    )
    # An entry is itself among those that are counted at its other end: there always is a sum.
    joined = rows.join(of_kinds, ["neighbour", "arriving"])
    joined = joined.join(own, ["entity", "step"], "left")
    part = sf.when(here, _equal_part("known_here", "unknown_here")).when(
        there, _equal_part("known_there", "unknown_there")
    )
    factor = (
        sf.when(sf.col("share") >= 0, sf.col("share") / sf.lit(1e9))
        .when(unknown & part.isNotNull(), sf.least(sf.col("missing"), part))
        .when(unknown, 0.0)
        .otherwise(1.0)
    )
    peers = sf.when(sf.col("equal"), sf.col("count_there")).otherwise(1)
    return joined.select(*_entry_columns(), factor.alias("multiply"), peers.alias("peers"))


def _entry_columns() -> list[Column]:
    names = ("entity", "step", "neighbour", "neighbour_kind", "confidence")
    return [*(sf.col(name) for name in names), sf.col("share").alias("stated")]


def _equal_part(known: str, unknown: str) -> Column:
    """What the known shares leave, in equal parts: never 0 / 0, for this one is unknown itself."""
    left = sf.greatest(sf.lit(0), sf.lit(BILLION) - sf.col(known)).cast("double")
    count = sf.greatest(sf.col(unknown), sf.lit(1)).cast("double")
    return left / count / sf.lit(1e9)

"""Market exposure by joins: the strongest chain from every record to every party it weighs on.

Records of one entity that enter the same channel share one walk, told by (origin, entered). A
frontier holds the walks of one number of steps; a join with the entries takes them one further.

What is kept of a frontier is what a result can come from, and no more. Of two walks to the same
(entity, channel) in the same number of steps, one is needless if it is neither stronger nor sorts
first: rounding is monotone, so whatever follows, it can give no larger product, and no earlier
chain of the same product. Those more than a hair (1e-12) below the strongest are needless, too: as
rounding costs less than 1e-14, no longer walk of theirs can come up to the best. Walks of two
steps, the usual number, need neither: the chain in between is one entity. Nothing here is summed in
float64, so that no order of rows, partitions or retries can show.
"""

from __future__ import annotations

from functools import partial

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from trustgraph.engines.spark.stages import Stages
from trustgraph.engines.spark.walkable import channel_steps, walkable
from trustgraph.exposure import step_table
from trustgraph.exposure.graph import SHARE_EQUAL, SHARE_MULTIPLY
from trustgraph.policy import Policy

__all__ = ["exposure_lines"]

_SLACK = 1e-12
_GROUP = ("origin", "entered")


def exposure_lines(
    stages: Stages, relationships: DataFrame, records: DataFrame, policy: Policy, *, today: int
) -> DataFrame:
    """Every line that a record draws on another entity (natural persons get none).

    Columns: ``entity, origin, record, micro, reach, hops, middle`` (ids between the two ends).
    """
    walking = stages.kept("walking", lambda: _walking(stages, records, policy))
    groups = stages.kept("groups", lambda: _groups(walking, policy))
    if policy.max_hops == 0:
        return stages.kept("lines", lambda: _lines(walking, _nowhere(groups), policy))
    origins = groups.select(sf.col("origin").alias("entity")).distinct()
    ways = walkable(stages, relationships, origins, policy, today=today)
    steps = channel_steps(stages, policy)
    frontier = groups.select(
        *_GROUP,
        "heaviest",
        sf.col("entered").alias("channel"),
        sf.col("origin").alias("at"),
        sf.lit("").alias("at_kind"),
        sf.lit(1.0).alias("value"),
        sf.array().cast("array<string>").alias("chain"),
    )
    found = []
    for hop in range(1, policy.max_hops + 1):
        longer = _further(frontier, ways.first, ways.on, steps, hop, policy)
        more = longer
        if hop < policy.max_hops:  # what nothing goes on from is not kept, only its best
            more = stages.kept(
                f"hop-{hop}", partial(_pruned, longer, hop), words=f"exposure, step {hop}"
            )
        found.append(_ends(more, hop))
        frontier = more
    best = found[0]
    for part in found[1:]:
        best = best.unionByName(part)
    return stages.kept(
        "lines", lambda: _lines(walking, _best(best), policy), words="exposure, lines"
    )


def _walking(stages: Stages, records: DataFrame, policy: Policy) -> DataFrame:
    """The records that weigh anything and enter a channel."""
    codes = step_table(policy).codes
    numbered = stages.small(
        list(zip(codes, range(len(codes)), strict=True)), "channel string, entered int"
    )
    return (
        records.filter(sf.col("counts") & (sf.col("micro") != 0))
        .join(numbered, "channel")
        .select(sf.col("entity").alias("origin"), "entered", "record", "micro")
    )


def _groups(walking: DataFrame, policy: Policy) -> DataFrame:
    heaviest = sf.max(sf.abs("micro")).cast("double").alias("heaviest")
    groups = walking.groupBy(*_GROUP).agg(heaviest)
    return groups.filter(sf.col("heaviest") >= policy.min_micro)


def _further(
    frontier: DataFrame,
    first: DataFrame,
    on: DataFrame,
    steps: DataFrame,
    hop: int,
    policy: Policy,
) -> DataFrame:
    """Walks one step longer."""
    if hop == 1:
        joined = frontier.join(first, sf.col("at") == sf.col("entity"))
    else:
        # Walks that came back go on from the record's own entity, which no barrier holds for.
        back = sf.col("at") == sf.col("origin")
        joined = frontier.filter(~back).join(on, sf.col("at") == sf.col("entity"))
        again = frontier.filter(back).join(first, sf.col("at") == sf.col("entity"))
        joined = joined.unionByName(again)
    joined = joined.join(steps, ["channel", "step"])
    enough = (sf.col("floor") < 0) | (sf.col("stated") >= sf.col("floor"))
    factor = (
        sf.when(sf.col("mode") == SHARE_MULTIPLY, sf.col("multiply"))
        .when(sf.col("mode") == SHARE_EQUAL, sf.lit(1.0) / sf.col("peers").cast("double"))
        .otherwise(1.0)
    )
    weight = sf.col("strength") * factor * sf.col("confidence")
    product = sf.col("value") * weight
    walked = joined.filter(enough).withColumn("product", product)
    heavy = sf.rint(sf.col("heaviest") * sf.col("product")) >= policy.min_micro
    return walked.filter(heavy).select(
        *_GROUP,
        "heaviest",
        sf.col("then").alias("channel"),
        sf.col("neighbour").alias("at"),
        sf.col("neighbour_kind").alias("at_kind"),
        sf.col("product").alias("value"),
        sf.concat("chain", sf.array("neighbour")).alias("chain"),
    )


def _pruned(walks: DataFrame, hop: int) -> DataFrame:
    """Walks without those that no result can come from."""
    state = [*_GROUP, "heaviest", "at", "at_kind", "channel"]
    if hop == 1:  # one chain: only parallel relationships are to be told apart
        chain = sf.array("at").alias("chain")
        return walks.groupBy(*state).agg(sf.max("value").alias("value")).select("*", chain)
    window = Window.partitionBy(*state).orderBy(sf.col("value").desc(), "chain")
    before = window.rowsBetween(Window.unboundedPreceding, -1)
    return (
        walks.withColumn("strongest", sf.first("value").over(window))
        .withColumn("earliest", sf.min("chain").over(before))
        .filter(sf.col("value") >= sf.col("strongest") * (1.0 - _SLACK))
        .filter(sf.col("earliest").isNull() | (sf.col("chain") < sf.col("earliest")))
        .drop("strongest", "earliest")
    )


def _ends(walks: DataFrame, hop: int) -> DataFrame:
    """Where walks of some steps end: the strongest comes first, then the shorter, then by ids."""
    receives = (sf.col("at") != sf.col("origin")) & (sf.col("at_kind") != "person")
    return walks.filter(receives).select(*_GROUP, sf.col("at").alias("entity"), _order(hop))


def _order(hop: int) -> Column:
    middle = sf.slice("chain", 1, hop - 1) if hop > 1 else sf.array().cast("array<string>")
    return sf.struct(
        (-sf.col("value")).alias("weaker"), sf.lit(hop).alias("hops"), middle.alias("middle")
    ).alias("walk")


def _best(ends: DataFrame) -> DataFrame:
    return (
        ends.groupBy(*_GROUP, "entity")
        .agg(sf.min("walk").alias("walk"))
        .select(
            *_GROUP,
            "entity",
            (-sf.col("walk.weaker")).alias("reach"),
            sf.col("walk.hops").alias("hops"),
            sf.col("walk.middle").alias("middle"),
        )
    )


def _nowhere(groups: DataFrame) -> DataFrame:
    """No ends at all: a pack may forbid every step."""
    return groups.limit(0).select(
        *_GROUP,
        sf.col("origin").alias("entity"),
        sf.lit(1.0).alias("reach"),
        sf.lit(0).alias("hops"),
        sf.array().cast("array<string>").alias("middle"),
    )


def _lines(walking: DataFrame, best: DataFrame, policy: Policy) -> DataFrame:
    amount = sf.rint(sf.col("micro").cast("double") * sf.col("reach")).cast("bigint")
    return (
        best.join(walking, list(_GROUP))
        .withColumn("amount", amount)
        .filter(sf.abs("amount") >= policy.min_micro)
        .select(
            "entity",
            "origin",
            "record",
            sf.col("amount").alias("micro"),
            "reach",
            "hops",
            "middle",
        )
    )

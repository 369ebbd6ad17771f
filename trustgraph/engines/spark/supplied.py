"""Rules that ask for enough supplies: parties of a kind must supply a share of the purchases."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from trustgraph.engines.spark.entries import entries_of, in_force
from trustgraph.engines.spark.routes import Way
from trustgraph.engines.spark.walks import Law
from trustgraph.legal.routes import MOST
from trustgraph.schema import BILLION, STEP_CODES

__all__ = ["enough_supplied"]

_WHOLE = "decimal(28, 0)"
_BACKWARD = STEP_CODES["supplier.backward"]


def enough_supplied(law: Law, ways: list[Way], walks: DataFrame) -> DataFrame:
    """Keep walks of one step whose end gets enough from the parties that reach it.

    Ways that ask for no such thing pass as they are. Shares are summed over the relationships in
    force, in billionths; amounts over the distinct records, in hundredths: sums of whole numbers
    are the same on any cluster. What is unknown can be anything from nothing to what the known
    shares leave: then it is possible. See ``trustgraph.legal.routes.enough_supplied``.
    """
    asking = [
        (
            way.number,
            round((way.rule.aggregate.min_share or 0.0) * BILLION),
            -1.0 if way.rule.aggregate.min_amount is None else way.rule.aggregate.min_amount,
        )
        for way in ways
        if way.rule.aggregate is not None and way.rule.aggregate.by == "share"
    ]
    if not asking:
        return walks
    those = sf.col("way").isin([number for number, *_ in asking])
    limits = law.stages.small(asking, "way int, least_share bigint, least_amount double")
    some = walks.filter(those)
    sums = _shares(law, some).join(_amounts(some), ["way", "at"]).join(limits, "way")
    none = sf.lit(0).cast(_WHOLE)
    rich = sf.coalesce("amount_sum", none) > _hundredths(sf.col("least_amount"))
    highest = sf.col("high") + sf.when(sf.col("open"), sf.col("left")).otherwise(0)
    decided = sums.select(
        "way",
        "at",
        ((sf.col("low") >= sf.col("least_share")) & rich).alias("certain"),
        ((highest >= sf.col("least_share")) & (rich | sf.col("amount_open"))).alias("perhaps"),
    )
    kept = some.join(decided, ["way", "at"]).filter("perhaps")
    possible = sf.col("possible") | ~sf.col("certain")
    kept = kept.withColumn("possible", possible).drop("certain", "perhaps")
    return walks.filter(~those).unionByName(kept)


def _shares(law: Law, walks: DataFrame) -> DataFrame:
    """Of each way and end: what the parties that reach it supply, and what is left unknown."""
    live = law.relationships.filter(in_force(law.today))
    supplies = entries_of(live, [_BACKWARD], "share", "low", "high").select(
        sf.col("entity").alias("at"),
        sf.col("neighbour").alias("begin"),
        sf.col("low").cast("bigint").alias("low"),
        sf.col("high").cast("bigint").alias("high"),
        (sf.col("share") < 0).alias("unknown"),
    )
    reached = walks.select("way", "at").distinct()
    abnormal = walks.select("way", "at", "begin").distinct().withColumn("abnormal", sf.lit(True))
    # Nobody may be known to supply an end: its sums are of nothing.
    joined = reached.join(supplies, "at", "left").join(abnormal, ["way", "at", "begin"], "left")
    theirs = sf.col("abnormal").isNotNull()
    known = theirs & ~sf.col("unknown")
    stated = sf.coalesce(sf.sum(sf.when(~sf.col("unknown"), sf.col("low"))), sf.lit(0))
    left = sf.greatest(sf.lit(BILLION).cast("bigint") - stated, sf.lit(0).cast("bigint"))
    return joined.groupBy("way", "at").agg(
        sf.sum(sf.when(known, sf.col("low")).otherwise(0)).alias("low"),
        sf.sum(sf.when(known, sf.col("high")).otherwise(0)).alias("high"),
        left.alias("left"),
        sf.bool_or(theirs & sf.col("unknown")).alias("open"),
    )


def _amounts(walks: DataFrame) -> DataFrame:
    """Of each way and end: the sum of the records' amounts, and whether one is not stated."""
    records = walks.select("way", "at", "record", "amount").distinct()
    return records.groupBy("way", "at").agg(
        sf.sum(_hundredths(sf.col("amount"))).alias("amount_sum"),
        sf.bool_or(sf.col("amount").isNull()).alias("amount_open"),
    )


def _hundredths(amount: Column) -> Column:
    within = sf.least(sf.greatest(amount * 100, sf.lit(-MOST)), sf.lit(MOST))
    # Of no amount there are no hundredths; ``least`` passes over nulls.
    return sf.when(amount.isNotNull(), sf.rint(within).cast(_WHOLE))

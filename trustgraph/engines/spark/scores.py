"""Scores, ledgers and the wording of consequences: sums of whole micro-points."""

from __future__ import annotations

import datetime as dt

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from trustgraph.engines.spark.stages import Stages
from trustgraph.policy import NOT_RATED, Policy
from trustgraph.schema import MICRO
from trustgraph.scoring.grades import caps_of
from trustgraph.scoring.ledger import LINE_KINDS, VOID, Ledger
from trustgraph.scoring.verdicts import (
    DEREGISTERED,
    NOT_RATED_VERDICT,
    REVOKED,
    verdict_codes,
)

__all__ = ["consequence_rows", "ledger_rows", "score_rows", "totals"]

_BASE, _OWN, _EXPOSURE, _CAP, _CLAMP = range(len(LINE_KINDS))


def totals(
    stages: Stages,
    covered: DataFrame,
    records: DataFrame,
    lines: DataFrame,
    reached: DataFrame,
    policy: Policy,
    as_of: dt.date,
) -> DataFrame:
    """A row per organisation: the amounts of its ledger, its grade and why, its verdicts.

    ``rank`` is that of the grade (0 best) by band and caps, ``rated`` whether one is given,
    ``verdicts`` are bits. Nobody is blocked: that is not computed here.
    """
    capping = sf.struct((-sf.col("cap")).alias("better"), "record")
    own = records.groupBy("entity").agg(
        sf.sum("micro").alias("own"),
        sf.count(sf.when(sf.col("counts"), 1)).alias("own_lines"),
        sf.max("cap").alias("own_cap"),
        sf.min(capping).getField("record").alias("own_by"),
        sf.bit_or("verdicts").alias("verdicts"),
    )
    upon = lines.groupBy("entity").agg(
        sf.sum(sf.least(sf.col("micro"), _whole(0))).alias("negative"),
        sf.sum(sf.greatest(sf.col("micro"), _whole(0))).alias("positive"),
        sf.count("*").alias("upon_lines"),
    )
    caps = stages.small(list(caps_of(policy, as_of).items()), "rule string, rank int")
    capped = (
        reached.filter(~sf.col("possible"))
        .join(caps, "rule")
        .groupBy("entity")
        .agg(
            sf.max("rank").alias("law_cap"),
            sf.min(sf.struct((-sf.col("rank")).alias("better"), "rule"))
            .getField("rule")
            .alias("law_by"),
        )
    )
    rows = covered.filter(sf.col("kind") != "person")
    for part in (own, upon, capped):
        rows = rows.join(part, "entity", "left")
    sums = ["own", "own_lines", "negative", "positive", "upon_lines", "verdicts"]
    rows = rows.fillna(0, sums)
    rows = rows.fillna(-1, ["own_cap", "law_cap"])
    back = _whole(0)
    if policy.exposure_cap_micro is not None:
        over = _whole(-policy.exposure_cap_micro) - sf.col("negative")
        back = sf.greatest(_whole(0), over)
    rows = rows.withColumns({"exposure": sf.col("negative") + sf.col("positive"), "cap": back})
    raw = _whole(policy.base_micro) + sf.col("own") + sf.col("exposure") + sf.col("cap")
    rows = rows.withColumn("raw", raw)
    floored = sf.greatest(sf.col("raw"), _whole(policy.floor_micro))
    rows = rows.withColumn("score", sf.least(floored, _whole(policy.ceiling_micro)))
    rows = rows.withColumn("clamp", sf.col("score") - sf.col("raw"))
    count = sf.lit(1) + sf.col("own_lines") + sf.col("upon_lines")
    count = count + sf.when(sf.col("cap") != 0, 1).otherwise(0)
    count = count + sf.when(sf.col("clamp") != 0, 1).otherwise(0)
    by_score = sf.lit(0)
    for grade in policy.grades:  # from best to worst: the first whose start is not above the score
        by_score = by_score + sf.when(sf.col("score") < grade.from_micro, 1).otherwise(0)
    rows = rows.withColumns({"by_score": by_score, "status_cap": _status_cap(policy)})
    rank = sf.greatest("by_score", "own_cap", "law_cap", "status_cap")
    rows = rows.withColumn("rank", rank.cast("int"))
    gone = sf.coalesce(sf.col("status") == "deregistered", sf.lit(False))
    unknown = (sf.col("coverage") < policy.rated_from) & (sf.col("rank") <= policy.base_rank)
    rows = rows.withColumn("rated", ~(gone | unknown))
    why: list[tuple[Column, str, Column]] = [
        (gone, "status", sf.col("status")),
        (unknown, "coverage", sf.lit(None).cast("string")),
        (sf.col("rank") == sf.col("by_score"), "band", sf.lit(None).cast("string")),
        (sf.col("rank") == sf.col("own_cap"), "record", sf.col("own_by")),
        (sf.col("rank") == sf.col("law_cap"), "rule", sf.col("law_by")),
    ]
    reason, by = sf.lit("status"), sf.col("status")
    for test, word, what in reversed(why):
        reason, by = sf.when(test, word).otherwise(reason), sf.when(test, what).otherwise(by)
    return rows.select(
        *("entity", "name", "kind", "coverage", "own", "exposure", "cap", "clamp", "score"),
        count.cast("bigint").alias("lines"),
        *("rank", "rated"),
        reason.alias("grade_reason"),
        by.alias("grade_by"),
        _verdicts(policy).alias("verdicts"),
    )


def _status_cap(policy: Policy) -> Column:
    found = sf.lit(-1)
    for word, code in policy.grade_caps.status.items():
        found = sf.when(sf.col("status") == word, policy.grade_rank(code)).otherwise(found)
    return found


def _verdicts(policy: Policy) -> Column:
    """The bits of records, and those of the status and of a grade that is not given."""
    bit = {code: 1 << place for place, code in enumerate(verdict_codes(policy))}
    found = sf.col("verdicts")
    tests = (
        (sf.col("status") == "deregistered", DEREGISTERED),
        (sf.col("status") == "revoked", REVOKED),
        (~sf.col("rated"), NOT_RATED_VERDICT),
    )
    for test, code in tests:
        found = found.bitwiseOR(sf.when(test, bit[code]).otherwise(0).cast("bigint"))
    return found


def score_rows(stages: Stages, summed: DataFrame, policy: Policy) -> DataFrame:
    """The rows of ``scores``, in no order yet."""
    codes = stages.small(
        [(rank, grade.code) for rank, grade in enumerate(policy.grades)], "rank int, band string"
    )
    told = [
        sf.when(sf.col("verdicts").bitwiseAND(sf.lit(1 << place).cast("bigint")) != 0, code)
        for place, code in enumerate(verdict_codes(policy))
    ]
    return summed.join(codes, "rank").select(
        *("entity", "name", "kind"),
        sf.col("score").alias("score_micro"),
        (sf.col("score").cast("double") / sf.lit(float(MICRO))).alias("score"),
        sf.when(sf.col("rated"), sf.col("band")).otherwise(NOT_RATED).alias("grade"),
        *("grade_reason", "grade_by"),
        sf.array_compact(sf.array(*told)).alias("verdicts"),
        "coverage",
        sf.col("own").alias("own_micro"),
        sf.col("exposure").alias("exposure_micro"),
        sf.col("cap").alias("exposure_cap_micro"),
        sf.col("clamp").alias("clamp_micro"),
        "lines",
    )


def ledger_rows(
    summed: DataFrame, records: DataFrame, lines: DataFrame, policy: Policy, keep: Ledger
) -> DataFrame:
    """The rows of ``ledger``, in no order yet; ``place`` and ``origin`` put them in order."""
    if keep.keep == "none":
        return _named(_plain(summed.limit(0), _BASE, sf.lit(0)))
    own = records.filter(sf.col("counts") & (sf.col("entity_kind") != "person")).select(
        "entity",
        sf.lit(_OWN).alias("place"),
        sf.col("entity").alias("origin"),
        "record",
        "micro",
        sf.lit(1.0).alias("reach"),
        sf.lit(0).alias("hops"),
        sf.array("entity").alias("chain"),
        sf.when(sf.col("void"), VOID).alias("note"),
    )
    rows = _plain(summed, _BASE, _whole(policy.base_micro)).unionByName(own)
    if keep.keep == "top":
        heavy = Window.partitionBy("entity").orderBy(
            sf.abs("micro").desc(), sf.col("origin"), sf.col("record")
        )
        ranked = lines.withColumn("heavier", sf.row_number().over(heavy))
        lines = ranked.filter(sf.col("heavier") <= keep.top).drop("heavier")
        others = (
            ranked.filter(sf.col("heavier") > keep.top)
            .groupBy("entity")
            .agg(sf.sum("micro").alias("sum"), sf.count("*").alias("others"))
        )
        words = sf.format_string("%d more lines", "others")
        rows = rows.unionByName(_plain(others, _EXPOSURE, sf.col("sum"), note=words))
    exposed = lines.select(
        "entity",
        sf.lit(_EXPOSURE).alias("place"),
        "origin",
        "record",
        "micro",
        "reach",
        "hops",
        sf.concat(sf.array("origin"), "middle", sf.array("entity")).alias("chain"),
        sf.lit(None).cast("string").alias("note"),
    )
    rows = rows.unionByName(exposed)
    for place, amount in ((_CAP, "cap"), (_CLAMP, "clamp")):
        some = summed.filter(sf.col(amount) != 0)
        rows = rows.unionByName(_plain(some, place, sf.col(amount)))
    return _named(rows)


def _named(rows: DataFrame) -> DataFrame:
    kinds = sf.element_at(sf.array(*map(sf.lit, LINE_KINDS)), sf.col("place") + 1)
    return rows.withColumn("line", kinds)


def _plain(rows: DataFrame, place: int, micro: Column, *, note: Column | None = None) -> DataFrame:
    """Lines that no record draws."""
    return rows.select(
        "entity",
        sf.lit(place).alias("place"),
        sf.lit(None).cast("string").alias("origin"),
        sf.lit(None).cast("string").alias("record"),
        micro.cast("bigint").alias("micro"),
        sf.lit(None).cast("double").alias("reach"),
        sf.lit(None).cast("int").alias("hops"),
        sf.array().cast("array<string>").alias("chain"),
        (sf.lit(None) if note is None else note).cast("string").alias("note"),
    )


def consequence_rows(
    stages: Stages, reached: DataFrame, policy: Policy, as_of: dt.date
) -> DataFrame:
    """The rows of ``consequences``, in no order yet, with ``origin`` to put them in order."""
    words = stages.small(
        [
            (rule.code, rule.force, rule.effect.code, rule.legal_basis())
            for rule in policy.rules_on(as_of)
        ],
        "rule string, force string, effect string, legal_basis string",
    )
    return reached.join(words, "rule").select(
        *("entity", "rule", "record", "force", "effect"),
        sf.when(sf.col("possible"), "possible").otherwise("fact").alias("status"),
        *("legal_basis", "chain", "detail"),
        sf.element_at("chain", 1).alias("origin"),
    )


def _whole(amount: int) -> Column:
    return sf.lit(amount).cast("bigint")

"""Coverage by joins: the weighted share of what should be known of an entity and is."""

from __future__ import annotations

import datetime as dt
from functools import reduce
from operator import add

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from trustgraph.engines.spark.entries import entries_of, in_force
from trustgraph.engines.spark.stages import Stages
from trustgraph.engines.spark.tables import Kept
from trustgraph.policy import CoverageItem, Policy
from trustgraph.records.as_of import add_months
from trustgraph.register import day_number
from trustgraph.schema import BILLION, ENTITY_KINDS, STEP_CODES

__all__ = ["coverage_of"]

_OWNED = STEP_CODES["shareholder.backward"]


def coverage_of(stages: Stages, kept: Kept, policy: Policy, *, as_of: dt.date) -> DataFrame:
    """``entity, coverage`` of every entity, with its ``name``, ``kind`` and ``status``."""
    items = list(enumerate(policy.coverage))
    relationships = [(n, item) for n, item in items if item.item in {"relationship", "ownership"}]
    sources = [(n, item) for n, item in items if item.item == "source"]
    rows = kept.entities
    if relationships:
        control = policy.control_on(as_of)
        forms = [] if control is None else [form.lower() for form in control.unknown_forms]
        # Who stands for somebody unknown is nobody known, nor is the entity itself.
        nobody = sf.col("source_legal_form").isin(forms) | (sf.col("source") == sf.col("target"))
        named = kept.relationships.withColumn(
            "share", sf.when(nobody, -1).otherwise(sf.col("share"))
        )
        related = _related(named, relationships, day_number(as_of))
        rows = rows.join(related, "id", "left")
    everyone: set[int] = set()
    if sources:
        everyone = set(
            stages.told("searched-for-all", lambda: _for_all(kept.consultations, sources, as_of))
        )
        rows = rows.join(_searched(kept.consultations, sources, as_of), "id", "left")
    expected = _sum([_weight(item, sf.lit(True)) for _, item in items])
    known = _sum([_weight(item, _known(n, item, everyone)) for n, item in items])
    share = known.cast("double") / expected.cast("double")
    return rows.select(
        sf.col("id").alias("entity"),
        "name",
        "kind",
        "status",
        sf.when(expected > 0, share).otherwise(0.0).alias("coverage"),
    )


def _sum(parts: list[Column]) -> Column:
    return reduce(add, parts, sf.lit(0).cast("bigint"))


def _weight(item: CoverageItem, known: Column) -> Column:
    """The weight of an item where it is expected of an entity, and known of it."""
    kinds = [kind for kind in item.kinds or ENTITY_KINDS if kind != "person"]
    counted = sf.col("kind").isin(kinds) & sf.coalesce(known, sf.lit(False))
    return sf.when(counted, sf.lit(item.weight).cast("bigint")).otherwise(0)


def _known(number: int, item: CoverageItem, everyone: set[int]) -> Column:
    match item.item:
        case "identifier":
            return sf.col("identified")
        case "status":
            return sf.col("status").isNotNull()
        case "ownership":
            stated = sf.coalesce(f"item_{number}", sf.lit(0).cast("bigint"))
            return stated >= round(item.reached * BILLION)
        case "relationship":
            return sf.col(f"item_{number}")
        case "source":
            one = sf.coalesce(f"item_{number}", sf.lit(False))
            if number not in everyone:
                return one
            if not item.jurisdictions:
                return sf.lit(True)
            return one | sf.col("jurisdiction").isin(list(item.jurisdictions))


def _related(
    relationships: DataFrame, items: list[tuple[int, CoverageItem]], today: int
) -> DataFrame:
    """What the relationships in force of each entity show, in one pass over them."""
    steps = {step for _, item in items for step in item.any_of}
    if any(item.item == "ownership" for _, item in items):
        steps.add(_OWNED)
    found = []
    for number, item in items:
        if item.item == "ownership":
            stated = (sf.col("step") == _OWNED) & (sf.col("share") >= 0)
            one = sf.sum(sf.when(stated, sf.col("share").cast("bigint")).otherwise(0))
        else:
            one = sf.bool_or(sf.col("step").isin(list(item.any_of)))
        found.append(one.alias(f"item_{number}"))
    live = relationships.filter(in_force(today))
    entries = entries_of(live, steps, "share")
    return entries.groupBy(sf.col("entity").alias("id")).agg(*found)


def _fresh(item: CoverageItem, as_of: dt.date) -> Column:
    """Whether a consultation is of the item's source, not after the day and not too old."""
    day = sf.col("consulted_on")
    fresh = sf.col("source").isin([item.code, *item.types]) & (day <= day_number(as_of))
    if item.max_age_months is not None:
        fresh = fresh & (day >= day_number(add_months(as_of, -item.max_age_months)))
    return fresh


def _for_all(
    consultations: DataFrame, items: list[tuple[int, CoverageItem]], as_of: dt.date
) -> list[int]:
    """The items whose source was searched for all entities at once."""
    whole = consultations.filter(sf.col("entity").isNull())
    found = whole.agg(*(sf.bool_or(_fresh(item, as_of)) for _, item in items)).first()
    assert found is not None  # an aggregate of all rows is one row
    return [number for (number, _), fresh in zip(items, found, strict=True) if fresh]


def _searched(
    consultations: DataFrame, items: list[tuple[int, CoverageItem]], as_of: dt.date
) -> DataFrame:
    own = consultations.filter(sf.col("entity").isNotNull())
    marks = (sf.bool_or(_fresh(item, as_of)).alias(f"item_{number}") for number, item in items)
    return own.groupBy(sf.col("entity").alias("id")).agg(*marks)

"""Records as of the day: which count, until when, and how much each weighs by itself.

The rules are those of ``records.as_of``, written as columns: days are day numbers, decay is a
quotient of whole days in float64, and rounding is half to even.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from trustgraph.engines.spark.stages import Stages
from trustgraph.policy import Policy, RecordType
from trustgraph.records.as_of import RETENTION_MONTHS
from trustgraph.register import NO_END, NO_START, day_number
from trustgraph.schema import MICRO
from trustgraph.scoring.verdicts import LISTED, OLD, verdict_codes

__all__ = ["Days", "months_later", "record_states"]

_LAST = day_number(dt.date.max)


@dataclass(frozen=True, slots=True)
class Days:
    """The day to score for, and the one on which retention of records on persons is judged."""

    as_of: dt.date
    retention_on: dt.date

    @property
    def today(self) -> int:
        return day_number(self.as_of)


def record_states(stages: Stages, records: DataFrame, policy: Policy, days: Days) -> DataFrame:
    """Every record with what it amounts to on the day.

    Columns: ``record, entity, entity_kind, type, decided_on, amount, region, legal_form`` and
    ``known`` (the pack has the type), ``counts``, ``forgotten``, ``void``, ``black``, ``micro``
    (its own weight, 0 where it does not count or is void), ``cap`` (rank, -1: none), ``channel``,
    ``verdicts`` (bits of those that it brings).
    """
    rows = records.join(stages.small(*_terms(policy)), "type", "left").filter(
        sf.col("span_from").isNull()
        | sf.col("decided_on").between(sf.col("span_from"), sf.col("span_to"))
    )
    rows = rows.join(stages.small(*_ground_terms(policy)), ["type", "span_from", "ground"], "left")
    rows = rows.join(stages.small(*_versions(policy, days.as_of)), "type", "left")
    months = sf.when(sf.col("of_ground"), sf.col("ground_months")).otherwise(sf.col("months"))
    rows = rows.withColumn("months", months)
    stated = sf.col("ends_on") != NO_END
    termed = sf.when(sf.col("months").isNull(), NO_END).otherwise(
        months_later(sf.col("decided_on"), sf.col("months"))
    )
    rows = rows.withColumn("ends", sf.when(stated, sf.col("ends_on")).otherwise(termed))
    rows = rows.withColumn("forgotten", _forgotten(day_number(days.retention_on)))
    counts = (
        (sf.col("decided_on") <= days.today)
        & (sf.col("repaired_on") > days.today)
        & ~sf.col("withdrawn")
        & (sf.col("ends") > days.today)
        & ~sf.col("forgotten")
        & sf.col("points").isNotNull()
    )
    rows = rows.withColumn("counts", counts)
    rows = rows.withColumn("black", sf.col("counts") & sf.coalesce("is_black", sf.lit(False)))
    fading = sf.col("linear") & (sf.col("ends") != NO_END) & (sf.col("ends") > sf.col("decided_on"))
    left = (sf.col("ends").cast("bigint") - sf.lit(days.today)).cast("double")
    term = (sf.col("ends").cast("bigint") - sf.col("decided_on").cast("bigint")).cast("double")
    decay = sf.when(fading, left / term).otherwise(1.0)
    weight = sf.rint(sf.col("points") * sf.lit(float(MICRO)) * decay).cast("bigint")
    rows = rows.withColumn("micro", sf.when(sf.col("counts"), weight).otherwise(0))
    usual = months_later(sf.col("decided_on"), sf.col("usual")) <= days.today
    old = sf.col("usual").isNotNull() & (sf.col("ends") == NO_END) & usual
    bit = {code: 1 << place for place, code in enumerate(verdict_codes(policy))}
    brought = (
        sf.col("measure_bits")
        .bitwiseOR(sf.when(sf.col("black"), bit[LISTED]).otherwise(0).cast("bigint"))
        .bitwiseOR(sf.when(old, bit[OLD]).otherwise(0).cast("bigint"))
    )
    rows = rows.withColumn("verdicts", sf.when(sf.col("counts"), brought).otherwise(0))
    listed = rows.filter("black").select("entity").distinct()
    rows = rows.join(listed.withColumn("listed", sf.lit(True)), "entity", "left")
    void = sf.col("counts") & (sf.col("points") > 0) & sf.col("listed").isNotNull()
    rows = rows.withColumn("void", sf.coalesce(void, sf.lit(False)))
    return rows.select(
        sf.col("id").alias("record"),
        "entity",
        "entity_kind",
        "type",
        "decided_on",
        "amount",
        sf.col("entity_region").alias("region"),
        sf.col("entity_legal_form").alias("legal_form"),
        sf.col("known").isNotNull().alias("known"),
        "counts",
        "forgotten",
        "void",
        "black",
        sf.when(sf.col("void"), 0).otherwise(sf.col("micro")).alias("micro"),
        sf.when(sf.col("counts"), sf.coalesce("cap_rank", sf.lit(-1))).otherwise(-1).alias("cap"),
        "channel",
        "verdicts",
    )


def _terms(policy: Policy) -> tuple[list[tuple[str, int, int, int | None]], str]:
    """For each type spans of days of decision (both ends included), and the months of its term.

    Between two days on which a version begins or ends, one version sets every term.
    """
    rows = [
        (code, first, end, None if version is None else version.months)
        for code, first, end, version in _spans(policy)
    ]
    return rows, "type string, span_from int, span_to int, months int"


def _ground_terms(policy: Policy) -> tuple[list[tuple[object, ...]], str]:
    """For the same spans the grounds that have a term of their own; null: they have none."""
    rows: list[tuple[object, ...]] = [
        (code, first, ground, True, term.months)
        for code, first, _, version in _spans(policy)
        if version is not None
        for term in version.terms
        for ground in term.grounds
    ]
    schema = "type string, span_from int, ground string, of_ground boolean, ground_months int"
    return rows, schema


def _spans(policy: Policy) -> Iterator[tuple[str, int, int, RecordType | None]]:
    for code, versions in policy.record_types.items():
        days = {day for v in versions for day in (v.valid_from, v.valid_to) if day is not None}
        begins = [dt.date.min, *sorted(days)]
        ends = [day_number(day) - 1 for day in begins[1:]]
        for begin, end in zip(begins, [*ends, NO_END], strict=True):
            first = NO_START if begin == dt.date.min else day_number(begin)
            yield code, first, end, policy.term_version(code, begin)


def _versions(policy: Policy, day: dt.date) -> tuple[list[tuple[object, ...]], str]:
    """What follows from a record of each type on the day; null points: nothing, no version."""
    rows: list[tuple[object, ...]] = []
    bit = {code: 1 << place for place, code in enumerate(verdict_codes(policy))}
    for code in policy.record_types:
        version = policy.record_type(code, day)
        if version is None:
            rows.append((code, True, None, None, None, None, None, None, 0))
            continue
        cap = None if version.grade_cap is None else policy.grade_rank(version.grade_cap)
        linear, black = version.decay == "linear", version.list == "black"
        measures = set(version.measures) & set(policy.verdict_measures)
        bits = sum(bit[measure] for measure in measures)
        given = (float(version.points), linear, black, cap, version.channel)
        rows.append((code, True, *given, version.usual_months, bits))
    schema = "type string, known boolean, points double, linear boolean, is_black boolean"
    return rows, f"{schema}, cap_rank int, channel string, usual int, measure_bits bigint"


def months_later(day: Column, months: Column) -> Column:
    """Calendar months later, clipped to the month's last day and the calendar's."""
    moved = sf.unix_date(sf.add_months(sf.date_from_unix_date(day), months))
    return sf.least(moved, sf.lit(_LAST))


def _forgotten(day: int) -> Column:
    """On a person, and past its retention: 60 months after its end or repair."""
    dated = sf.col("repaired_on") != NO_START
    over = sf.when(dated, sf.least("ends", "repaired_on")).otherwise(sf.col("ends"))
    erased = months_later(over, sf.lit(RETENTION_MONTHS)) <= day
    closed = (sf.col("entity_kind") == "person") & (over != NO_END)
    return sf.when(closed, erased).otherwise(False)

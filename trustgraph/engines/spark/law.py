"""Legal reach by joins: which consequences the law attaches to whom, through which roles."""

from __future__ import annotations

import datetime as dt

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from trustgraph.engines.spark.gathered import pairs, worst_grades
from trustgraph.engines.spark.record_states import months_later
from trustgraph.engines.spark.routes import Way, trigger_rows
from trustgraph.engines.spark.stages import Stages
from trustgraph.engines.spark.supplied import enough_supplied
from trustgraph.engines.spark.tables import Kept
from trustgraph.engines.spark.walks import WALK, Law, ends_of, walked
from trustgraph.errors import UsageError
from trustgraph.legal.twins import POSSIBLY_SAME
from trustgraph.policy import Policy
from trustgraph.register import day_number
from trustgraph.schema import STEP_CODES

__all__ = ["check_control", "derived", "law_of", "reached"]

_CONTROLS = {STEP_CODES["actual_controller.forward"], STEP_CODES["actual_controller.backward"]}


def check_control(policy: Policy, day: dt.date) -> None:
    """Raise UsageError where answers rest on ownership that is looked through."""
    control = policy.control_on(day)
    if control is None:
        return
    if control.cascade is not None:
        raise UsageError(
            f"the pack {policy.name} asks who is blocked through owners ([control.cascade]), "
            'which the engine "spark" does not compute',
            hint="leave out --engine spark, or take a pack without it",
        )
    if control.serves == "none":
        return
    for rule in policy.rules_on(day):
        steps = {step for route in rule.routes for test in route.steps for step in test.steps}
        if steps & _CONTROLS:
            raise UsageError(
                f"the rule {rule.code} of the pack {policy.name} rests on computed controllers "
                '([control] serves), which the engine "spark" does not compute',
                hint="leave out --engine spark, or take a pack whose [control] serves none",
            )


def law_of(stages: Stages, kept: Kept, records: DataFrame, policy: Policy, as_of: dt.date) -> Law:
    """What every rule looks at, with who is named by an authority for which rule."""
    rules = [rule for rule in policy.rules_on(as_of) if rule.needs_naming]
    codes = [
        (code, rule.code)
        for rule in rules
        for code in sorted(set(rule.named_by) or policy.trigger_codes(rule, as_of))
    ]
    naming = stages.small(codes, "type string, named_rule string")
    named = (
        records.filter("counts")
        .join(naming, "type")
        .select("named_rule", sf.col("entity").alias("at"))
        .distinct()
    )
    return Law(
        stages=stages,
        policy=policy,
        today=day_number(as_of),
        relationships=kept.relationships,
        entities=kept.entities,
        records=records,
        named=stages.kept("named", lambda: named) if codes else named,
        twins=not kept.relationships.filter(sf.col("kind") == POSSIBLY_SAME >> 1).isEmpty(),
    )


def reached(law: Law, as_of: dt.date) -> DataFrame:
    """All consequences but those that need grades: ``entity, rule, record, possible, chain,
    detail``, one row per entity, rule and record (or other party)."""
    ways = law.ways
    of_records = [way for way in ways if way.gathers in (None, "share")]
    found = _of_records(law, of_records, as_of)
    both = [way for way in ways if way.gathers == "pair"]
    return found.unionByName(pairs(law, both)) if both else found


def derived(law: Law, ranks: DataFrame) -> DataFrame | None:
    """The consequences that need grades (``entity, rank``), None where the pack has none."""
    worst = [way for way in law.ways if way.gathers == "worst_grade"]
    return worst_grades(law, worst, ranks) if worst else None


def _of_records(law: Law, ways: list[Way], as_of: dt.date) -> DataFrame:
    triggers = law.stages.kept("records-0", lambda: _triggers(law, ways, as_of))
    found = walked(
        law,
        ways,
        triggers,
        "records",
        between=lambda walks, number: enough_supplied(law, ways, walks) if number == 1 else walks,
    )
    best = sf.min(sf.struct("possible", "length", "chain")).alias("best")
    return (
        ends_of(law, ways, found)
        .groupBy("rule", "record", sf.col("at").alias("entity"))
        .agg(best)
        .select(
            "entity",
            "rule",
            "record",
            "best.possible",
            "best.chain",
            sf.lit(None).cast("string").alias("detail"),
        )
    )


def _triggers(law: Law, ways: list[Way], as_of: dt.date) -> DataFrame:
    """Walks of no step: one per record and way that it sets off."""
    types = {way.rule.code: set(law.policy.trigger_codes(way.rule, as_of)) for way in ways}
    rows = law.records.filter("counts").join(trigger_rows(law.stages, ways, types), "type")
    of_kind = (sf.size("from_kinds") == 0) | sf.array_contains("from_kinds", sf.col("entity_kind"))
    form = sf.coalesce("legal_form", sf.lit(""))  # no form is none of those asked for
    of_form = (sf.size("from_forms") == 0) | sf.array_contains("from_forms", form)
    begins = sf.exists("from_regions", lambda prefix: sf.startswith(sf.col("region"), prefix))
    elsewhere = (sf.size("from_regions") > 0) & sf.col("region").isNull()
    inside = (sf.size("from_regions") == 0) | elsewhere | begins
    over = months_later(sf.col("decided_on"), sf.col("lasts")) <= day_number(as_of)
    lasting = sf.col("lasts").isNull() | ~over
    triggers = rows.filter(of_kind & of_form & inside & lasting).select(
        "way",
        "record",
        sf.col("entity").alias("begin"),
        sf.col("decided_on").alias("decided"),
        "amount",
        sf.col("entity").alias("at"),
        sf.col("entity_kind").alias("at_kind"),
        elsewhere.alias("possible"),
        sf.array("entity").alias("chain"),
    )
    return triggers.select(*WALK)

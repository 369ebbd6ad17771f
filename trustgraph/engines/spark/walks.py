"""Walking routes by joins: frames of walks, one step longer at a time.

A frame of walks has ``way``, ``record`` (null where a rule needs none), ``begin``, ``decided`` (day
of the decision), ``amount``, ``at``, ``at_kind``, ``possible`` and ``chain`` (ids from the begin to
``at``). Walks of one way and record that meet at one entity are merged after every step, each
degree of certainty for itself: the chain whose ids sort first stays. What comes later may make a
certain walk a possible one; until the end none outdoes another of another degree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from trustgraph.engines.spark.entries import entries_of
from trustgraph.engines.spark.routes import (
    Way,
    any_of,
    passes,
    step_tests,
    unsure,
    way_rows,
    ways_of,
)
from trustgraph.engines.spark.stages import Stages
from trustgraph.policy import Policy
from trustgraph.register import date_of

__all__ = ["WALK", "Law", "ends_of", "expanded", "law_entries", "merged", "not_through", "walked"]

WALK = ("way", "record", "begin", "decided", "amount", "at", "at_kind", "possible", "chain")
ENTRY = ("share", "low", "high", "start", "end")


@dataclass(frozen=True, slots=True)
class Law:
    """What every rule of one job looks at; ``named``: a rule, and who is named for it."""

    stages: Stages
    policy: Policy
    today: int
    relationships: DataFrame
    entities: DataFrame
    records: DataFrame
    named: DataFrame
    twins: bool

    @property
    def ways(self) -> list[Way]:
        """All routes of the rules in force."""
        return ways_of(self.policy.rules_on(date_of(self.today)), twins=self.twins)


def law_entries(law: Law, ways: list[Way]) -> DataFrame:
    """The entries, in force or not, of all steps that some ways take."""
    steps = {step for way in ways for test in way.route.steps for step in test.steps}
    return entries_of(law.relationships, steps, *ENTRY)


def walked(
    law: Law,
    ways: list[Way],
    walks: DataFrame,
    label: str,
    *,
    begun: int = 0,
    between: Callable[[DataFrame, int], DataFrame] | None = None,
) -> DataFrame:
    """Follow ways from walks of ``begun`` steps; all walks that came to the end of their way.

    ``between`` is given the walks of one step or more, and of how many, before they go on. Walks of
    every number of steps are kept as a stage, whose name begins with ``label``.
    """
    entries = law_entries(law, ways)
    ends = walks.filter(_ending(ways, begun))
    longest = max((way.length for way in ways), default=0)
    for number in range(begun, longest):
        on = walks.filter(_going_on(ways, number))
        if number:
            on = not_through(on, ways)
        if number and between is not None:
            on = between(on, number)
        longer = merged(law, expanded(law, ways, on, entries, number), ways, number + 1)
        walks = law.stages.kept(
            f"{label}-{number + 1}",
            partial(_same, longer),
            words=f"consequences, {label}, step {number + 1}",
        )
        ends = ends.unionByName(walks.filter(_ending(ways, number + 1)))
    return ends


def _same(walks: DataFrame) -> DataFrame:
    return walks


def _ending(ways: list[Way], number: int) -> Column:
    return sf.col("way").isin([way.number for way in ways if way.length == number])


def _going_on(ways: list[Way], number: int) -> Column:
    return sf.col("way").isin([way.number for way in ways if way.length > number])


def expanded(
    law: Law, ways: list[Way], walks: DataFrame, entries: DataFrame, number: int
) -> DataFrame:
    """Walks one step longer, from those of ``number`` steps."""
    tests = step_tests(law.stages, ways, number)
    joined = walks.join(
        entries.withColumnRenamed("kind", "near_kind"), sf.col("at") == sf.col("entity")
    ).join(tests, ["way", "step"])
    persons = (sf.col("near_kind") == "person") & (sf.col("neighbour_kind") == "person")
    return joined.filter(passes(law.today) & (~sf.col("twin") | persons)).select(
        *("way", "record", "begin", "decided", "amount"),
        sf.col("neighbour").alias("at"),
        sf.col("neighbour_kind").alias("at_kind"),
        (sf.col("possible") | unsure() | sf.col("twin")).alias("possible"),
        sf.concat("chain", sf.array("neighbour")).alias("chain"),
    )


def merged(law: Law, walks: DataFrame, ways: list[Way], number: int) -> DataFrame:
    """One walk per way, record, begin, end and degree of certainty."""
    naming = [way.number for way in ways if way.rule.named_at == number and way.rule.needs_naming]
    if naming:  # before walks are merged: a chain through a named party outdoes one that is not
        walks = _named(law, ways, walks, sf.col("way").isin(naming))
    key = [name for name in WALK if name != "chain"]
    return walks.groupBy(*key).agg(sf.min("chain").alias("chain"))


def not_through(walks: DataFrame, ways: list[Way]) -> DataFrame:
    """Walks that do not stand at a kind of entity that their rule does not pass through."""
    kinds = {kind for way in ways for kind in way.rule.not_through}
    for kind in sorted(kinds):
        barred = [way.number for way in ways if kind in way.rule.not_through]
        walks = walks.filter(~(sf.col("way").isin(barred) & (sf.col("at_kind") == kind)))
    return walks


def ends_of(law: Law, ways: list[Way], walks: DataFrame) -> DataFrame:
    """Walks whose end the rule applies to, with ``rule`` and ``length`` (entities in the chain)."""
    traits = [w.number for w in ways if w.rule.to_industry or w.rule.to_jurisdiction]
    those = sf.col("way").isin(traits)
    unasked = {name: sf.lit(None).cast("string") for name in ("industry", "jurisdiction")}
    whole = walks.filter(~those).withColumns(unasked)
    if traits:  # few rules ask for these, and few walks are theirs
        asked = law.entities.select(sf.col("id").alias("at"), "industry", "jurisdiction")
        whole = whole.unionByName(walks.filter(those).join(asked, "at", "left"))
    walks = whole.join(way_rows(law.stages, ways), "way")
    keep = (sf.size("to") == 0) | sf.array_contains("to", sf.col("at_kind"))
    keep = keep & (~sf.col("others") | (sf.col("at") != sf.col("begin")))
    possible = sf.col("possible") | sf.col("unproven")
    for words, word in (("industries", "industry"), ("jurisdictions", "jurisdiction")):
        unknown = (sf.size(words) > 0) & sf.col(word).isNull()
        keep = keep & (unknown | any_of(words, word))
        possible = possible | unknown
    ends = walks.filter(keep).withColumn("possible", possible)
    if any(way.names_the_end for way in ways):
        ends = _named(law, ways, ends, sf.col("names_end"))
    return ends.select(*WALK, "rule", (sf.col("length") + 1).alias("length"))


def _named(law: Law, ways: list[Way], walks: DataFrame, asked: Column) -> DataFrame:
    """Make possible, where naming is asked for, what stands at a party that nobody has named."""
    rules = [(way.number, way.rule.code) for way in ways if way.rule.needs_naming]
    numbers = law.stages.small(rules, "way int, named_rule string")
    named = law.named.join(numbers, "named_rule")
    named = named.select("way", "at", sf.lit(True).alias("is_named"))
    joined = walks.join(named, ["way", "at"], "left")
    possible = sf.col("possible") | (asked & sf.col("is_named").isNull())
    return joined.withColumn("possible", possible).drop("is_named")

"""The rules of a pack as small tables, so that all routes are walked at once.

A *way* is one route of one rule, by its number. What a rule asks is data beside the way: one join
takes all walks of all rules a step further, however many rules a pack has.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from trustgraph.engines.spark.stages import Stages
from trustgraph.legal.twins import is_twin, routes_over_twins
from trustgraph.policy import Route, Rule
from trustgraph.register import NO_START
from trustgraph.schema import BILLION

__all__ = ["Way", "any_of", "passes", "step_tests", "trigger_rows", "unsure", "way_rows", "ways_of"]

_WHEN = ("at_decision", "as_of", "after_decision")


@dataclass(frozen=True, slots=True)
class Way:
    """One route of one rule."""

    number: int
    rule: Rule
    route: Route

    @property
    def length(self) -> int:
        return len(self.route.steps)

    @property
    def gathers(self) -> str | None:
        """How the rule looks at several parties at once, if it does."""
        return None if self.rule.aggregate is None else self.rule.aggregate.by

    @property
    def names_the_end(self) -> bool:
        """Whether an authority has to name whoever stands at the end."""
        return self.rule.needs_naming and self.rule.named_at is None


def ways_of(rules: tuple[Rule, ...], *, twins: bool) -> list[Way]:
    """All routes of the rules that there is anything to do for, over ``twins`` where there are."""
    routes = [
        (rule, route)
        for rule in rules
        # Carried by channels; the listed entity itself needs no market to know it.
        if rule.force != "E" or any(route.steps for route in rule.routes)
        for route in (*rule.routes, *(routes_over_twins(rule) if twins else ()))
    ]
    return [Way(number, rule, route) for number, (rule, route) in enumerate(routes)]


def way_rows(stages: Stages, ways: list[Way]) -> DataFrame:
    """What is asked of the end of each way: ``way, rule, length, to, …`` (no words: anything)."""
    rows = [
        (
            way.number,
            way.rule.code,
            way.length,
            list(way.rule.to),
            list(way.rule.to_industry),
            list(way.rule.to_jurisdiction),
            way.rule.others,
            way.rule.unproven,
            way.names_the_end,
        )
        for way in ways
    ]
    words = "to array<string>, industries array<string>, jurisdictions array<string>"
    flags = "others boolean, unproven boolean, names_end boolean"
    return stages.small(rows, f"way int, rule string, length int, {words}, {flags}")


def trigger_rows(stages: Stages, ways: list[Way], types: dict[str, set[str]]) -> DataFrame:
    """Which record types set which ways off, and what is asked of the listed entity."""
    rows = [
        (
            code,
            way.number,
            list(way.rule.from_kinds),
            [form.lower() for form in way.rule.from_forms],
            list(way.route.from_region),
            way.rule.lasts_months,
        )
        for way in ways
        for code in sorted(types[way.rule.code])
    ]
    words = "from_kinds array<string>, from_forms array<string>, from_regions array<string>"
    return stages.small(rows, f"type string, way int, {words}, lasts int")


def step_tests(stages: Stages, ways: list[Way], number: int) -> DataFrame:
    """The tests of the step after ``number`` steps: ``way, step, when, floor`` (-1: no share),
    ``twin`` (between persons who are possibly the same)."""
    rows = [
        (
            way.number,
            step,
            _WHEN.index(test.when),
            -1 if test.min_share is None else round(test.min_share * BILLION),
            is_twin(test),
        )
        for way in ways
        if way.length > number
        for test in [way.route.steps[number]]
        for step in sorted({*test.steps})
    ]
    return stages.small(rows, "way int, step int, when int, floor int, twin boolean")


def passes(today: int) -> Column:
    """Whether a relationship passes the test of a step; see ``trustgraph.legal.routes``.

    A stated range passes ``min_share`` if its upper end does; a share of which nothing is stated
    fails. Rules that need no record ask for relationships of the day only.
    """
    start, end, decided = sf.col("start"), sf.col("end"), sf.col("decided")
    now = (start <= today) & (end > today)
    then = sf.when(decided.isNull(), now).otherwise((start <= decided) & (end > decided))
    since = sf.when(decided.isNull(), now).otherwise(now & (start != NO_START) & (start > decided))
    when = sf.col("when")
    timely = (
        sf.when(when == _WHEN.index("at_decision"), then)
        .when(when == _WHEN.index("after_decision"), since)
        .otherwise(now)
    )
    floor = sf.col("floor")
    held = (floor < 0) | ((sf.col("share") >= 0) & (sf.col("high") >= floor))
    return timely & held


def unsure() -> Column:
    """Whether only the upper end of a stated share is enough."""
    return (sf.col("floor") >= 0) & (sf.col("low") < sf.col("floor"))


def any_of(words: str, word: str) -> Column:
    """Whether a word begins with one of a list; null where the list asks and there is no word."""
    begins = sf.exists(words, lambda prefix: sf.startswith(sf.col(word), prefix))
    return sf.when(sf.size(words) == 0, True).otherwise(begins)

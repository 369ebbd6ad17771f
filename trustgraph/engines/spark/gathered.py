"""Rules that need no record but look at all parties: pairs, and the worst grade of several.

Their walks begin everywhere: the first step is the entries themselves, and no join.
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from trustgraph.engines.spark.entries import in_force
from trustgraph.engines.spark.routes import Way, passes, step_tests, unsure
from trustgraph.engines.spark.walks import Law, ends_of, law_entries, merged, walked
from trustgraph.legal.routes import hub_place

__all__ = ["pairs", "worst_grades"]


def pairs(law: Law, ways: list[Way]) -> DataFrame:
    """Pairs that exclude one another; through a hub of very many one row a member is enough.

    Who leads on to more than ``max_fanout`` others gives each member one row that ends there and
    counts the others, as in ``legal.exclusions``: a hub costs as many rows as it has members,
    not their square, and nothing is ever joined to all of it.
    """
    anywhere = law.stages.kept(
        "pairs-1", lambda: _first_steps(law, ways), words="consequences, pairs, step 1"
    )
    begun = _from_regions(law, ways, anywhere)
    crowded: list[DataFrame] = []

    def between(walks: DataFrame, number: int) -> DataFrame:
        """Walks that stand before no hub after so many steps; those that do end there."""
        if not any(hub_place(way.route) == number for way in ways):
            return walks
        hubs = _hubs(law, ways, number)
        crowded.append(_crowded(law, ways, walks.join(hubs, ["way", "at"]), number))
        return walks.join(hubs, ["way", "at"], "left_anti")

    found = walked(law, ways, begun, "pairs", begun=1, between=between)
    plain = (
        ends_of(law, ways, found)
        .filter(sf.col("at") != sf.col("begin"))
        .select(
            "rule",
            "begin",
            sf.col("at").alias("other"),
            "possible",
            "length",
            "chain",
            sf.lit(None).cast("string").alias("detail"),
            sf.lit(0).cast("bigint").alias("fewer"),
        )
    )
    best = sf.min(sf.struct("possible", "length", "chain", "fewer", "detail")).alias("best")
    return (
        reduce(DataFrame.unionByName, crowded, plain)
        .groupBy("rule", "begin", "other")
        .agg(best)
        .select(
            sf.col("begin").alias("entity"),
            "rule",
            sf.lit(None).cast("string").alias("record"),
            "best.possible",
            "best.chain",
            "best.detail",
        )
    )


def _hubs(law: Law, ways: list[Way], number: int) -> DataFrame:
    """Who leads on to more than ``max_fanout`` others after so many steps: ``way, at, size``."""
    live = law_entries(law, ways).filter(in_force(law.today))
    those = [way.number for way in ways if hub_place(way.route) == number]
    return law.stages.kept(
        f"law-hubs-{number}",
        lambda: (
            live.join(step_tests(law.stages, ways, number), "step")
            .filter(sf.col("way").isin(those))
            .groupBy("way", sf.col("entity").alias("at"))
            .agg(sf.count("*").alias("size"))
            .filter(sf.col("size") > law.policy.max_fanout)
        ),
        words=f"consequences, hubs after step {number}",
    )


def _crowded(law: Law, ways: list[Way], walks: DataFrame, number: int) -> DataFrame:
    """The rows of walks that end at a hub, which stands for all whom it leads on to."""
    # Whoever begins is among them, but where a hub stands for somebody else.
    others = sf.col("size") - (1 if number == 1 else 0)
    return walks.join(_rules(law, ways), "way").select(
        "rule",
        "begin",
        sf.col("at").alias("other"),
        (sf.col("possible") | sf.col("unproven")).alias("possible"),
        sf.lit(number + 1).alias("length"),
        "chain",
        sf.format_string("%d others", others).alias("detail"),
        (-others).alias("fewer"),
    )


def worst_grades(law: Law, ways: list[Way], ranks: DataFrame) -> DataFrame:
    """Consequences by which an entity takes the worst grade of those that lead to it.

    ``ranks`` has ``entity`` and ``rank`` of all that have a grade.
    """
    graded = ranks.select(sf.col("entity").alias("begin"), "rank")
    everywhere = law.stages.kept(
        "grades-1", lambda: _from_regions(law, ways, _first_steps(law, ways))
    )
    ends = ends_of(law, ways, walked(law, ways, everywhere, "grades", begun=1))
    codes = law.stages.small(
        [(rank, grade.code) for rank, grade in enumerate(law.policy.grades)],
        "rank int, detail string",
    )
    better = (-sf.col("rank")).alias("better")
    worst = sf.struct(better, "possible", "length", "chain").alias("worst")
    return (
        ends.join(graded, "begin")
        .groupBy("rule", sf.col("at").alias("entity"))
        .agg(sf.min(worst).alias("worst"))
        .withColumn("rank", -sf.col("worst.better"))
        .join(codes, "rank")
        .select(
            "entity",
            "rule",
            sf.lit(None).cast("string").alias("record"),
            "worst.possible",
            "worst.chain",
            "detail",
        )
    )


def _first_steps(law: Law, ways: list[Way]) -> DataFrame:
    """Walks of one step from every entity of a kind that its rule looks at."""
    tests = step_tests(law.stages, ways, 0)
    kinds = law.stages.small(
        [(way.number, list(way.rule.from_kinds)) for way in ways], "way int, kinds array<string>"
    )
    rows = law_entries(law, ways).join(tests, "step").join(kinds, "way")
    of_kind = (sf.size("kinds") == 0) | sf.array_contains("kinds", sf.col("kind"))
    walks = (
        rows.filter(of_kind)
        .withColumn("decided", sf.lit(None).cast("int"))
        .filter(passes(law.today))
        .select(
            "way",
            sf.lit(None).cast("string").alias("record"),
            sf.col("entity").alias("begin"),
            "decided",
            sf.lit(None).cast("double").alias("amount"),
            sf.col("neighbour").alias("at"),
            sf.col("neighbour_kind").alias("at_kind"),
            unsure().alias("possible"),
            sf.array("entity", "neighbour").alias("chain"),
        )
    )
    return merged(law, walks, ways, 1)


def _from_regions(law: Law, ways: list[Way], walks: DataFrame) -> DataFrame:
    """Walks that begin in a region that their route asks for, or in none that is known."""
    regions = [(w.number, list(w.route.from_region)) for w in ways if w.route.from_region]
    if not regions:
        return walks
    asked = law.stages.small(regions, "way int, regions array<string>")
    those = sf.col("way").isin([number for number, _ in regions])
    where = law.entities.select(sf.col("id").alias("begin"), "region")
    some = walks.filter(those).join(asked, "way").join(where, "begin", "left")
    begins = sf.exists("regions", lambda prefix: sf.startswith(sf.col("region"), prefix))
    unknown = sf.col("region").isNull()
    some = some.filter(unknown | begins).withColumn("possible", sf.col("possible") | unknown)
    return walks.filter(~those).unionByName(some.drop("regions", "region"))


def _rules(law: Law, ways: list[Way]) -> DataFrame:
    rows = [(way.number, way.rule.code, way.rule.unproven) for way in ways]
    return law.stages.small(rows, "way int, rule string, unproven boolean")

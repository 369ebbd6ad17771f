"""Two runs compared: whose score changed, and what each point of the change is owed to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from trustgraph.comparison.causes import CAUSES, causes_between
from trustgraph.comparison.matching import Match, matched
from trustgraph.comparison.worlds import World, weighed, worlds_between
from trustgraph.differing import came_and_went, differing
from trustgraph.ledger import LINE_KINDS
from trustgraph.policy import Policy
from trustgraph.register import Register
from trustgraph.runs import Run
from trustgraph.scoring import Scoring

__all__ = ["COMPARISON_TABLES", "Comparison", "Side", "compared", "side_of", "side_of_run"]

COMPARISON_TABLES: Final = ("changes", "causes", "consequences", "control", "coverage")
Stage = Callable[[str, int, int], None]
_BY_LAW: Final = "consequences changed"
"""Why a grade changed where no point did."""
_SCORES: Final = ("score_micro", "grade", "coverage", "exposure_cap_micro", "clamp_micro")


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """What differs between two runs, the earlier and the later one.

    ``changes``: ``entity, score_before_micro, score_after_micro, grade_before, grade_after,
    causes``, of whose score or grade differs (null: not scored then). ``causes``: ``entity, cause,
    line, record, micro``; the amounts of an entity add up to the change of its score.
    ``consequences`` and ``control``: a run's rows after ``change`` (``came`` or ``went``).
    ``coverage``: ``entity, coverage_before, coverage_after``.
    """

    changes: pl.DataFrame
    causes: pl.DataFrame
    consequences: pl.DataFrame
    control: pl.DataFrame
    coverage: pl.DataFrame

    def __repr__(self) -> str:
        return (
            f"<Comparison: {self.changes.height:,} scores or grades differ, "
            f"{self.consequences.height:,} consequences>"
        )


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: what it was made from, and its results."""

    world: World
    scores: pl.LazyFrame
    consequences: pl.LazyFrame
    control: pl.LazyFrame


def side_of_run(run: Run) -> Side:
    """A run on disk. Raises RunError where it is damaged."""
    world = World(run.register(), run.policy(), run.as_of, run.forget_on)
    return Side(world, run.scores(), run.consequences(), run.control())


def side_of(scoring: Scoring, register: Register, policy: Policy) -> Side:
    """A scoring that is still in memory."""
    world = World(register, policy, scoring.as_of, scoring.forget_on)
    frames = (scoring.scores, scoring.consequences, scoring.control)
    return Side(world, *(frame.lazy() for frame in frames))


def compared(
    earlier: Side, later: Side, *, threads: int | None = None, stage: Stage | None = None
) -> Comparison:
    """Compare two sides. What changed is found from what they were made from, step by step."""
    tell = stage or (lambda _name, _done, _total: None)
    tell("matching", 0, 1)
    first, last = earlier.world, later.world
    match = matched(first.register, last.register)
    if match.same:
        first = replace(first, register=last.register)
    tell("matching", 1, 1)
    causes = _steps(match, first, last, threads, tell)
    scores = _scores(earlier, later)
    whole = pl.concat([_named(match, causes), *_totals(scores)]).sort(
        "entity", "cause", "line", "record", nulls_last=True
    )
    kinds = pl.Series(LINE_KINDS, dtype=pl.String)
    words = pl.Series(CAUSES, dtype=pl.String)
    return Comparison(
        changes=_changes(scores, whole, words),
        causes=whole.with_columns(
            cause=words.gather(whole["cause"]), line=kinds.gather(whole["line"])
        ).select("entity", "cause", "line", "record", "micro"),
        consequences=_came_and_went(earlier.consequences, later.consequences),
        control=_came_and_went(earlier.control, later.control),
        coverage=scores.filter(
            pl.col("coverage_before").ne_missing(pl.col("coverage_after"))
        ).select("entity", "coverage_before", "coverage_after"),
    )


def _steps(
    match: Match, first: World, last: World, threads: int | None, tell: Stage
) -> pl.DataFrame:
    worlds = worlds_between(first, last, same_register=match.same)
    found = []
    before = None
    for place, world in enumerate(worlds):
        tell("weighing", place, len(worlds))
        after = weighed(match, world, threads=threads)
        if before is not None:
            found.append(causes_between(match, before, after))
        before = after
    tell("weighing", len(worlds), len(worlds))
    schema = pl.Schema(
        {
            "entity": pl.Int64(),
            "line": pl.UInt8(),
            "record": pl.Int64(),
            "cause": pl.UInt8(),
            "micro": pl.Int64(),
        }
    )
    none = pl.DataFrame(schema=schema)
    whole = pl.concat([none, *(part.select(schema.names()).cast(schema) for part in found)])
    return whole.group_by("entity", "line", "record", "cause").agg(pl.col("micro").sum())


def _named(match: Match, causes: pl.DataFrame) -> pl.DataFrame:
    kept = causes.filter(pl.col("micro") != 0)
    return kept.select(
        match.ids(kept["entity"]).alias("entity"),
        "cause",
        "line",
        match.record_ids(kept["record"]).alias("record"),
        "micro",
    )


def _scores(earlier: Side, later: Side) -> pl.DataFrame:
    """Both runs' scores side by side, null where an entity is not scored."""
    sides = []
    for side, name in ((earlier, "before"), (later, "after")):
        frame = side.scores.select("entity", *_SCORES).collect()
        frame = frame.with_columns(base=pl.lit(side.world.policy.base_micro, pl.Int64))
        sides.append(frame.rename({n: f"{n}_{name}" for n in (*_SCORES, "base")}))
    return sides[0].join(sides[1], on="entity", how="full", coalesce=True).sort("entity")


def _totals(scores: pl.DataFrame) -> list[pl.DataFrame]:
    """What base, exposure cap and clamp do to the change of each score."""
    both = pl.col("base_before").is_not_null() & pl.col("base_after").is_not_null()
    base = (
        pl.when(both)
        .then(CAUSES.index("rule or weight changed"))
        .when(pl.col("base_before").is_null())
        .then(CAUSES.index("entity added"))
        .otherwise(CAUSES.index("entity removed"))
    )
    found = []
    for kind, name, cause in (
        ("base", "base", base),
        ("exposure_cap", "exposure_cap_micro", pl.lit(CAUSES.index("exposure cap"))),
        ("clamp", "clamp_micro", pl.lit(CAUSES.index("clamp"))),
    ):
        micro = pl.col(f"{name}_after").fill_null(0) - pl.col(f"{name}_before").fill_null(0)
        found.append(
            scores.select(
                "entity",
                cause.cast(pl.UInt8).alias("cause"),
                pl.lit(LINE_KINDS.index(kind), pl.UInt8).alias("line"),
                pl.lit(None, pl.String).alias("record"),
                micro.alias("micro"),
            ).filter(pl.col("micro") != 0)
        )
    return found


def _changes(scores: pl.DataFrame, causes: pl.DataFrame, words: pl.Series) -> pl.DataFrame:
    moved = pl.col("score_micro_before").ne_missing(pl.col("score_micro_after"))
    moved |= pl.col("grade_before").ne_missing(pl.col("grade_after"))
    distinct = causes.select("entity", "cause").unique().sort("entity", "cause")
    said = (
        distinct.with_columns(word=words.gather(distinct["cause"]))
        .group_by("entity")
        .agg(causes=pl.col("word").str.join("; "))
    )
    return (
        scores.filter(moved)
        .join(said, on="entity", how="left", maintain_order="left")
        .select(
            "entity",
            pl.col("score_micro_before").alias("score_before_micro"),
            pl.col("score_micro_after").alias("score_after_micro"),
            "grade_before",
            "grade_after",
            pl.col("causes").fill_null(_BY_LAW),
        )
    )


def _came_and_went(before: pl.LazyFrame, after: pl.LazyFrame) -> pl.DataFrame:
    """Rows of one run that the other does not have."""
    whole = came_and_went(*differing(before.collect(), after.collect()))
    order = [name for name in ("entity", "rule", "owner", "record", "change") if name in whole]
    return whole.sort(order, nulls_last=True)

"""Two runs compared: whose score changed, and what each point of the change is owed to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from trustgraph.comparison.attribution import CAUSES, causes_between
from trustgraph.comparison.matching import Match, matched
from trustgraph.comparison.steps import World, steps_between, weighed
from trustgraph.policy import Policy
from trustgraph.register import Register
from trustgraph.runs.run import Run
from trustgraph.scoring.grades import caps_of
from trustgraph.scoring.ledger import LINE_KINDS
from trustgraph.scoring.pipeline import Scoring
from trustgraph.tables.diff import added_and_removed, differing

__all__ = ["COMPARISON_TABLES", "Comparison", "Side", "compared", "side_of", "side_of_run"]

COMPARISON_TABLES: Final = ("changes", "causes", "consequences", "control", "coverage")
Stage = Callable[[str, int, int], None]
_CAUSES: Final = pl.Schema(
    {
        "entity": pl.Int64(),
        "cause": pl.UInt8(),
        "line": pl.UInt8(),
        "record": pl.Int64(),
        "micro": pl.Int64(),
    }
)
_CAP: Final = ["entity", "rule", "record"]
_SCORES: Final = (
    *("score_micro", "grade", "grade_reason", "grade_by"),
    *("coverage", "exposure_cap_micro", "clamp_micro"),
)
_BY_REASON: Final = {
    "status": "status changed",
    "blocked": "blocked or freed",
    "coverage": "coverage changed",
}
"""Causes of grades that neither records nor rules cap."""
SPAN_ENTITIES: Final = 1 << 20
"""Of how many entities the results of both runs are looked at together."""


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """What differs between two runs, the earlier and the later one.

    ``changes``: ``entity, score_before_micro, score_after_micro, grade_before, grade_after,
    causes``, of whose score or grade differs (null: not scored then). ``causes``: ``entity, cause,
    line, record, micro``; the amounts of an entity add up to the change of its score, and rows of 0
    say what changed its grade alone.
    ``consequences`` and ``control``: a run's rows after ``change`` (``added`` or ``removed``).
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
    results: Run | Scoring

    def rows(self, name: str, span: tuple[int, int]) -> pl.LazyFrame:
        """The rows of one of a run's tables of consecutive entities, by their numbers."""
        if isinstance(self.results, Run):
            return self.results.within(name, self.world.register.ids, span)
        whole: pl.DataFrame = getattr(self.results, name)
        ids, (low, high) = self.world.register.ids, span
        if high - low == len(ids):
            return whole.lazy()
        if low == high:
            return whole.clear().lazy()
        return whole.lazy().filter(
            pl.col("entity").is_between(pl.lit(ids[low]), pl.lit(ids[high - 1]))
        )


def side_of_run(run: Run) -> Side:
    """A run on disk. Raises RunError where it is damaged, or lacks what is compared."""
    return Side(World(run.register(), run.policy(), run.as_of, run.retention_on), run)


def side_of(scoring: Scoring, register: Register, policy: Policy) -> Side:
    """A scoring that is still in memory."""
    return Side(World(register, policy, scoring.as_of, scoring.retention_on), scoring)


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
    lines, caps = (
        _named(match, found).sort("entity") for found in _steps(match, first, last, threads, tell)
    )
    spans = list(_spans(earlier, later))
    tables: dict[str, list[pl.DataFrame]] = {name: [] for name in COMPARISON_TABLES}
    for place, span in enumerate(spans):
        tell("comparing", place, len(spans))
        for name, found in _of_span(earlier, later, span, lines, caps).items():
            tables[name].append(found)
    tell("comparing", len(spans), len(spans))
    return Comparison(**{name: pl.concat(found) for name, found in tables.items()})


_Sides = tuple[tuple[Side, tuple[int, int]], tuple[Side, tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class _Span:
    """The same entities on both sides, by the numbers of each; ``beyond`` is the id after them."""

    earlier: tuple[int, int]
    later: tuple[int, int]
    begin: str | None
    beyond: str | None

    def of(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Those of rows sorted by entity (ids) that are theirs."""
        low, high = (
            none if at is None else int(rows["entity"].search_sorted(at, side="left"))
            for at, none in ((self.begin, 0), (self.beyond, rows.height))
        )
        return rows.slice(low, high - low)


def _spans(earlier: Side, later: Side) -> Iterator[_Span]:
    """All entities, some at a time: of whole runs there may be more than memory holds."""
    was, now = earlier.world.register.ids, later.world.register.ids
    low, begin = (0, 0), None
    for number in range(SPAN_ENTITIES, len(now), SPAN_ENTITIES):
        beyond = now[number]
        high = was.near(beyond), number
        yield _Span((low[0], high[0]), (low[1], high[1]), begin, beyond)
        low, begin = high, beyond
    yield _Span((low[0], len(was)), (low[1], len(now)), begin, None)


def _of_span(
    earlier: Side, later: Side, span: _Span, lines: pl.DataFrame, caps: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """The rows of each of ``COMPARISON_TABLES`` of some entities."""
    sides = (earlier, span.earlier), (later, span.later)
    scores = _scores(sides)
    moved = _added_and_removed(sides, "consequences")
    points = pl.concat([span.of(lines), *_totals(scores)])
    graded = _of_grades(points, scores, span.of(caps), _capping(earlier, later, moved))
    whole = pl.concat([points, graded]).sort("entity", "cause", "line", "record", nulls_last=True)
    kinds = pl.Series(LINE_KINDS, dtype=pl.String)
    words = pl.Series(CAUSES, dtype=pl.String)
    return {
        "changes": _changes(scores, whole, words),
        "causes": whole.with_columns(
            cause=words.gather(whole["cause"]), line=kinds.gather(whole["line"])
        ).select("entity", "cause", "line", "record", "micro"),
        "consequences": moved,
        "control": _added_and_removed(sides, "control"),
        "coverage": scores.filter(_differs("coverage")).select(
            "entity", "coverage_before", "coverage_after"
        ),
    }


def _steps(
    match: Match, first: World, last: World, threads: int | None, tell: Stage
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What ``causes_between`` finds in all steps: lines, and what caps grades (of 0 points)."""
    steps = steps_between(first, last, same_register=match.same)
    none = pl.DataFrame(schema=_CAUSES)
    lines, caps = [none], [none]
    before = None
    for place, world in enumerate(steps):
        tell("weighing", place, len(steps))
        after = weighed(match, world, threads=threads)
        if before is not None:
            moved, capping = causes_between(match, before, after)
            lines.append(moved.select(_CAUSES.names()).cast(_CAUSES))
            own = capping.with_columns(line=pl.lit(LINE_KINDS.index("own")), micro=pl.lit(0))
            caps.append(own.select(_CAUSES.names()).cast(_CAUSES))
        before = after
    tell("weighing", len(steps), len(steps))
    summed = pl.concat(lines).group_by("entity", "line", "record", "cause").agg(pl.sum("micro"))
    moved = summed.select(_CAUSES.names()).filter(pl.col("micro") != 0)
    return moved, pl.concat(caps).unique()


def _named(match: Match, causes: pl.DataFrame) -> pl.DataFrame:
    """Causes with ids instead of common numbers."""
    return causes.with_columns(
        match.ids(causes["entity"]).alias("entity"),
        match.record_ids(causes["record"]).alias("record"),
    )


def _of_grades(
    points: pl.DataFrame, scores: pl.DataFrame, records: pl.DataFrame, consequences: pl.DataFrame
) -> pl.DataFrame:
    """Rows of 0 points for grades that changed, for other reasons than the points tell.

    ``records`` and ``consequences`` are the causes why records and law cap grades otherwise. A
    grade for which there is nothing else has another band, or is capped by another version of a
    rule.
    """
    changed = scores.filter(_differs("grade")).select("entity")
    caps = pl.concat([records, consequences]).join(changed, on="entity", how="semi")
    caps = caps.join(points, on=["entity", "record", "cause"], how="anti", nulls_equal=True)
    unsaid = scores.filter(_differs("grade")).join(
        pl.concat([points, caps]), on="entity", how="anti"
    )
    found = list(_by_reason(unsaid))
    left = unsaid.join(pl.concat(found), on="entity", how="anti").select("entity")
    return pl.concat([caps, *found, _causes(left, "rule or weight changed")])


def _by_reason(unsaid: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Causes of grades of which something else than band, record or rule decides on one side."""
    for reason, cause in _BY_REASON.items():
        sides = (pl.col(f"grade_reason_{side}") == reason for side in ("before", "after"))
        decides = pl.any_horizontal(sides)
        if reason == "coverage":
            decides &= _differs("coverage")
        yield _causes(unsaid.filter(decides).select("entity"), cause)


def _capping(earlier: Side, later: Side, moved: pl.DataFrame) -> pl.DataFrame:
    """Consequences that cap grades and are there in one run alone, as causes of 0 points."""
    sides = []
    for side, change in ((earlier, "removed"), (later, "added")):
        rules = list(caps_of(side.world.policy, side.world.as_of))
        capping = pl.col("rule").is_in(rules) & (pl.col("status") == "fact")
        sides.append(moved.filter(pl.col("change") == change, capping).select(_CAP).unique())
    before, after = sides
    return _causes(
        pl.concat(
            [
                before.join(after, on=_CAP, how="anti", nulls_equal=True),
                after.join(before, on=_CAP, how="anti", nulls_equal=True),
            ]
        ),
        "consequences changed",
    ).unique()


def _causes(rows: pl.DataFrame, cause: str) -> pl.DataFrame:
    """Causes of 0 points of entities (and records, where ``rows`` names them)."""
    record = "record" if "record" in rows else pl.lit(None, pl.String).alias("record")
    return rows.select(
        "entity",
        pl.lit(CAUSES.index(cause), pl.UInt8).alias("cause"),
        pl.lit(None, pl.UInt8).alias("line"),
        record,
        pl.lit(0, pl.Int64).alias("micro"),
    )


def _differs(name: str) -> pl.Expr:
    return pl.col(f"{name}_before").ne_missing(pl.col(f"{name}_after"))


def _scores(sides: _Sides) -> pl.DataFrame:
    """Both runs' scores side by side, null where an entity is not scored."""
    found = []
    for (side, span), name in zip(sides, ("before", "after"), strict=True):
        frame = side.rows("scores", span).select("entity", *_SCORES).collect()
        frame = frame.with_columns(base=pl.lit(side.world.policy.base_micro, pl.Int64))
        found.append(frame.rename({n: f"{n}_{name}" for n in (*_SCORES, "base")}))
    return found[0].join(found[1], on="entity", how="full", coalesce=True).sort("entity")


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
    distinct = causes.select("entity", "cause").unique().sort("entity", "cause")
    said = (
        distinct.with_columns(word=words.gather(distinct["cause"]))
        .group_by("entity")
        .agg(causes=pl.col("word").str.join("; "))
    )
    return (
        scores.filter(_differs("score_micro") | _differs("grade"))
        .join(said, on="entity", how="left", maintain_order="left")
        .select(
            "entity",
            pl.col("score_micro_before").alias("score_before_micro"),
            pl.col("score_micro_after").alias("score_after_micro"),
            "grade_before",
            "grade_after",
            "causes",
        )
    )


def _added_and_removed(sides: _Sides, name: str) -> pl.DataFrame:
    """Rows of a table that one run has and the other does not."""
    whole = added_and_removed(
        *differing(*(side.rows(name, span).collect() for side, span in sides))
    )
    order = [name for name in ("entity", "rule", "owner", "record", "change") if name in whole]
    return whole.sort(order, nulls_last=True)

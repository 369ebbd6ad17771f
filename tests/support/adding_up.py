"""Causes of a comparison add up to what differs."""

from __future__ import annotations

import polars as pl

import trustgraph as tg
from trustgraph.comparison.outcome import Comparison


def assert_adds_up(found: Comparison, earlier: tg.Result, later: tg.Result) -> None:
    scores = (
        dict(result.scores.select("entity", "score_micro").rows()) for result in (earlier, later)
    )
    before, after = scores
    sums = dict(found.causes.group_by("entity").agg(pl.col("micro").sum()).rows())
    for entity in before | after:
        change = after.get(entity, 0) - before.get(entity, 0)
        assert sums.pop(entity, 0) == change, entity
    assert not sums
    moved = {entity for entity in before | after if before.get(entity) != after.get(entity)}
    assert moved <= set(found.changes["entity"])
    changed = {row["entity"]: row for row in found.changes.to_dicts()}
    said = {entity: set(row["causes"].split("; ")) for entity, row in changed.items()}
    owed: dict[str, set[str]] = {}
    for entity, cause, micro in found.causes.select("entity", "cause", "micro").rows():
        owed.setdefault(entity, set()).add(cause)
        row = changed[entity] if not micro else None
        assert row is None or row["grade_before"] != row["grade_after"], "0 points, same grade"
    assert said == {entity: owed[entity] for entity in said}

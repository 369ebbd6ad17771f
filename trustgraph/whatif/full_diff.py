"""What differs between two scorings of everything: for changes that reach everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from trustgraph.scoring.ledger import LINE_KINDS
from trustgraph.scoring.pipeline import Scoring
from trustgraph.tables.diff import added_and_removed, differing
from trustgraph.whatif.apply_changes import Touched
from trustgraph.whatif.outcome import WhatIf, causes_of, changes_of

__all__ = ["POLICY_CHANGED", "difference"]

POLICY_CHANGED: Final = "policy changed"
_KEY: Final = ["entity", "line", "record"]
_VALUES: Final = ["micro", "reach", "hops", "chain", "note"]


def difference(
    before: Scoring, after: Scoring, touched: Sequence[Touched], flagged: pl.DataFrame
) -> WhatIf:
    """Two scorings as ``what_if`` tells of one; ledgers are whole in both.

    What no change of a row explains is owed to the pack.
    """
    causes = causes_of(touched, otherwise=POLICY_CHANGED)
    ledger = causes.of(_ledger(before.ledger, after.ledger))
    law = causes.of(
        added_and_removed(*differing(before.consequences, after.consequences)).sort(
            "entity", "rule", "record", "chain", "change", nulls_last=True
        )
    )
    control = added_and_removed(*differing(before.control, after.control))
    scores = [
        frame.select("entity", score=pl.col("score_micro"), grade="grade", coverage="coverage")
        for frame in (before.scores, after.scores)
    ]
    both = scores[0].join(scores[1], on="entity", how="full", suffix="_after", coalesce=True)
    totals = both.select(
        "entity",
        score_before_micro="score",
        score_after_micro="score_after",
        grade_before="grade",
        grade_after="grade_after",
    )
    covered = both.filter(pl.col("coverage").ne_missing(pl.col("coverage_after"))).select(
        "entity", coverage_before="coverage", coverage_after="coverage_after"
    )
    return WhatIf(
        as_of=after.as_of,
        changes=changes_of(totals, ledger, law, causes),
        ledger=ledger,
        consequences=law,
        control=causes.of(control.sort("entity", "owner", "change")),
        coverage=causes.of(covered.sort("entity")),
        flagged=flagged,
    )


def _ledger(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Lines that are not the same, both sides in a row."""
    frames = [
        frame.select(*_KEY, *_VALUES).rename({name: f"{name}_{side}" for name in _VALUES})
        for frame, side in zip(
            differing(before.select(*_KEY, *_VALUES), after.select(*_KEY, *_VALUES)),
            ("before", "after"),
            strict=True,
        )
    ]
    order = pl.max_horizontal(pl.col("micro_before").abs(), pl.col("micro_after").abs())
    kinds = {kind: place for place, kind in enumerate(LINE_KINDS)}
    return (
        frames[0]
        .join(frames[1], on=_KEY, how="full", nulls_equal=True, coalesce=True)
        .with_columns(
            pl.col("chain_before", "chain_after").fill_null([]),
            __line=pl.col("line").replace_strict(kinds, return_dtype=pl.UInt8),
            __order=order,
        )
        .sort("entity", "__line", "__order", "record", descending=[False, False, True, False])
        .select(*_KEY, *(f"{name}_{side}" for name in _VALUES for side in ("before", "after")))
    )

"""What is doubtful about stakes as of a day, with the rows that say so.

A holding in oneself and a stake entered twice are found when tables are checked, for they do not
depend on a day (``trustgraph.tables``); a share outside 0 to 1 is rejected there.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from trustgraph.schema import BILLION
from trustgraph.sheets import AT, lines_of

__all__ = ["OVERFULL", "stake_faults"]

OVERFULL: Final = 1_005_000_000
"""Owners who state more than this together (billionths) are flagged: less is rounding."""


def stake_faults(relationships: pl.DataFrame, *, as_of: dt.date) -> pl.DataFrame:
    """Lines for ``flagged``: rows of over-full companies, and stakes without a share.

    ``relationships`` are those of checked ``Tables``.
    """
    begun = pl.col("start").is_null() | (pl.col("start") <= as_of)
    over = pl.col("end").is_not_null() & (pl.col("end") <= as_of)
    stakes = relationships.filter((pl.col("kind") == "shareholder") & begun & ~over)
    least = pl.coalesce("share", "share_min", pl.lit(0.0))
    named = (least * BILLION).round(mode="half_to_even").cast(pl.Int64)
    sure = pl.when(pl.col("confidence") >= 1).then(named).otherwise(0)
    # An owner's own stakes are one, and no more than the whole.
    by_owner = stakes.group_by("target", "source").agg(
        named=named.sum().clip(upper_bound=BILLION), held=sure.sum().clip(upper_bound=BILLION)
    )
    totals = by_owner.group_by("target").agg(
        named=pl.col("named").sum(), stated=pl.col("held").sum()
    )
    stakes = stakes.with_columns(pl.lit(0).alias(AT)).join(
        totals, on="target", how="left", maintain_order="left"
    )
    overfull = stakes["named"] > OVERFULL
    scaled = "looked through, scaled to 100 %"
    doubted = "some in doubt: looked through, they get no more than 100 %"
    total = stakes.filter(overfull).select(
        pl.format(
            "the owners of this company state {} % together{}",
            (pl.col("named") / (BILLION // 100)).round(2),
            pl.when(pl.col("stated") > OVERFULL)
            .then(pl.lit(f": {scaled}"))
            .otherwise(pl.lit(f", {doubted}")),
        )
    )
    missing = stakes.select(
        pl.all_horizontal(pl.col("share", "share_min", "share_max").is_null())
    ).to_series()
    left = stakes.filter(missing).select(
        pl.format(
            "no share is stated: it may be anything from 0 to {} %",
            ((BILLION - pl.col("stated")).clip(0) / (BILLION // 100)).round(2),
        )
    )
    return pl.concat(
        [
            lines_of(stakes, overfull, "share", total.to_series()).drop(AT),
            lines_of(stakes, missing, "share", left.to_series()).drop(AT),
        ]
    ).sort("file", "row", maintain_order=True)

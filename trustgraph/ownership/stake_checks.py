"""What is doubtful about stakes as of a day, with the rows that say so.

A holding in oneself and a stake entered twice are found when tables are checked, for they do not
depend on a day (``trustgraph.tables.tables``); a share outside 0 to 1 is rejected there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl

from trustgraph.ownership.stakes import OVERFULL
from trustgraph.parallel import in_order
from trustgraph.register import UNKNOWN_SHARE, Register
from trustgraph.schema import BILLION, STEP_CODES
from trustgraph.tables.tables import Tables, flag_more

__all__ = ["flag_stakes", "stake_faults"]

BLOCK_ENTITIES: Final = 1 << 20
_LINE: Final = ("target", "edge", "share", "exact", "reason")
_OWNED: Final = STEP_CODES["shareholder.backward"]


def flag_stakes(tables: Tables, register: Register, *, today: int) -> Tables:
    """Tables with what is doubtful about the stakes of their register, as of a day number."""
    return flag_more(tables, *stake_faults(register, today=today))


def stake_faults(register: Register, *, today: int) -> Iterator[pl.DataFrame]:
    """Lines for ``flagged``: rows of over-full companies, and stakes without a share.

    As of a day number, by company, some companies at a time: there may be a line for every stake.
    """
    size = len(register)
    spans = [(low, min(low + BLOCK_ENTITIES, size)) for low in range(0, size, BLOCK_ENTITIES)]
    for lines in in_order(lambda span: _block(register, *span, today), spans):
        if lines.height:
            yield lines


def _block(register: Register, first: int, last: int, today: int) -> pl.DataFrame:
    adjacency, all_of = register.adjacency, register.relationships
    offsets = adjacency.offsets[first : last + 1]
    entries = slice(int(offsets[0]), int(offsets[-1]))
    owned = adjacency.step[entries] == _OWNED
    edge = adjacency.edge[entries][owned]
    target = np.repeat(np.arange(first, last, dtype=np.int32), np.diff(offsets))[owned]
    live = all_of.in_force_of(edge, today)
    edge, target = edge[live], target[live]
    stakes = pl.DataFrame(
        {
            "target": target,
            "source": all_of.source[edge],
            "share": all_of.share[edge],
            "low": all_of.share_low[edge].astype(np.int64),
            "exact": all_of.share_low[edge] == all_of.share_high[edge],
            "sure": all_of.confidence[edge] >= 1,
            "start": all_of.start[edge],
            "end": all_of.end[edge],
        }
    )
    # An owner's own stakes are one, and no more than the whole.
    by_owner = stakes.group_by("target", "source").agg(
        named=pl.col("low").sum().clip(upper_bound=BILLION),
        held=pl.when("sure").then("low").otherwise(0).sum().clip(upper_bound=BILLION),
    )
    totals = by_owner.group_by("target").agg(
        named=pl.col("named").sum(), stated=pl.col("held").sum()
    )
    stakes = stakes.with_columns(edge=edge).join(
        totals, on="target", how="left", maintain_order="left"
    )
    contradicted = "what rests on them is possible at most"
    doubted = "some in doubt: looked through, they get no more than 100 %"
    overfull = stakes.filter(pl.col("named") > OVERFULL).with_columns(
        reason=pl.format(
            "the owners of this company state {} % together{}",
            (pl.col("named") / (BILLION // 100)).round(2),
            pl.when(pl.col("stated") > OVERFULL)
            .then(pl.lit(f": {contradicted}"))
            .otherwise(pl.lit(f", {doubted}")),
        )
    )
    several = stakes.filter(pl.struct("target", "source").is_duplicated())
    # Rows that say the very same are told of when tables are checked.
    said = pl.struct("share", "low", "sure", "start", "end")
    several = several.filter(said.n_unique().over("target", "source") > 1).with_columns(
        reason=pl.format(
            "this owner has {} stakes in this company in force at once, and they are added up: "
            "if one takes the place of another, give the older one its end",
            pl.len().over("target", "source"),
        )
    )
    missing = stakes.filter(pl.col("share") == UNKNOWN_SHARE).with_columns(
        reason=pl.format(
            "no share is stated: it may be anything from 0 to {} %",
            ((BILLION - pl.col("stated")).clip(0) / (BILLION // 100)).round(2),
        )
    )
    lines = pl.concat([frame.select(*_LINE) for frame in (overfull, several, missing)])
    told = register.relationship_origins.of(lines["edge"].to_numpy())
    value = pl.when("exact").then((pl.col("share") / BILLION).round(9)).cast(pl.String)
    return (
        pl.concat([told, lines], how="horizontal")
        .sort("target", "file", "row", maintain_order=True)
        .select("file", "row", column=pl.lit("share"), value=value, reason="reason")
    )

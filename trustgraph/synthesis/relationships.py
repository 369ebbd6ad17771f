"""Relationships as arrays of references, and their way into a table.

Modules that invent relationships say when one begins and ends as a part of the time that both
ends exist; here that becomes days. So no relationship can start before its company, end before
its start or lie after the as-of date.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from trustgraph.schema import KIND_CODES, RELATIONSHIP_COLUMNS, RELATIONSHIP_KINDS
from trustgraph.synthesis.chance import Float64, Int64
from trustgraph.synthesis.population import ALWAYS, NEVER, World, ended, identify, started

__all__ = ["Relationships", "chosen", "date_column", "joined", "relationship_rows", "relationships"]


@dataclass(frozen=True, slots=True)
class Relationships:
    """Relationships by number, one element each.

    ``begin`` in [0, 1] is the part of the joint life after which it starts, NaN where no start
    is known; ``finish`` in [0, 1] the part of the time from there to the as-of date after which it
    ends, NaN where it goes on. Shares and confidence are NaN where nothing is stated.
    """

    source: Int64
    target: Int64
    kind: npt.NDArray[np.int8]
    share: Float64
    low: Float64
    high: Float64
    confidence: Float64
    begin: Float64
    finish: Float64

    def __len__(self) -> int:
        return len(self.source)


def relationships(
    kind: str,
    source: Int64,
    target: Int64,
    *,
    share: Float64 | None = None,
    low: Float64 | None = None,
    high: Float64 | None = None,
    confidence: Float64 | None = None,
    begin: Float64 | float = 0.0,
    finish: Float64 | None = None,
) -> Relationships:
    """Relationships of one kind between references."""
    nothing = np.full(len(source), np.nan)
    return Relationships(
        source=source,
        target=target,
        kind=np.full(len(source), KIND_CODES[kind], dtype=np.int8),
        share=nothing if share is None else share,
        low=nothing if low is None else low,
        high=nothing if high is None else high,
        confidence=nothing if confidence is None else confidence,
        begin=np.broadcast_to(np.asarray(begin, dtype=np.float64), len(source)),
        finish=nothing if finish is None else finish,
    )


def joined(parts: list[Relationships]) -> Relationships:
    """All relationships of several parts, in order."""
    return Relationships(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in Relationships.__dataclass_fields__
        )
    )


def chosen(some: Relationships, which: npt.NDArray[np.bool_]) -> Relationships:
    """The relationships for which ``which`` is true."""
    return Relationships(
        *(getattr(some, name)[which] for name in Relationships.__dataclass_fields__)
    )


def relationship_rows(world: World, some: Relationships) -> pl.DataFrame:
    """The rows of the relationships table, in contract order.

    A repeated (source, target, kind) keeps its first row; a relationship that would have to
    start after one of its ends has gone is left out.
    """
    first = np.maximum(started(world, some.source), started(world, some.target))
    first = np.maximum(first, world.today - 34 * 366)
    last = np.minimum(ended(world, some.source), ended(world, some.target))
    room = np.minimum(last, world.today) - first
    unknown = np.isnan(some.begin)
    begin = first + (np.where(unknown, 0.0, some.begin) * room).astype(np.int64)
    open_end = np.isnan(some.finish)
    span = np.minimum(last, world.today) - begin
    over = begin + 1 + (np.where(open_end, 0.0, some.finish) * (span - 1)).astype(np.int64)
    end = np.where(open_end, last, np.minimum(over, last))
    keep = (begin < end) & (room > 0)
    kept = chosen(some, keep)
    start = np.where(unknown, ALWAYS, begin)[keep]
    names = pl.Series([kind.name for kind in RELATIONSHIP_KINDS])
    frame = pl.DataFrame(
        {
            "source": kept.source,
            "target": kept.target,
            "kind": kept.kind,
            "share": kept.share,
            "share_min": kept.low,
            "share_max": kept.high,
            "confidence": kept.confidence,
            "start": date_column(start),
            "end": date_column(end[keep]),
        }
    ).unique(subset=["source", "target", "kind"], keep="first", maintain_order=True)
    nothing = pl.lit(None, dtype=pl.String)
    return frame.with_columns(
        identify(world, frame["source"].to_numpy()).alias("source"),
        identify(world, frame["target"].to_numpy()).alias("target"),
        names.gather(frame["kind"].cast(pl.UInt32)).alias("kind"),
        pl.col("share", "share_min", "share_max", "confidence").fill_nan(None),
        nothing.alias("id"),
        nothing.alias("source_url"),
    ).select([column.name for column in RELATIONSHIP_COLUMNS])


def date_column(days: Int64) -> pl.Series:
    """Day numbers as dates; ``ALWAYS`` and ``NEVER`` become missing values."""
    known = (days > ALWAYS) & (days < NEVER)
    column = pl.Series(np.where(known, days, 0).astype(np.int32)).cast(pl.Date)
    return pl.select(pl.when(pl.Series(known)).then(column)).to_series()

"""Ids that several rows have: the first usable row stands, every later one is rejected."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from trustgraph.ingest.bulk.checking import BAD, Tell, follow
from trustgraph.ingest.bulk.external_sort import Spill
from trustgraph.ingest.bulk.findings import Lines
from trustgraph.ingest.bulk.sources import PLACE, Input
from trustgraph.storage import Work
from trustgraph.tables.sheet import REPEATED, findings, shortened

__all__ = [
    "find_repeated_ids",
    "id_spill",
    "later_rows",
    "said_of",
    "usable",
    "without_repeated",
]


def later_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Of rows sorted by ``id`` (never null): ``id``, place, and place of the first that is usable.

    Only rows that come after the first usable one of their id; bad ones among them, too.
    """
    repeated = rows.select("id", PLACE, BAD).filter(pl.col("id").is_duplicated())
    first = repeated.filter(~pl.col(BAD)).group_by("id").agg(first=pl.col(PLACE).min())
    return repeated.join(first, on="id").filter(pl.col(PLACE) > pl.col("first")).drop(BAD)


def said_of(later: pl.DataFrame, source: Input) -> pl.DataFrame:
    """Lines for ``rejected`` of ``later_rows``."""
    if not later.height:
        return findings([])
    own = source.origins(later[PLACE].to_numpy())
    first = source.origins(later["first"].to_numpy())
    every = pl.int_range(later.height, eager=True).to_numpy()
    stands = first.of(every)
    return (
        own.of(every)
        .with_columns(
            column=pl.lit("id"),
            value=later["id"],
            reason=stands.select(pl.format("row {} of {} " + REPEATED, "row", "file")).to_series(),
        )
        .with_columns(shortened("value"), later[PLACE])
    )


def usable(rows: pl.DataFrame, later: pl.DataFrame) -> pl.DataFrame:
    """The rows that stand."""
    kept = rows.filter(~pl.col(BAD))
    return kept.join(later, on=PLACE, how="anti", maintain_order="left") if later.height else kept


def id_spill(work: Work, table: str) -> Spill:
    """Where the ids of a table go that is not itself in order of its ids."""
    return Spill(work, f"{table}-ids", "id")


def find_repeated_ids(work: Work, source: Input, lines: Lines, tell: Tell) -> pl.Series:
    """Places of rows whose id an earlier usable row has (sorted)."""
    step = f"{source.table}/unique"
    found = work.found(step)
    if found is None:
        spill = id_spill(work, source.table)
        places = spill.cut(len(source.batches))

        def find() -> Iterator[int]:
            for number, rows in enumerate(spill.buckets(places)):
                later = later_rows(rows)
                lines.add(source.table, "rejected", f"{step}/{number:05}", said_of(later, source))
                repeated.append(later[PLACE])
                yield rows.height

        repeated = [pl.Series(PLACE, [], pl.Int64)]
        if sum(places[-1]):
            follow(find(), sum(places[-1]), f"comparing ids of {source.table}", tell)
        work.write(f"{source.table}-repeated.parquet", pl.concat(repeated).sort().to_frame())
        work.finish(step)
        spill.drop()  # not before: whoever is stopped in between needs it again
    return work.read(f"{source.table}-repeated.parquet").collect()[PLACE]


def without_repeated(rows: pl.DataFrame, repeated: pl.Series) -> pl.DataFrame:
    """Rows but those at the places that ``find_repeated_ids`` gives."""
    return rows.filter(~pl.col(PLACE).is_in(repeated.implode())) if len(repeated) else rows

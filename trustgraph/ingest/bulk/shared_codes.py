"""Entities that have one code with another: found while entities are sorted by their ids.

As a rule an entity's code is its id, which nobody else has: only codes that are not are kept, and
only where there are any all entities are gone through once more, for ids that are such codes.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from trustgraph.ingest.bulk.checking import BAD
from trustgraph.ingest.bulk.findings import Lines
from trustgraph.ingest.bulk.sources import PLACE, Input
from trustgraph.storage import Work
from trustgraph.tables.shared_codes import CODES, SHARED, later_of_code, own_codes
from trustgraph.tables.sheet import shortened

__all__ = ["flag_shared_codes", "keep_codes"]


def keep_codes(work: Work, number: int, kept: pl.DataFrame) -> None:
    """Keep the codes of a bucket's entities that are not their ids."""
    for column in CODES:
        rows = kept.select(PLACE, own_codes(column).alias("code"), "id")
        rows = rows.filter(pl.col("code") != pl.col("id")).drop("id")
        if rows.height:
            work.write(f"entities-{column}-{number:05}.parquet", rows)


def flag_shared_codes(
    work: Work, source: Input, lines: Lines, buckets: Iterator[pl.DataFrame]
) -> None:
    """Flag entities whose code an earlier one has.

    ``buckets`` are all rows in order of their ids; they are only asked if there is need.
    """
    found = {column: _codes(work, column) for column in CODES}
    found = {column: rows for column, rows in found.items() if rows.height}
    if not found:
        return
    for rows in buckets:
        for column, codes in found.items():
            among = rows.filter(~pl.col(BAD) & (own_codes(column) == pl.col("id")))
            same = among.select(PLACE, pl.col("id").alias("code")).join(
                codes, on="code", how="semi"
            )
            # Of several rows of one id, the first stands.
            same = same.group_by("code").agg(pl.col(PLACE).min()).select(codes.columns)
            found[column] = pl.concat([codes, same])
    for column, codes in found.items():
        later = later_of_code(codes, PLACE)
        if later.height:
            lines.add("entities", "flagged", f"shared/{column}", _said(later, column, source))


def _codes(work: Work, column: str) -> pl.DataFrame:
    names = sorted(path.name for path in work.scratch.glob(f"entities-{column}-*.parquet"))
    if not names:
        return pl.DataFrame(schema={PLACE: pl.Int64, "code": pl.String})
    return pl.concat([work.read(name).collect() for name in names])


def _said(later: pl.DataFrame, column: str, source: Input) -> pl.DataFrame:
    every = pl.int_range(later.height, eager=True).to_numpy()
    stands = source.origins(later["first"].to_numpy()).of(every)
    return (
        source.origins(later[PLACE].to_numpy())
        .of(every)
        .with_columns(
            column=pl.lit(column),
            value=later["code"],
            reason=stands.select(pl.format(SHARED, "row", "file")).to_series(),
        )
        .with_columns(shortened("value"), later[PLACE])
    )

"""The distinct words of columns that have few of them, gathered batch by batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from trustgraph.ingest.bulk.sources import Input
from trustgraph.storage import Work

__all__ = ["keep_words", "words_of"]

_COLUMNS = {"column": pl.String(), "word": pl.String()}


def keep_words(work: Work, table: str, batch: int, columns: Mapping[str, pl.Series]) -> None:
    """Keep what a batch has."""
    found = [
        pl.DataFrame({"column": name, "word": column.drop_nulls().unique()}, schema=_COLUMNS)
        for name, column in columns.items()
    ]
    work.write(_file(table, batch), pl.concat(found))


def words_of(work: Work, source: Input, names: Sequence[str]) -> dict[str, list[str]]:
    """The words of each column over all batches, in order."""
    batches = [work.read(_file(source.table, batch.number)) for batch in source.batches]
    every = pl.concat([pl.LazyFrame(schema=_COLUMNS), *batches]).unique().sort("word").collect()
    return {name: every.filter(pl.col("column") == name)["word"].to_list() for name in names}


def _file(table: str, batch: int) -> str:
    return f"words-{table}-{batch:05}.parquet"

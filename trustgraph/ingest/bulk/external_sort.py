"""Rows sorted on disk: runs that fit into memory, given back together some keys at a time.

Every batch of the input is sorted by a key and written as a run. Cuts between keys, chosen among
all runs so that about as many rows lie between two as fit into memory, tell what belongs together
wherever it came from: no range of keys is ever too full but by a single key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from trustgraph.parallel import in_order
from trustgraph.storage import Work

__all__ = ["BUCKET_ROWS", "Spill"]

BUCKET_ROWS: Final = 1 << 20
SAMPLED: Final = 1 << 10


@dataclass(frozen=True, slots=True)
class Spill:
    """Sorted runs of one kind of row in the scratch folder."""

    work: Work
    name: str
    key: str

    def add(self, run: int, rows: pl.DataFrame) -> None:
        """Write a run. Its rows come back in an order by key; equal keys in any."""
        if rows.height:
            self.work.write(self._file(run), rows.sort(self.key))

    def cut(self, runs: int) -> list[list[int]]:
        """Cut all runs; one list per bucket: where each run's part begins. The last is the end."""
        step = f"{self.name}/cut"
        found = self.work.found(step)
        if found is None:
            found = self.work.finish(step, places=self._places(runs))
        places: list[list[int]] = found["places"]
        return places

    def buckets(self, places: list[list[int]], *, skip: int = 0) -> Iterator[pl.DataFrame]:
        """All rows of all runs, some consecutive keys at a time, in order of their keys.

        ``places`` are those of ``cut``; the first ``skip`` buckets are left out.
        """

        def bucket(number: int) -> pl.DataFrame:
            spans = enumerate(zip(places[number], places[number + 1], strict=True))
            parts = [
                self.work.read(self._file(run)).slice(low, high - low)
                for run, (low, high) in spans
                if high > low
            ]
            return pl.concat(pl.collect_all(parts), rechunk=True).sort(self.key)

        yield from in_order(bucket, range(skip, len(places) - 1))

    def _places(self, runs: int) -> list[list[int]]:
        there = [run for run in range(runs) if (self.work.scratch / self._file(run)).exists()]
        if not there:
            return [[0] * runs]
        sample = pl.concat([self._keys(run).gather_every(SAMPLED) for run in there]).sort()
        cuts = sample.gather_every(max(1, BUCKET_ROWS // SAMPLED))[1:].unique().sort()
        places = np.zeros((len(cuts) + 2, runs), dtype=np.int64)
        for run in there:
            keys = self._keys(run)
            places[1:-1, run] = keys.search_sorted(cuts, side="left").to_numpy()
            places[-1, run] = len(keys)
        fills = np.append(True, (places[1:] != places[:-1]).any(axis=1))
        found: list[list[int]] = places[fills].tolist()
        return found

    def _keys(self, run: int) -> pl.Series:
        return self.work.read(self._file(run)).select(self.key).collect().to_series()

    def drop(self) -> None:
        self.work.drop(f"{self.name}-run-*.parquet")

    def _file(self, run: int) -> str:
        return f"{self.name}-run-{run:05}.parquet"

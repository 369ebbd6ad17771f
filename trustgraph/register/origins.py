"""Where rows of the input stood: a number each, for the lines that name them later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["Origins", "origins_of", "small"]

Int64 = npt.NDArray[np.int64]
Places = npt.NDArray[np.uint32] | npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Origins:
    """Row ``r`` of file ``f`` has the place ``begins[f] + r``; ``place`` has one per row."""

    files: tuple[str, ...]
    begins: Int64
    place: Places

    def of(self, numbers: npt.NDArray[np.integer]) -> pl.DataFrame:
        """``file`` and ``row`` of some rows (the header is row 1)."""
        place = self.place[numbers].astype(np.int64)
        file = np.searchsorted(self.begins, place, side="right") - 1
        names = pl.Series(self.files, dtype=pl.String)
        return pl.DataFrame({"file": names.gather(file), "row": place - self.begins[file]})


def origins_of(file: pl.Series, row: pl.Series) -> Origins:
    """Origins of rows that lie in memory, by the names of their files and their row numbers."""
    places = pl.DataFrame({"file": file.cast(pl.String), "row": row.cast(pl.Int64)})
    last = places.group_by("file").agg(pl.col("row").max()).sort("file")
    begins = np.concatenate([[0], np.cumsum(last["row"].to_numpy() + 1)]).astype(np.int64)
    starts = last.select("file", begin=pl.Series(begins[:-1]))
    placed = places.join(starts, on="file", how="left", maintain_order="left")
    place = placed.select(pl.col("begin") + pl.col("row")).to_series().to_numpy()
    return Origins(tuple(last["file"]), begins[:-1], small(place, int(begins[-1])))


def small(place: Int64, beyond: int) -> Places:
    """Places in four bytes each where they fit."""
    return place.astype(np.uint32) if beyond <= np.iinfo(np.uint32).max else place

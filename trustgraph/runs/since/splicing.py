"""Rows of an earlier run with what is said anew put in, block by block, in the order of a run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from trustgraph.register import Int32, Int64, Register
from trustgraph.runs.run import Run

__all__ = ["Splice"]

_SUBJECT = "__subject"


@dataclass(frozen=True)
class Splice:
    """What of an earlier run's tables stays: all but what is said anew.

    ``controlled`` (ascending) are the entities whose answers about control are said anew; of
    consequences those of some ``rules``, of ``records``, and those that ``pairs`` names.
    """

    run: Run
    earlier: Register
    later: Register
    to_new: Int32
    controlled: Int64
    rules: tuple[str, ...]
    records: pl.Series
    pairs: pl.DataFrame

    @cached_property
    def _kept(self) -> tuple[Int64, Int32]:
        """Earlier numbers of entities that are still there, and their later ones; ascending."""
        old = np.flatnonzero(self.to_new >= 0)
        return old, self.to_new[old]

    def control(self, span: tuple[int, int], fresh: pl.DataFrame) -> pl.DataFrame:
        """The rows of ``control`` of consecutive entities; ``fresh`` are those said anew."""
        low, high = np.searchsorted(self.controlled, span)
        anew = self.later.ids.gather(self.controlled[low:high])
        stays = ~pl.col("entity").is_in(anew.implode())
        rows = self._rows("control", span).filter(stays).collect()
        whole = pl.concat([fresh, rows.cast(fresh.schema)])
        return whole.sort("entity", maintain_order=True)

    def consequences(self, span: tuple[int, int], fresh: pl.DataFrame) -> pl.DataFrame:
        """The rows of ``consequences`` of consecutive entities."""
        rows = self.unchanged(self._rows("consequences", span)).collect()
        whole = pl.concat([fresh, rows.cast(fresh.schema)])
        # Records are numbered by whose they are, then by id; a chain begins at whose it is.
        subject = pl.when(pl.col("record").is_not_null()).then(pl.col("chain").list.first())
        whole = whole.with_columns(subject.alias(_SUBJECT))
        by = ["entity", "rule", _SUBJECT, "record"]
        return whole.sort(by, nulls_last=True, maintain_order=True).drop(_SUBJECT)

    def unchanged(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Those of some consequences that are not said anew."""
        stays = ~pl.col("rule").is_in(list(self.rules))
        moved = pl.col("record").is_in(self.records.implode()).fill_null(value=False)
        pairs = self.pairs.lazy()
        return rows.filter(stays & ~moved).join(
            pairs, on=["rule", "record"], how="anti", maintain_order="left"
        )

    def _rows(self, name: str, span: tuple[int, int]) -> pl.LazyFrame:
        """All earlier rows of the entities of a span that are still there."""
        old, new = self._kept
        low, high = np.searchsorted(new, np.array(span, dtype=new.dtype))
        first, last = (int(old[low]), int(old[high - 1])) if low < high else (0, -1)
        ids = self.earlier.ids
        rows = self.run.within(name, ids, (first, last + 1))
        removed = first + np.flatnonzero(self.to_new[first : last + 1] < 0)
        return (
            rows.filter(~pl.col("entity").is_in(ids.gather(removed).implode()))
            if len(removed)
            else rows
        )

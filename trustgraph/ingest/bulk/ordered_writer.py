"""What grows in order, step by step: arrays and parts, as the last step that is done left them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt
import polars as pl

from trustgraph.ingest.bulk.row_parts import Parts
from trustgraph.storage import Work

__all__ = ["Growing", "digests_of", "height_of"]


class Growing:
    """One table of the register while it is written, in steps of the final order.

    ``arrays`` are files of the register by their names, with their types; ``scratch`` files that
    only later steps need. ``done`` steps are behind us.
    """

    def __init__(
        self,
        work: Work,
        table: str,
        arrays: Mapping[str, npt.DTypeLike],
        *,
        scratch: Mapping[str, npt.DTypeLike] | None = None,
        content: Sequence[str] | None,
        digested: Sequence[str],
    ) -> None:
        self._work, self._table = work, table
        self.done = 0
        found: dict[str, Any] | None = None
        while (next_ := work.found(self._step(self.done))) is not None:
            found = next_
            self.done += 1
        self.rows = 0 if found is None else int(found["rows"])
        counts = {} if found is None else found["arrays"]
        folders = {**dict.fromkeys(arrays, work.whole)}
        folders |= dict.fromkeys(scratch or {}, work.scratch)
        self.arrays = {
            name: work.array(folders[name] / f"{name}.npy", dtype, count=counts.get(name, 0))
            for name, dtype in {**arrays, **(scratch or {})}.items()
        }
        self.parts = Parts(work, table, content=content, digested=digested, found=found)

    def step(self, rows: pl.DataFrame, arrays: Mapping[str, Any]) -> None:
        """Append the rows and array elements of the next step, and note that it is done."""
        digests = self.parts.add(rows)
        self.rows += rows.height
        for name, values in arrays.items():
            self.arrays[name].append(values)
            self.arrays[name].flush()
        counts = {name: array.count for name, array in self.arrays.items()}
        kept = self.parts.keep(f"{self.done:05}")
        self._work.finish(
            self._step(self.done), digests=digests, arrays=counts, rows=self.rows, **kept
        )
        self.done += 1

    def end(self, empty: pl.DataFrame) -> None:
        """Write what waits and close the files; the table is whole."""
        digests = self.parts.end(empty)
        for array in self.arrays.values():
            array.close()
        self._work.finish(f"{self._table}/end", digests=digests, rows=self.rows)

    def _step(self, number: int) -> str:
        return f"{self._table}/sort/{number:05}"


def height_of(work: Work, table: str) -> int:
    """How many rows of a table stand, once it is whole."""
    end = work.found(f"{table}/end")
    assert end is not None
    return int(end["rows"])


def digests_of(work: Work, table: str) -> list[str]:
    """The digests of all parts of a table that is whole."""
    digests: list[str] = []
    number = 0
    while (found := work.found(f"{table}/sort/{number:05}")) is not None:
        digests += found["digests"]
        number += 1
    end = work.found(f"{table}/end")
    assert end is not None
    return digests + list(end["digests"])

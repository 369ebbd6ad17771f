"""Rows of the register in parts of equal size, whatever pieces they come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import polars.selectors as cs

from trustgraph.parallel import in_order
from trustgraph.register.digest import part_digest
from trustgraph.register.rows import PART_ROWS
from trustgraph.storage import Work, write_part

__all__ = ["Parts"]


class Parts:
    """Takes rows in their final order, writes and digests every ``PART_ROWS`` of them.

    ``content`` names the columns that are written, or is None where rows are only digested;
    ``digested`` those that go into the digest. What does not fill a part waits for more, and lies
    in the scratch folder when a step is done.
    """

    def __init__(
        self,
        work: Work,
        name: str,
        *,
        content: Sequence[str] | None,
        digested: Sequence[str],
        found: dict[str, Any] | None,
    ) -> None:
        self._work, self._name = work, name
        self._content, self._digested = content, digested
        self._rest: pl.DataFrame | None = None
        self.parts = 0 if found is None else int(found["parts"])
        if found is not None and found["rest"] is not None:
            self._rest = work.read(found["rest"]).collect()

    def add(self, rows: pl.DataFrame) -> list[str]:
        """Take rows; returns the digests of the parts that are full now."""
        whole = rows if self._rest is None else pl.concat([self._rest, rows])
        full = whole.height // PART_ROWS * PART_ROWS
        # A copy: the rest must not keep all the rest of the memory alive.
        self._rest = whole.slice(full).rechunk().clone() if full < whole.height else whole.clear()
        return self._write([whole.slice(at, PART_ROWS) for at in range(0, full, PART_ROWS)])

    def keep(self, step: str) -> dict[str, Any]:
        """Put what waits into the scratch folder, for the journal to say where."""
        if self._rest is None:
            return {"parts": self.parts, "rest": None}
        name = f"{self._name}-rest-{step}.parquet"
        self._work.write(name, self._rest)
        return {"parts": self.parts, "rest": name}

    def end(self, empty: pl.DataFrame) -> list[str]:
        """Write what waits. There is always one part at least, which tells the columns."""
        rest = empty if self._rest is None else self._rest
        if rest.height or not self.parts:
            return self._write([rest])
        return []

    def _write(self, parts: list[pl.DataFrame]) -> list[str]:
        def write(number: int) -> str:
            rows = parts[number]
            if self._content is not None:
                content = rows.select(cs.by_name(*self._content))
                write_part(content, self._work.whole, self._name, self.parts + number)
            return part_digest(rows.select(cs.by_name(*self._digested))) if rows.height else ""

        digests = list(in_order(write, range(len(parts))))
        self.parts += len(parts)
        return [digest for digest in digests if digest]

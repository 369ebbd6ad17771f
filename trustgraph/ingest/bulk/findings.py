"""Lines of ``rejected`` and ``flagged`` of all steps of an import, put in order at its end."""

from __future__ import annotations

from typing import Final, Literal

import polars as pl

from trustgraph.storage import Work
from trustgraph.tables.sheet import CONTRACTS, findings

__all__ = ["Lines"]

Which = Literal["rejected", "flagged"]
_PLACE: Final = "__place__"


class Lines:
    """Findings of all steps. Each has the place of its row, by which they are put in order."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, table: str, which: Which, step: str, lines: pl.DataFrame) -> None:
        """Keep the lines of a step; a step that is done again replaces its own."""
        if lines.height:
            self._work.write(f"lines-{which}-{table}-{_flat(step)}.parquet", lines)

    def rejected(self) -> pl.DataFrame:
        """All lines: the readers' first, then table by table in the order of the rows."""
        found = [self._of(f"reading-{table}", "rejected") for table in CONTRACTS]
        found += [self._of(table, "rejected").drop(_PLACE, strict=False) for table in CONTRACTS]
        return pl.concat(found)

    def flagged(self) -> pl.DataFrame:
        """The same; of a row that is not kept nothing is flagged."""
        found = [self._of("absent", "flagged")]
        for table in CONTRACTS:
            lines = self._of(table, "flagged")
            rejected = self._of(table, "rejected")
            if lines.height and rejected.height:
                lines = lines.join(rejected, on=_PLACE, how="anti", maintain_order="left")
            found.append(lines.drop(_PLACE, strict=False))
        return pl.concat(found)

    def _of(self, table: str, which: Which) -> pl.DataFrame:
        names = sorted(p.name for p in self._work.scratch.glob(f"lines-{which}-{table}-*.parquet"))
        if not names:
            return findings([])
        lines = pl.concat([self._work.read(name).collect() for name in names])
        return lines.sort(_PLACE, maintain_order=True) if _PLACE in lines.columns else lines


def _flat(step: str) -> str:
    return step.replace("/", "-")

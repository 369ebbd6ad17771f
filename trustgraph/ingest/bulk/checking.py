"""One batch of a table checked: its rows with their places, its lines with theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import polars as pl
import polars.selectors as cs

from trustgraph.ingest.bulk.findings import Lines
from trustgraph.ingest.bulk.sources import PLACE, Input
from trustgraph.storage import Work
from trustgraph.tables.sheet import (
    AT,
    CELLS,
    FILE,
    ROW,
    Sheet,
    flagged_lines,
    open_sheet,
    rejected_lines,
)

__all__ = [
    "BAD",
    "Check",
    "Tell",
    "add_header_lines",
    "add_lines",
    "content_of",
    "empty_rows",
    "follow",
    "is_read",
    "rows_of",
]

BAD: Final = "__bad__"

Tell = Callable[[str, int, int], None]
"""Progress: (name of the stage, rows done, rows in all)."""
Check = Callable[[Sheet], None]


def content_of(source: Input, *made: str) -> list[str]:
    """Columns of a table's rows in a register: the contract's, ``made`` ones, then extra ones."""
    sheet = _no_rows(source)
    contract = [column.name for column in sheet.contract]
    own = {*contract, *made, FILE, ROW, CELLS, AT}
    extra = [name for name in sheet.raw.columns if name not in own and not name.startswith("__")]
    return [*contract, *made, *extra]


def rows_of(sheet: Sheet, place: pl.Series, content: list[str]) -> pl.DataFrame:
    """All rows of a sheet, bad ones, too: ``content``, ``PLACE`` and ``BAD``."""
    extra = [name for name in content if name not in sheet.frame.columns]
    return sheet.frame.with_columns(
        *sheet.raw.select(cs.by_name(*extra)).iter_columns(), place, sheet.bad.alias(BAD)
    ).select(cs.by_name(*content, PLACE, BAD))


def empty_rows(source: Input, check: Check, content: list[str]) -> pl.DataFrame:
    """No rows, with the columns and types that checked ones have."""
    sheet = _no_rows(source)
    check(sheet)
    rows = rows_of(sheet, pl.Series(PLACE, [], pl.Int64), content)
    return rows.select(cs.by_name(*content))


def _no_rows(source: Input) -> Sheet:
    raw = pl.DataFrame(schema={**source.schema, FILE: pl.String(), ROW: pl.Int64()})
    return open_sheet(source.table, raw, source.holders)


def is_read(work: Work, source: Input) -> bool:
    """Whether all batches of a table were read before."""
    return all(work.found(f"{source.table}/read/{b.number:05}") is not None for b in source.batches)


def add_header_lines(lines: Lines, source: Input) -> None:
    """Flag columns that no contract has and one may have meant: once, not batch by batch."""
    found = flagged_lines(_no_rows(source), places=True)
    lines.add(source.table, "flagged", "header", found.rename({AT: PLACE}))


def add_lines(lines: Lines, step: str, sheet: Sheet, place: pl.Series) -> None:
    """Keep what the checks of a batch have found."""
    for which, found in (
        ("rejected", rejected_lines(sheet, places=True)),
        ("flagged", flagged_lines(sheet, places=True).filter(pl.col(AT) >= 0)),
    ):
        if found.height:
            placed = found.with_columns(place.gather(found[AT]).alias(PLACE)).drop(AT)
            lines.add(sheet.name, which, step, placed)  # type: ignore[arg-type]


def follow(counts: Iterable[int], total: int, stage: str, tell: Tell) -> None:
    """Let a stage happen, and tell how far it has come."""
    done = 0
    tell(stage, 0, max(total, 1))
    for count in counts:
        done += count
        tell(stage, min(done, max(total, 1) - 1), max(total, 1))
    tell(stage, max(total, 1), max(total, 1))

"""Several random registers in one, which have nothing in common: what costs once serves them all.

Most of the time of a small register goes to what does not depend on its size. Each part is drawn,
changed and held against its expected values for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
from hypothesis import settings
from hypothesis import strategies as st
from oracle import Row, World
from random_changes import Change
from strategies import worlds

__all__ = [
    "PARTS",
    "changes_side_by_side",
    "examples",
    "of_part",
    "side_by_side",
    "worlds_side_by_side",
]

PARTS = 5


def examples(share: float) -> int:
    """How many registers of ``PARTS`` parts give this share of the profile's examples."""
    return max(2, round(share * settings().max_examples / PARTS))


def side_by_side(parts: Sequence[World]) -> World:
    """The parts in one register; ids say which part they are of, behind what they were."""
    whole = World({}, [], [])
    for number, part in enumerate(parts):
        entities = [_marked(row, number) for row in part.entities.values()]
        whole.entities |= {str(row["id"]): row for row in entities}
        whole.relationships += [_marked(row, number) for row in part.relationships]
        whole.records += [_marked(row, number) for row in part.records]
        # The source of a consultation is no entity.
        marked = (_marked(row, number) | {"source": row["source"]} for row in part.consultations)
        whole.consultations += marked
    return whole


def worlds_side_by_side() -> st.SearchStrategy[World]:
    return st.lists(worlds(), min_size=PARTS, max_size=PARTS).map(side_by_side)


def changes_side_by_side(changes: Sequence[list[Change]]) -> list[Change]:
    """The changes of each part as changes of the whole, part after part."""
    return [
        change | {"row": _marked(_row(change), number)}
        for number, part in enumerate(changes)
        for change in part
    ]


def of_part(frame: pl.DataFrame, number: int) -> pl.DataFrame:
    """The rows of one part's entities."""
    return frame.filter(pl.col("entity").str.ends_with(f"w{number}"))


def _row(change: Change) -> Row:
    row: Any = change["row"]
    return dict(row)


def _marked(row: Row, number: int) -> Row:
    names = [name for name in ("id", "entity", "source", "target") if row.get(name) is not None]
    return row | {name: f"{row[name]}w{number}" for name in names}

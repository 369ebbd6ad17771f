"""What is exported: a subgraph, or a whole run in blocks of which one at a time is in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

import polars as pl

from trustgraph.subgraphs.layout import laid_out
from trustgraph.subgraphs.subgraph import Subgraph

__all__ = ["DRAWN", "OfSubgraph", "Source", "Table", "edges_of", "rows_of"]

Table = Literal["nodes", "edges", "records", "ledger", "consequences"]
Place = tuple[float, float]

DRAWN: Final = 3_000
"""Parties up to which places are worked out; beyond that a picture could not be read."""
_APART: Final = 60.0


class Source(Protocol):
    """Parties, relationships and records as frames of ``subgraphs.subgraph``'s schemas."""

    @property
    def about(self) -> Mapping[str, Any]:
        """What was asked, as of which day, by which policy; see ``Subgraph``."""
        ...

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables that there are: only a subgraph has ledgers and consequences."""
        ...

    def count(self, table: Table) -> int:
        """The rows of a table."""
        ...

    def blocks(self, table: Table) -> Iterator[pl.DataFrame]:
        """A table in blocks, in order, at least one. It may be asked for more than once."""
        ...

    def place(self, number: int, entity: str) -> Place:
        """Where a party lies: the ``number``-th node, with its id."""
        ...

    def kinds_of_ends(self, edges: pl.DataFrame) -> Sequence[tuple[str, str]]:
        """Of what kind the two parties of each relationship of a block are."""
        ...


@dataclass(frozen=True, slots=True)
class OfSubgraph:
    """A subgraph, which is one block. Places are a layout where it can be read, else a grid."""

    subgraph: Subgraph
    _places: dict[str, Place] = field(default_factory=dict)
    _kinds: dict[str, str] = field(default_factory=dict)

    @property
    def about(self) -> Mapping[str, Any]:
        return self.subgraph.about

    @property
    def tables(self) -> tuple[Table, ...]:
        return "nodes", "edges", "records", "ledger", "consequences"

    def count(self, table: Table) -> int:
        return int(self._frame(table).height)

    def blocks(self, table: Table) -> Iterator[pl.DataFrame]:
        yield self._frame(table)

    def place(self, number: int, entity: str) -> Place:
        if self.count("nodes") > DRAWN:
            return on_grid(number, self.count("nodes"))
        if not self._places:
            self._places.update(self._laid_out())
        return self._places[entity]

    def kinds_of_ends(self, edges: pl.DataFrame) -> Sequence[tuple[str, str]]:
        if not self._kinds:
            self._kinds.update(self.subgraph.nodes.select("id", "kind").iter_rows())
        ends = edges.select("source", "target").iter_rows()
        return [(self._kinds[source], self._kinds[target]) for source, target in ends]

    def _frame(self, table: Table) -> pl.DataFrame:
        found: pl.DataFrame = getattr(self.subgraph, table)
        return found

    def _laid_out(self) -> dict[str, Place]:
        ids = self.subgraph.nodes["id"].to_list()
        ends = self.subgraph.edges.select("source", "target").rows()
        known = set(ids)
        return laid_out(
            {
                "nodes": [{"entity": one} for one in ids],
                "edges": [{"source": source, "target": target} for source, target in ends],
                "centre": next((one for one in self.about["centres"] if one in known), ids[0]),
            }
        )


def on_grid(number: int, count: int) -> Place:
    """A place in a square, in the order of the rows."""
    side = int(count**0.5) + 1
    return _APART * (number % side), _APART * (number // side)


def edges_of(source: Source) -> Iterator[tuple[dict[str, Any], tuple[str, str]]]:
    """Relationships without what is null, each with the kinds of its two parties."""
    for frame in source.blocks("edges"):
        kinds = source.kinds_of_ends(frame)
        for row, ends in zip(frame.iter_rows(named=True), kinds, strict=True):
            yield {name: value for name, value in row.items() if value is not None}, ends


def rows_of(source: Source, table: Table) -> Iterator[dict[str, Any]]:
    """The rows of a table, each without what is null."""
    for frame in source.blocks(table):
        for row in frame.iter_rows(named=True):
            yield {name: value for name, value in row.items() if value is not None}

"""A subgraph as a folder: tables that can be scored again, and the graph that was made of them.

::

    SUBGRAPH/
      subgraph.json          what was asked, of whom, as of which day, what was cut; which format
      entities.parquet       and relationships, records, consultations: `trustgraph score SUBGRAPH`
      graph/nodes.parquet    the parties with score, grade, verdicts and the rest
      graph/edges.parquet    the relationships with what goes over them
      graph/records.parquet  the records that count as of the day
      graph/ledger.parquet   the ledgers of those who were asked about
      graph/consequences.parquet  what the law attaches to them

A score of the folder counts what lies in it, and nothing of what was left out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import polars as pl

from trustgraph.errors import UsageError
from trustgraph.reading.folder import EXTRACT
from trustgraph.storage import whole_folder
from trustgraph.subgraphs.reasons import CONSEQUENCES, LEDGER
from trustgraph.subgraphs.subgraph import EDGES, NODES, RECORDS, Subgraph
from trustgraph.subgraphs.tables import TABLES

__all__ = ["MANIFEST", "is_subgraph", "open_subgraph", "save_subgraph"]

MANIFEST: Final = EXTRACT
FORMAT: Final = 4
_GRAPH: Final = {
    "nodes": NODES,
    "edges": EDGES,
    "records": RECORDS,
    "ledger": LEDGER,
    "consequences": CONSEQUENCES,
}


def is_subgraph(path: Path) -> bool:
    """Whether a folder is one that ``save_subgraph`` wrote."""
    return (path / MANIFEST).is_file()


def save_subgraph(subgraph: Subgraph, out: Path, *, overwrite: bool = False) -> Path:
    """Write a subgraph to a folder, whole or not at all.

    Raises UsageError where something lies at ``out`` that is not to be replaced, or the disk fails.
    """
    with whole_folder(out, overwrite=overwrite, manifest=MANIFEST) as folder:
        for name in TABLES:
            subgraph.tables[name].write_parquet(folder / f"{name}.parquet")
        (folder / "graph").mkdir()
        for name in _GRAPH:
            getattr(subgraph, name).write_parquet(folder / "graph" / f"{name}.parquet")
        about = {"format": FORMAT, **subgraph.about}
        text = json.dumps(about, ensure_ascii=False, indent=2)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return out


def open_subgraph(path: str | Path) -> Subgraph:
    """A subgraph as it was written. Raises UsageError where it is none, or another format's."""
    folder = Path(path)
    try:
        about: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(
            "this is no subgraph", where=folder, hint="`trustgraph extract` writes one"
        ) from error
    except (OSError, ValueError) as error:
        raise UsageError(f"the subgraph cannot be read: {error}", where=folder) from error
    if about.pop("format", None) != FORMAT:
        raise UsageError(
            "the subgraph was written by another version", where=folder, hint="extract it again"
        )
    try:
        graph = {
            name: pl.read_parquet(folder / "graph" / f"{name}.parquet", glob=False)
            for name in _GRAPH
        }
        tables = {name: pl.read_parquet(folder / f"{name}.parquet", glob=False) for name in TABLES}
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UsageError(
            f"the subgraph is damaged: {error}", where=folder, hint="extract it again"
        ) from error
    for name, schema in _GRAPH.items():
        if graph[name].schema != pl.Schema(schema):
            raise UsageError(f"the subgraph is damaged: graph/{name}.parquet", where=folder)
    return Subgraph(**graph, about=about, tables=tables)

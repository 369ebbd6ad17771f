"""Formats by name: one file or folder of a subgraph in each, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from trustgraph.errors import UsageError
from trustgraph.exports.graph_json import write_cytoscape, write_graphology
from trustgraph.exports.graphml import write_graphml
from trustgraph.exports.plain import cell_of
from trustgraph.storage import whole_file, whole_folder
from trustgraph.subgraphs.layout import laid_out
from trustgraph.subgraphs.subgraph import Subgraph

__all__ = ["FORMATS", "export_subgraph"]

MANIFEST: Final = "export.json"
_DRAWN: Final = 3_000
"""Parties up to which places are worked out; beyond that a picture could not be read."""

Places = Mapping[str, tuple[float, float]]
Writer = Callable[[Subgraph, Places, Path], None]

_FILES: Final[dict[str, Writer]] = {
    "graphml": write_graphml,
    "cytoscape": write_cytoscape,
    "graphology": write_graphology,
}


def _write_csv(subgraph: Subgraph, folder: Path) -> None:
    """A table a file, with the mark by which Excel knows UTF-8; no cell is ever a formula."""
    for name in ("nodes", "edges", "records"):
        frame: pl.DataFrame = getattr(subgraph, name)
        cells = {
            column: frame[column].to_list()
            if frame[column].dtype.is_numeric()
            else [cell_of(value) for value in frame[column].to_list()]
            for column in frame.columns
        }
        plain = pl.DataFrame(cells, schema_overrides=_text_of(frame))
        plain.write_csv(folder / f"{name}.csv", include_bom=True)


def _text_of(frame: pl.DataFrame) -> dict[str, Any]:
    """What is no number or truth becomes text."""
    kept = pl.Boolean()
    return {
        name: dtype if dtype.is_numeric() or dtype == kept else pl.String()
        for name, dtype in frame.schema.items()
    }


def _write_parquet(subgraph: Subgraph, folder: Path) -> None:
    for name in ("nodes", "edges", "records"):
        getattr(subgraph, name).write_parquet(folder / f"{name}.parquet")


_FOLDERS: Final[dict[str, Callable[[Subgraph, Path], None]]] = {
    "csv": _write_csv,
    "parquet": _write_parquet,
}
FORMATS: Final = (*_FILES, *_FOLDERS)
"""What ``export_subgraph`` writes: the first ones are files, ``csv`` and ``parquet`` folders."""


def export_subgraph(subgraph: Subgraph, name: str, out: Path, *, overwrite: bool = False) -> Path:
    """Write a subgraph in a format of ``FORMATS``.

    Raises UsageError for an unknown format, where something lies at ``out`` that is not to be
    replaced, and where the disk fails.
    """
    if name in _FOLDERS:
        with whole_folder(out, overwrite=overwrite, manifest=MANIFEST) as folder:
            _FOLDERS[name](subgraph, folder)
            (folder / MANIFEST).write_text(f'{{"format": "{name}"}}\n', encoding="utf-8")
        return out
    if name not in _FILES:
        raise UsageError(f"no format is called `{name}`", hint=f"one of {', '.join(FORMATS)}")
    if out.exists() and not overwrite:
        raise UsageError("something lies there already", where=out, hint="--overwrite replaces it")
    if out.is_dir():
        raise UsageError("a folder lies there", where=out, hint=f"{name} is one file")
    with whole_file(out) as beside:
        _FILES[name](subgraph, _places_of(subgraph), beside)
    return out


def _places_of(subgraph: Subgraph) -> Places:
    """A layout where it can be read; a grid in order of the rows where it cannot."""
    ids = subgraph.nodes["id"].to_list()
    if len(ids) > _DRAWN:
        side = int(len(ids) ** 0.5) + 1
        return {one: (60.0 * (n % side), 60.0 * (n // side)) for n, one in enumerate(ids)}
    ends = subgraph.edges.select("source", "target").rows()
    centres = subgraph.about["centres"] or ids[:1]
    return laid_out(
        {
            "nodes": [{"entity": one} for one in ids],
            "edges": [{"source": source, "target": target} for source, target in ends],
            "centre": next((one for one in centres if one in set(ids)), ids[0] if ids else None),
        }
    )

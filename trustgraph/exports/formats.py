"""Formats by name: one file or folder of a subgraph or a run in each, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from trustgraph.errors import UsageError
from trustgraph.exports.bods import write_bods
from trustgraph.exports.dot import write_dot
from trustgraph.exports.drawing import write_png, write_svg
from trustgraph.exports.ftm import write_ftm
from trustgraph.exports.gexf import write_gexf
from trustgraph.exports.graph_json import write_cytoscape, write_graphology
from trustgraph.exports.graphml import write_graphml
from trustgraph.exports.html_page import write_html
from trustgraph.exports.neo4j import write_cypher, write_neo4j
from trustgraph.exports.plain_tables import write_csv, write_parquet, write_xlsx
from trustgraph.exports.source import DRAWN, Source
from trustgraph.storage import whole_file, whole_folder

__all__ = ["FORMATS", "Format", "export"]

MANIFEST: Final = "export.json"

Left = dict[str, int]


@dataclass(frozen=True, slots=True)
class Format:
    """How a format is written: to a ``file`` or a ``folder``; ``drawn``: as a picture, of few.

    ``write`` gives what it had to leave out, by kind of relationship, where it did.
    """

    write: Callable[[Source, Path], Left | None]
    to: Literal["file", "folder"] = "file"
    drawn: bool = False


FORMATS: Final[dict[str, Format]] = {
    "graphml": Format(write_graphml),
    "gexf": Format(write_gexf),
    "cytoscape": Format(write_cytoscape),
    "graphology": Format(write_graphology),
    "neo4j": Format(write_neo4j, to="folder"),
    "cypher": Format(write_cypher),
    "ftm": Format(write_ftm),
    "bods": Format(write_bods),
    "parquet": Format(write_parquet, to="folder"),
    "csv": Format(write_csv, to="folder"),
    "xlsx": Format(write_xlsx),
    "dot": Format(write_dot, drawn=True),
    "svg": Format(write_svg, drawn=True),
    "png": Format(write_png, drawn=True),
    "html": Format(write_html, drawn=True),
}


def export(source: Source, name: str, out: Path, *, overwrite: bool = False) -> Left:
    """Write a source in a format of ``FORMATS``; what the format had no words for, by kind.

    Raises UsageError for an unknown format, for a picture of too many, where something lies at
    ``out`` that is not to be replaced, and where the disk fails.
    """
    made = FORMATS.get(name)
    if made is None:
        raise UsageError(f"no format is called `{name}`", hint=f"one of {', '.join(FORMATS)}")
    count = source.count("nodes")
    if made.drawn and count > DRAWN:
        raise UsageError(
            f"{count:,} parties make no picture: {DRAWN:,} at most",
            hint="`trustgraph extract` takes out what matters",
        )
    if made.to == "folder":
        with whole_folder(out, overwrite=overwrite, manifest=MANIFEST) as folder:
            left = made.write(source, folder)
            (folder / MANIFEST).write_text(f'{{"format": "{name}"}}\n', encoding="utf-8")
        return left or {}
    if out.exists() and not overwrite:
        raise UsageError("something lies there already", where=out, hint="--overwrite replaces it")
    if out.is_dir():
        raise UsageError("a folder lies there", where=out, hint=f"{name} is one file")
    with whole_file(out) as beside:
        left = made.write(source, beside)
    return left or {}

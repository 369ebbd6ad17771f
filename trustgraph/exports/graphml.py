"""Graphs as GraphML (yEd, Gephi, igraph, networkx) with typed attributes, written as they come."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import polars as pl

from trustgraph.exports.plain import json_of, xml_id, xml_kind, xml_text, xml_value
from trustgraph.exports.source import Source, rows_of
from trustgraph.subgraphs.subgraph import EDGES, NODES

__all__ = ["write_graphml"]

_NAMESPACE: Final = "http://graphml.graphdrawing.org/xmlns"
_MORE: Final = {"label": pl.String(), "x": pl.Float64(), "y": pl.Float64()}


def write_graphml(source: Source, path: Path) -> None:
    """Numbers stay numbers, days and lists become text; ``about`` is one attribute, as JSON."""
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(_lines(source))


def _lines(source: Source) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="{_NAMESPACE}">\n'
    yield '<key id="about" for="graph" attr.name="about" attr.type="string"/>\n'
    columns = {name: dtype for name, dtype in NODES.items() if name != "id"} | _MORE
    yield from _keys("node", "n", columns)
    ends = {"id", "source", "target"}
    columns = {name: dtype for name, dtype in EDGES.items() if name not in ends}
    yield from _keys("edge", "e", columns | {"label": pl.String()})
    yield '<graph edgedefault="directed">\n'
    yield _data("about", json.dumps(json_of(source.about), ensure_ascii=False)) + "\n"
    for number, row in enumerate(rows_of(source, "nodes")):
        entity = row.pop("id")
        x, y = source.place(number, entity)
        yield f"<node id={quoteattr(xml_id(entity))}>"
        yield from _values("n", row | {"label": row["name"], "x": x, "y": y})
        yield "</node>\n"
    for row in rows_of(source, "edges"):
        begin, end = (quoteattr(xml_id(row.pop(name))) for name in ("source", "target"))
        yield f'<edge id="{row.pop("id")}" source={begin} target={end}>'
        yield from _values("e", row | {"label": row["words"]})
        yield "</edge>\n"
    yield "</graph>\n</graphml>\n"


def _keys(of: str, mark: str, columns: Mapping[str, pl.DataType]) -> Iterator[str]:
    for name, dtype in columns.items():
        kind = xml_kind(dtype)
        yield f'<key id="{mark}_{name}" for="{of}" attr.name="{name}" attr.type="{kind}"/>\n'


def _values(mark: str, row: Mapping[str, Any]) -> Iterator[str]:
    for name, value in row.items():
        yield _data(f"{mark}_{name}", xml_value(value))


def _data(key: str, value: str) -> str:
    # A line feed that is escaped stays one; readers make others of what is not.
    text = escape(xml_text(value), {"\r": "&#13;"})
    return f'<data key="{key}">{text}</data>'

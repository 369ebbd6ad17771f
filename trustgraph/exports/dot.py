"""Graphs in the DOT language of Graphviz."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from trustgraph.exports.look import COLOURS, edge_label, grade_class, line_of_kind, node_label
from trustgraph.exports.plain import json_of
from trustgraph.exports.source import Source, rows_of

__all__ = ["write_dot"]

_SHAPES: Final = {"person": "ellipse", "public_body": "diamond", "branch": "cds"}
_STYLES: Final = {"own": "solid", "law": "solid", "market": "dotted"}


def write_dot(source: Source, path: Path) -> None:
    """A directed graph: shapes, colours and lines as in every picture here."""
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(f"{line}\n" for line in _lines(source))


def _lines(source: Source) -> Iterator[str]:
    yield f"// {json.dumps(json_of(source.about))}"
    yield "digraph trustgraph {"
    yield "  graph [rankdir=BT, charset=utf8];"
    yield '  node [fontname="Inter, Noto Sans CJK SC, sans-serif", style=filled, shape=box];'
    yield '  edge [fontname="Inter, Noto Sans CJK SC, sans-serif", fontsize=10];'
    for row in rows_of(source, "nodes"):
        ink, ground = COLOURS[grade_class(row["kind"], row.get("grade"))]
        letter = "" if row["kind"] == "person" else row.get("grade") or "NR"
        words = f"{letter}\n{node_label(row)}" if letter else node_label(row)
        shape = _SHAPES.get(row["kind"], "box")
        look = f'shape={shape}, color="{ink}", fillcolor="{ground}"'
        yield f"  {quoted(row['id'])} [label={quoted(words)}, {look}];"
    for row in rows_of(source, "edges"):
        line = line_of_kind(row["kind"])
        style = _STYLES[line] if row["current"] else "dashed"
        look = f'color="{COLOURS[line][0]}", style={style}'
        words = " ".join(filter(None, (row["kind"].replace("_", " "), edge_label(row))))
        ends = f"{quoted(row['source'])} -> {quoted(row['target'])}"
        yield f"  {ends} [label={quoted(words)}, {look}];"
    yield "}"


def quoted(text: str) -> str:
    r"""Text as DOT takes it: a backslash and a quote are only themselves.

    >>> quoted('a"b\\N')
    '"a\\"b\\\\N"'
    """
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\x00", "\ufffd")
    return '"' + plain.replace("\r", " ").replace("\n", "\\n") + '"'

"""Graphs as GEXF 1.3 (Gephi): typed attributes, days as spells, grades as colours, positions.

A spell's end is its last day in GEXF 1.3, while a relationship here ends on the first day on which
it is no longer in force: the day before is written.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import polars as pl

from trustgraph.exports.look import colour_of
from trustgraph.exports.plain import json_of, xml_id, xml_kind, xml_text, xml_value
from trustgraph.exports.source import Source, rows_of
from trustgraph.subgraphs.subgraph import EDGES, NODES

__all__ = ["write_gexf"]

_NAMESPACE: Final = "http://gexf.net/1.3"
_SPELLS: Final = frozenset({"start", "end"})
_OWN: Final = {"node": {"id"}, "edge": {"id", "source", "target", "kind"}}
"""What has a place of its own in GEXF, and is no attribute beside it."""
_SHAPES: Final = {"person": "disc", "public_body": "diamond", "branch": "triangle"}
_DAY: Final = dt.timedelta(days=1)
_CENTRE_SIZE, _SIZE = 16.0, 10.0


def write_gexf(source: Source, path: Path) -> None:
    """Lists become text; ``about`` is the description, as JSON."""
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(_lines(source))


def _lines(source: Source) -> Iterator[str]:
    about = json.dumps(json_of(source.about), ensure_ascii=False)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<gexf xmlns="{_NAMESPACE}" version="1.3">\n'
    yield f'<meta lastmodifieddate="{source.about["as_of"]}"><creator>trustgraph</creator>'
    yield f"<description>{escape(xml_text(about))}</description></meta>\n"
    yield '<graph mode="dynamic" timeformat="date" timerepresentation="interval" '
    yield 'defaultedgetype="directed" idtype="string">\n'
    yield from _attributes("node", NODES)
    yield from _attributes("edge", EDGES)
    yield f'<nodes count="{source.count("nodes")}">\n'
    for number, row in enumerate(rows_of(source, "nodes")):
        yield from _node(row, source.place(number, row["id"]))
    yield f'</nodes>\n<edges count="{source.count("edges")}">\n'
    for row in rows_of(source, "edges"):
        yield from _edge(row)
    yield "</edges>\n</graph>\n</gexf>\n"


def _attributes(of: str, columns: Mapping[str, pl.DataType]) -> Iterator[str]:
    yield f'<attributes class="{of}" mode="static">\n'
    for name, dtype in columns.items():
        if name in _SPELLS or name in _OWN[of]:
            continue
        yield f'<attribute id="{name}" title="{name}" type="{xml_kind(dtype)}"/>\n'
    yield "</attributes>\n"


def _node(row: dict[str, Any], place: tuple[float, float]) -> Iterator[str]:
    label = quoteattr(xml_text(row["name"]))
    yield f"<node id={quoteattr(xml_id(row['id']))} label={label}>"
    yield _values("node", row)
    yield _spell(row)
    red, green, blue = colour_of(row["kind"], row.get("grade"))
    yield f'<color r="{red}" g="{green}" b="{blue}"/>'
    yield f'<position x="{place[0]}" y="{-place[1]}"/>'  # upwards there
    yield f'<size value="{_CENTRE_SIZE if row.get("centre") else _SIZE}"/>'
    yield f'<shape value="{_SHAPES.get(row["kind"], "square")}"/></node>\n'


def _edge(row: dict[str, Any]) -> Iterator[str]:
    begin, end = (quoteattr(xml_id(row[name])) for name in ("source", "target"))
    # Gephi lays out by weight, which it wants above nothing.
    weight = f' weight="{row["strength"]}"' if row.get("strength") else ""
    yield f'<edge id="{row["id"]}" source={begin} target={end} kind="{row["kind"]}"{weight} '
    yield f"label={quoteattr(xml_text(row['words']))}>"
    yield _values("edge", row)
    yield _spell(row)
    yield f'<shape value="{"solid" if row["current"] else "dashed"}"/></edge>\n'


def _values(of: str, row: Mapping[str, Any]) -> str:
    told = "".join(
        f'<attvalue for="{name}" value={quoteattr(xml_value(value))}/>'
        for name, value in row.items()
        if name not in _SPELLS and name not in _OWN[of]
    )
    return f"<attvalues>{told}</attvalues>"


def _spell(row: Mapping[str, Any]) -> str:
    """When it was in force; nothing where no day is stated or it never was."""
    start, end = row.get("start"), row.get("end")
    last = None if end is None else end - _DAY
    if (start is None and last is None) or (start and last and last < start):
        return ""
    begins = "" if start is None else f' start="{start}"'
    ends = "" if last is None else f' end="{last}"'
    return f"<spells><spell{begins}{ends}/></spells>"

"""GEXF 1.3: values come back with their types, spells end on the last day, the grammar is kept."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import networkx as nx
import pytest
from exporting import extracted
from hypothesis import given, settings
from strategies import seeds

from trustgraph.exports.gexf import write_gexf
from trustgraph.exports.plain import line_of, xml_text
from trustgraph.exports.source import OfSubgraph
from trustgraph.subgraphs.subgraph import EDGES, NODES

G = "{http://gexf.net/1.3}"
CHILDREN = {  # the grammar of the published schema, of what is written here
    "gexf": {"meta", "graph"},
    "meta": {"creator", "description"},
    "creator": set(),
    "description": set(),
    "graph": {"attributes", "nodes", "edges"},
    "attributes": {"attribute"},
    "attribute": set(),
    "nodes": {"node"},
    "edges": {"edge"},
    "node": {"spells", "color", "position", "size", "shape", "attvalues"},
    "edge": {"spells", "shape", "attvalues"},
    "spells": {"spell"},
    "spell": set(),
    "color": set(),
    "position": set(),
    "size": set(),
    "shape": set(),
    "attvalues": {"attvalue"},
    "attvalue": set(),
}
ATTRIBUTES = {
    "gexf": {"version"},
    "meta": {"lastmodifieddate"},
    "graph": {"mode", "timeformat", "timerepresentation", "defaultedgetype", "idtype"},
    "attributes": {"class", "mode"},
    "attribute": {"id", "title", "type"},
    "nodes": {"count"},
    "edges": {"count"},
    "node": {"id", "label"},
    "edge": {"id", "source", "target", "kind", "weight", "label"},
    "spell": {"start", "end"},
    "color": {"r", "g", "b"},
    "position": {"x", "y"},
    "size": {"value"},
    "shape": {"value"},
    "attvalue": {"for", "value"},
}
KINDS: dict[str, Any] = {
    "double": float,
    "long": int,
    "boolean": {"true": True, "false": False}.__getitem__,
    "string": str,
}


def told(element: ET.Element, kinds: dict[str, str]) -> dict[str, Any]:
    return {
        one.attrib["for"]: KINDS[kinds[one.attrib["for"]]](one.attrib["value"])
        for one in element.iter(f"{G}attvalue")
    }


def spell(element: ET.Element) -> tuple[dt.date | None, dt.date | None]:
    """When it began and when it was over, as the tables say it."""
    found = element.find(f"{G}spells/{G}spell")
    if found is None:
        return None, None
    start, last = (found.get(name) for name in ("start", "end"))
    return (
        None if start is None else dt.date.fromisoformat(start),
        None if last is None else dt.date.fromisoformat(last) + dt.timedelta(days=1),
    )


@settings(max_examples=settings().max_examples // 5)
@given(seed=seeds)
def test_it_comes_back_with_its_types_and_days(seed: int) -> None:
    found = extracted(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.gexf")
        write_gexf(OfSubgraph(found), path)
        root = ET.parse(path).getroot()  # noqa: S314  # ours
        back = nx.read_gexf(path, version="1.3")
    for element in root.iter():
        name = element.tag.removeprefix(G)
        assert {child.tag.removeprefix(G) for child in element} <= CHILDREN[name]
        assert set(element.attrib) <= ATTRIBUTES.get(name, set())
    assert [one.tag.removeprefix(G) for one in root.find(f"{G}graph") or ()] == [
        *("attributes", "attributes", "nodes", "edges")
    ]
    kinds = {
        one.attrib["class"]: {each.attrib["id"]: each.attrib["type"] for each in one}
        for one in root.iter(f"{G}attributes")
    }
    for table, mark, own, columns in (
        (found.nodes, "node", {"id", "start", "end"}, NODES),
        (found.edges, "edge", {"id", "source", "target", "kind", "start", "end"}, EDGES),
    ):
        elements = list(root.iter(f"{G}{mark}"))
        assert len(elements) == table.height
        assert set(kinds[mark]) == set(columns) - own
        for row, element in zip(table.iter_rows(named=True), elements, strict=True):
            assert told(element, kinds[mark]) == {
                name: xml_text(plain) if isinstance(plain := line_of(value), str) else plain
                for name, value in row.items()
                if value is not None and name not in own
            }
            if row["start"] is None or row["end"] is None or row["start"] < row["end"]:
                assert spell(element) == (row["start"], row["end"])
            if mark == "edge":
                ends = {name: element.attrib[name] for name in ("source", "target", "kind")}
                assert ends == {name: row[name] for name in ends}
    assert set(back.nodes) == set(found.nodes["id"])


@pytest.mark.parametrize(("kind", "shape"), [("person", "disc"), ("public_body", "diamond")])
def test_kinds_have_shapes(kind: str, shape: str, tmp_path: Path) -> None:
    for seed in range(20):
        found = extracted(seed)
        rows = found.nodes.filter(kind=kind)
        if rows.height:
            write_gexf(OfSubgraph(found), tmp_path / "x.gexf")
            root = ET.parse(tmp_path / "x.gexf").getroot()  # noqa: S314  # ours
            nodes = {one.attrib["id"]: one for one in root.iter(f"{G}node")}
            shown = nodes[rows["id"][0]].find(f"{G}shape")
            assert shown is not None
            assert shown.attrib["value"] == shape
            return
    pytest.fail("no random register has one")

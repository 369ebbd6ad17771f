"""GraphML, Cytoscape, graphology: what they carry comes back the same; strange text is harmless."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import igraph
import networkx as nx
import polars as pl
from hostile import HOSTILE
from hypothesis import given, settings
from strategies import TODAY, random_policy, random_world, seeds, tables_of

import trustgraph as tg
from trustgraph.exports.graph_json import write_cytoscape, write_graphology
from trustgraph.exports.graphml import write_graphml
from trustgraph.exports.plain import json_of, line_of, xml_text
from trustgraph.exports.source import OfSubgraph

DAY: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
STRANGE = [*HOSTILE, "a\x00b\x1f", "lone \ud800 surrogate", "]]>", "\ufffe", "&amp; <b>"]


def placed(found: tg.Subgraph) -> OfSubgraph:
    return OfSubgraph(found, places_of(found))


def places_of(found: tg.Subgraph) -> dict[str, tuple[float, float]]:
    return {name: (float(n), -1.5 * n) for n, name in enumerate(found.nodes["id"])}


def extracted(seed: int) -> tg.Subgraph:
    world = random_world(Random(seed), 8, 20, 5)
    policy = random_policy(Random(seed), max_hops=3)
    result = tg.score(tables_of(world), policy, as_of=TODAY, retention_on=TODAY)
    return tg.extract(tg.open_session(result, unmask=True), around=list(world.entities), hops=1)


def plain(row: dict[str, Any], but: set[str]) -> dict[str, Any]:
    return {
        name: xml_text(told) if isinstance(told := line_of(value), str) else told
        for name, value in row.items()
        if value is not None and name not in but
    }


@settings(max_examples=settings().max_examples // 5)
@given(seed=seeds)
def test_graphml_comes_back_with_its_types(seed: int) -> None:
    found = extracted(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.graphml")
        write_graphml(placed(found), path)
        back = nx.read_graphml(path, force_multigraph=True)
        other = igraph.Graph.Read_GraphML(str(path))
    assert back.is_directed()
    assert set(back.nodes) == set(found.nodes["id"])
    for row in found.nodes.iter_rows(named=True):
        data = dict(back.nodes[row["id"]])
        assert (data.pop("x"), data.pop("y")) == places_of(found)[row["id"]]
        assert data.pop("label") == data["name"]
        assert data == plain(row, {"id"})
    assert back.number_of_edges() == found.edges.height == other.ecount()
    for row in found.edges.iter_rows(named=True):
        data = dict(back.edges[row["source"], row["target"], row["id"]])
        assert data.pop("label") == row["words"]
        assert data == plain(row, {"id", "source", "target"})
    assert json.loads(back.graph["about"]) == json_of(found.about)


@settings(max_examples=settings().max_examples // 5)
@given(seed=seeds)
def test_json_comes_back(seed: int) -> None:
    found = extracted(seed)
    places = places_of(found)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.json")
        write_cytoscape(placed(found), path)
        shown = json.loads(path.read_text(encoding="utf-8"))
        write_graphology(placed(found), path)
        stored = json.loads(path.read_text(encoding="utf-8"))
    back = nx.cytoscape_graph(
        {"multigraph": True, "directed": True, "data": {}}
        | {
            "elements": {
                "nodes": [
                    {"data": node["data"] | {"value": node["data"]["id"]}}
                    for node in shown["elements"]["nodes"]
                ],
                "edges": [
                    {"data": edge["data"] | {"key": edge["data"]["id"]}}
                    for edge in shown["elements"]["edges"]
                ],
            }
        }
    )
    assert set(back.nodes) == set(found.nodes["id"])
    assert back.number_of_edges() == found.edges.height
    rows = {row["id"]: row for row in found.nodes.iter_rows(named=True)}
    for node in shown["elements"]["nodes"]:
        own = {name: value for name, value in rows[node["data"]["id"]].items() if value is not None}
        assert node["data"] == json_of(own) | {"label": own["name"]}
        assert tuple(node["position"].values()) == places[own["id"]]
    assert [node["key"] for node in stored["nodes"]] == found.nodes["id"].to_list()
    ends = [(edge["source"], edge["target"]) for edge in stored["edges"]]
    assert ends == found.edges.select("source", "target").rows()
    assert stored["options"] == {"type": "directed", "multi": True, "allowSelfLoops": True}
    keys = [edge["key"] for edge in stored["edges"]]
    assert len(keys) == len(set(keys))


def test_strange_text_is_harmless(tmp_path: Path) -> None:
    usable = [text.encode("utf-8", "replace").decode("utf-8") for text in STRANGE]
    entities = pl.DataFrame(
        {
            "id": [f"{n}{text}"[:60] for n, text in enumerate(usable)],
            "kind": ["company"] * len(usable),
            "name": usable,
        }
    )
    tables = tg.check_tables(entities)
    session = tg.open_session(tg.score(tables, **DAY))
    ids = [session.id(number) for number in range(len(session.register))]
    found = tg.extract(session, around=ids, hops=0)
    write_graphml(placed(found), tmp_path / "x.graphml")
    back = nx.read_graphml(tmp_path / "x.graphml")
    assert back.number_of_nodes() == found.nodes.height
    for writer in (write_cytoscape, write_graphology):
        writer(placed(found), tmp_path / "x.json")
        json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))

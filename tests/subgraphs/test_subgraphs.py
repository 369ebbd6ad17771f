"""Subgraphs: nobody twice, nothing beyond the budget, what is left out counted, stable pictures."""

from __future__ import annotations

import itertools
from pathlib import Path
from random import Random
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import World
from places import PROJECT
from strategies import TODAY, random_policy, random_world, seeds, tables_of

import trustgraph as tg

SIZES = st.sampled_from([(2, 3, 2), (6, 10, 4), (9, 32, 5), (14, 60, 12)])
WORST = "91330106TG100001X9"


def opened(world: World, seed: int) -> tg.Session:
    policy = random_policy(Random(seed), max_hops=2)
    days: dict[str, Any] = {"as_of": TODAY, "retention_on": TODAY}
    return tg.open_session(tg.score(tables_of(world), policy, **days), unmask=True)


def live_graph(world: World, *, past: bool = False) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    graph.add_nodes_from(world.entities)
    for rel in world.relationships:
        begun = rel.get("start") is None or rel["start"] <= TODAY
        ended = rel.get("end") is not None and rel["end"] <= TODAY
        if begun and (past or not ended):
            graph.add_edge(rel["source"], rel["target"], kind=rel["kind"])
    return graph


@given(
    seed=seeds, size=SIZES, hops=st.integers(0, 3), budget=st.integers(1, 15), past=st.booleans()
)
def test_a_neighbourhood_is_what_lies_near(
    seed: int, size: tuple[int, int, int], hops: int, budget: int, past: bool
) -> None:
    world = random_world(Random(seed), *size)
    session, centre = opened(world, seed), next(iter(world.entities))
    found = tg.neighbourhood(session, centre, hops=hops, budget=budget, past=past)
    graph = live_graph(world, past=past)
    near = nx.single_source_shortest_path_length(graph, centre, cutoff=hops)
    ids = [node["entity"] for node in found["nodes"]]
    assert len(ids) == len(set(ids)) <= budget
    assert set(ids) <= set(near)
    assert centre in ids
    assert found["within"] == len(near)
    if budget >= len(world.entities):
        assert set(ids) == set(near)
        assert {node["entity"]: node["hops"] for node in found["nodes"]} == near
    # Every relationship between those that are shown, and no other.
    assert len(found["edges"]) == graph.subgraph(ids).number_of_edges()
    missing = {other for one in ids for other in graph.neighbors(one) if other not in ids}
    assert bool(missing) == bool(found["left_out"])
    assert all(row["parties"] <= len(missing) for row in found["left_out"])


@given(seed=seeds, size=SIZES, data=st.data())
def test_what_is_added_and_taken_away(
    seed: int, size: tuple[int, int, int], data: st.DataObject
) -> None:
    world = random_world(Random(seed), *size)
    session, centre = opened(world, seed), next(iter(world.entities))
    graph = live_graph(world)
    start = {node["entity"] for node in tg.neighbourhood(session, centre, hops=1)["nodes"]}
    who = data.draw(st.sampled_from(sorted(start)))
    kind = data.draw(st.sampled_from(["shareholder", "supplier", "director"]))
    joined = {
        other
        for other, edges in graph.adj[who].items()
        if any(edge["kind"] == kind for edge in edges.values())
    }
    found = tg.neighbourhood(session, centre, hops=1, grown=[(who, kind)])
    ids = {node["entity"] for node in found["nodes"]}
    assert ids == start | joined
    assert len(found["edges"]) == graph.subgraph(ids).number_of_edges()
    without = tg.neighbourhood(session, centre, hops=1, grown=[(who, kind), (who, None)])
    assert {node["entity"] for node in without["nodes"]} == ids - ({who} - {centre})
    evidence = {node["entity"] for node in tg.evidence(session, centre)["nodes"]}
    if who in evidence:
        more = tg.evidence(session, centre, grown=[(who, kind)])
        assert {node["entity"] for node in more["nodes"]} == evidence | joined


@given(seed=seeds, size=SIZES)
def test_evidence_is_the_chains_and_nothing_else(seed: int, size: tuple[int, int, int]) -> None:
    world = random_world(Random(seed), *size)
    session = opened(world, seed)
    for entity in list(world.entities)[:4]:
        told = tg.explain(session, entity)
        chains = [line["chain"] for line in told.get("ledger", []) if line["line"] == "exposure"]
        chains += [item["chain"] for item in told["consequences"] + told["market_effects"]]
        found = tg.evidence(session, entity)
        ids = {node["entity"] for node in found["nodes"]}
        assert ids == {entity, *(one for chain in chains for one in chain if len(chain) > 1)}
        steps = {frozenset(pair) for chain in chains for pair in itertools.pairwise(chain)}
        drawn = {frozenset((edge["source"], edge["target"])) for edge in found["edges"]}
        assert drawn <= steps | {frozenset((one,)) for one in ids}


@given(seed=seeds, size=SIZES)
def test_paths_are_the_shortest(seed: int, size: tuple[int, int, int]) -> None:
    world = random_world(Random(seed), *size)
    session, graph = opened(world, seed), live_graph(world)
    names = list(world.entities)
    for end in names[:5]:
        found = tg.path_between(session, names[0], end)
        try:
            length = nx.shortest_path_length(graph, names[0], end)
        except nx.NetworkXNoPath:
            assert found["chain"] == found["nodes"] == []
            continue
        assert len(found["chain"]) == length + 1
        assert all(
            graph.has_edge(a, b) for a, b in zip(found["chain"], found["chain"][1:], strict=False)
        )


@given(seed=seeds, size=SIZES)
def test_counts_before_expanding(seed: int, size: tuple[int, int, int]) -> None:
    world = random_world(Random(seed), *size)
    session = opened(world, seed)
    now, ever = live_graph(world), live_graph(world, past=True)
    for entity in list(world.entities)[:4]:
        rows = tg.relations(session, entity)
        loops = now.number_of_edges(entity, entity)
        assert sum(row["current"] for row in rows) in range(
            now.degree(entity) - 2 * loops, now.degree(entity) + 1
        )
        assert sum(row["current"] + row["past"] for row in rows) <= ever.degree(entity)
        shown = list(world.entities)[:3]
        beyond: dict[str, list[int]] = {}
        for row in tg.relations(session, entity, shown=shown):
            beyond.setdefault(row["kind"], []).append(row["beyond"])
        for kind, counts in beyond.items():
            others = {
                other
                for other, edges in now.adj[entity].items()
                if other not in shown and any(edge["kind"] == kind for edge in edges.values())
            }
            assert max(counts) <= len(others) <= sum(counts)


@pytest.fixture(scope="module")
def session() -> tg.Session:
    tables = tg.read_tables(PROJECT / "datasets" / "sample")
    return tg.open_session(tg.score(tables, as_of="2026-06-30", retention_on="2026-06-30"))


def test_the_sample(session: tg.Session) -> None:
    found = tg.neighbourhood(session, WORST, budget=9)
    assert len(found["nodes"]) == 9
    assert found["within"] > 9
    assert found["left_out"]
    persons = [node for node in found["nodes"] if node["kind"] == "person"]
    assert persons
    assert not any("grade" in node or "score" in node for node in persons)
    shown = str(found)
    rows = session.register.entities.slice(0, len(session.register), ["kind", "name"])
    names = rows.filter(rows["kind"] == "person")["name"].to_list()
    assert not any(f"'{name}'" in shown for name in names)
    # What carries its ledger is there before what does not.
    assert {node["entity"] for node in tg.evidence(session, WORST)["nodes"]} <= {
        node["entity"] for node in found["nodes"]
    }


@pytest.mark.parametrize("ledger", ["none", "top:2"])
def test_evidence_of_a_run_that_kept_less_of_its_ledger(
    session: tg.Session, tmp_path: Path, ledger: str
) -> None:
    day = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
    run = tg.score_input(PROJECT / "datasets" / "sample", tmp_path / "run", ledger=ledger, **day)
    assert tg.evidence(tg.open_session(run), WORST) == tg.evidence(session, WORST)


def test_pictures_are_the_same_and_stay_as_they_grow(session: tg.Session) -> None:
    small = tg.neighbourhood(session, WORST, budget=5)
    large = tg.neighbourhood(session, WORST, budget=60)
    first = tg.laid_out(small)
    assert first == tg.laid_out(small)
    assert first[WORST] == (0.0, 0.0)
    second = tg.laid_out(large, known=first)
    assert {name: second[name] for name in first} == first
    assert len(set(second.values())) == len(second)
    assert tg.laid_out({"centre": WORST, "nodes": [], "edges": []}) == {}

"""Who belongs to a subgraph: five questions against networkx, budgets, whole chains."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

import networkx as nx
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracle import World
from strategies import TODAY, random_policy, random_world, seeds, tables_of

import trustgraph as tg
from trustgraph.schema import BILLION

SIZES = st.sampled_from([(2, 3, 2), (6, 10, 4), (9, 32, 5), (14, 60, 12)])
BUDGETS = st.integers(1, 20)
OWNING = {"shareholder", "branch", "actual_controller"}


class Asked:
    """A random register scored, and its relationships in force as networkx has them."""

    def __init__(self, seed: int, size: tuple[int, int, int]) -> None:
        self.world: World = random_world(Random(seed), *size)
        self.policy = random_policy(Random(seed), max_hops=3)
        day: dict[str, Any] = {"as_of": TODAY, "retention_on": TODAY}
        result = tg.score(tables_of(self.world), self.policy, **day)
        self.session = tg.open_session(result, unmask=True)
        self.names = list(self.world.entities)

    def graph(self, **wanted: Any) -> nx.MultiDiGraph:
        graph = nx.MultiDiGraph()
        graph.add_nodes_from(self.names)
        for rel in self.world.relationships:
            begun = rel.get("start") is None or rel["start"] <= TODAY
            ended = rel.get("end") is not None and rel["end"] <= TODAY
            if begun and not ended and rel["kind"] in wanted.get("kinds", {rel["kind"]}):
                graph.add_edge(rel["source"], rel["target"], kind=rel["kind"], rel=rel)
        return graph

    def ids(self, found: tg.Subgraph) -> set[str]:
        ids = found.nodes["id"].to_list()
        assert len(ids) == len(set(ids))
        return set(ids)


@settings(max_examples=settings().max_examples // 5)
@given(seed=seeds, size=SIZES, hops=st.integers(0, 3), budget=BUDGETS, count=st.integers(1, 2))
def test_around_is_what_lies_near(
    seed: int, size: tuple[int, int, int], hops: int, budget: int, count: int
) -> None:
    asked = Asked(seed, size)
    centres = asked.names[:count]
    found = tg.extract(asked.session, around=centres, hops=hops, budget=budget)
    graph = asked.graph().to_undirected()
    far = nx.multi_source_dijkstra_path_length(graph, set(centres), cutoff=hops)
    ids = asked.ids(found)
    assert ids <= set(far)
    assert len(ids) == min(budget, len(far)) == len(far) - found.about["cut"].get("budget", 0)
    assert found.about["within"] == len(far)
    hop = dict(found.nodes.select("id", "hops").rows())
    assert hop == {name: far[name] for name in ids}
    # Nobody is shown while somebody nearer is not.
    assert max(hop.values()) <= min((far[name] for name in set(far) - ids), default=hops)
    assert found.edges.height == asked.graph().subgraph(ids).number_of_edges()


@settings(max_examples=settings().max_examples // 5)
@given(seed=seeds, size=SIZES, longest=st.integers(1, 5), budget=BUDGETS)
def test_between_is_whoever_lies_on_a_path(
    seed: int, size: tuple[int, int, int], longest: int, budget: int
) -> None:
    asked = Asked(seed, size)
    one, other = asked.names[0], asked.names[-1]
    found = tg.extract(asked.session, between=[one, other], hops=longest, budget=budget)
    graph = asked.graph().to_undirected()
    paths = nx.all_simple_paths(nx.Graph(graph), one, other, cutoff=longest)
    met = {name for path in paths for name in path}
    ids = asked.ids(found)
    assert ids <= met | {one, other}
    assert len(ids) == min(budget, len(met | {one, other}))
    assert found.about["within"] == len(met | {one, other})
    assert ("apart" in found.about["cut"]) == (not met)
    assert found.edges["evidence"].null_count() == found.edges.height
    if budget >= 2:
        assert {one, other} <= ids


@settings(max_examples=settings().max_examples // 5)
@given(seed=seeds, size=SIZES, least=st.sampled_from([0.0, 0.25, 0.5]))
def test_a_family_is_owners_and_what_they_hold(
    seed: int, size: tuple[int, int, int], least: float
) -> None:
    asked = Asked(seed, size)
    centre = asked.names[0]
    found = tg.extract(asked.session, family=centre, min_share=least)
    whole = asked.graph(kinds=OWNING)
    shares = tg.extract(asked.session, around=asked.names, hops=0).edges
    high = {row["id"]: row["share_high"] for row in shares.iter_rows(named=True)}
    graph = nx.DiGraph()
    graph.add_nodes_from(asked.names)
    for row in shares.iter_rows(named=True):
        if row["kind"] in OWNING and (high[row["id"]] is None or high[row["id"]] >= least):
            graph.add_edge(row["source"], row["target"])
    assert whole.number_of_edges() == sum(row in OWNING for row in shares["kind"])
    above = {centre, *nx.ancestors(graph, centre)}
    number = asked.session.number(centre)
    for row in asked.session.found("control", number).iter_rows(named=True):
        answers = {row["controller"], row["beneficial_owner"]} & {"yes", "possible"}
        if row["integrated_high"] >= least or answers:
            above.update(row["chain"] or ())
    kinds = {name: row["kind"] for name, row in asked.world.entities.items()}
    private = graph.copy()
    private.remove_edges_from([(a, b) for a, b in graph.edges if kinds[a] == "public_body"])
    below = {
        name
        for owner in above
        if kinds[owner] != "public_body"
        for name in {owner, *nx.descendants(private, owner)}
    }
    if all(kinds[owner] == "public_body" for owner in above):
        below = {centre}
    assert asked.ids(found) == above | below


def test_who_owns_much_by_many_small_shares_is_of_the_family() -> None:
    """10 % himself, and 90 % of two holdings with 20 % each: 46 % in all."""
    entities = pl.DataFrame(
        {
            "id": ["P", "H1", "H2", "C", "X"],
            "kind": ["person", "company", "company", "company", "company"],
            "name": ["Person", "One", "Two", "Acme", "Other"],
        }
    )
    held = pl.DataFrame(
        {
            "source": ["P", "P", "P", "H1", "H2", "X"],
            "target": ["C", "H1", "H2", "C", "C", "C"],
            "kind": ["shareholder"] * 6,
            "share": [0.1, 0.9, 0.9, 0.2, 0.2, 0.05],
        }
    )
    result = tg.score(tg.check_tables(entities, held), as_of="2026-06-30")
    found = tg.extract(result, family="C", unmask=True)
    assert set(found.nodes["id"]) == {"C", "P", "H1", "H2"}


def test_a_barred_person_has_verdicts() -> None:
    entities = pl.DataFrame(
        {"id": ["P", "C"], "kind": ["person", "company"], "name": ["Person", "Acme"]}
    )
    held = pl.DataFrame({"source": ["P"], "target": ["C"], "kind": ["director"]})
    records = pl.DataFrame(
        {"id": ["R"], "entity": ["P"], "type": ["COURT_DEFAULTER"], "decided_on": ["2026-01-10"]}
    )
    result = tg.score(tg.check_tables(entities, held, records), as_of="2026-06-30")
    nodes = {row["kind"]: row for row in tg.extract(result, around="C").nodes.to_dicts()}
    assert "LISTED" in nodes["person"]["verdicts"]
    assert nodes["person"]["score"] is None
    assert nodes["company"]["registered_name"] == "Acme"


@settings(max_examples=settings().max_examples // 5)
@given(seed=seeds, size=SIZES, budget=BUDGETS)
def test_evidence_is_whole_chains(seed: int, size: tuple[int, int, int], budget: int) -> None:
    asked = Asked(seed, size)
    for entity in asked.names[:3]:
        told = tg.explain(asked.session, entity)
        items = told["consequences"] + told["market_effects"] + told.get("ledger", [])
        chains = {tuple(item["chain"]) for item in items if len(item.get("chain") or ()) > 1}
        every = {entity, *(one for chain in chains for one in chain)}
        assert asked.ids(tg.extract(asked.session, evidence=entity)) == every
        few = tg.extract(asked.session, evidence=entity, budget=budget)
        ids = asked.ids(few)
        assert len(ids) <= budget
        assert ids <= every
        # Whoever is there is there for a chain that is there whole.
        whole = {one for chain in chains if set(chain) <= ids for one in chain}
        assert ids <= whole | {entity}
        assert bool(few.about["cut"]) == any(not set(chain) <= ids for chain in chains)


@example(seed=1248, size=(14, 60, 12))  # a rule looks back on who was possibly the same
@settings(max_examples=settings().max_examples // 5)
@given(seed=seeds, size=SIZES)
def test_a_record_reaches_whoever_a_result_names_it_for(
    seed: int, size: tuple[int, int, int]
) -> None:
    asked = Asked(seed, size)
    for record in asked.world.records[:3]:
        expected = {record["entity"]}
        for entity in asked.names:
            told = tg.explain(asked.session, entity)
            items = told["consequences"] + told["market_effects"] + told.get("ledger", [])
            for item in items:
                told_of = item.get("record") or {}
                if told_of.get("record") == record["id"]:
                    expected.update(item.get("chain") or [entity])
        found = tg.extract(asked.session, record=record["id"])
        assert asked.ids(found) == expected


@settings(max_examples=settings().max_examples // 5)
@given(seed=seeds, size=SIZES)
def test_edges_say_what_goes_over_them(seed: int, size: tuple[int, int, int]) -> None:
    asked = Asked(seed, size)
    entity = asked.names[0]
    told = tg.explain(asked.session, entity)
    law = told["consequences"] + told["market_effects"]
    reach: dict[tuple[frozenset[str], str], float] = {}
    for line in told.get("ledger", []):
        for key in _ties(line):
            reach[key] = max(reach.get(key, 0.0), line["reach"])
    force: dict[tuple[frozenset[str], str], str] = {}
    for item in law:
        for key in _ties(item):
            force[key] = min(force.get(key, "Z"), item["force"])
    for row in tg.extract(asked.session, evidence=entity).edges.iter_rows(named=True):
        key = frozenset((row["source"], row["target"])), row["kind"]
        assert row["evidence"] == (key in reach or key in force)
        assert row["force"] == force.get(key)
        assert row["reach"] == (reach.get(key) or None)


def _ties(told: dict[str, Any]) -> list[tuple[frozenset[str], str]]:
    """Over which kind of relationship between whom a chain goes, as an explanation tells it."""
    pairs = pairwise(told.get("chain") or ())
    steps = told.get("steps") or ()
    return [
        (frozenset(pair), step["step"].partition(".")[0])
        for pair, step in zip(pairs, steps, strict=False)
    ]


def test_two_relationships_of_two_parties_are_told_apart() -> None:
    """A defaulter who owns and directs: the market weighs his stake, the law looks at his post."""
    entities = pl.DataFrame(
        {"id": ["P", "C"], "kind": ["person", "company"], "name": ["Person", "Acme"]}
    )
    held = pl.DataFrame(
        {
            "source": ["P", "P", "P"],
            "target": ["C", "C", "C"],
            "kind": ["shareholder", "director", "supervisor"],
            "share": [0.9, None, None],
        }
    )
    records = pl.DataFrame(
        {"id": ["R"], "entity": ["P"], "type": ["COURT_DEFAULTER"], "decided_on": ["2026-01-10"]}
    )
    result = tg.score(
        tg.check_tables(entities, held, records), as_of="2026-06-30", retention_on="2026-06-30"
    )
    edges = {row["kind"]: row for row in tg.extract(result, evidence="C").edges.to_dicts()}
    assert edges["shareholder"]["reach"] is not None
    assert edges["director"]["reach"] is None
    assert edges["director"]["force"] == "A"
    assert not edges["supervisor"]["evidence"] or edges["supervisor"]["reach"] is None


@settings(max_examples=settings().max_examples // 5)
@given(seed=seeds, size=SIZES)
def test_no_chain_is_stronger_than_its_relationships(seed: int, size: tuple[int, int, int]) -> None:
    asked = Asked(seed, size)
    every = tg.extract(asked.session, around=asked.names, hops=0).edges
    strongest: dict[frozenset[str], float] = {}
    for row in every.iter_rows(named=True):
        key = frozenset((row["source"], row["target"]))
        strongest[key] = max(strongest.get(key, 0.0), row["strength"])
        assert row["share_low"] is None or round(row["share_low"] * BILLION) <= BILLION
    for entity in asked.names[:4]:
        for line in tg.explain(asked.session, entity).get("ledger", []):
            for pair in pairwise(line.get("chain") or ()):
                assert line["reach"] <= strongest[frozenset(pair)] * (1 + 1e-9)


@settings(max_examples=settings().max_examples // 5)
@given(seed=seeds, size=SIZES, least=st.floats(0, 1))
def test_weak_relationships_are_not_followed(
    seed: int, size: tuple[int, int, int], least: float
) -> None:
    asked = Asked(seed, size)
    every = tg.extract(asked.session, around=asked.names, hops=0).edges
    graph = nx.Graph()
    graph.add_nodes_from(asked.names)
    strong = [row for row in every.iter_rows(named=True) if row["strength"] >= least]
    graph.add_edges_from((row["source"], row["target"]) for row in strong)
    found = tg.extract(asked.session, around=asked.names[0], hops=2, min_strength=least)
    near = nx.single_source_shortest_path_length(graph, asked.names[0], cutoff=2)
    assert asked.ids(found) == set(near)


def test_a_walk_without_end_ends() -> None:
    asked = Asked(7, (9, 32, 5))
    far = tg.extract(asked.session, around=asked.names[0], hops=10**9)
    near = tg.extract(asked.session, around=asked.names[0], hops=len(asked.names))
    assert far.nodes.equals(near.nodes)


def test_graphs_of_others() -> None:
    asked = Asked(7, (9, 32, 5))
    found = tg.extract(asked.session, around=asked.names[0], hops=3)
    plain, other = found.to_networkx(), found.to_igraph()
    assert set(plain.nodes) == asked.ids(found) == set(other.vs["name"])
    assert plain.number_of_edges() == other.ecount() == found.edges.height
    for row in found.edges.iter_rows(named=True):
        kept = plain.edges[row["source"], row["target"], row["id"]]
        assert kept == {
            name: value
            for name, value in row.items()
            if value is not None and name not in {"id", "source", "target"}
        }
    ends = [(other.vs[edge.source]["name"], other.vs[edge.target]["name"]) for edge in other.es]
    assert ends == found.edges.select("source", "target").rows()
    assert found.to_polars() == (found.nodes, found.edges)
    assert len(found) == found.nodes.height


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({}, "one question is wanted, not 0"),
        ({"around": "a", "family": "a"}, "one question is wanted, not 2"),
        ({"between": ["e0"]}, "between wants two ids"),
        ({"around": "e0", "budget": 0}, "a budget of 0 parties"),
        ({"around": "e0", "hops": -1}, "-1 relationships cannot be walked"),
        ({"around": "e0", "kinds": ["friend"]}, "no kind of relationship is called `friend`"),
        ({"record": "nothing"}, "no record `nothing`"),
        ({"evidence": ["e0"], "hops": 2}, "mean nothing for evidence"),
        ({"record": "nothing", "kinds": ["supplier"]}, "mean nothing for record"),
        ({"family": "e0", "min_strength": 0.5}, "mean nothing for family"),
    ],
)
def test_what_cannot_be_asked(question: dict[str, Any], words: str) -> None:
    asked = Asked(7, (9, 32, 5))
    name = asked.names[0]
    given = {key: [name] if value == ["e0"] else value for key, value in question.items()}
    if given.get("around") == "e0":
        given["around"] = name
    with pytest.raises(tg.UsageError, match=words):
        tg.extract(asked.session, **given)


def test_who_asks_by_a_persons_id_hands_on_a_pseudonym() -> None:
    asked = Asked(7, (9, 32, 5))
    person = next(n for n, row in asked.world.entities.items() if row["kind"] == "person")
    result = tg.score(tables_of(asked.world), asked.policy, as_of=TODAY, retention_on=TODAY)
    for question in ({"around": person}, {"family": person}, {"evidence": [person]}):
        found = tg.extract(result, **question)
        shown = repr((found.about, found.nodes.rows(), found.edges.drop("file").rows()))
        assert repr(person) not in shown
        assert found.nodes.filter(kind="person")["score"].is_null().all()

"""Explanations: they say what the ledger says, and the smallest repair is the smallest."""

from __future__ import annotations

import dataclasses
import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from oracle import Oracle, World
from strategies import DAYS, TODAY, packs, tables_of, worlds

import trustgraph as tg
from trustgraph.explanation import case_of, explain_chain
from trustgraph.policy import Policy
from trustgraph.register import compile_register
from trustgraph.schema import MICRO
from trustgraph.scoring import entity_ledger, score_register
from trustgraph.wording import explanation_lines


@settings(max_examples=settings().max_examples // 5)
@given(world=worlds(largest=2), policy=packs())
def test_the_smallest_repair_is_the_smallest(world: World, policy: Policy) -> None:
    ids = [record["id"] for record in world.records]
    after = {}
    for size in range(len(ids) + 1):
        for chosen in itertools.combinations(ids, size):
            records = [
                {**r, "repaired_on": DAYS[0]} if r["id"] in chosen else r for r in world.records
            ]
            changed = compile_register(tables_of(dataclasses.replace(world, records=records)))
            scores = score_register(changed, policy, as_of=TODAY).scores.to_dicts()
            after[chosen] = {row["entity"]: policy.grade_rank(row["grade"]) for row in scores}
    result = tg.score(tables_of(world), policy, as_of=TODAY, forget_on=TODAY)
    for entity, rank in after[()].items():
        better = tg.explain(result, entity)["next_grade"]
        if rank == 0:
            assert better is None
            continue
        sizes = [len(chosen) for chosen, ranks in after.items() if ranks[entity] < rank]
        found = len(better["records"])
        assert found == min(sizes, default=0), (entity, better, sizes)


@settings(max_examples=settings().max_examples // 2)
@given(world=worlds(), policy=packs())
def test_explained_ledgers_are_the_ledgers(world: World, policy: Policy) -> None:
    result = tg.score(tables_of(world), policy, as_of=TODAY, forget_on=TODAY)
    case = case_of(result.scoring, result.register, policy, whole_ledger=True, unmask=True)
    for row in result.scores.to_dicts():
        entity = row["entity"]
        number = case.number(entity)
        afresh = entity_ledger(case.register, policy, case.standing, case.graph, number)
        kept = result.lines.filter(entity=entity)
        assert afresh.equals(kept)
        told = tg.explain(result, entity, unmask=True)
        assert sum(line["micro"] for line in told["ledger"]) == told["score_micro"]
        for line in told["ledger"]:
            if line["line"] != "exposure":
                continue
            product = 1.0
            for step in line["steps"]:
                product *= step["strength"]
            assert product == line["reach"]
            assert len(line["steps"]) == line["hops"] == len(line["chain"]) - 1


@settings(max_examples=settings().max_examples // 2)
@given(world=worlds(), policy=packs())
def test_strongest_chains_are_the_strongest_walks(world: World, policy: Policy) -> None:
    result = tg.score(tables_of(world), policy, as_of=TODAY, forget_on=TODAY)
    case = case_of(result.scoring, result.register, policy, whole_ledger=True, unmask=True)
    oracle = Oracle(world, policy, TODAY)
    for origin in list(world.entities)[:3]:
        best: dict[tuple[str, str], tuple[float, int, tuple[str, ...]]] = {}
        for channel in policy.channels:
            for strength, chain in oracle.walks(origin, channel):
                key = (-strength, len(chain), chain)
                place = (channel, chain[-1])
                if strength > 1 / MICRO and (place not in best or key < best[place]):
                    best[place] = key
        for end in world.entities:
            if end == origin:
                continue
            found = {
                (c["channel"], end): (-c["reach"], len(c["chain"]), tuple(c["chain"]))
                for c in explain_chain(case, origin, end)["chains"]
                if c["reach"] > 1 / MICRO
            }
            assert found == {k: v for k, v in best.items() if k[1] == end}


@pytest.mark.parametrize(("status", "said"), [("deregistered", "注销"), ("revoked", "吊销")])
def test_a_company_that_is_gone_says_so(status: str, said: str) -> None:
    entities = pl.DataFrame([{"id": "A", "kind": "company", "name": "A", "status": status}])
    result = tg.score(tg.check_tables(entities), as_of=TODAY)
    assert tg.explain(result, "A")["status"] == status
    lines = list(explanation_lines(tg.explain(result, "A", language="zh"), "zh"))
    assert any(said in line for line in lines[:3])
    english = list(explanation_lines(tg.explain(result, "A"), "en"))
    assert any(status[-7:].upper() in line for line in english[:3])

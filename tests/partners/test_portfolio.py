"""Partners matched and looked at together: never guessed, and the sums are those of each alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import PROJECT
from strategies import TODAY, random_policy, random_world, seeds, tables_of

import trustgraph as tg

WORST = "91330106TG100001X9"
DAY = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tg.Session:
    folder = tmp_path_factory.mktemp("portfolio")
    tg.score_input(PROJECT / "datasets" / "sample", folder / "run", **DAY)
    return tg.open_session(tg.open_run(folder / "run"))


@pytest.fixture(scope="module")
def match(session: tg.Session) -> Any:
    pytest.importorskip("tantivy")
    index = tg.open_search(session.register)
    return lambda text: tg.match_partners(session, index, tg.parse_partners(text))


@pytest.mark.parametrize(
    ("text", "status", "entity"),
    [
        (WORST, "matched", WORST),
        (WORST.lower(), "matched", WORST),
        ("深坑市政工程有限公司", "matched", WORST),
        ("Deep Pit Municipal Engineering Co., Ltd.", "matched", WORST),
        ("ＤＥＥＰ ＰＩＴ municipal engineering co., ltd.", "matched", WORST),
        ("深坑", "choose", None),
        ("Deep Pit", "choose", None),
        ("Deep Pit Municpal Enginering", "choose", None),
        ("Nobody of that name", "not_found", None),
        ("无名贸易有限公司", "not_found", None),  # what is common to both says nothing
        ("Nobody Trading Co., Ltd.", "not_found", None),
        ("91350100M000100Y43", "not_found", None),
        ("P-TG100008", "not_found", None),  # a person is no partner
    ],
)
def test_who_is_meant(match: Any, text: str, status: str, entity: str | None) -> None:
    (row,) = match(text)
    assert (row["status"], row["entity"]) == (status, entity)
    assert bool(row["candidates"]) == (status != "not_found")
    assert not any(one["kind"] == "person" for one in row["candidates"])


def test_a_code_and_a_name_that_do_not_go_together(match: Any) -> None:
    first, second, third = match(
        f"{WORST}\t深坑市政\n{WORST}\t完全不同的名字\n91350100M000100Y43\t深坑市政工程有限公司"
    )
    assert (first["status"], first["differs"]) == ("matched", False)
    assert (second["status"], second["differs"]) == ("matched", True)
    # The code is nobody's: the name alone is not enough to say who is meant.
    assert (third["status"], third["candidates"][0]["entity"]) == ("choose", WORST)


def test_the_sample_together(session: tg.Session) -> None:
    entities = [WORST, "91330106TG10000289", "91330106TG1000052R", WORST, "NOBODY", "P-TG100008"]
    found = tg.portfolio(session, entities)
    assert [row["entity"] for row in found["partners"]] == entities[:3]
    assert found["missing"] == ["NOBODY", "P-TG100008"]
    assert sum(row["count"] for row in found["grades"]) == sum(found["coverage"]) == 3
    assert {frozenset((row["chain"][0], row["chain"][-1])) for row in found["pairs"]} == {
        frozenset((WORST, "91330106TG10000289")),
        frozenset((WORST, "91330106TG1000052R")),
    }
    (head,) = (
        row for row in found["shared"] if {WORST, "91330106TG1000052R"} == set(row["partners"])
    )
    assert "王" not in str(found["shared"])  # people are masked
    assert {"partner": WORST, "kind": "legal_representative"} in head["links"]
    assert {link["partner"] for link in head["links"]} == set(head["partners"])


def test_who_is_behind_several_is_found_through_others(session: tg.Session) -> None:
    """A person who holds all of a partner that holds 60 % of another; and that partner itself."""
    holding = "91330106TG10000289"
    found = tg.portfolio(session, [WORST, holding])
    shared = {row["entity"]: row for row in found["shared"]}
    assert {"partner": WORST, "kind": "shareholder"} in shared[holding]["links"]
    assert shared[holding]["itself"]
    (person,) = (row for row in found["shared"] if set(row["partners"]) == {WORST, holding})
    assert person["kind"] == "person"
    kinds = {(link["partner"], link["kind"]) for link in person["links"]}
    assert (WORST, "control") in kinds
    assert (holding, "shareholder") in kinds


def test_listed_owners_stand_beside_the_verdicts(session: tg.Session) -> None:
    """As the page of each says it, of every organisation of the sample."""
    entities = [
        session.id(number)
        for number in range(len(session.register))
        if session.kind(number) != "person"
    ]
    found = {
        row["entity"]: {one["entity"] for one in row["listed_behind"]}
        for row in tg.portfolio(session, entities)["partners"]
    }
    assert sum(map(bool, found.values())) > 5
    for entity in [one for one, owners in found.items() if owners] + entities[:40]:
        told = tg.owners(session, entity)
        threshold, wanted, rows = told["threshold"], set(), list(told["owners"])
        while rows:
            one = rows.pop()
            if one["owner"] is None:
                continue
            rows += one["owners"]
            through = one["look_through"]
            if one["on_black_list"] and through is not None and through["high"] >= threshold:
                wanted.add(one["owner"])
        assert found[entity] == wanted


def test_only_rules_of_pairs_exclude() -> None:
    """A consortium taken at its weakest member excludes nobody from bidding beside another."""
    entities = pl.DataFrame(
        {"id": ["G", "M", "N"], "kind": ["other", "company", "company"], "name": ["G", "M", "N"]}
    )
    held = pl.DataFrame(
        {
            "source": ["M", "N"],
            "target": ["G", "G"],
            "kind": ["consortium", "consortium"],
        }
    )
    records = pl.DataFrame(
        {"id": ["R"], "entity": ["M"], "type": ["COURT_DEFAULTER"], "decided_on": ["2026-01-10"]}
    )
    session = tg.open_session(tg.score(tg.check_tables(entities, held, records), **DAY))
    told = {item["rule"]: item for item in tg.explain(session, "G")["consequences"]}
    assert told["P20"]["record"] is None
    assert not told["P20"]["pair"]
    assert told["P20"]["detail_words"] == "lowest grade: D"
    assert tg.portfolio(session, ["G", "M", "N"])["pairs"] == []


@given(seed=seeds, size=st.sampled_from([(6, 10, 4), (9, 32, 5), (14, 60, 12)]))
def test_costs_are_those_of_each_alone(seed: int, size: tuple[int, int, int]) -> None:
    world = random_world(Random(seed), *size)
    scored = tg.score(
        tables_of(world), random_policy(Random(seed), 2), as_of=TODAY, retention_on=TODAY
    )
    session = tg.open_session(scored, unmask=True)
    names = [name for name, row in world.entities.items() if row["kind"] != "person"]
    found = tg.portfolio(session, names)
    assert [row["entity"] for row in found["partners"]] == names
    points: Counter[str] = Counter()
    partners: Counter[str] = Counter()
    owners: Counter[str] = Counter()
    owned: dict[str, set[str]] = defaultdict(set)
    for row in found["partners"]:
        told = tg.explain(session, row["entity"])
        assert (row["score"], row["grade"]) == (told["score"], told["grade"])
        lines = [line for line in told["ledger"] if "record" in line and line["micro"] < 0]
        for line in lines:
            points[line["record"]["record"]] += line["micro"]
            partners[line["record"]["record"]] += 1
        for line in lines:
            for owner in _owners_along(line):
                owners[owner] += line["micro"]
                owned[owner].add(row["entity"])
        least = min((line["points"] for line in lines), default=None)
        assert (row["costliest"] and row["costliest"]["points"]) == least
    assert {row["record"]: row["partners"] for row in found["records"]} == partners
    assert {row["record"]: round(row["points"] * 1_000_000) for row in found["records"]} == points
    assert {row["entity"]: set(row["partners"]) for row in found["owners"]} == owned
    assert {row["entity"]: round(row["points"] * 1_000_000) for row in found["owners"]} == owners
    for told in (found["records"], found["owners"]):
        assert [row["points"] for row in told] == sorted(row["points"] for row in told)


def _owners_along(line: dict[str, Any]) -> list[str]:
    """Whom a line comes from or through, by ownership alone down to the partner."""
    kept = []
    for place in range(len(line.get("steps", ())) - 1, -1, -1):
        if line["steps"][place]["step"] not in {"shareholder.forward", "actual_controller.forward"}:
            break
        kept.append(line["chain"][place])
    return kept


def test_owners_cost_what_comes_from_and_through_them() -> None:
    """A defaulter owns a holding that owns two partners; a third only sells to the defaulter."""
    entities = pl.DataFrame(
        {
            "id": ["TOP", "MID", "P1", "P2", "P3"],
            "kind": ["company"] * 5,
            "name": ["Top", "Mid", "One", "Two", "Three"],
        }
    )
    relationships = pl.DataFrame(
        {
            "source": ["TOP", "MID", "MID", "P3"],
            "target": ["MID", "P1", "P2", "TOP"],
            "kind": ["shareholder", "shareholder", "shareholder", "supplier"],
            "share": [1.0, 0.8, 0.5, None],
        }
    )
    records = pl.DataFrame(
        {"id": ["R"], "entity": ["TOP"], "type": ["COURT_DEFAULTER"], "decided_on": ["2026-01-10"]}
    )
    session = tg.open_session(tg.score(tg.check_tables(entities, relationships, records), **DAY))
    found = tg.portfolio(session, ["P1", "P2", "P3"])
    alone = {
        entity: sum(
            line["points"] for line in tg.explain(session, entity)["ledger"] if "record" in line
        )
        for entity in ("P1", "P2", "P3")
    }
    assert all(points < 0 for points in alone.values())
    assert [(row["entity"], row["partners"]) for row in found["owners"]] == [
        ("TOP", ["P1", "P2"]),
        ("MID", ["P1", "P2"]),
    ]
    for row in found["owners"]:
        assert row["points"] == pytest.approx(alone["P1"] + alone["P2"])
        assert row["on_black_list"] == (row["entity"] == "TOP")

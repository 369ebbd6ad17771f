"""The short explanation: fewer lines, nothing left out, no condition told as a fact."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from places import PROJECT
from strategies import TODAY, random_policy, random_world, seeds, tables_of

import trustgraph as tg
from trustgraph.query.detail_words import excluded_names
from trustgraph.query.explain_short import short_lines
from trustgraph.query.explain_text import explanation_lines

WORST = "91330106TG100001X9"
LANGS: tuple[Any, ...] = ("en", "zh")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tg.Run:
    day = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
    return tg.score_input(
        PROJECT / "datasets" / "sample", tmp_path_factory.mktemp("short") / "run", **day
    )


def amounts(lines: list[str]) -> list[float]:
    """The points of the ledger lines, without the score itself."""
    found = []
    for line in lines:
        told = re.match(r" +([+−][0-9,]+\.[0-9]{2})  ", line)
        if told:
            found.append(float(told[1].replace(",", "").replace("−", "-")))
    return found


@settings(max_examples=settings().max_examples // 2)
@given(seed=seeds)
def test_every_line_of_the_ledger_and_all_of_the_law_is_there(seed: int) -> None:
    world = random_world(Random(seed), 7, 20, 6)
    policy = random_policy(Random(seed), max_hops=2)
    result = tg.score(tables_of(world), policy, as_of=TODAY, retention_on=TODAY)
    for lang in LANGS:
        session = tg.open_session(result, lang=lang)
        for entity in world.entities:
            told = tg.explain(session, entity)
            lines = list(short_lines(told, lang))
            text = "\n".join(lines)
            assert "None" not in text
            for item in told["consequences"]:
                assert item["rule"] in text
                assert not item["condition"] or item["condition"] in text
            if not told["scored"]:
                continue
            assert len(amounts(lines)) == len(told["ledger"])
            rounded = 0.005 * len(told["ledger"]) + 0.01
            assert sum(amounts(lines)) == pytest.approx(told["score"], abs=rounded)


@pytest.mark.parametrize("lang", LANGS)
def test_about_half_the_lines(lang: Any, run: tg.Run) -> None:
    session = tg.open_session(run, lang=lang)
    ids = run.scores().sort("score_micro", "entity").head(60).collect()["entity"].to_list()
    short = full = 0
    for entity in ids:
        told = tg.explain(session, entity)
        short += len(list(short_lines(told, lang)))
        full += len(list(explanation_lines(told, lang)))
    assert short < 0.75 * full
    told = tg.explain(session, WORST)
    lines = list(short_lines(told, lang))
    assert len(lines) < 0.6 * len(list(explanation_lines(told, lang)))


def test_the_worst_of_the_sample_in_words(run: tg.Run) -> None:
    text = "\n".join(short_lines(tg.explain(run, WORST)))
    for words in (
        "140 points, 95 % of its term left",
        "× 48 % · holds shares of it (0.8 × 60 %) · R-TG100004",
        "¥ 38,000,000",
        "ground: 违反财产报告制度",
        "source: https://register.example.invalid/story/10",
        "P06  Is itself graded D for tax credit. applies only if: Registered or taken over",
        "beside Deep Pit Holding Co., Ltd.; Cold Ash Road and Bridge Co., Ltd.",
        "confidence medium",
        "on application · from 2026-06-02",
    ):
        assert words in text
    assert "[fact]" not in text
    assert text.count("P21") == 1
    chinese = "\n".join(short_lines(tg.explain(run, WORST, lang="zh"), "zh"))
    assert "关联影响（无法律义务）" in chinese
    assert "持有本主体股权（0.8 × 60%）" in chinese
    assert "敞口" not in chinese


def test_an_assumed_share_is_marked() -> None:
    rows = pl.DataFrame({"id": ["A", "B", "C"], "kind": "company", "name": ["a", "b", "c"]})
    held = {"source": ["A", "C"], "target": ["B", "B"], "kind": "shareholder", "share": [None, 0.4]}
    record = {"id": ["R"], "entity": ["A"], "type": ["TAX_MAJOR"], "decided_on": ["2026-01-01"]}
    tables = tg.check_tables(rows, pl.DataFrame(held), pl.DataFrame(record))
    text = "\n".join(short_lines(tg.explain(tg.score(tables, as_of="2026-06-30"), "B")))
    assert "assumed" in text


def test_records_that_do_not_count_and_why() -> None:
    rows = pl.DataFrame({"id": ["A"], "kind": ["company"], "name": ["a"]})
    record = {"id": ["R"], "entity": ["A"], "type": ["TAX_MAJOR"], "decided_on": ["2027-01-01"]}
    tables = tg.check_tables(rows, None, pl.DataFrame(record))
    text = "\n".join(short_lines(tg.explain(tg.score(tables, as_of="2026-06-30"), "A")))
    assert "not yet decided on this day" in text


def test_two_of_one_name_are_two() -> None:
    """One is surely excluded, the other of the name perhaps."""
    items = [
        {"chain": ["1", "2"], "names": ["A", "Acme"], "status": "possible"},
        {"chain": ["1", "3"], "names": ["A", "Acme"], "status": "fact"},
        {"chain": ["1", "3"], "names": ["A", "Acme"], "status": "possible"},
    ]
    assert excluded_names(items, "zh") == ["Acme", "Acme（可能）"]

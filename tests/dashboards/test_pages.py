"""Pages by what they say: titles, doubts beside a grade, lines that go round a level."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import trustgraph as tg

pytest.importorskip("dash")

from dashboards.answers import drawn_of
from dashboards.graph_view import elements_of
from dashboards.pages.graph import graph_page
from dashboards.pages.portfolio import grid_rows
from dashboards.state import View
from dashboards.text import Language

SAMPLE = Path(__file__).parents[2] / "datasets" / "sample"
DAY: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
RING, OTHER = "91330106TG040002XE", "91330106TG1000052R"


@pytest.fixture(scope="module")
def session() -> tg.Session:
    return tg.open_session(tg.score(tg.read_tables(SAMPLE), **DAY))


def title(session: tg.Session, view: View) -> str:
    subgraph, _ = drawn_of(session, view)
    told = tg.summary(session, view.entity or "")
    found: str = graph_page(subgraph, subgraph, told, [], "", view)[0].children
    return found


def test_a_graph_is_titled_by_what_it_shows_and_a_path_by_both_ends(session: tg.Session) -> None:
    view = View(page="graph", entity=RING, show="around", lang="en")
    assert title(session, view).startswith("What stands around Tail One")
    assert title(session, replace(view, show="owners")).startswith("Who owns Tail One")
    assert title(session, replace(view, show="evidence")).startswith("What bears on Tail One")
    held = tg.owned(session, RING)["owned"][0]
    found = title(session, replace(view, show="path", to=held["entity"]))
    assert found.startswith("From Tail One")
    assert found.endswith(f"to {held['name']}")
    assert title(session, replace(view, show="path", to="NOBODY")).startswith("What stands around")


def test_a_holding_that_passes_a_level_by_goes_round_it(session: tg.Session) -> None:
    """A ring drawn as a tree: its last line led through who stands in between."""
    subgraph, places = drawn_of(session, View(page="graph", entity=RING, show="owners"))
    bowed = {edge["id"]: edge["bow"] for edge in subgraph["edges"] if edge["bow"] is not None}
    for edge in subgraph["edges"]:
        up = places[edge["target"]][1] - places[edge["source"]][1]
        assert (edge["id"] in bowed) == (round(up) != 110)
    # Some on the left, some on the right, and wider than the row that they pass by.
    assert min(bowed.values()) < 0 < max(bowed.values())
    assert min(map(abs, bowed.values())) >= 110
    drawn = elements_of(subgraph, places, lang="en")
    told = {one["data"]["id"]: one["data"].get("bow") for one in drawn if "source" in one["data"]}
    assert {name: bow for name, bow in told.items() if bow} == {
        f"e{number}": bow for number, bow in bowed.items()
    }


def test_a_grade_that_rests_on_little_is_at_best_among_partners_too() -> None:
    """Not the worst grade: it is no better than it may be."""
    day: dict[str, Any] = {"as_of": "2024-06-30", "retention_on": "2026-06-30"}
    result = tg.score(tg.read_tables(SAMPLE), **day)
    listed = result.scores.filter(pl.col("coverage") < 0.6).head(200)["entity"].to_list()
    found = tg.portfolio(tg.open_session(result), listed)
    low = [one["coverage"] < 0.5 and one["grade"] in {"A", "B", "C"} for one in found["partners"]]
    assert any(low)
    assert not all(low)
    words: list[tuple[str, Language]] = [
        ("at best: little known", "en"),
        ("仅供参考（信息不足）", "zh"),
    ]
    for said, lang in words:
        assert [said in row["reason"] for row in grid_rows(found, lang)] == low


def test_who_did_not_exist_yet_is_said_among_partners() -> None:
    day: dict[str, Any] = {"as_of": "2010-01-01", "retention_on": "2026-06-30"}
    session = tg.open_session(tg.score(tg.read_tables(SAMPLE), **day))
    found = tg.portfolio(session, ["91330106TG100001X9"])
    (row,) = grid_rows(found, "en")
    assert row["verdicts"].startswith("Did not exist yet: founded on 2 Jul 2016")

"""Pages by what they say: titles, doubts beside a grade, lines that go round a level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import trustgraph as tg

pytest.importorskip("dash")

from dashboards.answers import drawn, drawn_of
from dashboards.figures import changes_of
from dashboards.graph_view import elements_of
from dashboards.pages.company import company_page
from dashboards.pages.company_grade import clear_card
from dashboards.pages.company_law import law_card
from dashboards.pages.company_owners import held_card, owned_card
from dashboards.pages.company_points import points_card
from dashboards.pages.graph import graph_page, selected_pane
from dashboards.pages.partners import chosen_status, matched_list, open_link, status_counts
from dashboards.pages.portfolio import grid_rows, portfolio_page
from dashboards.state import View
from dashboards.text import Language, say

SAMPLE = Path(__file__).parents[2] / "datasets" / "sample"
DAY: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
WORST, PERSON = "91330106TG100001X9", "JZ8B-3SS9"
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
    made = elements_of(subgraph, places, lang="en")
    told = {one["data"]["id"]: one["data"].get("bow") for one in made if "source" in one["data"]}
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


# --- What pages say -------------------------------------------------------------------------------


def texts(shown: Any) -> Iterator[str]:
    """Every text of a component, in the order of reading."""
    if isinstance(shown, str):
        yield shown
    elif isinstance(shown, list | tuple):
        for one in shown:
            yield from texts(one)
    elif shown is not None and not isinstance(shown, int | float):
        yield from texts(getattr(shown, "children", None))


def said(shown: Any) -> str:
    return " ".join(texts(shown))


@pytest.mark.parametrize(("lang", "words"), [("en", "Licence revoked"), ("zh", "与其他投标人无关")])
def test_who_is_barred_is_told_with_its_own_bars(
    session: tg.Session, lang: Language, words: str
) -> None:
    """A revoked licence is no ban from public procurement, and is not called one."""
    one = tg.summary(session, OTHER)
    bars = [{"verdict": "REVOKED", "title": "Licence revoked"}]
    found = tg.portfolio(session, [OTHER, RING]) | {"barred": [one | {"bars": bars}]}
    shown = said(portfolio_page(found, [], View(page="portfolio", lang=lang)))
    assert words in shown
    assert "Barred from" not in shown
    assert "Licence revoked" in shown


@pytest.mark.parametrize(("lang", "chip"), [("en", "to be checked"), ("zh", "须核实")])
def test_what_follows_under_a_condition_is_marked_once(
    session: tg.Session, lang: Language, chip: str
) -> None:
    view = View(page="portfolio", lang=lang)
    found = tg.portfolio(session, [WORST, "91330106TG10000289", OTHER])
    assert len(found["pairs"]) > 1
    assert all(one["condition"] for one in found["pairs"])
    assert list(texts(portfolio_page(found, [], view))).count(chip) == 1
    told = tg.explain(session, WORST)
    pairs = [one for one in told["consequences"] if one["force"] == "C"]
    assert len(pairs) > 1
    card = law_card(told | {"records": [], "consequences": pairs}, replace(view, entity=WORST))
    assert list(texts(card)).count(chip) == 1


def test_a_person_is_owned_by_nobody(session: tg.Session) -> None:
    def page(person: str) -> str:
        told, summary = tg.explain(session, person), tg.summary(session, person)
        behind, held = tg.owners(session, person), tg.owned(session, person)
        view = View(page="company", entity=person, lang="en")
        return said(company_page(told, summary, behind, held, view))

    shown = page(PERSON)
    assert "Holds shares in" in shown
    for words in ("Who is behind it", "beneficial owner", "What it owns"):
        assert words not in shown
    nothing = {"entity": PERSON, "owned": []}
    assert held_card(nothing, View()) == []


def test_both_shares_of_what_is_owned_have_a_head(session: tg.Session) -> None:
    shown = said(owned_card(tg.owned(session, RING), View(page="company", entity=RING)))
    assert "Company direct looked through" in shown


def test_more_records_are_not_called_firms() -> None:
    assert say("and_more_rows", "zh", count=3) == "另有3项"
    assert say("and_more", "zh", count=3) == "另有3家"


def test_a_pin_promises_only_where_it_holds() -> None:
    assert "not among owners or on a path" in say("pin", "en")
    for show in ("show_owners", "show_path"):
        assert say(show, "zh") in say("pin", "zh")


def test_how_many_are_drawn_of_how_many_there_are(session: tg.Session) -> None:
    summary = tg.summary(session, OTHER)
    rows = [
        {"step": "supplier.forward", "words": "supplies", "kind": "supplier"} | counts
        for counts in ({"current": 3, "beyond": 2}, {"current": 1, "beyond": 0})
    ]
    view = View(page="graph", entity=OTHER, show="around", lang="en")
    assert "drawn supplies 1 of 3 add supplies 1 of 1" in said(selected_pane(summary, rows, view))
    assert "supplies 3 supplies 1" in said(
        selected_pane(summary, rows, replace(view, show="owners"))
    )
    grown = replace(view, show="evidence", grown=((OTHER, None),))
    subgraph, _ = drawn_of(session, grown)
    assert "added or taken away" in said(graph_page(subgraph, subgraph, summary, [], "", grown))


def test_months_that_changed_a_score_are_told_in_words() -> None:
    scores = [1000.0, 999.5, 800.0, 800.0, *(700.0 - 10 * n for n in range(7))]
    rows = [
        {"as_of": f"2025-{month:02}-28", "score": score, "rated": True}
        for month, score in enumerate(scores, 1)
    ]
    assert changes_of(rows)[-1] == ("2025-03", 999.5, 800.0)
    given = {"rows": rows, "records": [], "scale": {"floor": 0, "ceiling": 1100}}
    view = View(page="company", entity=OTHER, lang="en")
    listed = [one for one in texts(drawn(given, "light", view)) if "→" in one]
    assert listed[0] == "2025-11: 650 → 640"
    assert len(listed) == 6
    still = drawn(given | {"rows": rows[:2]}, "light", replace(view, lang="zh"))
    assert "各月变动均不足1分" in said(still)
    assert "虚线：不予评级" in said(still)


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "140 points, 95"), ("zh", "满分140分，剩余期限95%")]
)
def test_a_record_that_weighs_less_as_its_term_goes_by_says_so(
    session: tg.Session, lang: Language, words: str
) -> None:
    """132.34 points are 140 for a term of which 1,036 of 1,096 days are left."""
    told = tg.explain(session, WORST)
    left = {one["title"]: one["term_left"] for one in told["records"]}
    assert left["Serious dishonesty information"] == pytest.approx(1036 / 1096, abs=1e-4)
    assert left["Judgment-defaulter list"] is None
    shown = said(points_card(told, View(page="company", entity=WORST, lang=lang)))
    assert shown.count(words) == 1
    assert words in tg.report(session, WORST) or lang == "zh"


def test_what_is_to_be_repaired_elsewhere_says_why(session: tg.Session) -> None:
    """The tax grade of another costs no points here, but holds the grade down by law."""
    told = tg.explain(session, WORST)
    shown = said(clear_card(told, View(page="company", entity=WORST)))
    assert "holds the grade down by law: Tax grade D follows the responsible person" in shown
    better = told["next_grade"] | {"held_by": "blocked"}
    held = said(clear_card(told | {"next_grade": better}, View(page="company", entity=WORST)))
    assert "While listed parties block it, the grade stays D" in held


MATCHES: list[dict[str, Any]] = [
    {"row": 2, "status": "matched", "entity": "A"},
    {"row": 3, "status": "choose", "entity": None},
    {"row": 5, "status": "choose", "entity": None},
    {"row": 6, "status": "matched", "entity": "A"},
    {"row": 7, "status": "not_found", "entity": None},
]


def test_a_choice_changes_the_counts_and_says_who_is_there_twice() -> None:
    counts = list(texts(status_counts(MATCHES, {}, "en")))
    assert counts == ["matched 2", "choose 2", "not found 1"]
    chosen = {1: "A", 2: "B"}
    counts = list(texts(status_counts(MATCHES, chosen, "en")))
    assert counts == ["matched 2", "chosen 2", "not found 1"]
    assert chosen_status(MATCHES, 1, chosen, "zh")[0] == "已选定 · 与第2行相同"
    assert chosen_status(MATCHES, 2, chosen, "en")[0] == "chosen"
    assert chosen_status(MATCHES, 2, {1: "B", 2: "B"}, "en")[0] == "chosen · same as row 3"
    assert chosen_status(MATCHES, 2, {}, "en")[0] == "choose"
    shown = said(open_link(MATCHES, chosen, View(page="partners", lang="en")))
    assert "2 of the rows repeat an organisation" in shown
    assert "1 left out so far" in shown
    assert shown.endswith("Look at 2 together")


def test_a_row_that_means_who_was_there_before_says_so() -> None:
    one = {"entity": "A", "name": "Acme", "grade": "A"}
    rows = [
        row | {"given": "x", "differs": False, "candidates": [one] * (row["status"] == "matched")}
        for row in MATCHES
        if row["status"] != "choose"
    ]
    assert said(matched_list(rows, View(page="partners", lang="en"))).count("same as row 2") == 1

"""Addresses and views: a link opens the same view for somebody else."""

from __future__ import annotations

import datetime as dt
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.grids import Arranged, arranged
from dashboards.state import View, link_to, view_of
from dashboards.text import Language

texts = st.text(min_size=1, max_size=60).filter(lambda text: text.strip("/") == text)


@given(left=texts.filter(lambda text: bool(text.strip())))
def test_a_grid_is_left_as_it_was(left: str) -> None:
    view = View(page="portfolio", partners=("A", "B;C"), arranged=left)
    address, _, mark = link_to(view).partition("#")
    assert view_of("/portfolio", address.partition("?")[2], f"#{mark}", lang="en") == view


def test_of_a_grid_only_what_it_can_mean_is_taken() -> None:
    filters = {
        "verdicts": {"filterType": "text", "type": "contains", "filter": "barred"},
        "score": {
            "filterType": "number",
            "operator": "AND",
            "conditions": [
                {"filterType": "number", "type": "greaterThan", "filter": 1},
                {"filterType": "number", "type": "lessThan", "filter": 900.5},
            ],
        },
    }
    asked = {"sorts": [["score", "desc"], ["name", "asc"]], "filters": filters, "hidden": ["name"]}
    found = arranged(json.dumps(asked), ["score", "name", "verdicts"])
    assert found == Arranged((("score", "desc"), ("name", "asc")), filters, frozenset({"name"}))
    odd = {
        "sorts": [["score", "up"], ["score"], [["score"], "asc"], "score", None],
        "filters": {
            "score": {"filterType": "number", "type": "equals", "filter": "1 || alert(1)"},
            "name": {"filterType": "set", "values": ["A"]},
            "verdicts": {"filterType": "text", "type": "contains", "filter": {"a": 1}},
            "other": filters["verdicts"],
        },
        "hidden": [["name"], "other", None],
    }
    assert arranged(json.dumps(odd), ["score", "name", "verdicts"]) == Arranged()
    for text in (None, "", "[]", "{", "1", '"a"', '{"sorts": 1, "filters": 2, "hidden": 3}'):
        assert arranged(text, ["score"]) == Arranged()


@given(entity=texts, lang=st.sampled_from(["en", "zh"]), as_of=st.none() | st.dates())
def test_a_link_opens_the_same_view(entity: str, lang: Language, as_of: dt.date | None) -> None:
    view = View(page="company", entity=entity, lang=lang, as_of=as_of)
    path, _, search = link_to(view).partition("?")
    assert view_of(path, f"?{search}", lang="en") == view


steps = st.tuples(texts, st.none() | st.sampled_from(["shareholder", "possibly_same"]))


@given(
    entity=texts,
    grown=st.lists(steps, max_size=5),
    hidden=st.lists(st.sampled_from(["supplier", "branch"]), unique=True),
    pinned=st.lists(texts, max_size=3, unique=True),
    show=st.sampled_from(["evidence", "around", "owners", "path"]),
    to=texts,
)
def test_a_link_opens_the_same_graph(
    entity: str,
    grown: list[tuple[str, str | None]],
    hidden: list[str],
    pinned: list[str],
    show: str,
    to: str,
) -> None:
    view = View(
        page="graph",
        entity=entity,
        show=show,
        grown=tuple(grown),
        hidden=tuple(hidden),
        pinned=tuple(pinned),
        to=to if show == "path" else None,
    )
    path, _, search = link_to(view).partition("?")
    assert view_of(path, f"?{search}", lang="en") == view


@given(partners=st.lists(texts.filter(str.strip), max_size=6, unique=True))
def test_a_link_opens_the_same_portfolio(partners: list[str]) -> None:
    view = View(page="portfolio", partners=tuple(partners))
    address, _, mark = link_to(view).partition("#")
    path, _, search = address.partition("?")
    assert view_of(path, f"?{search}", f"#{mark}", lang="en") == view
    assert not any(quote(one, safe="") in address for one in partners if len(one) > 9)


@given(path=st.text(max_size=80), search=st.text(max_size=80))
def test_no_address_is_too_strange(path: str, search: str) -> None:
    assert view_of(path, search, lang="zh").lang in {"en", "zh"}


@pytest.mark.parametrize(
    ("path", "search", "view"),
    [
        (None, None, View()),
        ("/", "?lang=zh", View(lang="zh")),
        ("/", "?lang=xx&as_of=never", View(odd_day="never")),
        ("/", "?as_of=2025-02-30", View(odd_day="2025-02-30")),
        ("/company/A%2FB", "", View(page="company", entity="A/B")),
        ("/company", "", View(known=False)),
        ("/nowhere/at/all", "", View(known=False)),
    ],
)
def test_addresses(path: str | None, search: str | None, view: View) -> None:
    assert view_of(path, search, lang="en") == view

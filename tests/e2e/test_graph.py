"""The graph as a person works with it: expand, undo, filter, owners, a path; all in the address."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import BROWSER_MARKS, WORST, go_on, until

import trustgraph as tg

pytestmark = BROWSER_MARKS

PLACES = """() => {
    const graph = document.getElementById('graph')._cyreg.cy;
    return Object.fromEntries(graph.nodes().map(one =>
        [one.data('entity'), [one.position().x, one.position().y]]));
}"""


@pytest.fixture
def page(same_page: Any) -> Any:
    """One for all: each test goes on in it."""
    return same_page


def parties(page: Any) -> dict[str, list[float]]:
    page.locator("#graph canvas").first.wait_for()
    page.wait_for_timeout(300)
    found: dict[str, list[float]] = page.evaluate(PLACES)
    return found


def test_expand_hide_and_undo(page: Any, run: tg.Run) -> None:
    session = tg.open_session(run)
    centre = "91330106TG1000044Y"
    told = tg.evidence(session, centre)
    drawn = [node["entity"] for node in told["nodes"]]
    go_on(page, f"/graph/{centre}?lang=en&show=evidence")
    before = parties(page)
    assert set(before) == set(drawn)
    beyond = [row["beyond"] for row in tg.relations(session, centre, shown=drawn)]
    more = page.locator("#selected a.add")
    assert more.count() == sum(count > 0 for count in beyond) > 0
    more.first.click()
    page.wait_for_url("**grow=*")
    after = parties(page)
    # What was there stays where it was.
    assert {name: after[name] for name in before} == before
    page.get_by_role("link", name="Undo the last party added or removed").click()
    until(page, "!window.location.search.includes('grow')")
    assert parties(page) == before


def test_a_pinned_party_stays(page: Any) -> None:
    go_on(page, f"/graph/{WORST}?lang=en&show=evidence")
    before = parties(page)
    other = next(name for name in before if name != WORST and not name.startswith("P"))
    go_on(page, f"/graph/{other}?lang=en&show=evidence&pin={WORST}")
    assert WORST in parties(page)
    page.locator(".key", has_text="×").wait_for()
    page.get_by_role("link", name="All around").click()
    page.wait_for_url("**show=around*")
    assert "pin=" in page.url
    assert WORST in parties(page)
    page.get_by_role("link", name="Unpin it").first.click()
    until(page, "!window.location.search.includes('pin')")


def test_the_table_by_keyboard(page: Any) -> None:
    go_on(page, f"/graph/{WORST}?lang=en&show=around")
    cell = page.locator("#edges .ag-row[row-index='0'] .ag-cell[col-id=source]")
    name = cell.inner_text()
    cell.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_url("**/company/**")
    page.locator("h1", has_text=name.split("\n")[-1]).wait_for()


def test_the_legend_is_the_filter(page: Any) -> None:
    go_on(page, f"/graph/{WORST}?lang=en&show=around")
    before = parties(page)
    page.locator(".filter", has_text="supplies").click()
    page.wait_for_url("**hide=supplier*")
    page.locator(".filter.gone", has_text="supplies").wait_for()
    after = parties(page)
    assert set(after) <= set(before)
    assert {name: before[name] for name in after} == after
    cells = page.locator("#edges .ag-cell[col-id=kind]").all_inner_texts()
    assert cells
    assert "supplies" not in cells
    page.locator(".filter.gone").click()
    until(page, "!window.location.search.includes('hide')")
    assert parties(page) == before


def test_larger_and_smaller_and_the_wheel_scrolls_the_page(page: Any) -> None:
    go_on(page, f"/graph/{WORST}?lang=en&show=evidence")
    parties(page)
    assert page.title() == f"{page.locator('h1').inner_text()} · trustgraph"
    zoom = "document.getElementById('graph')._cyreg.cy.zoom()"
    whole = page.evaluate(zoom)
    page.get_by_role("button", name="Zoom in").click()
    assert page.evaluate(zoom) > whole
    page.get_by_role("button", name="Show all of it").click()
    assert page.evaluate(zoom) == pytest.approx(whole)
    page.get_by_role("button", name="Zoom out").click()
    small = page.evaluate(zoom)
    assert small < whole
    page.locator("#graph").hover()
    page.mouse.wheel(0, 120)
    until(page, "window.scrollY > 0")
    assert page.evaluate(zoom) == small
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    until(page, f"{zoom} > {small}")


def test_owners_as_a_tree(page: Any) -> None:
    go_on(page, f"/graph/{WORST}?lang=en&show=around")
    page.get_by_role("link", name="Owners as a tree").click()
    page.wait_for_url("**show=owners*")
    page.get_by_text("looked through").first.wait_for()
    places = parties(page)
    levels = {name: round(-place[1] / 110) for name, place in places.items()}
    assert levels[WORST] == 0
    assert levels["91330106TG10000289"] == 1
    assert max(levels.values()) == 2
    page.locator("#edges .ag-row").nth(2).wait_for()
    assert page.locator("#edges .ag-center-cols-container .ag-row").count() == 3


def test_a_path_to_somebody(page: Any) -> None:
    go_on(page, f"/graph/{WORST}?lang=en&show=evidence")
    page.locator("#path-to").fill("Paper Invoice Steel")
    page.locator("#path-choices a", has_text="Paper Invoice Steel").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**show=path*")
    page.get_by_text("Relationships on a shortest path: 1.").wait_for()
    assert set(parties(page)) == {WORST, "91330106TG1000044Y"}
    go_on(page, "/graph/91330106TG1000044Y?lang=en&show=path&to=NOBODY")
    page.get_by_text("Nobody here is called “NOBODY”.").wait_for()


def test_on_a_phone_names_can_be_read(page: Any) -> None:
    """A whole graph on a narrow screen is one of signs without names: it begins in its middle."""
    page.set_viewport_size({"width": 390, "height": 844})
    go_on(page, f"/graph/{WORST}?lang=en&show=around")
    places = parties(page)
    cy = "document.getElementById('graph')._cyreg.cy"
    until(page, f"{cy}.zoom() >= 0.74")
    across, down = places[WORST]
    left, top, right, bottom = page.evaluate(
        f"(box => [box.x1, box.y1, box.x2, box.y2])({cy}.extent())"
    )
    assert left < across < right
    assert top < down < bottom
    page.set_viewport_size({"width": 1280, "height": 900})

"""The dashboard walked through in chromium, as a person would, with the keyboard where one can."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import BROWSER_MARKS, WORST, go_on, until
from depth import some

import trustgraph as tg

pytestmark = BROWSER_MARKS

BOTH_THEMES = pytest.mark.parametrize("theme", some(["dark", "light"], 1), indirect=True)


def shown(page: Any, words: str) -> None:
    page.get_by_text(words).first.wait_for()


def test_from_a_name_to_the_ledger_by_keyboard(page: Any) -> None:
    page.goto("/?lang=en")
    shown(page, "Can we trust them, and why?")
    # The cursor stands in the field.
    until(page, "document.activeElement && document.activeElement.id === 'search'")
    page.keyboard.type("深坑市政")
    # The list of what was typed first has another company on top.
    first = page.locator("#suggestions .suggestion:first-child", has_text="深坑市政工程")
    first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/company/{WORST}*")
    shown(page, "Why 0 points")
    assert page.locator(".verdicts").first.inner_text().startswith("ON A BLACK LIST")
    assert page.locator(".score .grade").inner_text() == "D"
    # A line of the ledger opens its chain, without a mouse.
    line = page.locator("summary.line", has=page.locator(".wf i.m")).first
    line.focus()
    page.keyboard.press("Enter")
    opened = page.locator("details[open] .path")
    opened.wait_for()
    assert "0.8 × 60 % = 0.48" in opened.first.inner_text()
    page.keyboard.press("Escape")
    page.locator("#history .js-plotly-plot").wait_for()


def test_the_waterfall_adds_up_on_the_screen(page: Any, run: tg.Run) -> None:
    page.goto(f"/company/{WORST}?lang=en")
    page.locator(".waterfall .total").wait_for()
    texts = page.locator(".waterfall .line:not(.heads):not(.total) .num").all_inner_texts()
    values = [float(text.replace("−", "-").replace(",", "")) for text in texts]
    total = float(page.locator(".waterfall .total .num").inner_text().replace(",", ""))
    told = tg.explain(tg.open_session(run), WORST)
    assert len(values) == len(told["ledger"])
    assert total == pytest.approx(told["score"], abs=0.005)
    assert sum(values) == pytest.approx(total, abs=0.005 * len(values))


def test_both_languages_and_a_link_for_a_colleague(page: Any, browser: Any, address: str) -> None:
    page.goto(f"/company/{WORST}?lang=en")
    shown(page, "What the law attaches")
    page.locator(".langs a", has_text="中文").click()
    shown(page, "依法产生的后果")
    assert "lang=zh" in page.url
    page.get_by_role("textbox", name="搜索企业名称或代码").wait_for()
    page.get_by_role("navigation", name="语言").wait_for()
    until(page, "document.title === '深坑市政工程有限公司 · trustgraph'")
    until(page, "document.documentElement.lang === 'zh-CN'")
    other = browser.new_context(base_url=address).new_page()
    other.goto(page.url)
    other.get_by_text("依法产生的后果").wait_for()
    assert other.locator(".score .grade").inner_text() == "D"
    other.context.close()


@BOTH_THEMES
def test_light_and_dark(page: Any, theme: str) -> None:
    page.goto("/?lang=en")
    shown(page, "This register")
    now = "document.documentElement.getAttribute('data-theme')"
    assert page.evaluate(now) == theme
    page.locator("#theme-button").click()
    other = "dark" if theme == "light" else "light"
    until(page, f"{now} === '{other}'")
    page.reload()
    shown(page, "This register")
    until(page, f"{now} === '{other}'")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/company/NOBODY?lang=en", "This run does not have that party"),
        ("/company/NOBODY?lang=zh", "本次评价中没有该主体"),
        ("/nowhere?lang=en", "There is no such page"),
    ],
)
def test_states_are_designed(same_page: Any, path: str, words: str) -> None:
    go_on(same_page, path)
    shown(same_page, words)


def test_another_day_is_chosen_in_the_head(page: Any) -> None:
    page.goto(f"/company/{WORST}?lang=en")
    shown(page, "What the law attaches")
    page.locator("#day").fill("2025-01-15")
    page.keyboard.press("Enter")
    page.wait_for_url("**as_of=2025-01-15*")
    shown(page, "No record of its own counts as of the day.")
    page.go_back()
    until(page, "!window.location.search.includes('as_of')")
    shown(page, "ON A BLACK LIST")


def test_a_link_changes_the_page_in_place_and_the_field_is_free(page: Any) -> None:
    page.goto("/?lang=en")
    shown(page, "This register")
    page.evaluate("window.kept = 1")
    page.locator("#search").fill("深坑市政")
    page.locator("#suggestions .suggestion").first.click()
    page.wait_for_url(f"**/company/{WORST}*")
    shown(page, "What the law attaches")
    assert page.evaluate("window.kept") == 1
    assert page.locator("#search").input_value() == ""
    assert page.locator("#suggestions .suggestion").count() == 0
    until(page, "document.activeElement.id === 'main'")
    page.go_back()
    shown(page, "This register")


def test_nothing_found_says_what_to_try(page: Any) -> None:
    page.goto("/?lang=en")
    page.locator("#search").fill("zzzz nobody")
    shown(page, "Nothing found for")
    # Esc closes the list alone: the cursor stays, and more that is typed opens it again.
    page.keyboard.press("Escape")
    page.locator("#suggestions").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("z")
    page.locator("#suggestions").wait_for()


@BOTH_THEMES
def test_the_graph_and_its_table(page: Any, run: tg.Run) -> None:
    page.goto(f"/company/{WORST}?lang=en")
    page.get_by_role("link", name="Evidence only").click()
    page.wait_for_url("**/graph/**show=evidence*")
    page.locator("#graph canvas").first.wait_for()
    told = tg.evidence(tg.open_session(run), WORST)
    page.locator("#edges .ag-row").first.wait_for()
    rows = page.locator("#edges .ag-root").first.get_attribute("aria-rowcount")
    assert int(rows) == len(told["edges"]) + 2  # the head and its filters
    shown(page, f"Shown are the {len(told['nodes'])} parties on the chains")
    # A tap on a party tells who it is, wherever it was drawn.
    other = next(
        node for node in told["nodes"] if node["kind"] == "company" and node["entity"] != WORST
    )
    place = page.evaluate(
        """entity => {
            const graph = document.getElementById('graph')._cyreg.cy;
            const node = graph.nodes().filter(one => one.data('entity') === entity)[0];
            const box = document.getElementById('graph').getBoundingClientRect();
            const at = node.renderedPosition();
            return [box.left + at.x, box.top + at.y];
        }""",
        other["entity"],
    )
    page.mouse.click(*place)
    page.locator("#selected h2", has_text=other["name"]).wait_for()
    page.get_by_role("link", name="All around").click()
    page.wait_for_url("**show=around*")
    page.locator("#graph canvas").first.wait_for()


def test_enter_opens_nobody_who_is_only_alike(page: Any) -> None:
    """What was typed stands in none of their names: Enter points at the first, and waits."""
    page.goto("/?lang=en")
    page.locator("#search").fill("Deep Pid Munizipal")
    page.locator("#suggestions a.alike").first.wait_for()
    page.keyboard.press("Enter")
    page.locator("#suggestions a.alike.chosen").wait_for()
    assert "/company/" not in page.url
    page.keyboard.press("Enter")
    page.wait_for_url("**/company/**")

"""Whoever reads with other means: screen readers (axe), phones, in both themes and languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import BROWSER_MARKS, WORST, go_on, until
from depth import DEEP, some

pytestmark = BROWSER_MARKS

OTHERS = ("91330106TG10000289", "91330106TG1000044Y")
PORTFOLIO = f"portfolio?lang={{lang}}#{','.join((WORST, *OTHERS))}"
LISTED = "\n".join((*OTHERS, "nobody at all"))
PAGES = [
    ("?lang={lang}", ".bar"),
    (f"company/{WORST}?lang={{lang}}", "#history .js-plotly-plot"),
    (f"graph/{WORST}?lang={{lang}}&show=around&pin={OTHERS[1]}", "#edges .ag-row"),
    (f"graph/{WORST}?lang={{lang}}&show=owners", "#edges .ag-row"),
    ("partners?lang={lang}", "#pasted"),
    (PORTFOLIO, "#grid .ag-row"),
    ("company/NOBODY?lang={lang}", ".empty"),
]
THEMES = ("light", "dark")


@pytest.fixture(scope="module")
def reader(browser: Any, address: str) -> Iterator[Any]:
    """A page into which a reader's own tools may put scripts, whatever the page's policy is."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900},
        color_scheme="light",
        base_url=address,
        bypass_csp=True,
    )
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    yield opened
    context.close()


def open_page(page: Any, path: str, there: str, lang: str) -> None:
    go_on(page, f"/{path.format(lang=lang)}")
    page.locator(there.split(maxsplit=1)[0]).first.wait_for()
    page.locator(there.split(maxsplit=1)[0]).first.scroll_into_view_if_needed()
    page.locator(there).first.wait_for()
    if there == "#pasted":
        page.locator("#pasted").fill(LISTED)
        page.locator("#match").click()
        page.locator("#matched tbody tr").first.wait_for()
    page.wait_for_timeout(200)


@pytest.mark.parametrize(("number", "path", "there"), [(n, *page) for n, page in enumerate(PAGES)])
def test_axe_finds_nothing_serious(reader: Any, number: int, path: str, there: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415  # may be missing

    open_page(reader, path, there, "en" if "company" in path else "zh")
    for theme in THEMES if DEEP else THEMES[number % 2 :][:1]:
        now = "document.documentElement.getAttribute('data-theme')"
        if reader.evaluate(now) != theme:
            reader.locator("#theme-button").click()
        until(reader, f"{now} === '{theme}'")
        reader.wait_for_timeout(300)
        violations = Axe().run(reader).response["violations"]
        serious = [one for one in violations if one["impact"] in {"serious", "critical"}]
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:4]) for one in serious]
        assert not told, (theme, told)


@pytest.mark.parametrize(("path", "there"), some(PAGES[1:] + PAGES[:1], 3))
def test_a_phone_can_read_it(page: Any, path: str, there: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, path, there, "zh" if "company" in path else "en")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

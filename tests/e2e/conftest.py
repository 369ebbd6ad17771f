"""A real browser on a real server: console errors, page errors, outside requests fail a test."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import trustgraph as tg

KNOWN = "You have set a custom wheel sensitivity"
"""What dash-cytoscape 1.0 says of its own default."""
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")


def missing() -> str | None:
    """What a test in a browser lacks here."""
    if BROWSER is None:
        return "there is no chromium: apt-get install chromium fonts-noto-cjk"
    for name in ("dash", "playwright"):
        if find_spec(name) is None:
            return f"{name} is not installed: make install-browser"
    return None


MISSING = missing()
BROWSER_MARKS = [
    pytest.mark.skipif(MISSING is not None, reason=f"{MISSING}"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]
WORST = "91330106TG100001X9"
"""The party of the sample that has the most against it."""


def until(page: Any, true: str, *, seconds: float = 20.0) -> None:
    """Wait for a condition of the page.

    Playwright's own waiting makes a function of text inside the page, which the page's policy
    forbids from the second look on.
    """
    ends = time.monotonic() + seconds
    while not page.evaluate(true):
        assert time.monotonic() < ends, f"never true: {true}"
        page.wait_for_timeout(50)


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> tg.Run:
    folder = tmp_path_factory.mktemp("e2e")
    tg.generate(folder / "tables", companies=300)
    day = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
    return tg.score_input(folder / "tables", folder / "run", **day)


@contextmanager
def serving(run: tg.Run) -> Iterator[str]:
    """Where the dashboard of a run is served; what that needs may be missing on this machine."""
    tg.open_search(run)  # made before anybody asks
    with import_module("serving").served(run) as found:
        yield found


@pytest.fixture(scope="session")
def address(run: tg.Run) -> Iterator[str]:
    with serving(run) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # may be missing

    flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
    with sync_playwright() as made:
        opened = made.chromium.launch(executable_path=BROWSER, args=flags)
        yield opened
        opened.close()


@pytest.fixture
def theme(request: pytest.FixtureRequest) -> str:
    """Light, unless a test asks for others."""
    return str(getattr(request, "param", "light"))


@contextmanager
def looking(browser: Any, address: str, theme: str = "light") -> Iterator[tuple[Any, list[str]]]:
    """A new page, and what goes wrong in it as long as it is open."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=theme, base_url=address
    )
    opened = context.new_page()
    faults: list[str] = []

    def heard(message: Any) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(KNOWN):
            faults.append(f"console: {message.text}")

    def asked(request: Any) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            faults.append(f"a request to {request.url}")

    opened.on("console", heard)
    opened.on("pageerror", lambda error: faults.append(f"page: {error}"))
    opened.on("request", asked)
    opened.set_default_timeout(60_000)
    yield opened, faults
    shots = os.environ.get("TRUSTGRAPH_SHOTS")
    if shots:
        opened.screenshot(path=Path(shots, f"{id(opened)}.png"), full_page=True)
    context.close()


@pytest.fixture
def page(browser: Any, address: str, theme: str) -> Iterator[Any]:
    with looking(browser, address, theme) as (opened, faults):
        yield opened
    assert not faults, faults


@pytest.fixture(scope="module")
def left_open(browser: Any, address: str) -> Iterator[tuple[Any, list[str]]]:
    with looking(browser, address) as found:
        yield found


@pytest.fixture
def same_page(left_open: tuple[Any, list[str]]) -> Iterator[Any]:
    """One page for all tests of a module that go on in it (see ``go_on``)."""
    opened, faults = left_open
    faults.clear()
    yield opened
    assert not faults, faults


def go_on(page: Any, path: str) -> None:
    """Open a path, in a page that stands open by a link: two seconds of scripts need not run anew.

    By way of the first page: what is waited for then is not what stood there before.
    """
    if "://" not in page.url:
        page.goto(path)
        return
    page.evaluate("window.trustgraph.open('/?lang=en')")
    page.locator(".bar").first.wait_for()
    page.evaluate("path => window.trustgraph.open(path)", path)

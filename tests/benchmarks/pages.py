"""Pages of a dashboard in a browser: ``python tests/benchmarks/pages.py RUN [--rounds 10]``.

Serves a run as ``trustgraph serve`` does, opens its pages in Chromium and prints how long it took
until each could be read, the first time and after: from an empty tab, from page to page by links.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from viewers import serving

import trustgraph as tg


def main(argv: Sequence[str] | None = None) -> int:
    """Look, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--rounds", type=int, default=10)
    chosen = parser.parse_args(argv)
    entities = _some(chosen.run, chosen.rounds)
    with serving(chosen.run) as port, sync_playwright() as playwright:
        base = f"http://127.0.0.1:{port}"
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        _told("first page, a new tab", _first_page(browser, base, chosen.rounds))
        page = browser.new_context(
            base_url=base, viewport={"width": 1280, "height": 900}
        ).new_page()
        page.set_default_timeout(60_000)
        page.goto("/")
        page.locator(".bar").first.wait_for()
        _told("company, by a link", [_company(page, one) for one in entities])
        for show in ("evidence", "around", "owners"):
            _told(f"graph: {show}", [_graph(page, one, show) for one in entities])
        browser.close()
    return 0


def _some(run: Path, count: int) -> list[str]:
    """Companies: half of them among the lowest scores, half as they come."""
    scores = tg.open_run(run).scores().select("entity", "score").collect()
    worst = scores.sort("score").head(500).sample(count // 2, seed=1)
    return [*worst["entity"], *scores.sample(count - count // 2, seed=1)["entity"]]


def _first_page(browser: Any, base: str, rounds: int) -> list[float]:
    found = []
    for _ in range(rounds):
        context = browser.new_context(base_url=base, viewport={"width": 1280, "height": 900})
        page = context.new_page()
        begun = time.perf_counter()
        page.goto("/")
        page.locator(".bar").first.wait_for()
        found.append(time.perf_counter() - begun)
        context.close()
    return found


def _company(page: Any, entity: str) -> float:
    return _timed(
        lambda: page.evaluate(f"window.trustgraph.open('/company/{entity}?lang=en')"),
        lambda: page.wait_for_function(
            "id => document.querySelector('.head')?.textContent.includes(id)", arg=entity
        ),
    )


def _graph(page: Any, entity: str, show: str) -> float:
    address = f"/graph/{entity}?lang=en&show={show}"
    page.goto("about:blank")
    page.goto("/")
    page.locator(".bar").first.wait_for()
    return _timed(
        lambda: page.evaluate(f"window.trustgraph.open('{address}')"),
        page.locator("#graph canvas").first.wait_for,
    )


def _timed(begin: Callable[[], Any], end: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    begin()
    end()
    return time.perf_counter() - begun


def _told(what: str, seconds: Sequence[float]) -> None:
    first, rest = seconds[0], list(seconds[1:]) or list(seconds)
    sys.stdout.write(
        f"{what:24} first {first:5.2f} s; after that median {statistics.median(rest):5.2f} s, "
        f"most {max(rest):5.2f} s ({len(rest)})\n"
    )


if __name__ == "__main__":
    raise SystemExit(main())

"""Pictures of every page, in both languages and themes and as wide as a phone, to be looked at.

``python tests/support/pictures.py OUT`` makes them all; ``--readme`` those of the README alone, in
``docs/pictures``, with three stories as exported pictures; ``--stories`` these alone. They show the
sample, in which nobody is real.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from serving import served

import trustgraph as tg

WORST = "91330106TG100001X9"
PARTNERS = f"{WORST},91330106TG10000289,91330106TG1000052R,91330106TG1000044Y,91330106TG10000364"
PAGES = {
    "home": ("/?", ".bar"),
    "company": (f"/company/{WORST}?", "#history .js-plotly-plot"),
    "person": ("/company/JZ8B-3SS9?", "h1"),
    "graph-evidence": (f"/graph/{WORST}?show=evidence&", "#graph canvas"),
    "graph-around": (f"/graph/{WORST}?show=around&", "#graph canvas"),
    "graph-owners": (f"/graph/{WORST}?show=owners&", "#graph canvas"),
    "graph-path": (f"/graph/{WORST}?show=path&to=91330106TG1000052R&", "#graph canvas"),
    "partners": ("/partners?", "#pasted"),
    "portfolio": ("/portfolio?", ".ag-row"),
    "not-here": ("/company/NOBODY?", "h1"),
    "no-page": ("/nowhere?", "h1"),
}
README = {"home": (1180, 640), "company": (1180, 1000), "graph-evidence": (1180, 760)}
README |= {"portfolio": (1180, 900)}
NAMES = {"graph-evidence": "graph"}
STORIES: dict[str, dict[str, Any]] = {
    "supplier": {"evidence": "91330106TG02000288"},
    "bricklayers": {"evidence": "91330106TG0300029X"},
    "ring": {"family": "91330106TG040002XE"},
}
"""Stories of the sample, each by the question that tells it."""


@contextmanager
def sample() -> Iterator[str]:
    """The address of a dashboard of the sample."""
    with tempfile.TemporaryDirectory() as folder:
        tg.generate(Path(folder, "tables"), companies=2000)
        day = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
        run = tg.score_input(Path(folder, "tables"), Path(folder, "sample", "run"), **day)
        with served(run) as found:
            yield found


def picture(page: Any, name: str, lang: str, out: Path, *, full: bool) -> None:
    """One page, when it is whole."""
    path, wanted = PAGES[name]
    mark = f"#{PARTNERS}" if name == "portfolio" else ""
    page.goto("about:blank")
    page.goto(f"{path}lang={lang}{mark}")
    page.locator(wanted).first.wait_for()
    if name == "home":
        page.locator("#search").fill("深坑")
        page.locator("#suggestions .suggestion").first.wait_for()
    page.mouse.move(2, 2)
    page.wait_for_timeout(900)
    page.screenshot(path=out, full_page=full)


def stories() -> None:
    """Three subgraphs of the sample as pictures, as ``trustgraph export`` makes them."""
    sample = Path(__file__).parents[2] / "datasets" / "sample"
    folder = Path(__file__).parents[2] / "docs" / "pictures"
    day: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
    session = tg.open_session(tg.score(tg.read_tables(sample), **day))
    for name, question in STORIES.items():
        found = tg.extract(session, **question)
        tg.export(found, "png", folder / f"story-{name}.png", overwrite=True)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("out", nargs="?", type=Path)
    asked.add_argument("--readme", action="store_true")
    asked.add_argument("--stories", action="store_true")
    given = asked.parse_args()
    if given.stories or given.readme:
        stories()
    if given.stories:
        return
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
    with sample() as base, sync_playwright() as made:
        opened = made.chromium.launch(executable_path=browser, args=flags)
        if given.readme:
            folder = Path(__file__).parents[2] / "docs" / "pictures"
            for name, (width, height) in README.items():
                size = {"width": width, "height": height}
                page = opened.new_context(viewport=size, base_url=base).new_page()
                out = folder / f"{NAMES.get(name, name)}.png"
                picture(page, name, "en", out, full=False)
        elif given.out is not None:
            given.out.mkdir(parents=True, exist_ok=True)
            for theme, lang, width in [
                *((theme, lang, 1280) for theme in ("light", "dark") for lang in ("en", "zh")),
                *(("light", lang, 390) for lang in ("en", "zh")),
            ]:
                size = {"width": width, "height": 900}
                page = opened.new_context(
                    viewport=size, color_scheme=theme, base_url=base
                ).new_page()
                for name in PAGES:
                    out = given.out / f"{name}-{lang}-{theme}-{width}.png"
                    picture(page, name, lang, out, full=True)
        opened.close()


if __name__ == "__main__":
    main()

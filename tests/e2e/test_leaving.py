"""What leaves the pages: the graph that is drawn, a report; a page that opens with no network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import BROWSER_MARKS, WORST

import trustgraph as tg

pytestmark = BROWSER_MARKS


def saved(page: Any, words: str, out: Path) -> Path:
    page.locator(".exports summary").click()
    with page.expect_download() as waited:
        page.get_by_role("button", name=words).click()
    assert waited.value.suggested_filename == f"graph-{WORST}-evidence-2026-06-30.ftm.json"
    waited.value.save_as(out)
    page.locator(".exports summary").click()
    return out


def test_what_is_drawn_is_what_is_saved(page: Any, run: tg.Run, tmp_path: Path) -> None:
    page.goto(f"/graph/{WORST}?lang=en&show=evidence")
    page.locator("#graph canvas").first.wait_for()
    lines = saved(page, "FollowTheMoney", tmp_path / "x.ftm.json").read_text("utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    shown = tg.evidence(run, WORST)
    parties = [one for one in told if one["id"].startswith("tg-") and "name" in one["properties"]]
    assert len(parties) == len(shown["nodes"])
    edges = [one for one in told if one["id"].startswith("tg-edge-")]
    assert {one["properties"]["recordId"][0] for one in edges} == {
        str(edge["id"]) for edge in shown["edges"]
    }
    # A kind that is hidden is not handed on.
    page.locator(".key.filter", has_text="holds shares").click()
    page.wait_for_url("**hide=shareholder*")
    page.locator(".key.filter.gone").first.wait_for()
    lines = saved(page, "FollowTheMoney", tmp_path / "y.ftm.json").read_text("utf-8").splitlines()
    assert not any(json.loads(line)["schema"] == "Ownership" for line in lines)


def test_a_report_to_sign(page: Any, tmp_path: Path) -> None:
    page.goto(f"/company/{WORST}?lang=zh")
    with page.expect_download() as waited:
        page.get_by_role("button", name="打印并签署的报告").click()
    assert waited.value.suggested_filename == f"report-{WORST}-2026-06-30.html"
    waited.value.save_as(tmp_path / "x.html")
    text = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "深坑市政工程有限公司" in text
    assert "审核人、日期" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_page_opens_with_no_network(browser: Any, run: tg.Run, tmp_path: Path, lang: Any) -> None:
    found = tg.extract(run, around=WORST, lang=lang)
    tg.export(found, "html", tmp_path / "x.html")
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda told: faults.append(told.text))
    page.on("pageerror", lambda told: faults.append(str(told)))
    page.on("request", lambda asked: faults.append(asked.url))
    page.goto((tmp_path / "x.html").as_uri())
    assert faults == [(tmp_path / "x.html").as_uri()]
    faults.clear()
    assert page.locator("tbody tr", has_text=WORST).count() == 1
    button = page.get_by_role("button", name="Score" if lang == "en" else "得分", exact=True)
    button.click()
    sorted_by = page.locator("th[aria-sort=ascending]")
    assert sorted_by.count() == 1
    assert sorted_by.inner_text().startswith("Score" if lang == "en" else "得分")
    page.locator("#find").fill("zzzz")
    assert page.locator("tbody tr:visible").count() == 0
    page.locator("#find").fill("")
    before = page.locator("#picture svg").get_attribute("viewBox")
    page.locator("#picture svg").hover()
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(100)
    assert page.locator("#picture svg").get_attribute("viewBox") != before
    page.locator("#picture svg").dblclick()
    page.wait_for_timeout(100)
    assert page.locator("#picture svg").get_attribute("viewBox") == before
    assert not faults
    context.close()

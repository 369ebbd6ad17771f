"""A list of partners from paste to portfolio in chromium, and names that would do harm."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from conftest import BROWSER_MARKS, WORST, go_on, serving, until
from depth import some
from hostile import HOSTILE

import trustgraph as tg

pytestmark = BROWSER_MARKS

LISTED = f"深坑市政工程有限公司\n91330106TG10000289\n{WORST}\nCold Ash Road\nnobody of that name"


def test_from_a_pasted_list_to_the_portfolio(page: Any, tmp_path: Path) -> None:
    page.goto("/?lang=en")
    page.get_by_role("link", name="Or look at a list of partners.").click()
    page.locator("#pasted").fill(LISTED)
    page.get_by_role("button", name="Match").click()
    rows = page.locator("#matched tbody tr")
    rows.first.wait_for()
    states = [row.locator(".chip").inner_text() for row in rows.all()]
    assert states == ["matched", "matched", "matched", "choose", "not found"]
    # Nothing is guessed: who was not chosen is not among them.
    page.get_by_text("2 left out so far").wait_for()
    page.get_by_text("Look at 2 together").wait_for()
    page.locator("#matched input[placeholder='Choose who is meant']").click()
    page.get_by_role("option").first.click()
    page.locator("#matched tbody .chip", has_text="chosen").wait_for()
    page.locator("#match-counts", has_text="chosen 1").wait_for()
    assert "choose" not in page.locator("#match-counts").inner_text()
    page.get_by_text("same as row 1").wait_for()
    page.get_by_text("1 of the rows repeat").wait_for()
    page.get_by_role("link", name="Look at 3 together").click()
    page.wait_for_url("**/portfolio?lang=en#*")
    page.locator(".ag-row").nth(2).wait_for()
    assert page.locator("h1").inner_text().startswith("3 partners, as of")
    page.get_by_text("Who may not bid beside whom").wait_for()
    with page.expect_download() as waited:
        page.get_by_role("button", name="Download CSV").click()
    kept = tmp_path / "list.csv"
    waited.value.save_as(kept)
    with kept.open(encoding="utf-8-sig", newline="") as lines:
        table = list(csv.DictReader(lines))
    assert [row["Code"] for row in table] == [WORST, "91330106TG10000289", table[2]["Code"]]
    # Columns are chosen, and stay in the file.
    page.locator("summary", has_text="Columns").click()
    page.locator("#columns label", has_text="Industry").click()
    page.locator(".ag-header-cell[col-id=industry]").wait_for(state="detached")
    page.locator("summary", has_text="Columns").click()
    # The address is the whole state: a colleague sees the same, sorted and filtered alike.
    page.locator("[role=columnheader][col-id=score]").click()
    page.get_by_role("textbox", name="Verdicts filter").fill("barred")
    page.locator('.ag-row[row-index="2"]').first.wait_for(state="detached")
    until(page, "location.hash.includes('filters') && location.hash.includes('sorts')")
    page.locator("[role=status]", has_text="2 of 3 partners shown: the files hold these").wait_for()
    assert page.locator("h1").inner_text().endswith("2 of 3 shown")
    shown = page.locator(".ag-row").count()
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("[role=columnheader][col-id=score][aria-sort=ascending]").wait_for()
    assert other.get_by_role("textbox", name="Verdicts filter").input_value() == "barred"
    assert other.locator(".ag-row").count() == shown
    assert other.locator(".ag-header-cell[col-id=industry]").count() == 0
    other.locator("#languages a", has_text="中文").click()
    other.get_by_text("3家合作方").wait_for()
    assert other.locator("[role=columnheader][col-id=score][aria-sort=ascending]").count() == 1
    other.locator("#languages a", has_text="EN").click()
    other.get_by_text("3 partners, as of").wait_for()
    # Another day keeps the partners.
    other.locator("#day").fill("2025-01-15")
    other.keyboard.press("Enter")
    other.wait_for_url("**as_of=2025-01-15#*")
    other.get_by_text("3 partners, as of 15 Jan 2025").wait_for()
    page.locator(".ag-cell .party a").first.click()
    page.wait_for_url("**/company/**")
    page.go_back()
    page.locator("[role=columnheader][col-id=score][aria-sort=ascending]").wait_for()


def test_another_day_keeps_how_the_grid_was_left(page: Any) -> None:
    """Sorted in place, which the address says and nothing else knows."""
    page.goto(f"/portfolio?lang=en#{WORST},91330106TG10000289")
    page.locator(".ag-row").nth(1).wait_for()
    page.locator("[role=columnheader][col-id=score]").click()
    until(page, "location.hash.includes('sorts')")
    page.locator("#day").fill("2025-01-15")
    page.keyboard.press("Enter")
    page.get_by_text("2 partners, as of 15 Jan 2025").wait_for()
    page.locator("[role=columnheader][col-id=score][aria-sort=ascending]").wait_for()
    page.locator(".ag-row").nth(1).wait_for()
    until(page, "location.hash.includes('sorts')")


def test_an_uploaded_file(page: Any) -> None:
    page.goto("/partners?lang=zh")
    page.get_by_text("上传文件").wait_for()
    data = f"企业名称,统一社会信用代码\n,{WORST}\n灰烬路桥,91330106TG1000052R\n".encode("gb18030")
    page.locator("#upload input[type=file]").set_input_files(
        {"name": "名单.csv", "mimeType": "text/csv", "buffer": data}
    )
    page.get_by_text("查看2家的组合").wait_for()
    page.locator("#upload input[type=file]").set_input_files(
        {"name": "x.xlsx", "mimeType": "text/csv", "buffer": b"PK\x03\x04"}
    )
    page.get_by_text("无法读取该名单").wait_for()
    page.get_by_text("仅支持文本、CSV或Excel文件").wait_for()
    page.locator("#upload input[type=file]").set_input_files(
        {"name": "名单.csv", "mimeType": "text/csv", "buffer": data}
    )
    page.get_by_text("查看2家的组合").wait_for()
    page.locator("#upload input[type=file]").set_input_files(
        {"name": "large.csv", "mimeType": "text/csv", "buffer": b"x" * 3_000_000}
    )
    page.get_by_text("文件超过2 MB").wait_for()
    page.locator("#upload input[type=file]").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + bytes(40)}
    )
    page.get_by_text("文件超过2 MB").wait_for(state="detached")
    page.get_by_text("无法读取该名单").wait_for()


# --- Names that would do harm if they could -------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a register is served whose every name is an attack."""
    folder = tmp_path_factory.mktemp("hostile")
    rows = [{"id": f"H{n}", "kind": "company", "name": name} for n, name in enumerate(HOSTILE)]
    pl.DataFrame(rows).write_parquet(folder / "entities.parquet")
    held = [
        {"source": f"H{n}", "target": f"H{n + 1}", "kind": kind}
        for n in range(len(HOSTILE) - 1)
        for kind in ("shareholder", "supplier")
    ]
    pl.DataFrame(held).write_parquet(folder / "relationships.parquet")
    records = [
        {"id": name, "entity": f"H{n}", "type": "COURT_DEFAULTER", "decided_on": "2026-01-10"}
        | {"ground": name, "doc_no": name, "source_url": f"javascript:alert({n})"}
        for n, name in enumerate(HOSTILE)
    ]
    pl.DataFrame(records).write_parquet(folder / "records.parquet")
    day = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
    run = tg.score_input(folder, folder / "run", **day)
    with serving(run) as found:
        yield found


def test_hostile_names_do_nothing(browser: Any, hostile: str) -> None:
    context = browser.new_context(base_url=hostile, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("dialog", lambda dialog: (faults.append("a dialog"), dialog.dismiss()))
    page.on("pageerror", lambda error: faults.append(f"page: {error}"))
    page.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith((hostile, "data:", "blob:"))
            else faults.append(f"a request to {asked.url}")
        ),
    )
    page.set_default_timeout(60_000)
    ids = [f"H{n}" for n in range(len(HOSTILE))]
    paths = [f"/company/{one}?lang=en" for one in some(ids, 2)]
    paths += [f"/graph/{one}?show=around&lang=zh" for one in some(ids[:3], 1)]
    paths += [f"/portfolio?lang=en#{','.join(ids)}"]
    for path in paths:
        go_on(page, path)
        page.locator("#content h1").first.wait_for()
        page.wait_for_timeout(250)
        harm = page.evaluate(
            """() => {
                const count = asked => document.querySelectorAll(asked).length;
                return [count('#content img, #content script, #content iframe'),
                        count('a[href^="javascript:" i]'),
                        document.documentElement.scrollWidth - window.innerWidth,
                        [...document.querySelectorAll('body *')]
                            .filter(one => one.getBoundingClientRect().right > window.innerWidth)
                            .map(one => one.outerHTML.slice(0, 120))];
            }"""
        )
        assert harm[:2] == [0, 0], path
        assert harm[2] <= 0, (path, harm[3])  # 300 characters do not widen the page
    page.goto("/partners?lang=en")
    page.locator("#pasted").fill("\n".join(HOSTILE))
    page.get_by_role("button", name="Match").click()
    page.locator("#matched tbody tr").first.wait_for()
    page.locator("#search").fill(HOSTILE[0])
    page.wait_for_timeout(500)
    context.close()
    assert not faults, faults


def test_a_downloaded_cell_is_no_formula(browser: Any, hostile: str, tmp_path: Path) -> None:
    context = browser.new_context(base_url=hostile)
    page = context.new_page()
    page.goto(f"/portfolio?lang=en#{','.join(f'H{n}' for n in range(len(HOSTILE)))}")
    page.locator(".ag-row").first.wait_for()
    with page.expect_download() as waited:
        page.get_by_role("button", name="Download CSV").click()
    waited.value.save_as(tmp_path / "list.csv")
    with page.expect_download() as waited:
        page.get_by_role("button", name="Download Excel").click()
    waited.value.save_as(tmp_path / "list.xlsx")
    context.close()
    with zipfile.ZipFile(tmp_path / "list.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    sheet = pl.read_excel(tmp_path / "list.xlsx")
    assert sheet.height == len(HOSTILE)
    assert sheet["Score"].dtype.is_numeric()
    assert any(name.startswith("=HYPERLINK") for name in sheet["Name"])
    with (tmp_path / "list.csv").open(encoding="utf-8-sig", newline="") as lines:
        cells = [cell for row in csv.reader(lines) for cell in row]
    assert "'=HYPERLINK" in "".join(cell[:12] for cell in cells)
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@"}]

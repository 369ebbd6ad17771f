"""Reports: what must be known comes first, the lines add up, two pages, nobody is named."""

from __future__ import annotations

import json
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import polars as pl
import pytest
from depth import some
from places import PROJECT

import trustgraph as tg
from trustgraph.cli.main import main

WORST = "91330106TG100001X9"
DAY: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tg.Run:
    sample = PROJECT / "datasets" / "sample"
    return tg.score_input(sample, tmp_path_factory.mktemp("report") / "run", **DAY)


def points_of(page: str) -> list[float]:
    table = page.partition('<table class="points">')[2].partition("</table>")[0]
    cells = re.findall(r'<td class="num">([^<]*)</td>', table)
    return [float(cell.replace(",", "").replace("−", "-")) for cell in cells]


def text_of(page: str) -> str:
    """The words of a page, in the order in which they stand."""
    body = page.partition("<body>")[2].partition("</body>")[0]
    return " ".join("".join(ET.fromstring(f"<b>{body}</b>").itertext()).split())  # noqa: S314  # ours


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_in_the_order_of_reading(run: tg.Run, lang: Any) -> None:
    page = tg.report(run, WORST, lang=lang)
    said, told = text_of(page), tg.explain(run, WORST, lang=lang)
    places = [said.index(one["title"]) for one in told["verdicts"]]
    assert told["listed_behind"]
    places += [said.index(one["name"], places[-1]) for one in told["listed_behind"][:1]]
    places.append(said.index("Grade D" if lang == "en" else "D级"))
    places.append(said.index("What the law attaches" if lang == "en" else "依法产生的后果"))
    places += [said.index("Why 0 points" if lang == "en" else "0分的由来")]
    assert places == sorted(places)
    for record in told["records"]:
        assert record["title"] in said
        assert record["legal_basis"] in said
        assert record["source_url"] in said
    assert told["policy"]["version"] in said
    assert run.manifest["policy"]["fingerprint"][:16] in said
    assert "://" not in re.sub(
        r"https://register\.example\.invalid\S*|http://www\.w3\.org\S*", "", page
    )


def test_every_ledger_adds_up_on_the_page(run: tg.Run) -> None:
    scores = run.scores().collect()
    some = pl.concat([scores.sort("score_micro").head(25), scores.sample(25, seed=1)])
    for entity, score in some.select("entity", "score").unique().rows():
        *lines, total = points_of(tg.report(run, entity))
        assert total == pytest.approx(score, abs=0.006)
        assert sum(lines) == pytest.approx(total, abs=0.006 * len(lines))
        assert len(lines) <= 11


def test_persons_stand_under_pseudonyms_and_have_no_report(run: tg.Run) -> None:
    page = tg.report(run, WORST)
    persons = pl.read_csv(PROJECT / "datasets" / "sample" / "entities.csv")
    for row in persons.filter(pl.col("kind") == "person").iter_rows(named=True):
        assert row["id"] not in page
    entity = persons.filter(pl.col("kind") == "person")["id"][0]
    with pytest.raises(tg.UsageError, match="no report on a natural person"):
        tg.report(run, entity)
    named = tg.report(run, WORST, unmask=True, purpose="audit 2026-7")
    assert "Natural persons are named, for: audit 2026-7." in text_of(named)


def test_names_are_only_text() -> None:
    name = '</h1><script>alert(1)</script>"'
    entities = pl.DataFrame({"id": ["A"], "kind": ["company"], "name": [name]})
    page = tg.report(tg.score(tg.check_tables(entities), **DAY), "A")
    assert "<script" not in page
    assert name in text_of(page)
    assert "not searched" in page
    assert "zxgk.court.gov.cn" in page


needs_pdf = pytest.mark.skipif(
    find_spec("weasyprint") is None, reason="no weasyprint here: make install-formats"
)


@needs_pdf
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_two_pages(run: tg.Run) -> None:
    from weasyprint import HTML  # noqa: PLC0415  # may be missing

    scores = run.scores().collect()
    worst = scores.sort("score_micro").head(4)["entity"].to_list()
    little = scores.sort("coverage").head(2)["entity"].to_list()
    for entity in some(worst + little, 3):
        for lang in ("en", "zh"):
            page = tg.report(run, entity, lang=lang)
            assert len(HTML(string=page).render().pages) == 2, (entity, lang)


@needs_pdf
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_command(run: tg.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "x.pdf"
    command = ["report", str(run.path), WORST, "--out", str(out)]
    assert main(command) == 0
    assert out.read_bytes()[:5] == b"%PDF-"
    assert main(command) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert main([*command, "--overwrite", "--json", "--lang", "zh"]) == 0
    assert json.loads(capsys.readouterr().out)["entity"] == WORST
    assert main([*command[:3], "--out", str(tmp_path / "x.doc")]) == 2
    assert "a report is a file .html or .pdf" in capsys.readouterr().err
    assert main([*command[:3], "--out", str(tmp_path / "x.html")]) == 0
    assert main(["report", str(run.path), "NOBODY", "--out", str(tmp_path / "y.html")]) == 2
    assert not (tmp_path / "y.html").exists()


def test_without_what_pdf_needs_it_is_said(
    run: tg.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    assert main(["report", str(run.path), WORST, "--out", str(tmp_path / "x.pdf")]) == 2
    assert "trustgraph[pictures]" in capsys.readouterr().err
    assert not (tmp_path / "x.pdf").exists()

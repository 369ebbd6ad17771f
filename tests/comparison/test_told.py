"""Who changed, and why, in words: nobody left out, amounts those of the tables."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from cli_support import SAMPLE, WORST, Run

import trustgraph as tg
from trustgraph.comparison.attribution import CAUSES
from trustgraph.comparison.told import _ZH, changed_rows, would_change_rows

pytest_plugins = ["cli_fixtures"]
DAYS = ("2026-06-30", "2027-03-31")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("told")
    for day in DAYS:
        tg.score_input(SAMPLE, folder / day, as_of=day, retention_on=day)
    return folder / DAYS[0], folder / DAYS[1]


def told(runs: tuple[Path, Path], lang: Any = "en") -> tuple[tg.Comparison, list[dict[str, Any]]]:
    before, after = (tg.open_session(run, lang=lang) for run in runs)
    found = tg.compare(*runs)
    return found, changed_rows(found.changes, found.causes, before, after)


def test_every_cause_has_words_in_chinese() -> None:
    assert set(_ZH) == set(CAUSES)


def test_everybody_who_changed_is_told_once(runs: tuple[Path, Path]) -> None:
    found, rows = told(runs)
    assert sorted(row["entity"] for row in rows) == sorted(found.changes["entity"])
    micro = dict(
        zip(
            found.changes["entity"],
            found.changes["score_after_micro"] - found.changes["score_before_micro"],
            strict=True,
        )
    )
    for row in rows:
        assert row["name"]
        assert row["points"] == pytest.approx(micro[row["entity"]] / 1e6)
        assert row["why"]


def test_who_fell_furthest_comes_first(runs: tuple[Path, Path]) -> None:
    _, rows = told(runs)
    ranks = {grade: rank for rank, grade in enumerate("ABCD")}
    fell = [
        ranks[row["grade_after"]] - ranks[row["grade_before"]]
        if {row["grade_before"], row["grade_after"]} <= set(ranks)
        else 0
        for row in rows
    ]
    assert fell == sorted(fell, reverse=True)


def test_a_cause_names_its_record_and_its_points(runs: tuple[Path, Path]) -> None:
    found, rows = told(runs)
    decayed = found.causes.filter(cause="record decayed")
    row = decayed.row(0, named=True)
    (one,) = (line for line in rows if line["entity"] == row["entity"])
    assert any(words.startswith("record ") and " of " in words for words in one["why"])
    _, chinese = told(runs, "zh")
    (same,) = (line for line in chinese if line["entity"] == row["entity"])
    assert len(same["why"]) == len(one["why"])
    assert not any("record" in words for words in same["why"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_compare_prints_names_and_writes_all(
    lang: str, runs: tuple[Path, Path], run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "changes.csv"
    said = run("compare", *runs, "--out", tmp_path / "cmp", "--lang", lang, "--csv", out)
    assert said.code == 0, said.err
    found, rows = told(runs, lang)
    assert all(row["name"] in said.out for row in rows[:20])
    words = ("scores or grades", "record ended", "points"), ("得分或等级", "记录终止", "变动")
    for own, other in zip(*(words[::-1] if lang == "zh" else words), strict=True):
        assert own in said.out
        assert other not in said.out
    with out.open(newline="", encoding="utf-8-sig") as file:
        head, *lines = csv.reader(file)
    assert head[0] == ("名称" if lang == "zh" else "name")
    assert len(lines) == found.changes.height
    assert [line[1] for line in lines] == [row["entity"] for row in rows]


def test_what_if_prints_names(runs: tuple[Path, Path], run: Run, tmp_path: Path) -> None:
    row = {"id": "N1", "entity": WORST, "type": "TAX_MAJOR", "decided_on": "2026-05-01"}
    changes = tmp_path / "changes.jsonl"
    changes.write_text(json.dumps({"op": "add", "table": "records", "row": row}), encoding="utf-8")
    said = run("what-if", runs[0], changes, "--out", tmp_path / "out", "--lang", "zh")
    assert said.code == 0, said.err
    found = tg.what_if(runs[0], changes)
    rows = would_change_rows(found.changes, tg.open_session(runs[0], lang="zh"))
    assert rows
    for one in rows:
        assert one["name"] in said.out
        assert one["why"] == ["record N1 added"]


def test_coverage_is_told_before_and_after(runs: tuple[Path, Path]) -> None:
    before, after = (tg.open_session(run) for run in runs)
    found = tg.compare(*runs)
    rows = changed_rows(found.changes, found.causes, before, after, coverage=found.coverage)
    shares = {one: pair for one, *pair in found.coverage.iter_rows()}
    told = [row for row in rows if row["why"][0].startswith("coverage changed")]
    assert told
    for row in told:
        low, high = shares[row["entity"]]
        assert row["why"][0] == f"coverage changed ({low:.0%} → {high:.0%})"

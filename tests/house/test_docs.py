"""What the documents point to is there."""

from __future__ import annotations

import ast
import datetime as dt
import re
from pathlib import Path

import polars as pl
import pytest
from places import PROJECT
from terms_table import PAGE, page

import trustgraph as tg

DOCS = PROJECT / "docs"
INDEX = re.findall(
    r"^\| … (.+?) \| `([\w/.]+)` \| `(\w+)` \|$",
    (DOCS / "architecture.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


def test_the_index_answers_many_questions() -> None:
    assert len(INDEX) >= 40
    assert len({question for question, _, _ in INDEX}) == len(INDEX)


@pytest.mark.parametrize(("question", "file", "name"), INDEX, ids=[row[0] for row in INDEX])
def test_what_the_index_names_is_there(question: str, file: str, name: str) -> None:
    tree = ast.parse((PROJECT / "trustgraph" / file).read_text(encoding="utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert name in defined, f"where is {question}?"


PAGES = [*sorted(DOCS.glob("*.md")), PROJECT / "README.md"]


@pytest.mark.parametrize("path", PAGES, ids=[path.name for path in PAGES])
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_the_worked_pack_says_what_is_said_of_it(tmp_path: Path) -> None:
    text = (DOCS / "packs.md").read_text(encoding="utf-8")
    (tmp_path / "our-policy").mkdir()
    pack = re.search(r"```toml\n(.+?)```", text, re.DOTALL)
    assert pack is not None
    (tmp_path / "our-policy" / "pack.toml").write_text(pack[1], encoding="utf-8")
    names = pl.Series(["S", "A"])
    entities = pl.DataFrame({"id": names, "kind": "company", "name": names})
    supply = {"source": ["S"], "target": ["A"], "kind": ["supplier"], "share": [0.6]}
    record = {"id": ["R"], "entity": ["S"], "type": ["ENV_OUR_FINE"], "decided_on": ["2026-01-30"]}
    tables = tg.check_tables(entities, pl.DataFrame(supply), pl.DataFrame(record))
    half = dt.date(2026, 1, 30) + (dt.date(2027, 1, 30) - dt.date(2026, 1, 30)) / 2
    for day, own, exposure in (
        (dt.date(2026, 1, 30), -180.0, -43.2),
        (half, -90.0, -21.6),
        (dt.date(2027, 1, 30), 0.0, 0.0),
    ):
        scores = tg.score(tables, tmp_path / "our-policy", as_of=day, retention_on=day).scores
        found = dict(scores.select("entity", pl.col("score") - 1000).rows())
        assert found["S"] == pytest.approx(own, abs=0.5)  # half a day of 365
        assert found["A"] == pytest.approx(exposure, abs=0.2)


def test_the_terms_are_those_of_the_pack() -> None:
    """``python tests/support/terms_table.py`` renews the page."""
    assert PAGE.read_text(encoding="utf-8") == page()

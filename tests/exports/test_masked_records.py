"""A record that has no number is called by whose it is: of a masked person, by the pseudonym."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import trustgraph as tg

MAPPING = """
[[entities]]
file = "firms.csv"
distinct = true
fields = { id = "firm", name = "firm", kind = { constant = "company" } }
[[entities]]
file = "firms.csv"
distinct = true
possibly_same = true
[entities.fields]
id = { columns = ["head", "firm"], join = "@" }
name = "head"
kind = { constant = "person" }
[[relationships]]
file = "firms.csv"
[relationships.fields]
source = { columns = ["head", "firm"], join = "@" }
target = "firm"
kind = { constant = "legal_representative" }
[[records]]
file = "firms.csv"
[records.fields]
entity = { columns = ["head", "firm"], join = "@" }
type = { constant = "COURT_DEFAULTER" }
decided_on = "day"
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tg.Run:
    folder = tmp_path_factory.mktemp("masked")
    (folder / "in").mkdir()
    (folder / "in" / "firms.csv").write_text(
        "firm,head,day\n甲城建设有限公司,王密一,2026-01-02\n", encoding="utf-8"
    )
    (folder / "map.toml").write_text(MAPPING, encoding="utf-8")
    return tg.score_input(
        folder / "in", folder / "run", mapping=folder / "map.toml", as_of="2026-06-30"
    )


def test_no_answer_names_the_person(run: tg.Run) -> None:
    session = tg.open_session(run)
    (one,) = {row["chain"][0] for row in tg.explain(session, "甲城建设有限公司")["consequences"]}
    told = [tg.explain(session, entity) for entity in ("甲城建设有限公司", one)]
    told += [tg.portfolio(session, ["甲城建设有限公司"]), tg.common(session, ["甲城建设有限公司"])]
    said = json.dumps(told, ensure_ascii=False)
    assert f"{one}/COURT_DEFAULTER/2026-01-02" in said
    assert "王密一" not in said
    named = json.dumps(tg.explain(run, "甲城建设有限公司", unmask=True), ensure_ascii=False)
    assert "王密一@甲城建设有限公司/COURT_DEFAULTER/2026-01-02" in named


def test_what_is_shown_can_be_asked_for(run: tg.Run) -> None:
    session = tg.open_session(run)
    (record,) = (tg.explain(session, "甲城建设有限公司")["consequences"][0]["record"]["record"],)
    found = tg.extract(session, record=record)
    assert "甲城建设有限公司" in found.nodes["id"]
    with pytest.raises(tg.UsageError, match="no record `NOBODY/"):
        tg.extract(session, record="NOBODY/COURT_DEFAULTER/2026-01-02")


def test_an_id_of_a_letter_is_no_part_of_a_word() -> None:
    """A person called P by the tables leaves the P of a record's number alone."""
    rows = {"id": ["A", "P"], "kind": ["company", "person"], "name": ["Acme", "Li"]}
    held = {"source": ["P"], "target": ["A"], "kind": ["legal_representative"]}
    record = {"type": ["COURT_DEFAULTER"] * 2, "decided_on": ["2026-01-02", "2026-01-03"]}
    record |= {"id": ["SP-7", "P/COURT_DEFAULTER/2026-01-03"], "entity": ["P", "P"]}
    tables = tg.check_tables(pl.DataFrame(rows), pl.DataFrame(held), pl.DataFrame(record))
    result = tg.score(tables, as_of="2026-06-30", retention_on="2026-06-30")
    told = tg.explain(result, "P")
    shown = told["entity"]
    records = sorted(one["record"] for one in told["records"])
    assert records == sorted(["SP-7", f"{shown}/COURT_DEFAULTER/2026-01-03"])


TABLES = ("csv", "parquet", "xlsx", "ftm", "bods", "cypher", "neo4j", "gexf", "graphml")
FORMS = [(form, whole) for form in TABLES for whole in (False, True)]


@pytest.mark.parametrize(("form", "whole"), [*FORMS, ("html", False), ("dot", False)])
def test_no_export_names_the_person(run: tg.Run, tmp_path: Path, form: str, whole: bool) -> None:
    found: Any = run if whole else tg.extract(run, around="甲城建设有限公司")
    out = tmp_path / f"x.{form}"
    tg.export(found, form, out)
    for file in [out] if out.is_file() else [one for one in out.rglob("*") if one.is_file()]:
        said = bytes_of(file)
        for name in ("王密一", json.dumps("王密一")[1:-1]):
            assert name.encode() not in said, file


def bytes_of(file: Path) -> bytes:
    """What a file says, unpacked."""
    if file.suffix == ".parquet":
        return str(pl.read_parquet(file).rows()).encode()
    if file.suffix == ".xlsx":
        with zipfile.ZipFile(file) as book:
            return b"".join(map(book.read, book.namelist()))
    return file.read_bytes()

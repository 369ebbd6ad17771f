"""input.json: how each file was read, and every row kept, rejected, skipped or merged."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from importing_support import messy_rows, small_sizes, write_folder
from oracle import World
from strategies import seeds, worlds

import trustgraph as tg
from trustgraph.cli.main import main
from trustgraph.ingest.bulk import import_register
from trustgraph.tables.input_report import InputReport
from trustgraph.tables.tables import Tables

DAY: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}


def put(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def told(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((path / "input.json").read_text(encoding="utf-8"))
    return found


def adds_up(report: InputReport, tables: Tables) -> None:
    """Every row given is told once, and what is kept is what the tables hold."""
    for one in report.sections:
        assert min(one.rows, one.unreadable, one.pieces, one.rejected, one.kept) >= 0
        assert one.pieces == one.skipped + one.merged + one.rejected + one.kept
        assert one.rows - one.unreadable - one.filtered <= one.pieces
    for table in ("entities", "relationships", "records", "consultations"):
        kept = sum(one.kept for one in report.sections if one.table == table)
        assert kept == getattr(tables, table).height


@settings(max_examples=settings().max_examples // 8)
@given(world=worlds(), seed=seeds, form=st.sampled_from(["csv", "parquet"]))
def test_every_row_is_told_by_reading_and_by_import(world: World, seed: int, form: str) -> None:
    rng = Random(seed)
    with tempfile.TemporaryDirectory() as name, small_sizes():
        folder = Path(name, "tables")
        folder.mkdir()
        rows = messy_rows(rng, world)
        write_folder(rng, folder, rows, form)
        if not list(folder.glob("re[lc]*")):
            return
        tables = tg.read_tables(folder)
        adds_up(tables.report, tables)
        for table, given_rows in rows.items():
            of = [one for one in tables.report.sections if one.table == table]
            texts = [path.read_bytes() for path in folder.glob(f"{table}*.csv")]
            more = sum(text.endswith(b"one cell too few\n") for text in texts)
            assert sum(one.rows for one in of) == len(given_rows) + more
        assert sum(one.rejected + one.unreadable for one in tables.report.sections) == (
            tables.rejected_rows
        )
        made = import_register(folder, Path(name, "register"))
        assert told(made.path) == tables.report.told()


def test_a_file_as_it_was_written(tmp_path: Path) -> None:
    """Encoding, delimiter and columns, of each of two files that nobody described."""
    folder = tmp_path / "in"
    folder.mkdir()
    firms = "id;kind;name;remark\nA;company;深圳市示例工程有限公司;x\n"
    firms += "B;company;北京另一公司;y\nC;ship;船;z\n"
    (folder / "entities.csv").write_bytes(firms.encode("gb18030"))
    held = "source\ttarget\tkind\tshare\r\nA\tB\tshareholder\t0.5\r\nA\tZ\tshareholder\t0.5\r\n"
    (folder / "relationships.csv.gz").write_bytes(gzip.compress(held.encode("utf-8-sig")))
    run = tg.score_input(folder, tmp_path / "run", **DAY)
    entities, relationships = told(run.path)["files"]
    assert entities == {
        "file": "entities.csv",
        "format": "csv",
        "sheet": None,
        "encoding": "gb18030",
        "delimiter": ";",
        "columns_used": ["id", "kind", "name"],
        "columns_unused": ["remark"],
        "rows": 3,
        "sections": [
            {
                "place": "entities",
                "table": "entities",
                "rows": 3,
                "unreadable": 0,
                "filtered": 0,
                "pieces": 3,
                "skipped": 0,
                "merged": 0,
                "rejected": 1,
                "kept": 2,
                "unmapped": [],
            }
        ],
    }
    assert (relationships["encoding"], relationships["delimiter"]) == ("utf-8-sig", "\t")
    assert relationships["sections"][0]["kept"] == 1
    assert told(run.path / "register") == told(run.path)


MAPPING = """
[[entities]]
file = "firms.csv"
fields = { id = "no", name = "firm", kind = { constant = "company" } }
where = [ { column = "state", in = ["live"] } ]

[[entities]]
file = "firms.csv"
distinct = true
fields = { id = "boss", name = "boss", kind = { constant = "person" } }

[[relationships]]
file = "firms.csv"
fields = { source = "boss", target = "no", kind = { constant = "director" } }
"""


def test_sections_of_a_mapping(tmp_path: Path) -> None:
    firms = "no,firm,state,boss,note\n1,One,live,Li,\n2,Two,gone,Li,\n3,,live,Wu,\n4,Four,live\n"
    firms += "5,a,b,c,d,e\n"
    put(tmp_path / "in", firms=firms)
    (tmp_path / "map.toml").write_text(MAPPING, encoding="utf-8")
    run = tg.score_input(tmp_path / "in", tmp_path / "run", mapping=tmp_path / "map.toml", **DAY)
    found = told(run.path)
    assert found["mapping"] == "map.toml"
    (file,) = found["files"]
    assert (file["columns_used"], file["columns_unused"]) == (
        ["no", "firm", "state", "boss"],
        ["note"],
    )
    assert file["rows"] == 5
    counts = ("place", "rows", "unreadable", "filtered", "merged", "rejected", "kept")
    rows = [tuple(one[name] for name in counts) for one in file["sections"]]
    assert rows == [
        ("entities[1]", 5, 1, 1, 0, 1, 2),
        ("entities[2]", 5, 1, 0, 1, 1, 2),
        ("relationships[1]", 5, 1, 0, 0, 3, 1),
    ]
    made = import_register(tmp_path / "in", tmp_path / "reg", mapping=tmp_path / "map.toml")
    assert told(made.path) == found
    again = tg.score_input(made.path, tmp_path / "again", **DAY)
    assert told(again.path) == found


def test_what_was_added_comes_after_what_was_there(tmp_path: Path) -> None:
    folder = put(
        tmp_path / "in",
        entities="id,kind,name\nA,company,One\nB,company,Two\n",
        relationships="source,target,kind\nA,B,supplier\n",
    )
    register = import_register(folder, tmp_path / "register").path
    day = put(tmp_path / "day", entities="id,kind,name\nC,company,Three\nD,ship,Four\n")
    tg.add_to_register(register, day)
    changes = tmp_path / "more.jsonl"
    changes.write_text(
        '{"op": "remove", "table": "entities", "row": {"id": "B"}}\n',
        encoding="utf-8",
    )
    tg.add_to_register(register, changes)
    files = told(register)["files"]
    assert [one["file"] for one in files] == [
        "entities.csv",
        "relationships.csv",
        "day/entities.csv",
        "more.jsonl",
    ]
    assert [one["sections"][0]["kept"] for one in files] == [2, 1, 1, 1]
    assert files[2]["sections"][0]["rejected"] == 1
    assert told(tg.score_input(register, tmp_path / "run", **DAY).path)["files"] == files


def test_frames_are_told_too() -> None:
    tables = tg.check_tables(
        pl.DataFrame({"id": ["A", "A"], "kind": "company", "name": "x", "mine": 1})
    )
    (file,) = tables.report.files
    assert (file.format, file.columns_unused, file.sections[0].rejected) == ("frame", ("mine",), 1)


@pytest.mark.parametrize("rows", [0, 1])
def test_validate_tells_it(rows: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = put(
        tmp_path / "in",
        entities="id,kind,name\n" + "A,company,One\n" * rows,
        relationships="source,target,kind\n",
    )
    assert main(["validate", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["input"] == tg.read_tables(folder).report.told()
    assert main(["validate", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "entities.csv" in out
    assert "utf-8" in out

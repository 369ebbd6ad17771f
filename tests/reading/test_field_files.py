"""Files and folders as the field sends them: partitions, odd names, copies, unread columns."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import trustgraph as tg
from trustgraph.cli.main import main
from trustgraph.errors import InputError, UsageError
from trustgraph.ingest.bulk import import_register
from trustgraph.reading import read_tables

DAY: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
ENTITIES = pl.DataFrame(
    {"id": ["A", "B", "C"], "kind": "company", "name": ["Alpha", "Beta", "Gamma"]}
)
HELD = pl.DataFrame(
    {"source": ["A", "B"], "target": ["B", "C"], "kind": "shareholder", "share": 0.6}
)
RECORD = pl.DataFrame(
    {"id": ["R1"], "entity": ["A"], "type": ["COURT_DEFAULTER"], "decided_on": ["2026-01-01"]}
)


def put(frame: pl.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    else:
        frame.write_csv(path)


def scores(folder: Path, out: Path) -> list[float]:
    """Read at once and through an import: the same."""
    found = []
    import_register(folder, out / "register")
    for name, source in (("tables", folder), ("imported", out / "register")):
        run = tg.score_input(source, out / name, **DAY)
        found.append(run.scores().sort("entity").collect()["score"].to_list())
    assert found[0] == found[1]
    return found[0]


WHOLE = [580.0, 798.4, 903.232]


@pytest.mark.parametrize(
    "parts",
    [
        {"relationships.csv": HELD},
        {"relationships/kind=shareholder/part-0.parquet": HELD.drop("kind")},
        {"relationships.parquet/year=2025/part-0.parquet": HELD},
        {"relationships/part-0.parquet": HELD[:1], "relationships/more/part-1.parquet": HELD[1:]},
        {
            "relationships/source=A/a.csv": HELD[:1].drop("source"),
            "relationships/source=B/a.csv": HELD[1:].drop("source"),
        },
        {"relationships/kind=share%68older/a.parquet": HELD.drop("kind")},
        {"relationships/_temporary/x.parquet": HELD, "relationships/a.parquet": HELD},
        {"relationship.csv": HELD},
    ],
)
def test_parts_in_folders(parts: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    folder = tmp_path / "in"
    put(ENTITIES, folder / "entities.csv")
    put(RECORD, folder / "records.csv")
    for name, frame in parts.items():
        put(frame, folder / name)
    assert scores(folder, tmp_path) == WHOLE


def test_what_a_folder_is_called_goes_behind_what_a_file_says(tmp_path: Path) -> None:
    put(ENTITIES, tmp_path / "entities.csv")
    put(HELD, tmp_path / "relationships/kind=branch/source=__HIVE_DEFAULT_PARTITION__/a.parquet")
    assert set(read_tables(tmp_path).relationships["kind"]) == {"shareholder"}


@pytest.mark.parametrize(
    "name",
    ["records (1).csv", "records.2026.csv", "records copy.csv", "Records2.CSV", "record 2.csv"],
)
def test_a_file_that_looks_like_a_table_is_not_left_out_in_silence(
    name: str, tmp_path: Path
) -> None:
    put(ENTITIES, tmp_path / "entities.csv")
    put(RECORD, tmp_path / "records.csv")
    put(RECORD.with_columns(id=pl.lit("R2"), entity=pl.lit("C")), tmp_path / "x.csv")
    (tmp_path / "x.csv").rename(tmp_path / name)
    with pytest.raises(InputError, match="this looks like records, and its name is not one"):
        read_tables(tmp_path)


def test_other_files_are_told(tmp_path: Path) -> None:
    put(ENTITIES, tmp_path / "entities.csv")
    put(RECORD, tmp_path / "records.csv")
    put(RECORD, tmp_path / "notes.csv")
    (tmp_path / "readme.txt").write_text("hello", encoding="utf-8")
    lines = read_tables(tmp_path).flagged.select("file", "reason").rows()
    assert ("notes.csv", "this file holds no table and is not read") in lines
    assert not any(file == "readme.txt" for file, _ in lines)


@pytest.mark.parametrize(
    "name", ["run [final]", "reg*", "a?b", "{x,y}", "[!a]", "n'\"ame", "名单 资料"]
)
def test_every_name_that_can_be_written_can_be_read(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    for frame, table in ((ENTITIES, "entities"), (HELD, "relationships"), (RECORD, "records")):
        put(frame, folder / f"{table}.csv")
    out = tmp_path / "out" / name
    assert scores(folder, out) == WHOLE
    assert tg.explain(tg.open_run(out / "imported"), "C")["score"] == WHOLE[2]
    found = tg.extract(tg.open_run(out / "tables"), evidence="C")
    assert tg.open_subgraph(tg.save_subgraph(found, tmp_path / f"sub {name}")).nodes.height == 3


def test_scratch_of_others_is_not_read(tmp_path: Path) -> None:
    """What an import to ``reg[x]`` left behind is none of an import to ``reg*``."""
    for name in ("one", "two"):
        put(ENTITIES.with_columns(id=pl.col("id") + name), tmp_path / name / "entities.csv")
        put(RECORD.with_columns(entity=pl.lit(f"A{name}")), tmp_path / name / "records.csv")
    import_register(tmp_path / "one", tmp_path / "reg[x]")
    import_register(tmp_path / "two", tmp_path / "reg*")
    assert len(tg.open_register(tmp_path / "reg*")) == 3


def in_gbk(folder: Path, name: str) -> Path:
    return folder / os.fsdecode(name.encode("gbk"))


@pytest.mark.parametrize("what", ["input", "part", "out", "run"])
def test_names_in_gbk_are_refused_before_any_work(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, odd = tmp_path / "in", in_gbk(tmp_path, "资料")
    put(ENTITIES, plain / "entities.csv")
    put(RECORD, plain / "records.csv")
    days = ["--as-of", "2026-06-30"]
    if what == "input":
        plain.rename(odd)
        words = ["score", str(odd), "--out", str(tmp_path / "out"), *days]
    elif what == "part":
        (plain / "records.csv").rename(in_gbk(plain, "records-资料.csv"))
        words = ["score", str(plain), "--out", str(tmp_path / "out"), *days]
    elif what == "out":
        words = ["score", str(plain), "--out", str(odd), *days]
    else:
        tg.score_input(plain, tmp_path / "run", **DAY)
        (tmp_path / "run").rename(odd)
        words = ["explain", str(odd), "A"]
    capsys.readouterr()
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "is no UTF-8" in said
    assert "done in" not in said
    assert not (tmp_path / "out").exists()
    if what == "run":
        with pytest.raises(UsageError, match="is no UTF-8"):
            tg.open_run(odd)


@pytest.mark.parametrize(
    ("table", "column", "words"),
    [
        ("relationships", "end_date", '"end"'),
        ("relationships", "percentage", '"share"'),
        ("relationships", "Valid To", '"end"'),
        ("relationships", "持股比例", '"share"'),
        ("records", "removed_on", '"ends_on"'),
        ("records", "end_date", '"ends_on"'),
        ("records", "repair_date", '"repaired_on"'),
        ("entities", "state", '"status"'),
        ("entities", "Founded", '"start"'),
        ("relationships", "since", '"start"'),
        ("relationships", "开始日期", '"start"'),
        ("entities", "cell_of_mine", ""),
    ],
)
def test_a_column_that_is_not_read_is_told(
    table: str, column: str, words: str, tmp_path: Path
) -> None:
    frames = {"entities": ENTITIES, "relationships": HELD.drop("share"), "records": RECORD}
    frames[table] = frames[table].with_columns(pl.lit("2026-01-01").alias(column))
    for name, frame in frames.items():
        put(frame, tmp_path / "in" / f"{name}.csv")
    lines = read_tables(tmp_path / "in").flagged.filter(pl.col("row") == 1)
    assert lines.select("file", "column").rows() == [(f"{table}.csv", column)]
    assert f'have no column "{column}"; it rides along unread' in lines["reason"][0]
    assert words in lines["reason"][0]
    import_register(tmp_path / "in", tmp_path / "register")
    told = (tmp_path / "register" / "flagged.csv").read_text(encoding="utf-8")
    assert "it rides along unread" in told


@pytest.mark.parametrize(("columns", "rows"), [(("mine", "mine"), 0), (("", "mine"), 1)])
def test_the_first_file_that_has_an_unread_column_is_named(
    columns: tuple[str, str], rows: int, tmp_path: Path
) -> None:
    """The first file has no rows, or has not the column: import and reading name the same."""
    for number, (column, frame) in enumerate(
        zip(columns, (ENTITIES[:rows], ENTITIES), strict=True)
    ):
        part = frame if not column else frame.with_columns(pl.lit("x").alias(column))
        put(part[rows * number :], tmp_path / "in" / f"entities-{number}.csv")
    put(HELD, tmp_path / "in" / "relationships.csv")
    lines = read_tables(tmp_path / "in").flagged.filter(pl.col("row") == 1)
    told = f"entities-{columns.index('mine')}.csv"
    assert lines["file"].to_list() == [told]
    import_register(tmp_path / "in", tmp_path / "register")
    flagged = pl.read_csv(tmp_path / "register" / "flagged.csv", infer_schema=False)
    assert flagged.filter(pl.col("row") == "1")["file"].to_list() == [told]


def test_the_same_day_added_twice_is_told(tmp_path: Path) -> None:
    put(ENTITIES, tmp_path / "in" / "entities.csv")
    put(HELD, tmp_path / "in" / "relationships.csv")
    put(HELD[:1].with_columns(share=pl.lit(0.3)), tmp_path / "day" / "relationships.csv")
    import_register(tmp_path / "in", tmp_path / "register")
    told = []
    for _ in range(3):
        tg.add_to_register(tmp_path / "register", tmp_path / "day")
        text = (tmp_path / "register" / "flagged.csv").read_text(encoding="utf-8")
        told.append(text.count("the register says the same relationship already"))
    assert told[0] == 0
    assert told[1] == 1
    assert told[2] >= 1


@pytest.mark.parametrize("name", ["A1", "A1\u200b", " A1 ", "Ａ１"])
def test_what_is_removed_is_spelled_as_in_tables(name: str, tmp_path: Path) -> None:
    code = "91350100M000100Y43"
    entities = pl.DataFrame({"id": [code, "A1", "B"], "kind": "company", "name": "x"})
    put(entities, tmp_path / "in" / "entities.csv")
    held = pl.DataFrame({"source": ["B"], "target": ["A1"], "kind": ["supplier"]})
    put(held, tmp_path / "in" / "relationships.csv")
    import_register(tmp_path / "in", tmp_path / "register")
    removed = pl.DataFrame({"table": "entities", "id": [code.lower(), name]})
    put(removed, tmp_path / "day" / "removed.csv")
    added = tg.add_to_register(tmp_path / "register", tmp_path / "day")
    assert added.rejected_rows == 0
    register = tg.open_register(tmp_path / "register")
    assert register.ids.gather(range(len(register))).to_list() == ["B"]


def test_a_change_that_says_a_relationship_again_is_told(tmp_path: Path) -> None:
    put(ENTITIES, tmp_path / "in" / "entities.csv")
    put(HELD, tmp_path / "in" / "relationships.csv")
    import_register(tmp_path / "in", tmp_path / "register")
    row = {name: value for name, value in HELD.to_dicts()[0].items() if value is not None}
    change = {"op": "add", "table": "relationships", "row": row}
    (tmp_path / "day.jsonl").write_text(json.dumps(change) + "\n", encoding="utf-8")
    tg.add_to_register(tmp_path / "register", tmp_path / "day.jsonl")
    flagged = pl.read_csv(tmp_path / "register" / "flagged.csv", infer_schema=False)
    told = flagged.filter(pl.col("reason").str.contains("says the same relationship already"))
    assert told.select("file", "row", "column").rows() == [("day.jsonl", "1", "target")]

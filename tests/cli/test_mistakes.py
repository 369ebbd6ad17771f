"""Mistakes at the keyboard: what was meant is said, and what was given in place of what."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest
from cli_support import SAMPLE, Run

import trustgraph as tg
from trustgraph.cli.main import main

pytest_plugins = ["cli_fixtures"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["explian", "run", "X"], "there is no verb `explian` (did you mean explain?)"),
        (["wombat"], "there is no verb `wombat`\n"),
        (["policy", "lst"], "there is no verb `lst` (did you mean list?)"),
        (["list", "run", "--lagn", "zh"], "there is no option --lagn (did you mean --lang?)"),
        (["list", "run", "--industri=E"], "there is no option --industri (did you mean"),
        (["list", "run", "more"], "trustgraph list: one argument too many: more"),
        (["policy", "list", "more"], "trustgraph policy list: one argument too many: more"),
        (["list"], "the following arguments are required: RUN"),
        (["list", "run", "--lang", "fr"], "--lang"),
        ([], "required: VERB"),
    ],
)
def test_what_was_meant_is_said(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert "--help says what there is" in told.err


def test_options_may_stand_anywhere(run: Run, scored: Path) -> None:
    expected = run("explain", scored, "91330106TG100001X9", "--lang", "zh", "--json")
    for words in (
        ["--lang", "zh", "--json", "explain", scored, "91330106TG100001X9"],
        ["--json", "explain", "--lang", "zh", scored, "91330106TG100001X9"],
        ["explain", scored, "--json", "91330106TG100001X9", "--lang", "zh"],
    ):
        assert run(*words).json == expected.json
    assert run("--json", "policy", "list").json == run("policy", "--json", "list").json


def test_what_was_given_in_place_of_what(run: Run, scored: Path, tmp_path: Path) -> None:
    register = tg.import_register(SAMPLE, tmp_path / "register").path
    (tmp_path / "in").mkdir()
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as packed:
        packed.writestr("entities.csv", "id,kind,name\n")
    for words, said in (
        (["score", scored, "--out", tmp_path / "o"], "this is a run, and tables are wanted"),
        (["validate", scored], f"lies in it: {scored / 'register'}"),
        (["import", register, "--out", tmp_path / "o"], "this is a register, and tables are"),
        (["list", SAMPLE], f"it holds tables: `trustgraph score {SAMPLE} --out RUN`"),
        (["list", scored / "run.json"], f"give the folder of the run: {scored}"),
        (["compare", register, scored, "--out", tmp_path / "o"], "it is a register"),
        (["validate", tmp_path / "in.zip"], "this is an archive"),
    ):
        told = run(*words)
        assert (told.code, told.out) == (2, "")
        assert said in told.err


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_workbook_in_place_of_text(ending: str, run: Run, tmp_path: Path) -> None:
    book = tg.workbook([{"id": "A"}], {"id": "id"}, "x")
    (tmp_path / f"entities.{ending}").write_bytes(book)
    (tmp_path / "records.csv").write_text("id,entity,type,decided_on\n", encoding="utf-8")
    told = run("validate", tmp_path)
    assert told.code == 2
    assert "this is a workbook" in told.err
    assert "save" in told.err.lower()


@pytest.mark.parametrize(
    ("ending", "held"),
    [("csv", "content.xml"), ("csv.gz", "content.xml"), ("csv", "xl/workbook.bin")],
)
def test_workbooks_of_others_in_place_of_text(
    ending: str, held: str, run: Run, tmp_path: Path
) -> None:
    """What tells that an archive is a workbook may stand behind megabytes of pictures."""
    with zipfile.ZipFile(tmp_path / "book", "w") as packed:
        packed.writestr("media/picture.png", bytes(10_000))
        packed.writestr(held, "<x/>")
    data = (tmp_path / "book").read_bytes()
    data = gzip.compress(data) if ending == "csv.gz" else data
    (tmp_path / f"entities.{ending}").write_bytes(data)
    (tmp_path / "records.csv").write_text("id,entity,type,decided_on\n", encoding="utf-8")
    assert "this is a workbook, whatever it is called" in run("validate", tmp_path).err


def test_what_is_called_gz_and_is_not(run: Run, tmp_path: Path) -> None:
    (tmp_path / "entities.csv.gz").write_text("id,kind,name\n", encoding="utf-8")
    (tmp_path / "records.csv").write_text("id,entity,type,decided_on\n", encoding="utf-8")
    told = run("validate", tmp_path)
    assert (told.code, told.out) == (2, "")
    assert "not compressed with gzip as its name says" in told.err
    assert "take .gz off its name" in told.err
    assert "b'" not in told.err


def test_what_is_compressed_and_not_called_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "entities.csv").write_bytes(gzip.compress(b"id,kind,name\n"))
    (tmp_path / "records.csv").write_text("id,entity,type,decided_on\n", encoding="utf-8")
    told = run("validate", tmp_path)
    assert (told.code, told.out) == (2, "")
    assert "this is compressed with gzip, whatever it is called" in told.err
    assert "Call it .csv.gz" in told.err


def test_files_that_may_be_taken_for_read_are_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "entities.csv").write_text("id,kind,name\nA,company,N\n", encoding="utf-8")
    (tmp_path / "records.csv").write_text("id,entity,type,decided_on\n", encoding="utf-8")
    left = ["extra.csv", "list.xlsx", "more.tsv", "records.json", "records2.txt"]
    for name in [*left, "note.txt", "stories.json", "README.md", ".hidden.tsv"]:
        (tmp_path / name).write_text("x", encoding="utf-8")
    flagged = tg.read_tables(tmp_path).flagged
    told = flagged.filter(flagged["reason"] == "this file holds no table and is not read")
    assert told["file"].to_list() == left
    assert "more.tsv" in run("validate", tmp_path).out


def test_files_beside_what_a_mapping_reads_are_told(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "else").mkdir()
    for name in ("sub/r.csv", "sub/other.csv", "x.tsv", "y.ndjson", "z.txt", "else/q.csv"):
        (tmp_path / name).write_text("id,name\nA,N\n", encoding="utf-8")
    mapping = tmp_path / "map.toml"
    fields = 'fields = { id = "id", name = "name", kind = { constant = "company" } }'
    mapping.write_text(f'[[entities]]\nfile = "sub/r.csv"\n{fields}\n', encoding="utf-8")
    flagged = tg.read_tables(tmp_path, mapping=mapping).flagged
    assert flagged["file"].to_list() == ["x.tsv", "y.ndjson", "sub/other.csv"]


def test_a_zip_archive_in_place_of_text(run: Run, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "entities.csv", "w") as packed:
        packed.writestr("a.csv", "id,kind,name\n")
    (tmp_path / "records.csv").write_text("id,entity,type,decided_on\n", encoding="utf-8")
    assert "this is a zip archive, whatever it is called" in run("validate", tmp_path).err

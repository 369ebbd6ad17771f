"""No command writes over what it reads, or over a file that it did not make."""

from __future__ import annotations

from pathlib import Path

import pytest

import trustgraph as tg
from trustgraph.cli.main import main

DAYS = ("--as-of", "2026-06-30", "--retention-on", "2026-06-30")
ENTITIES = "id,kind,name\nA,company,Acme\nB,nonsense,Beta\n"


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "entities.csv").write_text(ENTITIES, encoding="utf-8")
    (folder / "records.csv").write_text("id,entity,type,decided_on\n", encoding="utf-8")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def run(*words: object) -> int:
    return main([str(word) for word in words])


def test_rejected_rows_are_not_written_over_the_input(
    tables: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("entities.csv", "../tables/entities.csv"):
        assert run("validate", tables, "--rejected", tables / name) == 2
        assert run("validate", tables, "--flagged", tables / name) == 2
        assert "is no list of rejected or flagged rows" in capsys.readouterr().err
    (tables.parent / "link.csv").symlink_to(tables / "entities.csv")
    assert run("validate", tables, "--rejected", tables.parent / "link.csv") == 2
    assert (tables / "entities.csv").read_text(encoding="utf-8") == ENTITIES


def test_rejected_rows_go_to_a_file_of_their_own(tables: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.csv"
    notes.write_text("a,b\n", encoding="utf-8")
    assert run("validate", tables, "--rejected", notes) == 2
    assert notes.read_text(encoding="utf-8") == "a,b\n"
    assert run("validate", tables, "--rejected", tmp_path) == 2
    empty = tmp_path / "empty.csv"
    empty.touch()
    for _ in range(2):  # a list of an earlier time is replaced
        assert run("validate", tables, "--rejected", empty) == 1
    assert "nonsense" in empty.read_text(encoding="utf-8")


def test_what_is_read_is_not_replaced(tables: Path, tmp_path: Path) -> None:
    register, one, other = (tmp_path / name for name in ("register", "one", "other"))
    assert run("import", tables, "--out", register) == 0
    for out in (one, other):
        assert run("score", register, "--out", out, *DAYS) == 0
    changes = one / "changes.jsonl"
    changes.write_text("", encoding="utf-8")
    before = contents(tmp_path)
    for words in (
        ("score", one / "register", "--out", one, *DAYS),
        ("score", register, "--since", one, "--out", one, *DAYS),
        ("import", tables, "--out", tables),
        ("import", "--add", register, one, "--out", one),
        ("compare", one, other, "--out", one),
        ("what-if", register, changes, "--out", one),
        ("generate", "--companies", 1, "--out", tables),
        ("generate", "--companies", 1, "--out", one),
    ):
        assert run(*words, "--overwrite") == 2, words
        assert contents(tmp_path) == before, words


def test_nothing_is_put_into_what_is_exported(
    tables: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scored, taken = tmp_path / "run", tmp_path / "taken"
    assert run("score", tables, "--out", scored, *DAYS) == 0
    assert run("extract", scored, "--around", "A", "--out", taken) == 0
    before = contents(tmp_path)
    capsys.readouterr()
    for words in (
        ("export", scored, "--format", "csv", "--out", scored / "csv"),
        ("export", taken, "--format", "svg", "--out", taken / "a.svg"),
        ("export", taken, "--format", "gexf", "--out", taken / "entities.parquet", "--overwrite"),
        ("extract", scored, "--around", "A", "--out", scored / "taken"),
        ("report", scored, "A", "--out", scored / "a.html"),
    ):
        assert run(*words) == 2
        assert "lies in what is read" in capsys.readouterr().err
    with pytest.raises(tg.UsageError, match="lies in what is read"):
        tg.export(tg.open_run(scored), "csv", scored / "csv")
    assert contents(tmp_path) == before


def test_a_demo_replaces_a_demo_alone(tmp_path: Path) -> None:
    """Somebody's own run beside somebody's own tables is no demo."""
    tg.generate(tmp_path / "made", companies=5)
    assert run("score", tmp_path / "made", "--out", tmp_path / "own" / "run", *DAYS) == 0
    (tmp_path / "own" / "register").mkdir()
    before = contents(tmp_path)
    assert run("demo", "--out", tmp_path / "own") == 2
    assert contents(tmp_path) == before


def test_what_would_be_replaced_is_named(
    tables: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("score", tables, "--out", tmp_path / "run", *DAYS) == 0
    source = tmp_path / "run" / "register"
    assert run("score", source, "--out", tmp_path / "run", "--overwrite", *DAYS) == 2
    said = capsys.readouterr().err
    assert "would be written over while it is read" in said
    assert str(source) in said

"""Import: the register that compile_register makes, whatever the input and however it is cut."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from importing_support import assert_same_register, messy_rows, small_sizes, write_folder
from oracle import GRADED, Oracle, World
from polars.testing import assert_frame_equal
from side_by_side import examples, worlds_side_by_side
from strategies import TODAY, packs, seeds, tables_of, worlds

import trustgraph as tg
from trustgraph.cli.main import main
from trustgraph.ingest.bulk import import_register
from trustgraph.policy import Policy
from trustgraph.register import compile_register
from trustgraph.scoring.pipeline import score_register
from trustgraph.storage import open_register, write_findings


def lines_of(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False).sort("file", "row", "column", "reason")


def lines_of_frame(frame: pl.DataFrame, folder: Path) -> pl.DataFrame:
    write_findings(frame, folder / "expected.csv")
    return lines_of(folder / "expected.csv")


@settings(max_examples=examples(0.5))
@given(world=worlds_side_by_side() | worlds(), seed=seeds, form=st.sampled_from(["csv", "parquet"]))
def test_import_equals_compiling_in_memory(world: World, seed: int, form: str) -> None:
    rng = Random(seed)
    with tempfile.TemporaryDirectory() as name, small_sizes():
        folder = Path(name, "tables")
        folder.mkdir()
        write_folder(rng, folder, messy_rows(rng, world), form)
        if not list(folder.glob("re[lc]*")):
            return
        tables = tg.read_tables(folder)
        made = import_register(folder, Path(name, "register"))
        assert_same_register(open_register(made.path), compile_register(tables))
        for which in ("rejected", "flagged"):
            expected = Path(name, f"{which}.csv")
            write_findings(getattr(tables, which), expected)
            assert_frame_equal(lines_of(made.path / f"{which}.csv"), lines_of(expected))
        assert made.rejected_rows == tables.rejected_rows
        assert made.entities == tables.entities.height
        told = tables.consultations.select("entity", "source", "consulted_on")
        assert made.consultations == told.n_unique()  # a search that is told twice is one
        assert [path.name for path in Path(name).glob(".*")] == []


@settings(max_examples=examples(0.25))
@given(world=worlds_side_by_side(), policy=packs())
def test_the_integers_of_the_plain_implementation(world: World, policy: Policy) -> None:
    tables = tables_of(world)
    with tempfile.TemporaryDirectory() as name, small_sizes():
        folder = Path(name, "tables")
        folder.mkdir()
        for table in ("entities", "relationships", "records"):
            rows = getattr(tables, table).drop("__file__", "__row__", strict=False)
            rows.write_parquet(folder / f"{table}.parquet")
        made = import_register(folder, Path(name, "register"))
        scoring = score_register(open_register(made.path), policy, as_of=TODAY)
    expected = Oracle(world, policy, TODAY).answer()
    assert {
        row["entity"]: {name: row[name] for name in GRADED} for row in scoring.scores.to_dicts()
    } == expected.scores
    assert {
        (row["record"], row["entity"]): (row["micro"], row["reach"], tuple(row["chain"]))
        for row in scoring.ledger.to_dicts()
        if row["line"] == "exposure"
    } == expected.exposure
    assert {
        (row["entity"], row["rule"], row["record"], row["status"], tuple(row["chain"]))
        for row in scoring.consequences.to_dicts()
    } == expected.consequences


def test_nothing_but_refused_rows(tmp_path: Path) -> None:
    (tmp_path / "entities.csv").write_text("id,kind,name\nA,ship,Acme\n")
    (tmp_path / "records.csv").write_text("id,entity,type,decided_on\nr,A,T,2026-01-01\n")
    made = import_register(tmp_path, tmp_path / "out")
    assert (made.entities, made.records, made.rejected_rows) == (0, 0, 2)
    assert "the entity with this id was rejected" in (made.path / "rejected.csv").read_text()
    assert len(open_register(made.path)) == 0


def test_a_wrong_header_is_said_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "entities.csv").write_text("id,kind,name\nA,company,Acme\n")
    (tmp_path / "records.csv").write_text("id,entity,typ,decided_on\n")
    with pytest.raises(tg.InputError, match='records: the column "type" is missing'):
        import_register(tmp_path, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["entities.csv", "records.csv"]


def test_one_code_of_two_entities_is_flagged_as_in_memory(tmp_path: Path) -> None:
    code = "91350100M000100Y43"
    rows = [("A", code), (code, ""), ("B", ""), ("C", code), ("D", "91350100M000100Y44")]
    lines = [f"{name},company,N,{uscc}" for name, uscc in rows]
    (tmp_path / "entities.csv").write_text("\n".join(["id,kind,name,uscc", *lines]))
    (tmp_path / "records.csv").write_text("id,entity,type,decided_on\n")
    with small_sizes():
        made = import_register(tmp_path, tmp_path / "out")
    expected = lines_of_frame(tg.read_tables(tmp_path).flagged, tmp_path)
    found = lines_of(made.path / "flagged.csv")
    assert_frame_equal(found, expected)
    assert found.filter(pl.col("reason").str.contains("has this code, too"))["row"].to_list() == [
        "3",
        "5",
    ]


def test_strict(tmp_path: Path) -> None:
    (tmp_path / "entities.csv").write_text("id,kind,name\nA,company,Acme\nB,ship,Ada\n")
    (tmp_path / "records.csv").write_text("id,entity,type,decided_on\n")
    with pytest.raises(tg.InputError, match="1 row rejected, 1 problem found"):
        import_register(tmp_path, tmp_path / "out", strict=True)
    assert not (tmp_path / "out").exists()
    assert import_register(tmp_path, tmp_path / "out").entities == 1
    with pytest.raises(tg.UsageError, match="exists already"):
        import_register(tmp_path, tmp_path / "out")
    assert import_register(tmp_path, tmp_path / "out", overwrite=True).entities == 1


MAPPING = """
[[entities]]
file = "firms.csv"
[entities.fields]
id = "no"
name = "firm"
kind = { constant = "company" }

[[relationships]]
file = "shares.csv"
[relationships.fields]
source = "holder"
target = "held"
kind = { constant = "shareholder" }
share = { column = "per cent", percent = true }
"""


def put_mapped(folder: Path) -> Path:
    (folder / "firms.csv").write_text("no,firm\nA,Acme\nB,Ada\n,Nobody\n")
    (folder / "shares.csv").write_text("holder,held,per cent\nA,B,60 %\nA,C,1\n")
    (folder / "mapping.toml").write_text(MAPPING)
    return folder / "mapping.toml"


def test_tables_of_another_shape(tmp_path: Path) -> None:
    mapping = put_mapped(tmp_path)
    made = import_register(tmp_path, tmp_path / "out", mapping=mapping)
    assert (made.entities, made.relationships, made.rejected_rows) == (2, 1, 2)
    expected = compile_register(tg.read_tables(tmp_path, mapping=mapping))
    assert_same_register(open_register(made.path), expected)
    assert "shares.csv,3" in (made.path / "rejected.csv").read_text()
    with pytest.raises(tg.RejectedRowsError):
        import_register(tmp_path, tmp_path / "none", mapping=mapping, strict=True)
    assert not (tmp_path / "none").exists()


def test_a_register_is_validated_to_the_last_byte(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = put_mapped(tmp_path)
    register = str(tmp_path / "out")
    assert main(["import", str(tmp_path), "--mapping", str(mapping), "--out", register]) == 0
    assert main(["validate", register]) == 0
    assert "Every part is as it was written." in capsys.readouterr().out
    assert main(["validate", register, "--mapping", str(mapping)]) == 2
    assert "leave out --mapping" in capsys.readouterr().err
    part = tmp_path / "out" / "relationship-share.npy"
    before = part.stat()
    part.write_bytes(part.read_bytes()[:-1] + b"\x7f")
    os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))
    open_register(tmp_path / "out")  # size and time are those it was given
    assert main(["validate", register]) == 2
    assert "relationship-share.npy is not as it was written" in capsys.readouterr().err
    run = tmp_path / "run"
    assert main(["score", register, "--out", str(run), "--as-of", "2026-06-30"]) == 2
    assert "relationship-share.npy is not as it was written" in capsys.readouterr().err
    assert not run.exists()


def test_the_mark_of_a_register_is_sealed(tmp_path: Path) -> None:
    mapping = put_mapped(tmp_path)
    import_register(tmp_path, tmp_path / "out", mapping=mapping)
    manifest = tmp_path / "out" / "register.json"
    for name, other in (("entities", 1), ("types", ["X"]), ("parts", {}), ("seal", "0")):
        about = json.loads(manifest.read_text())
        text = json.dumps(about | {name: other})
        assert json.loads(text) != about
        manifest.write_text(text)
        with pytest.raises(tg.RunError, match=r"register\.json is not as it was written"):
            open_register(tmp_path / "out")
        manifest.write_text(json.dumps(about))
        open_register(tmp_path / "out")

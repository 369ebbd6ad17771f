"""A whole run: block by block the same as all of it taken out as a subgraph; nobody is named."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from depth import some
from places import PROJECT
from polars.testing import assert_frame_equal
from strategies import TODAY, random_world, tables_of

import trustgraph as tg
from trustgraph.cli.main import main
from trustgraph.exports import of_run as module
from trustgraph.exports.formats import FORMATS
from trustgraph.exports.of_run import of_run

SAMPLE = PROJECT / "datasets" / "sample"
DAY: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
NOT_OF_A_RUN = ("hops", "centre", "reach", "force", "evidence")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tg.Run:
    return tg.score_input(SAMPLE, tmp_path_factory.mktemp("of_run") / "run", **DAY)


def whole(source: Any, table: Any) -> pl.DataFrame:
    return pl.concat(list(source.blocks(table)))


def alike(source: Any, found: tg.Subgraph) -> None:
    for table in ("nodes", "edges", "records"):
        frame: pl.DataFrame = getattr(found, table)
        kept = [name for name in frame.columns if name not in NOT_OF_A_RUN]
        made = whole(source, table)
        assert made.columns == frame.columns
        assert source.count(table) == made.height
        order = ["id"] if table != "records" else ["entity", "id"]
        assert_frame_equal(
            made.select(kept).sort(order), frame.select(kept).sort(order), check_exact=True
        )


@pytest.mark.parametrize(
    ("lang", "unmask"), some([("zh", True), ("en", False), ("en", True), ("zh", False)], 1)
)
def test_the_sample_in_blocks(
    run: tg.Run, monkeypatch: pytest.MonkeyPatch, lang: Any, unmask: bool
) -> None:
    monkeypatch.setattr(module, "_BLOCK", 100)
    told = []
    source = of_run(
        run, lang=lang, unmask=unmask, stage=lambda *stage: told.append(stage), purpose=None
    )
    ids = run.register().ids
    everybody = [ids[number] for number in range(len(run.register()))]
    found = tg.extract(
        run, around=everybody, hops=0, past=True, lang=lang, unmask=unmask, budget=10**6
    )
    alike(source, found)
    assert told[-1][1] == told[-1][2]


def test_random_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 3)
    for seed in some(range(40), 10):
        world = random_world(Random(seed), 8, 20, 5)
        starts = [rel.get("start") for rel in world.relationships]
        if any(start is not None and start > TODAY for start in starts):
            continue  # what is yet to begin stands in a register, and in no subgraph
        result = tg.score(tables_of(world), as_of=TODAY, retention_on=TODAY)
        result.save(tmp_path / str(seed))
        run = tg.open_run(tmp_path / str(seed))
        found = tg.extract(run, around=list(world.entities), hops=0, past=True, unmask=True)
        alike(of_run(run, unmask=True), found)


@pytest.mark.parametrize("name", [name for name, one in FORMATS.items() if not one.drawn])
def test_the_command_on_a_run(
    name: str, run: tg.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["export", str(run.path), "--format", name, "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["nodes"] == len(run.register())
    if out.is_file() and name != "xlsx":
        persons = pl.read_csv(SAMPLE / "entities.csv").filter(pl.col("kind") == "person")
        text = out.read_text(encoding="utf-8")
        for row in persons.head(200).iter_rows(named=True):
            assert row["id"] not in text


def test_a_picture_of_everything_is_refused(
    run: tg.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trustgraph.exports.formats.DRAWN", 50)
    assert main(["export", str(run.path), "--format", "svg", "--out", str(tmp_path / "x")]) == 2
    said = capsys.readouterr().err
    assert "make no picture: 50 at most" in said
    assert "trustgraph extract" in said
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("name", ["svg", "html", "dot"])
def test_a_small_run_is_a_picture(name: str, tmp_path: Path) -> None:
    entities = pl.DataFrame({"id": ["A", "B"], "kind": ["company"] * 2, "name": ["Acme", "Best"]})
    tg.score(tg.check_tables(entities), **DAY).save(tmp_path / "run")
    tg.export(tg.open_run(tmp_path / "run"), name, tmp_path / "x")
    assert "Acme" in (tmp_path / "x").read_text(encoding="utf-8")


def test_persons_are_named_for_a_purpose_alone(
    run: tg.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["export", str(run.path), "--format", "cytoscape", "--out", str(tmp_path / "x")]
    assert main([*command, "--unmask"]) == 2
    assert "what for is not said" in capsys.readouterr().err
    assert main([*command, "--purpose", "audit"]) == 2
    assert "means nothing without --unmask" in capsys.readouterr().err
    assert main([*command, "--unmask", "--purpose", "audit 2026-7"]) == 0
    told = json.loads((tmp_path / "x").read_text(encoding="utf-8"))
    assert told["data"]["masked"] is False
    assert told["data"]["purpose"] == "audit 2026-7"
    persons = pl.read_csv(SAMPLE / "entities.csv").filter(pl.col("kind") == "person")
    ids = {node["data"]["id"] for node in told["elements"]["nodes"]}
    assert set(persons["id"]) <= ids
    subgraph = [
        "extract",
        str(run.path),
        "--around",
        persons["id"][0],
        "--out",
        str(tmp_path / "s"),
    ]
    assert main([*subgraph, "--unmask"]) == 2
    assert main([*subgraph, "--unmask", "--purpose", "audit"]) == 0
    again = ["export", str(tmp_path / "s"), "--format", "html", "--out", str(tmp_path / "x.html")]
    assert main([*again, "--unmask", "--purpose", "audit"]) == 2
    assert "stays as it was extracted" in capsys.readouterr().err
    assert main(again) == 0
    assert "Natural persons are named, for: audit" in (tmp_path / "x.html").read_text("utf-8")

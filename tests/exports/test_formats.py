"""The verb export: every format from a subgraph on disk, whole or not at all."""

from __future__ import annotations

import csv
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import networkx as nx
import polars as pl
import pytest
from places import PROJECT

import trustgraph as tg
from trustgraph.cli.main import main
from trustgraph.exports import formats, plain_tables
from trustgraph.exports.folder import save_subgraph
from trustgraph.exports.plain import cell_of

WORST = "91330106TG100001X9"
DAY: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}


def needed(name: str) -> Any:
    """A format, of which one needs what may not be installed."""
    missing = name == "png" and find_spec("resvg_py") is None
    reason = "resvg_py is not installed: make install-formats"
    return pytest.param(name, marks=pytest.mark.skipif(missing, reason=reason))


@pytest.fixture(scope="module")
def session() -> tg.Session:
    tables = tg.read_tables(PROJECT / "datasets" / "sample")
    return tg.open_session(tg.score(tables, **DAY))


@pytest.fixture(scope="module")
def subgraph(session: tg.Session, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tg.extract(session, around=WORST)
    return save_subgraph(found, tmp_path_factory.mktemp("formats") / "subgraph")


@pytest.mark.parametrize("name", [needed(name) for name in formats.FORMATS])
def test_each_format(
    name: str, subgraph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = ["export", str(subgraph), "--format", name, "--out", str(out)]
    assert main(command) == 0
    assert capsys.readouterr().out.startswith(f"12 parties as {name}: {out}\n")
    assert main(command) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert main([*command, "--overwrite", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["nodes"] == 12
    if name == "graphml":
        assert nx.read_graphml(out).number_of_nodes() == 12
    elif name == "parquet":
        kept = pl.read_parquet(out / "nodes.parquet")
        assert kept.equals(pl.read_parquet(subgraph / "graph" / "nodes.parquet"))
    elif name == "csv":
        with (out / "nodes.csv").open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert len(rows) == 12
        assert {row["grade"] for row in rows} == {"", "C", "D"}
    elif name in {"cytoscape", "graphology", "bods"}:
        json.loads(out.read_text(encoding="utf-8"))


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    names = ["=HYPERLINK(1)", "+1", "-1", "@A1", "plain"]
    entities = pl.DataFrame({"id": list("ABCDE"), "kind": ["company"] * 5, "name": names})
    found = tg.extract(tg.score(tg.check_tables(entities), **DAY), around=list("ABCDE"), hops=0)
    tg.export(found, "csv", tmp_path / "out")
    with (tmp_path / "out" / "nodes.csv").open(encoding="utf-8-sig", newline="") as lines:
        cells = [row["name"] for row in csv.DictReader(lines)]
    assert cells == ["'=HYPERLINK(1)", "'+1", "'-1", "'@A1", "plain"]


def test_cells_are_made_by_column_as_one_by_one(session: tg.Session) -> None:
    found = tg.extract(session, around=WORST)
    made = plain_tables._cells(found.nodes)
    for name in found.nodes.columns:
        wanted = [cell_of(value) for value in found.nodes[name].to_list()]
        assert made[name].to_list() == wanted
    odd = pl.DataFrame({"a": ["=1", "\tx", "\ry", "", None, "ok"], "b": [[], None, ["-a"]] * 2})
    made = plain_tables._cells(odd)
    for name in odd.columns:
        assert made[name].to_list() == [cell_of(value) for value in odd[name].to_list()]


def test_many_parties_lie_in_a_grid(
    session: tg.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trustgraph.exports.source.DRAWN", 5)
    found = tg.extract(session, around=WORST)
    tg.export(found, "graphology", tmp_path / "x.json")
    told = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    places = {(node["attributes"]["x"], node["attributes"]["y"]) for node in told["nodes"]}
    assert len(places) == 12


def test_what_is_not_known_is_said(
    subgraph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "x")
    assert main(["export", str(subgraph), "--format", "visio", "--out", out]) == 2
    assert "no format is called `visio`" in capsys.readouterr().err
    assert main(["export", str(tmp_path), "--format", "csv", "--out", out]) == 2
    assert "this is no subgraph and no run" in capsys.readouterr().err
    assert not Path(out).exists()
    assert main(["export", str(subgraph), "--format", "graphml", "--out", str(tmp_path)]) == 2
    assert "already" in capsys.readouterr().err

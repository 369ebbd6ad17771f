"""A subgraph on disk: read as it was written, scored again, whole or not at all, nobody named."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from oracle import World
from places import PROJECT
from strategies import TODAY, random_policy, random_world, seeds, tables_of

import trustgraph as tg
from trustgraph.cli.main import main
from trustgraph.exports.folder import MANIFEST, open_subgraph, save_subgraph

SAMPLE = PROJECT / "datasets" / "sample"
WORST = "91330106TG100001X9"
DAY: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tg.Run:
    return tg.score_input(SAMPLE, tmp_path_factory.mktemp("exports") / "run", **DAY)


def same(one: tg.Subgraph, other: tg.Subgraph) -> bool:
    frames = all(
        getattr(one, name).equals(getattr(other, name))
        for name in ("nodes", "edges", "records", "ledger", "consequences")
    )
    tables = all(one.tables[name].equals(other.tables[name]) for name in one.tables)
    return frames and tables and one.about == other.about


def test_it_is_read_as_it_was_written(run: tg.Run, tmp_path: Path) -> None:
    for number, question in enumerate(({"around": WORST}, {"evidence": [WORST]}, {"around": "x"})):
        if question == {"around": "x"}:
            continue
        found = tg.extract(run, **question)
        assert same(open_subgraph(save_subgraph(found, tmp_path / str(number))), found)


def test_evidence_alone_gives_the_same_score(run: tg.Run, tmp_path: Path) -> None:
    """What bears on these parties lies in their evidence: scored again they stand where they did.

    (Elsewhere who is one voice among so many may weigh more among few.)
    """
    scores = run.scores().collect()
    told = scores.select("entity", "score_micro", "grade").rows()
    for entity in (WORST, "91330106TG10000289", "91330106TG1000044Y"):
        folder = save_subgraph(tg.extract(run, evidence=entity), tmp_path / entity)
        again = tg.score_input(folder, tmp_path / f"{entity}-run", **DAY)
        assert again.manifest["counts"]["rejected_rows"] == 0
        flagged = (tmp_path / f"{entity}-run" / "flagged.csv").read_text(encoding="utf-8")
        assert "these tables were taken out of a register" in flagged
        found = again.scores().filter(entity=entity).select("entity", "score_micro", "grade")
        assert found.collect().row(0) in told


@settings(max_examples=settings().max_examples // 5)
@given(seed=seeds)
def test_all_of_a_register_scores_as_the_register(seed: int) -> None:
    world: World = random_world(Random(seed), 6, 14, 5)
    policy = random_policy(Random(seed), max_hops=3)
    day: dict[str, Any] = {"as_of": TODAY, "retention_on": TODAY}
    result = tg.score(tables_of(world), policy, **day)
    session = tg.open_session(result, unmask=True)
    found = tg.extract(session, around=list(world.entities), hops=0, past=True)
    tables = {name: frame for name, frame in found.tables.items() if frame.height}
    again = tg.score(tg.check_tables(**tables), policy, **day)
    # What forgetting has erased, and what is yet to begin, is not handed on.
    kept = ["entity", "score_micro", "grade", "coverage"]
    future = any(
        rel.get("start") is not None and rel["start"] > TODAY for rel in world.relationships
    )
    if not future:
        assert again.scores.select(kept).equals(result.scores.select(kept))


def test_nobody_is_named(tmp_path: Path) -> None:
    entities = pl.DataFrame(
        {
            "id": ["C", "wang-xiaoming-1970"],
            "kind": ["company", "person"],
            "name": ["Acme", "王小明"],
            "name_en": [None, "Wang Xiaoming"],
        }
    )
    held = pl.DataFrame(
        {
            "source": ["wang-xiaoming-1970"],
            "target": ["C"],
            "kind": ["shareholder"],
            "id": ["held-by-Wang"],
            "source_url": ["https://register.example/wang"],
        }
    )
    record = pl.DataFrame(
        {
            "id": ["R"],
            "entity": ["wang-xiaoming-1970"],
            "type": ["COURT_DEFAULTER"],
            "decided_on": ["2026-01-10"],
            "doc_no": ["Wang 7"],
            "ground": ["王小明 did not pay"],
            "authority": ["the court of 王小明"],
        }
    )
    result = tg.score(tg.check_tables(entities, held, record), **DAY)
    for masked in (True, False):
        found = tg.extract(result, around="C", unmask=not masked)
        folder = save_subgraph(found, tmp_path / str(masked))
        texts = [(folder / MANIFEST).read_text(encoding="utf-8")]
        texts += [repr(pl.read_parquet(path).rows()) for path in folder.rglob("*.parquet")]
        for name in ("wang", "Wang", "王小明"):
            assert any(name in text for text in texts) != masked
        assert json.loads(texts[0])["masked"] is masked


def test_the_end_of_a_persons_record_is_handed_on(run: tg.Run, tmp_path: Path) -> None:
    """A term may hang on what is not handed on: scored again, on another day, it ends as before."""
    found = tg.extract(run, evidence=WORST)
    folder = save_subgraph(found, tmp_path / "case")
    person = found.nodes.filter(pl.col("kind") == "person", pl.col("records") > 0)["id"][0]
    (stated,) = found.tables["records"].filter(entity=person)["ends_on"].to_list()
    (told,) = found.records.filter(entity=person)["ends_on"].to_list()
    assert stated == told is not None
    later: dict[str, Any] = {"as_of": "2028-01-15", "retention_on": "2028-01-15"}
    again = tg.score_input(folder, tmp_path / "case-run", **later)
    session = tg.open_session(run.register(), **later)
    for asked in (again, session):
        lines = tg.explain(asked, WORST)["ledger"]
        assert not any(line.get("record", {}).get("record") == "R-TG100009" for line in lines)


def test_the_command(run: tg.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "sub")
    command = ["extract", str(run.path), "--out", out]
    assert main([*command, "--around", WORST, "--budget", "4"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("4 parties, ")
    assert "8 of 12 parties stayed out: the budget is 4" in said
    assert main([*command, "--record", "R-TG100001"]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert main([*command, "--record", "R-TG100001", "--overwrite", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["nodes"] == 6
    assert main([*command, "--overwrite"]) == 2
    assert "give --around" in capsys.readouterr().err
    assert main([*command, "--around", "NOBODY", "--overwrite"]) == 2
    assert "no entity `NOBODY`" in capsys.readouterr().err
    assert open_subgraph(out).about["asked"]["record"] == "R-TG100001"


@pytest.mark.parametrize("how", ["nothing", "another version", "damaged", "missing"])
def test_what_is_no_subgraph_is_said(how: str, run: tg.Run, tmp_path: Path) -> None:
    folder = tmp_path / "sub"
    if how != "nothing":
        save_subgraph(tg.extract(run, evidence=WORST), folder)
    if how == "another version":
        about = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        (folder / MANIFEST).write_text(json.dumps({**about, "format": 99}), encoding="utf-8")
    elif how == "damaged":
        (folder / "graph" / "nodes.parquet").write_bytes(b"PAR1")
    elif how == "missing":
        (folder / "records.parquet").unlink()
    with pytest.raises(tg.UsageError) as found:
        open_subgraph(folder)
    assert str(folder) in str(found.value)

"""A hub of many, a request for a million: harmless, and said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import trustgraph as tg
from trustgraph.storage.mapped_rows import StoredRows
from trustgraph.subgraphs.words import cut_words

DAY: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
MANY = 5_000


@pytest.fixture(scope="module")
def session() -> tg.Session:
    """A company with five thousand suppliers, one of them a judgment defaulter."""
    ids = [f"S{number}" for number in range(MANY)]
    entities = {"id": ["HUB", *ids], "kind": ["company"] * (MANY + 1), "name": ["Hub", *ids]}
    held = {"source": ids, "target": ["HUB"] * MANY, "kind": ["supplier"] * MANY}
    record = {"id": ["R"], "entity": ["S4999"], "type": ["COURT_DEFAULTER"]}
    record |= {"decided_on": ["2026-01-10"]}
    frames = (pl.DataFrame(one) for one in (entities, held, record))
    return tg.open_session(tg.score(tg.check_tables(*frames), **DAY))


def test_a_hub_is_cut_and_the_telling_ones_stay(session: tg.Session, tmp_path: Path) -> None:
    found = tg.extract(session, around="HUB")
    assert len(found) == 300
    assert "S4999" in found.nodes["id"]
    assert "4,701 of 5,001 parties stayed out" in " ".join(cut_words(found.about))
    for name in ("svg", "html", "dot"):
        tg.export(found, name, tmp_path / name)
        assert "4,701 of 5,001" in (tmp_path / name).read_text("utf-8") or name == "dot"


def test_everybody_may_be_asked_for(session: tg.Session, tmp_path: Path) -> None:
    found = tg.extract(session, around="HUB", budget=1_000_000)
    assert len(found) == MANY + 1
    assert found.edges.height == MANY
    for name in ("gexf", "graphology", "neo4j", "ftm"):
        tg.export(found, name, tmp_path / name)
    with pytest.raises(tg.UsageError, match="5,001 parties make no picture: 3,000 at most"):
        tg.export(found, "svg", tmp_path / "svg")
    assert not (tmp_path / "svg").exists()
    with pytest.raises(tg.UsageError, match="a budget of 1000001 parties cannot be"):
        tg.extract(session, around="HUB", budget=1_000_001)


def test_whatever_is_asked_for_together_is_read_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much it is: what is kept of earlier questions may be less than one question needs."""
    tg.generate(tmp_path / "tables", companies=200)
    run = tg.score_input(tmp_path / "tables", tmp_path / "run", **DAY)
    monkeypatch.setattr("trustgraph.query.summary._REMEMBERED", 10)
    monkeypatch.setattr("trustgraph.query.session._REMEMBERED", 10)
    single: list[int] = []
    alone = StoredRows.row

    def row(rows: StoredRows, number: int) -> dict[str, Any]:
        single.append(number)
        return alone(rows, number)

    monkeypatch.setattr(StoredRows, "row", row)
    register = run.register()
    ids = [register.ids[number] for number in range(300)]
    found = tg.extract(run, around=ids, hops=0, budget=1_000)
    assert len(found) == 300
    assert found.records.height > 20
    assert len(single) < 20, "rows were read one by one"


def test_what_was_begun_and_not_ended_leaves_nothing(
    session: tg.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = tg.extract(session, around="HUB", hops=0)

    def failing(*_asked: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("trustgraph.exports.neo4j._cells", failing)
    monkeypatch.setattr("trustgraph.exports.gexf._node", failing)
    monkeypatch.setattr("trustgraph.exports.spreadsheets._write_cell", failing)
    for name in ("neo4j", "gexf", "xlsx"):
        with pytest.raises(tg.UsageError, match="writing failed: No space left on device"):
            tg.export(found, name, tmp_path / name)
    assert list(tmp_path.iterdir()) == []

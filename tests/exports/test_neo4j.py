"""Neo4j: CSV by the documented grammar of its import, Cypher that its grammar takes."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from exporting import extracted
from hostile import HOSTILE
from hypothesis import given, settings
from strategies import seeds

import trustgraph as tg
from trustgraph.exports.neo4j import write_cypher, write_neo4j
from trustgraph.exports.source import OfSubgraph

HEAD = re.compile(
    r"(?P<name>[a-z_]*)(:(?P<kind>ID|LABEL|START_ID|END_ID|TYPE|string|double|long|boolean|date"
    r"|string\[\])(\((?P<space>[A-Za-z]+)\))?)?"
)
KINDS: dict[str, Any] = {
    "string": str,
    "double": float,
    "long": int,
    "boolean": {"true": True, "false": False}.__getitem__,
    "date": dt.date.fromisoformat,
    "string[]": lambda text: text.split(";"),
}


def read(path: Path) -> list[dict[str, Any]]:
    """Rows as the import would take them: properties typed, empty cells left out."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    heads = [HEAD.fullmatch(one) for one in rows[0]]
    assert all(heads)
    found = []
    for row in rows[1:]:
        assert len(row) == len(heads)
        told: dict[str, Any] = {}
        for head, cell in zip(heads, row, strict=True):
            assert head is not None
            assert "\n" not in cell  # --multiline-fields=false
            kind = head["kind"] or "string"
            if cell or kind in {"ID", "START_ID", "END_ID", "TYPE", "LABEL"}:
                told[head["name"] or kind] = KINDS.get(kind, str)(cell)
        found.append(told)
    return found


def stated(row: dict[str, Any], but: set[str]) -> dict[str, Any]:
    return {
        name: value
        for name, value in row.items()
        if name not in but and value not in (None, "", [])
    }


@settings(max_examples=settings().max_examples // 5)
@given(seed=seeds)
def test_the_files_hold_what_the_tables_do(seed: int) -> None:
    found = extracted(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_neo4j(OfSubgraph(found), folder)
        parties, edges = read(folder / "parties.csv"), read(folder / "relationships.csv")
        records, on = read(folder / "records.csv"), read(folder / "records_on.csv")
        script = (folder / "import.sh").read_text(encoding="utf-8")
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    assert about["masked"] is False
    for file in ("parties", "relationships", "records", "records_on"):
        assert f"={file}.csv" in script
    assert [row["id"] for row in parties] == found.nodes["id"].to_list()
    assert len({row["id"] for row in parties}) == len(parties)
    for told, row in zip(parties, found.nodes.iter_rows(named=True), strict=True):
        assert told.pop("LABEL").split(";")[0] == "Party"
        assert stated(told, set()) == stated(row, set())
    known = {row["id"] for row in parties}
    for told, row in zip(edges, found.edges.iter_rows(named=True), strict=True):
        assert (told.pop("START_ID"), told.pop("END_ID")) == (row["source"], row["target"])
        assert told.pop("TYPE") == row["kind"].upper()
        assert told == stated(row, {"source", "target"})
        assert {row["source"], row["target"]} <= known
    assert [row["id"] for row in records] == found.records["id"].to_list()
    assert [(row["START_ID"], row["END_ID"]) for row in on] == found.records.select(
        "id", "entity"
    ).rows()


def test_ids_that_a_line_cannot_hold_stay_apart(tmp_path: Path) -> None:
    ids = ["A B", "A\nB", "A\rB", "A\x00B"]
    rows = [{"id": one, "kind": "company", "name": "N"} for one in ids]
    records = [
        {"id": one, "entity": one, "type": "COURT_DEFAULTER", "decided_on": "2026-01-10"}
        for one in ids
    ]
    tables = tg.check_tables(pl.DataFrame(rows), None, pl.DataFrame(records))
    result = tg.score(tables, as_of="2026-06-30", retention_on="2026-06-30")
    write_neo4j(OfSubgraph(tg.extract(result, around=ids, hops=0)), tmp_path)
    for file in ("parties", "records"):
        assert len({row["id"] for row in read(tmp_path / f"{file}.csv")}) == len(ids)
    known = {row["id"] for row in read(tmp_path / "parties.csv")}
    assert {row["END_ID"] for row in read(tmp_path / "records_on.csv")} == known


def statements_of(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    assert text.isascii()
    about, *lines = text.splitlines()
    assert json.loads(about.removeprefix("// trustgraph "))["asked"]
    return [line.removesuffix(";") for line in lines]


def faults_of(statement: str) -> list[str]:
    """What the grammar of Cypher says against a statement."""
    from antlr4 import CommonTokenStream, InputStream  # noqa: PLC0415  # may be missing
    from antlr4.error.ErrorListener import ErrorListener  # noqa: PLC0415  # as above
    from antlr4_cypher import CypherLexer, CypherParser  # noqa: PLC0415  # as above

    found: list[str] = []

    class Listener(ErrorListener):
        def syntaxError(self, *told: Any) -> None:  # noqa: N802  # the parser calls it so
            found.append(str(told[-2]))

    lexer = CypherLexer(InputStream(statement))
    parser = CypherParser(CommonTokenStream(lexer))
    for one in (lexer, parser):
        one.removeErrorListeners()
        one.addErrorListener(Listener())
    parser.script()
    return found


needs_grammar = pytest.mark.skipif(
    find_spec("antlr4_cypher") is None,
    reason="antlr4_cypher is not installed: make install-formats",
)


@needs_grammar
def test_the_grammar_takes_every_statement(tmp_path: Path) -> None:
    for seed in range(3):
        write_cypher(OfSubgraph(extracted(seed)), tmp_path / "x.cypher")
        for statement in statements_of(tmp_path / "x.cypher"):
            if statement.startswith("CREATE CONSTRAINT"):
                assert re.fullmatch(
                    r"CREATE CONSTRAINT \w+ IF NOT EXISTS FOR \(n:\w+\) REQUIRE n\.id IS UNIQUE",
                    statement,
                )
            else:
                assert not faults_of(statement), statement
    assert faults_of("UNWIND [ AS row MERGE (n)")


@needs_grammar
def test_names_cannot_leave_their_quotes(tmp_path: Path) -> None:
    usable = [text.encode("utf-8", "replace").decode() for text in HOSTILE]
    usable += [
        '"}] AS row DETACH DELETE n //',
        "\\",
        "\\u0022",
        "a\nb;\nMATCH (n) DETACH DELETE n;",
    ]
    rows = [{"id": f"H{n}", "kind": "company", "name": name} for n, name in enumerate(usable)]
    day = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
    result = tg.score(tg.check_tables(pl.DataFrame(rows)), **day)
    found = tg.extract(result, around=[row["id"] for row in rows], hops=0)
    write_cypher(OfSubgraph(found), tmp_path / "x.cypher")
    statements = statements_of(tmp_path / "x.cypher")
    assert len(statements) == 3  # two constraints, one batch
    assert not faults_of(statements[2])
    for name in found.nodes["name"]:
        assert f"name: {json.dumps(name)}" in statements[2]

"""FollowTheMoney: directions and shares as its users read them; its own library drops nothing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from exporting import source_of
from places import PROJECT

import trustgraph as tg
from trustgraph.exports.ftm import write_ftm
from trustgraph.exports.source import OfSubgraph

PYTHON = PROJECT / ".venv-ftm" / "bin" / "python"
READER = """
import json, sys
from followthemoney import model
for line in open(sys.argv[1], encoding="utf-8"):
    told = json.loads(line)
    back = model.get_proxy(told, cleaned=False)
    kept = back.to_dict()["properties"]
    for name, values in told["properties"].items():
        if sorted(kept.get(name, [])) != sorted(values):
            print(told["schema"], name, values, kept.get(name))
    for name in back.schema.required:
        if not back.has(name):
            print(told["schema"], "lacks", name)
    for prop, value in back.itervalues():
        if prop.type.name == "entity":
            print("REF", prop.range.name, value)
    print("ENTITY", told["id"], *sorted(one.name for one in back.schema.schemata))
"""
KINDS = [
    *("legal_representative", "director", "supervisor", "senior_manager", "responsible_person"),
    *("employee", "actual_controller", "shareholder", "branch", "supplier", "guarantor"),
    *("contractor", "consortium", "successor", "affiliate", "possibly_same"),
]
DAY: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def told(tmp_path: Path, held: list[dict[str, Any]]) -> list[dict[str, Any]]:
    entities = pl.DataFrame(
        {
            "id": ["P", "C", "D", "B", "S"],
            "kind": ["person", "company", "company", "branch", "public_body"],
            "name": ["王小明", "示例贸易有限公司", "Best", "示例贸易分公司", "SASAC"],
            "uscc": [None, "91110000600037341L", None, None, None],
            "jurisdiction": [None, "CN", None, None, None],
        }
    )
    records = pl.DataFrame(
        {
            "id": ["R", "H"],
            "entity": ["C", "C"],
            "type": ["COURT_DEFAULTER", "RED_TAX_A"],
            "decided_on": ["2026-01-10", "2026-02-01"],
            "doc_no": ["（2026）1", None],
        }
    )
    tables = tg.check_tables(entities, pl.DataFrame(held, infer_schema_length=None), records)
    found = tg.extract(tg.score(tables, **DAY), around="C", hops=3)
    write_ftm(OfSubgraph(found), tmp_path / "x.ftm.json")
    return lines_of(tmp_path / "x.ftm.json")


def test_who_owns_whom_and_how_much(tmp_path: Path) -> None:
    rows = told(
        tmp_path,
        [
            {"source": "P", "target": "C", "kind": "shareholder", "share": 0.6}
            | {"start": "2021-03-01", "end": "2026-01-01"},
            {"source": "S", "target": "C", "kind": "shareholder", "share_min": 0.2}
            | {"share_max": 0.4},
            {"source": "P", "target": "C", "kind": "director"},
            {"source": "C", "target": "B", "kind": "branch"},
            {"source": "D", "target": "B", "kind": "shareholder", "share": 0.1},
            {"source": "C", "target": "D", "kind": "supplier", "share": 0.3},
        ],
    )
    by_id = {row["id"]: row for row in rows}
    masked = next(row for row in rows if row["schema"] == "Person")
    assert "王" not in json.dumps(rows, ensure_ascii=False)
    owned = [row["properties"] for row in rows if row["schema"] == "Ownership"]
    assert {tuple(one["percentage"]) for one in owned} == {("20%-40%",)}  # the other has ended
    assert [one["asset"] for one in owned] == [["tg-C"]]
    assert [one["owner"] for one in owned] == [["tg-S"]]
    assert masked["properties"]["name"][0].startswith("Person ")
    assert by_id["tg-B"]["schema"] == "Organization"
    assert by_id["tg-B"]["properties"]["parent"] == ["tg-C"]
    links = [row["properties"] for row in rows if row["schema"] == "UnknownLink"]
    assert [(one["subject"], one["object"]) for one in links if one["role"] == ["supplier"]] == [
        (["tg-C"], ["tg-D"])
    ]
    # A branch is no asset there.
    (held,) = (one for one in links if one["role"] == ["shareholder"])
    assert (held["subject"], held["object"], held["summary"]) == (["tg-D"], ["tg-B"], ["share 10%"])
    company = by_id["tg-C"]["properties"]
    assert company["uscCode"] == ["91110000600037341L"]
    assert company["jurisdiction"] == ["cn"]
    assert company["topics"] == ["debarment"]
    listed = {row["schema"]: row["properties"] for row in rows if row["id"].startswith("tg-record")}
    assert listed["Sanction"]["listingDate"] == ["2026-01-10"]
    assert listed["Sanction"]["recordId"] == ["（2026）1"]
    assert listed["Risk"]["entity"] == ["tg-C"]


def test_a_past_stake_keeps_its_days(tmp_path: Path) -> None:
    entities = pl.DataFrame({"id": ["A", "C"], "kind": ["company"] * 2, "name": ["A", "C"]})
    held = {"source": ["A"], "target": ["C"], "kind": ["shareholder"], "share": [0.51]}
    held |= {"start": ["2021-03-01"], "end": ["2026-01-01"]}
    result = tg.score(tg.check_tables(entities, pl.DataFrame(held)), **DAY)
    found = tg.extract(result, around="C", past=True)
    write_ftm(OfSubgraph(found), tmp_path / "x")
    (stake,) = (row for row in lines_of(tmp_path / "x") if row["schema"] == "Ownership")
    assert stake["properties"]["percentage"] == ["51%"]
    assert stake["properties"]["startDate"] == ["2021-03-01"]
    assert stake["properties"]["endDate"] == ["2026-01-01"]


@pytest.mark.skipif(not PYTHON.exists(), reason="FollowTheMoney is not there: make install-ftm")
def test_its_own_library_drops_nothing(tmp_path: Path) -> None:
    ends = [
        {"source": source, "target": target, "kind": kind}
        for kind in KINDS
        for source, target in (("P", "C"), ("C", "D"), ("S", "B"), ("D", "S"), ("C", "P"))
    ]
    everything = told(tmp_path, ends)
    assert {row["schema"] for row in everything} >= {"Control", "Membership", "Succession"}
    with (tmp_path / "x.ftm.json").open("a", encoding="utf-8") as out:
        for seed in range(20):
            write_ftm(source_of(seed), tmp_path / "more")
            for row in lines_of(tmp_path / "more"):
                alone = json.dumps(row, ensure_ascii=False).replace('"tg-', f'"tg-{seed}-')
                out.write(alone + "\n")
    done = subprocess.run(  # noqa: S603  # ours
        [PYTHON, "-c", READER, tmp_path / "x.ftm.json"],
        capture_output=True,
        text=True,
        check=True,
    )
    schemata: dict[str, set[str]] = {}
    wanted: list[tuple[str, str]] = []
    for line in done.stdout.splitlines():
        mark, *rest = line.split(" ")
        if mark == "ENTITY":
            schemata[rest[0]] = set(rest[1:])
        elif mark == "REF":
            wanted.append((rest[1], rest[0]))
        else:
            pytest.fail(line)
    assert len(schemata) > 100
    for entity, schema in wanted:  # whoever is referred to is there, and of the schema it must be
        assert schema in schemata[entity], (entity, schema)

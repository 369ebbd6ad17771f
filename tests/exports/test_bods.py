"""BODS 0.4: the published schema takes it, parties stand before what refers to them."""

from __future__ import annotations

import json
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from exporting import extracted
from hypothesis import given, settings
from strategies import seeds

import trustgraph as tg
from trustgraph.exports.bods import write_bods
from trustgraph.exports.source import OfSubgraph

needs_schema = pytest.mark.skipif(
    find_spec("libcovebods") is None, reason="libcovebods is not installed: make install-formats"
)
DAY: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}


@pytest.fixture(scope="module")
def validator() -> Any:
    from jsonschema import Draft202012Validator, FormatChecker  # noqa: PLC0415  # may be missing
    from referencing import Registry, Resource  # noqa: PLC0415  # as above

    folder = files("libcovebods") / "data" / "schema-0-4-0"
    schemas = [
        json.loads(one.read_text(encoding="utf-8"))
        for one in folder.iterdir()
        if one.name.endswith(".json") and not one.name.startswith("codelist")
    ]
    registry: Any = Registry().with_resources(
        (one["$id"], Resource.from_contents(one)) for one in schemas
    )
    whole = next(one for one in schemas if "statement" in one["$id"])
    return Draft202012Validator(whole, registry=registry, format_checker=FormatChecker())


def written(found: tg.Subgraph, path: Path) -> tuple[list[dict[str, Any]], dict[str, int]]:
    left = write_bods(OfSubgraph(found), path)
    return json.loads(path.read_text(encoding="utf-8")), left


@needs_schema
@settings(max_examples=settings().max_examples // 5)
@given(seed=seeds)
def test_the_published_schema_takes_it(
    seed: int, validator: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for unmask in (True, False):
        found = extracted(seed, unmask=unmask)
        said, left = written(found, tmp_path_factory.mktemp("bods") / "x.json")
        faults = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(said)]
        assert not faults
        known: set[str] = set()
        for one in said:
            if one["recordType"] == "relationship":
                told = one["recordDetails"]
                assert {told["subject"], told["interestedParty"]} <= known
            known.add(one["recordId"])
        assert len({one["statementId"] for one in said}) == len(said)
        counts = [one["recordType"] for one in said]
        assert counts.count("relationship") + sum(left.values()) == found.edges.height
        assert len(said) - counts.count("relationship") == found.nodes.height


def test_directions_shares_and_ends(tmp_path: Path) -> None:
    entities = pl.DataFrame(
        {
            "id": ["A", "C", "P"],
            "kind": ["company", "company", "person"],
            "name": ["Acme", "示例贸易有限公司", "王小明"],
            "name_en": [None, "Sample Trading", None],
            "uscc": [None, "91110000600037341L", None],
            "jurisdiction": ["HK", "CN", None],
        }
    )
    held = [
        {"source": "A", "target": "C", "kind": "shareholder", "share": 0.6}
        | {"start": "2021-03-01", "end": "2026-01-01"},
        {"source": "P", "target": "C", "kind": "shareholder", "share_min": 0.25}
        | {"share_max": 0.4},
        {"source": "P", "target": "C", "kind": "director"},
        {"source": "A", "target": "C", "kind": "supplier"},
    ]
    record = {
        "id": ["R"],
        "entity": ["C"],
        "type": ["COURT_DEFAULTER"],
        "decided_on": ["2026-01-10"],
    }
    tables = tg.check_tables(
        entities, pl.DataFrame(held, infer_schema_length=None), pl.DataFrame(record)
    )
    found = tg.extract(tg.score(tables, **DAY), around="C", past=True)
    said, left = written(found, tmp_path / "x.json")
    assert left == {"supplier": 1}
    assert "王" not in json.dumps(said, ensure_ascii=False)
    by_id = {one["recordId"]: one for one in said}
    company = by_id["C"]["recordDetails"]
    assert company["jurisdiction"] == {"name": "CN", "code": "CN"}
    assert company["identifiers"][0]["scheme"] == "CN-SAIC"
    notes = [one["description"] for one in by_id["C"]["annotations"]]
    assert "score" in notes[0]
    assert "2026-01-10" in notes[1]
    person = next(one for one in said if one["recordType"] == "person")
    assert person["recordDetails"] == {"isComponent": False, "personType": "anonymousPerson"}
    interests = {
        (one["recordDetails"]["interestedParty"], one["recordDetails"]["interests"][0]["type"]): one
        for one in said
        if one["recordType"] == "relationship"
    }
    assert {one["recordDetails"]["subject"] for one in interests.values()} == {"C"}
    own = interests["A", "shareholding"]["recordDetails"]["interests"][0]
    assert own["share"] == {"exact": 60.0}
    # An interest is dropped on its end: the first day on which the stake is no longer held.
    assert (own["startDate"], own["endDate"]) == ("2021-03-01", "2026-01-01")
    of_person = interests[person["recordId"], "shareholding"]["recordDetails"]["interests"][0]
    assert of_person["share"] == {"minimum": 25.0, "maximum": 40.0}
    assert (person["recordId"], "boardMember") in interests


def test_a_snapshot_by_the_rule_of_the_viewers_is_what_is_in_force(tmp_path: Path) -> None:
    """Statements after the day, closed ones and interests that have ended are dropped."""
    for seed in range(40):
        found = extracted(seed)
        said, _ = written(found, tmp_path / "x.json")
        day = found.about["as_of"]
        shown = {
            one["recordId"].removeprefix("relationship-")
            for one in said
            if one["recordType"] == "relationship"
            and one["statementDate"] <= day
            and not any(
                interest.get("endDate", "9999") <= day or interest.get("startDate", "") > day
                for interest in one["recordDetails"]["interests"]
            )
        }
        kinds = ["shareholder", "actual_controller", "legal_representative", "senior_manager"]
        kinds += ["director", "supervisor"]
        people = set(found.nodes.filter(kind="person")["id"])
        live = found.edges.filter(pl.col("current") & pl.col("kind").is_in(kinds))
        wanted = {str(row["id"]) for row in live.to_dicts() if row["target"] not in people}
        assert shown == wanted

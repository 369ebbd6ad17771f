"""Stories that a lawyer could write (cases/*.toml), run through the whole of scoring."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

import polars as pl
import pytest
from places import TESTS

import trustgraph as tg
from trustgraph.policy import Policy

CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted((TESTS / "cases").glob("*.toml"))
    for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
]
COLUMNS = {
    "share": pl.Float64,
    "share_min": pl.Float64,
    "share_max": pl.Float64,
    "confidence": pl.Float64,
    "amount": pl.Float64,
    **dict.fromkeys(
        ("start", "end", "decided_on", "published_on", "ends_on", "repaired_on", "consulted_on"),
        pl.Date,
    ),
}


@cache
def pack(name: str) -> Policy:
    return tg.read_policy(name)


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    columns = sorted({key for row in rows for key in row})
    schema = {key: COLUMNS.get(key, pl.String) for key in columns}
    return pl.DataFrame(rows, schema=schema)


def matches(row: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(row.get(key) == value for key, value in wanted.items())


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any]) -> None:
    tables = tg.check_tables(
        frame([{"name": row["id"], **row} for row in case["entities"]]),
        frame(case["relationships"]) if case.get("relationships") else None,
        frame(case["records"]) if case.get("records") else None,
        frame(case["consultations"]) if case.get("consultations") else None,
    )
    assert tables.rejected.is_empty(), tables.rejected.to_dicts()
    result = tg.score(
        tables,
        pack(case.get("policy", "cn-national")),
        as_of=case["as_of"],
        retention_on=case.get("retention_on", case["as_of"]),
    )
    assert result.tables.rejected.is_empty(), result.tables.rejected.to_dicts()
    consequences = result.consequences.to_dicts()
    for wanted in case.get("expect", []):
        assert any(matches(row, wanted) for row in consequences), (wanted, consequences)
    for unwanted in case.get("forbid", []):
        assert not any(matches(row, unwanted) for row in consequences), (unwanted, consequences)
    scores = {row["entity"]: row for row in result.scores.to_dicts()}
    for entity, grade in case.get("grades", {}).items():
        assert scores[entity]["grade"] == grade
    for entity, points in case.get("scores", {}).items():
        assert scores[entity]["score"] == points
    control = result.control.to_dicts()
    for wanted in case.get("control", []):
        assert any(matches(row, wanted) for row in control), (wanted, control)
    for unwanted in case.get("no_control", []):
        assert not any(matches(row, unwanted) for row in control), (unwanted, control)
    exposure = [row for row in result.lines.to_dicts() if row["line"] == "exposure"]
    for wanted in case.get("exposed", []):
        assert any(matches(row, wanted) for row in exposure), (wanted, exposure)
    for unwanted in case.get("unexposed", []):
        assert not any(matches(row, unwanted) for row in exposure), (unwanted, exposure)


def test_there_are_cases() -> None:
    assert CASES, "tests/cases holds no case"

"""Coverage: what counts as known, of whom, and when it is too old."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

import trustgraph as tg
from trustgraph.coverage.coverage import items_of

PACK = """
[pack]
name = "p"
[[grade]]
code = "A"
from = 0
[[record]]
code = "X"
points = -10
dimension = "legal"
[[coverage]]
item = "identifier"
weight = 1
[[coverage]]
item = "status"
weight = 2
[[coverage]]
item = "ownership"
reached = 0.995
weight = 4
kinds = ["company"]
[[coverage]]
item = "relationship"
code = "chief"
any_of = ["legal_representative.backward", "affiliate.forward"]
weight = 8
[[coverage]]
item = "source"
code = "courts"
types = ["X"]
max_age_months = 6
weight = 16
"""
DAY = dt.date(2026, 6, 30)
USCC = "91110000600037341L"


def coverage(tmp_path: Path, **tables: list[dict[str, object]]) -> dict[str, float]:
    (tmp_path / "pack.toml").write_text(PACK, encoding="utf-8")
    frames = {name: pl.DataFrame(rows) for name, rows in tables.items()}
    checked = tg.check_tables(**frames)
    assert checked.rejected.is_empty(), checked.rejected.to_dicts()
    result = tg.score(checked, tmp_path, as_of=DAY)
    found = dict(result.scores.select("entity", "coverage").iter_rows())
    for entity, covered in found.items():  # item by item, of one entity alone
        number = result.register.number_of(entity)
        assert number is not None
        items = items_of(result.register, result.policy, number, as_of=DAY)
        known = sum(item.weight for item, known in items if known)
        assert known == pytest.approx(covered * sum(item.weight for item, _ in items))
    return found


def company(**more: object) -> dict[str, object]:
    return {"id": "C", "kind": "company", "name": "C", **more}


PERSON = {"id": "P", "kind": "person", "name": "P"}


def test_nothing_known_is_nothing(tmp_path: Path) -> None:
    assert coverage(tmp_path, entities=[company()]) == {"C": 0.0}


def test_a_valid_identifier_and_a_status(tmp_path: Path) -> None:
    assert coverage(tmp_path, entities=[company(uscc=USCC)]) == {"C": 1 / 31}
    wrong = coverage(tmp_path, entities=[company(uscc=USCC[:-1] + "2")])
    assert wrong == {"C": 0.0}
    assert coverage(tmp_path, entities=[company(status="active")]) == {"C": 2 / 31}
    assert coverage(tmp_path, entities=[company(lei="5493001KJTIIGC8Y1R12")]) == {"C": 1 / 31}


@pytest.mark.parametrize(
    ("shares", "known"), [([1.0], 4), ([0.6, 0.395], 4), ([0.6, 0.39], 0), ([0.6, None], 0)]
)
def test_owners_reach_the_whole(tmp_path: Path, shares: list[float | None], known: int) -> None:
    links = [{"source": "P", "target": "C", "kind": "shareholder", "share": s} for s in shares]
    found = coverage(tmp_path, entities=[company(), PERSON], relationships=links)
    assert found == {"C": known / 31}


@pytest.mark.parametrize(("other", "known"), [(0.0, 0), (0.4, 0), (1.0, 4)])
def test_an_entity_is_no_known_owner_of_itself(tmp_path: Path, other: float, known: int) -> None:
    links = [
        {"source": "C", "target": "C", "kind": "shareholder", "share": 1.0 - other},
        {"source": "P", "target": "C", "kind": "shareholder", "share": other},
    ]
    found = coverage(tmp_path, entities=[company(), PERSON], relationships=links)
    assert found == {"C": known / 31}


def test_a_relationship_must_be_in_force(tmp_path: Path) -> None:
    link = {"source": "P", "target": "C", "kind": "legal_representative"}
    found = coverage(tmp_path, entities=[company(), PERSON], relationships=[link])
    assert found == {"C": 8 / 31}
    ended = [{**link, "end": DAY}]
    assert coverage(tmp_path, entities=[company(), PERSON], relationships=ended) == {"C": 0.0}
    other = {"id": "D", "kind": "branch", "name": "D"}
    both = [{"source": "D", "target": "C", "kind": "affiliate"}]
    found = coverage(tmp_path, entities=[company(), other], relationships=both)
    assert found == {"C": 8 / 31, "D": 8 / 27}  # nobody owns a branch


@pytest.mark.parametrize(
    ("day", "source", "entity", "known"),
    [
        (DAY, "courts", "C", 16),
        (DAY, "X", "C", 16),  # a record type of the source says as much
        (DAY, "courts", None, 16),  # searched for everyone
        (DAY, "courts", "D", 0),
        (DAY, "tax", "C", 0),
        (dt.date(2025, 12, 30), "courts", "C", 16),
        (dt.date(2025, 12, 29), "courts", "C", 0),  # more than six months ago
        (dt.date(2026, 7, 1), "courts", "C", 0),  # not yet
    ],
)
def test_sources_are_known_when_searched(
    tmp_path: Path, day: dt.date, source: str, entity: str | None, known: int
) -> None:
    other = {"id": "D", "kind": "company", "name": "D"}
    searched = pl.DataFrame(
        [{"source": source, "consulted_on": day, "entity": entity}],
        schema={"source": pl.String, "consulted_on": pl.Date, "entity": pl.String},
    ).to_dicts()
    (tmp_path / "pack.toml").write_text(PACK, encoding="utf-8")
    checked = tg.check_tables(
        pl.DataFrame([company(), other]),
        consultations=pl.DataFrame(
            searched,
            schema={"source": pl.String, "consulted_on": pl.Date, "entity": pl.String},
        ),
    )
    found = dict(
        tg.score(checked, tmp_path, as_of=DAY).scores.select("entity", "coverage").iter_rows()
    )
    assert found["C"] == known / 31

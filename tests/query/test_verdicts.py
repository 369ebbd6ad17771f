"""The first lines of answers: what a reader must know before any number, in both languages."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

import trustgraph as tg
from trustgraph.query.explain_text import explanation_lines
from trustgraph.query.owners_text import owned_lines, owners_lines

DAY = dt.date(2026, 6, 30)


@pytest.fixture(scope="module")
def result() -> tg.Result:
    """One made-up register under the pack that asks who is blocked by US lists."""
    rows: list[dict[str, Any]] = [
        {"id": "GONE", "name": "Gone Trading", "status": "deregistered"},
        {"id": "REVOKED", "name": "Revoked Mills", "status": "revoked"},
        {"id": "SDN", "name": "Listed Shipping", "status": "active"},
        {"id": "SUB", "name": "Blocked Sub", "status": "active"},
        {"id": "HALF", "name": "Doubtful Sub", "status": "active"},
        {"id": "OPEN", "name": "Open Since 2019", "status": "active"},
        {"id": "PAID", "name": "Term Over", "status": "active"},
        {"id": "BVI", "name": "Shell Holdings", "status": "active", "jurisdiction": "VG"},
        {"id": "CN", "name": "Known Company", "status": "active", "jurisdiction": "CN"},
    ]
    entities = pl.DataFrame([{"kind": "company", "jurisdiction": None, **row} for row in rows])
    owners = pl.DataFrame(
        {
            "source": ["SDN", "SDN"],
            "target": ["SUB", "HALF"],
            "kind": "shareholder",
            "share": [0.5, None],
        }
    )
    records = pl.DataFrame(
        [
            {"id": "R1", "entity": "SDN", "type": "US_SDN", "decided_on": dt.date(2024, 5, 1)},
            {
                "id": "R2",
                "entity": "OPEN",
                "type": "COURT_DEFAULTER",
                "decided_on": dt.date(2019, 3, 1),
            },
            {
                "id": "R3",
                "entity": "PAID",
                "type": "COURT_DEFAULTER",
                "decided_on": dt.date(2019, 3, 1),
                "ground": "违反财产报告制度",
            },
        ]
    )
    sources = ("courts", "samr", "tax", "penalties", "wages", "procurement")
    searched = pl.DataFrame({"source": sources, "consulted_on": DAY, "entity": None})
    tables = tg.check_tables(entities, owners, records, searched.cast({"entity": pl.String}))
    assert tables.rejected.is_empty()
    return tg.score(tables, "ofac-50", as_of=DAY, retention_on=DAY)


FIRST = {
    "GONE": (["DEREGISTERED", "NOT_RATED"], "NR", "status", "DEREGISTERED", "已注销"),
    "REVOKED": (["REVOKED"], "D", "status", "LICENCE REVOKED", "已吊销"),
    "SDN": (["BLOCKED", "US_BLOCKED"], "D", "record", "BLOCKED · Property", "被封锁；财产"),
    "SUB": (["BLOCKED"], "D", "blocked", "BLOCKED", "被封锁"),
    "HALF": (["POSSIBLY_BLOCKED", "NOT_RATED"], "NR", "coverage", "POSSIBLY BLOCKED", "可能被封锁"),
    "OPEN": (
        ["LISTED", "M_MARKET_ENTRY", "M_PROCUREMENT", "OLD"],
        *("D", "band", "ON A BLACK LIST", "已列入失信名单"),
    ),
    "PAID": (["NOT_RATED"], "NR", "coverage", "NOT RATED", "不予评级"),
    "BVI": (["NOT_RATED"], "NR", "coverage", "NOT RATED", "不予评级"),
}


@pytest.mark.parametrize("entity", FIRST)
def test_the_first_line(entity: str, result: tg.Result) -> None:
    verdicts, grade, reason, english, chinese = FIRST[entity]
    told = tg.explain(result, entity)
    assert [verdict["verdict"] for verdict in told["verdicts"]] == verdicts
    assert (told["grade"], told["grade_reason"]) == (grade, reason)
    assert next(explanation_lines(told)).startswith(english)
    there = tg.explain(result, entity, lang="zh")
    assert next(explanation_lines(there, "zh")).startswith(chinese)
    (row,) = result.scores.filter(entity=entity).to_dicts()
    assert (row["grade"], row["grade_reason"]) == (grade, reason)
    assert row["verdicts"] == verdicts


def test_a_source_covers_whom_it_can_know(result: tg.Result) -> None:
    """The mainland's registers were searched for all: that says nothing of a BVI company."""
    known = {
        entity: {
            item["code"] for item in tg.explain(result, entity)["coverage_items"] if item["known"]
        }
        for entity in ("CN", "BVI")
    }
    assert known["BVI"] == {"status"}
    assert known["CN"] == {"status", "courts", "samr", "tax", "penalties", "wages", "procurement"}


def test_of_whom_something_is_said_it_is_not_said_that_nothing_reaches_it(
    result: tg.Result,
) -> None:
    nothing = "No legal consequence reaches this party."
    for entity in FIRST:
        lines = list(explanation_lines(tg.explain(result, entity)))
        assert (nothing in lines) == (entity in ("PAID", "BVI"))


def test_nothing_lapses_in_silence(result: tg.Result) -> None:
    told = tg.explain(result, "PAID")
    (over,) = told["other_records"]
    assert (over["record"], over["why"], over["end"]) == ("R3", "ended_by_term", "term")
    assert over["ends_on"] == "2021-03-01"
    said = "Judgment-defaulter list · R3 · decided 2019-03-01 · ended by its term on 2021-03-01"
    assert f"  {said}" in list(explanation_lines(told))
    (stands,) = tg.explain(result, "OPEN")["records"]
    assert (stands["end"], stands["old"]) == ("open", True)


def test_a_stale_search_says_when_it_was() -> None:
    entities = pl.DataFrame(
        {"id": ["A"], "kind": ["company"], "name": ["A"], "jurisdiction": ["CN"]}
    )
    searched = pl.DataFrame({"source": ["courts"], "consulted_on": [dt.date(2026, 1, 2)]})
    tables = tg.check_tables(entities, consultations=searched)
    told = tg.explain(tg.score(tables, as_of=DAY, retention_on=DAY), "A")
    (courts,) = (item for item in told["coverage_items"] if item["code"] == "courts")
    assert (courts["known"], courts["searched_on"]) == (False, "2026-01-02")
    lines = "\n".join(explanation_lines(told))
    assert "Court enforcement lists (last searched on 2026-01-02)" in lines


def test_a_nominee_is_no_known_owner() -> None:
    entities = pl.DataFrame(
        {
            "id": ["A", "N", "P"],
            "kind": ["company", "company", "person"],
            "name": ["A", "Nominees", "Wu Ming"],
            "legal_form": [None, "nominee", None],
        }
    )
    for owner, known in (("N", False), ("P", True)):
        stake = {"source": [owner], "target": ["A"], "kind": ["shareholder"], "share": [1.0]}
        tables = tg.check_tables(entities, pl.DataFrame(stake))
        told = tg.explain(tg.score(tables, as_of=DAY, retention_on=DAY), "A")
        (item,) = (item for item in told["coverage_items"] if item["code"] == "ownership")
        assert item["known"] is known


def test_26_percent_is_not_called_control() -> None:
    """25 + 33.34 + 41.67 = 100.01 %: the first is a 25 % owner all the same, and no controller."""
    names = ["A", "P1", "P2", "P3"]
    kinds = ["company", "person", "person", "person"]
    entities = pl.DataFrame({"id": names, "kind": kinds, "name": names})
    stakes = pl.DataFrame(
        {
            "source": ["P1", "P2", "P3"],
            "target": "A",
            "kind": "shareholder",
            "share": [0.25, 0.3334, 0.4167],
        }
    )
    found = tg.score(tg.check_tables(entities, stakes), as_of=DAY, retention_on=DAY)
    rows = found.scoring.control.select("owner", "controller", "beneficial_owner").rows()
    assert rows == [(owner, "no", "yes") for owner in ("P1", "P2", "P3")]
    told = tg.explain(found, "A")["ownership"]
    assert told["controllers"] == []
    assert len(told["beneficial_owners"]) == 3


# --- Rules of ownership that changed --------------------------------------------------------------


def owned_half(record_type: str) -> tg.Tables:
    """H, of which a listed party holds exactly a half, and M, of which it holds more."""
    rows = [{"id": name, "kind": "company", "name": f"Firm {name}"} for name in "LHM"]
    held = [
        {"source": "L", "target": target, "kind": "shareholder", "share": share}
        for target, share in (("H", 0.5), ("M", 0.6))
    ]
    records = [{"id": "R", "entity": "L", "type": record_type, "decided_on": dt.date(2024, 1, 5)}]
    return tg.check_tables(pl.DataFrame(rows), pl.DataFrame(held), pl.DataFrame(records))


def first_lines(tables: tg.Tables, policy: str, day: str, entity: str, lang: Any = "en") -> str:
    result = tg.score(tables, policy, as_of=day, retention_on=day)
    lines = list(explanation_lines(tg.explain(result, entity, lang=lang), lang))
    return "\n".join(lines[:4])


@pytest.mark.parametrize(
    ("policy", "record_type", "day", "half", "more"),
    [
        ("eu-50", "EU_LIST", "2024-07-02", False, True),
        ("eu-50", "EU_LIST", "2024-07-03", True, True),
        ("uk-50", "UK_LIST", "2026-11-27", False, True),
        ("ofac-50", "US_SDN", "2026-11-27", True, True),
        ("ofac-50", "US_EL", "2026-11-27", False, False),
        ("bis-affiliates", "US_EL", "2025-09-01", False, False),
        ("bis-affiliates", "US_EL", "2025-10-15", True, True),
        ("bis-affiliates", "US_EL", "2026-03-01", False, False),
        ("bis-affiliates", "US_EL", "2026-11-27", True, True),
    ],
)
def test_what_is_owned_to_a_half_by_the_rule_of_the_day(
    policy: str, record_type: str, day: str, half: bool, more: bool
) -> None:
    tables = owned_half(record_type)
    for entity, blocked in (("H", half), ("M", more)):
        assert first_lines(tables, policy, day, entity).startswith("BLOCKED") == blocked
        assert first_lines(tables, policy, day, entity, "zh").startswith("被封锁") == blocked


@pytest.mark.parametrize(
    ("day", "english", "chinese"),
    [
        ("2025-09-01", "was not in force before 2025-09-29", "2025年9月29日方生效"),
        (
            "2025-10-15",
            "the licence requirement of listed owners applies",
            "适用被列股东的许可要求",
        ),
        ("2026-03-01", "was suspended from 2025-11-10 to 2026-11-09", "暂停"),
        ("2026-11-27", "is in force on this day is not certain", "是否有效尚不确定"),
    ],
)
def test_an_uncertain_rule_says_so_beside_every_answer(
    day: str, english: str, chinese: str
) -> None:
    tables = owned_half("US_EL")
    result = tg.score(tables, "bis-affiliates", as_of=day, retention_on=day)
    for entity in "HML":
        for lang, words in (("en", english), ("zh", chinese)):
            answers = [
                "\n".join(list(explanation_lines(tg.explain(result, entity, lang=lang), lang))[:4]),
                "\n".join(owners_lines(tg.owners(result, entity, lang=lang), lang)),
                "\n".join(owned_lines(tg.owned(result, entity, lang=lang), lang)),
            ]
            for said in answers:
                assert "NOTE: " in said or "提示：" in said
                assert words in said


@pytest.mark.parametrize(
    ("lang", "step"), [("en", "is possibly the same as (70%)"), ("zh", "可能系同一主体（70%）")]
)
def test_who_is_possibly_the_same_is_shown_with_its_confidence(lang: Any, step: str) -> None:
    kinds = {"C": "company", "W1": "person", "W2": "person"}
    entities = pl.DataFrame([{"id": i, "kind": k, "name": f"N {i}"} for i, k in kinds.items()])
    rows = [
        {"source": "W1", "target": "C", "kind": "legal_representative", "confidence": None},
        {"source": "W2", "target": "W1", "kind": "possibly_same", "confidence": 0.7},
    ]
    records = [{"id": "R", "entity": "C", "type": "COURT_DEFAULTER", "decided_on": DAY}]
    tables = tg.check_tables(entities, pl.DataFrame(rows), pl.DataFrame(records))
    result = tg.score(tables, as_of=DAY, retention_on=DAY)
    told = tg.explain(result, "W2", lang=lang, unmask=True)
    limits = next(item for item in told["consequences"] if item["rule"] == "P01")
    assert limits["status"] == "possible"
    assert limits["names"] == ["N C", "N W1", "N W2"]
    assert limits["steps"][-1]["words"].endswith(step)
    assert step in "\n".join(explanation_lines(told, lang))

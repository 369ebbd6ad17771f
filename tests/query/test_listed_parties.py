"""Whoever is listed, owned by the listed or one with them never looks clean; cases of a lawyer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

import trustgraph as tg
from trustgraph.query.explain_text import explanation_lines
from trustgraph.query.owners_text import owners_lines

DAY = dt.date(2026, 11, 20)
NOTHING = "No legal consequence reaches this party."
Rows = list[dict[str, Any]]


def told_of(
    entities: Rows, relationships: Rows, records: Rows, pack: str, as_of: dt.date = DAY
) -> tg.Result:
    frames = [
        pl.DataFrame(rows, infer_schema_length=None) if rows else None
        for rows in (
            [{"kind": "company", "name": f"Firm {row['id']}", **row} for row in entities],
            [{"kind": "shareholder", **row} for row in relationships],
            [{"decided_on": "2020-01-01", **row} for row in records],
        )
    ]
    tables = tg.check_tables(*frames)
    assert tables.rejected.is_empty()
    return tg.score(tables, pack, as_of=as_of, retention_on=as_of)


def lines_of(result: tg.Result, entity: str, lang: Any = "en") -> list[str]:
    return list(explanation_lines(tg.explain(result, entity, lang=lang), lang))


@pytest.mark.parametrize(
    ("pack", "type_", "verdict"),
    [
        ("ofac-50", "US_SDN", "US_BLOCKED"),
        ("eu-50", "EU_LIST", "EU_FREEZE"),
        ("uk-50", "UK_LIST", "UK_FREEZE"),
    ],
)
@pytest.mark.parametrize("kind", ["person", "company"])
def test_who_is_listed_is_told_so_first(pack: str, type_: str, verdict: str, kind: str) -> None:
    rows = [{"id": "P", "kind": kind}, {"id": "X"}]
    result = told_of(rows, [], [{"id": "R", "entity": "P", "type": type_}], pack)
    told = tg.explain(result, "P")
    assert [one["verdict"] for one in told["verdicts"]][:2] == ["BLOCKED", verdict]
    assert (told["ownership"]["blocked"], told["ownership"]["listed"]) == ("yes", True)
    lines = lines_of(result, "P")
    assert lines[0].startswith("BLOCKED")
    assert lines_of(result, "P", "zh")[0].startswith("被封锁")
    assert NOTHING not in lines
    assert "  BLOCKED: it is itself listed" in lines
    assert tg.explain(result, "X")["verdicts"][0]["verdict"] == "NOT_RATED"


@pytest.mark.parametrize(
    ("type_", "verdict"),
    [("US_EL", "US_LICENCE"), ("US_CMIC", "US_SECURITIES"), ("US_SSI", "US_SECTORAL")],
)
def test_a_list_that_blocks_nothing_is_told_all_the_same(type_: str, verdict: str) -> None:
    result = told_of([{"id": "A"}], [], [{"id": "R", "entity": "A", "type": type_}], "ofac-50")
    assert tg.explain(result, "A")["verdicts"][0]["verdict"] == verdict
    assert NOTHING not in lines_of(result, "A")


@pytest.mark.parametrize("day", ["2025-09-15", "2025-10-15", "2025-12-01", "2026-11-20"])
def test_the_rule_of_ofac_holds_whatever_becomes_of_that_of_bis(day: str) -> None:
    result = told_of(
        [{"id": "S"}, {"id": "E"}, {"id": "OF_S"}, {"id": "OF_E"}],
        [
            {"source": "S", "target": "OF_S", "share": 0.5},
            {"source": "E", "target": "OF_E", "share": 0.6},
        ],
        [{"id": "R", "entity": "S", "type": "US_SDN"}, {"id": "Q", "entity": "E", "type": "US_EL"}],
        "bis-affiliates",
        dt.date.fromisoformat(day),
    )
    in_force = day in ("2025-10-15", "2026-11-20")
    blocked = {row: tg.explain(result, row)["ownership"]["blocked"] for row in ("OF_S", "OF_E")}
    assert blocked == {"OF_S": "yes", "OF_E": "yes" if in_force else "no"}
    assert tg.explain(result, "S")["verdicts"][0]["verdict"] == "BLOCKED"
    # A party's own listing does not hang on the rule about its affiliates.
    assert "US_LICENCE" in [one["verdict"] for one in tg.explain(result, "E")["verdicts"]]
    said = "Blocked means here that the licence requirement of listed owners applies"
    assert any(said in line for line in lines_of(result, "OF_E")) == in_force


def test_a_minority_of_the_listed_and_owners_not_known_are_said() -> None:
    result = told_of(
        [{"id": "E"}, {"id": "A"}],
        [{"source": "E", "target": "A", "share": 0.3}],
        [{"id": "R", "entity": "E", "type": "US_EL"}],
        "bis-affiliates",
    )
    lines = "\n".join(lines_of(result, "A"))
    assert "hold 30 % of it together, which does not block it" in lines
    assert "its owners are known for 30 % of it only: who holds the rest may be listed" in lines
    assert "合计持股30%，未达封锁标准" in "\n".join(lines_of(result, "A", "zh"))


def test_the_note_of_a_rule_stands_where_listed_parties_hold_something() -> None:
    result = told_of(
        [{"id": "L"}, {"id": "M"}, {"id": "A"}],
        [
            {"source": "L", "target": "A", "share": 0.3},
            {"source": "M", "target": "A", "share": 0.25},
        ],
        [{"id": one, "entity": one, "type": "UK_LIST"} for one in "LM"],
        "uk-50",
    )
    told = tg.explain(result, "A")
    assert told["ownership"]["blocked"] == "no"
    said = "ask a lawyer whether they act together"
    assert any(said in line for line in lines_of(result, "A"))
    assert any(said in line for line in owners_lines(tg.owners(result, "A")))


def test_a_branch_says_what_its_head_office_is() -> None:
    result = told_of(
        [
            {"id": "H", "status": "active"},
            {"id": "B", "kind": "branch", "status": "active"},
            {"id": "R", "status": "revoked"},
            {"id": "C", "kind": "branch", "status": "active"},
            {"id": "D", "kind": "branch", "status": "active"},
        ],
        [
            {"source": "H", "target": "B", "kind": "branch"},
            {"source": "R", "target": "C", "kind": "branch"},
            {"source": "R", "target": "D", "kind": "branch", "end": "2025-01-01"},
        ],
        [{"id": "X", "entity": "H", "type": "US_SDN"}],
        "ofac-50",
    )
    head = tg.explain(result, "B")["head_office"]
    assert (head["entity"], head["verdicts"][0]["verdict"]) == ("H", "BLOCKED")
    said = "Branch of Firm H, with which it is one legal person: BLOCKED"
    assert any(line.startswith(said) for line in lines_of(result, "B")[:2])
    assert NOTHING not in lines_of(result, "B")
    assert tg.explain(result, "C")["head_office"]["verdicts"][0]["verdict"] == "REVOKED"
    assert tg.explain(result, "D")["head_office"] is None
    assert tg.explain(result, "H")["head_office"] is None
    assert "系Firm R的分支机构，二者为同一法人" in "\n".join(lines_of(result, "C", "zh"))


@pytest.mark.parametrize(
    ("stakes", "low", "high", "blocked"),
    [
        # What began later may have replaced what began earlier, though nobody said that it ended.
        ([(0.6, "2018-01-01"), (0.4, "2024-01-01")], 0.4, 1.0, "possible"),
        ([(0.6, "2018-01-01"), (0.6, "2024-01-01")], 0.6, 1.0, "yes"),
        ([(0.3, "2019-01-01"), (0.25, "2023-01-01")], 0.25, 0.55, "possible"),
        ([(0.3, None), (0.55, "2023-01-01")], 0.55, 0.85, "yes"),
        ([(0.3, "2023-01-01"), (0.25, "2023-01-01")], 0.55, 0.55, "yes"),
        ([(0.3, None), (0.25, None)], 0.55, 0.55, "yes"),
    ],
)
def test_a_stake_stated_again_is_at_least_what_was_said_last(
    stakes: list[tuple[float, str | None]], low: float, high: float, blocked: str
) -> None:
    held = [{"source": "S", "target": "A", "share": share, "start": day} for share, day in stakes]
    records = [{"id": "R", "entity": "S", "type": "US_SDN"}]
    found = tg.owners(told_of([{"id": "S"}, {"id": "A"}], held, records, "ofac-50"), "A")
    assert found["owners"][0]["direct"] == {"low": low, "high": high}
    assert found["blocked"] == blocked


def test_who_is_blocked_by_a_record_of_its_own_may_have_it_removed() -> None:
    result = told_of([{"id": "A"}], [], [{"id": "R", "entity": "A", "type": "US_SDN"}], "ofac-50")
    better = tg.explain(result, "A")["next_grade"]
    assert better["held_by"] is None
    assert [one["record"] for one in better["records"]] == ["R"]


def test_who_is_held_by_a_listed_owner_too_may_not() -> None:
    result = told_of(
        [{"id": "S"}, {"id": "A"}],
        [{"source": "S", "target": "A", "share": 0.5}],
        [{"id": one, "entity": one, "type": "US_SDN"} for one in "SA"],
        "ofac-50",
    )
    assert tg.explain(result, "A")["next_grade"]["held_by"] == "blocked"


@pytest.mark.parametrize("status", ["Repaired", "REPAIRED", "repaired"])
def test_capitals_of_a_status_do_not_matter(status: str) -> None:
    records = [{"id": "R", "entity": "A", "type": "SAMR_SERIOUS", "status": status}]
    records[0] |= {"decided_on": "2025-01-01"}
    result = told_of([{"id": "A"}], [], records, "cn-national")
    assert "LISTED" not in [one["verdict"] for one in tg.explain(result, "A")["verdicts"]]


@pytest.mark.parametrize(
    ("ground", "ended"),
    [
        *[(ground, True) for ground in ("4", "(4)", "（四）", "第（四）项", "第四项", "四")],
        *[(ground, True) for ground in ("违反财产报告制度", " 违反财产报告制度的")],
        *[(ground, False) for ground in ("（一）", "1", "有履行能力而拒不履行", "其他", None)],
    ],
)
def test_a_ground_is_known_however_it_is_written(ground: str | None, ended: bool) -> None:
    records = [{"id": "R", "entity": "A", "type": "COURT_DEFAULTER", "ground": ground}]
    result = told_of([{"id": "A"}], [], records, "cn-national")
    assert bool(tg.explain(result, "A")["other_records"]) == ended


def test_an_objection_is_said() -> None:
    records = [{"id": "R", "entity": "A", "type": "SAMR_SERIOUS", "status": "objected"}]
    records[0] |= {"decided_on": "2025-01-01"}
    result = told_of([{"id": "A"}], [], records, "cn-national")
    assert any("an objection is pending" in line for line in lines_of(result, "A"))


def test_what_was_only_registered_has_no_good_grade() -> None:
    """Identifier, status, representative and owners are known, and no list was searched."""
    result = told_of(
        [
            {"id": "A", "uscc": "91350100M000100Y43", "status": "active", "jurisdiction": "CN"},
            {"id": "P", "kind": "person"},
        ],
        [
            {"source": "P", "target": "A", "share": 1.0},
            {"source": "P", "target": "A", "kind": "legal_representative"},
        ],
        [],
        "cn-national",
    )
    told = tg.explain(result, "A")
    assert (told["grade"], told["grade_reason"]) == ("NR", "coverage")


def test_two_entries_of_one_code_are_told_of_each_other() -> None:
    code = "91350100M000100Y43"
    rows = [{"id": "A", "uscc": code}, {"id": "B", "uscc": code}, {"id": "C", "uscc": None}]
    records = [{"id": "R", "entity": "A", "type": "US_SDN"}]
    result = told_of(rows, [], records, "ofac-50")
    (other,) = tg.explain(result, "B")["same_code"]
    assert (other["entity"], other["verdicts"][0]["verdict"]) == ("A", "BLOCKED")
    lines = lines_of(result, "B")
    assert lines[1].startswith("Another entry has the same code, Firm A  (A): BLOCKED")
    assert NOTHING not in lines
    assert tg.explain(result, "C")["same_code"] == []


@pytest.mark.parametrize(
    ("row", "what", "words"),
    [
        ({"start": "2030-01-01"}, "not_yet", "as of this day it did not exist"),
        ({"end": "2024-01-01", "status": "active"}, "ended", "look it up"),
        ({"end": "2024-01-01", "status": None}, "ended", "look it up"),
        ({"end": "2027-01-01", "status": "deregistered"}, "later", "it still existed"),
        ({"end": "2024-01-01", "status": "deregistered"}, None, ""),
        ({"end": "2027-01-01", "status": "active"}, None, ""),
        ({"start": "2020-01-01", "status": "revoked"}, None, ""),
    ],
)
def test_dates_that_do_not_go_with_the_day(
    row: dict[str, Any], what: str | None, words: str
) -> None:
    result = told_of([{"id": "A", **row}], [], [], "cn-national")
    found = tg.explain(result, "A")["existence"]
    assert (found and found["what"]) == what
    assert words in "\n".join(lines_of(result, "A")[:3])

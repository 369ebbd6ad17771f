"""The planted stories: told as they stand in the tables, and apart from everybody else."""

from __future__ import annotations

import json
import re

import numpy as np
import polars as pl
import pytest
from synthesis_support import AS_OF, STORY, Generated

from trustgraph.policy import read_policy

pytest_plugins = ["synthesis_fixtures"]


def test_stories_are_told(small: Generated) -> None:
    told = json.loads((small.summary.path / "stories.json").read_text(encoding="utf-8"))
    assert [story["code"] for story in told["stories"]] == [s.code for s in small.summary.stories]
    assert len(told["stories"]) >= 8
    assert told["register"]["rows"]["entities"] == small.entities.height
    text = (small.summary.path / "stories.md").read_text(encoding="utf-8")
    rows = {row["id"]: row for row in small.entities.iter_rows(named=True)}
    for story in told["stories"]:
        assert story["telling"]["en"] in text
        assert story["telling"]["zh"] in text
        actors = {actor["id"] for actor in story["actors"]}
        assert actors <= set(rows)
        for actor in story["actors"]:
            assert rows[actor["id"]]["name"] == actor["name"]
            assert f"`{actor['id']}`" in text
        for expectation in story["expected"]:
            assert expectation["at"] in actors
    ruled = {e["rule"] for story in told["stories"] for e in story["expected"]}
    codes = {rule for rule in ruled if re.fullmatch(r"P\d\d", rule)}
    assert codes >= {"P01", "P06", "P10", "P11", "P12", "P13", "P14", "P18", "P20"}
    assert codes <= set(read_policy("cn-national").rules)


def test_stories_stand_apart(small: Generated) -> None:
    ends = small.relationships.select(pl.col("source", "target").str.contains(STORY))
    assert ends["source"].any()
    assert not ends["source"].all()
    assert (ends["source"] == ends["target"]).all()


def planted(register: Generated, table: str, column: str) -> pl.DataFrame:
    """The rows of a table that are a story's, in the order of the table."""
    rows: pl.DataFrame = getattr(register, table)
    return rows.filter(pl.col(column).str.contains(STORY))


def test_stories_do_not_depend_on_the_seed(small: Generated, large: Generated) -> None:
    assert small.summary.stories == large.summary.stories
    for table, column in (
        ("entities", "id"),
        ("relationships", "source"),
        ("records", "entity"),
        ("consultations", "entity"),
    ):
        rows = planted(small, table, column)
        assert not rows.is_empty(), table
        assert rows.equals(planted(large, table, column)), table


def actors(small: Generated, code: str) -> list[str]:
    (story,) = [story for story in small.summary.stories if story.code == code]
    return [actor.id for actor in story.actors]


def links_between(small: Generated, source: str, target: str) -> dict[str, dict[str, object]]:
    found = small.relationships.filter(source=source, target=target)
    return {str(row["kind"]): row for row in found.iter_rows(named=True)}


def test_the_phoenix_rises_after_the_grade(small: Generated) -> None:
    old, new, elder, chief = actors(small, "phoenix")
    (decided,) = small.records.filter(entity=old, type="TAX_GRADE_D")["decided_on"]
    assert links_between(small, chief, old)["responsible_person"]["start"] < decided
    assert links_between(small, chief, new)["legal_representative"]["start"] > decided
    assert links_between(small, chief, elder)["legal_representative"]["start"] < decided
    assert small.records.filter(entity=new).is_empty()


def test_the_clean_supplier_is_two_steps_away(small: Generated) -> None:
    debtor, supplier, parent, buyer, person, _ = actors(small, "clean-supplier")
    assert small.records.filter(entity=supplier).is_empty()
    assert small.records.filter(entity=debtor)["type"].to_list() == ["COURT_DEFAULTER"]
    for company in (debtor, supplier):
        assert links_between(small, person, company)["legal_representative"]["end"] is None
        assert links_between(small, parent, company)["shareholder"]["share"] == 0.7
    assert links_between(small, supplier, buyer)["supplier"]["share"] == 0.3


def test_the_unpaid_bricklayers(small: Generated) -> None:
    sub, general, cheat, consortium, *_ = actors(small, "wages")
    assert "contractor" in links_between(small, sub, general)
    assert small.records.filter(entity=sub)["type"].to_list() == ["WAGE_ARREARS"]
    assert small.records.filter(entity=cheat)["type"].to_list() == ["GOVPROC_SERIOUS"]
    members = small.of_kind("consortium").filter(target=consortium)["source"].to_list()
    assert set(members) == {general, cheat}


def test_the_ring_hides_its_parent(small: Generated) -> None:
    parent, first, second, third, *_ = actors(small, "hidden-ring")
    held = links_between(small, parent, first)["shareholder"]["share"]
    ring = [
        links_between(small, a, b)["shareholder"]["share"]
        for a, b in ((first, second), (second, third), (third, first))
    ]
    integrated = held / (1 - np.prod(ring))
    assert held < 0.5
    assert integrated == pytest.approx(0.7214, abs=5e-5)
    assert integrated * ring[0] * ring[1] == pytest.approx(0.5843, abs=5e-5)


def test_the_voucher_shares(small: Generated) -> None:
    issuer, second, over, under, after_over, after_under, _ = actors(small, "vouchers")
    for buyer, total in ((over, 0.77), (under, 0.69)):
        shares = [links_between(small, s, buyer)["supplier"]["share"] for s in (issuer, second)]
        assert sum(shares) == pytest.approx(total)
    assert "supplier" in links_between(small, over, after_over)
    assert "supplier" in links_between(small, under, after_under)
    issued = small.records.filter(pl.col("entity").is_in([issuer, second]))
    assert issued["type"].unique().to_list() == ["TAX_ABNORMAL_VOUCHER"]
    assert issued["amount"].min() > 50_000


def test_the_toxic_hire_the_siblings_and_the_clean_slate(small: Generated) -> None:
    hirer, former, manager, _ = actors(small, "toxic-hire")
    assert links_between(small, manager, hirer)["senior_manager"]["end"] is None
    assert links_between(small, manager, former)["senior_manager"]["end"] < AS_OF
    assert small.records.filter(entity=manager)["type"].to_list() == ["FOOD_BAN"]
    body, debtor, sibling, *_ = actors(small, "state-siblings")
    assert small.entities.filter(id=body)["kind"].to_list() == ["public_body"]
    for company in (debtor, sibling):
        assert links_between(small, body, company)["shareholder"]["share"] == 1.0
    repaired, expired, person = actors(small, "clean-slate")
    assert small.records.filter(entity=repaired)["repaired_on"].max() < AS_OF
    ends = small.records.filter(pl.col("entity").is_in([expired, person]))["ends_on"]
    assert ends.max() < AS_OF


def test_of_the_unknown_partner_nothing_is_known(small: Generated) -> None:
    unknown = actors(small, "unknown-partner")[0]
    (row,) = small.entities.filter(id=unknown).iter_rows(named=True)
    assert {name for name, value in row.items() if value is not None} == {
        "id", "kind", "name", "name_en",
    }  # fmt: skip
    assert small.relationships.filter(
        (pl.col("source") == unknown) | (pl.col("target") == unknown)
    ).is_empty()
    assert small.records.filter(entity=unknown).is_empty()
    assert small.consultations.filter(entity=unknown).is_empty()
    whole = small.consultations.filter(pl.col("entity").is_null())
    assert whole["source"].unique().to_list() == ["foreign_trade"]

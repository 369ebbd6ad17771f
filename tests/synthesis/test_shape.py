"""The generator's tables: whole references, dates in order, published base rates."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from synthesis_support import AS_OF, COMPANIES, NATIVE, Generated, read_back

from trustgraph.policy import read_policy
from trustgraph.schema import (
    CONSULTATION_COLUMNS,
    ENTITY_COLUMNS,
    ENTITY_KINDS,
    KIND_CODES,
    RECORD_COLUMNS,
    RECORD_STATUSES,
    RELATIONSHIP_COLUMNS,
)
from trustgraph.synthesis import CONSULTATION_SOURCES, RECORD_KINDS, generate
from trustgraph.synthesis.chance import Chance
from trustgraph.synthesis.places import INDUSTRIES, SECTORS
from trustgraph.synthesis.record_types import NAMED_RESPONSIBLE
from trustgraph.synthesis.record_words import RECORD_WORDS

pytest_plugins = ["synthesis_fixtures"]

BILLIONTHS = 10**9
POSTS = ["legal_representative", "director", "supervisor", "senior_manager"]
ENDS = {
    **{post: {("person", "company")} for post in POSTS},
    "actual_controller": {("person", "company")},
    "affiliate": {("company", "company")},
    "branch": {("company", "branch")},
    "consortium": {("company", "other")},
    "contractor": {("company", "company")},
    "employee": {("person", "company")},
    "guarantor": {("company", "company")},
    "possibly_same": {("person", "person")},
    "responsible_person": {("person", "company"), ("person", "branch")},
    "shareholder": {(owner, "company") for owner in ("person", "company", "public_body")},
    "successor": {("company", "company")},
    "supplier": {("company", "company")},
}
"""What each kind of relationship leads from and to."""


# --- the tables hang together --------------------------------------------------------------------


def test_columns_are_the_contract(small: Generated) -> None:
    for frame, contract in (
        (small.entities, ENTITY_COLUMNS),
        (small.relationships, RELATIONSHIP_COLUMNS),
        (small.records, RECORD_COLUMNS),
        (small.consultations, CONSULTATION_COLUMNS),
    ):
        assert frame.columns == [column.name for column in contract]
        for column in contract:
            expected = {"date": pl.Date, "fraction": pl.Float64, "number": pl.Float64}
            assert frame.schema[column.name] == expected.get(column.dtype, pl.String)
            if column.required:
                assert frame[column.name].null_count() == 0, column.name


def test_references_are_whole(large: Generated) -> None:
    ids = large.entities["id"]
    assert ids.n_unique() == len(ids)
    known = ids.implode()
    assert large.relationships["source"].is_in(known).all()
    assert large.relationships["target"].is_in(known).all()
    assert large.records["entity"].is_in(known).all()
    assert large.consultations["entity"].drop_nulls().is_in(known).all()
    assert large.records["id"].n_unique() == large.records.height
    repeated = large.relationships.select("source", "target", "kind").is_duplicated()
    assert not repeated.any()


def test_words_are_known_words(large: Generated) -> None:
    assert set(large.entities["kind"].unique()) == set(ENTITY_KINDS)
    assert set(large.relationships["kind"].unique()) == set(KIND_CODES)
    assert set(large.records["status"].unique()) == set(RECORD_STATUSES)
    assert set(large.consultations["source"].unique()) == set(CONSULTATION_SOURCES)
    industries = {industry.code for industry in INDUSTRIES}
    assert set(large.entities["industry"].drop_nulls().unique()) == industries


def test_ends_are_of_the_right_kind(large: Generated) -> None:
    kinds = large.entities.select("id", "kind")
    ends = (
        large.relationships.select("kind", "source", "target")
        .join(kinds.rename({"kind": "from"}), left_on="source", right_on="id", how="left")
        .join(kinds.rename({"kind": "to"}), left_on="target", right_on="id", how="left")
        .select("kind", "from", "to")
        .unique()
    )
    found: dict[str, set[tuple[str, str]]] = {}
    for kind, source, target in ends.iter_rows():
        found.setdefault(kind, set()).add((source, target))
    assert found == ENDS


def test_dates_are_in_order(large: Generated) -> None:
    bound = large.relationships
    assert not (bound["start"] >= bound["end"]).any()
    assert bound["start"].max() <= AS_OF
    assert bound["end"].max() <= AS_OF
    entities = large.entities
    assert not (entities["start"] >= entities["end"]).any()
    assert entities["end"].max() < AS_OF
    ended = entities["status"] == "deregistered"
    assert entities.filter(ended)["end"].null_count() == 0
    assert entities.filter(~ended)["end"].drop_nulls().is_empty()
    born = bound.join(entities.select("id", born="start"), left_on="target", right_on="id")
    assert not (born["start"] < born["born"]).any()


def test_dates_of_records_are_in_order(large: Generated) -> None:
    records = large.records
    assert records["decided_on"].max() <= AS_OF
    assert records["decided_on"].min() >= AS_OF - dt.timedelta(days=3653)
    assert not (records["published_on"] < records["decided_on"]).any()
    assert records["published_on"].max() <= AS_OF
    assert not (records["ends_on"] <= records["decided_on"]).any()
    assert not (records["repaired_on"] < records["decided_on"]).any()
    assert not (records["repaired_on"] >= records["ends_on"]).any()
    assert records["repaired_on"].max() <= AS_OF
    assert (records["repaired_on"].is_not_null() == (records["status"] == "repaired")).all()
    born = records.join(large.entities.select("id", "start"), left_on="entity", right_on="id")
    assert not (born["decided_on"] < born["start"]).any()
    firsts = {kind.code: kind.first for kind in RECORD_KINDS}
    for code, first in records.group_by("type").agg(pl.col("decided_on").min()).iter_rows():
        assert first >= firsts[code], code


def test_fractions_are_fractions(large: Generated) -> None:
    for name in ("share", "share_min", "share_max", "confidence"):
        values = large.relationships[name].drop_nulls()
        assert values.is_between(0.0, 1.0).all(), name
    bound = large.relationships
    assert not (bound["share_min"] > bound["share_max"]).any()
    assert (bound["share_min"].is_null() == bound["share_max"].is_null()).all()
    possibly = large.of_kind("possibly_same")["confidence"]
    assert possibly.null_count() == 0
    assert possibly.max() < 1.0
    names = dict(large.entities.select("id", "name").iter_rows())
    same = [
        names[a] == names[b]
        for a, b in large.of_kind("possibly_same").select("source", "target").iter_rows()
    ]
    assert all(same)


@pytest.mark.parametrize("kind", ["shareholder", "supplier"])
def test_shares_never_exceed_the_whole(large: Generated, kind: str) -> None:
    middle = (pl.col("share_min") + pl.col("share_max")) / 2
    billionths = (pl.coalesce("share", middle) * BILLIONTHS).round().cast(pl.Int64)
    sums = large.of_kind(kind).group_by("target").agg(billionths.sum().alias("sum"))["sum"]
    assert sums.max() <= BILLIONTHS


# --- shape ---------------------------------------------------------------------------------------


def test_the_mix_of_entities(large: Generated) -> None:
    kinds = large.summary.by_kind
    assert kinds["branch"] / COMPANIES == pytest.approx(0.06, abs=0.01)
    assert kinds["person"] / COMPANIES == pytest.approx(1.2, abs=0.01)
    status = dict(large.ordinary["status"].value_counts(normalize=True).iter_rows())
    assert status["active"] == pytest.approx(0.93, abs=0.015)
    assert status["revoked"] == pytest.approx(0.04, abs=0.01)
    assert status["deregistered"] == pytest.approx(0.03, abs=0.01)
    assert large.ordinary.select(NATIVE.mean()).item() == pytest.approx(0.97, abs=0.005)
    assert large.ordinary.height == COMPANIES


def test_roles(large: Generated) -> None:
    led = large.of_kind("legal_representative")["target"].implode()
    assert large.entities.filter(NATIVE, kind="company")["id"].is_in(led).all()
    active = large.ordinary.filter(NATIVE, status="active")["id"]
    present = large.of_kind("legal_representative").filter(pl.col("end").is_null())
    assert present["target"].n_unique() == present.height
    assert active.is_in(present["target"].implode()).all()
    posts = large.relationships.filter(pl.col("kind").is_in(POSTS))
    assert posts["end"].is_not_null().mean() == pytest.approx(0.15, abs=0.03)
    directors = large.of_kind("director").group_by("target").len()["len"]
    assert directors.max() <= 9
    both = present.join(large.of_kind("director"), on=["source", "target"], how="semi").height
    assert both / present.height > 0.8
    heads = large.of_kind("branch")
    assert heads["target"].n_unique() == heads.height == large.summary.by_kind["branch"]
    branches = large.entities.filter(kind="branch")["id"]
    assert branches.is_in(large.of_kind("responsible_person")["target"].implode()).all()


def test_companies_per_person_are_heavy_tailed(large: Generated) -> None:
    posts = large.relationships.filter(pl.col("kind").is_in(POSTS)).select("source", "target")
    counts = posts.unique().group_by("source").len()["len"]
    assert counts.median() <= 2
    assert counts.quantile(0.99) < 10
    assert counts.max() > 100


def test_ownership(large: Generated) -> None:
    holdings = large.of_kind("shareholder")
    nothing = holdings["share"].is_null() & holdings["share_min"].is_null()
    assert nothing.mean() == pytest.approx(0.10, abs=0.01)
    assert holdings["share_min"].is_not_null().mean() > 0.01
    assert 0 < (holdings["source"] == holdings["target"]).sum() < 50
    bodies = large.entities.filter(kind="public_body")["id"].implode()
    owned = holdings.filter(pl.col("source").is_in(bodies)).group_by("source").len()["len"]
    assert owned.max() > 50
    assert 6 <= chain_depth(large, holdings) <= 15


def chain_depth(large: Generated, holdings: pl.DataFrame) -> int:
    """Levels of companies above companies, rings left out."""
    companies = large.entities.filter(kind="company").with_row_index("row")
    rows = dict(companies.select("id", "row").iter_rows())
    pairs = [
        (rows[a], rows[b])
        for a, b in holdings.select("source", "target").iter_rows()
        if a in rows and b in rows and rows[a] < rows[b]
    ]
    depth = np.zeros(companies.height, dtype=int)
    for above, below in sorted(pairs, key=lambda pair: pair[1]):
        depth[below] = max(depth[below], depth[above] + 1)
    return int(depth.max())


def test_there_are_rings(large: Generated) -> None:
    holdings = large.of_kind("shareholder").filter(pl.col("source") != pl.col("target"))
    pairs = holdings.select("source", "target")
    mutual = pairs.join(
        pairs, left_on=["source", "target"], right_on=["target", "source"], how="semi"
    )
    assert mutual.height >= 10
    two = pairs.join(pairs, left_on="target", right_on="source").rename({"target_right": "third"})
    three = two.join(pairs, left_on=["third", "source"], right_on=["source", "target"], how="semi")
    assert three.height >= 3


def test_supply_has_hubs(large: Generated) -> None:
    supply = large.of_kind("supplier")
    assert (supply["source"] != supply["target"]).all()
    known = supply["share"].is_not_null() | supply["share_min"].is_not_null()
    assert known.mean() == pytest.approx(0.6, abs=0.02)
    customers = supply.group_by("source").len()["len"]
    assert customers.max() > 200
    assert customers.median() <= 3


def test_contractors_build(large: Generated) -> None:
    builders = large.entities.filter(pl.col("industry").str.starts_with("E"))["id"].implode()
    contracts = large.of_kind("contractor")
    assert contracts["source"].is_in(builders).mean() > 0.7
    assert 100 < large.summary.by_kind["other"] < 400


def test_records_follow_base_rates(large: Generated) -> None:
    good = pl.col("type").str.starts_with("RED_")
    bearers = large.records.filter(~good)["entity"].unique().implode()
    assert large.ordinary["id"].is_in(bearers).mean() == pytest.approx(0.03, abs=0.004)
    persons = large.entities.filter(kind="person")["id"]
    assert 0.005 < persons.is_in(bearers).mean() < 0.02
    native = large.ordinary.filter(NATIVE)["id"]
    graded = large.records.filter(pl.col("decided_on") >= dt.date(2026, 4, 1), type="RED_TAX_A")
    assert native.is_in(graded["entity"].implode()).mean() == pytest.approx(0.0489, abs=0.004)
    counts = dict(large.records.filter(~good)["type"].value_counts().iter_rows())
    common = sorted(counts, key=counts.__getitem__, reverse=True)[:3]
    assert set(common) == {"COURT_CONSUMPTION", "COURT_DEFAULTER", "SAMR_ABNORMAL"}
    status = dict(large.records.filter(~good)["status"].value_counts(normalize=True).iter_rows())
    assert 0.2 < status["repaired"] < 0.45
    assert min(status["withdrawn"], status["objected"], status["under_review"]) > 0


def test_every_type_occurs(large: Generated) -> None:
    assert set(large.records["type"].unique()) == {kind.code for kind in RECORD_KINDS}


def test_subjects_are_those_who_may_be_listed(large: Generated) -> None:
    policy = read_policy("cn-national")
    kinds = large.entities.select("id", "kind", foreign=~NATIVE)
    pairs = large.records.join(kinds, left_on="entity", right_on="id")
    for code, kind, foreign in pairs.select("type", "kind", "foreign").unique().iter_rows():
        subjects = {each for version in policy.record_types[code] for each in version.subjects}
        subject = "foreign_company" if foreign and "foreign_company" in subjects else kind
        assert subject in subjects, (code, kind)


def test_decisions_name_responsible_persons(large: Generated) -> None:
    named = large.records.filter(pl.col("type").is_in(sorted(NAMED_RESPONSIBLE)))
    companies = large.ordinary["id"].implode()
    named = named.filter(pl.col("entity").is_in(companies))
    fixed = large.of_kind("responsible_person").select("target", "start", "end")
    both = named.join(fixed, left_on="entity", right_on="target")
    assert both["entity"].n_unique() / named["entity"].n_unique() > 0.4
    single = both.filter(~both["entity"].is_duplicated())
    assert (single["start"] <= single["decided_on"]).mean() > 0.99


def test_record_share_is_a_parameter(tmp_path: Path) -> None:
    none = read_back(generate(tmp_path / "none", companies=3_000, record_share=0.0))
    planted = none.records.filter(~pl.col("type").str.starts_with("RED_"))["id"]
    assert len(planted) > 0
    assert planted.str.contains("TG", literal=True).all()
    many = read_back(generate(tmp_path / "many", companies=3_000, record_share=0.3))
    assert many.records.height > 3 * none.records.height


def test_what_is_known_is_a_parameter(tmp_path: Path) -> None:
    every = read_back(generate(tmp_path / "every", companies=3_000))
    half = read_back(generate(tmp_path / "half", companies=3_000, known=0.5))
    assert half.entities.equals(every.entities)
    ends = ["source", "target", "kind"]
    assert half.relationships.join(every.relationships, on=ends, how="anti").is_empty()
    parts = {
        kind: (half.relationships["kind"] == kind).sum()
        / (every.relationships["kind"] == kind).sum()
        for kind in ("director", "supplier", "shareholder", "legal_representative")
    }
    assert parts["shareholder"] == parts["legal_representative"] == 1.0
    assert 0.45 < parts["director"] < 0.56
    assert 0.45 < parts["supplier"] < 0.56  # stories are told whole


def test_employees_are_a_parameter(tmp_path: Path) -> None:
    none = read_back(generate(tmp_path / "none", companies=20_000))
    staffed = read_back(generate(tmp_path / "staffed", companies=20_000, employees=3.3))
    added = staffed.entities.join(none.entities, on="id", how="anti")
    assert set(added["kind"]) == {"person"}
    assert added.height / 20_000 == pytest.approx(3.3, rel=0.05)
    assert staffed.entities["id"].is_unique().all()
    jobs = staffed.relationships.filter(pl.col("source").is_in(added["id"].implode()))
    assert set(jobs["kind"]) == {"employee"}
    assert jobs.height / added.height == pytest.approx(1.75, abs=0.15)
    assert jobs["target"].is_in(staffed.entities["id"].implode()).all()
    assert (jobs["start"] < jobs["end"]).drop_nulls().all()


# --- the table of record types -------------------------------------------------------------------


def test_types_are_those_of_the_national_pack() -> None:
    assert {kind.code for kind in RECORD_KINDS} == set(read_policy("cn-national").record_types)
    assert set(RECORD_WORDS) == {kind.code for kind in RECORD_KINDS}
    assert all(words.grounds for words in RECORD_WORDS.values())
    assert {name for kind in RECORD_KINDS for name in kind.sectors} <= set(SECTORS)
    assert set(NAMED_RESPONSIBLE) <= {kind.code for kind in RECORD_KINDS}


def test_sources_are_those_of_the_national_pack() -> None:
    searched = {item.code for item in read_policy("cn-national").coverage if item.item == "source"}
    assert searched == set(CONSULTATION_SOURCES)


def test_draws_are_even_and_independent() -> None:
    """Standard scores over forty streams: of mean, of neighbours, of two streams side by side."""
    count, index = 50_000, np.arange(50_000)
    scores = []
    for seed in range(40):
        one = Chance(seed).uniform("one", index)
        assert 0.0 <= one.min() <= one.max() < 1.0
        one, two = one - 0.5, Chance(seed).uniform("two", index) - 0.5
        scores.append(
            (
                one.mean() * np.sqrt(12 * count),
                (one[1:] * one[:-1]).mean() * 12 * np.sqrt(count),
                (one * two).mean() * 12 * np.sqrt(count),
            )
        )
    spread = np.std(scores, axis=0)
    assert np.abs(scores).max() < 4.5
    assert (spread > 0.7).all()
    assert (spread < 1.3).all()

"""The generator: valid ids, whole references, published base rates, the same bytes every time."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from trustgraph.errors import UsageError
from trustgraph.identifiers import USCC_ALPHABET, lei_is_valid, uscc_is_valid
from trustgraph.policy import read_policy
from trustgraph.schema import (
    CONSULTATION_COLUMNS,
    ENTITY_COLUMNS,
    ENTITY_KINDS,
    KIND_CODES,
    RECORD_COLUMNS,
    RECORD_STATUSES,
    RELATIONSHIP_COLUMNS,
    STEP_CODES,
)
from trustgraph.synthesis import (
    CONSULTATION_SOURCES,
    RECORD_KINDS,
    GeneratedRegister,
    generate,
    generator,
)
from trustgraph.synthesis.chance import Chance
from trustgraph.synthesis.identities import (
    BODY,
    BRANCH,
    COMPANY,
    CONSORTIUM,
    PERSON,
    lei_ids,
    mixed_ids,
    reference,
    text_of,
    uscc_ids,
)
from trustgraph.synthesis.places import DIVISIONS, INDUSTRIES, SECTORS
from trustgraph.synthesis.population import World, identify, started
from trustgraph.synthesis.record_types import NAMED_RESPONSIBLE
from trustgraph.synthesis.record_words import RECORD_WORDS
from trustgraph.synthesis.roles import branches_of

AS_OF = dt.date(2026, 6, 30)
COMPANIES = 50_000
TABLES = ("entities", "relationships", "records", "consultations")
NATIVE = pl.col("jurisdiction") == "CN"
BILLIONTHS = 10**9
STORY = r"^(\d{8}TG\d{6}|999800TG\d{8}|[A-Z]+-TG\d{6})"
"""Ids of planted stories."""


@dataclass(frozen=True)
class Generated:
    """A generated register, read back."""

    summary: GeneratedRegister
    entities: pl.DataFrame
    relationships: pl.DataFrame
    records: pl.DataFrame
    consultations: pl.DataFrame

    @property
    def ordinary(self) -> pl.DataFrame:
        """The companies of no story."""
        return self.entities.filter(
            (pl.col("kind") == "company") & ~pl.col("id").str.contains(STORY)
        )

    def of_kind(self, kind: str) -> pl.DataFrame:
        """The relationships of one kind."""
        return self.relationships.filter(kind=kind)


def read(folder: Path, table: str) -> pl.DataFrame:
    return pl.read_parquet(folder / table / "*.parquet")


def read_back(summary: GeneratedRegister) -> Generated:
    return Generated(summary, *(read(summary.path, table) for table in TABLES))


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    folder = tmp_path_factory.mktemp("synthesis") / "large"
    return read_back(generate(folder, companies=COMPANIES))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    folder = tmp_path_factory.mktemp("synthesis") / "small"
    return read_back(generate(folder, companies=2_000, seed=7))


# --- identifiers ---------------------------------------------------------------------------------


def organisation_check(code: str) -> str:
    """GB 11714, written out once more and slowly."""
    values = [int(character, 36) for character in code]
    total = sum(v * w for v, w in zip(values, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def test_every_code_is_valid_inside_and_out(small: Generated) -> None:
    codes = small.entities["uscc"].drop_nulls().to_list()
    assert len(codes) > 2_000
    for code in codes:
        assert uscc_is_valid(code), code
        assert set(code) <= set(USCC_ALPHABET)
        assert organisation_check(code[8:16]) == code[16], code
    known = {division.code for division in DIVISIONS}
    assert {code[2:8] for code in codes} <= known
    leis = small.entities["lei"].drop_nulls().to_list()
    assert leis
    assert all(lei_is_valid(code) for code in leis)


def test_every_check_digit_occurs(large: Generated) -> None:
    inner = large.entities["uscc"].drop_nulls().str.slice(16, 1).unique().to_list()
    outer = large.entities["uscc"].drop_nulls().str.slice(17, 1).unique().to_list()
    assert set(inner) == set("0123456789X")
    assert set(outer) == set(USCC_ALPHABET)


def test_departments_are_mostly_market_regulation(large: Generated) -> None:
    departments = large.ordinary["uscc"].drop_nulls().str.head(1).value_counts(normalize=True)
    shares = dict(departments.iter_rows())
    assert set(shares) == {"9", "1", "5", "A", "N", "Y"}
    assert shares["9"] > 0.95


def test_ids_are_those_of_the_contract(large: Generated) -> None:
    companies = large.ordinary
    native = companies.filter(NATIVE)
    abroad = companies.filter(~NATIVE)
    assert (native["id"] == native["uscc"]).all()
    assert (abroad["id"] == abroad["lei"]).all()
    assert abroad["uscc"].null_count() == abroad.height
    persons = large.entities.filter(kind="person")
    assert persons["id"].str.contains(r"^P([0-9a-f]{16}|-TG\d+)$").all()
    assert persons.drop("id", "kind", "name", "name_en").null_count().row(0) == (
        persons.height,
    ) * (len(ENTITY_COLUMNS) - 4)


def test_ids_are_unique_among_many() -> None:
    world = World(200_000, Chance(3), 20_000, 0.03)
    company = np.arange(200_000)
    parts = [
        reference(COMPANY, company),
        reference(BRANCH, branches_of(world, company)),
        reference(BODY, np.arange(world.bodies)),
        reference(PERSON, np.arange(240_000)),
        reference(CONSORTIUM, company[::500]),
    ]
    ids = identify(world, np.concatenate(parts))
    assert ids.n_unique() == len(ids) > 450_000


def test_ids_are_unique_far_out_and_apart_between_sorts() -> None:
    far = np.concatenate([np.arange(5_000), np.arange(2**32 - 5_000, 2**32)])
    number = np.concatenate([far, far + 2**32, far + 2**33])
    prefixes = np.tile(np.frombuffer(b"91330106", dtype=np.uint8), (len(number), 1))
    codes = text_of(uscc_ids(Chance(1), number, prefixes))
    assert codes.n_unique() == len(number)
    assert all(uscc_is_valid(code) for code in codes.gather_every(97))
    assert text_of(lei_ids(Chance(1), far)).n_unique() == len(far)
    assert text_of(mixed_ids(Chance(1), "P", far)).n_unique() == len(far)


def test_an_id_depends_on_seed_and_index_only() -> None:
    index = reference(COMPANY, np.arange(100))
    small_world = identify(World(100, Chance(1), 20_000, 0.03), index)
    assert small_world.equals(identify(World(10**7, Chance(1), 21_000, 0.5), index))
    assert not small_world.equals(identify(World(100, Chance(2), 20_000, 0.03), index))


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
    ends = large.relationships.select(
        "kind",
        source=large.relationships.join(
            kinds, left_on="source", right_on="id", how="left", maintain_order="left"
        )["kind_right"],
        target=large.relationships.join(
            kinds, left_on="target", right_on="id", how="left", maintain_order="left"
        )["kind_right"],
    ).unique()
    roles = {"legal_representative", "director", "supervisor", "senior_manager", "employee"}
    for kind, source, target in ends.iter_rows():
        if kind in roles:
            assert (source, target) == ("person", "company"), kind
        elif kind == "branch":
            assert (source, target) == ("company", "branch")
        elif kind == "consortium":
            assert (source, target) == ("company", "other")
        elif kind == "responsible_person":
            assert source == "person"
            assert target in {"company", "branch"}
        elif kind == "possibly_same":
            assert (source, target) == ("person", "person")
        elif kind == "shareholder":
            assert source in {"person", "company", "public_body"}
            assert target == "company"


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
        assert not values.is_nan().any()
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


@pytest.mark.parametrize(("kind", "whole"), [("shareholder", "target"), ("supplier", "target")])
def test_shares_never_exceed_the_whole(large: Generated, kind: str, whole: str) -> None:
    middle = (pl.col("share_min") + pl.col("share_max")) / 2
    billionths = (pl.coalesce("share", middle) * BILLIONTHS).round().cast(pl.Int64)
    sums = large.of_kind(kind).group_by(whole).agg(billionths.sum().alias("sum"))["sum"]
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
    names = ["legal_representative", "director", "supervisor", "senior_manager"]
    posts = large.relationships.filter(pl.col("kind").is_in(names))
    assert posts["end"].is_not_null().mean() == pytest.approx(0.15, abs=0.03)
    directors = large.of_kind("director").group_by("target").len()["len"]
    assert directors.max() <= 9
    both = present.join(large.of_kind("director"), on=["source", "target"], how="semi").height
    assert both / present.height > 0.8
    heads = large.of_kind("branch")
    assert heads["target"].n_unique() == heads.height == large.summary.by_kind["branch"] - 0
    branches = large.entities.filter(kind="branch")["id"]
    assert branches.is_in(large.of_kind("responsible_person")["target"].implode()).all()


def test_companies_per_person_are_heavy_tailed(large: Generated) -> None:
    names = ["legal_representative", "director", "supervisor", "senior_manager"]
    posts = large.relationships.filter(pl.col("kind").is_in(names)).select("source", "target")
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
        if code == "UEL" and kind == "company":
            assert foreign


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
    assert none.records.filter(~pl.col("type").str.starts_with("RED_"))["id"].str.contains(
        "TG", literal=True
    ).all()  # fmt: skip
    many = read_back(generate(tmp_path / "many", companies=3_000, record_share=0.3))
    assert many.records.height > 3 * none.records.height


# --- the table of record types -------------------------------------------------------------------


def test_types_are_those_of_the_national_pack() -> None:
    assert {kind.code for kind in RECORD_KINDS} == set(read_policy("cn-national").record_types)
    assert set(RECORD_WORDS) == {kind.code for kind in RECORD_KINDS}
    assert all(words.grounds for words in RECORD_WORDS.values())
    assert {name for kind in RECORD_KINDS for name in kind.sectors} <= set(SECTORS)
    assert {item.code for item in RECORD_KINDS if item.code in NAMED_RESPONSIBLE} == set(
        NAMED_RESPONSIBLE
    )


def test_sources_are_those_of_the_national_pack() -> None:
    searched = {item.code for item in read_policy("cn-national").coverage if item.item == "source"}
    assert searched == set(CONSULTATION_SOURCES)


# --- stories -------------------------------------------------------------------------------------


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
    ours = pl.col("source").str.contains(STORY)
    theirs = pl.col("target").str.contains(STORY)
    ordinary = small.entities.filter(~pl.col("id").str.contains(STORY))["id"]
    mixed = small.relationships.filter(
        (ours & pl.col("target").is_in(ordinary.implode()))
        | (theirs & pl.col("source").is_in(ordinary.implode()))
    )
    assert mixed.is_empty()


def test_stories_do_not_depend_on_the_seed(small: Generated, large: Generated) -> None:
    assert small.summary.stories == large.summary.stories


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


# --- the same bytes, and files -------------------------------------------------------------------


def test_two_runs_are_equal_to_the_byte(tmp_path: Path, small: Generated) -> None:
    generate(tmp_path / "again", companies=2_000, seed=7)
    assert digests(tmp_path / "again") == digests(small.summary.path)


def test_other_seeds_and_days_differ(tmp_path: Path, small: Generated) -> None:
    seed = generate(tmp_path / "seed", companies=2_000, seed=8)
    day = generate(tmp_path / "day", companies=2_000, seed=7, as_of=dt.date(2024, 2, 29))
    for other in (seed, day):
        for table in ("entities", "relationships", "records"):
            assert not read(other.path, table).equals(getattr(small, table)), table
    assert read(day.path, "records")["decided_on"].max() <= dt.date(2024, 2, 29)


def test_blocks_do_not_change_the_content(
    tmp_path: Path, small: Generated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator, "_BLOCK", 137)
    blocks: list[tuple[int, int]] = []
    cut = generate(
        tmp_path / "cut",
        companies=2_000,
        seed=7,
        progress=lambda done, total: blocks.append((done, total)),
    )
    assert blocks == [(number, 16) for number in range(1, 17)]
    assert len(list((cut.path / "entities").iterdir())) == 16
    for table in TABLES:
        one, other = getattr(small, table), read(cut.path, table)
        assert one.sort(one.columns).equals(other.sort(other.columns)), table


def test_a_link_across_blocks_needs_no_lookup() -> None:
    world = World(10**8, Chance(1), 20_000, 0.03)
    far = reference(COMPANY, np.array([0, 99_999_999]))
    assert len(identify(world, far)) == 2
    assert (started(world, far) < 20_000).all()


@pytest.mark.parametrize("companies", [1, 2, 3, 10, 65])
def test_small_registers_work(tmp_path: Path, companies: int) -> None:
    register = read_back(generate(tmp_path / "tiny", companies=companies))
    assert register.ordinary.height == companies
    known = register.entities["id"].implode()
    assert register.relationships["source"].is_in(known).all()
    assert register.relationships["target"].is_in(known).all()
    assert register.records["entity"].is_in(known).all()


def test_csv_says_the_same(tmp_path: Path, small: Generated) -> None:
    generate(tmp_path / "csv", companies=2_000, seed=7, format="csv")
    for table in TABLES:
        expected = getattr(small, table)
        found = pl.read_csv(
            tmp_path / "csv" / f"{table}.csv", schema=expected.schema, try_parse_dates=False
        )
        assert found.equals(expected), table


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "out", companies=10, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_overwritten_unasked(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    generate(out, companies=1)  # an empty folder is free
    before = digests(out)
    with pytest.raises(UsageError, match="is not empty"):
        generate(out, companies=2)
    assert digests(out) == before
    generate(out, companies=2, overwrite=True)
    assert digests(out) != before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_only_a_generated_register_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="something else"):
        generate(tmp_path, companies=1, overwrite=True)
    assert (tmp_path / "letter.txt").read_text() == "mine"
    with pytest.raises(UsageError, match="is a file"):
        generate(tmp_path / "letter.txt", companies=1)


@pytest.mark.parametrize("wrong", [{"companies": 0}, {"companies": 10**12}, {"companies": 1, "record_share": 2.0}, {"companies": 1, "format": "xls"}])  # noqa: E501  # fmt: skip
def test_parameters_out_of_range_are_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        generate(tmp_path / "out", **wrong)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


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


def test_every_step_has_somebody_to_take_it(large: Generated) -> None:
    assert {name.split(".")[0] for name in STEP_CODES} == set(large.relationships["kind"].unique())

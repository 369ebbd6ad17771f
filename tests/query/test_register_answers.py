"""A register answers for itself what a scoring of it says, of everybody, row by row."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import pytest
from depth import some
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Row, World
from places import PROJECT, TESTS
from polars.testing import assert_frame_equal
from random_law import DIRECTORS, MANAGERS, random_law
from random_owners import random_owners
from strategies import TODAY, random_policy, random_world, tables_of

import trustgraph as tg
from trustgraph.api.jobs import score_input
from trustgraph.cli.main import main
from trustgraph.ingest.bulk import import_register
from trustgraph.policy import Aggregate, ControlRule, Effect, Policy, Route, RouteStep, Rule
from trustgraph.query.results import FrameAnswers, register_answers
from trustgraph.records.as_of import records_as_of
from trustgraph.register import excerpt_of
from trustgraph.schema import STEP_CODES
from trustgraph.scoring.frames import RESULTS

SAMPLE = PROJECT / "datasets" / "sample"
PACKS = TESTS / "packs"
DAY = "2026-06-30"
WORST, DEFAULTER = "91330106TG100001X9", "91330106TG020001X8"
PERSON, CODE = "P-TG100007", "TN85-UBEN"
seeds = st.integers(0, 2**32 - 1)


def assert_same_answers(result: tg.Result, rng: Random, asked: int) -> None:
    register, policy = result.register, result.policy
    day, retention_on = result.scoring.as_of, result.scoring.retention_on
    record_state = records_as_of(register, policy, as_of=day, retention_on=retention_on)
    made = register_answers(register, policy, record_state)
    kept = FrameAnswers(result.scoring)
    for number in rng.sample(range(len(register)), min(asked, len(register))):
        entity = register.ids[number]
        for table in RESULTS:
            found, expected = (of.of(table, number, entity) for of in (made, kept))
            assert_frame_equal(found, expected, check_exact=True)
        owned, expected = (of.owned_by(number, entity) for of in (made, kept))
        assert_frame_equal(owned, expected.sort("entity"), check_exact=True)


@settings(max_examples=settings().max_examples // 3)
@given(seed=seeds, size=st.sampled_from([(6, 8), (20, 24), (40, 44)]))
def test_a_register_answers_as_its_scoring_does(seed: int, size: tuple[int, int]) -> None:
    rng = Random(seed)
    world = random_world(rng, *size, records=size[0] // 3)
    policy = random_law(rng, random_policy(rng, max_hops=3))
    assert_same_answers(tg.score(tables_of(world), policy, as_of=TODAY, retention_on=TODAY), rng, 6)


@settings(max_examples=settings().max_examples // 3)
@given(seed=seeds, size=st.sampled_from([(4, 9), (8, 20), (30, 40)]))
def test_owners_of_a_register_are_those_of_its_scoring(seed: int, size: tuple[int, int]) -> None:
    rng = Random(seed)
    world: World = random_owners(rng, *size)
    policy = random_law(rng, random_policy(rng, max_hops=2))
    assert_same_answers(tg.score(tables_of(world), policy, as_of=TODAY, retention_on=TODAY), rng, 6)


@pytest.mark.parametrize("pack", ["cn-national", "cn-beneficial-owner", str(PACKS / "us-lists")])
def test_packs_say_the_same_of_registers(pack: str) -> None:
    tables = tg.read_tables(SAMPLE)
    assert_same_answers(
        tg.score(tables, pack, as_of="2026-06-30", retention_on="2026-06-30"),
        Random(1),
        len(some(range(60), 20)),
    )


def law(*rules: Rule, control: ControlRule | None = None) -> Policy:
    """A pack of some rules, which nothing else of can hide what they need."""
    policy = random_policy(Random(1), max_hops=1)
    return dataclasses.replace(
        policy,
        rules={one.code: (one,) for one in rules},
        controls=() if control is None else (control,),
    )


def rule(*steps: str, aggregate: Aggregate | None = None) -> Rule:
    routed = tuple(RouteStep(steps=(STEP_CODES[step],)) for step in steps)
    return Rule("R", "A", Effect("X"), on=("T0",), routes=(Route(routed),), aggregate=aggregate)


def made_by_hand(*relationships: Row) -> World:
    """Relationships between companies a to d and the persons p and q; a is listed."""
    kinds = dict.fromkeys("abcd", "company") | dict.fromkeys("pq", "person")
    return World(
        {name: {"id": name, "kind": kind, "name": name} for name, kind in kinds.items()},
        [*relationships],
        [{"id": "r", "entity": "a", "type": "T0", "decided_on": TODAY - dt.timedelta(1)}],
    )


def linked(source: str, kind: str, target: str, share: float | None = None) -> Row:
    return {"source": source, "target": target, "kind": kind, "share": share}


SHARE_OF_SUPPLY = (
    made_by_hand(
        linked("a", "contractor", "b"),
        linked("a", "supplier", "b"),
        linked("c", "supplier", "b", 0.8),
        linked("b", "branch", "d"),
    ),
    law(rule("contractor.forward", "branch.forward", aggregate=Aggregate("share", 0.3))),
)
OVER_A_COMPUTED_CONTROLLER = (
    made_by_hand(linked("a", "supplier", "b"), linked("b", "shareholder", "d", 1.0)),
    law(
        rule("supplier.forward", "actual_controller.forward"),
        control=ControlRule(threshold=250_000_000, serves="yes"),
    ),
)
WHO_STANDS_IN = (
    made_by_hand(
        *(linked(owner, "shareholder", "d", 0.2) for owner in ("a", "b", "c", "p", "q")),
        linked("p", "director", "d"),
        linked("q", "senior_manager", "d"),
    ),
    law(control=ControlRule(threshold=250_000_000, last_resort=(DIRECTORS, MANAGERS))),
)


@pytest.mark.parametrize(
    ("story", "consequences", "controllers"),
    [
        # What the other supplier leaves is too little, though the listed one's share is unknown.
        (SHARE_OF_SUPPLY, 0, 0),
        # Who controls by computation is reached first, then whom it controls.
        (OVER_A_COMPUTED_CONTROLLER, 1, 1),
        # There is a director, so that no manager stands in.
        (WHO_STANDS_IN, 0, 1),
    ],
    ids=["share of supply", "over a computed controller", "who stands in"],
)
def test_what_lies_beside_the_way_is_looked_at(
    story: tuple[World, Policy], consequences: int, controllers: int
) -> None:
    world, policy = story
    result = tg.score(tables_of(world), policy, as_of=TODAY, retention_on=TODAY)
    assert result.consequences.height == consequences
    assert result.scoring.control.filter(pl.col("beneficial_owner") == "yes").height == controllers
    assert_same_answers(result, Random(1), asked=99)


def test_an_excerpt_has_the_consultations_of_its_entities_and_of_all() -> None:
    register = tg.score(tg.read_tables(SAMPLE), as_of=DAY).register
    searched = register.consultations
    some = np.arange(3, len(register), 7)
    found = excerpt_of(register, some).register.consultations
    of_all, own = searched.entity < 0, np.isin(searched.entity, some)
    assert of_all.any()
    assert own.any()
    assert found.day.tolist() == [*searched.day[of_all], *searched.day[own]]
    assert (
        found.entity[found.entity >= 0].tolist()
        == np.searchsorted(some, searched.entity[own]).tolist()
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A register of the sample, and a run of it that kept no ledger."""
    folder = tmp_path_factory.mktemp("asked")
    register, run = folder / "register", folder / "run"
    import_register(SAMPLE, register)
    score_input(register, run, as_of=DAY, retention_on=DAY, ledger="none")
    return register, run


@pytest.mark.parametrize(
    "question",
    [
        ("explain", WORST),
        ("explain", PERSON, "--lang", "zh"),
        ("explain", CODE, "--unmask"),
        ("chain", WORST, DEFAULTER),
        ("owners", DEFAULTER),
        ("owned", CODE),
    ],
    ids=" ".join,
)
def test_questions_take_a_register_where_they_take_a_run(
    folders: tuple[Path, Path], question: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    register, run = folders
    verb, *asked = question
    assert main([verb, str(run), *asked, "--json"]) == 0
    expected = json.loads(capsys.readouterr().out)
    days = ("--as-of", DAY, "--retention-on", DAY)
    assert main([verb, str(register), *asked, *days, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == expected
    assert expected


def test_a_register_is_asked_by_any_pack_and_for_any_day(folders: tuple[Path, Path]) -> None:
    register, _ = folders
    found = tg.explain(register, WORST, policy=str(PACKS / "us-lists"), as_of="2020-01-01")
    assert (found["policy"]["name"], found["as_of"]) == ("us-lists", "2020-01-01")
    opened = tg.open_register(str(register))  # as a user would, who has never met a Path
    assert tg.explain(opened, WORST, policy=str(PACKS / "us-lists"), as_of="2020-01-01") == found


@pytest.mark.parametrize(
    "given", [("--policy", "cn-national"), ("--as-of", DAY), ("--retention-on", DAY)]
)
def test_a_run_has_a_pack_and_a_day_of_its_own(
    folders: tuple[Path, Path], given: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(folders[1]), WORST, *given]) == 2
    assert "a run has a policy pack and a day of its own" in capsys.readouterr().err

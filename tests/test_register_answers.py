"""A register answers for itself what a scoring of it says, of everybody, row by row."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import World
from polars.testing import assert_frame_equal
from random_owners import BASES, random_owners
from random_owners import random_rule as random_control
from strategies import TODAY, random_policy, random_world, tables_of

import trustgraph as tg
from trustgraph.answers import FrameAnswers, RegisterAnswers
from trustgraph.batch import score_input
from trustgraph.cli import main
from trustgraph.importing import import_register
from trustgraph.policy import Aggregate, Effect, Policy, Route, RouteStep, Rule
from trustgraph.reckoning import RESULTS
from trustgraph.schema import STEP_CODES
from trustgraph.standing import standing_of

SAMPLE = Path(__file__).parents[1] / "datasets" / "sample"
PACKS = Path(__file__).parent / "packs"
DAY = "2026-06-30"
WORST, DEFAULTER = "91330106TG100001X9", "91330106TG020001X8"
PERSON, CODE = "P-TG100007", "TN85-UBEN"
seeds = st.integers(0, 2**32 - 1)


def random_law(rng: Random, policy: Policy) -> Policy:
    """A pack with rules of every aggregate, and control that may serve them."""

    def step(*always: str) -> RouteStep:
        codes = [STEP_CODES[code] for code in always]
        codes += rng.sample(list(STEP_CODES.values()), rng.randint(1, 5))
        return RouteStep(steps=tuple(sorted(set(codes))))

    def rule(code: str, aggregate: Aggregate, *steps: RouteStep) -> Rule:
        return Rule(
            code=code,
            force="C",
            effect=Effect("X"),
            on=("T0", "T1", "T2"),
            routes=(Route(steps),),
            aggregate=aggregate,
            not_through=rng.choice([(), ("public_body",), ("company",)]),
            from_kinds=rng.choice([(), ("company", "branch")]),
        )

    added = [
        rule("Q0", Aggregate("pair"), step(), step()),
        rule("Q1", Aggregate("worst_grade"), *(step() for _ in range(rng.randint(1, 2)))),
        rule("Q2", Aggregate("share", 0.3, 10.0), step("supplier.forward"), step()),
    ]
    control = dataclasses.replace(
        random_control(rng, [BASES]),
        serves=rng.choice(["none", "yes", "possible"]),
        last_resort=rng.choice([(), (STEP_CODES["director.backward"],)]),
    )
    return dataclasses.replace(
        policy,
        rules={**policy.rules, **{one.code: (one,) for one in added}},
        control=rng.choice([None, control, control]),
    )


def assert_same_answers(result: tg.Result, rng: Random, asked: int) -> None:
    register, policy = result.register, result.policy
    day, forget_on = result.scoring.as_of, result.scoring.forget_on
    standing = standing_of(register, policy, as_of=day, forget_on=forget_on)
    made = RegisterAnswers(register, policy, standing)
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
    assert_same_answers(tg.score(tables_of(world), policy, as_of=TODAY, forget_on=TODAY), rng, 6)


@settings(max_examples=settings().max_examples // 3)
@given(seed=seeds, size=st.sampled_from([(4, 9), (8, 20), (30, 40)]))
def test_owners_of_a_register_are_those_of_its_scoring(seed: int, size: tuple[int, int]) -> None:
    rng = Random(seed)
    world: World = random_owners(rng, *size)
    policy = random_law(rng, random_policy(rng, max_hops=2))
    assert_same_answers(tg.score(tables_of(world), policy, as_of=TODAY, forget_on=TODAY), rng, 6)


@pytest.mark.parametrize("pack", ["cn-national", "cn-beneficial-owner", str(PACKS / "us-lists")])
def test_packs_say_the_same_of_registers(pack: str) -> None:
    tables = tg.read_tables(SAMPLE)
    assert_same_answers(
        tg.score(tables, pack, as_of="2026-06-30", forget_on="2026-06-30"), Random(1), 60
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A register of the sample, and a run of it that kept no ledger."""
    folder = tmp_path_factory.mktemp("asked")
    register, run = folder / "register", folder / "run"
    import_register(SAMPLE, register)
    score_input(register, run, as_of=DAY, forget_on=DAY, ledger="none")
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
    days = ("--as-of", DAY, "--today", DAY)
    assert main([verb, str(register), *asked, *days, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == expected
    assert expected


def test_a_register_is_asked_by_any_pack_and_for_any_day(folders: tuple[Path, Path]) -> None:
    register, _ = folders
    found = tg.explain(register, WORST, policy=str(PACKS / "us-lists"), as_of="2020-01-01")
    assert (found["policy"]["name"], found["as_of"]) == ("us-lists", "2020-01-01")
    opened = tg.open_register(register)
    assert tg.explain(opened, WORST, policy=str(PACKS / "us-lists"), as_of="2020-01-01") == found


@pytest.mark.parametrize("given", [("--policy", "cn-national"), ("--as-of", DAY), ("--today", DAY)])
def test_a_run_has_a_pack_and_a_day_of_its_own(
    folders: tuple[Path, Path], given: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(folders[1]), WORST, *given]) == 2
    assert "a run has a policy pack and a day of its own" in capsys.readouterr().err

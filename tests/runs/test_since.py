"""A run since another equals one from scratch, day after day; causes add up between the days."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
from pathlib import Path
from random import Random

import pytest
from adding_up import assert_adds_up
from hypothesis import given, settings
from hypothesis import strategies as st
from importing_support import small_sizes
from oracle import World
from polars.testing import assert_frame_equal
from random_changes import random_changes
from random_law import random_law
from random_owners import random_owners
from side_by_side import PARTS, changes_side_by_side, examples, side_by_side
from strategies import DAYS, TODAY, random_policy, random_world, seeds, tables_of

import trustgraph as tg
from trustgraph.cli.main import main
from trustgraph.comparison.outcome import compared, side_of, side_of_run
from trustgraph.policy import Policy, read_policy
from trustgraph.register import compile_register
from trustgraph.runs.register_job import score_stored
from trustgraph.scoring.ledger import parse_ledger
from trustgraph.storage import save_register

TABLES = ("scores", "ledger", "consequences", "control")


def saved(world: World, folder: Path) -> Path:
    folder.mkdir()
    save_register(compile_register(tables_of(world)), folder)
    return folder


def scored(
    register: Path, out: Path, policy: Policy, day: dt.date, since: tg.Run | None = None
) -> tg.Run:
    days = {"as_of": day, "retention_on": day}
    return score_stored(register, out, policy, ledger=parse_ledger("all"), since=since, **days)


def assert_same_bytes(found: tg.Run, expected: tg.Run) -> None:
    for table in TABLES:  # says more, where they differ
        one, other = getattr(found, table)(), getattr(expected, table)()
        assert_frame_equal(one.collect(), other.collect(), check_exact=True)
    assert found.manifest["sizes"] == expected.manifest["sizes"]
    parts = [*found.manifest["sizes"], *(f"sums/{name}.npy" for name in found.manifest["sums"])]
    for part in [*parts, "rejected.csv", "flagged.csv"]:
        assert (found.path / part).read_bytes() == (expected.path / part).read_bytes(), part
    assert found.manifest["counts"] == expected.manifest["counts"]


SIZES = st.sampled_from([(2, 3, 2), (6, 10, 4), (9, 32, 5), (14, 60, 12)])


@settings(max_examples=examples(0.2))
@given(
    seed=seeds,
    sizes=st.lists(SIZES, min_size=PARTS, max_size=PARTS),
    counts=st.lists(st.sampled_from([0, 1, 3, 8]), min_size=1, max_size=3),
)
def test_a_run_since_another_is_the_run_itself(
    seed: int,
    sizes: list[tuple[int, int, int]],
    counts: list[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    rng = Random(seed)
    parts = [
        random_owners(rng, *size[:2]) if rng.random() < 0.5 else random_world(rng, *size)
        for size in sizes
    ]
    policy = random_law(rng, random_policy(rng, max_hops=3))
    if rng.random() < 0.5:  # else everything may differ
        rules = [dataclasses.replace(rule, serves="none") for rule in policy.controls]
        policy = dataclasses.replace(policy, controls=tuple(rules))
    folder = tmp_path_factory.mktemp("since")
    with small_sizes():
        register, day = saved(side_by_side(parts), folder / "register"), rng.choice(DAYS)
        run = scored(register, folder / "run", policy, day)
        for number, count in enumerate(counts):
            # Not all of it changes: most of what stands is kept from the run before.
            drawn = [
                random_changes(rng, part, rng.choice([0, count]), first=100 * number)
                for part in parts
            ]
            parts = [part for _, part in drawn]
            changes = changes_side_by_side([part for part, _ in drawn])
            said = folder / f"{number}.jsonl"
            said.write_text("\n".join(map(json.dumps, changes)))
            tg.add_to_register(register, said)
            day = rng.choice(DAYS)  # earlier, too: any run will do
            whole = scored(register, folder / f"whole-{number}", policy, day)
            run = scored(register, folder / f"run-{number}", policy, day, since=run)
            assert_same_bytes(run, whole)
    shutil.rmtree(folder)


DAYS_ON_END = min(30, settings().max_examples // 2)
"""Thirty where anything lands, fewer in the loop of who works on it."""


def test_days_on_end(tmp_path: Path) -> None:
    """A made-up register, a month of changes: from scratch, since the day before, compared."""
    rng = Random(30)
    world = random_world(rng, 14, 60, 20)
    policy = read_policy("cn-national")
    _as_national(rng, world, policy)
    with small_sizes(4):
        register = saved(world, tmp_path / "register")
        run = scored(register, tmp_path / "run-0", policy, TODAY)
        before = tg.score(tables_of(world), policy, as_of=TODAY, retention_on=TODAY)
        moved = 0
        for number in range(1, DAYS_ON_END + 1):
            day = TODAY + dt.timedelta(days=number)
            changes, world = random_changes(rng, world, rng.randint(0, 4), first=100 * number)
            _as_national(rng, world, policy)
            said = tmp_path / f"{number}.jsonl"
            types = {row["id"]: row["type"] for row in world.records}
            for change in changes:
                row = change["row"]
                assert isinstance(row, dict)
                if change["table"] == "records" and "type" in row and row["id"] in types:
                    row["type"] = types[row["id"]]
            said.write_text("\n".join(map(json.dumps, changes)))
            tg.add_to_register(register, said)
            after = tg.score(tables_of(world), policy, as_of=day, retention_on=day)
            later = scored(register, tmp_path / f"run-{number}", policy, day, since=run)
            assert later.manifest["since"]["anew"] is not None
            names = ("scores", "lines", "consequences", "control")
            for table, name in zip(TABLES, names, strict=True):
                frame = getattr(later, table)().collect()
                assert_frame_equal(frame, getattr(after, name), check_exact=True)
            found = compared(side_of_run(run), side_of_run(later))
            assert_adds_up(found, before, after)
            in_memory = (side_of(one.scoring, one.register, one.policy) for one in (before, after))
            assert_frame_equal(found.causes, compared(*in_memory).causes)
            moved += found.changes.height
            run, before = later, after
    assert moved > DAYS_ON_END // 2


def _as_national(rng: Random, world: World, policy: Policy) -> None:
    """Records of types that the pack has."""
    for row in world.records:
        if row["type"] not in policy.record_types:
            row["type"] = rng.choice(sorted(policy.record_types))


# --- What may stand in the way --------------------------------------------------------------------


@pytest.fixture
def register(tmp_path: Path) -> Path:
    tg.generate(tmp_path / "tables", companies=40)
    tg.import_register(tmp_path / "tables", tmp_path / "register")
    return tmp_path / "register"


def test_another_pack_makes_everything_anew(register: Path, tmp_path: Path) -> None:
    days = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
    run = tg.score_input(register, tmp_path / "run", **days)
    other = tg.score_input(
        register, tmp_path / "other", policy="cn-rongcheng", since=run, overwrite=True, **days
    )
    assert other.manifest["since"]["anew"] is None
    whole = tg.score_input(register, tmp_path / "whole", policy="cn-rongcheng", **days)
    assert_same_bytes(other, whole)
    again = tg.score_input(register, tmp_path / "again", since=other, **days)
    assert again.manifest["policy"]["name"] == "cn-rongcheng"  # the run's own


def test_only_a_register_is_scored_since_a_run(
    register: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tg.score_input(register, tmp_path / "run", as_of="2026-06-30")
    with pytest.raises(tg.UsageError, match="only a register is scored since a run"):
        tg.score_input(tmp_path / "tables", tmp_path / "other", since=run)
    with pytest.raises(tg.RunError, match="is no run folder"):
        tg.score_input(register, tmp_path / "other", since=register)
    said = ["score", register, "--since", tmp_path / "run", "--out", tmp_path / "next"]
    assert main([*map(str, said), "--as-of", "2026-07-01", "--retention-on", "2026-07-01"]) == 0
    assert "ledger lines" in capsys.readouterr().out
    assert tg.open_run(tmp_path / "next").manifest["since"]["as_of"] == "2026-06-30"

"""What if gives what a whole scoring of the changed tables gives, and only what differs."""

from __future__ import annotations

from random import Random
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from random_changes import random_changes
from random_owners import random_owners
from strategies import TODAY, random_policy, random_world, tables_of
from test_register_answers import random_law

import trustgraph as tg
from trustgraph.batch import open_case
from trustgraph.scenario.asking import scenario_of
from trustgraph.scenario.outcome import WhatIf

seeds = st.integers(0, 2**32 - 1)


def rows(frame: pl.DataFrame) -> set[tuple[Any, ...]]:
    lists = [name for name, dtype in frame.schema.items() if dtype == pl.List]
    return set(frame.with_columns(pl.col(name).list.join(" ") for name in lists).rows())


def assert_is_the_difference(found: WhatIf, before: tg.Result, after: tg.Result) -> None:
    key = ["entity", "score_micro", "grade"]
    was, now = (
        {row[0]: row[1:] for row in result.scores.select(key).rows()} for result in (before, after)
    )
    expected = {
        (entity, was.get(entity, (None, None)), now.get(entity, (None, None)))
        for entity in was | now
        if was.get(entity) != now.get(entity)
    }
    given = {(row[0], (row[1], row[3]), (row[2], row[4])) for row in found.changes.rows()}
    assert given == expected
    assert found.changes["cause"].null_count() == 0

    key = ["entity", "line", "record"]
    values = ["micro", "reach", "hops", "chain", "note"]
    lines = [rows(result.lines.select(key + values)) for result in (before, after)]
    for side, mine, other in (("before", *lines), ("after", *reversed(lines))):
        there = found.ledger.filter(pl.col(f"micro_{side}").is_not_null())
        assert rows(there.select(key + [f"{name}_{side}" for name in values])) == mine - other

    for table in ("consequences", "control"):
        frame = getattr(found, table)
        pair = [rows(getattr(result.scoring, table)) for result in (before, after)]
        for word, mine, other in (("went", *pair), ("came", *reversed(pair))):
            shown = frame.filter(pl.col("change") == word).drop("change", "cause")
            assert rows(shown) == mine - other

    covered = [
        dict(result.scores.select("entity", "coverage").rows()) for result in (before, after)
    ]
    expected = {
        (entity, *(one.get(entity) for one in covered))
        for entity in covered[0] | covered[1]
        if covered[0].get(entity) != covered[1].get(entity)
    }
    assert rows(found.coverage.drop("cause")) == expected


@settings(max_examples=5 * settings().max_examples)
@given(
    seed=seeds,
    size=st.sampled_from([(2, 3, 2), (6, 10, 4), (9, 32, 5), (30, 50, 8)]),
    count=st.sampled_from([1, 1, 1, 2, 5]),
    owners=st.booleans(),
)
def test_what_if_equals_a_whole_scoring(
    seed: int, size: tuple[int, int, int], count: int, owners: bool
) -> None:
    rng = Random(seed)
    world = random_owners(rng, *size[:2]) if owners else random_world(rng, *size)
    policy = random_law(rng, random_policy(rng, max_hops=3))
    changes, changed = random_changes(rng, world, count)
    days = {"as_of": TODAY, "forget_on": TODAY}
    before, after = (tg.score(tables_of(one), policy, **days) for one in (world, changed))
    for case in (open_case(before.register, policy=policy, **days), open_case(before)):
        assert_is_the_difference(scenario_of(case).what_if(changes), before, after)

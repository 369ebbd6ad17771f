"""The law in a subgraph is the law of the explanation, line by line, and adds nothing."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from places import PROJECT
from strategies import TODAY, random_policy, random_world, seeds, tables_of

import trustgraph as tg

WORST = "91330106TG100001X9"


def told_of(session: tg.Session, entity: str) -> list[tuple[Any, ...]]:
    """The consequences that an explanation of one entity has, and the measures of its records."""
    told = tg.explain(session, entity)
    own = [
        ("A", "fact", None, "; ".join(one["measures"]), one["record"], (entity,))
        for one in told["records"]
        if one.get("measures")
    ]
    rows = []
    for one in told["consequences"]:
        words = " ".join(part for part in (one["words"], one["detail_words"]) if part)
        record = one["record"] and one["record"]["record"]
        chain = tuple(one["chain"])
        rows.append(
            (one["force"], one["status"], one["rule"], words or one["title"], record, chain)
        )
    return sorted(own + rows, key=repr)


@settings(max_examples=settings().max_examples // 2)
@given(seed=seeds)
def test_the_law_of_a_subgraph_is_that_of_explanations(seed: int) -> None:
    world = random_world(Random(seed), 7, 20, 6)
    scoring = tg.score(
        tables_of(world), random_policy(Random(seed), max_hops=2), as_of=TODAY, retention_on=TODAY
    )
    session = tg.open_session(scoring, unmask=True)
    centres = list(world.entities)
    found = tg.extract(session, evidence=centres).consequences
    for entity in centres:
        rows = found.filter(pl.col("entity") == entity)
        columns = ("force", "status", "rule", "words", "record", "chain")
        have = [
            tuple(tuple(v) if isinstance(v, list) else v for v in row)
            for row in rows.select(columns).rows()
        ]
        assert sorted(have, key=repr) == told_of(session, entity)
    # By force, as in a report; what the market makes of it has no place among the law.
    assert not (found["force"] == "E").any()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_worst_of_the_sample(lang: tg.Language) -> None:
    day = dt.date(2026, 6, 30)
    run = tg.score(tg.read_tables(PROJECT / "datasets" / "sample"), as_of=day, retention_on=day)
    found = tg.extract(run, evidence=WORST, lang=lang).consequences
    assert found.height
    assert set(found["entity"]) == {WORST}
    assert found["legal_basis"].null_count() == 0
    own = found.filter(pl.col("rule").is_null())
    assert own["record"].null_count() == 0
    assert own["decided_on"].null_count() == 0
    pairs = found.filter(pl.col("force") == "C")
    assert pairs["chain"].list.len().min() == 2 or not pairs.height

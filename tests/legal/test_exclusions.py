"""Pairs that exclude one another: what counts towards a hub of too many."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

import trustgraph as tg
from trustgraph.policy import Policy, read_policy

DAY = "2026-06-30"


def headed(count: int, **of_the_last: Any) -> pl.DataFrame:
    """Companies of one legal representative; what else is said of the last one's post."""
    posts = [
        {"source": "P", "target": f"C{number:03}", "kind": "legal_representative"}
        for number in range(count)
    ]
    posts[-1] |= of_the_last
    schema = dict.fromkeys(("source", "target", "kind"), pl.String) | {
        "start": pl.Date,
        "end": pl.Date,
    }
    return pl.DataFrame(posts, schema=schema)


def excluded(posts: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    entities = pl.DataFrame(
        [
            {"id": "P", "kind": "person", "name": "Somebody"},
            *({"id": c, "kind": "company", "name": c} for c in posts["target"]),
        ]
    )
    found = tg.score(tg.check_tables(entities, posts), policy, as_of=DAY).scoring.consequences
    return found.filter(pl.col("rule") == "P21")


@pytest.mark.parametrize(
    "of_the_last",
    [{"start": dt.date(2027, 1, 1)}, {"end": dt.date(2026, 6, 30)}],
    ids=["begins later", "has ended"],
)
def test_what_is_not_in_force_makes_no_hub(of_the_last: dict[str, Any]) -> None:
    """As many companies as ``max_fanout``: each excludes each; a post of another day adds none."""
    policy = read_policy("cn-national")
    most = policy.max_fanout
    posts = headed(most + 1, **of_the_last)
    assert excluded(posts[:-1], policy).height == most * (most - 1)
    assert excluded(posts, policy).height == most * (most - 1)
    crowded = excluded(headed(most + 1), policy)
    assert crowded.height == most + 1
    assert crowded["detail"].unique().to_list() == [f"{most} others"]


def test_a_hub_of_the_same_name_stands_for_all_it_leads_on_to() -> None:
    """Whoever may be the same as a hub is told so in one row, and in no row for each of them."""
    policy = read_policy("cn-national")
    most = policy.max_fanout
    posts = headed(most + 1).select("source", "target", "kind").rows()
    posts += [("Q", "X", "legal_representative"), ("Q", "P", "possibly_same")]
    frame = pl.DataFrame(posts, schema=["source", "target", "kind"], orient="row")
    persons = [{"id": one, "kind": "person", "name": "Somebody"} for one in "PQ"]
    firms = [{"id": c, "kind": "company", "name": c} for c in frame["target"] if c not in "PQ"]
    tables = tg.check_tables(pl.DataFrame([*persons, *firms]), frame)
    found = tg.score(tables, policy, as_of=DAY).scoring.consequences.filter(rule="P21")
    (row,) = found.filter(entity="X").rows(named=True)
    assert (row["chain"], row["status"]) == (["X", "Q", "P"], "possible")
    assert row["detail"] == f"{most + 1} others"
    # From the other side only one company may be the same person's: each is told of it.
    assert found.filter(pl.col("chain").list.last() == "X").height == most + 1


def test_two_partners_of_one_hub_are_a_pair() -> None:
    policy = read_policy("cn-national")
    posts = headed(policy.max_fanout + 1).select("source", "target", "kind").rows()
    posts += [("Q", "X", "legal_representative"), ("Q", "P", "possibly_same")]
    frame = pl.DataFrame(posts, schema=["source", "target", "kind"], orient="row")
    persons = [{"id": one, "kind": "person", "name": "Somebody"} for one in "PQ"]
    firms = [{"id": c, "kind": "company", "name": c} for c in frame["target"] if c not in "PQ"]
    result = tg.score(tg.check_tables(pl.DataFrame([*persons, *firms]), frame), policy, as_of=DAY)
    session = tg.open_session(result, unmask=True)
    pairs = tg.bids(session, ["C000", "C001", "X"])["pairs"]
    told = {(tuple(row["chain"]), row["status"]) for row in pairs}
    assert told == {
        (("C000", "P", "C001"), "fact"),
        (("C000", "P", "Q", "X"), "possible"),
        (("C001", "P", "Q", "X"), "possible"),
    }
    assert all(row["detail_words"] == "" for row in pairs)

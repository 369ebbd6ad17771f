"""The kernel, the ledger and the legal engine against the plain second implementation."""

from __future__ import annotations

from random import Random

from hypothesis import example, given, settings
from oracle import GRADED, Oracle, World
from strategies import TODAY, packs, random_policy, random_world, tables_of, worlds

from trustgraph.policy import Policy
from trustgraph.register import compile_register
from trustgraph.scoring.pipeline import score_register


@settings(max_examples=5 * settings().max_examples)
@given(world=worlds(), policy=packs())
# A certain step that is made possible by a later one outdoes nobody.
@example(world=random_world(Random(168317), 9, 31, 4), policy=random_policy(Random(259649), 0))
def test_everything_equals_the_plain_implementation(world: World, policy: Policy) -> None:
    expected = Oracle(world, policy, TODAY).answer()
    scoring = score_register(compile_register(tables_of(world)), policy, as_of=TODAY)

    scores = {
        row["entity"]: {name: row[name] for name in GRADED} for row in scoring.scores.to_dicts()
    }
    assert scores == expected.scores

    lines: dict[str, list[tuple[str, str | None, int]]] = {entity: [] for entity in scores}
    for row in scoring.ledger.to_dicts():
        lines[row["entity"]].append((row["line"], row["record"], row["micro"]))
    assert {e: sorted(ls, key=str) for e, ls in lines.items()} == {
        e: sorted(ls, key=str) for e, ls in expected.ledger.items()
    }

    exposure = {
        (row["record"], row["entity"]): (row["micro"], row["reach"], tuple(row["chain"]))
        for row in scoring.ledger.to_dicts()
        if row["line"] == "exposure"
    }
    assert exposure == expected.exposure

    consequences = {
        (row["entity"], row["rule"], row["record"], row["status"], tuple(row["chain"]))
        for row in scoring.consequences.to_dicts()
    }
    assert consequences == expected.consequences

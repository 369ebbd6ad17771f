"""Random owners for the laws of ownership: rings, ranges, doubts, nominees, over-full companies."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import strategies as st
from oracle import BILLION, Row, World, billionths
from strategies import DAYS, SHARES, maybe, random_interval, seeds

from trustgraph.policy import ControlRule
from trustgraph.policy.model import CascadeRule
from trustgraph.schema import STEP_CODES

BASES = ("integrated", "majority", "recorded")
FEWER_BASES = [("integrated", "majority"), ("integrated", "recorded"), ("recorded",), ("majority",)]
FORMS = ("nominee", "bearer shares")
LAST_RESORT = (STEP_CODES["director.backward"], STEP_CODES["senior_manager.backward"])
STIFF = [0.999999999, 0.999999998, 0.000000001, 0.000000002, 0.5, 1.0]
"""Shares of rings that are left once in a billion rounds."""


def random_stake(rng: Random, share: float, shares: list[float]) -> Row:
    """A stake of about this share: exact, a range, one bound, or nothing stated."""
    how = rng.randint(0, 9)
    if how < 5:
        return {"share": share}
    low, high = sorted([share, rng.choice(shares)])
    if how < 8:
        return rng.choice(
            [{"share_min": low, "share_max": high}, {"share_min": low}, {"share_max": high}]
        )
    return {}


def random_holdings(
    rng: Random, names: list[str], owned: str, count: int, shares: list[float]
) -> list[Row]:
    """The owners of one entity: within the whole, beyond it, or nobody knows."""
    temper = rng.choice(["within", "within", "any", "unknown"])
    left = rng.choice([1.0, 1.0, 1.004])  # a little more is rounding
    rows: list[Row] = []
    for _ in range(count):
        share = rng.choice(shares)
        if temper == "within":
            share = min(share, round(left, 9))
            left -= share
        stake = random_stake(rng, share, shares)
        row = {"source": rng.choice(names), "target": owned, "kind": "shareholder"}
        row |= {} if temper == "unknown" and rng.random() < 0.6 else stake
        rows.append(row)
    return rows


def random_owners(rng: Random, entities: int, relationships: int, *, stiff: bool = False) -> World:
    """A small register of stakes and recorded controllers: rings and 100 % rings are common."""
    names = [f"{letter}{number}" for number, letter in enumerate("eabdcfgh")][:entities]
    rng.shuffle(names)
    kinds = ["company"] * 6 + ["person"] * 2 + ["public_body", "other"]
    shares = SHARES + STIFF * 3 if stiff else SHARES
    rows: list[Row] = []
    while len(rows) < relationships:
        rows += random_holdings(rng, names, rng.choice(names), rng.randint(1, 4), shares)
    if rng.random() < 0.25:  # a ring that nobody outside holds, or hardly
        ring = rng.sample(names, min(len(names), rng.randint(2, 3)))
        rows = [row for row in rows if row["target"] not in ring or rng.random() < 0.3]
        rows += [
            {"source": a, "target": b, "kind": "shareholder", "share": 1.0}
            for a, b in zip(ring, ring[1:] + ring[:1], strict=True)
        ]
    for _ in range(rng.randint(0, 1 + entities // 3)):
        kind = rng.choice(["actual_controller"] * 4 + ["director"] * 3 + ["senior_manager"])
        rows.append({"source": rng.choice(names), "target": rng.choice(names), "kind": kind})
    for row in rows:
        row["confidence"] = rng.choice([None] * 5 + [1.0, 0.9, 0.5])
        if rng.random() < 0.15:
            row["start"], row["end"] = random_interval(rng)
    rng.shuffle(rows)
    records = [
        {
            "id": f"r{number}",
            "entity": rng.choice(names),
            "type": rng.choice(["LISTED", "LISTED", "OTHER"]),
            "decided_on": rng.choice(DAYS[:6]),
            "status": rng.choice([None, None, None, "withdrawn"]),
        }
        for number in range(rng.randint(0, 3))
    ]
    return World(
        {
            name: {
                "id": name,
                "kind": rng.choice(kinds),
                "name": f"Name {name}",
                **maybe(rng, 0.08, {"legal_form": rng.choice(["Nominee", "bearer shares"])}),
            }
            for name in names
        },
        rows,
        records,
    )


def random_rule(rng: Random, bases: list[tuple[Any, ...]]) -> ControlRule:
    return ControlRule(
        threshold=billionths(rng.choice([0.25, 0.25, 0.1, 0.333333333, 0.5, 0.01])),
        more_than=rng.random() < 0.3,
        bases=rng.choice(bases),
        owners=rng.choice([(), (), ("person",), ("company", "person")]),
        last_resort=rng.choice([(), LAST_RESORT[:1], LAST_RESORT]),
        unknown_forms=FORMS,
        cascade=rng.choice(
            [
                None,
                CascadeRule(("LISTED",), BILLION // 2),
                CascadeRule(("LISTED",), BILLION // 2, more_than=True),
                CascadeRule(("LISTED",), BILLION // 4, by_control=True),
                CascadeRule(("LISTED",), BILLION // 4, summed=False),
                CascadeRule(("LISTED",), BILLION // 2, by_control=True, summed=False),
            ]
        ),
    )


def owners(*, stiff: bool = False) -> st.SearchStrategy[World]:
    """Registers of one of five sizes, equally often."""
    return st.builds(
        lambda seed, size, few: random_owners(
            Random(seed), size[0], size[1] - few % size[1], stiff=stiff
        ),
        seeds,
        st.sampled_from([(2, 3), (3, 6), (4, 9), (6, 14), (8, 20)]),
        st.integers(0, 4),
    )


rules = st.builds(lambda seed: random_rule(Random(seed), [BASES]), seeds)
rules_of_fewer_bases = st.builds(lambda seed: random_rule(Random(seed), FEWER_BASES), seeds)
with_cascade = rules.filter(lambda rule: rule.cascade is not None)
ALL = ControlRule(threshold=BILLION // 4, unknown_forms=FORMS)

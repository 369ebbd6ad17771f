"""Random packs with rules of every aggregate, and control that may serve them."""

from __future__ import annotations

import dataclasses
from random import Random

from random_owners import BASES
from random_owners import random_rule as random_control

from trustgraph.policy import Aggregate, Effect, Policy, Route, RouteStep, Rule
from trustgraph.schema import STEP_CODES

DIRECTORS, MANAGERS = (STEP_CODES[f"{kind}.backward"] for kind in ("director", "senior_manager"))


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
        last_resort=rng.choice([(), (DIRECTORS,), (DIRECTORS, MANAGERS)]),
    )
    return dataclasses.replace(
        policy,
        rules={**policy.rules, **{one.code: (one,) for one in added}},
        controls=rng.choice([(), (control,), (control,)]),
    )

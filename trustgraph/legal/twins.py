"""Routes that pass from a person to one who is possibly the same.

Chinese sources often give a name and no id: two of one name are never merged, and never unrelated
for certain. Each route may pass over such a relationship once, wherever it stands at a person, as
if both were one; what is reached that way is possible, never fact. Of pairs that exclude one
another it is somebody between the two who may be two. Rules that count parties, or take the worst
of several, are left as they are: nobody doubtful is counted.
"""

from __future__ import annotations

import dataclasses
from typing import Final

from trustgraph.policy import Route, RouteStep, Rule
from trustgraph.schema import STEP_CODES

__all__ = ["POSSIBLY_SAME", "counts_parties", "is_twin", "routes_over_twins"]

POSSIBLY_SAME: Final = STEP_CODES["possibly_same.forward"]
_TWIN: Final = RouteStep(steps=(POSSIBLY_SAME,), when="as_of")


def is_twin(step: RouteStep) -> bool:
    """Whether a step of a route is one that stands for identity, and no step of the rule's own."""
    return step is _TWIN


def counts_parties(rule: Rule) -> bool:
    """Whether a rule weighs several parties together, so that nobody doubtful may be among them."""
    return rule.aggregate is not None and rule.aggregate.by != "pair"


def routes_over_twins(rule: Rule) -> tuple[Route, ...]:
    """The routes of a rule with one step between two who are possibly the same.

    In every place, and of pairs in every place between the two.
    """
    if counts_parties(rule):
        return ()
    ends = 0 if rule.aggregate is None else 1
    return tuple(
        dataclasses.replace(route, steps=(*route.steps[:place], _TWIN, *route.steps[place:]))
        for route in rule.routes
        for place in range(ends, len(route.steps) + 1 - ends)
    )

"""Routes that pass from a person to one who is possibly the same.

Chinese sources often give a name and no id: two of one name are never merged, and never unrelated
for certain. Each route may pass over such a relationship once, wherever it stands at a person, as
if both were one; what is reached that way is possible, never fact. Rules that look at several
parties at once are left as they are: they count parties, and a doubtful one is not counted.
"""

from __future__ import annotations

import dataclasses
from typing import Final

from trustgraph.policy import Route, RouteStep, Rule
from trustgraph.schema import STEP_CODES

__all__ = ["POSSIBLY_SAME", "is_twin", "routes_over_twins"]

POSSIBLY_SAME: Final = STEP_CODES["possibly_same.forward"]
_TWIN: Final = RouteStep(steps=(POSSIBLY_SAME,), when="as_of")


def is_twin(step: RouteStep) -> bool:
    """Whether a step of a route is one that stands for identity, and no step of the rule's own."""
    return step is _TWIN


def routes_over_twins(rule: Rule) -> tuple[Route, ...]:
    """The routes of a rule with one step between two who are possibly the same, in every place."""
    if rule.aggregate is not None:
        return ()
    return tuple(
        dataclasses.replace(route, steps=(*route.steps[:place], _TWIN, *route.steps[place:]))
        for route in rule.routes
        for place in range(len(route.steps) + 1)
    )

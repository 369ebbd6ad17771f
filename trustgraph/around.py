"""What decides what is said of one entity: the entities that have to be looked at.

A set may be larger than it must be, never smaller: what is said of the entity in the excerpt of
such a set is what is said of it in the whole register.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from trustgraph.legal import entries_of, of_kinds
from trustgraph.policy import ControlRule, Policy, RouteStep, Rule
from trustgraph.register import Int64, Register, day_number
from trustgraph.schema import STEP_CODES, opposite
from trustgraph.standing import Standing

__all__ = [
    "control_around",
    "graded_around",
    "holdings_around",
    "law_around",
    "owned_below",
    "owners_above",
]

_CONTROLS = STEP_CODES["actual_controller.forward"]
_CONTROLLED = STEP_CODES["actual_controller.backward"]
_UP = (STEP_CODES["shareholder.backward"], _CONTROLLED)
_DOWN = (STEP_CODES["shareholder.forward"], _CONTROLS)
_SUPPLIERS = STEP_CODES["supplier.backward"]


def owners_above(register: Register, entities: Int64, *, today: int) -> Int64:
    """The entities, their owners and recorded controllers, theirs, and so on (ascending).

    Whoever is among them has all its owners among them: stakes, look-through shares, the cascade
    and control of each are as in the whole register.
    """
    return _closure(register, entities, _UP, today)


def owned_below(register: Register, entities: Int64, *, today: int) -> Int64:
    """The entities, whom they own or control by record, whom those do, and so on (ascending)."""
    return _closure(register, entities, _DOWN, today)


def control_around(register: Register, rule: ControlRule, entity: int, *, today: int) -> Int64:
    """What decides who controls an entity and through whom it is blocked (ascending)."""
    alone = np.array([entity], dtype=np.int64)
    stand_ins = _next(register, alone, rule.last_resort)
    return np.union1d(owners_above(register, alone, today=today), stand_ins)


def holdings_around(register: Register, rule: ControlRule, owner: int, *, today: int) -> Int64:
    """What decides whom an entity controls and who is blocked through it (ascending)."""
    alone = np.array([owner], dtype=np.int64)
    below = owned_below(register, alone, today=today)
    stood_for = _next(register, alone, [opposite(step) for step in rule.last_resort])
    held = owners_above(register, np.union1d(below, stood_for), today=today)
    return np.union1d(held, _next(register, held, rule.last_resort))


def law_around(register: Register, policy: Policy, standing: Standing, entities: Int64) -> Int64:
    """What decides which consequences reach some entities, apart from others' grades (ascending).

    Whom a rule's routes lead from to them, over whom, and what its conditions count on the way.
    """
    walked = _Walked(register, policy, standing)
    found = [entities]
    for rule in policy.rules_on(standing.as_of):
        if rule.aggregate is not None and rule.aggregate.by == "pair":
            found += walked.onward(rule, entities)
        else:
            found += walked.back(rule, entities)
    around = np.unique(np.concatenate(found))
    if not walked.computed:
        return around
    return owners_above(register, around, today=walked.today)


def graded_around(register: Register, policy: Policy, standing: Standing, entity: int) -> Int64:
    """Whose grades decide which consequences reach an entity (ascending)."""
    walked = _Walked(register, policy, standing)
    alone = np.array([entity], dtype=np.int64)
    found = [np.zeros(0, dtype=np.int64)]
    for rule in policy.rules_on(standing.as_of):
        if rule.aggregate is not None and rule.aggregate.by == "worst_grade":
            around = np.unique(np.concatenate(walked.back(rule, alone)))
            found.append(around[of_kinds(register, rule.from_kinds, around)])
    return np.unique(np.concatenate(found))


class _Walked:
    """Routes of rules, walked by whoever might take them: days and shares are not looked at."""

    def __init__(self, register: Register, policy: Policy, standing: Standing) -> None:
        self.register = register
        self.today = day_number(standing.as_of)
        # Whoever is found to control, whom nobody recorded, is found among owners above.
        self.computed = policy.control is not None and policy.control.serves != "none"

    def back(self, rule: Rule, ends: Int64) -> list[Int64]:
        """Whom the routes of a rule lead over to the ends, and from; and what it counts there."""
        shared = rule.aggregate is not None and rule.aggregate.by == "share"
        found = [np.zeros(0, dtype=np.int64)]
        for route in rule.routes:
            at = ends
            for place in range(len(route.steps), 0, -1):
                if place < len(route.steps):
                    at = self._through(rule, at)
                if place == 1 and shared:
                    found.append(_next(self.register, at, (_SUPPLIERS,)))
                at = self._one(route.steps[place - 1], at, back=True)
                found.append(at)
        return found

    def onward(self, rule: Rule, starts: Int64) -> list[Int64]:
        """Whom the routes of a rule lead to from some entities, and over."""
        found = [np.zeros(0, dtype=np.int64)]
        for route in rule.routes:
            at = starts
            for place, step in enumerate(route.steps):
                at = self._one(step, self._through(rule, at) if place else at, back=False)
                found.append(at)
        return found

    def _through(self, rule: Rule, at: Int64) -> Int64:
        return at[~of_kinds(self.register, rule.not_through, at)] if rule.not_through else at

    def _one(self, step: RouteStep, at: Int64, *, back: bool) -> Int64:
        steps = [opposite(code) for code in step.steps] if back else list(step.steps)
        found = [_next(self.register, at, steps)]
        if self.computed and _CONTROLS in steps:
            found.append(owned_below(self.register, at, today=self.today))
        if self.computed and _CONTROLLED in steps:
            found.append(owners_above(self.register, at, today=self.today))
        return np.unique(np.concatenate(found))


def _next(register: Register, at: Int64, steps: Collection[int], today: int | None = None) -> Int64:
    """Whom relationships of some steps join to any of the entities, on a day or ever."""
    _, entry = entries_of(register, at.astype(np.int32), tuple(steps))
    adjacency, relationships = register.adjacency, register.relationships
    if today is not None:
        edge = adjacency.edge[entry]
        entry = entry[(relationships.start[edge] <= today) & (today < relationships.end[edge])]
    return np.unique(adjacency.neighbour[entry]).astype(np.int64)


def _closure(register: Register, entities: Int64, steps: Collection[int], today: int) -> Int64:
    seen = np.zeros(len(register), dtype=np.bool_)
    seen[entities] = True
    found, front = [entities], entities
    while len(front):
        front = _next(register, front, steps, today)
        front = front[~seen[front]]
        seen[front] = True
        found.append(front)
    return np.unique(np.concatenate(found))

"""What decides what is said of some entities: the entities that have to be looked at.

A set may be larger than it must be, never smaller: what is said of an entity in the excerpt of
such a set is what is said of it in the whole register. Registers come with what is laid over them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from trustgraph.legal.twins import POSSIBLY_SAME, counts_parties
from trustgraph.policy import ControlRule, Policy, RouteStep, Rule
from trustgraph.register import Int64, Overlay, date_of, together
from trustgraph.schema import ENTITY_KINDS, STEP_CODES, opposite

__all__ = [
    "control_around",
    "graded_around",
    "holdings_around",
    "law_around",
    "law_behind",
    "law_beyond",
    "owned_below",
    "owners_above",
    "serves_law",
]

_CONTROLS = STEP_CODES["actual_controller.forward"]
_CONTROLLED = STEP_CODES["actual_controller.backward"]
_UP = (STEP_CODES["shareholder.backward"], _CONTROLLED)
_DOWN = (STEP_CODES["shareholder.forward"], _CONTROLS)
_SUPPLIERS = STEP_CODES["supplier.backward"]


def owners_above(overlay: Overlay, entities: Int64, *, today: int) -> Int64:
    """The entities, their owners and recorded controllers, theirs, and so on (ascending).

    Whoever is among them has all its owners among them: stakes, look-through shares, the cascade
    and control of each are as in the whole register.
    """
    return _closure(overlay, entities, _UP, today)


def owned_below(overlay: Overlay, entities: Int64, *, today: int) -> Int64:
    """The entities, whom they own or control by record, whom those do, and so on (ascending)."""
    return _closure(overlay, entities, _DOWN, today)


def control_around(overlay: Overlay, rule: ControlRule, entities: Int64, *, today: int) -> Int64:
    """What decides who controls some entities and through whom they are blocked (ascending)."""
    stand_ins = overlay.beside(entities, rule.last_resort)
    return together(len(overlay), owners_above(overlay, entities, today=today), stand_ins)


def holdings_around(overlay: Overlay, rule: ControlRule, owner: int, *, today: int) -> Int64:
    """What decides whom an entity controls and who is blocked through it (ascending)."""
    alone = np.array([owner], dtype=np.int64)
    below = owned_below(overlay, alone, today=today)
    stood_for = overlay.beside(alone, [opposite(step) for step in rule.last_resort])
    held = owners_above(overlay, together(len(overlay), below, stood_for), today=today)
    return together(len(overlay), held, overlay.beside(held, rule.last_resort))


def serves_law(control: ControlRule | None) -> bool:
    """Whether controllers found by computation may serve rules as recorded ones do."""
    return control is not None and control.serves != "none"


def law_around(
    overlay: Overlay, policy: Policy, rules: Iterable[Rule], entities: Int64, *, today: int
) -> Int64:
    """What decides which consequences of rules reach some entities (ascending).

    Whom the routes lead from to them, over whom, and what conditions count on the way; apart from
    others' grades.
    """
    walked = _Walked(overlay, policy, today)
    found = [entities]
    for rule in rules:
        if rule.aggregate is not None and rule.aggregate.by == "pair":
            found += walked.onward(rule, entities)
        else:
            found += walked.back(rule, entities)
    around = together(len(overlay), *found)
    return owners_above(overlay, around, today=today) if walked.computed else around


def law_beyond(
    overlay: Overlay, policy: Policy, rule: Rule, entities: Int64, *, today: int
) -> Int64:
    """Whom consequences of a rule may reach by way of some entities, themselves too (ascending).

    The entities may be where a route begins, where it ends, or on the way.
    """
    walked = _Walked(overlay, policy, today)
    if rule.aggregate is not None and rule.aggregate.by == "pair":
        found = walked.back(rule, entities, anywhere=True)
    else:
        found = walked.onward(rule, entities, anywhere=True)
    return together(len(overlay), entities, *found)


def law_behind(
    overlay: Overlay, policy: Policy, rule: Rule, entities: Int64, *, today: int
) -> Int64:
    """Whose records may reach somebody by a rule by way of some entities, themselves too.

    Ascending. The entities may be where a route begins, where it ends, or on the way.
    """
    found = _Walked(overlay, policy, today).back(rule, entities, anywhere=True)
    return together(len(overlay), entities, *found)


def graded_around(
    overlay: Overlay, policy: Policy, rules: Iterable[Rule], entities: Int64, *, today: int
) -> Int64:
    """Whose grades decide which consequences reach some entities (ascending)."""
    walked = _Walked(overlay, policy, today)
    found = []
    for rule in rules:
        if rule.aggregate is not None and rule.aggregate.by == "worst_grade":
            around = together(len(overlay), *walked.back(rule, entities))
            found.append(around[walked.of_kinds(around, rule.from_kinds)])
    return together(len(overlay), *found)


class _Walked:
    """Routes of rules, walked by whoever might take them: days and shares are not looked at."""

    def __init__(self, overlay: Overlay, policy: Policy, today: int) -> None:
        self.overlay = overlay
        self.today = today
        # Whoever is found to control, whom nobody recorded, is found among owners above.
        self.computed = serves_law(policy.control_on(date_of(today)))

    def of_kinds(self, at: Int64, kinds: Collection[str]) -> np.ndarray:
        codes = [ENTITY_KINDS.index(kind) for kind in kinds or ENTITY_KINDS]
        return np.isin(self.overlay.kinds(at), codes)

    def back(self, rule: Rule, ends: Int64, *, anywhere: bool = False) -> list[Int64]:
        """Whom the routes of a rule lead over to the ends, and from; and what it counts there.

        ``anywhere``: the ends may also be on the way.
        """
        shared = rule.aggregate is not None and rule.aggregate.by == "share"
        found = [np.zeros(0, dtype=np.int64)]
        for route in rule.routes:
            at = self._with_twins(rule, ends)
            found.append(at)
            for place in range(len(route.steps), 0, -1):
                if place < len(route.steps):
                    at = together(len(self.overlay), at, ends) if anywhere else at
                    at = self._through(rule, at)
                if place == 1 and shared:
                    found.append(self.overlay.beside(at, (_SUPPLIERS,)))
                at = self._with_twins(rule, self._one(route.steps[place - 1], at, back=True))
                found.append(at)
        return found

    def onward(self, rule: Rule, starts: Int64, *, anywhere: bool = False) -> list[Int64]:
        """Whom the routes of a rule lead to from some entities, and over.

        ``anywhere``: the starts may also be on the way.
        """
        found = [np.zeros(0, dtype=np.int64)]
        for route in rule.routes:
            at = self._with_twins(rule, starts)
            found.append(at)
            for place, step in enumerate(route.steps):
                if place:
                    at = together(len(self.overlay), at, starts) if anywhere else at
                    at = self._through(rule, at)
                at = self._with_twins(rule, self._one(step, at, back=False))
                found.append(at)
        return found

    def _with_twins(self, rule: Rule, at: Int64) -> Int64:
        """Some entities, and whoever a person among them is possibly the same as."""
        if counts_parties(rule):
            return at
        persons = at[self.of_kinds(at, ("person",))]
        if not len(persons):
            return at
        twins = self.overlay.beside(persons, (POSSIBLY_SAME,))
        return together(len(self.overlay), at, twins) if len(twins) else at

    def _through(self, rule: Rule, at: Int64) -> Int64:
        return at[~self.of_kinds(at, rule.not_through)] if rule.not_through else at

    def _one(self, step: RouteStep, at: Int64, *, back: bool) -> Int64:
        steps = [opposite(code) for code in step.steps] if back else list(step.steps)
        found = [self.overlay.beside(at, steps)]
        if self.computed and _CONTROLS in steps:
            found.append(owned_below(self.overlay, at, today=self.today))
        if self.computed and _CONTROLLED in steps:
            found.append(owners_above(self.overlay, at, today=self.today))
        return together(len(self.overlay), *found)


def _closure(overlay: Overlay, entities: Int64, steps: Collection[int], today: int) -> Int64:
    seen = np.zeros(len(overlay), dtype=np.bool_)
    seen[entities] = True
    found, front = [entities], entities
    while len(front):
        front = overlay.beside(front, steps, today)
        front = front[~seen[front]]
        seen[front] = True
        found.append(front)
    return together(len(overlay), *found)

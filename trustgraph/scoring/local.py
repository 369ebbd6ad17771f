"""What is said of some entities, made of what decides it: as a scoring of everything says it.

Answers are by the numbers of a register with what is laid over it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from trustgraph.coverage.coverage import coverage_of_entity
from trustgraph.legal import consequences, worst_grade_consequences
from trustgraph.ownership.answers import CONTROL_COLUMNS
from trustgraph.ownership.control import Computed, computed_of
from trustgraph.ownership.evaluate import control_of
from trustgraph.ownership.view import listed_by
from trustgraph.policy import ControlRule, Policy, Rule
from trustgraph.records.as_of import RecordState, records_as_of
from trustgraph.register import Excerpt, Float64, Int64, Overlay, UInt8, day_number
from trustgraph.register.naming import chains_of
from trustgraph.scoring.grades import Int8
from trustgraph.scoring.neighbourhood import control_around, graded_around, law_around, serves_law

__all__ = [
    "Asked",
    "blocked_of_some",
    "consequences_of_some",
    "control_among",
    "control_of_some",
    "coverage_of_some",
    "worst_grades_of_some",
]

Ranks = Callable[[Int64], Int8]
"""The ranks of the grades of some entities, -1 of persons."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What answers are asked of: a register with what is laid over it, a pack, the days."""

    overlay: Overlay
    policy: Policy
    as_of: dt.date
    retention_on: dt.date
    _codes: dict[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    def set_off_by(self, rule: Rule) -> frozenset[str]:
        """The record types that a rule asks for: those that set it off, and those that name."""
        if rule.code not in self._codes:
            codes = self.policy.trigger_codes(rule, self.as_of)
            self._codes[rule.code] = codes | frozenset(rule.named_by)
        return self._codes[rule.code]

    @property
    def today(self) -> int:
        return day_number(self.as_of)

    @property
    def control(self) -> ControlRule | None:
        return self.policy.control_on(self.as_of)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(self.policy.rules_on(self.as_of))

    def record_state(self, part: Excerpt) -> RecordState:
        return records_as_of(
            part.register, self.policy, as_of=self.as_of, retention_on=self.retention_on
        )


def control_of_some(asked: Asked, entities: Int64) -> pl.DataFrame:
    """Answers about control of some entities: ``CONTROL_COLUMNS``, by entity, then owner."""
    rule = asked.control
    if rule is None or not len(entities):
        return pl.DataFrame(schema=pl.Schema(CONTROL_COLUMNS))
    around = control_around(asked.overlay, rule, entities, today=asked.today)
    found = control_among(asked, around)
    return found.filter(pl.col("entity").is_in(entities.tolist()))


def blocked_of_some(asked: Asked, entities: Int64) -> UInt8:
    """Whether some entities (ascending) are blocked: 0 no, 1 possible, 2 yes."""
    found = np.zeros(len(entities), dtype=np.uint8)
    rule = asked.control
    if rule is None or rule.cascade is None or not len(entities):
        return found
    rows = control_of_some(asked, entities)
    place = np.searchsorted(entities, rows["entity"].to_numpy())
    np.maximum.at(found, place, rows["cascade"].to_numpy())
    part = asked.overlay.excerpt(entities)
    listed = listed_by(part.register, rule, asked.record_state(part))
    found[np.searchsorted(entities, part.entities[listed])] = 2
    return found


def coverage_of_some(asked: Asked, entities: Int64, changed: Int64) -> Float64:
    """Coverage of some organisations (ascending); ``changed`` are not as in the register."""
    register, found = asked.overlay.register, np.zeros(len(entities))
    other = np.isin(entities, changed)
    for place in np.flatnonzero(~other).tolist():
        number = int(entities[place])
        found[place] = coverage_of_entity(register, asked.policy, number, as_of=asked.as_of)
    if other.any():
        some = entities[other]
        part = asked.overlay.excerpt(np.union1d(some, asked.overlay.beside(some)))
        for number in np.flatnonzero(np.isin(part.entities, some)).tolist():
            place = int(np.searchsorted(entities, part.entities[number]))
            found[place] = coverage_of_entity(
                part.register, asked.policy, number, as_of=asked.as_of
            )
    return found


def control_among(asked: Asked, entities: Int64) -> pl.DataFrame:
    """Answers about control among some entities, right for whom all owners are among them."""
    part = asked.overlay.excerpt(entities)
    return _in_whole(
        part, control_of(part.register, asked.policy, asked.record_state(part), threads=1)
    )


def consequences_of_some(
    asked: Asked, entities: Int64, *, rules: Collection[str] | None = None
) -> pl.DataFrame:
    """The consequences that reach some entities, apart from those of others' grades.

    ``rules`` keeps to those of some codes.
    """
    chosen = [rule for rule in asked.rules if rules is None or rule.code in rules]
    around = law_around(asked.overlay, asked.policy, chosen, entities, today=asked.today)
    part = asked.overlay.excerpt(around)
    record_state = asked.record_state(part)
    computed = _computed(asked, part, record_state)
    found = consequences(part.register, asked.policy, record_state, computed=computed, rules=rules)
    return _of(entities, _in_whole(part, found))


def worst_grades_of_some(asked: Asked, entities: Int64, ranks: Ranks) -> pl.DataFrame:
    """The consequences by which some entities take the worst grade of others."""
    chosen = [r for r in asked.rules if r.aggregate is not None and r.aggregate.by == "worst_grade"]
    graded = graded_around(asked.overlay, asked.policy, chosen, entities, today=asked.today)
    around = law_around(asked.overlay, asked.policy, chosen, entities, today=asked.today)
    part = asked.overlay.excerpt(np.union1d(around, graded))
    record_state = asked.record_state(part)
    grades = np.full(len(part.register), -1, dtype=np.int8)
    whose = np.isin(part.entities, graded)
    grades[whose] = ranks(part.entities[whose])
    computed = _computed(asked, part, record_state)
    found = worst_grade_consequences(
        part.register, asked.policy, record_state, grades, computed=computed
    )
    return _of(entities, _in_whole(part, found))


def _computed(asked: Asked, part: Excerpt, record_state: RecordState) -> Computed | None:
    if asked.control is None or not serves_law(asked.control):
        return None
    control = control_of(part.register, asked.policy, record_state, threads=1)
    return computed_of(part.register, asked.control, control)


def _of(entities: Int64, found: pl.DataFrame) -> pl.DataFrame:
    return found.filter(pl.col("entity").is_in(entities.tolist()))


def _in_whole(part: Excerpt, found: pl.DataFrame) -> pl.DataFrame:
    """Rows by the numbers of an excerpt as rows by the numbers of the whole."""
    entities, records = pl.Series(part.entities, dtype=pl.Int32), pl.Series(part.records)
    numbers = {"entity": entities, "owner": entities, "record": records}
    return found.with_columns(
        chains_of(found["chain"], entities.gather),
        *(
            whole.gather(found[name]).alias(name)
            for name, whole in numbers.items()
            if name in found.columns
        ),
    )

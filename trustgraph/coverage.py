"""Coverage: how much there was to judge an entity by.

The share, weighted by the policy pack, of what is expected of such an entity that is known. A
company of which nothing is known scores the base with a coverage near 0, and whoever shows the
score shows the coverage beside it: unknown is not trustworthy.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from trustgraph.policy import CoverageItem, Policy
from trustgraph.register import Bool, Float64, Register, day_number
from trustgraph.schema import BILLION, ENTITY_KINDS, KIND_CODES, STEPS, opposite
from trustgraph.standing import add_months

__all__ = ["coverage_of", "known_items"]

_OPPOSITE = np.array([opposite(step) for step in range(len(STEPS))], dtype=np.uint8)


def coverage_of(register: Register, policy: Policy, *, as_of: dt.date) -> Float64:
    """Coverage in [0, 1] per entity: known weight over expected weight (0 if none is expected)."""
    expected = np.zeros(len(register), dtype=np.int64)
    known = np.zeros(len(register), dtype=np.int64)
    for item, applies, present in known_items(register, policy, as_of=as_of):
        expected += item.weight * applies
        known += item.weight * (applies & present)
    return np.divide(known, expected, out=np.zeros(len(register)), where=expected > 0)


def known_items(
    register: Register, policy: Policy, *, as_of: dt.date
) -> list[tuple[CoverageItem, Bool, Bool]]:
    """For each item of the pack: whom it is expected of, and of whom it is known."""
    return [
        (item, _expected(register, item), _known(register, item, as_of)) for item in policy.coverage
    ]


def _expected(register: Register, item: CoverageItem) -> Bool:
    if not item.kinds:
        return ~register.is_kind("person")
    wanted = np.array([kind in item.kinds for kind in ENTITY_KINDS])
    of_kind: Bool = wanted[register.kind]
    return of_kind & ~register.is_kind("person")


def _known(register: Register, item: CoverageItem, as_of: dt.date) -> Bool:
    match item.item:
        case "identifier":
            return register.traits.identified
        case "status":
            known: Bool = register.traits.status.code > 0
            return known
        case "ownership":
            return _owned(register, item, day_number(as_of))
        case "relationship":
            return _related(register, item, day_number(as_of))
        case "source":
            return _consulted(register, item, as_of)


def _owned(register: Register, item: CoverageItem, today: int) -> Bool:
    """Stated shares of the owners in force reach the wanted part of the whole."""
    relationships = register.relationships
    stakes = relationships.in_force(today) & (relationships.share >= 0)
    stakes &= relationships.kind == KIND_CODES["shareholder"]
    stated = np.zeros(len(register), dtype=np.int64)
    np.add.at(stated, relationships.target[stakes], relationships.share[stakes].astype(np.int64))
    reached: Bool = stated >= round(item.reached * BILLION)
    return reached


def _related(register: Register, item: CoverageItem, today: int) -> Bool:
    """At least one relationship in force that can be walked along one of the item's steps."""
    relationships = register.relationships
    wanted = np.zeros(len(STEPS), dtype=np.bool_)
    wanted[list(item.any_of)] = True
    live = relationships.in_force(today)
    related = np.zeros(len(register), dtype=np.bool_)
    forward = relationships.kind * np.uint8(2)
    related[relationships.source[live & wanted[forward]]] = True
    related[relationships.target[live & wanted[_OPPOSITE[forward]]]] = True
    return related


def _consulted(register: Register, item: CoverageItem, as_of: dt.date) -> Bool:
    """The source was searched by the day and not too long ago, for the entity or for all."""
    searched = register.consultations
    wanted = np.array([False, *(w in (item.code, *item.types) for w in searched.source.words)])
    fresh = wanted[searched.source.code] & (searched.day <= day_number(as_of))
    if item.max_age_months is not None:
        fresh &= searched.day >= day_number(add_months(as_of, -item.max_age_months))
    entity = searched.entity[fresh]
    if (entity < 0).any():
        return np.ones(len(register), dtype=np.bool_)
    found = np.zeros(len(register), dtype=np.bool_)
    found[entity] = True
    return found

"""Coverage: how much there was to judge an entity by.

The share, weighted by the policy pack, of what is expected of such an entity that is known. A
company of which nothing is known scores the base with a coverage near 0, and whoever shows the
score shows the coverage beside it: unknown is not trustworthy.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from trustgraph.coverage.coverage_kernel import mark_related, stated_shares
from trustgraph.ownership.stakes import is_unknown_owner, unknown_owners
from trustgraph.policy import CoverageItem, Policy
from trustgraph.records.as_of import add_months
from trustgraph.register import (
    NO_START,
    UNKNOWN_SHARE,
    Bool,
    Float64,
    Register,
    date_of,
    day_number,
    slice_of,
)
from trustgraph.schema import BILLION, ENTITY_KINDS, KIND_CODES, STEP_CODES, STEPS, opposite

__all__ = [
    "coverage_of",
    "coverage_of_entity",
    "items_of",
    "known_items",
    "last_searched",
    "source_searched",
]

_OWNED = STEP_CODES["shareholder.backward"]
_OPPOSITE = np.array([opposite(step) for step in range(len(STEPS))], dtype=np.uint8)


def coverage_of(register: Register, policy: Policy, *, as_of: dt.date) -> Float64:
    """Coverage in [0, 1] per entity: known weight over expected weight (0 if none is expected)."""
    expected = np.zeros(len(register), dtype=np.int64)
    known = np.zeros(len(register), dtype=np.int64)
    for item, applies, present in known_items(register, policy, as_of=as_of):
        np.add(expected, item.weight, out=expected, where=applies)
        np.add(known, item.weight, out=known, where=applies & present)
    return np.divide(known, expected, out=np.zeros(len(register)), where=expected > 0)


def known_items(
    register: Register, policy: Policy, *, as_of: dt.date
) -> Iterator[tuple[CoverageItem, Bool, Bool]]:
    """For each item of the pack: whom it is expected of, and of whom it is known."""
    for item in policy.coverage:
        yield item, _expected(register, item), _known(register, policy, item, as_of)


def _expected(register: Register, item: CoverageItem) -> Bool:
    kinds = item.kinds or ENTITY_KINDS
    wanted = np.array([kind in kinds and kind != "person" for kind in ENTITY_KINDS])
    of_kind: Bool = wanted[register.kind]
    return of_kind


def _known(register: Register, policy: Policy, item: CoverageItem, as_of: dt.date) -> Bool:
    match item.item:
        case "identifier":
            return register.traits.identified
        case "status":
            known: Bool = register.traits.status.code > 0
            return known
        case "ownership":
            return _owned(register, policy, item, as_of)
        case "relationship":
            return _related(register, item, day_number(as_of))
        case "source":
            return _consulted(register, item, as_of)


def _owned(register: Register, policy: Policy, item: CoverageItem, as_of: dt.date) -> Bool:
    """Stated shares of the owners in force reach the wanted part of the whole.

    An owner that stands for somebody unknown is nobody known, nor is the entity itself.
    """
    relationships = register.relationships
    share = relationships.share
    control = policy.control_on(as_of)
    blind = unknown_owners(register, control.unknown_forms if control else ())
    nobody = relationships.source == relationships.target
    if blind.any():
        nobody |= blind[relationships.source]
    if nobody.any():
        share = np.where(nobody, UNKNOWN_SHARE, share).astype(share.dtype)
    stated = stated_shares(
        *(relationships.target, relationships.kind, share),
        *(relationships.start, relationships.end, day_number(as_of)),
        *(KIND_CODES["shareholder"], len(register)),
        work=len(relationships),
    )
    reached: Bool = stated >= round(item.reached * BILLION)
    return reached


def _related(register: Register, item: CoverageItem, today: int) -> Bool:
    """At least one relationship in force that can be walked along one of the item's steps."""
    relationships = register.relationships
    wanted = np.zeros(len(STEPS), dtype=np.bool_)
    wanted[list(item.any_of)] = True
    forward = np.arange(0, len(STEPS), 2)
    related: Bool = mark_related(
        *(relationships.source, relationships.target, relationships.kind),
        *(relationships.start, relationships.end, today),
        *(wanted[forward], wanted[_OPPOSITE[forward]], len(register)),
        work=len(relationships),
    )
    return related


def _consulted(register: Register, item: CoverageItem, as_of: dt.date) -> Bool:
    """The source was searched by the day and not too long ago, for the entity or for all."""
    searched = register.consultations
    fresh = _searches(register, item, as_of) & (searched.day >= _freshest(item, as_of))
    entity = searched.entity[fresh]
    found = np.zeros(len(register), dtype=np.bool_)
    found[entity[entity >= 0]] = True
    if (entity < 0).any():
        found |= _covered(register, item)
    return found


def _searches(register: Register, item: CoverageItem, as_of: dt.date) -> Bool:
    """The consultations of a source by a day, however old."""
    searched = register.consultations
    wanted = np.array([False, *(w in (item.code, *item.types) for w in searched.source.words)])
    found: Bool = wanted[searched.source.code] & (searched.day <= day_number(as_of))
    return found


def _freshest(item: CoverageItem, as_of: dt.date) -> int:
    """The first day number on which a search of a source still counts."""
    if item.max_age_months is None:
        return NO_START
    return day_number(add_months(as_of, -item.max_age_months))


def source_searched(
    register: Register, item: CoverageItem, *, as_of: dt.date
) -> tuple[dt.date | None, bool]:
    """When a source was searched last by a day, for anybody, and whether that is still fresh."""
    days = register.consultations.day[_searches(register, item, as_of)]
    if not len(days):
        return None, False
    last = int(days.max())
    return date_of(last), last >= _freshest(item, as_of)


def _covered(register: Register, item: CoverageItem) -> Bool:
    """Whom a source can know, so that a search for all is a search for them."""
    if not item.jurisdictions:
        return np.ones(len(register), dtype=np.bool_)
    where = register.traits.jurisdiction
    return np.array([False, *(word in item.jurisdictions for word in where.words)])[where.code]


# --- One entity -----------------------------------------------------------------------------------


def items_of(
    register: Register, policy: Policy, number: int, *, as_of: dt.date
) -> list[tuple[CoverageItem, bool]]:
    """The items that are expected of one entity, and whether each is known: as in ``known_items``.

    Looks at what belongs to the entity and at nothing else.
    """
    kind = ENTITY_KINDS[register.kind[number]]
    return [
        (item, _known_of(register, policy, item, number, as_of))
        for item in policy.coverage
        if kind != "person" and (not item.kinds or kind in item.kinds)
    ]


def coverage_of_entity(register: Register, policy: Policy, number: int, *, as_of: dt.date) -> float:
    """Coverage of one entity, as ``coverage_of`` has it."""
    items = items_of(register, policy, number, as_of=as_of)
    expected = sum(item.weight for item, _ in items)
    return sum(item.weight for item, known in items if known) / expected if expected else 0.0


def _known_of(
    register: Register, policy: Policy, item: CoverageItem, number: int, as_of: dt.date
) -> bool:
    match item.item:
        case "identifier":
            return bool(register.traits.identified[number])
        case "status":
            return bool(register.traits.status.code[number] > 0)
        case "source":
            return _consulted_of(register, item, number, as_of)
    adjacency, relationships, today = register.adjacency, register.relationships, day_number(as_of)
    entries = slice(adjacency.offsets[number], adjacency.offsets[number + 1])
    step, edge = adjacency.step[entries], adjacency.edge[entries]
    live = relationships.in_force_of(edge, today)
    if item.item == "relationship":
        return bool(np.isin(step[live], list(item.any_of)).any())
    stakes = edge[live & (step == _OWNED)]
    shares = relationships.share[stakes].astype(np.int64)
    control = policy.control_on(as_of)
    forms = control.unknown_forms if control else ()
    owners = relationships.source[stakes]
    known = np.array([not is_unknown_owner(register, int(one), forms) for one in owners], np.bool_)
    shares = shares[known & (owners != number)]
    return bool(shares[shares >= 0].sum() >= round(item.reached * BILLION))


def _consulted_of(register: Register, item: CoverageItem, number: int, as_of: dt.date) -> bool:
    searched, codes = register.consultations, (item.code, *item.types)
    first = _freshest(item, as_of)
    everybody = (-1,) if _covers(register, item, number) else ()
    for who in (*everybody, number):
        own = slice_of(searched.entity, who, who + 1)
        days = zip(searched.source.code[own], searched.day[own], strict=True)
        for code, day in days:
            word = searched.source.words[code - 1] if code else None
            if word in codes and first <= day <= day_number(as_of):
                return True
    return False


def _covers(register: Register, item: CoverageItem, number: int) -> bool:
    where = register.traits.jurisdiction.word(number)
    return not item.jurisdictions or where in item.jurisdictions


def last_searched(
    register: Register, item: CoverageItem, number: int, *, as_of: dt.date
) -> dt.date | None:
    """The last day by ``as_of`` on which a source was searched for an entity, however old."""
    searched, codes = register.consultations, (item.code, *item.types)
    wanted = np.array([False, *(word in codes for word in searched.source.words)])
    today, last = day_number(as_of), None
    for who in (-1, number) if _covers(register, item, number) else (number,):
        own = slice_of(searched.entity, who, who + 1)
        days = searched.day[own][wanted[searched.source.code[own]]]
        days = days[days <= today]
        if len(days):
            day = date_of(int(days.max()))
            last = day if last is None else max(last, day)
    return last

"""Who acts for a company: representatives, directors, supervisors, managers, controllers.

In a small Chinese company one person is legal representative, only director and manager, and a
second one supervises; boards grow with size. Some 15 in 100 roles have ended. How many companies
a person acts for is heavy-tailed: most have one or two, a few nominees hundreds or, in a large
register, thousands.
"""

from __future__ import annotations

import numpy as np

from trustgraph.synthesis.chance import Bool, Float64, Int64
from trustgraph.synthesis.identities import BRANCH, COMPANY, PERSON, reference
from trustgraph.synthesis.population import (
    BRANCH_SLOTS,
    CHUNK,
    World,
    branch_company,
    branch_counts,
    group_sizes,
    homes,
    is_foreign,
    parent_of,
    person_count,
    size_of,
)
from trustgraph.synthesis.relationships import Relationships, relationships

__all__ = [
    "SLOTS",
    "acting_person",
    "associate",
    "branches_of",
    "finishes",
    "legal_representative",
    "role_relationships",
    "slots",
]

SLOTS = 16
"""Room for the numbered posts of one kind in one company."""

_ENDED = 0.125
_CHANGED = 0.22  # companies whose legal representative has changed


def legal_representative(world: World, company: Int64) -> Int64:
    """Person index of each company's present legal representative (or chief, if foreign)."""
    own, _ = homes(company)
    way = world.chance.uniform("representative", company)
    mate = homes(_mate(world, "representative mate", company, power=2.5))[0]
    nominee = _nominee(world, "representative nominee", company)
    found = np.where(way < 0.80, own, np.where(way < 0.985, mate, nominee))
    return np.where(is_foreign(company), own, found)


def associate(world: World, stream: str, company: Int64, key: Int64) -> Int64:
    """Person index of somebody near a company: from its group, its home, its town, or a nominee.

    ``key`` numbers the draws, so that the fourth director is not the third again.
    """
    chance = world.chance
    way = chance.uniform(f"{stream} way", key)
    mate = homes(_mate(world, f"{stream} mate", company, power=1.5, key=key))[0]
    first, number = homes(company)
    spread = chance.below(f"{stream} near", key, 2000) - 1000
    near = np.abs(company + spread)
    near = np.where(near < world.companies, near, company)
    near_first, near_number = homes(near)
    found = np.where(way < 0.36, mate, first + number - 1)
    found = np.where(way < 0.58, found, near_first + near_number - 1)
    return np.where(way < 0.955, found, _nominee(world, f"{stream} nominee", key))


def acting_person(world: World, company: Int64, key: Int64) -> Int64:
    """Person index of who answers for an act of the company: mostly its representative."""
    other = associate(world, "acting", company, key)
    alone = world.chance.hits("acting alone", key, 0.8)
    return np.where(alone, legal_representative(world, company), other)


def role_relationships(world: World, company: Int64) -> list[Relationships]:
    """All roles of persons in these companies and their branches."""
    native = company[~is_foreign(company)]
    directors = _number(world, "board", company, [1.0, 1.0, 3.0, 5.0], [1.08, 3.0, 3.0, 5.0])
    supervisors = _number(world, "watch", company, [0.75, 1.0, 1.0, 3.0], [1.0, 1.1, 2.0, 1.5])
    supervisors = np.where(is_foreign(company), 0, supervisors)
    managers = _number(world, "desk", company, [0.55, 1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 6.0])
    staff = np.where(world.chance.hits("staff", company, 0.03), 1, 0)
    return [
        *_representatives(world, native),
        _posts(world, "director", company, directors, same=0.92),
        _posts(world, "supervisor", company, supervisors, same=0.0),
        _posts(world, "senior_manager", company, managers, same=0.62),
        _posts(world, "employee", company, staff, same=0.0),
        *_controllers(world, native),
        *_branch_relationships(world, native),
    ]


def slots(company: Int64, counts: Int64, room: int) -> tuple[Int64, Int64, Int64]:
    """Each company repeated ``counts`` times, the number within it, and a key for draws."""
    repeated = np.repeat(company, counts)
    starts = np.cumsum(counts) - counts
    place = np.arange(len(repeated)) - np.repeat(starts, counts)
    return repeated, place, repeated * room + place


def finishes(world: World, stream: str, key: Int64, share: float | Float64) -> Float64:
    """For a share of the keys a part of the time after which the relationship ended, else NaN."""
    over: Bool = world.chance.hits(f"{stream} over", key, share)
    return np.where(over, world.chance.uniform(f"{stream} finish", key), np.nan)


def branches_of(world: World, company: Int64) -> Int64:
    """Branch indices of these companies, in order."""
    repeated, place, _ = slots(company, branch_counts(world, company), BRANCH_SLOTS)
    return repeated * BRANCH_SLOTS + place


def _number(
    world: World, stream: str, company: Int64, least: list[float], more: list[float]
) -> Int64:
    """How many posts of a kind, by size of the company: evenly ``least`` to ``least + more``."""
    size = size_of(world, company)
    spread = world.chance.uniform(stream, company) * np.array(more)[size]
    number: Int64 = np.floor(np.array(least)[size] + spread).astype(np.int64)
    return number


def _representatives(world: World, company: Int64) -> list[Relationships]:
    present = legal_representative(world, company)
    changed = world.chance.hits("representative changed", company, _CHANGED)
    part = 0.05 + 0.9 * world.chance.uniform("representative change", company)
    former = company[changed]
    return [
        relationships(
            "legal_representative",
            reference(PERSON, present),
            reference(COMPANY, company),
            begin=np.where(changed, part, 0.0),
        ),
        relationships(
            "legal_representative",
            reference(PERSON, associate(world, "former representative", former, former)),
            reference(COMPANY, former),
            finish=part[changed],
        ),
    ]


def _posts(world: World, kind: str, company: Int64, counts: Int64, *, same: float) -> Relationships:
    target, place, key = slots(company, counts, SLOTS)
    first, number = homes(target)
    head = legal_representative(world, target)
    leads = (place == 0) & world.chance.hits(f"{kind} same", key, same)
    beside = associate(world, kind, target, key)
    second = (place == 0) & (number == 2) & ~leads
    person = np.where(leads, head, np.where(second, first + 1, beside))
    return relationships(
        kind,
        reference(PERSON, person),
        reference(COMPANY, target),
        begin=np.where(leads, 0.0, world.chance.uniform(f"{kind} begin", key) ** 2),
        finish=finishes(world, kind, key, np.where(leads, 0.04, 2 * _ENDED)),
    )


def _controllers(world: World, company: Int64) -> list[Relationships]:
    grouped = parent_of(world, company) >= 0
    head = company - company % CHUNK
    named = world.chance.hits("controller", company, np.where(grouped, 0.45, 0.04))
    leader = np.where(grouped, head, company)
    leader = leader[named]
    sure = world.chance.uniform("controller sure", company[named])
    return [
        relationships(
            "actual_controller",
            reference(PERSON, legal_representative(world, leader)),
            reference(COMPANY, company[named]),
            begin=world.chance.uniform("controller begin", company[named]) ** 3,
            finish=finishes(world, "controller", company[named], _ENDED),
            confidence=np.where(sure < 0.3, np.round(0.6 + sure, 2), np.nan),
        )
    ]


def _branch_relationships(world: World, company: Int64) -> list[Relationships]:
    branch = branches_of(world, company)
    head = branch_company(branch)
    own = world.chance.hits("branch chief same", branch, 0.3)
    chief = np.where(
        own, legal_representative(world, head), associate(world, "branch chief", head, branch)
    )
    target = reference(BRANCH, branch)
    return [
        relationships("branch", reference(COMPANY, head), target),
        relationships("responsible_person", reference(PERSON, chief), target),
    ]


def _mate(
    world: World, stream: str, company: Int64, *, power: float, key: Int64 | None = None
) -> Int64:
    """A company of the same group, more likely near its head; the company itself without one."""
    base = company - company % CHUNK
    members = np.minimum(group_sizes(world, company), world.companies - base)
    grouped = company % CHUNK < members
    pick = world.chance.uniform(stream, company if key is None else key) ** power * members
    return np.where(grouped, base + pick.astype(np.int64), company)


def _nominee(world: World, stream: str, key: Int64) -> Int64:
    """A person by rank, the first by far the most likely: a tail of exponent 2/3."""
    rank = world.chance.uniform(stream, key) ** 3 * person_count(world.companies)
    return rank.astype(np.int64)

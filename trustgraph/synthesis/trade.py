"""Who deals with whom: supply, construction contracts, guarantees, consortia, successors.

Supply is hub-like: half of the suppliers are neighbours, and a heavy-tailed choice over all
companies brings forth a few suppliers with thousands of customers. A supplier's share of its
customer's purchases is known for six in ten.
"""

from __future__ import annotations

import math

import numpy as np

from trustgraph.synthesis.chance import Bool, Float64, Int64
from trustgraph.synthesis.identities import COMPANY, CONSORTIUM, PERSON, reference
from trustgraph.synthesis.places import SECTORS
from trustgraph.synthesis.population import (
    CHUNK,
    DEREGISTERED,
    World,
    group_sizes,
    homes,
    is_foreign,
    parent_of,
    person_count,
    sector_of,
    size_of,
    status_of,
)
from trustgraph.synthesis.relationships import Relationships, relationships
from trustgraph.synthesis.roles import finishes, slots

__all__ = ["consortium_leaders", "name_source", "trade_relationships"]

_SUPPLY_SLOTS = 256
_CONSTRUCTION = SECTORS.index("construction")
_FEW_SLOTS = 8


def trade_relationships(world: World, company: Int64) -> list[Relationships]:
    """All relationships between these companies and others that are neither role nor share."""
    return [
        _supply(world, company),
        _contracts(world, company),
        *_guarantees(world, company),
        _consortia(world, company),
        _affiliates(world, company),
        _successors(world, company),
        _namesakes(world, company),
    ]


def consortium_leaders(world: World, company: Int64) -> Int64:
    """The companies that lead a bidding consortium: one in 500, several times as many builders."""
    share = np.where(sector_of(world, company) == _CONSTRUCTION, 0.012, 0.001)
    leads = world.chance.hits("consortium", company, share) & ~is_foreign(company)
    return company[leads]


def name_source(world: World, person: Int64) -> Int64:
    """Whose name a person bears: their own, or for one in a hundred that of a namesake."""
    back = 1 + world.chance.below("namesake back", person, 400)
    other = np.maximum(person - back, 0)
    same = _is_namesake(world, person) & ~_is_namesake(world, other) & (other != person)
    return np.where(same, other, person)


def _is_namesake(world: World, person: Int64) -> Bool:
    return world.chance.hits("namesake", person, 0.01) & (person < person_count(world.companies))


def _supply(world: World, company: Int64) -> Relationships:
    chance = world.chance
    size = size_of(world, company)
    tail = (1.0 - chance.uniform("suppliers", company)) ** -0.75
    limit = np.array([8, 25, 80, 200])[size]
    number = np.minimum(np.floor(tail * np.array([0.75, 1.2, 2.5, 6.0])[size]), limit)
    buys = chance.hits("buys", company, np.array([0.5, 0.7, 0.85, 0.95])[size])
    counts = np.where(buys, number, 0).astype(np.int64)
    customer, _, key = slots(company, counts, _SUPPLY_SLOTS)
    supplier = _partner(world, "supplier", customer, key)
    way = chance.uniform("supply known", key)
    known = way < 0.6
    ranged = known & (way < 0.03)
    share = _purchase_shares(world, company, counts)
    known &= share > 0
    reach = np.minimum(share, 0.02)
    past = chance.hits("supply start unknown", key, 0.12)
    sure = chance.uniform("supply sure", key)
    found = relationships(
        "supplier",
        reference(COMPANY, supplier),
        reference(COMPANY, customer),
        share=np.where(known & ~ranged, share, np.nan),
        low=np.where(known & ranged, np.round(share - reach, 4), np.nan),
        high=np.where(known & ranged, np.round(share + reach, 4), np.nan),
        confidence=np.where(sure < 0.1, np.round(0.5 + 4.0 * sure, 2), np.nan),
        begin=np.where(past, np.nan, chance.uniform("supply begin", key)),
        finish=finishes(world, "supply", key, 0.15),
    )
    return _between_two(found)


def _purchase_shares(world: World, company: Int64, counts: Int64) -> Float64:
    """Shares of purchases, in ten-thousandths rounded down; they sum to 0.3 to 0.95."""
    some = counts > 0
    company, counts = company[some], counts[some]
    _, _, key = slots(company, counts, _SUPPLY_SLOTS)
    weight = (1.0 - world.chance.uniform("supply weight", key)) ** -0.6
    covered = 0.3 + 0.65 * world.chance.uniform("supply covered", company)
    whole = np.add.reduceat(weight, np.cumsum(counts) - counts) if len(counts) else weight
    share: Float64 = weight / np.repeat(whole, counts) * np.repeat(covered, counts)
    return np.floor(share * 10_000) / 10_000


def _partner(world: World, stream: str, company: Int64, key: Int64) -> Int64:
    """Another company: near by (half), a hub by rank (four in ten) or anyone."""
    chance = world.chance
    way = chance.uniform(f"{stream} way", key)
    near = (company + chance.below(f"{stream} near", key, 6000) - 3000) % world.companies
    rank = (chance.uniform(f"{stream} hub", key) ** 3 * world.companies).astype(np.int64)
    anyone = chance.below(f"{stream} any", key, world.companies)
    return np.where(way < 0.5, near, np.where(way < 0.9, _scattered(world, rank), anyone))


def _scattered(world: World, rank: Int64) -> Int64:
    """Ranks spread over the whole register, one to one, so that hubs lie anywhere."""
    factor = max(1, int(world.companies * 0.618))
    while math.gcd(factor, world.companies) != 1:
        factor += 1
    return (rank * factor + world.chance.key("hubs") % world.companies) % world.companies


def _contracts(world: World, company: Int64) -> Relationships:
    """Construction companies and the general contractors or developers they work for."""
    chance = world.chance
    builds = (sector_of(world, company) == _CONSTRUCTION) & chance.hits("contracts", company, 0.45)
    builder = company[builds]
    counts = 1 + chance.below("contract count", builder, 2)
    contractor, _, key = slots(builder, counts, _FEW_SLOTS)
    principal = _partner(world, "principal 0", contractor, key)
    for attempt in range(1, 8):  # principals are builders and developers: take the first one met
        other = _partner(world, f"principal {attempt}", contractor, key)
        wrong = sector_of(world, principal) != _CONSTRUCTION
        principal = np.where(wrong, other, principal)
    found = relationships(
        "contractor",
        reference(COMPANY, contractor),
        reference(COMPANY, principal),
        begin=chance.uniform("contract begin", key),
        finish=finishes(world, "contract", key, 0.4),
    )
    return _between_two(found)


def _guarantees(world: World, company: Int64) -> list[Relationships]:
    """Guarantee circles of three to eight neighbours, and parents that vouch for subsidiaries."""
    chance = world.chance
    chunk = company // CHUNK
    number = 3 + chance.below("circle size", chunk, 6)
    first = chunk * CHUNK + 20
    place = company - first
    inside = chance.hits("circle", chunk, 0.05) & (place >= 0) & (place < number)
    inside &= (first + number <= world.companies) & ~is_foreign(company)
    member = company[inside]
    after = (first + (place + 1) % number)[inside]
    share = np.round(0.05 + 0.3 * chance.uniform("circle share", member), 4)
    known = chance.hits("circle known", member, 0.5)
    parent = parent_of(world, company)
    backed = (parent >= 0) & chance.hits("backed", company, 0.1)
    child = company[backed]
    small = np.round(0.002 + 0.008 * chance.uniform("backed share", child), 4)
    return [
        relationships(
            "guarantor",
            reference(COMPANY, member),
            reference(COMPANY, after),
            share=np.where(known, share, np.nan),
            begin=chance.uniform("circle begin", member),
        ),
        relationships(
            "guarantor",
            reference(COMPANY, parent[backed]),
            reference(COMPANY, child),
            share=np.where(chance.hits("backed known", child, 0.5), small, np.nan),
            begin=chance.uniform("backed begin", child),
            finish=finishes(world, "backed", child, 0.2),
        ),
    ]


def _consortia(world: World, company: Int64) -> Relationships:
    leader = consortium_leaders(world, company)
    counts = 2 + world.chance.below("consortium size", leader, 3)
    lead, place, key = slots(leader, counts, _FEW_SLOTS)
    other = _partner(world, "consortium member", lead, key)
    return relationships(
        "consortium",
        reference(COMPANY, np.where(place == 0, lead, other)),
        reference(CONSORTIUM, lead),
        begin=0.5 + 0.5 * world.chance.uniform("consortium begin", lead),
    )


def _affiliates(world: World, company: Int64) -> Relationships:
    related = world.chance.hits("affiliate", company, 0.004)
    one = company[related]
    found = relationships(
        "affiliate",
        reference(COMPANY, one),
        reference(COMPANY, _partner(world, "affiliate", one, one)),
        begin=world.chance.uniform("affiliate begin", one),
    )
    return _between_two(found)


def _successors(world: World, company: Int64) -> Relationships:
    """Mergers and divisions: one deregistered company in twelve has a successor in its chunk."""
    gone = (status_of(world, company) == DEREGISTERED) & world.chance.hits(
        "succeeded", company, 0.08
    )
    one = company[gone]
    base = one - one % CHUNK
    head = np.where(group_sizes(world, one) > 1, base, np.maximum(one - 1, 0))
    standing = (status_of(world, head) != DEREGISTERED) & (head != one)
    return relationships(
        "successor",
        reference(COMPANY, one[standing]),
        reference(COMPANY, head[standing]),
        begin=0.97,
    )


def _namesakes(world: World, company: Int64) -> Relationships:
    """Persons of one name that may be one person, with the confidence of the match."""
    first, number = homes(company)
    person, place, _ = slots(first, number, 1)
    person = person + place
    other = name_source(world, person)
    same = other != person
    one = person[same]
    return relationships(
        "possibly_same",
        reference(PERSON, one),
        reference(PERSON, other[same]),
        confidence=np.round(0.3 + 0.65 * world.chance.uniform("namesake sure", one), 2),
        begin=np.full(len(one), np.nan),
    )


def _between_two(some: Relationships) -> Relationships:
    """Without the relationships of a company with itself."""
    apart = some.source != some.target
    return Relationships(
        *(getattr(some, name)[apart] for name in Relationships.__dataclass_fields__)
    )

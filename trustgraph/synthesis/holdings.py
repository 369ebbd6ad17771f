"""Who owns a company: persons, group parents, the state, foreign partners, investors, rings.

Shares are whole ten-thousandths that sum to what is held (1, or less for a listed company with a
free float), so that no company is owned more than once over. One share in ten is unknown and a
few are known as a range only. Rings of two to four companies, subsidiaries that hold shares of
their parent, and companies that hold their own shares are rare, as they are in registers.
"""

from __future__ import annotations

import numpy as np

from trustgraph.synthesis.chance import Bool, Float64, Int64
from trustgraph.synthesis.identities import BODY, COMPANY, PERSON, reference
from trustgraph.synthesis.population import (
    CHUNK,
    LARGE,
    MICRO,
    SOLE,
    World,
    foreign_company,
    form_of,
    group_sizes,
    homes,
    is_foreign,
    is_state_owned,
    parent_of,
    size_of,
)
from trustgraph.synthesis.relationships import Relationships, relationships
from trustgraph.synthesis.roles import SLOTS, associate, finishes, legal_representative, slots

__all__ = ["holding_relationships", "ring_next"]

_WHOLE = 10_000
_RING_PLACE = 40
_SPLITS = np.array([5000, 5100, 5500, 6000, 6500, 7000, 8000, 9000, 9500, 9900])
_UNKNOWN = 0.10
_RANGED = 0.04
_ENDED = 0.12


def holding_relationships(world: World, company: Int64) -> list[Relationships]:
    """All shareholdings in these companies."""
    ring, ring_share = _ring_holdings(world, company)
    cross, cross_share = _cross_holdings(world, company)
    self_share = np.where(
        world.chance.hits("self held", company, 0.0003),
        100 + world.chance.below("self share", company, 700),
        0,
    )
    held = _WHOLE - ring_share - cross_share - self_share
    return [
        _plain_holdings(world, company, held),
        _special(world, "ring", ring, company, ring_share),
        _special(world, "cross", cross, company, cross_share),
        _special(world, "self", company, company, self_share),
    ]


def ring_next(world: World, company: Int64) -> Int64:
    """The company whose shares a ring's member holds, -1 for companies in no ring.

    One chunk in 25 has a ring, of two to four neighbours; the last holds shares of the first.
    """
    chunk = company // CHUNK
    first = chunk * CHUNK + _RING_PLACE
    number = 2 + world.chance.below("ring size", chunk, 3)
    place = company - first
    there = world.chance.hits("ring", chunk, 0.04) & (place >= 0) & (place < number)
    there &= first + number <= world.companies
    return np.where(there, first + (place + 1) % number, -1)


def _ring_holdings(world: World, company: Int64) -> tuple[Int64, Int64]:
    """The ring's member that holds each company, and its share."""
    chunk = company // CHUNK
    first = chunk * CHUNK + _RING_PLACE
    number = 2 + world.chance.below("ring size", chunk, 3)
    inside = ring_next(world, company) >= 0
    holder = np.where(inside, first + (company - first - 1) % number, -1)
    share = 500 + world.chance.below("ring share", company, 40) * 100
    return holder, np.where(inside, share, 0)


def _cross_holdings(world: World, company: Int64) -> tuple[Int64, Int64]:
    """The subsidiary that holds each group head, and its share: one group in twenty has one."""
    size = group_sizes(world, company)
    there = (company % CHUNK == 0) & (size > 2) & (company + 2 < world.companies)
    there &= world.chance.hits("cross", company, 0.05)
    holder = np.where(there, company + 1 + world.chance.below("cross holder", company, 2), -1)
    share = 300 + world.chance.below("cross share", company, 12) * 100
    return holder, np.where(there, share, 0)


def _special(
    world: World, stream: str, holder: Int64, company: Int64, share: Int64
) -> Relationships:
    there = share > 0
    owned = company[there]
    return relationships(
        "shareholder",
        reference(COMPANY, holder[there]),
        reference(COMPANY, owned),
        share=share[there] / _WHOLE,
        begin=world.chance.uniform(f"{stream} begin", owned),
    )


def _plain_holdings(world: World, company: Int64, held: Int64) -> Relationships:
    counts = _owner_counts(world, company)
    owned, place, key = slots(company, counts, SLOTS)
    source = _owners(world, owned, place, key)
    share = _shares(world, company, counts, held)
    way = world.chance.uniform("share known", key)
    unknown = way < _UNKNOWN
    ranged = (way >= _UNKNOWN) & (way < _UNKNOWN + _RANGED)
    # The range lies evenly around the true share: its mean is what engines reckon with.
    reach = np.minimum(np.minimum(share, _WHOLE - share), 500)
    ranged &= reach > 0
    return relationships(
        "shareholder",
        source,
        reference(COMPANY, owned),
        share=np.where(unknown | ranged, np.nan, share / _WHOLE),
        low=np.where(ranged, (share - reach) / _WHOLE, np.nan),
        high=np.where(ranged, (share + reach) / _WHOLE, np.nan),
        begin=np.where(place == 0, 0.0, world.chance.uniform("holding begin", key) ** 2),
        finish=finishes(world, "holding", key, _ENDED),
    )


def _owner_counts(world: World, company: Int64) -> Int64:
    """How many owners are on file: one for half of the companies, none for 4 %, at most ten."""
    size = size_of(world, company)
    drawn = world.chance.uniform("owners", company)
    few: Int64 = 1 + np.searchsorted(np.array([0.56, 0.90, 0.97]), drawn, side="right")
    many = 2 + (drawn * 5).astype(np.int64)
    most = 4 + (drawn * 7).astype(np.int64)
    number = np.where(size == LARGE, most, np.where(size == MICRO, few, np.minimum(few + 1, many)))
    alone = form_of(world, company) == SOLE
    number = np.where(alone, 1, number)
    number = np.where(world.chance.hits("owners unknown", company, 0.04), 0, number)
    abroad = np.where(world.chance.hits("owners abroad", company, 0.3), 1, 0)
    return np.where(is_foreign(company), abroad, number)


def _owners(world: World, owned: Int64, place: Int64, key: Int64) -> Int64:
    chance = world.chance
    way = chance.uniform("owner way", key)
    main = place == 0
    first, number = homes(owned)
    person = np.where(
        main & (way < 0.75),
        legal_representative(world, owned),
        np.where((place == 1) & (number == 2), first + 1, associate(world, "owner", owned, key)),
    )
    source = reference(PERSON, np.where(main & (way >= 0.75), first, person))
    investor = (chance.uniform("investor", key) ** 3 * owned).astype(np.int64)
    investor -= investor % CHUNK  # investors are heads of chunks, always older in number: no cycle
    invested = (investor < owned - owned % CHUNK) & chance.hits("invested", key, 0.06)
    source = np.where(invested & (place <= 2), reference(COMPANY, investor), source)
    partner = foreign_company(world, "partner", key)
    joint = (partner >= 0) & (partner < owned) & chance.hits("joint venture", key, 0.015)
    source = np.where(joint, reference(COMPANY, partner), source)
    rank = (chance.uniform("body", key) ** 2.5 * world.bodies).astype(np.int64)
    state = is_state_owned(world, owned) & (main | chance.hits("state too", key, 0.1))
    source = np.where(state, reference(BODY, rank), source)
    parent = parent_of(world, owned)
    return np.where(main & (parent >= 0), reference(COMPANY, parent), source)


def _shares(world: World, company: Int64, counts: Int64, held: Int64) -> Int64:
    """Ten-thousandths for each slot; they sum to ``held``, or less where shares float freely."""
    some = counts > 0
    company, counts, held = company[some], counts[some], held[some]
    owned, place, key = slots(company, counts, SLOTS)
    listed: Bool = (size_of(world, company) == LARGE) & (counts >= 5)
    drawn = world.chance.uniform("float", company)
    total = np.where(listed, (held * (0.4 + 0.5 * drawn)).astype(np.int64), held)
    weight: Float64 = -np.log(1.0 - world.chance.uniform("owner weight", key)) + 0.05
    weight[place == 0] *= 2.5
    starts = np.cumsum(counts) - counts
    whole = np.repeat(np.add.reduceat(weight, starts), counts)
    number = np.repeat(counts, counts)
    spare = np.repeat(total, counts)
    part: Int64 = 10 + (weight / whole * (spare - 10 * number)).astype(np.int64)
    coarse = part // 100 * 100
    part = np.where(coarse >= 100, coarse, part)
    split = _SPLITS[world.chance.below("split", owned, len(_SPLITS))]
    part = np.where(number == 2, spare - split * spare // _WHOLE, part)
    part[place == 0] = 0
    part[starts] = total - np.add.reduceat(part, starts)
    return part

"""The cascade where holdings of several listed parties are not summed: one listed party at a time.

What a listed party holds itself and what is held by those who are blocked through it count
together; what another listed party holds does not. An entity is blocked where any one of them
blocks it. Only what lies below a listed party is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trustgraph.ownership.cascade import Blocked, CascadeChains, cascade, cascade_chains
from trustgraph.ownership.shares import ControlLinks, no_links
from trustgraph.ownership.stakes import Stakes
from trustgraph.policy.model import CascadeRule
from trustgraph.register import Bool, Int32, Int64, UInt8

__all__ = ["blocked_by", "chains_by"]


def blocked_by(stakes: Stakes, listed: Bool, rule: CascadeRule, links: ControlLinks) -> Blocked:
    """Who is blocked by a rule, given who is listed.

    Where the rule sums nothing, ``held_low`` and ``held_high`` are those of the listed party that
    holds most.
    """
    control = links if rule.by_control else None
    if rule.summed:
        return cascade(stakes, listed, need=rule.need, control=control)
    size = len(listed)
    found = Blocked(
        sure=listed.copy(),
        possible=listed.copy(),
        held_low=np.zeros(size, dtype=np.int64),
        held_high=np.zeros(size, dtype=np.int64),
    )
    for some, _, one, _, _ in _apart(stakes, listed, rule, control):
        found.sure[some] |= one.sure
        found.possible[some] |= one.possible
        found.held_low[some] = np.maximum(found.held_low[some], one.held_low)
        found.held_high[some] = np.maximum(found.held_high[some], one.held_high)
    return found


def chains_by(
    stakes: Stakes, blocked: Blocked, listed: Bool, rule: CascadeRule, links: ControlLinks
) -> CascadeChains:
    """Through which stakes each listed party blocks others by a rule."""
    control = links if rule.by_control else None
    if rule.summed:
        every = np.flatnonzero(listed).astype(np.int32)
        return cascade_chains(stakes, blocked, every, control=control)
    none = np.zeros(0, dtype=np.int32)
    parts = [CascadeChains(none, none, np.zeros(0, np.bool_), np.zeros(1, np.int64), none)]
    for some, alone, one, below, way in _apart(stakes, listed, rule, control):
        found = cascade_chains(below, one, alone, control=way)
        parts.append(
            CascadeChains(
                listed=some[found.listed],
                entity=some[found.entity],
                sure=found.sure,
                offsets=found.offsets,
                chain=some[found.chain],
            )
        )
    lengths = np.concatenate([np.diff(part.offsets) for part in parts])
    return CascadeChains(
        listed=np.concatenate([part.listed for part in parts]),
        entity=np.concatenate([part.entity for part in parts]),
        sure=np.concatenate([part.sure for part in parts]),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        chain=np.concatenate([part.chain for part in parts]),
    )


def _apart(
    stakes: Stakes, listed: Bool, rule: CascadeRule, control: ControlLinks | None
) -> Iterator[tuple[Int32, Int32, Blocked, Stakes, ControlLinks | None]]:
    """For each listed party what lies below it (ascending), its place there, and whom it blocks.

    With the stakes and links among these, numbered anew.
    """
    size = len(listed)
    links = control or no_links(size)
    down = np.argsort(stakes.owner, kind="stable")
    begins = np.searchsorted(stakes.owner[down], np.arange(size + 1))
    owned = stakes.owned[down]
    for party in np.flatnonzero(listed).tolist():
        some = _below(party, begins, owned, links)
        if len(some) == 1:
            continue
        alone = np.searchsorted(some, [party]).astype(np.int32)
        only = np.zeros(len(some), dtype=np.bool_)
        only[alone] = True
        part = _part(stakes, some)
        way = None if control is None else _links_among(control, some)
        found = cascade(part, only, need=rule.need, control=way)
        yield some, alone, found, part, way


def _below(party: int, begins: Int64, owned: Int32, links: ControlLinks) -> Int32:
    """A party and all that it leads to by stakes and links (ascending)."""
    seen = {party}
    fresh = [party]
    while fresh:
        here = fresh.pop()
        for held in (
            owned[begins[here] : begins[here + 1]],
            links.to[links.offsets[here] : links.offsets[here + 1]],
        ):
            more = [one for one in held.tolist() if one not in seen]
            seen.update(more)
            fresh += more
    return np.array(sorted(seen), dtype=np.int32)


def _part(stakes: Stakes, some: Int32) -> Stakes:
    """The stakes of some entities in one another; what others state still counts as stated."""
    sizes = stakes.offsets[some + 1] - stakes.offsets[some]
    first = np.repeat(stakes.offsets[some] - np.cumsum(sizes) + sizes, sizes)
    rows = first + np.arange(sizes.sum())
    company = np.repeat(np.arange(len(some)), sizes)
    place = np.searchsorted(some, stakes.owner[rows])
    place[place == len(some)] = 0
    inside = some[place] == stakes.owner[rows]
    rows, company, place = rows[inside], company[inside], place[inside]
    offsets = np.searchsorted(company, np.arange(len(some) + 1)).astype(np.int64)
    return Stakes(
        offsets=offsets,
        owner=place.astype(np.int32),
        low=stakes.low[rows],
        high=stakes.high[rows],
        open=stakes.open[rows],
        stated=stakes.stated[some],
        blind=stakes.blind[some],
    )


def _links_among(links: ControlLinks, some: Int32) -> ControlLinks:
    """Links from some entities; all that they lead to is among them."""
    sizes = links.offsets[some + 1] - links.offsets[some]
    first = np.repeat(links.offsets[some] - np.cumsum(sizes) + sizes, sizes)
    rows = first + np.arange(sizes.sum())
    kind: UInt8 = links.kind[rows]
    return ControlLinks(
        offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        to=np.searchsorted(some, links.to[rows]).astype(np.int32),
        kind=kind,
    )

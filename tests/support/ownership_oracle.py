"""The slow, obvious second implementation of ownership and control.

Dictionaries and exact fractions; every extreme way to fill a company's shares is listed, every
chain of control is walked. Nothing is shared with the product but the shape of its rule.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import combinations

import numpy as np
from oracle import BILLION, Row, World, stated_bounds

from trustgraph.policy import ControlRule
from trustgraph.schema import STEPS

Shares = dict[str, Fraction]
HALF = BILLION // 2
NO, POSSIBLE, YES = 0, 1, 2


@dataclass
class Stake:
    """What an owner holds of a company, in billionths: at least and at most.

    ``firm`` is what is stated at most; ``open`` where a part of it is not stated.
    """

    low: int = 0
    firm: int = 0
    open: bool = False
    high: int = 0


@dataclass
class Answer:
    """Of one pair of owner and entity; ``basis`` as the product words it."""

    cascade: int = NO
    controller: int = NO
    beneficial: int = NO
    basis: set[str] = field(default_factory=set)


def in_force(rel: Row, day: dt.date) -> bool:
    start, end = rel.get("start"), rel.get("end")
    return (start is None or start <= day) and (end is None or day < end)


def begun(rel: Row) -> dt.date:
    return rel.get("start") or dt.date.min


def surely(rel: Row) -> bool:
    return rel.get("confidence") is None or rel["confidence"] >= 1


class OwnershipOracle:
    def __init__(self, world: World, rule: ControlRule, as_of: dt.date) -> None:
        self.world, self.rule = world, rule
        self.names = sorted(world.entities)
        self.live = [rel for rel in world.relationships if in_force(rel, as_of)]
        self.holdings = [rel for rel in self.live if rel["kind"] == "shareholder"]
        self.recorded = [rel for rel in self.live if rel["kind"] == "actual_controller"]
        self.blind = {
            name
            for name, row in world.entities.items()
            if (row.get("legal_form") or "").lower() in rule.unknown_forms
        }
        self.stakes = {name: self.stakes_in(name) for name in self.names}
        self.stated = {
            company: sum(stake.low for stake in stakes.values())
            for company, stakes in self.stakes.items()
        }

    @cached_property
    def ways(self) -> dict[str, list[Shares]]:
        return {name: self.fillings(name) for name in self.names}

    # -- stakes

    def stakes_in(self, company: str) -> dict[str, Stake]:
        sums: dict[str, Stake] = {}
        for rel in self.holdings:
            if rel["target"] != company:
                continue
            stake = sums.setdefault(rel["source"], Stake())
            stated = stated_bounds(rel)
            stake.open |= stated is None
            low, high = stated or (0, 0)
            # What began later may have replaced it, though nobody said that it ended.
            replaced = any(begun(other) > begun(rel) for other in self.held_alike(rel))
            sure = surely(rel) and not replaced
            stake.low = min(BILLION, stake.low + (low if sure else 0))
            stake.firm = min(BILLION, stake.firm + high)
        left = max(0, BILLION - sum(stake.low for stake in sums.values()))
        for stake in sums.values():
            stake.high = min(BILLION, stake.firm + (left if stake.open else 0))
        return sums

    def held_alike(self, rel: Row) -> list[Row]:
        """The stakes in force of the same owner in the same company."""
        ends = rel["source"], rel["target"]
        return [one for one in self.holdings if (one["source"], one["target"]) == ends]

    def contradicted(self, company: str) -> bool:
        """Whether its owners state too much for all of them to be right."""
        return self.stated[company] > 1_005_000_000

    def surely(self, company: str, stake: Stake) -> int:
        """What a stake in a company is at least: nothing, where it is contradicted."""
        return 0 if self.contradicted(company) else stake.low

    # -- integrated shares

    def least(self, company: str) -> Shares:
        """Every share at its lower bound, scaled where together they are more than the whole."""
        whole = max(BILLION, self.stated[company])
        return {
            owner: Fraction(stake.low, whole)
            for owner, stake in self.stakes[company].items()
            if owner not in self.blind
        }

    def fillings(self, company: str) -> list[Shares]:
        """The corners of what the bounds allow, the lower bounds first.

        In a corner some owners have all that they may, at most one has a part, and where one has
        a part the company is full.
        """
        base = self.least(company)
        room = Fraction(max(0, BILLION - self.stated[company]), BILLION)
        extra = {
            owner: Fraction(stake.high - stake.low, BILLION)
            for owner, stake in self.stakes[company].items()
            if owner in base and stake.high > stake.low and room > 0
        }
        found = []
        for size in range(len(extra) + 1):
            for full in combinations(extra, size):
                left = room - sum(extra[owner] for owner in full)
                if left < 0:
                    continue
                taken = {
                    owner: base[owner] + (extra[owner] if owner in full else 0) for owner in base
                }
                found.append(taken)
                found += [
                    {**taken, owner: taken[owner] + left}
                    for owner in extra
                    if owner not in full and left < extra[owner]
                ]
        return found

    def lower(self, target: str) -> Shares:
        return first_passage({name: self.ways[name][0] for name in self.names}, target)

    def surely_lower(self, target: str) -> Shares:
        """The same with nothing counted of companies whose owners contradict one another."""
        chosen = {
            name: {} if self.contradicted(name) else self.ways[name][0] for name in self.names
        }
        return first_passage(chosen, target)

    def upper(self, target: str) -> Shares:
        """The best over all corners of all companies: a company changes only to what is better.

        Ends where no corner of any company is better, which is then the least such solution: it
        is the value of shares that the bounds allow.
        """
        chosen = {name: self.ways[name][0] for name in self.names}
        while True:
            value = first_passage(chosen, target)
            better = {}
            for name in self.names:
                best = max(self.ways[name], key=lambda way: worth(way, value))
                if name != target and worth(best, value) > value[name]:
                    better[name] = best
            if not better:
                return value
            chosen |= better

    # -- the cascade

    def held(self, company: str, blocked: set[str]) -> tuple[int, int]:
        """What blocked parties hold of a company together: surely, and at most."""
        inside = [
            stake
            for owner, stake in self.stakes[company].items()
            if owner in blocked and owner != company
        ]
        left = max(0, BILLION - self.stated[company]) if any(s.open for s in inside) else 0
        most = sum(stake.firm for stake in inside) + left
        return sum(self.surely(company, stake) for stake in inside), min(BILLION, most)

    def falls(self, company: str, blocked: set[str], *, upper: bool) -> bool:
        """Whether a company is blocked, given who else is."""
        rule = self.rule.cascade
        assert rule is not None
        if self.held(company, blocked - {company})[upper] >= rule.need:
            return True
        return rule.by_control and any(
            source in blocked and target == company and (upper or sure)
            for source, target, _, sure in self.links()
        )

    def blocked(self, listed: set[str], *, upper: bool) -> set[str]:
        rule = self.rule.cascade
        assert rule is not None
        if not rule.summed:  # each listed party for itself, as if no other were
            return listed.union(*(self.least_fixed_point({one}, upper=upper) for one in listed))
        return self.least_fixed_point(listed, upper=upper)

    def least_fixed_point(self, listed: set[str], *, upper: bool) -> set[str]:
        found = set(listed)
        while True:
            more = {name for name in self.names if self.falls(name, found, upper=upper)}
            if more <= found:
                return found
            found |= more

    def through(self, listed: str, sure: set[str], possible: set[str]) -> dict[str, int]:
        """What one listed entity has stakes in, directly or through blocked ones; how surely."""
        rule = self.rule.cascade
        assert rule is not None
        steps = {
            (owner, company, self.surely(company, stake) > 0)
            for company, stakes in self.stakes.items()
            for owner, stake in stakes.items()
            if stake.high > 0 and owner != company
        }
        if rule.by_control:
            steps |= {(source, target, surely) for source, target, _, surely in self.links()}
        found: dict[str, int] = {}
        for answer, among in ((POSSIBLE, possible), (YES, sure)):
            usable = {
                step for step in steps if step[1] in among and (answer == POSSIBLE or step[2])
            }
            reached = {listed}
            for _ in self.names:
                reached |= {target for source, target, _ in usable if source in reached}
            found |= dict.fromkeys(reached - {listed}, answer)
        return found

    # -- controllers

    def links(self) -> set[tuple[str, str, str, bool]]:
        """(from, to, majority or recorded, beyond doubt)."""
        majorities = {
            (owner, company, "majority", self.surely(company, stake) > HALF)
            for company, stakes in self.stakes.items()
            for owner, stake in stakes.items()
            if stake.high > HALF
        }
        recorded = {
            (rel["source"], rel["target"], "recorded", surely(rel)) for rel in self.recorded
        }
        return {
            link
            for link in majorities | recorded
            if link[0] != link[1] and link[0] not in self.blind
        }

    def led(self, owner: str) -> dict[str, dict[str, int]]:
        """By entity: which chains of links lead there from an owner, and how surely.

        ``majority``: of majorities only; ``recorded``: with a recorded link in it; ``direct``: a
        recorded link alone. A chain never comes back to the owner.
        """
        links = self.links()
        found: dict[str, dict[str, int]] = {}
        begin = (owner, False, True)
        seen, open_ = {begin}, [begin]
        while open_:
            here, mixed, sure = open_.pop()
            for source, target, kind, certain in links:
                if source != here or target == owner:
                    continue
                now, still = mixed or kind == "recorded", sure and certain
                ways = found.setdefault(target, {"majority": NO, "recorded": NO, "direct": NO})
                names = ["recorded" if now else "majority"]
                names += ["direct"] * (kind == "recorded" and here == owner)
                for name in names:
                    ways[name] = max(ways[name], YES if still else POSSIBLE)
                state = (target, now, still)
                if state not in seen:
                    seen.add(state)
                    open_.append(state)
        return found

    def may_control(self, owner: str) -> bool:
        kinds = self.rule.owners
        return owner not in self.blind and (
            not kinds or self.world.entities[owner]["kind"] in kinds
        )

    def answers(self, listed: set[str]) -> dict[tuple[str, str], Answer]:
        """Every (entity, owner) of which an answer is not no."""
        found = {(c, o): Answer() for o in self.names for c in self.names if c != o}
        for owner in self.names:
            if self.may_control(owner):
                for company, ways in self.controlled(owner).items():
                    answer = found[company, owner]
                    controls = [how for name, how in ways.items() if name != "integrated"]
                    answer.controller = max(controls, default=NO)
                    answer.beneficial = max(ways.values(), default=NO)
                    answer.basis = {name for name in ways if 0 < ways[name] == answer.beneficial}
        if self.rule.cascade is not None:
            for owner in listed:
                among = listed if self.rule.cascade.summed else {owner}
                sure, possible = (
                    self.least_fixed_point(among, upper=upper) for upper in (False, True)
                )
                for company, how in self.through(owner, sure, possible).items():
                    found[company, owner].cascade = how
        for answer in found.values():
            if answer.cascade and not answer.beneficial:
                answer.basis = {"cascade"}
        for company in self.names:
            self.stand_in(company, found)
        return {pair: a for pair, a in found.items() if a.beneficial or a.cascade}

    # -- the last resort

    def stand_in(self, company: str, found: dict[tuple[str, str], Answer]) -> None:
        """Name who stands in, where nobody surely owns or controls a company."""
        best = max((found[company, o].beneficial for o in self.names if o != company), default=NO)
        if best == YES or self.world.entities[company]["kind"] not in {"company", "other"}:
            return
        for step in self.rule.last_resort:
            kind, way = STEPS[step].split(".")
            near, far = ("target", "source") if way == "backward" else ("source", "target")
            holders = {
                rel[far]
                for rel in self.live
                if rel["kind"] == kind and rel[near] == company and self.may_control(rel[far])
            }
            for owner in holders:
                answer = found.setdefault((company, owner), Answer())
                if not (answer.beneficial or answer.cascade):
                    sure = best == NO and not self.hides_somebody(company)
                    answer.beneficial, answer.basis = YES if sure else POSSIBLE, {"last_resort"}
            if holders:
                return

    def gap(self, company: str) -> int:
        """What one unknown owner may hold of a company, in billionths."""
        if self.world.entities[company]["kind"] in {"person", "public_body"}:
            return 0
        stakes = self.stakes[company]
        nominees = [stake.high for owner, stake in stakes.items() if owner in self.blind]
        return max([0, BILLION - self.stated[company], *nominees])

    def hides_somebody(self, company: str) -> bool:
        bases = self.rule.bases
        for end in self.names:
            gap = 0 if end in self.blind else self.gap(end)
            share = Fraction(1) if end == company else self.upper(end)[company]
            if "integrated" in bases and round(share * gap) >= self.rule.need:
                return True
            ways = {"majority"} if end == company else set()
            ways |= {way for way, how in self.led(end).get(company, {}).items() if how}
            if gap > HALF and ways & set(bases):
                return True
        return False

    def controlled(self, owner: str) -> dict[str, dict[str, int]]:
        low, high, led = self.surely_lower(owner), self.upper(owner), self.led(owner)
        found = {}
        for company in self.names:
            if company == owner:
                continue
            ways = led.get(company, {"majority": NO, "recorded": NO, "direct": NO})
            recorded = ways["recorded"]
            if "majority" in self.rule.bases and ways["majority"] >= recorded:
                # A mixed chain is not said where majorities alone explain as much.
                recorded = ways["direct"]
            every = {
                "integrated": max(
                    self.reached(low[company]) + self.reached(high[company]),
                    self.stated_to_reach(owner, company),
                ),
                "majority": ways["majority"],
                "recorded": recorded,
            }
            found[company] = {name: every[name] for name in every if name in self.rule.bases}
        return found

    def stated_to_reach(self, owner: str, company: str) -> int:
        """Whether a direct stake reaches the threshold as it is stated."""
        stake = self.stakes[company].get(owner, Stake())
        if self.surely(company, stake) >= self.rule.need:
            return YES
        return POSSIBLE if stake.high >= self.rule.need else NO

    def reached(self, share: Fraction) -> bool:
        return round(share * BILLION) >= self.rule.need


def worth(shares: Shares, value: Shares) -> Fraction:
    return sum((share * value[owner] for owner, share in shares.items()), Fraction(0))


def first_passage(shares: dict[str, Shares], target: str) -> Shares:
    """The chance that a walk up the owners from each entity ever meets the target, exactly.

    V = A V + b over those from whom the target can be met at all; 0 for all others, who may go
    round for ever. Solved by Gauss, in fractions.
    """
    meets = {target}
    for _ in shares:
        meets |= {name for name in shares if any(shares[name].get(other) for other in meets)}
    names = sorted(meets - {target})
    rows = [
        [
            *(Fraction(name == other) - shares[name].get(other, Fraction(0)) for other in names),
            shares[name].get(target, Fraction(0)),
        ]
        for name in names
    ]
    for pivot in range(len(names)):
        at = next(row for row in range(pivot, len(names)) if rows[row][pivot] != 0)
        rows[pivot], rows[at] = rows[at], rows[pivot]
        rows[pivot] = [entry / rows[pivot][pivot] for entry in rows[pivot]]
        for row in range(len(names)):
            factor = rows[row][pivot]
            if row != pivot and factor:
                rows[row] = [
                    entry - factor * top for entry, top in zip(rows[row], rows[pivot], strict=True)
                ]
    solved = {name: row[-1] for name, row in zip(names, rows, strict=True)}
    return {name: solved.get(name, Fraction(name == target)) for name in shares}


def by_formula(shares: dict[str, Shares], target: str) -> dict[str, float] | None:
    """N[c, o] / N[o, o] with N = (I - A)^-1, where there is one that is worth its digits."""
    names = sorted(shares)
    matrix = np.array([[float(shares[c].get(o, 0)) for o in names] for c in names])
    rest = np.eye(len(names)) - matrix
    if np.linalg.cond(rest) > 1e5:
        return None
    inverse = np.linalg.inv(rest)
    at = names.index(target)
    return {name: inverse[i, at] / inverse[at, at] for i, name in enumerate(names)}


def proper_subsets(base: set[str], more: set[str]) -> Iterator[set[str]]:
    """Every set that holds ``base``, lies in ``base | more`` and is not all of it."""
    rest = sorted(more - base)
    for size in range(len(rest)):
        for some in combinations(rest, size):
            yield base | set(some)

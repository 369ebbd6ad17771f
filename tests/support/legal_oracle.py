"""The slow, obvious second implementation of legal reach: every walk of every route, one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from months import months_later

from trustgraph.policy import Rule
from trustgraph.schema import STEPS

if TYPE_CHECKING:
    from oracle import Oracle, Row

BILLION = 10**9
Found = tuple[str, str, str | None, str, tuple[str, ...]]
Key = tuple[bool, int, tuple[str, ...]]


class LegalOracle:
    """Consequences of one world under one pack on one day."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle, self.policy, self.as_of = oracle, oracle.policy, oracle.as_of
        self.entities = oracle.world.entities
        self.counting = [r for r in oracle.world.records if oracle.counts(r)]
        self.rules = [
            rule
            for versions in self.policy.rules.values()
            if (rule := oracle.version(versions, self.as_of)) is not None
        ]

    def reached(self) -> set[Found]:
        """(entity, rule, record, status, chain) of all rules but those that look at grades."""
        found: set[Found] = set()
        for rule in self.rules:
            by = rule.aggregate and rule.aggregate.by
            if by == "pair":
                found |= set(self.pairs(rule))
            elif by != "worst_grade" and (rule.force != "E" or any(r.steps for r in rule.routes)):
                found |= set(self.of_records(rule))
        return found

    # -- rules that records set off

    def of_records(self, rule: Rule) -> Iterator[Found]:
        codes = self.triggers(rule)
        records = [r for r in self.counting if r["type"] in codes]
        records = [
            r for r in records if self.may_begin(rule, r["entity"]) and self.of_form(rule, r)
        ]
        if rule.lasts_months is not None:
            lasts = rule.lasts_months
            records = [r for r in records if months_later(r["decided_on"], lasts) > self.as_of]
        for record in records:
            best: dict[str, Key] = {}
            for route in rule.routes:
                begin, decided = record["entity"], record["decided_on"]
                for unsure, chain in self.walks(rule, route, begin, decided):
                    doubt = unsure or rule.unproven
                    if rule.aggregate is not None:
                        perhaps, surely = self.enough(rule, route, records, chain[1])
                        if not perhaps:
                            continue
                        doubt = doubt or not surely
                    end = self.ended(rule, chain)
                    if end is not None:
                        key = (doubt or end, len(chain), chain)
                        best[chain[-1]] = min(best.get(chain[-1], key), key)
            for entity, (doubt, _, chain) in best.items():
                yield entity, rule.code, record["id"], "possible" if doubt else "fact", chain

    def triggers(self, rule: Rule) -> set[str]:
        found = set(rule.on)
        for code, versions in self.policy.record_types.items():
            version = self.oracle.version(versions, self.as_of)
            if version is not None and set(version.tags) & set(rule.on_tags):
                found.add(code)
        return found

    def may_begin(self, rule: Rule, entity: str) -> bool:
        return not rule.from_kinds or self.entities[entity]["kind"] in rule.from_kinds

    def of_form(self, rule: Rule, record: Row) -> bool:
        form = self.entities[record["entity"]].get("legal_form") or ""
        return not rule.from_forms or form.lower() in {f.lower() for f in rule.from_forms}

    def enough(self, rule: Rule, route: Any, records: list[Row], middle: str) -> tuple[bool, bool]:
        """Whether those who reach the middle supply enough of its purchases: perhaps, surely."""
        reaching = [
            record
            for record in records
            if any(
                chain[1] == middle
                for _, chain in self.walks(
                    rule, route, record["entity"], record["decided_on"], steps=1
                )
            )
        ]
        theirs = {record["entity"] for record in reaching}
        low, high, stated, is_open = 0, 0, 0, False
        for rel in self.oracle.live:
            if rel["kind"] != "supplier" or rel["target"] != middle:
                continue
            bounds = stated_bounds(rel)
            stated += bounds[0] if bounds else 0
            if rel["source"] in theirs:
                low += bounds[0] if bounds else 0
                high += bounds[1] if bounds else 0
                is_open = is_open or bounds is None
        high += max(0, BILLION - stated) if is_open else 0
        amounts = [record.get("amount") for record in reaching]
        total = sum(round(amount * 100) for amount in amounts if amount is not None)
        assert rule.aggregate is not None
        share = round((rule.aggregate.min_share or 0) * BILLION)
        least = rule.aggregate.min_amount
        rich = least is None or total > round(least * 100)
        return high >= share and (rich or None in amounts), low >= share and rich

    # -- rules that need no record

    def pairs(self, rule: Rule) -> Iterator[Found]:
        """Who excludes whom. A middle with very many others stands for all of them."""
        for begin in self.entities:
            if not self.may_begin(rule, begin):
                continue
            best: dict[str, Key] = {}
            for route in rule.routes:
                hubs = set()
                if len(route.steps) == 2:
                    for unsure, chain in self.walks(rule, route, begin, None, steps=1):
                        hub = chain[-1]
                        passable = self.entities[hub]["kind"] not in rule.not_through
                        if passable and self.leads_on(route, hub) > self.policy.max_fanout:
                            hubs.add(hub)
                            key = (unsure or rule.unproven, len(chain), chain)
                            best[hub] = min(best.get(hub, key), key)
                for unsure, chain in self.walks(rule, route, begin, None):
                    end = self.ended(rule, chain)
                    # A chain of two steps passes one, whoever that is possibly the same as.
                    passed = len(route.steps) == 2 and chain[-2] in hubs
                    if not passed and chain[-1] != begin and end is not None:
                        key = (unsure or rule.unproven or end, len(chain), chain)
                        best[chain[-1]] = min(best.get(chain[-1], key), key)
            for doubt, _, chain in best.values():
                yield begin, rule.code, None, "possible" if doubt else "fact", chain

    def leads_on(self, route: Any, hub: str) -> int:
        """Relationships in force by which the second step leads on."""
        steps = {STEPS[code] for code in route.steps[1].steps}
        return sum(step in steps for step, _, _ in self.oracle.steps_from(hub))

    def worst_grades(self, grades: dict[str, str]) -> set[Found]:
        """Who takes the worst grade of those that lead to it; ``grades`` of all organisations."""
        order = [grade.code for grade in self.policy.grades]
        found: set[Found] = set()
        for rule in self.rules:
            if rule.aggregate is None or rule.aggregate.by != "worst_grade":
                continue
            best: dict[str, tuple[int, bool, int, tuple[str, ...]]] = {}
            for begin, grade in grades.items():
                if not self.may_begin(rule, begin):
                    continue
                for route in rule.routes:
                    for unsure, chain in self.walks(rule, route, begin, None):
                        end = self.ended(rule, chain)
                        if end is not None:
                            doubt = unsure or rule.unproven or end
                            key = (-order.index(grade), doubt, len(chain), chain)
                            best[chain[-1]] = min(best.get(chain[-1], key), key)
            for entity, (_, doubt, _, chain) in best.items():
                found.add((entity, rule.code, None, "possible" if doubt else "fact", chain))
        return found

    # -- walks

    def walks(
        self, rule: Rule, route: Any, begin: str, decided: dt.date | None, *, steps: int = 9
    ) -> Iterator[tuple[bool, tuple[str, ...]]]:
        """Walks along a route, or along its first steps: whether one is doubtful, and its chain."""
        region = self.entities[begin].get("region")
        if route.from_region and region and not region.startswith(tuple(route.from_region)):
            return
        length = min(steps, len(route.steps))

        def go(
            chain: tuple[str, ...], taken: int = 0, *, doubt: bool, same: bool
        ) -> Iterator[tuple[bool, tuple[str, ...]]]:
            at = chain[-1]
            if taken == length:
                yield doubt, chain
            if len(chain) > 1 and self.entities[at]["kind"] in rule.not_through:
                return
            inside = not pair or 0 < taken < len(route.steps)
            if not same and inside:
                for other in self.twins_of(at):
                    yield from go((*chain, other), taken, doubt=True, same=True)
            if taken == length:
                return
            test = route.steps[taken]
            allowed = {STEPS[code] for code in test.steps}
            for rel in self.oracle.world.relationships:
                for step, other, _ in self.oracle.ends(rel, at):
                    if step in allowed and self.passes(test, rel, decided):
                        unsure = doubt or not surely_held(test, rel)
                        yield from go((*chain, other), taken + 1, doubt=unsure, same=same)

        # Who is possibly the same stands in once, but not where parties are counted; of pairs it is
        # somebody between the two.
        pair = rule.aggregate is not None and rule.aggregate.by == "pair"
        counted = rule.aggregate is not None and not pair
        yield from go((begin,), doubt=bool(route.from_region) and not region, same=counted)

    def twins_of(self, entity: str) -> set[str]:
        """Persons who are possibly the same as a person, as of the day."""
        if self.entities[entity]["kind"] != "person":
            return set()
        ends = [
            (rel["source"], rel["target"])
            for rel in self.oracle.live
            if rel["kind"] == "possibly_same"
        ]
        others = {b for a, b in ends if a == entity} | {a for a, b in ends if b == entity}
        return {other for other in others if self.entities[other]["kind"] == "person"}

    def passes(self, test: Any, rel: Row, decided: dt.date | None) -> bool:
        if test.min_share is not None:
            bounds = stated_bounds(rel)
            if bounds is None or bounds[1] < billionths(test.min_share):
                return False
        if test.when == "at_decision" and decided is not None:
            return self.oracle.in_force(rel, decided)
        if not self.oracle.in_force(rel, self.as_of):
            return False
        if test.when == "after_decision" and decided is not None:
            return rel.get("start") is not None and rel["start"] > decided
        return True

    def ended(self, rule: Rule, chain: tuple[str, ...]) -> bool | None:
        """Whether it is in doubt that the rule applies to the end of a chain; None: it does not."""
        end = self.entities[chain[-1]]
        if rule.to and end["kind"] not in rule.to:
            return None
        if rule.others and chain[-1] == chain[0]:
            return None
        doubt = False
        for wanted, has in (
            (rule.to_industry, end.get("industry")),
            (rule.to_jurisdiction, end.get("jurisdiction")),
        ):
            if wanted and has and not has.startswith(tuple(wanted)):
                return None
            doubt = doubt or bool(wanted and not has)
        party = chain[-1] if rule.named_at is None else chain[rule.named_at]
        return doubt or (rule.needs_naming and not self.named(rule, party))

    def named(self, rule: Rule, entity: str) -> bool:
        codes = set(rule.named_by) or self.triggers(rule)
        return any(r["entity"] == entity and r["type"] in codes for r in self.counting)


def billionths(share: float) -> int:
    return round(share * BILLION)


def stated_bounds(rel: Row) -> tuple[int, int] | None:
    """What a relationship says of its share, at least and at most; None: nothing."""
    if rel.get("share") is not None:
        return billionths(rel["share"]), billionths(rel["share"])
    low, high = rel.get("share_min"), rel.get("share_max")
    if low is None and high is None:
        return None
    return 0 if low is None else billionths(low), BILLION if high is None else billionths(high)


def surely_held(test: Any, rel: Row) -> bool:
    if test.min_share is None:
        return True
    bounds = stated_bounds(rel)
    return bounds is not None and bounds[0] >= billionths(test.min_share)

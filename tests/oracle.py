"""The slow, obvious second implementation of the model: records, exposure, law, ledger.

Dictionaries, one record at a time, every walk enumerated; nothing is shared with the product but
the policy pack as it was read. Where the two disagree, one of them has a bug.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from trustgraph.policy import Policy, RecordType, Rule
from trustgraph.schema import STEPS

Row = dict[str, Any]
BILLION = 10**9
SYMMETRIC = {"affiliate", "possibly_same"}


def step_name(code: int) -> str:
    return STEPS[code]


def months_later(day: dt.date, months: int) -> dt.date:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def billionths(share: float) -> int:
    return round(share * BILLION)


def stated_bounds(rel: Row) -> tuple[int, int] | None:
    if rel.get("share") is not None:
        return billionths(rel["share"]), billionths(rel["share"])
    low, high = rel.get("share_min"), rel.get("share_max")
    if low is None and high is None:
        return None
    return 0 if low is None else billionths(low), BILLION if high is None else billionths(high)


def stated_share(rel: Row) -> int | None:
    bounds = stated_bounds(rel)
    return None if bounds is None else sum(bounds) // 2


@dataclass
class World:
    """A register as lists of dictionaries."""

    entities: dict[str, Row]
    relationships: list[Row]
    records: list[Row]
    consultations: list[Row] = field(default_factory=list)


@dataclass
class Answer:
    scores: dict[str, Row]
    ledger: dict[str, list[tuple[str, str | None, int]]]
    exposure: dict[tuple[str, str], tuple[int, float, tuple[str, ...]]]
    consequences: set[tuple[str, str, str | None, str, tuple[str, ...]]]


class Oracle:
    def __init__(
        self, world: World, policy: Policy, as_of: dt.date, forget_on: dt.date | None = None
    ) -> None:
        self.world, self.policy, self.as_of = world, policy, as_of
        self.forget_on = max(forget_on or as_of, as_of)
        self.live = [rel for rel in world.relationships if self.in_force(rel, as_of)]

    # -- section 2

    @staticmethod
    def in_force(rel: Row, day: dt.date) -> bool:
        start, end = rel.get("start"), rel.get("end")
        return (start is None or start <= day) and (end is None or day < end)

    @staticmethod
    def version(versions: tuple[Any, ...], day: dt.date) -> Any:
        for version in versions:
            after = version.valid_from is None or version.valid_from <= day
            if after and (version.valid_to is None or day < version.valid_to):
                return version
        return None

    def end_of(self, record: Row) -> dt.date | None:
        if record.get("ends_on") is not None:
            return record["ends_on"]
        versions = self.policy.record_types.get(record["type"], ())
        version = self.version(versions, record["decided_on"])
        if version is None and versions:  # nearest: the last one that ended, else the first
            past = [v for v in versions if v.valid_to and v.valid_to <= record["decided_on"]]
            version = past[-1] if past else versions[0]
        if version is None or version.months is None:
            return None
        return months_later(record["decided_on"], version.months)

    def forgotten(self, record: Row) -> bool:
        if self.world.entities[record["entity"]]["kind"] != "person":
            return False
        ends = [day for day in (self.end_of(record), record.get("repaired_on")) if day is not None]
        return bool(ends) and months_later(min(ends), 60) <= self.forget_on

    def counts(self, record: Row) -> bool:
        if record["decided_on"] > self.as_of or record.get("status") == "withdrawn":
            return False
        repaired = record.get("repaired_on")
        if repaired is not None and repaired <= self.as_of:
            return False
        if repaired is None and record.get("status") == "repaired":
            return False
        end = self.end_of(record)
        if end is not None and self.as_of >= end:
            return False
        return not self.forgotten(record) and self.type_now(record) is not None

    def type_now(self, record: Row) -> RecordType | None:
        found: RecordType | None = self.version(
            self.policy.record_types.get(record["type"], ()), self.as_of
        )
        return found

    # -- section 3

    def listed_black(self, entity: str) -> bool:
        return any(
            record["entity"] == entity
            and self.counts(record)
            and self.type_now(record).list == "black"
            for record in self.world.records
        )

    def weight(self, record: Row) -> int:
        kind = self.type_now(record)
        assert kind is not None
        if kind.points > 0 and self.listed_black(record["entity"]):
            return 0
        decay = 1.0
        end = self.end_of(record)
        if kind.decay == "linear" and end is not None:
            decay = (end - self.as_of).days / (end - record["decided_on"]).days
        return round(kind.points * 1e6 * decay)

    # -- section 4

    def steps_from(self, entity: str) -> Iterator[tuple[str, str, Row]]:
        """(step, the entity at its other end, relationship) for all relationships in force."""
        for rel in self.live:
            yield from self.ends(rel, entity)

    @staticmethod
    def ends(rel: Row, entity: str) -> Iterator[tuple[str, str, Row]]:
        kind, source, target = rel["kind"], rel["source"], rel["target"]
        if kind in SYMMETRIC:
            if source == entity:
                yield f"{kind}.forward", target, rel
            elif target == entity:
                yield f"{kind}.forward", source, rel
            return
        if source == entity:
            yield f"{kind}.forward", target, rel
        if target == entity:
            yield f"{kind}.backward", source, rel

    def count(self, entity: str, step: str) -> int:
        return sum(name == step for name, _, _ in self.steps_from(entity))

    def share_factor(self, rel: Row, step: str, receiver: str, mode: str) -> float:
        if mode == "none":
            return 1.0
        if mode == "equal":
            kind, direction = step.split(".")
            if kind in SYMMETRIC:
                arriving = step
            else:
                arriving = kind + (".backward" if direction == "forward" else ".forward")
            return 1.0 / self.count(receiver, arriving)
        share = stated_share(rel)
        if share is not None:
            return share / 1e9
        side = "source" if rel["kind"] == "guarantor" else "target"
        whole = [r for r in self.live if r["kind"] == rel["kind"] and r[side] == rel[side]]
        known = [s for s in map(stated_share, whole) if s is not None]
        unknown = len(whole) - len(known)
        return min(
            self.policy.missing_share.get(rel["kind"], 1.0),
            max(0, BILLION - sum(known)) / unknown / 1e9,
        )

    def walks(self, origin: str, channel: str) -> Iterator[tuple[float, tuple[str, ...]]]:
        """Every walk of one to max_hops steps from a record's entity, with its strength."""
        names = {code: step_name(code) for c in self.policy.channels.values() for code in c.steps}

        def go(
            at: str, state: str, strength: float, chain: tuple[str, ...]
        ) -> Iterator[tuple[float, tuple[str, ...]]]:
            if len(chain) > self.policy.max_hops:
                return
            if at != origin and self.world.entities[at]["kind"] == "public_body":
                return
            rules = {names[code]: rule for code, rule in self.policy.channels[state].steps.items()}
            for step, other, rel in self.steps_from(at):
                if at != origin and self.count(at, step) > self.policy.max_fanout:
                    continue
                rule = rules.get(step)
                if rule is None:
                    continue
                if rule.min_share is not None:
                    share = stated_share(rel)
                    if share is None or share < billionths(rule.min_share):
                        continue
                factor = self.share_factor(rel, step, other, rule.share)
                confidence = 1.0 if rel.get("confidence") is None else rel["confidence"]
                longer = strength * (rule.strength * factor * confidence)
                yield longer, (*chain, other)
                yield from go(other, rule.then or state, longer, (*chain, other))

        yield from go(origin, channel, 1.0, (origin,))

    def exposure(self) -> dict[tuple[str, str], tuple[int, float, tuple[str, ...]]]:
        lines = {}
        for record in self.world.records:
            if not self.counts(record):
                continue
            channel, weight = self.type_now(record).channel, self.weight(record)
            if channel is None:
                continue
            best: dict[str, tuple[float, int, tuple[str, ...]]] = {}
            for strength, chain in self.walks(record["entity"], channel):
                end = chain[-1]
                key = (-strength, len(chain), chain)
                if end != record["entity"] and (end not in best or key < best[end]):
                    best[end] = key
            for end, (negative, _, chain) in best.items():
                micro = round(weight * -negative)
                drawn = micro != 0 and abs(micro) >= self.policy.min_micro
                if drawn and self.world.entities[end]["kind"] != "person":
                    lines[record["id"], end] = (micro, -negative, chain)
        return lines

    # -- section 6

    def named(self, rule: Rule, entity: str) -> bool:
        codes = set(rule.named_by) or self.triggers(rule)
        return any(
            r["entity"] == entity and r["type"] in codes and self.counts(r)
            for r in self.world.records
        )

    def triggers(self, rule: Rule) -> set[str]:
        found = set(rule.on)
        for code, versions in self.policy.record_types.items():
            version = self.version(versions, self.as_of)
            if version is not None and set(version.tags) & set(rule.on_tags):
                found.add(code)
        return found

    def legal_walks(
        self, rule: Rule, route: Any, record: Row
    ) -> Iterator[tuple[bool, tuple[str, ...]]]:
        def go(chain: tuple[str, ...], *, doubt: bool) -> Iterator[tuple[bool, tuple[str, ...]]]:
            if len(chain) == len(route.steps) + 1:
                yield doubt, chain
                return
            at = chain[-1]
            if len(chain) > 1 and self.world.entities[at]["kind"] in rule.not_through:
                return
            test = route.steps[len(chain) - 1]
            allowed = {step_name(code) for code in test.steps}
            for rel in self.world.relationships:
                for step, other, _ in self.ends(rel, at):
                    if step in allowed and self.passes(test, rel, record["decided_on"]):
                        at_least = self.surely_held(test, rel)
                        yield from go((*chain, other), doubt=doubt or not at_least)

        yield from go((record["entity"],), doubt=False)

    def surely_held(self, test: Any, rel: Row) -> bool:
        if test.min_share is None:
            return True
        bounds = stated_bounds(rel)
        return bounds is not None and bounds[0] >= billionths(test.min_share)

    def passes(self, test: Any, rel: Row, decided_on: dt.date) -> bool:
        if test.min_share is not None:
            bounds = stated_bounds(rel)
            if bounds is None or bounds[1] < billionths(test.min_share):
                return False
        if test.when == "at_decision":
            return self.in_force(rel, decided_on)
        if not self.in_force(rel, self.as_of):
            return False
        if test.when == "after_decision":
            return rel.get("start") is not None and rel["start"] > decided_on
        return True

    def consequences(self) -> set[tuple[str, str, str | None, str, tuple[str, ...]]]:
        """(entity, rule, record, status, chain); aggregates have their own cases in tests."""
        found = set()
        for versions in self.policy.rules.values():
            rule = self.version(versions, self.as_of)
            if rule is None or rule.aggregate is not None:
                continue
            for record in self.world.records:
                if record["type"] not in self.triggers(rule) or not self.counts(record):
                    continue
                kind = self.world.entities[record["entity"]]["kind"]
                if rule.from_kinds and kind not in rule.from_kinds:
                    continue
                best: dict[str, tuple[bool, int, tuple[str, ...]]] = {}
                for route in rule.routes:
                    for unsure, chain in self.legal_walks(rule, route, record):
                        end = chain[-1]
                        if rule.to and self.world.entities[end]["kind"] not in rule.to:
                            continue
                        if rule.others and end == record["entity"]:
                            continue
                        party = end if rule.named_at is None else chain[rule.named_at]
                        named = not rule.needs_naming or self.named(rule, party)
                        doubt = unsure or rule.unproven or not named
                        best[end] = min(best.get(end, (True, 99, ())), (doubt, len(chain), chain))
                for end, (doubt, _, chain) in best.items():
                    status = "possible" if doubt else "fact"
                    found.add((end, rule.code, record["id"], status, chain))
        return found

    # -- section 5

    def answer(self) -> Answer:
        policy = self.policy
        exposure = self.exposure()
        consequences = self.consequences()
        scores: dict[str, Row] = {}
        ledger: dict[str, list[tuple[str, str | None, int]]] = {}
        for entity, row in self.world.entities.items():
            if row["kind"] == "person":
                continue
            lines: list[tuple[str, str | None, int]] = [("base", None, policy.base_micro)]
            own = [r for r in self.world.records if r["entity"] == entity and self.counts(r)]
            lines += [("own", r["id"], self.weight(r)) for r in own]
            drawn = [
                ("exposure", record, micro)
                for (record, end), (micro, _, _) in exposure.items()
                if end == entity
            ]
            lines += drawn
            loss = sum(micro for _, _, micro in drawn if micro < 0)
            if policy.exposure_cap_micro is not None and loss < -policy.exposure_cap_micro:
                lines.append(("exposure_cap", None, -policy.exposure_cap_micro - loss))
            total = sum(micro for _, _, micro in lines)
            score = min(max(total, policy.floor_micro), policy.ceiling_micro)
            if score != total:
                lines.append(("clamp", None, score - total))
            ledger[entity] = lines
            scores[entity] = {
                "score_micro": score,
                "grade": self.grade(entity, score, own, consequences),
            }
        return Answer(scores, ledger, exposure, consequences)

    def grade(self, entity: str, score: int, own: list[Row], consequences: set[Any]) -> str:
        order = [grade.code for grade in self.policy.grades]
        rank = next(i for i, g in enumerate(self.policy.grades) if g.from_micro <= score)
        caps = [self.type_now(record).grade_cap for record in own]
        for end, code, _, status, _ in consequences:
            rule = self.version(self.policy.rules[code], self.as_of)
            if end == entity and status == "fact" and rule.force == "A":
                caps.append(rule.grade_cap)
        return order[max([rank, *(order.index(cap) for cap in caps if cap is not None)])]

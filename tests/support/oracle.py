"""The slow, obvious second implementation of the model: records, exposure, law, ledger.

Dictionaries, one record at a time, every walk enumerated; nothing is shared with the product but
the policy pack as it was read. Where the two disagree, one of them has a bug.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from legal_oracle import BILLION, LegalOracle, billionths, stated_bounds
from months import months_later

from trustgraph.policy import Policy, RecordType
from trustgraph.schema import STEPS

Row = dict[str, Any]
GRADED = ("score_micro", "grade", "grade_reason", "grade_by", "verdicts")
"""What is said of every organisation."""
SYMMETRIC = {"affiliate", "possibly_same"}


def step_name(code: int) -> str:
    return STEPS[code]


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
        self, world: World, policy: Policy, as_of: dt.date, retention_on: dt.date | None = None
    ) -> None:
        self.world, self.policy, self.as_of = world, policy, as_of
        self.retention_on = max(retention_on or as_of, as_of)
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
        if version is None:
            return None
        months = version.months
        said = (record.get("ground") or "").lower().replace(" ", "")
        for term in version.terms:
            if said in term.grounds:
                months = term.months
        return None if months is None else months_later(record["decided_on"], months)

    def forgotten(self, record: Row) -> bool:
        if self.world.entities[record["entity"]]["kind"] != "person":
            return False
        ends = [day for day in (self.end_of(record), record.get("repaired_on")) if day is not None]
        return bool(ends) and months_later(min(ends), 60) <= self.retention_on

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

    # -- section 5

    def answer(self) -> Answer:
        policy = self.policy
        exposure = self.exposure()
        legal = LegalOracle(self)
        consequences = legal.reached()
        order = [grade.code for grade in policy.grades]
        scores: dict[str, Row] = {}
        lowered: dict[str, str] = {}
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
            rank, why, by = self.lowered(entity, score, own, consequences)
            lowered[entity] = order[rank]
            grade, why, by = self.rated(entity, rank, why, by)
            verdicts = self.verdicts(entity, own, grade)
            scores[entity] = {
                "score_micro": score,
                "grade": grade,
                "grade_reason": why,
                "grade_by": by,
                "verdicts": verdicts,
            }
        grades = lowered
        return Answer(scores, ledger, exposure, consequences | legal.worst_grades(grades))

    def lowered(
        self, entity: str, score: int, own: list[Row], consequences: set[Any]
    ) -> tuple[int, str, str | None]:
        """The rank of a grade by band and caps, what decided it and by what."""
        order = [grade.code for grade in self.policy.grades]
        band = next(i for i, g in enumerate(self.policy.grades) if g.from_micro <= score)
        caps: list[tuple[str, int, str | None]] = []
        for record in own:
            cap = self.type_now(record).grade_cap
            if cap is not None:
                caps.append(("record", order.index(cap), record["id"]))
        for end, code, _, status, _ in consequences:
            rule = self.version(self.policy.rules[code], self.as_of)
            if end == entity and status == "fact" and rule.force == "A" and rule.grade_cap:
                caps.append(("rule", order.index(rule.grade_cap), code))
        status = self.world.entities[entity].get("status")
        if status in self.policy.grade_caps.status:
            caps.append(("status", order.index(self.policy.grade_caps.status[status]), status))
        if self.blocked(entity) == "yes" and self.policy.grade_caps.blocked:
            caps.append(("blocked", order.index(self.policy.grade_caps.blocked), None))
        worst = max([band, *(rank for _, rank, _ in caps)])
        if worst == band:
            return band, "band", None
        for why in ("record", "rule", "status", "blocked"):
            by = [what for kind, rank, what in caps if kind == why and rank == worst]
            if by:
                return worst, why, min(by, key=lambda what: what or "")
        raise AssertionError

    def rated(
        self, entity: str, rank: int, why: str, by: str | None
    ) -> tuple[str, str, str | None]:
        """The grade, or that there is none, and why."""
        if self.world.entities[entity].get("status") == "deregistered":
            return "NR", "status", "deregistered"
        start = min(max(self.policy.base_micro, self.policy.floor_micro), self.policy.ceiling_micro)
        base = next(i for i, g in enumerate(self.policy.grades) if g.from_micro <= start)
        if self.coverage(entity) < self.policy.rated_from and rank <= base:
            return "NR", "coverage", None
        return self.policy.grades[rank].code, why, by

    def verdicts(self, entity: str, own: list[Row], grade: str) -> list[str]:
        kinds = [(record, self.type_now(record)) for record in own]
        brought = {measure for _, kind in kinds for measure in kind.measures}
        status, blocked = self.world.entities[entity].get("status"), self.blocked(entity)
        said = {
            "DEREGISTERED": status == "deregistered",
            "REVOKED": status == "revoked",
            "BLOCKED": blocked == "yes",
            "POSSIBLY_BLOCKED": blocked == "possible",
            "LISTED": any(kind.list == "black" for _, kind in kinds),
            **{
                code: code in brought
                for code, measure in self.policy.measures.items()
                if measure.verdict
            },
            "OLD": any(
                self.end_of(record) is None
                and kind.usual_months is not None
                and months_later(record["decided_on"], kind.usual_months) <= self.as_of
                for record, kind in kinds
            ),
            "NOT_RATED": grade == "NR",
        }
        return [code for code, true in said.items() if true]

    def blocked(self, entity: str) -> str:
        return self.all_blocked.get(entity, "no")

    @cached_property
    def all_blocked(self) -> dict[str, str]:
        from ownership_oracle import OwnershipOracle  # noqa: PLC0415  # it looks at worlds, too

        rule = next(
            (
                one
                for one in self.policy.controls
                if (one.valid_from is None or one.valid_from <= self.as_of)
                and (one.valid_to is None or self.as_of < one.valid_to)
            ),
            None,
        )
        if rule is None or rule.cascade is None:
            return {}
        listed = {
            record["entity"]
            for record in self.world.records
            if record["type"] in rule.cascade.listed and self.counts(record)
        }
        ownership = OwnershipOracle(self.world, rule, self.as_of)
        possible, sure = (ownership.blocked(listed, upper=upper) for upper in (True, False))
        return dict.fromkeys(possible, "possible") | dict.fromkeys({*sure, *listed}, "yes")

    def coverage(self, entity: str) -> float:
        """Of items that any kind of organisation is expected to have."""
        expected = known = 0
        live = [r for r in self.world.relationships if self.in_force(r, self.as_of)]
        for item in self.policy.coverage:
            expected += item.weight
            if item.item == "status":
                there = self.world.entities[entity].get("status") is not None
            elif item.item == "relationship":
                there = any(
                    r["target"] == entity and r["kind"] == "legal_representative" for r in live
                )
            else:
                owners = [
                    r
                    for r in live
                    if r["target"] == entity != r["source"] and r["kind"] == "shareholder"
                ]
                stated = [share for r in owners if (share := stated_share(r)) is not None]
                there = sum(stated) >= round(item.reached * BILLION)
            known += item.weight * there
        return known / expected if expected else 0.0

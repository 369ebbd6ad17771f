"""What a policy pack says, as frozen values. How it is read and checked lies beside this file.

Everything a compliance officer may want to change stands in a pack, never in code: points,
terms, grades, channels, routes, coverage, and the words for all of them.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeVar

__all__ = [
    "Aggregate",
    "Basis",
    "CascadeRule",
    "Channel",
    "ChannelStep",
    "ControlRule",
    "CoverageItem",
    "Effect",
    "Grade",
    "GradeCaps",
    "GroundTerm",
    "Measure",
    "Policy",
    "RecordType",
    "Repair",
    "Route",
    "RouteStep",
    "Rule",
    "Words",
    "ground_key",
    "version_on",
]

Force = Literal["A", "B", "C", "D", "E"]
ShareMode = Literal["none", "multiply", "equal"]
When = Literal["at_decision", "as_of", "after_decision"]


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in both languages of the product; a missing language falls back."""

    en: str = ""
    zh: str = ""

    def __call__(self, lang: str = "en") -> str:
        return (self.zh or self.en) if lang == "zh" else (self.en or self.zh)

    def __bool__(self) -> bool:
        return bool(self.en or self.zh)


@dataclass(frozen=True, slots=True)
class Grade:
    """One band of the score: from ``from_micro`` micro-points up to the next band."""

    code: str
    from_micro: int
    title: Words = Words()
    reason: Words = Words()


@dataclass(frozen=True, slots=True)
class GradeCaps:
    """What lowers a grade beside records and rules.

    ``status`` maps a registration status to the grade that it caps at; ``blocked`` is the one of
    who is blocked by the pack's cascade.
    """

    status: Mapping[str, str]
    blocked: str | None = None


@dataclass(frozen=True, slots=True)
class Repair:
    """How a record can be repaired and how many months after the decision at the earliest.

    ``how`` = ``no`` means that no repair exists: only time ends the record.
    """

    how: str = "unknown"
    after_months: int | None = None


@dataclass(frozen=True, slots=True)
class GroundTerm:
    """The term that the law fixes for a record on some grounds (as ``ground_key`` has them).

    ``months`` is None where on these it fixes none: for life, or until it is cured.
    """

    grounds: tuple[str, ...]
    months: int | None


_NUMERALS: Final = dict(zip("一二三四五六七八九", "123456789", strict=True))
_ITEM: Final = re.compile(r"^第?\(?([一二三四五六七八九1-9])\)?项?$")


def ground_key(ground: str) -> str:
    """A ground as terms are found by it: what people write of one ground in several ways is one.

    Blanks, width and case do not matter, nor whether an item of a list is written (二) or (2), as
    第（二）项 or without, nor a 的 at the end.
    """
    key = "".join(unicodedata.normalize("NFKC", ground).split()).casefold()
    key = _ITEM.sub(lambda found: f"({_NUMERALS.get(found[1], found[1])})", key)
    return key.removesuffix("的")


@dataclass(frozen=True, slots=True)
class RecordType:
    """One version of a record type: in force from ``valid_from`` until before ``valid_to``.

    ``months`` is the term that the law fixes, ``terms`` those on some grounds, which go before it;
    without either a record stands until the table says otherwise. ``usual_months`` is for these:
    how long one usually stands.
    """

    code: str
    points: float
    dimension: Literal["legal", "financial", "contractual", "social"]
    list: Literal["black", "red"] | None = None
    grade_cap: str | None = None
    months: int | None = None
    terms: tuple[GroundTerm, ...] = ()
    usual_months: int | None = None
    decay: Literal["none", "linear"] = "none"
    channel: str | None = None
    title: Words = Words()
    authority: Words = Words()
    legal_basis: Words = Words()
    subjects: tuple[str, ...] = ()
    repair: Repair = Repair()
    measures: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    confidence: str | None = None
    source: tuple[str, ...] = ()
    reason: Words = Words()
    note: Words = Words()

    def months_on(self, ground: str | None) -> int | None:
        """The term that the law fixes for a record on a ground; None: it has none."""
        key = ground_key(ground or "")
        for term in self.terms:
            if key in term.grounds:
                return term.months
        return self.months


@dataclass(frozen=True, slots=True)
class ChannelStep:
    """What one step does to a walk in a channel; ``rule`` names the force-E rule it stands for."""

    strength: float
    share: ShareMode = "none"
    min_share: float | None = None
    then: str | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A state of the exposure automaton: which steps carry on from it, and into which state."""

    code: str
    steps: Mapping[int, ChannelStep]
    title: Words = Words()
    reason: Words = Words()


@dataclass(frozen=True, slots=True)
class RouteStep:
    """One step of a legal route: the step codes that may be taken and the test they must pass."""

    steps: tuple[int, ...]
    when: When = "as_of"
    min_share: float | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A route of at most three steps from the listed entity (none: the listed entity itself)."""

    steps: tuple[RouteStep, ...]
    from_region: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A rule that looks at several parties at once.

    ``worst_grade``: the end takes the worst grade among the parties that reach it.
    ``pair``: the two ends of the route exclude one another; no record is needed.
    ``share``: the parties that reach the middle entity must supply at least ``min_share`` of its
    purchases, with records worth more than ``min_amount``.
    """

    by: Literal["worst_grade", "pair", "share"]
    min_share: float | None = None
    min_amount: float | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule does to the party it reaches."""

    code: str
    words: Words = Words()


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a consequence rule (``[[consequence]]`` in a pack).

    ``on`` names record types, ``on_tags`` tags of record types. ``others`` keeps the rule off the
    listed entity itself. ``named_at`` is the place in the chain (1: after the first step) of the
    party that an authority has to name; by default the end. ``not_through`` names kinds of entity
    that a route may not pass through.
    ``unproven`` says that the condition cannot be seen in the tables, so that the consequence is
    shown as possible. Tests on the end (``to_industry``, ``to_jurisdiction``) that meet an unknown
    value make the consequence possible as well. ``lasts_months`` is how long after the decision
    the consequence lasts, where the record itself stands longer.
    """

    code: str
    force: Force
    effect: Effect
    on: tuple[str, ...] = ()
    on_tags: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()
    from_kinds: tuple[str, ...] = ()
    from_forms: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    to_industry: tuple[str, ...] = ()
    to_jurisdiction: tuple[str, ...] = ()
    not_through: tuple[str, ...] = ()
    others: bool = False
    needs_naming: bool = False
    named_by: tuple[str, ...] = ()
    named_at: int | None = None
    unproven: bool = False
    lasts_months: int | None = None
    aggregate: Aggregate | None = None
    grade_cap: str | None = None
    measures: tuple[str, ...] = ()
    condition: Words = Words()
    title: Words = Words()
    legal_basis: Words = Words()
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    confidence: str | None = None
    source: tuple[str, ...] = ()
    note: Words = Words()


@dataclass(frozen=True, slots=True)
class CoverageItem:
    """Something that should be known of an entity before its score means much.

    ``item`` is ``identifier`` (a valid USCC or LEI), ``status``, ``ownership`` (stated shares
    reach ``reached`` of the whole), ``relationship`` (one of ``any_of`` in force) or ``source``
    (the record source ``code`` was searched within ``max_age_months`` before the as-of date).
    ``jurisdictions`` (in capitals) are those of whom a source can know anything: of an entity of
    another one it is known only if the entity itself was searched for, never by a search for all.
    ``look_up`` says where it can be found out.
    """

    item: Literal["identifier", "status", "ownership", "relationship", "source"]
    weight: int
    code: str
    kinds: tuple[str, ...] = ()
    any_of: tuple[int, ...] = ()
    reached: float = 1.0
    max_age_months: int | None = None
    types: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    title: Words = Words()
    look_up: Words = Words()
    reason: Words = Words()


@dataclass(frozen=True, slots=True)
class Measure:
    """A joint-punishment (or incentive) measure, by its class in the national basic list.

    ``verdict`` says that whoever an own record brings it upon is to be told before any number.
    """

    code: str
    group: str
    title: Words = Words()
    verdict: bool = False


Basis = Literal["integrated", "majority", "recorded"]


@dataclass(frozen=True, slots=True)
class CascadeRule:
    """Which records block, and how much blocked parties must hold together to block another.

    ``threshold`` is in billionths of the whole; ``more_than`` asks for more than it. With
    ``by_control`` a blocked party also blocks whom it controls (a majority or a recorded
    controller). Unless ``summed``, what several listed parties hold is not added up: each has to
    reach the threshold with what it holds itself and through those whom it blocks.
    """

    listed: tuple[str, ...]
    threshold: int
    more_than: bool = False
    by_control: bool = False
    summed: bool = True

    @property
    def need(self) -> int:
        """Billionths that blocked parties must hold together."""
        return self.threshold + self.more_than


@dataclass(frozen=True, slots=True)
class ControlRule:
    """When an owner counts as a controller, and which records block whom their subjects own.

    ``threshold`` (billionths) is compared with the look-through share; ``bases`` says which of
    the three ways count; ``owners`` keeps to kinds of owner. Where nobody is found, the holders of
    ``last_resort`` steps stand in. ``serves`` says which answers serve legal rules as recorded
    actual controllers do. ``unknown_forms`` are legal forms behind which somebody unknown stands.
    ``notice`` is said beside every answer that rests on it: where the state of the law is not
    certain, or the rule is suspended.
    """

    threshold: int
    more_than: bool = False
    bases: tuple[Basis, ...] = ("integrated", "majority", "recorded")
    owners: tuple[str, ...] = ()
    last_resort: tuple[int, ...] = ()
    serves: Literal["none", "yes", "possible"] = "none"
    unknown_forms: tuple[str, ...] = ()
    cascade: CascadeRule | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    title: Words = Words()
    notice: Words = Words()
    legal_basis: Words = Words()
    confidence: str | None = None
    source: tuple[str, ...] = ()
    reason: Words = Words()
    note: Words = Words()

    @property
    def need(self) -> int:
        """Billionths that a look-through share must reach."""
        return self.threshold + self.more_than


_Versioned = TypeVar("_Versioned", RecordType, Rule, ControlRule)


def version_on(versions: Sequence[_Versioned], day: dt.date) -> _Versioned | None:
    """The version in force on a day (closed at ``valid_from``, open at ``valid_to``), if any."""
    for version in versions:
        begun = version.valid_from is None or version.valid_from <= day
        if begun and (version.valid_to is None or day < version.valid_to):
            return version
    return None


@dataclass(frozen=True, slots=True)
class Policy:
    """A checked policy pack, with what it inherits already folded in.

    ``grades`` run from best to worst; of whom less is known than ``rated_from`` (coverage) is
    given no good one. ``record_types`` and ``rules`` hold every version of a code, oldest first,
    ``controls`` those of [control]. ``fingerprint`` is the SHA-256 of the folded pack and of
    nothing else; ``folders`` are the folders it was read from, from the root of its lineage to the
    pack; ``warnings`` tell what entries leave out that took the place of others.
    """

    name: str
    version: str
    title: Words
    base_micro: int
    floor_micro: int
    ceiling_micro: int
    max_hops: int
    min_micro: int
    max_fanout: int
    exposure_cap_micro: int | None
    missing_share: Mapping[str, float]
    grade_caps: GradeCaps
    rated_from: float
    grades: tuple[Grade, ...]
    record_types: Mapping[str, tuple[RecordType, ...]]
    channels: Mapping[str, Channel]
    rules: Mapping[str, tuple[Rule, ...]]
    coverage: tuple[CoverageItem, ...]
    measures: Mapping[str, Measure]
    reasons: Mapping[str, Words]
    lineage: tuple[str, ...]
    fingerprint: str
    folders: tuple[Path, ...] = ()
    controls: tuple[ControlRule, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def sources(self) -> frozenset[str]:
        """Codes by which a consultation counts for coverage: record sources and their types."""
        found = (item for item in self.coverage if item.item == "source")
        return frozenset(code for item in found for code in (item.code, *item.types))

    def record_type(self, code: str, day: dt.date) -> RecordType | None:
        """The version of a record type in force on a day."""
        return version_on(self.record_types.get(code, ()), day)

    def term_version(self, code: str, decided_on: dt.date) -> RecordType | None:
        """The version that sets a record's term: in force at the decision, else the nearest.

        A pack knows the law from some day on; a record decided before it (or between two
        versions) still has a term, and the nearest known version is the best word on it.
        """
        versions = self.record_types.get(code, ())
        found = version_on(versions, decided_on)
        if found is not None or not versions:
            return found
        earlier = [v for v in versions if v.valid_to is not None and v.valid_to <= decided_on]
        return earlier[-1] if earlier else versions[0]

    def control_on(self, day: dt.date) -> ControlRule | None:
        """The version of [control] in force on a day, if any."""
        return version_on(self.controls, day)

    def rules_on(self, day: dt.date) -> tuple[Rule, ...]:
        """The rules in force on a day, in order of their codes."""
        found = (version_on(self.rules[code], day) for code in sorted(self.rules))
        return tuple(rule for rule in found if rule is not None)

    @property
    def base_rank(self) -> int:
        """The rank of the grade of the base: that of a party of which nothing is known."""
        score = min(max(self.base_micro, self.floor_micro), self.ceiling_micro)
        return sum(score < grade.from_micro for grade in self.grades)

    @property
    def verdict_measures(self) -> tuple[str, ...]:
        """The measures that are verdicts, in the order of the pack."""
        return tuple(code for code, measure in self.measures.items() if measure.verdict)

    def grade_rank(self, code: str) -> int:
        """Place of a grade, 0 being the best. Raises KeyError for a code the pack lacks."""
        for rank, grade in enumerate(self.grades):
            if grade.code == code:
                return rank
        raise KeyError(code)

    def trigger_codes(self, rule: Rule, day: dt.date) -> frozenset[str]:
        """The record types that set a rule off on a day: those named and those tagged."""
        wanted = set(rule.on)
        tags = set(rule.on_tags)
        for code in self.record_types:
            version = self.record_type(code, day)
            if version is not None and tags.intersection(version.tags):
                wanted.add(code)
        return frozenset(wanted)

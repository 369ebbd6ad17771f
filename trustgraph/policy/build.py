"""From a pack's raw tables to a checked Policy. What a pack must pass is checked on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from trustgraph.policy.control import build_controls
from trustgraph.policy.entries import (
    Entries,
    confidence,
    grade_cap,
    in_order,
    inside,
    measure_codes,
    opened,
    step_codes,
    step_hint,
)
from trustgraph.policy.fields import Fields
from trustgraph.policy.model import (
    Channel,
    ChannelStep,
    CoverageItem,
    Grade,
    GradeCaps,
    GroundTerm,
    Measure,
    Policy,
    RecordType,
    Repair,
    Rule,
    ShareMode,
    Words,
    ground_key,
)
from trustgraph.policy.rules import build_rules, check_market_rules
from trustgraph.schema import ENTITY_KINDS, ENTITY_STATUSES, MICRO, RELATIONSHIP_KINDS, STEP_CODES

__all__ = ["NOT_RATED", "build_policy"]

NOT_RATED = "NR"
"""Stands where a grade would: not rated."""

Channels = Mapping[str, tuple[str, Mapping[str, Any]]]


def build_policy(
    pack: Mapping[str, Any],
    *,
    pack_where: str,
    entries: Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]],
    channels: Channels,
    grade_caps: tuple[str, Mapping[str, Any]] | None = None,
    lineage: tuple[str, ...],
    fingerprint: str,
    problems: list[str],
) -> Policy:
    """Check a folded pack and freeze it; what is wrong is appended to ``problems``."""
    fields = Fields(pack, where=f"{pack_where} [pack]", problems=problems)
    name = fields.text("name", required=True)
    fields.raw("extends")
    base = fields.number("base", 1000.0)
    floor = fields.number("floor", 0.0)
    ceiling = fields.number("ceiling", 1_000_000.0)
    if not floor <= base <= ceiling:
        fields.problem("base", f"must lie between floor {floor:g} and ceiling {ceiling:g}")
    exposure_cap = fields.optional_number("exposure_cap", low=0)
    missing_share = _missing_share(fields)

    rated_from = fields.number("rated_from", 0.0, low=0, high=1)
    grades = _grades(entries.get("grade", ()), floor, problems, pack_where)
    grade_codes = [grade.code for grade in grades]
    measures = _measures(entries.get("measure", ()), problems)
    record_types = _record_types(
        entries.get("record", ()), grade_codes, set(channels), measures, problems
    )
    rules = build_rules(
        entries.get("consequence", ()), grade_codes, record_types, measures, problems
    )
    built_channels = _channels(channels, rules, problems)
    check_market_rules(rules, built_channels, problems)

    policy = Policy(
        name=name,
        version=fields.text("version", "0"),
        title=fields.words("title"),
        base_micro=round(base * MICRO),
        floor_micro=round(floor * MICRO),
        ceiling_micro=round(ceiling * MICRO),
        max_hops=fields.whole("max_hops", 2, low=0, high=8),
        min_micro=max(1, round(fields.number("min_points", 0.0, low=0) * MICRO)),
        max_fanout=fields.whole("max_fanout", 1_000_000_000, low=0),
        exposure_cap_micro=None if exposure_cap is None else round(exposure_cap * MICRO),
        missing_share=missing_share,
        grade_caps=_grade_caps(grade_caps, grade_codes, problems),
        rated_from=rated_from,
        grades=grades,
        record_types=record_types,
        channels=built_channels,
        rules=rules,
        coverage=_coverage(entries.get("coverage", ()), record_types, problems),
        measures=measures,
        reasons=_reasons(fields),
        lineage=lineage,
        fingerprint=fingerprint,
        controls=build_controls(entries.get("control", ()), record_types, problems),
    )
    fields.done()
    return policy


def _missing_share(fields: Fields) -> dict[str, float]:
    inner = inside(fields, "missing_share")
    if inner is None:
        return {}
    shares = {
        kind.name: inner.number(kind.name, low=0, high=1)
        for kind in RELATIONSHIP_KINDS
        if kind.name in inner
    }
    inner.done()
    return shares


def _reasons(fields: Fields) -> dict[str, Words]:
    table = Fields(
        fields.table("reasons") or {}, where=f"{fields.where} reasons", problems=fields.problems
    )
    return {key: table.words(key) for key in (fields.table("reasons") or {})}


def _grades(
    entries: Entries,
    floor: float,
    problems: list[str],
    pack_where: str,
) -> tuple[Grade, ...]:
    grades: list[Grade] = []
    for fields in opened(entries, "grade", problems):
        code = fields.text("code", required=True)
        starts = fields.number("from", required=True)
        grade = Grade(
            code=code,
            from_micro=round(starts * MICRO),
            title=fields.words("title"),
            reason=fields.words("reason"),
        )
        fields.done()
        if any(grade.code == other.code for other in grades):
            fields.problem("code", f"{grade.code!r} is used twice")
        elif any(grade.from_micro == other.from_micro for other in grades):
            fields.problem("from", "is the same as another grade's")
        else:
            grades.append(grade)
    grades.sort(key=lambda grade: -grade.from_micro)
    if not grades:
        problems.append(f"{pack_where}: the pack has no [[grade]]")
    elif NOT_RATED in {grade.code for grade in grades}:
        problems.append(f"{pack_where}: no [[grade]] may be called {NOT_RATED}: it means not rated")
    elif grades[-1].from_micro > round(floor * MICRO):
        problems.append(
            f"{pack_where}: scores from the floor ({floor:g}) up to "
            f"{grades[-1].from_micro / MICRO:g} have no grade; give the lowest `from` = {floor:g}"
        )
    return tuple(grades)


def _grade_caps(
    given: tuple[str, Mapping[str, Any]] | None, grades: Sequence[str], problems: list[str]
) -> GradeCaps:
    if given is None:
        return GradeCaps({})
    where, data = given
    fields = Fields(data, where=f"{where} [grade_caps]", problems=problems)
    status = fields.table("status") or {}
    caps = Fields(status, where=f"{where} [grade_caps] status", problems=problems)
    found = {
        name: caps.choice(name, grades, grades[-1] if grades else "")
        for name in ENTITY_STATUSES
        if name in caps
    }
    caps.done()
    blocked = fields.choice("blocked", grades, "") or None
    fields.done()
    return GradeCaps(found, blocked)


def _measures(entries: Entries, problems: list[str]) -> dict[str, Measure]:
    measures: dict[str, Measure] = {}
    for fields in opened(entries, "measure", problems):
        code = fields.text("code", required=True)
        group = fields.choice("class", ("I", "II", "III", "benefit"), "I", required=True)
        if code in measures:
            fields.problem("code", f"{code!r} is used twice")
        measures[code] = Measure(
            code=code, group=group, title=fields.words("title"), verdict=fields.flag("verdict")
        )
        fields.done()
    return measures


def _record_types(
    entries: Entries,
    grades: Sequence[str],
    channels: set[str],
    measures: Mapping[str, Measure],
    problems: list[str],
) -> dict[str, tuple[RecordType, ...]]:
    found: dict[str, list[RecordType]] = {}
    for fields in opened(entries, "record", problems):
        listed = fields.choice("list", ("black", "red", "none"), "none")
        channel = fields.optional_text("channel")
        if channel is not None and channel not in channels:
            fields.problem("channel", f"names {channel!r}, which no [channel.…] defines")
            channel = None
        record = RecordType(
            code=fields.text("code", required=True),
            points=fields.number("points", required=True),
            dimension=cast(
                Any,
                fields.choice(
                    "dimension",
                    ("legal", "financial", "contractual", "social"),
                    "legal",
                    required=True,
                ),
            ),
            list=cast(Any, None if listed == "none" else listed),
            grade_cap=grade_cap(fields, grades),
            months=fields.optional_whole("months", high=12_000),
            terms=_terms(fields),
            usual_months=fields.optional_whole("usual_months", low=1, high=12_000),
            decay=cast(Any, fields.choice("decay", ("none", "linear"), "none")),
            channel=channel,
            title=fields.words("title"),
            authority=fields.words("authority"),
            legal_basis=fields.words("legal_basis"),
            subjects=fields.strings("subjects"),
            repair=_repair(fields),
            measures=measure_codes(fields, measures),
            tags=fields.strings("tags"),
            valid_from=fields.date("valid_from"),
            valid_to=fields.date("valid_to"),
            confidence=confidence(fields),
            source=fields.strings("source"),
            reason=fields.words("reason"),
            note=fields.words("note"),
        )
        fields.done()
        if record.months is not None and record.usual_months is not None:
            fields.problem("usual_months", "is for what has no term by law: leave it out")
        found.setdefault(record.code, []).append(record)
    return {
        code: in_order(versions, f"[[record]] {versions[0].code}", problems)
        for code, versions in found.items()
    }


def _terms(fields: Fields) -> tuple[GroundTerm, ...]:
    found: list[GroundTerm] = []
    for table in fields.tables("terms"):
        inner = Fields(table, where=f"{fields.where} terms", problems=fields.problems)
        grounds = tuple(ground_key(ground) for ground in inner.strings("ground"))
        months, lasting = inner.optional_whole("months", low=1, high=12_000), inner.flag("open")
        inner.done()
        if not all(grounds) or not grounds:
            inner.problem("ground", "is missing: the grounds that have this term")
        elif (months is None) != lasting:
            inner.problem("months", "gives the term on these grounds; `open = true`: there is none")
        elif {*grounds} & {ground for term in found for ground in term.grounds}:
            inner.problem("ground", "names one that has another term")
        else:
            found.append(GroundTerm(grounds, months))
    return tuple(found)


def _repair(fields: Fields) -> Repair:
    inner = inside(fields, "repair")
    if inner is None:
        return Repair()
    repair = Repair(
        how=inner.text("how", required=True), after_months=inner.optional_whole("after_months")
    )
    inner.done()
    return repair


def _channels(
    channels: Channels, rules: Mapping[str, tuple[Rule, ...]], problems: list[str]
) -> dict[str, Channel]:
    built: dict[str, Channel] = {}
    for code, (where, data) in channels.items():
        fields = Fields(data, where=f"{where} [channel.{code}]", problems=problems)
        title, reason = fields.words("title"), fields.words("reason")
        steps: dict[int, ChannelStep] = {}
        for name in data:
            if name in ("title", "reason"):
                continue
            step = STEP_CODES.get(name)
            if step is None:
                fields.problem(name, step_hint(name))
                continue
            inner = inside(fields, name)
            if inner is None:
                continue
            steps[step] = _channel_step(inner, set(channels), rules)
            inner.done()
            if steps[step].share == "multiply" and RELATIONSHIP_KINDS[step >> 1].symmetric:
                inner.problem("share", "cannot be `multiply`: neither end is the whole of a share")
        built[code] = Channel(code=code, steps=steps, title=title, reason=reason)
    return built


def _channel_step(
    fields: Fields, channels: set[str], rules: Mapping[str, tuple[Rule, ...]]
) -> ChannelStep:
    strength = fields.number("strength", 1.0, above=0, high=1, required=True)
    share = cast(ShareMode, fields.choice("share", ("none", "multiply", "equal"), "none"))
    then = fields.optional_text("then")
    if then is not None and then not in channels:
        fields.problem("then", f"names {then!r}, which no [channel.…] defines")
        then = None
    rule = fields.optional_text("rule")
    if rule is not None and any(version.force != "E" for version in rules.get(rule, ())):
        fields.problem("rule", f"names {rule!r}, which is law; a channel may only carry force E")
    elif rule is not None and rule not in rules:
        fields.problem("rule", f"names {rule!r}, which no [[consequence]] defines")
    return ChannelStep(
        strength=strength,
        share=share,
        min_share=fields.optional_number("min_share", low=0, high=1),
        then=then,
        rule=rule,
    )


def _coverage(
    entries: Entries,
    record_types: Mapping[str, Any],
    problems: list[str],
) -> tuple[CoverageItem, ...]:
    found: list[CoverageItem] = []
    for fields in opened(entries, "coverage", problems):
        items = ("identifier", "status", "ownership", "relationship", "source")
        item = fields.choice("item", items, "status", required=True)
        names = fields.strings("any_of")
        steps = step_codes(fields, "any_of", names)
        if item == "relationship" and not names:
            fields.problem("any_of", "is missing: the steps of which one must be in force")
        entry = CoverageItem(
            item=cast(Any, item),
            weight=fields.whole("weight", 1, low=1, high=1_000_000),
            code=fields.text("code", item, required=item == "source"),
            kinds=fields.strings("kinds", allowed=ENTITY_KINDS),
            any_of=steps,
            reached=fields.number("reached", 1.0, above=0, high=1),
            max_age_months=fields.optional_whole("max_age_months"),
            types=fields.strings("types", allowed=record_types),
            jurisdictions=tuple(one.upper() for one in fields.strings("jurisdictions")),
            title=fields.words("title"),
            look_up=fields.words("look_up"),
            reason=fields.words("reason"),
        )
        fields.done()
        if any(entry.code == other.code for other in found):
            fields.problem("code", f"{entry.code!r} is used twice")
        found.append(entry)
    return tuple(found)

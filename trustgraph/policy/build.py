"""From a pack's raw tables to a checked Policy. Every check that a pack must pass stands here."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from trustgraph.policy.fields import Fields
from trustgraph.policy.model import (
    Aggregate,
    Channel,
    ChannelStep,
    CoverageItem,
    Effect,
    Force,
    Grade,
    Measure,
    Policy,
    RecordType,
    Repair,
    Route,
    RouteStep,
    Rule,
    ShareMode,
    When,
    Words,
)
from trustgraph.schema import (
    ENTITY_KINDS,
    MICRO,
    RELATIONSHIP_KINDS,
    STEP_CODES,
)

__all__ = ["build_policy"]

Entries = Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]]
Channels = Mapping[str, tuple[str, Mapping[str, Any]]]

CONFIDENCES = ("H", "M", "L")
MAX_ROUTE_STEPS = 3


def build_policy(
    pack: Mapping[str, Any],
    *,
    pack_where: str,
    entries: Entries,
    channels: Channels,
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
    missing = Fields(
        fields.table("missing_share") or {},
        where=f"{pack_where} [pack] missing_share",
        problems=problems,
    )
    missing_share = {
        kind.name: missing.number(kind.name, low=0, high=1)
        for kind in RELATIONSHIP_KINDS
        if kind.name in missing
    }
    missing.done()

    grades = _grades(entries.get("grade", ()), floor, problems, pack_where)
    grade_codes = [grade.code for grade in grades]
    measures = _measures(entries.get("measure", ()), problems)
    record_types = _record_types(
        entries.get("record", ()), grade_codes, set(channels), measures, problems
    )
    rules = _rules(entries.get("consequence", ()), grade_codes, record_types, measures, problems)
    built_channels = _channels(channels, rules, problems)
    _check_market_rules(rules, built_channels, problems)

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
        grades=grades,
        record_types=record_types,
        channels=built_channels,
        rules=rules,
        coverage=_coverage(entries.get("coverage", ()), record_types, problems),
        measures=measures,
        reasons=_reasons(fields, problems),
        lineage=lineage,
        fingerprint=fingerprint,
    )
    fields.done()
    return policy


def _reasons(fields: Fields, problems: list[str]) -> dict[str, Words]:
    table = Fields(
        fields.table("reasons") or {}, where=f"{fields.where} reasons", problems=problems
    )
    return {key: table.words(key) for key in (fields.table("reasons") or {})}


def _grades(
    entries: Iterable[tuple[str, Mapping[str, Any]]],
    floor: float,
    problems: list[str],
    pack_where: str,
) -> tuple[Grade, ...]:
    grades: list[Grade] = []
    for where, data in entries:
        fields = Fields(data, where=_label(where, "grade", data), problems=problems)
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
    elif grades[-1].from_micro > round(floor * MICRO):
        problems.append(
            f"{pack_where}: scores from the floor ({floor:g}) up to "
            f"{grades[-1].from_micro / MICRO:g} have no grade; give the lowest `from` = {floor:g}"
        )
    return tuple(grades)


def _measures(
    entries: Iterable[tuple[str, Mapping[str, Any]]], problems: list[str]
) -> dict[str, Measure]:
    measures: dict[str, Measure] = {}
    for where, data in entries:
        fields = Fields(data, where=_label(where, "measure", data), problems=problems)
        code = fields.text("code", required=True)
        group = fields.choice("class", ("I", "II", "III", "benefit"), "I", required=True)
        if code in measures:
            fields.problem("code", f"{code!r} is used twice")
        measures[code] = Measure(code=code, group=group, title=fields.words("title"))
        fields.done()
    return measures


def _record_types(
    entries: Iterable[tuple[str, Mapping[str, Any]]],
    grades: Sequence[str],
    channels: set[str],
    measures: Mapping[str, Measure],
    problems: list[str],
) -> dict[str, tuple[RecordType, ...]]:
    found: dict[str, list[RecordType]] = {}
    for where, data in entries:
        fields = Fields(data, where=_label(where, "record", data), problems=problems)
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
            grade_cap=_grade_cap(fields, grades),
            months=fields.optional_whole("months", high=12_000),
            decay=cast(Any, fields.choice("decay", ("none", "linear"), "none")),
            channel=channel,
            title=fields.words("title"),
            authority=fields.words("authority"),
            legal_basis=fields.words("legal_basis"),
            subjects=fields.strings("subjects"),
            repair=_repair(fields, problems),
            measures=_measure_codes(fields, measures),
            tags=fields.strings("tags"),
            valid_from=fields.date("valid_from"),
            valid_to=fields.date("valid_to"),
            confidence=_confidence(fields),
            source=fields.strings("source"),
            reason=fields.words("reason"),
            note=fields.words("note"),
        )
        fields.done()
        found.setdefault(record.code, []).append(record)
    return {code: _in_order(versions, "record", problems) for code, versions in found.items()}


def _repair(fields: Fields, problems: list[str]) -> Repair:
    table = fields.table("repair")
    if table is None:
        return Repair()
    inner = Fields(table, where=f"{fields.where} repair", problems=problems)
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
        label = f"{where} [channel.{code}]"
        fields = Fields(data, where=label, problems=problems)
        title, reason = fields.words("title"), fields.words("reason")
        steps: dict[int, ChannelStep] = {}
        for name in data:
            if name in ("title", "reason"):
                continue
            step = _step_code(name)
            if step is None:
                problems.append(f"{label}: `{name}` {_step_hint(name)}")
                continue
            table = fields.table(name)
            if table is None:
                continue
            inner = Fields(table, where=f"{label} {name}", problems=problems)
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


def _rules(
    entries: Iterable[tuple[str, Mapping[str, Any]]],
    grades: Sequence[str],
    record_types: Mapping[str, tuple[RecordType, ...]],
    measures: Mapping[str, Measure],
    problems: list[str],
) -> dict[str, tuple[Rule, ...]]:
    tags = {tag for versions in record_types.values() for v in versions for tag in v.tags}
    found: dict[str, list[Rule]] = {}
    for where, data in entries:
        fields = Fields(data, where=_label(where, "consequence", data), problems=problems)
        force = cast(Force, fields.choice("force", tuple("ABCDE"), "E", required=True))
        on = fields.strings("on", allowed=record_types)
        aggregate = _aggregate(fields, problems)
        rule = Rule(
            code=fields.text("code", required=True),
            force=force,
            effect=_effect(fields, problems),
            on=on,
            on_tags=fields.strings("on_tags", allowed=tags),
            routes=_routes(fields, problems),
            from_kinds=fields.strings("from", allowed=ENTITY_KINDS),
            from_forms=fields.strings("from_forms"),
            to=fields.strings("to", allowed=ENTITY_KINDS),
            to_industry=fields.strings("to_industry"),
            to_jurisdiction=fields.strings("to_jurisdiction"),
            not_through=fields.strings("not_through", allowed=ENTITY_KINDS),
            others=fields.flag("others"),
            needs_naming=fields.flag("needs_naming", default=force == "B"),
            named_by=fields.strings("named_by", allowed=record_types) or on,
            named_at=fields.optional_whole("named_at", low=1, high=MAX_ROUTE_STEPS),
            unproven=fields.flag("unproven"),
            aggregate=aggregate,
            grade_cap=_grade_cap(fields, grades),
            measures=_measure_codes(fields, measures),
            condition=fields.words("condition"),
            title=fields.words("title"),
            legal_basis=fields.words("legal_basis"),
            valid_from=fields.date("valid_from"),
            valid_to=fields.date("valid_to"),
            confidence=_confidence(fields),
            source=fields.strings("source"),
            note=fields.words("note"),
        )
        fields.done()
        _check_rule(rule, fields)
        found.setdefault(rule.code, []).append(rule)
    return {code: _in_order(versions, "consequence", problems) for code, versions in found.items()}


def _check_rule(rule: Rule, fields: Fields) -> None:
    if rule.force in "ABCD" and not rule.legal_basis().strip():
        fields.problem(
            "legal_basis",
            f"is missing: without a law a rule cannot have force {rule.force}, only E",
        )
    if rule.grade_cap is not None and rule.force != "A":
        fields.problem("grade_cap", "is only for force A: nothing else may lower a grade")
    needs_no_record = rule.aggregate is not None and rule.aggregate.by in ("pair", "worst_grade")
    if needs_no_record:
        if rule.on or rule.on_tags:
            fields.problem("on", "must be empty: this aggregate looks at no record")
        if rule.grade_cap is not None:
            fields.problem("grade_cap", "needs a record that could be repaired; here there is none")
        if any(step.when != "as_of" for route in rule.routes for step in route.steps):
            fields.problem("route", "can only be tested as_of: there is no record with a decision")
    elif rule.force != "E" and not (rule.on or rule.on_tags):
        fields.problem("on", "is missing: the record types that set the rule off")
    shortest = min((len(route.steps) for route in rule.routes), default=0)
    if rule.named_at is not None and rule.named_at > shortest:
        fields.problem("named_at", f"is {rule.named_at}, but a route has {shortest} step(s) only")
    if rule.aggregate is not None:
        lengths = {len(route.steps) for route in rule.routes}
        if 0 in lengths or not lengths:
            fields.problem("route", "needs at least one step for an aggregate")
        if rule.aggregate.by == "share" and lengths != {2}:
            fields.problem("route", "needs two steps: to the middle entity and on from it")


def _check_market_rules(
    rules: Mapping[str, tuple[Rule, ...]], channels: Mapping[str, Channel], problems: list[str]
) -> None:
    carried = {step.rule for channel in channels.values() for step in channel.steps.values()}
    for code, versions in rules.items():
        for rule in versions:
            empty = all(not route.steps for route in rule.routes)
            if rule.force == "E" and empty and code not in carried:
                problems.append(
                    f"[[consequence]] {code}: has force E, but neither a route nor a channel "
                    f"step with rule = {code!r}, so it would do nothing"
                )


def _routes(fields: Fields, problems: list[str]) -> tuple[Route, ...]:
    region = fields.strings("from_region")
    routes = [_route(fields, region, problems)]
    for number, data in enumerate(fields.tables("also"), start=1):
        inner = Fields(data, where=f"{fields.where} also {number}", problems=problems)
        routes.append(_route(inner, inner.strings("from_region") or region, problems))
        inner.done()
    return tuple(routes)


def _route(fields: Fields, from_region: tuple[str, ...], problems: list[str]) -> Route:
    steps = []
    for number, data in enumerate(fields.tables("route"), start=1):
        inner = Fields(data, where=f"{fields.where} route step {number}", problems=problems)
        codes = []
        for name in inner.strings("steps"):
            code = _step_code(name)
            if code is None:
                inner.problem("steps", f"names {name!r}, which {_step_hint(name)}")
            else:
                codes.append(code)
        if "steps" not in inner or not codes:
            inner.problem("steps", "must name at least one step such as 'director.forward'")
        when = cast(When, inner.choice("when", ("at_decision", "as_of", "after_decision"), "as_of"))
        min_share = inner.optional_number("min_share", low=0, high=1)
        inner.done()
        steps.append(RouteStep(steps=tuple(codes), when=when, min_share=min_share))
    if len(steps) > MAX_ROUTE_STEPS:
        fields.problem("route", f"has {len(steps)} steps; the law knows at most {MAX_ROUTE_STEPS}")
    return Route(steps=tuple(steps), from_region=from_region)


def _aggregate(fields: Fields, problems: list[str]) -> Aggregate | None:
    table = fields.table("aggregate")
    if table is None:
        return None
    inner = Fields(table, where=f"{fields.where} aggregate", problems=problems)
    aggregate = Aggregate(
        by=cast(Any, inner.choice("by", ("worst_grade", "pair", "share"), "pair", required=True)),
        min_share=inner.optional_number("min_share", low=0, high=1),
        min_amount=inner.optional_number("min_amount", low=0),
    )
    inner.done()
    return aggregate


def _effect(fields: Fields, problems: list[str]) -> Effect:
    table = fields.table("effect")
    if table is None:
        if "effect" not in fields:
            fields.problem("effect", "is missing: { code = …, en = …, zh = … }")
        return Effect(code="")
    inner = Fields(table, where=f"{fields.where} effect", problems=problems)
    code, en, zh = inner.text("code", required=True), inner.text("en"), inner.text("zh")
    inner.done()
    return Effect(code=code, words=Words(en=en, zh=zh))


def _coverage(
    entries: Iterable[tuple[str, Mapping[str, Any]]],
    record_types: Mapping[str, Any],
    problems: list[str],
) -> tuple[CoverageItem, ...]:
    found: list[CoverageItem] = []
    for where, data in entries:
        fields = Fields(data, where=_label(where, "coverage", data), problems=problems)
        items = ("identifier", "status", "ownership", "relationship", "source")
        item = fields.choice("item", items, "status", required=True)
        steps = [(name, _step_code(name)) for name in fields.strings("any_of")]
        for name, code in steps:
            if code is None:
                fields.problem("any_of", f"names {name!r}, which {_step_hint(name)}")
        if item == "relationship" and not steps:
            fields.problem("any_of", "is missing: the steps of which one must be in force")
        entry = CoverageItem(
            item=cast(Any, item),
            weight=fields.whole("weight", 1, low=1, high=1_000_000),
            code=fields.text("code", item, required=item == "source"),
            kinds=fields.strings("kinds", allowed=ENTITY_KINDS),
            any_of=tuple(code for _, code in steps if code is not None),
            reached=fields.number("reached", 1.0, above=0, high=1),
            max_age_months=fields.optional_whole("max_age_months"),
            types=fields.strings("types", allowed=record_types),
            title=fields.words("title"),
            reason=fields.words("reason"),
        )
        fields.done()
        if any(entry.code == other.code for other in found):
            fields.problem("code", f"{entry.code!r} is used twice")
        found.append(entry)
    return tuple(found)


def _grade_cap(fields: Fields, grades: Sequence[str]) -> str | None:
    cap = fields.optional_text("grade_cap")
    if cap is not None and cap not in grades:
        fields.problem("grade_cap", f"names {cap!r}, which is no grade ({', '.join(grades)})")
        return None
    return cap


def _measure_codes(fields: Fields, measures: Mapping[str, Measure]) -> tuple[str, ...]:
    return fields.strings("measures", allowed=measures or None)


def _confidence(fields: Fields) -> str | None:
    return fields.choice("confidence", CONFIDENCES, "") or None


def _step_code(name: str) -> int | None:
    return STEP_CODES.get(name)


def _step_hint(name: str) -> str:
    kind, _, direction = name.partition(".")
    if direction == "backward" and f"{kind}.forward" in STEP_CODES:
        return f"has no direction; write `{kind}.forward`, it is walked from either end"
    if f"{kind}.forward" in STEP_CODES:
        return f'is not a step; write "{kind}.forward" or "{kind}.backward", in quotes'
    return "is not a step; write a kind of relationship and .forward or .backward, in quotes"


_Versioned = TypeVar("_Versioned", RecordType, Rule)


def _in_order(
    versions: Sequence[_Versioned], table: str, problems: list[str]
) -> tuple[_Versioned, ...]:
    """Versions of one code by time; overlaps and empty windows are problems."""
    ordered = sorted(versions, key=lambda version: version.valid_from or dt.date.min)
    label = f"[[{table}]] {ordered[0].code}"
    problems.extend(
        f"{label}: `valid_to` must lie after `valid_from`"
        for version in ordered
        if version.valid_from and version.valid_to and version.valid_from >= version.valid_to
    )
    problems.extend(
        f"{label}: two entries of this code overlap in time; end one with `valid_to`"
        for earlier, later in itertools.pairwise(ordered)
        if earlier.valid_to is None or (later.valid_from or dt.date.min) < earlier.valid_to
    )
    return tuple(ordered)


def _label(where: str, table: str, data: Mapping[str, Any]) -> str:
    return f"{where} [[{table}]] {data.get('code', '(no code)')}"

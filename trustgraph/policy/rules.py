"""A pack's consequences: from raw tables to checked rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from trustgraph.policy.entries import (
    Entries,
    confidence,
    grade_cap,
    in_order,
    inside,
    measure_codes,
    opened,
    step_codes,
)
from trustgraph.policy.fields import Fields
from trustgraph.policy.model import (
    Aggregate,
    Channel,
    Effect,
    Force,
    Measure,
    RecordType,
    Route,
    RouteStep,
    Rule,
    When,
    Words,
)
from trustgraph.schema import ENTITY_KINDS

__all__ = ["build_rules", "check_market_rules"]

MAX_ROUTE_STEPS = 3


def build_rules(
    entries: Entries,
    grades: Sequence[str],
    record_types: Mapping[str, tuple[RecordType, ...]],
    measures: Mapping[str, Measure],
    problems: list[str],
) -> dict[str, tuple[Rule, ...]]:
    """Rules by code, each code's versions by time.

    ``grades`` are grade codes from best to worst. What is wrong is appended to ``problems``; the
    rules are to be used only if nothing was.
    """
    tags = {tag for versions in record_types.values() for v in versions for tag in v.tags}
    found: dict[str, list[Rule]] = {}
    for fields in opened(entries, "consequence", problems):
        force = cast(Force, fields.choice("force", tuple("ABCDE"), "E", required=True))
        on = fields.strings("on", allowed=record_types)
        aggregate = _aggregate(fields)
        rule = Rule(
            code=fields.text("code", required=True),
            force=force,
            effect=_effect(fields),
            on=on,
            on_tags=fields.strings("on_tags", allowed=tags),
            routes=_routes(fields),
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
            lasts_months=fields.optional_whole("lasts_months", low=1, high=12_000),
            aggregate=aggregate,
            grade_cap=grade_cap(fields, grades),
            measures=measure_codes(fields, measures),
            condition=fields.words("condition"),
            title=fields.words("title"),
            legal_basis=fields.words("legal_basis"),
            valid_from=fields.date("valid_from"),
            valid_to=fields.date("valid_to"),
            confidence=confidence(fields),
            source=fields.strings("source"),
            note=fields.words("note"),
        )
        fields.done()
        _check_rule(rule, fields)
        found.setdefault(rule.code, []).append(rule)
    return {
        code: in_order(versions, f"[[consequence]] {code}", problems)
        for code, versions in found.items()
    }


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


def check_market_rules(
    rules: Mapping[str, tuple[Rule, ...]], channels: Mapping[str, Channel], problems: list[str]
) -> None:
    """Append to ``problems`` the rules of force E that no route and no channel step would use."""
    carried = {step.rule for channel in channels.values() for step in channel.steps.values()}
    for code, versions in rules.items():
        for rule in versions:
            empty = all(not route.steps for route in rule.routes)
            if rule.force == "E" and empty and code not in carried:
                problems.append(
                    f"[[consequence]] {code}: has force E, but neither a route nor a channel "
                    f"step with rule = {code!r}, so it would do nothing"
                )


def _routes(fields: Fields) -> tuple[Route, ...]:
    region = fields.strings("from_region")
    routes = [_route(fields, region)]
    for number, data in enumerate(fields.tables("also"), start=1):
        inner = Fields(data, where=f"{fields.where} also {number}", problems=fields.problems)
        routes.append(_route(inner, inner.strings("from_region") or region))
        inner.done()
    return tuple(routes)


def _route(fields: Fields, from_region: tuple[str, ...]) -> Route:
    steps = []
    for number, data in enumerate(fields.tables("route"), start=1):
        inner = Fields(data, where=f"{fields.where} route step {number}", problems=fields.problems)
        codes = step_codes(inner, "steps", inner.strings("steps"))
        if "steps" not in inner or not codes:
            inner.problem("steps", "must name at least one step such as 'director.forward'")
        when = cast(When, inner.choice("when", ("at_decision", "as_of", "after_decision"), "as_of"))
        min_share = inner.optional_number("min_share", low=0, high=1)
        inner.done()
        steps.append(RouteStep(steps=codes, when=when, min_share=min_share))
    if len(steps) > MAX_ROUTE_STEPS:
        fields.problem("route", f"has {len(steps)} steps; the law knows at most {MAX_ROUTE_STEPS}")
    return Route(steps=tuple(steps), from_region=from_region)


def _aggregate(fields: Fields) -> Aggregate | None:
    inner = inside(fields, "aggregate")
    if inner is None:
        return None
    aggregate = Aggregate(
        by=cast(Any, inner.choice("by", ("worst_grade", "pair", "share"), "pair", required=True)),
        min_share=inner.optional_number("min_share", low=0, high=1),
        min_amount=inner.optional_number("min_amount", low=0),
    )
    inner.done()
    return aggregate


def _effect(fields: Fields) -> Effect:
    inner = inside(fields, "effect")
    if inner is None:
        if "effect" not in fields:
            fields.problem("effect", "is missing: { code = …, en = …, zh = … }")
        return Effect(code="")
    code, en, zh = inner.text("code", required=True), inner.text("en"), inner.text("zh")
    inner.done()
    return Effect(code=code, words=Words(en=en, zh=zh))

"""The [control] table of a pack: who counts as a controller, and what blocks whom it owns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from trustgraph.policy.entries import confidence, in_order, inside, step_codes
from trustgraph.policy.fields import Fields
from trustgraph.policy.model import CascadeRule, ControlRule
from trustgraph.schema import BILLION, ENTITY_KINDS

__all__ = ["build_controls"]

_BASES = ("integrated", "majority", "recorded")


def build_controls(
    entries: Sequence[tuple[str, Mapping[str, Any]]],
    record_types: Collection[str],
    problems: list[str],
) -> tuple[ControlRule, ...]:
    """Check and freeze a pack's [control], all versions; none where it has none."""
    if not entries:
        return ()
    found = [
        _control(Fields(data, where=f"{where} [control]", problems=problems), record_types)
        for where, data in entries
    ]
    return in_order(found, f"{entries[0][0]} [control]", problems)


def _control(fields: Fields, record_types: Collection[str]) -> ControlRule:
    threshold = fields.number("threshold", 0.25, low=0, high=1)
    steps = fields.strings("last_resort")
    rule = ControlRule(
        threshold=round(threshold * BILLION),
        more_than=fields.flag("more_than"),
        bases=cast(Any, fields.strings("bases", allowed=_BASES) or _BASES),
        owners=fields.strings("owners", allowed=ENTITY_KINDS),
        last_resort=step_codes(fields, "last_resort", steps),
        serves=cast(Any, fields.choice("serves", ("none", "yes", "possible"), "none")),
        unknown_forms=fields.strings("unknown_forms"),
        cascade=_cascade(fields, record_types),
        valid_from=fields.date("valid_from"),
        valid_to=fields.date("valid_to"),
        title=fields.words("title"),
        notice=fields.words("notice"),
        legal_basis=fields.words("legal_basis"),
        confidence=confidence(fields),
        source=fields.strings("source"),
        reason=fields.words("reason"),
        note=fields.words("note"),
    )
    if rule.need == 0:
        fields.problem("threshold", "must be more than 0: everybody owns at least nothing")
    if rule.cascade is not None and not rule.legal_basis:
        fields.problem("legal_basis", "is missing: what makes ownership by listed parties block")
    fields.done()
    return rule


def _cascade(fields: Fields, record_types: Collection[str]) -> CascadeRule | None:
    inner = inside(fields, "cascade")
    if inner is None:
        return None
    rule = CascadeRule(
        listed=inner.strings("listed", allowed=record_types),
        threshold=round(inner.number("threshold", 0.5, low=0, high=1) * BILLION),
        more_than=inner.flag("more_than"),
        by_control=inner.flag("by_control"),
        summed=inner.flag("summed", True),
    )
    if not rule.listed:
        inner.problem("listed", "is missing: the record types that block")
    if rule.need == 0:
        inner.problem("threshold", "must be more than 0: everybody holds at least nothing")
    inner.done()
    return rule

"""What a pack says, as plain dictionaries and lines: for the command line and for screens."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from trustgraph.errors import UsageError
from trustgraph.policy.model import ControlRule, CoverageItem, Policy, Words
from trustgraph.schema import BILLION, MICRO, STEPS

__all__ = ["entry_of", "pack_lines", "pack_of"]


def pack_of(policy: Policy, lang: str = "en") -> dict[str, Any]:
    """A pack at a glance: its numbers with their reasons, grades, channels, types, rules."""
    return {
        "name": policy.name,
        "version": policy.version,
        "title": policy.title(lang),
        "lineage": list(policy.lineage),
        "fingerprint": policy.fingerprint,
        "base": policy.base_micro / MICRO,
        "floor": policy.floor_micro / MICRO,
        "ceiling": policy.ceiling_micro / MICRO,
        "max_hops": policy.max_hops,
        "min_points": policy.min_micro / MICRO,
        "max_fanout": policy.max_fanout,
        "exposure_cap": None
        if policy.exposure_cap_micro is None
        else policy.exposure_cap_micro / MICRO,
        "missing_share": dict(policy.missing_share),
        "reasons": {key: words(lang) for key, words in policy.reasons.items()},
        "grades": {
            grade.code: f"from {grade.from_micro / MICRO:g}  {grade.title(lang)}".rstrip()
            for grade in policy.grades
        },
        "channels": {channel.code: channel.title(lang) for channel in policy.channels.values()},
        "record_types": {
            code: f"{versions[-1].points:+g}  {versions[-1].title(lang)}"
            for code, versions in policy.record_types.items()
        },
        "rules": {
            code: f"force {versions[-1].force}  {versions[-1].title(lang)}"
            for code, versions in policy.rules.items()
        },
        "control": _controls(policy, lang),
        "coverage": {
            item.code: f"weight {item.weight}  {item.title(lang)}{_fresh(item)}"
            for item in policy.coverage
        },
    }


def _fresh(item: CoverageItem) -> str:
    """How long a search of a source stays fresh, and whom it can know."""
    months = f"fresh for {item.max_age_months} months" if item.max_age_months else ""
    where = f"knows {', '.join(item.jurisdictions)}" if item.jurisdictions else ""
    said = ", ".join(text for text in (months, where) if text)
    return f"  ({said})" if said else ""


def _controls(policy: Policy, lang: str) -> dict[str, Any] | list[dict[str, Any]] | None:
    found = [_control(rule, lang) for rule in policy.controls]
    return found if len(found) > 1 else found[0] if found else None


def _control(rule: ControlRule, lang: str) -> dict[str, Any]:
    """A pack's [control], shares as fractions again."""
    found: dict[str, Any] = _plain(rule, lang)
    found["threshold"] = rule.threshold / BILLION
    if rule.last_resort:
        found["last_resort"] = [STEPS[step] for step in rule.last_resort]
    if rule.cascade is not None:
        found["cascade"]["threshold"] = rule.cascade.threshold / BILLION
    return found


def entry_of(policy: Policy, code: str, lang: str = "en") -> dict[str, Any]:
    """Everything a pack says of one record type, rule or channel, in all its versions.

    Raises UsageError for a code the pack lacks.
    """
    versions: tuple[Any, ...] = policy.record_types.get(code) or policy.rules.get(code) or ()
    if not versions and code in policy.channels:
        versions = (policy.channels[code],)
    if not versions:
        known = [*policy.record_types, *policy.rules, *policy.channels]
        near = difflib.get_close_matches(code.upper(), known, n=3)
        raise UsageError(
            f"pack {policy.name} has no `{code}`",
            hint=f"did you mean {', '.join(near)}?" if near else "`policy show` lists its codes",
        )
    return {"code": code, "versions": [_plain(version, lang) for version in versions]}


def _plain(value: Any, lang: str) -> Any:
    """A frozen entry as plain values: words in one language, steps by name, empties left out."""
    if isinstance(value, Words):
        return value(lang)
    if isinstance(value, dt.date):
        return value.isoformat()
    if dataclasses.is_dataclass(value):
        found = {}
        for field in dataclasses.fields(value):
            inner = getattr(value, field.name)
            if field.name == "steps" and isinstance(inner, tuple):
                inner = tuple(STEPS[s] if isinstance(s, int) else s for s in inner)
            if inner not in (None, (), "", False) and inner != Words():
                found[field.name] = _plain(inner, lang)
        return found
    if isinstance(value, Mapping):
        return {
            STEPS[key] if isinstance(key, int) else key: _plain(inner, lang)
            for key, inner in value.items()
        }
    if isinstance(value, tuple):
        return [_plain(inner, lang) for inner in value]
    return value


def pack_lines(found: Any, indent: int = 0) -> Iterator[str]:
    """Nested dictionaries and lists as indented lines."""
    pad = "  " * indent
    items = found.items() if isinstance(found, Mapping) else enumerate(found, start=1)
    for key, value in items:
        label = str(key).replace("_", " ") if indent == 0 else str(key)
        if isinstance(value, Mapping) or (
            isinstance(value, list) and any(isinstance(item, Mapping) for item in value)
        ):
            yield f"{pad}{label}"
            yield from pack_lines(value, indent + 1)
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield f"{pad}{label}: {text}"

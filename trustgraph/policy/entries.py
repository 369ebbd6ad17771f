"""What the entries of a pack have in common, whichever table they stand in."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from trustgraph.policy.fields import Fields
from trustgraph.policy.model import ControlRule, Measure, RecordType, Rule
from trustgraph.schema import STEP_CODES

__all__ = [
    "Entries",
    "confidence",
    "grade_cap",
    "in_order",
    "inside",
    "measure_codes",
    "opened",
    "step_codes",
    "step_hint",
]

Entries: TypeAlias = Iterable[tuple[str, Mapping[str, Any]]]
"""Entries of one table, each with the file that it stands in."""

CONFIDENCES = ("H", "M", "L")


def opened(entries: Entries, table: str, problems: list[str]) -> Iterator[Fields]:
    """Each entry of a table as fields that say where they stand; ``done`` is left to the caller."""
    for where, data in entries:
        label = f"{where} [[{table}]] {data.get('code', '(no code)')}"
        yield Fields(data, where=label, problems=problems)


def inside(fields: Fields, key: str) -> Fields | None:
    """The fields of the table under ``key``, or None where there is no table."""
    table = fields.table(key)
    if table is None:
        return None
    return Fields(table, where=f"{fields.where} {key}", problems=fields.problems)


def grade_cap(fields: Fields, grades: Sequence[str]) -> str | None:
    """The code of the grade that ``fields`` may cap at, if it is one of ``grades``."""
    cap = fields.optional_text("grade_cap")
    if cap is not None and cap not in grades:
        fields.problem("grade_cap", f"names {cap!r}, which is no grade ({', '.join(grades)})")
        return None
    return cap


def measure_codes(fields: Fields, measures: Mapping[str, Measure]) -> tuple[str, ...]:
    """Codes of measures; a pack that defines none may name any."""
    return fields.strings("measures", allowed=measures or None)


def confidence(fields: Fields) -> str | None:
    """How sure the entry's own source is: H, M or L, or nothing said."""
    return fields.choice("confidence", CONFIDENCES, "") or None


def step_codes(fields: Fields, key: str, names: Sequence[str]) -> tuple[int, ...]:
    """Step codes of the names that are steps; the others become problems of ``key``."""
    for name in names:
        if name not in STEP_CODES:
            fields.problem(key, f"names {name!r}, which {step_hint(name)}")
    return tuple(STEP_CODES[name] for name in names if name in STEP_CODES)


def step_hint(name: str) -> str:
    """What is wrong with a name that is no step, as the end of a sentence."""
    kind, _, direction = name.partition(".")
    if direction == "backward" and f"{kind}.forward" in STEP_CODES:
        return f"has no direction; write `{kind}.forward`, it is walked from either end"
    if f"{kind}.forward" in STEP_CODES:
        return f'is not a step; write "{kind}.forward" or "{kind}.backward", in quotes'
    return "is not a step; write a kind of relationship and .forward or .backward, in quotes"


_Versioned = TypeVar("_Versioned", RecordType, Rule, ControlRule)


def in_order(
    versions: Sequence[_Versioned], label: str, problems: list[str]
) -> tuple[_Versioned, ...]:
    """The versions of one code by time, at least one; overlaps and empty windows are problems."""
    ordered = sorted(versions, key=lambda version: version.valid_from or dt.date.min)
    problems.extend(
        f"{label}: `valid_to` must lie after `valid_from`"
        for version in ordered
        if version.valid_from and version.valid_to and version.valid_from >= version.valid_to
    )
    problems.extend(
        f"{label}: two versions overlap in time; end one with `valid_to`"
        for earlier, later in itertools.pairwise(ordered)
        if earlier.valid_to is None or (later.valid_from or dt.date.min) < earlier.valid_to
    )
    return tuple(ordered)

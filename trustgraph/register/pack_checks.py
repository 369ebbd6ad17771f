"""What shows only once a policy pack is chosen: types and sources that it does not know."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from trustgraph.policy import Policy
from trustgraph.register import Register
from trustgraph.tables.sheet import findings
from trustgraph.tables.suggestions import near_reasons
from trustgraph.tables.tables import Tables, counted, flag_more, reject_more

__all__ = ["by_pack", "source_lines", "unknown_sources", "unknown_types"]


def unknown_types(register: Register, policy: Policy) -> pl.DataFrame:
    """Lines for ``rejected``: records of a type that the pack has not. They never count."""
    records = register.records
    unknown = np.array([code not in policy.record_types for code in records.types] or [False])
    numbers = np.flatnonzero(unknown[records.type_code])
    if not len(numbers):
        return findings([])
    types = pl.Series(records.types, dtype=pl.String).gather(records.type_code[numbers])
    words = f"the policy pack {policy.name} has no type"
    return (
        register.record_origins.of(numbers)
        .with_columns(
            column=pl.lit("type"),
            value=types,
            reason=near_reasons(types, policy.record_types, words),
        )
        .sort("file", "row")
    )


def unknown_sources(register: Register, policy: Policy) -> pl.DataFrame:
    """Lines for ``flagged``: sources searched that the pack's coverage has not, one line each."""
    searched = register.consultations.source
    counts = np.bincount(searched.code, minlength=len(searched.words) + 1)
    rows = {word: int(counts[code]) for code, word in enumerate(searched.words, 1)}
    return source_lines(rows, policy)


def source_lines(counts: Mapping[str, int], policy: Policy) -> pl.DataFrame:
    """``unknown_sources`` of sources, in order, with how many consultations each has."""
    words = "kept, but of no use: the policy pack's coverage has no source"
    lines = []
    for word, count in counts.items():
        if word not in policy.sources:
            reason = near_reasons(pl.Series([word]), policy.sources, words)[0]
            lines.append(
                ("consultations", None, "source", word, f"{counted(count, 'row')} {reason}")
            )
    return findings(lines)


def by_pack(tables: Tables, register: Register, policy: Policy) -> Tables:
    """Tables with what a policy pack finds in them: records and sources that it does not know."""
    tables = reject_more(tables, unknown_types(register, policy))
    return flag_more(tables, unknown_sources(register, policy))

"""Legal reach: which consequences the law attaches to whom, through which roles.

A rule walks a route of at most three steps from every entity that carries a
triggering record and applies to whoever it ends at. Nothing chains: a derived consequence sets off
nothing. Exposure (``trustgraph.exposure``) is another matter and never mixed in here. Controllers
that were found by computation may serve as recorded ones do; what rests on one says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from trustgraph.legal.exclusions import COMPUTED, pairs
from trustgraph.legal.routes import Law, law_of, of_kinds, start_walks, walk
from trustgraph.ownership.control import Computed
from trustgraph.policy import Policy, Rule
from trustgraph.records.as_of import RecordState, lapsed
from trustgraph.register import Int64, Register

__all__ = ["CONSEQUENCE_COLUMNS", "consequences", "worst_grade_consequences"]

CONSEQUENCE_COLUMNS: Final[dict[str, pl.DataType]] = {
    "entity": pl.Int32(),
    "rule": pl.String(),
    "record": pl.Int64(),
    "possible": pl.Boolean(),
    "chain": pl.List(pl.Int32),
    "detail": pl.String(),
}
"""Columns of a frame of consequences: numbers of entity and record (null: none is needed)."""


def consequences(
    register: Register,
    policy: Policy,
    record_state: RecordState,
    *,
    only: Int64 | None = None,
    rules: Collection[str] | None = None,
    computed: Computed | None = None,
) -> pl.DataFrame:
    """All consequences as of the day, except those that need grades (``worst_grade``).

    One row per (entity, rule, record), with the chain from the listed entity: the shortest, then
    the one whose ids sort first. ``only`` keeps to some records, ``rules`` to those of some codes;
    ``computed`` controllers serve as recorded ones. Returns a frame with ``CONSEQUENCE_COLUMNS``,
    sorted by entity, rule, record, chain.
    """
    law = law_of(register, policy, record_state, computed)
    frames = [
        frame
        for rule in policy.rules_on(record_state.as_of)
        if rules is None or rule.code in rules
        if rule.aggregate is None or rule.aggregate.by != "worst_grade"
        for frame in _apply(law, rule, only)
    ]
    return _collect(frames)


def worst_grade_consequences(
    register: Register,
    policy: Policy,
    record_state: RecordState,
    grades: npt.NDArray[np.int8],
    *,
    computed: Computed | None = None,
) -> pl.DataFrame:
    """Consequences by which an entity takes the worst grade of those that lead to it.

    ``grades`` holds the rank of each entity's grade, -1 where it has none. One row per entity
    and rule; the chain begins at the worst party: at equal grades by the surest chain, then the
    shortest, then the one whose ids sort first.
    """
    law = law_of(register, policy, record_state, computed)
    frames = []
    for rule in policy.rules_on(record_state.as_of):
        if rule.aggregate is None or rule.aggregate.by != "worst_grade":
            continue
        starts = np.flatnonzero((grades >= 0) & of_kinds(register, rule.from_kinds))
        walks = pl.concat([walk(law, rule, route, start_walks(starts)) for route in rule.routes])
        if walks.height == 0:
            continue
        worst = (
            walks.with_columns(rank=pl.Series(grades[walks["chain"].list.first().to_numpy()]))
            # What is certain does not hang on ids: it goes before what is shorter.
            .sort(pl.col("rank").neg(), "possible", "computed", "chain_length", "chain")
            .unique("entity", keep="first", maintain_order=True)
        )
        codes = np.array([grade.code for grade in policy.grades], dtype=object)
        detail = pl.Series(codes[worst["rank"].to_numpy()], dtype=pl.String)
        frames.append(worst.with_columns(rule=pl.lit(rule.code), detail=detail))
    return _collect(frames)


def _apply(law: Law, rule: Rule, only: Int64 | None) -> Iterator[pl.DataFrame]:
    if rule.aggregate is not None and rule.aggregate.by == "pair":
        if only is None:
            yield from pairs(law, rule)
        return
    if rule.force == "E" and not any(route.steps for route in rule.routes):
        return  # carried by channels; the listed entity itself needs no market to know it
    triggers = _triggers(law, rule, only)
    if triggers.height == 0:
        return
    found = [walk(law, rule, route, triggers) for route in law.routes(rule)]
    yield _best(pl.concat(found)).with_columns(
        rule=pl.lit(rule.code), detail=pl.when("computed").then(pl.lit(COMPUTED))
    )


def _triggers(law: Law, rule: Rule, only: Int64 | None) -> pl.DataFrame:
    """Walks of no step: one per record that sets the rule off."""
    records = law.register.records
    codes = law.policy.trigger_codes(rule, law.record_state.as_of)
    of_type = np.array([code in codes for code in records.types] or [False])
    fires = law.record_state.counts & of_type[records.type_code]
    if only is not None:
        chosen = np.zeros(len(records), dtype=np.bool_)
        chosen[only] = True
        fires &= chosen
    if rule.lasts_months is not None:
        fires &= ~lapsed(records, rule.lasts_months, law.record_state.as_of)
    fires &= of_kinds(law.register, rule.from_kinds, records.entity)
    if rule.from_forms:
        forms = {form.lower() for form in rule.from_forms}
        inside, _ = law.register.traits.legal_form.tested(forms.__contains__, records.entity)
        fires &= inside
    numbers = np.flatnonzero(fires)
    return start_walks(records.entity[numbers], numbers)


def _best(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per (entity, record): certain, then recorded, then shorter, then by ids in order."""
    if rows.height < 2:
        return rows
    return rows.sort("entity", "record", "possible", "computed", "chain_length", "chain").unique(
        ["entity", "record"], keep="first", maintain_order=True
    )


def _collect(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    columns = list(CONSEQUENCE_COLUMNS)
    there = [frame.select(columns) for frame in frames if frame.height]
    if not there:
        return pl.DataFrame(schema=pl.Schema(CONSEQUENCE_COLUMNS))
    whole = pl.concat(there, how="vertical_relaxed").with_columns(
        record=pl.when(pl.col("record") >= 0).then("record")
    )
    return whole.cast(pl.Schema(CONSEQUENCE_COLUMNS)).sort(
        "entity", "rule", "record", "chain", nulls_last=True
    )

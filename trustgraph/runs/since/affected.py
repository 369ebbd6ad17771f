"""What has to be said anew since an earlier run: whom changes and days can reach, and what of them.

Sets are larger than they must be, never smaller.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass

import numpy as np
import polars as pl

from trustgraph.legal import CONSEQUENCE_COLUMNS, consequences
from trustgraph.ownership.answers import CONTROL_COLUMNS
from trustgraph.policy import Rule
from trustgraph.records.as_of import RecordState
from trustgraph.register import Int64, together
from trustgraph.runs.since.differences import Moved
from trustgraph.schema import opposite
from trustgraph.scoring.local import Asked, control_of_some
from trustgraph.scoring.neighbourhood import law_behind, owned_below

__all__ = ["Law", "control_afresh", "law_afresh", "to_new"]


@dataclass(frozen=True, slots=True)
class Law:
    """Consequences said anew, by numbers, and which ones of the earlier run go for them.

    These are all of some ``rules``, all of the ``records`` (ids), and of others those that
    ``pairs`` (``rule``, ``record``) names.
    """

    reached: pl.DataFrame
    rules: tuple[str, ...]
    records: pl.Series
    pairs: pl.DataFrame


def to_new(moved: Moved, size: int, before: Int64, after: Int64) -> Int64:
    """Entities by the numbers of the earlier and of the later register, by the later's ``size``."""
    known = moved.to_new[before]
    return together(size, known[known >= 0], after)


def control_afresh(before: Asked, after: Asked, moved: Moved) -> tuple[Int64, pl.DataFrame]:
    """Whose answers about control may be others, and all answers about these."""
    rule = after.control
    none = np.zeros(0, dtype=np.int64)
    if rule is None:
        return none, pl.DataFrame(schema=pl.Schema(CONTROL_COLUMNS))
    found = []
    for asked, touched in ((before, moved.before), (after, moved.after)):
        listed = none if rule.cascade is None else touched.holding(set(rule.cascade.listed))
        size = len(asked.overlay)
        subjects = together(size, touched.staked, listed)
        some = owned_below(asked.overlay, subjects, today=asked.today) if len(subjects) else none
        if rule.last_resort:  # whom they may stand in for, and who may for them
            back = [opposite(step) for step in rule.last_resort]
            stands_for = asked.overlay.beside(touched.tied, back)
            some = together(size, some, stands_for, touched.tied)
        found.append(some)
    some = to_new(moved, len(after.overlay), *found)
    return some, control_of_some(after, some)


def law_afresh(before: Asked, after: Asked, moved: Moved, stands: RecordState) -> Law:
    """Consequences that may be others, apart from those of others' grades.

    Rules that gather (shares, pairs) or are not the same on both days are asked whole; of others
    the records from which a walk may lead by way of what moved.
    """
    register = after.overlay.register
    own = register.records
    whole, frames, pairs = [], [], []
    earlier = {rule.code: rule for rule in before.rules}
    known: dict[Hashable, Int64] = {}
    for rule in after.rules:
        if rule.aggregate is not None and rule.aggregate.by == "worst_grade":
            continue
        if not _alone(rule, earlier.get(rule.code), before, after):
            whole.append(rule.code)
            continue
        some = _behind(before, after, moved, rule, known)
        codes = after.policy.trigger_codes(rule, after.as_of)
        of_type = np.array([code in codes for code in own.types] or [False])
        records = own.of(some)
        records = records[of_type[own.type_code[records]]]
        if len(records):
            frames.append(_reached(after, stands, [rule.code], records))
            ids = own.rows.gather("id", records)
            pairs.append(
                pl.DataFrame({"rule": pl.repeat(rule.code, len(ids), eager=True), "record": ids})
            )
    if whole:
        frames.append(_reached(after, stands, whole, None))
    none = pl.DataFrame(schema=pl.Schema(CONSEQUENCE_COLUMNS))
    return Law(
        reached=pl.concat([none, *frames]),
        rules=(*whole, *(code for code in earlier if code not in {r.code for r in after.rules})),
        records=moved.records,
        pairs=pl.concat([pl.DataFrame(schema={"rule": pl.String, "record": pl.String}), *pairs]),
    )


def _reached(
    after: Asked, stands: RecordState, rules: Collection[str], records: Int64 | None
) -> pl.DataFrame:
    register = after.overlay.register
    return consequences(register, after.policy, stands, only=records, rules=rules)


def _alone(rule: Rule, earlier: Rule | None, before: Asked, after: Asked) -> bool:
    """Whether each record is followed by itself, in the same way on both days."""
    codes = (asked.policy.trigger_codes(rule, asked.as_of) for asked in (before, after))
    return rule.aggregate is None and rule == earlier and len(set(map(frozenset, codes))) == 1


def _behind(
    before: Asked, after: Asked, moved: Moved, rule: Rule, known: dict[Hashable, Int64]
) -> Int64:
    """Whose records may lead elsewhere by a rule, or otherwise; ``known`` keeps what was walked."""
    size = len(after.overlay)
    asked = (before, moved.before), (after, moved.after)
    holding = [touched.holding(one.set_off_by(rule)) for one, touched in asked]
    # Who is named, or no longer, stands at the end of others' walks.
    named = frozenset(after.set_off_by(rule)) if rule.needs_naming else None
    route = (rule.routes, rule.not_through, named)
    if route not in known:
        found = []
        for (one, touched), held in zip(asked, holding, strict=True):
            over = touched.tied if named is None else together(len(one.overlay), touched.tied, held)
            day = {"today": one.today}
            found.append(
                law_behind(one.overlay, one.policy, rule, over, **day) if len(over) else over
            )
        known[route] = to_new(moved, size, *found)
    return together(size, known[route], to_new(moved, size, *holding))

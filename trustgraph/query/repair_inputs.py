"""What stands between an entity and its next grade, gathered from a case for ``remedy``."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import polars as pl

from trustgraph.exposure.single import levels_around, lines_upon
from trustgraph.query.repair import Candidate, Plight
from trustgraph.query.session import Case

__all__ = ["plight_of"]


def plight_of(
    case: Case,
    number: int,
    ledger: pl.DataFrame,
    reached: list[dict[str, Any]],
    wanted_rank: int,
) -> Plight:
    """Where an entity stands in points, and what each record that could be repaired would give."""
    policy, records = case.policy, case.register.records
    must = _capping_records(case, number, reached, wanted_rank)
    lines = ledger.filter(pl.col("record").is_not_null())
    weights = {
        case.record_number(row["record"], row["chain"][0]): row["micro"] for row in lines.to_dicts()
    }
    costly = {record for record, micro in weights.items() if micro < 0}
    revived = _revived(case, number, apart_from=must)
    holders = sorted(holder for holder, amount in revived.items() if amount > 0)
    of_revived = records.of(np.array(holders, dtype=np.int64))
    black = set(of_revived[case.standing.black[of_revived]].tolist())
    ids = case.register.ids
    candidates = tuple(
        Candidate(
            record=case.record(record)["id"],
            holder=ids[int(records.entity[record])],
            gain=-weights.get(record, 0),
            capped=record in costly and int(records.entity[record]) != number,
            black=bool(case.standing.black[record]),
            must=record in must,
            can=_repairable(case, record),
        )
        for record in sorted(costly | must | black)
    )
    exposure = ledger.filter(pl.col("line") == "exposure")["micro"]
    return Plight(
        base=policy.base_micro,
        own=int(ledger.filter(pl.col("line") == "own")["micro"].sum()),
        positive=int(exposure.clip(lower_bound=0).sum()),
        negative=int(exposure.clip(upper_bound=0).sum()),
        cap=policy.exposure_cap_micro,
        floor=policy.floor_micro,
        ceiling=policy.ceiling_micro,
        wanted=policy.grades[wanted_rank].from_micro,
        candidates=candidates,
        revived={ids[holder]: amount for holder, amount in revived.items()},
    )


def _capping_records(
    case: Case, number: int, reached: list[dict[str, Any]], wanted_rank: int
) -> set[int]:
    """Records that cap the grade below the wanted one, by themselves or by an automatic rule."""
    own = case.own_records(number)
    must = {int(record) for record in own if case.standing.cap[record] > wanted_rank}
    caps = {
        rule.code: case.policy.grade_rank(rule.grade_cap)
        for rule in case.policy.rules_on(case.as_of)
        if rule.force == "A" and rule.grade_cap is not None
    }
    must.update(
        case.record_number(row["record"], row["chain"][0])
        for row in reached
        if row["status"] == "fact" and caps.get(row["rule"], -1) > wanted_rank
    )
    return must


def _repairable(case: Case, record: int) -> bool:
    code = case.register.records.types[case.register.records.type_code[record]]
    kind = case.policy.record_type(code, case.as_of)
    return kind is None or kind.repair.how != "no"


def _revived(case: Case, number: int, *, apart_from: set[int]) -> dict[int, int]:
    """What each holder's void positive records would add here if they were not void."""
    records = case.register.records
    levels = levels_around(case.register, number, case.policy.max_hops, as_of=case.as_of)
    near = records.of(np.sort(np.concatenate(levels)))
    void = near[case.standing.voided[near]]
    void = void[~np.isin(void, list(apart_from))]
    if not len(void):
        return {}
    added: dict[int, int] = {}
    for record in void[records.entity[void] == number]:
        added[number] = added.get(number, 0) + int(case.standing.unvoided[record])
    unvoided = dataclasses.replace(case.standing, micro=case.standing.unvoided)
    lines = lines_upon(case.register, case.policy, unvoided, number, records=void, chains=False)
    for record, micro in zip(lines.record, lines.micro, strict=True):
        holder = int(records.entity[record])
        added[holder] = added.get(holder, 0) + int(micro)
    return added

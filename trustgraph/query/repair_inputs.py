"""What stands between an entity and its next grade, gathered from a session for ``repair``."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import polars as pl

from trustgraph.exposure.single import levels_around, lines_upon
from trustgraph.query.repair import Candidate, RepairInputs
from trustgraph.query.session import Session
from trustgraph.query.verdicts import listing_records
from trustgraph.scoring.grades import blocked_rank

__all__ = ["capping_rules", "repair_inputs"]


def repair_inputs(
    session: Session,
    number: int,
    ledger: pl.DataFrame,
    reached: list[dict[str, Any]],
    wanted_rank: int,
) -> RepairInputs:
    """Where an entity stands in points, and what each record that could be repaired would give."""
    policy, records = session.policy, session.register.records
    must = _capping_records(session, number, reached, wanted_rank)
    lines = ledger.filter(pl.col("record").is_not_null())
    weights = {
        session.record_number(row["record"], row["chain"][0]): row["micro"]
        for row in lines.to_dicts()
    }
    costly = {record for record, micro in weights.items() if micro < 0}
    revived = _revived(session, number, apart_from=must)
    subjects = sorted(subject for subject, amount in revived.items() if amount > 0)
    of_revived = records.of(np.array(subjects, dtype=np.int64))
    black = set(of_revived[session.record_state.black[of_revived]].tolist())
    ids = session.register.ids
    candidates = tuple(
        Candidate(
            record=session.record(record)["id"],
            subject=ids[int(records.entity[record])],
            gain=-weights.get(record, 0),
            capped=record in costly and int(records.entity[record]) != number,
            black=bool(session.record_state.black[record]),
            must=record in must,
            can=_repairable(session, record),
        )
        for record in sorted(costly | must | black)
    )
    exposure = ledger.filter(pl.col("line") == "exposure")["micro"]
    return RepairInputs(
        base=policy.base_micro,
        own=int(ledger.filter(pl.col("line") == "own")["micro"].sum()),
        positive=int(exposure.clip(lower_bound=0).sum()),
        negative=int(exposure.clip(upper_bound=0).sum()),
        cap=policy.exposure_cap_micro,
        floor=policy.floor_micro,
        ceiling=policy.ceiling_micro,
        wanted=policy.grades[wanted_rank].from_micro,
        candidates=candidates,
        revived={ids[subject]: amount for subject, amount in revived.items()},
    )


def _capping_records(
    session: Session, number: int, reached: list[dict[str, Any]], wanted_rank: int
) -> set[int]:
    """Records that cap the grade below the wanted one, by themselves or by an automatic rule."""
    own = session.own_records(number)
    must = {int(record) for record in own if session.record_state.cap[record] > wanted_rank}
    if blocked_rank(session.policy) > wanted_rank:
        must.update(listing_records(session, number))
    return must | capping_rules(session, reached, wanted_rank).keys()


def capping_rules(
    session: Session, reached: list[dict[str, Any]], wanted_rank: int
) -> dict[int, list[str]]:
    """Records that cap the grade below the wanted one by automatic rules, with what these are."""
    caps = {
        rule.code: rule
        for rule in session.policy.rules_on(session.as_of)
        if rule.force == "A"
        and rule.grade_cap is not None
        and session.policy.grade_rank(rule.grade_cap) > wanted_rank
    }
    found: dict[int, list[str]] = {}
    for row in reached:
        if row["status"] == "fact" and row["rule"] in caps:
            record = session.record_number(row["record"], row["chain"][0])
            found.setdefault(record, []).append(session.say(caps[row["rule"]].title))
    return found


def _repairable(session: Session, record: int) -> bool:
    code = session.register.records.types[session.register.records.type_code[record]]
    kind = session.policy.record_type(code, session.as_of)
    return kind is None or kind.repair.how != "no"


def _revived(session: Session, number: int, *, apart_from: set[int]) -> dict[int, int]:
    """What each subject's void positive records would add here if they were not void."""
    records = session.register.records
    levels = levels_around(session.register, number, session.policy.max_hops, as_of=session.as_of)
    near = records.of(np.sort(np.concatenate(levels)))
    void = near[session.record_state.voided[near]]
    void = void[~np.isin(void, list(apart_from))]
    if not len(void):
        return {}
    added: dict[int, int] = {}
    for record in void[records.entity[void] == number]:
        added[number] = added.get(number, 0) + int(session.record_state.unvoided[record])
    unvoided = dataclasses.replace(session.record_state, micro=session.record_state.unvoided)
    lines = lines_upon(
        session.register, session.policy, unvoided, number, records=void, chains=False
    )
    for record, micro in zip(lines.record, lines.micro, strict=True):
        subject = int(records.entity[record])
        added[subject] = added.get(subject, 0) + int(micro)
    return added

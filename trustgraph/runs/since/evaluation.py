"""Evaluation since an earlier run: what the blocks of the new one are made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from trustgraph.coverage.coverage import coverage_of
from trustgraph.exposure.lines import lines_of
from trustgraph.legal import worst_grade_consequences
from trustgraph.ownership.answers import ANSWERS
from trustgraph.ownership.evaluate import blocked_of
from trustgraph.parallel import Stage
from trustgraph.policy import Policy
from trustgraph.records.as_of import RecordState, records_as_of
from trustgraph.register import Register, UInt8, empty_overlay
from trustgraph.runs.run import Run
from trustgraph.runs.since.affected import control_afresh, law_afresh
from trustgraph.runs.since.differences import Moved, moved_between
from trustgraph.runs.since.splicing import Splice
from trustgraph.scoring.evaluation import Evaluation
from trustgraph.scoring.grades import Caps, capped_by, caps_of, grade_ranks
from trustgraph.scoring.ledger import Ledger
from trustgraph.scoring.local import Asked
from trustgraph.scoring.neighbourhood import serves_law
from trustgraph.scoring.pipeline import Keep, exposure_frame

__all__ = ["Since", "evaluate_since"]


@dataclass(frozen=True, slots=True)
class Since:
    """What was evaluated, of which ``splice`` has the rest; ``afresh`` counts what is anew."""

    found: Evaluation
    splice: Splice
    afresh: dict[str, int]

    def frames(self, span: tuple[int, int], found: Evaluation) -> dict[str, pl.DataFrame]:
        """``Evaluation.frames``, whole."""
        frames = found.frames(span)
        return {
            **frames,
            "control": self.splice.control(span, frames["control"]),
            "consequences": self.splice.consequences(span, frames["consequences"]),
        }


def evaluate_since(
    run: Run,
    register: Register,
    policy: Policy,
    *,
    as_of: dt.date,
    retention_on: dt.date,
    ledger: Ledger,
    threads: int | None,
    stage: Stage,
    keep: Keep,
) -> Since | None:
    """Evaluate what can differ from an earlier run; None where that is everything.

    Everything can differ by another pack, and where computed controllers serve legal rules.
    """
    rules = [policy.control_on(day) for day in (run.as_of, as_of)]
    # Other rules of control, or computed controllers in the law: everything may differ.
    if run.manifest["policy"]["fingerprint"] != policy.fingerprint or rules[0] != rules[1]:
        return None
    if serves_law(rules[1]):
        return None
    earlier = run.register()
    stage("records", 0, 1)
    baseline = records_as_of(earlier, policy, as_of=run.as_of, retention_on=run.retention_on)
    stands = records_as_of(register, policy, as_of=as_of, retention_on=retention_on)
    stage("records", 1, 1)
    before = Asked(empty_overlay(earlier), policy, run.as_of, run.retention_on)
    after = Asked(empty_overlay(register), policy, as_of, retention_on)
    stage("comparing", 0, 1)
    moved = moved_between(before, after, baseline, stands, threads=threads)
    stage("comparing", 1, 1)
    chains = ledger.keep != "none"

    def exposure() -> pl.DataFrame:
        return exposure_frame(register, policy, stands, chains, threads, stage)

    lines = lines_of(keep("exposure", exposure))
    control, controlled = _control(before, after, moved, stage, keep)
    stage("consequences", 0, 1)
    law = law_afresh(before, after, moved, stands)
    splice = Splice(
        run=run,
        earlier=earlier,
        later=register,
        to_new=moved.to_new,
        controlled=controlled,
        rules=(*law.rules, *_of_grades(before), *_of_grades(after)),
        records=law.records,
        pairs=law.pairs,
    )
    fresh = capped_by(policy, stands, law.reached)
    stayed = _stayed(splice, policy, as_of)
    caps = fresh.with_others(stayed)
    blocked = _blocked(splice, register, policy, stands, control)
    ranks = grade_ranks(register, policy, stands, lines, caps, blocked)
    derived = worst_grade_consequences(register, policy, stands, ranks)
    reached = pl.concat([law.reached, derived])
    reached = reached.sort("entity", "rule", "record", "chain", nulls_last=True)
    stage("consequences", 1, 1)
    stage("coverage", 0, 1)
    covered = keep(
        "coverage", lambda: pl.DataFrame({"coverage": coverage_of(register, policy, as_of=as_of)})
    )
    stage("coverage", 1, 1)
    found = Evaluation(
        register=register,
        policy=policy,
        record_state=stands,
        lines=lines,
        reached=reached,
        control=control,
        caps=caps,
        blocked=blocked,
        coverage=covered["coverage"].to_numpy(),
        keep=ledger,
    )
    afresh = {"control": len(controlled), "consequences": reached.height}
    return Since(found, splice, afresh)


def _control(
    before: Asked, after: Asked, moved: Moved, stage: Stage, keep: Keep
) -> tuple[pl.DataFrame, np.ndarray]:
    found: dict[str, pl.DataFrame] = {}

    def make() -> tuple[pl.DataFrame, pl.DataFrame]:
        if not found:
            some, rows = control_afresh(before, after, moved)
            found["control"], found["controlled"] = rows, pl.DataFrame({"entity": some})
        return found["control"], found["controlled"]

    def part(place: int) -> Callable[[], pl.DataFrame]:
        return lambda: make()[place]

    stage("control", 0, 1)
    controlled = keep("controlled", part(1))
    control = keep("control", part(0))
    stage("control", 1, 1)
    return control, controlled["entity"].to_numpy()


def _of_grades(asked: Asked) -> list[str]:
    return [
        rule.code
        for rule in asked.rules
        if rule.aggregate is not None and rule.aggregate.by == "worst_grade"
    ]


def _stayed(splice: Splice, policy: Policy, as_of: dt.date) -> Caps:
    """Whose grades the consequences cap that are not said anew."""
    caps = caps_of(policy, as_of)
    capping = pl.col("rule").is_in(list(caps)) & (pl.col("status") == "fact")
    rows = splice.run.consequences().filter(capping).select("entity", "rule", "record")
    found = splice.unchanged(rows).collect()
    entity = splice.later.ids.places_of(found["entity"])
    there = entity >= 0
    return Caps.of(entity[there].astype(np.int32), found["rule"].filter(pl.Series(there)), caps)


def _blocked(
    splice: Splice,
    register: Register,
    policy: Policy,
    record_state: RecordState,
    control: pl.DataFrame,
) -> UInt8:
    """``blocked_of`` by the answers that are made anew, and those of the earlier run that stay."""
    rule = policy.control_on(record_state.as_of)
    if rule is None or rule.cascade is None:
        return blocked_of(register, rule, record_state, control)
    rows = splice.run.control().filter(pl.col("cascade") != "no").select("entity", "cascade")
    stayed = rows.collect()
    number = register.ids.places_of(stayed["entity"])
    stays = (number >= 0) & ~np.isin(number, splice.controlled)
    answers = {word: place for place, word in enumerate(ANSWERS)}
    kept = pl.DataFrame(
        {
            "entity": number[stays].astype(np.int32),
            "cascade": stayed["cascade"]
            .replace_strict(answers, return_dtype=pl.UInt8)
            .filter(pl.Series(stays)),
        }
    )
    both = pl.concat([control.select("entity", "cascade"), kept])
    return blocked_of(register, rule, record_state, both)

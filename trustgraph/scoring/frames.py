"""Results as frames: scores, consequences, control."""

from __future__ import annotations

import numpy as np
import polars as pl

from trustgraph.ownership.answers import ANSWERS
from trustgraph.policy import Policy
from trustgraph.records.as_of import RecordState
from trustgraph.register import Float64, Register, UInt8
from trustgraph.register.naming import chain_ids, ids_of, record_ids
from trustgraph.schema import ENTITY_KINDS, MICRO
from trustgraph.scoring.grades import GRADE_REASONS, Caps, graded_of
from trustgraph.scoring.totals import Totals
from trustgraph.scoring.verdicts import verdict_words, verdicts_of

__all__ = ["RESULTS", "consequences_frame", "control_frame", "scores_frame"]

RESULTS = ("scores", "ledger", "consequences", "control")
"""The frames of a block: the tables of a run."""


def scores_frame(
    register: Register,
    policy: Policy,
    record_state: RecordState,
    totals: Totals,
    *,
    caps: Caps,
    blocked: UInt8,
    coverage: Float64,
) -> pl.DataFrame:
    """The rows of ``scores`` of consecutive entities.

    ``caps`` are theirs alone; ``blocked`` and ``coverage`` have one element for each of them.
    """
    graded = graded_of(
        register, policy, record_state, totals, caps=caps, blocked=blocked, coverage=coverage
    )
    span = totals.first, totals.beyond
    verdicts = verdicts_of(
        register, policy, record_state, span, blocked=blocked, rated=graded.rated
    )
    places = np.flatnonzero(totals.scored)
    rows = register.entities.slice(totals.first, len(totals.scored), ["id", "name"])
    rows = rows[places]
    score = totals.score[places]
    return pl.DataFrame(
        {
            "entity": rows["id"],
            "name": rows["name"],
            "kind": pl.Series(ENTITY_KINDS).gather(register.kind[places + totals.first]),
            "score_micro": score,
            "score": score / MICRO,
            "grade": graded.codes(policy).gather(places),
            "grade_reason": pl.Series(GRADE_REASONS).gather(graded.reason[places]),
            "grade_by": graded.by.gather(places),
            "verdicts": verdict_words(policy, verdicts[places]),
            "coverage": coverage[places],
            "own_micro": totals.own[places],
            "exposure_micro": totals.exposure[places],
            "exposure_cap_micro": totals.cap[places],
            "clamp_micro": totals.clamp[places],
            "lines": totals.lines[places],
        }
    )


def consequences_frame(
    register: Register, policy: Policy, record_state: RecordState, reached: pl.DataFrame
) -> pl.DataFrame:
    """The rows of ``consequences`` for those by numbers."""
    rules = policy.rules_on(record_state.as_of)
    words = pl.DataFrame(
        {
            "rule": [rule.code for rule in rules],
            "force": [rule.force for rule in rules],
            "effect": [rule.effect.code for rule in rules],
            "legal_basis": [rule.legal_basis() for rule in rules],
        },
        schema=dict.fromkeys(("rule", "force", "effect", "legal_basis"), pl.String),
    )
    return reached.join(words, on="rule", how="left", maintain_order="left").select(
        entity=ids_of(register, reached["entity"]),
        rule="rule",
        record=record_ids(register, reached["record"]),
        force="force",
        effect="effect",
        status=pl.when("possible").then(pl.lit("possible")).otherwise(pl.lit("fact")),
        legal_basis="legal_basis",
        chain=chain_ids(register, reached["chain"]),
        detail="detail",
    )


def control_frame(register: Register, control: pl.DataFrame) -> pl.DataFrame:
    """The rows of ``control`` for those by numbers."""
    answers = pl.Series(ANSWERS, dtype=pl.String)
    return control.with_columns(
        entity=ids_of(register, control["entity"]),
        owner=ids_of(register, control["owner"]),
        cascade=answers.gather(control["cascade"]),
        controller=answers.gather(control["controller"]),
        beneficial_owner=answers.gather(control["beneficial_owner"]),
        basis=control["basis"].cast(pl.String),
        chain=chain_ids(register, control["chain"]),
    )

"""What if: a register with some changes, asked for everything that would be otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from trustgraph.policy import Policy
from trustgraph.query.results import FrameAnswers, RunAnswers
from trustgraph.query.session import Session
from trustgraph.register import empty_overlay
from trustgraph.scoring.local import Asked
from trustgraph.scoring.pipeline import score_register
from trustgraph.whatif.apply_changes import Plan, plan
from trustgraph.whatif.baseline import Baseline, MadeBaseline, RunBaseline
from trustgraph.whatif.changes import given_changes, read_changes
from trustgraph.whatif.effects import effects_of
from trustgraph.whatif.full_diff import difference
from trustgraph.whatif.outcome import WhatIf, outcome_of
from trustgraph.whatif.row_index import Finder

__all__ = ["Scenario", "scenario_of"]

Changes = str | Path | Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A session that is asked what if, any number of times: nothing of it is ever changed."""

    session: Session
    finder: Finder
    asked: Asked
    baseline: Baseline

    def what_if(self, changes: Changes = (), *, policy: Policy | None = None) -> WhatIf:
        """What some changes would do: a file of JSON lines, or as many mappings.

        ``policy`` is the pack as it would be: then everything is scored twice, for weights reach
        everybody. Raises InputError naming every change that cannot be made.
        """
        if isinstance(changes, str | Path):
            where, wanted = str(changes), read_changes(changes)
        else:
            where, wanted = "changes", given_changes(changes)
        session = self.session
        days = session.as_of, session.record_state.retention_on
        made = plan(self.finder, wanted, policy or session.policy, as_of=session.as_of, where=where)
        if policy is not None:
            return self._by_another(policy, made)
        after = Asked(made.overlay, session.policy, *days)
        effects = effects_of(self.asked, after, session.record_state, self.baseline)
        return outcome_of(effects, after, session.record_state, made.touched, made.flagged)

    def _by_another(self, policy: Policy, made: Plan) -> WhatIf:
        """By another pack, everything is scored: before and after."""
        session, overlay = self.session, made.overlay
        scored = partial(
            score_register, as_of=session.as_of, retention_on=session.record_state.retention_on
        )
        register = session.register
        before = scored(register, session.policy)
        if not overlay.is_plain:
            register = overlay.excerpt(np.arange(len(overlay))).register
        after = scored(register, policy)
        return difference(before, after, made.touched, made.flagged)


def scenario_of(session: Session) -> Scenario:
    """Open a session for questions of what if: what stood before is its run's, where it has one."""
    asked = Asked(
        empty_overlay(session.register),
        session.policy,
        session.as_of,
        session.record_state.retention_on,
    )
    return Scenario(session, Finder(asked.overlay), asked, _stood(session, asked))


def _stood(session: Session, asked: Asked) -> Baseline:
    answers = session.answers
    if isinstance(answers, RunAnswers):
        return RunBaseline(session.register, session.record_state, answers.run.sums())
    if isinstance(answers, FrameAnswers):
        return RunBaseline(session.register, session.record_state, answers.scoring.sums)
    return MadeBaseline(asked, session.register, session.record_state)

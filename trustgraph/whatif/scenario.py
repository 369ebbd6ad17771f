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
from trustgraph.query.session import Case
from trustgraph.register import nothing_laid
from trustgraph.scoring.local import Asked
from trustgraph.scoring.pipeline import score_register
from trustgraph.whatif.apply_changes import Plan, plan
from trustgraph.whatif.baseline import Before, MadeBefore, RunBefore
from trustgraph.whatif.changes import given_changes, read_changes
from trustgraph.whatif.effects import effects_of
from trustgraph.whatif.full_diff import difference
from trustgraph.whatif.outcome import WhatIf, outcome_of
from trustgraph.whatif.row_index import Finder

__all__ = ["Scenario", "scenario_of"]

Changes = str | Path | Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A case that is asked what if, any number of times: nothing of it is ever changed."""

    case: Case
    finder: Finder
    asked: Asked
    stood: Before

    def what_if(self, changes: Changes = (), *, policy: Policy | None = None) -> WhatIf:
        """What some changes would do: a file of JSON lines, or as many mappings.

        ``policy`` is the pack as it would be: then everything is scored twice, for weights reach
        everybody. Raises InputError naming every change that cannot be made.
        """
        if isinstance(changes, str | Path):
            where, wanted = str(changes), read_changes(changes)
        else:
            where, wanted = "changes", given_changes(changes)
        case = self.case
        days = case.as_of, case.standing.forget_on
        made = plan(self.finder, wanted, policy or case.policy, as_of=case.as_of, where=where)
        if policy is not None:
            return self._by_another(policy, made)
        after = Asked(made.overlay, case.policy, *days)
        effects = effects_of(self.asked, after, case.standing, self.stood)
        return outcome_of(effects, after, case.standing, made.touched, made.flagged)

    def _by_another(self, policy: Policy, made: Plan) -> WhatIf:
        """By another pack, everything is scored: before and after."""
        case, overlay = self.case, made.overlay
        scored = partial(score_register, as_of=case.as_of, forget_on=case.standing.forget_on)
        register = case.register
        before = scored(register, case.policy)
        if not overlay.is_plain:
            register = overlay.excerpt(np.arange(len(overlay))).register
        after = scored(register, policy)
        return difference(before, after, made.touched, made.flagged)


def scenario_of(case: Case) -> Scenario:
    """Open a case for questions of what if: what stood before is its run's, where it has one."""
    asked = Asked(nothing_laid(case.register), case.policy, case.as_of, case.standing.forget_on)
    return Scenario(case, Finder(asked.overlay), asked, _stood(case, asked))


def _stood(case: Case, asked: Asked) -> Before:
    answers = case.answers
    if isinstance(answers, RunAnswers):
        return RunBefore(case.register, case.standing, answers.run.sums())
    if isinstance(answers, FrameAnswers):
        return RunBefore(case.register, case.standing, answers.scoring.sums)
    return MadeBefore(asked, case.register, case.standing)

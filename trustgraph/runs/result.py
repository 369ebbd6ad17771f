"""A scoring in memory with what it came from, and how what is asked for is understood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trustgraph.policy import Policy
from trustgraph.register import Register
from trustgraph.runs.run import Run, write_run
from trustgraph.scoring.ledger import Ledger
from trustgraph.scoring.pipeline import Scoring
from trustgraph.tables.tables import Tables
from trustgraph.version import VERSION

__all__ = ["Result", "Stage"]

Stage = Callable[[str, int, int], None]
"""Progress: (name of the stage, steps done, steps in all)."""


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """A scoring in memory, with what it came from. ``save`` makes a run folder of it."""

    scoring: Scoring
    register: Register
    policy: Policy
    tables: Tables
    ledger: Ledger

    def __repr__(self) -> str:
        return (
            f"<Result as of {self.scoring.as_of} by {self.policy.name}: "
            f"{self.scores.height:,} scored, {self.lines.height:,} ledger lines, "
            f"{self.consequences.height:,} consequences>"
        )

    @property
    def scores(self) -> Any:
        """``entity, name, kind, score_micro, score, grade, coverage, …`` (polars frame)."""
        return self.scoring.scores

    @property
    def lines(self) -> Any:
        """The ledger: ``entity, line, record, micro, reach, hops, chain, note``."""
        return self.scoring.ledger

    @property
    def consequences(self) -> Any:
        """``entity, rule, record, force, effect, status, legal_basis, chain, detail``."""
        return self.scoring.consequences

    @property
    def control(self) -> Any:
        """``entity, subject, integrated_low, …_high, cascade, controller, basis, chain``."""
        return self.scoring.control

    def save(self, out: str | Path, *, overwrite: bool = False, **about: Any) -> Run:
        """Write a run folder, whole or not at all. Raises UsageError if ``out`` is taken."""
        return write_run(
            Path(out),
            scoring=self.scoring,
            register=self.register,
            policy=self.policy,
            rejected=self.tables.rejected,
            flagged=self.tables.flagged,
            report=self.tables.report,
            about={"trustgraph": VERSION, "ledger": str(self.ledger), **about},
            overwrite=overwrite,
        )

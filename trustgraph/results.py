"""A scoring in memory with what it came from, and how what is asked for is understood."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trustgraph.about import VERSION
from trustgraph.errors import UsageError
from trustgraph.ledger import Ledger
from trustgraph.pack_checks import unknown_sources, unknown_types
from trustgraph.policy import Policy
from trustgraph.register import Register
from trustgraph.runs import Run, write_run
from trustgraph.scoring import Scoring
from trustgraph.tables import Tables, flag_more, reject_more

__all__ = ["Result", "Stage", "by_pack", "checked_threads", "days_of", "parse_day"]

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
        """``entity, owner, integrated_low, …_high, cascade, controller, basis, chain``."""
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
            about={"trustgraph": VERSION, "ledger": str(self.ledger), **about},
            overwrite=overwrite,
        )


def parse_day(text: str | dt.date) -> dt.date:
    """An ISO day. Raises UsageError for anything else."""
    if isinstance(text, dt.datetime):
        return text.date()
    if isinstance(text, dt.date):
        return text
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"`{text}` is no day", hint="write it as 2026-06-30") from error


def days_of(
    as_of: str | dt.date | None, forget_on: str | dt.date | None
) -> tuple[dt.date, dt.date]:
    """The day to score for, and the one for which retention is judged."""
    today = dt.date.today()  # noqa: DTZ011  # the user's own calendar day
    day = today if as_of is None else parse_day(as_of)
    return day, max(day, today) if forget_on is None else max(day, parse_day(forget_on))


def checked_threads(threads: int | None) -> int | None:
    if threads is not None and threads < 1:
        raise UsageError(f"cannot use {threads} threads", hint="give 1 or more")
    return threads


def by_pack(tables: Tables, register: Register, policy: Policy) -> Tables:
    """Tables with what a policy pack finds in them: records and sources that it does not know."""
    tables = reject_more(tables, unknown_types(register, policy))
    return flag_more(tables, unknown_sources(register, policy))

"""The demonstration: a generated register, scored, and the worst company explained."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from trustgraph.api.jobs import score_input
from trustgraph.query.explain import explain_entity
from trustgraph.query.explain_text import explanation_lines, points
from trustgraph.query.session import session_of_run
from trustgraph.runs.run import Run
from trustgraph.storage import writing
from trustgraph.synthesis import generate

__all__ = ["DEMO_COMPANIES", "DEMO_DAY", "DEMO_SEED", "least_trusted", "run_demo", "worst_lines"]

DEMO_COMPANIES = 2_000
DEMO_SEED = 1
DEMO_DAY = "2026-06-30"


def run_demo(out: Path, *, stage: Callable[[str, int, int], None] | None = None) -> Run:
    """Generate the sample register and score it: ``out/register`` and ``out/run``.

    Retention is judged on the demo's own day: its persons are made up, and what it shows must not
    depend on when it is looked at.
    """
    with writing(out):
        generate(
            out / "register",
            companies=DEMO_COMPANIES,
            seed=DEMO_SEED,
            as_of=dt.date.fromisoformat(DEMO_DAY),
            overwrite=True,
        )
    return score_input(
        out / "register",
        out / "run",
        as_of=DEMO_DAY,
        retention_on=DEMO_DAY,
        overwrite=True,
        stage=stage,
    )


def least_trusted(run: Run, count: int = 10) -> Iterator[tuple[str, ...]]:
    """Rows of the least trusted companies: score, grade, coverage, id, name; worst first."""
    worst = (
        run.scores()
        .filter(pl.col("kind") == "company")
        .sort("score_micro", "entity")
        .head(count)
        .collect()
    )
    for row in worst.to_dicts():
        yield (
            points(row["score"]),
            row["grade"],
            f"{row['coverage']:.0%}",
            row["entity"],
            row["name"],
        )


def worst_lines(run: Run) -> Iterator[str]:
    """The explanation of the least trusted company."""
    worst = next(least_trusted(run, 1))[3]
    yield from explanation_lines(explain_entity(session_of_run(run), worst))

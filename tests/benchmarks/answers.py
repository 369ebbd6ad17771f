"""Our stages from the graph to answers; each function runs in a process of its own."""

from __future__ import annotations

from functools import partial
from itertools import cycle
from pathlib import Path

import polars as pl
from corpus import AS_OF, folder_bytes, opened, saved_tables, use_all
from harness import Job, Report, measure

from trustgraph.batch import Result
from trustgraph.case import case_of_run
from trustgraph.explanation import explain_chain, explain_entity
from trustgraph.exposure import exposure_graph, exposure_lines, step_table
from trustgraph.exposure.lines import group_records
from trustgraph.ledger import Ledger
from trustgraph.legal import consequences as consequences_of
from trustgraph.ownership.control import control_rows
from trustgraph.ownership.view import ownership_view
from trustgraph.register import day_number
from trustgraph.runs import Run, open_run
from trustgraph.scoring import Scoring, score_register
from trustgraph.standing import standing_of

__all__ = ["consequences", "control", "exposure", "questions", "score", "write"]

ASKED = 5


def exposure(job: Job) -> Report:
    """The kernel: the strongest chain from every counting record to every entity it reaches.

    On one thread, then on ``threads``, in one process: more threads never need less memory.
    """
    register, policy = opened(job)
    use_all(policy)
    standing = standing_of(register, policy, as_of=AS_OF)
    graph = exposure_graph(register, policy, as_of=AS_OF)
    steps, lines = [], 0
    for threads in sorted({1, job.threads}):
        found, step = measure(
            f"exposure on {threads}",
            partial(exposure_lines, register, graph, policy, standing, threads=threads),
            repeats=job.repeats,
        )
        steps.append(step)
        lines = len(found)
        del found
    walks = len(group_records(register, standing, step_table(policy)))
    return Report(tuple(steps), {"walks": walks, "lines": lines})


def consequences(job: Job) -> Report:
    """The legal consequences of every counting record."""
    register, policy = opened(job)
    counted = standing_of(register, policy, as_of=AS_OF)
    found, step = measure(
        "consequences", lambda: consequences_of(register, policy, counted), repeats=job.repeats
    )
    return Report((step,), {"consequences": found.height})


def control(job: Job) -> Report:
    """Stakes, rings and bounds as of the day; then every controller of every company."""
    register, policy = opened(job)
    rule = policy.control
    assert rule is not None  # the benchmark's pack has one
    counted = standing_of(register, policy, as_of=AS_OF)
    view, viewing = measure(
        "ownership", lambda: ownership_view(register, rule, counted), repeats=job.repeats
    )
    today = day_number(AS_OF)
    use_all(policy)
    found, step = measure(
        "control",
        lambda: control_rows(register, view, today=today, threads=job.threads),
        repeats=job.repeats,
    )
    rings = view.order.rings
    facts = {
        "stakes": len(view.stakes),
        "rings": len(rings),
        "largest_ring": max(map(len, rings), default=0),
        "answers": found.height,
    }
    return Report((viewing, step), facts)


def score(job: Job) -> Report:
    """``score_register`` whole: standing, graph, exposure, consequences, grades, ledger."""
    register, policy = opened(job)
    use_all(policy)
    scoring, step = measure(
        "score",
        lambda: score_register(register, policy, as_of=AS_OF, threads=job.threads),
        repeats=job.repeats,
    )
    facts = {
        "scored": scoring.scores.height,
        "ledger_lines": scoring.ledger.height,
        "consequences": scoring.consequences.height,
    }
    result = Result(scoring, register, policy, saved_tables(job), Ledger("all"))
    result.save(Path(job.work, "run"), overwrite=True)
    return Report((step,), facts)


def write(job: Job) -> Report:
    """Write a run folder: results, register and pack."""
    register, policy = opened(job)
    result = Result(_scoring(_run(job)), register, policy, saved_tables(job), Ledger("all"))
    out = Path(job.work, "run-again")
    _, step = measure("write", lambda: result.save(out, overwrite=True), repeats=job.repeats)
    return Report((step,), {"megabytes": folder_bytes(out) / 1e6})


def questions(job: Job) -> Report:
    """Open a run; explain each of the five least trusted companies; the longest chains to them."""
    run = _run(job)
    use_all(run.policy())
    case, opening = measure("case", lambda: case_of_run(run), repeats=job.repeats)
    worst = (
        run.scores()
        .filter(pl.col("kind") == "company")
        .sort("score_micro", "entity")
        .head(ASKED)
        .collect()["entity"]
    )
    asked = cycle(worst)
    found, explaining = measure(
        "explain", lambda: explain_entity(case, next(asked)), repeats=min(job.repeats, ASKED)
    )
    chains = (
        run.ledger()
        .filter(pl.col("line") == "exposure")
        .sort(pl.col("hops"), "entity", "record", descending=[True, False, False])
        .head(ASKED)
        .collect()["chain"]
    )
    ends = cycle((chain[0], chain[-1]) for chain in chains.to_list())
    linked, linking = measure(
        "chain", lambda: explain_chain(case, *next(ends)), repeats=min(job.repeats, ASKED)
    )
    return Report(
        (opening, explaining, linking),
        {"lines_explained": len(found["ledger"]), "chains_found": len(linked["chains"])},
    )


def _run(job: Job) -> Run:
    return open_run(Path(job.work, "run"))


def _scoring(run: Run) -> Scoring:
    """The scoring a run was written from."""
    return Scoring(
        scores=run.scores().collect(),
        ledger=run.ledger().collect(),
        consequences=run.consequences().collect(),
        control=run.control().collect(),
        as_of=run.as_of,
        forget_on=run.forget_on,
        records=run.manifest["counts"]["records"],
        counting_records=run.manifest["counts"]["records_counting"],
        overdue=run.manifest["counts"]["records_overdue"],
    )

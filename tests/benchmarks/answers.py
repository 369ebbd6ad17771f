"""Our stages from the register to answers; each function runs in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from corpus import AS_OF, LEDGER, folder_bytes, opened, use_all
from harness import Job, Report, Step, measure, peak_bytes

import trustgraph as tg
from trustgraph.legal import consequences as consequences_of
from trustgraph.ownership.control import control_rows
from trustgraph.ownership.view import ownership_view
from trustgraph.records.as_of import records_as_of
from trustgraph.register import day_number

__all__ = ["consequences", "control", "in_memory", "questions", "score"]

ASKED = 1_000


def consequences(job: Job) -> Report:
    """The legal consequences of every counting record."""
    register, policy = opened(job)
    counted = records_as_of(register, policy, as_of=AS_OF)
    found, step = measure(
        "consequences", lambda: consequences_of(register, policy, counted), repeats=job.repeats
    )
    return Report((step,), {"consequences": found.height})


def control(job: Job) -> Report:
    """Stakes, rings and bounds as of the day; then every controller of every company."""
    register, policy = opened(job)
    rule = policy.control_on(AS_OF)
    assert rule is not None  # the benchmark's pack has one
    counted = records_as_of(register, policy, as_of=AS_OF)
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
    """A run of the register, whole: exposure, law, ownership, coverage, written to disk."""
    work = Path(job.work)
    use_all(opened(job)[1])
    run, step = measure(
        "score",
        lambda: tg.score_input(
            work / "register",
            work / "run",
            as_of=AS_OF,
            retention_on=AS_OF,
            ledger=LEDGER,
            threads=job.threads,
            overwrite=True,
        ),
        repeats=job.repeats,
    )
    counts = run.manifest["counts"]
    names = ("scored", "ledger_lines", "consequences")
    # The register in it is the one that was scored: linked, not written.
    written = folder_bytes(work / "run") - folder_bytes(work / "run" / "register")
    return Report((step,), {**{name: counts[name] for name in names}, "megabytes": written / 1e6})


def in_memory(job: Job) -> Report:
    """The same from the tables, all of it in memory: read, compiled and scored, nothing written."""
    use_all(opened(job)[1])

    def scored() -> int:
        tables = tg.read_tables(Path(job.work, "input"))
        return int(tg.score(tables, as_of=AS_OF, ledger=LEDGER).scores.height)

    height, step = measure("in memory", scored, repeats=job.repeats)
    return Report((step,), {"scored": height})


def questions(job: Job) -> Report:
    """Open a run; then explain and link entities at random, each of them asked once."""
    run = tg.open_run(Path(job.work, "run"))
    use_all(run.policy())
    session, opening = measure("case", lambda: tg.open_session(run), repeats=job.repeats)
    rng = np.random.default_rng(1)
    size = len(session.register)
    chosen = rng.choice(size, min(ASKED, size), replace=False).tolist()
    explaining = _each("explain", lambda number: tg.explain(session, session.id(number)), chosen)
    ends = {number: session.id(_linked(session.register, number)) for number in chosen}
    linking = _each(
        "chain", lambda number: tg.chain(session, session.id(number), ends[number]), chosen
    )
    facts = {"worst_explain": max(explaining.seconds), "worst_chain": max(linking.seconds)}
    return Report((opening, explaining, linking), facts)


def _each(name: str, ask: Callable[[int], object], numbers: Sequence[int]) -> Step:
    """The seconds of every single question."""
    before, seconds = peak_bytes(), []
    for number in numbers:
        began = time.perf_counter()
        ask(number)
        seconds.append(time.perf_counter() - began)
    return Step(name=name, seconds=tuple(seconds), before=before, peak=peak_bytes())


def _linked(register: tg.Register, number: int) -> int:
    """Somebody two steps away, or as near as there is anybody."""
    adjacency = register.adjacency
    for _ in range(2):
        begin, end = adjacency.offsets[number], adjacency.offsets[number + 1]
        if begin < end:
            number = int(adjacency.neighbour[(begin + end) // 2])
    return number

"""Which jobs are run in which order, and what is made of them. Standard library only."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import Job, Report, TaskFailedError, ask

__all__ = ["RIVALS", "Bench", "Growth", "Ratio", "exponent", "growth", "growth_sizes", "run_bench"]

STAGES = (
    "generate",
    "read",
    "compile",
    "graph",
    "exposure",
    "consequences",
    "control",
    "score",
    "write",
    "questions",
)
"""Our stages in order, each a process of its own."""

TO_THE_LINES = (("read", 0), ("compile", 0), ("graph", 1), ("graph", 2), ("exposure", 0))
"""What of ours stands against a rival's read, build and run, as (stage, step): the kernel on one
thread, as they have."""

THREADS = 2
SMALLEST = 1_000

RIVALS = ("networkx", "igraph", "scipy")

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as much a rival took: above 1, it took more than we did.

    ``whole`` compares wall seconds from Parquet to the answer, ``answer`` those of the answer
    alone (their run, our kernel on one thread), each at its fastest; ``memory`` the peaks.
    """

    rival: str
    whole: float
    answer: float
    memory: float


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything measured at one size. ``apart`` is how far the rivals' vectors lie apart (L1)."""

    companies: int
    ours: dict[str, Report]
    rivals: dict[str, Report]
    failed: dict[str, str]
    apart: float
    ratios: tuple[Ratio, ...]


@dataclass(frozen=True, slots=True)
class Growth:
    """The stages that decide how far we get, at one size: seconds of the fastest run of each."""

    companies: int
    relationships: int
    read: float
    compile: float
    graph: float
    exposure: float
    control: float


def run_bench(
    companies: int, *, work: Path, repeats: int, rivals: Sequence[str], tell: Tell
) -> Bench:
    """Measure all our stages and the rivals on one generated register.

    A rival that does not come to an end (for want of memory, say) is noted in ``failed``; a
    stage of ours raises TaskFailedError.
    """
    ours: dict[str, Report] = {}
    for task in STAGES:
        tell(f"{companies:,} companies: {task}")
        ours[task] = _ask(task, companies, work, repeats)
    theirs: dict[str, Report] = {}
    failed: dict[str, str] = {}
    for rival in rivals:
        tell(f"{companies:,} companies: {rival}")
        try:
            theirs[rival] = _ask(rival, companies, work, repeats)
        except TaskFailedError as error:
            failed[rival] = str(error)
    return Bench(
        companies=companies,
        ours=ours,
        rivals=theirs,
        failed=failed,
        apart=max((float(report.facts["apart"]) for report in theirs.values()), default=0.0),
        ratios=tuple(_ratio(name, report, ours) for name, report in theirs.items()),
    )


def _ask(task: str, companies: int, work: Path, repeats: int) -> Report:
    job = Job(task=task, work=str(work), companies=companies, repeats=repeats, threads=THREADS)
    return ask(job)


def _ratio(rival: str, theirs: Report, ours: dict[str, Report]) -> Ratio:
    parts = [ours[stage].steps[place] for stage, place in TO_THE_LINES]
    return Ratio(
        rival=rival,
        whole=theirs.fastest / sum(part.fastest for part in parts),
        answer=theirs.steps[-1].fastest / parts[-1].fastest,
        memory=theirs.peak / max(part.peak for part in parts),
    )


def growth_sizes(companies: int, largest: int) -> tuple[int, ...]:
    """A tenth, three tenths, all of ``companies``; then 3, 10, 30 … times as many, to ``largest``.

    Below a thousand companies there is only noise: such sizes are left out, but ``companies``.

    >>> growth_sizes(100_000, 1_000_000)
    (10000, 30000, 100000, 300000, 1000000)
    """
    below = (companies * tenths // 10 for tenths in (1, 3))
    above = (companies * factor * 10**power for power in range(9) for factor in (1, 3))
    return (
        *(size for size in below if size >= SMALLEST),
        companies,
        *(size for size in above if companies < size <= largest),
    )


def growth(
    sizes: Sequence[int], *, known: Bench, work: Path, repeats: int, tell: Tell
) -> tuple[Growth, ...]:
    """Measure reading, compiling, graph, kernel (one thread) and control at several sizes.

    What ``known`` has measured already is not measured again.
    """
    found = []
    for companies in sizes:
        reports = known.ours
        if companies != known.companies:
            tell(f"growth: {companies:,} companies")
            folder = work / f"growth-{companies}"
            folder.mkdir()
            tasks = ("generate", "read", "compile", "graph", "exposure", "control")
            reports = {task: _ask(task, companies, folder, repeats) for task in tasks}
            shutil.rmtree(folder)
        read, compiled, _, graph, exposure = (
            reports[stage].steps[place].fastest for stage, place in TO_THE_LINES
        )
        found.append(
            Growth(
                companies=companies,
                relationships=int(reports["compile"].facts["relationships"]),
                read=read,
                compile=compiled,
                graph=graph,
                exposure=exposure,
                control=sum(step.fastest for step in reports["control"].steps),
            )
        )
    return tuple(found)


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The b of ``seconds = a * size ** b``, by least squares on the logarithms.

    >>> round(exponent([1, 10, 100], [2, 20, 200]), 6)
    1.0
    """
    x = [math.log(size) for size in sizes]
    y = [math.log(value) for value in seconds]
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    spread = sum((value - middle_x) ** 2 for value in x)
    if spread == 0:
        return math.nan
    return sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True)) / spread

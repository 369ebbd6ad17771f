"""Which jobs are run in which order, and what is made of them. Standard library only."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import Job, Report, TaskFailedError, ask

__all__ = [
    "RIVALS",
    "Bench",
    "Growth",
    "Plan",
    "Race",
    "Ratio",
    "exponent",
    "growth",
    "growth_sizes",
    "nation",
    "run_bench",
]

STAGES = (
    "generate",
    "import",
    "open",
    "exposure",
    "consequences",
    "control",
    "score",
    "questions",
    "access",
)
"""Our stages in order, each a process of its own."""

IN_MEMORY = 1_000_000
"""Companies up to which the same is also done from tables, all in memory."""

RACING = ("generate", "import", "open", "exposure")
GROWING = ("generate", "import", "open", "exposure", "control", "score")
"""The stages of a race, and those at every size of growth."""

FROM_PARQUET = (("import", 0), ("exposure", 0), ("exposure", 1))
FROM_REGISTER = (("open", 0), ("exposure", 0), ("exposure", 1))
"""What of ours stands against a rival's read, build and run, as (stage, step): the kernel on one
thread, as they have. The register is made once; a rival reads and builds for every day anew."""

THREADS = 2
SMALLEST = 1_000

RIVALS = ("networkx", "igraph", "scipy")

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as much a rival took: above 1, it took more than we did.

    ``whole`` compares wall seconds from Parquet to the answer, ``asked`` those of a question when
    the register is there (they read and build again), ``answer`` those of the answer alone (their
    run, our kernel on one thread), each at its fastest. ``memory`` and ``memory_asked`` compare
    the peaks of ``whole`` and of ``asked``.
    """

    rival: str
    whole: float
    asked: float
    answer: float
    memory: float
    memory_asked: float


@dataclass(frozen=True, slots=True)
class Race:
    """The rivals beside us at one size. ``apart`` is how far their vectors lie apart (L1)."""

    companies: int
    ours: dict[str, Report]
    rivals: dict[str, Report]
    failed: dict[str, str]
    apart: float
    ratios: tuple[Ratio, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything measured at one size, and the race, which may be run at another.

    ``access`` is the part of the machine's random reads a second that the kernel reaches.
    """

    companies: int
    ours: dict[str, Report]
    access: float
    race: Race


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured: at which sizes, how often, beside whom.

    ``known`` is the share of officers and suppliers that registers know of.
    """

    companies: int
    race_at: int
    growth: tuple[int, ...]
    known: float = 1.0
    repeats: int = 5
    rivals: tuple[str, ...] = RIVALS


def nation(repeats: int, rivals: tuple[str, ...]) -> Plan:
    """China's companies, about 27 million persons and 108 million relationships; rivals at the
    size that igraph can hold beside its input in 24 GiB."""
    growth = (100_000, 1_000_000, 3_000_000, 10_000_000)
    return Plan(22_740_000, 3_000_000, growth, known=0.46, repeats=repeats, rivals=rivals)


@dataclass(frozen=True, slots=True)
class Growth:
    """The stages that decide how far we get, at one size: seconds of the fastest run of each."""

    companies: int
    relationships: int
    imported: float
    exposure: float
    control: float
    score: float


def run_bench(plan: Plan, *, work: Path, tell: Tell) -> Bench:
    """Measure all our stages, and the rivals.

    A rival that does not come to an end (for want of memory, say) is noted in ``failed``; a
    stage of ours raises TaskFailedError.
    """
    asking = Asking(work=work, companies=plan.companies, plan=plan, tell=tell)
    stages = (*STAGES, "in_memory") if plan.companies <= IN_MEMORY else STAGES
    ours = {task: asking.ask(task) for task in stages}
    if plan.race_at == plan.companies:
        race = _race(asking, ours)
    else:
        folder = work / "race"
        folder.mkdir()
        there = Asking(work=folder, companies=plan.race_at, plan=plan, tell=tell)
        race = _race(there, {task: there.ask(task) for task in RACING})
        shutil.rmtree(folder)
    return Bench(companies=plan.companies, ours=ours, access=_access(ours), race=race)


def _race(asking: Asking, ours: dict[str, Report]) -> Race:
    theirs: dict[str, Report] = {}
    failed: dict[str, str] = {}
    for rival in asking.plan.rivals:
        try:
            theirs[rival] = asking.ask(rival)
        except TaskFailedError as error:
            failed[rival] = str(error)
    return Race(
        companies=asking.companies,
        ours=ours,
        rivals=theirs,
        failed=failed,
        apart=max((float(report.facts["apart"]) for report in theirs.values()), default=0.0),
        ratios=tuple(_ratio(name, report, ours) for name, report in theirs.items()),
    )


@dataclass(frozen=True, slots=True)
class Asking:
    """What all jobs at one size have in common."""

    work: Path
    companies: int
    plan: Plan
    tell: Tell

    def ask(self, task: str) -> Report:
        """Run a task in a process of its own. Raises TaskFailedError."""
        self.tell(f"{self.companies:,} companies: {task}")
        return ask(
            Job(
                task=task,
                work=str(self.work),
                companies=self.companies,
                known=self.plan.known,
                repeats=self.plan.repeats,
                threads=THREADS,
            )
        )


def _access(ours: dict[str, Report]) -> float:
    machine, kernel = ours["access"], ours["exposure"]
    reads = machine.facts["reads"] / machine.steps[0].fastest
    return kernel.facts["touched"] / kernel.steps[1].fastest / reads


def _ratio(rival: str, theirs: Report, ours: dict[str, Report]) -> Ratio:
    whole, asked = (
        [ours[stage].steps[place] for stage, place in parts]
        for parts in (FROM_PARQUET, FROM_REGISTER)
    )
    return Ratio(
        rival=rival,
        whole=theirs.fastest / sum(part.fastest for part in whole),
        asked=theirs.fastest / sum(part.fastest for part in asked),
        answer=theirs.steps[-1].fastest / whole[-1].fastest,
        memory=theirs.peak / max(part.peak for part in whole),
        memory_asked=theirs.peak / max(part.peak for part in asked),
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


def growth(plan: Plan, found: Bench, *, work: Path, tell: Tell) -> tuple[Growth, ...]:
    """Measure import, exposure (graph and kernel), control and score at several sizes.

    What ``found`` has measured already is not measured again.
    """
    measured = []
    for companies in sorted({*plan.growth, plan.companies}):
        reports = found.ours
        if companies != found.companies:
            folder = work / f"growth-{companies}"
            folder.mkdir()
            asking = Asking(work=folder, companies=companies, plan=plan, tell=tell)
            reports = {task: asking.ask(task) for task in GROWING}
            shutil.rmtree(folder)
        measured.append(
            Growth(
                companies=companies,
                relationships=int(reports["import"].facts["relationships"]),
                imported=reports["import"].fastest,
                exposure=sum(step.fastest for step in reports["exposure"].steps[:2]),
                control=reports["control"].fastest,
                score=reports["score"].fastest,
            )
        )
    return tuple(measured)


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

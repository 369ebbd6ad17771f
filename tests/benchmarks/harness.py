"""A task in a process of its own: its seconds, and the memory it needed at its peak.

The parent sends one line of JSON (a ``Job``) to ``child.py`` and gets one back (a ``Report``).

Memory is ``ru_maxrss`` of the child: the most that was resident at any time since it began,
pages of memory-mapped files that were touched included. A high-water mark never falls, so every
task runs in a fresh process and says twice what the mark was: ``before`` (interpreter, libraries,
the task's inputs) and ``peak`` (after its first run; later repeats could only blur it). On Linux
a new process inherits the mark of the one that started it; therefore the parent imports nothing
but the standard library and stays smaller than any child.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

from trustgraph.compiled import KERNELS

__all__ = ["Fact", "Job", "Report", "Step", "TaskFailedError", "ask", "measure", "peak_bytes"]

Made = TypeVar("Made")
Fact = int | float

CHILD = Path(__file__).with_name("child.py")
ENOUGH_SECONDS = 20.0
_MARK_UNIT = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, else in KiB


class TaskFailedError(RuntimeError):
    """A child ended without a report; the text says how."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a child is asked: ``task`` by name, on the files in ``work``.

    ``repeats`` is how often a short task is repeated, ``threads`` how many the kernel may use,
    ``companies`` how many the generator makes, ``known`` what share of officers and suppliers.
    """

    task: str
    work: str
    companies: int = 0
    repeats: int = 1
    threads: int = 1
    known: float = 1.0


@dataclass(frozen=True, slots=True)
class Step:
    """One thing measured: wall seconds of every repeat, high-water marks in bytes."""

    name: str
    seconds: tuple[float, ...]
    before: int
    peak: int

    @property
    def median(self) -> float:
        """The median of the repeats, in seconds."""
        return statistics.median(self.seconds)

    @property
    def fastest(self) -> float:
        """The fastest repeat, in seconds: what is left when nothing else disturbs."""
        return min(self.seconds)


@dataclass(frozen=True, slots=True)
class Report:
    """What a child answers: its steps in order, and what they made, counted."""

    steps: tuple[Step, ...]
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def fastest(self) -> float:
        """The fastest runs of the steps, added up, in seconds."""
        return sum(step.fastest for step in self.steps)

    @property
    def peak(self) -> int:
        """The highest mark of the process, in bytes."""
        return max(step.peak for step in self.steps)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Report:
        raw = json.loads(text)
        steps = (Step(**{**step, "seconds": tuple(step["seconds"])}) for step in raw["steps"])
        return cls(steps=tuple(steps), facts=raw["facts"])


def ask(job: Job) -> Report:
    """Run a job in a fresh process. Raises TaskFailedError if it ends without a report."""
    done = subprocess.run(  # noqa: S603 - our own script, by this interpreter
        [sys.executable, str(CHILD)],
        # What is measured is machine code, however few companies there are.
        env={KERNELS: "compiled", **os.environ},
        input=json.dumps(asdict(job)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode < 0:
        raise TaskFailedError(f"{job.task} was ended by signal {-done.returncode} (out of memory?)")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise TaskFailedError(f"{job.task} failed: {last}")
    return Report.from_json(done.stdout.splitlines()[-1])


def peak_bytes() -> int:
    """The most memory this process has had resident so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MARK_UNIT


def measure(name: str, work: Callable[[], Made], *, repeats: int = 1) -> tuple[Made, Step]:
    """Run work and time it; again until ``repeats`` runs or 20 seconds are full.

    Returns what the last run made, and the step. Before each repeat the former result is let go.
    """
    before = peak_bytes()
    began = time.perf_counter()
    made = work()
    seconds = [time.perf_counter() - began]
    peak = peak_bytes()
    while len(seconds) < repeats and sum(seconds) + seconds[0] < ENOUGH_SECONDS:
        del made
        began = time.perf_counter()
        made = work()
        seconds.append(time.perf_counter() - began)
    return made, Step(name=name, seconds=tuple(seconds), before=before, peak=peak)

"""What the figures were measured on, in a line or two."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

__all__ = ["Machine", "load", "this_machine"]

LIBRARIES = ("trustgraph", "numpy", "polars", "numba", "scipy", "networkx", "igraph")


@dataclass(frozen=True, slots=True)
class Machine:
    """Processor, cores this process may use, memory in bytes, load, versions.

    ``load`` is how many processes wanted a core in the minute before: clearly above zero at the
    start, or above the number of cores at the end, something else was running.
    """

    processor: str
    cores: int
    memory: int
    load: float
    system: str
    python: str
    libraries: dict[str, str]


def this_machine() -> Machine:
    """Look at the machine that runs this."""
    return Machine(
        processor=_processor(),
        cores=_cores(),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        load=load(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        libraries={name: version(name) for name in LIBRARIES},
    )


def load() -> float:
    """Processes that wanted a core, on average over the last minute."""
    return os.getloadavg()[0]


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"

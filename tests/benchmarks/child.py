"""The other end of ``harness.ask``: reads a job, does it, answers on the last line of stdout."""

from __future__ import annotations

import importlib
import json
import sys

from harness import Job

# Imported one at a time: a rival's process must not carry our libraries, nor ours theirs.
HOMES = {
    "generate": ("stages", "generate"),
    "import": ("stages", "import_tables"),
    "open": ("stages", "opening"),
    "exposure": ("stages", "exposure"),
    "consequences": ("answers", "consequences"),
    "control": ("answers", "control"),
    "score": ("answers", "score"),
    "in_memory": ("answers", "in_memory"),
    "questions": ("answers", "questions"),
    "access": ("access", "access"),
    "networkx": ("rivals", "rival_networkx"),
    "igraph": ("rivals", "rival_igraph"),
    "scipy": ("rivals", "rival_scipy"),
}


def main() -> None:
    job = Job(**json.loads(sys.stdin.read()))
    module, name = HOMES[job.task]
    report = getattr(importlib.import_module(module), name)(job)
    sys.stdout.write(report.to_json() + "\n")


if __name__ == "__main__":
    main()

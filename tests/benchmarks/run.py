"""Benchmarks: ``python tests/benchmarks/run.py [--companies N] [--json FILE]``.

Generates a register, measures every stage of the pipeline on it, sets networkx, igraph and scipy
beside it on the same graph in the same run, and fits how time grows with size. Prints one table;
nothing passes or fails. Meant to be run on a machine that does nothing else meanwhile.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench import RIVALS, Bench, Growth, Plan, growth, growth_sizes, nation, run_bench
from harness import TaskFailedError
from machine import Machine, this_machine
from table import lines_of


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--companies", type=_size, default=100_000, metavar="N|nation")
    parser.add_argument(
        "--growth", type=_count, default=0, metavar="N", help="measure growth up to so many"
    )
    parser.add_argument(
        "--repeats", type=_count, default=5, metavar="N", help="runs of what is short (5)"
    )
    parser.add_argument(
        "--rivals",
        default=",".join(RIVALS),
        metavar="A,B",
        help="which to set beside ours; networkx needs the most memory by far",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    parser.add_argument(
        "--work",
        type=Path,
        metavar="DIR",
        help="where the files in between go (a temporary folder)",
    )
    chosen = parser.parse_args(argv)
    chosen.rivals = tuple(name for name in chosen.rivals.split(",") if name)
    if unknown := set(chosen.rivals) - set(RIVALS):
        parser.error(f"no such rival: {', '.join(sorted(unknown))}; there are {', '.join(RIVALS)}")
    return chosen


def _size(text: str) -> int | None:
    return None if text == "nation" else _count(text)


def _count(text: str) -> int:
    number = int(text.replace("_", ""))
    if number < 1:
        raise argparse.ArgumentTypeError("give 1 or more")
    return number


def _plan(chosen: argparse.Namespace) -> Plan:
    if chosen.companies is None:
        return nation(chosen.repeats, chosen.rivals)
    return Plan(
        companies=chosen.companies,
        race_at=chosen.companies,
        growth=growth_sizes(chosen.companies, chosen.growth),
        repeats=chosen.repeats,
        rivals=chosen.rivals,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print, write. Returns the exit code: 1 where a stage of ours failed."""
    chosen = arguments(argv)
    plan = _plan(chosen)
    machine = this_machine()
    with tempfile.TemporaryDirectory(prefix="trustgraph-bench-", dir=chosen.work) as folder:
        try:
            bench = run_bench(plan, work=Path(folder), tell=_tell)
            growths = growth(plan, bench, work=Path(folder), tell=_tell)
        except TaskFailedError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    sys.stdout.writelines(f"{line}\n" for line in lines_of(machine, bench, growths))
    if chosen.json is not None:
        text = json.dumps(_figures(machine, bench, growths), ensure_ascii=False, indent=1)
        chosen.json.write_text(text + "\n", encoding="utf-8")
    return 0


def _tell(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def _figures(machine: Machine, bench: Bench, growths: Sequence[Growth]) -> dict[str, object]:
    return {
        "machine": asdict(machine),
        "bench": asdict(bench),
        "growth": [asdict(found) for found in growths],
    }


if __name__ == "__main__":
    raise SystemExit(main())

"""The one table that is printed: ours, rivals, ratios, growth, and what the figures mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from bench import RIVALS, Bench, Growth, Race, exponent
from harness import Report, Step
from machine import Machine, load

__all__ = ["OURS", "lines_of"]

MB = 1e6
WIDTHS = (34, 10, 6, 9, 8)

OURS = (
    ("generate", 0, "generate", ""),
    ("import", 0, "import", "per relationship {array_bytes:.0f} bytes, on disk {disk_bytes:.0f}"),
    ("open", 0, "open the register", ""),
    ("open", 1, "records as of the day", "{counting:,} records count"),
    ("exposure", 0, "exposure graph", "{entries:,} entries of {graph_bytes:.0f} bytes"),
    ("exposure", 1, "exposure kernel, 1 thread", "{walks:,} walks, {lines:,} lines with chains"),
    ("exposure", 2, "exposure kernel, 2 threads", "the same lines"),
    ("consequences", 0, "consequences", "{consequences:,} consequences"),
    ("control", 0, "ownership as of the day", "{stakes:,} stakes, {rings:,} rings"),
    ("control", 1, "controllers, 2 threads", "{answers:,} answers; rings up to {largest_ring}"),
    (
        "score",
        0,
        "score, all of it, to a run",
        "{ledger_lines:,} ledger lines, {megabytes:,.1f} MB",
    ),
    ("in_memory", 0, "the same from tables in memory", "{scored:,} scored, nothing written"),
    ("questions", 0, "open the run for questions", ""),
    ("questions", 1, "explain one entity at random", "the slowest took {worst_explain:.3f} s"),
    ("questions", 2, "chain between two near ones", "the slowest took {worst_chain:.3f} s"),
)
"""Stage, step in its report, how the row reads, what it made (of the stage's own facts)."""

RATIOS = {
    "whole": "whole",
    "asked": "asked",
    "answer": "answer",
    "memory": "memory",
    "asked memory": "memory_asked",
}
"""How the table calls the parts of a ``Ratio``."""

NOTES = (
    "Seconds are wall time, the median of so many runs. Peak is the most memory the process had",
    "resident (ru_maxrss), interpreter, libraries and inputs included; `before` is that mark when",
    "the clock started, so where both are equal the step needed no more than its inputs did.",
    "Every stage and every rival runs in a fresh process; compiled code comes from its cache.",
    "Not the same question: a rival gives one blended number per entity, from which no record can",
    "be taken out again; ours gives a line for every record and entity it reaches, with its chain,",
    "and stops at the pack's max_hops and smallest line, where PageRank runs over the whole graph.",
    "Not the same reading: import checks every row of four tables, a rival takes the columns it",
    "needs as they are. Ratios take our kernel on one thread, as the rivals run on one; polars",
    "reads on all cores for all. Ratios and growth take the fastest run of each, which a busy",
    "machine disturbs least; growth fits seconds to a power of the number of relationships.",
    "Compare ratios between machines, never seconds.",
)


def lines_of(machine: Machine, bench: Bench, growths: Sequence[Growth]) -> Iterator[str]:
    """The table, line by line."""
    yield from _machine(machine)
    yield ""
    yield (
        "{entities:,} entities, {relationships:,} relationships, {records:,} records, "
        "{consultations:,} consultations; {megabytes:,.1f} MB of Parquet"
    ).format(**bench.ours["generate"].facts)
    yield _row(f"{bench.companies:,} companies", "seconds", "runs", "peak MB", "before", "made")
    yield from (
        _step_row(words, bench.ours[stage].steps[place], made.format(**bench.ours[stage].facts))
        for stage, place, words, made in OURS
        if stage in bench.ours
    )
    yield (
        f"The kernel on one thread touches {bench.access:.0%} of the lines of memory that reads at "
        "random reach"
    )
    yield ""
    yield from _race_rows(bench.race)
    yield ""
    yield from _growth_rows(growths)
    yield ""
    yield from NOTES


def _race_rows(race: Race) -> Iterator[str]:
    words = f"PageRank, {race.companies:,} companies"
    yield _row(words, "seconds", "runs", "peak MB", "before", "made")
    for rival in RIVALS:
        if rival in race.rivals:
            yield from _rival_rows(rival, race.rivals[rival], race)
        elif rival in race.failed:
            yield f"{rival}: {race.failed[rival]}"
    if race.rivals:
        yield f"their vectors lie at most {race.apart:.1e} apart (L1; each sums to 1)"
    yield ""
    yield "times ours".ljust(18) + "".join(name.rjust(12) for name in RATIOS)
    for ratio in race.ratios:
        cells = (getattr(ratio, name) for name in RATIOS.values())
        yield ratio.rival.ljust(18) + "".join(f"{cell:.2f}".rjust(12) for cell in cells)
    if race.ratios:
        yield "whole: from Parquet; asked: our register is there, they read and build again;"
        yield "answer: their run, our kernel; memory: the peak of whole, and of asked;"
        yield "above 1 they take more"


def _machine(machine: Machine) -> Iterator[str]:
    if machine.load > machine.cores / 2:
        yield "Something else was running: do not quote these times, nor ratios of times."
    yield (
        f"{machine.processor}, {machine.cores} cores, {machine.memory / 2**30:.0f} GiB, "
        f"{machine.system}, load {machine.load:.1f} before and {load():.1f} after"
    )
    versions = ", ".join(f"{name} {number}" for name, number in machine.libraries.items())
    yield f"Python {machine.python}, {versions}"


def _row(name: str, *cells: str) -> str:
    text = name.ljust(WIDTHS[0])
    for cell, width in zip(cells[:4], WIDTHS[1:], strict=True):
        text += cell.rjust(width)
    return f"{text}  {cells[4]}".rstrip()


def _step_row(name: str, step: Step, made: str) -> str:
    return _row(
        name,
        _seconds(step.median),
        str(len(step.seconds)),
        f"{step.peak / MB:,.0f}",
        f"{step.before / MB:,.0f}",
        made,
    )


def _seconds(value: float) -> str:
    return f"{value:,.1f}" if value >= 100 else f"{value:.4f}" if value < 0.1 else f"{value:.3f}"


def _rival_rows(rival: str, report: Report, race: Race) -> Iterator[str]:
    sources = race.ours["open"].facts["sources"]
    made = ("", f"{report.facts['edges']:,} edges", f"one vector, restart at {sources:,} entities")
    for step, words in zip(report.steps, made, strict=True):
        yield _step_row(f"{rival}: {step.name}", step, words)


def _growth_rows(growths: Sequence[Growth]) -> Iterator[str]:
    names = ("imported", "exposure", "control", "score")
    head = "growth: companies".rjust(18) + "relationships".rjust(16)
    yield head + "".join(name.rjust(11) for name in names)
    for found in growths:
        cells = "".join(_seconds(getattr(found, name)).rjust(11) for name in names)
        yield f"{found.companies:,}".rjust(18) + f"{found.relationships:,}".rjust(16) + cells
    sizes = [found.relationships for found in growths]
    fits = [exponent(sizes, [getattr(found, name) for found in growths]) for name in names]
    yield "exponent".ljust(34) + "".join(_fit(fit).rjust(11) for fit in fits)


def _fit(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"

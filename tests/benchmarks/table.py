"""The one table that is printed: ours, rivals, ratios, growth, and what the figures mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from bench import RIVALS, Bench, Growth, exponent
from harness import Report, Step
from machine import Machine, load

__all__ = ["OURS", "lines_of"]

MB = 1e6
WIDTHS = (34, 10, 6, 9, 8)

OURS = (
    ("generate", 0, "generate", ""),
    ("read", 0, "read and check four tables", "{rejected:,} rows rejected"),
    ("compile", 0, "compile", "per relationship {array_bytes:.0f} bytes, on disk {disk_bytes:.0f}"),
    ("graph", 0, "open the compiled register", ""),
    ("graph", 1, "records as of the day", "{counting:,} records count"),
    ("graph", 2, "exposure graph", "{in_force:,} in force, {graph_bytes:.0f} bytes each"),
    ("exposure", 0, "exposure kernel, 1 thread", "{walks:,} walks, {lines:,} lines with chains"),
    ("exposure", 1, "exposure kernel, 2 threads", "the same lines"),
    ("consequences", 0, "consequences", "{consequences:,} consequences"),
    ("control", 0, "ownership as of the day", "{stakes:,} stakes, {rings:,} rings"),
    ("control", 1, "controllers, 2 threads", "{answers:,} answers; rings up to {largest_ring}"),
    ("score", 0, "score_register whole, 2 threads", "{ledger_lines:,} ledger lines"),
    ("write", 0, "write the run", "{megabytes:,.1f} MB"),
    ("questions", 0, "open the run for questions", ""),
    ("questions", 1, "explain one entity", "of the least trusted companies"),
    ("questions", 2, "chain between two entities", "in every channel of the pack"),
)
"""Stage, step in its report, how the row reads, what it made (of the stage's own facts)."""

NOTES = (
    "Seconds are wall time, the median of so many runs. Peak is the most memory the process had",
    "resident (ru_maxrss), interpreter, libraries and inputs included; `before` is that mark when",
    "the clock started, so where both are equal the step needed no more than its inputs did.",
    "Every stage and every rival runs in a fresh process; compiled code comes from its cache.",
    "Not the same question: a rival gives one blended number per entity, from which no record can",
    "be taken out again; ours gives a line for every record and entity it reaches, with its chain,",
    "and stops at the pack's max_hops and smallest line, where PageRank runs over the whole graph.",
    "Not the same reading: ours checks every row of four tables, a rival takes the columns it",
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
    )
    yield ""
    yield _row("personalised PageRank", "seconds", "runs", "peak MB", "before", "made")
    for rival in RIVALS:
        if rival in bench.rivals:
            yield from _rival_rows(rival, bench.rivals[rival], bench)
        elif rival in bench.failed:
            yield f"{rival}: {bench.failed[rival]}"
    if bench.rivals:
        yield f"their vectors lie at most {bench.apart:.1e} apart (L1; each sums to 1)"
    yield ""
    yield _row("times ours", "whole", "", "memory", "answer", "")
    for ratio in bench.ratios:
        yield _row(
            ratio.rival, f"{ratio.whole:.2f}", "", f"{ratio.memory:.2f}", f"{ratio.answer:.2f}", ""
        )
    if bench.ratios:
        yield "whole: from Parquet; answer: their run, our kernel; above 1 they take more"
    yield ""
    yield from _growth_rows(growths)
    yield ""
    yield from NOTES


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


def _rival_rows(rival: str, report: Report, bench: Bench) -> Iterator[str]:
    sources = bench.ours["graph"].facts["sources"]
    made = ("", f"{report.facts['edges']:,} edges", f"one vector, restart at {sources:,} entities")
    for step, words in zip(report.steps, made, strict=True):
        yield _step_row(f"{rival}: {step.name}", step, words)


def _growth_rows(growths: Sequence[Growth]) -> Iterator[str]:
    names = ("read", "compile", "graph", "exposure", "control")
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

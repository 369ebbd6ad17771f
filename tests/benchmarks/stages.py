"""Our stages from files to the exposure lines; each function runs in a process of its own.

What a stage needs is read from the work folder before its clock starts (see ``corpus``).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from access import counting, lines_touched
from corpus import AS_OF, PACK, array_bytes, folder_bytes, opened, use_all
from harness import Job, Report, measure

import trustgraph as tg
from trustgraph.exposure import (
    ExposureGraph,
    exposure_graph,
    exposure_lines,
    rows_walked,
    step_table,
)
from trustgraph.exposure.lines import group_records
from trustgraph.policy import Policy, read_policy
from trustgraph.records.as_of import RecordState, records_as_of
from trustgraph.register import Register, day_number
from trustgraph.schema import MICRO

__all__ = ["exposure", "generate", "import_tables", "opening"]


def generate(job: Job) -> Report:
    """Write an invented register of so many companies as Parquet."""
    out = Path(job.work, "input")
    made, step = measure(
        "generate",
        lambda: tg.generate(
            out, companies=job.companies, known=job.known, as_of=AS_OF, overwrite=True
        ),
    )
    use_all(read_policy(PACK))  # leaves compiled code in its cache for all who come after
    return Report(
        (step,),
        {
            "entities": made.entities,
            "relationships": made.relationships,
            "records": made.records,
            "consultations": made.consultations,
            "megabytes": folder_bytes(out) / 1e6,
        },
    )


def import_tables(job: Job) -> Report:
    """Read the four tables, check every row, write the compiled register."""
    work = Path(job.work)
    use_all(read_policy(PACK))
    made, step = measure(
        "import",
        lambda: tg.import_register(work / "input", work / "register", overwrite=True),
        repeats=job.repeats,
    )
    register = tg.open_register(work / "register")
    count = len(register.relationships)
    arrays = array_bytes(register.relationships) + array_bytes(register.adjacency)
    return Report(
        (step,),
        {
            "entities": len(register),
            "relationships": count,
            "rejected": made.rejected_rows,
            "array_bytes": arrays / max(1, count),
            "disk_bytes": folder_bytes(work / "register") / max(1, count),
        },
    )


def opening(job: Job) -> Report:
    """Open the register; weigh its records. Hands the rivals their sources."""
    policy = read_policy(PACK)
    folder = Path(job.work, "register")
    register, opened_in = measure("open", lambda: tg.open_register(folder), repeats=job.repeats)
    record_state, weighing = measure(
        "record-states", lambda: records_as_of(register, policy, as_of=AS_OF), repeats=job.repeats
    )
    sources = _sources(register, record_state)
    sources.write_parquet(Path(job.work, "sources.parquet"))
    facts = {"counting": int(record_state.counts.sum()), "sources": sources.height}
    return Report((opened_in, weighing), facts)


def exposure(job: Job) -> Report:
    """The graph of what walks pass, then the strongest chain from every record to whom it reaches.

    The kernel on one thread, then on ``threads``, in one process: more threads never need less.
    """
    register, policy = opened(job)
    use_all(policy)
    record_state = records_as_of(register, policy, as_of=AS_OF)
    graph, linking = measure(
        "graph", lambda: _graph(register, policy, record_state), repeats=job.repeats
    )
    steps, lines = [linking], 0
    with counting() as found_by:
        exposure_lines(register, graph, policy, record_state, threads=1)
    for threads in sorted({1, job.threads}):
        found, step = measure(
            f"exposure on {threads}",
            partial(exposure_lines, register, graph, policy, record_state, threads=threads),
            repeats=job.repeats,
        )
        steps.append(step)
        lines = len(found)
        del found
    walks = len(group_records(register, record_state, step_table(policy)))
    in_force = int(register.relationships.in_force(day_number(AS_OF)).sum())
    return Report(
        tuple(steps),
        {
            "walks": walks,
            "lines": lines,
            "in_force": in_force,
            "touched": lines_touched(**found_by),
            "entries": len(graph.neighbour),
            "graph_bytes": array_bytes(graph) / max(1, len(graph.neighbour)),
        },
    )


def _graph(register: Register, policy: Policy, record_state: RecordState) -> ExposureGraph:
    walking = np.unique(register.records.entity[record_state.counts])
    rows = rows_walked(register, policy, walking)
    return exposure_graph(register, policy, as_of=AS_OF, rows=rows)


def _sources(register: Register, record_state: RecordState) -> pl.DataFrame:
    """Entities with a counting black record, and the points it costs them."""
    listed = np.flatnonzero(record_state.black & (record_state.micro < 0))
    points = np.zeros(len(register))
    np.add.at(points, register.records.entity[listed], -record_state.micro[listed] / MICRO)
    sources = np.flatnonzero(points)
    ids = register.ids.gather(sources)
    return pl.DataFrame({"entity": ids, "points": points[sources]})

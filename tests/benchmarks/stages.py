"""Our stages from files to the graph; each function runs in a process of its own.

What a stage needs is read from the work folder before its clock starts, and what the next stage
needs is written after the clock has stopped (see ``corpus``).
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import polars as pl
from corpus import AS_OF, PACK, array_bytes, folder_bytes, saved_tables, use_all
from harness import Job, Report, measure

import trustgraph as tg
from trustgraph.exposure import exposure_graph
from trustgraph.policy import read_policy
from trustgraph.register import Register, compile_register, day_number
from trustgraph.schema import MICRO
from trustgraph.standing import Standing, standing_of
from trustgraph.store import open_register, save_register
from trustgraph.tables import Tables

__all__ = ["compile_tables", "generate", "graph", "read"]


def generate(job: Job) -> Report:
    """Write an invented register of so many companies as Parquet."""
    out = Path(job.work, "input")
    made, step = measure(
        "generate",
        lambda: tg.generate(out, companies=job.companies, as_of=AS_OF, overwrite=True),
        repeats=job.repeats,
    )
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


def read(job: Job) -> Report:
    """Read the four tables and check every row."""
    work = Path(job.work)
    tables, step = measure("read", lambda: tg.read_tables(work / "input"), repeats=job.repeats)
    (work / "tables").mkdir(exist_ok=True)
    for part in fields(Tables):
        getattr(tables, part.name).write_parquet(work / "tables" / f"{part.name}.parquet")
    return Report((step,), {"rejected": tables.rejected_rows, "flagged": tables.flagged.height})


def compile_tables(job: Job) -> Report:
    """Compile checked tables into a register, in memory."""
    tables = saved_tables(job)
    register, step = measure("compile", lambda: compile_register(tables), repeats=job.repeats)
    folder = Path(job.work, "register")
    folder.mkdir(exist_ok=True)
    save_register(register, folder)
    count = len(register.relationships)
    arrays = array_bytes(register.relationships) + array_bytes(register.adjacency)
    return Report(
        (step,),
        {
            "entities": len(register),
            "relationships": count,
            "records": len(register.records),
            "array_bytes": arrays / count,
            "disk_bytes": folder_bytes(folder) / count,
        },
    )


def graph(job: Job) -> Report:
    """Open the register; weigh its records; keep what is in force on the day.

    Three steps in one process, each larger than the one before, so that no mark hides another.
    Hands the rivals their sources, and leaves the compiled code of the kernel in its cache.
    """
    folder, policy = Path(job.work, "register"), read_policy(PACK)
    register, opening = measure("open", lambda: open_register(folder), repeats=job.repeats)
    standing, weighing = measure(
        "standing", lambda: standing_of(register, policy, as_of=AS_OF), repeats=job.repeats
    )
    made, linking = measure(
        "graph", lambda: exposure_graph(register, policy, as_of=AS_OF), repeats=job.repeats
    )
    in_force = int(register.relationships.in_force(day_number(AS_OF)).sum())
    sources = _sources(register, standing)
    sources.write_parquet(Path(job.work, "sources.parquet"))
    use_all(policy)
    return Report(
        (opening, weighing, linking),
        {
            "counting": int(standing.counts.sum()),
            "sources": sources.height,
            "in_force": in_force,
            "graph_bytes": array_bytes(made) / max(1, in_force),
        },
    )


def _sources(register: Register, standing: Standing) -> pl.DataFrame:
    """Entities with a counting black record, and the points it costs them."""
    listed = np.flatnonzero(standing.black & (standing.micro < 0))
    points = np.zeros(len(register))
    np.add.at(points, register.records.entity[listed], -standing.micro[listed] / MICRO)
    sources = np.flatnonzero(points)
    ids = register.ids.gather(sources)
    return pl.DataFrame({"entity": ids, "points": points[sources]})

"""Results put in order and written as a run's tables; lines of what was found, in their words.

Spark sorts by entity across all parts and writes what it has sorted; then workers turn each part
into a file of the very types that a local run has. A part holds some consecutive entities.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from trustgraph.engines.spark.stages import Stages
from trustgraph.engines.spark.tables import REPEATED_LINE, SHARED_LINE, TWICE_LINE
from trustgraph.ingest.bulk.sources import Input
from trustgraph.register.rows import PART_ROWS
from trustgraph.runs.run import GROUP_ROWS
from trustgraph.tables.checks import SAID_TWICE
from trustgraph.tables.shared_codes import SHARED
from trustgraph.tables.sheet import REPEATED, findings, shortened

__all__ = ["CONTROL_SCHEMA", "found_lines", "write_table"]

_MICROS: Final = ("own_micro", "exposure_micro", "exposure_cap_micro", "clamp_micro")
_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "scores": {
        **dict.fromkeys(("entity", "name", "kind"), pl.String),
        "score_micro": pl.Int64,
        "score": pl.Float64,
        **dict.fromkeys(("grade", "grade_reason", "grade_by"), pl.String),
        "verdicts": pl.List(pl.String),
        "coverage": pl.Float64,
        **dict.fromkeys(_MICROS, pl.Int64),
        "lines": pl.Int64,
    },
    "ledger": {
        **dict.fromkeys(("entity", "line", "record"), pl.String),
        "micro": pl.Int64,
        "reach": pl.Float64,
        "hops": pl.UInt8,
        "chain": pl.List(pl.String),
        "note": pl.String,
    },
    "consequences": {
        **dict.fromkeys(("entity", "rule", "record", "force", "effect", "status"), pl.String),
        "legal_basis": pl.String,
        "chain": pl.List(pl.String),
        "detail": pl.String,
    },
}
CONTROL_SCHEMA: Final[dict[str, Any]] = {
    **dict.fromkeys(("entity", "owner"), pl.String),
    **dict.fromkeys(("integrated_low", "integrated_high"), pl.Float64),
    **dict.fromkeys(("cascade", "controller", "beneficial_owner", "basis"), pl.String),
    "chain": pl.List(pl.String),
}
"""Columns of the control table, which is written without rows where a pack asks for no control."""


def _order(name: str) -> list[Column]:
    """How the rows of one entity follow one another; see ``trustgraph.scoring.ledger``."""
    record = sf.col("record").asc_nulls_last()
    if name == "ledger":
        heavy = sf.abs("micro").desc()
        return [sf.col("place"), heavy, sf.col("origin").asc_nulls_last(), record]
    if name == "consequences":
        return [sf.col("rule"), sf.col("origin"), record, sf.col("chain")]
    return []


@dataclass(frozen=True, slots=True)
class _Part:
    path: Path
    out: Path
    name: str


def write_table(stages: Stages, name: str, rows: DataFrame, *, about: int) -> int:
    """Put a table's rows in order and write its parts; returns how many rows there are.

    ``about`` is how many rows are expected, which says how many parts are made.
    """
    step = f"written-{name}"
    done = stages.work.found(step)
    if done is not None:
        return int(done["rows"])
    count = max(1, -(-about // PART_ROWS))
    placed = rows.repartitionByRange(count, "entity") if count > 1 else rows.coalesce(1)
    stages.kept(
        f"sorted-{name}",
        lambda: placed.sortWithinPartitions("entity", *_order(name)),
        words=f"sorting {name}",
    )
    stages.tell(f"writing {name}", 0, 1)
    folder = stages.work.whole / f"{name}.parquet"
    folder.mkdir(exist_ok=True)
    # In order of their numbers, which begin their names; and those are in order of the entities.
    made = sorted(stages.path(f"sorted-{name}").glob("part-*.parquet"))
    parts = [_Part(path, folder / f"{n:05}.parquet", name) for n, path in enumerate(made)]
    context = stages.session.sparkContext
    heights = context.parallelize(parts, max(1, len(parts))).map(_write_part).collect()
    for part, height in zip(parts, heights, strict=True):
        if not height and part is not parts[0]:
            part.out.unlink()
    for left in folder.glob(".*"):  # by attempts that were killed
        left.unlink()
    if not parts:
        pl.DataFrame(schema=_SCHEMAS[name]).write_parquet(folder / "00000.parquet")
    stages.tell(f"writing {name}", 1, 1)
    return int(stages.work.finish(step, rows=sum(heights))["rows"])


def _write_part(part: _Part) -> int:
    """Runs on a worker: a sorted part as a file of a run, with the types of a local one."""
    schema = _SCHEMAS[part.name]
    frame = pl.read_parquet(part.path, glob=False, hive_partitioning=False)
    frame = frame.select(*schema).cast(pl.Schema(schema))
    # Another attempt may be writing the same part: both are right, and the last one stands.
    beside = part.out.with_name(f".{part.out.name}.{uuid.uuid4().hex}")
    frame.write_parquet(beside, row_group_size=GROUP_ROWS)
    beside.replace(part.out)
    return frame.height


def found_lines(stages: Stages, source: Input, lines: DataFrame, which: str) -> pl.DataFrame:
    """The lines of ``rejected`` or ``flagged`` of a table, in the order of its rows.

    They are read here, in the driver: it needs memory for as many lines as there are.
    """
    name = f"{source.table}-{which}"
    stages.kept(
        name,
        lambda: (
            lines.filter(sf.col("which") == which)
            .select("place", "pos", "column", "value", "reason", "first")
            .coalesce(1)
            .sortWithinPartitions("place", "pos")
        ),
    )
    parts = sorted(stages.path(name).glob("part-*.parquet"))
    frames = [pl.read_parquet(part, glob=False, hive_partitioning=False) for part in parts]
    if not sum(frame.height for frame in frames):
        return findings([])
    rows = pl.concat(frames)
    every = pl.int_range(rows.height, eager=True).to_numpy()
    told = source.origins(rows["place"].to_numpy()).of(every)
    first = source.origins(rows["first"].fill_null(0).to_numpy()).of(every)
    said = pl.col("reason")
    reason = (
        pl.when(said == REPEATED_LINE)
        .then(pl.format("row {} of {} " + REPEATED, "row_first", "file_first"))
        .when(said == TWICE_LINE)
        .then(pl.format(SAID_TWICE, "row_first", "file_first"))
        .when(said == SHARED_LINE)
        .then(pl.format(SHARED, "row_first", "file_first"))
        .otherwise(said)
        .alias("reason")
    )
    beside = first.rename({"file": "file_first", "row": "row_first"})
    whole = pl.concat([told, rows.drop("first"), beside], how="horizontal")
    return whole.select("file", "row", "column", shortened("value"), reason)

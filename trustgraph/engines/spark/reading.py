"""The input of a Spark job: its files found, its rows checked by workers, its stages' schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import polars as pl
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
)

from trustgraph.engines.spark.pieces import SCHEMAS, Piece, check_piece, pieces_of
from trustgraph.engines.spark.stages import Stages
from trustgraph.errors import InputError, UsageError
from trustgraph.ingest.bulk.findings import Lines
from trustgraph.ingest.bulk.sources import Input, inputs_of
from trustgraph.reading.folder import Source, sources_of
from trustgraph.storage import Work, is_register

__all__ = ["checked_rows", "find_inputs", "parquet_sources"]

_PLAIN: Final[dict[Any, DataType]] = {
    pl.String: StringType(),
    pl.Boolean: BooleanType(),
    pl.Int32: IntegerType(),
    pl.Int64: LongType(),
    pl.Float64: DoubleType(),
}


def parquet_sources(path: Path) -> list[Source]:
    """The Parquet files of each table. Raises InputError, UsageError saying what to do instead."""
    if is_register(path):
        raise UsageError(
            "this is a register, which lies on one machine; Spark reads tables",
            where=path,
            hint="leave out --engine spark, or give the folder of tables it was imported from",
        )
    sources = sources_of(path)
    files = [file for source in sources for file in source.files]
    others = [file for file in files if not file.name.lower().endswith(".parquet")]
    if others:
        raise UsageError(
            f"Spark reads Parquet, and {others[0].relative_to(path)} is none",
            where=path,
            hint="save the tables as Parquet (polars: pl.scan_csv(…, infer_schema=False)"
            ".sink_parquet(…)), or leave out --engine spark",
        )
    return sources


def find_inputs(path: Path, sources: list[Source], work: Work) -> dict[str, Input]:
    """All tables with their columns, files and rows; raises InputError naming wrong headers."""
    # Only text would have lines or progress here, and there is none.
    return inputs_of(path, sources, work, Lines(work), lambda _name, _done, _total: None)


def checked_rows(stages: Stages, source: Input) -> tuple[DataFrame, int, int]:
    """The rows of a table, each checked by itself; how many there are, and how many have an id.

    Raises InputError where a file cannot be read.
    """
    table = source.table
    folder = stages.work.scratch / f"{table}-rows"
    step = f"{table}-checked"
    words = f"checking {table}"
    done = stages.work.found(step)
    if done is None:
        stages.tell(words, 0, 1)
        folder.mkdir(exist_ok=True)
        pl.DataFrame(schema=SCHEMAS[table]).write_parquet(folder / "none.parquet")
        missing = [piece for piece in pieces_of(source, folder) if not piece.out.exists()]
        if missing:
            context = stages.session.sparkContext
            problems = context.parallelize(missing, len(missing)).map(_checked).collect()
            for problem in filter(None, problems):
                raise InputError(problem)
        rows = stages.read(folder, _schema(table))
        given = sf.count("id") if "id" in SCHEMAS[table] else sf.lit(0)
        counted = rows.agg(sf.count("place"), given).first()
        assert counted is not None  # an aggregate of all rows is one row
        done = stages.work.finish(step, rows=counted[0], ids=counted[1])
        stages.tell(words, 1, 1)
    return stages.read(folder, _schema(table)), done["rows"], done["ids"]


def _checked(piece: Piece) -> str | None:
    """Runs on a worker: what makes a piece unreadable, None where it was written."""
    try:
        check_piece(piece)
    except InputError as error:
        return str(error)
    return None


def _schema(table: str) -> StructType:
    return StructType([StructField(name, _type(kind)) for name, kind in SCHEMAS[table].items()])


def _type(kind: Any) -> DataType:
    if isinstance(kind, pl.List):
        return ArrayType(_type(kind.inner))
    if isinstance(kind, pl.Struct):
        return StructType([StructField(one.name, _type(one.dtype)) for one in kind.fields])
    return _PLAIN[kind]

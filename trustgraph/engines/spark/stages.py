"""Stages kept as Parquet beside the destination: lineage is cut, and nothing is done twice."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from trustgraph.errors import UsageError
from trustgraph.storage import Work

__all__ = ["ROWS_A_PARTITION", "Stages", "check_path", "size_shuffles"]

ROWS_A_PARTITION: Final = 1 << 19
"""Rows that a shuffle partition is sized for; adaptive execution joins those that stay small."""

_GLOB: Final = frozenset("*?[]{}\\")


def check_path(path: Path) -> None:
    """Raise UsageError for a path that Spark would read as a pattern of several."""
    if _GLOB & set(str(path.absolute())):
        raise UsageError(
            "Spark takes a path with any of * ? [ ] { } \\ for a pattern",
            where=path,
            hint="give a path without them",
        )


def size_shuffles(session: SparkSession, rows: int) -> None:
    """Set how many partitions a shuffle has, unless whoever runs the cluster has said so."""
    context = session.sparkContext
    if not context.getConf().contains("spark.sql.shuffle.partitions"):
        wanted = max(2 * context.defaultParallelism, -(-rows // ROWS_A_PARTITION))
        session.conf.set("spark.sql.shuffle.partitions", str(wanted))


@dataclass(frozen=True, slots=True)
class Stages:
    """What one job needs at every step: its session, its folder, and whom to tell.

    ``work`` lies on a path that the driver and all workers share; a stage that stands in its
    journal is read from there.
    """

    session: SparkSession
    work: Work
    tell: Callable[[str, int, int], None]

    def path(self, name: str) -> Path:
        """Where the files of a stage lie."""
        done = self.work.found(name)
        return self.work.scratch / (name if done is None else done["folder"])

    def kept(self, name: str, make: Callable[[], DataFrame], *, words: str = "") -> DataFrame:
        """The frame of a stage: as it was kept, else made, written and read again."""
        done = self.work.found(name)
        if done is None:
            if words:
                self.tell(words, 0, 1)
            made = make()
            # A folder of its own for every attempt: tasks of a driver that was killed may live on
            # for a moment, and what they still write is nobody's.
            folder = f"{name}.{uuid.uuid4().hex[:12]}"
            made.write.parquet(_uri(self.work.scratch / folder))
            schema = json.loads(made.schema.json())
            done = self.work.finish(name, folder=folder, schema=schema)
            if words:
                self.tell(words, 1, 1)
        return self.read(self.path(name), StructType.fromJson(done["schema"]))

    def read(self, folder: Path, schema: StructType) -> DataFrame:
        """A folder of Parquet files, which may be empty of rows."""
        return self.session.read.schema(schema).parquet(_uri(folder))

    def told(self, name: str, make: Callable[[], Any]) -> Any:
        """A small finding, kept in the journal: what JSON can hold."""
        done = self.work.found(name)
        if done is None:
            done = self.work.finish(name, found=make())
        return done["found"]

    def small(self, rows: Sequence[tuple[Any, ...]], schema: str) -> DataFrame:
        """A frame of a few rows that are known here, to be sent to every worker.

        They are part of the query itself: no job and no Python is needed to bring them there.
        Floats arrive as they are: the shortest text that means them is read back exactly.
        """
        names = [field.strip().split(" ")[0] for field in schema.split(",")]
        text = json.dumps([dict(zip(names, row, strict=True)) for row in rows])
        query = f"SELECT inline(from_json(:rows, 'array<struct<{_typed(schema)}>>'))"
        return self.session.sql(query, args={"rows": text}).hint("broadcast")


def _typed(schema: str) -> str:
    """A list of columns, ``a int, b string``, as the fields of a struct."""
    return ", ".join(field.strip().replace(" ", ":", 1) for field in schema.split(","))


def _uri(path: Path) -> str:
    return f"file://{path.absolute()}"

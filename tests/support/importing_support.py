"""What tests of registers on disk share: small sizes, messy folders, processes to be killed."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import numpy as np
import polars as pl
from oracle import World
from places import SUPPORT
from polars.testing import assert_frame_equal, assert_series_equal

from trustgraph.register import Register

# Sizes at which a dozen rows make several batches, buckets, parts and blocks.
SMALL = {
    "trustgraph.ingest.bulk.sources.BATCH_ROWS": 7,
    "trustgraph.ingest.bulk.sources.PIECE_ROWS": 3,
    "trustgraph.ingest.bulk.text_staging.PIECE_ROWS": 3,
    "trustgraph.ingest.bulk.external_sort.BUCKET_ROWS": 4,
    "trustgraph.ingest.bulk.external_sort.SAMPLED": 2,
    "trustgraph.ingest.bulk.row_parts.PART_ROWS": 5,
    "trustgraph.register.compile.PART_ROWS": 5,
    "trustgraph.storage.mapped_rows.PART_ROWS": 5,
    "trustgraph.ingest.update.lookup.PART_ROWS": 5,
    "trustgraph.ingest.update.merge_writer.PART_ROWS": 5,
    "trustgraph.ingest.update.merge_writer.CHUNK": 3,
    "trustgraph.ingest.update.merge_writer.MANY_BATCHES": 2,
    "trustgraph.register.adjacency.BLOCK_ENTRIES": 6,
    "trustgraph.scoring.evaluation.PART_ROWS": 5,
    "trustgraph.runs.run.PART_ROWS": 5,
    "trustgraph.ownership.control.TARGETS": 2,
    "trustgraph.ownership.stake_checks.BLOCK_ENTITIES": 3,
    "trustgraph.legal.exclusions.START_BLOCK": 2,
    "trustgraph.comparison.outcome.SPAN_ENTITIES": 3,
    "trustgraph.runs.since.differences.SPAN_RELATIONSHIPS": 4,
}


@contextmanager
def small_sizes(times: int = 1) -> Iterator[None]:
    """Everything that is done by the million, done by the handful, or by some handfuls."""
    patches = [mock.patch(name, times * size) for name, size in SMALL.items()]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()


CODES = ["91350100M000100Y43", "91110000600037341L", "no code"]
CHILD = """
import sys
sys.path.insert(0, {tests!r})
from importing_support import small_sizes
from trustgraph.cli.main import main
{before}
print("ready", flush=True)
with small_sizes({scale}):
    sys.exit(main(sys.argv[1:]))
"""
SCALE = 30
"""Times the small sizes, in processes: enough steps to be killed between."""


def start(*arguments: str | Path, before: str = "") -> subprocess.Popen[str]:
    """The command line with small sizes, in a process that has said that it is ready."""
    code = CHILD.format(tests=str(SUPPORT), scale=SCALE, before=before)
    process = subprocess.Popen(  # noqa: S603  # our own interpreter and code
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """How a process ended, and what it said on stderr."""
    _, said = process.communicate(timeout=120)
    return process.returncode, said


def messy_rows(rng: Random, world: World) -> dict[str, list[dict[str, Any]]]:
    """A world's rows as text, with everything that can be wrong with rows, now and then."""

    def said(value: Any) -> str:
        return "" if value is None else str(value)

    def spoilt(row: dict[str, Any], columns: list[str]) -> dict[str, Any]:
        if rng.random() < 0.15:
            row = {**row, rng.choice(columns): rng.choice(["", "nonsense", "2026-02-30", " ", "9"])}
        return row

    entities = [
        spoilt(
            {
                "id": name if rng.random() < 0.9 else f" {name} ",
                "kind": row["kind"],
                "name": row["name"],
                "region": rng.choice(["", "330106", "310000"]),
                "uscc": rng.choice(["", "", "", *CODES]),
                "status": rng.choice(["", "active", "revoked", "dissolved"]),
                "note": rng.choice(["", "*", "x" * rng.randint(1, 9)]),
            },
            ["id", "kind", "name"],
        )
        for name, row in world.entities.items()
    ]
    relationships = [
        spoilt(
            {
                "id": rng.choice(["", "", f"k{number}", f"k{number % 3}"]),
                **{
                    name: said(row.get(name))
                    for name in (
                        *("source", "target", "kind", "share", "share_min", "share_max"),
                        *("confidence", "start", "end"),
                    )
                },
                "remark": rng.choice(["", "", "seen"]),
            },
            ["source", "target", "kind", "share", "start"],
        )
        for number, row in enumerate(world.relationships)
    ]
    records = [
        spoilt({name: said(value) for name, value in row.items()}, ["id", "entity", "decided_on"])
        for row in world.records
    ]
    consultations = [
        spoilt(
            {
                "source": rng.choice(["court", "tax", "elsewhere"]),
                "consulted_on": rng.choice(["2026-01-05", "2026-06-01"]),
                "entity": rng.choice(["", *world.entities]),
            },
            ["source", "consulted_on", "entity"],
        )
        for _ in range(rng.randint(0, 6))
    ]
    rows = {
        "entities": entities,
        "relationships": relationships,
        "records": records,
        "consultations": consultations,
    }
    for table in rows.values():
        if table:  # said twice, word for word or but for one thing
            table += [spoilt(rng.choice(table), list(table[0])) for _ in range(rng.randint(0, 3))]
        rng.shuffle(table)
    return rows


def write_folder(
    rng: Random, folder: Path, rows: dict[str, list[dict[str, Any]]], form: str
) -> None:
    """Write rows as CSV or Parquet, whole or in parts; a table without rows may have no file."""
    for table, every in rows.items():
        if not every:
            continue
        parts = rng.randint(1, 3)
        cuts = sorted(rng.randint(0, len(every)) for _ in range(parts - 1))
        spans = zip([0, *cuts], [*cuts, len(every)], strict=True)
        for number, (low, high) in enumerate(spans):
            name = table if parts == 1 else f"{table}-{number}"
            path = folder / f"{name}.{form}"
            if form == "csv":
                with path.open("w", newline="", encoding="utf-8") as file:
                    writer = csv.DictWriter(file, list(every[0]))
                    writer.writeheader()
                    writer.writerows(every[low:high])
                    if rng.random() < 0.2:
                        file.write("one cell too few\n")
            else:
                frame = pl.DataFrame(every[low:high], schema=dict.fromkeys(every[0], pl.String))
                frame.write_parquet(path)


def assert_same_register(found: Register, expected: Register) -> None:
    """To the last bit, but for words that no row uses and where words stand in their list."""
    assert found.digest == expected.digest
    assert len(found) == len(expected)
    every = np.arange(len(expected))
    assert_series_equal(found.ids.gather(every), expected.ids.gather(every))
    np.testing.assert_array_equal(found.kind, expected.kind)
    for part in ("relationships", "adjacency", "records", "traits", "consultations"):
        one, other = getattr(found, part), getattr(expected, part)
        for field in fields(one):
            _assert_same(field.name, getattr(one, field.name), getattr(other, field.name))
    types = [
        [register.records.types[code] for code in register.records.type_code]
        for register in (found, expected)
    ]
    assert types[0] == types[1]
    for name in ("entities", "relationship_rows"):
        rows, same = getattr(found, name), getattr(expected, name)
        assert_frame_equal(rows.slice(0, len(rows)), same.slice(0, len(same)))
    rows, same = found.records.rows, expected.records.rows
    assert_frame_equal(rows.slice(0, len(rows)), same.slice(0, len(same)))
    for name in ("relationship_origins", "record_origins"):
        one, other = getattr(found, name), getattr(expected, name)
        numbers = np.arange(len(one.place))
        assert_frame_equal(one.of(numbers), other.of(numbers))


def _assert_same(name: str, one: Any, other: Any) -> None:
    if name in ("types", "type_code", "rows"):
        return
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, name
        np.testing.assert_array_equal(one, other, name)
    else:
        said = [[c.word(row) for row in range(len(c.code))] for c in (one, other)]
        assert said[0] == said[1], name

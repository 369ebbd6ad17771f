"""Text turned into Parquet, piece by piece: only whoever has read it knows where its rows are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from trustgraph.ingest.bulk.findings import Lines
from trustgraph.reading.decoding import blocks_in, detect_encoding
from trustgraph.reading.delimited import DelimitedPieces
from trustgraph.storage import Work
from trustgraph.tables.sheet import FILE

__all__ = ["StagedText", "staged_text"]

PIECE_ROWS: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class StagedText:
    """A text file as Parquet files with their rows, the number of its last row, how it is written.

    ``unreadable`` counts the rows that were rejected on the way.
    """

    pieces: tuple[tuple[Path, int], ...]
    last: int
    unreadable: int
    encoding: str
    delimiter: str


def staged_text(
    work: Work,
    lines: Lines,
    table: str,
    at: str,
    file: Path,
    name: str,
    tell: Callable[[str, int, int], None],
) -> StagedText:
    """Turn a file into Parquet in the scratch folder, going on behind what was turned before.

    ``at`` begins the names of what is made of this file. Raises InputError.
    """
    begun = work.found(f"{at}/text") or work.finish(
        f"{at}/text", encoding=detect_encoding(file, name=name)
    )
    pieces: list[tuple[Path, int]] = []
    start = None
    done = unreadable = 0

    def keep(rows: int) -> None:
        if rows:
            pieces.append((work.scratch / f"{at}-text-{done:05}.parquet", rows))

    while (found := work.found(f"{at}/text/{done:05}")) is not None:
        start = tuple(found["position"])
        keep(found["rows"])
        unreadable += found["unreadable"]
        done += 1
    end = work.found(f"{at}/text/end")
    if end is not None:
        return StagedText(tuple(pieces), **end)
    source = DelimitedPieces(file, name=name, encoding=begun["encoding"], start=start)
    total = blocks_in(file)
    tell(f"reading {name}", 0, total)
    for frames, rejected in _gathered(source):
        step = f"{at}/text/{done:05}"
        rows = sum(frame.height for frame in frames)
        if rows:
            whole = pl.concat(frames).drop(FILE)
            work.write(f"{at}-text-{done:05}.parquet", whole)
        told = pl.concat(rejected)
        lines.add(f"reading-{table}", "rejected", step, told)
        work.finish(step, position=source.position, rows=rows, unreadable=told.height)
        unreadable += told.height
        keep(rows)
        done += 1
        tell(f"reading {name}", min(source.position[0], total - 1), total)
    tell(f"reading {name}", total, total)
    end = work.finish(
        f"{at}/text/end",
        last=source.rows_seen,
        unreadable=unreadable,
        encoding=begun["encoding"],
        delimiter=source.delimiter,
    )
    return StagedText(tuple(pieces), **end)


def _gathered(
    source: DelimitedPieces,
) -> Iterator[tuple[list[pl.DataFrame], list[pl.DataFrame]]]:
    frames: list[pl.DataFrame] = []
    rejected: list[pl.DataFrame] = []
    rows = 0
    for frame, lines in source:
        frames.append(frame)
        rejected.append(lines)
        rows += frame.height + lines.height
        if rows >= PIECE_ROWS:
            yield frames, rejected
            frames, rejected, rows = [], [], 0
    if frames:
        yield frames, rejected

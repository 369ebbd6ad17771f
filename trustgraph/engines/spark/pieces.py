"""What workers do to the rows of the input: read a piece, check every row by itself, write it.

These functions run in the Python of a worker, on the very readers and checks that an import uses,
so that a row is rejected here for the same reason as there. What they write to the shared path has
one name per piece and appears whole, so that a piece done twice (after a worker was lost, or on
speculation) is the same piece.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from trustgraph.ingest.bulk.sources import PIECE_ROWS, PLACE, Batch, Input
from trustgraph.policy import ground_key
from trustgraph.register.columns import kind_codes, record_arrays, relationship_arrays, trait_words
from trustgraph.register.rows import FrameRows
from trustgraph.schema import KIND_CODES
from trustgraph.tables.checks import check_entity_rows, check_record_rows, check_relationship_rows
from trustgraph.tables.shared_codes import CODES, own_codes
from trustgraph.tables.sheet import (
    AT,
    FILE,
    ROW,
    Sheet,
    flagged_lines,
    lines_of,
    open_sheet,
    rejected_lines,
)

__all__ = ["SCHEMAS", "Piece", "check_piece", "header_lines", "pieces_of"]

_LINE: Final = pl.Struct({"column": pl.String, "value": pl.String, "reason": pl.String})
_FOUND: Final = {
    "place": pl.Int64,
    "bad": pl.Boolean,
    "rejected": pl.List(_LINE),
    "flagged": pl.List(_LINE),
}
SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "entities": {
        **dict.fromkeys(("id", "kind", "name"), pl.String),
        **dict.fromkeys(("status", "region", "jurisdiction"), pl.String),
        **dict.fromkeys(("industry", "legal_form"), pl.String),
        "identified": pl.Boolean,
        **{f"own_{name}": pl.String for name in CODES},
        **_FOUND,
    },
    "relationships": {
        **dict.fromkeys(("id", "source", "target", "raw_source", "raw_target"), pl.String),
        "kind": pl.Int32,
        **dict.fromkeys(("given", "given_min", "given_max", "confidence"), pl.Float64),
        **dict.fromkeys(("share", "low", "high", "start", "end"), pl.Int32),
        **_FOUND,
    },
    "records": {
        **dict.fromkeys(("id", "entity", "raw_entity", "type"), pl.String),
        **dict.fromkeys(("decided_on", "ends_on", "repaired_on"), pl.Int32),
        "withdrawn": pl.Boolean,
        "ground": pl.String,
        "amount": pl.Float64,
        **_FOUND,
    },
    "consultations": {
        **dict.fromkeys(("source", "entity", "raw_entity"), pl.String),
        "consulted_on": pl.Int32,
        **_FOUND,
    },
}
"""Columns of checked rows by table: days as day numbers, shares as billionths, kinds as codes.

``place`` tells the rows of a table apart in the order of the input; ``raw_…`` is how a value was
written where that differs; ``rejected`` and ``flagged`` are null where there is nothing to say.
"""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a table, and where they go once they are checked."""

    source: Input
    batch: Batch
    out: Path


def pieces_of(source: Input, folder: Path) -> list[Piece]:
    """A table cut into pieces of a size that one worker has in memory without noticing."""
    pieces: list[Piece] = []
    group: list[Any] = []
    every = [piece for batch in source.batches for piece in batch.pieces]
    for place, piece in enumerate(every):
        group.append(piece)
        rows = sum(one.count for one in group)
        ahead = every[place + 1].count if place + 1 < len(every) else PIECE_ROWS
        if rows + ahead > PIECE_ROWS:
            number = len(pieces)
            batch = Batch(number, tuple(group))
            pieces.append(Piece(source, batch, folder / f"{number:06}.parquet"))
            group = []
    return pieces


def check_piece(piece: Piece) -> None:
    """Check the rows of a piece and write them. Raises InputError where a file cannot be read."""
    raw = piece.source.read(piece.batch)
    sheet = open_sheet(piece.source.table, raw.drop(PLACE))
    rows = _CHECKED[piece.source.table](sheet).with_columns(
        place=raw[PLACE],
        bad=sheet.bad,
        rejected=_by_row(sheet, rejected_lines(sheet, places=True)),
        flagged=_by_row(sheet, flagged_lines(sheet, places=True).filter(pl.col(AT) >= 0)),
    )
    schema = SCHEMAS[piece.source.table]
    rows = rows.select(*schema).cast(pl.Schema(schema))
    # Another attempt may be writing the same piece: both are right, and the last one stands.
    beside = piece.out.with_name(f".{piece.out.name}.{uuid.uuid4().hex}")
    rows.write_parquet(beside, compression="snappy")
    os.replace(beside, piece.out)  # noqa: PTH105  # atomic, over what may be there


def header_lines(source: Input) -> pl.DataFrame:
    """Lines for ``flagged``: columns that no contract has and one may have meant."""
    raw = pl.DataFrame(schema={**source.schema, FILE: pl.String(), ROW: pl.Int64()})
    return flagged_lines(open_sheet(source.table, raw, source.holders))


def _by_row(sheet: Sheet, lines: pl.DataFrame) -> pl.Series:
    """The lines of each row of a sheet as a list, null where there are none."""
    line = pl.struct("column", "value", "reason")
    found = lines.group_by(AT, maintain_order=True).agg(line=line)
    places = pl.DataFrame({AT: pl.int_range(sheet.raw.height, dtype=pl.Int64, eager=True)})
    listed = places.join(found, on=AT, how="left", maintain_order="left")["line"]
    return listed.cast(pl.List(_LINE))


def _raw(sheet: Sheet, column: str) -> pl.Series:
    """How a value was written, as a finding shows it, where that is not how it was read."""
    every = pl.repeat(True, sheet.raw.height, eager=True, dtype=pl.Boolean)
    shown = lines_of(sheet.raw, every, column, "")["value"]
    differs = shown.ne_missing(sheet.frame[column])
    return pl.select(pl.when(differs).then(shown)).to_series()


def _entities(sheet: Sheet) -> pl.DataFrame:
    check_entity_rows(sheet)
    return sheet.frame.select("id", "kind", "name").with_columns(
        trait_words(sheet.frame).get_columns(),
        **{f"own_{name}": sheet.frame.select(own_codes(name)).to_series() for name in CODES},
    )


def _relationships(sheet: Sheet) -> pl.DataFrame:
    check_relationship_rows(sheet)
    frame = sheet.frame
    known = frame["kind"].is_in(list(KIND_CODES)).fill_null(value=False)
    # A row of no known kind is rejected, and what is made of it below is never looked at.
    named = pl.when(known).then(frame["kind"]).otherwise(pl.lit("branch"))
    codes = kind_codes(pl.select(named).to_series())
    bounded = {
        name: pl.when(pl.col(name).is_between(0, 1)).then(name)
        for name in ("share", "share_min", "share_max")
    }
    numbered = frame.with_columns(
        codes, __source=pl.lit(0, pl.Int32), __target=pl.lit(0, pl.Int32), **bounded
    )
    arrays = relationship_arrays(numbered)
    return frame.select(
        "id",
        "source",
        "target",
        _raw(sheet, "source").alias("raw_source"),
        _raw(sheet, "target").alias("raw_target"),
        codes.alias("kind"),
        "confidence",
        given="share",
        given_min="share_min",
        given_max="share_max",
        share=pl.Series(arrays.share),
        low=pl.Series(arrays.share_low),
        high=pl.Series(arrays.share_high),
        start=pl.Series(arrays.start),
        end=pl.Series(arrays.end),
    )


def _records(sheet: Sheet) -> pl.DataFrame:
    check_record_rows(sheet)
    frame = sheet.frame
    types = frame["type"].drop_nulls().unique().sort().to_list()
    # A row without a type or a decision is rejected, whatever is made of it here.
    whole = frame.with_columns(
        pl.col("decided_on").fill_null(pl.date(1970, 1, 1)), __entity=pl.lit(0, pl.Int32)
    )
    arrays = record_arrays(whole, types, FrameRows(frame))
    return frame.select(
        "id",
        "entity",
        _raw(sheet, "entity").alias("raw_entity"),
        "type",
        decided_on=pl.Series(arrays.decided_on),
        ends_on=pl.Series(arrays.ends_on),
        repaired_on=pl.Series(arrays.repaired_on),
        withdrawn=pl.Series(arrays.withdrawn),
        ground=_ground_keys(frame["ground"]),
        amount="amount",
    )


def _ground_keys(grounds: pl.Series) -> pl.Series:
    """Grounds as terms are found by them; none is the empty one."""
    keys = {ground: ground_key(ground) for ground in grounds.drop_nulls().unique()}
    return grounds.replace_strict(keys, default=None, return_dtype=pl.String).fill_null("")


def _consultations(sheet: Sheet) -> pl.DataFrame:
    return sheet.frame.select(
        "source",
        "entity",
        _raw(sheet, "entity").alias("raw_entity"),
        consulted_on=pl.col("consulted_on").to_physical(),
    )


_CHECKED: Final[dict[str, Callable[[Sheet], pl.DataFrame]]] = {
    "entities": _entities,
    "relationships": _relationships,
    "records": _records,
    "consultations": _consultations,
}

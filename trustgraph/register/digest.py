"""What a register was made of, as one number.

Each table is digested in parts of ``PART_ROWS`` rows, in the register's own order, and the digest
is made of those of the parts: so it can be had from tables in memory as well as piece by piece.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import polars as pl

__all__ = ["digest_of", "part_digest"]


def digest_of(parts: Iterable[str]) -> str:
    """SHA-256 over the digests of all parts of all tables, in their order."""
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def part_digest(frame: pl.DataFrame) -> str:
    """SHA-256 of the columns' names and values; of a column without any values, of its name.

    Relationships and consultations have their ends as numbers here; numbers are of 64 bits.
    """
    digest = hashlib.sha256()
    for name in frame.columns:
        digest.update(f"\x1d{name}\x1d{frame.height}\x1d".encode())
        _digest_column(digest, frame[name])
    return digest.hexdigest()


def _digest_column(digest: hashlib._Hash, column: pl.Series) -> None:
    if column.null_count() == len(column):
        return
    if column.dtype.is_numeric() or column.dtype in (pl.Date, pl.Boolean):
        values = column.to_physical().fill_null(0).cast(pl.Float64)
        digest.update(values.to_numpy().tobytes())
        digest.update(column.is_null().to_numpy().tobytes())
    else:
        text = column.cast(pl.String).fill_null("\x00")
        digest.update(text.str.len_bytes().to_numpy().tobytes())
        digest.update(text.str.join("").item().encode())

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
    there = [name for name in frame.columns if frame[name].null_count() < frame.height]
    plain = {name for name in there if _is_plain(frame.schema[name])}
    texts = [name for name in there if name not in plain]
    # All columns at once: asking one by one takes longer than what is asked where rows are few.
    values = frame.select(
        *(_numbers(name).alias(f"{name}\x1d0") for name in plain),
        *(pl.col(name).is_null().alias(f"{name}\x1d1") for name in plain),
        *(_text(name).str.len_bytes().alias(f"{name}\x1d0") for name in texts),
    )
    joined = frame.select(_text(name).str.join("").alias(name) for name in texts)
    digest = hashlib.sha256()
    for name in frame.columns:
        digest.update(f"\x1d{name}\x1d{frame.height}\x1d".encode())
        if name in there:
            digest.update(values[f"{name}\x1d0"].to_numpy().tobytes())
        if name in plain:
            digest.update(values[f"{name}\x1d1"].to_numpy().tobytes())
        elif name in there:
            digest.update(joined[name].item().encode())
    return digest.hexdigest()


def _is_plain(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or dtype in (pl.Date, pl.Boolean)


def _numbers(name: str) -> pl.Expr:
    return pl.col(name).to_physical().fill_null(0).cast(pl.Float64)


def _text(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).fill_null("\x00")

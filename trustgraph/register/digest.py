"""What a register was made of, as one number."""

from __future__ import annotations

import hashlib
from typing import Final

import polars as pl

from trustgraph.register.model import Relationships

__all__ = ["digest_of"]

_DIGEST_ROWS: Final = 1_000_000


def digest_of(relationships: Relationships, *frames: pl.DataFrame) -> str:
    """SHA-256 of the content: relationship ends as numbers, all other columns as they are."""
    digest = hashlib.sha256()
    for array in (relationships.source, relationships.target, relationships.kind):
        digest.update(array.tobytes())
    for frame in frames:
        for name in frame.columns:
            digest.update(f"\x1d{name}\x1d{frame.height}\x1d".encode())
            for piece in frame[name].to_frame().iter_slices(_DIGEST_ROWS):
                _digest_column(digest, piece[name])
    return digest.hexdigest()


def _digest_column(digest: hashlib._Hash, column: pl.Series) -> None:
    if column.null_count() == len(column):
        return
    if column.dtype.is_numeric() or column.dtype in (pl.Date, pl.Boolean):
        values = column.to_physical().fill_null(0).cast(pl.Float64)
        digest.update(values.to_numpy().tobytes())
        digest.update(column.is_null().to_numpy().tobytes())
    else:
        digest.update(column.cast(pl.String).fill_null("\x00").str.join("\x1f").item().encode())

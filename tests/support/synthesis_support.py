"""What the tests of the generator share: a generated register read back, and its words."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from trustgraph.synthesis import GeneratedRegister

AS_OF = dt.date(2026, 6, 30)
COMPANIES = 50_000
TABLES = ("entities", "relationships", "records", "consultations")
NATIVE = pl.col("jurisdiction") == "CN"
STORY = r"^(\d{8}TG\d{6}|999800TG\d{8}|[A-Z]+-TG\d{6})"
"""Ids of planted stories."""


@dataclass(frozen=True)
class Generated:
    """A generated register, read back."""

    summary: GeneratedRegister
    entities: pl.DataFrame
    relationships: pl.DataFrame
    records: pl.DataFrame
    consultations: pl.DataFrame

    @property
    def ordinary(self) -> pl.DataFrame:
        """The companies of no story."""
        return self.entities.filter(
            (pl.col("kind") == "company") & ~pl.col("id").str.contains(STORY)
        )

    def of_kind(self, kind: str) -> pl.DataFrame:
        """The relationships of one kind."""
        return self.relationships.filter(kind=kind)


def read(folder: Path, table: str) -> pl.DataFrame:
    return pl.read_parquet(folder / table / "*.parquet")


def read_back(summary: GeneratedRegister) -> Generated:
    return Generated(summary, *(read(summary.path, table) for table in TABLES))


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }

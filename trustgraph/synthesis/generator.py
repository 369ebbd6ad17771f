"""The whole register, block after block, in bounded memory."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from trustgraph.errors import UsageError
from trustgraph.synthesis.chance import Chance
from trustgraph.synthesis.population import World
from trustgraph.synthesis.staff import MOST_EMPLOYEES
from trustgraph.synthesis.stage import Story
from trustgraph.synthesis.stories import plant_stories
from trustgraph.synthesis.tables import block_tables
from trustgraph.synthesis.writer import Format, Writer, folder_in_making, write_stories

__all__ = ["GeneratedRegister", "generate"]

_BLOCK: Final = 50_000  # decides the cut into part files and memory, never the content
_MOST: Final = 500_000_000  # branch indices stay below 2^32: eight for each company
_EPOCH: Final = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class GeneratedRegister:
    """What was generated: where, from which parameters, how many rows of what."""

    path: Path
    companies: int
    seed: int
    as_of: dt.date
    entities: int
    relationships: int
    records: int
    consultations: int
    by_kind: dict[str, int]
    stories: tuple[Story, ...]


def generate(
    out: str | Path,
    *,
    companies: int,
    seed: int = 1,
    as_of: dt.date = dt.date(2026, 6, 30),
    format: Format = "parquet",  # noqa: A002 - the word of the command line
    progress: Callable[[int, int], None] | None = None,
    overwrite: bool = False,
    record_share: float = 0.03,
    known: float = 1.0,
    employees: float = 0.0,
) -> GeneratedRegister:
    """Write an invented register of so many companies, with planted stories, into a folder.

    The folder gets ``entities``, ``relationships``, ``records`` and ``consultations`` (Parquet
    part files, or one CSV file each), ``stories.json`` and ``stories.md``. The same parameters
    give the same bytes. The companies of the stories come on top of ``companies``.
    ``record_share`` is the share of companies with a negative record, ``known`` the share of
    directors, supervisors, managers and suppliers that the register knows of, ``employees`` how
    many persons a company employs on average beside those who act for it. ``progress`` is called
    with (blocks done, blocks in all). Memory does not grow with ``companies``.

    Raises UsageError for parameters out of range and where ``out`` is not free.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     register = generate(Path(folder) / "tiny", companies=10)
    >>> len(register.stories), register.by_kind["person"] > 10
    (10, True)
    """
    if not 1 <= companies <= _MOST:
        raise UsageError(f"the number of companies must be 1 to {_MOST:,}: {companies}")
    if not 0.0 <= record_share <= 1.0:
        raise UsageError(f"the share of companies with records must be 0 to 1: {record_share}")
    if not 0.0 <= known <= 1.0:
        raise UsageError(f"the share of known relationships must be 0 to 1: {known}")
    if not 0.0 <= employees <= MOST_EMPLOYEES:
        raise UsageError(f"employees must be 0 to {MOST_EMPLOYEES:g} a company: {employees}")
    if format not in ("parquet", "csv"):
        raise UsageError(f"unknown format: {format}", hint="Say parquet or csv.")
    world = World(companies, Chance(seed), (as_of - _EPOCH).days, record_share, known, employees)
    stories, planted = plant_stories(as_of)
    blocks = -(-companies // _BLOCK)
    rows: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    with folder_in_making(Path(out), overwrite=overwrite) as folder:
        writer = Writer(folder, format)
        for block in range(blocks + 1):
            tables = planted if block == blocks else _block(world, block)
            writer.write(tables, block)
            rows.update({name: frame.height for name, frame in tables.items()})
            kinds.update(_kinds(tables["entities"]))
            if progress is not None:
                progress(block + 1, blocks + 1)
        facts = {
            "companies": companies,
            "seed": seed,
            "as_of": as_of.isoformat(),
            "record_share": record_share,
            **({"known": known} if known < 1.0 else {}),
            **({"employees": employees} if employees > 0.0 else {}),
            "rows": dict(rows),
            "entities_by_kind": dict(sorted(kinds.items())),
        }
        write_stories(folder, stories, facts)
    return GeneratedRegister(
        path=Path(out),
        companies=companies,
        seed=seed,
        as_of=as_of,
        entities=rows["entities"],
        relationships=rows["relationships"],
        records=rows["records"],
        consultations=rows["consultations"],
        by_kind=dict(sorted(kinds.items())),
        stories=stories,
    )


def _block(world: World, block: int) -> dict[str, pl.DataFrame]:
    return block_tables(world, block * _BLOCK, min((block + 1) * _BLOCK, world.companies))


def _kinds(entities: pl.DataFrame) -> dict[str, int]:
    counts = entities["kind"].value_counts()
    return dict(zip(counts["kind"].to_list(), counts["count"].to_list(), strict=True))

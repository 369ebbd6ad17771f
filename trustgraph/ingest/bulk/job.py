"""An import from its input to the register: which step follows which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.errors import RejectedRowsError
from trustgraph.ingest.bulk.adjacency import write_adjacency
from trustgraph.ingest.bulk.checking import is_read
from trustgraph.ingest.bulk.dictionaries import words_of
from trustgraph.ingest.bulk.entities import entity_words, read_entities, sort_entities
from trustgraph.ingest.bulk.findings import Lines
from trustgraph.ingest.bulk.id_table import ends_of
from trustgraph.ingest.bulk.mapped import import_mapped
from trustgraph.ingest.bulk.ordered_writer import digests_of, height_of
from trustgraph.ingest.bulk.records import (
    read_consultations,
    read_records,
    sort_consultations,
    sort_records,
)
from trustgraph.ingest.bulk.relationships import read_relationships, sort_relationships
from trustgraph.ingest.bulk.sources import Input, fingerprint_of, inputs_of, report_on
from trustgraph.reading.folder import absent_lines, sources_of
from trustgraph.register.digest import digest_of
from trustgraph.storage import (
    REGISTER_MANIFEST,
    MappedIds,
    Work,
    check_apart,
    stored_rows,
    working,
    write_findings,
    write_input_report,
    write_mark,
    write_origins,
    write_words,
)
from trustgraph.tables.tables import rejection_words, rows_of_lines

__all__ = ["TABLES", "Imported", "import_register"]

Stage = Callable[[str, int, int], None]
TABLES: Final = ("entities", "relationships", "records", "consultations")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import has made: how many rows of each table stand, how many were found wanting."""

    path: Path
    digest: str
    entities: int
    relationships: int
    records: int
    consultations: int
    rejected_rows: int
    flagged_rows: int


def import_register(
    source: str | Path,
    out: str | Path,
    *,
    mapping: str | Path | None = None,
    strict: bool = False,
    overwrite: bool = False,
    stage: Stage | None = None,
) -> Imported:
    """Turn a folder of tables into a register on disk, whole or not there at all.

    Tables of any size: memory follows the batches, not the tables. What was done when the process
    ended, however it ended, is not done again by the next import of the same files to the same
    place. Tables of another shape (``mapping``) are held in memory, and begun anew. Raises
    InputError, MappingError, UsageError; with ``strict``, RejectedRowsError if any row was
    rejected.
    """
    source, out = Path(source), Path(out)
    check_apart(out, source, mapping)
    tell = stage or (lambda _name, _done, _total: None)
    if mapping is not None:
        register, tables = import_mapped(
            source, Path(mapping), out, strict=strict, overwrite=overwrite, tell=tell
        )
        return Imported(
            path=out,
            digest=register.digest,
            entities=len(register),
            relationships=len(register.relationships),
            records=len(register.records),
            consultations=len(register.consultations.entity),
            rejected_rows=tables.rejected_rows,
            flagged_rows=rows_of_lines(tables.flagged),
        )
    sources = sources_of(source)
    fingerprint = fingerprint_of(source, sources)
    with working(out, fingerprint, manifest=REGISTER_MANIFEST, overwrite=overwrite) as work:
        lines = Lines(work)
        lines.add("absent", "flagged", "tables", absent_lines(source, sources))
        inputs = inputs_of(source, sources, work, lines, tell)
        read_entities(work, inputs["entities"], lines, tell)
        sort_entities(work, inputs["entities"], lines, tell)
        _read_others(work, inputs, lines, tell)
        rejected = lines.rejected()
        if strict and rejected.height:
            raise RejectedRowsError(
                rejection_words(rejected), where=source, hint="mend the rows or leave out --strict"
            )
        made = _finish(work, inputs, rejected, lines.flagged(), tell)
    return Imported(out, **made)


def _read_others(work: Work, inputs: dict[str, Input], lines: Lines, tell: Stage) -> None:
    """All that names entities: the table of their ids is in memory for as long as it takes."""
    relationships, records, consultations = (inputs[name] for name in TABLES[1:])
    if not all(is_read(work, table) for table in (relationships, records, consultations)):
        ends = ends_of(work)
        kind = np.load(work.whole / "kind.npy", mmap_mode="r", allow_pickle=False)
        read_relationships(work, relationships, ends, kind, lines, tell)
        read_records(work, records, ends, lines, tell)
        read_consultations(work, consultations, ends, lines, tell)
        del ends
    work.drop("*-hash-*.npy")
    ids = _ids(work)
    sort_relationships(work, relationships, ids, lines, tell)
    sort_records(work, records, lines, tell)
    sort_consultations(work, consultations, tell)
    write_adjacency(work, len(ids), tell)


def _ids(work: Work) -> MappedIds:
    arrays = (
        np.load(work.whole / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        for name in ("id-offsets", "id-text")
    )
    offsets, text = map(np.asarray, arrays)
    return MappedIds(offsets, text, stored_rows(work.whole, "entities", len(offsets) - 1))


def _finish(
    work: Work,
    inputs: dict[str, Input],
    rejected: pl.DataFrame,
    flagged: pl.DataFrame,
    tell: Stage,
) -> dict[str, Any]:
    """Write what is told by all tables together, and the mark that makes it a register."""
    tell("finishing", 0, 1)
    folder = work.whole
    words = {
        f"trait-{name}": found for name, found in entity_words(work, inputs["entities"]).items()
    }
    words["consultation-source"] = words_of(work, inputs["consultations"], ["source"])["source"]
    write_words(folder, words)
    origins = {}
    for name, table in (("relationship", "relationships"), ("record", "records")):
        place = np.load(folder / f"{name}-place.npy", mmap_mode="r", allow_pickle=False)
        origins[name] = inputs[table].origins(place)
    write_origins(folder, origins)
    write_findings(rejected, folder / "rejected.csv")
    write_findings(flagged, folder / "flagged.csv")
    write_input_report(report_on(inputs, rejected), folder)
    digest = digest_of(digest for table in TABLES for digest in digests_of(work, table))
    types = words_of(work, inputs["records"], ["type"])["type"]
    heights = {name: height_of(work, name) for name in TABLES}
    write_mark(folder, digest=digest, types=types, heights=heights)
    tell("finishing", 1, 1)
    return {
        "digest": digest,
        **heights,
        "rejected_rows": rows_of_lines(rejected),
        "flagged_rows": rows_of_lines(flagged),
    }

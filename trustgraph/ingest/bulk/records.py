"""Records and consultations: each named by its entity, put into order, written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import polars as pl
import polars.selectors as cs

from trustgraph.ingest.bulk.checking import (
    BAD,
    Check,
    Tell,
    add_header_lines,
    add_lines,
    content_of,
    empty_rows,
    follow,
    rows_of,
)
from trustgraph.ingest.bulk.dictionaries import keep_words, words_of
from trustgraph.ingest.bulk.duplicate_ids import find_repeated_ids, id_spill, without_repeated
from trustgraph.ingest.bulk.external_sort import Spill
from trustgraph.ingest.bulk.findings import Lines
from trustgraph.ingest.bulk.id_table import Ends
from trustgraph.ingest.bulk.ordered_writer import Growing
from trustgraph.ingest.bulk.sources import PLACE, Batch, Input
from trustgraph.parallel import in_order
from trustgraph.register.columns import (
    SORTED_CONSULTATIONS,
    SORTED_RECORDS,
    consultation_arrays,
    record_arrays,
)
from trustgraph.register.rows import FrameRows
from trustgraph.storage import Work
from trustgraph.tables.checks import check_record_rows, reject_ends
from trustgraph.tables.sheet import Sheet, open_sheet

__all__ = ["read_consultations", "read_records", "sort_consultations", "sort_records"]

_RECORDS: Final[dict[str, Any]] = {
    "entity": np.int32,
    "type_code": np.int32,
    "decided_on": np.int32,
    "ends_on": np.int32,
    "repaired_on": np.int32,
    "withdrawn": np.bool_,
    "amount": np.float64,
}
_CONSULTATIONS: Final[dict[str, Any]] = {
    "consultation-source": np.uint32,
    "consultation-entity": np.int32,
    "consultation-day": np.int32,
}


def read_records(work: Work, source: Input, ends: Ends, lines: Lines, tell: Tell) -> None:
    """Check every record by itself and number its entity, and spill it by that."""
    _read(work, source, ends, lines, tell, check=check_record_rows, word="type")


def read_consultations(work: Work, source: Input, ends: Ends, lines: Lines, tell: Tell) -> None:
    """The same for consultations; one for all entities has the number -1."""
    _read(work, source, ends, lines, tell, check=_check_nothing, word="source")


def _check_nothing(_sheet: Sheet) -> None:
    """A consultation has nothing beyond its columns."""


def _read(
    work: Work,
    source: Input,
    ends: Ends,
    lines: Lines,
    tell: Tell,
    *,
    check: Check,
    word: str,
) -> None:
    content = content_of(source)
    add_header_lines(lines, source)
    spill, ids = _spill(work, source), id_spill(work, source.table)

    def read(batch: Batch) -> int:
        step = f"{source.table}/read/{batch.number:05}"
        if work.found(step) is None:
            raw = source.read(batch)
            sheet = open_sheet(source.table, raw.drop(PLACE))
            check(sheet)
            number = ends.numbers(sheet.frame["entity"])
            unknown = pl.Series(number < 0)
            if unknown.any():
                reject_ends(sheet, "entity", unknown, ends.were_refused(sheet.frame["entity"]))
            add_lines(lines, step, sheet, raw[PLACE])
            rows = rows_of(sheet, raw[PLACE], content).with_columns(__entity=pl.Series(number))
            if "id" in content:
                with_id = rows.select("id", PLACE, BAD).filter(pl.col("id").is_not_null())
                ids.add(batch.number, with_id)
            rows = rows.filter(~pl.col(BAD)).drop(BAD)
            keep_words(work, source.table, batch.number, {word: rows[word]})
            spill.add(batch.number, rows)
            work.finish(step)
        return batch.rows

    follow(in_order(read, source.batches), source.rows, f"reading {source.table}", tell)


def sort_records(work: Work, source: Input, lines: Lines, tell: Tell) -> None:
    """Put the records into order, and write their rows and arrays."""
    if work.found("records/end") is not None:
        return
    types = words_of(work, source, ["type"])["type"]
    repeated = find_repeated_ids(work, source, lines, tell)
    content = content_of(source)
    table = Growing(
        work,
        "records",
        {
            **{f"record-{name}": _RECORDS[name] for name in _RECORDS},
            "record-place": source.place_type,
        },
        content=content,
        digested=content,
    )
    spill = _spill(work, source)
    places = spill.cut(len(source.batches))

    def write() -> Iterator[int]:
        for rows in spill.buckets(places, skip=table.done):
            kept = without_repeated(rows, repeated).sort(SORTED_RECORDS)
            found = record_arrays(kept, types, FrameRows(kept))
            own = {f"record-{name}": getattr(found, name) for name in _RECORDS}
            table.step(
                kept.select(cs.by_name(*content)), {**own, "record-place": kept[PLACE].to_numpy()}
            )
            yield rows.height

    total = sum(places[-1])
    follow(write(), total - sum(places[table.done]), "sorting records", tell)
    table.end(empty_rows(source, check_record_rows, content))
    spill.drop()


def sort_consultations(work: Work, source: Input, tell: Tell) -> None:
    """Put the consultations into order, and write their arrays."""
    if work.found("consultations/end") is not None:
        return
    words = words_of(work, source, ["source"])["source"]
    digested = list(SORTED_CONSULTATIONS)
    table = Growing(work, "consultations", _CONSULTATIONS, content=None, digested=digested)
    spill = _spill(work, source)
    places = spill.cut(len(source.batches))

    def write() -> Iterator[int]:
        for rows in spill.buckets(places, skip=table.done):
            # A search that is told twice is one.
            kept = rows.select(digested).unique().sort(SORTED_CONSULTATIONS)
            found = consultation_arrays(kept, words)
            arrays = (found.source.code, found.entity, found.day)
            table.step(kept, dict(zip(_CONSULTATIONS, arrays, strict=True)))
            yield rows.height

    total = sum(places[-1])
    follow(write(), total - sum(places[table.done]), "sorting consultations", tell)
    table.end(empty_rows(source, _check_nothing, content_of(source)))
    spill.drop()


def _spill(work: Work, source: Input) -> Spill:
    return Spill(work, source.table, "__entity")

"""Entities: checked batch by batch, sorted by id, numbered, written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import polars as pl
import polars.selectors as cs

from trustgraph.ingest.bulk.checking import (
    BAD,
    Tell,
    add_header_lines,
    add_lines,
    content_of,
    empty_rows,
    follow,
    rows_of,
)
from trustgraph.ingest.bulk.dictionaries import keep_words, words_of
from trustgraph.ingest.bulk.duplicate_ids import later_rows, said_of, usable
from trustgraph.ingest.bulk.external_sort import Spill
from trustgraph.ingest.bulk.findings import Lines
from trustgraph.ingest.bulk.ordered_writer import Growing
from trustgraph.ingest.bulk.shared_codes import flag_shared_codes, keep_codes
from trustgraph.ingest.bulk.sources import PLACE, Batch, Input
from trustgraph.parallel import in_order
from trustgraph.register.columns import codes_of, entity_kinds, trait_words
from trustgraph.register.rows import id_arrays
from trustgraph.storage import Work
from trustgraph.tables.checks import check_entity_rows
from trustgraph.tables.sheet import open_sheet

__all__ = ["entity_words", "read_entities", "sort_entities"]

_TRAITS: Final = ("status", "region", "jurisdiction", "industry", "legal_form")
_MADE: Final = ("uscc_valid", "lei_valid")
_ARRAYS: Final[dict[str, Any]] = {
    "kind": np.uint8,
    "id-offsets": np.int64,
    "id-text": np.uint8,
    "trait-identified": np.bool_,
    **{f"trait-{name}": np.uint32 for name in _TRAITS},
}
_SCRATCH: Final[dict[str, Any]] = {
    f"{which}-hash-{place}": np.uint64 for which in ("id", "refused") for place in (0, 1)
}


def read_entities(work: Work, source: Input, lines: Lines, tell: Tell) -> None:
    """Check every row by itself, and spill it by its id."""
    content = content_of(source, *_MADE)
    add_header_lines(lines, source)
    spill = _spill(work)

    def read(batch: Batch) -> int:
        step = f"entities/read/{batch.number:05}"
        if work.found(step) is None:
            raw = source.read(batch)
            sheet = open_sheet("entities", raw.drop(PLACE))
            check_entity_rows(sheet)
            add_lines(lines, step, sheet, raw[PLACE])
            rows = rows_of(sheet, raw[PLACE], content)
            del raw, sheet
            words = trait_words(rows.filter(~pl.col(BAD)))
            keep_words(work, "entities", batch.number, {name: words[name] for name in _TRAITS})
            spill.add(batch.number, rows.filter(pl.col("id").is_not_null()))
            work.finish(step)
        return batch.rows

    follow(in_order(read, source.batches), source.rows, "reading entities", tell)


def entity_words(work: Work, source: Input) -> dict[str, list[str]]:
    """The distinct words of each trait, in order."""
    return words_of(work, source, _TRAITS)


def sort_entities(work: Work, source: Input, lines: Lines, tell: Tell) -> None:
    """Number the entities in order of their ids, and write their rows and arrays.

    Leaves hashes of all ids, kept or refused, for the ends of relationships to be looked up by.
    """
    if work.found("entities/end") is not None:
        return
    content = content_of(source, *_MADE)
    words = entity_words(work, source)
    spill = _spill(work)
    places = spill.cut(len(source.batches))
    table = Growing(work, "entities", _ARRAYS, scratch=_SCRATCH, content=content, digested=content)
    if not table.done:
        table.arrays["id-offsets"].append(np.zeros(1, dtype=np.int64))

    def write() -> Iterator[int]:
        for rows in spill.buckets(places, skip=table.done):
            step = f"entities/sort/{table.done:05}"
            later = later_rows(rows)
            lines.add("entities", "rejected", step, said_of(later, source))
            kept = usable(rows, later)
            keep_codes(work, table.done, kept)
            kept = kept.select(cs.by_name(*content))
            refused = rows.filter(pl.col(BAD))["id"]
            first = table.arrays["id-text"].count
            table.step(
                kept,
                {
                    **_arrays_of(kept, words, first),
                    **_hashes(work, "id", kept["id"]),
                    **_hashes(work, "refused", refused),
                },
            )
            yield rows.height

    total = sum(places[-1])
    follow(write(), total - sum(places[table.done]), "sorting entities", tell)
    flag_shared_codes(work, source, lines, spill.buckets(places))
    table.end(empty_rows(source, check_entity_rows, content))
    spill.drop()


def _arrays_of(kept: pl.DataFrame, words: dict[str, list[str]], first: int) -> dict[str, Any]:
    offsets, text = id_arrays(kept["id"])
    traits = trait_words(kept)
    return {
        "kind": entity_kinds(kept),
        "id-offsets": offsets[1:] + first,
        "id-text": text,
        "trait-identified": traits["identified"].to_numpy(),
        **{f"trait-{name}": codes_of(traits[name], words[name]) for name in _TRAITS},
    }


def _hashes(work: Work, which: str, ids: pl.Series) -> dict[str, Any]:
    seeds = enumerate(work.begin["seeds"])
    return {f"{which}-hash-{place}": ids.hash(seed).to_numpy() for place, seed in seeds}


def _spill(work: Work) -> Spill:
    return Spill(work, "entities", "id")

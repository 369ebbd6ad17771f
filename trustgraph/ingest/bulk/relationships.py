"""Relationships: ends numbered batch by batch, put into canonical order, written."""

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
from trustgraph.ingest.bulk.duplicate_ids import find_repeated_ids, id_spill, without_repeated
from trustgraph.ingest.bulk.external_sort import Spill
from trustgraph.ingest.bulk.findings import Lines
from trustgraph.ingest.bulk.id_table import Ends
from trustgraph.ingest.bulk.ordered_writer import Growing
from trustgraph.ingest.bulk.sources import PLACE, Batch, Input
from trustgraph.parallel import in_order
from trustgraph.register import UInt8
from trustgraph.register.columns import (
    in_canonical_order,
    kind_codes,
    relationship_arrays,
    relationship_content,
)
from trustgraph.register.rows import Ids
from trustgraph.schema import ENTITY_KINDS
from trustgraph.storage import Work
from trustgraph.tables.checks import (
    CONTENT,
    SAID_TWICE,
    check_relationship_rows,
    flag_unlikely,
    reject_ends,
)
from trustgraph.tables.sheet import findings, open_sheet, shortened

__all__ = ["read_relationships", "sort_relationships"]

_PERSON: Final = ENTITY_KINDS.index("person")
_ENDS: Final = ("source", "target")
_NUMBERS: Final = ("__source", "__target", "__kind")
_ARRAYS: Final[dict[str, Any]] = {
    "source": np.int32,
    "target": np.int32,
    "kind": np.uint8,
    "share": np.int32,
    "share_low": np.int32,
    "share_high": np.int32,
    "confidence": np.float64,
    "start": np.int32,
    "end": np.int32,
}


def read_relationships(
    work: Work, source: Input, ends: Ends, kind: UInt8, lines: Lines, tell: Tell
) -> None:
    """Check every row by itself and number its ends, and spill it by its source's number."""
    content = content_of(source)
    add_header_lines(lines, source)
    is_person = np.append(kind == _PERSON, False)  # the last: no entity, -1
    spill, ids = _spill(work), id_spill(work, "relationships")

    def read(batch: Batch) -> int:
        step = f"relationships/read/{batch.number:05}"
        if work.found(step) is None:
            raw = source.read(batch)
            sheet = open_sheet("relationships", raw.drop(PLACE))
            check_relationship_rows(sheet)
            numbers = {end: ends.numbers(sheet.frame[end]) for end in _ENDS}
            for end, found in numbers.items():
                unknown = pl.Series(found < 0)
                if unknown.any():
                    reject_ends(sheet, end, unknown, ends.were_refused(sheet.frame[end]))
            persons = (pl.Series(is_person[found]) for found in numbers.values())
            flag_unlikely(sheet, *persons)
            add_lines(lines, step, sheet, raw[PLACE])
            rows = rows_of(sheet, raw[PLACE], content)
            del raw, sheet
            with_id = rows.select("id", PLACE, BAD).filter(pl.col("id").is_not_null())
            ids.add(batch.number, with_id)
            rows = rows.drop(_ENDS).with_columns(
                **{f"__{end}": pl.Series(found) for end, found in numbers.items()}
            )
            rows = rows.filter(~pl.col(BAD)).drop(BAD)
            rows = rows.with_columns(kind_codes(rows["kind"])).drop("kind")
            spill.add(batch.number, rows)
            work.finish(step)
        return batch.rows

    follow(in_order(read, source.batches), source.rows, "reading relationships", tell)


def sort_relationships(work: Work, source: Input, ids: Ids, lines: Lines, tell: Tell) -> None:
    """Put the relationships into canonical order, and write their rows and arrays."""
    if work.found("relationships/end") is not None:
        return
    repeated = find_repeated_ids(work, source, lines, tell)
    content = relationship_content(content_of(source))
    spill = _spill(work)
    places = spill.cut(len(source.batches))
    arrays = {f"relationship-{name}": dtype for name, dtype in _ARRAYS.items()}
    table = Growing(
        work,
        "relationships",
        {**arrays, "relationship-place": source.place_type},
        content=content,
        digested=[*_NUMBERS, *content],
    )
    bits = max(1, (len(ids) - 1).bit_length())

    def write() -> Iterator[int]:
        for rows in spill.buckets(places, skip=table.done):
            step = f"relationships/sort/{table.done:05}"
            kept = without_repeated(rows, repeated)
            kept = in_canonical_order(kept, content, bits, last=[PLACE])
            lines.add("relationships", "flagged", step, _said_twice(kept, source, ids))
            found = relationship_arrays(kept)
            own = {f"relationship-{name}": getattr(found, name) for name in _ARRAYS}
            own["relationship-place"] = kept[PLACE].to_numpy()
            table.step(kept.select(cs.by_name(*_NUMBERS, *content)), own)
            yield rows.height

    total = sum(places[-1])
    follow(write(), total - sum(places[table.done]), "sorting relationships", tell)
    table.end(_empty(source, content))
    spill.drop()


def _said_twice(kept: pl.DataFrame, source: Input, ids: Ids) -> pl.DataFrame:
    """Lines for ``flagged``: rows that say what an earlier row says."""
    said = [*_NUMBERS, *(name for name in CONTENT if name not in (*_ENDS, "kind"))]
    # In canonical order such rows share their ends and kind with the next or the one before.
    same = pl.all_horizontal(pl.col(name) == pl.col(name).shift() for name in _NUMBERS)
    suspect = kept.select((same | same.shift(-1)).fill_null(value=False)).to_series()
    if not suspect.any():
        return findings([])
    rows = kept.filter(suspect).select(*said, PLACE)
    first = rows.group_by(said).agg(first=pl.col(PLACE).min())
    later = rows.join(first, on=said, nulls_equal=True).filter(pl.col(PLACE) > pl.col("first"))
    if not later.height:
        return findings([])
    every = np.arange(later.height)
    stands = source.origins(later["first"].to_numpy()).of(every)
    return (
        source.origins(later[PLACE].to_numpy())
        .of(every)
        .with_columns(
            column=pl.lit("target"),
            value=ids.gather(later["__target"]),
            reason=stands.select(pl.format(SAID_TWICE, "row", "file")).to_series(),
        )
        .with_columns(shortened("value"), later[PLACE])
    )


def _empty(source: Input, content: list[str]) -> pl.DataFrame:
    numbers = {"__source": pl.Int32, "__target": pl.Int32, "__kind": pl.UInt8}
    rows = empty_rows(source, check_relationship_rows, content_of(source))
    return rows.with_columns(
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in numbers.items()
    ).select(cs.by_name(*_NUMBERS, *content))


def _spill(work: Work) -> Spill:
    return Spill(work, "relationships", "__source")

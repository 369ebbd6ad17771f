"""The arrays and rows of the new register, streamed: what stays is copied, what is laid put in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from trustgraph.ingest.update.merge_kernel import copy_text, take, take_coded, text_lengths
from trustgraph.ingest.update.merge_plan import Merge
from trustgraph.parallel import in_order
from trustgraph.register import Int64
from trustgraph.register.rows import PART_ROWS, FrameRows, Ids, id_arrays
from trustgraph.storage import StoredRows, Work, link_parts, stored_rows, write_part, write_rows

__all__ = ["MANY_BATCHES", "WrittenRows", "write_array", "write_ids", "write_table"]

CHUNK: Final = 1 << 21
MANY_BATCHES: Final = 32
"""After so many days, or when a quarter of its rows lies idle, a table is laid down anew."""
_IDLE: Final = 4


def write_array(
    work: Work,
    name: str,
    merge: Merge,
    old: npt.NDArray[Any],
    upserted: npt.NDArray[Any],
    *,
    codes: npt.NDArray[Any] | None = None,
    dtype: npt.DTypeLike | None = None,
) -> None:
    """Write an array of the new register: old values (as ``codes`` say) and ``upserted`` ones."""
    kind = np.dtype(dtype or old.dtype)
    own = np.ascontiguousarray(upserted[merge.order], dtype=kind)

    def chunk(first: int) -> npt.NDArray[Any]:
        at = merge.at[first : first + CHUNK]
        out = np.empty(len(at), dtype=kind)
        if codes is None:
            take(old, own, at, out, work=len(at))
        else:
            take_coded(old, own, at, codes, out, work=len(at))
        return out

    def make() -> None:
        file = work.array(work.whole / f"{name}.npy", kind, count=0)
        for values in in_order(chunk, range(0, len(merge.at), CHUNK)):
            file.append(values)
        file.close()

    _once(work, f"array/{name}", make)


def write_ids(work: Work, merge: Merge, old: Ids, upserted: pl.Series) -> None:
    """Write the ids of the new register as bytes with their offsets."""
    offsets, text = old.as_bytes()
    upserted_offsets, upserted_text = id_arrays(upserted)

    def chunk(first: int) -> tuple[Int64, npt.NDArray[np.uint8]]:
        at = merge.at[first : first + CHUNK]
        lengths = np.empty(len(at), dtype=np.int64)
        text_lengths(offsets, upserted_offsets, at, lengths, work=len(at))
        out = np.empty(int(lengths.sum()), dtype=np.uint8)
        copy_text(offsets, text, upserted_offsets, upserted_text, at, out, work=len(out))
        return lengths, out

    def make() -> None:
        ends = work.array(work.whole / "id-offsets.npy", np.int64, count=0)
        letters = work.array(work.whole / "id-text.npy", np.uint8, count=0)
        ends.append(np.zeros(1, dtype=np.int64))
        for lengths, out in in_order(chunk, range(0, len(merge.at), CHUNK)):
            ends.append(letters.count + np.cumsum(lengths))
            letters.append(out)
        ends.close()
        letters.close()

    _once(work, "array/ids", make)


def _once(work: Work, step: str, make: Callable[[], None]) -> None:
    """Make something unless an earlier process has made it."""
    if work.found(step) is None:
        make()
        work.finish(step)


# --- Rows -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WrittenRows:
    """A table's rows in a register: those written in so many goes, and parts that others share.

    ``batches`` is empty where rows stand in order in their files; ``shared`` names files of the
    register that rows were added to.
    """

    batches: tuple[int, ...]
    shared: tuple[str, ...]


def write_table(
    work: Work, name: str, merge: Merge, old: StoredRows, upserted: pl.DataFrame, *, erased: Int64
) -> WrittenRows:
    """Give the new register the rows of a table.

    The files of old rows stay as they are, and laid rows come into new ones beside them; rows that
    are ``erased`` (old numbers) leave the files that they are in. ``upserted`` has the columns of
    the table.
    """
    step = f"rows/{name}"
    found = work.found(step)
    if found is None:
        columns = old.slice(0, 0).columns
        batches, shared = _appended(work, name, merge, old, upserted.select(columns), erased)
        idle = sum(batches) - len(merge.at)
        if len(batches) > MANY_BATCHES or idle * _IDLE > sum(batches):
            _write_anew(work, name, batches)
            batches, shared = (), ()
        found = work.finish(step, batches=batches, shared=shared)
    if not found["batches"]:
        (work.whole / f"{name}-rows.npy").unlink(missing_ok=True)
    return WrittenRows(tuple(found["batches"]), tuple(found["shared"]))


def _appended(
    work: Work, name: str, merge: Merge, old: StoredRows, upserted: pl.DataFrame, erased: Int64
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    parts = len(old.begins) - 1
    touched = _without(work, old, erased)
    shared = tuple(old.path(part).name for part in range(parts) if part not in touched)
    link_parts(old.folder, work.whole, shared)
    end = int(old.begins[-1])
    batches = (*old.batches, upserted.height) if upserted.height else old.batches
    if upserted.height:
        write_rows(FrameRows(upserted), work.whole, name, first=parts)
    places = old.places if old.places is not None else np.arange(len(old), dtype=np.int32)
    beyond = end + np.arange(upserted.height, dtype=np.int64)
    write_array(work, f"{name}-rows", merge, places, beyond, dtype=np.int32)
    return batches, shared


def _without(work: Work, old: StoredRows, erased: Int64) -> set[int]:
    """Write the files of erased rows anew, with nothing in their places; returns which."""
    places = erased if old.places is None else old.places[erased].astype(np.int64)
    part = np.searchsorted(old.begins, places, side="right") - 1
    for number in np.unique(part).tolist():
        rows = pl.read_parquet(old.path(number), glob=False, hive_partitioning=False)
        removed = np.zeros(rows.height, dtype=np.bool_)
        removed[places[part == number] - old.begins[number]] = True
        kept = pl.Series(~removed)
        blank = rows.select(
            pl.when(kept).then(pl.col(column)).otherwise(None).alias(column)
            for column in rows.columns
        )
        write_part(blank, work.whole, old.name, number)
    return set(part.tolist())


def _write_anew(work: Work, name: str, batches: Sequence[int]) -> None:
    """Write the rows of a table in their order, and take away the files that they were in.

    Whatever is taken away is there again when an earlier step is done again.
    """
    scattered = work.scratch / name
    scattered.mkdir(exist_ok=True)
    places = work.whole / f"{name}-rows.npy"
    at = np.load(places, allow_pickle=False)
    found = stored_rows(work.whole, name, *batches)
    for number in range(len(found.begins) - 1):
        # An earlier attempt may have left the very same file there by another name: of two names of
        # one file, renaming one to the other changes nothing.
        (scattered / found.path(number).name).unlink(missing_ok=True)
        found.path(number).rename(scattered / found.path(number).name)
    rows = stored_rows(scattered, name, *batches, places=at)
    firsts = range(0, max(len(rows), 1), PART_ROWS)

    def write(first: int) -> None:
        write_part(rows.slice(first, PART_ROWS), work.whole, name, first // PART_ROWS)

    for _ in in_order(write, firsts):
        pass
    for path in scattered.iterdir():
        path.unlink()

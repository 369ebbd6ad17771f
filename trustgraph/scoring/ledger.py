"""The ledger: lines whose amounts sum to the score, as frames.

A ledger reads base, own records, exposure, what the exposure cap gives back, what the clamp to the
scale takes or gives. Amounts are whole micro-points throughout.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Literal

import numpy as np
import polars as pl

from trustgraph.errors import UsageError
from trustgraph.exposure import ExposureLines
from trustgraph.policy import Policy
from trustgraph.records.as_of import RecordState
from trustgraph.register import Int64, Register, slice_of
from trustgraph.register.naming import chain_ids, record_ids
from trustgraph.scoring.totals import Totals

__all__ = ["LINE_KINDS", "VOID", "Ledger", "ledger_frame", "parse_ledger"]

LINE_KINDS: Final = ("base", "own", "exposure", "exposure_cap", "clamp")
"""Kinds of ledger line, in the order in which a ledger is read."""


VOID: Final = "void"
"""Note on an own line: a positive record set aside because a black one counts."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """How much of every ledger to keep: ``all``, ``none``, or the heaviest ``top`` lines."""

    keep: Literal["all", "none", "top"] = "all"
    top: int = 0

    def __str__(self) -> str:
        return f"top:{self.top}" if self.keep == "top" else self.keep


def parse_ledger(text: str) -> Ledger:
    """Read ``none``, ``all`` or ``top:N``. Raises UsageError for anything else."""
    if text == "all":
        return Ledger("all")
    if text == "none":
        return Ledger("none")
    kind, _, number = text.partition(":")
    if kind == "top" and number.isascii() and number.isdigit() and 0 < int(number) < 10**9:
        return Ledger("top", int(number))
    raise UsageError(f"cannot read the ledger `{text}`", hint="give none, all or top:N (N >= 1)")


_LEDGER_SCHEMA: Final = {
    "entity": pl.Int32(),
    "line": pl.UInt8(),
    "record": pl.Int64(),
    "micro": pl.Int64(),
    "reach": pl.Float64(),
    "hops": pl.UInt8(),
    "chain": pl.List(pl.Int32()),
    "note": pl.String(),
}


def ledger_frame(
    register: Register,
    policy: Policy,
    record_state: RecordState,
    lines: ExposureLines,
    totals: Totals,
    keep: Ledger,
) -> pl.DataFrame:
    """The ledgers of the entities that ``totals`` and ``lines`` are of, by ids.

    Under ``top:N`` the lighter exposure lines become one line together.
    """
    if keep.keep == "none":
        numbers = pl.DataFrame(schema=pl.Schema(_LEDGER_SCHEMA))
    else:
        lines, others = _heaviest(lines, keep) if keep.keep == "top" else (lines, None)
        scored = np.flatnonzero(totals.scored) + totals.first
        numbers = pl.concat(
            [
                _plain_rows(scored, "base", np.full(len(scored), policy.base_micro)),
                _own_rows(register, record_state, totals),
                _exposure_rows(register, lines),
                *([] if others is None else [others]),
                _plain_rows(*_nonzero(totals.cap, "exposure_cap", totals)),
                _plain_rows(*_nonzero(totals.clamp, "clamp", totals)),
            ]
        ).sort(
            pl.col("entity"),
            pl.col("line"),
            pl.col("micro").abs(),
            pl.col("record"),
            descending=[False, False, True, False],
            nulls_last=True,
        )
    kinds = pl.Series(LINE_KINDS, dtype=pl.String)
    return numbers.with_columns(
        entity=register.ids.gather(numbers["entity"]),
        line=kinds.gather(numbers["line"]),
        record=record_ids(register, numbers["record"]),
        chain=chain_ids(register, numbers["chain"]),
    )


def _nonzero(amounts: Int64, kind: str, totals: Totals) -> tuple[Int64, str, Int64]:
    places = np.flatnonzero((amounts != 0) & totals.scored)
    return places + totals.first, kind, amounts[places]


def _plain_rows(entity: Int64, kind: str, micro: Int64) -> pl.DataFrame:
    frame = pl.DataFrame({"entity": entity, "micro": micro})
    return frame.select(
        entity="entity",
        line=pl.lit(LINE_KINDS.index(kind)),
        record=pl.lit(None),
        micro="micro",
        reach=pl.lit(None),
        hops=pl.lit(None),
        chain=pl.lit([], dtype=pl.List(pl.Int32)),
        note=pl.lit(None),
    ).cast(pl.Schema(_LEDGER_SCHEMA))


def _own_rows(register: Register, record_state: RecordState, totals: Totals) -> pl.DataFrame:
    entity = register.records.entity
    own = slice_of(entity, totals.first, totals.beyond)
    scored = totals.scored[entity[own] - totals.first]
    record = own.start + np.flatnonzero(record_state.counts[own] & scored)
    frame = pl.DataFrame(
        {
            "entity": entity[record],
            "record": record,
            "micro": record_state.micro[record],
            "void": record_state.voided[record],
        }
    )
    return frame.select(
        entity="entity",
        line=pl.lit(LINE_KINDS.index("own")),
        record="record",
        micro="micro",
        reach=pl.lit(1.0),
        hops=pl.lit(0),
        chain=pl.concat_list("entity"),
        note=pl.when("void").then(pl.lit(VOID)),
    ).cast(pl.Schema(_LEDGER_SCHEMA))


def _exposure_rows(register: Register, lines: ExposureLines) -> pl.DataFrame:
    middles = {
        f"at_{place}": pl.Series(lines.middle[:, place], dtype=pl.Int32)
        for place in range(lines.middle.shape[1])
    }
    frame = pl.DataFrame(
        {
            "entity": lines.entity,
            "record": lines.record,
            "micro": lines.micro,
            "reach": lines.reach,
            "hops": lines.hops,
            "begin": register.records.entity[lines.record],
            **middles,
        }
    )
    places = (pl.when(pl.col(name) >= 0).then(name) for name in middles)
    return frame.select(
        entity="entity",
        line=pl.lit(LINE_KINDS.index("exposure")),
        record="record",
        micro="micro",
        reach="reach",
        hops="hops",
        chain=pl.concat_list("begin", *places, "entity").list.drop_nulls(),
        note=pl.lit(None),
    ).cast(pl.Schema(_LEDGER_SCHEMA))


def _heaviest(lines: ExposureLines, keep: Ledger) -> tuple[ExposureLines, pl.DataFrame]:
    """The heaviest lines of each entity, and a row for the sum of its others.

    Lines are chosen before any chain is made of them: there may be very many.
    """
    ranked = (
        pl.DataFrame({"entity": lines.entity, "micro": lines.micro, "record": lines.record})
        .with_row_index("line")
        .sort("entity", pl.col("micro").abs(), "record", descending=[False, True, False])
        .with_columns(kept=pl.int_range(pl.len()).over("entity") < keep.top)
    )
    rest = (
        ranked.filter(~pl.col("kept"))
        .group_by("entity")
        .agg(micro=pl.col("micro").sum(), others=pl.len())
        .sort("entity")
    )
    summed = _plain_rows(rest["entity"].to_numpy(), "exposure", rest["micro"].to_numpy())
    chosen = ranked.filter("kept")["line"].to_numpy()
    kept = {part.name: getattr(lines, part.name)[chosen] for part in fields(lines)}
    others = summed.with_columns(note=pl.format("{} more lines", rest["others"]))
    return ExposureLines(**kept), others

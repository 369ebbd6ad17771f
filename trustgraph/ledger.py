"""The ledger: lines whose amounts sum to the score, as frames.

A ledger reads base, own records, exposure, what the exposure cap gives back, what the clamp to the
scale takes or gives. Amounts are whole micro-points throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final, Literal

import numpy as np
import polars as pl

from trustgraph.errors import UsageError
from trustgraph.exposure import ExposureLines
from trustgraph.policy import Policy
from trustgraph.register import Bool, Int64, Register, slice_of
from trustgraph.schema import ENTITY_KINDS
from trustgraph.standing import Standing

__all__ = [
    "LINE_KINDS",
    "VOID",
    "Ledger",
    "Totals",
    "chain_ids",
    "chains_of",
    "ids_of",
    "ledger_frame",
    "parse_ledger",
    "record_ids",
    "totals_of",
]

LINE_KINDS: Final = ("base", "own", "exposure", "exposure_cap", "clamp")
"""Kinds of ledger line, in the order in which a ledger is read."""

_PERSON: Final = ENTITY_KINDS.index("person")

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


@dataclass(frozen=True, slots=True)
class Totals:
    """Micro-points of consecutive entities, the first of which has the number ``first``.

    ``score = base + own + exposure + cap + clamp``; ``lines`` counts the lines of each ledger.
    """

    first: int
    scored: Bool
    own: Int64
    exposure: Int64
    cap: Int64
    clamp: Int64
    score: Int64
    lines: Int64

    @property
    def beyond(self) -> int:
        """The number after the last one."""
        return self.first + len(self.scored)


def totals_of(
    register: Register,
    policy: Policy,
    standing: Standing,
    lines: ExposureLines,
    span: tuple[int, int],
) -> Totals:
    """Sum up the entities from ``span[0]`` to before ``span[1]``; ``lines`` are theirs alone."""
    first, beyond = span
    size = beyond - first
    own_records = slice_of(register.records.entity, *span)
    entity = register.records.entity[own_records] - first
    own = np.zeros(size, dtype=np.int64)
    np.add.at(own, entity, standing.micro[own_records])
    upon = lines.entity - first
    negative = np.zeros(size, dtype=np.int64)
    np.add.at(negative, upon, np.minimum(lines.micro, 0))
    positive = np.zeros(size, dtype=np.int64)
    np.add.at(positive, upon, np.maximum(lines.micro, 0))
    cap = np.zeros(size, dtype=np.int64)
    if policy.exposure_cap_micro is not None:
        cap = np.maximum(0, -policy.exposure_cap_micro - negative)
    raw = policy.base_micro + own + negative + positive + cap
    score = np.clip(raw, policy.floor_micro, policy.ceiling_micro)
    clamp = score - raw
    count = np.ones(size, dtype=np.int64)
    count += np.bincount(entity[standing.counts[own_records]], minlength=size)
    count += np.bincount(upon, minlength=size)
    count += (cap != 0).astype(np.int64) + (clamp != 0)
    return Totals(
        first=first,
        scored=register.kind[first:beyond] != _PERSON,
        own=own,
        exposure=negative + positive,
        cap=cap,
        clamp=clamp,
        score=score,
        lines=count,
    )


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
    standing: Standing,
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
                _own_rows(register, standing, totals),
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


def _own_rows(register: Register, standing: Standing, totals: Totals) -> pl.DataFrame:
    entity = register.records.entity
    own = slice_of(entity, totals.first, totals.beyond)
    scored = totals.scored[entity[own] - totals.first]
    record = own.start + np.flatnonzero(standing.counts[own] & scored)
    frame = pl.DataFrame(
        {
            "entity": entity[record],
            "record": record,
            "micro": standing.micro[record],
            "void": standing.voided[record],
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


def record_ids(register: Register, numbers: pl.Series) -> pl.Series:
    """The ids of records by their numbers, null where there is no number."""
    known = numbers.drop_nulls()
    found = register.records.rows.gather("id", known.to_numpy())
    places = numbers.is_not_null().cum_sum() - 1
    named = pl.select(pl.when(numbers.is_not_null()).then(places)).to_series()
    return found.gather(named).alias("record")


def ids_of(register: Register, numbers: pl.Series) -> pl.Series:
    """The ids of entities by their numbers; each is looked up once, in order."""
    distinct, place = np.unique(numbers.to_numpy(), return_inverse=True)
    return register.ids.gather(distinct).gather(place)


def chain_ids(register: Register, chains: pl.Series) -> pl.Series:
    """Chains of entity numbers as chains of ids."""
    return chains_of(chains, lambda numbers: ids_of(register, numbers))


def chains_of(chains: pl.Series, named: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Chains of what ``named`` makes of the numbers in chains, all of them at once."""
    flat = chains.to_frame("chain").with_row_index("row").explode("chain", empty_as_null=False)
    links = flat.select(pl.col("row").set_sorted(), chain=named(flat["chain"]))
    found = links.group_by("row", maintain_order=True).agg("chain")
    if found.height == len(chains):
        return found["chain"]
    whole = chains.to_frame().select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"))
    joined = whole.join(found, on="row", how="left", maintain_order="left")
    return joined["chain"].fill_null([])

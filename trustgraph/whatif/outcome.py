"""What changes do, as tables: by ids, with the change that each row is owed to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from trustgraph.policy import NOT_RATED, Policy
from trustgraph.records.as_of import RecordState
from trustgraph.register import Int64, Register
from trustgraph.register.naming import chain_ids, ids_of, record_ids
from trustgraph.scoring.frames import consequences_frame, control_frame
from trustgraph.scoring.ledger import LINE_KINDS
from trustgraph.scoring.local import Asked
from trustgraph.tables.diff import added_and_removed
from trustgraph.whatif.apply_changes import Touched
from trustgraph.whatif.effects import Effects
from trustgraph.whatif.scores import Scored

__all__ = [
    "WHAT_IF_TABLES",
    "WhatIf",
    "causes_of",
    "changes_of",
    "outcome_of",
]

WHAT_IF_TABLES: Final = ("changes", "ledger", "consequences", "control", "coverage")
_SIDES: Final = ("before", "after")
_AND: Final = "; "
_LAW: Final = (
    *("change", "entity", "rule", "record", "force", "effect", "status", "legal_basis", "chain"),
    *("detail", "cause"),
)
_CONTROL: Final = (
    *("change", "entity", "owner", "integrated_low", "integrated_high", "cascade", "controller"),
    *("beneficial_owner", "basis", "chain", "cause"),
)


@dataclass(frozen=True, slots=True, repr=False)
class WhatIf:
    """What a register's scores would be with some changes: what differs, and nothing else.

    ``changes``: ``entity, score_before_micro, score_after_micro, grade_before, grade_after,
    cause``, one row per organisation whose score or grade differs (null: not scored then).
    ``ledger``: ``entity, line, record``, then ``micro``, ``reach``, ``hops``, ``chain``, ``note``,
    each ``_before`` and ``_after``, and ``cause``. ``consequences`` and ``control``: the columns of
    a run's tables after ``change`` (``added`` or ``removed``), and ``cause``. ``coverage``:
    ``entity, coverage_before, coverage_after, cause``. ``flagged`` are doubtful
    rows of the changes.
    """

    as_of: dt.date
    changes: pl.DataFrame
    ledger: pl.DataFrame
    consequences: pl.DataFrame
    control: pl.DataFrame
    coverage: pl.DataFrame
    flagged: pl.DataFrame

    def __repr__(self) -> str:
        return (
            f"<What if, as of {self.as_of}: {self.changes.height:,} scores or grades, "
            f"{self.ledger.height:,} ledger lines, {self.consequences.height:,} consequences>"
        )


def outcome_of(
    effects: Effects,
    after: Asked,
    record_state: RecordState,
    touched: Sequence[Touched],
    flagged: pl.DataFrame,
) -> WhatIf:
    """Effects as tables."""
    named = after.overlay.named
    causes = causes_of(touched)
    ledger = causes.of(_ledger(effects, after, named))
    law, control = _none(_LAW), _none(_CONTROL)
    if any(frame.height for frame in effects.consequences):
        said = partial(consequences_frame, named, after.policy, record_state)
        law = causes.of(
            added_and_removed(*map(said, effects.consequences)).sort(
                "entity", "rule", "record", "chain", "change", nulls_last=True
            )
        )
    if any(frame.height for frame in effects.control):
        answers = added_and_removed(*(control_frame(named, frame) for frame in effects.control))
        control = causes.of(answers.sort("entity", "owner", "change"))
    coverage = effects.coverage.select(
        entity=ids_of(named, effects.coverage["entity"]),
        coverage_before="before",
        coverage_after="after",
    ).sort("entity")
    return WhatIf(
        as_of=after.as_of,
        changes=_changes(effects, after, named, ledger, law, causes),
        ledger=ledger,
        consequences=law,
        control=control,
        coverage=causes.of(coverage),
        flagged=flagged,
    )


def _none(columns: Sequence[str]) -> pl.DataFrame:
    """No rows: as a rule nothing of the kind differs, and the naming of nothing takes its time."""
    other: dict[str, pl.DataType] = {"chain": pl.List(pl.String)}
    other |= dict.fromkeys(("integrated_low", "integrated_high"), pl.Float64())
    return pl.DataFrame(schema={name: other.get(name, pl.String()) for name in columns})


# --- Scores ---------------------------------------------------------------------------------------


def _changes(
    effects: Effects,
    after: Asked,
    named: Register,
    ledger: pl.DataFrame,
    law: pl.DataFrame,
    causes: _Causes,
) -> pl.DataFrame:
    codes = pl.Series([*(g.code for g in after.policy.grades), NOT_RATED], dtype=pl.String)
    columns: dict[str, pl.Series] = {}
    for side, scored in zip(_SIDES, effects.scores, strict=True):
        there = pl.Series(scored.there, dtype=pl.Boolean)
        columns[f"score_{side}_micro"] = _where(there, pl.Series(scored.score))
        places = np.where(scored.rated, np.maximum(scored.rank, 0), len(codes) - 1)
        columns[f"grade_{side}"] = _where(there, codes.gather(places))
    totals = pl.DataFrame(
        {"entity": ids_of(named, pl.Series(effects.entities)), **columns},
        schema_overrides={"entity": pl.String},
    )
    return changes_of(totals, ledger, law, causes)


def changes_of(
    totals: pl.DataFrame, ledger: pl.DataFrame, law: pl.DataFrame, causes: _Causes
) -> pl.DataFrame:
    """The scores and grades that are not the same, with the causes of what moved them.

    Where neither a line nor a consequence tells, it is what touches the entity itself.
    """
    moved = pl.col("score_before_micro").ne_missing(pl.col("score_after_micro"))
    moved |= pl.col("grade_before").ne_missing(pl.col("grade_after"))
    why = (
        pl.concat([ledger.select("entity", "cause"), law.select("entity", "cause")])
        .with_columns(pl.col("cause").str.split(_AND))
        .explode("cause")
        .unique(maintain_order=True)
        .group_by("entity")
        .agg(pl.col("cause").sort().str.join(_AND))
    )
    columns = ("score_before_micro", "score_after_micro", "grade_before", "grade_after")
    found = causes.of(totals.filter(moved)).rename({"cause": "touching"})
    found = found.join(why, on="entity", how="left")
    cause = pl.coalesce("cause", "touching").alias("cause")
    return found.select("entity", *columns, cause).sort("entity")


def _where(there: pl.Series, values: pl.Series) -> pl.Series:
    return pl.select(pl.when(there).then(values)).to_series()


# --- Rows -----------------------------------------------------------------------------------------


def _ledger(effects: Effects, after: Asked, named: Register) -> pl.DataFrame:
    """Lines that are not the same, both sides in a row."""
    key = ["entity", "line", "record"]
    values = ["micro", "reach", "hops", "chain", "note"]
    sides = []
    for number, side in enumerate(_SIDES):
        rows = effects.lines[number].select(*key, *values)
        totals = _total_lines(effects, after, number, rows.schema)
        whole = pl.concat([rows, totals])
        sides.append(whole.rename({name: f"{name}_{side}" for name in values}))
    joined = sides[0].join(sides[1], on=key, how="full", nulls_equal=True, coalesce=True)
    kinds = pl.Series(LINE_KINDS, dtype=pl.String)
    both = [f"{name}_{side}" for name in values for side in _SIDES]
    order = pl.max_horizontal(pl.col("micro_before").abs(), pl.col("micro_after").abs())
    found = joined.with_columns(
        *(
            chain_ids(named, joined[f"chain_{side}"].fill_null([])).alias(f"chain_{side}")
            for side in _SIDES
        ),
        record=record_ids(named, joined["record"]),
        entity=ids_of(named, joined["entity"]),
        __order=order,
    ).sort("entity", "line", "__order", "record", descending=[False, False, True, False])
    return found.select("entity", kinds.gather(found["line"]).alias("line"), "record", *both)


def _total_lines(effects: Effects, after: Asked, side: int, schema: pl.Schema) -> pl.DataFrame:
    """Base, exposure cap and clamp, where they are not the same on both sides."""
    policy, frames = after.policy, []
    for kind in ("base", "exposure_cap", "clamp"):
        amounts = [_amount(kind, scored, policy) for scored in effects.scores]
        differs = amounts[0] != amounts[1]
        if kind == "base":  # of whom was not scored, or is not any more, however much it is
            differs = effects.scores[0].there != effects.scores[1].there
        shown = differs & effects.scores[side].there & ((amounts[side] != 0) | (kind == "base"))
        frames.append(
            pl.DataFrame({"entity": effects.entities[shown], "micro": amounts[side][shown]}).select(
                "entity",
                pl.lit(LINE_KINDS.index(kind)).alias("line"),
                pl.lit(None).alias("record"),
                "micro",
                pl.lit(None).alias("reach"),
                pl.lit(None).alias("hops"),
                pl.lit([], dtype=pl.List(pl.Int32)).alias("chain"),
                pl.lit(None).alias("note"),
            )
        )
    return pl.concat(frames).cast(schema)


def _amount(kind: str, scored: Scored, policy: Policy) -> Int64:
    sums = scored.sums
    match kind:
        case "base":
            return np.full(len(scored.score), policy.base_micro)
        case "exposure_cap":
            amount = sums.cap(policy)
        case _:
            amount = scored.score - sums.raw(policy)
    return np.where(scored.there, amount, 0)


# --- Causes ---------------------------------------------------------------------------------------


class _Causes:
    """Which change a row is owed to: that of its record, else one that its chain touches."""

    def __init__(self, touched: Sequence[Touched], otherwise: str | None) -> None:
        self.by_record: dict[str, list[str]] = {}
        self.by_entity: dict[str, list[str]] = {}
        for one in touched:
            if one.record is not None:
                self.by_record.setdefault(one.record, []).append(one.cause)
            for entity in one.entities:
                self.by_entity.setdefault(entity, []).append(one.cause)
        every = sorted({one.cause for one in touched})
        self.only = every[0] if len(every) == 1 and otherwise is None else None
        self.otherwise = otherwise or _AND.join(every)

    def of(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with a column ``cause``."""
        if self.only is not None or not frame.height:
            return frame.with_columns(pl.lit(self.only, pl.String).alias("cause"))
        return frame.with_columns(pl.Series("cause", list(self._each(frame)), dtype=pl.String))

    def _each(self, frame: pl.DataFrame) -> Iterator[str]:
        names = [name for name in frame.columns if name.startswith("chain")]
        columns = [name for name in ("entity", "record", *names) if name in frame.columns]
        for row in frame.select(columns).iter_rows(named=True):
            found = self.by_record.get(row.get("record") or "", [])
            if not found:
                at = [row["entity"], *(one for name in names for one in row[name])]
                found = [cause for entity in at for cause in self.by_entity.get(entity, [])]
            yield _AND.join(sorted(set(found))) or self.otherwise


def causes_of(touched: Sequence[Touched], *, otherwise: str | None = None) -> _Causes:
    """Finds causes; ``otherwise`` is that of rows which no change touches (default: all)."""
    return _Causes(touched, otherwise)

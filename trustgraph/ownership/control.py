"""Who controls whom, and who is blocked through whom: the answers of a run, one row a pair.

Two ways make a controller: an unbroken chain of majorities, and a recorded actual controller (of
the entity, or of one that a chain of majorities leads down from). A beneficial owner is a
controller, or whose look-through share or direct stated share reaches the pack's threshold: who
holds 26 % is no controller. An answer is ``yes`` where it holds at the lower bounds, ``possible``
where only at the upper ones, else ``no``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.ownership.answers import BASES, CONTROL_COLUMNS, LAST_RESORT, lists_of
from trustgraph.ownership.cascade_apart import chains_by
from trustgraph.ownership.contradiction import above_contradicted, relied_on
from trustgraph.ownership.last_resort import last_resort, may_hide_somebody, with_shares
from trustgraph.ownership.shares import OwnerRows, no_rows, owner_rows
from trustgraph.ownership.view import OwnershipView
from trustgraph.policy import ControlRule
from trustgraph.register import UNKNOWN_SHARE, Bool, Int32, Register, Relationships, extended
from trustgraph.schema import BILLION, ENTITY_KINDS, KIND_CODES

__all__ = [
    "Computed",
    "computed_of",
    "computed_relationships",
    "control_rows",
]

Progress = Callable[[int, int], None]
"""(Owners done, owners in all)."""

TARGETS: Final = 1 << 21
"""Owners whose answers are made at a time: of most rows nothing is kept."""

_COUNTED: Final = {"integrated": 1, "majority": 2, "recorded": 4}


def control_rows(
    register: Register,
    view: OwnershipView,
    *,
    today: int,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Every pair of which an answer is not ``no``: ``CONTROL_COLUMNS``, by entity, then owner."""
    rule = view.rule
    may_control = _of_kinds(register, rule.owners) & ~view.stakes.blind
    starts = np.zeros(len(register), dtype=np.bool_)
    starts[view.stakes.owner] = True
    starts |= np.diff(view.links.offsets) > 0
    targets = np.flatnonzero(starts & (may_control | view.listed) & ~view.stakes.blind)
    direct = _direct(register, today)
    stakes = _direct_stakes(view, rule)
    # Shares that are scaled may miss the threshold that they are stated to reach.
    scaled = np.zeros(len(register), dtype=np.bool_)
    scaled[stakes.filter("scaled")["owner"].to_numpy()] = True
    doubted = above_contradicted(view.stakes)
    counted = sum(bit for name, bit in _COUNTED.items() if name in rule.bases)
    none, chains = no_rows(), pl.Series("chain", [], pl.List(pl.Int32))
    sure = np.ones(0, dtype=np.bool_)
    frames = [_answers(none, chains, rule, may_control, direct, stakes, sure=sure)]
    for first in range(0, len(targets), TARGETS):
        some = targets[first : first + TARGETS].astype(np.int32)
        rows = owner_rows(
            view.bounds,
            view.order,
            view.links,
            some,
            need=rule.need,
            counted=counted,
            whole=view.listed[some] | scaled[some],
            threads=threads,
            progress=None if progress is None else partial(_further, progress, first, len(targets)),
        )
        chains = lists_of(rows.offsets, rows.chain)
        sure = ~doubted[rows.owner]
        if not sure.all():
            owners = some[doubted[some]]
            sure, chains = relied_on(view, rows, sure, chains, owners, counted, threads)
        answers = _answers(rows, chains, rule, may_control, direct, stakes, sure=sure)
        blocked = pl.Series(view.listed[rows.owner])  # shown wherever the cascade leads
        frames.append(answers.filter((pl.col("beneficial_owner") > 0) | blocked))
    found = pl.concat(frames)
    del frames
    found = _with_cascade(found, view)
    found = found.filter((pl.col("beneficial_owner") > 0) | (pl.col("cascade") > 0))
    cascade = pl.lit("cascade", dtype=BASES)
    found = found.with_columns(
        basis=pl.when(pl.col("beneficial_owner") > 0).then("basis").otherwise(cascade)
    )
    if rule.last_resort:
        hidden = may_hide_somebody(register, view, threads=threads)
        stand_ins = last_resort(register, rule, found, may_control, hidden, today=today)
        found = pl.concat([found, with_shares(view, stand_ins, threads=threads)])
    return found.select(*CONTROL_COLUMNS).cast(pl.Schema(CONTROL_COLUMNS)).sort("entity", "owner")


def _direct_stakes(view: OwnershipView, rule: ControlRule) -> pl.DataFrame:
    """Direct stakes that reach the threshold as they are stated: ``reached`` (1 at most, 2).

    ``scaled`` marks those that others leave no room for: looked through they are less.
    """
    stakes = view.stakes
    far = np.flatnonzero(stakes.high >= rule.need)
    owned = stakes.owned[far]
    sure = stakes.sure[far] >= rule.need
    return pl.DataFrame(
        {
            "owner": stakes.owner[far],
            "entity": owned,
            "reached": (1 + sure).astype(np.uint8),
            "scaled": stakes.stated[owned] - stakes.low[far] + stakes.high[far] > BILLION,
        }
    )


def _further(progress: Progress, before: int, total: int, done: int, _of: int) -> None:
    progress(before + done, total)


def _of_kinds(register: Register, kinds: Sequence[str]) -> Bool:
    wanted = np.array([not kinds or kind in kinds for kind in ENTITY_KINDS])
    found: Bool = wanted[register.kind]
    return found


def _direct(register: Register, today: int) -> pl.DataFrame:
    """Pairs with a recorded controller, and whether it is beyond doubt."""
    relationships = register.relationships
    held = relationships.in_force(today) & (relationships.kind == KIND_CODES["actual_controller"])
    return (
        pl.DataFrame(
            {
                "owner": relationships.source[held],
                "entity": relationships.target[held],
                "recorded": np.where(relationships.confidence[held] >= 1, 2, 1).astype(np.uint8),
            }
        )
        .group_by("owner", "entity")
        .agg(pl.col("recorded").max())
    )


def _answers(
    rows: OwnerRows,
    chains: pl.Series,
    rule: ControlRule,
    may_control: Bool,
    direct: pl.DataFrame,
    stakes: pl.DataFrame,
    *,
    sure: Bool,
) -> pl.DataFrame:
    """Whether each owner is a controller or a beneficial owner, and by which of the three ways.

    ``sure`` marks rows whose lower bounds can be relied on: no contradiction has a part in them.
    """

    def reached(values: np.ndarray) -> Bool:
        enough: Bool = np.rint(values * BILLION) >= rule.need
        return enough

    def bit(number: int) -> Bool:
        return (rows.flags >> number & 1).astype(np.bool_)

    frame = pl.DataFrame(
        {
            "entity": rows.entity,
            "owner": rows.owner,
            "integrated_low": rows.low,
            "integrated_high": rows.high,
            "integrated": (reached(rows.low) & sure).astype(np.uint8) + reached(rows.high),
            "majority": 2 * bit(0) + (bit(2) & ~bit(0)).astype(np.uint8),
            "linked": 2 * bit(1) + (bit(3) & ~bit(1)).astype(np.uint8),
            "chain": chains,
            "eligible": may_control[rows.owner],
        }
    ).join(direct, on=["owner", "entity"], how="left", maintain_order="left")
    stated = stakes.select("owner", "entity", "reached")
    frame = frame.join(stated, on=["owner", "entity"], how="left", maintain_order="left")
    linked = pl.col("linked")
    if "majority" in rule.bases:
        # A chain with a recorded link in it is not said where majorities alone explain as much.
        linked = pl.when(linked > pl.col("majority")).then(linked).otherwise(0)
    recorded = pl.max_horizontal(linked, pl.col("recorded").fill_null(0)).cast(pl.UInt8)
    ways = {
        "integrated": pl.max_horizontal("integrated", "reached").cast(pl.UInt8),
        "majority": pl.col("majority").cast(pl.UInt8),
        "recorded": recorded,
    }
    counted = {
        name: pl.when("eligible").then(way).otherwise(pl.lit(0, pl.UInt8))
        for name, way in ways.items()
        if name in rule.bases
    }
    frame = frame.with_columns(**{f"by_{name}": way for name, way in counted.items()})
    controls = [f"by_{name}" for name in counted if name != "integrated"]
    nobody = pl.lit(0, pl.UInt8)
    frame = frame.with_columns(
        controller=pl.max_horizontal(nobody, *controls),
        beneficial_owner=pl.max_horizontal(nobody, *(f"by_{name}" for name in counted)),
    )
    said = [
        pl.when(pl.col(f"by_{name}") == pl.col("beneficial_owner")).then(pl.lit(name))
        for name in counted
    ]
    return frame.select(
        "entity",
        "owner",
        "integrated_low",
        "integrated_high",
        pl.lit(0, pl.UInt8).alias("cascade"),
        "controller",
        "beneficial_owner",
        # Who has no answer gets the first word for now.
        pl.concat_str(said, separator="+", ignore_nulls=True).cast(BASES).alias("basis"),
        "chain",
    )


def _with_cascade(found: pl.DataFrame, view: OwnershipView) -> pl.DataFrame:
    """The answers of the 50 % rule: through which listed entity who is blocked."""
    cascade = view.rule.cascade
    if cascade is None or view.blocked is None or not view.listed.any():
        return found
    chains = chains_by(view.stakes, view.blocked, view.listed, cascade, view.links)
    pairs = pl.DataFrame(
        {
            "entity": chains.entity,
            "owner": chains.listed,
            "blocked": chains.sure.astype(np.uint8) + 1,
            "way": lists_of(chains.offsets, chains.chain),
        }
    ).cast({"blocked": pl.UInt8})
    return (
        found.join(pairs, on=["entity", "owner"], how="full", coalesce=True)
        .with_columns(
            pl.col("integrated_low", "integrated_high").fill_null(0.0),
            pl.col("controller", "beneficial_owner").fill_null(0),
            cascade=pl.col("blocked").fill_null(0),
            # The chain shown is the owner's, where there is one.
            chain=pl.when(pl.col("beneficial_owner").fill_null(0) > 0)
            .then("chain")
            .otherwise(pl.coalesce("way", "chain")),
        )
        .drop("blocked", "way")
    )


@dataclass(frozen=True, slots=True)
class Computed:
    """Controllers found by computation, as relationships; ``possible`` where not sure."""

    source: Int32
    target: Int32
    possible: Bool

    def __len__(self) -> int:
        return len(self.source)

    def added_to(self, register: Register, today: int) -> Register:
        """The register with them as actual controllers, on that day and on no other."""
        return extended(register, computed_relationships(self.source, self.target, today))


def computed_relationships(source: Int32, target: Int32, today: int) -> Relationships:
    """Controllers found by computation, as recorded ones on one day of which no share is stated."""
    count = len(source)

    def filled(value: float, dtype: type[np.generic]) -> Any:
        return np.full(count, value, dtype=dtype)

    return Relationships(
        source=source.astype(np.int32),
        target=target.astype(np.int32),
        kind=filled(KIND_CODES["actual_controller"], np.uint8),
        share=filled(UNKNOWN_SHARE, np.int32),
        share_low=filled(0, np.int32),
        share_high=filled(BILLION, np.int32),
        confidence=filled(1.0, np.float64),
        start=filled(today, np.int32),
        end=filled(today + 1, np.int32),
    )


def computed_of(register: Register, rule: ControlRule, rows: pl.DataFrame) -> Computed | None:
    """The controllers that serve legal rules as recorded ones do, if the pack lets any.

    Public bodies are left out: common state ownership makes nobody an affiliate.
    """
    if rule.serves == "none":
        return None
    least = 2 if rule.serves == "yes" else 1
    public = register.is_kind("public_body")
    serving = rows.filter(
        (pl.col("controller") >= least)
        & (pl.col("basis") != LAST_RESORT)
        & ~pl.Series(public[rows["owner"].to_numpy()])
    )
    return Computed(
        source=serving["owner"].to_numpy(),
        target=serving["entity"].to_numpy(),
        possible=(serving["controller"] == 1).to_numpy(),
    )

"""Who stands in where nobody owns or controls, and the ends above that could hide somebody.

A chain of owners ends where an organisation's owners are not all stated. Its *gap* is the larger of
what its owners leave unstated and the largest stake of one who stands for somebody unknown: one
unknown owner per gap, for two gaps are never taken for one person. Nothing is hidden behind a
person or a public body.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from trustgraph.ownership.answers import BASES, LAST_RESORT
from trustgraph.ownership.shares import no_links, owner_rows
from trustgraph.ownership.stakes import Stakes
from trustgraph.ownership.view import MAJORITY, OwnershipView
from trustgraph.policy import ControlRule
from trustgraph.register import Bool, Int64, Register

__all__ = ["gaps_of", "last_resort", "may_hide_somebody", "with_shares"]

TARGETS = 1 << 21
"""Ends that are looked down from at a time."""

_LINKS = {"majority": 0b0101, "recorded": 0b1010}
"""Flags of rows of owners by the way of control that they speak of."""


def gaps_of(register: Register, stakes: Stakes) -> Int64:
    """How much of each entity one unknown owner may hold (billionths, int64, n)."""
    gaps = stakes.room
    blind = stakes.blind[stakes.owner]
    np.maximum.at(gaps, stakes.owned[blind], stakes.high[blind])
    known = register.is_kind("person") | register.is_kind("public_body") | stakes.blind
    gaps[known] = 0
    return gaps


def may_hide_somebody(
    register: Register, view: OwnershipView, *, threads: int | None = None
) -> Bool:
    """Entities above which an end could hide a beneficial owner or controller (bool, n).

    By share: what the end holds of the entity at most, times its gap, reaches the threshold. By
    control: more than half of the end may be an unknown's, and links lead down from it.
    """
    rule, stakes = view.rule, view.stakes
    gaps = gaps_of(register, stakes)
    shares = "integrated" in rule.bases
    links = sum(bits for name, bits in _LINKS.items() if name in rule.bases)
    hidden = np.zeros(len(register), dtype=np.bool_)
    if shares:
        hidden |= gaps >= rule.need
    if "majority" in rule.bases:
        hidden |= gaps > MAJORITY
    leads = np.zeros(len(register), dtype=np.bool_)
    leads[stakes.owner] = True
    leads |= np.diff(view.links.offsets) > 0
    # An end of which less is unknown than anything asks for hides nobody.
    ends = np.flatnonzero(leads & (gaps >= min(rule.need, MAJORITY + 1)))
    for first in range(0, len(ends), TARGETS):
        some = ends[first : first + TARGETS].astype(np.int32)
        rows = owner_rows(
            view.bounds, view.order, view.links, some, need=rule.need, threads=threads
        )
        gap = gaps[rows.owner]
        found = ((rows.flags & links) > 0) & (gap > MAJORITY)
        if shares:
            found |= np.rint(rows.high * gap) >= rule.need
        hidden[rows.entity[found]] = True
    return hidden


def last_resort(
    register: Register,
    rule: ControlRule,
    found: pl.DataFrame,
    may_control: Bool,
    hidden: Bool,
    *,
    today: int,
) -> pl.DataFrame:
    """Who stands in where nobody surely owns or controls: holders of the first step with any.

    ``found`` are all other answers. Where somebody else possibly does, or may be ``hidden``, who
    stands in is possible, too.
    """
    relationships = register.relationships
    open_ = register.is_kind("company") | register.is_kind("other")
    sure = found.filter(pl.col("beneficial_owner") == 2)["entity"].to_numpy()
    open_[sure] = False
    unsure = hidden.copy()
    unsure[found.filter(pl.col("beneficial_owner") == 1)["entity"].to_numpy()] = True
    live = relationships.in_force(today)
    frames = []
    for step in rule.last_resort:
        held = live & (relationships.kind == step >> 1)
        ends = (relationships.target, relationships.source)
        entity, owner = ends if step & 1 else ends[::-1]
        held &= open_[entity] & may_control[owner]
        pairs = pl.DataFrame({"entity": entity[held], "owner": owner[held]}).unique()
        open_[pairs["entity"].to_numpy()] = False
        frames.append(pairs)
    rows = pl.concat(frames)
    possible = unsure[rows["entity"].to_numpy()]
    shares = found.select("entity", "owner", "integrated_low", "integrated_high")
    rows = rows.with_columns(
        controller=pl.lit(0, pl.UInt8),
        beneficial_owner=pl.Series(np.where(possible, 1, 2), dtype=pl.UInt8),
        cascade=pl.lit(0, pl.UInt8),
        basis=pl.lit(LAST_RESORT, dtype=BASES),
        chain=pl.concat_list("owner", "entity"),
    )
    # Who is a possible controller already is not named twice.
    rows = rows.join(shares, on=["entity", "owner"], how="anti")
    return rows.with_columns(integrated_low=pl.lit(0.0), integrated_high=pl.lit(0.0)).select(
        found.columns
    )


def with_shares(
    view: OwnershipView, rows: pl.DataFrame, *, threads: int | None = None
) -> pl.DataFrame:
    """Rows of who stands in with what they hold, looked through: less than is asked, as a rule."""
    holds = np.zeros(len(view.stakes.stated), dtype=np.bool_)
    holds[view.stakes.owner] = True
    owners = np.unique(rows["owner"].to_numpy())
    owners = owners[holds[owners]].astype(np.int32)
    if not len(owners):
        return rows
    wanted = rows.select("entity", "owner")
    frames = []
    for first in range(0, len(owners), TARGETS):
        some = owners[first : first + TARGETS]
        found = owner_rows(
            view.bounds,
            view.order,
            no_links(len(holds)),
            some,
            need=1,
            whole=np.ones(len(some), dtype=np.bool_),
            threads=threads,
        )
        held = pl.DataFrame(
            {"entity": found.entity, "owner": found.owner, "low": found.low, "high": found.high}
        )
        frames.append(held.join(wanted, on=["entity", "owner"], how="semi"))
    shares = pl.concat(frames)
    return (
        rows.join(shares, on=["entity", "owner"], how="left", maintain_order="left")
        .with_columns(
            integrated_low=pl.col("low").fill_null(0.0),
            integrated_high=pl.col("high").fill_null(0.0),
        )
        .select(rows.columns)
    )

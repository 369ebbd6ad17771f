"""Ownership as of a day: everything that answers about it start from, made once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trustgraph.ownership.bounds import ShareBounds, share_bounds
from trustgraph.ownership.cascade import Blocked
from trustgraph.ownership.cascade_apart import blocked_by
from trustgraph.ownership.graph_kernel import grouped
from trustgraph.ownership.rings import Order, ownership_order
from trustgraph.ownership.shares import ControlLinks
from trustgraph.ownership.stakes import Stakes, stakes_of
from trustgraph.parallel import threads_of
from trustgraph.policy import ControlRule
from trustgraph.records.as_of import RecordState
from trustgraph.register import Bool, Register, day_number
from trustgraph.schema import BILLION, KIND_CODES

__all__ = ["MAJORITY", "OwnershipView", "listed_by", "ownership_view"]

MAJORITY = BILLION // 2
"""A stake is a majority if it is more than this, in billionths."""


FEW_STAKES = 1 << 13


@dataclass(frozen=True, slots=True)
class OwnershipView:
    """Stakes, their order and bounds, control links; ``listed`` and ``blocked`` where a pack asks.

    ``listed`` marks entities with a counting record of a type that blocks.
    """

    rule: ControlRule
    stakes: Stakes
    order: Order
    bounds: ShareBounds
    links: ControlLinks
    listed: Bool
    blocked: Blocked | None


def ownership_view(
    register: Register, rule: ControlRule, record_state: RecordState
) -> OwnershipView:
    """The view of a register as of the day of a standing, by a pack's [control]."""
    today = day_number(record_state.as_of)
    stakes = stakes_of(register, today=today, unknown_forms=rule.unknown_forms)
    listed = listed_by(register, rule, record_state)
    # The order takes as long as all the rest: where there is much to do, beside it.
    with threads_of(1 if len(stakes) > FEW_STAKES else 0) as pool:
        order = pool.submit(ownership_order, stakes)
        links = _control_links(register, stakes, today)
        bounds = share_bounds(stakes)
        blocked = None
        if rule.cascade is not None:
            blocked = blocked_by(stakes, listed, rule.cascade, links)
        return OwnershipView(
            rule=rule,
            stakes=stakes,
            order=order.result(),
            bounds=bounds,
            links=links,
            listed=listed,
            blocked=blocked,
        )


def _control_links(register: Register, stakes: Stakes, today: int) -> ControlLinks:
    """Majorities and recorded controllers, by whom they lead from."""
    owned = stakes.owned
    major = (stakes.high > MAJORITY) & (stakes.owner != owned) & ~stakes.blind[stakes.owner]
    relationships = register.relationships
    recorded = relationships.in_force(today) & (
        relationships.kind == KIND_CODES["actual_controller"]
    )
    recorded &= relationships.source != relationships.target
    recorded &= ~stakes.blind[relationships.source]
    source = np.concatenate([stakes.owner[major], relationships.source[recorded]])
    target = np.concatenate([owned[major], relationships.target[recorded]])
    kind = np.concatenate(
        [
            np.where(stakes.sure[major] > MAJORITY, 0, 2),
            np.where(relationships.confidence[recorded] >= 1, 1, 3),
        ]
    ).astype(np.uint8)
    # Sorted by kind, then stably by target, then by source: each in linear time.
    work = 2 * (len(register) + len(kind))
    _, order = grouped(kind.astype(np.int32), 4, work=work)
    order = order[grouped(target[order], len(register), work=work)[1]]
    offsets, last = grouped(source[order], len(register), work=work)
    order = order[last]
    return ControlLinks(offsets=offsets, to=target[order], kind=kind[order])


def listed_by(register: Register, rule: ControlRule, record_state: RecordState) -> Bool:
    """Entities with a counting record of a type that blocks."""
    listed = np.zeros(len(register), dtype=np.bool_)
    if rule.cascade is not None:
        records = register.records
        codes = rule.cascade.listed
        blocks = np.array([code in codes for code in records.types] or [False])
        listed[records.entity[record_state.counts & blocks[records.type_code]]] = True
    return listed

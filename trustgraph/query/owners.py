"""Who owns an entity and whom it owns: direct and look-through shares side by side.

Answers are plain dictionaries, the same for the terminal, JSON and screens. Shares are fractions.
Natural persons appear masked unless the case says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.ownership.cascade import Blocked
from trustgraph.ownership.cascade_apart import blocked_by
from trustgraph.ownership.shares import OwnerRows, owner_rows
from trustgraph.ownership.stakes import OVERFULL
from trustgraph.ownership.view import MAJORITY, OwnershipView, ownership_view
from trustgraph.policy import ControlRule
from trustgraph.policy.model import CascadeRule
from trustgraph.query.session import Session
from trustgraph.register import Int32, Int64, day_number, excerpt_of
from trustgraph.schema import BILLION
from trustgraph.scoring.neighbourhood import owned_below, owners_above

__all__ = ["DEFAULT_RULE", "LARGEST_TREE", "held_by_listed", "owned_by", "owners_of"]

DEFAULT_RULE: Final = ControlRule(threshold=BILLION // 4)
"""What is asked where a pack has no [control]: a quarter, by any of the three ways."""

_HALF: Final = CascadeRule(listed=(), threshold=BILLION // 2)
"""What a listing would mean where a pack does not say what blocks."""

LARGEST_TREE: Final = 500
"""Owners that a tree shows; what is cut is counted."""

DEEPEST_TREE: Final = 20
"""Levels of owners that a tree shows; whose owners are not shown says so (``deeper``)."""

_NO: Final = "no"


@dataclass(frozen=True, slots=True)
class _Part:
    """Ownership among the few whom a question is about: they are numbered on their own there."""

    session: Session
    numbers: Int64
    view: OwnershipView

    def whole(self, number: int) -> int:
        """The number in the register of who has a number here."""
        return int(self.numbers[number])

    def place(self, number: int) -> int:
        return int(np.searchsorted(self.numbers, number))

    def shown_id(self, number: int) -> str:
        return self.session.shown_id(self.whole(number))

    def name(self, number: int) -> str:
        return self.session.name(self.whole(number))

    def kind(self, number: int) -> str:
        return self.session.kind(self.whole(number))


@dataclass(slots=True)
class _Tree:
    """A tree of owners while it grows."""

    part: _Part
    root: int
    shares: dict[int, tuple[float, float]]
    answers: dict[int, dict[str, Any]]
    expanded: set[int] = field(default_factory=set)
    shown: int = 0
    cut: int = 0


def owners_of(session: Session, entity: str) -> dict[str, Any]:
    """The owners of an entity, their owners and so on, as a tree.

    Keys: ``entity``, ``name``, ``kind``, ``as_of``, ``threshold``, ``stated`` (what owners state
    together at least), ``overfull``, ``owners`` (a tree, see below), ``cut`` (owners left out of
    it), ``controllers``, ``beneficial_owners`` and ``blocked_through`` (answers as in
    ``control.parquet``, the listed and those who hold most first, with ``why`` where the methods
    differ), and where the pack says what blocks ``blocked`` (``yes``, ``possible``, ``no``),
    ``blocked_by`` (``list``, ``shares``, ``control`` or null), ``listed``, ``cascade_threshold``
    (exceeded where ``more_than``, else reached), ``by_control`` (control alone blocks, too) and
    ``held`` by blocked parties together (of several listed parties the most by one and those whom
    it blocks, unless they are ``summed``) and the rule's ``note``. ``notice`` says what is not
    certain about it.

    A node of the tree has ``owner``, ``name``, ``kind``, ``direct`` and ``look_through`` (``low``,
    ``high``: of the entity asked about), ``unknown`` (it stands for somebody), ``listed`` (as the
    pack's rule counts it), ``on_black_list`` (of any kind), ``blocked``, ``ring`` (it stands above
    itself), ``seen`` (its owners are shown elsewhere), ``deeper`` (its owners are left out: see
    ``DEEPEST_TREE``) and ``owners``; what nobody known holds is a node with ``owner`` null. Raises
    UnknownEntityError.
    """
    alone = session.number(entity)
    rows_of_run = session.found("control", alone)
    part = _part_above(session, np.union1d([alone], _named(session, rows_of_run)))
    view, number = part.view, part.place(alone)
    above = _above(view, number)
    rows = _rows_into(view, above, number)
    tree = _Tree(
        part=part,
        root=number,
        shares={int(o): (lo, hi) for o, lo, hi in zip(rows[0], rows[1], rows[2], strict=True)},
        answers=_answers(part, rows_of_run, "owner"),
    )
    owners = _nodes(tree, number, (number,))
    answers = sorted(
        tree.answers.values(),
        key=lambda row: (
            not row["listed"],
            -row["look_through"]["high"],
            len(row["chain"]) or LARGEST_TREE,
            row["owner"],
        ),
    )
    stated = int(view.stakes.stated[number])
    found: dict[str, Any] = {
        "entity": part.shown_id(number),
        "name": part.name(number),
        "kind": part.kind(number),
        "as_of": session.as_of.isoformat(),
        "policy": {"name": session.policy.name, "version": session.policy.version},
        "threshold": view.rule.threshold / BILLION,
        "notice": session.say(view.rule.notice),
        "stated": stated / BILLION,
        "overfull": stated > OVERFULL,
        "owners": owners,
        "cut": tree.cut,
        "controllers": [row for row in answers if row["controller"] != _NO],
        "beneficial_owners": [row for row in answers if row["beneficial_owner"] != _NO],
        "blocked_through": [row for row in answers if row["cascade"] != _NO],
    }
    if view.blocked is not None and view.rule.cascade is not None:
        found |= {
            "blocked": _blocked(view, number),
            "blocked_by": _blocked_by(view, view.blocked, view.rule.cascade.need, number),
            "listed": bool(view.listed[number]),
            "note": session.say(view.rule.note),
            "cascade_threshold": view.rule.cascade.threshold / BILLION,
            "more_than": view.rule.cascade.more_than,
            "by_control": view.rule.cascade.by_control,
            "summed": view.rule.cascade.summed,
            "held": {
                "low": int(view.blocked.held_low[number]) / BILLION,
                "high": int(view.blocked.held_high[number]) / BILLION,
            },
        }
    return found


def held_by_listed(session: Session, number: int) -> dict[str, float] | None:
    """What listed or blocked parties hold of an entity together, and how much is ``known`` of it.

    None where the pack's rule of the day does not ask, and of persons.
    """
    rule = session.policy.control_on(session.as_of)
    if rule is None or rule.cascade is None or session.kind(number) == "person":
        return None
    part = _part_above(session, np.array([number], dtype=np.int64))
    at, blocked = part.place(number), part.view.blocked
    assert blocked is not None  # the rule has a cascade
    return {
        "low": int(blocked.held_low[at]) / BILLION,
        "high": int(blocked.held_high[at]) / BILLION,
        "known": min(BILLION, int(part.view.stakes.stated[at])) / BILLION,
    }


def owned_by(session: Session, owner: str) -> dict[str, Any]:
    """What an entity owns or controls, by look-through share.

    Keys: ``owner``, ``name``, ``kind``, ``as_of``, ``notice``, ``listed``, and ``owned``: rows with
    ``entity``, ``name``, ``direct`` (null where it holds nothing directly), ``look_through``,
    ``controller``, ``beneficial_owner``, ``basis``, ``cascade``, ``chain``, ``names``, ``blocked``
    (whether it is, whoever by) and ``if_listed``: whether it would be if this owner were listed,
    too. Every pair
    of ``control.parquet`` is among them. Raises UnknownEntityError.
    """
    alone = session.number(owner)
    rows_of_run = session.answers.owned_by(alone, session.id(alone))
    below = owned_below(session.overlay, np.array([alone], dtype=np.int64), today=_today(session))
    part = _part_above(session, np.union1d(below, _named(session, rows_of_run)))
    view, number = part.view, part.place(alone)
    found = owner_rows(
        view.bounds,
        view.order,
        view.links,
        np.array([number], dtype=np.int32),
        need=1,
        whole=np.ones(1, dtype=np.bool_),
        threads=1,
    )
    rule = view.rule.cascade
    also = view.listed.copy()
    also[number] = True
    would = blocked_by(view.stakes, also, rule or _HALF, view.links)
    answers = _answers(part, rows_of_run, "entity")
    places = {int(entity): place for place, entity in enumerate(found.entity)}
    worse = would.possible.copy()
    if view.blocked is not None:
        worse = (would.sure & ~view.blocked.sure) | (would.possible & ~view.blocked.possible)
    worse[number] = False
    # What looks through to nothing (through a nominee, say) may be controlled or blocked all the
    # same.
    entities = sorted({*places, *answers, *np.flatnonzero(worse).tolist()})
    rows = []
    for entity in entities:
        row = _owned_row(part, found, number, entity, places.get(entity), answers.get(entity))
        row["blocked"] = _blocked(view, entity)
        row["if_listed"] = (
            "yes" if would.sure[entity] else "possible" if would.possible[entity] else _NO
        )
        rows.append(row)
    rows.sort(key=lambda row: (-row["look_through"]["high"], row["entity"]))
    return {
        "owner": part.shown_id(number),
        "name": part.name(number),
        "kind": part.kind(number),
        "as_of": session.as_of.isoformat(),
        "policy": {"name": session.policy.name, "version": session.policy.version},
        "notice": session.say(view.rule.notice),
        "listed": bool(view.listed[number]),
        "owned": rows,
    }


def _part_above(session: Session, entities: Int64) -> _Part:
    """Ownership of some entities and of all above them."""
    part = excerpt_of(
        session.register, owners_above(session.overlay, entities, today=_today(session))
    )
    rule, record_state = (
        session.policy.control_on(session.as_of) or DEFAULT_RULE,
        session.record_state.of(part.records),
    )
    return _Part(session, part.entities, ownership_view(part.register, rule, record_state))


def _today(session: Session) -> int:
    return day_number(session.as_of)


def _named(session: Session, rows: pl.DataFrame) -> Int64:
    """The numbers of all whom some answers name."""
    named = pl.concat([rows["entity"], rows["owner"], rows["chain"].explode().drop_nulls()])
    return np.array([session.number(entity) for entity in named.unique()], dtype=np.int64)


def _above(view: OwnershipView, number: int) -> Int32:
    """Everybody above an entity, itself included where it stands in a ring."""
    offsets, owner, high = view.stakes.offsets, view.stakes.owner, view.stakes.high
    seen: set[int] = set()
    fresh = [number]
    while fresh:
        here = fresh.pop()
        for at in range(offsets[here], offsets[here + 1]):
            above = int(owner[at])
            if above not in seen and high[at] > 0 and not view.stakes.blind[above]:
                seen.add(above)
                fresh.append(above)
    return np.array(sorted(seen), dtype=np.int32)


def _rows_into(
    view: OwnershipView, above: Int32, number: int
) -> tuple[list[int], list[float], list[float]]:
    """Look-through shares of everybody above an entity in it."""
    owners, low, high = [], [], []
    for owner in above:
        rows = owner_rows(
            view.bounds,
            view.order,
            view.links,
            np.array([owner], dtype=np.int32),
            need=1,
            threads=1,
        )
        here = np.flatnonzero(rows.entity == number)
        if len(here):
            owners.append(int(owner))
            low.append(float(rows.low[here[0]]))
            high.append(float(rows.high[here[0]]))
    return owners, low, high


def _nodes(tree: _Tree, number: int, path: tuple[int, ...]) -> list[dict[str, Any]]:
    """Who owns an entity, and their owners. ``path`` leads from the root down to it."""
    stakes = tree.part.view.stakes
    begin, end = stakes.offsets[number], stakes.offsets[number + 1]
    places = sorted(
        range(begin, end), key=lambda at: (-int(stakes.high[at]), int(stakes.owner[at]))
    )
    nodes: list[dict[str, Any]] = []
    for at in places:
        if tree.shown >= LARGEST_TREE:
            tree.cut += 1
            continue
        tree.shown += 1
        nodes.append(_node(tree, int(stakes.owner[at]), at, path))
    left = BILLION - int(stakes.stated[number])
    if end > begin and left > 0:
        bounded = int((stakes.high[begin:end] - stakes.low[begin:end]).sum())
        unknown = {"low": max(0, left - bounded) / BILLION, "high": left / BILLION}
        nodes.append({"owner": None, "direct": unknown})
    return nodes


def _node(tree: _Tree, owner: int, at: int, path: tuple[int, ...]) -> dict[str, Any]:
    part, view = tree.part, tree.part.view
    ring = owner in path
    has_owners = view.stakes.offsets[owner] < view.stakes.offsets[owner + 1]
    seen = bool(not ring and has_owners and owner in tree.expanded)
    low, high = tree.shares.get(owner, (0.0, 0.0))
    node: dict[str, Any] = {
        "owner": part.shown_id(owner),
        "name": part.name(owner),
        "kind": part.kind(owner),
        "direct": {
            "low": int(view.stakes.low[at]) / BILLION,
            "high": int(view.stakes.high[at]) / BILLION,
        },
        "look_through": None if owner == tree.root else {"low": low, "high": high},
        "unknown": bool(view.stakes.blind[owner]),
        "listed": bool(view.listed[owner]),
        "on_black_list": part.session.on_grave_list(part.whole(owner)),
        "blocked": _blocked(view, owner),
        "ring": ring,
        "seen": seen,
        "deeper": bool(has_owners and not (ring or seen) and len(path) >= DEEPEST_TREE),
        "owners": [],
    }
    if not (ring or seen or node["unknown"] or node["deeper"]):
        tree.expanded.add(owner)
        node["owners"] = _nodes(tree, owner, (*path, owner))
    return node


def _blocked(view: OwnershipView, number: int) -> str:
    if view.blocked is None or not view.blocked.possible[number]:
        return _NO
    return "yes" if view.blocked.sure[number] else "possible"


def _blocked_by(view: OwnershipView, blocked: Blocked, need: int, number: int) -> str | None:
    if not blocked.possible[number]:
        return None
    if view.listed[number]:
        return "list"
    held = blocked.held_low if blocked.sure[number] else blocked.held_high
    return "shares" if held[number] >= need else "control"


def _answers(part: _Part, rows: pl.DataFrame, by: str) -> dict[int, dict[str, Any]]:
    """A run's answers about one entity by owner, or about one owner by entity."""
    session, view = part.session, part.view
    found: dict[int, dict[str, Any]] = {}
    for row in rows.to_dicts():
        chain = [part.place(session.number(entity)) for entity in row["chain"]]
        ends = {name: part.place(session.number(row[name])) for name in ("entity", "owner")}
        found[ends[by]] = {
            "owner": part.shown_id(ends["owner"]),
            "name": part.name(ends["owner"]),
            "listed": bool(view.listed[ends["owner"]]),
            "look_through": {"low": row["integrated_low"], "high": row["integrated_high"]},
            "controller": row["controller"],
            "beneficial_owner": row["beneficial_owner"],
            "cascade": row["cascade"],
            "basis": row["basis"],
            "chain": [part.shown_id(number) for number in chain],
            "names": [part.name(number) for number in chain],
            "why": _why(part, row, ends["owner"], ends["entity"]),
        }
    return found


def _why(part: _Part, row: dict[str, Any], owner: int, held: int) -> list[dict[str, Any]]:
    """Where the methods differ: which says what, and the figures that make the difference."""
    view, rule = part.view, part.view.rule
    low, high = row["integrated_low"], row["integrated_high"]
    together = {"low": low, "high": high}
    found = []
    if rule.cascade is not None and view.blocked is not None:
        together = {
            "low": int(view.blocked.held_low[held]) / BILLION,
            "high": int(view.blocked.held_high[held]) / BILLION,
        }
        need = rule.cascade.need
        if row["cascade"] != _NO:
            if round(together["high"] * BILLION) < need:
                found.append("blocked_by_control")
            elif round(high * BILLION) < need:
                found.append("blocked_nominee" if view.stakes.blind[owner] else "blocked_below")
        elif round(low * BILLION) >= need and view.listed[owner]:
            found.append("not_blocked")
    if row["beneficial_owner"] != _NO and "integrated" not in row["basis"]:
        found.append(f"by_{row['basis'].partition('+')[0]}")
    entity = part.name(held)
    return [
        {"code": code, "entity": entity, "low": low, "high": high, "held": together}
        for code in found
    ]


def _owned_row(
    part: _Part,
    rows: OwnerRows,
    owner: int,
    entity: int,
    place: int | None,
    answer: dict[str, Any] | None,
) -> dict[str, Any]:
    """One holding: its place in ``rows`` if it looks through to anything, and the run's answer."""
    stakes = part.view.stakes
    begin, end = stakes.offsets[entity], stakes.offsets[entity + 1]
    direct = begin + np.flatnonzero(stakes.owner[begin:end] == owner)
    low, high = (0.0, 0.0) if place is None else (float(rows.low[place]), float(rows.high[place]))
    chain: list[int] = []
    if place is not None:
        chain = rows.chain[rows.offsets[place] : rows.offsets[place + 1]].tolist()
    return {
        "entity": part.shown_id(entity),
        "name": part.name(entity),
        "direct": {
            "low": int(stakes.low[direct[0]]) / BILLION,
            "high": int(stakes.high[direct[0]]) / BILLION,
        }
        if len(direct)
        else None,
        "look_through": {"low": low, "high": high},
        "controller": _NO if answer is None else answer["controller"],
        "beneficial_owner": _NO if answer is None else answer["beneficial_owner"],
        "cascade": _NO if answer is None else answer["cascade"],
        "basis": None if answer is None else answer["basis"],
        "chain": [part.shown_id(number) for number in chain] or (answer or {}).get("chain", []),
        "names": [part.name(number) for number in chain] or (answer or {}).get("names", []),
        "majority": bool(len(direct) and stakes.low[direct[0]] > MAJORITY),
    }

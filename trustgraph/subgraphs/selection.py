"""Who belongs to a subgraph, and who had to stay out: five ways to ask, under one budget.

Every way puts whole answers first (a chain is shown whole or not at all) and counts what the budget
cut, by the rule that cut it: nobody is to take what is shown for all there is.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from trustgraph.errors import UsageError
from trustgraph.query.explain import ledger_of
from trustgraph.query.session import Session
from trustgraph.register import Int64
from trustgraph.schema import ENTITY_KINDS
from trustgraph.subgraphs.between import on_paths
from trustgraph.subgraphs.parts import Following, beside, neighbours

__all__ = [
    "BUDGET",
    "FAMILY_SHARE",
    "LONGEST",
    "Chain",
    "Selected",
    "around_some",
    "between_two",
    "chains_upon",
    "evidence_of_some",
    "family_of",
    "reached_by",
    "these_alone",
]

BUDGET: Final = 300
LONGEST: Final = 4
"""Relationships that a path between two parties has at most, unless more are asked for."""

FAMILY_SHARE: Final = 0.25
"""The least share by which a family hangs together, unless another is asked for."""

_OWNING: Final = ("shareholder", "branch", "actual_controller")
_BARRIER: Final = ENTITY_KINDS.index("public_body")


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of entities that carries a ledger line (``micro``) or a consequence (``force``).

    ``record`` is what it begins with, ``rule`` by which a consequence follows.
    """

    along: tuple[int, ...]
    micro: int
    reach: float
    force: str | None
    record: str | None = None
    rule: str | None = None

    @property
    def weight(self) -> tuple[int, int, tuple[int, ...]]:
        """Law before points, heavy before light; then by who is on it."""
        return (0 if self.force else 1, -abs(self.micro), self.along)


@dataclass(frozen=True, slots=True)
class Selected:
    """The parties of a subgraph by number, with what they were chosen by.

    ``hops`` are the numbers in the order in which they were chosen, each with how far it lies from
    a centre (None: not asked). ``chains`` are those that carry what was asked for, with the reach
    of each (0 to 1; 1 for law); None where none were looked for. ``cut`` counts what stayed out, by
    rule; ``within`` is how many parties there would be without the budget.
    """

    centres: tuple[int, ...]
    hops: Mapping[int, int | None]
    chains: tuple[Chain, ...] | None = None
    cut: Mapping[str, int] = field(default_factory=dict)
    within: int = 0

    @property
    def numbers(self) -> Int64:
        """The parties in ascending order."""
        return np.array(sorted(self.hops), dtype=np.int64)


def around_some(
    session: Session,
    centres: Sequence[int],
    *,
    hops: int = 2,
    budget: int = BUDGET,
    following: Following,
) -> Selected:
    """The parties near some, nearest first; in each ring those on their own chains come first."""
    chains = [chain for centre in centres for chain in chains_upon(session, centre)]
    on_chain = {one for chain in chains for one in chain.along}
    seen: dict[int, int | None] = dict.fromkeys(centres[:budget], 0)
    front = list(seen)
    near = outermost = np.unique(np.array(centres, dtype=np.int64))
    for hop in range(1, hops + 1):
        if not len(outermost):
            break
        ring = [one for one in _ranked(session, front, on_chain, following) if one not in seen]
        front = ring[: budget - len(seen)]
        seen.update(dict.fromkeys(front, hop))
        outermost = np.setdiff1d(beside(session, outermost, following)[1], near)
        near = np.union1d(near, outermost)
    cut = {"budget": len(near) - len(seen)} if len(near) > len(seen) else {}
    shown = tuple(chain for chain in chains if all(one in seen for one in chain.along))
    return Selected(tuple(centres), seen, shown, cut, len(near))


def _ranked(
    session: Session, front: Iterable[int], on_chain: set[int], following: Following
) -> list[int]:
    """Who lies one step beyond some entities, the most telling first."""
    found: dict[int, tuple[int, int]] = {}
    for here in front:
        for place, there in enumerate(neighbours(session, here, following)):
            told = 0 if there in on_chain else 1 if len(session.own_records(there)) else 2
            found[there] = min(found.get(there, (told, place)), (told, place))
    return sorted(found, key=lambda one: (*found[one], one))


def evidence_of_some(session: Session, centres: Sequence[int], *, budget: int = BUDGET) -> Selected:
    """Only the chains that carry ledger lines or consequences of some entities."""
    chains = [chain for centre in centres for chain in chains_upon(session, centre)]
    return _of_chains(centres, chains, budget)


def these_alone(session: Session, numbers: Sequence[int], *, budget: int = BUDGET) -> Selected:
    """Exactly some entities, the first of whom it is all about, with its chains among them."""
    shown: dict[int, int | None] = dict.fromkeys(numbers[:budget])
    chains = chains_upon(session, numbers[0])
    within = tuple(chain for chain in chains if all(one in shown for one in chain.along))
    cut = {"budget": len(numbers) - len(shown)} if len(numbers) > len(shown) else {}
    return Selected((numbers[0],), shown, within, cut, len(numbers))


def reached_by(session: Session, record: str, *, budget: int = BUDGET) -> Selected:
    """All that one record reaches: the chains of every ledger and consequence that name it.

    Raises UsageError where no record is called so, or the results do not say whom it reaches.
    """
    register, asked = session.register, record
    ids = register.records.rows.slice(0, len(register.records.entity), ["id"])["id"]
    found = (ids == record).arg_true()
    if found.is_empty():
        # As a masked person's is shown: by the pseudonym of whose it is.
        whose, _, rest = record.partition("/")
        number = session.number_if_known(whose)
        record = record if number is None else f"{session.id(number)}/{rest}"
        found = (ids == record).arg_true()
    if found.is_empty():
        raise UsageError(
            f"no record `{asked}` in this register",
            hint="`trustgraph explain RUN ENTITY --json` names the records of an entity",
        )
    subjects = sorted({int(one) for one in register.records.entity[found.to_numpy()].tolist()})
    if not session.whole_ledger:
        raise UsageError(
            "the run kept no whole ledger: whom a record reaches cannot be told",
            hint="score with --ledger all",
        )
    chains = list(_chains_in(session, session.answers.naming("ledger", record)))
    chains += _chains_in(session, session.answers.naming("consequences", record))
    return _of_chains(subjects, chains, budget)


def _of_chains(centres: Sequence[int], chains: Iterable[Chain], budget: int) -> Selected:
    """Chains whole, the heaviest first, as many as the budget allows."""
    seen: dict[int, int | None] = dict.fromkeys(centres[:budget], 0)
    every, shown, cut = set(seen), [], 0
    for chain in sorted(set(chains), key=lambda chain: chain.weight):
        every.update(chain.along)
        fresh = [one for one in dict.fromkeys(chain.along) if one not in seen]
        if len(seen) + len(fresh) > budget:
            cut += 1
            continue
        seen.update(dict.fromkeys(fresh, None))
        shown.append(chain)
    return Selected(tuple(centres), seen, tuple(shown), {"chains": cut} if cut else {}, len(every))


def chains_upon(session: Session, number: int) -> Iterator[Chain]:
    """The chains of an entity's consequences and of its ledger; an own record is a chain of one."""
    yield from _chains_in(session, session.found("consequences", number))
    yield from _chains_in(session, ledger_of(session, number))


def _chains_in(session: Session, rows: pl.DataFrame) -> Iterator[Chain]:
    """The chains of rows of a ledger or of consequences; an own record is a chain of one."""
    law = "force" in rows.columns
    for row in rows.iter_rows(named=True):
        names = row["chain"] or ([row["entity"]] if row["record"] is not None else [])
        if names:
            along = tuple(session.number(name) for name in names)
            if law:
                yield Chain(along, 0, 1.0, row["force"], row["record"], row["rule"])
            else:
                reach = 1.0 if row["reach"] is None else row["reach"]
                yield Chain(along, row["micro"], reach, None, row["record"])


def between_two(
    session: Session,
    origin: int,
    end: int,
    *,
    longest: int = LONGEST,
    budget: int = BUDGET,
    following: Following,
) -> Selected:
    """Everything between two: whoever lies on a path of so many relationships between them.

    The shortest come first. The two alone where there is none.
    """
    found = on_paths(session, origin, end, longest, following)
    order = sorted(found, key=lambda number: (*found[number], number))
    order = list(dict.fromkeys((origin, end, *order)))
    shown: dict[int, int | None] = {
        number: found[number][1] if number in found else None for number in order[:budget]
    }
    cut = {"budget": len(order) - len(shown)} if len(order) > len(shown) else {}
    if not found:
        cut["apart"] = longest
    return Selected((origin, end), shown, None, cut, len(order))


def family_of(
    session: Session,
    entity: int,
    *,
    budget: int = BUDGET,
    min_share: float = FAMILY_SHARE,
    past: bool = False,
) -> Selected:
    """An ownership family: who owns or controls an entity, at any height, and all that they hold.

    Holdings below ``min_share`` join nobody, but for those through which somebody holds as much in
    all, or controls it. From a public body nothing is followed downwards:
    common state ownership makes no family.
    """
    up = Following(kinds=_OWNING, past=past, min_share=min_share, ends="target")
    down = Following(kinds=_OWNING, past=past, min_share=min_share, ends="source")
    above = _climbed(session, {entity: 0}, up)
    for hop, one in enumerate(_looked_through(session, entity, min_share, past=past), 1):
        above.setdefault(one, hop)
    from_here = {
        one: hop for one, hop in above.items() if session.register.kind[one] != _BARRIER
    } or {entity: 0}
    below = _climbed(session, dict(from_here), down, stop_at_public=True)
    hops = {**below, **above}
    order = sorted(hops, key=lambda one: (one != entity, one not in above, hops[one], one))
    shown: dict[int, int | None] = {one: hops[one] for one in order[:budget]}
    cut = {"budget": len(order) - len(shown)} if len(order) > len(shown) else {}
    return Selected((entity,), shown, None, cut, len(order))


def _looked_through(session: Session, entity: int, min_share: float, *, past: bool) -> list[int]:
    """Owners by many small shares, who hold as much looked through, and over whom."""
    if past:  # shares are looked through as of the day
        return []
    answers = ("yes", "possible")
    holds = pl.col("integrated_high") >= min_share
    for column in ("controller", "beneficial_owner"):
        holds |= pl.col(column).is_in(answers)
    chains = session.found("control", entity).filter(holds)["chain"].to_list()
    return list(dict.fromkeys(session.number(one) for chain in chains for one in chain or ()))


def _climbed(
    session: Session,
    begin: dict[int, int],
    following: Following,
    *,
    stop_at_public: bool = False,
) -> dict[int, int]:
    """All that holdings lead to from some entities, in one direction, at any height."""
    found, front, kind = dict(begin), list(begin), session.register.kind
    for hop in itertools.count(1):
        if stop_at_public:
            front = [one for one in front if kind[one] != _BARRIER]
        if not front:
            break
        _, other = beside(session, np.array(sorted(front), dtype=np.int64), following)
        front = [one for one in np.unique(other).tolist() if one not in found]
        found.update(dict.fromkeys(front, hop))
    return found

"""What shown chains bring to parties, and over which relationships they go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from trustgraph.exposure import exposure_graph
from trustgraph.exposure.single import steps_along
from trustgraph.legal import steps_of_route
from trustgraph.query.session import Session
from trustgraph.register import day_number
from trustgraph.subgraphs.selection import Chain

__all__ = ["Carried", "carried_by"]

Most = tuple[float, str | None]
"""The greatest reach (0: none by market) and the strongest force (None: no law)."""


@dataclass(slots=True)
class Carried:
    """The most that chains bring to ``parties``, and over ``ties``: (ends ascending, kind)."""

    parties: dict[int, Most] = field(default_factory=dict)
    ties: dict[tuple[int, int, int], Most] = field(default_factory=dict)

    def over(self, one: int, other: int, kind: int) -> Most | None:
        """What goes over the relationships of a kind between two, None where nothing does."""
        return self.ties.get((min(one, other), max(one, other), kind))


def carried_by(session: Session, chains: Sequence[Chain]) -> Carried:
    """Follow each chain by the steps that its ledger line or its rule takes."""
    found = Carried()
    steps_of = _Steps(session, chains)
    for chain in chains:
        reach = 0.0 if chain.force else chain.reach
        last = chain.along[-1]
        found.parties[last] = _most(found.parties.get(last), reach, chain.force)
        for (here, there), step in zip(pairwise(chain.along), steps_of(chain), strict=False):
            key = min(here, there), max(here, there), step >> 1
            found.ties[key] = _most(found.ties.get(key), reach, chain.force)
    return found


class _Steps:
    """The codes of the steps of chains."""

    def __init__(self, session: Session, chains: Sequence[Chain]) -> None:
        self.session = session
        walked = [one for chain in chains if not chain.force for one in chain.along]
        rows = np.unique(np.array(walked, dtype=np.int64))
        self.graph = exposure_graph(
            session.register, session.policy, as_of=session.as_of, rows=rows, threads=1
        )
        rules = session.policy.rules_on(session.as_of)
        self.rules = {rule.code: rule for rule in rules}

    def __call__(self, chain: Chain) -> tuple[int, ...]:
        session, register = self.session, self.session.register
        if len(chain.along) < 2:
            return ()
        record = None
        if chain.record is not None:
            record = session.record_number(chain.record, session.id(chain.along[0]))
        if chain.force:
            decided = None if record is None else int(register.records.decided_on[record])
            return steps_of_route(
                register,
                self.rules[chain.rule or ""],
                chain.along,
                decided_on=decided,
                today=day_number(session.as_of),
                serves=session.serves,
            )
        assert record is not None  # a line that goes over others is a record's
        channel = session.record_state.channels[register.records.type_code[record]]
        assert channel is not None  # a line was drawn through it
        _, steps = steps_along(self.graph, session.policy, chain.along, channel)
        return tuple(step.step for step in steps)


def _most(known: Most | None, reach: float, force: str | None) -> Most:
    """The greater reach and the stronger force: A before B."""
    if known is None:
        return reach, force
    forces = [one for one in (known[1], force) if one is not None]
    return max(known[0], reach), min(forces, default=None)

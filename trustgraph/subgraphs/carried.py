"""What shown chains bring to parties, and over which relationships they go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from trustgraph.query.session import Session
from trustgraph.query.steps import graph_over, steps_of_consequence, steps_of_line
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
    graph = graph_over(session, [chain.along for chain in chains if not chain.force])
    rules = {rule.code: rule for rule in session.policy.rules_on(session.as_of)}
    for chain in chains:
        reach = 0.0 if chain.force else chain.reach
        last = chain.along[-1]
        found.parties[last] = _most(found.parties.get(last), reach, chain.force)
        if len(chain.along) < 2:
            continue
        record = None
        if chain.record is not None:
            record = session.record_number(chain.record, session.id(chain.along[0]))
        if chain.rule is not None:
            codes = steps_of_consequence(session, rules[chain.rule], record, chain.along)
        else:
            assert record is not None  # a line that goes over others is a record's
            codes = tuple(one.step for one in steps_of_line(session, graph, record, chain.along))
        for (here, there), step in zip(pairwise(chain.along), codes, strict=False):
            key = min(here, there), max(here, there), step >> 1
            found.ties[key] = _most(found.ties.get(key), reach, chain.force)
    return found


def _most(known: Most | None, reach: float, force: str | None) -> Most:
    """The greater reach and the stronger force: A before B."""
    if known is None:
        return reach, force
    forces = [one for one in (known[1], force) if one is not None]
    return max(known[0], reach), min(forces, default=None)

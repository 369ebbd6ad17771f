"""How chains are walked: step by step, those of ledger lines and those of consequences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from trustgraph.exposure import ExposureGraph, exposure_graph
from trustgraph.exposure.single import Step, steps_along
from trustgraph.legal import steps_of_route
from trustgraph.policy import Rule
from trustgraph.query.session import Session
from trustgraph.register import day_number

__all__ = ["graph_over", "steps_of_consequence", "steps_of_line"]


def graph_over(session: Session, chains: Iterable[Sequence[int]]) -> ExposureGraph:
    """The graph that ledger lines with these chains were drawn over: theirs, and no more of it."""
    rows = np.unique(np.array([one for chain in chains for one in chain], dtype=np.int64))
    return exposure_graph(
        session.register, session.policy, as_of=session.as_of, rows=rows, threads=1
    )


def steps_of_line(
    session: Session, graph: ExposureGraph, record: int, chain: Sequence[int]
) -> Sequence[Step]:
    """The steps of a ledger line that begins with a record, over ``graph_over`` its chain."""
    channel = session.record_state.channels[session.register.records.type_code[record]]
    assert channel is not None  # a line was drawn through it
    _, steps = steps_along(graph, session.policy, tuple(chain), channel)
    return steps


def steps_of_consequence(
    session: Session, rule: Rule, record: int | None, chain: Sequence[int]
) -> tuple[int, ...]:
    """The codes of the steps by which a rule reaches from a record, where it is of one."""
    register = session.register
    return steps_of_route(
        register,
        rule,
        chain,
        decided_on=None if record is None else int(register.records.decided_on[record]),
        today=day_number(session.as_of),
        serves=session.serves,
    )

"""What records cost partners, line by line: by record, and by the owners it comes through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.query.explain import ledger_of
from trustgraph.query.records import told_record
from trustgraph.query.session import Session
from trustgraph.query.steps import graph_over, steps_of_line
from trustgraph.schema import MICRO, STEP_CODES

__all__ = ["Costs", "costliest_of", "costs_of"]

_OWNS: Final = (STEP_CODES["shareholder.forward"], STEP_CODES["actual_controller.forward"])


@dataclass(slots=True)
class _Sum:
    micro: int = 0
    partners: set[int] = field(default_factory=set)

    def add(self, partner: int, micro: int) -> None:
        self.micro += micro
        self.partners.add(partner)


@dataclass(frozen=True, slots=True)
class Costs:
    """What costs each partner most (null: nothing does), and what costs all of them, dearest first.

    A line counts for its record; and for every owner that it comes from or through on its last
    steps, which lead from owner to owned down to the partner. So owners one above the other
    share lines, and what owners cost does not add up.
    """

    costliest: list[dict[str, Any] | None]
    records: list[dict[str, Any]]
    owners: list[dict[str, Any]]


def costs_of(session: Session, numbers: Sequence[int]) -> Costs:
    """Gather the lines of the partners with these numbers; ``costliest`` is in their order."""
    lines = {
        number: [
            line
            for line in ledger_of(session, number).to_dicts()
            if line["record"] is not None and line["micro"] < 0
        ]
        for number in numbers
    }
    records: dict[int, _Sum] = defaultdict(_Sum)
    costliest: list[dict[str, Any] | None] = []
    for number in numbers:
        worst: tuple[int, int] | None = None
        for line in lines[number]:
            record = session.record_number(line["record"], line["chain"][0])
            records[record].add(number, line["micro"])
            worst = min(worst or (line["micro"], record), (line["micro"], record))
        costliest.append(None if worst is None else _costliest(session, *worst))
    return Costs(costliest, _records(session, records), _owners(session, lines))


def costliest_of(
    session: Session, numbers: Sequence[int], *, kept: bool
) -> list[dict[str, Any] | None]:
    """What costs each most, null where nothing does; ``kept``: by what was kept of the ledgers."""
    worst: list[dict[str, Any] | None] = []
    for number in numbers:
        found = session.found("ledger", number) if kept else ledger_of(session, number)
        lines = found.filter(pl.col("record").is_not_null() & (pl.col("micro") < 0))
        heaviest = lines.sort("micro", "record").head(1).to_dicts()
        worst.append(heaviest[0] if heaviest else None)
    begins = {line["chain"][0] for line in worst if line is not None}
    subjects = np.array(sorted(session.number(one) for one in begins), dtype=np.int64)
    session.read_records(session.register.records.of(subjects).tolist())
    return [
        None
        if line is None
        else _costliest(
            session, line["micro"], session.record_number(line["record"], line["chain"][0])
        )
        for line in worst
    ]


def _costliest(session: Session, micro: int, record: int) -> dict[str, Any]:
    subject = int(session.register.records.entity[record])
    kind = session.record(record)["type"]
    known = session.policy.record_type(kind, session.as_of)
    return {
        "title": kind if known is None else session.say(known.title) or kind,
        "entity": session.shown_id(subject),
        "name": session.name(subject),
        "points": micro / MICRO,
    }


def _records(session: Session, sums: dict[int, _Sum]) -> list[dict[str, Any]]:
    found = []
    for record in sorted(sums, key=lambda one: (sums[one].micro, one)):
        told = told_record(session, record)
        found.append(
            {name: told[name] for name in ("record", "title", "entity", "name")}
            | {
                "kind": session.kind(int(session.register.records.entity[record])),
                "points": sums[record].micro / MICRO,
                "partners": len(sums[record].partners),
            }
        )
    return found


def _owners(session: Session, lines_of: dict[int, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    chained = [
        (number, line, tuple(map(session.number, line["chain"])))
        for number, lines in lines_of.items()
        for line in lines
        if line["line"] == "exposure"
    ]
    graph = graph_over(session, [chain for *_, chain in chained])
    sums: dict[int, _Sum] = defaultdict(_Sum)
    for number, line, chain in chained:
        record = session.record_number(line["record"], line["chain"][0])
        steps = steps_of_line(session, graph, record, chain)
        for owner, step in zip(reversed(chain[:-1]), reversed(steps), strict=True):
            if step.step not in _OWNS:
                break
            sums[owner].add(number, line["micro"])
    listed = {owner: session.on_grave_list(owner) for owner in sums}
    return [
        {
            "entity": session.shown_id(owner),
            "name": session.name(owner),
            "kind": session.kind(owner),
            "on_black_list": listed[owner],
            "points": sums[owner].micro / MICRO,
            "partners": [session.shown_id(one) for one in lines_of if one in sums[owner].partners],
        }
        for owner in sorted(sums, key=lambda one: (sums[one].micro, not listed[one], one))
    ]

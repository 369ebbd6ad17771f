"""A subgraph: parties and relationships as typed tables, with what was asked and what was cut.

It is made of the session's answers (``subgraph_of``) and leaves as networkx, igraph or polars
graphs; ``trustgraph.export`` writes it in the formats of others and as a folder of tables that can
be scored again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.query.records import told_record
from trustgraph.query.session import Session
from trustgraph.query.summary import summaries_of
from trustgraph.query.verdicts import verdicts_told
from trustgraph.register import Int32, Int64
from trustgraph.subgraphs.carried import Carried, carried_by
from trustgraph.subgraphs.graphs import igraph_of, networkx_of
from trustgraph.subgraphs.parts import Following, among, edge_of, left_out, strengths_of
from trustgraph.subgraphs.reasons import consequences_of, ledgers_of, typed_rows
from trustgraph.subgraphs.selection import Selected
from trustgraph.subgraphs.tables import tables_of

__all__ = ["EDGES", "NODES", "RECORDS", "Subgraph", "subgraph_of"]

NODES: Final = {
    "id": pl.String(),
    "kind": pl.String(),
    "name": pl.String(),
    "registered_name": pl.String(),
    "name_en": pl.String(),
    "uscc": pl.String(),
    "lei": pl.String(),
    "status": pl.String(),
    "jurisdiction": pl.String(),
    "region": pl.String(),
    "industry": pl.String(),
    "score": pl.Float64(),
    "grade": pl.String(),
    "grade_reason": pl.String(),
    "coverage": pl.Float64(),
    "verdicts": pl.List(pl.String()),
    "records": pl.Int64(),
    "black": pl.Boolean(),
    "centre": pl.Boolean(),
    "hops": pl.Int64(),
    "reach": pl.Float64(),
    "force": pl.String(),
    "start": pl.Date(),
    "end": pl.Date(),
    "source_url": pl.String(),
}
"""Columns of nodes. ``records`` counts own records that count as of the day; ``black``: one of them
is on a black list. ``reach`` (0 to 1) and ``force`` are the most that the shown chains bring to it,
by market and by law. ``name`` is what it is called in the language that was asked for,
``registered_name`` what it is registered under. Of persons: who they are is masked; verdicts are
what lists say of them, and nothing else is told."""

EDGES: Final = {
    "id": pl.Int64(),
    "source": pl.String(),
    "target": pl.String(),
    "kind": pl.String(),
    "words": pl.String(),
    "share_low": pl.Float64(),
    "share_high": pl.Float64(),
    "confidence": pl.Float64(),
    "strength": pl.Float64(),
    "start": pl.Date(),
    "end": pl.Date(),
    "current": pl.Boolean(),
    "evidence": pl.Boolean(),
    "reach": pl.Float64(),
    "force": pl.String(),
    "source_url": pl.String(),
    "file": pl.String(),
    "row": pl.Int64(),
}
"""Columns of edges. ``share_low`` and ``share_high`` are null where nothing is stated; ``strength``
is the most that a walk over it may keep; ``evidence``: a shown chain goes over it, with the
greatest ``reach`` and the strongest ``force`` (null where no chains were asked for); ``file`` and
``row`` are where it was stated."""

RECORDS: Final = {
    "id": pl.String(),
    "entity": pl.String(),
    "type": pl.String(),
    "list": pl.String(),
    "title": pl.String(),
    "decided_on": pl.Date(),
    "ends_on": pl.Date(),
    "status": pl.String(),
    "ground": pl.String(),
    "amount": pl.Float64(),
    "authority": pl.String(),
    "doc_no": pl.String(),
    "source_url": pl.String(),
}
"""Columns of the records that count as of the day, of the parties that are shown.

``list``: ``black``, or ``red`` (an honour), where the record is an entry of such a list."""

_FACTS: Final = ("name_en", "uscc", "lei", "status", "jurisdiction", "region", "industry")
_NAMED: Final = 20
"""Centres that ``about`` names at most."""
_SCORED: Final = ("score", "grade", "grade_reason", "coverage", "source_url")


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Parties (``nodes``), relationships (``edges``), ``records``, reasons as frames; ``about``.

    The reasons are the ``ledger`` and the ``consequences`` of those who were asked about.

    ``about`` says what was asked (``asked``), of whom (``centres``, and what the first are called,
    ``names``), ``as_of`` which day, by which
    ``policy`` (name, version, fingerprint), in which ``lang``, what
    ``verdicts`` are called, whether persons are ``masked``,
    what was ``cut`` by which rule, out of how many parties (``within``), and ``left_out``: by kind
    of relationship, how many parties next to the shown ones are not shown. ``tables`` are
    ``entities``, ``relationships``, ``records`` and ``consultations`` as they were read: what can
    be scored again.
    """

    nodes: pl.DataFrame
    edges: pl.DataFrame
    records: pl.DataFrame
    ledger: pl.DataFrame
    consequences: pl.DataFrame
    about: Mapping[str, Any]
    tables: Mapping[str, pl.DataFrame]

    def __len__(self) -> int:
        return self.nodes.height

    def to_polars(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """``nodes`` and ``edges``."""
        return self.nodes, self.edges

    def to_networkx(self) -> Any:
        """A networkx ``MultiDiGraph``: columns as attributes, what is null left out; keys are ids.

        ``graph.graph`` is ``about``.
        """
        return networkx_of(self.nodes, self.edges, self.about)

    def to_igraph(self) -> Any:
        """A directed igraph ``Graph``: vertices have ``name`` = id and the title as ``label``.

        Columns are attributes, null is None. (igraph is under the GPL.)
        """
        return igraph_of(self.nodes, self.edges, self.about)


def subgraph_of(
    session: Session, selected: Selected, asked: Mapping[str, Any], following: Following
) -> Subgraph:
    """The tables of a selection."""
    numbers = selected.numbers
    shown = _shown(session, numbers.tolist())
    edge = among(session, numbers, kinds=following.kinds, past=following.past)
    session.read_records(_records_told(session, selected))
    carried = None if selected.chains is None else carried_by(session, selected.chains)
    nodes, titles = _nodes(session, selected, carried or Carried(), shown)
    edges = _edges(session, edge, carried, shown)
    policy = session.policy
    about = {
        "asked": {name: value for name, value in asked.items() if name != "purpose"},
        **({"purpose": asked["purpose"]} if "purpose" in asked else {}),
        "centres": [shown[one] for one in selected.centres if one in shown],
        "names": {
            shown[one]: session.name(one) for one in selected.centres[:_NAMED] if one in shown
        },
        "as_of": session.as_of.isoformat(),
        "policy": {
            "name": policy.name,
            "version": policy.version,
            "fingerprint": policy.fingerprint,
        },
        "lang": session.lang,
        "verdicts": titles,
        "masked": not session.unmask,
        "within": selected.within,
        "cut": dict(selected.cut),
        "left_out": left_out(session, numbers, following),
    }
    records = _records(session, numbers, shown)
    centres = [one for one in selected.centres if one in shown]
    return Subgraph(
        nodes=nodes,
        edges=edges,
        records=records,
        ledger=ledgers_of(session, centres, shown),
        consequences=consequences_of(session, centres, shown),
        about=about,
        tables=tables_of(session, shown, edge),
    )


def _records_told(session: Session, selected: Selected) -> list[int]:
    """The records of whoever is shown or begins a chain, to be read at once."""
    begins = {chain.along[0] for chain in selected.chains or () if len(chain.along) > 1}
    whose = np.union1d(selected.numbers, np.array(sorted(begins), dtype=np.int64))
    found: list[int] = session.register.records.of(whose).tolist()
    return found


def _shown(session: Session, numbers: Sequence[int]) -> dict[int, str]:
    """What each is called by: an id, or a pseudonym, told apart where two persons share one."""
    found: dict[int, str] = {}
    met: Counter[str] = Counter()
    for number in numbers:
        name = session.shown_id(number)
        met[name] += 1
        found[number] = name if met[name] == 1 else f"{name}-{met[name]}"
    return found


def _nodes(
    session: Session,
    selected: Selected,
    carried: Carried,
    shown: Mapping[int, str],
) -> tuple[pl.DataFrame, dict[str, str]]:
    """The nodes, and what the verdicts on them are called."""
    rows: list[dict[str, Any]] = []
    titles: dict[str, str] = {}
    numbers, centres = selected.numbers.tolist(), frozenset(selected.centres)
    for number, told in zip(numbers, summaries_of(session, numbers), strict=True):
        reach, force = carried.parties.get(number, (0.0, None))
        row = {
            "id": shown[number],
            "kind": told["kind"],
            "name": told["name"],
            "records": len(session.own_records(number)),
            "black": session.on_black_list(number),
            "centre": number in centres,
            "hops": selected.hops[number],
            "reach": reach or None,
            "force": force,
        }
        verdicts = told["verdicts"] if told["kind"] != "person" else verdicts_told(session, number)
        row["verdicts"] = [one["verdict"] for one in verdicts]
        titles |= {one["verdict"]: one["title"] for one in verdicts}
        if told["kind"] != "person":
            row |= {name: told[name] for name in (*_FACTS, *_SCORED)}
            row |= {name: told[name] for name in ("registered_name", "start", "end")}
        rows.append(row)
    return typed_rows(rows, NODES), titles


def _edges(
    session: Session,
    edge: Sequence[int],
    carried: Carried | None,
    shown: Mapping[int, str],
) -> pl.DataFrame:
    numbers: Int32 = np.array(edge, dtype=np.int32)
    all_of = session.register.relationships
    strengths = strengths_of(session, numbers).tolist()
    places = session.register.relationship_origins.of(numbers)
    stated = session.register.relationship_rows.some(edge)
    rows = []
    origins = places.iter_rows(named=True)
    for one, strength, row, origin in zip(edge, strengths, stated, origins, strict=True):
        told = edge_of(session, one)
        ends = int(all_of.source[one]), int(all_of.target[one])
        over = carried and carried.over(*ends, int(all_of.kind[one]))
        reach, force = over or (0.0, None)
        share = told.pop("share") or {"low": None, "high": None}
        rows.append(
            told
            | {
                "source": shown[ends[0]],
                "target": shown[ends[1]],
                "share_low": share["low"],
                "share_high": share["high"],
                "strength": strength,
                "evidence": None if carried is None else over is not None,
                "reach": reach or None,
                "force": force,
                "source_url": None if _names_somebody(session, ends) else row.get("source_url"),
                **origin,
            }
        )
    return typed_rows(rows, EDGES)


def _names_somebody(session: Session, ends: tuple[int, int]) -> bool:
    """Whether where it was found may name a person who is masked."""
    return not session.unmask and any(session.kind(end) == "person" for end in ends)


def _records(session: Session, numbers: Int64, shown: Mapping[int, str]) -> pl.DataFrame:
    rows = []
    for number in numbers.tolist():
        for record in session.own_records(number).tolist():
            told = told_record(session, record)
            rows.append({**told, "id": told["record"], "entity": shown[number]})
    return typed_rows(rows, RECORDS)

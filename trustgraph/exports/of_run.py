"""A whole run as parties and relationships, a block at a time: for registers of any size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.exports.source import Place, Table, on_grid
from trustgraph.parallel import Stage
from trustgraph.query.records import told_record
from trustgraph.query.session import Session, session_of_run
from trustgraph.query.verdicts import listed_records
from trustgraph.register import (
    NO_END,
    NO_START,
    UNKNOWN_SHARE,
    Int32,
    Int64,
    day_number,
)
from trustgraph.runs.run import Run
from trustgraph.schema import BILLION, ENTITY_KINDS, RELATIONSHIP_KINDS, step_words
from trustgraph.scoring.verdicts import verdict_words, verdicts_of
from trustgraph.subgraphs.parts import strengths_of
from trustgraph.subgraphs.subgraph import EDGES, NODES, RECORDS

__all__ = ["OfRun", "of_run"]

_BLOCK: Final = 1 << 16
_RECORDS: Final = 1 << 14
"""Records of a block: their rows are read at once."""
_PERSON: Final = ENTITY_KINDS.index("person")
_FACTS: Final = (
    *("name_en", "uscc", "lei", "status", "jurisdiction", "region", "industry"),
    *("start", "end", "source_url"),
)
_SCHEMAS: Final[dict[Table, Any]] = {"nodes": NODES, "edges": EDGES, "records": RECORDS}
_SCORED: Final = ("score", "grade", "grade_reason", "coverage", "verdicts")


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class OfRun:
    """A run's register with its scores. Nothing is laid out: places are those of a grid."""

    run: Run
    session: Session
    about: Mapping[str, Any]
    stage: Stage = _silent

    @property
    def tables(self) -> tuple[Table, ...]:
        return "nodes", "edges", "records"

    def count(self, table: Table) -> int:
        register = self.session.register
        if table == "nodes":
            return len(register)
        if table == "edges":
            return len(register.relationships)
        return int(self.session.record_state.counts.sum())

    def place(self, number: int, entity: str) -> Place:  # noqa: ARG002  # as of subgraphs
        return on_grid(number, self.count("nodes"))

    def blocks(self, table: Table) -> Iterator[pl.DataFrame]:
        makers = {"nodes": self._nodes, "edges": self._edges, "records": self._records}
        made = makers[table]
        numbers = self._counting() if table == "records" else None
        total = self.count(table)
        if not total:  # a table has its columns all the same
            yield pl.DataFrame(schema=_SCHEMAS[table])
        block = min(_BLOCK, _RECORDS) if table == "records" else _BLOCK
        for first in range(0, total, block):
            self.stage(table, first, total)
            last = min(first + block, total)
            some = np.arange(first, last) if numbers is None else numbers[first:last]
            yield made(some)
        self.stage(table, total, total)

    def kinds_of_ends(self, edges: pl.DataFrame) -> Sequence[tuple[str, str]]:
        register = self.session.register
        edge = edges["id"].to_numpy()
        ends = (register.relationships.source[edge], register.relationships.target[edge])
        source, target = (register.kind[end].tolist() for end in ends)
        return [(ENTITY_KINDS[a], ENTITY_KINDS[b]) for a, b in zip(source, target, strict=True)]

    def _counting(self) -> Int64:
        return np.flatnonzero(self.session.record_state.counts)

    def _nodes(self, numbers: Int64) -> pl.DataFrame:
        register, state = self.session.register, self.session.record_state
        first, count = int(numbers[0]), len(numbers)
        rows = register.entities.slice(first, count)
        kind = register.kind[first : first + count]
        person = pl.Series(kind == _PERSON)
        masked = person if not self.session.unmask else pl.Series([False]).new_from_index(0, count)
        shown, names = self._called(first, rows, masked)
        counting = register.records.entity[state.counts]
        counting = counting[(counting >= first) & (counting < first + count)] - first
        black = register.records.entity[state.black]
        black = black[(black >= first) & (black < first + count)] - first
        told = rows.select(
            id=shown,
            kind=pl.Series([ENTITY_KINDS[one] for one in kind.tolist()]),
            name=names,
            registered_name=pl.when(~person).then(rows["name"]),
            records=pl.Series(np.bincount(counting, minlength=count)),
            black=pl.Series(np.bincount(black, minlength=count) > 0),
            **{
                name: pl.when(~person).then(pl.col(name) if name in rows.columns else None)
                for name in _FACTS
            },
        )
        part, last = first // self.run.block, (first + count - 1) // self.run.block
        scores = pl.concat([self.run.part("scores", one) for one in range(part, last + 1)])
        wanted = scores.select("entity", *_SCORED).collect()
        ids = rows.select(entity="id")
        scored = ids.join(wanted, on="entity", how="left", maintain_order="left").drop("entity")
        said = self._of_persons(first, count)
        scored = scored.with_columns(
            pl.when(person).then(said).otherwise("verdicts").alias("verdicts")
        )
        return _of_schema(pl.concat([told, scored], how="horizontal"), NODES)

    def _of_persons(self, first: int, count: int) -> pl.Series:
        """What lists say of each of a block, as it is said of persons."""
        session, last = self.session, first + count
        listed = listed_records(session)
        blocked = np.zeros(count, dtype=np.uint8)
        whose = session.register.records.entity[listed]
        blocked[whose[(whose >= first) & (whose < last)] - first] = 2
        found = verdicts_of(
            session.register,
            session.policy,
            session.record_state,
            (first, last),
            blocked=blocked,
            rated=np.ones(count, dtype=np.bool_),  # nobody expects a grade of a person
        )
        return verdict_words(session.policy, found)

    def _called(
        self, first: int, rows: pl.DataFrame, masked: pl.Series
    ) -> tuple[pl.Series, pl.Series]:
        """Ids and names as they are shown."""
        ids, names = [], []
        for at, (row, hidden) in enumerate(zip(rows.iter_rows(named=True), masked, strict=True)):
            ids.append(self.session.shown_id(first + at) if hidden else row["id"])
            names.append(self.session.name(first + at, row))
        return pl.Series(ids, dtype=pl.String), pl.Series(names, dtype=pl.String)

    def _edges(self, numbers: Int64) -> pl.DataFrame:
        session, all_of = self.session, self.session.register.relationships
        edge: Int32 = numbers.astype(np.int32)
        first, count = int(numbers[0]), len(numbers)
        source, target = all_of.source[edge], all_of.target[edge]
        kind, start, end = all_of.kind[edge], all_of.start[edge], all_of.end[edge]
        today = day_number(session.as_of)
        stated = pl.Series(all_of.share[edge] != UNKNOWN_SHARE)
        words = [step_words(2 * one, session.lang) for one in range(len(RELATIONSHIP_KINDS))]
        rows = session.register.relationship_rows.slice(first, count)
        masked = np.zeros(count, dtype=np.bool_)
        if not session.unmask:
            is_person = session.register.kind == _PERSON
            masked = is_person[source] | is_person[target]
        found = session.register.relationship_origins.of(edge).with_columns(
            id=pl.Series(numbers),
            source=self._ends(source),
            target=self._ends(target),
            kind=pl.Series([RELATIONSHIP_KINDS[one].name for one in kind.tolist()]),
            words=pl.Series([words[one] for one in kind.tolist()]),
            share_low=pl.when(stated).then(pl.Series(all_of.share_low[edge] / BILLION)),
            share_high=pl.when(stated).then(pl.Series(all_of.share_high[edge] / BILLION)),
            confidence=pl.Series(all_of.confidence[edge]),
            strength=pl.Series(strengths_of(session, edge)),
            start=_days(start, NO_START),
            end=_days(end, NO_END),
            current=pl.Series((start <= today) & (today < end)),
        )
        if "source_url" in rows.columns:
            url = pl.when(~pl.Series(masked)).then(rows["source_url"])
            found = found.with_columns(source_url=url)
        return _of_schema(found, EDGES)

    def _ends(self, numbers: Int32) -> pl.Series:
        """The ids of ends as they are shown, each person hashed once a block."""
        session = self.session
        some, place = np.unique(numbers, return_inverse=True)
        ids = session.register.ids.gather(some)
        if not session.unmask:
            person = session.register.kind[some] == _PERSON
            ids = pl.Series(
                [
                    session.shown_id(int(number)) if hidden else entity
                    for number, entity, hidden in zip(some, ids, person, strict=True)
                ],
                dtype=pl.String,
            )
        return ids.gather(place)

    def _records(self, numbers: Int64) -> pl.DataFrame:
        session, rows = self.session, []
        session.read_records(numbers.tolist())
        subjects = np.unique(session.register.records.entity[numbers]).tolist()
        for number, row in zip(subjects, session.register.entities.some(subjects), strict=True):
            session.name(number, row)  # kept, and asked for below
        for record in numbers.tolist():
            number = int(session.register.records.entity[record])
            told = told_record(session, record)
            rows.append({**told, "id": told["record"], "entity": session.shown_id(number)})
        columns = {
            name: pl.Series(
                name,
                [row.get(name) for row in rows],
                dtype=pl.String() if dtype == pl.Date() else dtype,
                strict=False,
            )
            for name, dtype in RECORDS.items()
        }
        return _of_schema(pl.DataFrame(columns), RECORDS)


def of_run(
    run: Run,
    *,
    lang: Any = "en",
    unmask: bool = False,
    purpose: str | None = None,
    stage: Stage = _silent,
) -> OfRun:
    """A run as it is exported. Raises what opening its register does."""
    session = session_of_run(run, lang=lang, unmask=unmask)
    policy = session.policy
    about = {
        "asked": {"run": True},
        "centres": [],
        "as_of": session.as_of.isoformat(),
        "policy": {
            "name": policy.name,
            "version": policy.version,
            "fingerprint": policy.fingerprint,
        },
        "lang": lang,
        "masked": not unmask,
        **({"purpose": purpose} if purpose else {}),
        "within": len(session.register),
        "cut": {},
        "left_out": {},
    }
    return OfRun(run, session, about, stage)


def _days(numbers: Int32, none: int) -> pl.Expr:
    days = pl.Series(numbers.astype(np.int32)).cast(pl.Date)
    return pl.when(pl.Series(numbers != none)).then(days)


def _of_schema(frame: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """The columns of a schema; days that are text become days."""
    found = []
    for name, dtype in schema.items():
        if name not in frame.columns:
            found.append(pl.lit(None, dtype=dtype).alias(name))
        elif dtype == pl.Date() and frame.schema[name] == pl.String():
            found.append(pl.col(name).str.to_date("%Y-%m-%d"))
        else:
            found.append(pl.col(name).cast(dtype))
    return frame.select(found)

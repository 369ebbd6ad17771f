"""From changes to a register with their rows laid over it, and what each of them touches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from trustgraph.policy import Policy
from trustgraph.register import Int64, Overlay, Removed, build_overlay
from trustgraph.register.pseudonyms import pseudonym
from trustgraph.schema import ENTITY_KINDS
from trustgraph.tables.sheet import CONTRACTS, FILE, READ_AS, ROW, findings
from trustgraph.tables.suggestions import near
from trustgraph.tables.tables import Tables, check_sheets
from trustgraph.whatif.changes import TABLES, Change, Problems, Row
from trustgraph.whatif.row_index import Finder, agrees

__all__ = ["Plan", "Touched", "plan"]

_SIDES: Final = ("source", "target")
_ENDS: Final = (*_SIDES, "kind")


@dataclass(frozen=True, slots=True)
class Touched:
    """What one change touches: entities by id, a record by its id, and how it is said.

    ``entities`` are the ends of a relationship, a record's entity, or the entity itself.
    """

    table: str
    entities: tuple[str, ...]
    record: str | None
    cause: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes carried out: what the register would be, what was touched, doubtful rows."""

    overlay: Overlay
    touched: tuple[Touched, ...]
    flagged: pl.DataFrame


@dataclass(slots=True)
class _State:
    """What became of rows while changes are carried out one after another: None where removed.

    ``line`` says which change a row comes from. Relationships are numbered as the register's;
    those that are added go on from there.
    """

    rows: dict[str, dict[str, Row | None]] = field(
        default_factory=lambda: {t: {} for t in TABLES[::2]}
    )
    relationships: dict[int, Row | None] = field(default_factory=dict)
    line: dict[tuple[str, str | int], int] = field(default_factory=dict)

    def forget(self, entity: str) -> None:
        """Rows that changes before laid on an entity go with it."""
        for name, row in self.rows["records"].items():
            if row is not None and row.get("entity") == entity:
                self.rows["records"][name] = None
        for number, relationship in self.relationships.items():
            if relationship is not None and entity in map(relationship.get, _SIDES):
                self.relationships[number] = None


def plan(
    finder: Finder,
    changes: Sequence[Change],
    policy: Policy | None,
    *,
    as_of: dt.date,
    where: str,
) -> Plan:
    """Carry out changes in order. Raises InputError naming every line that cannot be.

    ``policy``, where it is given, must have the types of records.
    """
    problems = Problems(where)
    planner = _Planner(finder, problems, policy, as_of)
    planner.look_up(changes)
    for change in changes:
        planner.known_columns(change)
        match change.table:
            case "entities":
                planner.entity(change)
            case "records":
                planner.record(change)
            case _:
                planner.relationship(change)
    problems.check()
    tables = planner.checked(where)
    problems.check()
    return Plan(
        overlay=build_overlay(finder.plain, tables, planner.removed()),
        touched=tuple(planner.touched),
        flagged=findings([]) if tables is None else tables.flagged,
    )


class _Planner:
    def __init__(
        self, finder: Finder, problems: Problems, policy: Policy | None, as_of: dt.date
    ) -> None:
        self.finder = finder
        self.problems = problems
        self.policy = policy
        self.today = as_of.isoformat()
        self.state = _State()
        self.touched: list[Touched] = []
        self.known_relationships: dict[str, int] = {}
        self.columns = finder.columns

    # --- One change after another -----------------------------------------------------------------

    def look_up(self, changes: Sequence[Change]) -> None:
        """Find relationships that are named by ids, all of them at once."""
        ids = {change.row.get("id") for change in changes if change.table == "relationships"}
        self.known_relationships = self.finder.by_id({one for one in ids if one is not None})

    def known_columns(self, change: Change) -> None:
        for name in change.row:
            known = self.columns[change.table]
            if name not in known:
                words = f'the register has no column "{name}"{near(name, known)}'
                self.problems.add(change.line, words)

    def entity(self, change: Change) -> None:
        row, rows = change.row, self.state.rows["entities"]
        name = row.get("id") or (row.get("uscc") or row.get("lei") if change.op == "add" else None)
        if name is None:
            self.problems.add(change.line, 'an entity is named by its "id", which is missing')
            return
        number = self.finder.entity(name)
        there = rows[name] is not None if name in rows else number is not None
        if not self._may(change, there, f'entity "{name}"'):
            return
        if change.op == "remove":
            rows[name] = None
            self.state.forget(name)
        elif change.op == "add":
            if name in rows:
                words = f'the entity "{name}" is removed before; change it instead of both'
                self.problems.add(change.line, words)
            rows[name] = {**row, "id": name}
        else:
            before = rows.get(name) or self.finder.entity_row(number or 0)
            rows[name] = {**before, **row}
        said = f"entity {self._shown(name)} {_done(change.op)}"
        self._touch(change, "entities", name, (name,), None, said)

    def record(self, change: Change) -> None:
        row, rows = change.row, self.state.rows["records"]
        name = row.get("id")
        if name is None:
            self.problems.add(change.line, 'a record is named by its "id", which is missing')
            return
        number = self.finder.record(name)
        there = rows[name] is not None if name in rows else number is not None
        if not self._may(change, there, f'record "{name}"'):
            return
        kind = row.get("type")
        policy = self.policy
        if policy is not None and kind is not None and kind not in policy.record_types:
            known = near(kind, policy.record_types)
            words = f'the policy pack {policy.name} has no type "{kind}"{known}'
            self.problems.add(change.line, f"type: {words}")
        before: Row = {}
        if there:
            before = rows.get(name) or self.finder.record_row(number or 0)
        if change.op == "remove":
            rows[name] = None
        else:
            rows[name] = {**before, **row}
        after = rows[name] or {}
        subjects = {entity for entity in (before.get("entity"), after.get("entity")) if entity}
        word = _record_word(change.op, before, after, self.today)
        said = f"record {name} {word}"
        self._touch(change, "records", name, tuple(sorted(subjects)), name, said)

    def relationship(self, change: Change) -> None:
        row, relationships = change.row, self.state.relationships
        number: int | None = None
        if change.op == "add":
            name = row.get("id")
            if name is not None and self._relationship_named(name) is not None:
                self.problems.add(change.line, f'there is a relationship "{name}" already')
                return
            number = len(self.finder.register.relationships) + len(relationships)
        else:
            number = self._one_relationship(change)
            if number is None:
                return
        before: Row = {} if change.op == "add" else self._relationship(number)
        relationships[number] = None if change.op == "remove" else {**before, **row}
        after = relationships[number] or {}
        ends = [one.get(end) for one in (before, after) for end in ("source", "target")]
        word = _done(change.op)
        if change.op == "change" and _ended(before.get("end"), after.get("end"), self.today):
            word = "ended"
        shown = after or before
        source, target = (self._shown(shown.get(end) or "") for end in ("source", "target"))
        said = f"{shown.get('kind')} {source} → {target} {word}"
        touched = tuple(sorted({end for end in ends if end}))
        self._touch(change, "relationships", number, touched, None, said)

    def _touch(
        self,
        change: Change,
        table: str,
        key: str | int,
        entities: tuple[str, ...],
        record: str | None,
        cause: str,
    ) -> None:
        self.state.line[table, key] = change.line
        self.touched.append(Touched(table, entities, record, cause))

    def _shown(self, entity: str) -> str:
        """An entity as a cause names it: a person by pseudonym."""
        row, number = self.state.rows["entities"].get(entity), self.finder.entity(entity)
        kind = row.get("kind") if row else None
        if kind is None and number is not None:
            kind = ENTITY_KINDS[self.finder.register.kind[number]]
        return pseudonym(entity) if kind == "person" else entity

    def _may(self, change: Change, there: bool, what: str) -> bool:
        if change.op == "add" and there:
            words = f"there is {_article(what)} {what} already; change it, or give another id"
            self.problems.add(change.line, words)
        elif change.op != "add" and not there:
            self.problems.add(change.line, f"there is no {what}")
        return there is not (change.op == "add")

    def _relationship(self, number: int) -> Row:
        return self.state.relationships.get(number) or self.finder.relationship_row(number)

    def _relationship_named(self, name: str) -> int | None:
        rows = self.state.relationships
        upserted = [number for number, row in rows.items() if row and row.get("id") == name]
        if upserted:
            return upserted[0]
        number = self.known_relationships.get(name)
        return None if number is None or number in self.state.relationships else number

    def _one_relationship(self, change: Change) -> int | None:
        """The relationship that a change names: by its id, else by its ends, kind and the rest."""
        row = change.row
        name = row.get("id")
        if name is not None:
            number = self._relationship_named(name)
            if number is None:
                self.problems.add(change.line, f'there is no relationship "{name}"')
            return number
        missing = [end for end in _ENDS if row.get(end) is None]
        if missing:
            words = 'a relationship is named by its "id", else by its source, target and kind'
            self.problems.add(change.line, f"{words}; missing: {', '.join(missing)}")
            return None
        # What is to be changed is given as it will be: only what names a row has to agree.
        given = row if change.op == "remove" else {end: row[end] for end in _ENDS}
        rows = self.state.relationships
        found = [one for one in self.finder.relationships(given) if one not in rows]
        found += [one for one, other in rows.items() if other and agrees(other, given)]
        if len(found) == 1:
            return found[0]
        ends = f"{row['source']} → {row['target']} ({row['kind']})"
        if found:
            how = "give more of its columns" if change.op == "remove" else "name it by its id"
            self.problems.add(change.line, f"{len(found)} relationships are {ends}; {how}")
        else:
            self.problems.add(change.line, f"there is no such relationship {ends}")
        return None

    # --- All of them together ---------------------------------------------------------------------

    def checked(self, where: str) -> Tables | None:
        """The rows to lay over the register, checked as any table's are; None: there are none."""
        state, frames = self.state, {}
        upserted: dict[str, list[tuple[str | int, Row]]] = {
            table: [(key, row) for key, row in rows.items() if row is not None]
            for table, rows in state.rows.items()
        }
        upserted["relationships"] = [
            (key, row) for key, row in state.relationships.items() if row is not None
        ]
        if not any(upserted.values()):
            return None
        for table in TABLES:
            rows = [
                {**row, FILE: where, ROW: str(state.line[table, key])}
                for key, row in upserted[table]
            ]
            if table == "entities":
                rows += self._beside(upserted)
            if rows:
                frames[table] = _frame(table, rows)
        tables = check_sheets(frames)
        # A cell that would be emptied was meant by whoever asks: it is no less an error here.
        emptied = tables.flagged.filter(pl.col("reason").str.starts_with(READ_AS))
        for line in (*tables.rejected.to_dicts(), *emptied.to_dicts()):
            column = "" if line["column"] is None else f"{line['column']}: "
            value = "" if line["value"] is None else f' ("{line["value"]}")'
            self.problems.add(line["row"], f"{column}{line['reason']}{value}")
        own = pl.Series([key for key, _ in upserted["entities"]], dtype=pl.String).implode()
        return Tables(
            entities=tables.entities.filter(pl.col("id").is_in(own)),
            relationships=tables.relationships,
            records=tables.records,
            consultations=tables.consultations,
            rejected=tables.rejected,
            flagged=tables.flagged,
        )

    def _beside(self, upserted: dict[str, list[tuple[str | int, Row]]]) -> list[Row]:
        """Entities of the register that laid rows name: else their ends would be unknown."""
        named = {row.get("entity") for _, row in upserted["records"]}
        named |= {row.get(end) for _, row in upserted["relationships"] for end in _SIDES}
        found: list[Row] = []
        for name in sorted(one for one in named if one is not None):
            number = None if name in self.state.rows["entities"] else self.finder.entity(name)
            if number is not None:
                kind = ENTITY_KINDS[self.finder.register.kind[number]]
                found.append({"id": name, "kind": kind, "name": name, FILE: "", ROW: "0"})
        return found

    def removed(self) -> Removed:
        """What of the register is removed, or replaced by a row that is laid over it."""
        entities = [
            number
            for name, row in self.state.rows["entities"].items()
            if row is None and (number := self.finder.entity(name)) is not None
        ]
        records = [
            number
            for name in self.state.rows["records"]
            if (number := self.finder.record(name)) is not None
        ]
        size = len(self.finder.register.relationships)
        relationships = [number for number in self.state.relationships if number < size]
        return Removed(_numbers(entities), _numbers(relationships), _numbers(records))


def _numbers(found: list[int]) -> Int64:
    return np.unique(np.array(found, dtype=np.int64))


def _frame(table: str, rows: list[Row]) -> pl.DataFrame:
    """Rows as a table of text, with the columns that are given or required."""
    names = [column.name for column in CONTRACTS[table] if column.required]
    names += sorted({name for row in rows for name in row} - set(names))
    columns = {name: [row.get(name) for row in rows] for name in names}
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))


def _done(op: str) -> str:
    return {"add": "added", "change": "changed", "remove": "removed"}[op]


def _article(what: str) -> str:
    return "an" if what[0] in "aeiou" else "a"


def _ended(before: str | None, after: str | None, today: str) -> bool:
    return after is not None and after != before and after <= today


def _record_word(op: str, before: Row, after: Row, today: str) -> str:
    """How a change of a record is called: what it is for, where that shows."""
    if op != "change":
        return _done(op)
    now, was = after.get("status"), before.get("status")
    if now == "withdrawn" != was:
        return "withdrawn"
    if (now == "repaired" != was) or _ended(
        before.get("repaired_on"), after.get("repaired_on"), today
    ):
        return "repaired"
    if now in ("objected", "under_review") and now != was:
        return "objected to"
    return "ended" if _ended(before.get("ends_on"), after.get("ends_on"), today) else "changed"

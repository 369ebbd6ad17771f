"""The results that questions are answered from: of a run, of a scoring, or made when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import polars as pl

from trustgraph.coverage.coverage import coverage_of_entity
from trustgraph.errors import UsageError
from trustgraph.exposure import ExposureLines
from trustgraph.exposure.single import lines_upon
from trustgraph.policy import Policy
from trustgraph.records.as_of import RecordState
from trustgraph.register import Int64, Register, empty_overlay
from trustgraph.runs.run import Run
from trustgraph.schema import ENTITY_KINDS
from trustgraph.scoring.frames import consequences_frame, control_frame, scores_frame
from trustgraph.scoring.grades import Int8, capped_by, graded_of
from trustgraph.scoring.ledger import Ledger, ledger_frame
from trustgraph.scoring.local import (
    Asked,
    blocked_of_some,
    consequences_of_some,
    control_among,
    control_of_some,
    worst_grades_of_some,
)
from trustgraph.scoring.neighbourhood import holdings_around
from trustgraph.scoring.pipeline import Scoring
from trustgraph.scoring.totals import Totals, totals_of

__all__ = ["Answers", "FrameAnswers", "RegisterAnswers", "RunAnswers", "register_answers"]

_REMEMBERED = 1 << 10
_FEW_ROWS = 1 << 10
"""Rows of an answer that is kept: those of a hub are too many."""
_PERSON = ENTITY_KINDS.index("person")


class Answers(Protocol):
    """The results of a run, asked for by entity."""

    def of(self, table: str, number: int, entity: str) -> pl.DataFrame:
        """All rows of one entity in one of ``RESULTS``."""
        ...

    def owned_by(self, number: int, owner: str) -> pl.DataFrame:
        """All rows of ``control`` with one owner."""
        ...

    def naming(self, table: str, record: str) -> pl.DataFrame:
        """All rows of a ledger or of consequences that name a record. Raises UsageError."""
        ...

    def about(
        self, numbers: Sequence[int], entities: Sequence[str], tables: Sequence[str]
    ) -> Answers:
        """The same answers, with those of some entities in some tables read at once."""
        ...


@dataclass(frozen=True, slots=True)
class RunAnswers:
    """Results on disk: what lies near an entity is read, and no more.

    A run does not change: what was read last is kept, for a page asks for the same again and again.
    """

    run: Run
    _read: dict[tuple[str, int], pl.DataFrame] = field(default_factory=dict, compare=False)

    def of(self, table: str, number: int, entity: str) -> pl.DataFrame:
        found = self._read.get((table, number))
        if found is None:
            near = self.run.near(table, number)
            found = near.filter(pl.col("entity") == entity).collect()
            if found.height <= _FEW_ROWS:
                if len(self._read) >= _REMEMBERED:
                    self._read.clear()
                self._read[table, number] = found
        return found

    def owned_by(self, _number: int, owner: str) -> pl.DataFrame:
        return self.run.control().filter(pl.col("owner") == owner).collect()

    def naming(self, table: str, record: str) -> pl.DataFrame:
        whole: pl.LazyFrame = getattr(self.run, table)()
        return whole.filter(pl.col("record") == record).collect()

    def about(
        self, numbers: Sequence[int], entities: Sequence[str], tables: Sequence[str]
    ) -> Answers:
        parts = sorted({number // self.run.block for number in numbers})
        if not parts:
            return self
        frames = {
            table: pl.concat([self.run.part(table, part) for part in parts])
            .filter(pl.col("entity").is_in(entities))
            .collect()
            for table in tables
        }
        return FewAnswers(self, frozenset(entities), frames)


@dataclass(frozen=True, slots=True)
class FrameAnswers:
    """Results in memory."""

    scoring: Scoring

    def of(self, table: str, _number: int, entity: str) -> pl.DataFrame:
        frame: pl.DataFrame = getattr(self.scoring, table)
        return frame.filter(pl.col("entity") == entity)

    def owned_by(self, _number: int, owner: str) -> pl.DataFrame:
        return self.scoring.control.filter(pl.col("owner") == owner)

    def naming(self, table: str, record: str) -> pl.DataFrame:
        frame: pl.DataFrame = getattr(self.scoring, table)
        return frame.filter(pl.col("record") == record)

    def about(
        self, _numbers: Sequence[int], entities: Sequence[str], tables: Sequence[str]
    ) -> Answers:
        frames = {
            table: getattr(self.scoring, table).filter(pl.col("entity").is_in(entities))
            for table in tables
        }
        return FewAnswers(self, frozenset(entities), frames)


class FewAnswers:
    """Results of which those of some entities are at hand; of others they are asked for."""

    def __init__(
        self, answers: Answers, entities: frozenset[str], frames: Mapping[str, pl.DataFrame]
    ) -> None:
        self._answers, self._entities = answers, entities
        self._empty = {table: frame.clear() for table, frame in frames.items()}
        self._rows = {
            table: frame.partition_by("entity", as_dict=True) for table, frame in frames.items()
        }

    def of(self, table: str, number: int, entity: str) -> pl.DataFrame:
        if entity not in self._entities or table not in self._rows:
            return self._answers.of(table, number, entity)
        return self._rows[table].get((entity,), self._empty[table])

    def owned_by(self, number: int, owner: str) -> pl.DataFrame:
        return self._answers.owned_by(number, owner)

    def naming(self, table: str, record: str) -> pl.DataFrame:
        return self._answers.naming(table, record)

    def about(
        self, numbers: Sequence[int], entities: Sequence[str], tables: Sequence[str]
    ) -> Answers:
        return self._answers.about(numbers, entities, tables)


@dataclass(frozen=True, slots=True)
class RegisterAnswers:
    """Results that nobody has made yet: made for one entity at a time, of what decides them."""

    register: Register
    policy: Policy
    record_state: RecordState
    asked: Asked
    _made: dict[tuple[str, int], pl.DataFrame] = field(default_factory=dict)

    def of(self, table: str, number: int, _entity: str) -> pl.DataFrame:
        if (table, number) not in self._made:
            if len(self._made) >= _REMEMBERED:
                self._made.clear()
            self._made.update({(name, number): made for name, made in self._frames(table, number)})
        return self._made[table, number]

    def owned_by(self, number: int, _owner: str) -> pl.DataFrame:
        asked = self.asked
        rule = asked.control
        around = _alone(number)
        if rule is not None:
            around = holdings_around(asked.overlay, rule, number, today=asked.today)
        found = control_among(asked, around).filter(pl.col("owner") == number)
        return control_frame(self.register, found)

    def naming(self, _table: str, record: str) -> pl.DataFrame:
        raise UsageError(
            f"nobody has worked out whom `{record}` reaches", hint="score the register, ask the run"
        )

    def about(
        self, _numbers: Sequence[int], _entities: Sequence[str], _tables: Sequence[str]
    ) -> Answers:
        return self

    def _frames(self, table: str, number: int) -> Iterator[tuple[str, pl.DataFrame]]:
        register, policy, record_state = self.register, self.policy, self.record_state
        if table == "control":
            yield table, control_frame(register, control_of_some(self.asked, _alone(number)))
            return
        reached = self._reached(number)
        lines, totals = self._ledger(number)
        known = coverage_of_entity(register, policy, number, as_of=record_state.as_of)
        yield "consequences", consequences_frame(register, policy, record_state, reached)
        yield "ledger", ledger_frame(register, policy, record_state, lines, totals, Ledger("all"))
        scores = scores_frame(
            register,
            policy,
            record_state,
            totals,
            caps=capped_by(policy, record_state, reached),
            blocked=blocked_of_some(self.asked, _alone(number)),
            coverage=np.array([known]),
        )
        yield "scores", scores

    def _ledger(self, number: int) -> tuple[ExposureLines, Totals]:
        register, policy, record_state = self.register, self.policy, self.record_state
        lines = lines_upon(register, policy, record_state, number)
        return lines, totals_of(register, policy, record_state, lines, (number, number + 1))

    def _ranks(self, numbers: Int64) -> Int8:
        """The ranks of the grades of some entities, by what reaches them."""
        reached = consequences_of_some(self.asked, numbers)
        ranks = np.full(len(numbers), -1, dtype=np.int8)
        for place, number in enumerate(numbers.tolist()):
            if self.register.kind[number] != _PERSON:
                upon = reached.filter(pl.col("entity") == number)
                graded = graded_of(
                    self.register,
                    self.policy,
                    self.record_state,
                    self._ledger(number)[1],
                    caps=capped_by(self.policy, self.record_state, upon),
                    blocked=blocked_of_some(self.asked, _alone(number)),
                    coverage=np.ones(1),  # how much is known lowers no rank
                )
                ranks[place] = graded.rank[0]
        return ranks

    def _reached(self, number: int) -> pl.DataFrame:
        """The consequences that reach an entity, by numbers."""
        alone = _alone(number)
        reached = consequences_of_some(self.asked, alone)
        derived = worst_grades_of_some(self.asked, alone, self._ranks)
        found = pl.concat([reached, derived])
        return found.sort("entity", "rule", "record", "chain", nulls_last=True)


def register_answers(
    register: Register, policy: Policy, record_state: RecordState
) -> RegisterAnswers:
    """Answers of a register that nobody has scored."""
    overlay = empty_overlay(register)
    asked = Asked(overlay, policy, as_of=record_state.as_of, retention_on=record_state.retention_on)
    return RegisterAnswers(register, policy, record_state, asked)


def _alone(number: int) -> Int64:
    return np.array([number], dtype=np.int64)

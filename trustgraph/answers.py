"""The results that questions are answered from: of a run, of a scoring, or made when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import polars as pl

from trustgraph.around import control_around, graded_around, holdings_around, law_around
from trustgraph.coverage import coverage_of_entity
from trustgraph.exposure import ExposureLines
from trustgraph.exposure.near import lines_upon
from trustgraph.ledger import Ledger, Totals, chains_of, ledger_frame, totals_of
from trustgraph.legal import consequences, worst_grade_consequences
from trustgraph.ownership.control import computed_of
from trustgraph.policy import Policy
from trustgraph.reckoning import consequences_frame, control_frame, grade_rank_of, scores_frame
from trustgraph.register import Excerpt, Int64, Register, day_number, excerpt_of
from trustgraph.runs import Run
from trustgraph.schema import ENTITY_KINDS
from trustgraph.scoring import Scoring, control_of
from trustgraph.standing import Standing

__all__ = ["Answers", "FrameAnswers", "RegisterAnswers", "RunAnswers"]

_REMEMBERED = 1 << 10
_PERSON = ENTITY_KINDS.index("person")


class Answers(Protocol):
    """The results of a run, asked for by entity."""

    def of(self, table: str, number: int, entity: str) -> pl.DataFrame:
        """All rows of one entity in one of ``RESULTS``."""
        ...

    def owned_by(self, number: int, owner: str) -> pl.DataFrame:
        """All rows of ``control`` with one owner."""
        ...


@dataclass(frozen=True, slots=True)
class RunAnswers:
    """Results on disk: what lies near an entity is read, and no more."""

    run: Run

    def of(self, table: str, number: int, entity: str) -> pl.DataFrame:
        return self.run.near(table, number).filter(pl.col("entity") == entity).collect()

    def owned_by(self, _number: int, owner: str) -> pl.DataFrame:
        return self.run.control().filter(pl.col("owner") == owner).collect()


@dataclass(frozen=True, slots=True)
class FrameAnswers:
    """Results in memory."""

    scoring: Scoring

    def of(self, table: str, _number: int, entity: str) -> pl.DataFrame:
        frame: pl.DataFrame = getattr(self.scoring, table)
        return frame.filter(pl.col("entity") == entity)

    def owned_by(self, _number: int, owner: str) -> pl.DataFrame:
        return self.scoring.control.filter(pl.col("owner") == owner)


@dataclass(frozen=True, slots=True)
class RegisterAnswers:
    """Results that nobody has made yet: made for one entity at a time, of what decides them."""

    register: Register
    policy: Policy
    standing: Standing
    _made: dict[tuple[str, int], pl.DataFrame] = field(default_factory=dict)

    def of(self, table: str, number: int, _entity: str) -> pl.DataFrame:
        if (table, number) not in self._made:
            if len(self._made) >= _REMEMBERED:
                self._made.clear()
            self._made.update({(name, number): made for name, made in self._frames(table, number)})
        return self._made[table, number]

    def owned_by(self, number: int, _owner: str) -> pl.DataFrame:
        rule = self.policy.control
        around = np.array([number], dtype=np.int64)
        if rule is not None:
            around = holdings_around(self.register, rule, number, today=self._today)
        found = self._control(around).filter(pl.col("owner") == number)
        return control_frame(self.register, found)

    @property
    def _today(self) -> int:
        return day_number(self.standing.as_of)

    def _frames(self, table: str, number: int) -> Iterator[tuple[str, pl.DataFrame]]:
        register, policy, standing = self.register, self.policy, self.standing
        if table == "control":
            yield table, control_frame(register, self._control_of(number))
            return
        reached = self._reached(number)
        lines, totals = self._ledger(number)
        rank = self._rank(number, int(totals.score[0]), reached)
        known = coverage_of_entity(register, policy, number, as_of=standing.as_of)
        yield "consequences", consequences_frame(register, policy, standing, reached)
        yield "ledger", ledger_frame(register, policy, standing, lines, totals, Ledger("all"))
        yield (
            "scores",
            scores_frame(register, policy, totals, np.array([rank], np.int8), np.array([known])),
        )

    def _ledger(self, number: int) -> tuple[ExposureLines, Totals]:
        register, policy, standing = self.register, self.policy, self.standing
        lines = lines_upon(register, policy, standing, number)
        return lines, totals_of(register, policy, standing, lines, (number, number + 1))

    def _rank(self, number: int, score: int, reached: pl.DataFrame) -> int:
        own = self.register.records.of(np.array([number], dtype=np.int64))
        return grade_rank_of(self.policy, self.standing, score, own, reached)

    def _control_of(self, number: int) -> pl.DataFrame:
        rule = self.policy.control
        around = np.array([number], dtype=np.int64)
        if rule is not None:
            around = control_around(self.register, rule, number, today=self._today)
        return self._control(around).filter(pl.col("entity") == number)

    def _control(self, entities: Int64) -> pl.DataFrame:
        """Answers about control among some entities, right for whom all owners are among them."""
        part = excerpt_of(self.register, entities)
        found = control_of(part.register, self.policy, self.standing.of(part.records), threads=1)
        return _in_whole(part, found)

    def _reached(self, number: int) -> pl.DataFrame:
        """The consequences that reach an entity, by numbers."""
        register, policy, standing = self.register, self.policy, self.standing
        graded = graded_around(register, policy, standing, number)
        ends = np.union1d(graded, [number])
        part = excerpt_of(register, law_around(register, policy, standing, ends))
        inside = standing.of(part.records)
        computed = None
        if policy.control is not None and policy.control.serves != "none":
            control = control_of(part.register, policy, inside, threads=1)
            computed = computed_of(part.register, policy.control, control)
        reached = consequences(part.register, policy, inside, computed=computed)
        ranks = np.full(len(part.register), -1, dtype=np.int8)
        for other in graded[register.kind[graded] != _PERSON].tolist():
            place = part.place(other)
            upon = reached.filter(pl.col("entity") == place)
            ranks[place] = self._rank(other, int(self._ledger(other)[1].score[0]), upon)
        derived = worst_grade_consequences(part.register, policy, inside, ranks, computed=computed)
        found = pl.concat([reached, derived]).filter(pl.col("entity") == part.place(number))
        return _in_whole(part, found.sort("entity", "rule", "record", "chain", nulls_last=True))


def _in_whole(part: Excerpt, found: pl.DataFrame) -> pl.DataFrame:
    """Rows by the numbers of an excerpt as rows by the numbers of the whole register."""
    entities, records = pl.Series(part.entities, dtype=pl.Int32), pl.Series(part.records)
    numbers = {"entity": entities, "owner": entities, "record": records}
    return found.with_columns(
        chains_of(found["chain"], entities.gather),
        *(
            whole.gather(found[name]).alias(name)
            for name, whole in numbers.items()
            if name in found.columns
        ),
    )

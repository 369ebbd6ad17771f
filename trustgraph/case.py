"""A case: a run opened once for any number of questions about it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from trustgraph.errors import UnknownEntityError
from trustgraph.ownership.control import computed_of
from trustgraph.policy import Policy, Words
from trustgraph.privacy import display_name, persons_called, pseudonym
from trustgraph.register import Int64, Register, day_number
from trustgraph.runs import Run
from trustgraph.schema import ENTITY_KINDS
from trustgraph.scoring import Scoring, by_numbers
from trustgraph.standing import Standing, standing_of

__all__ = ["Case", "Language", "case_of", "open_case"]

Language = Literal["en", "zh"]

_SEARCHED_ROWS = 1 << 20


@dataclass(frozen=True, slots=True)
class Case:
    """A run opened once for any number of questions.

    ``ground`` is the register as legal rules see it: with controllers found by computation, if the
    pack lets them serve.
    """

    register: Register
    policy: Policy
    standing: Standing
    scores: pl.LazyFrame
    ledger: pl.LazyFrame | None
    consequences: pl.LazyFrame
    control: pl.LazyFrame
    ground: Register
    language: Language = "en"
    unmask: bool = False

    @property
    def as_of(self) -> dt.date:
        return self.standing.as_of

    def number(self, entity: str) -> int:
        """The number of an entity id or of a person's pseudonym. An id goes before a pseudonym.

        Raises UnknownEntityError, naming near ids; also for a pseudonym of several persons.
        """
        found = self.register.number_of(entity)
        if found is not None:
            return found
        called = persons_called(self.register, entity)
        if called is None:
            raise UnknownEntityError(
                f"no entity `{entity}` in this register", hint=_nearby(self.register, entity)
            )
        if len(called) != 1:
            stands = f"stands for {len(called)} persons" if called else "stands for nobody"
            raise UnknownEntityError(
                f"the pseudonym `{entity}` {stands} in this register",
                hint="give the person's id; another TRUSTGRAPH_PSEUDONYM_KEY tells them apart"
                if called
                else "it holds for one TRUSTGRAPH_PSEUDONYM_KEY only: was it shown under this one?",
            )
        return called[0]

    def id(self, number: int) -> str:
        """An entity's id as the register has it: not to be shown, see ``shown_id``."""
        return self.register.ids[number]

    def name(self, number: int) -> str:
        return display_name(self.register, number, language=self.language, unmask=self.unmask)

    def record_number(self, record: str, holder: str) -> int:
        """The number of a record that a result names, and of whose entity that is."""
        records = self.register.records
        number = self.register.number_of(holder)
        assert number is not None  # results name entities of the register they were made from
        own = records.of(np.array([number], dtype=np.int64))
        return int(own[records.rows.gather("id", own).to_list().index(record)])

    def own_records(self, number: int) -> Int64:
        """Numbers of an entity's own records that count."""
        own = self.register.records.of(np.array([number], dtype=np.int64))
        return own[self.standing.counts[own]]

    def say(self, words: Words) -> str:
        return words(self.language)

    def shown_id(self, number: int) -> str:
        """An entity's id, or a person's pseudonym: an id may name its bearer, too.

        It is the same in every language, and may be asked for again.
        """
        if self.register.is_kind("person")[number] and not self.unmask:
            return pseudonym(self.id(number))
        return self.id(number)


def open_case(run: Run, *, language: Language = "en", unmask: bool = False) -> Case:
    """Open a run's register, pack and results for questions as of the run's day."""
    register, policy = run.register(), run.policy()
    return Case(
        register=register,
        policy=policy,
        standing=standing_of(register, policy, as_of=run.as_of, forget_on=run.forget_on),
        scores=run.scores(),
        ledger=run.ledger() if run.manifest.get("ledger") == "all" else None,
        consequences=run.consequences(),
        control=run.control(),
        ground=_ground(register, policy, run.control(), run.as_of),
        language=language,
        unmask=unmask,
    )


def case_of(
    scoring: Scoring,
    register: Register,
    policy: Policy,
    *,
    whole_ledger: bool,
    language: Language = "en",
    unmask: bool = False,
) -> Case:
    """The same questions of a scoring that is still in memory."""
    return Case(
        register=register,
        policy=policy,
        standing=standing_of(register, policy, as_of=scoring.as_of, forget_on=scoring.forget_on),
        scores=scoring.scores.lazy(),
        ledger=scoring.ledger.lazy() if whole_ledger else None,
        consequences=scoring.consequences.lazy(),
        control=scoring.control.lazy(),
        ground=_ground(register, policy, scoring.control.lazy(), scoring.as_of),
        language=language,
        unmask=unmask,
    )


def _ground(register: Register, policy: Policy, control: pl.LazyFrame, as_of: dt.date) -> Register:
    if policy.control is None or policy.control.serves == "none":
        return register
    computed = computed_of(register, policy.control, by_numbers(register, control))
    return register if computed is None else computed.added_to(register, day_number(as_of))


def _nearby(register: Register, entity: str) -> str:
    """What may have been meant: organisations by that name, else those next in order of ids.

    Never a person: a hint must not name whom nobody asked to see.
    """
    named: list[str] = []
    alike: list[str] = []
    wanted = entity.strip()
    for first in range(0, len(register), _SEARCHED_ROWS):
        rows = register.entities.slice(first, _SEARCHED_ROWS, ["id", "kind", "name", "name_en"])
        rows = rows.filter(pl.col("kind") != "person")
        by_name = pl.any_horizontal(pl.col("name", "name_en").str.contains(entity, literal=True))
        named += rows.filter(by_name)["id"].head(3).to_list()
        alike += rows.filter(pl.col("id").str.to_uppercase() == wanted.upper())["id"].to_list()
    if wanted and named:
        return f"ids are wanted here; by that name there is: {', '.join(named[:3])}"
    if alike:
        return f"ids tell capital from small letters; there is: {alike[0]}"
    near = _next_to(register, entity)
    return f"next to it in order: {', '.join(near)}" if near else "the register is empty"


def _next_to(register: Register, entity: str) -> list[str]:
    """The organisations before and after a place in the order of ids."""
    person = ENTITY_KINDS.index("person")
    place = register.ids.near(entity)
    after = next((n for n in range(place, len(register)) if register.kind[n] != person), None)
    before = next((n for n in range(place - 1, -1, -1) if register.kind[n] != person), None)
    return [register.ids[number] for number in (before, after) if number is not None]

"""A session: a run or a register opened once for any number of questions about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeVar

import numpy as np
import polars as pl

from trustgraph.errors import UnknownEntityError
from trustgraph.ownership.answers import LAST_RESORT
from trustgraph.policy import Policy, Words
from trustgraph.query.meant import one_meant
from trustgraph.query.results import Answers, FrameAnswers, RunAnswers, register_answers
from trustgraph.records.as_of import RecordState, records_as_of
from trustgraph.register import Int64, Overlay, Register, empty_overlay
from trustgraph.register.pseudonyms import display_name, persons_called, pseudonym
from trustgraph.runs.run import Run
from trustgraph.schema import ENTITY_KINDS
from trustgraph.scoring.frames import RESULTS
from trustgraph.scoring.pipeline import Scoring
from trustgraph.tables.typed import plain_id

__all__ = [
    "Language",
    "Session",
    "remember",
    "remember_all",
    "session_of",
    "session_of_register",
    "session_of_run",
]

Language = Literal["en", "zh"]

Found = TypeVar("Found")

_REMEMBERED = 1 << 16

_NO_DEALING: Final = "M_NO_DEALING"
"""The measure by which nobody may deal with somebody."""


@dataclass(frozen=True, slots=True)
class Session:
    """What is opened once for any number of questions; ``whole_ledger``: it has all lines."""

    register: Register
    policy: Policy
    as_of: dt.date
    state_of: Callable[[], RecordState]
    answers: Answers
    whole_ledger: bool
    lang: Language = "en"
    unmask: bool = False
    _names: dict[int, str] = field(default_factory=dict)
    _records: dict[int, dict[str, Any]] = field(default_factory=dict)
    _overlays: list[Overlay] = field(default_factory=list)
    _states: list[RecordState] = field(default_factory=list)
    summaries: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What ``query.summary`` has told of some: asked for again and again while somebody types."""

    @property
    def overlay(self) -> Overlay:
        """The register, with nothing laid over it."""
        if not self._overlays:
            self._overlays.append(empty_overlay(self.register))
        return self._overlays[0]

    @property
    def record_state(self) -> RecordState:
        """What each record amounts to on the day: worked out when it is first asked for."""
        if not self._states:
            self._states.append(self.state_of())
        return self._states[0]

    def number(self, entity: str) -> int:
        """The number of an id, a person's pseudonym, or an organisation's code or whole name.

        An id goes before a pseudonym, and either before a USCC or LEI, and that before a name,
        in either language. Persons are not found by name. Raises UnknownEntityError where nobody
        is called so, naming who may be meant; also where several are.
        """
        found, called = self._found(entity)
        if found is not None:
            return found
        if called is None:
            return one_meant(self.register, entity)
        if len(called) != 1:
            stands = f"stands for {len(called)} persons" if called else "stands for nobody"
            raise UnknownEntityError(
                f"the pseudonym `{entity}` {stands} in this register",
                hint="give the person's id; another TRUSTGRAPH_PSEUDONYM_KEY tells them apart"
                if called
                else "it holds for one TRUSTGRAPH_PSEUDONYM_KEY only: was it shown under this one?",
            )
        return called[0]

    def number_if_known(self, entity: str) -> int | None:
        """The same, or None where nobody or several are called so: no hint is looked for."""
        found, called = self._found(entity)
        return called[0] if found is None and called is not None and len(called) == 1 else found

    def _found(self, entity: str) -> tuple[int | None, Sequence[int] | None]:
        """The number of an id; else whom a pseudonym stands for, None where it is none."""
        found = self.register.number_of(entity)
        if found is None and (plain := plain_id(entity)) != entity:
            # As tables are read: without blanks and what nobody sees, a code in capitals.
            entity, found = plain, self.register.number_of(plain)
        return found, None if found is not None else persons_called(self.register, entity)

    def id(self, number: int) -> str:
        """An entity's id as the register has it: not to be shown, see ``shown_id``."""
        return self.register.ids[number]

    def name(self, number: int, row: Mapping[str, Any] | None = None) -> str:
        """What an entity is called; ``row`` is its own, where it is at hand."""
        found = self._names.get(number)
        if found is None:
            found = display_name(self.register, number, lang=self.lang, unmask=self.unmask, row=row)
            remember(self._names, number, found, _REMEMBERED)
        return found

    def read_names(self, numbers: Iterable[int]) -> None:
        """Read what some are called at once, to be asked for one by one."""
        wanted = [number for number in sorted(set(numbers)) if number not in self._names]
        if not wanted:
            return
        at = np.array(wanted, dtype=np.int64)
        columns = [self.register.entities.gather(name, at) for name in ("name", "name_en")]
        rows = zip(*columns, strict=True)
        for number, (name, name_en) in zip(wanted, rows, strict=True):
            self.name(number, {"name": name, "name_en": name_en})

    def kind(self, number: int) -> str:
        """What an entity is: a company, a person, …"""
        return ENTITY_KINDS[self.register.kind[number]]

    def found(self, table: str, number: int) -> pl.DataFrame:
        """All rows of one entity in one of the run's tables."""
        return self.answers.of(table, number, self.id(number))

    def about(self, numbers: Sequence[int], tables: Sequence[str] = RESULTS) -> Session:
        """The same session, with what is asked of some entities read at once."""
        found = self.answers.about(numbers, [self.id(number) for number in numbers], tables)
        return replace(self, answers=found)

    def record(self, number: int) -> dict[str, Any]:
        """A record's row as it was read."""
        found = self._records.get(number)
        if found is None:
            found = self.register.records.rows.row(number)
            remember(self._records, number, found, _REMEMBERED)
        return found

    def read_records(self, records: Sequence[int]) -> None:
        """Read the rows of some records at once, to be asked for one by one."""
        rows = self.register.records.rows.some(records)
        remember_all(self._records, dict(zip(records, rows, strict=True)), _REMEMBERED)

    def serves(self, subject: int, entity: int) -> bool:
        """Whether a controller found by computation stands in for a recorded one in rules."""
        rule = self.policy.control_on(self.as_of)
        if rule is None or rule.serves == "none":
            return False
        if ENTITY_KINDS[self.register.kind[subject]] == "public_body":
            return False
        answers = ("yes",) if rule.serves == "yes" else ("yes", "possible")
        rows = self.found("control", entity).filter(
            (pl.col("owner") == self.id(subject))
            & pl.col("controller").is_in(answers)
            & (pl.col("basis") != LAST_RESORT)
        )
        return bool(rows.height)

    def record_number(self, record: str, subject: str) -> int:
        """The number of a record that a result names, and of whose entity that is."""
        records = self.register.records
        number = self.register.number_of(subject)
        assert number is not None  # results name entities of the register they were made from
        own = records.of(np.array([number], dtype=np.int64)).tolist()
        return next(int(one) for one in own if self.record(one)["id"] == record)

    def on_black_list(self, number: int) -> bool:
        """Whether an entity itself stands on a black list as of the day."""
        return bool(self.record_state.black[self.own_records(number)].any())

    def on_grave_list(self, number: int) -> bool:
        """Whether an entity itself stands on a black list as of the day, or under countermeasures.

        Whoever others may not deal with is on no list of the dishonest, and no less to be known.
        """
        own = self.own_records(number)
        if self.record_state.black[own].any():
            return True
        types = {self.register.records.types[code] for code in self.register.records.type_code[own]}
        known = (self.policy.record_type(one, self.as_of) for one in types)
        return any(one is not None and _NO_DEALING in one.measures for one in known)

    def own_records(self, number: int) -> Int64:
        """Numbers of an entity's own records that count."""
        own = self.register.records.of(np.array([number], dtype=np.int64))
        return own[self.record_state.counts[own]]

    def say(self, words: Words) -> str:
        return words(self.lang)

    def shown_id(self, number: int) -> str:
        """An entity's id, or a person's pseudonym: an id may name its bearer, too.

        It is the same in every language, and may be asked for again.
        """
        if self.kind(number) == "person" and not self.unmask:
            return pseudonym(self.id(number))
        return self.id(number)


def remember(kept: dict[int, Found], number: int, found: Found, most: int) -> None:
    """Keep what was found of a number, among the last so many.

    Other threads may empty ``kept`` at any moment: whoever asks takes what it has in hand.
    """
    if len(kept) >= most:
        kept.clear()
    kept[number] = found


def remember_all(kept: dict[int, Found], found: Mapping[int, Found], most: int) -> None:
    """The same of what is about to be asked for: all of it is kept, however much it is."""
    if len(kept) + len(found) > most:
        kept.clear()
    kept.update(found)


def session_of_run(run: Run, *, lang: Language = "en", unmask: bool = False) -> Session:
    """Open a run's register, pack and results for questions as of the run's day."""
    register, policy = run.register(), run.policy()
    return Session(
        register=register,
        policy=policy,
        as_of=run.as_of,
        state_of=lambda: records_as_of(
            register, policy, as_of=run.as_of, retention_on=run.retention_on
        ),
        answers=RunAnswers(run),
        whole_ledger=run.manifest.get("ledger") == "all",
        lang=lang,
        unmask=unmask,
    )


def session_of(
    scoring: Scoring,
    register: Register,
    policy: Policy,
    *,
    whole_ledger: bool,
    lang: Language = "en",
    unmask: bool = False,
) -> Session:
    """The same questions of a scoring that is still in memory."""
    return Session(
        register=register,
        policy=policy,
        as_of=scoring.as_of,
        state_of=lambda: records_as_of(
            register, policy, as_of=scoring.as_of, retention_on=scoring.retention_on
        ),
        answers=FrameAnswers(scoring),
        whole_ledger=whole_ledger,
        lang=lang,
        unmask=unmask,
    )


def session_of_register(
    register: Register,
    policy: Policy,
    record_state: RecordState,
    *,
    lang: Language = "en",
    unmask: bool = False,
) -> Session:
    """The same questions of a register that nobody has scored: answers are made when asked for."""
    return Session(
        register=register,
        policy=policy,
        as_of=record_state.as_of,
        state_of=lambda: record_state,
        answers=register_answers(register, policy, record_state),
        whole_ledger=True,
        lang=lang,
        unmask=unmask,
    )

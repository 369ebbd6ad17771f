"""Why: the ledger of one entity with its chains, the law that reaches it, and what would help.

An explanation is a plain dictionary (see ``explain_entity``), the same for the terminal, JSON and
the dashboard; how it reads in English or Chinese is ``wording``'s business. Natural persons appear
masked unless ``unmask`` is asked for, and never with a score or grade.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import polars as pl

from trustgraph.coverage import known_items
from trustgraph.errors import UnknownEntityError
from trustgraph.exposure import ExposureGraph, exposure_graph, exposure_lines
from trustgraph.exposure.near import steps_along, strongest_chain, within_hops
from trustgraph.legal import steps_of_route
from trustgraph.ownership.control import computed_of
from trustgraph.policy import Measure, Policy, RecordType, Words
from trustgraph.privacy import display_name, persons_called, pseudonym
from trustgraph.register import NO_END, Int64, Register, day_number
from trustgraph.remedy import Candidate, Plight, smallest_repair
from trustgraph.runs import Run
from trustgraph.schema import ENTITY_KINDS, MICRO, STEPS, step_words
from trustgraph.scoring import Scoring, by_numbers, entity_ledger
from trustgraph.standing import Standing, standing_of

__all__ = ["Case", "case_of", "explain_chain", "explain_entity", "open_case"]

Language = Literal["en", "zh"]
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Case:
    """A run opened once for any number of questions.

    ``ground`` is the register as legal rules see it: with controllers found by computation, if the
    pack lets them serve.
    """

    register: Register
    policy: Policy
    standing: Standing
    graph: ExposureGraph
    scores: pl.LazyFrame
    ledger: pl.LazyFrame | None
    consequences: pl.LazyFrame
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
        return str(self.register.entities["id"][number])

    def name(self, number: int) -> str:
        return display_name(self.register, number, language=self.language, unmask=self.unmask)

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
        graph=exposure_graph(register, policy, as_of=run.as_of),
        scores=run.scores(),
        ledger=run.ledger() if run.manifest.get("ledger") == "all" else None,
        consequences=run.consequences(),
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
        graph=exposure_graph(register, policy, as_of=scoring.as_of),
        scores=scoring.scores.lazy(),
        ledger=scoring.ledger.lazy() if whole_ledger else None,
        consequences=scoring.consequences.lazy(),
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
    organisations = register.entities.filter(pl.col("kind") != "person")
    named = organisations.filter(
        pl.any_horizontal(pl.col("name", "name_en").str.contains(entity, literal=True))
    )["id"].head(3)
    if entity.strip() and len(named):
        return f"ids are wanted here; by that name there is: {', '.join(named)}"
    ids = organisations["id"]
    place = int(ids.search_sorted(entity, side="left")) if len(ids) else 0
    near = ids.slice(max(0, place - 1), 2).to_list()
    return f"next to it in order: {', '.join(near)}" if near else "the register is empty"


def explain_entity(case: Case, entity: str) -> dict[str, Any]:
    """Everything there is to say of one entity as of the case's day.

    Keys: ``entity``, ``name``, ``kind``, ``status``, ``as_of``, ``policy``, ``scored``; for
    organisations ``score``, ``score_micro``, ``grade``, ``coverage``, ``coverage_items``,
    ``ledger`` (lines that sum to the score, heaviest first within a kind), ``next_grade``; for all
    ``records`` (its own that count), ``consequences`` (law) and ``market_effects`` (force E rules
    with a route, no law).
    ``entity`` is an id, or the pseudonym of a person. Raises UnknownEntityError.
    """
    number = case.number(entity)
    entity = case.id(number)
    kind = ENTITY_KINDS[case.register.kind[number]]
    rows = case.consequences.filter(pl.col("entity") == entity).collect().to_dicts()
    reached = [_consequence(case, row) for row in rows]
    explanation: dict[str, Any] = {
        "entity": case.shown_id(number),
        "name": case.name(number),
        "kind": kind,
        "status": case.register.entities["status"][number],
        "as_of": case.as_of.isoformat(),
        "policy": {"name": case.policy.name, "version": case.policy.version},
        "scored": kind != "person",
        "records": [_record(case, int(record)) for record in _own_records(case, number)],
        "consequences": [found for found in reached if found["force"] != "E"],
        "market_effects": [found for found in reached if found["force"] == "E"],
    }
    if kind == "person":
        return explanation
    score = case.scores.filter(pl.col("entity") == entity).collect().row(0, named=True)
    ledger = _ledger(case, entity, number)
    return explanation | {
        "score_micro": score["score_micro"],
        "score": score["score"],
        "grade": score["grade"],
        "coverage": score["coverage"],
        "coverage_items": _coverage(case, number),
        "ledger": [_line(case, line) for line in ledger.to_dicts()],
        "next_grade": _next_grade(case, number, score["grade"], ledger, rows),
    }


def _ledger(case: Case, entity: str, number: int) -> pl.DataFrame:
    """The whole ledger: from the run if it was kept, else computed afresh for this entity."""
    if case.ledger is not None:
        return case.ledger.filter(pl.col("entity") == entity).collect()
    return entity_ledger(case.register, case.policy, case.standing, case.graph, number)


def _record_number(case: Case, record: str) -> int:
    place = case.register.records.frame["id"].index_of(record)
    assert place is not None  # results name records of the register they were made from
    return int(place)


def _own_records(case: Case, number: int) -> Int64:
    own = (case.register.records.entity == number) & case.standing.counts
    return np.flatnonzero(own)


def _day(number: int) -> str | None:
    return None if number == NO_END else (_EPOCH + dt.timedelta(days=int(number))).isoformat()


def _record(case: Case, record: int) -> dict[str, Any]:
    row = case.register.records.frame.row(record, named=True)
    kind = case.policy.record_type(row["type"], case.as_of)
    holder = int(case.register.records.entity[record])
    found = {
        "record": row["id"],
        "type": row["type"],
        "title": row["type"] if kind is None else case.say(kind.title) or row["type"],
        "entity": case.shown_id(holder),
        "name": case.name(holder),
        "decided_on": row["decided_on"].isoformat(),
        "ends_on": _day(case.standing.ends[record]),
        "status": row["status"],
        "authority": row["authority"],
        "doc_no": row["doc_no"],
        "source_url": row["source_url"],
    }
    if kind is not None:
        found |= {
            "authority": row["authority"] or case.say(kind.authority) or None,
            "legal_basis": case.say(kind.legal_basis),
            "confidence": kind.confidence,
            **_measures(case, kind),
            "repair": {"how": kind.repair.how, "after_months": kind.repair.after_months},
        }
    return found


def _measures(case: Case, kind: RecordType) -> dict[str, list[str]]:
    """What the listing itself brings: measures of the law, and apart from them the market's."""
    known = [case.policy.measures.get(code, Measure(code, "I")) for code in kind.measures]
    titles = [(measure.group, case.say(measure.title) or measure.code) for measure in known]
    return {
        "measures": [title for group, title in titles if group != "III"],
        "market_measures": [title for group, title in titles if group == "III"],
    }


def _coverage(case: Case, number: int) -> list[dict[str, Any]]:
    return [
        {
            "code": item.code,
            "title": case.say(item.title) or item.code,
            "weight": item.weight,
            "known": bool(known[number]),
        }
        for item, expected, known in known_items(case.register, case.policy, as_of=case.as_of)
        if expected[number]
    ]


def _line(case: Case, line: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "line": line["line"],
        "micro": line["micro"],
        "points": line["micro"] / MICRO,
        "note": line["note"],
    }
    if line["record"] is None:
        return found
    record = _record_number(case, line["record"])
    found |= {"record": _record(case, record), "reach": line["reach"], "hops": line["hops"]}
    if line["line"] == "exposure":
        chain = tuple(case.number(entity) for entity in line["chain"])
        channel = case.standing.channels[case.register.records.type_code[record]]
        assert channel is not None  # a line was drawn through it
        _, steps = steps_along(case.graph, case.policy, chain, channel)
        found["chain"] = [case.shown_id(n) for n in chain]
        found["steps"] = [
            {
                **_step(case, here, step.step, there),
                "strength": step.strength,
                "rule": case.policy.channels[step.channel].steps[step.step].rule,
            }
            for (here, there), step in zip(pairwise(chain), steps, strict=True)
        ]
    return found


def _step(case: Case, here: int, step: int, there: int) -> dict[str, Any]:
    return {
        "from": case.name(here),
        "step": STEPS[step],
        "words": step_words(step, case.language),
        "to": case.name(there),
    }


def _consequence(case: Case, found: dict[str, Any]) -> dict[str, Any]:
    rule = next(rule for rule in case.policy.rules_on(case.as_of) if rule.code == found["rule"])
    chain = tuple(case.number(entity) for entity in found["chain"])
    record = None if found["record"] is None else _record_number(case, found["record"])
    decided = None if record is None else int(case.register.records.decided_on[record])
    steps = steps_of_route(
        case.ground, rule, chain, decided_on=decided, today=day_number(case.as_of)
    )
    return {
        "rule": rule.code,
        "title": case.say(rule.title),
        "force": rule.force,
        "status": found["status"],
        "effect": rule.effect.code,
        "words": case.say(rule.effect.words),
        "condition": case.say(rule.condition),
        "legal_basis": case.say(rule.legal_basis),
        "confidence": rule.confidence,
        "detail": found["detail"],
        "record": None if record is None else _record(case, record),
        "chain": [case.shown_id(n) for n in chain],
        "names": [case.name(n) for n in chain],
        "steps": [
            _step(case, here, step, there)
            for (here, there), step in zip(pairwise(chain), steps, strict=False)
        ],
    }


def _next_grade(
    case: Case, number: int, grade: str, ledger: pl.DataFrame, reached: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """The next better grade and the fewest repairs that reach it; None at the best grade."""
    rank = case.policy.grade_rank(grade)
    if rank == 0:
        return None
    better = case.policy.grades[rank - 1]
    remedy = smallest_repair(_plight(case, number, ledger, reached, rank - 1))

    def shown(records: tuple[str, ...]) -> list[dict[str, Any]]:
        return [_record(case, _record_number(case, record)) for record in records]

    return {
        "grade": better.code,
        "from": better.from_micro / MICRO,
        "records": shown(remedy.records),
        "score_after": None if remedy.score_after is None else remedy.score_after / MICRO,
        "blocked": shown(remedy.blocked),
    }


def _plight(
    case: Case,
    number: int,
    ledger: pl.DataFrame,
    reached: list[dict[str, Any]],
    wanted_rank: int,
) -> Plight:
    policy, records = case.policy, case.register.records
    must = _capping_records(case, number, reached, wanted_rank)
    lines = ledger.filter(pl.col("record").is_not_null())
    weights = {_record_number(case, row["record"]): row["micro"] for row in lines.to_dicts()}
    costly = {record for record, micro in weights.items() if micro < 0}
    revived = _revived(case, number, apart_from=must)
    of_revived = np.isin(records.entity, [h for h, amount in revived.items() if amount > 0])
    black = set(np.flatnonzero(case.standing.black & of_revived).tolist())
    ids = case.register.entities["id"]
    candidates = tuple(
        Candidate(
            record=records.frame["id"][record],
            holder=ids[int(records.entity[record])],
            gain=-weights.get(record, 0),
            capped=record in costly and int(records.entity[record]) != number,
            black=bool(case.standing.black[record]),
            must=record in must,
            can=_repairable(case, record),
        )
        for record in sorted(costly | must | black)
    )
    exposure = ledger.filter(pl.col("line") == "exposure")["micro"]
    return Plight(
        base=policy.base_micro,
        own=int(ledger.filter(pl.col("line") == "own")["micro"].sum()),
        positive=int(exposure.clip(lower_bound=0).sum()),
        negative=int(exposure.clip(upper_bound=0).sum()),
        cap=policy.exposure_cap_micro,
        floor=policy.floor_micro,
        ceiling=policy.ceiling_micro,
        wanted=policy.grades[wanted_rank].from_micro,
        candidates=candidates,
        revived={ids[holder]: amount for holder, amount in revived.items()},
    )


def _capping_records(
    case: Case, number: int, reached: list[dict[str, Any]], wanted_rank: int
) -> set[int]:
    """Records that cap the grade below the wanted one, by themselves or by an automatic rule."""
    own = _own_records(case, number)
    must = {int(record) for record in own if case.standing.cap[record] > wanted_rank}
    caps = {
        rule.code: case.policy.grade_rank(rule.grade_cap)
        for rule in case.policy.rules_on(case.as_of)
        if rule.force == "A" and rule.grade_cap is not None
    }
    must.update(
        _record_number(case, row["record"])
        for row in reached
        if row["status"] == "fact" and caps.get(row["rule"], -1) > wanted_rank
    )
    return must


def _repairable(case: Case, record: int) -> bool:
    code = case.register.records.types[case.register.records.type_code[record]]
    kind = case.policy.record_type(code, case.as_of)
    return kind is None or kind.repair.how != "no"


def _revived(case: Case, number: int, *, apart_from: set[int]) -> dict[int, int]:
    """What each holder's void positive records would add here if they were not void."""
    records = case.register.records
    near = within_hops(case.graph, number, case.policy.max_hops)
    void = np.flatnonzero(case.standing.voided & near[records.entity])
    void = void[~np.isin(void, list(apart_from))]
    if not len(void):
        return {}
    added: dict[int, int] = {}
    for record in void[records.entity[void] == number]:
        added[number] = added.get(number, 0) + int(case.standing.unvoided[record])
    wanted = np.zeros(len(case.register), dtype=np.bool_)
    wanted[number] = True
    lines = exposure_lines(
        case.register,
        case.graph,
        case.policy,
        dataclasses.replace(case.standing, micro=case.standing.unvoided),
        chains=False,
        threads=1,
        only=void,
        scored=wanted,
    )
    for record, micro in zip(lines.record, lines.micro, strict=True):
        holder = int(records.entity[record])
        added[holder] = added.get(holder, 0) + int(micro)
    return added


def explain_chain(case: Case, origin: str, end: str) -> dict[str, Any]:
    """The strongest chain between two entities in every channel of the pack, best first.

    Keys: ``from``, ``to``, ``as_of``, ``max_hops``, ``chains`` (``channel``, ``title``, ``reach``,
    ``hops``, ``chain``, ``steps``); no chains where none exists. Persons may be given by their
    pseudonyms. Raises UnknownEntityError.
    """
    here, there = case.number(origin), case.number(end)
    found = []
    for code in sorted(case.policy.channels):
        best = strongest_chain(case.graph, case.policy, here, there, code)
        if best is not None:
            found.append(best)
    found.sort(key=lambda chain: (-chain.reach, len(chain.chain), chain.chain, chain.channel))
    return {
        "from": {"entity": case.shown_id(here), "name": case.name(here)},
        "to": {"entity": case.shown_id(there), "name": case.name(there)},
        "as_of": case.as_of.isoformat(),
        "max_hops": case.policy.max_hops,
        "chains": [
            {
                "channel": chain.channel,
                "title": case.say(case.policy.channels[chain.channel].title) or chain.channel,
                "reach": chain.reach,
                "hops": len(chain.chain) - 1,
                "chain": [case.shown_id(n) for n in chain.chain],
                "steps": [
                    {**_step(case, a, step.step, b), "strength": step.strength}
                    for (a, b), step in zip(pairwise(chain.chain), chain.steps, strict=True)
                ],
            }
            for chain in found
        ],
    }

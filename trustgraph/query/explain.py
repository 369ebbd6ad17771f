"""Why: the ledger of one entity with its chains, the law that reaches it, and what would help.

An explanation is a plain dictionary (see ``explain_entity``), the same for the terminal, JSON and
the dashboard; how it reads in English or Chinese is ``wording``'s business. Natural persons appear
masked unless ``unmask`` is asked for, and never with a score or grade.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.coverage.coverage import items_of, last_searched
from trustgraph.exposure import ExposureGraph
from trustgraph.exposure.single import strongest_chains
from trustgraph.legal import entries_of
from trustgraph.legal.twins import POSSIBLY_SAME
from trustgraph.policy import NOT_RATED, CoverageItem, Policy
from trustgraph.query.detail_words import detail_words
from trustgraph.query.owners import DEFAULT_RULE, held_by_listed
from trustgraph.query.records import other_records, told_record
from trustgraph.query.repair import Remedy, smallest_repair
from trustgraph.query.repair_inputs import capping_rules, repair_inputs
from trustgraph.query.session import Session
from trustgraph.query.steps import graph_over, steps_of_consequence, steps_of_line
from trustgraph.query.verdicts import (
    existence_told,
    head_office_told,
    is_listed_itself,
    listed_behind_told,
    same_code_told,
    verdicts_told,
)
from trustgraph.register import day_number
from trustgraph.schema import BILLION, ENTITY_KINDS, MICRO, STEPS, step_words
from trustgraph.scoring.grades import blocked_rank, rated_where
from trustgraph.scoring.pipeline import entity_ledger
from trustgraph.scoring.verdicts import BLOCKED

__all__ = [
    "consequence_told",
    "consequences_told",
    "explain_chain",
    "explain_entity",
    "law_in_order",
    "ledger_of",
]

_AT_ONCE: Final = 10_000
"""Consequences that are told together."""


def explain_entity(session: Session, entity: str) -> dict[str, Any]:
    """Everything there is to say of one entity as of the session's day.

    Keys: ``entity``, ``name``, ``kind``, ``status``, ``as_of``, ``policy``, ``scored``,
    ``verdicts`` (what to know before any number: ``verdict``, ``title``), ``listed_behind`` (owners
    on a black or countermeasure list: ``entity``, ``name``, ``kind``, ``low`` and ``high`` share),
    ``head_office`` (of a branch, with its ``verdicts``; else null), ``same_code`` (others that
    state its USCC or LEI), ``existence`` (where its dates do not go with the day: see
    ``trustgraph.query.verdicts``);
    for organisations ``score``, ``score_micro``, ``grade`` (``NR``: not rated), ``grade_reason``,
    ``grade_by``, ``grade_words``, ``band`` (the grade of the score alone), ``scale`` (``floor``,
    ``ceiling``, ``bands``: from where each grade),
    ``coverage``, ``coverage_items``, ``to_be_rated`` (items not known, heaviest first, where that
    is why there is no grade), ``ledger`` (lines that sum to the score, heaviest first within a
    kind), ``next_grade``; for all ``records`` (its own that count), ``other_records`` (its own that
    do not, each with ``why``), ``repaired_records`` and ``erased_records`` (how many),
    ``consequences`` (law), ``market_effects`` (force E rules with a route, no law) and
    ``ownership``, in short what ``trustgraph.query.owners`` has in full: ``notice`` and ``note`` on
    the rule, ``threshold`` (a share), ``listed`` itself, ``blocked``, ``blocked_through``,
    ``held_by_listed`` parties where it is not (``low``, ``high``, ``known``: what its owners state;
    null where the pack says nothing of it), ``controllers``, ``beneficial_owners`` (each with
    ``kind``, ``answer``, ``on_black_list``). ``entity`` is an id, or the pseudonym of a person.
    Raises UnknownEntityError.
    """
    number = session.number(entity)
    kind = ENTITY_KINDS[session.register.kind[number]]
    rows = session.found("consequences", number).to_dicts()
    reached = consequences_told(session, rows)
    explanation: dict[str, Any] = {
        "entity": session.shown_id(number),
        "name": session.name(number),
        "kind": kind,
        "status": session.register.traits.status.word(number),
        "as_of": session.as_of.isoformat(),
        "policy": {"name": session.policy.name, "version": session.policy.version},
        "scored": kind != "person",
        "verdicts": verdicts_told(session, number),
        "listed_behind": [] if kind == "person" else listed_behind_told(session, number),
        "head_office": head_office_told(session, number),
        "same_code": same_code_told(session, number),
        "existence": existence_told(session, number),
        "records": [told_record(session, int(record)) for record in session.own_records(number)],
        **other_records(session, number),
        "consequences": [found for found in reached if found["force"] != "E"],
        "market_effects": [found for found in reached if found["force"] == "E"],
        "ownership": _ownership(session, number),
    }
    if kind == "person":
        return explanation
    score = session.found("scores", number).row(0, named=True)
    ledger = ledger_of(session, number)
    items = _coverage(session, number)
    missing = sorted((i for i in items if not i["known"]), key=lambda item: -item["weight"])
    return explanation | {
        "score_micro": score["score_micro"],
        "score": score["score"],
        "grade": score["grade"],
        "grade_reason": score["grade_reason"],
        "grade_by": score["grade_by"],
        "grade_words": _grade_words(session, number, score),
        "band": _band(session.policy, score["score_micro"]),
        "scale": _scale(session.policy),
        "coverage": score["coverage"],
        "coverage_items": items,
        "to_be_rated": missing if score["grade_reason"] == "coverage" else [],
        "ledger": _lines(session, ledger),
        "next_grade": _next_grade(session, number, score, ledger, rows),
    }


def _band(policy: Policy, score: int) -> str:
    return next(grade.code for grade in policy.grades if grade.from_micro <= score)


def _scale(policy: Policy) -> dict[str, Any]:
    """What scores lie between, and where grades begin."""
    return {
        "floor": policy.floor_micro / MICRO,
        "ceiling": policy.ceiling_micro / MICRO,
        "bands": {grade.code: grade.from_micro / MICRO for grade in policy.grades},
    }


def _grade_words(session: Session, number: int, score: dict[str, Any]) -> str | None:
    """The title of what decided the grade, where it is a record or a rule."""
    if score["grade_reason"] == "record":
        record = session.record_number(score["grade_by"], session.id(number))
        return str(told_record(session, record)["title"])
    if score["grade_reason"] == "rule":
        rules = {rule.code: rule for rule in session.policy.rules_on(session.as_of)}
        return session.say(rules[score["grade_by"]].title) or None
    return None


def ledger_of(session: Session, number: int) -> pl.DataFrame:
    """The whole ledger: from the run if it was kept, else computed afresh for this entity."""
    if session.whole_ledger:
        return session.found("ledger", number)
    return entity_ledger(session.register, session.policy, session.record_state, number)


def _ownership(session: Session, number: int) -> dict[str, Any]:
    """Whether listed parties block it, and who controls it: the surest answers first."""
    ranks = {"yes": 0, "possible": 1}
    rows = session.found("control", number).drop("chain").to_dicts()

    def named(column: str) -> list[dict[str, Any]]:
        found = [row for row in rows if row[column] in ranks]
        found.sort(key=lambda row: (ranks[row[column]], -row["integrated_high"], row["owner"]))
        numbers = [session.number(row["owner"]) for row in found]
        return [
            {
                "owner": session.shown_id(number),
                "name": session.name(number),
                "kind": session.kind(number),
                "answer": row[column],
                "on_black_list": session.on_grave_list(number),
            }
            for number, row in zip(numbers, found, strict=True)
        ]

    through, listed = named("cascade"), is_listed_itself(session, number)
    rule = session.policy.control_on(session.as_of)
    return {
        "notice": "" if rule is None else session.say(rule.notice),
        "threshold": (rule or DEFAULT_RULE).threshold / BILLION,
        "note": "" if rule is None else session.say(rule.note),
        "listed": listed,
        "blocked": "yes" if listed else through[0]["answer"] if through else "no",
        "held_by_listed": None if listed or through else held_by_listed(session, number),
        "blocked_through": through,
        "controllers": named("controller"),
        "beneficial_owners": named("beneficial_owner"),
    }


def _coverage(session: Session, number: int) -> list[dict[str, Any]]:
    return [
        {
            "code": item.code,
            "item": item.item,
            "title": session.say(item.title) or item.code,
            "weight": item.weight,
            "known": known,
            "searched_on": _searched(session, item, number),
            "look_up": session.say(item.look_up),
        }
        for item, known in items_of(session.register, session.policy, number, as_of=session.as_of)
    ]


def _searched(session: Session, item: CoverageItem, number: int) -> str | None:
    """When a source was searched last, however long ago."""
    if item.item != "source":
        return None
    day = last_searched(session.register, item, number, as_of=session.as_of)
    return None if day is None else day.isoformat()


def _lines(session: Session, ledger: pl.DataFrame) -> list[dict[str, Any]]:
    chains = ledger.filter(pl.col("line") == "exposure")["chain"].to_list()
    graph = graph_over(session, [[session.number(one) for one in chain] for chain in chains])
    return [_line(session, graph, line) for line in ledger.to_dicts()]


def _line(session: Session, graph: ExposureGraph, line: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "line": line["line"],
        "micro": line["micro"],
        "points": line["micro"] / MICRO,
        "note": line["note"],
    }
    if line["record"] is None:
        return found
    record = session.record_number(line["record"], line["chain"][0])
    found |= {"record": told_record(session, record), "reach": line["reach"], "hops": line["hops"]}
    if line["line"] == "exposure":
        chain = tuple(session.number(entity) for entity in line["chain"])
        steps = steps_of_line(session, graph, record, chain)
        found["chain"] = [session.shown_id(n) for n in chain]
        found["names"] = [session.name(n) for n in chain]
        found["kinds"] = [session.kind(n) for n in chain]
        found["steps"] = [
            {
                **_step(session, here, step.step, there),
                "strength": step.strength,
                "factors": {
                    name: getattr(step, name)
                    for name in ("base", "share", "among", "assumed", "confidence")
                },
                "rule": session.policy.channels[step.channel].steps[step.step].rule,
            }
            for (here, there), step in zip(pairwise(chain), steps, strict=True)
        ]
    return found


def _step(session: Session, here: int, step: int, there: int) -> dict[str, Any]:
    return {
        "from": session.name(here),
        "step": STEPS[step],
        "words": _words(session, here, step, there),
        "to": session.name(there),
    }


def _words(session: Session, here: int, step: int, there: int) -> str:
    """How a step reads; of who is possibly the same, with how sure that is."""
    words = step_words(step, session.lang)
    if step != POSSIBLY_SAME:
        return words
    register = session.register
    _, entry = entries_of(register, np.array([here], dtype=np.int32), (step,))
    entry = entry[register.adjacency.neighbour[entry] == there]
    edge = register.adjacency.edge[entry]
    live = register.relationships.in_force_of(edge, day_number(session.as_of))
    edge = edge[live] if live.any() else edge  # what a rule looks back on may have ended
    if not len(edge):
        return words
    sure = float(register.relationships.confidence[edge].max())
    return f"{words}（{sure:.0%}）" if session.lang == "zh" else f"{words} ({sure:.0%})"


def consequences_told(session: Session, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the consequences as ``consequence_told`` tells each, names read many at once.

    Whoever owns very many is a pair with each of them.
    """
    told = []
    for place in range(0, len(rows), _AT_ONCE):
        those = rows[place : place + _AT_ONCE]
        session.read_names(session.number(entity) for row in those for entity in row["chain"])
        told += [consequence_told(session, row) for row in those]
    return told


def consequence_told(session: Session, found: dict[str, Any]) -> dict[str, Any]:
    """A row of the consequences as explanations tell it: words, article, chain, record.

    ``pair``: the rule says of two parties that they exclude each other, and the chain leads from
    one to the other. ``detail_words`` say what this case adds to its rule, or are empty.
    """
    rule = next(
        rule for rule in session.policy.rules_on(session.as_of) if rule.code == found["rule"]
    )
    chain = tuple(session.number(entity) for entity in found["chain"])
    record = (
        None
        if found["record"] is None
        else session.record_number(found["record"], found["chain"][0])
    )
    steps = steps_of_consequence(session, rule, record, chain)
    return {
        "rule": rule.code,
        "title": session.say(rule.title),
        "force": rule.force,
        "status": found["status"],
        "effect": rule.effect.code,
        "words": session.say(rule.effect.words),
        "condition": session.say(rule.condition),
        "legal_basis": session.say(rule.legal_basis),
        "confidence": rule.confidence,
        "detail": found["detail"],
        "detail_words": detail_words(found["detail"], session.lang),
        "pair": rule.aggregate is not None and rule.aggregate.by == "pair",
        "record": None if record is None else told_record(session, record),
        "chain": [session.shown_id(n) for n in chain],
        "names": [session.name(n) for n in chain],
        "kinds": [session.kind(n) for n in chain],
        "steps": [
            _step(session, here, step, there)
            for (here, there), step in zip(pairwise(chain), steps, strict=False)
        ],
    }


def law_in_order(
    consequences: Sequence[dict[str, Any]],
) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    """Consequences as they are read, and apart from them the pairs of each rule together.

    By force, of one force what is a fact first. Of ``pair`` are those that exclude two parties from
    one bid, often many of one rule.

    >>> one = {"rule": "P02", "force": "A", "status": "possible", "pair": False}
    >>> two = one | {"rule": "P01", "status": "fact"}
    >>> pair = one | {"rule": "P21", "force": "C", "pair": True}
    >>> alone, pairs = law_in_order([pair, one, two, pair])
    >>> [item["rule"] for item in alone], [len(items) for items in pairs]
    (['P01', 'P02'], [2])
    """
    pairs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in consequences:
        if item["pair"]:
            pairs[item["rule"]].append(item)
    alone = [item for item in consequences if not item["pair"]]
    alone.sort(key=lambda item: (item["force"], item["status"] != "fact", item["rule"]))
    return alone, list(pairs.values())


def _next_grade(
    session: Session,
    number: int,
    score: dict[str, Any],
    ledger: pl.DataFrame,
    reached: list[dict[str, Any]],
) -> dict[str, Any] | None:
    """The next better grade and the fewest repairs that reach it.

    None at the best grade, and where none is given. ``held_by``: the status, or being blocked,
    which no repair of a record changes. ``caps_by`` of a record: the rules by which it holds the
    grade down, whatever it costs. ``grade_after`` is the grade that these repairs lead to, if
    it is ``rated``: if enough is known for it.
    """
    if score["grade"] == NOT_RATED or score["grade"] == session.policy.grades[0].code:
        return None
    rank = session.policy.grade_rank(score["grade"])
    better = session.policy.grades[rank - 1]
    held = _held_by(session, number, score, rank - 1)
    if held is not None:
        start = better.from_micro / MICRO
        none: dict[str, Any] = {"records": [], "score_after": None, "blocked": []}
        none["grade_after"] = better.code
        return {"grade": better.code, "from": start, **none, "held_by": held, "rated": False}
    inputs = repair_inputs(session, number, ledger, reached, rank - 1)
    remedy = smallest_repair(inputs)
    subjects = {candidate.record: candidate.subject for candidate in inputs.candidates}

    rules = capping_rules(session, reached, rank - 1)

    def shown(records: tuple[str, ...]) -> list[dict[str, Any]]:
        numbers = [session.record_number(one, subjects[one]) for one in records]
        return [told_record(session, one) | {"caps_by": rules.get(one, [])} for one in numbers]

    after = rank - 1
    if remedy.score_after is not None and remedy.records:
        after = _rank_after(session, number, score, ledger, reached, remedy)

    return {
        "grade": better.code,
        "from": better.from_micro / MICRO,
        "grade_after": session.policy.grades[after].code,
        "records": shown(remedy.records),
        "score_after": None if remedy.score_after is None else remedy.score_after / MICRO,
        "blocked": shown(remedy.blocked),
        "held_by": None,
        "rated": bool(rated_where(session.policy, after, score["coverage"])),
    }


def _rank_after(
    session: Session,
    number: int,
    score: dict[str, Any],
    ledger: pl.DataFrame,
    reached: list[dict[str, Any]],
    remedy: Remedy,
) -> int:
    """The best grade that a repair leads to: by its points, and by the caps that then are left."""
    wanted = session.policy.grade_rank(score["grade"]) - 1
    points = remedy.score_after or 0
    for rank in range(wanted):
        if session.policy.grades[rank].from_micro > points:
            continue
        if _held_by(session, number, score, rank) is not None:
            continue
        left = repair_inputs(session, number, ledger, reached, rank).candidates
        if all(one.record in remedy.records for one in left if one.must):
            return rank
    return wanted


def _held_by(session: Session, number: int, score: dict[str, Any], wanted: int) -> str | None:
    caps = session.policy.grade_caps
    status = session.register.traits.status.word(number) or ""
    if status in caps.status and session.policy.grade_rank(caps.status[status]) > wanted:
        return "status"
    if BLOCKED in score["verdicts"] and blocked_rank(session.policy) > wanted:
        through = session.found("control", number)["cascade"]
        if not is_listed_itself(session, number) or through.is_in(["yes", "possible"]).any():
            return "blocked"
    return None


def explain_chain(session: Session, origin: str, end: str) -> dict[str, Any]:
    """The strongest chain between two entities in every channel of the pack, best first.

    Keys: ``from``, ``to``, ``as_of``, ``max_hops``, ``chains`` (``channel``, ``title``, ``reach``,
    ``hops``, ``chain``, ``steps``); no chains where none exists. Persons may be given by their
    pseudonyms. Raises UnknownEntityError.
    """
    here, there = session.number(origin), session.number(end)
    found = strongest_chains(session.register, session.policy, here, there, as_of=session.as_of)
    found.sort(key=lambda chain: (-chain.reach, len(chain.chain), chain.chain, chain.channel))
    return {
        "from": {"entity": session.shown_id(here), "name": session.name(here)},
        "to": {"entity": session.shown_id(there), "name": session.name(there)},
        "as_of": session.as_of.isoformat(),
        "max_hops": session.policy.max_hops,
        "chains": [
            {
                "channel": chain.channel,
                "title": session.say(session.policy.channels[chain.channel].title) or chain.channel,
                "reach": chain.reach,
                "hops": len(chain.chain) - 1,
                "chain": [session.shown_id(n) for n in chain.chain],
                "steps": [
                    {**_step(session, a, step.step, b), "strength": step.strength}
                    for (a, b), step in zip(pairwise(chain.chain), chain.steps, strict=True)
                ],
            }
            for chain in found
        ],
    }

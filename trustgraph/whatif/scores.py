"""Scores and grades of the entities that changes may reach, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from trustgraph.records.as_of import RecordState
from trustgraph.register import Bool, Int64
from trustgraph.schema import ENTITY_KINDS
from trustgraph.scoring.grades import Int8, blocked_rank, rated_where
from trustgraph.scoring.ledger import LINE_KINDS
from trustgraph.scoring.local import Asked, blocked_of_some, coverage_of_some
from trustgraph.scoring.totals import Sums
from trustgraph.whatif.baseline import Baseline, law_caps, own_caps, ranks_of

__all__ = ["Scored", "Scorer"]

_PERSON: Final = ENTITY_KINDS.index("person")


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of some entities; ``there`` where they are scored at all.

    ``rank`` is the rank of the grade (0 best), -1 where there is none; ``rated`` whether a grade
    is given.
    """

    there: Bool
    sums: Sums
    score: Int64
    rank: Int8
    rated: Bool


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores entities before and after.

    ``lines`` are all lines that are not the same; ``subjects`` the entities whose own records may
    not be; ``capped`` those of which a consequence that caps grades is not; ``changed`` those that
    are not as before themselves, or in whom they are related to.
    """

    before: Asked
    after: Asked
    record_state: RecordState
    baseline: Baseline
    lines: tuple[pl.DataFrame, pl.DataFrame]
    subjects: Int64
    capped: Int64
    changed: Int64

    def of(self, entities: Int64) -> tuple[Scored, Scored]:
        """Scores before and after of entities (ascending)."""
        register, overlay = self.before.overlay.register, self.after.overlay
        size = len(register)
        was = entities < size
        was[was] = register.kind[entities[was]] != _PERSON
        now = ~np.isin(entities, overlay.removed.entities) & (overlay.kinds(entities) != _PERSON)
        baseline = self.baseline.sums(entities[was])
        sums = Sums(*(_spread(was, getattr(baseline, name)) for name in Sums.__slots__))
        law = _spread(was, self.baseline.law_caps(entities[was])).astype(np.int8)
        own = _spread(was, own_caps(register, self.record_state, entities[was])).astype(np.int8)
        before = self._scored(self.before, entities, was, sums, own, law)
        anew = np.isin(entities, self.subjects) & now
        own[anew] = self._own_caps(entities[anew])
        again = now & (~was | np.isin(entities, self.capped))
        law[again] = law_caps(self.after, entities[again])
        sums = sums + self._moved(entities)
        return before, self._scored(self.after, entities, now, sums, own, law)

    def ranks_before(self, numbers: Int64) -> Int8:
        """The ranks of the grades of some entities, in any order, as they were."""
        ascending, place = np.unique(numbers, return_inverse=True)
        return self.of(ascending)[0].rank[place]

    def ranks_after(self, numbers: Int64) -> Int8:
        """The same as they would be."""
        ascending, place = np.unique(numbers, return_inverse=True)
        return self.of(ascending)[1].rank[place]

    def _scored(
        self, asked: Asked, entities: Int64, there: Bool, sums: Sums, own: Int8, law: Int8
    ) -> Scored:
        policy = asked.policy
        score = sums.score(policy)
        status = _statuses(asked, entities, there)
        caps = {word: policy.grade_rank(code) for word, code in policy.grade_caps.status.items()}
        by_status = np.array([caps.get(word or "", -1) for word in status], dtype=np.int8)
        blocked = np.zeros(len(entities), dtype=np.uint8)
        blocked[there] = blocked_of_some(asked, entities[there])
        by_block = np.where(blocked == 2, blocked_rank(policy), np.int8(-1))
        rank = ranks_of(policy, score, own, law, by_status, by_block)
        rated = np.array([word != "deregistered" for word in status], dtype=np.bool_)
        asking = there & rated & (rank <= policy.base_rank)
        if policy.rated_from > 0 and asking.any():
            known = coverage_of_some(asked, entities[asking], self.changed)
            rated[asking] = rated_where(policy, rank[asking], known)
        return Scored(there, sums, score, rank=np.where(there, rank, -1), rated=rated)

    def _moved(self, entities: Int64) -> Sums:
        """What the lines that are not the same add to the sums of entities, or take."""
        found = [np.zeros(len(entities), dtype=np.int64) for _ in Sums.__slots__]
        for frame, sign in zip(self.lines, (-1, 1), strict=True):
            entity = frame["entity"].to_numpy()
            here = np.isin(entity, entities)
            place = np.searchsorted(entities, entity[here])
            micro = sign * frame["micro"].to_numpy()[here]
            drawn = frame["line"].to_numpy()[here] == LINE_KINDS.index("exposure")
            weighs = np.where(drawn, sign * micro, 0)  # as the line itself has it
            np.add.at(found[0], place, np.where(drawn, 0, micro))
            np.add.at(found[1], place, np.where(weighs < 0, micro, 0))
            np.add.at(found[2], place, np.where(weighs > 0, micro, 0))
        return Sums(*found)

    def _own_caps(self, entities: Int64) -> Int8:
        part = self.after.overlay.excerpt(entities)
        record_state = self.after.record_state(part)
        found = own_caps(part.register, record_state, np.arange(len(part.entities)))
        order = np.argsort(part.entities)
        return found[order[np.searchsorted(part.entities[order], entities)]]


def _statuses(asked: Asked, entities: Int64, there: Bool) -> list[str | None]:
    """The status of each entity; None where there is none."""
    overlay, size = asked.overlay, len(asked.overlay.register)
    late = {number: place for place, number in enumerate(overlay.numbers.tolist())}
    found: list[str | None] = []
    for number, here in zip(entities.tolist(), there.tolist(), strict=True):
        if number in late:
            found.append(overlay.traits.status.word(late[number]) if here else None)
        else:
            known = here and number < size
            found.append(overlay.register.traits.status.word(number) if known else None)
    return found


def _spread(where: Bool, values: np.ndarray) -> Int64:
    found = np.zeros(len(where), dtype=np.int64)
    found[where] = values
    return found

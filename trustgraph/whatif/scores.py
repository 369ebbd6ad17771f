"""Scores and grades of the entities that changes may reach, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from trustgraph.records.as_of import RecordState
from trustgraph.register import Bool, Int64
from trustgraph.schema import ENTITY_KINDS
from trustgraph.scoring.grades import Int8
from trustgraph.scoring.ledger import LINE_KINDS
from trustgraph.scoring.local import Asked
from trustgraph.scoring.totals import Sums
from trustgraph.whatif.baseline import Baseline, law_caps, own_caps, ranks_of

__all__ = ["Scored", "Scorer"]

_PERSON: Final = ENTITY_KINDS.index("person")


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of some entities; ``there`` where they are scored at all.

    ``rank`` is the rank of the grade (0 best), -1 where there is none.
    """

    there: Bool
    sums: Sums
    score: Int64
    rank: Int8


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores entities before and after.

    ``lines`` are all lines that are not the same; ``subjects`` the entities whose own records may
    not be; ``capped`` those of which a consequence that caps grades is not.
    """

    before: Asked
    after: Asked
    record_state: RecordState
    baseline: Baseline
    lines: tuple[pl.DataFrame, pl.DataFrame]
    subjects: Int64
    capped: Int64

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
        before = self._scored(was, sums, own, law)
        anew = np.isin(entities, self.subjects) & now
        own[anew] = self._own_caps(entities[anew])
        again = now & (~was | np.isin(entities, self.capped))
        law[again] = law_caps(self.after, entities[again])
        return before, self._scored(now, sums + self._moved(entities), own, law)

    def ranks_before(self, numbers: Int64) -> Int8:
        """The ranks of the grades of some entities, in any order, as they were."""
        ascending, place = np.unique(numbers, return_inverse=True)
        return self.of(ascending)[0].rank[place]

    def ranks_after(self, numbers: Int64) -> Int8:
        """The same as they would be."""
        ascending, place = np.unique(numbers, return_inverse=True)
        return self.of(ascending)[1].rank[place]

    def _scored(self, there: Bool, sums: Sums, own: Int8, law: Int8) -> Scored:
        score = sums.score(self.after.policy)
        rank = ranks_of(self.after.policy, score, own, law)
        return Scored(there=there, sums=sums, score=score, rank=np.where(there, rank, -1))

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


def _spread(where: Bool, values: np.ndarray) -> Int64:
    found = np.zeros(len(where), dtype=np.int64)
    found[where] = values
    return found

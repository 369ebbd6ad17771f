"""Scores and grades of the entities that changes may reach, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from trustgraph.ledger import LINE_KINDS
from trustgraph.reckoning import Int8
from trustgraph.register import Bool, Int64
from trustgraph.scenario.before import Before, Sums, law_caps, own_caps, ranks_of
from trustgraph.schema import ENTITY_KINDS
from trustgraph.standing import Standing
from trustgraph.subset import Asked

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

    ``lines`` are all lines that are not the same; ``holders`` the entities whose own records may
    not be; ``capped`` those of which a consequence that caps grades is not.
    """

    before: Asked
    after: Asked
    standing: Standing
    stood: Before
    lines: tuple[pl.DataFrame, pl.DataFrame]
    holders: Int64
    capped: Int64

    def of(self, entities: Int64) -> tuple[Scored, Scored]:
        """Scores before and after of entities (ascending)."""
        register, overlay = self.before.overlay.register, self.after.overlay
        size = len(register)
        was = entities < size
        was[was] = register.kind[entities[was]] != _PERSON
        now = ~np.isin(entities, overlay.gone.entities) & (overlay.kinds(entities) != _PERSON)
        stood = self.stood.sums(entities[was])
        sums = Sums(*(_spread(was, getattr(stood, name)) for name in Sums.__slots__))
        law = _spread(was, self.stood.law_caps(entities[was])).astype(np.int8)
        own = _spread(was, own_caps(register, self.standing, entities[was])).astype(np.int8)
        before = self._scored(was, sums, own, law)
        anew = np.isin(entities, self.holders) & now
        own[anew] = self._own_caps(entities[anew])
        again = now & (~was | np.isin(entities, self.capped))
        law[again] = law_caps(self.after, entities[again])
        return before, self._scored(now, sums + self._moved(entities), own, law)

    def ranks_before(self, numbers: Int64) -> Int8:
        return self.of(numbers)[0].rank

    def ranks_after(self, numbers: Int64) -> Int8:
        return self.of(numbers)[1].rank

    def _scored(self, there: Bool, sums: Sums, own: Int8, law: Int8) -> Scored:
        score = sums.score(self.after.policy)
        rank = ranks_of(self.after.policy, score, own, law)
        return Scored(there=there, sums=sums, score=score, rank=np.where(there, rank, -1))

    def _moved(self, entities: Int64) -> Sums:
        """What the lines that are not the same add to the sums of entities, or take."""
        found = []
        exposure = pl.col("line") == LINE_KINDS.index("exposure")
        micro = pl.col("micro")
        for chosen, part in (
            (~exposure, micro),
            (exposure, micro.clip(upper_bound=0)),
            (exposure, micro.clip(lower_bound=0)),
        ):
            sums = np.zeros(len(entities), dtype=np.int64)
            for frame, sign in zip(self.lines, (-1, 1), strict=True):
                rows = frame.filter(chosen & pl.col("entity").is_in(entities.tolist()))
                place = np.searchsorted(entities, rows["entity"].to_numpy())
                np.add.at(sums, place, sign * rows.select(part).to_series().to_numpy())
            found.append(sums)
        return Sums(*found)

    def _own_caps(self, entities: Int64) -> Int8:
        part = self.after.overlay.excerpt(entities)
        standing = self.after.standing(part)
        found = own_caps(part.register, standing, np.arange(len(part.entities)))
        order = np.argsort(part.entities)
        return found[order[np.searchsorted(part.entities[order], entities)]]


def _spread(where: Bool, values: np.ndarray) -> Int64:
    found = np.zeros(len(where), dtype=np.int64)
    found[where] = values
    return found

"""Everything there is to say as of a day, by numbers; and the frames made of it, block by block.

What is evaluated once for all entities are arrays and frames of numbers. Ids, names and chains are
put in only for a block of consecutive entities at a time, so that results of any size can be
written in bounded memory.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import polars as pl

from trustgraph.exposure import ExposureLines
from trustgraph.exposure.lines import lines_within
from trustgraph.policy import Policy
from trustgraph.records.as_of import RecordState
from trustgraph.register import Float64, Int32, Int64, Register, UInt8
from trustgraph.register.rows import PART_ROWS, FrameRows
from trustgraph.scoring.frames import consequences_frame, control_frame, scores_frame
from trustgraph.scoring.grades import Caps, Int8
from trustgraph.scoring.ledger import Ledger, ledger_frame
from trustgraph.scoring.totals import totals_of

__all__ = ["EntitySums", "Evaluation"]


@dataclass(frozen=True, slots=True)
class EntitySums:
    """Sums by entity, for whoever asks what a change would do.

    ``weighed`` are the entities that have exposure lines, ``negative`` and ``positive`` the
    micro-points of these (int64); ``capped`` those whose grade law caps, ``cap`` the worst rank at
    which it does (int8). Entities are ascending.
    """

    weighed: Int32
    negative: Int64
    positive: Int64
    capped: Int32
    cap: Int8


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was evaluated: ``lines``, ``reached`` and ``control`` are sorted by entity.

    ``blocked`` (0 no, 1 possible, 2 yes) and ``coverage`` (in [0, 1]) have one element per entity.
    """

    register: Register
    policy: Policy
    record_state: RecordState
    lines: ExposureLines
    reached: pl.DataFrame
    control: pl.DataFrame
    caps: Caps
    blocked: UInt8
    coverage: Float64
    keep: Ledger

    def sums(self) -> EntitySums:
        """What the lines of each entity come to, and how law caps grades."""
        begins = np.flatnonzero(np.diff(self.lines.entity, prepend=-1))
        micro = self.lines.micro
        parts = (np.minimum(micro, 0), np.maximum(micro, 0))
        negative, positive = (
            np.add.reduceat(part, begins) if len(begins) else part[:0] for part in parts
        )
        entity, place = np.unique(self.caps.entity, return_inverse=True)
        cap = np.zeros(len(entity), dtype=np.int8)
        np.maximum.at(cap, place, self.caps.rank)
        return EntitySums(self.lines.entity[begins], negative, positive, entity, cap)

    def blocks(self) -> list[tuple[int, int]]:
        """Spans of consecutive entities, each of which frames are made of at a time."""
        size = len(self.register)
        return [(low, min(low + PART_ROWS, size)) for low in range(0, max(size, 1), PART_ROWS)]

    def named(self) -> Evaluation:
        """The same with all ids in memory: every block needs ids from everywhere."""
        register = self.register
        records = register.records
        rows = FrameRows(records.rows.slice(0, len(records), ["id"]))
        return dataclasses.replace(
            self,
            register=dataclasses.replace(
                register,
                ids=register.ids.in_memory(),
                records=dataclasses.replace(records, rows=rows),
            ),
        )

    def frames(self, span: tuple[int, int]) -> dict[str, pl.DataFrame]:
        """The rows of each of ``RESULTS`` of the entities ``span[0]`` to ``span[1] - 1``."""
        lines = lines_within(self.lines, span)
        totals = totals_of(self.register, self.policy, self.record_state, lines, span)
        register, first, beyond = self.register, *span
        return {
            "scores": scores_frame(
                register,
                self.policy,
                self.record_state,
                totals,
                caps=self.caps.within(span),
                blocked=self.blocked[first:beyond],
                coverage=self.coverage[first:beyond],
            ),
            "ledger": ledger_frame(
                register, self.policy, self.record_state, lines, totals, self.keep
            ),
            "consequences": consequences_frame(
                register, self.policy, self.record_state, _within(self.reached, span)
            ),
            "control": control_frame(register, _within(self.control, span)),
        }


def _within(frame: pl.DataFrame, span: tuple[int, int]) -> pl.DataFrame:
    """The rows of some consecutive entities of a frame that is sorted by entity."""
    low, high = (int(frame["entity"].search_sorted(end, side="left")) for end in span)
    return frame.slice(low, high - low)

"""From one run to another in steps that each change one thing: the pack, the data, the day.

Every step lies between two worlds, and each world is weighed anew: own and exposure lines of
everybody. What a step changes is owed to what it changed, and steps add up to the whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import polars as pl

from trustgraph.comparison.matching import Match
from trustgraph.exposure import exposure_graph, exposure_lines, rows_walked
from trustgraph.exposure.lines import frame_of
from trustgraph.policy import Policy
from trustgraph.records.as_of import RecordState, records_as_of
from trustgraph.register import Bool, Int32, Int64, Register
from trustgraph.scoring.ledger import LINE_KINDS

__all__ = ["Step", "Weighed", "World", "steps_between", "weighed"]

Step = Literal["policy", "data", "day"]
_OWN, _EXPOSURE = LINE_KINDS.index("own"), LINE_KINDS.index("exposure")
KEY: Final = ("entity", "line", "record")


@dataclass(frozen=True, slots=True)
class World:
    """What a run would be made from; ``step`` is how it differs from the world before."""

    register: Register
    policy: Policy
    as_of: dt.date
    retention_on: dt.date
    step: Step | None = None


def steps_between(earlier: World, later: World, *, same_register: bool) -> list[World]:
    """The worlds from the earlier to the later one; of equal things no step is made.

    First the pack, then the data, then the day: a record that is repaired on the later day, and of
    which only the later register knows, is a matter of the data.
    """
    found = [earlier]
    at = earlier
    if earlier.policy.fingerprint != later.policy.fingerprint:
        at = World(at.register, later.policy, at.as_of, at.retention_on, "policy")
        found.append(at)
    if not same_register:
        at = World(later.register, at.policy, at.as_of, at.retention_on, "data")
        found.append(at)
    if (at.as_of, at.retention_on) != (later.as_of, later.retention_on):
        found.append(World(at.register, at.policy, later.as_of, later.retention_on, "day"))
    return found


@dataclass(frozen=True, slots=True)
class Weighed:
    """A world weighed, by common numbers.

    ``lines`` has ``entity, line, record, micro, reach`` and ``at_0`` to ``at_k``: the chain from
    the record's own entity on, -1 where it is shorter. ``micro``, ``counts``, ``voided``,
    ``forgotten`` and ``cap`` (the rank at which it caps its holder's grade) are by record; 0, false
    and -1 of those that the world does not have.
    """

    world: World
    lines: pl.DataFrame
    micro: Int64
    counts: Bool
    voided: Bool
    forgotten: Bool
    cap: Int32


def weighed(
    match: Match,
    world: World,
    *,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Weighed:
    """Weigh every record of a world on everybody."""
    register, policy = world.register, world.policy
    record_state = records_as_of(
        register, policy, as_of=world.as_of, retention_on=world.retention_on
    )
    rows = rows_walked(register, policy, np.unique(register.records.entity[record_state.counts]))
    graph = exposure_graph(register, policy, as_of=world.as_of, rows=rows, threads=threads)
    drawn = frame_of(
        exposure_lines(register, graph, policy, record_state, threads=threads, progress=progress)
    )
    later = register is match.later
    entity = np.arange(len(register)) if later else match.entity
    record = np.arange(len(register.records)) if later else match.record
    common = np.append(entity, -1)
    middles = [name for name in drawn.columns if name.startswith("middle_")]
    begin = register.records.entity[drawn["record"].to_numpy()]
    exposure = pl.DataFrame(
        {
            "entity": common[drawn["entity"].to_numpy()],
            "line": np.full(drawn.height, _EXPOSURE, dtype=np.uint8),
            "record": record[drawn["record"].to_numpy()],
            "micro": drawn["micro"],
            "reach": drawn["reach"],
            "at_0": common[begin],
            **{
                f"at_{place}": common[drawn[name].to_numpy()]
                for place, name in enumerate(middles, 1)
            },
        }
    )
    own = _own(register, record_state, common, record, len(middles))
    return Weighed(
        world=world,
        lines=pl.concat([own.cast(exposure.schema), exposure]),
        micro=_by_record(match, record, record_state.micro),
        counts=_by_record(match, record, record_state.counts),
        voided=_by_record(match, record, record_state.voided),
        forgotten=_by_record(match, record, record_state.forgotten),
        cap=_by_record(match, record, record_state.cap, none=-1),
    )


def _own(
    register: Register, record_state: RecordState, common: Int64, record: Int64, middles: int
) -> pl.DataFrame:
    scored = ~register.is_kind("person")[register.records.entity]
    own = np.flatnonzero(record_state.counts & scored)
    entity = common[register.records.entity[own]]
    return pl.DataFrame(
        {
            "entity": entity,
            "line": np.full(len(own), _OWN, dtype=np.uint8),
            "record": record[own],
            "micro": record_state.micro[own],
            "reach": np.ones(len(own)),
            "at_0": entity,
            **{f"at_{place}": np.full(len(own), -1) for place in range(1, middles + 1)},
        }
    )


def _by_record(match: Match, record: Int64, values: np.ndarray, none: int = 0) -> np.ndarray:
    found = np.full(match.records, none, dtype=values.dtype)
    found[record] = values
    return found

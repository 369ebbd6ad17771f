"""Answers about control by a pack's [control], for a register as of a day."""

from __future__ import annotations

import numpy as np
import polars as pl

from trustgraph.ownership.answers import CONTROL_COLUMNS
from trustgraph.ownership.control import control_rows
from trustgraph.ownership.view import listed_by, ownership_view
from trustgraph.parallel import Stage
from trustgraph.policy import ControlRule, Policy
from trustgraph.records.as_of import RecordState
from trustgraph.register import Register, UInt8, day_number

__all__ = ["blocked_of", "control_of"]


def control_of(
    register: Register,
    policy: Policy,
    record_state: RecordState,
    *,
    threads: int | None = None,
    stage: Stage | None = None,
) -> pl.DataFrame:
    """Answers about control by a pack's [control], by numbers; no rows where it has none."""
    control = policy.control_on(record_state.as_of)
    if control is None:
        return pl.DataFrame(schema=pl.Schema(CONTROL_COLUMNS))
    tell = stage or (lambda _name, _done, _total: None)
    tell("control", 0, 1)
    rows = control_rows(
        register,
        ownership_view(register, control, record_state),
        today=day_number(record_state.as_of),
        threads=threads,
        progress=lambda done, total: tell("control", done, total),
    )
    tell("control", 1, 1)
    return rows


def blocked_of(
    register: Register, rule: ControlRule | None, record_state: RecordState, rows: pl.DataFrame
) -> UInt8:
    """By entity, whether it is blocked: 0 no, 1 possible, 2 yes; ``rows`` are all answers.

    Who is listed by a record that blocks is blocked before anybody is through it.
    """
    found = np.zeros(len(register), dtype=np.uint8)
    if rule is not None and rule.cascade is not None:
        np.maximum.at(found, rows["entity"].to_numpy(), rows["cascade"].to_numpy())
        found[listed_by(register, rule, record_state)] = 2
    return found

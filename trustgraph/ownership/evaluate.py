"""Answers about control by a pack's [control], for a register as of a day."""

from __future__ import annotations

import polars as pl

from trustgraph.ownership.control import CONTROL_COLUMNS, control_rows
from trustgraph.ownership.view import ownership_view
from trustgraph.parallel import Stage
from trustgraph.policy import Policy
from trustgraph.records.as_of import RecordState
from trustgraph.register import Register, day_number

__all__ = ["control_of"]


def control_of(
    register: Register,
    policy: Policy,
    record_state: RecordState,
    *,
    threads: int | None = None,
    stage: Stage | None = None,
) -> pl.DataFrame:
    """Answers about control by a pack's [control], by numbers; no rows where it has none."""
    if policy.control is None:
        return pl.DataFrame(schema=pl.Schema(CONTROL_COLUMNS))
    tell = stage or (lambda _name, _done, _total: None)
    tell("control", 0, 1)
    rows = control_rows(
        register,
        ownership_view(register, policy.control, record_state),
        today=day_number(record_state.as_of),
        threads=threads,
        progress=lambda done, total: tell("control", done, total),
    )
    tell("control", 1, 1)
    return rows

"""Verbs that tell what would change, and what did: ``what-if`` and ``compare``."""

# ruff: noqa: PLC0415  # a verb loads what it needs, and `trustgraph --help` nothing

from __future__ import annotations

import argparse
from typing import Any, Final

from trustgraph.cli.output import Output, Progress
from trustgraph.errors import UsageError
from trustgraph.schema import MICRO

__all__ = ["compare", "what_if"]

_SHOWN_CHANGES: Final = 20


def what_if(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.api.jobs import what_if_input

    if parsed.changes is None and parsed.policy_after is None:
        raise UsageError("nothing is to be changed", hint="give CHANGES, --policy-after or both")
    found, counts = what_if_input(
        parsed.source,
        () if parsed.changes is None else parsed.changes,
        parsed.out,
        overwrite=parsed.overwrite,
        run=parsed.run,
        policy_after=parsed.policy_after,
        policy=parsed.policy,
        as_of=parsed.as_of,
        retention_on=parsed.retention_on,
    )
    if output.as_json:
        output.data({"out": str(parsed.out), "as_of": found.as_of.isoformat(), "counts": counts})
        return 0
    rows = [_moved(row) for row in found.changes.head(_SHOWN_CHANGES).to_dicts()]
    if rows:
        output.table(("entity", "score", "grade", "cause"), rows)
        output.lines([""])
    more = found.changes.height - len(rows)
    if more > 0:
        output.lines([f"… and {more:,} more"])
    said = (
        f"As of {found.as_of}: {counts['changes']:,} scores or grades, "
        f"{counts['ledger']:,} ledger lines, {counts['consequences']:,} consequences, "
        f"{counts['control']:,} answers about control would differ"
    )
    output.lines([said, f"The tables lie in {parsed.out}"])
    return 0


def compare(parsed: argparse.Namespace, output: Output) -> int:
    import polars as pl

    from trustgraph.api.jobs import compare_input

    found, counts = compare_input(
        parsed.earlier,
        parsed.later,
        parsed.out,
        overwrite=parsed.overwrite,
        threads=parsed.threads,
        stage=Progress(output),
    )
    rows = (
        found.causes.group_by("cause")
        .agg(pl.col("entity").n_unique(), pl.col("micro").sum())
        .sort("micro", "cause")
        .rows()
    )
    if output.as_json:
        owed = [{"cause": c, "entities": n, "micro": micro} for c, n, micro in rows]
        output.data({"out": str(parsed.out), "counts": counts, "causes": owed})
        return 0
    if rows:
        table = [[cause, f"{count:,}", f"{micro / MICRO:+,.2f}"] for cause, count, micro in rows]
        output.table(("cause", "entities", "points"), table)
        output.lines([""])
    said = (
        f"{counts['changes']:,} scores or grades differ, {counts['consequences']:,} "
        f"consequences and {counts['control']:,} answers about control added or removed"
    )
    output.lines([said, f"The tables lie in {parsed.out}"])
    return 0


def _moved(row: dict[str, Any]) -> list[str]:
    def shown(micro: int | None) -> str:
        return "-" if micro is None else f"{micro / MICRO:.2f}"

    scores = f"{shown(row['score_before_micro'])} → {shown(row['score_after_micro'])}"
    grades = f"{row['grade_before'] or '-'} → {row['grade_after'] or '-'}"
    return [row["entity"], scores, grades, row["cause"]]

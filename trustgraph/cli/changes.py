"""Verbs that tell what would change, and what did: ``what-if`` and ``compare``."""

# ruff: noqa: PLC0415  # a verb loads what it needs, and `trustgraph --help` nothing

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, Final

from trustgraph.cli.output import Output, Progress
from trustgraph.errors import UsageError
from trustgraph.schema import MICRO

__all__ = ["compare", "what_if"]

_SHOWN_CHANGES: Final = 20


def what_if(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.api.jobs import what_if_input
    from trustgraph.api.queries import open_session
    from trustgraph.comparison.told import would_change_rows

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
    session = open_session(parsed.run or parsed.source, **_asked(parsed))
    _tell(
        lambda limit: would_change_rows(found.changes, session, limit=limit),
        found.changes.height,
        parsed,
        output,
    )
    _tell_totals("would_differ", counts, parsed, output, day=found.as_of)
    return 0


def compare(parsed: argparse.Namespace, output: Output) -> int:
    import polars as pl

    from trustgraph.api.jobs import compare_input
    from trustgraph.api.queries import open_session
    from trustgraph.cli.tables import say
    from trustgraph.comparison.told import cause_words, changed_rows

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
    before, after = (open_session(run, lang=parsed.lang) for run in (parsed.earlier, parsed.later))
    _tell(
        lambda limit: changed_rows(
            found.changes, found.causes, before, after, coverage=found.coverage, limit=limit
        ),
        found.changes.height,
        parsed,
        output,
    )
    if rows:
        table = [
            [
                cause_words(cause, parsed.lang),
                f"{count:,}",
                f"{micro / MICRO:+,.2f}".replace("-", "−"),
            ]
            for cause, count, micro in rows
        ]
        heads = [say(key, parsed.lang) for key in ("cause", "entities", "change")]
        output.table(heads, table)
        output.lines([""])
    _tell_totals("compared", counts, parsed, output)
    return 0


def _tell_totals(
    key: str, counts: dict[str, int], parsed: argparse.Namespace, output: Output, **more: Any
) -> None:
    from trustgraph.cli.tables import say

    shown = {name: f"{count:,}" for name, count in counts.items()}
    output.lines(
        [say(key, parsed.lang, **shown, **more), say("lie_in", parsed.lang, path=parsed.out)]
    )


def _tell(
    rows_of: Callable[[int | None], list[dict[str, Any]]],
    count: int,
    parsed: argparse.Namespace,
    output: Output,
) -> None:
    """Who changes and why: the first on the terminal, all of them in files."""
    from trustgraph.cli.tables import (
        changes_table,
        changes_titles,
        filed_changes,
        say,
        write_rows,
    )
    from trustgraph.tables.tables import counted

    files = [path for path in (parsed.csv, parsed.xlsx) if path is not None]
    for path in files:
        rows = filed_changes(rows_of(None), parsed.lang)
        write_rows(rows, changes_titles(parsed.lang), path, "changes", overwrite=parsed.overwrite)
    if files:
        output.say(f"{counted(count, 'row')}: {', '.join(map(str, files))}")
    shown = rows_of(_SHOWN_CHANGES)
    if shown:
        output.table(*changes_table(shown, parsed.lang))
        more = count - len(shown)
        told = say("more_changes", parsed.lang, count=f"{more:,}")
        output.lines([told, ""] if more > 0 else [""])


def _asked(parsed: argparse.Namespace) -> dict[str, Any]:
    """How the register or run is opened again, for names."""
    asked: dict[str, Any] = {"lang": parsed.lang}
    if parsed.run is None:
        asked |= {name: getattr(parsed, name) for name in ("policy", "as_of", "retention_on")}
    return asked

"""Verbs that ask about one entity: why, by which chain, who owns it, what it owns, who is meant."""

# ruff: noqa: PLC0415  # a verb loads what it needs, and `trustgraph --help` nothing

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from trustgraph.cli.output import Output, Progress

if TYPE_CHECKING:
    from trustgraph.cli.tables import Language

__all__ = ["asked_of", "chain", "explain", "find", "owned", "owners"]


def asked_of(parsed: argparse.Namespace) -> dict[str, Any]:
    """How a question is asked, whatever it is."""
    return {
        "policy": parsed.policy,
        "as_of": parsed.as_of,
        "retention_on": parsed.retention_on,
        "lang": parsed.lang,
        "unmask": parsed.unmask,
    }


def _told(
    found: dict[str, Any],
    lines: Callable[[dict[str, Any], Language], Iterable[str]],
    parsed: argparse.Namespace,
    output: Output,
) -> int:
    """An answer as JSON, or in the words of a language."""
    if output.as_json:
        output.data(found)
    else:
        output.lines(lines(found, parsed.lang))
    return 0


def explain(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.api import queries as questions
    from trustgraph.query.explain_short import short_lines
    from trustgraph.query.explain_text import explanation_lines

    found = questions.explain(parsed.source, parsed.entity, **asked_of(parsed))
    return _told(found, explanation_lines if parsed.full else short_lines, parsed, output)


def chain(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.api import queries as questions
    from trustgraph.query.explain_text import chain_lines

    found = questions.chain(parsed.source, parsed.origin, parsed.end, **asked_of(parsed))
    return _told(found, chain_lines, parsed, output)


def owners(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.api import queries as questions
    from trustgraph.query.owners_text import owners_lines

    found = questions.owners(parsed.source, parsed.entity, **asked_of(parsed))
    return _told(found, owners_lines, parsed, output)


def owned(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.api import queries as questions
    from trustgraph.query.owners_text import owned_lines

    found = questions.owned(parsed.source, parsed.entity, **asked_of(parsed))
    return _told(found, owned_lines, parsed, output)


def find(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.api.queries import find as found_by
    from trustgraph.api.queries import open_search, open_session
    from trustgraph.cli.tables import found_table

    progress = Progress(output)
    index = open_search(
        parsed.source, progress=lambda done, total: progress("indexing names", done, total)
    )
    session = open_session(parsed.source, **asked_of(parsed))
    text = " ".join(parsed.text)
    rows = found_by(session, index, text, limit=parsed.limit)
    if output.as_json:
        output.data(rows)
        return 0 if rows else 1
    if not rows:
        output.say(f"trustgraph: nobody is found by `{text}`")
        return 1
    output.table(*found_table(rows, parsed.lang))
    return 0

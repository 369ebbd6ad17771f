"""The verbs ``extract`` and ``export``: a subgraph as a folder, and in formats of others."""

# ruff: noqa: PLC0415  # a verb loads what it needs, and `trustgraph --help` nothing

from __future__ import annotations

import argparse

from trustgraph.cli.commands import asked_of
from trustgraph.cli.output import Output
from trustgraph.errors import UsageError

__all__ = ["export", "extract"]

_HOW = ("hops", "kinds", "past", "min_strength", "min_share", "budget")
_QUESTIONS = ("around", "evidence", "between", "family", "record")


def extract(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.api.extracts import extract as extracted
    from trustgraph.exports.folder import save_subgraph
    from trustgraph.subgraphs.words import cut_words

    given = {name: getattr(parsed, name) for name in _QUESTIONS}
    if not any(given.values()):
        raise UsageError(
            "what belongs to the subgraph is not said",
            hint="give --around, --evidence, --between, --family or --record",
        )
    found = extracted(
        parsed.source,
        **{name: value for name, value in given.items() if value},
        **{name: value for name in _HOW if (value := getattr(parsed, name)) is not None},
        **asked_of(parsed),
    )
    save_subgraph(found, parsed.out, overwrite=parsed.overwrite)
    if output.as_json:
        counts = {"nodes": found.nodes.height, "edges": found.edges.height}
        output.data({"out": str(parsed.out), **found.about, "counts": counts})
        return 0
    said = (
        f"{found.nodes.height:,} parties, {found.edges.height:,} relationships, "
        f"{found.records.height:,} records that count as of {found.about['as_of']}"
    )
    output.lines([said, *cut_words(found.about, parsed.lang)])
    output.lines([f"The subgraph lies in {parsed.out}"])
    return 0


def export(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.exports.folder import open_subgraph
    from trustgraph.exports.formats import export_subgraph

    found = open_subgraph(parsed.subgraph)
    out = export_subgraph(found, parsed.format, parsed.out, overwrite=parsed.overwrite)
    if output.as_json:
        output.data({"out": str(out), "format": parsed.format, "nodes": found.nodes.height})
    else:
        output.lines([f"{found.nodes.height:,} parties as {parsed.format}: {out}"])
    return 0

"""The verbs ``extract``, ``export`` and ``report``: what leaves the house."""

# ruff: noqa: PLC0415  # a verb loads what it needs, and `trustgraph --help` nothing

from __future__ import annotations

import argparse

from trustgraph.cli.output import Output, Progress
from trustgraph.cli.questions import asked_of
from trustgraph.errors import UsageError

__all__ = ["export", "extract", "report"]

_HOW = ("hops", "kinds", "past", "min_strength", "min_share", "budget")
_QUESTIONS = ("around", "evidence", "between", "among", "family", "record")


def extract(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.api.extracts import extract as extracted
    from trustgraph.exports.folder import save_subgraph
    from trustgraph.storage import check_outside
    from trustgraph.subgraphs.words import cut_words

    _check_purpose(parsed)
    check_outside(parsed.out, parsed.source)
    given = {name: getattr(parsed, name) for name in _QUESTIONS}
    if not any(given.values()):
        raise UsageError(
            "what belongs to the subgraph is not said",
            hint="give --around, --evidence, --between, --among, --family or --record",
        )
    found = extracted(
        parsed.source,
        purpose=parsed.purpose,
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
    from trustgraph.exports.folder import is_subgraph, open_subgraph
    from trustgraph.exports.formats import export as exported
    from trustgraph.exports.of_run import of_run
    from trustgraph.exports.source import OfSubgraph, Source
    from trustgraph.runs.run import open_run
    from trustgraph.storage import RUN_MANIFEST, check_outside

    _check_purpose(parsed)
    taken_out = is_subgraph(parsed.source)
    if not taken_out and not (parsed.source / RUN_MANIFEST).is_file():
        raise UsageError(
            "this is no subgraph and no run",
            where=parsed.source,
            hint="`trustgraph extract` writes the one, `trustgraph score` the other",
        )
    check_outside(parsed.out, parsed.source)
    source: Source
    if taken_out:
        if parsed.unmask or parsed.lang:
            raise UsageError(
                "a subgraph stays as it was extracted",
                where=parsed.source,
                hint="give --lang or --unmask to `trustgraph extract`",
            )
        source = OfSubgraph(open_subgraph(parsed.source))
    else:
        source = of_run(
            open_run(parsed.source),
            lang=parsed.lang or "en",
            unmask=parsed.unmask,
            purpose=parsed.purpose,
            stage=Progress(output),
        )
    left = exported(source, parsed.format, parsed.out, overwrite=parsed.overwrite)
    count = source.count("nodes")
    if output.as_json:
        told = {"out": str(parsed.out), "format": parsed.format, "nodes": count}
        output.data(told | {"left_out": left})
        return 0
    said = [f"{count:,} parties as {parsed.format}: {parsed.out}"]
    if left:
        items = ", ".join(f"{number:,} {kind}" for kind, number in sorted(left.items()))
        said.append(f"Relationships that {parsed.format} has no words for were left out: {items}")
    output.lines(said)
    return 0


def report(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.api.leaving import report as reported
    from trustgraph.exports.report import write_report
    from trustgraph.storage import check_outside, whole_file

    _check_purpose(parsed)
    check_outside(parsed.out, parsed.source)
    kind = parsed.out.suffix.lower().removeprefix(".")
    if kind not in {"html", "pdf"}:
        raise UsageError(
            "a report is a file .html or .pdf", where=parsed.out, hint="name it so with --out"
        )
    if parsed.out.exists() and not parsed.overwrite:
        raise UsageError(
            "something lies there already", where=parsed.out, hint="--overwrite replaces it"
        )
    asked = asked_of(parsed)
    page = reported(parsed.source, parsed.entity, purpose=parsed.purpose, **asked)
    with whole_file(parsed.out) as beside:
        write_report(page, beside, kind)
    if output.as_json:
        output.data({"out": str(parsed.out), "entity": parsed.entity})
    else:
        output.lines([f"The report lies in {parsed.out}"])
    return 0


def _check_purpose(parsed: argparse.Namespace) -> None:
    """Persons are named for a purpose that is said, or not at all."""
    if parsed.unmask and not (parsed.purpose or "").strip():
        raise UsageError(
            "--unmask names natural persons: what for is not said",
            hint='add --purpose "…"; the file states it',
        )
    if parsed.purpose and not parsed.unmask:
        raise UsageError("--purpose means nothing without --unmask", hint="leave it out")

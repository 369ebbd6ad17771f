"""Verbs about mappings: ``guess`` proposes one, ``map`` writes the tables that one makes."""

# ruff: noqa: PLC0415  # a verb loads what it needs, and `trustgraph --help` nothing

from __future__ import annotations

import argparse

from trustgraph.cli.output import Output, own_lines
from trustgraph.errors import RejectedRowsError, UsageError

__all__ = ["guess", "map_tables"]


def guess(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.reading.guessing import guess_mapping
    from trustgraph.storage import whole_file

    text = guess_mapping(parsed.files)
    if parsed.out is not None:
        if parsed.out.exists():
            raise UsageError("there is a file already", where=parsed.out, hint="choose another")
        with whole_file(parsed.out) as beside:
            beside.write_text(text, encoding="utf-8")
    if output.as_json:
        output.data({"mapping": text})
    elif parsed.out is None:
        output.lines(text.rstrip("\n").split("\n"))
    else:
        output.lines([f"The proposal lies in {parsed.out}: look at every line"])
    return 0


def map_tables(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.cli.validating import tell_reading
    from trustgraph.reading import read_tables
    from trustgraph.storage import (
        check_apart,
        check_free,
        whole_folder,
        write_findings,
        write_input_report,
    )
    from trustgraph.tables.tables import rejection_words

    check_free(parsed.out, overwrite=parsed.overwrite, manifest="input.json")
    check_apart(parsed.out, parsed.input, parsed.mapping)
    tables = read_tables(parsed.input, mapping=parsed.mapping)
    if parsed.strict and not tables.rejected.is_empty():
        raise RejectedRowsError(
            rejection_words(tables.rejected),
            where=parsed.input,
            hint="mend the rows or leave out --strict",
        )
    names = ("entities", "relationships", "records", "consultations")
    with whole_folder(parsed.out, overwrite=parsed.overwrite, manifest="input.json") as folder:
        for name in names:
            frame = getattr(tables, name)
            hidden = [one for one in frame.columns if one.startswith("__")]
            frame = frame.drop(*hidden, "uscc_valid", "lei_valid", strict=False)
            frame.write_csv(folder / f"{name}.csv")
        write_findings(tables.rejected, folder / "rejected-rows.csv")
        write_findings(tables.flagged, folder / "flagged-rows.csv")
        write_input_report(tables.report, folder)
    counts = {name: getattr(tables, name).height for name in names}
    if output.as_json:
        output.data({"out": str(parsed.out), **counts, "input": tables.report.told()})
    else:
        output.lines([", ".join(f"{count:,} {name}" for name, count in counts.items())])
        if not tables.rejected.is_empty():
            output.lines(["", *own_lines(rejection_words(tables.rejected))])
        tell_reading(tables.report, output)
        output.lines(["", f"The tables lie in {parsed.out}"])
    return 0

"""The verb ``validate``: what is wrong with tables, before anything is computed."""

# ruff: noqa: PLC0415  # a verb loads what it needs, and `trustgraph --help` nothing

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from trustgraph.cli.output import Output, own_lines
from trustgraph.errors import UsageError

if TYPE_CHECKING:
    from trustgraph.tables.input_report import FileReport, InputReport

__all__ = ["tell_reading", "validate"]

_FILES: Final = 20
_SIGNS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def validate(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.api.arguments import days_of
    from trustgraph.ownership.stake_checks import flag_stakes
    from trustgraph.policy import read_policy
    from trustgraph.reading import read_tables
    from trustgraph.register import compile_register, day_number
    from trustgraph.register.pack_checks import by_pack
    from trustgraph.storage import check_findings_free, is_register, whole_file, write_findings
    from trustgraph.tables.tables import (
        SHOWN_REASONS,
        flag_words,
        rejection_words,
        rows_of_lines,
    )

    if is_register(parsed.input):
        return _validate_register(parsed, output)
    named = [path for path in (parsed.rejected, parsed.flagged) if path is not None]
    for path in named:
        check_findings_free(path)
    if len({path.resolve() for path in named}) < len(named):
        raise UsageError(
            "--rejected and --flagged name one file", where=named[0], hint="name two files"
        )
    day, _ = days_of(parsed.as_of, None)
    policy = read_policy(parsed.policy)
    tables = read_tables(parsed.input, mapping=parsed.mapping)
    register = compile_register(tables)
    tables = by_pack(tables, register, policy)
    tables = flag_stakes(tables, register, today=day_number(day))
    counts = {
        "entities": tables.entities.height,
        "relationships": tables.relationships.height,
        "records": tables.records.height,
        "consultations": tables.consultations.height,
        "rejected_rows": tables.rejected_rows,
        "flagged_rows": rows_of_lines(tables.flagged),
    }
    for path, found in ((parsed.rejected, tables.rejected), (parsed.flagged, tables.flagged)):
        if path is not None:
            with whole_file(path) as beside:
                write_findings(found, beside)
    if output.as_json:
        shown = {"rejected": tables.rejected.to_dicts(), "flagged": tables.flagged.to_dicts()}
        output.data({**counts, "input": tables.report.told(), **shown})
    else:
        output.table(("what", "rows"), [(name, f"{count:,}") for name, count in counts.items()])
        if counts["rejected_rows"]:
            output.lines(["", *own_lines(rejection_words(tables.rejected))])
        if tables.flagged.height:
            output.lines(["", *own_lines(flag_words(tables.flagged))])
        if max(tables.rejected.height, tables.flagged.height) > SHOWN_REASONS:
            output.lines(["", "All of them: --rejected FILE, --flagged FILE (CSV), or --json"])
        tell_reading(tables.report, output)
    return 1 if counts["rejected_rows"] else 0


def tell_reading(report: InputReport, output: Output) -> None:
    """How the files were read, and through a mapping what became of the rows of each section."""
    _tell_files(report.files, output)
    if report.mapping is not None:
        _tell_sections([one.told() for one in report.sections], output)


def _tell_files(files: Sequence[FileReport], output: Output) -> None:
    """How the files were read; of a plain folder also what became of their rows."""
    shown = files[:_FILES]
    rows = []
    for one in shown:
        written = " ".join(filter(None, (one.encoding, _SIGNS.get(one.delimiter or "", ""))))
        kept = sum(section.kept for section in one.sections)
        rows.append((one.file, f"{one.format} {written}".strip(), f"{one.rows:,}", f"{kept:,}"))
    output.lines(["", "How the files were read:"])
    output.table(("file", "as", "rows", "kept"), rows)
    if len(files) > len(shown):
        output.lines([f"  … and {len(files) - len(shown):,} more files"])


def _tell_sections(sections: Sequence[Mapping[str, Any]], output: Output) -> None:
    """What became of the rows of each section of a mapping, and which values it does not know."""
    told = [name for name in sections[0] if name not in ("table", "unmapped")]
    output.lines(["", "What became of the rows of each section of the mapping:"])
    output.table(told, [[str(one[name]) for name in told] for one in sections])
    for one in sections:
        for unmapped in one["unmapped"]:
            field, value, times = unmapped["field"], unmapped["value"], unmapped["times"]
            words = f'the value table of {field} has no "{value}": {times:,} of its rows'
            output.lines([f"  {one['place']}: {words}"])


def _validate_register(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.storage import verify_register

    given = (parsed.mapping, parsed.rejected, parsed.flagged, parsed.as_of)
    if any(one is not None for one in given):
        raise UsageError(
            "a register has been checked already",
            where=parsed.input,
            hint="its rejected.csv and flagged.csv say of what rows; leave out --mapping, --as-of, "
            "--rejected and --flagged",
        )
    counts = verify_register(parsed.input)
    if output.as_json:
        output.data(counts)
    else:
        output.table(("what", "count"), [(name, f"{count:,}") for name, count in counts.items()])
        output.lines(["", "Every part is as it was written."])
    return 0

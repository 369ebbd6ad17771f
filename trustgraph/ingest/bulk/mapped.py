"""Tables of another shape, imported: a mapping asks for whole tables, so that memory holds them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from trustgraph.errors import RejectedRowsError
from trustgraph.reading import read_tables
from trustgraph.register import Register, compile_register
from trustgraph.storage import (
    REGISTER_MANIFEST,
    save_register,
    whole_folder,
    write_findings,
    write_input_report,
)
from trustgraph.tables.tables import Tables, rejection_words

__all__ = ["import_mapped"]


def import_mapped(
    source: Path,
    mapping: Path,
    out: Path,
    *,
    strict: bool,
    overwrite: bool,
    tell: Callable[[str, int, int], None],
) -> tuple[Register, Tables]:
    """Read, compile and save tables through a mapping; from the beginning, if it was stopped."""
    tell("reading", 0, 1)
    tables = read_tables(source, mapping=mapping)
    tell("reading", 1, 1)
    if strict and tables.rejected.height:
        raise RejectedRowsError(
            rejection_words(tables.rejected),
            where=source,
            hint="mend the rows or leave out --strict",
        )
    tell("compiling", 0, 1)
    register = compile_register(tables)
    tell("compiling", 1, 1)
    with whole_folder(out, overwrite=overwrite, manifest=REGISTER_MANIFEST) as folder:
        tell("writing", 0, 1)
        write_findings(tables.rejected, folder / "rejected.csv")
        write_findings(tables.flagged, folder / "flagged.csv")
        write_input_report(tables.report, folder)
        save_register(register, folder)
        tell("writing", 1, 1)
    return register, tables

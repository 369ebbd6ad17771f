"""Files beside a mapping of them, read with every row accounted for."""

from __future__ import annotations

from pathlib import Path

from trustgraph.reading import read_mapped
from trustgraph.tables.input_report import InputReport, SectionReport
from trustgraph.tables.tables import Tables

__all__ = ["FIRMS", "FIRMS_CSV", "accounted", "firms", "mapped", "put", "read"]

FIRMS = """
[[entities]]
file = "firms.csv"
[entities.fields]
id = "no"
kind = { constant = "company" }
name = "firm"
"""
FIRM = 'kind = { constant = "company" }\nname = "name"'
FIRMS_CSV = "no,firm\n1,甲\n2,乙\n3,丙\n"


def put(folder: Path, mapping: str, **files: str) -> Path:
    """Write ``name.csv`` files and a mapping file beside them; return the mapping's path."""
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    path = folder / "map.toml"
    path.write_text(mapping, encoding="utf-8")
    return path


def read(folder: Path, mapping: str, **files: str) -> tuple[Tables, InputReport]:
    tables = read_mapped(folder, mapping=put(folder, mapping, **files))
    for section in tables.report.sections:
        accounted(section)
    return tables, tables.report


def mapped(folder: Path, mapping: str, **files: str) -> Tables:
    """The tables alone, which need not be accounted for here."""
    return read_mapped(folder, mapping=put(folder, mapping, **files))


def firms(keys: str = "", fields: str = 'id = "no"', file: str = "firms.csv") -> str:
    return f'[[entities]]\nfile = "{file}"\n{keys}\n[entities.fields]\n{fields}\n{FIRM}\n'


def accounted(section: SectionReport) -> None:
    """Law: every row that was read is in exactly one of the report's counts."""
    ways = section.skipped + section.merged + section.rejected + section.kept
    assert section.pieces == ways
    assert section.rows - section.unreadable - section.filtered <= section.pieces
    assert min(section.skipped, section.merged, section.rejected, section.kept) >= 0

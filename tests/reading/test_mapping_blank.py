"""Cells that say that there is nothing: they empty the cell, and never the row."""

from __future__ import annotations

from pathlib import Path

import pytest

from trustgraph.errors import MappingError
from trustgraph.reading import read_mapped
from trustgraph.tables.tables import Tables

NOTHING = """
[[entities]]
file = "firms.csv"
{where}
blank = ["-", "—", "无", 0]
[entities.fields]
id = "no"
name = "firm"
kind = {{ constant = "company" }}
uscc = {{ columns = ["code", "old"], join = "" }}
legal_form = {{ column = "form", blank = ["N/A"], default = "unknown" }}
region = {{ column = "areas", split = "、" }}
"""
FIRMS = "no,firm,code,old,form,areas\n1,One, — ,x,N/A,甲、无、乙\n-,Two,-,无,-,-\n3,n/a,0,0,n/a,\n"


def read(folder: Path, mapping: str) -> Tables:
    (folder / "firms.csv").write_text(FIRMS, encoding="utf-8")
    (folder / "map.toml").write_text(mapping, encoding="utf-8")
    return read_mapped(folder, mapping=folder / "map.toml")


def test_what_means_nothing_empties_the_cell_and_not_the_row(tmp_path: Path) -> None:
    tables = read(tmp_path, NOTHING.format(where=""))
    shown = tables.entities.select("id", "name", "uscc", "legal_form", "region").rows()
    assert shown == [("1", "One", "X", "unknown", "甲"), ("3", "n/a", None, "n/a", None)]
    # The second row has no id, and is rejected for that; the second part repeats the first's id.
    told = tables.rejected.select("row", "column").rows()
    assert told == [(2, "no"), (3, "no")]
    (section,) = tables.report.sections
    assert (section.rows, section.pieces, section.kept) == (
        3,
        4,
        2,
    )


@pytest.mark.parametrize(("test", "kept"), [("blank", []), ("not_blank", ["1"])])
def test_conditions_know_what_means_nothing(test: str, kept: list[str], tmp_path: Path) -> None:
    where = f'where = {{ column = "form", {test} = true }}'
    if test == "not_blank":
        where = f'where = {{ column = "areas", {test} = true }}'
    tables = read(tmp_path, NOTHING.format(where=where))
    assert tables.entities["id"].to_list() == kept


@pytest.mark.parametrize("wrong", ['"-"', "[[]]", "{ a = 1 }"])
def test_what_means_nothing_is_a_list(wrong: str, tmp_path: Path) -> None:
    mapping = NOTHING.format(where="").replace('["-", "—", "无", 0]', wrong)
    with pytest.raises(MappingError, match=r"entities\[1\]\.blank: a list of values"):
        read(tmp_path, mapping)

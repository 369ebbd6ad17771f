"""What becomes of rows through a mapping: merged, told to say something else, or no party."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from mapped_files import FIRMS, FIRMS_CSV, read


def test_distinct_merges_into_the_first_usable_row(tmp_path: Path) -> None:
    mapping = FIRMS.replace("[entities.fields]", "distinct = true\n[entities.fields]")
    text = "no,firm\n1,\n1,甲\n1,乙\n1,甲\n2,丙\n"
    tables, report = read(tmp_path, mapping, firms=text)
    assert tables.entities.select("id", "name").rows() == [("1", "甲"), ("2", "丙")]
    assert tables.rejected.select("row", "column").rows() == [(2, "firm")]
    assert (report.sections[0].merged, report.sections[0].rejected) == (2, 1)
    other = 'an earlier row of this id says "甲", which counts'
    assert tables.flagged.rows() == [("firms.csv", 4, "firm", "乙", other)]


def test_without_distinct_a_repeated_id_is_rejected(tmp_path: Path) -> None:
    tables, report = read(tmp_path, FIRMS, firms="no,firm\n1,甲\n1,甲\n")
    assert tables.rejected.rows() == [
        ("firms.csv", 3, "no", "1", "row 2 of firms.csv has this id already")
    ]
    assert report.sections[0].rejected == 1


def test_distinct_looks_at_earlier_sections_of_the_table(tmp_path: Path) -> None:
    second = FIRMS.replace('"firms.csv"', '"more.csv"\ndistinct = true')
    more = "no,firm\n3,three\n4,four\n"
    tables, report = read(tmp_path, FIRMS + second, firms=FIRMS_CSV, more=more)
    assert tables.entities["name"].to_list() == ["甲", "乙", "丙", "four"]
    assert [section.merged for section in report.sections] == [0, 1]
    other = 'an earlier row of this id says "丙", which counts'
    assert tables.flagged.rows() == [("more.csv", 2, "firm", "three", other)]


def test_a_section_of_constants_has_as_many_rows_as_its_file(tmp_path: Path) -> None:
    """Where no field has a column, no row can say again what the columns are called."""
    mapping = (
        FIRMS
        + """
[[consultations]]
file = "asked.csv"
distinct = true
[consultations.fields]
source = { constant = "court" }
consulted_on = { constant = "2026-05-01" }
"""
    )
    tables, report = read(tmp_path, mapping, firms=FIRMS_CSV, asked="any\nany\n2\n3\n")
    assert tables.consultations.height == 1
    told = next(one for one in report.sections if one.table == "consultations")
    assert (told.rows, told.kept, told.merged, told.rejected) == (3, 1, 2, 0)


def test_times_behind_a_day_are_told_of_the_rows_that_are_kept(tmp_path: Path) -> None:
    mapping = FIRMS + 'start = { column = "since", date = ["YYYY-MM-DD", "YYYY/M/D"] }\n'
    text = "no,firm,since\n1,甲,2024/5/6 13:45\n2,乙,2024-05-06T00:00:00\n3,丙,2024/5/6 25:61\n"
    text += "1,丁,2024/5/6 8:00\n4,戊,2024-05-06 23:59:59.5\n"
    tables, _ = read(tmp_path, mapping, firms=text)
    day = dt.date(2024, 5, 6)
    assert tables.entities.select("id", "start").rows() == [("1", day), ("2", day), ("4", day)]
    assert tables.flagged.rows() == [
        ("firms.csv", 2, "since", "2024/5/6 13:45", "this has an hour: read as its day"),
        ("firms.csv", 6, "since", "2024-05-06 23:59:59.5", "this has an hour: read as its day"),
    ]
    assert tables.rejected.select("row", "column").rows() == [(4, "since"), (5, "no")]


def test_headers_again_and_totals_are_no_parties(tmp_path: Path) -> None:
    """Two lists put together have a header in the middle; a list for the eye ends with a total."""
    text = "no,firm\n1,甲\nno,firm\n2,乙\n合计,2\nTotal:,2\n"
    tables, report = read(tmp_path, FIRMS, firms=text)
    assert tables.entities["id"].to_list() == ["1", "2"]
    assert tables.rejected.select("row", "reason").rows() == [
        (3, "this row is the header again"),
        (5, "this row adds others up: nobody is called so"),
        (6, "this row adds others up: nobody is called so"),
    ]
    assert report.sections[0].rejected == 3

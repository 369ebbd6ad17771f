"""What becomes of rows through a mapping: merged, told to say something else, or no party."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
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


RECORDS = """
[[records]]
file = "listed.csv"
distinct = true
[records.fields]
id = "no"
entity = "who"
type = { constant = "COURT_DEFAULTER" }
decided_on = "day"
amount = "amount"
"""
ENTITIES = FIRMS.replace("firms.csv", "e.csv").replace('"no"', '"id"').replace("firm", "name")
PARTIES = "id,name\nC1,示甲\nC2,示乙\n"


def test_a_number_that_two_have_is_no_number_of_one_record(tmp_path: Path) -> None:
    """Merged is what says the same; what is about somebody else stays, and is rejected."""
    text = "no,who,day,amount\nN1,C1,2025-05-31,100\nN1,C2,2025-06-30,900\nN1,C1,2025-05-31,7\n"
    tables, report = read(tmp_path, ENTITIES + RECORDS, e=PARTIES, listed=text)
    assert tables.records.select("entity", "amount").rows() == [("C1", 100.0)]
    assert tables.rejected.rows() == [
        ("listed.csv", 3, "no", "N1", "row 2 of listed.csv has this id already")
    ]
    other = 'an earlier row of this id says "100", which counts'
    assert tables.flagged.filter(pl.col("row").is_not_null()).rows() == [
        ("listed.csv", 4, "amount", "7", other)
    ]
    told = next(one for one in report.sections if one.table == "records")
    assert (told.kept, told.merged, told.rejected) == (1, 1, 1)


def test_what_is_only_written_otherwise_says_nothing_else(tmp_path: Path) -> None:
    code = "91330106TG100001X9"
    text = (
        "no,who,day,amount\n"
        f"N1,{code},2025-05-31,100\n"
        f"N1,{code.lower()},2025-05-31 00:00:00,100.0\n"
        f"N1,{code},2025-05-31,\n"
    )
    parties = f"id,name\n{code},示甲\n{code.lower()},示乙\n"
    entities = ENTITIES.replace("[entities.fields]", "distinct = true\n[entities.fields]")
    tables, report = read(tmp_path, entities + RECORDS, e=parties, listed=text)
    assert (tables.records.height, tables.rejected.height) == (1, 0)
    assert [one.merged for one in report.sections] == [1, 2]
    told = tables.flagged.filter(pl.col("row").is_not_null())
    assert told.select("row", "column", "value").rows() == [(3, "name", "示乙")]


def test_a_row_that_stands_after_all_is_told_beside_none(tmp_path: Path) -> None:
    """The first of its id is on nobody: the second stands, and its own amount is what counts."""
    text = "no,who,day,amount\nN1,NOBODY,2025-05-31,100\nN1,C1,2025-05-31,7\n"
    tables, _ = read(tmp_path, ENTITIES + RECORDS, e=PARTIES, listed=text)
    assert tables.rejected.select("row", "reason").rows() == [(2, "no entity has this id")]
    assert tables.records.select("entity", "amount").rows() == [("C1", 7.0)]
    late = "no,who,day,amount\nN1,C1,some day,100\nN1,C1,2025-05-31,7\n"
    tables, _ = read(tmp_path, ENTITIES + RECORDS, e=PARTIES, listed=late)
    assert tables.records["amount"].to_list() == [7.0]
    assert tables.flagged.filter(pl.col("row").is_not_null()).is_empty()


def test_merged_relationships_between_others_stay_rejected(tmp_path: Path) -> None:
    mapping = (
        ENTITIES
        + """
[[relationships]]
file = "held.csv"
distinct = true
[relationships.fields]
id = "no"
source = "from"
target = "to"
kind = { constant = "shareholder" }
share = "share"
"""
    )
    text = "no,from,to,share\nL1,C1,C2,0.6\nL1,C2,C1,0.3\nL1,C1,C2,0.5\n"
    tables, _ = read(tmp_path, mapping, e=PARTIES, held=text)
    assert tables.relationships["share"].to_list() == [0.6]
    assert tables.rejected.select("row", "column").rows() == [(3, "no")]
    told = tables.flagged.filter(pl.col("row").is_not_null()).select("row", "column", "value")
    assert told.rows() == [(4, "share", "0.5")]


def test_cells_filled_down_take_what_stands_above_in_the_file(tmp_path: Path) -> None:
    """Whether the row above is asked for or not: it is who the rows below it are about."""
    records = RECORDS.replace('entity = "who"', 'entity = { column = "who", fill = true }')
    where = 'where = { column = "amount", equals = "5" }'
    mapping = ENTITIES + records.replace("distinct = true", where)
    text = "no,who,day,amount\n1,C1,2025-05-31,5\n2,C2,2025-06-01,6\n3,,2025-06-02,5\n"
    tables, report = read(tmp_path, mapping, e=PARTIES, listed=text)
    assert tables.records.select("id", "entity").rows() == [("1", "C1"), ("3", "C2")]
    assert next(one for one in report.sections if one.table == "records").filtered == 1


def test_a_record_without_a_number_is_one_however_it_is_written(tmp_path: Path) -> None:
    code = "91330106TG100001X9"
    mapping = ENTITIES + RECORDS.replace('id = "no"\n', "").replace('amount = "amount"\n', "")
    text = "who,day\n" + "".join(
        f"{who},{day}\n"
        for who, day in (
            (code, "2025-05-31"),
            (code.lower(), "2025-05-31 00:00:00"),
            (code, "2025-05-31T00:00:00Z"),
        )
    )
    tables, _ = read(tmp_path, mapping, e=f"id,name\n{code},示甲\n", listed=text)
    assert tables.records["id"].to_list() == [f"{code}/COURT_DEFAULTER/2025-05-31"]


def test_where_looks_at_what_is_seen(tmp_path: Path) -> None:
    mapping = FIRMS.replace(
        "[entities.fields]", 'where = { column = "no", in = ["C1", "Ｄ"] }\n[entities.fields]'
    )
    text = "no,firm\nC1,甲\nＣ1,乙\nC\u200b1,丙\nＤ,丁\nD,戊\n"
    _, report = read(tmp_path, mapping, firms=text)
    assert report.sections[0].filtered == 1


@pytest.mark.parametrize(
    ("form", "cell", "told"),
    [
        ("%Y-%m-%dT%H:%M:%SZ", "2025-05-31T16:00:00Z", True),
        ("%Y-%m-%dT%H:%M:%SZ", "2025-05-31T00:00:00Z", False),
        ("%Y年%m月%d日 %H时%M分", "2025年5月31日 16时00分", True),
        ("%Y/%m/%d %H:%M", "2025/5/31 16:00", True),
        ("%Y%m%d%H%M%S", "20250531160000", True),
        ("YYYY年M月D日", "２０２５年５月３１日", False),
        ("YYYY/M/D", "\u200b2025/5/31", False),
        ("YYYY/M/D", "2025/5/31\u300016:00", True),
        ("YYYYMMDD", "20250531", False),
        ("%A %d %B %Y", "Saturday 31 May 2025", False),
        ("%a %d-%b-%y", "Sat 31-May-25", False),
        ("%-d.%-m.%Y", "31.5.2025 8:15", True),
        ("%F", "2025-05-31", False),
        ("%D", "05/31/25", False),
        ("%Y-%m-%d %R", "2025-05-31 00:00", False),
    ],
)
def test_days_by_a_format(form: str, cell: str, told: bool, tmp_path: Path) -> None:
    mapping = FIRMS + f'start = {{ column = "since", date = "{form}" }}\n'
    tables, _ = read(tmp_path, mapping, firms=f"no,firm,since\n1,甲,{cell}\n")
    assert tables.entities["start"].to_list() == [dt.date(2025, 5, 31)]
    assert tables.flagged["reason"].to_list() == ["this has an hour: read as its day"] * told


@pytest.mark.parametrize(
    ("form", "cell"),
    [
        ("YYYYMMDD", "2025111"),  # 1 November, or 11 January
        ("YYYY/M/D", "2025/5/31 99:30"),
        ("YYYY/M/D", "2025/5/31 24:00"),
        ("%Y-%m-%dT%H:%M:%SZ", "0025-05-31T16:00:00Z"),
    ],
)
def test_what_is_no_day_of_a_format(form: str, cell: str, tmp_path: Path) -> None:
    mapping = FIRMS + f'start = {{ column = "since", date = "{form}" }}\n'
    tables, _ = read(tmp_path, mapping, firms=f"no,firm,since\n1,甲,{cell}\n")
    assert tables.rejected.select("column", "value").rows() == [("since", cell)]


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

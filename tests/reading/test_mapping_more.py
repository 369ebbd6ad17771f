"""What files of every day need: conditions, no header, ranges, units, parts, filled cells, JSON."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from mapped_files import firms, mapped

import trustgraph as tg
from trustgraph.errors import InputError, MappingError
from trustgraph.reading import read_mapped
from trustgraph.reading.ranges import bounds_of

# --- Conditions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("test", "kept"),
    [
        ('contains = "有限"', ["1", "3"]),
        ('contains = ["股份", "合伙"]', ["2", "3"]),
        ('matches = "^[甲乙]"', ["1", "2"]),
        ('matches = "公司$"', ["1", "3"]),
        ('contains = "."', []),
    ],
)
def test_conditions_look_into_texts(test: str, kept: list[str], tmp_path: Path) -> None:
    mapping = firms(f'where = {{ column = "name", {test} }}')
    text = "no,name\n1,甲有限公司\n2,乙合伙企业\n3,丙股份有限公司\n"
    assert mapped(tmp_path, mapping, firms=text).entities["id"].to_list() == kept


@pytest.mark.parametrize(
    "wrong", ['matches = "("', "matches = 1", "contains = []", "contains = [[]]", 'contains = ""']
)
def test_wrong_conditions_are_said(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"where\.(matches|contains)"):
        mapped(tmp_path, firms(f'where = {{ column = "name", {wrong} }}'), firms="no,name\n1,x\n")


# --- Numbers, ranges, parts -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "percent", "bounds"),
    [
        ("50%-67%", False, ("0.5", "0.67")),
        ("50-67%", False, ("0.5", "0.67")),
        ("25%～50%", False, ("0.25", "0.5")),
        ("25 至 50", True, ("0.25", "0.5")),
        ("低于5%", False, (None, "<0.05")),
        ("不低于5%", False, ("0.05", None)),
        ("不超过５％", False, (None, "0.05")),
        ("超过50%", False, (">0.5", None)),
        ("50%以上", False, ("0.5", None)),
        ("5%以下", False, (None, "<0.05")),
        ("5%及以下", False, (None, "0.05")),
        (">50%", False, (">0.5", None)),
        ("≥50%", False, ("0.5", None)),
        ("more than 50%", False, (">0.5", None)),
        ("38.855%", False, ("0.38855", "0.38855")),
        ("0.05%", False, ("0.0005", "0.0005")),
        ("100", True, ("1", "1")),
        ("0.3", False, ("0.3", "0.3")),
        ("about half", False, None),
        ("", False, None),
        ("50%%", False, None),
        ("67%-", False, None),
    ],
)
def test_shares_in_words(text: str, percent: bool, bounds: Any) -> None:  # a case
    assert bounds_of(text, percent=percent) == bounds


RANGES = """
[[relationships]]
file = "held.csv"
[relationships.fields]
source = "a"
target = "b"
kind = { constant = "shareholder" }
share_min = { column = "share", range = "low", blank = ["-"] }
share_max = { column = "share", range = "high", blank = ["-"] }
"""


def test_ranges_of_shares(tmp_path: Path) -> None:
    held = "a,b,share\n1,2,50%-67%\n1,2,低于5%\n1,2,-\n1,2,a lot\n"
    tables = mapped(tmp_path, firms() + RANGES, firms="no,name\n1,x\n2,y\n", held=held)
    rows = tables.relationships.select("share_min", "share_max").rows()
    assert rows[0] == (0.5, 0.67)
    assert rows[1][0] is None
    assert rows[1][1] == pytest.approx(0.05)
    assert rows[1][1] < 0.05
    assert rows[2] == (None, None)
    (line,) = {line["reason"] for line in tables.rejected.to_dicts()}
    assert line == "this is no share and no range of shares"


def test_a_factor_moves_the_point(tmp_path: Path) -> None:
    mapping = firms() + (
        '[[records]]\nfile = "fines.csv"\n[records.fields]\nid = "r"\nentity = "no"\n'
        'type = { constant = "TAX_MAJOR" }\ndecided_on = { constant = "2026-01-02" }\n'
        'amount = { column = "罚款（万元）", factor = 10000, thousands = "," }\n'
    )
    fines = 'r,no,罚款（万元）\na,1,120.5\nb,1,"1,234.56789"\nc,1,1e-3\nd,1,\n'
    tables = mapped(tmp_path, mapping, firms="no,name\n1,x\n", fines=fines)
    assert tables.records["amount"].to_list() == [1_205_000.0, 12_345_678.9, 10.0, None]
    for wrong in ("factor = 20", "factor = 0.1", "factor = 0"):
        with pytest.raises(MappingError, match="factor"):
            mapped(tmp_path, mapping.replace("factor = 10000", wrong), firms="no,name\n")


def test_one_part_of_a_cell_and_cells_filled_down(tmp_path: Path) -> None:
    fields = (
        'id = { column = "who", split = "/", part = 2 }\nregion = { column = "area", fill = true }'
    )
    text = "who,area,name\n甲/1,330106,x\n乙/2,,y\n丙,110105,z\n丁/4/5,,w\n"
    tables = mapped(tmp_path, firms(fields=fields), firms=text)
    assert tables.entities.select("id", "region").rows() == [
        ("1", "330106"),
        ("2", "330106"),
        ("4", "110105"),
    ]
    assert tables.rejected["row"].to_list() == [4]
    with pytest.raises(MappingError, match="part: this belongs to split"):
        mapped(tmp_path, firms(fields='id = { column = "who", part = 1 }'), firms=text)


def test_texts_that_excel_was_to_keep(tmp_path: Path) -> None:
    text = 'no,name\n"=""000123""",x\n="000456",y\n'
    tables = mapped(tmp_path, firms(), firms=text)
    assert tables.entities["id"].to_list() == ["000123", "000456"]


# --- Headers --------------------------------------------------------------------------------------


def test_a_file_without_a_header(tmp_path: Path) -> None:
    tables = mapped(tmp_path, firms('columns = ["no", "name"]'), firms="1,甲\n2,乙\n3\n4,a,b\n")
    assert tables.entities["id"].to_list() == ["1", "2"]
    assert tables.report.sections[0].rows == 4
    rows = tables.rejected.select("row").to_series().to_list()
    assert rows == [4, 3]


def test_a_header_below_notes(tmp_path: Path) -> None:
    text = "exported by somebody\n\n2026-01-01,x,y\nno,name\n1,甲\n"
    tables = mapped(tmp_path, firms("header_row = 4"), firms=text)
    assert tables.entities["id"].to_list() == ["1"]
    with pytest.raises(MappingError, match='has no column "no"'):
        mapped(tmp_path, firms("header_row = 3"), firms=text)
    with pytest.raises(MappingError, match="header_row, or columns"):
        mapped(tmp_path, firms('header_row = 3\ncolumns = ["no", "name"]'), firms=text)


# --- JSON lines -----------------------------------------------------------------------------------


def test_json_lines(tmp_path: Path) -> None:
    rows = [
        {"no": "A", "name": "甲", "share": 0.1},
        {"no": 101, "name": None, "live": True},
        {"no": "C", "name": "丙", "of": [1]},
        [1, 2],
    ]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (tmp_path / "firms.jsonl").write_text(f"\n{text}\nnonsense\n", encoding="utf-8")
    fields = 'id = "no"\nmine = "live"\nshare = "share"'
    mapping = firms(fields=fields, file="firms.jsonl").replace(
        'name = "name"', 'name = { column = "name", default = "?" }'
    )
    tables = mapped(tmp_path, mapping)
    assert tables.entities.select("id", "name", "mine", "share").rows() == [
        ("A", "甲", None, "0.1"),
        ("101", "?", "true", None),
    ]
    told = tables.rejected.select("row", "reason").rows()
    assert [row for row, _ in told] == [4, 5, 6]
    (file,) = tables.report.files
    assert (file.format, file.rows, file.sections[0].unreadable) == ("jsonl", 5, 3)


def test_a_polars_frame_of_json_lines_comes_back(tmp_path: Path) -> None:
    frame = pl.DataFrame({"no": ["A", "B"], "name": ["甲", 'q"uote'], "n": [1.5, 1e-9]})
    frame.write_ndjson(tmp_path / "firms.jsonl")
    tables = mapped(tmp_path, firms(fields='id = "no"\nn = "n"', file="firms.jsonl"))
    assert tables.entities["n"].cast(pl.Float64).to_list() == [1.5, 1e-9]


# --- Cells beyond the header ----------------------------------------------------------------------


def test_surplus_cells_are_left_out_where_it_is_said(tmp_path: Path) -> None:
    text = "no,name\n1,x,see file,7\n2,y\n3,z,,\n4\n5,w,  \n"
    kept = mapped(tmp_path, firms('surplus = "drop"'), firms=text)
    assert kept.entities["id"].to_list() == ["1", "2", "3", "5"]
    assert kept.rejected["reason"].to_list() == ["a value is missing"]
    told = mapped(tmp_path, firms('surplus = "reject"'), firms=text)
    assert told.entities["id"].to_list() == ["2", "3", "5"]
    assert told.rejected["reason"].to_list()[0] == "the row has 4 cells, the header has 2"
    assert mapped(tmp_path, firms(), firms=text).entities.equals(told.entities)


def test_what_surplus_may_be(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"entities\[1\]\.surplus: reject or drop"):
        mapped(tmp_path, firms('surplus = "keep"'), firms="no,name\n1,x\n")


@pytest.mark.parametrize(
    "left", ['{ constant = "FILL_IN" }', '{ column = "name", values = { x = "A", y = "FILL_IN" } }']
)
def test_what_a_proposal_left_open_is_said(left: str, tmp_path: Path) -> None:
    """Before anything is read, and not as a type that no pack knows."""
    mapping = firms() + '[[records]]\nfile = "firms.csv"\n[records.fields]\nid = "no"\n'
    mapping += f'entity = "no"\ndecided_on = {{ constant = "2026-01-02" }}\ntype = {left}\n'
    with pytest.raises(MappingError, match=r"records\[1\]\.fields\.type: FILL_IN is left"):
        mapped(tmp_path, mapping, firms="no,name\n1,x\n")


# --- What a person would not see ------------------------------------------------------------------


def test_codes_that_a_spreadsheet_rounded_are_no_codes(tmp_path: Path) -> None:
    """Two companies would be one, with the other's legal representative."""
    text = "no,name\n9.13101E+17,x\n91310115000000001X,y\n9.13101e17,z\n123456789012345000,w\n"
    tables = mapped(tmp_path, firms(), firms=text)
    assert tables.entities["name"].to_list() == ["y", "w"]
    assert tables.rejected["row"].to_list() == [2, 4]
    assert tables.rejected["reason"].str.contains("took this code for a number").all()
    rows = [{"no": 913101150000000000, "name": "x"}, {"no": "91310115000000001X", "name": "y"}]
    (tmp_path / "b.xlsx").write_bytes(tg.workbook(rows, {"no": "no", "name": "name"}, "s"))
    (tmp_path / "map.toml").write_text(firms(file="b.xlsx"), encoding="utf-8")
    book = read_mapped(tmp_path, mapping=tmp_path / "map.toml")
    assert book.entities["name"].to_list() == ["y"]
    assert "took this code for a number" in book.rejected["reason"][0]


SHARES = """
[[relationships]]
file = "s.csv"
[relationships.fields]
source = "a"
target = "b"
kind = { constant = "shareholder" }
share = { column = "share", percent = true }
"""


@pytest.mark.parametrize(
    ("shares", "doubtful"),
    [
        (["0.6", "1", "0.005"], True),
        (["0.6", "", "1.0"], True),
        (["60", "0.5"], False),
        (["0.6%", "0.5%"], False),
        (["0", "0"], False),
        (["8.3e-06"], False),
    ],
)
def test_shares_that_are_hundred_times_too_small_are_told(
    shares: list[str], doubtful: bool, tmp_path: Path
) -> None:
    rows = "".join(f"A,{'BCD'[place]},{share}\n" for place, share in enumerate(shares))
    text = "no,name\n" + "".join(f"{one},{one}\n" for one in "ABCD")
    tables = mapped(tmp_path, firms() + SHARES, firms=text, s=f"a,b,share\n{rows}")
    told = tables.flagged.filter(pl.col("reason").str.contains("at most 1 and is read as per cent"))
    assert told.height == int(doubtful)
    assert tables.rejected.is_empty()


def test_files_that_no_section_reads_are_told(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("of no matter", encoding="utf-8")
    tables = mapped(tmp_path, firms(), firms="no,name\n1,x\n", owners="a,b\n1,2\n")
    assert tables.flagged.select("file", "reason").rows() == [
        ("owners.csv", "no section of the mapping reads this file")
    ]


def test_names_that_differ_in_width_are_told(tmp_path: Path) -> None:
    text = (
        "no,name\n1,宏达贸易（上海）有限公司\n2,宏达贸易(上海)有限公司\n3,宏达 贸易\n4,宏图贸易\n"
    )
    flagged = mapped(tmp_path, firms(), firms=text).flagged
    assert flagged.select("row", "column").rows() == [(3, "name")]
    assert "宏达贸易（上海）有限公司" in flagged["reason"][0]


def test_later_rows_of_an_entity_complete_the_first(tmp_path: Path) -> None:
    """Owners name a company first, by its name alone; another file has its code."""
    codes = firms("distinct = true", 'id = "name"\nuscc = "code"', "codes.csv")
    mapping = firms("distinct = true", 'id = "name"', "owners.csv") + codes
    code = "91350100M000100Y43"
    tables = mapped(tmp_path, mapping, owners="name\nx\ny\n", codes=f"name,code\nx,{code}\nz,\n")
    rows = tables.entities.select("id", "uscc").rows()
    assert rows == [("x", code), ("y", None), ("z", None)]


def test_records_without_a_number_are_told_by_whose_what_and_when(tmp_path: Path) -> None:
    """However the day is written: a month later it is the same record."""
    records = """
[[records]]
file = "lists.csv"
distinct = true
[records.fields]
entity = "no"
type = { constant = "TAX_MAJOR" }
decided_on = { column = "day", date = ["YYYY年M月D日", "YYYY/M/D"] }
"""
    text = "no,day\n1,2025年6月3日\n1,2025年06月03日\n1,2025/6/3 0:00\n1,2025/6/4\n"
    tables = mapped(tmp_path, firms() + records, firms="no,name\n1,x\n", lists=text)
    assert tables.records["id"].to_list() == ["1/TAX_MAJOR/2025-06-03", "1/TAX_MAJOR/2025-06-04"]
    assert tables.rejected.is_empty()


def test_a_folder_that_is_not_there_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(firms(), encoding="utf-8")
    with pytest.raises(InputError, match="there is no such folder"):
        read_mapped(tmp_path / "juni", mapping=tmp_path / "map.toml")
    with pytest.raises(InputError, match="this is a file"):
        read_mapped(tmp_path / "map.toml", mapping=tmp_path / "map.toml")


def test_a_bad_day_of_a_later_row_refuses_no_earlier_one(tmp_path: Path) -> None:
    """Whatever later rows say: the first of an id stands as it did without them."""
    days = firms("distinct = true", 'id = "name"\nstart = "start"\nend = "end"', "days.csv")
    mapping = firms("distinct = true", 'id = "name"', "owners.csv") + days
    text = "name,start,end\nx,no day,\ny,2024-05-06,2020-01-01\nz,2020-01-01,\n"
    tables = mapped(tmp_path, mapping, owners="name\nx\ny\n", days=text)
    days = tables.entities.select("id", "start").rows()
    assert days == [("x", None), ("y", dt.date(2024, 5, 6)), ("z", dt.date(2020, 1, 1))]
    assert tables.rejected.is_empty()


def test_a_code_within_an_id_is_one_however_it_is_written(tmp_path: Path) -> None:
    """Whoever heads a company is one person, though the company's code is written in two ways."""
    (tmp_path / "a.csv").write_text(
        "firm,code,head\n甲,91330106mA2B0000x1 ,张三\n甲,9133 0106 MA2B\u200b 0000 X1,张三\n",
        encoding="utf-8",
    )
    (tmp_path / "map.toml").write_text(
        """
[[entities]]
file = "a.csv"
distinct = true
fields = { id = "code", name = "firm", kind = { constant = "company" } }
[[entities]]
file = "a.csv"
distinct = true
[entities.fields]
id = { columns = ["head", "code"], join = "@" }
name = "head"
kind = { constant = "person" }
[[relationships]]
file = "a.csv"
distinct = true
[relationships.fields]
source = { columns = ["head", "code"], join = "@" }
target = "code"
kind = { constant = "legal_representative" }
""",
        encoding="utf-8",
    )
    tables = tg.read_tables(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.entities["id"].to_list() == ["91330106MA2B0000X1", "张三@91330106MA2B0000X1"]
    assert (
        tables.relationships.select("source", "target").rows()
        == [("张三@91330106MA2B0000X1", "91330106MA2B0000X1")] * tables.relationships.height
    )

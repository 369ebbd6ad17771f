"""Mapping files: any CSV as the tables, every row accounted for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from depth import DEEP
from hypothesis import given, settings
from hypothesis import strategies as st
from mapped_files import FIRMS, FIRMS_CSV, accounted, put, read
from places import PROJECT, TESTS

from trustgraph.errors import MappingError
from trustgraph.reading import read_mapped, read_tables
from trustgraph.reading.fields import make, raw_text, split_rows
from trustgraph.reading.mapping import Field, parse_mapping
from trustgraph.tables.input_report import InputReport
from trustgraph.tables.tables import Tables

HERE = TESTS
DATA = PROJECT.parent / "shared" / "data"


def field(
    target: str, cells: list[str | None], **how: object
) -> tuple[list[str | None], list[int]]:
    """Make one field of some cells: the values, and at which places they are wrong."""
    one = Field(target, ("c",), **how)  # type: ignore[arg-type]
    raw = pl.DataFrame({"c": pl.Series(cells, dtype=pl.String)}).select(raw_text(one))
    if one.split:
        raw = split_rows(raw, one)
    made = make(one, raw.to_series())
    assert made.reasons.is_not_null().to_list() == made.wrong.to_list()
    return made.values.to_list(), made.wrong.arg_true().to_list()


# --- Fields ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "cells", "made", "wrong"),
    [
        ({}, [" a\u3000", "", " ", None], ["a", None, None, None], []),
        ({"pad": 6}, ["2415", "600000", "1234567", ""], ["002415", "600000", "1234567", None], []),
        ({"pad": 3, "prefix": "X", "suffix": "Y"}, ["1", ""], ["X001Y", None], []),
        ({"default": "d", "prefix": "X"}, ["1", " "], ["X1", "d"], []),
        ({"case": "upper"}, ["aß"], ["ASS"], []),
        (
            {"percent": True},
            ["60%", "60 %", "60", "60％", "６０％", ""],
            [*["60e-2"] * 5, None],
            [],
        ),
        ({"percent": True}, ["60,5", "x", "6 0"], [None, None, None], [0, 1, 2]),
        ({"percent": True, "decimal": ","}, ["60,5 %", "60.5"], ["60.5e-2", None], [1]),
        (
            {"percent": True},
            [">50", "> 25 %", "<75", "5>"],
            [">50e-2", ">25e-2", "<75e-2", None],
            [3],
        ),
        ({"decimal": ",", "thousands": "."}, ["1.234,5", "1,2,3"], ["1234.5", None], [1]),
        ({"thousands": ","}, ["1,234.5", "-7"], ["1234.5", "-7"], []),
        ({"date": ("%d.%m.%Y",)}, ["1.2.2020", "31.02.2020"], ["2020-02-01", None], [1]),
        ({"date": ("%Y/%m/%d", "%Y%m%d")}, ["2020/1/5", "20200105"], ["2020-01-05"] * 2, []),
        ({"date": ("%Y年%m月%d日",)}, ["2020年1月5日", ""], ["2020-01-05", None], []),
        ({"values": {"J": "yes", "N": ""}}, ["J", "N", "?", ""], ["yes", None, None, None], [2]),
        ({"values": {"J": "y"}, "unmapped": "keep"}, ["J", "?"], ["y", "?"], []),
        ({"values": {"": "none"}, "unmapped": "keep"}, ["", "a"], ["none", "a"], []),
        ({"values": {"j": "y"}, "case": "lower"}, ["J"], ["y"], []),
        ({"split": ("/", "、")}, ["a/b、 c", "//", "", "d"], ["a", "b", "c", None, None, "d"], []),
        ({"values": {"a": "x"}, "default": "d"}, ["?"], [None], [0]),
    ],
)
def test_a_field(
    how: dict[str, object], cells: list[str | None], made: list[str | None], wrong: list[int]
) -> None:
    assert field("f", cells, **how) == (made, wrong)


@settings(max_examples=max(100, settings().max_examples) if DEEP else 25)
@given(st.decimals(0, 100, places=4), st.sampled_from([",", "."]))
def test_per_cent_is_exact(value: Decimal, decimal: str) -> None:
    written = f"{value:f}".replace(".", decimal) + " %"
    made, wrong = field("share", [written], percent=True, decimal=decimal)
    assert not wrong
    assert float(made[0] or "nan") == float(value / 100)


def test_several_columns_make_one_value(tmp_path: Path) -> None:
    mapping = FIRMS.replace('id = "no"', 'id = { columns = ["no", "firm"], join = "/" }')
    tables, _ = read(tmp_path, mapping, firms="no,firm\n1,甲\n,乙\n,\n")
    assert tables.entities["id"].to_list() == ["1/甲", "乙"]


# --- Sections -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ('{ column = "t", equals = "a" }', ["1"]),
        ('{ column = "t", not = "a" }', ["2", "3"]),
        ('{ column = "t", in = ["a", "b"] }', ["1", "2"]),
        ('{ column = "t", not_in = ["a", "b"] }', ["3"]),
        ('{ column = "t", blank = true }', ["3"]),
        ('[{ column = "t", not_blank = true }, { column = "no", equals = 2 }]', ["2"]),
    ],
)
def test_where(tmp_path: Path, where: str, kept: list[str]) -> None:
    mapping = FIRMS.replace("[entities.fields]", f"where = {where}\n[entities.fields]")
    tables, report = read(tmp_path, mapping, firms="no,firm,t\n1,甲,a\n2,乙, b \n3,丙, \n")
    assert tables.entities["id"].to_list() == kept
    assert report.sections[0].filtered == 3 - len(kept)


def test_rejected_rows_are_told_as_the_source_has_them(tmp_path: Path) -> None:
    mapping = (
        FIRMS
        + """
[[relationships]]
file = "ties.csv"
[relationships.fields]
source = { column = "who", prefix = "" }
target = "whom"
kind = { column = "role", split = "/", values = { Chef = "director", Gast = "" } }
share = { column = "Anteil", percent = true, decimal = "," }
start = { column = "seit", date = "DD.MM.YYYY" }
"""
    )
    relationships = (
        "who;whom;role;Anteil;seit\n"
        "1;2;Chef/Gast;60,5 %;01.02.2020\n"
        "1;9;Chef;;\n"
        "1;2;Chef/Koch;;\n"
        "1;2;Chef;160 %;2020-02-01\n"
        "1;2;Gast;x;\n"
        "1;2\n"
    )
    tables, report = read(tmp_path, mapping, firms=FIRMS_CSV, ties=relationships)
    assert tables.relationships.select("kind", "share", "start").rows() == [
        ("director", 0.605, dt.date(2020, 2, 1)),
        ("director", None, None),  # the half of row 4 that is known
    ]
    assert tables.rejected.rows() == [
        ("ties.csv", 4, "role", "Koch", 'the mapping\'s value table has no "Koch"'),
        ("ties.csv", 5, "seit", "2020-02-01", "this is no day of the form %d.%m.%Y"),
        ("ties.csv", 3, "whom", "9", "no entity has this id"),
        ("ties.csv", 5, "Anteil", "160 %", "this lies outside 0 to 1 (60 % is written 0.6)"),
        ("ties.csv", 7, "role", None, "a value is missing"),
    ]
    section = report.sections[1]
    assert (section.rows, section.unreadable, section.pieces) == (6, 0, 8)
    assert (section.skipped, section.rejected, section.kept) == (2, 4, 2)
    assert section.unmapped == (("kind", "Koch", 1),)


def test_relationships_of_refused_entities_say_so(tmp_path: Path) -> None:
    mapping = (
        FIRMS.replace('{ constant = "company" }', '{ column = "t", values = { GmbH = "company" } }')
        + """
[[relationships]]
file = "ties.csv"
[relationships.fields]
source = "a"
target = "b"
kind = { constant = "affiliate" }
"""
    )
    tables, _ = read(tmp_path, mapping, firms="no,firm,t\n1,甲,GmbH\n2,乙,?\n", ties="a,b\n1,2\n")
    assert tables.rejected.select("file", "row", "column", "reason").rows() == [
        ("firms.csv", 3, "t", 'the mapping\'s value table has no "?"'),
        ("ties.csv", 2, "b", "the entity with this id was rejected"),
    ]


def test_extra_fields_ride_along_and_records_say_where_from(tmp_path: Path) -> None:
    mapping = (
        FIRMS
        + """
[[records]]
file = "fines.csv"
[records.fields]
id = "id"
entity = "firm"
type = { constant = "FINE" }
decided_on = { constant = 2024-01-31 }
court = "court"
"""
    )
    fines = "id,firm,court\nf1,1,Court\nf2,9,\n"
    path = put(tmp_path, mapping, firms=FIRMS_CSV, fines=fines)
    tables = read_tables(tmp_path, mapping=path)
    assert tables.records.select("decided_on", "court", "__file__", "__row__").rows() == [
        (dt.date(2024, 1, 31), "Court", "fines.csv", 2)
    ]
    assert tables.rejected.select("file", "row", "column", "value").rows() == [
        ("fines.csv", 3, "firm", "9")
    ]


def test_a_named_encoding(tmp_path: Path) -> None:
    path = put(tmp_path, FIRMS.replace('"firms.csv"', '"firms.csv"\nencoding = "cp1252"'))
    (tmp_path / "firms.csv").write_bytes("no;firm\n1;Bäckerei\n".encode("cp1252"))
    assert read_tables(tmp_path, mapping=path).entities["name"].to_list() == ["Bäckerei"]


# --- Mistakes -------------------------------------------------------------------------------------


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    mapping = """
entitys = 1
[[entities]]
file = "firm.csv"
[entities.fields]
id = "no"
kind = { constant = "company" }
name = "firm"
[[entities]]
file = "firms.csv"
distinkt = true
encoding = "utf-9"
where = { column = "x" }
[entities.fields]
id = { column = "no", constant = "1", padd = 6 }
kind = { constant = ["a"], unmapped = "drop" }
name = { column = "firm", date = "%Y-%m", pad = -1 }
[[entities]]
file = "firms.csv"
where = { column = "n0", blank = true }
[entities.fields]
id = "nos"
kind = { constant = "company" }
nme = { columns = ["firm"] }
[[records]]
file = "../else.csv"
[[relationships]]
file = "firms.csv"
[relationships.fields]
source = { column = "no", split = "/" }
target = { column = "no", split = "" }
kind = { column = "firm", split = "/" }
"""
    path = put(tmp_path, mapping, firms=FIRMS_CSV)
    with pytest.raises(MappingError) as caught:
        read_tables(tmp_path, mapping=path)
    words = str(caught.value)
    for expected in (
        f"{path}: 17 problem(s) in the mapping",
        'unknown key "entitys" (did you mean "entities"?)',
        f'entities[1].file: there is no "firm.csv" in {tmp_path} (did you mean "firms.csv"?)',
        'entities[2]: unknown key "distinkt" (did you mean "distinct"?)',
        "entities[2].encoding: there is no text encoding 'utf-9'",
        "entities[2].where: a column and one of equals, not, in",
        'entities[2].fields.id: unknown key "padd" (did you mean "pad"?)',
        "entities[2].fields.id: exactly one of column, columns and constant",
        "entities[2].fields.kind.constant: a single value is expected",
        "entities[2].fields.kind.unmapped: reject, keep or skip is expected",
        "entities[2].fields.kind.unmapped: this belongs to values",
        'entities[2].fields.name.date: "%Y-%m" is no format of a day',
        "entities[2].fields.name.pad: a width from 0 to 100",
        'entities[3].fields: name is missing (did you mean "nme"?)',
        'records[1].file: "../else.csv" does not lie inside the input folder',
        "records[1]: there are no fields",
        "relationships[1].fields.target.split: a separator is expected",
        "relationships[1].fields: only one field can be split, not source and kind",
    ):
        assert expected in words


def test_columns_that_are_not_there_are_named_with_near_ones(tmp_path: Path) -> None:
    mapping = FIRMS.replace('"firm"', '"Frm"').replace(
        'file = "firms.csv"', 'file = "firms.csv"\nwhere = { column = "x", blank = true }'
    )
    path = put(tmp_path, mapping, firms=FIRMS_CSV)
    with pytest.raises(MappingError) as caught:
        read_tables(tmp_path, mapping=path)
    assert (
        'entities[1].fields.name: firms.csv has no column "Frm" (did you mean "firm"?); '
        "found: no, firm"
    ) in str(caught.value)
    assert 'entities[1].where: firms.csv has no column "x"' in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[[entities]\n", "no valid TOML"),
        (b"\xff\xfe", "not in UTF-8"),
        (b"", r"there is no \[\[entities\]\] section"),
        (b"[entities]\nfile = 'a.csv'\n", r"double brackets: \[\[entities\]\]"),
    ],
)
def test_a_file_that_is_no_mapping(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "map.toml"
    path.write_bytes(content)
    with pytest.raises(MappingError, match=words):
        read_tables(tmp_path, mapping=path)


@settings(max_examples=max(60, settings().max_examples) if DEEP else 15)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from("AB C"),
            st.sampled_from("xy"),
            st.sampled_from(["p/q", "p", "s", "", "?"]),
        ),
        max_size=8,
    ),
    distinct=st.booleans(),
)
def test_no_row_is_lost_in_silence(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], *, distinct: bool
) -> None:
    folder = tmp_path_factory.mktemp("law")
    mapping = f"""
[[entities]]
file = "t.csv"
distinct = {str(distinct).lower()}
where = {{ column = "b", not = "y" }}
[entities.fields]
id = "a"
name = "b"
kind = {{ column = "c", split = "/", values = {{ p = "company", q = "robot", s = "" }} }}
"""
    text = "a,b,c\n" + "".join(",".join(row) + "\n" for row in rows)
    tables, report = read(folder, mapping, t=text)
    section = report.sections[0]
    assert section.rows == len(rows)
    assert section.filtered == sum(row[1] == "y" for row in rows)
    assert section.kept == tables.entities.height
    assert (section.rejected > 0) == (tables.rejected_rows > 0)


# --- Real files -----------------------------------------------------------------------------------


def real(name: str) -> tuple[Tables, InputReport]:
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    tables = read_mapped(folder, mapping=HERE / "mappings" / f"{name}.toml")
    for section in tables.report.sections:
        accounted(section)
    return tables, tables.report


def test_chinese_listed_companies() -> None:
    tables, report = real("cn_listed_executives")
    # 3,188 companies and 20,872 people, each id once.
    assert tables.entities["kind"].value_counts(sort=True).rows() == [
        ("person", 20_872),
        ("company", 3_188),
    ]
    posts = report.sections[2]
    # 24,775 rows name 29,073 titles. 35 of them are honorary chairs, who have no seat: 27 rows hold
    # nothing else. The other 24,748 rows are as many pairs of person and company, each once, so
    # that the further titles of a row (29,073 - 35 - 24,748 = 4,290) are the same directorship.
    assert (posts.rows, posts.pieces, posts.skipped) == (24_775, 29_073, 35)
    assert (posts.merged, posts.rejected, posts.kept) == (4_290, 0, 24_748)
    assert posts.unmapped == ()
    assert tables.relationships["kind"].unique().to_list() == ["director"]
    # Codes of the Shenzhen exchange got their zeros back: all have six digits.
    codes = tables.entities.filter(kind="company")["id"]
    assert codes.str.contains("^CN[0-9]{6}$").all()
    # 13 list entries; the 6 of the CMIC list have no date and are rejected for it.
    assert tables.records["type"].to_list() == ["US_EL"] * 7
    assert tables.rejected.select("file", "column", "reason").unique().rows() == [
        ("us_list_entries.csv", "listed_on", "a value is missing")
    ]
    assert tables.rejected["row"].to_list() == [3, 7, 9, 11, 13, 14]
    assert tables.flagged.select("file", "reason").rows() == [
        ("industry.csv", "no section of the mapping reads this file"),
        ("stock_industry.csv", "no section of the mapping reads this file"),
    ]


ALIKE = [
    (
        *("company.csv", 1401, "name"),
        "Lokalfunk Remscheid-Solingen Betriebsgesellschaft mbH & Co. KG",
        (
            'the same as "Lokalfunk Remscheid-SolingenBetriebsgesellschaft mbH & Co. KG" but for '
            "blanks or widths: are the two one?"
        ),
    ),
    (
        *("company.csv", 1662, "name", "MyVideo Broadband S.R.L."),
        'the same as "My Video Broadband S.R.L." but for blanks or widths: are the two one?',
    ),
]
"""Companies that the source has twice."""


def test_german_media_ownership() -> None:
    tables, report = real("german_media_ownership")
    assert (tables.entities.height, tables.relationships.height) == (3_065, 2_904)
    assert tables.rejected.height == 0
    assert sum(section.merged for section in report.sections) == 0
    # 47 shares are missing, and one company holds a share of itself, which is said.
    assert tables.flagged.rows() == [
        ("shares.csv", 1_677, "owns", "1115", "both ends are the same entity"),
        *ALIKE,
        ("media.csv", None, None, None, "no section of the mapping reads this file"),
    ]
    relationships = tables.relationships
    assert relationships["share"].null_count() == 47
    assert relationships.filter(pl.col("source") == pl.col("target")).height == 1
    # Per cent becomes a fraction without the error of a division.
    assert 0.3885 in relationships["share"].to_list()


def test_stakes_stated_to_the_sec() -> None:
    tables, report = real("sec_13d_control")
    # 10,593 stakes in 4,038 issuers; of the owners 7,835 are no issuers themselves.
    assert [section.kept for section in report.sections] == [4_038, 7_835, 10_593]
    assert [section.merged for section in report.sections] == [10_593 - 4_038, 10_593 - 7_835, 0]
    assert tables.rejected_rows == 0
    relationships = tables.relationships
    assert relationships.filter(pl.col("source") == pl.col("target")).height == 163
    assert relationships.columns[-3:] == ["control_class", "__file__", "__row__"]


def test_the_mappings_here_have_no_problems() -> None:
    for path in sorted((HERE / "mappings").glob("*.toml")):
        sections, problems = parse_mapping(path)
        assert sections
        assert not problems, path

"""Lists of partners as people have them: what is a code, what a name, and nothing lost."""

from __future__ import annotations

import io

import pytest

import trustgraph as tg
from trustgraph.partners.lists import MOST

USCC, LEI = "91350100M000100Y43", "5493001KJTIIGC8Y1R12"


def told(text: str) -> list[tuple[str | None, str | None]]:
    return [(one.code, one.name) for one in tg.parse_partners(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        ("\n \n", []),
        (f"{USCC}\n{LEI}", [(USCC, None), (LEI, None)]),
        ("深坑市政工程有限公司", [(None, "深坑市政工程有限公司")]),
        ("Acme Co., Ltd.\r\nBright, Inc.", [(None, "Acme Co., Ltd."), (None, "Bright, Inc.")]),
        (f"{USCC},宁波远航\n宁波远航；{USCC}", [(USCC, "宁波远航")] * 2),
        (f"宁波远航\t{USCC}", [(USCC, "宁波远航")]),
        ("企业名称,统一社会信用代码\n甲公司," + USCC, [(USCC, "甲公司")]),
        ("name\nAcme", [(None, "Acme")]),
        (f"id\tname\n{USCC}\t\n\tAcme", [(USCC, None), (None, "Acme")]),
        ('name;country\n"Acme; Sons";CN', [(None, "Acme; Sons")]),
        ('Say "cheese\nAcme', [(None, 'Say "cheese'), (None, "Acme")]),
        ("ABCDEFGHIJKLMNOPQR", [(None, "ABCDEFGHIJKLMNOPQR")]),
    ],
)
def test_pasted_lists(text: str, wanted: list[tuple[str | None, str | None]]) -> None:
    assert told(text) == wanted


def test_rows_are_those_of_the_list() -> None:
    assert [one.row for one in tg.parse_partners("name\n\nAcme\nBright")] == [3, 4]


def test_a_list_may_be_too_long() -> None:
    assert len(tg.parse_partners("A\n" * MOST)) == MOST
    with pytest.raises(tg.UsageError, match="2,000 partners at most"):
        tg.parse_partners("A\n" * (MOST + 1))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_files_of_any_encoding(encoding: str) -> None:
    data = "企业名称,代码\r\n深坑市政工程有限公司,\r\n".encode(encoding)
    (one,) = tg.read_partners(data, "list.csv")
    assert (one.code, one.name) == (None, "深坑市政工程有限公司")


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "empty"), (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no text has")]
)
def test_files_that_are_no_lists(data: bytes, words: str) -> None:
    with pytest.raises(tg.InputError, match=words):
        tg.read_partners(data, "list.csv")


@pytest.mark.parametrize(("data", "words"), [(b"", "empty"), (b"PK\x03\x04 no zip", "workbook")])
def test_files_that_cannot_be_read(data: bytes, words: str) -> None:
    if data:
        pytest.importorskip("fastexcel")
    with pytest.raises(tg.InputError, match=words):
        tg.read_partners(data, "list.xlsx")


def test_a_workbook() -> None:
    pytest.importorskip("fastexcel")
    xlsxwriter = pytest.importorskip("xlsxwriter")
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True})
    sheet = book.add_worksheet()
    for row, cells in enumerate(
        [["供应商名称", "信用代码"], ["甲公司", USCC], ["", ""], ["乙", ""]]
    ):
        sheet.write_row(row, 0, cells)
    book.close()
    found = tg.read_partners(kept.getvalue(), "list.xlsx")
    assert [(one.row, one.code, one.name) for one in found] == [
        (2, USCC, "甲公司"),
        (4, None, "乙"),
    ]


def test_nobody_of_a_table_is_left_out() -> None:
    """Neither for a header that is not known, nor for the row's own number in front."""
    table = "序号,对方单位名,信用代码\n1,甲公司,91350100M000100Y43\n2,乙公司,\n3,丙公司,\n"
    told = [(one.row, one.code, one.name) for one in tg.parse_partners(table)]
    assert told == [(2, "91350100M000100Y43", None), (3, None, "乙公司"), (4, None, "丙公司")]
    known = "序号,合作单位\n1,甲公司\n2,乙公司\n"
    assert [one.name for one in tg.parse_partners(known)] == ["甲公司", "乙公司"]
    bare = "1\t甲公司\n2、\t乙公司\n"
    assert [one.name for one in tg.parse_partners(bare)] == ["甲公司", "乙公司"]


def test_names_in_one_line_and_marks_at_its_end() -> None:
    told = tg.parse_partners("甲公司；乙公司\n丙公司，\nAcme Co., Ltd.\n丁公司；\n")
    assert [(one.row, one.name) for one in told] == [
        *((1, "甲公司"), (1, "乙公司"), (2, "丙公司"), (3, "Acme Co., Ltd."), (4, "丁公司")),
    ]
    assert tg.parse_partners("；\n;;\n，\n") == []
    assert [one.name for one in tg.parse_partners("360\n1；甲公司\n")] == ["360", "1", "甲公司"]

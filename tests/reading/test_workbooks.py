"""Workbooks as a mapping reads them: a sheet below its notes, and what is none."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from mapped_files import firms, mapped

from trustgraph.errors import InputError, MappingError
from trustgraph.reading import file_rows, read_mapped


@pytest.fixture
def book(tmp_path: Path) -> Path:
    openpyxl = pytest.importorskip("openpyxl", reason="make install-formats")
    made = openpyxl.Workbook()
    notes = made.active
    notes.title = "说明"
    notes.append(["nothing of interest"])
    page = made.create_sheet("企业")
    page.append([])
    page.append(["某网站导出，仅供参考"])
    page.append(["no", "name", "成立日期", "序列", "持股比例"])
    page.append(["000123", "甲", dt.date(2024, 5, 6), 45418, 0.385])
    hour = dt.datetime(2024, 5, 6, 13, 30)  # noqa: DTZ001  # workbooks know no time zones
    page.append([None, "乙", hour, 36526, "50%-67%"])
    page.append([])
    page.append([101, "丙", "2024/5/6", "", True])
    page.merge_cells("A4:A5")
    path = tmp_path / "book.xlsx"
    made.save(path)
    return path


def test_a_sheet_below_its_notes(book: Path, tmp_path: Path) -> None:
    fields = (
        'id = "no"\nstart = { column = "成立日期", date = ["YYYY-MM-DD", "YYYY/M/D"] }\n'
        'end = { column = "序列", date = "serial" }'
    )
    tables = mapped(tmp_path, firms('sheet = "企业"', fields, book.name))
    day = dt.date(2024, 5, 6)
    assert tables.entities.select("id", "start", "end").rows() == [
        ("000123", day, day),
        ("101", day, None),
    ]
    # Row 5 has an hour in its day, and no id of its own.
    assert set(tables.rejected["row"]) == {5}
    (file,) = tables.report.files
    assert (file.format, file.rows, file.columns_unused) == ("workbook", 3, ("持股比例",))
    assert (file.sheet, file.told()["sheet"]) == ("企业", "企业")
    told = 'no section of the mapping reads the sheet "说明"'
    assert tables.flagged.rows() == [("book.xlsx", None, None, None, told)]
    filled = fields.replace(
        'id = "no"', 'id = { column = "name" }\nuscc = { column = "no", fill = true }'
    )
    again = mapped(tmp_path, firms("sheet = 2", filled, book.name))
    assert again.entities["uscc"].to_list()[0] == "000123"


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ('sheet = "公司"', "its sheets are: 说明, 企业"),
        ("sheet = 3", "there is no sheet 3"),
        ("sheet = 0", r"sheet: its name, or its number from 1"),
        ("header_row = 99", "row 99 is a header: nothing stands there"),
        ("", 'has no column "no"'),
    ],
)
def test_what_is_wrong_with_a_sheet_is_said(
    keys: str, words: str, book: Path, tmp_path: Path
) -> None:
    with pytest.raises((InputError, MappingError), match=words):
        mapped(tmp_path, firms(keys, file=book.name))


def _no_sheet() -> bytes:
    made, emptied = io.BytesIO(), io.BytesIO()
    pl.DataFrame({"no": ["1"]}).write_excel(made)
    with zipfile.ZipFile(made) as book, zipfile.ZipFile(emptied, "w") as packed:
        for part in book.namelist():
            packed.writestr(part, re.sub(b"<sheets>.*</sheets>", b"<sheets/>", book.read(part)))
    return emptied.getvalue()


def test_what_is_no_workbook(tmp_path: Path) -> None:
    pytest.importorskip("fastexcel", reason="make install-dashboard")
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0" + "EncryptedPackage".encode("utf-16-le")
    for data, said in (
        (b"", "the file is empty"),
        (b"PK\x03\x04rubbish\0", "no workbook that can be read: it is damaged, or something else"),
        (_no_sheet(), "this workbook has no sheet"),
        (b"no,name\n1,x\n", "this is text under the name of a workbook"),
        (b"\xef\xbb\xbf\r\n<table><tr><td>no</td></tr></table>", "this is HTML or XML under"),
        (locked, "locked with a password"),
    ):
        (tmp_path / "firms.xlsx").write_bytes(data)
        with pytest.raises(InputError, match=said) as raised:
            mapped(tmp_path, firms(file="firms.xlsx"))
        assert "calamine" not in str(raised.value)


def test_a_workbook_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many sections it has, and for its header as well."""
    openpyxl = pytest.importorskip("openpyxl", reason="make install-formats")
    book = openpyxl.Workbook()
    for row in (["name", "boss"], ["Acme", "Li"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    mapping = """
entities = [
  { file = "a.xlsx", fields = { id = "name", name = "name", kind = { constant = "company" } } },
  { file = "a.xlsx", fields = { id = "boss", name = "boss", kind = { constant = "person" } } },
]
"""
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    read: list[str] = []
    real = file_rows.read_workbook

    def counted(path: Path, **more: Any) -> pl.DataFrame:
        read.append(path.name)
        return real(path, **more)

    monkeypatch.setattr(file_rows, "read_workbook", counted)
    tables = read_mapped(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.entities["id"].to_list() == ["Acme", "Li"]
    assert read == ["a.xlsx"]

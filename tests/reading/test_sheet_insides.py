"""What stands in a sheet beside values: cells merged over several rows, errors, bare formulas."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path
from xml.etree.ElementTree import ParseError

import pytest

from trustgraph.reading import read_mapped
from trustgraph.reading.sheet_insides import Inside, _parsed, inside
from trustgraph.reading.workbooks import sheet_rows

openpyxl = pytest.importorskip("openpyxl")

ROWS = [
    ["企业", "股东", "比例"],
    ["甲", "a", 0.5],
    [None, "b", 0.3],
    [None, "c", 0.2],
    ["乙", "d", 1],
    [None, "e", 0.1],
]


def book(
    path: Path, merged: list[str], *, corner: tuple[int, int] = (1, 1), sheet: str = "股东"
) -> Path:
    made = openpyxl.Workbook()
    made.active.title = "说明"
    page = made.create_sheet(sheet)
    for row, cells in enumerate(ROWS, corner[0]):
        for column, cell in enumerate(cells, corner[1]):
            if cell is not None:
                page.cell(row, column, cell)
    for one in merged:
        page.merge_cells(one)
    made.save(path)
    return path


def first_column(path: Path, sheet: str = "股东") -> list[str | None]:
    return [row[0] for _, row in sheet_rows(path, path.name, sheet) if any(row)]


@pytest.mark.parametrize(
    ("merged", "corner"), [("A2:A4", (1, 1)), ("C4:C6", (3, 3)), ("AB2:AB4", (1, 28))]
)
def test_each_row_has_the_value(merged: str, corner: tuple[int, int], tmp_path: Path) -> None:
    """Wherever the table begins; what is blank without being merged stays blank."""
    path = book(tmp_path / "a.xlsx", [merged], corner=corner)
    assert first_column(path) == ["企业", "甲", "甲", "甲", "乙", None]


def test_of_several_columns_the_first_is_filled(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ["A5:B6"])
    rows = [row for _, row in sheet_rows(path, "a", "股东")]
    assert rows[5] == ["乙", None, "0.1"]  # openpyxl empties what it merges away


def test_a_table_through_a_mapping(tmp_path: Path) -> None:
    book(tmp_path / "a.xlsx", ["A2:A4", "A5:A6"])
    (tmp_path / "map.toml").write_text(
        '[[entities]]\nfile = "a.xlsx"\nsheet = "股东"\ndistinct = true\n'
        'fields = { id = "企业", name = "企业", kind = { constant = "company" } }\n'
        '[[entities]]\nfile = "a.xlsx"\nsheet = "股东"\n'
        'fields = { id = "股东", name = "股东", kind = { constant = "company" } }\n'
        '[[relationships]]\nfile = "a.xlsx"\nsheet = "股东"\n'
        'fields = { source = "股东", target = "企业", share = "比例", '
        'kind = { constant = "shareholder" } }\n',
        encoding="utf-8",
    )
    tables = read_mapped(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.rejected.is_empty()
    rows = tables.relationships.select("source", "target", "share").rows()
    assert rows == [
        *(("a", "甲", 0.5), ("b", "甲", 0.3), ("c", "甲", 0.2)),
        *(("d", "乙", 1.0), ("e", "乙", 0.1)),
    ]


@pytest.mark.parametrize("writer", ["prefixed", "strict", "absolute"])
def test_as_other_programs_write_it(writer: str, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ["A2:A4"])
    other = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if name.startswith("xl/worksheets/sheet") and writer == "prefixed":
                text = text.replace("<mergeCell ", "<mergeCell x='1' ")
            if name.endswith("workbook.xml.rels") and writer == "absolute":
                assert 'Target="/xl/' in text
                text = text.replace('Target="/xl/', 'Target="')
            if name == "xl/workbook.xml" and writer == "strict":
                main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
                assert main in text
            new.writestr(name, text)
    assert first_column(other) == ["企业", "甲", "甲", "甲", "乙", None]


@pytest.mark.parametrize("overlapping", ["A2:A4", "A1:A1048576"])
def test_merged_cells_that_mean_harm(overlapping: str, tmp_path: Path) -> None:
    """A million of one range, and rows that no sheet has, end soon and change nothing."""
    path = book(tmp_path / "a.xlsx", ["A2:A4"])
    other = tmp_path / "b.xlsx"
    more = "".join(f'<mergeCell ref="{overlapping}"/>' for _ in range(100_000))
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            new.writestr(name, text.replace("<mergeCell ", f"{more}<mergeCell ", 1))
    assert first_column(other) == ["企业", "甲", None, None, "乙", None]


def test_a_sheet_of_many_blocks(tmp_path: Path) -> None:
    """Cells are looked through piece by piece: more than one is read."""
    made = openpyxl.Workbook()
    page = made.active
    drawn = random.Random(1)
    for row in range(1, 8_001):
        for column in range(2, 8):
            page.cell(row, column, str(drawn.random()) * 2)
    page.cell(7_001, 2, "甲")
    page.merge_cells("B7001:B7003")
    path = tmp_path / "a.xlsx"
    made.save(path)
    with zipfile.ZipFile(path) as old:
        assert old.getinfo("xl/worksheets/sheet1.xml").file_size > 1 << 20
    rows = sheet_rows(path, "a", 1)
    assert [rows[place][1][0] for place in (7_000, 7_001, 7_002)] == ["甲"] * 3
    assert rows[7_003][1][0] != "甲"


@pytest.mark.parametrize("harm", ["figures", "letters", "packed", "part"])
def test_a_damaged_workbook_has_no_merged_cells(harm: str, tmp_path: Path) -> None:
    """Nothing but what says which cells are merged is damaged: no fault, and no guess."""
    path = book(tmp_path / "a.xlsx", ["A2:A4"])
    data = path.read_bytes()
    if harm == "packed":  # the bytes behind the name of the part, in the archive
        at = data.index(b"xl/workbook.xml") + len("xl/workbook.xml")
        data = data[: at + 8] + bytes([255]) * 24 + data[at + 32 :]
        assert not inside(data, "股东", (6, 3)).merged
        return
    other = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if harm == "part" and name.endswith("workbook.xml.rels"):
                text = text.replace("worksheets", "nowhere")
            far = {"figures": f"A{'9' * 5000}", "letters": f"{'Z' * 5000}4"}.get(harm, "A4")
            new.writestr(name, text.replace('ref="A2:A4"', f'ref="A2:{far}"'))
    assert not inside(other.read_bytes(), "股东", (6, 3)).merged


def test_errors_and_formulas_without_a_result_are_no_blanks(tmp_path: Path) -> None:
    """A record whose end is #N/A has an end that nobody knows, and not none."""
    pytest.importorskip("fastexcel", reason="make install-dashboard")
    book = openpyxl.Workbook()
    for row in (
        ["id", "who", "day", "end", "amount"],
        ["R1", "C1", "2025-05-31", "#N/A", 5],
        ["R2", "C1", "2025-06-01", "=C2+365", 5],
        ["R3", "C1", "2025-06-02", None, "=1+#REF!"],
        ["R4", "#VALUE!", "2025-06-03", None, 5],
        ["R5", "C1", "2025-06-04", None, 5],
    ):
        book.active.append(row)
    book.save(tmp_path / "r.xlsx")
    (tmp_path / "e.csv").write_text("id,kind,name\nC1,company,示甲\n", encoding="utf-8")
    mapping = """
[[entities]]
file = "e.csv"
fields = { id = "id", kind = "kind", name = "name" }
[[records]]
file = "r.xlsx"
[records.fields]
id = "id"
entity = "who"
type = { constant = "COURT_DEFAULTER" }
decided_on = "day"
ends_on = "end"
amount = "amount"
"""
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    tables = read_mapped(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.records["id"].to_list() == ["R5"]
    assert tables.rejected.select("row", "column", "value").rows() == [
        (2, "end", "#N/A"),
        (3, "end", "#NO RESULT!"),
        (4, "amount", "#NO RESULT!"),
        (5, "who", "#VALUE!"),
    ]
    assert all("a formula's error" in reason for reason in tables.rejected["reason"])
    blank = mapping.replace('file = "r.xlsx"', 'file = "r.xlsx"\nblank = ["#N/A", "#NO RESULT!"]')
    (tmp_path / "map.toml").write_text(blank, encoding="utf-8")
    tables = read_mapped(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.records["id"].to_list() == ["R1", "R2", "R3", "R5"]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (b'<c r="B2" t="e"><v>#N/A</v></c>', "#N/A"),
        (b'<c s="3" t="e" r="B2"><f>A1+#REF!</f><v>#REF!</v></c>', "#REF!"),
        (b'<x:c r="B2" t="e"><x:f/><x:v>#DIV/0!</x:v></x:c>', "#DIV/0!"),
        (b'<c r="B2"><f>1+1</f></c>', "#NO RESULT!"),
        (b'<c r="B2"><f t="shared" si="0"/><v/></c>', "#NO RESULT!"),
        (b'<c r="B2"><f>1+1</f><v>2</v></c>', None),
        (b'<c r="B2" t="str"><f>""</f><v></v></c>', None),
        (b'<c r="B2" t="inlineStr"><is><t>&lt;f&gt;</t></is></c>', None),
    ],
)
def test_cells_without_a_value(cell: bytes, said: str | None) -> None:
    book = io.BytesIO()
    space = b'xmlns:x="x" xmlns:r="r"'
    parts = {
        "xl/workbook.xml": b"<workbook %s><sheets><sheet name='S' r:id='1'/></sheets></workbook>"
        % space,
        "xl/_rels/workbook.xml.rels": b"<Relationships><Relationship Id='1' Target='s.xml'/>"
        b"</Relationships>",
        "xl/s.xml": b'<worksheet %s><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        b'<row r="2"><c r="A2"><v>1</v></c><c r="B1"><v>1</v></c>%s</row></sheetData></worksheet>'
        % (space, cell),
    }
    with zipfile.ZipFile(book, "w") as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    found = inside(book.getvalue(), "S", (2, 2))
    assert list(found.broken) == ([] if said is None else [(1, 2, said)])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_part_with_a_document_type_is_not_looked_into(encoding: str) -> None:
    """Whatever its encoding: entities can grow to any size."""
    told = f"<?xml version='1.0' encoding='{encoding}'?>"
    bomb = told + '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>'
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as packed:
        packed.writestr("xl/workbook.xml", bomb.encode(encoding))
    assert inside(book.getvalue(), "S", (2, 2)) == Inside()
    with zipfile.ZipFile(book) as packed, pytest.raises(ParseError, match="no document type"):
        _parsed(packed, "xl/workbook.xml")

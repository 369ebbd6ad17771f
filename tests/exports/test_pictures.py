"""SVG, DOT, HTML and workbooks: well formed, whole, and no name in them is more than text."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import polars as pl
import pytest
from exporting import extracted
from hostile import HOSTILE
from hypothesis import given, settings
from strategies import seeds

import trustgraph as tg
from trustgraph.exports.dot import write_dot
from trustgraph.exports.drawing import svg_of, write_png
from trustgraph.exports.html_page import write_html
from trustgraph.exports.look import COLOURS
from trustgraph.exports.picture_words import _POSTS
from trustgraph.exports.plain_tables import write_xlsx
from trustgraph.exports.source import OfSubgraph
from trustgraph.schema import RELATIONSHIP_KINDS

SVG = "{http://www.w3.org/2000/svg}"
DAY: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}


@pytest.fixture(scope="module")
def hostile() -> tg.Subgraph:
    usable = [text.encode("utf-8", "replace").decode() for text in HOSTILE]
    usable += ["=1+1", "@A", "-1", "+1", "</title><script>alert(1)</script>", 'a"];b [x="']
    rows = [{"id": f"H{n}", "kind": "company", "name": name} for n, name in enumerate(usable)]
    held = [
        {"source": f"H{n}", "target": f"H{n + 1}", "kind": "shareholder", "share": 0.5}
        for n in range(len(rows) - 1)
    ]
    tables = tg.check_tables(pl.DataFrame(rows), pl.DataFrame(held))
    return tg.extract(tg.score(tables, **DAY), around=[row["id"] for row in rows], hops=0)


@settings(max_examples=settings().max_examples // 5)
@given(seed=seeds)
def test_a_picture_has_everybody_in_it(seed: int) -> None:
    found = extracted(seed)
    root = ET.fromstring(svg_of(OfSubgraph(found)))  # noqa: S314  # ours
    titles = [one.text or "" for one in root.iter(f"{SVG}title")]
    for row in found.nodes.iter_rows(named=True):
        assert " ".join(row["name"].split()) in {" ".join(one.split()) for one in titles}
    lines = [one for one in root.iter(f"{SVG}path") if one.get("class") == "tie"]
    told = [(one.findtext(f"{SVG}title") or "").split("; ") for one in lines]
    assert sum(map(len, told)) == found.edges.height  # one line may tell of several
    ended = [one for one in lines if one.get("stroke-dasharray") == "6 5"]
    past = [len(title) for one, title in zip(lines, told, strict=True) if one in ended]
    assert sum(past) == found.edges.filter(~pl.col("current")).height
    width, height = (float(root.attrib["viewBox"].split()[at]) for at in (2, 3))
    assert width > 0 < height


def test_every_line_says_what_it_is() -> None:
    assert set(_POSTS) == {kind.name for kind in RELATIONSHIP_KINDS} - {"shareholder"} | {"control"}
    entities = pl.DataFrame(
        {
            "id": ["C", "P", "S"],
            "kind": ["company", "person", "company"],
            "name": ["Acme", "王", "S"],
        }
    )
    held = pl.DataFrame(
        {
            "source": ["P", "P", "P", "S"],
            "target": ["C", "C", "C", "C"],
            "kind": ["director", "legal_representative", "shareholder", "supplier"],
            "share": [None, None, 0.4, 0.9],
        }
    )
    result = tg.score(tg.check_tables(entities, held), **DAY)
    for lang, wanted in (
        ("en", {"director", "legal rep.", "40%", "supplies 90%"}),
        ("zh", {"董事", "法定代表人", "40%", "供应 90%"}),
    ):
        picture = svg_of(OfSubgraph(tg.extract(result, around="C", lang=lang)))
        root = ET.fromstring(picture)  # noqa: S314  # ours
        assert wanted <= {one.text for one in root.iter(f"{SVG}text")}
        # Both posts are one line, the holding another, for they do not look alike.
        assert len([one for one in root.iter(f"{SVG}path") if one.get("class") == "tie"]) == 3


def test_who_is_named_is_called_by_name() -> None:
    entities = pl.DataFrame(
        {"id": ["C", "p1 secret"], "kind": ["company", "person"], "name": ["Acme", "王小明"]}
    )
    held = pl.DataFrame({"source": ["p1 secret"], "target": ["C"], "kind": ["director"]})
    result = tg.score(tg.check_tables(entities, held), **DAY)
    masked = svg_of(OfSubgraph(tg.extract(result, around="C")))
    named = svg_of(OfSubgraph(tg.extract(result, around="C", unmask=True, purpose="audit")))
    assert ">王小明<" in named
    assert "secret" not in named + masked
    assert "王小明" not in masked


def test_names_in_a_picture_are_only_text(hostile: tg.Subgraph, tmp_path: Path) -> None:
    root = ET.fromstring(svg_of(OfSubgraph(hostile)))  # noqa: S314  # ours
    kinds = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert kinds <= {
        *("svg", "title", "desc", "rect", "defs", "marker", "path", "text", "g", "circle"),
        "polygon",
    }
    write_html(OfSubgraph(hostile), tmp_path / "x.html")
    text = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert text.count("<script>") == 1
    assert "&lt;script&gt;" in text
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", text)


@pytest.mark.parametrize("kind", sorted(COLOURS))
def test_letters_can_be_read_on_their_ground(kind: str) -> None:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [
            one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    ink, ground = sorted(map(light, COLOURS[kind]))
    assert (ground + 0.05) / (ink + 0.05) >= 4.5


def test_dot_has_a_line_each(hostile: tg.Subgraph, tmp_path: Path) -> None:
    write_dot(OfSubgraph(hostile), tmp_path / "x.dot")
    lines = (tmp_path / "x.dot").read_text(encoding="utf-8").splitlines()
    text = r'"(?:[^"\\]|\\.)*"'
    node = re.compile(rf'  {text} \[label={text}, shape=\w+, color="#\w+", fillcolor="#\w+"\];')
    edge = re.compile(rf'  {text} -> {text} \[label={text}, color="#\w+", style=\w+\];')
    assert sum(bool(node.fullmatch(line)) for line in lines) == hostile.nodes.height
    assert sum(bool(edge.fullmatch(line)) for line in lines) == hostile.edges.height
    assert len(lines) == hostile.nodes.height + hostile.edges.height + 6


@pytest.mark.skipif(find_spec("resvg_py") is None, reason="no resvg_py here: make install-formats")
def test_png_is_one(tmp_path: Path) -> None:
    write_png(OfSubgraph(extracted(1)), tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


needs_openpyxl = pytest.mark.skipif(
    find_spec("openpyxl") is None, reason="no openpyxl here: make install-formats"
)


@needs_openpyxl
@settings(max_examples=settings().max_examples // 5)
@given(seed=seeds)
def test_a_workbook_comes_back(seed: int) -> None:
    from openpyxl import load_workbook  # noqa: PLC0415  # may be missing

    found = extracted(seed)
    with tempfile.TemporaryDirectory() as folder:
        write_xlsx(OfSubgraph(found), Path(folder, "x.xlsx"))
        book = load_workbook(Path(folder, "x.xlsx"))
    assert book.sheetnames == ["nodes", "edges", "records", "ledger", "consequences", "about"]
    for name in book.sheetnames[:-1]:
        frame: pl.DataFrame = getattr(found, name)
        head, *rows = book[name].iter_rows(values_only=True)
        assert list(head) == frame.columns
        assert len(rows) == frame.height
        for row, cells in zip(frame.rows(), rows, strict=True):
            for value, cell in zip(row, cells, strict=True):
                got = cell.date() if isinstance(cell, dt.datetime) else cell
                told = "; ".join(value) if isinstance(value, list) else value
                if isinstance(told, float):  # sixteen digits is what a workbook keeps
                    assert got == pytest.approx(told, rel=1e-15)
                else:
                    assert got == (told if told != "" else None)


@needs_openpyxl
def test_no_cell_of_a_workbook_is_a_formula(hostile: tg.Subgraph, tmp_path: Path) -> None:
    from openpyxl import load_workbook  # noqa: PLC0415  # as above

    write_xlsx(OfSubgraph(hostile), tmp_path / "x.xlsx")
    book = load_workbook(tmp_path / "x.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert not any(cell.hyperlink for cell in cells)
    assert "=1+1" in {cell.value for cell in cells}


@needs_openpyxl
def test_a_long_table_goes_on_in_the_next_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from openpyxl import load_workbook  # noqa: PLC0415  # as above

    for place in ("spreadsheets", "plain_tables"):
        monkeypatch.setattr(f"trustgraph.exports.{place}.MOST_ROWS", 4)
    found = extracted(3)
    write_xlsx(OfSubgraph(found), tmp_path / "x.xlsx")
    book = load_workbook(tmp_path / "x.xlsx")
    sheets = [name for name in book.sheetnames if name.startswith("edges")]
    assert len(sheets) == -(-found.edges.height // 4)
    rows = [row[0] for name in sheets for row in book[name].iter_rows(min_row=2, values_only=True)]
    assert rows == found.edges["id"].to_list()

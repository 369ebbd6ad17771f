"""From files as a website exports them, in GB18030, to the list: guess, edit, map, score, ask."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import polars as pl
import pytest
from cli_support import Run
from exported_files import JULY, JUNE, filled, write_exported
from hypothesis import given
from hypothesis import strategies as st
from places import PROJECT

import trustgraph as tg
from trustgraph.reading.guessing import guess_mapping
from trustgraph.reading.mapping import parse_mapping
from trustgraph.reading.same_names import MOST_OF_A_NAME, same_names
from trustgraph.tables.sheet import FILE, ROW

pytest_plugins = ["cli_fixtures"]
FILES = {
    "企业信息": """企业名称,统一社会信用代码,法定代表人,登记状态,成立日期,注册资本(万元),所属行业
甲城建设有限公司,91330106MA2B0000X1,王一,存续,2015/3/2,5000,E48
乙河商贸有限公司,91330106MA2B0000X2,李二,存续,2018/11/20,200,F51
丙山物流有限公司,91330106MA2B0000X3,王一,吊销,2012/1/9,-,G54
""",
    "股东信息": """被投资企业名称,股东名称,持股比例,认缴出资日期
甲城建设有限公司,乙河商贸有限公司,60.00%,2016/1/1
丙山物流有限公司,甲城建设有限公司,50%-67%,-
""",
    "高管": "公司名称,姓名,职务\n甲城建设有限公司,赵三,董事\n乙河商贸有限公司,王一,监事\n",
    "失信名单": """企业名称,案号,列入日期,执行法院,执行标的(万元)
乙河商贸有限公司,(2025)浙01执1号,2025年6月3日,杭州中院,120.5
""",
    "处罚": """单位名称,处罚决定书文号,处罚类型,处罚日期,处罚机关,罚款金额(元)
丙山物流有限公司,杭罚〔2026〕1号,重大税收违法,2026-01-05,税务局,"1,200,000"
""",
    "供应商": "供应商名称,采购方,采购占比\n丙山物流有限公司,甲城建设有限公司,30%\n",
}


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    folder = tmp_path / "exported"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / f"{name}.csv").write_bytes(text.replace("\n", "\r\n").encode("gb18030"))
    return folder


def test_from_exported_files_to_the_list(exported: Path, run: Run, tmp_path: Path) -> None:
    proposal = tmp_path / "guessed.toml"
    said = run("guess", *sorted(exported.glob("*.csv")), "--out", proposal)
    assert said.code == 0, said.err
    text = proposal.read_text(encoding="utf-8")
    assert tomllib.loads(text)
    assert text.count("FILL_IN") == 2
    assert "# Not used: 注册资本(万元)" in text
    assert "names are what joins the files" in text
    # What a person has to add: which lists these are.
    text = text.replace('"重大税收违法" = "FILL_IN"', '"重大税收违法" = "TAX_MAJOR"')
    text = text.replace('constant = "FILL_IN"', 'constant = "COURT_DEFAULTER"')
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")

    mapped = tmp_path / "tables"
    said = run("map", exported, "--mapping", tmp_path / "map.toml", "--out", mapped)
    assert said.code == 0, said.err
    assert "gb18030" in said.out
    tables = tg.read_tables(mapped)
    assert tables.rejected.is_empty()
    firms = tables.entities.filter(kind="company")
    assert sorted(firms["id"]) == ["丙山物流有限公司", "乙河商贸有限公司", "甲城建设有限公司"]
    assert firms["uscc"].null_count() == 0
    assert firms.filter(id="丙山物流有限公司")["status"].to_list() == ["revoked"]
    shares = tables.relationships.filter(kind="shareholder").sort("target")
    assert shares.select("share_min", "share_max").rows() == [(0.5, 0.67), (0.6, 0.6)]
    amounts = dict(tables.records.select("type", "amount").iter_rows())
    assert amounts == {"TAX_MAJOR": 1_200_000.0, "COURT_DEFAULTER": 1_205_000.0}
    same = tables.relationships.filter(kind="possibly_same")
    assert same.height == 3
    assert same["confidence"].unique().to_list() == [pytest.approx(1 / 3, abs=1e-4)]

    assert run("score", mapped, "--out", tmp_path / "run", "--as-of", "2026-06-30").code == 0
    again = run("score", exported, "--mapping", tmp_path / "map.toml", "--out", tmp_path / "other",
                "--as-of", "2026-06-30")  # fmt: skip
    assert again.code == 0
    one, other = (pl.read_parquet(tmp_path / name / "scores.parquet") for name in ("run", "other"))
    assert one.equals(other)
    partners = tmp_path / "partners.txt"
    partners.write_text("\n".join(firms["name"]), encoding="utf-8")
    listed = run("list", tmp_path / "run", "--partners", partners, "--json").json["rows"]
    expected = one.sort("grade", "score_micro", descending=[True, False])["entity"].to_list()
    assert [row["entity"] for row in listed] == expected
    shared = run("common", tmp_path / "run", "--partners", partners, "--json").json["shared"]
    assert {"乙河商贸有限公司", "甲城建设有限公司"} <= {row["entity"] for row in shared}


def test_where_all_have_codes_codes_join_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("信用代码,企业名称\n91330106MA2B0000X1,甲\n", encoding="utf-8")
    text = guess_mapping([tmp_path / "a.csv"])
    assert 'id = "信用代码"' in text
    assert "joins the files" not in text


def test_every_column_is_used_or_told(tmp_path: Path) -> None:
    """Posts have a day, suppliers a share of what is bought; what nothing reads is said."""
    files = {
        "posts.csv": "企业名称,姓名,职务,任职日期,采购占比\n甲,王某,董事,2020/1/2,1%\n",
        "trade.csv": "供应商,客户,采购占比,合作日期,销售占比\n甲,乙,12.5%,2021年3月4日,7%\n",
        "held.csv": "企业名称,股东名称,认缴出资日期\n甲,乙,2019-08-07\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    guessed = guess_mapping([tmp_path / name for name in files])
    unused = [line for line in guessed.split("\n") if line.startswith("# Not used")]
    assert unused == ["# Not used: 采购占比", "# Not used: 销售占比"]
    (tmp_path / "map.toml").write_text(guessed, encoding="utf-8")
    tables = tg.read_tables(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.rejected.is_empty()
    rows = tables.relationships.sort("kind").select("kind", "start", "share").rows()
    assert rows == [
        ("director", dt.date(2020, 1, 2), None),
        ("shareholder", dt.date(2019, 8, 7), None),
        ("supplier", dt.date(2021, 3, 4), 0.125),
    ]


def test_a_form_that_guess_does_not_know_is_said(tmp_path: Path) -> None:
    """A proposal that rejects every row looks like any other: the cell that will be is told."""
    text = (
        "被执行人,案号,立案时间,执行标的\n"
        '甲贸易有限公司,(2024)浙01执1号,2024/5/6,"1,000.50"\n'
        "乙贸易有限公司,(2024)浙01执2号,6 May 2024,约5万元\n"
    )
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    lines = guess_mapping([tmp_path / "a.csv"]).splitlines()
    day = '# "6 May 2024" is no day of a form known here: say which by `date`.'
    assert lines[lines.index(day) + 1].startswith('decided_on = { column = "立案时间", date = [')
    amount = '# "约5万元" is no number.'
    assert lines[lines.index(amount) + 1].startswith('amount = { column = "执行标的"')
    known = text.replace("6 May 2024", "2024/5/7").replace("约5万元", "５０")
    (tmp_path / "a.csv").write_text(known, encoding="utf-8")
    proposed = guess_mapping([tmp_path / "a.csv"])
    assert "form known" not in proposed
    assert "is no number" not in proposed


def test_map_overwrites_nothing_and_guess_neither(exported: Path, run: Run, tmp_path: Path) -> None:
    file = exported / "企业信息.csv"
    before = file.read_bytes()
    assert run("guess", file, "--out", file).code == 2
    (tmp_path / "map.toml").write_text(guess_mapping([file]), encoding="utf-8")
    words = ["map", exported, "--mapping", tmp_path / "map.toml"]
    assert run(*words, "--out", exported, "--overwrite").code == 2
    assert run(*words, "--out", tmp_path / "out").code == 0
    assert run(*words, "--out", tmp_path / "out").code == 2
    assert run(*words, "--out", tmp_path / "out", "--overwrite").code == 0
    assert file.read_bytes() == before
    far = run("guess", file, tmp_path / "map.toml")
    assert "different folders" in far.err


HEADS = st.sampled_from(
    [
        *("企业名称", "统一社会信用代码", "法定代表人", "股东名称", "持股比例", "列入日期", "案号"),
        *("姓名", "职务", "供应商", "客户", "金额(万元)", "status", "name", "备注", "处罚类型"),
    ]
)
CELLS = st.sampled_from(["", "甲", "50%", "2024/5/6", "45418", "-", "x", "1,200", "低于5%"])


@given(heads=st.lists(HEADS, min_size=1, max_size=9, unique=True), data=st.data())
def test_any_headers_give_a_mapping_that_parses(
    heads: list[str], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = data.draw(
        st.lists(st.lists(CELLS, min_size=len(heads), max_size=len(heads)), max_size=3)
    )
    folder = tmp_path_factory.mktemp("guess")
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [heads, *rows])
    (folder / "a.csv").write_text(text + "\n", encoding="utf-8")
    (folder / "map.toml").write_text(guess_mapping([folder / "a.csv"]), encoding="utf-8")
    _, problems = parse_mapping(folder / "map.toml")
    known = "there is no [[entities]] section", "FILL_IN is left of the proposal"
    assert [one for one in problems if not any(words in one for words in known)] == []


def test_names_that_many_have_say_nothing() -> None:
    def persons(count: int) -> pl.DataFrame:
        rows = {"id": [f"p{n}" for n in range(count)], "name": "Li", "kind": "person"}
        return pl.DataFrame(rows).with_columns(pl.lit("f").alias(FILE), pl.lit(2).alias(ROW))

    tied = same_names([persons(MOST_OF_A_NAME)])
    assert tied.height == MOST_OF_A_NAME * (MOST_OF_A_NAME - 1) // 2
    assert set(tied["confidence"]) == {"0.05"}
    assert same_names([persons(MOST_OF_A_NAME + 1)]).is_empty()


def test_each_two_of_a_name_are_tied_however_wide_it_is_set() -> None:
    """From any of them each of the others is one step away."""
    rows = {"id": list("abcd"), "name": ["李　明", "李明", "李 明", "Li Ming"], "kind": "person"}
    frame = pl.DataFrame(rows).with_columns(pl.lit("f").alias(FILE), pl.lit(2).alias(ROW))
    tied = same_names([frame]).select("source", "target").rows()
    assert sorted(tied) == [("b", "a"), ("c", "a"), ("c", "b")]


def test_owners_with_a_name_of_a_person_are_persons(tmp_path: Path) -> None:
    """No natural person is scored, nor shown by name, because a proposal took him for a company."""
    (tmp_path / "a.csv").write_text(
        "被投资企业,股东,持股比例\n甲公司,丙三,60%\n甲公司,乙投资有限公司,40%\n", encoding="utf-8"
    )
    (tmp_path / "map.toml").write_text(guess_mapping([tmp_path / "a.csv"]), encoding="utf-8")
    tables = tg.read_tables(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.rejected.is_empty()
    assert dict(tables.entities.select("name", "kind").cast(pl.String).iter_rows()) == {
        "甲公司": "company",
        "丙三": "person",
        "乙投资有限公司": "company",
    }
    rows = tables.relationships.sort("share").select("source", "share").rows()
    assert rows == [("乙投资有限公司", 0.4), ("丙三@甲公司", 0.6)]


def test_what_says_that_there_is_nothing_is_nobody(tmp_path: Path) -> None:
    lines = [
        "企业名称,法定代表人,登记状态",
        "甲,——,存续（在营、开业、在册）",
        "乙,/,吊销，未注销",
        "丙,无,注销",
    ]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "map.toml").write_text(guess_mapping([tmp_path / "a.csv"]), encoding="utf-8")
    tables = tg.read_tables(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.relationships.is_empty()
    assert tables.entities["status"].cast(pl.String).to_list() == [
        "active",
        "revoked",
        "deregistered",
    ]


def test_the_sheet_that_has_the_table_is_found(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="make install-formats")
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active["A1"] = "导出说明"
    page = book.create_sheet("数据")
    page.append(["股东名册"])
    page.append(["被投资企业名称", "股东名称", "持股比例"])
    page.append(["甲公司", "乙投资公司", 0.6])
    book.save(tmp_path / "a.xlsx")
    text = guess_mapping([tmp_path / "a.xlsx"])
    assert 'sheet = "数据"' in text
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    tables = tg.read_tables(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.relationships.select("source", "share").rows() == [("乙投资公司", 0.6)]


def test_columns_of_a_file_that_is_left_out_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("甲乙,丙丁\n1,2\n", encoding="utf-8")
    assert "# Its columns: 甲乙, 丙丁" in guess_mapping([tmp_path / "a.csv"])


def test_persons_known_by_a_code_are_left_alone(tmp_path: Path) -> None:
    mapping = """
[[entities]]
file = "a.csv"
possibly_same = true
fields = { uscc = "code", name = "name", kind = { constant = "person" } }
"""
    (tmp_path / "a.csv").write_text("code,name\nX1,Li\nX2,Li\n", encoding="utf-8")
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    tables = tg.read_tables(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.entities.height == 2
    assert tables.relationships.is_empty()


def test_shares_with_and_without_a_sign(tmp_path: Path) -> None:
    """Out of a workbook: "38.5%" as text, and 61.5 % as the number that it is, 0.615."""
    openpyxl = pytest.importorskip("openpyxl", reason="make install-formats")
    book = openpyxl.Workbook()
    page = book.active
    for row in (
        ["某网站导出"],
        [],
        ["企业名称", "股东名称", "持股比例"],
        ["甲", "乙", "38.5%"],
        ["丙", "丁", 0.615],
        ["戊", "己", "50%-67%"],
    ):
        page.append(row)
    book.save(tmp_path / "held.xlsx")
    text = guess_mapping([tmp_path / "held.xlsx"])
    assert "percent" not in text
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    tables = tg.read_tables(tmp_path, mapping=tmp_path / "map.toml")
    rows = tables.relationships.select("share_min", "share_max").rows()
    assert rows == [(0.385, 0.385), (0.615, 0.615), (0.5, 0.67)]
    # Whoever says that all of it is per cent is told of the cell that may be something else.
    (tmp_path / "map.toml").write_text(
        text.replace('range = "low"', 'range = "low", percent = true').replace(
            'range = "high"', 'range = "high", percent = true'
        ),
        encoding="utf-8",
    )
    tables = tg.read_tables(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.relationships.height == 2
    assert set(tables.rejected["row"]) == {5}
    assert "0.5 may be 50 % or 0.5 %" in tables.rejected["reason"][0]


def test_files_of_other_websites_give_records_too(tmp_path: Path) -> None:
    text = "失信被执行人,统一社会信用代码,案号,立案日期,发布日期\n"
    text += "甲,91330106MA2B0000X1,1号,2025/6/3,-\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    mapping = guess_mapping([tmp_path / "a.csv"])
    assert "[[records]]" in mapping
    assert 'name = "失信被执行人"' in mapping
    assert "# Not used: 发布日期" in mapping
    (tmp_path / "b.csv").write_text("纳税人名称,纳税人识别号\n甲,-\n", encoding="utf-8")
    assert "[[entities]]" in guess_mapping([tmp_path / "b.csv"])


def test_courts_list_persons_too(tmp_path: Path, run: Run) -> None:
    """Persons on the court's list are no companies: nobody scores them, or shows their names."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "sx.csv").write_text(
        "失信被执行人,案号,列入日期\n张某三,甲1,2025-06-03\n李四,甲2,2025-06-03\n李四,甲3,2025-06-04\n"
        "甲城建设有限公司,甲4,2025-06-03\n",
        encoding="utf-8",
    )
    proposal = guess_mapping([folder / "sx.csv"]).replace("FILL_IN", "COURT_DEFAULTER")
    (tmp_path / "map.toml").write_text(proposal, encoding="utf-8")
    tables = tg.read_tables(folder, mapping=tmp_path / "map.toml")
    kinds = dict(tables.entities.select("id", "kind").iter_rows())
    persons = {"张某三@甲1", "李四@甲2", "李四@甲3"}
    assert {one for one, kind in kinds.items() if kind == "person"} == persons
    assert kinds.keys() == persons | {"甲城建设有限公司"}
    assert tables.records.height == 4
    assert tables.relationships["kind"].to_list() == ["possibly_same"]  # of the two called 李四
    mapped = ("score", folder, "--mapping", tmp_path / "map.toml", "--as-of", "2026-06-30")
    told = run(*mapped, "--out", tmp_path / "run")
    assert told.code == 0
    assert "1 scored of 4 entities" in told.out
    assert not any(name in told.out for name in ("张某三", "李四"))
    (folder / "sx.csv").rename(folder / "cut.csv")
    text = (folder / "cut.csv").read_text(encoding="utf-8").replace("失信被执行人", "企业名称")
    (folder / "cut.csv").write_text(text, encoding="utf-8")
    assert "person" not in guess_mapping([folder / "cut.csv"]).replace("persons", "")


def test_of_a_workbook_every_sheet_that_is_a_table_is_proposed(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="make install-formats")
    book = openpyxl.Workbook()
    book.active.append(["企业名称", "统一社会信用代码"])
    book.active.append(["甲城建设有限公司", "91330106MA2B0000X1"])
    book.create_sheet("股东").append(["公司名称", "股东名称", "持股比例"])
    book["股东"].append(["甲城建设有限公司", "乙河商贸有限公司", "60%"])
    book["股东"].sheet_state = "hidden"
    book.create_sheet("说明").append(["nothing of interest"])
    book.save(tmp_path / "b.xlsx")
    proposal = guess_mapping([tmp_path / "b.xlsx"])
    assert [line for line in proposal.splitlines() if line.startswith("# ---")] == [
        "# --- b.xlsx",
        "# --- b.xlsx, 股东",
    ]
    (tmp_path / "map.toml").write_text(proposal, encoding="utf-8")
    tables = tg.read_tables(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.relationships.select("source", "target", "share").rows() == [
        ("乙河商贸有限公司", "甲城建设有限公司", 0.6)
    ]
    assert [line["reason"] for line in tables.flagged.to_dicts()][-1].endswith('the sheet "说明"')


def test_a_share_without_its_sign_is_not_read_a_hundred_times_smaller(tmp_path: Path) -> None:
    """0.6 may be 60 % or 0.6 %, also where the signs stand in rows that another section reads."""
    (tmp_path / "gd.csv").write_text(
        "公司名称,股东名称,持股比例\n甲城建设有限公司,丙山物流有限公司,0.6\n"
        "甲城建设有限公司,张三,40%\n乙河商贸有限公司,李四,38.5\n",
        encoding="utf-8",
    )
    (tmp_path / "map.toml").write_text(guess_mapping([tmp_path / "gd.csv"]), encoding="utf-8")
    tables = tg.read_tables(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.relationships["share"].to_list() == [0.4, 0.385]
    assert tables.rejected.select("row", "value").rows() == [(2, "0.6")]


# --- The files that the README walks through ------------------------------------------------------


def test_the_exported_files_are_what_they_are_made_by(tmp_path: Path) -> None:
    write_exported(tmp_path)
    proposal = guess_mapping(sorted((tmp_path / "june").glob("*.csv")))
    (tmp_path / "map.toml").write_text(filled(proposal), encoding="utf-8", newline="")
    kept = PROJECT / "datasets" / "exported"
    for folder in (tmp_path, kept):
        assert len(list(folder.rglob("*.*"))) == len(JUNE) + len(JULY) + 2
    for path in kept.rglob("*.*"):
        assert path.read_bytes() == (tmp_path / path.relative_to(kept)).read_bytes(), path

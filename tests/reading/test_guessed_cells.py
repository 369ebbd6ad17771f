"""How days, shares and amounts are written: what a proposal takes from headers and cells."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from trustgraph.reading import read_mapped
from trustgraph.reading.guessed_cells import amount_field, day_field, share_fields
from trustgraph.reading.guessing import guess_mapping
from trustgraph.reading.mapping_fields import TO_FILL


@pytest.mark.parametrize(
    ("header", "factor"),
    [
        ("罚款金额", None),
        ("罚款金额(元)", None),
        ("罚款金额(万元)", 10_000),
        ("罚款金额(千元)", 1_000),
        ("罚款金额（百万）", 1_000_000),
        ("罚款金额(百万元)", 1_000_000),
        ("罚款金额/亿元", 100_000_000),
        ("amount (million)", 1_000_000),
    ],
)
def test_units_of_money(header: str, factor: int | None) -> None:
    (line,) = amount_field(header, ["3.5"], "")
    assert ("factor" in line) == (factor is not None)
    assert factor is None or f"factor = {factor} " in line


@pytest.mark.parametrize("header", ["金额(万港元)", "金额(美元)", "金额($)", "amount (USD)"])
def test_other_currencies_are_told(header: str) -> None:
    comment, _ = amount_field(header, ["3.5"], "")
    assert "seems to be another currency" in comment


def test_a_unit_in_a_note_above_the_table() -> None:
    comment, line = amount_field("罚款金额", ["3.5"], "某网站导出 单位：万元")
    assert comment == '# A note above the table says "单位：万元".'
    assert "factor = 10000 " in line
    assert "factor" not in next(iter(amount_field("罚款金额(元)", ["3.5"], "单位：万元")))


@pytest.mark.parametrize(
    ("cells", "lines"),
    [
        (["2025-05-31 16:00:00"], ['d = { column = "D" }']),
        (["2025-05-31T16:00:00Z", "2025-06-01"], ['d = { column = "D" }']),
        (
            ["2025-05-31 16:00:00", "2025年6月1日"],
            ['d = { column = "D", date = ["YYYY-MM-DD", "YYYY年M月D日"] }'],
        ),
        (["2025/5/31 16:00"], ['d = { column = "D", date = ["YYYY/M/D"] }']),
    ],
)
def test_days_with_an_hour_have_the_form_of_days(cells: list[str], lines: list[str]) -> None:
    assert list(day_field("d", "D", cells)) == lines


def test_a_fraction_beside_per_cent_is_doubtful() -> None:
    comment, line = share_fields("持股比例", ["0.6", "40", "100"])
    assert comment == '# "0.6" is read as 0.6 %: beside larger numbers it may be a share.'
    assert "percent = true" in line
    assert len(list(share_fields("持股比例", ["0.6", "0.4"]))) == 1
    assert len(list(share_fields("持股比例", ["6", "40%"]))) == 1


def test_who_is_listed_under_one_number_has_a_record_each(tmp_path: Path) -> None:
    """A court lists co-defendants under one number: none of them may be lost."""
    text = (
        "案号,被执行人,立案时间\n"
        "(2025)辽02执1号,大连示甲商贸有限公司,2025-05-31\n"
        "(2025)辽02执1号,大连示乙商贸有限公司,2025-05-31\n"
        "(2025)辽02执1号,王小二,2025-05-31\n"
    )
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    proposal = guess_mapping([tmp_path / "a.csv"])
    assert "# Several rows have one number: each party has a record of its own." in proposal
    (tmp_path / "map.toml").write_text(
        proposal.replace(TO_FILL, "COURT_DEFAULTER"), encoding="utf-8"
    )
    tables = read_mapped(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.rejected.is_empty()
    assert tables.records["entity"].n_unique() == 3
    assert tables.records["doc_no"].unique().to_list() == ["(2025)辽02执1号"]
    once = text.replace("执1号,大连示乙", "执2号,大连示乙").replace("执1号,王", "执3号,王")
    (tmp_path / "a.csv").write_text(once, encoding="utf-8")
    assert 'id = "案号"' in guess_mapping([tmp_path / "a.csv"])


def test_a_header_below_a_note_that_looks_like_one(tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter", reason="make install-dashboard")
    pytest.importorskip("fastexcel", reason="make install-dashboard")
    rows = [
        ["单位名称", "大连示甲商贸有限公司", None],
        [None, None, None],
        ["文号", "单位名称", "处罚日期"],
        ["罚1号", "大连示乙商贸有限公司", "2025-05-31"],
    ]
    pl.DataFrame(rows, orient="row").write_excel(tmp_path / "a.xlsx", include_header=False)
    proposal = guess_mapping([tmp_path / "a.xlsx"])
    assert "header_row = 3" in proposal
    (tmp_path / "map.toml").write_text(
        proposal.replace(TO_FILL, "COURT_DEFAULTER"), encoding="utf-8"
    )
    tables = read_mapped(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.entities["name"].to_list() == ["大连示乙商贸有限公司"]
    assert tables.records.height == 1

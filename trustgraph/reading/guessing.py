"""A mapping proposed from the headers of files in Chinese or English, to be edited by a person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from trustgraph.errors import InputError
from trustgraph.reading.file_rows import file_of, format_of
from trustgraph.reading.mapping import Section
from trustgraph.reading.mapping_fields import TO_FILL
from trustgraph.reading.ranges import bounds_of
from trustgraph.reading.workbooks import sheet_rows
from trustgraph.tables.sheet import FILE, ROW

__all__ = ["guess_mapping"]

_WORDS: Final[Mapping[str, Sequence[str]]] = {
    "uscc": (
        *("统一社会信用代码", "社会信用代码", "信用代码", "统一代码", "纳税人识别号"),
        *("uscc", "credit code"),
    ),
    "name": (
        *("企业名称", "公司名称", "单位名称", "机构名称", "名称", "主体名称", "被投资企业名称"),
        *("失信被执行人", "被执行人", "纳税人名称", "当事人", "当事人名称", "行政相对人名称"),
        *("company name", "company", "entity name", "name"),
    ),
    "name_en": ("英文名称", "英文名", "english name", "name_en"),
    "legal_representative": ("法定代表人", "法人代表", "法人", "负责人", "legal representative"),
    "status": ("登记状态", "经营状态", "企业状态", "状态", "registration status", "status"),
    "start": ("成立日期", "注册日期", "设立日期", "founded", "incorporated", "established"),
    "industry": ("所属行业", "行业代码", "行业", "industry"),
    "region": ("行政区划", "行政区划代码", "所属地区", "地区代码", "region"),
    "holder": ("股东名称", "股东", "投资人", "出资人", "shareholder", "owner"),
    "share": ("持股比例", "出资比例", "股权比例", "比例", "share", "percentage", "stake"),
    "held_since": ("出资日期", "认缴出资日期", "入股日期"),
    "since": ("任职日期", "起始日期", "合作日期", "since"),
    "traded": ("采购占比", "采购比例", "share of purchases"),
    "person": ("姓名", "人员姓名", "高管姓名", "executive"),
    "post": ("职务", "职位", "position", "title"),
    "supplier": ("供应商名称", "供应商", "supplier"),
    "customer": ("客户名称", "客户", "采购方", "customer", "buyer"),
    "record": (
        *(
            "案号",
            "文号",
            "处罚决定书文号",
            "决定书文号",
            "公告文号",
            "公告编号",
            "文书号",
            "执行案号",
        ),
        *("doc_no", "case number"),
    ),
    "record_type": ("名单类型", "处罚类型", "记录类型", "失信类型", "record type", "type"),
    "decided_on": (
        *("列入日期", "处罚日期", "处罚决定日期", "决定日期", "作出日期", "认定日期"),
        *("立案日期", "立案时间", "公示日期", "发布日期", "decided on"),
    ),
    "ends_on": ("移出日期", "截止日期", "到期日期", "有效期至", "removed on", "end date"),
    "authority": ("列入机关", "处罚机关", "作出机关", "决定机关", "执行法院", "authority"),
    "ground": ("列入原因", "列入事由", "处罚事由", "违法行为类型", "事由", "ground", "reason"),
    "amount": ("金额", "罚款金额", "处罚金额", "涉案金额", "执行标的", "amount"),
}
"""What columns are called, the commonest first."""
_UNIT: Final = re.compile(r"[(（\[].*?[)）\]]|[:：*\s_]")
_STATUSES: Final = (
    '{ "存续" = "active", "在业" = "active", "开业" = "active", "active" = "active", '
    '"吊销" = "revoked", "注销" = "deregistered" }, unmapped = "keep"'
)
_POSTS: Final = (
    '{ "法定代表人" = "legal_representative", "执行董事" = "director", "董事" = "director", '
    '"董事长" = "director", "监事" = "supervisor", "经理" = "senior_manager", '
    '"总经理" = "senior_manager" }'
)
_FORMATS: Final = (
    (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "YYYY-MM-DD"),
    (r"^[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}$", "YYYY/M/D"),
    (r"^[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日$", "YYYY年M月D日"),
    (r"^[0-9]{8}$", "YYYYMMDD"),
    (r"^[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2}$", "YYYY.M.D"),
    (r"^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}$", "DD.MM.YYYY"),
    (r"^[34][0-9]{4}$", "serial"),
)
_NOTES: Final = 20
"""Rows of a workbook among which its header is looked for."""
_OTHERS: Final = frozenset({"holder", "supplier", "customer"})
_LOOKED_AT: Final = 200
"""Cells of a column by which shares and days are told."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """One file: what its columns mean, and some of their cells."""

    file: str
    meant: Mapping[str, str]
    cells: Mapping[str, Sequence[str]]


def guess_mapping(paths: Sequence[Path]) -> str:
    """The text of a mapping file for files of one folder, with what to look at as comments.

    What a column means is taken from its name, how days and shares are written from its cells.
    Raises InputError where a file cannot be read, or the files lie in several folders.
    """
    if len({path.resolve().parent for path in paths}) > 1:
        raise InputError(
            "the files lie in different folders",
            where=paths[0],
            hint="a mapping reads the files of one folder: put them together",
        )
    lines = [
        "# Proposed from the headers of the files: look at every line, then",
        "#   trustgraph validate FOLDER --mapping THIS_FILE",
        "",
    ]
    seen = sorted((_look(path) for path in paths), key=lambda one: "uscc" not in one.meant)
    # Where one file knows companies by name alone, that is what joins them all.
    by_name = any("name" in one.meant and "uscc" not in one.meant for one in seen)
    by_name |= any(_OTHERS & one.meant.keys() for one in seen)
    if by_name:
        lines += [
            "# Some files know companies by name alone, so names are what joins the files:",
            "# two companies of one name would be one, and one under two names two.",
            "",
        ]
    for one in seen:
        lines += [*_sections(one, "name" if by_name else "uscc"), ""]
    if "[[entities]]" not in lines:
        lines.append(
            "# No column looks like a company's code or name: add an [[entities]] section."
        )
    return "\n".join(lines).rstrip() + "\n"


def _look(path: Path) -> _Seen:
    frame = _below_notes(path)
    columns = [one for one in frame.columns if one not in (FILE, ROW) and not one.startswith("__")]
    meant: dict[str, str] = {}
    for meaning, words in _WORDS.items():
        found = _column(columns, words, taken=set(meant.values()))
        if found is not None:
            meant[meaning] = found
    cells = {
        column: [
            cell.strip()
            for cell in frame[column].cast(pl.String).drop_nulls().unique(maintain_order=True)
            if cell.strip(" -—")
        ][:_LOOKED_AT]
        for column in columns
    }
    return _Seen(path.name, meant, cells)


def _below_notes(path: Path) -> pl.DataFrame:
    """The rows of a file; of a workbook below the row that has the most columns that are known."""
    section = Section("entities", path.name, path.name, ())
    if format_of(path.name) == "workbook":
        rows = sheet_rows(path, path.name)[:_NOTES]
        known = [_known([cell for cell in row if cell]) for _, row in rows]
        if any(known):
            section = replace(section, header_row=rows[known.index(max(known))][0])
    return file_of(section, path).frame


def _known(columns: Sequence[str]) -> int:
    return sum(_column(columns, words, taken=set()) is not None for words in _WORDS.values())


def _column(columns: Sequence[str], words: Sequence[str], *, taken: set[str]) -> str | None:
    """The first column that is called one of the words, units and marks apart."""
    plain = {_UNIT.sub("", column).casefold(): column for column in reversed(columns)}
    for word in words:
        column = plain.get(_UNIT.sub("", word).casefold())
        if column is not None and column not in taken:
            return column
    return None


def _sections(seen: _Seen, by: str) -> Iterator[str]:
    yield f"# --- {seen.file}"
    known = seen.meant.get(by) or seen.meant.get("uscc") or seen.meant.get("name")
    if known is not None:
        lines = list(_about(seen, known))
    elif {"supplier", "customer"} <= seen.meant.keys():
        customer, supplier = seen.meant["customer"], seen.meant["supplier"]
        lines = [*_other(seen, customer), *_traders(seen, supplier, (supplier, customer))]
    else:
        yield "# No column is recognised as a company's code or name: this file is left out."
        return
    text = "\n".join(lines)
    left = [column for column in seen.cells if _quoted(column) not in text]
    if left:
        yield f"# Not used: {', '.join(left)}"
    yield from lines


def _about(seen: _Seen, known: str) -> Iterator[str]:
    """The sections of a file that says whom it is about in the column ``known``."""
    yield from _companies(seen, known)
    if {"record", "record_type", "decided_on"} & seen.meant.keys():
        yield from _records(seen, known)
    for meaning, kind in (("legal_representative", "legal_representative"), ("person", "director")):
        if meaning in seen.meant:
            yield from _persons(seen, known, seen.meant[meaning], kind)
    if "holder" in seen.meant:
        yield from _holders(seen, known)
    if "supplier" in seen.meant:
        yield from _traders(seen, seen.meant["supplier"], (seen.meant["supplier"], known))
    if "customer" in seen.meant:
        yield from _traders(seen, seen.meant["customer"], (known, seen.meant["customer"]))


def _companies(seen: _Seen, known: str) -> Iterator[str]:
    yield from _open("entities", seen, distinct=True)
    yield f"id = {_plain(known)}"
    yield 'kind = { constant = "company" }'
    yield f"name = {_quoted(seen.meant.get('name', known))}"
    if "uscc" in seen.meant:
        yield f"uscc = {_plain(seen.meant['uscc'])}"
    for field in ("name_en", "industry", "region"):
        if field in seen.meant:
            yield f"{field} = {_quoted(seen.meant[field])}"
    if "status" in seen.meant:
        yield f"status = {{ column = {_quoted(seen.meant['status'])}, values = {_STATUSES} }}"
    if "start" in seen.meant:
        yield f"start = {_days(seen, 'start')}"
    yield ""


def _records(seen: _Seen, known: str) -> Iterator[str]:
    yield from _open("records", seen)
    number, day = seen.meant.get("record"), seen.meant.get("decided_on")
    if number is None:
        yield "# No column has a number of its own: what tells two records apart is made of these."
        parts = json.dumps([one for one in (known, day) if one], ensure_ascii=False)
        yield f'id = {{ columns = {parts}, join = "-" }}'
    else:
        yield f"id = {_quoted(number)}"
        yield f"doc_no = {_quoted(number)}"
    yield f"entity = {_quoted(known)}"
    yield "# Codes of the pack belong here: trustgraph policy show cn-national"
    if "record_type" in seen.meant:
        column = seen.meant["record_type"]
        values = ", ".join(f'{_quoted(cell)} = "{TO_FILL}"' for cell in seen.cells[column])
        yield f"type = {{ column = {_quoted(column)}, values = {{ {values} }} }}"
    else:
        yield f'type = {{ constant = "{TO_FILL}" }}'
    if day is not None:
        yield "# The day on which the authority decided or listed it, not that of publication."
        yield f"decided_on = {_days(seen, 'decided_on')}"
    else:
        yield "# The file does not say on which day it was decided."
        yield f'decided_on = {{ constant = "{TO_FILL}" }}'
    if "ends_on" in seen.meant:
        yield f"ends_on = {_days(seen, 'ends_on')}"
    for field in ("authority", "ground"):
        if field in seen.meant:
            yield f"{field} = {_quoted(seen.meant[field])}"
    if "amount" in seen.meant:
        column = seen.meant["amount"]
        factor = ", factor = 10000" if "万" in column else ""
        yield f'amount = {{ column = {_quoted(column)}, thousands = ","{factor} }}'
    yield ""


def _persons(seen: _Seen, known: str, column: str, kind: str) -> Iterator[str]:
    """Persons known by name: one of each company, since two of one name may be two."""
    person = f'{{ columns = [{_quoted(column)}, {_quoted(known)}], join = "@" }}'
    yield "# A person is one of a name and a company. Those of one name may be one: a relationship"
    yield "# `possibly_same` says so, the less surely the more there are of the name."
    yield from _open("entities", seen, distinct=True, filled=column, same=True)
    yield f"id = {person}"
    yield 'kind = { constant = "person" }'
    yield f"name = {_quoted(column)}"
    yield ""
    yield from _open("relationships", seen, distinct=True, filled=column)
    yield f"source = {person}"
    yield f"target = {_quoted(known)}"
    if kind == "director" and "post" in seen.meant:
        yield f"kind = {{ column = {_quoted(seen.meant['post'])}, values = {_POSTS} }}"
    else:
        yield f'kind = {{ constant = "{kind}" }}'
    if kind == "director" and "since" in seen.meant:
        yield f"start = {_days(seen, 'since')}"
    yield ""


def _holders(seen: _Seen, known: str) -> Iterator[str]:
    column = seen.meant["holder"]
    yield "# Owners are taken for companies, known by name: say person for those who are none."
    yield from _other(seen, column)
    yield from _open("relationships", seen, distinct=True, filled=column)
    yield f"source = {_quoted(column)}"
    yield f"target = {_quoted(known)}"
    yield 'kind = { constant = "shareholder" }'
    if "share" in seen.meant:
        yield from _shares(seen, seen.meant["share"])
    if "held_since" in seen.meant:
        yield f"start = {_days(seen, 'held_since')}"
    yield ""


def _traders(seen: _Seen, column: str, ends: tuple[str, str]) -> Iterator[str]:
    yield from _other(seen, column)
    yield from _open("relationships", seen, distinct=True, filled=column)
    yield f"source = {_quoted(ends[0])}"
    yield f"target = {_quoted(ends[1])}"
    yield 'kind = { constant = "supplier" }'
    if "traded" in seen.meant:
        yield from _shares(seen, seen.meant["traded"])
    if "since" in seen.meant and "person" not in seen.meant:
        yield f"start = {_days(seen, 'since')}"
    yield ""


def _other(seen: _Seen, column: str) -> Iterator[str]:
    """A company that another column names."""
    yield from _open("entities", seen, distinct=True, filled=column)
    yield f"id = {_quoted(column)}"
    yield 'kind = { constant = "company" }'
    yield f"name = {_quoted(column)}"
    yield ""


def _shares(seen: _Seen, column: str) -> Iterator[str]:
    """Shares, as one number or as a range; in per cent where a cell, or the header, says so."""
    cells = seen.cells[column]
    bounds = [bounds_of(cell, percent=False) for cell in cells]
    signed = [bool(re.search("[%％]", cell)) for cell in cells]
    bare = [
        float(bound.strip("<>"))
        for pair, sign in zip(bounds, signed, strict=True)
        if pair and not sign
        for bound in pair
        if bound
    ]
    # A workbook holds 61.5 % as 0.615: beside texts with a sign it is that, and no 0.615 %.
    mixed = any(signed) and bool(bare) and max(bare) <= 1
    percent = not mixed and ("%" in column or any(signed) or any(number > 1 for number in bare))
    more = f'{", percent = true" if percent else ""}, blank = ["-", "—"]'
    if not mixed and all(pair is not None and pair[0] == pair[1] for pair in bounds):
        yield f"share = {{ column = {_quoted(column)}{more} }}"
        return
    for field, side in (("share_min", "low"), ("share_max", "high")):
        yield f'{field} = {{ column = {_quoted(column)}, range = "{side}"{more} }}'


def _days(seen: _Seen, meaning: str) -> str:
    """A column of days, with the forms that its cells have."""
    column = seen.meant[meaning]
    cells = seen.cells[column]
    forms = [form for shape, form in _FORMATS if any(re.match(shape, cell) for cell in cells)]
    said = (
        "" if forms in ([], ["YYYY-MM-DD"]) else f", date = {json.dumps(forms, ensure_ascii=False)}"
    )
    return f'{{ column = {_quoted(column)}{said}, blank = ["-", "—"] }}'


def _open(
    table: str,
    seen: _Seen,
    *,
    distinct: bool = False,
    filled: str | None = None,
    same: bool = False,
) -> Iterator[str]:
    yield f"[[{table}]]"
    yield f"file = {_quoted(seen.file)}"
    if distinct:
        yield "distinct = true"
    if same:
        yield "possibly_same = true"
    if filled is not None:
        yield f"where = {{ column = {_quoted(filled)}, not_blank = true }}"
    yield f"[{table}.fields]"


def _plain(column: str) -> str:
    """A code or id, where a dash is none."""
    return f'{{ column = {_quoted(column)}, blank = ["-", "—"] }}'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)

"""A graph as one page that opens without a network: picture, law, ledger, parties, relationships.

Everything is in the file: the SVG, its style and a script of some lines that sorts tables, finds in
them and moves the picture. The page asks for nothing from anywhere, and forbids itself to.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from trustgraph.exports.drawing import picture_of
from trustgraph.exports.look import grade_class
from trustgraph.exports.picture_words import Words, words_of
from trustgraph.exports.plain import line_of, xml_text
from trustgraph.exports.report_words import say
from trustgraph.exports.source import Source, Table, rows_of

__all__ = ["write_html"]

_COLUMNS: Final[dict[Table, tuple[str, ...]]] = {
    "consequences": ("entity", "force", "follows", "condition", "legal_basis", "because", "chain"),
    "ledger": ("entity", "line", "title", "of", "reach", "points", "chain"),
    "nodes": ("grade", "name", "id", "verdicts", "score", "coverage", "records", "status"),
    "edges": ("source", "words", "target", "share", "start", "end"),
    "records": ("title", "entity", "decided_on", "ends_on", "authority", "doc_no", "source_url"),
}
_NUMBERS: Final = frozenset({"score", "coverage", "records", "points", "reach"})
_SHORT: Final = frozenset({"id", "status", "share", "start", "end", "decided_on", "ends_on"})
_SEPARATOR: Final = (" · ", "；")
_HEADS: Final[dict[str, tuple[str, str]]] = {
    "table_consequences": ("What the law attaches", "依法产生的后果"),
    "table_ledger": ("Ledger: its lines add up to the score", "评分明细（各行合计为得分）"),
    "table_nodes": ("Parties", "主体"),
    "table_edges": ("Relationships", "关系"),
    "table_records": ("Records that count", "计入的记录"),
    "find": ("Find in the tables", "在表中查找"),
    "entity": ("Party", "主体"),
    "line": ("Line", "项目"),
    "title": ("Record", "记录"),
    "of": ("Of whom", "记录所属"),
    "reach": ("Reach", "影响系数"),
    "points": ("Points", "分值"),
    "chain": ("Chain", "关联链"),
    "grade": ("Grade", "等级"),
    "name": ("Name", "名称"),
    "id": ("Code", "代码"),
    "verdicts": ("Verdicts", "警示"),
    "score": ("Score", "得分"),
    "records": ("Records", "记录数"),
    "active": ("active", "存续"),
    "revoked": ("revoked", "吊销"),
    "deregistered": ("deregistered", "注销"),
    "coverage": ("Coverage", "信息覆盖率"),
    "status": ("Status", "登记状态"),
    "source": ("From", "起"),
    "words": ("Relationship", "关系"),
    "target": ("To", "至"),
    "share": ("Share", "比例"),
    "start": ("Since", "始于"),
    "end": ("Until", "止于"),
    "decided_on": ("Decided", "作出日期"),
    "ends_on": ("Until", "截止"),
    "authority": ("Authority", "机关"),
    "doc_no": ("Number", "文号"),
    "source_url": ("Source", "来源"),
    "force": ("Force", "效力"),
    "follows": ("Consequence", "后果"),
    "condition": ("Only if (to be checked)", "适用条件（须核实）"),
    "legal_basis": ("Article", "法律依据"),
    "because": ("Because of", "起因"),
    "base": ("base", "基准分"),
    "own": ("own record", "自身记录"),
    "exposure": ("market exposure: no legal duty", "关联影响（无法律义务）"),
    "exposure_cap": ("exposure counts no further", "关联影响封顶"),
    "clamp": ("clamp to the scale", "以分值上下限为限"),
    "sum": ("Score", "得分"),
    "drag": (
        "Drag to move, scroll to zoom, double click for the whole.",
        "拖动可移动，滚轮可缩放，双击复原。",
    ),
}


def write_html(source: Source, path: Path) -> None:
    """The page. Names in it are only ever text."""
    path.write_text("".join(_page(source)), encoding="utf-8")


def _page(source: Source) -> Iterator[str]:
    words, zh = words_of(source.about), source.about["lang"] == "zh"
    style, script = _asset("page.css"), _asset("page.js")
    mark = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{mark}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    lang = "zh-CN" if zh else "en"
    yield f'<!doctype html>\n<html lang="{lang}">\n<head><meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{_text(words.title)}</title>\n<style>{style}</style></head>\n<body>\n"
    yield from _body(source, words, zh=zh)
    yield f"<script>{script}</script>\n</body></html>\n"


def _asset(name: str) -> str:
    return files("trustgraph.exports").joinpath("assets", name).read_text(encoding="utf-8")


def _body(source: Source, words: Words, *, zh: bool) -> Iterator[str]:
    names = dict(source.about.get("verdicts", {}))
    names |= {row["id"]: row["name"] for row in rows_of(source, "nodes")}
    yield f"<header><h1>{_text(words.title)}</h1><p>{_text(words.subtitle)}</p></header>\n<main>\n"
    caption = f"<figcaption>{_said('drag', zh=zh)}</figcaption>"
    picture, height = picture_of(source, "legend")
    # No higher than a small picture can be read at: half as large again as it was drawn.
    most = f"--most:{1.5 * height:.0f}px"
    yield f'<figure id="picture" style="{most}">{picture}{caption}</figure>\n'
    yield f'<p class="notes">{_text(" ".join(words.notes))}</p>\n'
    yield f'<p><input id="find" type="search" placeholder={quoteattr(_said("find", zh=zh))} '
    yield f"aria-label={quoteattr(_said('find', zh=zh))}></p>\n"
    for table in ("consequences", "ledger", "nodes", "edges", "records"):
        if table in source.tables and source.count(table):
            yield from _table(source, table, names, zh=zh)
    yield "</main>\n"


def _table(source: Source, table: Table, names: Mapping[str, str], *, zh: bool) -> Iterator[str]:
    columns = _COLUMNS[table]
    if columns[0] == "entity" and len(source.about["centres"]) == 1:
        columns = columns[1:]  # the title of the page says who it is
    yield f"<section><h2>{_said(f'table_{table}', zh=zh)}</h2><div><table><thead><tr>"
    for name in columns:
        number = ' class="num"' if name in _NUMBERS else ""
        yield f'<th scope="col"{number}><button>{_said(name, zh=zh)}</button></th>'
    yield "</tr></thead><tbody>\n"
    sums: dict[str, float] = {}
    for row in rows_of(source, table):
        if table == "ledger":
            sums[row["entity"]] = sums.get(row["entity"], 0.0) + row["points"]
        cells = "".join(_cell(name, row, names, zh=zh) for name in columns)
        yield f"<tr>{cells}</tr>\n"
    yield "</tbody>"
    if sums:
        yield "<tfoot>"
        for entity, total in sums.items():
            who = _text(names.get(entity, entity))
            yield f'<tr><th colspan="{len(columns) - 2}">{_said("sum", zh=zh)}: {who}</th>'
            yield f'<td class="num">{_points(total)}</td><td></td></tr>'
        yield "</tfoot>"
    yield "</table></div></section>\n"


def _cell(name: str, row: Mapping[str, Any], names: Mapping[str, str], *, zh: bool) -> str:
    value = row.get(name)
    if name == "grade":
        if row["kind"] == "person":
            return "<td></td>"
        letter = value or "NR"
        kind = grade_class(row["kind"], letter)
        return f'<td><span class="grade {kind}">{_text(letter)}</span></td>'
    if name == "coverage" and value is not None:
        return f'<td class="num" data-sort="{value}">{100 * value:.0f}{"%" if zh else " %"}</td>'
    if name == "score" and row.get("grade") in (None, "NR"):
        value = None
    if name in _NUMBERS and value is not None:
        told = _points(value) if name in {"points", "score"} else f"{value:g}"
        return f'<td class="num" data-sort="{value}">{told}</td>'
    value = _worded(name, row, names, zh=zh)
    short = ' class="short"' if name in _SHORT else ""
    return f"<td{short}>{'' if value is None else _text(str(line_of(value)))}</td>"


def _worded(name: str, row: Mapping[str, Any], names: Mapping[str, str], *, zh: bool) -> Any:
    """What a cell says, where it is no number: codes in words, ids by what they are called."""
    value = row.get(name)
    if name in {"source", "target", "of", "entity"} and value is not None:
        return names.get(value, value)
    if name == "chain":
        return " → ".join(names.get(one, one) for one in value or ())
    if name == "verdicts":
        return (_SEPARATOR[zh]).join(names.get(one, one) for one in value or ())
    if name == "line" or (name == "status" and value in _HEADS):
        return _said(str(value), zh=zh)
    made = {"share": _share, "follows": _follows, "force": _force, "because": _because}.get(name)
    return value if made is None else made(row, names, zh=zh)


def _follows(row: Mapping[str, Any], _: Mapping[str, str], *, zh: bool) -> str:
    del zh
    return str(row["words"])


def _force(row: Mapping[str, Any], _: Mapping[str, str], *, zh: bool) -> str:
    force = say(f"force_{row['force']}", "zh" if zh else "en")
    if row["status"] != "possible":
        return force
    return f"{force}（{say('possible', 'zh')}）" if zh else f"{force} ({say('possible', 'en')})"


def _because(row: Mapping[str, Any], names: Mapping[str, str], *, zh: bool) -> str:
    """The record that a consequence follows from, by what it is, whose it is and its id."""
    if "record" not in row:
        return ""
    who = names.get(row["of"], row["of"])
    title, record = row["record_title"], row["record"]
    return f"{who}：{title}（{record}）" if zh else f"{title}, {who} ({record})"


def _share(row: Mapping[str, Any], _: Mapping[str, str], *, zh: bool) -> str:
    low, high = row.get("share_low"), row.get("share_high")
    if low is None or high is None:
        return ""
    sign = "%" if zh else " %"
    return f"{100 * low:g}{sign}" if low == high else f"{100 * low:g} – {100 * high:g}{sign}"


def _points(value: float) -> str:
    return f"{value:,.2f}".replace("-", "−")


def _said(key: str, *, zh: bool) -> str:
    return _HEADS[key][zh]


def _text(text: str) -> str:
    return escape(xml_text(text))

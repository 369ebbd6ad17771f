"""The files of `datasets/exported` read by hand: what anybody would make of them without us."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from typing import Any, Final

from exported_files import JUNE
from oracle import World

__all__ = ["plain_world"]

_POSTS: Final = {
    "董事": "director",
    "执行董事": "director",
    "董事长": "director",
    "监事": "supervisor",
    "经理": "senior_manager",
}
_KINDS: Final = {"重大税收违法": "TAX_MAJOR", "环保严重失信": "ENV_RED"}
_STATUS: Final = {"存续": "active", "吊销": "revoked"}
_LISTS: Final = {
    "失信被执行人": ("失信被执行人", "案号", "列入日期", "COURT_DEFAULTER"),
    "行政处罚": ("单位名称", "处罚决定书文号", "处罚日期", None),
    "经营异常": ("企业名称", None, "列入日期", "SAMR_ABNORMAL"),
    "拖欠工资": ("单位名称", "文号", "列入日期", "WAGE_ARREARS"),
    "欠税公告": ("纳税人名称", "公告文号", "发布日期", "TAX_ARREARS"),
    "纳税信用A级": ("纳税人名称", None, "认定日期", "RED_TAX_A"),
}
"""Of each file: who, the number, the day, and which list it is."""


def plain_world(files: Mapping[str, str] = JUNE) -> World:
    """Companies are their names, a person is one of a name and a company."""
    entities: dict[str, dict[str, Any]] = {}
    relationships: list[dict[str, Any]] = []

    def tie(source: str, target: str, kind: str, **more: Any) -> None:
        relationships.append({"source": source, "target": target, "kind": kind, **more})

    def person(name: str, company: str) -> str:
        entities[f"{name}@{company}"] = {"kind": "person", "name": name}
        return f"{name}@{company}"

    for row in _rows(files["企业信息"]):
        name = row["企业名称"]
        entities[name] = {"kind": "company", "status": _STATUS[row["登记状态"]]}
        tie(person(row["法定代表人"], name), name, "legal_representative")
    for row in _rows(files["股东信息"]):
        low, high = _share(row["持股比例"])
        start = _day(row["认缴出资日期"])
        held = {"share_min": low, "share_max": high, "start": start}
        tie(row["股东名称"], row["被投资企业名称"], "shareholder", **held)
    for row in _rows(files["主要人员"]):
        company, start = row["公司名称"], _day(row["任职日期"])
        tie(person(row["姓名"], company), company, _POSTS[row["职务"]], start=start)
    for row in _rows(files["供应商"]):
        said = row["采购占比"]
        share = None if said == "-" else _percent(said)
        tie(row["供应商名称"], row["采购方"], "supplier", share=share)
    _tie_names(entities, relationships)
    return World(entities, relationships, list(_records(files)))


def _tie_names(entities: dict[str, Any], relationships: list[dict[str, Any]]) -> None:
    """Of n persons of one name each two may be one, with 1/n."""
    names: dict[str, list[str]] = {}
    for entity, row in entities.items():
        if row["kind"] == "person":
            names.setdefault(row["name"], []).append(entity)
    for alike in names.values():
        for one, other in itertools.combinations(alike, 2):
            sure = {"confidence": round(1 / len(alike), 4)}
            relationships.append({"source": other, "target": one, "kind": "possibly_same", **sure})


def _records(files: Mapping[str, str]) -> Any:
    for name, (who, number, when, kind) in _LISTS.items():
        for row in _rows(files[name]):
            entity, day = row[who], _day(row[when])
            yield {
                "id": row[number] if number else f"{entity} {day} {kind}",
                "entity": entity,
                "type": kind or _KINDS[row["处罚类型"]],
                "decided_on": day,
                "ends_on": _day(row.get("移出日期", "-")),
                "ground": row.get("列入原因"),
            }


def _rows(text: str) -> list[dict[str, str]]:
    head, *lines = text.strip().split("\n")
    names = head.split(",")
    return [dict(zip(names, line.split(",", len(names) - 1), strict=True)) for line in lines]


def _percent(said: str) -> float:
    return float(said.strip("%")) / 100


def _share(said: str) -> tuple[float, float]:
    """A figure, a range, or less than a figure."""
    if said.startswith("低于"):
        return 0.0, _percent(said.removeprefix("低于"))
    ends = [_percent(one) for one in said.split("-")]
    return ends[0], ends[-1]


def _day(said: str) -> dt.date | None:
    if said == "-":
        return None
    for sign in "年月/":
        said = said.replace(sign, "-")
    return dt.date(*map(int, said.strip("日").split("-")))

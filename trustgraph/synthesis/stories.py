"""The planted stories: small plots, each with an answer that the tool has to find.

Each plot stands on rules of Chinese law or on a trap that a careless engine falls into. Words
are for the reader of ``stories.md``; the expectations name rule codes, so that a test can hold
the tool to them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from trustgraph.synthesis.stage import Stage, Story, Telling
from trustgraph.synthesis.stories_ownership import hidden_ring, state_siblings, unknown_partner
from trustgraph.synthesis.stories_trade import clean_supplier, vouchers, wages
from trustgraph.synthesis.stories_worst import deep_pit

__all__ = ["plant_stories"]


def _phoenix(stage: Stage) -> Story:
    old = stage.company(
        "凤凰旧巢商贸有限公司",
        "Phoenix Old Nest Commerce Co., Ltd.",
        Telling("graded D by the tax office", "被税务机关评为D级"),
        industry="F52",
    )
    new = stage.company(
        "凤凰新羽商贸有限公司",
        "Phoenix New Feather Commerce Co., Ltd.",
        Telling("founded after the grade, same person in charge", "评级之后由同一责任人设立"),
        industry="F52",
        age=150,
    )
    elder = stage.company(
        "凤凰老树茶业有限公司",
        "Phoenix Old Tree Tea Co., Ltd.",
        Telling("run by the same person since before the grade", "评级之前即由同一责任人经营"),
        industry="C15",
    )
    chief = stage.person(
        "凤旧生", "Feng Jiusheng", Telling("directly responsible person", "直接责任人员")
    )
    stage.relationship(chief, "legal_representative", old, since=3000)
    stage.relationship(chief, "responsible_person", old, since=3000)
    stage.relationship(chief, "shareholder", old, share=1.0, since=3000)
    stage.relationship(chief, "legal_representative", new, since=150)
    stage.relationship(chief, "shareholder", new, share=1.0, since=150)
    stage.relationship(chief, "legal_representative", elder, since=2500)
    stage.record(
        old,
        "TAX_GRADE_D",
        300,
        ground="逃避缴纳税款达到规定比例",
        authority="示例市税务局",
        amount=860_000.0,
    )
    stage.expect(
        "P06", new, "shares the grade D: it began after the decision", "评级之后设立，直接判为D级"
    )
    stage.expect(
        "P06",
        elder,
        "not reached: run by that person before the decision",
        "评级之前已由该人经营，不受影响",
        never=True,
    )
    return stage.story(
        "phoenix",
        Telling("The phoenix", "凤凰重生"),
        Telling(
            "A trading company is graded D. Five months later its directly responsible person "
            "starts a new one with a clean sheet. Under STA Announcement 2025 No. 12, art. 18(11), "
            "the new company is graded D at once; one that the person has run for years is not.",
            "一家商贸公司被评为纳税缴费信用D级。五个月后，其直接责任人员另设新公司，记录一片空白。"
            "依国家税务总局公告2025年第12号第十八条第（十一）项，新公司直接判为D级；"
            "该人多年前即已经营的公司不受影响。",
        ),
    )


def _toxic_hire(stage: Stage) -> Story:
    hirer = stage.company(
        "甜禾糕点食品有限公司",
        "Sweet Grain Pastry Food Co., Ltd.",
        Telling("employs a banned manager", "聘用了被禁业的管理人员"),
        industry="C14",
    )
    former = stage.company(
        "旧灶调味食品有限公司",
        "Old Hearth Seasoning Food Co., Ltd.",
        Telling("employed the manager before the ban only", "仅在禁业之前聘用过该人"),
        industry="C14",
    )
    manager = stage.person(
        "灶添柴", "Zao Tianchai", Telling("banned from the food trade", "食品行业禁业人员")
    )
    other = stage.person("甜守业", "Tian Shouye", Telling("legal representative", "法定代表人"))
    stage.relationship(other, "legal_representative", hirer)
    stage.relationship(other, "shareholder", hirer, share=1.0)
    stage.relationship(manager, "senior_manager", former, since=2400, until=900)
    stage.relationship(manager, "senior_manager", hirer, since=200)
    stage.relationship(manager, "employee", hirer, since=200)
    stage.record(
        manager,
        "FOOD_BAN",
        700,
        ground="用非食品原料生产食品，许可证被吊销",
        authority="示例市市场监督管理局",
    )
    stage.expect("P14", hirer, "its food licence is at stake", "面临吊销食品生产经营许可证")
    stage.expect("P14", former, "the post ended before", "任职已先行结束", never=True)
    return stage.story(
        "toxic-hire",
        Telling("The toxic hire", "错聘的厂长"),
        Telling(
            "A manager is banned from the food trade for five years. A pastry maker hires him all "
            "the same: under art. 135 of the Food Safety Law its own licence is revoked. The "
            "company that he had left before is not touched.",
            "某管理人员因食品违法被禁业五年，一家糕点企业仍聘其任职。"
            "依《食品安全法》第一百三十五条，聘用单位的许可证应予吊销；其此前已离任的公司不受影响。",
        ),
    )


def _clean_slate(stage: Stage) -> Story:
    repaired = stage.company(
        "归零建材有限公司",
        "Clean Slate Building Materials Co., Ltd.",
        Telling("its record was repaired", "记录已完成修复"),
        industry="C30",
    )
    expired = stage.company(
        "旧账机械有限公司",
        "Old Account Machinery Co., Ltd.",
        Telling("its record has run out, another was withdrawn", "记录已到期，另一条已撤销"),
        industry="C34",
    )
    person = stage.person(
        "归来迟", "Gui Laichi", Telling("a record past its keeping time", "个人记录已过保存期限")
    )
    stage.relationship(person, "legal_representative", repaired)
    stage.relationship(person, "director", expired)
    stage.record(repaired, "TAX_MAJOR", 700, repaired=120, status="repaired", ground="伪造账簿")
    stage.record(expired, "SAMR_SERIOUS", 1500, ends=400, ground="骗取登记")
    stage.record(expired, "COURT_DEFAULTER", 200, status="withdrawn", ground="错误列入，已撤销")
    stage.record(person, "COURT_DEFAULTER", 3600, ends=2800, ground="拒不履行和解协议")
    stage.expect("score", repaired, "a repaired record counts zero", "已修复的记录不计分")
    stage.expect("score", expired, "ended and withdrawn records count zero", "到期或撤销不计分")
    stage.expect("exposure", expired, "an erased record of a person", "个人记录已删除", never=True)
    return stage.story(
        "clean-slate",
        Telling("The clean slate", "信用归零"),
        Telling(
            "A repaired record, one past its end, one withdrawn, and one on a person older than "
            "sixty months after its end: none of them may count or be shown.",
            "已修复、已到期、已撤销的记录，以及个人满六十个月的记录：均不得计分，亦不得展示。",
        ),
    )


_PLOTS: Final[Mapping[int, Callable[[Stage], Story]]] = {
    1: _phoenix,
    2: clean_supplier,
    3: wages,
    4: hidden_ring,
    5: _toxic_hire,
    6: vouchers,
    7: state_siblings,
    8: unknown_partner,
    9: _clean_slate,
    10: deep_pit,
}


def plant_stories(as_of: dt.date) -> tuple[tuple[Story, ...], dict[str, pl.DataFrame]]:
    """All stories and the rows of the four tables that they are made of."""
    stages = [Stage(number, as_of) for number in _PLOTS]
    stories = tuple(_PLOTS[stage.number](stage) for stage in stages)
    tables = [stage.tables() for stage in stages]
    return stories, {name: pl.concat([each[name] for each in tables]) for name in tables[0]}

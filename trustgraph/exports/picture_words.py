"""What stands in and below pictures: what they show, and what they leave out, in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from trustgraph.subgraphs.words import cut_words

__all__ = ["Words", "say", "words_of"]

Language = Literal["en", "zh"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "around": ("What stands around {names}", "{names}的关联图谱"),
    "evidence": ("What bears on {names}", "{names}的风险依据"),
    "between": ("What lies between {names}", "{names}之间的关联"),
    "among": ("What joins {names}", "{names}之间的关联"),
    "family": ("The ownership family of {names}", "{names}的股权家族"),
    "record": ("What record {names} reaches", "记录{names}的影响范围"),
    "run": ("All parties of the run", "本次评价的全部主体"),
    "and": (" and ", "与"),
    "more": ("{name} and {count} more", "{name}等{count}家"),
    "subtitle": (
        "as of {day} · pack {policy} {version} · grades as letters, NR: not rated",
        "截至{day} · 规则包{policy} {version} · 字母为等级，NR为暂不评级",
    ),
    "masked": ("Natural persons stand under pseudonyms.", "自然人以代号显示。"),
    "unmasked": ("Natural persons are named, for: {purpose}", "已显示自然人姓名，用途：{purpose}"),
    "no_purpose": ("Natural persons are named.", "已显示自然人姓名。"),
    "own": ("ownership", "股权"),
    "law": ("posts and control", "任职与控制"),
    "market": ("trade, guarantees, contracts", "交易、担保与承包"),
    "ended": ("ended before the day", "此前已终止"),
    "company": ("company", "企业"),
    "person": ("person", "自然人"),
    "public_body": ("public body", "公共机构"),
    "mark": ("●1: records of its own", "●1：自身记录数"),
}


_POSTS: Final[dict[str, tuple[str, str]]] = {
    "legal_representative": ("legal rep.", "法定代表人"),
    "director": ("director", "董事"),
    "supervisor": ("supervisor", "监事"),
    "senior_manager": ("manager", "高管"),
    "responsible_person": ("responsible", "责任人员"),
    "employee": ("employee", "员工"),
    "actual_controller": ("controls", "实际控制"),
    "control": ("controls", "实际控制"),
    "branch": ("branch", "分支机构"),
    "successor": ("successor", "承继"),
    "guarantor": ("guarantee", "担保"),
    "supplier": ("supplies", "供应"),
    "contractor": ("contractor", "承包"),
    "consortium": ("consortium", "联合体"),
    "affiliate": ("affiliated", "关联"),
    "possibly_same": ("the same?", "疑似同一主体"),
}
"""What stands on a line that has no share, by kind of relationship."""


@dataclass(frozen=True, slots=True)
class Words:
    """A title, a line below it, notes for below the picture; lines and shapes of the legend.

    ``posts``: what a relationship is called where it is drawn.
    """

    title: str
    subtitle: str
    notes: list[str]
    lines: dict[str, str]
    shapes: dict[str, str]
    posts: dict[str, str]


def say(key: str, lang: Language, **values: Any) -> str:
    """Words by key, in a language."""
    return _WORDS[key][lang == "zh"].format(**values)


def words_of(about: Mapping[str, Any]) -> Words:
    """What a picture of a subgraph says, by what was asked."""
    lang: Language = "zh" if about["lang"] == "zh" else "en"
    asked, policy = about["asked"], about["policy"]
    question = next((name for name in _WORDS if name in asked), "around")
    value = about["centres"] if question == "run" else asked.get(question) or about["centres"]
    names = about.get("names", {})
    listed = [names.get(one, one) for one in ([value] if isinstance(value, str) else value)]
    if question == "between":
        told = say("and", lang).join(listed[:2])
    elif len(listed) > 1:
        told = say("more", lang, name=listed[0], count=len(listed) - (lang != "zh"))
    else:
        told = listed[0] if listed else ""
    persons = "masked"
    if not about["masked"]:
        persons = "unmasked" if about.get("purpose") else "no_purpose"
    return Words(
        title=say(question, lang, names=told),
        subtitle=say(
            "subtitle",
            lang,
            day=about["as_of"],
            policy=policy["name"],
            version=policy["version"],
        ),
        notes=[
            *cut_words(about, lang),
            say("mark", lang)
            + ("。" if lang == "zh" else ".")
            + (" " if lang == "en" else "")
            + say(persons, lang, purpose=about.get("purpose", "")),
        ],
        lines={line: say(line, lang) for line in ("own", "law", "market", "ended")},
        shapes={shape: say(shape, lang) for shape in ("company", "person", "public_body")},
        posts={kind: words[lang == "zh"] for kind, words in _POSTS.items()},
    )

"""What a subgraph leaves out, in words: nobody is to take what is shown for all there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from trustgraph.schema import KIND_CODES, step_words

__all__ = ["cut_words"]

_WORDS = {
    "whole": ("All that was asked for is shown.", "已完整显示所查询的范围。"),
    "budget": (
        (
            "{count:,} of {within:,} parties stayed out: the budget is {budget:,}, the "
            "nearest came first."
        ),
        "共{within:,}个主体，其中{count:,}个因上限（{budget:,}个）未收录，按距离由近及远收录。",
    ),
    "chains": (
        (
            "{count:,} chains stayed out: the budget is {budget:,} parties, "
            "law and heavy chains came first, each whole."
        ),
        "{count:,}条关联链因上限（{budget:,}个主体）未收录；法律后果及影响较大者优先，整链收录。",
    ),
    "apart": (
        "Nothing joins them within {count:,} relationships.",
        "{count:,}步关系以内未发现二者之间的关联。",
    ),
    "left": ("Parties next to them, not shown: {items}.", "相邻但未收录的主体：{items}。"),
    "item": ("{count:,} ({kind})", "{count:,}个（{kind}）"),
}


def cut_words(about: Mapping[str, Any], lang: Literal["en", "zh"] = "en") -> list[str]:
    """Sentences on what was cut, by which rule, and on who stands next to those that are shown.

    >>> cut_words({"cut": {}, "left_out": {}, "within": 3, "asked": {"budget": 300}})
    ['All that was asked for is shown.']
    """

    def say(key: str, **values: Any) -> str:
        return _WORDS[key][lang == "zh"].format(**values)

    within = about["within"]
    budget = about["asked"].get("budget", within)  # a whole run has none
    found = [
        say(rule, count=count, budget=budget, within=within) for rule, count in about["cut"].items()
    ]
    found = found or [say("whole")]
    if about["left_out"]:
        items = [
            say("item", kind=_kind_words(kind, lang), count=count)
            for kind, count in about["left_out"].items()
        ]
        found.append(say("left", items=("、" if lang == "zh" else ", ").join(items)))
    return found


def _kind_words(kind: str, lang: Literal["en", "zh"]) -> str:
    """A kind of relationship as its forward step is called."""
    words = step_words(2 * KIND_CODES[kind], lang)
    return words.replace("…", "对方") if lang == "zh" else words.replace(" …", "")

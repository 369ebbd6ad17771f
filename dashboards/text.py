"""Words, days, numbers and shares as the screens show them, in English and Chinese.

Chinese is written, not translated: see ``words``, ``words_graph``, ``words_partners`` and
``words_grids``.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal

from dashboards import words, words_graph, words_grids, words_partners

__all__ = ["TEXT", "Language", "day", "number", "percent", "points", "say"]

Language = Literal["en", "zh"]

TEXT: Final[dict[str, tuple[str, str]]] = (
    words.WORDS | words_graph.WORDS | words_partners.WORDS | words_grids.WORDS
)


def say(key: str, lang: Language, **values: Any) -> str:
    """Words of the screens by key, in a language."""
    words = TEXT[key][lang == "zh"].format(**values)
    return words.replace("..", ".")  # a name may end with the point of "Ltd."


def day(given: str | dt.date | None, lang: Language) -> str:
    """A day as people write it."""
    if given is None:
        return ""
    one = dt.date.fromisoformat(given) if isinstance(given, str) else given
    if lang == "zh":
        return f"{one.year}年{one.month}月{one.day}日"
    return f"{one.day} {one:%b} {one.year}"


def number(value: float) -> str:
    """A whole number, in groups of three."""
    return f"{value:,.0f}"


def points(value: float, *, signed: bool = False) -> str:
    """Points to two decimals, with a true minus sign."""
    text = f"{value:+,.2f}" if signed else f"{value:,.2f}"
    return text.replace("-", "−")


def percent(low: float, high: float | None = None, *, lang: Language) -> str:
    """A share, or a range of shares."""
    sign = "%" if lang == "zh" else " %"

    def one(value: float) -> str:
        return f"{100 * value:.2f}".rstrip("0").rstrip(".")

    if high is None or one(low) == one(high):
        return f"{one(low)}{sign}"
    return f"{one(low)} – {one(high)}{sign}"

"""What one consequence adds to its rule, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trustgraph.query.explain_words import TEXT, Language

__all__ = ["detail_words", "excluded_names"]


def detail_words(detail: str | None, lang: Language) -> str:
    """How many more, a computed step, a lowest grade; empty where there is nothing to add.

    >>> detail_words("3 others", "en")
    '3 others'
    """
    if detail is None:
        return ""
    count = detail.removesuffix(" others")
    if detail == "computed controller":
        return TEXT["computed"][lang == "zh"]
    if count != detail:
        return TEXT["others"][lang == "zh"].format(count=count)
    return TEXT["worst"][lang == "zh"].format(grade=detail)


def excluded_names(items: Sequence[Mapping[str, Any]], lang: Language) -> list[str]:
    """Whom pairs of one rule exclude, each once: who surely is first, who may be says so.

    ``items`` are consequences as explanations tell them.

    >>> one = {"names": ["A", "B"], "status": "possible"}
    >>> other = {"names": ["A", "C"], "status": "fact"}
    >>> excluded_names([one, other], "en")
    ['C', 'B (possible)']
    """
    mark = "（可能）" if lang == "zh" else " (possible)"
    found = {item["names"][-1]: "" for item in items if item["status"] == "fact"}
    found |= {item["names"][-1]: mark for item in items if item["names"][-1] not in found}
    return [f"{name}{mark}" for name, mark in found.items()]

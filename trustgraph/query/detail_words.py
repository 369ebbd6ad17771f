"""What one consequence adds to its rule, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from trustgraph.query.explain_words import TEXT, Language

__all__ = ["OTHERS", "detail_words", "excluded_names"]

OTHERS: Final = " others"
"""How the detail of a consequence ends whose chain ends at a hub, behind how many it stands for."""


def detail_words(detail: str | None, lang: Language) -> str:
    """How many more, a computed step, a lowest grade; empty where there is nothing to add.

    >>> detail_words("3 others", "en")
    '3 others'
    """
    if detail is None:
        return ""
    count = detail.removesuffix(OTHERS)
    if detail == "computed controller":
        return TEXT["computed"][lang == "zh"]
    if count != detail:
        return TEXT["others"][lang == "zh"].format(count=count)
    return TEXT["worst"][lang == "zh"].format(grade=detail)


def excluded_names(items: Sequence[Mapping[str, Any]], lang: Language) -> list[str]:
    """Whom pairs of one rule exclude, each once: who surely is first, who may be says so.

    ``items`` are consequences as explanations tell them.

    >>> one = {"chain": ["1", "2"], "names": ["A", "B"], "status": "possible"}
    >>> other = {"chain": ["1", "3"], "names": ["A", "C"], "status": "fact"}
    >>> excluded_names([one, other], "en")
    ['C', 'B (possible)']
    """
    mark = "（可能）" if lang == "zh" else " (possible)"
    found: dict[str, str] = {}
    for item in sorted(items, key=lambda item: item["status"] != "fact"):
        doubt = "" if item["status"] == "fact" else mark
        found.setdefault(item["chain"][-1], f"{item['names'][-1]}{doubt}")
    return list(found.values())

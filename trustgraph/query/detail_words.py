"""What one consequence adds to its rule, in words."""

from __future__ import annotations

from trustgraph.query.explain_words import TEXT, Language

__all__ = ["detail_words"]


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

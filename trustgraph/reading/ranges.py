"""Shares written as words: 50%-67%, 低于5%, 30%以上 as the bounds that they state."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["bounds_of"]

_NUMBER: Final = r"[0-9]+(?:\.[0-9]+)?"
_PART: Final = rf"({_NUMBER})\s*(%?)"
_BETWEEN: Final = re.compile(rf"^{_PART}\s*(?:-|–|—|~|～|至|到|to)\s*{_PART}$", re.IGNORECASE)
_ALONE: Final = re.compile(rf"^{_PART}$")
_WORDS: Final[tuple[tuple[str, str, bool], ...]] = (
    # What stands before or behind the number, which bound it states, whether it belongs to it.
    *((word, "low", True) for word in ("不低于", "不少于", "至少", "at least", ">=", "≥", "from")),
    *((word, "high", True) for word in ("不高于", "不超过", "不多于", "至多", "at most", "up to")),
    *((word, "high", True) for word in ("<=", "≤")),
    *((word, "low", False) for word in ("超过", "高于", "大于", "多于", "more than", "over", ">")),
    *(
        (word, "high", False)
        for word in ("低于", "少于", "小于", "不足", "less than", "under", "<")
    ),
)
_BEHIND: Final[tuple[tuple[str, str, bool], ...]] = (
    *((word, "low", True) for word in ("及以上", "(含)以上", "以上", "or more", "and more", "+")),
    *((word, "high", True) for word in ("及以下", "(含)以下", "or less")),
    ("以下", "high", False),
)


def bounds_of(text: str, *, percent: bool) -> tuple[str | None, str | None] | None:
    """The lower and the upper bound that a text states, as shares; None of what is no range.

    A bound that is not reached itself is written as tables do: ``>0.5``, ``<0.05``. Where there is
    no sign of per cent, ``percent`` says whether it is meant. A single number is both bounds.

    >>> bounds_of("50%-67%", percent=False), bounds_of("低于5%", percent=False)
    (('0.5', '0.67'), (None, '<0.05'))
    >>> bounds_of("30以上", percent=True), bounds_of("0.3", percent=False)
    (('0.3', None), ('0.3', '0.3'))
    >>> bounds_of("half", percent=True) is None
    True
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", "").lower()
    between = _BETWEEN.match(plain)
    if between:
        low, sign, high, other = between.groups()
        signed = percent or bool(sign or other)
        return _share(low, percent=signed), _share(high, percent=signed)
    found = _stated(plain)
    if found is None:
        return None
    number, side, within = found
    alone = _ALONE.match(number.strip())
    if alone is None:
        return None
    share = _share(alone[1], percent=percent or bool(alone[2]))
    if side == "both":
        return share, share
    if side == "low":
        return (share if within else f">{share}"), None
    return None, (share if within else f"<{share}")


def _stated(text: str) -> tuple[str, str, bool] | None:
    for word, side, within in _WORDS:
        if text.startswith(word):
            return text.removeprefix(word), side, within
    for word, side, within in _BEHIND:
        if text.endswith(word):
            return text.removesuffix(word), side, within
    return text, "both", True


def _share(number: str, *, percent: bool) -> str:
    """A number as a share, exactly: per cent moves the point by two places."""
    if not percent:
        return number
    whole, _, part = number.partition(".")
    digits = whole.rjust(3, "0") + part
    place = len(digits) - len(part) - 2
    return f"{digits[:place].lstrip('0') or '0'}.{digits[place:]}".rstrip("0").rstrip(".")

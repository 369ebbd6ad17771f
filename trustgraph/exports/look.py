"""How parties and relationships look in every picture: colours by grade and by kind of line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

__all__ = [
    "COLOURS",
    "colour_of",
    "edge_label",
    "grade_class",
    "line_of_kind",
    "node_label",
    "short_name",
]

_LONGEST: Final = 18
_FORMS: Final = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|公司|\b(co|ltd|limited|inc|corp|company)\b\.?,?)",
    re.IGNORECASE,
)

COLOURS: Final[dict[str, tuple[str, str]]] = {
    "a": ("#0b7a5b", "#e3f4ee"),
    "b": ("#1f5fa8", "#e5eff9"),
    "c": ("#8f5a00", "#fbf0dc"),
    "d": ("#b3261e", "#fce9e7"),
    "nr": ("#5b6472", "#eceef1"),
    "person": ("#566070", "#ffffff"),
    "law": ("#4a2f8a", "#efeaf9"),
    "market": ("#0f6a78", "#e2f2f4"),
    "own": ("#14181f", "#ffffff"),
}
"""Ink and ground, by class of grade or line; their contrast is at least 4.5."""

_LAW: Final = frozenset(
    {
        *("legal_representative", "director", "supervisor", "senior_manager"),
        *("responsible_person", "employee", "actual_controller", "control"),
    }
)
_OWNING: Final = frozenset({"shareholder", "branch", "successor"})


def grade_class(kind: str, grade: str | None) -> str:
    """The class of a party's colour: its grade's first letter, ``nr`` or ``person``.

    >>> grade_class("company", "AAA"), grade_class("person", None), grade_class("company", None)
    ('a', 'person', 'nr')
    """
    if kind == "person":
        return "person"
    first = (grade or "NR")[:1].lower()
    return first if grade != "NR" and first in COLOURS else "nr"


def colour_of(kind: str, grade: str | None) -> tuple[int, int, int]:
    """The ink of a party as red, green, blue (0 to 255)."""
    ink = COLOURS[grade_class(kind, grade)][0]
    red, green, blue = (int(ink[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def line_of_kind(kind: str) -> Literal["law", "own", "market"]:
    """How a relationship is drawn: as a post or control, as ownership, or as trade.

    >>> import trustgraph as tg
    >>> [tg.line_of_kind(kind) for kind in ("director", "shareholder", "supplier")]
    ['law', 'own', 'market']
    """
    return "law" if kind in _LAW else "own" if kind in _OWNING else "market"


def short_name(name: str) -> str:
    """A name as a label has room for: without its legal form, on two lines where it is long.

    What does not fit on two is cut.

    >>> import trustgraph as tg
    >>> tg.short_name("灰烬路桥有限公司")
    '灰烬路桥'
    >>> tg.short_name("Deep Pit Municipal Engineering Co., Ltd.")
    'Deep Pit Municipal\\nEngineering'
    """
    words = " ".join(_FORMS.sub("", name).split()).strip(" ,.") or name
    longest = _LONGEST if words.isascii() else _LONGEST // 2 + 1
    if len(words) <= longest:
        return words
    break_at = words.rfind(" ", 1, longest + 1)
    first, rest = (
        (words[:break_at], words[break_at + 1 :])
        if break_at > 0
        else (words[:longest], words[longest:])
    )
    second = rest if len(rest) <= longest else rest[: longest - 1].rstrip() + "…"
    return f"{first}\n{second}"


def node_label(row: Mapping[str, Any]) -> str:
    """What stands below a party: its short name, and how many records of its own count."""
    name = str(row["name"])
    masked = row["kind"] == "person" and name.endswith(row["id"])
    name = row["id"] if masked else short_name(name)
    return f"{name} ●{row['records']}" if row.get("records") else str(name)


def edge_label(row: Mapping[str, Any]) -> str:
    """What stands on a line: the share that is held, of a range both ends."""
    if row.get("share_low") is None:
        return ""
    low, high = (f"{100 * row[name]:.4g}" for name in ("share_low", "share_high"))
    return f"{low}%" if low == high else f"{low}–{high}%"

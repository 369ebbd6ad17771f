"""What is looked at, as the address says it: a link opens the same view for somebody else."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import Any, Final, cast
from urllib.parse import parse_qs, quote, unquote, urlencode

from dashboards.text import Language

__all__ = ["PAGES", "View", "link_to", "view_of"]

PAGES: Final = ("home", "company", "graph")
LISTS: Final = ("partners", "portfolio")
MOST_PARTNERS: Final = 2_000
SHOWN: Final = ("evidence", "around", "owners", "path")
_MOST_STEPS: Final = 24
_KIND: Final = re.compile(r"[a-z_]{1,40}")
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class View:
    """A page and what it shows; ``known`` is false of an address that is none of ours.

    ``odd_day`` is what an address gives for a day, and is none; ``cut`` is how many partners it
    names beyond ``MOST_PARTNERS``; ``arranged`` how the grid of the partners was left.
    """

    page: str = "home"
    entity: str | None = None
    lang: Language = "en"
    as_of: dt.date | None = None
    odd_day: str | None = None
    show: str = "evidence"
    past: bool = False
    grown: tuple[tuple[str, str | None], ...] = ()
    hidden: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()
    to: str | None = None
    known: bool = True
    partners: tuple[str, ...] = ()
    cut: int = 0
    arranged: str | None = None


def view_of(
    pathname: str | None, search: str | None, mark: str | None = None, *, lang: Language
) -> View:
    """The view of an address; what it cannot mean is left out.

    A portfolio's partners stand behind the ``#``: a server's log and a proxy never see them.
    """
    every = parse_qs((search or "").lstrip("?"))
    asked = {name: values[0] for name, values in every.items()}
    given = asked.get("lang")
    view = View(
        lang=cast(Language, given) if given in {"en", "zh"} else lang,
        as_of=_day(asked.get("as_of")),
    )
    if view.as_of is None and "as_of" in asked:
        view = replace(view, odd_day=asked["as_of"][:20])
    if asked.get("show") in SHOWN:
        view = replace(
            view,
            show=asked["show"],
            past=asked.get("past") == "1",
            grown=tuple(filter(None, map(_growth, every.get("grow", ())[:_MOST_STEPS]))),
            hidden=tuple(one for one in every.get("hide", ()) if _KIND.fullmatch(one))[:40],
            pinned=tuple(dict.fromkeys(one[:_LONGEST] for one in every.get("pin", ())))[
                :_MOST_STEPS
            ],
            to=asked["to"][:_LONGEST] if "to" in asked else None,
        )
    parts = [unquote(part) for part in (pathname or "/").strip("/").split("/") if part]
    if not parts:
        return view
    if len(parts) == 1 and parts[0] in LISTS:
        if parts[0] != "portfolio":
            return replace(view, page=parts[0])
        ids, _, left = (mark or "").lstrip("#").partition(";")
        named = [unquote(one)[:_LONGEST] for one in ids.split(",")]
        every_one = tuple(dict.fromkeys(one for one in named if one))
        return replace(
            view,
            page="portfolio",
            partners=every_one[:MOST_PARTNERS],
            cut=max(0, len(every_one) - MOST_PARTNERS),
            arranged=unquote(left) or None,
        )
    if len(parts) == 2 and parts[0] in PAGES[1:]:  # page and entity
        return replace(view, page=parts[0], entity=parts[1][:_LONGEST])
    return replace(view, known=False)


def link_to(view: View, **changes: Any) -> str:
    """The address of a view with some changes."""
    meant = replace(view, **changes)
    path = "/" if meant.entity is None else f"/{meant.page}/{quote(meant.entity, safe='')}"
    mark = ""
    if meant.entity is None and meant.page in LISTS:
        path = f"/{meant.page}"
        if meant.page == "portfolio":
            mark = "#" + ",".join(quote(one, safe="") for one in meant.partners)
            mark += f";{quote(meant.arranged, safe='')}" if meant.arranged else ""
    asked: list[tuple[str, str]] = [("lang", meant.lang)]
    if meant.as_of is not None:
        asked.append(("as_of", meant.as_of.isoformat()))
    if meant.page == "graph":
        asked.append(("show", meant.show))
        if meant.past:
            asked.append(("past", "1"))
        asked += [("hide", kind) for kind in meant.hidden]
        asked += [("pin", one) for one in meant.pinned]
        asked += [("grow", f"{kind or '-'} {one}") for one, kind in meant.grown]
        if meant.to is not None and meant.show == "path":
            asked.append(("to", meant.to))
    return f"{path}?{urlencode(asked)}{mark}"


def _growth(text: str) -> tuple[str, str | None] | None:
    """What was added or taken away: a kind or a minus, and whose it is."""
    kind, _, entity = text.partition(" ")
    if not entity or (kind != "-" and not _KIND.fullmatch(kind)):
        return None
    return entity[:_LONGEST], None if kind == "-" else kind


def _day(text: str | None) -> dt.date | None:
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError:
        return None

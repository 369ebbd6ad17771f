"""Who is behind a party, and what it owns: direct and looked-through shares side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.parts import card, chip, clean, hidden, party
from dashboards.state import View, link_to
from dashboards.text import percent, say

__all__ = ["held_card", "owned_card", "owners_card"]


def owners_card(told: dict[str, Any], owners: dict[str, Any], view: View) -> Component:
    lang = view.lang
    title = say("owners", lang)
    rows = list(_owner_rows(owners["owners"], 0, view))
    table = _shares(say("owner", lang), rows, view) if rows else None
    owned = told["ownership"]
    words: list[Any] = []
    if owned["blocked_through"]:
        key = f"blocked_{owned['blocked']}"
        words.append(html.B(say(key, lang, names=_names(owned["blocked_through"], lang)) + " "))
    if owned["controllers"]:
        words.append(say("controllers", lang, names=_names(owned["controllers"], lang)))
    else:
        words.append(say("no_controller", lang))
    share = percent(owners["threshold"], lang=lang)
    persons = [row for row in owned["beneficial_owners"] if row["kind"] == "person"]
    others = [row for row in owned["beneficial_owners"] if row["kind"] != "person"]
    if persons:
        names = _names(persons, lang)
        words.append(" " + say("beneficial", lang, names=names))
    else:
        words.append(" " + say("no_beneficial", lang))
    if others:
        words.append(" " + say("holders", lang, share=share, names=_names(others, lang)))
    said = say("owners_words", lang, name=clean(told["name"]))
    tables = [] if table is None else [table, html.P(said, className="faint small")]
    return card(title, *tables, html.P(words, className="soft"))


def _shares(who: str, rows: list[Component], view: View) -> Component:
    """A table of parties with both shares, and a head that says which is which."""
    heads = [
        html.Th(who),
        *(html.Th(say(name, view.lang), className="num") for name in ("holds", "looks")),
    ]
    return html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="plain")


def _names(rows: Sequence[dict[str, Any]], lang: str) -> str:
    zh = lang == "zh"
    found = []
    for row in rows[:6]:
        doubt = ""
        if row["answer"] == "possible":
            doubt = "（可能）" if zh else " (possible)"
        found.append(clean(row["name"]) + doubt)
    more = ["…"] if len(rows) > 6 else []  # as many as are named
    return ("、" if zh else ", ").join(found + more)


def _owner_rows(nodes: Sequence[dict[str, Any]], depth: int, view: View) -> list[Component]:
    rows: list[Component] = []
    pad = {"paddingLeft": f"{8 + 16 * min(depth, 6)}px"}
    for one in nodes:
        held = percent(one["direct"]["low"], one["direct"]["high"], lang=view.lang)
        if one["owner"] is None:
            cells = [html.Td(say("nobody_known", view.lang), className="soft", style=pad)]
            rows.append(html.Tr([*cells, html.Td(held, className="num"), html.Td("")]))
            continue
        person = one["kind"] == "person"
        sign = {"person": "●", "public_body": "◆"}.get(one["kind"], "■")
        through = one["look_through"]
        looks = "" if through is None else percent(through["low"], through["high"], lang=view.lang)
        name = party(one["owner"], one["name"], view, person=person)
        marks: list[Any] = []
        if one["on_black_list"]:
            marks += [" ", chip(say("on_black_list", view.lang), "d")]
        if one["ring"]:
            marks += [" ", chip(say("in_ring", view.lang), "c")]
        rows.append(
            html.Tr(
                [
                    html.Td([html.Span(f"{sign} ", **hidden()), name, *marks], style=pad),
                    html.Td(held, className="num"),
                    html.Td(looks, className="num"),
                ]
            )
        )
        rows += _owner_rows(one["owners"], depth + 1, view)
    return rows


def held_card(owned: dict[str, Any], view: View) -> list[Component]:
    """What a person holds; nothing of whoever holds nothing."""
    return [_holdings(say("held_by_person", view.lang), owned, view)] if owned["owned"] else []


def owned_card(owned: dict[str, Any], view: View) -> Component:
    lang = view.lang
    if not owned["owned"]:
        return card(say("owned", lang), html.P(say("owns_nothing", lang), className="soft"))
    return _holdings(say("owned", lang), owned, view)


def _holdings(title: str, owned: dict[str, Any], view: View) -> Component:
    lang = view.lang
    rows: list[Component] = []
    for one in owned["owned"][:12]:
        direct = one["direct"]
        held = "" if direct is None else percent(direct["low"], direct["high"], lang=lang)
        through = one["look_through"]
        rows.append(
            html.Tr(
                [
                    html.Td(party(one["entity"], one["name"], view, person=False)),
                    html.Td(held, className="num"),
                    html.Td(percent(through["low"], through["high"], lang=lang), className="num"),
                ]
            )
        )
    more = len(owned["owned"]) - len(rows)
    link = link_to(view, page="graph", show="around")
    words = say("and_more", lang, count=more)
    tail = [html.P(html.A(words, href=link), className="small")] if more else []
    return card(title, _shares(say("owned_party", lang), rows, view), *tail)

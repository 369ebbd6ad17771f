"""What the law attaches, by force, in words, each with its article and chain."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

import trustgraph as tg
from dashboards.pages.company_points import record_words
from dashboards.parts import card, chip, clean, party, path
from dashboards.state import View
from dashboards.text import Language, say

__all__ = ["law_card", "pair_of"]

_SHOWN = 6
"""Parties that a group of pairs names."""


def law_card(told: dict[str, Any], view: View) -> Component:
    """Own measures first, then what reaches it through others, by force."""
    lang = view.lang
    rows: list[Component] = []
    for record in told["records"]:
        if record["measures"]:
            rows += _own(record, view)
    alone, pairs = tg.law_in_order(told["consequences"])
    for item in alone:
        rows += _consequence(item, view)
    for items in pairs:
        rows += _pairs(items, view)
    own = sum(bool(record["measures"]) for record in told["records"])
    doubtful = sum(bool(_doubt(item, lang)) for item in told["consequences"])
    counts = {"certain": own + len(told["consequences"]) - doubtful, "check": doubtful}
    said = [say(f"count_{name}", lang, count=count) for name, count in counts.items() if count]
    title: list[Any] = [say("law", lang)]
    if not rows:
        return card(title, html.P(say("no_law", lang), className="soft"))
    return card(
        [*title, html.Span(("，" if lang == "zh" else ", ").join(said), className="aside")],
        html.Div(rows, className="attaches"),
    )


def _own(record: dict[str, Any], view: View) -> list[Component]:
    lang = view.lang
    words = ("；" if lang == "zh" else "; ").join(clean(one) for one in record["measures"])
    colon = "：" if lang == "zh" else ": "
    brought = f"{say('own_measures', lang)}{colon}{clean(record['title'])}"
    basis = [clean(record["legal_basis"])] if record["legal_basis"] else []
    return [
        html.Div(say("force_A", lang), className="f"),
        html.Div(
            [
                html.P(html.B(words + ("。" if lang == "zh" else "."))),
                html.P(f"{brought} · {record_words(record, lang)}", className="soft"),
                html.P(" · ".join(basis), className="art"),
            ]
        ),
    ]


def _consequence(item: dict[str, Any], view: View) -> list[Component]:
    lang = view.lang
    parts: list[Any] = [html.B(clean(item["words"] or item["title"]))]
    parts = [*_doubt(item, lang), *parts]
    found: list[Any] = [html.P(parts)]
    if item["detail_words"]:
        found.append(html.P(clean(item["detail_words"]), className="soft"))
    if item["condition"]:
        words = clean(item["condition"])
        found.append(html.P(say("only_if", lang, words=words), className="soft"))
    record = item["record"]
    if record is not None:
        because = say("because_of", lang, title=clean(record["title"]), name=clean(record["name"]))
        found.append(html.P(f"{because} · {record_words(record, lang)}", className="soft"))
    if item["steps"]:
        found.append(path(item["chain"], item["names"], item["kinds"], item["steps"], view))
    if item["legal_basis"]:
        found.append(html.P(clean(item["legal_basis"]), className="art"))
    return [html.Div(say(f"force_{item['force']}", lang), className="f"), html.Div(found)]


def _doubt(item: dict[str, Any], lang: Language) -> list[Any]:
    """A chip where a consequence is possible only, or where something has to be checked first."""
    if item["status"] == "possible":
        return [chip(say("possible", lang), "c"), " "]
    if item["condition"] or item["detail"] == "computed controller":
        return [chip(say("conditional", lang), "c"), " "]
    return []


def _pairs(items: list[dict[str, Any]], view: View) -> list[Component]:
    """Pairs of one rule together: must not bid beside …, each with the chain that makes it so."""
    lang = view.lang
    rows = [pair_of(item, view) for item in items]
    first = items[0]
    # Once for all of them: the condition is the rule's own.
    check: list[Any] = [chip(say("conditional", lang), "c"), " "] if first["condition"] else []
    found: list[Any] = [html.P([*check, html.B(say("not_beside", lang, count=len(items)))])]
    found += rows[:_SHOWN]
    if len(rows) > _SHOWN:
        more = say("and_more", lang, count=len(rows) - _SHOWN)
        found.append(html.Details([html.Summary(more, className="more"), *rows[_SHOWN:]]))
    if first["condition"]:
        found.append(
            html.P(say("only_if", lang, words=clean(first["condition"])), className="soft")
        )
    if first["legal_basis"]:
        found.append(html.P(clean(first["legal_basis"]), className="art"))
    return [html.Div(say("force_C", lang), className="f"), html.Div(found)]


def pair_of(item: dict[str, Any], view: View) -> Component:
    """One that may not bid beside, with the chain between the two where it has steps.

    The condition of its rule is said once for all pairs, by whoever shows them.
    """
    if item["steps"]:
        drawn = path(item["chain"], item["names"], item["kinds"], item["steps"], view)
    else:
        other, person = item["chain"][-1], item["kinds"][-1] == "person"
        drawn = html.P(party(other, item["names"][-1], view, person=person))
    doubt = _doubt(item | {"condition": None}, view.lang)
    return html.Div([*doubt, drawn], className="pair")

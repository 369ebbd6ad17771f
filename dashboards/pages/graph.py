"""The graph of a party: what is shown, the picture, what is selected, and the same as a table."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.graph_view import line_of
from dashboards.parts import badge, card, chip, clean, hidden, labelled, party
from dashboards.state import View, link_to
from dashboards.text import Language, day, number, percent, points, say

__all__ = ["graph_page", "selected_pane"]

_ROWS = 200
"""Relationships that the table shows; the others are counted."""


def graph_page(
    subgraph: dict[str, Any],
    summary: dict[str, Any],
    counts: list[dict[str, Any]],
    picture: Any,
    view: View,
) -> list[Component]:
    """Three panes and the table, which is the graph for whoever cannot see it."""
    lang = view.lang
    title = say("graph_of", lang, name=clean(summary["name"]))
    pane = html.Section(
        html.Div(picture, **labelled(say("graph_picture", lang, count=len(subgraph["nodes"])))),
        className="card pane",
    )
    return [
        html.H1(title, className="graph-title"),
        html.Div(
            [
                _shown(subgraph, view),
                pane,
                html.Div(selected_pane(summary, counts, view), id="selected", className="stack"),
            ],
            className="panes",
        ),
        _table(subgraph, view),
    ]


def _shown(subgraph: dict[str, Any], view: View) -> Component:
    """What is drawn: the choice of it, the legend with counts, and what was left out."""
    lang = view.lang
    choices = []
    for show in ("evidence", "around"):
        current: Any = {"aria-current": "true"} if view.show == show else {}
        words = say(f"show_{show}", lang)
        link = link_to(view, show=show)
        choices.append(html.A(words, href=link, className="choice", **current))
    kinds = Counter(edge["kind"] for edge in subgraph["edges"] if edge["current"])
    past = sum(not edge["current"] for edge in subgraph["edges"])
    lines: list[Component] = []
    for look in ("own", "law", "market"):
        rows = [(kind, count) for kind, count in kinds.most_common() if line_of(kind) == look]
        if rows:
            lines.append(html.H3([html.I(className=f"sign {look}", **hidden()), _said(look, lang)]))
        lines += [_key(say(f"kind_{kind}", lang), count) for kind, count in rows]
    if view.past or past:
        sign = html.I(className="sign past", **hidden())
        lines.append(_key([sign, say("ended", lang)], past))
    parties = Counter(node["kind"] for node in subgraph["nodes"])
    lines.append(html.H3(say("parties", lang)))
    lines += [
        _key([html.I(className=f"shape {kind}", **hidden()), say(f"party_{kind}", lang)], count)
        for kind, count in parties.most_common()
    ]
    if any(node["records"] for node in subgraph["nodes"]):
        mark = html.I("●1", className="mark-of", **hidden())
        lines.append(_key([mark, say("record_mark", lang)], None))
    toggle = say("hide_past" if view.past else "show_past", lang)
    shown = len(subgraph["nodes"])
    told = [say("shown_evidence", lang, shown=shown)]
    if view.show != "evidence":
        told = [say("shown_of", lang, shown=shown, within=subgraph["within"])]
    if subgraph["left_out"]:
        left = [
            say("left_row", lang, kind=say(f"kind_{row['kind']}", lang), count=row["parties"])
            for row in subgraph["left_out"]
        ]
        told.append(say("left_out", lang, items=("；" if lang == "zh" else ", ").join(left)))
    return card(
        say("graph_shown", lang),
        html.Nav(choices, className="choices"),
        *lines,
        html.P(html.A(toggle, href=link_to(view, past=not view.past)), className="small"),
        html.P(" ".join(told), className="soft small"),
    )


def _said(look: str, lang: Language) -> str:
    return say(f"line_{look}", lang)


def _key(words: Any, count: int | None) -> Component:
    """A line of the legend, with how many there are."""
    parts = words if isinstance(words, list) else [words]
    tail = [] if count is None else [html.B(number(count))]
    return html.Div([*parts, *tail], className="key")


def selected_pane(
    summary: dict[str, Any], counts: list[dict[str, Any]], view: View
) -> list[Component]:
    """Who is selected: the same verdicts as everywhere, and how much one would see more."""
    lang, entity = view.lang, summary["entity"]
    if summary["kind"] == "person":
        return [card(clean(summary["name"]), html.P(say("person", lang), className="soft"))]
    share = percent(round(summary["coverage"], 2))
    verdicts = [
        chip(clean(one["title"]), "d" if one["verdict"] != "NOT_RATED" else "")
        for one in summary["verdicts"]
    ]
    head = [badge(summary["grade"], lang), " ", clean(summary["name"])]
    rows = [
        html.Tr(
            [
                html.Td(clean(row["words"]).replace("…", "对方")),
                html.Td(number(row["current"]), className="num"),
            ]
        )
        for row in counts
        if row["current"]
    ]
    table = [html.Table(html.Tbody(rows), className="plain")] if rows else []
    return [
        card(
            head,
            html.P(
                f"{points(summary['score'])} · {say('coverage', lang)} {share}", className="soft"
            ),
            html.Div(verdicts, className="facts"),
            *table,
            html.P(
                [
                    html.A(
                        say("open_page", lang), href=link_to(view, page="company", entity=entity)
                    ),
                    " · ",
                    html.A(
                        say("open_graph", lang), href=link_to(view, page="graph", entity=entity)
                    ),
                ]
            ),
        )
    ]


def _table(subgraph: dict[str, Any], view: View) -> Component:
    """The same as a table: every relationship that is drawn."""
    lang = view.lang
    nodes = {node["entity"]: node for node in subgraph["nodes"]}

    def named(entity: str) -> Any:
        node = nodes[entity]
        person = node["kind"] == "person"
        grade = [] if person else [badge(node["grade"], lang), " "]
        return [*grade, party(entity, node["name"], view, person=person)]

    rows = []
    for edge in subgraph["edges"][:_ROWS]:
        share = edge["share"]
        held = "" if share is None else percent(share["low"], share["high"])
        until = "" if edge["end"] is None else day(edge["end"], lang)
        rows.append(
            html.Tr(
                [
                    html.Td(named(edge["source"])),
                    html.Td(say(f"kind_{edge['kind']}", lang)),
                    html.Td(named(edge["target"])),
                    html.Td(held, className="num"),
                    html.Td(day(edge["start"], lang), className="num"),
                    html.Td(until, className="num"),
                ]
            )
        )
    more = len(subgraph["edges"]) - len(rows)
    tail = [html.P(say("and_more", lang, count=more), className="soft small")] if more else []
    heads = ("from", "relationship", "to", "share", "start", "end")
    right = {"share", "start", "end"}
    head = html.Tr(
        [
            html.Th(say(f"head_{name}", lang), className="num" if name in right else "")
            for name in heads
        ]
    )
    return card(
        say("as_table", lang),
        html.Div(
            html.Table([html.Thead(head), html.Tbody(rows)], className="plain"), className="wide"
        ),
        *tail,
    )

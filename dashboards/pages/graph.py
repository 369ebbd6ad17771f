"""The graph of a party: what is shown, the picture, what is selected, and the same as a table."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

import trustgraph as tg
from dashboards.graph_view import zooms
from dashboards.grids import column, grid, party_column
from dashboards.legend import key, key_of_party, sign_of_line
from dashboards.parts import (
    badge,
    card,
    chip,
    clean,
    grade_words,
    hidden,
    labelled,
    named,
    step_label,
)
from dashboards.state import View, link_to
from dashboards.text import Language, day, number, percent, points, say

__all__ = ["EXPORTS", "graph_page", "path_choices", "selected_pane", "without_kinds"]


EXPORTS = ("html", "svg", "xlsx", "gexf", "graphml", "cypher", "ftm", "bods")
"""Formats that a graph on the screen can be had in: those that are one file."""


_GROWS = frozenset({"evidence", "around"})
"""Views in which parties can be added, taken away and pinned."""


def without_kinds(subgraph: dict[str, Any], view: View) -> dict[str, Any]:
    """A subgraph without the kinds that are hidden, and without who stands alone then."""
    if not view.hidden:
        return subgraph
    edges = [edge for edge in subgraph["edges"] if edge["kind"] not in view.hidden]
    joined = {
        subgraph["centre"],
        *view.pinned,
        *(edge[end] for edge in edges for end in ("source", "target")),
    }
    nodes = [node for node in subgraph["nodes"] if node["entity"] in joined]
    return subgraph | {"nodes": nodes, "edges": edges}


def graph_page(
    whole: dict[str, Any],
    subgraph: dict[str, Any],
    summary: dict[str, Any],
    counts: list[dict[str, Any]],
    picture: Any,
    view: View,
) -> list[Component]:
    """Three panes and the table, which is the graph for whoever cannot see it.

    ``subgraph`` is what is drawn of the ``whole``: without the kinds that were hidden.
    """
    lang = view.lang
    title = _title(subgraph, clean(summary["name"]), view)
    drawn = html.Div(picture, **labelled(say("graph_picture", lang, count=len(subgraph["nodes"]))))
    if view.show == "path" and not subgraph["chain"]:
        # The picture stays, empty and unseen: what follows a tap listens to it.
        words = html.Div(html.P(_said_of(subgraph, view)), className="soft empty")
        drawn = html.Div([words, html.Div(picture, className="hidden")])
    pane = html.Section([drawn, zooms(lang)], className="card pane")
    return [
        html.H1(title, className="graph-title"),
        html.Div(
            [
                _shown(whole, subgraph, view),
                pane,
                html.Div(selected_pane(summary, counts, view), id="selected", className="stack"),
            ],
            className="panes",
        ),
        _table(subgraph, view),
    ]


def _title(subgraph: dict[str, Any], name: str, view: View) -> str:
    """What is drawn of whom; a path has two ends."""
    other = subgraph.get("to_name") if view.show == "path" else None
    if other:
        return say("graph_of_path", view.lang, name=name, other=clean(other))
    key = f"graph_of_{view.show}" if view.show in {"owners", "evidence"} else "graph_of"
    return say(key, view.lang, name=name)


def _shown(whole: dict[str, Any], subgraph: dict[str, Any], view: View) -> Component:
    """What is drawn: the choice of it, the legend as a filter, and what was left out."""
    lang = view.lang
    choices = []
    for show in ("evidence", "around", "owners", *(["path"] if view.show == "path" else [])):
        current: Any = {"aria-current": "true"} if view.show == show else {}
        words = say(f"show_{show}", lang)
        link = link_to(view, show=show, grown=(), hidden=())
        choices.append(html.A(words, href=link, className="choice", **current))
    kinds = Counter(edge["kind"] for edge in whole["edges"] if edge["current"])
    past = sum(not edge["current"] for edge in subgraph["edges"])
    lines: list[Component] = []
    for look in ("own", "law", "market"):
        rows = [
            (kind, count) for kind, count in kinds.most_common() if tg.line_of_kind(kind) == look
        ]
        if rows:
            lines.append(html.H3([sign_of_line(look), say(f"line_{look}", lang)]))
        lines += [_filter(kind, count, view) for kind, count in rows]
    if view.past or past:
        lines.append(key([sign_of_line("past"), say("ended", lang)], past))
    parties = Counter(node["kind"] for node in subgraph["nodes"])
    if parties:
        lines.append(html.H3(say("parties", lang)))
    lines += [key_of_party(kind, lang, count) for kind, count in parties.most_common()]
    if any(node["records"] for node in subgraph["nodes"]):
        mark = html.I("●1", className="mark-of", **hidden())
        lines.append(key([mark, say("record_mark", lang)]))
    # Where there is nothing to draw, the pane itself says so.
    told = [] if view.show == "path" and not subgraph["chain"] else [_said_of(subgraph, view)]
    hidden_edges = len(whole["edges"]) - len(subgraph["edges"])
    if hidden_edges:
        told.append(say("kinds_hidden", lang, count=hidden_edges))
    if subgraph.get("unknown"):
        names = ("、" if lang == "zh" else ", ").join(clean(one) for one in subgraph["unknown"])
        told.append(say("unknown_parties", lang, names=names))
    if subgraph["left_out"]:
        left = [
            say("left_row", lang, kind=say(f"kind_{row['kind']}", lang), count=row["parties"])
            for row in subgraph["left_out"]
        ]
        told.append(say("left_out", lang, items=("；" if lang == "zh" else ", ").join(left)))
    return card(
        say("graph_shown", lang),
        html.Nav(choices, className="choices"),
        *_path_field(view),
        *lines,
        *_pins(subgraph, view),
        html.P(_links(view), className="small links-of"),
        html.P(" ".join(told), className="soft small"),
        _exports(lang),
    )


def _exports(lang: Language) -> Component:
    """What is drawn, as files of other programs: the writers are those of ``trustgraph export``."""
    rows = [
        html.Button(f"{say(f'export_{name}', lang)}", id={"type": "export", "name": name})
        for name in EXPORTS
    ]
    head = html.Summary(say("export", lang), className="ctl")
    return html.Div(
        [
            html.Details([head, html.Div(rows, className="over formats")], className="menu"),
            dcc.Download(id="exported"),
        ],
        className="exports",
    )


def _pins(subgraph: dict[str, Any], view: View) -> list[Component]:
    """Who stays in the picture, and the way to let go of each."""
    if not view.pinned or view.show not in _GROWS:
        return []
    lang = view.lang
    names = {node["entity"]: node["name"] for node in subgraph["nodes"]}
    lines = []
    for entity in view.pinned:
        link = link_to(view, pinned=tuple(one for one in view.pinned if one != entity))
        letting_go = html.A("×", href=link, title=say("unpin", lang), **named(say("unpin", lang)))
        name = html.Span(clean(names.get(entity, entity)))
        lines.append(html.Div([name, html.B(letting_go)], className="key"))
    return [html.H3(say("pinned", lang)), *lines]


def _links(view: View) -> list[Any]:
    """What else can be done with the picture."""
    lang, found = view.lang, []
    if view.show == "around":
        toggle = say("hide_past" if view.past else "show_past", lang)
        found.append(html.A(toggle, href=link_to(view, past=not view.past)))
    if view.grown:
        found.append(html.A(say("undo", lang), href=link_to(view, grown=view.grown[:-1])))
    if view.hidden:
        found.append(html.A(say("show_all_kinds", lang), href=link_to(view, hidden=())))
    return [part for one in found for part in (one, html.Br())]


def _said_of(subgraph: dict[str, Any], view: View) -> str:
    """How much of what there is is shown."""
    lang, shown = view.lang, len(subgraph["nodes"])
    if view.show == "path":
        steps = len(subgraph["chain"]) - 1
        if not view.to:
            return say("path_ask", lang)
        if subgraph["to_name"] is None:
            return say("path_unknown", lang, name=clean(view.to))
        if steps < 0:
            return say("path_none", lang, name=clean(subgraph["to_name"]))
        return say("path_of", lang, count=steps)
    if view.show == "owners":
        return say("shown_owners", lang, shown=shown)
    if view.show == "evidence" and not view.grown:
        return say("shown_evidence", lang, shown=shown)
    if view.show == "evidence":
        return say("shown_grown", lang, shown=shown)
    if view.grown or view.pinned or view.hidden:
        return say("shown_around", lang, shown=shown)
    return say("shown_of", lang, shown=shown, within=max(shown, subgraph["within"]))


def _path_field(view: View) -> list[Component]:
    """A field for who the path leads to."""
    lang = view.lang
    return [
        html.H3(html.Label(say("path_to", lang), htmlFor="path-to")),
        html.Div(
            dcc.Input(
                id="path-to",
                type="text",
                autoComplete="off",
                maxLength=200,
                debounce=False,
                placeholder=say("path_example", lang),
                className="field",
            ),
            className="field-of",
        ),
        html.Div(id="path-choices", className="choices-of"),
    ]


def path_choices(found: list[dict[str, Any]], view: View) -> list[Component]:
    """Whom the path may lead to: a link each."""
    return [
        html.A(
            [badge(one.get("grade"), view.lang), " ", clean(one["name"])],
            href=link_to(view, show="path", to=one["entity"], grown=(), hidden=()),
        )
        for one in found
        if one["kind"] != "person" and one["entity"] != view.entity
    ] or [html.Span(say("path_nobody", view.lang), className="soft")]


def _filter(kind: str, count: int, view: View) -> Component:
    """A line of the legend that shows or hides its kind."""
    gone = kind in view.hidden
    kinds = tuple(one for one in view.hidden if one != kind) if gone else (*view.hidden, kind)
    state: Any = {"aria-pressed": "false" if gone else "true", "role": "button"}
    return html.A(
        [html.Span(say(f"kind_{kind}", view.lang)), html.B(number(count))],
        href=link_to(view, hidden=kinds),
        title=say("show_kind" if gone else "hide_kind", view.lang),
        className="key filter gone" if gone else "key filter",
        **state,
    )


def selected_pane(
    summary: dict[str, Any], counts: list[dict[str, Any]], view: View
) -> list[Component]:
    """Who is selected: the same verdicts as everywhere, and how much one would see more."""
    lang, entity = view.lang, summary["entity"]
    if summary["kind"] == "person":
        words = html.P(say("person", lang), className="soft")
        links = html.P(_of_party(entity, view), className="small links-of")
        return [card(clean(summary["name"]), words, links)]
    share = percent(round(summary["coverage"], 2), lang=lang)
    verdicts = [
        chip(clean(one["title"]), "d" if one["verdict"] != "NOT_RATED" else "")
        for one in summary["verdicts"]
    ]
    head = [badge(summary["grade"], lang), " ", clean(summary["name"])]
    rows = [
        html.Tr(
            [
                html.Td(step_label(row["step"], row["words"], lang)),
                *_expand(row, entity, view),
            ]
        )
        for row in counts
        if row["current"]
    ]
    table = [html.Table([*_drawn_head(view), html.Tbody(rows)], className="plain")] if rows else []
    return [
        card(
            head,
            html.P(
                f"{points(summary['score'])} · {say('coverage', lang)} {share}", className="soft"
            ),
            html.Div(verdicts, className="facts"),
            *table,
            html.P(_of_party(entity, view), className="small links-of"),
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


def _drawn_head(view: View) -> list[Component]:
    """Over the numbers what they are, where they are how many are drawn."""
    if view.show not in _GROWS:
        return []
    words = html.Th(say("head_drawn", view.lang), className="num")
    return [html.Thead(html.Tr([html.Td(), words, html.Td()]))]


def _expand(row: dict[str, Any], entity: str, view: View) -> list[Component]:
    """How many of how many are drawn, and the way to have the others in the picture."""
    lang, count = view.lang, row["current"]
    if view.show not in _GROWS:
        return [html.Td(number(count), className="num")]
    drawn = number(max(0, count - row["beyond"]))
    said = html.Td(say("drawn_of_all", lang, drawn=drawn, count=number(count)), className="num")
    if not row["beyond"]:
        return [said, html.Td()]
    link = link_to(view, grown=(*view.grown, (entity, row["kind"])))
    more = html.A(say("add", lang), href=link, title=say("expand", lang), className="add")
    return [said, html.Td(more)]


def _of_party(entity: str, view: View) -> list[Any]:
    """Keep a party in the picture, or take it out; the path to it."""
    if entity == view.entity or view.show not in _GROWS:
        return []
    others = tuple(one for one in view.pinned if one != entity)
    hide = link_to(view, grown=(*view.grown, (entity, None)), pinned=others)
    path = link_to(view, show="path", to=entity, grown=(), hidden=())
    pinned = entity in view.pinned
    pin = link_to(view, pinned=others if pinned else (*others, entity))
    return [
        html.A(say("unpin" if pinned else "pin", view.lang), href=pin),
        html.Br(),
        html.A(say("hide_party", view.lang), href=hide),
        html.Br(),
        html.A(say("path_here", view.lang), href=path),
    ]


def _table(subgraph: dict[str, Any], view: View) -> Component:
    """The same as a table: every relationship that is drawn."""
    lang = view.lang
    nodes = {node["entity"]: node for node in subgraph["nodes"]}
    rows = [_row(edge, nodes, view) for edge in subgraph["edges"]]
    columns = [
        party_column("source", say("head_from", lang), width=240),
        column("kind", say("head_relationship", lang), width=150),
        party_column("target", say("head_to", lang), width=240),
        column("share", say("head_share", lang), width=110, words="share_words"),
        column("start", say("head_start", lang), width=130, words="start_words"),
        column("end", say("head_end", lang), width=130, words="end_words"),
    ]
    words = say("as_table", lang)
    found = grid("edges", rows, columns, row_id="id", label=words, lang=lang, fill=True)
    return card(words, found)


def _row(edge: dict[str, Any], nodes: dict[str, dict[str, Any]], view: View) -> dict[str, Any]:
    """A relationship as words, with what its columns are sorted by."""
    share, lang = edge["share"], view.lang
    row = {
        "id": str(edge["id"]),
        "kind": say(f"kind_{edge['kind']}", lang),
        "share": None if share is None else share["high"],
        "share_words": "" if share is None else percent(share["low"], share["high"], lang=lang),
    }
    for end in ("source", "target"):
        node = nodes[edge[end]]
        row[end] = clean(node["name"])
        if node["kind"] != "person":
            grade = node["grade"] or "NR"
            row[f"{end}_grade"], row[f"{end}_words"] = grade, grade_words(grade, lang)
            row[f"{end}_link"] = link_to(view, page="company", entity=edge[end])
    for moment in ("start", "end"):
        row[moment] = edge[moment] or ""
        row[f"{moment}_words"] = day(edge[moment], lang)
    return row

"""The pages as answers of trustgraph make them, and words for where there is no answer."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Callable
from typing import Any, Final, TypeVar

from dash import dcc, html
from dash.development.base_component import Component

import trustgraph as tg
from dashboards.figures import changes_of, history_figure
from dashboards.graph_view import Theme, elements_of, picture, zooms
from dashboards.legend import legend_of
from dashboards.ownership_tree import tree_of
from dashboards.pages.company import company_page
from dashboards.pages.graph import graph_page, without_kinds
from dashboards.pages.home import home_page
from dashboards.pages.partners import partners_page
from dashboards.pages.portfolio import nobody_page, portfolio_page
from dashboards.partner_map import map_of
from dashboards.parts import clean, labelled
from dashboards.served import Served
from dashboards.state import View
from dashboards.text import Language, day, points, say

__all__ = ["attempted", "drawn", "drawn_of", "empty", "guarded", "history_of", "page_of"]

Made = TypeVar("Made")

MONTHS: Final = 60
CHANGES: Final = 6
"""Months beside the figure that are told in words."""
BUDGET: Final = 120
_DOWN: Final = 115.0
"""From one party of a path to the next, downwards: names stand beside no line, on a phone, too."""
_LOG: Final = logging.getLogger("trustgraph.dashboard")


def guarded(served: Served, view: View, make: Callable[[], list[Component]]) -> list[Component]:
    """What is made, or words for whoever looks: never a blank pane or a word of Python's."""

    def known() -> list[Component]:
        try:
            return make()
        except tg.UnknownEntityError:
            return [_not_here(view, view.as_of or served.session(view.lang).as_of)]

    return attempted(view, known, lambda words: [empty(say("error_title", view.lang), words)])


def attempted(view: View, make: Callable[[], Made], said: Callable[[str], Made]) -> Made:
    """What is made, or what is ``said`` of a fault: words with the reference that the log has."""
    try:
        return make()
    except Exception:  # noqa: BLE001  # a viewer gets words and a reference, the log the rest
        reference = secrets.token_hex(4)
        _LOG.exception("reference %s", reference)
        return said(say("error", view.lang, reference=reference))


def page_of(served: Served, view: View) -> list[Component]:
    lang = view.lang
    if not view.known:
        return [empty(say("no_page_title", lang), say("no_page", lang))]
    if view.page == "home":
        return home_page(served.overview(lang), served.least_trusted(lang), served.name(), view)
    if view.page == "partners" or (view.page == "portfolio" and not view.partners):
        return partners_page(view)
    last = served.session(lang).as_of
    if view.as_of is not None and view.as_of > last:
        words = say("future", lang, day=day(view.as_of, lang), last=day(last, lang))
        return [empty(say("future_title", lang), words)]
    session = served.session(lang, view.as_of)
    entity = view.entity or ""
    if view.page == "portfolio":
        found = tg.portfolio(session, view.partners)
        if not found["partners"]:
            return nobody_page(found, view)
        subgraph, places = map_of(found)
        drawn = elements_of(subgraph, places, lang=lang)
        drawn_map = picture(drawn, "light", height=340, most_zoom=1.3)
        behind = [drawn_map, zooms(lang), legend_of(subgraph, lang)]
        return portfolio_page(found, behind, view)
    if view.page == "graph":
        return _graph(session, view)
    return company_page(
        tg.explain(session, entity),
        tg.summary(session, entity),
        tg.owners(session, entity),
        tg.owned(session, entity),
        view,
    )


def _graph(session: tg.Session, view: View) -> list[Component]:
    entity = view.entity or ""
    told = tg.summary(session, entity)
    subgraph, places = drawn_of(session, view)
    shown = without_kinds(subgraph, view)
    drawn = [node["entity"] for node in shown["nodes"]]
    counts = tg.relations(session, entity, shown=drawn)
    found = picture(elements_of(shown, places, lang=view.lang, pinned=view.pinned), "light")
    return graph_page(subgraph, shown, told, counts, found, view)


def drawn_of(
    session: tg.Session, view: View
) -> tuple[dict[str, Any], dict[str, tuple[float, float]]]:
    """What a graph shows, and where: what was added later never moves what was there."""
    entity = view.entity or ""
    if view.show == "owners":
        return tree_of(session, tg.owners(session, entity))
    if view.show == "path":
        subgraph = _path(session, entity, view.to or "")
        chain = subgraph["chain"]
        return subgraph, {one: (0.0, _DOWN * place) for place, one in enumerate(chain)}
    places: dict[str, tuple[float, float]] = {}
    for count in range(len(view.grown) + 1):
        subgraph = _grown(session, view, count)
        places |= tg.laid_out(subgraph, known=places)
    return subgraph, places


def _path(session: tg.Session, entity: str, to: str) -> dict[str, Any]:
    """The path to a party, with what it is called; nobody where there is none of that id."""
    nobody = {"nodes": [], "edges": [], "left_out": [], "within": 0, "chain": []}
    try:
        found: dict[str, Any] = tg.path_between(session, entity, to) if to else nobody
        return found | {"centre": entity, "to_name": tg.summary(session, to)["name"] if to else ""}
    except tg.UnknownEntityError:
        return nobody | {"centre": entity, "to_name": None}


def _grown(session: tg.Session, view: View, count: int) -> dict[str, Any]:
    entity, grown = view.entity or "", view.grown[:count]
    if view.show == "evidence":
        found: dict[str, Any] = tg.evidence(session, entity, grown=grown, pinned=view.pinned)
        return found
    around: dict[str, Any] = tg.neighbourhood(
        session, entity, budget=BUDGET, past=view.past, grown=grown, pinned=view.pinned
    )
    return around


def history_of(served: Served, view: View) -> dict[str, Any]:
    """What the figure is drawn of; worked out once, and drawn again in another theme."""
    session = served.session(view.lang, view.as_of)
    told = tg.explain(session, view.entity or "")
    rows = tg.history(session, view.entity or "", months=MONTHS)
    return {"rows": rows, "records": told["records"], "scale": told.get("scale")}


def drawn(given: dict[str, Any], theme: Theme, view: View) -> list[Component]:
    if "fault" in given:
        return [html.P(given["fault"], className="soft")]
    if not given["rows"]:
        return []
    figure = history_figure(
        given["rows"], given["records"], scale=given["scale"], theme=theme, lang=view.lang
    )
    name = say("history", view.lang)
    graph = dcc.Graph(figure=figure, config={"displayModeBar": False}, className="plot")
    signs = html.P(say("history_signs", view.lang), className="faint small")
    return [html.Div(graph, **labelled(name)), signs, *_changes(given["rows"], view.lang)]


def _changes(rows: list[dict[str, Any]], lang: Language) -> list[Component]:
    """What changed when, for whoever cannot point at the figure."""
    changes = changes_of(rows)[:CHANGES]
    if not changes:
        return [html.P(say("history_still", lang), className="faint small")]
    lines = []
    for month, *scores in changes:
        before, after = (points(one).removesuffix(".00") for one in scores)
        words = say("history_change", lang, month=month, before=before, after=after)
        lines.append(html.Li(words))
    head = html.P(say("history_changes", lang), className="faint small")
    return [head, html.Ul(lines, className="soft small")]


def _not_here(view: View, when: dt.date) -> Component:
    words = say("not_here", view.lang, entity=clean(view.entity or ""), day=day(when, view.lang))
    return empty(say("not_here_title", view.lang), words)


def empty(title: str, words: str) -> Component:
    return html.Div([html.H1(title), html.P(words, className="soft")], className="card empty")

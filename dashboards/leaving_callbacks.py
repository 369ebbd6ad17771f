"""What leaves the pages as a file: the graph that is drawn, a report to sign."""

from __future__ import annotations

import base64
import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from dash import ALL, Dash, Input, Output, State, ctx, no_update

import trustgraph as tg
from dashboards.answers import attempted, drawn_of
from dashboards.pages.graph import EXPORTS, without_kinds
from dashboards.served import Served
from dashboards.settings import Settings
from dashboards.state import View, view_of

__all__ = ["answer_leaving"]

_MOST: Final = 2_000
_ODD: Final = re.compile(r"[^A-Za-z0-9-]+")
_ENDINGS: Final = {"ftm": "ftm.json", "bods": "bods.json", "cypher": "cypher"}


def answer_leaving(app: Dash, served: Served, settings: Settings) -> None:
    """Downloads of the graph page and of the page of a company."""

    @app.callback(
        Output("exported", "data"),
        Input({"type": "export", "name": ALL}, "n_clicks"),
        State("url", "pathname"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def export(_clicks: list[Any], pathname: str | None, search: str | None) -> Any:
        view = view_of(pathname, search, lang=settings.lang)
        asked = ctx.triggered_id
        name = asked.get("name") if asked and ctx.triggered[0]["value"] else None
        if name not in EXPORTS or view.page != "graph" or view.entity is None:
            return no_update
        return attempted(view, lambda: _exported(served, view, str(name)), _as_file)

    @app.callback(
        Output("reported", "data"),
        Input("report", "n_clicks"),
        State("url", "pathname"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def report(clicks: int | None, pathname: str | None, search: str | None) -> Any:
        view = view_of(pathname, search, lang=settings.lang)
        if not clicks or view.page != "company" or view.entity is None:
            return no_update
        return attempted(view, lambda: _reported(served, view), _as_file)


def _file(name: str, content: bytes) -> Any:
    return {"content": base64.b64encode(content).decode(), "filename": name, "base64": True}


def _plain(entity: str) -> str:
    """A code as a part of a file's name, on any system."""
    return _ODD.sub("_", entity)


def _as_file(words: str) -> Any:
    """What went wrong, where a file was expected."""
    return {"content": words, "filename": "trustgraph.txt", "type": "text/plain"}


def _exported(served: Served, view: View, name: str) -> Any:
    session = served.session(view.lang, view.as_of)
    found = _as_drawn(session, view)
    ending = _ENDINGS.get(name, name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"graph.{ending}")
        tg.export(found, name, path)
        asked = f"{_plain(view.entity or '')}-{view.show}"
        return _file(f"graph-{asked}-{found.about['as_of']}.{ending}", path.read_bytes())


def _as_drawn(session: tg.Session, view: View) -> tg.Subgraph:
    """The subgraph of what a page draws: its parties, and of their relationships those drawn."""
    whole, _ = drawn_of(session, view)
    shown = without_kinds(whole, view)
    centre = str(shown["centre"])
    parties = [str(node["entity"]) for node in shown["nodes"]]
    order = [centre, *(one for one in parties if one != centre)]
    found = tg.extract(session, among=order, past=view.past, budget=_MOST)
    edges = found.edges
    if view.show == "owners":
        edges = edges.filter(edges["kind"] == "shareholder")
    else:
        edges = edges.filter(edges["id"].is_in([edge["id"] for edge in shown["edges"]]))
    question = "evidence" if view.show == "evidence" else "around"
    about = {**found.about, "asked": {question: [centre], "budget": _MOST}}
    return replace(found, edges=edges, about=about)


def _reported(served: Served, view: View) -> Any:
    session = served.session(view.lang, view.as_of)
    page = tg.report(session, view.entity or "")
    name = f"report-{_plain(view.entity or '')}-{session.as_of}.html"
    return _file(name, page.encode())

"""The application: a frame around the pages; what happens when somebody types or follows a link."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import dash_mantine_components as dmc
import flask
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

import trustgraph as tg
from dashboards.figures import history_figure
from dashboards.graph_view import Theme, elements_of, picture, stylesheet
from dashboards.pages.company import company_page
from dashboards.pages.graph import graph_page, selected_pane
from dashboards.pages.home import home_page, suggestion_list
from dashboards.parts import clean, labelled
from dashboards.security import HEALTH, protect
from dashboards.served import Served, opened
from dashboards.settings import Settings, settings_from_environment
from dashboards.state import View, link_to, view_of
from dashboards.text import day, say

__all__ = ["create_app", "wsgi"]

ASSETS: Final = Path(__file__).parent / "assets"
SUGGESTED: Final = 8
MONTHS: Final = 60
BUDGET: Final = 120
_LOG: Final = logging.getLogger("trustgraph.dashboard")

_ITS_OWN: Any = {"content": "children"}
"""What the page waits for: itself, and not what it goes on to ask for."""

_THEME = """
function(clicks, kept) {
  const dark = window.matchMedia('(prefers-color-scheme: dark)').matches;
  let theme = kept || (dark ? 'dark' : 'light');
  if (window.dash_clientside.callback_context.triggered_id === 'theme-button') {
    theme = theme === 'dark' ? 'light' : 'dark';
  }
  document.documentElement.setAttribute('data-theme', theme);
  document.documentElement.setAttribute('data-mantine-color-scheme', theme);
  return theme;
}
"""


def create_app(source: tg.Run | tg.Register, settings: Settings | None = None) -> Dash:
    """The dashboard of a run or register; ``app.server`` is the WSGI application.

    Raises UsageError where the settings would let in whom nobody has named.
    """
    chosen = (settings or Settings()).checked()
    served = Served(source)
    app = Dash(
        __name__,
        assets_folder=str(ASSETS),
        title="trustgraph",
        update_title="",
        suppress_callback_exceptions=True,
        serve_locally=True,
        compress=False,
    )
    protect(app.server, chosen)
    app.server.add_url_rule(HEALTH, "health", lambda: flask.jsonify(status="ok"))
    app.layout = _frame
    _pages(app, served, chosen)
    # Opened before the first viewer waits for it.
    threading.Thread(target=_warm, args=(served, chosen), daemon=True).start()
    return app


def wsgi() -> Any:
    """For a WSGI server: ``gunicorn "dashboards.app:wsgi()"``, set up by the environment."""
    settings = settings_from_environment()
    if settings.source is None:
        raise tg.UsageError("nothing to serve", hint="set TRUSTGRAPH_SOURCE to a run or register")
    return create_app(opened(settings.source), settings).server


def _warm(served: Served, settings: Settings) -> None:
    try:
        served.session(settings.lang)
        served.find("公司", settings.lang, 1)
    except tg.TrustgraphError as error:
        _LOG.warning("%s", error)


def _frame() -> Component:
    """What every page stands in. No data: it is the same for whoever comes."""
    frame: Component = dmc.MantineProvider(
        html.Div(_frame_parts(), id="frame"), defaultColorScheme="auto"
    )
    return frame


def _frame_parts() -> list[Component]:
    return [
        dcc.Location(id="url"),
        dcc.Store(id="theme", storage_type="local"),
        html.A("", id="skip", href="#main", className="skip"),
        html.Header(
            [
                html.A(["trust", html.I("graph")], href="/", className="mark", id="mark"),
                html.Div(
                    [
                        dcc.Input(
                            id="search",
                            type="text",
                            autoComplete="off",
                            debounce=False,
                            maxLength=200,
                            className="field",
                        ),
                        html.Kbd("/"),
                        html.Div(id="suggestions", className="suggestions", role="listbox"),
                    ],
                    className="search",
                    role="search",
                ),
                html.Span(className="push"),
                html.Span(id="as-of", className="ctl"),
                html.Nav(id="languages", className="ctl langs"),
                html.Button("◐", id="theme-button", className="ctl", n_clicks=0),
            ],
            className="top",
        ),
        html.Main(
            dcc.Loading(
                html.Div(id="content"),
                delay_show=300,
                type="dot",
                target_components=_ITS_OWN,
            ),
            id="main",
            tabIndex=-1,
        ),
    ]


def _pages(app: Dash, served: Served, settings: Settings) -> None:
    in_the_browser: Any = app.clientside_callback
    in_the_browser(
        _THEME,
        Output("theme", "data"),
        Input("theme-button", "n_clicks"),
        State("theme", "data"),
    )
    in_the_browser(
        "function(title, lang) { document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';"
        " return title; }",
        Output("search", "title"),
        Input("search", "placeholder"),
        State("languages", "title"),
    )

    @app.callback(
        Output("content", "children"),
        Output("search", "placeholder"),
        Output("skip", "children"),
        Output("as-of", "children"),
        Output("languages", "children"),
        Output("languages", "title"),
        Output("theme-button", "title"),
        Output("mark", "href"),
        Output("frame", "className"),
        Input("url", "pathname"),
        Input("url", "search"),
    )
    def show(pathname: str | None, search: str | None) -> list[Any]:
        view = view_of(pathname, search, lang=settings.lang)
        when = served.session(view.lang).as_of
        if view.as_of is not None and view.entity is not None:
            when = view.as_of
        return [
            _guarded(served, view, lambda: _page(served, view)),
            say("search", view.lang),
            say("skip", view.lang),
            say("as_of", view.lang, day=day(when, view.lang)),
            _languages(view),
            view.lang,
            say("theme", view.lang),
            link_to(view, page="home", entity=None),
            "at-home" if view.known and view.page == "home" else "",
        ]

    @app.callback(
        Output("suggestions", "children"),
        Input("search", "value"),
        State("url", "pathname"),
        State("url", "search"),
    )
    def suggest(text: str | None, pathname: str | None, search: str | None) -> list[Component]:
        if not isinstance(text, str) or not text.strip():
            return []
        view = view_of(pathname, search, lang=settings.lang)
        asked = text.strip()[:200]

        def answer() -> list[Component]:
            found = served.find(asked, view.lang, SUGGESTED, view.as_of)
            return suggestion_list(found, asked, view)

        return _guarded(served, view, answer)

    @app.callback(
        Output("graph", "stylesheet"),
        Input("theme", "data"),
        Input("graph", "elements"),
    )
    def colour(theme: str | None, _elements: Any) -> list[dict[str, Any]]:
        return stylesheet("dark" if theme == "dark" else "light")

    @app.callback(
        Output("selected", "children"),
        Input("graph", "tapNodeData"),
        State("url", "pathname"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def select(tapped: Any, pathname: str | None, search: str | None) -> list[Component]:
        view = view_of(pathname, search, lang=settings.lang)
        entity = tapped.get("entity") if isinstance(tapped, dict) else None
        if not isinstance(entity, str):
            return []

        def answer() -> list[Component]:
            session = served.session(view.lang, view.as_of)
            told = tg.summary(session, entity)
            return selected_pane(told, tg.relations(session, entity), view)

        return _guarded(served, view, answer)

    @app.callback(
        Output("history-rows", "data"),
        Input("history-rows", "id"),
        State("url", "pathname"),
        State("url", "search"),
    )
    def remember(_shown: str, pathname: str | None, search: str | None) -> Any:
        view = view_of(pathname, search, lang=settings.lang)
        try:
            return _history(served, view)
        except Exception:  # noqa: BLE001  # said where the figure would be
            return {"fault": _fault(view)}

    @app.callback(
        Output("history", "children"),
        Input("history-rows", "data"),
        Input("theme", "data"),
        State("url", "pathname"),
        State("url", "search"),
    )
    def draw(rows: Any, theme: str | None, pathname: str | None, search: str | None) -> Any:
        if rows is None:
            return no_update
        view = view_of(pathname, search, lang=settings.lang)
        mode: Theme = "dark" if theme == "dark" else "light"
        return _guarded(served, view, lambda: _drawn(rows, mode, view))


def _guarded(served: Served, view: View, make: Callable[[], list[Component]]) -> list[Component]:
    """What is made, or words for whoever looks: never a blank pane or a word of Python's."""
    try:
        return make()
    except tg.UnknownEntityError:
        return [_not_here(view, view.as_of or served.session(view.lang).as_of)]
    except Exception:  # noqa: BLE001  # a viewer gets words and a reference, the log the rest
        return [_empty(say("error_title", view.lang), _fault(view))]


def _fault(view: View) -> str:
    """Words for a fault that is being handled, with the reference under which the log has it."""
    reference = secrets.token_hex(4)
    _LOG.exception("reference %s", reference)
    return say("error", view.lang, reference=reference)


def _page(served: Served, view: View) -> list[Component]:
    lang = view.lang
    if not view.known:
        return [_empty(say("no_page_title", lang), say("no_page", lang))]
    if view.page == "home":
        return home_page(served.overview(lang), served.name(), view)
    last = served.session(lang).as_of
    if view.as_of is not None and view.as_of > last:
        words = say("future", lang, day=day(view.as_of, lang), last=day(last, lang))
        return [_empty(say("future_title", lang), words)]
    session = served.session(lang, view.as_of)
    entity = view.entity or ""
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
    if view.show == "evidence":
        subgraph = tg.evidence(session, entity)
    else:
        subgraph = tg.neighbourhood(session, entity, budget=BUDGET, past=view.past)
    elements = elements_of(subgraph, tg.laid_out(subgraph))
    told, counts = tg.summary(session, entity), tg.relations(session, entity)
    return graph_page(subgraph, told, counts, picture(elements, "light"), view)


def _history(served: Served, view: View) -> dict[str, Any]:
    """What the figure is drawn of; worked out once, and drawn again in another theme."""
    session = served.session(view.lang, view.as_of)
    told = tg.explain(session, view.entity or "")
    rows = tg.history(session, view.entity or "", months=MONTHS)
    return {"rows": rows, "records": told["records"], "scale": told.get("scale")}


def _drawn(given: dict[str, Any], theme: Theme, view: View) -> list[Component]:
    if "fault" in given:
        return [html.P(given["fault"], className="soft")]
    if not given["rows"]:
        return []
    figure = history_figure(
        given["rows"], given["records"], scale=given["scale"], theme=theme, lang=view.lang
    )
    name = say("history", view.lang)
    graph = dcc.Graph(figure=figure, config={"displayModeBar": False}, className="plot")
    return [html.Div(graph, **labelled(name))]


def _not_here(view: View, when: dt.date) -> Component:
    words = say("not_here", view.lang, entity=clean(view.entity or ""), day=day(when, view.lang))
    return _empty(say("not_here_title", view.lang), words)


def _empty(title: str, words: str) -> Component:
    return html.Div([html.H1(title), html.P(words, className="soft")], className="card empty")


def _languages(view: View) -> list[Component]:
    found: list[Component] = []
    for code, name in (("en", "EN"), ("zh", "中文")):
        current: Any = {"aria-current": "true"} if view.lang == code else {}
        found.append(html.A(name, href=link_to(view, lang=code), lang=code, **current))
    return found

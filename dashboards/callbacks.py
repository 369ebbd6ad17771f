"""What happens when somebody types, follows a link or chooses something."""

from __future__ import annotations

from typing import Any, Final

from dash import Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

import trustgraph as tg
from dashboards.answers import attempted, drawn, guarded, history_of, page_of
from dashboards.frame import LANGUAGE, THEME, day_field, languages
from dashboards.graph_view import Theme, stylesheet
from dashboards.pages.graph import path_choices, selected_pane
from dashboards.pages.home import suggestion_list
from dashboards.parts import clean
from dashboards.served import Served
from dashboards.settings import Settings
from dashboards.state import link_to, view_of
from dashboards.text import day, percent, say

__all__ = ["answer_pages", "answer_parts"]

SUGGESTED: Final = 8
MOST_DRAWN: Final = 2_000


def answer_pages(app: Dash, served: Served, settings: Settings) -> None:
    """The page of an address, its frame, the day that is looked at, the theme."""
    in_the_browser: Any = app.clientside_callback
    in_the_browser(
        THEME,
        Output("theme", "data"),
        Input("theme-button", "n_clicks"),
        State("theme", "data"),
    )
    in_the_browser(
        LANGUAGE,
        Output("search", "title"),
        Input("search", "placeholder"),
        State("lang", "data"),
    )

    @app.callback(
        Output("content", "children"),
        Output("search", "placeholder"),
        Output("skip", "children"),
        Output("as-of", "children"),
        Output("languages", "children"),
        Output("languages", "aria-label"),
        Output("lang", "data"),
        Output("theme-button", "title"),
        Output("mark", "href"),
        Output("run", "children"),
        Output("frame", "className"),
        Input("url", "pathname"),
        Input("url", "search"),
        Input("url", "hash"),
    )
    def show(pathname: str | None, search: str | None, mark: str | None) -> list[Any]:
        view = view_of(pathname, search, mark, lang=settings.lang)
        when = served.session(view.lang).as_of
        if view.as_of is not None:
            when = view.as_of
        page = guarded(served, view, lambda: page_of(served, view))
        run = say("pack", view.lang, name=clean(served.name()), **served.pack(view.lang))
        if view.odd_day is not None:
            words = say("odd_day", view.lang, given=clean(view.odd_day), day=day(when, view.lang))
            page = [html.Div(words, className="notice", role="alert"), *page]
        return [
            page,
            say("search", view.lang),
            say("skip", view.lang),
            day_field(when, served.session(view.lang).as_of, view),
            languages(view),
            say("language", view.lang),
            view.lang,
            say("theme", view.lang),
            link_to(view, page="home", entity=None),
            html.Span(run, title=run),
            "at-home" if view.known and view.page == "home" else "",
        ]

    @app.callback(
        # All of it: how a grid was left is in the browser's address alone, and dash, told of a
        # part, puts its own older address in place of the rest.
        Output("url", "href"),
        Input("day-chosen", "data"),
        State("url", "pathname"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def look_at(chosen: Any, pathname: str | None, search: str | None) -> Any:
        given = chosen if isinstance(chosen, dict) else {}
        asked_day, mark = (
            value if isinstance(value, str) else "" for value in map(given.get, ("day", "mark"))
        )
        view = view_of(pathname, search, mark, lang=settings.lang)
        last = served.session(view.lang).as_of
        wanted = view_of(None, f"?as_of={asked_day}", lang=view.lang).as_of
        if wanted is None or (wanted == (view.as_of or last) and view.odd_day is None):
            return no_update
        return link_to(view, as_of=None if wanted == last else wanted, odd_day=None)


def answer_parts(app: Dash, served: Served, settings: Settings) -> None:
    """What is asked for on a page: suggestions, a party of the graph, the five years."""

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
            share = served.indexed()
            if share is not None:
                words = say("indexing", view.lang, share=percent(round(share, 2), lang=view.lang))
                return [html.Div(words, className="none")]
            found = served.find(asked, view.lang, SUGGESTED, view.as_of)
            return suggestion_list(found, asked, view)

        return guarded(served, view, answer)

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
        State("graph", "elements"),
        State("url", "pathname"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def select(
        tapped: Any, elements: Any, pathname: str | None, search: str | None
    ) -> list[Component]:
        view = view_of(pathname, search, lang=settings.lang)
        entity = tapped.get("entity") if isinstance(tapped, dict) else None
        if not isinstance(entity, str):
            return []

        def answer() -> list[Component]:
            session = served.session(view.lang, view.as_of)
            told = tg.summary(session, entity)
            counts = tg.relations(session, entity, shown=_drawn_in(elements))
            return selected_pane(told, counts, view)

        return guarded(served, view, answer)

    @app.callback(
        Output("path-choices", "children"),
        Input("path-to", "value"),
        State("url", "pathname"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def lead(text: str | None, pathname: str | None, search: str | None) -> list[Component]:
        if not isinstance(text, str) or not text.strip():
            return []
        view = view_of(pathname, search, lang=settings.lang)
        asked = text.strip()[:200]
        return guarded(
            served,
            view,
            lambda: path_choices(served.find(asked, view.lang, 5, view.as_of), view),
        )

    @app.callback(
        Output("history-rows", "data"),
        Input("history-rows", "id"),
        State("url", "pathname"),
        State("url", "search"),
    )
    def remember(_shown: str, pathname: str | None, search: str | None) -> Any:
        view = view_of(pathname, search, lang=settings.lang)
        return attempted(view, lambda: history_of(served, view), lambda words: {"fault": words})

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
        return guarded(served, view, lambda: drawn(rows, mode, view))


def _drawn_in(elements: Any) -> list[str]:
    """The parties of a picture, as the browser tells them."""
    rows = elements if isinstance(elements, list) else []
    datas = [row.get("data") for row in rows if isinstance(row, dict)]
    named = [data.get("entity") for data in datas if isinstance(data, dict)]
    return [one for one in named if isinstance(one, str)][:MOST_DRAWN]

"""What happens on the pages of many partners: a list matched, choices made, a file downloaded."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, Final

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

import trustgraph as tg
from dashboards.answers import empty, guarded
from dashboards.pages.partners import chosen_status, matched_list, open_link, status_counts
from dashboards.pages.portfolio import COLUMNS, grid_rows
from dashboards.served import Served
from dashboards.settings import Settings
from dashboards.state import MOST_PARTNERS, View, view_of
from dashboards.text import number, say

__all__ = ["answer_lists"]

_LONGEST: Final = 200
_EXCEL: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def answer_lists(app: Dash, served: Served, settings: Settings) -> None:
    """The pages of a list and of a portfolio."""

    @app.callback(
        Output("matched", "children"),
        Output("matches", "data"),
        Input("match", "n_clicks"),
        Input("upload", "contents"),
        State("upload", "filename"),
        State("pasted", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def match(
        _clicks: int | None, contents: Any, name: Any, pasted: Any, search: str | None
    ) -> tuple[Any, Any]:
        view = view_of("/partners", search, lang=settings.lang)
        kept: list[Any] = []

        def answer() -> list[Component]:
            wanted = _given(contents, name) if ctx.triggered_id == "upload" else _pasted(pasted)
            rows = served.match(wanted, view.lang, view.as_of)
            kept.extend(_kept(row) for row in rows)
            return matched_list(rows, view) if rows else [_nothing(view)]

        return guarded(served, view, _in_words(answer, view)), kept

    @app.callback(
        Output("open-portfolio", "children"),
        Output("match-counts", "children"),
        Output({"type": "picked", "row": ALL}, "children"),
        Output({"type": "picked", "row": ALL}, "className"),
        Input("matches", "data"),
        Input({"type": "pick", "row": ALL}, "value"),
        State({"type": "pick", "row": ALL}, "id"),
        State("url", "search"),
    )
    def decide(matches: Any, picked: list[Any], places: list[Any], search: str | None) -> Any:
        if not matches:
            raise PreventUpdate
        view = view_of("/partners", search, lang=settings.lang)
        chosen = {
            place["row"]: value[:_LONGEST]
            for place, value in zip(places, picked, strict=True)
            if isinstance(value, str) and value
        }
        found = matches[:MOST_PARTNERS]
        said = [chosen_status(found, place["row"], chosen, view.lang) for place in places]
        return (
            open_link(found, chosen, view),
            status_counts(found, chosen, view.lang),
            [words for words, _ in said],
            [look for _, look in said],
        )

    @app.callback(
        Output("download", "data"),
        Input("download-csv", "n_clicks"),
        Input("download-excel", "n_clicks"),
        State("grid", "virtualRowData"),
        State("columns", "value"),
        State("url", "pathname"),
        State("url", "search"),
        State("url", "hash"),
        prevent_initial_call=True,
    )
    def download(
        _csv: int | None,
        _excel: int | None,
        seen: Any,
        chosen: Any,
        pathname: str | None,
        search: str | None,
        mark: str | None,
    ) -> Any:
        view = view_of(pathname, search, mark, lang=settings.lang)
        if not ctx.triggered or not ctx.triggered[0]["value"] or not view.partners:
            return no_update
        session = served.session(view.lang, view.as_of)
        found = tg.portfolio(session, view.partners)
        rows = _as_seen(grid_rows(found, view.lang), seen)
        name = f"portfolio-{found['as_of']}"
        wanted = [one for one in COLUMNS if one in chosen] if isinstance(chosen, list) else COLUMNS
        titles = {one: say(f"column_{one}", view.lang) for one in wanted or COLUMNS}
        if ctx.triggered_id == "download-csv":
            text = tg.csv_text(rows, titles)
            return {"content": text, "filename": f"{name}.csv", "type": "text/csv"}
        book = tg.workbook(rows, titles, say("partners_word", view.lang))
        content = base64.b64encode(book).decode()
        return {"content": content, "filename": f"{name}.xlsx", "type": _EXCEL, "base64": True}

    in_the_browser: Any = app.clientside_callback
    in_the_browser(
        ClientsideFunction("grids", "show"),
        Output("grid", "columnDefs"),
        Input("columns", "value"),
        State("grid", "columnDefs"),
    )
    in_the_browser(
        ClientsideFunction("grids", "remember"),
        Input("grid", "virtualRowData"),
        Input("columns", "value"),
        prevent_initial_call=True,
    )


def _as_seen(rows: list[dict[str, Any]], seen: Any) -> list[dict[str, Any]]:
    """The rows that passed the grid's filters, in its order; which alone the browser is asked."""
    if not isinstance(seen, list):
        return rows
    known = {row["entity"]: row for row in rows}
    names = [one.get("entity") for one in seen if isinstance(one, dict)]
    return [known[name] for name in names if isinstance(name, str) and name in known]


def _pasted(text: Any) -> list[Any]:
    return tg.parse_partners(text[:400_000]) if isinstance(text, str) else []


def _given(contents: Any, name: Any) -> list[Any]:
    """The partners of an uploaded file, which comes as a data address."""
    if not isinstance(contents, str) or not isinstance(name, str):
        return []
    try:
        data = base64.b64decode(contents.partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        data = b""
    return tg.read_partners(data, name[-_LONGEST:])


def _kept(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("row", "status", "entity")}


def _in_words(make: Callable[[], list[Component]], view: View) -> Callable[[], list[Component]]:
    """What a list lacks is said to whoever gave it."""

    def answer() -> list[Component]:
        try:
            return make()
        except (tg.InputError, tg.UsageError) as error:
            # The library says what is wrong in English alone.
            words = str(error)
            if view.lang == "zh":
                words = say("list_unread", view.lang, most=number(MOST_PARTNERS))
            return [empty(say("list_title", view.lang), words)]

    return answer


def _nothing(view: View) -> Component:
    return empty(say("list_title", view.lang), say("list_empty", view.lang))

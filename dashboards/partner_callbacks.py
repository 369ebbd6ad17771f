"""What happens on the pages of many partners: a list matched, choices made, a file downloaded."""

from __future__ import annotations

import base64
import binascii
import csv
import io
from collections.abc import Callable
from typing import Any, Final

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.development.base_component import Component

import trustgraph as tg
from dashboards.answers import empty, guarded
from dashboards.pages.partners import matched_list, open_link
from dashboards.pages.portfolio import grid_rows
from dashboards.served import Served
from dashboards.settings import Settings
from dashboards.state import MOST_PARTNERS, View, view_of
from dashboards.text import say

__all__ = ["answer_lists"]

_LONGEST: Final = 200
_OPEN_ROW: Final = """
function(cell) {
  if (cell && cell.rowId && cell.colId === 'name') {
    const asked = new URLSearchParams(window.location.search);
    window.trustgraph.open('/company/' + encodeURIComponent(cell.rowId) + '?' + asked.toString());
  }
  return window.dash_clientside.no_update;
}
"""


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
        Input("matches", "data"),
        Input({"type": "pick", "row": ALL}, "value"),
        State({"type": "pick", "row": ALL}, "id"),
        State("url", "search"),
    )
    def decide(matches: Any, picked: list[Any], places: list[Any], search: str | None) -> Any:
        if not matches:
            return no_update
        view = view_of("/partners", search, lang=settings.lang)
        chosen = {place["row"]: value for place, value in zip(places, picked, strict=True)}
        entities, undecided = [], 0
        for place, row in enumerate(matches[:MOST_PARTNERS]):
            value = row["entity"] or chosen.get(place)
            if isinstance(value, str) and value:
                entities.append(value[:_LONGEST])
            else:
                undecided += 1
        return open_link(list(dict.fromkeys(entities)), undecided, view)

    @app.callback(
        Output("download", "data"),
        Input("download-button", "n_clicks"),
        State("url", "pathname"),
        State("url", "search"),
        State("url", "hash"),
        prevent_initial_call=True,
    )
    def download(
        clicks: int | None, pathname: str | None, search: str | None, mark: str | None
    ) -> Any:
        view = view_of(pathname, search, mark, lang=settings.lang)
        if not clicks or not view.partners:
            return no_update
        session = served.session(view.lang, view.as_of)
        found = tg.portfolio(session, view.partners)
        text = _as_csv(grid_rows(found, view.lang), view)
        return {"content": text, "filename": f"portfolio-{found['as_of']}.csv", "type": "text/csv"}

    in_the_browser: Any = app.clientside_callback
    in_the_browser(
        _OPEN_ROW,
        Output("grid", "id"),
        Input("grid", "cellClicked"),
        prevent_initial_call=True,
    )


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
    return {"status": row["status"], "entity": row["entity"]}


def _in_words(make: Callable[[], list[Component]], view: View) -> Callable[[], list[Component]]:
    """What a list lacks is said to whoever gave it."""

    def answer() -> list[Component]:
        try:
            return make()
        except (tg.InputError, tg.UsageError) as error:
            return [empty(say("list_title", view.lang), str(error))]

    return answer


def _nothing(view: View) -> Component:
    return empty(say("list_title", view.lang), say("list_empty", view.lang))


def _as_csv(rows: list[dict[str, Any]], view: View) -> str:
    """A file for spreadsheets: no cell of it is ever a formula."""
    kept = io.StringIO()
    names = list(rows[0]) if rows else []
    writer = csv.writer(kept)
    writer.writerow([say(f"column_{name}", view.lang) for name in names])
    writer.writerows([_plain(value) for value in row.values()] for row in rows)
    return "\ufeff" + kept.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return value

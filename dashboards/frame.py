"""What every page stands in: head, search field, languages, the day, light or dark."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboards.state import View, link_to
from dashboards.text import say

__all__ = ["LANGUAGE", "THEME", "day_field", "frame", "languages"]

_ITS_OWN: Any = {"content": "children"}
"""What the page waits for: itself, and not what it goes on to ask for."""

THEME: Final = """
function(clicks, kept) {
  const dark = window.matchMedia('(prefers-color-scheme: dark)').matches;
  let theme = kept || (dark ? 'dark' : 'light');
  if (window.dash_clientside.callback_context.triggered_id === 'theme-button') {
    theme = theme === 'dark' ? 'light' : 'dark';
  }
  document.documentElement.setAttribute('data-theme', theme);
  document.documentElement.setAttribute('data-mantine-color-scheme', theme);
  document.documentElement.setAttribute('data-ag-theme-mode', theme);
  return theme;
}
"""
"""In the browser: the theme that was chosen, or that of the machine; Mantine hears of it, too."""


LANGUAGE: Final = """
function(words, lang) {
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  document.getElementById('search').setAttribute('aria-label', words);
  return words;
}
"""
"""In the browser: which language the page is in, and what its search field is called in it."""


def frame() -> Component:
    """What every page stands in. No data: it is the same for whoever comes."""
    frame: Component = dmc.MantineProvider(
        html.Div(_frame_parts(), id="frame"), defaultColorScheme="auto"
    )
    return frame


def _frame_parts() -> list[Component]:
    return [
        dcc.Location(id="url", refresh="callback-nav"),
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
                html.Span(id="run", className="ctl run"),
                html.Span(id="as-of", className="as-of"),
                html.Nav(id="languages", className="ctl langs"),
                dcc.Store(id="lang"),
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


def day_field(when: dt.date, last: dt.date, view: View) -> list[Component]:
    """The day that is looked at, to be changed: up to that of the run."""
    days: Any = {"data-day": when.isoformat(), "data-last": last.isoformat()}
    return [
        html.Label(
            say("as_of_label", view.lang), htmlFor="day", title=say("choose_day", view.lang)
        ),
        # The browser's own field for days is put into it (assets/day.js): dash has none.
        html.Span(id="day-field", **days),
        dcc.Store(id="day-chosen"),
    ]


def languages(view: View) -> list[Component]:
    found: list[Component] = []
    for code, name in (("en", "EN"), ("zh", "中文")):
        current: Any = {"aria-current": "true"} if view.lang == code else {}
        found.append(html.A(name, href=link_to(view, lang=code), lang=code, **current))
    return found

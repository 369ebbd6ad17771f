"""Partners side by side: the grid, what costs them most, bids, who is behind several of them."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.grids import Arranged, arranged, column, grades_of, grid, party_column
from dashboards.pages.company_law import pair_of
from dashboards.pages.home import grade_bar
from dashboards.parts import (
    at_best,
    card,
    chip,
    clean,
    grave_of,
    labelled,
    party,
    verdict_words,
)
from dashboards.state import MOST_PARTNERS, View, link_to
from dashboards.text import Language, day, number, percent, points, say

__all__ = ["COLUMNS", "grid_rows", "portfolio_page"]

_SHOWN = 12
"""Rows of a table before the rest is folded away."""


def portfolio_page(found: dict[str, Any], behind: list[Component], view: View) -> list[Component]:
    """Verdicts first, as everywhere; then what only shows when partners stand together."""
    lang = view.lang
    count = number(len(found["partners"]))
    left = arranged(view.arranged, COLUMNS)
    key = "portfolio_title_one" if len(found["partners"]) == 1 else "portfolio_title"
    title = say(key, lang, count=count, day=day(found["as_of"], lang))
    missing = _missing(found, view)
    return [
        html.H1([title, _rows_shown("rows_shown_title", lang)], className="graph-title"),
        *missing,
        card(
            [
                say("partners_word", lang),
                html.Span(
                    [
                        html.Details(
                            [
                                html.Summary(say("columns", lang), className="ctl"),
                                dcc.Checklist(
                                    id="columns",
                                    options=[
                                        {"value": name, "label": say(f"column_{name}", lang)}
                                        for name in COLUMNS
                                    ],
                                    value=[one for one in COLUMNS if one not in left.hidden],
                                    className="over",
                                ),
                            ],
                            className="menu",
                        ),
                        html.Button(say("download_csv", lang), id="download-csv", className="ctl"),
                        html.Button(
                            say("download_excel", lang), id="download-excel", className="ctl"
                        ),
                        dcc.Download(id="download"),
                    ],
                    className="aside push-right",
                ),
            ],
            html.P(_rows_shown("rows_shown", lang), className="soft small", role="status"),
            _grid(found, view, left),
        ),
        html.Div(
            [
                html.Div(
                    [_records(found, view), *_owners(found, view), _pairs(found, view)],
                    className="stack",
                ),
                html.Div([_grades(found, lang), _coverage(found, lang)], className="stack"),
            ],
            className="cols",
        ),
        _shared(found, behind, view),
    ]


def _rows_shown(key: str, lang: Language) -> Component:
    """How many rows pass the filters, as ``assets/grids.js`` fills it in; empty where all do."""
    words: Any = {"data-rows-shown": say(key, lang, shown="{shown}", all="{all}")}
    return html.Span(**words)


def nobody_page(found: dict[str, Any], view: View) -> list[Component]:
    """Where none of the partners is of this register: who was asked for, and the way back."""
    lang = view.lang
    back = html.A(
        say("partners_link", lang), href=link_to(view, page="partners", partners=(), cut=0)
    )
    words = [*_missing(found, view), html.P(back)]
    return [html.Div([html.H1(say("nobody_title", lang)), *words], className="card empty")]


def _missing(found: dict[str, Any], view: View) -> list[Component]:
    """Who was asked for and is not here."""
    lang = view.lang
    told = []
    if found["missing"]:
        names = ("、" if lang == "zh" else ", ").join(map(clean, found["missing"][:_SHOWN]))
        told.append(
            say("portfolio_missing", lang, count=number(len(found["missing"])), names=names)
        )
    if view.cut:
        told.append(say("portfolio_cut", lang, count=number(view.cut), most=number(MOST_PARTNERS)))
    return [html.Div(words, className="notice") for words in told]


def grid_rows(found: dict[str, Any], lang: Language) -> list[dict[str, Any]]:
    """Rows of the grid, and of the file that is downloaded: words and numbers, nothing else."""
    grades = [row["grade"] for row in found["grades"]]
    return [_row(one, grades, lang) for one in found["partners"]]


def _row(one: dict[str, Any], grades: list[str], lang: Language) -> dict[str, Any]:
    worst = one["costliest"]
    cost = ""
    if worst is not None:
        cost = say("of_party", lang, title=clean(worst["title"]), name=clean(worst["name"]))
        cost = f"{points(worst['points'])} · {cost}"
    separator = "；" if lang == "zh" else " · "
    owners = [
        say(
            "looked_through",
            lang,
            name=clean(owner["name"]),
            share=percent(owner["low"], owner["high"], lang=lang),
        )
        for owner in one["listed_behind"]
    ]
    listed = "、" if lang == "zh" else "; "
    behind = [say("listed_behind", lang, names=listed.join(owners))] if owners else []
    yet = [say("not_yet_short", lang, day=day(one["start"], lang))] if one["not_yet"] else []
    return {
        "verdicts": separator.join([*yet, *(clean(v["title"]) for v in one["verdicts"]), *behind]),
        "mild": not grave_of(one["verdicts"]) and not behind,
        "name": clean(one["name"]),
        "registered": clean(one["registered_name"]),
        "entity": one["entity"],
        "grade": one["grade"],
        # What is not rated has no place among scores, however high its number is.
        "score": None if one["grade"] == "NR" else round(one["score"], 2),
        "reason": " · ".join(
            [
                say(f"reason_{one['grade_reason']}", lang),
                *([say("only_at_best", lang)] if at_best(one, grades) else []),
            ]
        ),
        "coverage": round(100 * one["coverage"]),
        "status": say(one["status"], lang) if one["status"] in _STATUSES else "",
        "region": clean(one["region_words"] or ""),
        "industry": clean(one["industry_words"] or ""),
        "cost": cost,
    }


_STATUSES = frozenset({"active", "revoked", "deregistered"})
_NUMBERS = frozenset({"score", "coverage"})
_WIDTHS = {"verdicts": 290, "name": 220, "entity": 190, "grade": 112, "score": 112, "reason": 130}
_WIDTHS |= {"coverage": 124, "cost": 320}
COLUMNS = (
    *("name", "verdicts", "grade", "score", "reason", "coverage", "cost"),
    *("registered", "entity", "status", "region", "industry"),
)


def _grid(found: dict[str, Any], view: View, left: Arranged) -> Component:
    lang = view.lang
    columns = []
    for name in COLUMNS:
        title, width = say(f"column_{name}", lang), _WIDTHS.get(name, 150)
        if name == "name":
            made = party_column(name, title, width=width) | {"pinned": "left"}
            made |= {"wrapText": True, "autoHeight": True, "cellClass": "flow"}
        else:
            made = column(name, title, width=width, numeric=name in _NUMBERS)
        if name == "verdicts":
            made |= {"wrapText": True, "autoHeight": True, "cellClass": "wrapped"}
            made |= {"cellClassRules": {"mild": "params.data.mild"}}
        if name == "grade":
            made |= {"cellClassRules": grades_of(one["grade"] for one in found["grades"])}
        columns.append(made)
    rows = grid_rows(found, lang)
    for row in rows:
        row["name_link"] = link_to(
            view, page="company", entity=row["entity"], partners=(), arranged=None
        )
    words = say("partners_word", lang)
    return grid("grid", rows, columns, row_id="entity", label=words, lang=lang, left=left)


def _grades(found: dict[str, Any], lang: Language) -> Component:
    return card(say("grades_word", lang), grade_bar(found["grades"], lang))


def _coverage(found: dict[str, Any], lang: Language) -> Component:
    """How many partners are how well known, by tenths."""
    most = max(found["coverage"]) or 1
    bars = [
        html.Div(
            [
                html.Span(number(count) if count else "", className="small"),
                html.I(style={"height": f"{max(2, 80 * count / most):.0f}px"}),
                html.Span(f"{10 * tenth}+", className="faint"),
            ]
        )
        for tenth, count in enumerate(found["coverage"])
    ]
    words = say("coverage_by_tenths", lang)
    return card(say("coverage", lang), html.Div(bars, className="tenths", **labelled(words)))


def _records(found: dict[str, Any], view: View) -> Component:
    lang = view.lang
    rows = [
        (
            [
                html.Div(clean(one["title"])),
                html.Div(
                    party(one["entity"], one["name"], view, person=one["kind"] == "person"),
                    className="small",
                ),
            ],
            one["partners"],
            one["points"],
        )
        for one in found["records"]
    ]
    if not rows:
        return card(say("costs", lang), html.P(say("costs_none", lang), className="soft"))
    return card(
        say("costs", lang),
        *_costs(rows, say("record_word", lang), lang),
        html.P(say("costs_words", lang), className="soft small"),
    )


def _owners(found: dict[str, Any], view: View) -> list[Component]:
    """Owners through whom it costs points; no card where nothing comes through an owner."""
    lang = view.lang
    rows = [
        (
            [
                party(one["entity"], one["name"], view, person=one["kind"] == "person"),
                *([" ", chip(say("on_black_list", lang), "d")] if one["on_black_list"] else []),
            ],
            len(one["partners"]),
            one["points"],
        )
        for one in found["owners"]
    ]
    if not rows:
        return []
    return [
        card(
            say("owners_cost", lang),
            *_costs(rows, say("owner_word", lang), lang),
            html.P(say("owners_cost_words", lang), className="soft small"),
        )
    ]


def _costs(rows: list[tuple[list[Any], int, float]], head: str, lang: Language) -> list[Component]:
    """What costs, of how many partners, how many points; the dearest, and how many more."""
    heads = [
        html.Th(head),
        html.Th(say("partners_word", lang), className="num"),
        html.Th(say("points", lang), className="num"),
    ]
    body = [
        html.Tr(
            [
                html.Td(what),
                html.Td(number(partners), className="num"),
                html.Td(points(cost), className="num minus"),
            ]
        )
        for what, partners, cost in rows[:_SHOWN]
    ]
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(body)], className="plain")
    more = len(rows) - len(body)
    return [
        table,
        *(
            [html.P(say("and_more_rows", lang, count=more), className="faint small")]
            if more
            else []
        ),
    ]


def _pairs(found: dict[str, Any], view: View) -> Component:
    lang, pairs = view.lang, found["pairs"]
    barred = _barred(found, view)
    if not pairs:
        return card(say("bids", lang), html.P(say("bids_none", lang), className="soft"), *barred)
    rows: list[Component] = [pair_of(item, view) for item in pairs[:_SHOWN]]
    if len(pairs) > _SHOWN:
        more = say("and_more_rows", lang, count=len(pairs) - _SHOWN)
        rest = [pair_of(item, view) for item in pairs[_SHOWN:]]
        rows.append(html.Details([html.Summary(more, className="more"), *rest]))
    articles = dict.fromkeys(clean(item["legal_basis"]) for item in pairs if item["legal_basis"])
    basis = [html.P(text, className="soft small") for text in articles]
    conditions = dict.fromkeys(clean(item["condition"]) for item in pairs if item["condition"])
    only_if = [html.P(say("only_if", lang, words=words)) for words in conditions]
    # What follows only under a condition is not said without a mark of it.
    check: list[Any] = [chip(say("conditional", lang), "c"), " "] if conditions else []
    words = html.P([*check, say("bids_words", lang)], className="soft")
    return card(say("bids", lang), words, *only_if, *rows, *basis, *barred)


def _barred(found: dict[str, Any], view: View) -> list[Component]:
    """Who of them may not bid, whoever else does, each with what bars it."""
    lang = view.lang
    colon = "：" if lang == "zh" else ": "
    rows = [
        html.Li(
            [
                party(one["entity"], one["name"], view, person=False),
                colon,
                verdict_words(one["bars"], lang),
            ]
        )
        for one in found["barred"]
    ]
    return [html.P(say("bids_barred", lang)), html.Ul(rows)] if rows else []


def _shared(found: dict[str, Any], behind: list[Component], view: View) -> Component:
    """Who is behind several partners: as a table, and as a map where it can be read."""
    lang, shared = view.lang, found["shared"]
    if not shared:
        return card(say("shared", lang), html.P(say("shared_none", lang), className="soft"))
    names = {row["entity"]: row["name"] for row in found["partners"]}
    rows = []
    for one in shared[:_SHOWN]:
        person = one["kind"] == "person"
        marks: list[Any] = (
            [" ", chip(say("on_black_list", lang), "d")] if one["on_black_list"] else []
        )
        if one["itself"]:
            marks += [" ", chip(say("itself", lang))]
        kinds: dict[str, list[str]] = {}
        for link in one["links"]:
            kinds.setdefault(link["partner"], []).append(say(f"kind_{link['kind']}", lang))
        comma = "、" if lang == "zh" else ", "
        held: list[Any] = []
        for entity in one["partners"][:_SHOWN]:
            name = party(entity, names[entity], view, person=False)
            words = html.Span(f" ({comma.join(kinds[entity])})", className="soft")
            held.append(html.Div([name, words]))
        if len(one["partners"]) > _SHOWN:
            held.append(html.Div(say("and_more", lang, count=len(one["partners"]) - _SHOWN)))
        rows.append(
            html.Tr(
                [
                    html.Td([party(one["entity"], one["name"], view, person=person), *marks]),
                    html.Td(held),
                ]
            )
        )
    heads = [html.Th(say(f"shared_{name}", lang)) for name in ("who", "partners")]
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="plain")
    more = len(shared) - len(rows)
    tail = [html.P(say("and_more_rows", lang, count=more), className="faint small")] if more else []
    drawn = html.Div(behind, className="map")
    return card(say("shared", lang), drawn, html.Div(table, className="wide"), *tail)

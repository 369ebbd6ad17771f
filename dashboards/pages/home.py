"""The first page: one search field, and the register at a glance."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.parts import badge, card, chip, clean, grave_of, labelled
from dashboards.state import View, link_to
from dashboards.text import Language, day, number, percent, points, say

__all__ = ["grade_bar", "home_page", "suggestion_list"]

_NARROW = 0.04
"""Share of the bar below which a grade's letter does not fit into its part."""


def home_page(
    overview: dict[str, Any], least: list[dict[str, Any]], name: str, view: View
) -> list[Component]:
    """Below the search field: the register at a glance, who is trusted least, the sources."""
    lang = view.lang
    as_of = say("as_of", lang, day=day(overview["as_of"], lang))
    counts = {
        key: number(overview[key])
        for key in ("organisations", "persons", "relationships", "records")
    }
    return [
        html.Div(
            [
                html.H1(say("hero", lang)),
                html.P(
                    [
                        say("search_long", lang),
                        " ",
                        html.A(
                            say("partners_link", lang),
                            href=link_to(view, page="partners", entity=None),
                        ),
                    ],
                    className="soft",
                ),
            ],
            className="hero",
        ),
        html.Div(
            [
                html.Div(
                    [
                        card(
                            [
                                say("register", lang),
                                html.Span(f"{clean(name)} · {as_of}", className="aside"),
                            ],
                            grade_bar(overview["grades"], lang),
                            html.P(say("counts", lang, **counts), className="soft"),
                        ),
                        *_least_trusted(least, view),
                    ],
                    className="stack",
                ),
                card(
                    [
                        say("sources", lang),
                        html.Span(say("last_searched", lang), className="aside"),
                    ],
                    _sources(overview, lang),
                ),
            ],
            className="cols",
        ),
    ]


def _least_trusted(least: list[dict[str, Any]], view: View) -> list[Component]:
    """The least trusted, and all of them as a portfolio."""
    if not least:
        return []
    lang = view.lang
    partners = tuple(one["entity"] for one in least)
    together = html.A(
        say("together", lang),
        href=link_to(view, page="portfolio", entity=None, as_of=None, partners=partners),
        className="aside",
    )
    rows = []
    for one in least:
        name = html.A(
            clean(one["name"]),
            href=link_to(view, page="company", entity=one["entity"], as_of=None),
        )
        marks = [chip(clean(verdict["title"]), "d") for verdict in grave_of(one["verdicts"])[:1]]
        score = "" if one["grade"] == "NR" else points(one["score"])
        rows.append(
            html.Tr(
                [
                    html.Td(badge(one["grade"], lang)),
                    html.Td([name, " ", *marks]),
                    html.Td(score, className="num"),
                ]
            )
        )
    table = html.Table(html.Tbody(rows), className="plain least")
    return [card([say("least_trusted", lang), together], table)]


def grade_bar(grades: list[dict[str, Any]], lang: Language) -> Component:
    """Grades as parts of a bar, and the same as words below it."""
    total = sum(one["count"] for one in grades)
    if not total:
        return html.Div()
    parts, legend = [], []
    for one in grades:
        code, count = one["grade"], one["count"]
        kind = "nr" if code == "NR" else code[:1].lower()
        wide = count > total * _NARROW
        parts.append(
            html.Span(
                code if wide else "",
                className=f"part {kind}",
                style={"flexGrow": count, "flexBasis": 0},
            )
        )
        words = f"{number(count)} {say('too_little', lang) if code == 'NR' else ''}".strip()
        legend.append(html.Span([badge(code, lang), words], className="count"))
    name = labelled(say("grade_bar", lang))
    return html.Div(
        [html.Div(parts, className="bar", **name), html.Div(legend, className="legend")]
    )


def _sources(overview: dict[str, Any], lang: Language) -> Component:
    rows = []
    for source in overview["sources"]:
        kind = "num" if source["fresh"] else "num minus"
        rows.append(
            html.Tr(
                [
                    html.Td(clean(source["title"])),
                    html.Td(_when(source, lang), className=kind),
                ]
            )
        )
    return html.Table(html.Tbody(rows), className="plain")


def _when(source: dict[str, Any], lang: Language) -> str:
    if source["searched_on"] is None:
        return say("never_searched", lang)
    words = day(source["searched_on"], lang)
    return words if source["fresh"] else say("stale", lang, when=words)


def suggestion_list(found: list[dict[str, Any]], text: str, view: View) -> list[Component]:
    """What a search may mean, with grade, coverage and verdicts beside each."""
    lang = view.lang
    if not found:
        return [html.Div(say("nothing_found", lang, text=clean(text)), className="none")]
    rows: list[Component] = []
    said_so = False
    for one in found:
        if one["similar"] and not said_so:
            said_so = True
            rows.append(html.Div(say("similar", lang), className="none small"))
        rows.append(_suggestion(one, text, view))
    if view.as_of is None:
        return rows
    # Grades of another day than that of the run stand under it.
    said = say("as_they_stood", lang, day=day(view.as_of, lang))
    return [html.Div(said, className="none small"), *rows]


def _suggestion(one: dict[str, Any], text: str, view: View) -> Component:
    lang = view.lang
    person = one["kind"] == "person"
    name = one["name"] if person else one["registered_name"]
    beside = "" if person or one["name_en"] in {None, name} else one["name_en"]
    second = html.Span(clean(beside), className="soft")
    marks: list[Component] = []
    if not person:
        marks = [chip(clean(verdict["title"]), "d") for verdict in grave_of(one["verdicts"])[:1]]
        if not marks and one["grade"] == "NR":
            marks = [chip(say("little_known", lang))]
        marks.append(
            html.Span(
                say("coverage_short", lang, share=percent(round(one["coverage"], 2), lang=lang)),
                className="soft cov",
            )
        )
    return html.A(
        [
            html.Span() if person else badge(one["grade"], lang),
            html.Span(
                [
                    html.Span(
                        [
                            *_marked(clean(name), text),
                            " ",
                            second,
                        ]
                    ),
                    html.Span(clean(one["entity"]), className="mono faint"),
                ],
                className="who",
            ),
            html.Span(marks, className="marks"),
        ],
        href=link_to(view, page="company", entity=one["entity"]),
        className="suggestion alike" if one["similar"] else "suggestion",
        role="option",
    )


def _marked(name: str, text: str) -> list[Any]:
    """A name with the part that was typed marked."""
    asked = clean(text).strip()
    at = name.casefold().find(asked.casefold()) if asked else -1
    if at < 0:
        return [name]
    return [name[:at], html.Mark(name[at : at + len(asked)]), name[at + len(asked) :]]

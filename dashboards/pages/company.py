"""The page of a party: verdicts, who it is, grade and score and coverage, law, points, the rest."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.pages.company_grade import clear_card, why_grade
from dashboards.pages.company_law import law_card
from dashboards.pages.company_owners import held_card, owned_card, owners_card
from dashboards.pages.company_points import points_card, record_words
from dashboards.parts import (
    at_best,
    badge,
    card,
    chip,
    clean,
    grave_of,
    labelled,
    strip,
    verdict_strip,
    verdict_words,
)
from dashboards.state import View, link_to
from dashboards.text import day, percent, points, say

__all__ = ["company_page"]

NOT_RATED = "NR"

_STATUS = {"active": "a", "revoked": "d", "deregistered": "d"}


def company_page(
    told: dict[str, Any],
    summary: dict[str, Any],
    owners: dict[str, Any],
    owned: dict[str, Any],
    view: View,
) -> list[Component]:
    """In the order of reading: who reads only the top must not be misled."""
    lang = view.lang
    if told["existence"] is not None and told["existence"]["what"] == "not_yet":
        return [_not_yet(told, view)]
    notice = told["ownership"]["notice"]
    found = [*verdict_strip(told["verdicts"]), *_beside(told, view)]
    if notice:
        found.append(html.Div(say("notice", lang, notice=clean(notice)), className="notice"))
    found.append(_head(told, summary, view))
    scored = told["scored"]
    left = [law_card(told, view)]
    if scored:
        left.append(points_card(told, view))
    left += [_records(told, view)]
    if scored:
        left += [owners_card(told, owners, view), owned_card(owned, view)]
        right = [clear_card(told, view), _unknown(told, view), _history(view)]
    else:
        # Nobody is behind a person.
        right = held_card(owned, view)
    found.append(
        html.Div(
            [html.Div(left, className="stack"), html.Div(right, className="stack")],
            className="cols",
        )
    )
    return found


def _not_yet(told: dict[str, Any], view: View) -> Component:
    """Of a day before it was founded nothing is judged."""
    lang = view.lang
    words = say("not_yet", lang, name=clean(told["name"]), day=day(told["existence"]["day"], lang))
    return html.Div(
        [html.H1(say("not_yet_title", lang)), html.P(words, className="soft")],
        className="card empty",
    )


def _beside(told: dict[str, Any], view: View) -> list[Component]:
    """What is said of others and falls on this party: nobody should have to look for it."""
    lang = view.lang
    found: list[Component] = []
    head = told["head_office"]
    if head is not None and head["verdicts"]:
        words = verdict_words(head["verdicts"], lang)
        found.append(
            strip(say("head_office", lang, name=clean(head["name"]), verdicts=words), grave=True)
        )
    for other in told["same_code"]:
        words = verdict_words(other["verdicts"], lang)
        said = say("same_code", lang, name=clean(other["name"]), verdicts=words)
        found.append(strip(said, grave=bool(grave_of(other["verdicts"]))))
    existence = told["existence"]
    if existence is not None:
        said = say(f"existence_{existence['what']}", lang, day=day(existence["day"], lang))
        found.append(strip(said, grave=existence["what"] == "ended"))
    if told["listed_behind"]:
        names = [
            say(
                "looked_through",
                lang,
                name=clean(one["name"]),
                share=percent(one["low"], one["high"], lang=lang),
            )
            for one in told["listed_behind"]
        ]
        said = say("listed_behind", lang, names=("、" if lang == "zh" else ", ").join(names))
        found.append(strip(said, grave=True))
    return found


def _head(told: dict[str, Any], summary: dict[str, Any], view: View) -> Component:
    lang = view.lang
    if not told["scored"]:
        name = [html.H1(clean(told["name"])), html.P(say("person", lang), className="soft")]
        return html.Div(html.Div(name), className="card head")
    first, second = summary["registered_name"], summary["name_en"]
    names: list[Component] = [html.H1(clean(first))]
    if second and second != first:
        names.append(html.P(clean(second), className="second"))
    status = summary["status"]
    facts: list[Component] = [html.Span(clean(summary["entity"]), className="mono")]
    if status in _STATUS:
        facts.append(chip(say(status, lang), _STATUS[status]))
    facts += [
        chip(clean(summary[key])) for key in ("region_words", "industry_words") if summary[key]
    ]
    if summary["jurisdiction"] and summary["jurisdiction"] != "CN":
        facts.append(chip(clean(summary["jurisdiction"])))
    if summary["start"]:
        facts.append(chip(say("since", lang, day=day(summary["start"], lang))))
    links = [
        html.A(say(words, lang), href=link_to(view, page="graph", show=show))
        for words, show in (("evidence_only", "evidence"), ("open_graph", "around"))
    ]
    return html.Div(
        [
            html.Div(
                [
                    *names,
                    html.Div(facts, className="facts"),
                    html.Div(
                        [
                            *links,
                            html.Button(say("report_html", lang), id="report", className="as-link"),
                            dcc.Download(id="reported"),
                        ],
                        className="facts links",
                    ),
                ]
            ),
            _score(told, view),
        ],
        className="card head",
    )


def _score(told: dict[str, Any], view: View) -> Component:
    """Grade with its reason, score and coverage: one group that is never separated."""
    lang = view.lang
    base = next(line["points"] for line in told["ledger"] if line["line"] == "base")
    share = percent(round(told["coverage"], 2), lang=lang)
    rated = told["grade"] != NOT_RATED
    doubt = []
    if at_best(told, told["scale"]["bands"]):
        doubt = [chip(say("at_best", lang, share=share), "c at-best")]
    missing: list[Any] = [" · ", html.A(say("missing", lang), href="#unknown")]
    if all(item["known"] for item in told["coverage_items"]):
        missing = []
    begun = say("points_of", lang, base=f"{base:,.0f}") if rated else say("no_rating", lang)
    return html.Div(
        [
            badge(told["grade"], lang, small=False),
            html.Div(
                [
                    html.Div(
                        points(told["score"]).removesuffix(".00"),
                        className="n" if rated else "n unrated",
                    ),
                    html.Div(begun, className="soft"),
                ]
            ),
            html.Div([why_grade(told, view), *doubt], className="why"),
            html.Div(
                [
                    html.Div(
                        [html.Span(say("coverage", lang)), html.B(share)], className="between"
                    ),
                    html.Div(
                        html.I(style={"width": f"{100 * told['coverage']:.0f}%"}),
                        className="meter",
                        **labelled(f"{say('coverage', lang)} {share}"),
                    ),
                    html.Div([say("coverage_words", lang), *missing], className="faint small"),
                ],
                className="coverage",
            ),
        ],
        className="score",
    )


# --- Beside ---------------------------------------------------------------------------------------


def _unknown(told: dict[str, Any], view: View) -> Component:
    lang = view.lang
    missing = [item for item in told["coverage_items"] if not item["known"]]
    missing.sort(key=lambda item: -item["weight"])
    if not missing:
        return card(
            say("unknown", lang),
            html.P(say("unknown_none", lang), className="soft"),
            name="unknown",
        )
    rows = []
    for item in missing:
        words = clean(item["title"])
        if item["searched_on"] is not None:
            words = say("searched_last", lang, title=words, day=day(item["searched_on"], lang))
        elif item["item"] == "source":
            words = say("not_searched", lang, title=words)
        where = [html.Div(clean(item["look_up"]), className="faint small")]
        rows.append(html.Li([words, *(where if item["look_up"] else [])]))
    said = html.P(say("unknown_words", lang), className="soft small")
    return card(say("unknown", lang), said, html.Ul(rows, className="soft"), name="unknown")


def _history(view: View) -> Component:
    waiting = html.P(say("history_wait", view.lang), className="faint small")
    return card(
        say("history", view.lang),
        dcc.Store(id="history-rows"),
        dcc.Loading(html.Div(waiting, id="history"), type="dot"),
    )


# --- Records --------------------------------------------------------------------------------------


def _records(told: dict[str, Any], view: View) -> Component:
    lang = view.lang
    rows = [_record(record, view) for record in told["records"]]
    found: list[Component] = [
        html.Div(rows, className="rows")
        if rows
        else html.P(say("no_records", lang), className="soft")
    ]
    others = told["other_records"]
    if others:
        found.append(html.H3(say("others", lang)))
        for record in others:
            ended = day(record["ends_on"], lang)
            why = say(f"record_{record['why']}", lang, day=ended)
            found.append(html.P([clean(record["title"]), " · ", why], className="soft"))
    if told["repaired_records"]:
        count = told["repaired_records"]
        found.append(html.P(say("repaired_count", lang, count=count), className="faint small"))
    return card(say("records", lang), *found)


def _record(record: dict[str, Any], view: View) -> Component:
    source = [clean(text) for text in (record["authority"], record["doc_no"]) if text]
    lines = [
        html.Div(html.B(clean(record["title"]))),
        html.Div(record_words(record, view.lang), className="soft"),
        html.Div(" · ".join(source), className="soft small"),
    ]
    if record["ground"]:
        lines.insert(1, html.Div(clean(record["ground"])))
    if record["legal_basis"]:
        lines.append(html.Div(clean(record["legal_basis"]), className="faint small"))
    return html.Div(lines)

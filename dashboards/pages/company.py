"""The page of a party: verdicts, who it is, grade and score and coverage, law, points, the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.pages.company_law import law_card
from dashboards.pages.company_points import points_card, record_words
from dashboards.parts import (
    badge,
    card,
    chip,
    clean,
    hidden,
    labelled,
    party,
    verdict_strip,
)
from dashboards.state import View, link_to
from dashboards.text import TEXT, day, percent, points, say

__all__ = ["company_page"]

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
    notice = told["ownership"]["notice"]
    found = verdict_strip(told.get("verdicts", []))
    if notice:
        found.append(html.Div(say("notice", lang, notice=clean(notice)), className="notice"))
    found.append(_head(told, summary, view))
    scored = told["scored"]
    left = [law_card(told, view)]
    if scored:
        left = [points_card(told, view), *left]
    left += [_records(told, view)]
    right = [_owners(told, owners, view), _owned(owned, view)]
    if scored:
        right = [_clear(told, view), _unknown(told, view), _history(view), *right]
    found.append(
        html.Div(
            [html.Div(left, className="stack"), html.Div(right, className="stack")],
            className="cols",
        )
    )
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
        chip(say(key, lang, code=clean(summary[key])))
        for key in ("region", "industry")
        if summary[key]
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
                    html.Div(links, className="facts links"),
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
    share = percent(round(told["coverage"], 2))
    return html.Div(
        [
            badge(told["grade"], lang, small=False),
            html.Div(
                [
                    html.Div(points(told["score"]).removesuffix(".00"), className="n"),
                    html.Div(say("points_of", lang, base=f"{base:,.0f}"), className="soft"),
                ]
            ),
            html.Div(why_grade(told, view), className="why"),
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
                    html.Div(
                        [
                            say("coverage_words", lang),
                            " · ",
                            html.A(say("missing", lang), href="#unknown"),
                        ],
                        className="faint small",
                    ),
                ],
                className="coverage",
            ),
        ],
        className="score",
    )


def why_grade(told: dict[str, Any], view: View) -> str:
    """Why the grade is what it is, in a sentence."""
    reason = told["grade_reason"]
    if told["grade_by"] == "deregistered":
        return say("why_gone", view.lang)
    if reason == "coverage":
        items = [clean(item["title"]) for item in told["to_be_rated"][:3]]
        return say(
            "why_coverage", view.lang, items=("、" if view.lang == "zh" else ", ").join(items)
        )
    by = clean(told["grade_words"] or told["grade_by"] or "")
    return say(f"why_{reason}", view.lang, grade=told["grade"], band=told["band"], by=by)


# --- Beside ---------------------------------------------------------------------------------------


def _clear(told: dict[str, Any], view: View) -> Component:
    lang, better = view.lang, told["next_grade"]
    title = say("clear", lang)
    if better is None:
        words = "why_gone" if told["grade_by"] == "deregistered" else "clear_none"
        if told["grade_reason"] == "coverage":
            return card(title, html.P(why_grade(told, view), className="soft"))
        return card(title, html.P(say(words, lang), className="soft"))
    if better["held_by"] is not None:
        by = say("held_blocked" if better["held_by"] == "BLOCKED" else "held_status", lang)
        return card(title, html.P(say("clear_held", lang, by=by), className="soft"))
    if not better["records"]:
        return card(title, html.P(say("clear_impossible", lang), className="soft"))
    arrow = html.Div(
        [
            badge(told["grade"], lang),
            points(told["score"]),
            html.Span("→", className="faint"),
            badge(better["grade"], lang),
        ],
        className="arrow",
    )
    return card(title, html.Ul([_repair(record, view) for record in better["records"]]), arrow)


def _repair(record: dict[str, Any], view: View) -> Component:
    repair = record.get("repair") or {}
    key = f"repair_{repair.get('how')}"
    known = key if key in TEXT else "repair_other"
    words = say(known, view.lang, title=clean(record["title"]), months=repair.get("after_months"))
    return html.Li(words)


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
        rows.append(html.Li(words))
    return card(say("unknown", lang), html.Ul(rows, className="soft"), name="unknown")


def _history(view: View) -> Component:
    waiting = html.P(say("history_wait", view.lang), className="faint small")
    return card(
        say("history", view.lang),
        dcc.Store(id="history-rows"),
        dcc.Loading(html.Div(waiting, id="history"), type="dot"),
    )


# --- Owners ---------------------------------------------------------------------------------------


def _owners(told: dict[str, Any], owners: dict[str, Any], view: View) -> Component:
    lang = view.lang
    title = say("owners", lang)
    rows = list(_owner_rows(owners["owners"], 0, view))
    head = html.Thead(
        html.Tr(
            [
                html.Th(say("owner", lang)),
                html.Th(say("holds", lang), className="num"),
                html.Th(say("looks", lang), className="num"),
            ]
        )
    )
    table = html.Table([head, html.Tbody(rows)], className="plain") if rows else None
    owned = told["ownership"]
    words: list[Any] = []
    if owned["blocked_through"]:
        key = f"blocked_{owned['blocked']}"
        words.append(html.B(say(key, lang, names=_names(owned["blocked_through"], lang)) + " "))
    if owned["controllers"]:
        words.append(say("controllers", lang, names=_names(owned["controllers"], lang)))
    else:
        words.append(say("no_controller", lang))
    share = percent(owners["threshold"])
    if owned["beneficial_owners"]:
        names = _names(owned["beneficial_owners"], lang)
        words.append(" " + say("beneficial", lang, share=share, names=names))
    else:
        words.append(" " + say("no_beneficial", lang))
    return card(title, *([table] if table is not None else []), html.P(words, className="soft"))


def _names(rows: Sequence[dict[str, Any]], lang: str) -> str:
    zh = lang == "zh"
    found = []
    for row in rows[:6]:
        doubt = ""
        if row["answer"] == "possible":
            doubt = "（可能）" if zh else " (possible)"
        found.append(clean(row["name"]) + doubt)
    more = ["…"] if len(rows) > 6 else []  # as many as are named
    return ("、" if zh else ", ").join(found + more)


def _owner_rows(nodes: Sequence[dict[str, Any]], depth: int, view: View) -> list[Component]:
    rows: list[Component] = []
    pad = {"paddingLeft": f"{8 + 16 * min(depth, 6)}px"}
    for one in nodes:
        held = percent(one["direct"]["low"], one["direct"]["high"])
        if one["owner"] is None:
            cells = [html.Td(say("nobody_known", view.lang), className="soft", style=pad)]
            rows.append(html.Tr([*cells, html.Td(held, className="num"), html.Td("")]))
            continue
        person = one["kind"] == "person"
        sign = {"person": "●", "public_body": "◆"}.get(one["kind"], "■")
        through = one["look_through"]
        looks = "" if through is None else percent(through["low"], through["high"])
        name = party(one["owner"], one["name"], view, person=person)
        rows.append(
            html.Tr(
                [
                    html.Td([html.Span(f"{sign} ", **hidden()), name], style=pad),
                    html.Td(held, className="num"),
                    html.Td(looks, className="num"),
                ]
            )
        )
        rows += _owner_rows(one["owners"], depth + 1, view)
    return rows


def _owned(owned: dict[str, Any], view: View) -> Component:
    lang = view.lang
    if not owned["owned"]:
        return card(say("owned", lang), html.P(say("owns_nothing", lang), className="soft"))
    rows = []
    for one in owned["owned"][:12]:
        direct = one["direct"]
        held = "" if direct is None else percent(direct["low"], direct["high"])
        through = one["look_through"]
        rows.append(
            html.Tr(
                [
                    html.Td(party(one["entity"], one["name"], view, person=False)),
                    html.Td(held, className="num"),
                    html.Td(percent(through["low"], through["high"]), className="num"),
                ]
            )
        )
    more = len(owned["owned"]) - len(rows)
    tail = [html.P(say("and_more", lang, count=more), className="faint small")] if more else []
    return card(say("owned", lang), html.Table(html.Tbody(rows), className="plain"), *tail)


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

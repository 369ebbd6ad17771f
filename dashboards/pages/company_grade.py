"""Why a grade is what it is, and what would lift it."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.parts import badge, card, clean
from dashboards.state import View
from dashboards.text import TEXT, Language, day, percent, points, say

__all__ = ["clear_card", "why_grade"]


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
    if reason == "band":
        starts = list(told["scale"]["bands"].items())
        place = [grade for grade, _ in starts].index(told["grade"])
        last = bool(place) and place == len(starts) - 1
        start = points(starts[place - last][1]).removesuffix(".00")
        key = "why_band_last" if last else "why_band"
        return say(key, view.lang, grade=told["grade"], start=start)
    by = clean(told["grade_words"] or told["grade_by"] or "")
    return say(f"why_{reason}", view.lang, grade=told["grade"], band=told["band"], by=by)


def clear_card(told: dict[str, Any], view: View) -> Component:
    lang, better = view.lang, told["next_grade"]
    title = say("clear", lang)
    if better is None:
        words = "why_gone" if told["grade_by"] == "deregistered" else "clear_none"
        if told["grade_reason"] == "coverage":
            return card(title, html.P(why_grade(told, view), className="soft"))
        return card(title, html.P(say(words, lang), className="soft"))
    if better["held_by"] is not None:
        key = "clear_held_blocked" if better["held_by"] == "blocked" else "clear_held_status"
        return card(title, html.P(say(key, lang, grade=told["grade"]), className="soft"))
    if better["blocked"]:
        never = [html.Li(_of_whom(record, told, view)) for record in better["blocked"]]
        return card(title, html.P(say("no_repair_of", lang), className="soft"), html.Ul(never))
    if not better["records"]:
        return card(title, html.P(say("clear_impossible", lang), className="soft"))
    then = points(better["score_after"]).removesuffix(".00")
    after = better["grade_after"]
    key = "score_then" if better["rated"] else "too_little_then"
    share = percent(round(told["coverage"], 2), lang=lang)
    said = [say(key, lang, score=then, grade=after, share=share)]
    arrow = html.Div(
        [
            badge(told["grade"], lang),
            points(told["score"]).removesuffix(".00"),
            html.Span("→", className="faint"),
            badge(after if better["rated"] else None, lang),
            then,
        ],
        className="arrow",
    )
    rows: list[Component] = [_repair(record, told, view) for record in better["records"]]
    said += _when(better["records"], told, lang)
    return card(title, html.Ul(rows), arrow, html.P(" ".join(said), className="soft small"))


def _when(records: list[dict[str, Any]], told: dict[str, Any], lang: Language) -> list[str]:
    """When all of it may be done at the earliest, and that some of it is for others to do."""
    found = []
    days = [(record.get("repair") or {}).get("earliest") for record in records]
    latest = max((one for one in days if one), default=None)
    if latest is not None and latest > told["as_of"] and len(records) > 1:
        found.append(say("clear_from", lang, day=day(latest, lang)))
    if any(record["entity"] != told["entity"] for record in records):
        found.append(say("clear_others", lang))
    if told["consequences"]:
        found.append(say("clear_rest", lang))
    return found


def _caps(record: dict[str, Any], told: dict[str, Any], lang: Language) -> list[str]:
    """Why another's record is among what is to be repaired, though it may cost no points."""
    if record["entity"] == told["entity"]:
        return []
    return [say("caps_grade", lang, title=clean(title)) for title in record["caps_by"]]


def _of_whom(record: dict[str, Any], told: dict[str, Any], view: View) -> str:
    """A record by its title, with whose it is where it is another's."""
    title = clean(record["title"])
    if record["entity"] == told["entity"]:
        return title
    return say("of_party", view.lang, title=title, name=clean(record["name"]))


def _repair(record: dict[str, Any], told: dict[str, Any], view: View) -> Component:
    lang, repair = view.lang, record.get("repair") or {}
    key = f"repair_{repair.get('how')}"
    known = key if key in TEXT else "repair_other"
    words: list[Any] = [say(known, lang, title=_of_whom(record, told, view))]
    details = [say("decided", lang, day=day(record["decided_on"], lang))]
    details += _caps(record, told, lang)
    if repair.get("earliest"):
        passed = repair["earliest"] <= told["as_of"]
        key = "possible_now" if passed else "possible_from"
        details.append(say(key, lang, day=day(repair["earliest"], lang)))
    words.append(html.Div(("，" if lang == "zh" else " · ").join(details), className="faint small"))
    return html.Li(words)

"""The waterfall: from the base to the score, a line each, every chain drawn as a path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts import amount_words as amount_of
from dashboards.parts import card, chip, clean, hidden, path
from dashboards.state import View
from dashboards.text import Language, day, percent, points, say

__all__ = ["points_card", "record_words"]

_KINDS: Final = {"base": "b", "own": "own", "exposure": "m", "exposure_cap": "m up", "clamp": "b"}


def points_card(told: dict[str, Any], view: View) -> Component:
    """One line each, with a bar on the scale of the pack and the borders of its grades."""
    lang, ledger = view.lang, told["ledger"]
    sums = _sums(ledger)
    low = min(told["scale"]["floor"], *(min(pair) for pair in sums))
    high = max(told["scale"]["ceiling"], *(max(pair) for pair in sums))
    scale = Scale(low, high - low or 1.0, tuple(told["scale"]["bands"].values()))
    rows = [
        _row(line, before, after, scale, told, view)
        for line, (before, after) in zip(ledger, sums, strict=True)
    ]
    total = html.Div(
        [
            html.Span(html.B(say("score", lang))),
            _bar(0.0, told["score"], scale, "r"),
            html.B(points(told["score"]), className="num"),
        ],
        className="line total",
    )
    ends = [html.Span(f"{low:,.0f}".replace("-", "−")), html.Span(f"{high:,.0f}")]
    head = html.Div(
        [
            html.Span(say("line", lang)),
            html.Span(ends, className="between"),
            html.Span(say("points", lang), className="num"),
        ],
        className="line heads",
    )
    score = points(told["score"]).removesuffix(".00")
    return card(
        say("why_points", lang, score=score),
        html.P(
            [
                say("adds_up_one" if len(ledger) == 1 else "adds_up", lang, count=len(ledger)),
                " ",
                chip(say("own_record", lang), "own"),
                " ",
                chip(say("market", lang), "market"),
            ],
            className="soft",
        ),
        html.Div([head, *rows, total], className="waterfall"),
        *_effects(told, lang),
    )


def _effects(told: dict[str, Any], lang: Language) -> list[Component]:
    """What others are advised or used to do about it: no law, and no points either."""
    words = [
        say("effect_of", lang, title=clean(record["title"]), words=clean(one))
        for record in told["records"]
        for one in record.get("market_measures", ())
    ]
    words += [
        say("effect_of", lang, title=clean(item["title"]), words=clean(item["words"]))
        for item in told["market_effects"]
    ]
    if not words:
        return []
    rows = [html.Li(one) for one in dict.fromkeys(words)]
    return [html.H3(say("effects", lang)), html.Ul(rows, className="soft")]


@dataclass(frozen=True, slots=True)
class Scale:
    """Where bars lie: from ``low`` over ``span`` points, with the borders of the grades."""

    low: float
    span: float
    borders: tuple[float, ...]

    def place(self, points: float) -> float:
        """How far along, in per cent."""
        return 100 * (points - self.low) / self.span


def _sums(ledger: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """What stood before and after each line."""
    found, stood = [], 0.0
    for line in ledger:
        found.append((stood, stood + line["points"]))
        stood += line["points"]
    return found


def _row(
    line: dict[str, Any],
    before: float,
    after: float,
    scale: Scale,
    told: dict[str, Any],
    view: View,
) -> Component:
    kind = _KINDS.get(line["line"], "b")
    if line["line"] == "own" and line["points"] > 0:
        kind = "p"
    sign = "minus" if line["points"] < 0 else "plus" if line["line"] != "base" else ""
    cells = [
        html.Span(_words(line, told, view), className="words"),
        _bar(before, after, scale, kind),
        html.Span(points(line["points"], signed=True), className=f"num {sign}"),
    ]
    if line["line"] not in {"exposure", "own"}:
        return html.Div(cells, className="line")
    opened: list[Component] = [*_record_lines(line["record"], view.lang)]
    if line["line"] == "exposure":
        opened = [
            path(line["chain"], line["names"], line["kinds"], line["steps"], view),
            html.Div(_sum_words(line, view.lang), className="faint small"),
        ]
    return html.Details(
        [html.Summary(cells, className="line"), html.Div(opened, className="opened")]
    )


def _record_lines(record: dict[str, Any], lang: Language) -> list[Component]:
    """What an own record rests on: its ground, who decided, the number, the article, the source."""
    decided = " · ".join(clean(text) for text in (record["authority"], record["doc_no"]) if text)
    texts = [record["ground"], decided, record.get("legal_basis"), record["source_url"]]
    found: list[Component] = [
        html.Div(clean(text), className="faint small") for text in texts[:3] if text
    ]
    if record["source_url"]:
        source = say("source_of", lang, source=clean(record["source_url"]))
        found.append(html.Div(source, className="faint small mono"))
    return found


def _bar(before: float, after: float, scale: Scale, kind: str) -> Component:
    left, right = sorted((scale.place(before), scale.place(after)))
    style = {"left": f"{min(left, 99.6):.2f}%", "width": f"{max(0.4, right - left):.2f}%"}
    borders = [
        html.S(style={"left": f"{scale.place(border):.2f}%"})
        for border in scale.borders
        if scale.low < border
    ]
    return html.Span([*borders, html.I(className=kind, style=style)], className="wf", **hidden())


def _words(line: dict[str, Any], told: dict[str, Any], view: View) -> Any:
    lang = view.lang
    if line["line"] in {"base", "exposure_cap"}:
        return say(line["line"], lang)
    if line["line"] == "clamp":
        ends = {name: f"{told['scale'][name]:,.0f}" for name in ("floor", "ceiling")}
        return say("clamp", lang, **ends)
    record = line["record"]
    if line["line"] == "exposure":
        return say("of_party", lang, title=clean(record["title"]), name=clean(record["name"]))
    own = html.Span(say("own_record", lang), className="soft")
    found: list[Any] = [html.Span([clean(record["title"]), " ", own])]
    if line["note"]:
        found.append(html.Div(say("void", lang), className="small"))
    words = [record_words(record, lang), *_term_left(record, lang)]
    found.append(html.Div(_comma(lang).join(words), className="soft small"))
    return found


def _comma(lang: Language) -> str:
    return "，" if lang == "zh" else " · "


def _term_left(record: dict[str, Any], lang: Language) -> list[str]:
    """Of a record that weighs less as its term goes by: of how many points how much is left."""
    left = record.get("term_left")
    if left is None:
        return []
    full = points(abs(record["full_points"])).removesuffix(".00")
    return [say("term_left", lang, full=full, share=percent(round(left, 2), lang=lang))]


def _sum_words(line: dict[str, Any], lang: Language) -> str:
    own = line["points"] / line["reach"] if line["reach"] else 0.0
    sums = say(
        "sum_line",
        lang,
        own=points(abs(own)),
        reach=f"{line['reach']:.4g}",
        points=points(abs(line["points"])),
    )
    record = line["record"]
    parts = [sums, _comma(lang).join([record_words(record, lang), *_term_left(record, lang)])]
    rules = [step["rule"] for step in line["steps"] if step.get("rule")]
    if rules:
        parts.append(say("habit", lang, rule=", ".join(dict.fromkeys(rules))))
    return " · ".join(parts)


def record_words(record: dict[str, Any], lang: Language) -> str:
    """Amount, day and end of a record."""
    parts = [amount_of(record, lang), say("decided", lang, day=day(record["decided_on"], lang))]
    if record["ends_on"] is None:
        parts.append(say("open", lang))
    else:
        key = "until_term" if record["end"] == "term" else "until"
        parts.append(say(key, lang, day=day(record["ends_on"], lang)))
    if record["old"]:
        parts.append(say("old", lang))
    return _comma(lang).join(part for part in parts if part)

"""Small pieces of screens: grades, chips, chains. Text from data is only ever text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.state import View, link_to
from dashboards.text import Language, percent, points, say

__all__ = [
    "amount_words",
    "at_best",
    "badge",
    "card",
    "chip",
    "clean",
    "grade_words",
    "grave_of",
    "hidden",
    "labelled",
    "named",
    "node",
    "party",
    "path",
    "step_label",
    "strip",
    "verdict_strip",
    "verdict_words",
]


_LITTLE: Final = 0.5
"""A coverage below which a grade is said to be the best that it may be."""


def clean(text: Any) -> str:
    """Data as text to be shown: without controls, overrides of direction and lone marks."""
    shown = "".join(
        character
        for character in str(text)
        if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}
    )
    if shown and unicodedata.combining(shown[0]):
        shown = f"◌{shown}"
    return unicodedata.normalize("NFC", shown)[:300]


def card(title: Any, *children: Any, name: str | None = None) -> Component:
    """A section with a head; ``name`` is what links lead to."""
    more: Any = {} if name is None else {"id": name}
    return html.Section([html.H2(title), *children], className="card", **more)


def labelled(words: str) -> Any:
    """Attributes by which a screen reader says what a picture shows."""
    return {"role": "img", "aria-label": words}


def named(words: str) -> Any:
    """Attributes by which a screen reader says what a sign alone does."""
    return {"aria-label": words}


def hidden() -> Any:
    """Attributes of what only repeats in another way what stands beside it."""
    return {"aria-hidden": "true"}


def chip(text: str, kind: str = "") -> Component:
    return html.Span(text, className=f"chip {kind}".strip())


def badge(grade: str | None, lang: Language, *, small: bool = True) -> Component:
    """A grade: a letter, a colour and a rounded square; never a colour alone."""
    code = grade or "NR"
    words = grade_words(code, lang)
    kind = code[:1].lower() if code != "NR" else "nr"
    size = " s" if small else ""
    return html.Span(code, className=f"grade {kind}{size}", title=words, **labelled(words))


def at_best(one: dict[str, Any], grades: Iterable[str]) -> bool:
    """Whether a grade rests on less than half of what it should, and there is a worse one."""
    better = [grade for grade in grades if grade != "NR"][:-1]
    return one["grade"] in better and one["coverage"] < _LITTLE


def grade_words(grade: str, lang: Language) -> str:
    """What a grade's letter is called."""
    return say("not_rated", lang) if grade == "NR" else say("grade", lang, grade=grade)


def verdict_strip(verdicts: Sequence[dict[str, Any]]) -> list[Component]:
    """What a reader must know before any number, in words; nothing where there is nothing."""
    titles = [html.Span(clean(one["title"])) for one in verdicts]
    return [strip(titles, grave=bool(grave_of(verdicts)))] if titles else []


def grave_of(verdicts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The verdicts on the party, without what is said of how much is known of it."""
    return [one for one in verdicts if one["verdict"] not in {"NOT_RATED", "OLD"}]


def strip(children: Any, *, grave: bool) -> Component:
    """A line above everything else."""
    return html.Div(children, className="verdicts" + ("" if grave else " mild"), role="note")


def verdict_words(verdicts: Sequence[dict[str, Any]], lang: Language) -> str:
    """Verdicts as one text, with words where there are none."""
    titles = [clean(one["title"]) for one in verdicts] or [say("no_verdict", lang)]
    return ("；" if lang == "zh" else " · ").join(titles)


def party(entity: str, name: str, view: View, *, person: bool) -> Component:
    """A name that leads to its page."""
    if person:
        return html.Span(clean(name))
    return html.A(clean(name), href=link_to(view, page="company", entity=entity))


def node(entity: str, name: str, view: View, *, person: bool, here: bool = False) -> Component:
    """A party on a path: a box, of a person a rounded one."""
    kind = " p" if person else ""
    inner = html.Span(clean(name)) if here else party(entity, name, view, person=person)
    return html.Span(inner, className=f"node{kind}")


def path(
    chain: Sequence[str],
    names: Sequence[str],
    kinds: Sequence[str],
    steps: Iterable[dict[str, Any]],
    view: View,
) -> Component:
    """A chain drawn as a path: party, step with its factors spelled out, party."""

    def box(place: int) -> Component:
        entity, person = chain[place], kinds[place] == "person"
        return node(entity, names[place], view, person=person, here=entity == view.entity)

    found: list[Component] = [box(0)]
    for place, step in enumerate(steps, 1):
        lines: list[Any] = [html.Span(_step_words(step, view.lang))]
        if "factors" in step:
            lines.append(html.Span(_factors(step, view.lang)))
        found.append(html.Span(lines, className="step"))
        found.append(box(place))
    return html.Div(found, className="path")


def step_label(step: str, words: str, lang: Language) -> str:
    """What a step is called between two boxes: in Chinese the post, with an arrow for its side.

    >>> step_label("director.backward", "由…任董事", "zh")
    '← 董事'
    """
    if lang == "en":
        return clean(words)
    kind, _, direction = step.partition(".")
    noun = say(f"kind_{kind}", lang)
    return f"{noun} →" if direction == "forward" else f"← {noun}"


def _step_words(step: dict[str, Any], lang: Language) -> str:
    return step_label(step["step"], step["words"], lang)


def _factors(step: dict[str, Any], lang: Language) -> str:
    """0.8 × 40 % × 0.9 = 0.288: what a step's strength is made of."""
    factors = step["factors"]
    parts = [f"{factors['base']:g}"]
    if factors["among"] is not None:
        parts.append(say("one_of", lang, count=factors["among"]))
    elif factors["share"] is not None:
        share = percent(factors["share"], lang=lang)
        parts.append(f"{share} ({say('assumed', lang)})" if factors["assumed"] else share)
    if factors["confidence"] < 1:
        parts.append(say("sure", lang, share=percent(factors["confidence"], lang=lang)))
    total = f"{step['strength']:.4g}"
    return total if len(parts) == 1 else f"{' × '.join(parts)} = {total}"


def amount_words(record: dict[str, Any], lang: Language) -> str:
    if record["amount"] is None:
        return ""
    return say("amount", lang, amount=points(record["amount"]).removesuffix(".00"))

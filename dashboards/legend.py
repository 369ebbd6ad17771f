"""What the signs of a picture mean."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dash import html
from dash.development.base_component import Component

import trustgraph as tg
from dashboards.parts import hidden
from dashboards.text import Language, number, say

__all__ = ["key", "key_of_party", "legend_of", "sign_of_line"]


def key(words: list[Any], count: int | None = None) -> Component:
    """A line of a legend, with how many there are."""
    tail = [] if count is None else [html.B(number(count))]
    return html.Div([*words, *tail], className="key")


def sign_of_line(look: str) -> Component:
    """How a line of this look is drawn: ``own``, ``law``, ``market`` or ``past``."""
    return html.I(className=f"sign {look}", **hidden())


def key_of_party(kind: str, lang: Language, count: int | None = None) -> Component:
    """How parties of a kind are drawn."""
    return key([html.I(className=f"shape {kind}", **hidden()), say(f"party_{kind}", lang)], count)


def legend_of(subgraph: dict[str, Any], lang: Language) -> Component:
    """The signs that a subgraph is drawn with, in one line."""
    kinds = Counter(node["kind"] for node in subgraph["nodes"])
    looks = {tg.line_of_kind(edge["kind"]) for edge in subgraph["edges"]}
    keys = [key_of_party(kind, lang) for kind, _ in kinds.most_common()]
    keys += [
        key([sign_of_line(look), say(f"line_{look}", lang)])
        for look in ("own", "law", "market")
        if look in looks
    ]
    return html.Div(keys, className="keys")

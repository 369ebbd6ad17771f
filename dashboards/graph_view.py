"""The picture of a graph: elements and colours. All that knows of cytoscape stands here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal
from urllib.parse import quote

import dash_cytoscape as cyto
from dash import html
from dash.development.base_component import Component

import trustgraph as tg
from dashboards.parts import clean, named
from dashboards.text import Language, percent, say

__all__ = ["Theme", "elements_of", "picture", "stylesheet", "zooms"]

Theme = Literal["light", "dark"]

_COLOURS: Final[dict[str, dict[str, str]]] = {
    "light": {
        "ink": "#14181f",
        "soft": "#566070",
        "card": "#ffffff",
        "law": "#4a2f8a",
        "market": "#0f6a78",
        "a": "#0b7a5b",
        "b": "#1f5fa8",
        "c": "#8f5a00",
        "d": "#b3261e",
        "nr": "#5b6472",
        "a-bg": "#e3f4ee",
        "b-bg": "#e5eff9",
        "c-bg": "#fbf0dc",
        "d-bg": "#fce9e7",
        "nr-bg": "#eceef1",
    },
    "dark": {
        "ink": "#eef1f5",
        "soft": "#aab4c2",
        "card": "#171c23",
        "law": "#c3abff",
        "market": "#6fd0de",
        "a": "#4fd0a5",
        "b": "#7fb4f0",
        "c": "#f0b85a",
        "d": "#ff8f86",
        "nr": "#a8b1be",
        "a-bg": "#12332a",
        "b-bg": "#142a42",
        "c-bg": "#38290f",
        "d-bg": "#421a18",
        "nr-bg": "#262c35",
    },
}


_NAMED: Final = 24
"""Lines up to which each says what it is; of more, words would lie upon one another."""


def elements_of(
    subgraph: Mapping[str, Any],
    places: Mapping[str, tuple[float, float]],
    *,
    lang: Language,
    pinned: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Nodes and edges as cytoscape takes them; ids only stand for one another, and are numbers."""
    numbers = {node["entity"]: f"n{place}" for place, node in enumerate(subgraph["nodes"])}
    found: list[dict[str, Any]] = []
    for node in subgraph["nodes"]:
        entity = node["entity"]
        x, y = places[entity]
        person = node["kind"] == "person"
        grade = "" if person else node["grade"] or "NR"
        name = entity if person else node["name"]
        marks = f" ●{node['records']}" if node["records"] else ""
        beside = f"\n{node['beside']}" if node.get("beside") else ""
        classes = [node["kind"], "centre" if entity == subgraph["centre"] else ""]
        classes.append("pinned" if entity in pinned else "")
        classes.append("" if person else grade.lower() if grade == "NR" else grade[:1].lower())
        found.append(
            {
                "data": {
                    "id": numbers[entity],
                    "entity": entity,
                    "label": tg.short_name(clean(name)) + marks + beside,
                    "grade": grade,
                },
                "position": {"x": x, "y": y},
                "classes": " ".join(filter(None, classes)),
            }
        )
    names = _names_of_lines(subgraph["edges"], lang)
    for edge in subgraph["edges"]:
        share = edge["share"]
        label = names.get(edge["id"], "")
        if share is not None:
            label = percent(share["low"], share["high"], lang=lang)
        found.append(
            {
                "data": {
                    "id": f"e{edge['id']}",
                    "source": numbers[edge["source"]],
                    "target": numbers[edge["target"]],
                    "label": label,
                    **({"bow": edge["bow"]} if edge.get("bow") else {}),
                    **({"several": True} if "\n" in label else {}),
                },
                "classes": tg.line_of_kind(edge["kind"]) + ("" if edge["current"] else " past"),
            }
        )
    return found


def _names_of_lines(edges: Sequence[Mapping[str, Any]], lang: Language) -> dict[Any, str]:
    """What lines without a share are, by their ids: of several between two parties one says it."""
    if len(edges) > _NAMED:
        return {}
    # The last is drawn over the others, and so are its words.
    last = {(edge["source"], edge["target"]): edge["id"] for edge in edges if edge["share"] is None}
    kinds: dict[Any, list[str]] = {one: [] for one in last.values()}
    for edge in edges:
        if edge["share"] is None:
            one = last[edge["source"], edge["target"]]
            kinds[one].append(say(f"kind_{edge['kind']}", lang))
    return {one: "\n".join(dict.fromkeys(names)) for one, names in kinds.items()}


def stylesheet(theme: Theme) -> list[dict[str, Any]]:
    """Shapes say the kind, letters and colours the grade, lines law or market or ownership."""
    ink = _COLOURS[theme]
    grades = [
        {
            "selector": f"node.{code}",
            "style": {
                "background-color": ink[f"{code}-bg"],
                "border-color": ink[code],
                "background-image": _letter("NR" if code == "nr" else code.upper(), ink[code]),
                "background-width": "100%",
                "background-height": "100%",
            },
        }
        for code in ("a", "b", "c", "d", "nr")
    ]
    return [
        {
            "selector": "node",
            "style": {
                "shape": "round-rectangle",
                "width": 34,
                "height": 34,
                "background-color": ink["card"],
                "border-width": 2,
                "border-color": ink["soft"],
                "label": "data(label)",
                "text-valign": "bottom",
                "text-margin-y": 5,
                "text-wrap": "wrap",
                "font-size": 11,
                "min-zoomed-font-size": 8,
                "color": ink["ink"],
                # A line that runs behind a name must not run through it.
                "text-background-color": ink["card"],
                "text-background-opacity": 0.85,
                "text-background-padding": "1px",
            },
        },
        {"selector": "node.person", "style": {"shape": "ellipse"}},
        {"selector": "node.public_body", "style": {"shape": "diamond"}},
        {"selector": "node.branch", "style": {"shape": "round-tag"}},
        *grades,
        {"selector": "node", "style": {"color": ink["ink"]}},
        {
            "selector": "node.centre",
            "style": {"width": 46, "height": 46, "border-width": 3, "font-weight": "bold"},
        },
        {
            "selector": "node.pinned",
            "style": {"border-style": "double", "border-width": 6, "font-weight": "bold"},
        },
        {"selector": "node:selected", "style": {"overlay-color": ink["b"], "overlay-opacity": 0.2}},
        {
            "selector": "edge",
            "style": {
                "width": 1.5,
                "curve-style": "bezier",
                "target-arrow-shape": "triangle",
                # An arrow ends before a name, where it would not be seen.
                "target-endpoint": "outside-to-node-or-label",
                "source-endpoint": "outside-to-node-or-label",
                "target-distance-from-node": 5,
                "arrow-scale": 0.9,
                "label": "data(label)",
                "text-wrap": "wrap",
                "font-size": 10,
                "min-zoomed-font-size": 8,
                "color": ink["soft"],
                "text-background-color": ink["card"],
                "text-background-opacity": 1,
                "text-background-padding": "2px",
            },
        },
        _line("own", ink["ink"], "solid"),
        _line("law", ink["law"], "solid"),
        _line("market", ink["market"], "dotted"),
        {
            "selector": "edge[bow]",
            "style": {
                "curve-style": "unbundled-bezier",
                "control-point-distances": "data(bow)",
                "control-point-weights": 0.5,
            },
        },
        # Further from the name that stands below who they begin at.
        {"selector": "edge[?several]", "style": {"text-margin-y": 9}},
        {"selector": "edge.past", "style": {"line-style": "dashed", "opacity": 0.5}},
    ]


def _letter(grade: str, colour: str) -> str:
    """A grade's letter as a picture in its node: colour alone would not say it to everybody."""
    size = 15 if len(grade) == 1 else 11
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="34" height="34" viewBox="0 0 34 34">'
        f'<text x="17" y="{17 + 0.36 * size:.1f}" font-family="Inter, system-ui, sans-serif" '
        f'font-size="{size}" font-weight="700" text-anchor="middle" fill="{colour}">{grade}</text>'
        "</svg>"
    )
    return f"data:image/svg+xml;utf8,{quote(text)}"


def _line(name: str, colour: str, style: str) -> dict[str, Any]:
    look = {"line-color": colour, "target-arrow-color": colour, "line-style": style}
    return {"selector": f"edge.{name}", "style": look}


def picture(
    elements: list[dict[str, Any]], theme: Theme, *, height: int = 600, most_zoom: float = 1.8
) -> Component:
    """The pane itself: places are given, the browser lays nothing out."""
    pane: Component = cyto.Cytoscape(
        id="graph",
        elements=elements,
        stylesheet=stylesheet(theme),
        layout={"name": "preset", "fit": True, "padding": 40},
        style={"width": "100%", "height": f"{height}px"},
        minZoom=0.15,
        maxZoom=most_zoom,
        responsive=True,
        # A wheel over the picture goes on scrolling the page: assets/graph.js zooms with Ctrl.
        userZoomingEnabled=False,
    )
    return pane


def zooms(lang: Language) -> Component:
    """Buttons over the picture; what they do stands in ``assets/graph.js``."""
    found = []
    for name, sign in (("in", "+"), ("out", "−"), ("fit", say("zoom_fit_short", lang))):
        words = say(f"zoom_{name}", lang)
        what: Any = {"data-zoom": name, **named(words)}
        found.append(html.Button(sign, title=words, className="ctl", **what))
    return html.Div(found, className="zooms")

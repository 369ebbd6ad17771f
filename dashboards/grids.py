"""Grids: what is too long for a table on a page, to be sorted, filtered and read by keyboard.

A table of two hundred rows is some two thousand components of Dash, which takes seconds to draw;
a grid is one, and draws the rows that are seen. All that knows of ag-grid stands here and in
``assets/grids.js``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from dashboards.text import TEXT, Language, say

__all__ = ["Arranged", "arranged", "column", "grades_of", "grid", "party_column"]

_FEW: Final = 12
"""Rows up to which a grid is as high as it has to be."""
_MOST_HEIGHT: Final = 560

_ITS_WORDS: Final = [name.removeprefix("grid_") for name in TEXT if name.startswith("grid_")]
"""What ag-grid says of its own accord, by its own keys."""


_LONGEST: Final = 4_000
_KINDS: Final = frozenset({"text", "number"})


@dataclass(frozen=True, slots=True)
class Arranged:
    """How somebody sorted and filtered a grid, and which columns are not shown."""

    sorts: tuple[tuple[str, str], ...] = ()
    filters: Mapping[str, Any] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()


def arranged(text: str | None, fields: Collection[str]) -> Arranged:
    """How a grid was left, as ``assets/grids.js`` writes it; what it cannot mean is left out.

    >>> arranged('{"sorts": [["score", "asc"], ["x", "asc"]], "hidden": ["region"]}', ["score"])
    Arranged(sorts=(('score', 'asc'),), filters={}, hidden=frozenset())
    """
    try:
        given = json.loads((text or "")[:_LONGEST] or "{}")
    except ValueError:
        return Arranged()
    if not isinstance(given, dict):
        return Arranged()
    sorts, filters, hidden = (given.get(name) for name in ("sorts", "filters", "hidden"))
    return Arranged(
        tuple(
            (one[0], one[1])
            for one in (sorts if isinstance(sorts, list) else [])
            if isinstance(one, list)
            and len(one) == 2  # a column and a way
            and _one_of(one[0], fields)
            and _one_of(one[1], ("asc", "desc"))
        ),
        {
            name: one
            for name, one in (filters if isinstance(filters, dict) else {}).items()
            if name in fields and _is_filter(one)
        },
        frozenset(
            one for one in (hidden if isinstance(hidden, list) else []) if _one_of(one, fields)
        ),
    )


def _one_of(given: Any, allowed: Collection[str]) -> bool:
    return isinstance(given, str) and given in allowed


def _is_filter(given: Any, *, within: bool = False) -> bool:
    """Whether it is a filter as ag-grid keeps them: one condition, or two of one kind."""
    if not isinstance(given, dict) or not _one_of(given.get("filterType"), _KINDS):
        return False
    if "conditions" in given and not within:
        both = given["conditions"]
        joined = _one_of(given.get("operator"), ("AND", "OR"))
        return joined and isinstance(both, list) and all(_is_filter(c, within=True) for c in both)
    values = (str,) if given["filterType"] == "text" else (int, float)
    compared = [given.get(name) for name in ("filter", "filterTo")]
    fits = all(one is None or isinstance(one, values) for one in compared)
    return fits and _one_of(given.get("type"), _ITS_WORDS)


def column(
    field: str, title: str, *, width: int = 150, numeric: bool = False, words: str | None = None
) -> dict[str, Any]:
    """A column; ``words`` is the field that is shown where ``field`` is only sorted by."""
    made: dict[str, Any] = {
        "field": field,
        "headerName": title,
        "width": width,
        "minWidth": min(width, 90),
        "filter": "agTextColumnFilter",
        "tooltipField": words or field,
    }
    if numeric:
        made |= {"type": "numericColumn", "filter": "agNumberColumnFilter"}
    if words is not None:
        made["valueFormatter"] = {"function": f"params.data.{words}"}
        made["filterValueGetter"] = {"function": f"params.data.{words}"}
        made["filter"] = "agTextColumnFilter"
    return made


def party_column(field: str, title: str, *, width: int = 240) -> dict[str, Any]:
    """Names that lead to their pages; ``FIELD_link`` and ``FIELD_grade`` of a row say where to."""
    return column(field, title, width=width) | {"cellRenderer": "Party"}


def grades_of(grades: Iterable[str]) -> dict[str, str]:
    """Classes of cells by the grade that stands in them."""
    rules: dict[str, list[str]] = {}
    for grade in grades:
        colour = "NR" if grade == "NR" else grade[:1].upper()
        rules.setdefault(f"g-{colour}", []).append(f"params.value == '{grade}'")
    return {name: " || ".join(each) for name, each in rules.items()}


def grid(
    name: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Mapping[str, Any]],
    *,
    row_id: str,
    label: str,
    lang: Language,
    fill: bool = False,
    left: Arranged | None = None,
) -> Component:
    """A grid of rows; with ``fill`` its columns take the width that there is.

    ``left`` is how somebody left it.
    """
    kept = left or Arranged()
    ways = {name: (way, place) for place, (name, way) in enumerate(kept.sorts)}
    shared: dict[str, Any] = {"sortable": True, "resizable": True, "floatingFilter": len(rows) > 1}
    few = len(rows) <= _FEW
    layout = "autoHeight" if few else "normal"
    made = dag.AgGrid(
        id=name,
        rowData=list(rows),
        columnDefs=[
            {**one, **(_filling(one["width"]) if fill else {}), **_kept(one["field"], ways, kept)}
            for one in columns
        ],
        filterModel=dict(kept.filters),
        defaultColDef=shared,
        getRowId=f"params.data.{row_id}",
        dashGridOptions={
            "animateRows": False,
            "domLayout": layout,
            "tooltipShowDelay": 300,
            "localeText": {key: say(f"grid_{key}", lang) for key in _ITS_WORDS}
            | ({} if rows else {"noRowsToShow": say("no_rows", lang)}),
        },
        className="grid",
        style={"height": None if few else f"{_MOST_HEIGHT}px"},
    )
    named: Any = {"role": "region", "aria-label": label}
    return html.Div(made, **named)


def _filling(width: int) -> dict[str, Any]:
    """A column takes its part of the width, and on a narrow screen enough to be read."""
    return {"flex": width, "minWidth": round(0.7 * width)}


def _kept(name: str, ways: Mapping[str, tuple[str, int]], kept: Arranged) -> dict[str, Any]:
    """What was left of a column."""
    found: dict[str, Any] = {"hide": True} if name in kept.hidden else {}
    if name in ways:
        way, place = ways[name]
        found |= {"sort": way, "sortIndex": place}
    return found

"""Grids: what is too long for a table on a page, to be sorted, filtered and read by keyboard.

A table of two hundred rows is some two thousand components of Dash, which takes seconds to draw;
a grid is one, and draws the rows that are seen. All that knows of ag-grid stands here and in
``assets/grids.js``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from dashboards.text import TEXT, Language, say

__all__ = ["column", "grades_of", "grid", "party_column"]

_FEW: Final = 12
"""Rows up to which a grid is as high as it has to be."""
_MOST_HEIGHT: Final = 560

_ITS_WORDS: Final = [name.removeprefix("grid_") for name in TEXT if name.startswith("grid_")]
"""What ag-grid says of its own accord, by its own keys."""


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
) -> Component:
    """A grid of rows; with ``fill`` its columns take the width that there is."""
    shared: dict[str, Any] = {"sortable": True, "resizable": True, "floatingFilter": len(rows) > 1}
    few = len(rows) <= _FEW
    layout = "autoHeight" if few else "normal"
    made = dag.AgGrid(
        id=name,
        rowData=list(rows),
        columnDefs=[{**one, "flex": one["width"]} if fill else one for one in columns],
        defaultColDef=shared,
        getRowId=f"params.data.{row_id}",
        dashGridOptions={
            "animateRows": False,
            "domLayout": layout,
            "tooltipShowDelay": 300,
            "localeText": {key: say(f"grid_{key}", lang) for key in _ITS_WORDS},
        },
        className="grid",
        style={"height": None if few else f"{_MOST_HEIGHT}px"},
    )
    named: Any = {"role": "region", "aria-label": label}
    return html.Div(made, **named)

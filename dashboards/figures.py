"""Rows made into figures of plotly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import plotly.graph_objects as go

from dashboards.graph_view import Theme
from dashboards.text import Language, day, points, say

__all__ = ["changes_of", "history_figure"]

_INK: Final = {
    "light": ("#14181f", "#566070", "#e3e6ea"),
    "dark": ("#eef1f5", "#aab4c2", "#2a313b"),
}
_CHANGED: Final = 1.0
"""Points from which a month has changed a score."""
_MARK: Final = {"light": "#b3261e", "dark": "#ff8f86"}
_FONT: Final = "Inter, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', system-ui, sans-serif"


def history_figure(
    rows: Sequence[dict[str, Any]],
    records: Sequence[dict[str, Any]],
    *,
    scale: Mapping[str, Any],
    theme: Theme,
    lang: Language,
) -> go.Figure:
    """The score month by month as steps, with the party's own records as marks."""
    ink, soft, line = _INK[theme]
    days = [row["as_of"] for row in rows]
    scores = [row["score"] for row in rows]
    figure = go.Figure()
    told = [
        [
            day(row["as_of"], lang),
            points(row["score"]),
            "" if row["rated"] else say("not_rated", lang),
        ]
        for row in rows
    ]
    hover = "%{customdata[0]}<br>%{customdata[1]} %{customdata[2]}<extra></extra>"
    # Months without a grade are drawn as what they are: a number, and no rating.
    figure.add_scatter(
        x=days,
        y=scores,
        mode="lines",
        line={"shape": "hv", "width": 1.5, "color": soft, "dash": "dot"},
        customdata=told,
        hovertemplate=hover,
    )
    figure.add_scatter(
        x=days,
        y=[score if rated else None for score, rated in zip(scores, _rated(rows), strict=True)],
        mode="lines",
        line={"shape": "hv", "width": 2.5, "color": ink},
        customdata=told,
        hovertemplate=hover,
        connectgaps=False,
    )
    marks = [one for one in records if days and days[0] <= one["decided_on"] <= days[-1]]
    if marks:
        figure.add_scatter(
            x=[one["decided_on"] for one in marks],
            y=[_at(days, scores, one["decided_on"]) for one in marks],
            mode="markers",
            cliponaxis=False,
            marker={"size": 9, "color": _MARK[theme], "symbol": "circle"},
            customdata=[[day(one["decided_on"], lang), one["title"]] for one in marks],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        )
    axis = {"showline": False, "zeroline": False, "tickfont": {"color": soft, "size": 11}}
    low, high = scale["floor"], scale["ceiling"]
    room = 0.05 * (high - low)
    figure.update_layout(
        height=190,
        margin={"l": 40, "r": 8, "t": 8, "b": 24},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": _FONT, "color": soft},
        showlegend=False,
        xaxis={**axis, "showgrid": False, "tickformat": "%Y", "dtick": "M12"},
        yaxis={**axis, "gridcolor": line, "range": [low - room, high + room], "nticks": 4},
        hovermode="closest",
    )
    return figure


def changes_of(rows: Sequence[dict[str, Any]]) -> list[tuple[str, float, float]]:
    """Months that changed the score by a point or more, the latest first, before and after.

    >>> scores = [("2026-01-31", 1000.0), ("2026-02-28", 999.5), ("2026-03-31", 800.0)]
    >>> changes_of([{"as_of": day, "score": score} for day, score in scores])
    [('2026-03', 999.5, 800.0)]
    """
    found = [
        (later["as_of"][: len("2026-01")], before["score"], later["score"])
        for before, later in pairwise(rows)
        if abs(later["score"] - before["score"]) >= _CHANGED
    ]
    return found[::-1]


def _rated(rows: Sequence[dict[str, Any]]) -> list[bool]:
    """Of each month, whether a stretch with a grade begins at it or ends there."""
    own = [bool(row["rated"]) for row in rows]
    before = [False, *own[:-1]]
    return [one or other for one, other in zip(own, before, strict=True)]


def _at(days: Sequence[str], scores: Sequence[float], when: str) -> float:
    """The score of the first month's day on or after a day."""
    return next(score for one, score in zip(days, scores, strict=True) if one >= when)

"""Rows made into figures of plotly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from dashboards.graph_view import Theme
from dashboards.text import Language, day, points

__all__ = ["history_figure"]

_INK: Final = {
    "light": ("#14181f", "#566070", "#e3e6ea"),
    "dark": ("#eef1f5", "#aab4c2", "#2a313b"),
}
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
    figure.add_scatter(
        x=days,
        y=scores,
        mode="lines",
        line={"shape": "hv", "width": 2, "color": ink},
        customdata=[
            [day(one, lang), points(score)] for one, score in zip(days, scores, strict=True)
        ],
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
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


def _at(days: Sequence[str], scores: Sequence[float], when: str) -> float:
    """The score of the first month's day on or after a day."""
    return next(score for one, score in zip(days, scores, strict=True) if one >= when)

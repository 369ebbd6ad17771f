"""A list of partners, pasted or uploaded: each matched, to be chosen, or not found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboards.parts import badge, card, chip, clean, party
from dashboards.state import View, link_to
from dashboards.text import Language, number, say

__all__ = ["chosen_status", "matched_list", "open_link", "partners_page", "status_counts"]

MOST_BYTES = 2_000_000
_KINDS = {"matched": "a", "chosen": "a", "choose": "c", "not_found": "d"}


def partners_page(view: View) -> list[Component]:
    """A field to paste into, a place to drop a file on, and what came of it."""
    lang = view.lang
    # dash says nothing of a file that it does not take: assets/keys.js does.
    too_large: Any = {"data-most": str(MOST_BYTES), "data-too-large": say("too_large", lang)}
    return [
        html.H1(say("partners_title", lang), className="graph-title"),
        card(
            say("partners_list", lang),
            html.P(say("partners_how", lang), className="soft"),
            html.Label(say("partners_paste", lang), htmlFor="pasted", className="hidden"),
            dcc.Textarea(
                id="pasted",
                maxLength=400_000,
                placeholder=say("partners_example", lang),
                className="pasted",
            ),
            html.Div(
                [
                    html.Button(say("partners_match", lang), id="match", className="go"),
                    html.Span(
                        dcc.Upload(
                            html.Button(say("partners_upload", lang), className="ctl"),
                            id="upload",
                            max_size=MOST_BYTES,
                        ),
                        **too_large,
                    ),
                    html.Span(say("partners_most", lang), className="faint small"),
                ],
                className="facts",
            ),
            html.P(id="upload-fault", role="alert", className="minus"),
        ),
        dcc.Store(id="matches"),
        dcc.Loading(html.Div(id="matched", className="stack"), type="dot", delay_show=300),
    ]


def matched_list(rows: list[dict[str, Any]], view: View) -> list[Component]:
    """Each partner with who it is; where several may be meant, a choice, and none made for one."""
    lang = view.lang
    head = [html.Th(say(f"partners_{name}", lang)) for name in ("row", "given", "status", "who")]
    first: dict[str, int] = {}
    body = []
    for place, row in enumerate(rows):
        same = first.setdefault(row["entity"], row["row"]) if row["entity"] else row["row"]
        body.append(html.Tr(_cells(place, row, None if same == row["row"] else same, view)))
    return [
        card(
            say("partners_found", lang),
            html.Div(
                [
                    html.Span(status_counts(rows, {}, lang), id="match-counts", className="counts"),
                    html.Span(id="open-portfolio", className="push-right"),
                ],
                className="facts",
            ),
            html.Div(
                html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="plain"),
                className="wide",
            ),
        )
    ]


def status_counts(
    rows: Sequence[Mapping[str, Any]], chosen: Mapping[int, str], lang: Language
) -> list[Component]:
    """How many rows were matched, chosen, wait for a choice, were not found."""
    counts = Counter("chosen" if at in chosen else row["status"] for at, row in enumerate(rows))
    return [
        chip(f"{say(f'status_{status}', lang)} {number(counts[status])}", kind)
        for status, kind in _KINDS.items()
        if counts[status]
    ]


def _cells(place: int, row: dict[str, Any], same: int | None, view: View) -> list[Component]:
    lang, status = view.lang, row["status"]
    who: Any = "—"
    if status == "matched":
        who = _named(row["candidates"][0], view)
        if row["differs"]:
            who = [who, html.Div(say("name_differs", lang), className="small minus")]
        if same is not None:
            said = html.Div(say("same_as_row", lang, row=number(same)), className="small soft")
            who = [*(who if isinstance(who, list) else [who]), said]
    elif status == "choose":
        options = [
            {"value": one["entity"], "label": clean(f"{one['name']} · {one['entity']}")}
            for one in row["candidates"]
        ]
        who = dmc.Select(
            id={"type": "pick", "row": place},
            data=options,
            placeholder=say("choose_one", lang),
            clearable=True,
            searchable=False,
            size="xs",
            **{"aria-label": say("choose_for", lang, given=clean(row["given"]))},
        )
    return [
        html.Td(number(row["row"]), className="num"),
        html.Td(clean(row["given"])),
        html.Td(_status(place, status, lang)),
        html.Td(who),
    ]


def _status(place: int, status: str, lang: Language) -> Component:
    """What became of a row; of one that waits for a choice it changes when that is made."""
    words = say(f"status_{status}", lang)
    if status != "choose":
        return chip(words, _KINDS[status])
    look = f"chip {_KINDS[status]}"
    return html.Span(words, id={"type": "picked", "row": place}, className=look)


def chosen_status(
    rows: Sequence[Mapping[str, Any]], place: int, chosen: Mapping[int, str], lang: Language
) -> tuple[str, str]:
    """The words of a row that waited for a choice, and the class of its chip."""
    if place not in chosen:
        return say("status_choose", lang), f"chip {_KINDS['choose']}"
    words = say("status_chosen", lang)
    # A choice is compared with what was matched, wherever it stands, and with earlier choices.
    same = (
        row["row"]
        for other, row in enumerate(rows)
        if (row["entity"] or (other < place and chosen.get(other))) == chosen[place]
    )
    first = next(same, None)
    if first is not None:
        words = f"{words} · {say('same_as_row', lang, row=number(first))}"
    return words, f"chip {_KINDS['chosen']}"


def _named(one: dict[str, Any], view: View) -> Component:
    return html.Span(
        [
            badge(one["grade"], view.lang),
            " ",
            party(one["entity"], one["name"], view, person=False),
            html.Span(f" {clean(one['entity'])}", className="mono soft"),
        ]
    )


def open_link(
    rows: Sequence[Mapping[str, Any]], chosen: Mapping[int, str], view: View
) -> list[Component]:
    """The way on to the portfolio, with what makes it fewer than the rows."""
    lang = view.lang
    meant = [row["entity"] or chosen.get(place) for place, row in enumerate(rows)]
    known = [one for one in meant if one]
    entities = list(dict.fromkeys(known))
    undecided, again = len(meant) - len(known), len(known) - len(entities)
    found: list[Component] = []
    if again:
        found.append(html.Span(say("counted_once", lang, count=again), className="soft"))
    if undecided:
        found.append(html.Span(say("left_undecided", lang, count=undecided), className="soft"))
    if entities:
        address = link_to(view, page="portfolio", partners=tuple(entities))
        words = say("open_portfolio", lang, count=number(len(entities)))
        found.append(html.A(words, href=address, className="go"))
    return found

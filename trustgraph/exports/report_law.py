"""What the law attaches to a partner, as the first page of a report says it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from trustgraph.exports.plain import xml_text
from trustgraph.exports.report_words import Language, day_words, say
from trustgraph.query.detail_words import excluded_names
from trustgraph.query.explain import law_in_order

__all__ = ["beside", "law_of", "listed", "record_words", "share_of", "text_of"]

_LAW: Final = 52.0
"""Lines of law that the first page holds, of so many letters each."""
_ACROSS: Final = 118
_BETWEEN, _ABOVE = 0.6, 2.6
"""What lies between two rows, and what a warning above takes, in such lines."""
_NAMES: Final = 8


def law_of(told: Mapping[str, Any], lang: Language) -> Iterator[str]:
    """All of it: set closer where the page would not hold it, and on a page more if it must be."""
    yield f'<h2 class="law">{text_of(say("law", lang))}</h2>'
    rows = list(_law_rows(told, lang))
    if not rows:
        yield f"<p>{text_of(say('no_law', lang))}</p>"
        return
    room = _LAW - _ABOVE * len(list(beside(told, lang)))
    closer = "" if _lines_of(rows) <= room else " closer"
    yield f'<table class="attaches{closer}">{"".join(rows)}</table>'


def _lines_of(rows: Sequence[str]) -> float:
    """About how many lines of a page some rows take."""
    lines = 0.0
    for row in rows:
        plain = [re.sub(r"<[^>]*>", "", part) for part in row.split("<br/>")]
        breadths = [sum(1 if char.isascii() else 2 for char in part) for part in plain]
        lines += _BETWEEN + sum(max(1, -(-breadth // _ACROSS)) for breadth in breadths)
    return lines


def _law_rows(told: Mapping[str, Any], lang: Language) -> Iterator[str]:
    """Own measures, then the rest by force; pairs of one rule together."""
    stop, colon = ("。", "；") if lang == "zh" else (".", "; ")
    for record in told["records"]:
        if record["measures"]:
            because = say("own_measures", lang, title=record["title"])
            words = colon.join(record["measures"]) + stop
            yield _law_row("A", words, [because], record["legal_basis"], lang)
    alone, pairs = law_in_order(told["consequences"])
    for item in alone:
        lines = []
        if item["condition"]:
            lines.append(say("only_if", lang, words=item["condition"]))
        record = item["record"]
        if record is not None:
            lines.append(
                say("because_of", lang, title=record["title"], name=record["name"])
                + " · "
                + record_words(record, lang)
                + (f" · {record['doc_no']}" if record["doc_no"] else "")
            )
        if item["steps"]:
            lines.append(_chain(item, lang))
        words = item["words"] or item["title"]
        yield _law_row(item["force"], words, lines, item["legal_basis"], lang, _doubt(item, lang))
    for items in pairs:
        excluded = excluded_names(items, lang)
        more = "…" if len(excluded) > _NAMES else ""
        words = say("not_beside", lang, names=listed(excluded[:_NAMES], lang) + more)
        condition = items[0]["condition"]
        lines = [say("only_if", lang, words=condition)] if condition else []
        surest = min(items, key=lambda one: one["status"] != "fact")
        yield _law_row("C", words, lines, items[0]["legal_basis"], lang, _doubt(surest, lang))


def _doubt(item: Mapping[str, Any], lang: Language) -> str:
    if item["status"] == "possible":
        return say("possible", lang)
    return say("check", lang) if item["condition"] else ""


def _law_row(
    force: str,
    words: str,
    lines: Sequence[str],
    basis: str | None,
    lang: Language,
    doubt: str = "",
) -> str:
    chip = f'<span class="chip">{text_of(doubt)}</span> ' if doubt else ""
    told = "".join(f"<br/>{text_of(line)}" for line in lines)
    article = f'<br/><span class="article">{text_of(basis)}</span>' if basis else ""
    side = text_of(say(f"force_{force}", lang))
    return f"<tr><th>{side}</th><td>{chip}<b>{text_of(words)}</b>{told}{article}</td></tr>"


def _chain(item: Mapping[str, Any], lang: Language) -> str:
    """A → holds shares of → B; in Chinese a sentence each, for a step's words have a gap."""
    names, words = item["names"], [step["words"] for step in item["steps"]]
    if lang == "zh":
        pairs = zip(names, words, names[1:], strict=False)
        return "；".join(
            one + (told.replace("…", other) if "…" in told else told + other)
            for one, told, other in pairs
        )
    return " → ".join(
        [names[0], *(part for pair in zip(words, names[1:], strict=False) for part in pair)]
    )


def beside(told: Mapping[str, Any], lang: Language) -> Iterator[tuple[str, str]]:
    """What is said of others and falls on this party, and of dates that do not go together."""
    if told["listed_behind"]:
        owners = []
        for one in told["listed_behind"]:
            low, high = share_of(one["low"], lang), share_of(one["high"], lang)
            owners.append(f"{one['name']} ({low if low == high else f'{low} – {high}'})")
        yield "grave", say("listed_behind", lang, names=listed(owners, lang))
    others = [("head_office", told["head_office"])] if told["head_office"] else []
    others += [("same_code", one) for one in told["same_code"]]
    for key, one in others:
        if one["verdicts"]:
            verdicts = " · ".join(verdict["title"] for verdict in one["verdicts"])
            yield "grave", say(key, lang, name=one["name"], verdicts=verdicts)
    existence = told["existence"]
    if existence is not None:
        day = day_words(existence["day"], lang)
        yield "mild", say(f"existence_{existence['what']}", lang, day=day)


def record_words(record: Mapping[str, Any], lang: Language) -> str:
    parts = []
    if record["amount"] is not None:
        parts.append(say("amount", lang, amount=f"{record['amount']:,.0f}"))
    parts.append(say("decided", lang, day=day_words(record["decided_on"], lang)))
    if record["ends_on"] is None:
        parts.append(say("open", lang))
    else:
        key = "until_term" if record["end"] == "term" else "until"
        parts.append(say(key, lang, day=day_words(record["ends_on"], lang)))
    return ("，" if lang == "zh" else " · ").join(parts)


def listed(names: Sequence[str], lang: Language) -> str:
    return ("、" if lang == "zh" else ", ").join(names)


def share_of(value: float, lang: Language) -> str:
    return f"{100 * value:.0f}{'%' if lang == 'zh' else ' %'}"


def text_of(text: Any) -> str:
    return escape(xml_text(str(text)))

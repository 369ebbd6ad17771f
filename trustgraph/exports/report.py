"""A report on a partner: two pages that somebody signs, as HTML or PDF.

What must be known before any number comes first, then grade and score with reason and coverage,
the law with articles and chains; on the second page the points, the evidence as a graph, records
with their sources, and what is not known. (PDF needs WeasyPrint, under the BSD licence.)
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from trustgraph.errors import UsageError
from trustgraph.exports.drawing import svg_of
from trustgraph.exports.look import grade_class
from trustgraph.exports.plain import xml_text
from trustgraph.exports.report_words import Language, day_words, say
from trustgraph.exports.source import OfSubgraph
from trustgraph.policy import NOT_RATED
from trustgraph.subgraphs.subgraph import Subgraph

__all__ = ["report_html", "write_report"]

_LAW: Final = 52.0
"""Lines of law that the first page holds, of so many letters each."""
_ACROSS: Final = 118
_BETWEEN, _ABOVE = 0.6, 2.6
"""What lies between two rows, and what a warning above takes, in such lines."""
_LINES: Final = 11
_RECORDS: Final = 6
_NAMES: Final = 8
_LITTLE: Final = 0.005


def write_report(page: str, path: Path, kind: str) -> None:
    """Write the page of ``report_html`` as ``html`` or ``pdf``.

    Raises UsageError where what PDF needs is missing.
    """
    if kind == "html":
        path.write_text(page, encoding="utf-8")
        return
    try:
        from weasyprint import HTML  # noqa: PLC0415  # an optional part
    except (ImportError, OSError) as error:
        raise UsageError(
            f"a report as PDF needs what is not installed: {error}",
            hint='pip install "trustgraph[pictures]" and the system library Pango; '
            "or write it to a file .html",
        ) from error
    HTML(string=page, url_fetcher=_nothing).write_pdf(path)


def _nothing(url: str, **_asked: Any) -> Any:
    """A report asks for nothing from anywhere."""
    raise ValueError(url)


def report_html(told: Mapping[str, Any], summary: Mapping[str, Any], evidence: Subgraph) -> str:
    """The report as one page of HTML.

    ``told`` is what ``explain`` says of an organisation, ``summary`` what ``summary`` does, and
    ``evidence`` its evidence subgraph, in one language. Raises UsageError for a person: nobody
    grades one.
    """
    if not told["scored"]:
        raise UsageError(
            "there is no report on a natural person", hint="persons are never scored or graded"
        )
    lang: Language = "zh" if evidence.about["lang"] == "zh" else "en"
    style = files("trustgraph.exports").joinpath("assets", "report.css").read_text("utf-8")
    name = _text(summary["registered_name"])
    first = [*_head(told, summary, lang), *_law(told, lang, masked=evidence.about["masked"])]
    second = [
        *_points(told, lang),
        '<table class="beside"><tr><td>',
        *_graph(evidence, lang),
        "</td><td>",
        *_behind(told, lang),
        *_repair(told, lang),
        "</td></tr></table>",
        *_unknown(told, lang),
        *_records(told, lang),
        *_foot(evidence.about, lang),
    ]
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}"><head>'
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{_text(say('title', lang))}: {name}</title><style>{style}</style></head><body>\n"
        f"<section>{''.join(first)}</section>\n<section>{''.join(second)}</section>\n"
        "</body></html>\n"
    )


# --- First page -----------------------------------------------------------------------------------


def _head(told: Mapping[str, Any], summary: Mapping[str, Any], lang: Language) -> Iterator[str]:
    when = say("as_of", lang, day=day_words(told["as_of"], lang))
    yield f'<p class="kind">{_text(say("title", lang))} · {_text(when)}</p>'
    name, other = summary["registered_name"], summary["name_en"]
    yield f"<h1>{_text(name)}</h1>"
    if other and other != name:
        yield f'<p class="second">{_text(other)}</p>'
    facts = [summary["entity"]]
    if summary["status"] in {"active", "revoked", "deregistered"}:
        facts.append(say(summary["status"], lang))
    facts += [summary[key] for key in ("region_words", "industry_words") if summary[key]]
    if summary["start"]:
        facts.append(say("since", lang, day=day_words(summary["start"], lang)))
    yield f'<p class="facts">{_text(" · ".join(facts))}</p>'
    grave = [one for one in told["verdicts"] if one["verdict"] not in {"NOT_RATED", "OLD"}]
    if told["verdicts"]:
        kind = "grave" if grave else "mild"
        words = " · ".join(_text(one["title"]) for one in told["verdicts"])
        yield f'<p class="verdicts {kind}">{words}</p>'
    for kind, line in _beside(told, lang):
        yield f'<p class="verdicts {kind}">{_text(line)}</p>'
    if told["ownership"]["notice"]:
        yield f'<p class="verdicts mild">{_text(told["ownership"]["notice"])}</p>'
    yield from _grade(told, lang)


def _beside(told: Mapping[str, Any], lang: Language) -> Iterator[tuple[str, str]]:
    """What is said of others and falls on this party, and of dates that do not go together."""
    if told["listed_behind"]:
        owners = []
        for one in told["listed_behind"]:
            low, high = _share(one["low"], lang), _share(one["high"], lang)
            owners.append(f"{one['name']} ({low if low == high else f'{low} – {high}'})")
        yield "grave", say("listed_behind", lang, names=_listed(owners, lang))
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


def _grade(told: Mapping[str, Any], lang: Language) -> Iterator[str]:
    """Grade with its reason, score and coverage: one group, never separated."""
    rated = told["grade"] != NOT_RATED
    kind = grade_class("company", told["grade"])
    base = next(line["points"] for line in told["ledger"] if line["line"] == "base")
    score = say("no_score", lang)
    if rated:
        ceiling = f"{told['scale']['ceiling']:,.0f}"
        values = {"score": _number(told["score"]), "ceiling": ceiling, "base": f"{base:,.0f}"}
        score = say("score", lang, **values)
    share = _share(told["coverage"], lang)
    yield f'<table class="grade-of"><tr><td class="grade {kind}">{_text(told["grade"])}</td><td>'
    title = say("grade", lang, grade=told["grade"]) if rated else say("not_rated", lang)
    yield f"<b>{_text(title)}</b> · {_text(score)}<br/>{_text(_why(told, lang))}<br/>"
    yield f"{_text(say('coverage', lang, share=share))}"
    yield f'<span class="meter"><i style="width:{100 * told["coverage"]:.0f}%"></i></span>'
    yield "</td></tr></table>"


def _why(told: Mapping[str, Any], lang: Language) -> str:
    if told["grade_by"] == "deregistered":
        return say("why_gone", lang)
    if told["grade_reason"] == "coverage":
        items = [one["title"] for one in told["to_be_rated"][:3]]
        return say("why_coverage", lang, items=_listed(items, lang))
    if told["grade_reason"] == "band":
        starts = list(told["scale"]["bands"].items())
        place = [code for code, _ in starts].index(told["grade"])
        last = place > 0 and place == len(starts) - 1
        key = "why_band_last" if last else "why_band"
        return say(key, lang, grade=told["grade"], start=_number(starts[place - last][1]))
    by = told["grade_words"] or told["grade_by"] or ""
    key = f"why_{told['grade_reason']}"
    return say(key, lang, grade=told["grade"], band=told["band"], by=by)


def _law(told: Mapping[str, Any], lang: Language, *, masked: bool) -> Iterator[str]:
    yield f'<h2 class="law">{_text(say("law", lang))}</h2>'
    rows = list(_law_rows(told, lang, masked=masked))
    if not rows:
        yield f"<p>{_text(say('no_law', lang))}</p>"
        return
    shown = _fitting(rows, _LAW - _ABOVE * len(list(_beside(told, lang))))
    yield f'<table class="attaches">{"".join(rows[:shown])}</table>'
    if len(rows) > shown:
        yield f'<p class="soft">{_text(say("more_law", lang, count=len(rows) - shown))}</p>'


def _fitting(rows: Sequence[str], lines: float) -> int:
    """How many rows fit on so many lines of a page; one at least."""
    for number, row in enumerate(rows):
        plain = [re.sub(r"<[^>]*>", "", part) for part in row.split("<br/>")]
        breadths = [sum(1 if char.isascii() else 2 for char in part) for part in plain]
        lines -= _BETWEEN + sum(max(1, -(-breadth // _ACROSS)) for breadth in breadths)
        if lines < 0:
            return max(1, number)
    return len(rows)


def _law_rows(told: Mapping[str, Any], lang: Language, *, masked: bool) -> Iterator[str]:
    """Own measures, then what is sure, then what may be; pairs of one rule together."""
    stop, colon = ("。", "；") if lang == "zh" else (".", "; ")
    for record in told["records"]:
        if record["measures"]:
            because = say("own_measures", lang, title=record["title"])
            words = colon.join(record["measures"]) + stop
            yield _law_row("A", words, [because], record["legal_basis"], lang)
    pairs: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    others = []
    for item in told["consequences"]:
        if item["pair"]:
            pairs[item["rule"]].append(item)
        else:
            others.append(item)
    for item in sorted(others, key=lambda one: (one["status"] != "fact", one["force"])):
        lines = []
        if item["condition"]:
            lines.append(say("only_if", lang, words=item["condition"]))
        record = item["record"]
        if record is not None:
            if item["kinds"][0] == "person" and masked:
                record = record | {"amount": None}
            lines.append(
                say("because_of", lang, title=record["title"], name=record["name"])
                + " · "
                + _record_words(record, lang)
            )
        if item["steps"]:
            lines.append(_chain(item, lang))
        words = item["words"] or item["title"]
        yield _law_row(item["force"], words, lines, item["legal_basis"], lang, _doubt(item, lang))
    for items in pairs.values():
        names = _listed([one["names"][-1] for one in items[:_NAMES]], lang)
        more = "…" if len(items) > _NAMES else ""
        words = say("not_beside", lang, names=names + more)
        condition = items[0]["condition"]
        lines = [say("only_if", lang, words=condition)] if condition else []
        yield _law_row("C", words, lines, items[0]["legal_basis"], lang, _doubt(items[0], lang))


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
    chip = f'<span class="chip">{_text(doubt)}</span> ' if doubt else ""
    told = "".join(f"<br/>{_text(line)}" for line in lines)
    article = f'<br/><span class="article">{_text(basis)}</span>' if basis else ""
    side = _text(say(f"force_{force}", lang))
    return f"<tr><th>{side}</th><td>{chip}<b>{_text(words)}</b>{told}{article}</td></tr>"


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


# --- Second page ----------------------------------------------------------------------------------


def _points(told: Mapping[str, Any], lang: Language) -> Iterator[str]:
    yield f"<h2>{_text(say('points', lang, score=_number(told['score'])))}</h2>"
    yield f'<p class="soft">{_text(say("adds_up", lang))}</p><table class="points">'
    rows, stood = [], 0.0
    for words, points, kind in _lines(told, lang):
        rows.append((words, points, kind, stood))
        stood += points
    ends = [0.0, told["scale"]["ceiling"], *(b for *_, b in rows), stood]
    low, high = min(ends), max(ends)
    for words, points, kind, before in rows:
        yield _bar_row(words, points, kind, (before - low) / (high - low), high - low)
    yield f'<tr class="total"><td>{_text(say("total", lang))}</td><td></td>'
    yield f'<td class="num">{_signed(told["score"], plus="")}</td></tr></table>'


def _lines(told: Mapping[str, Any], lang: Language) -> list[tuple[str, float, str]]:
    """The ledger's lines in words; of many the lightest become one, so that all still adds up."""
    found = []
    for line in told["ledger"]:
        kind = line["line"]
        if kind in {"own", "exposure"}:
            record = line["record"]
            reach = f"{line.get('reach') or 1:.3g}"
            words = say(kind, lang, title=record["title"], name=record["name"], reach=reach)
        else:
            ends = {name: f"{told['scale'][name]:,.0f}" for name in ("floor", "ceiling")}
            words = say(kind, lang, **ends)
        found.append((words, line["points"], "market" if kind == "exposure" else kind))
    if len(found) <= _LINES:
        return found
    lines = [one for one in range(len(found)) if found[one][2] in {"own", "market"}]
    lines.sort(key=lambda one: abs(found[one][1]))
    light = set(lines[: len(found) - _LINES + 1])
    kept = [one for at, one in enumerate(found) if at not in light]
    rest = sum(found[at][1] for at in light)
    after = next(
        (at for at, one in enumerate(kept) if one[2] in {"exposure_cap", "clamp"}), len(kept)
    )
    return [*kept[:after], (say("rest", lang, count=len(light)), rest, "market"), *kept[after:]]


def _bar_row(words: str, points: float, kind: str, begin: float, span: float) -> str:
    left = 100 * (begin + min(points, 0.0) / span)
    wide = max(0.6, 100 * abs(points) / span)
    bar = f'<i class="{kind}" style="left:{left:.2f}%;width:{wide:.2f}%"></i>'
    return (
        f'<tr><td>{_text(words)}</td><td class="bar"><span>{bar}</span></td>'
        f'<td class="num">{_signed(points)}</td></tr>'
    )


def _graph(evidence: Subgraph, lang: Language) -> Iterator[str]:
    if evidence.nodes.height > 1:
        yield f"<h2>{_text(say('graph', lang))}</h2>"
        yield f'<div class="picture">{svg_of(OfSubgraph(evidence), bare=True)}</div>'


def _records(told: Mapping[str, Any], lang: Language) -> Iterator[str]:
    yield f"<h2>{_text(say('records', lang))}</h2>"
    if not told["records"]:
        yield f"<p>{_text(say('no_records', lang))}</p>"
        return
    yield '<table class="rows">'
    for record in told["records"][:_RECORDS]:
        source = [record[key] for key in ("authority", "doc_no", "source_url") if record[key]]
        lines = [record["ground"], _record_words(record, lang), " · ".join(source)]
        rest = "".join(f"<br/>{_text(line)}" for line in lines if line)
        yield f"<tr><td><b>{_text(record['title'])}</b>{rest}</td></tr>"
    yield "</table>"
    more = len(told["records"]) - _RECORDS
    if more > 0:
        yield f'<p class="soft">{_text(say("more_records", lang, count=more))}</p>'


def _behind(told: Mapping[str, Any], lang: Language) -> Iterator[str]:
    owned = told["ownership"]
    yield f"<h2>{_text(say('behind', lang))}</h2><p>"
    if owned["controllers"]:
        names = _listed([one["name"] for one in owned["controllers"][:_NAMES]], lang)
        yield _text(say("controllers", lang, names=names))
    else:
        yield _text(say("no_controller", lang))
    if owned["beneficial_owners"]:
        names = _listed([one["name"] for one in owned["beneficial_owners"][:_NAMES]], lang)
        yield " " + _text(say("beneficial", lang, names=names))
    yield "</p>"


def _unknown(told: Mapping[str, Any], lang: Language) -> Iterator[str]:
    missing = sorted(
        (item for item in told["coverage_items"] if not item["known"]),
        key=lambda item: -item["weight"],
    )
    yield f"<h2>{_text(say('unknown', lang))}</h2>"
    if not missing:
        yield f"<p>{_text(say('unknown_none', lang))}</p>"
        return
    told_rows = []
    for item in missing:
        words = str(item["title"])
        if item["searched_on"] is not None:
            day = day_words(item["searched_on"], lang)
            words = say("searched_last", lang, title=words, day=day)
        elif item["item"] == "source":
            words = say("not_searched", lang, title=words)
        where = f' <span class="soft">{_text(item["look_up"])}</span>' if item["look_up"] else ""
        told_rows.append(f"<li>{_text(words)}{where}</li>")
    yield f'<ul class="unknown">{"".join(told_rows)}</ul>'


def _repair(told: Mapping[str, Any], lang: Language) -> Iterator[str]:
    better = told["next_grade"]
    if better is None or better["held_by"] is not None or better["blocked"]:
        return
    yield f"<h2>{_text(say('repair', lang))}</h2>"
    if not better["records"]:
        yield f"<p>{_text(say('repair_never', lang))}</p>"
        return
    titles = _listed([_of_whom(one, told, lang) for one in better["records"]], lang)
    key = "repair_then" if better["rated"] else "repair_unrated"
    score = _number(better["score_after"])
    yield f"<p>{_text(say(key, lang, titles=titles, score=score, grade=better['grade_after']))}</p>"


def _of_whom(record: Mapping[str, Any], told: Mapping[str, Any], lang: Language) -> str:
    if record["entity"] == told["entity"]:
        return str(record["title"])
    return (
        f"{record['name']}：{record['title']}"
        if lang == "zh"
        else (f"{record['title']} of {record['name']}")
    )


def _foot(about: Mapping[str, Any], lang: Language) -> Iterator[str]:
    policy = about["policy"]
    values = {"policy": policy["name"], "version": policy["version"]}
    values |= {"mark": policy["fingerprint"][:16], "purpose": about.get("purpose", "—")}
    said = say("foot" if about["masked"] else "foot_named", lang, **values)
    yield f'<p class="signed">{_text(say("signed", lang))}</p><p class="foot">{_text(said)}</p>'


# --- Words ----------------------------------------------------------------------------------------


def _record_words(record: Mapping[str, Any], lang: Language) -> str:
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


def _listed(names: Sequence[str], lang: Language) -> str:
    return ("、" if lang == "zh" else ", ").join(names)


def _share(value: float, lang: Language) -> str:
    return f"{100 * value:.0f}{'%' if lang == 'zh' else ' %'}"


def _number(value: float) -> str:
    return _signed(value, plus="").removesuffix(".00")


def _signed(value: float, plus: str = "+") -> str:
    sign = "−" if value < -_LITTLE else plus
    return f"{sign}{abs(value):,.2f}"


def _text(text: Any) -> str:
    return escape(xml_text(str(text)))

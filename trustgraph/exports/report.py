"""A report on a partner: two pages that somebody signs, three where the law is very long.

What must be known before any number comes first, then grade and score with reason and coverage,
the law with articles and chains; on the second page the points, the evidence as a graph, records
with their sources, and what is not known. (PDF needs WeasyPrint, under the BSD licence.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from trustgraph.errors import UsageError
from trustgraph.exports.drawing import svg_of
from trustgraph.exports.look import grade_class
from trustgraph.exports.report_law import (
    beside,
    law_of,
    listed,
    record_words,
    share_of,
    text_of,
)
from trustgraph.exports.report_words import Language, day_words, say
from trustgraph.exports.source import OfSubgraph
from trustgraph.policy import NOT_RATED
from trustgraph.subgraphs.subgraph import Subgraph

__all__ = ["report_html", "write_report"]

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
    name = text_of(summary["registered_name"])
    first = [*_head(told, summary, lang), *law_of(told, lang)]
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
        f"<title>{text_of(say('title', lang))}: {name}</title><style>{style}</style></head><body>\n"
        f"<section>{''.join(first)}</section>\n<section>{''.join(second)}</section>\n"
        "</body></html>\n"
    )


# --- First page -----------------------------------------------------------------------------------


def _head(told: Mapping[str, Any], summary: Mapping[str, Any], lang: Language) -> Iterator[str]:
    when = say("as_of", lang, day=day_words(told["as_of"], lang))
    yield f'<p class="kind">{text_of(say("title", lang))} · {text_of(when)}</p>'
    name, other = summary["registered_name"], summary["name_en"]
    yield f"<h1>{text_of(name)}</h1>"
    if other and other != name:
        yield f'<p class="second">{text_of(other)}</p>'
    facts = [summary["entity"]]
    if summary["status"] in {"active", "revoked", "deregistered"}:
        facts.append(say(summary["status"], lang))
    facts += [summary[key] for key in ("region_words", "industry_words") if summary[key]]
    if summary["start"]:
        facts.append(say("since", lang, day=day_words(summary["start"], lang)))
    yield f'<p class="facts">{text_of(" · ".join(facts))}</p>'
    grave = [one for one in told["verdicts"] if one["verdict"] not in {"NOT_RATED", "OLD"}]
    if told["verdicts"]:
        kind = "grave" if grave else "mild"
        words = " · ".join(text_of(one["title"]) for one in told["verdicts"])
        yield f'<p class="verdicts {kind}">{words}</p>'
    for kind, line in beside(told, lang):
        yield f'<p class="verdicts {kind}">{text_of(line)}</p>'
    if told["ownership"]["notice"]:
        yield f'<p class="verdicts mild">{text_of(told["ownership"]["notice"])}</p>'
    yield from _grade(told, lang)


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
    share = share_of(told["coverage"], lang)
    yield f'<table class="grade-of"><tr><td class="grade {kind}">{text_of(told["grade"])}</td><td>'
    title = say("grade", lang, grade=told["grade"]) if rated else say("not_rated", lang)
    yield f"<b>{text_of(title)}</b> · {text_of(score)}<br/>{text_of(_why(told, lang))}<br/>"
    yield f"{text_of(say('coverage', lang, share=share))}"
    yield f'<span class="meter"><i style="width:{100 * told["coverage"]:.0f}%"></i></span>'
    yield "</td></tr></table>"


def _why(told: Mapping[str, Any], lang: Language) -> str:
    if told["grade_by"] == "deregistered":
        return say("why_gone", lang)
    if told["grade_reason"] == "coverage":
        items = [one["title"] for one in told["to_be_rated"][:3]]
        return say("why_coverage", lang, items=listed(items, lang))
    if told["grade_reason"] == "band":
        starts = list(told["scale"]["bands"].items())
        place = [code for code, _ in starts].index(told["grade"])
        last = place > 0 and place == len(starts) - 1
        key = "why_band_last" if last else "why_band"
        return say(key, lang, grade=told["grade"], start=_number(starts[place - last][1]))
    by = told["grade_words"] or told["grade_by"] or ""
    key = f"why_{told['grade_reason']}"
    return say(key, lang, grade=told["grade"], band=told["band"], by=by)


# --- Second page ----------------------------------------------------------------------------------


def _points(told: Mapping[str, Any], lang: Language) -> Iterator[str]:
    yield f"<h2>{text_of(say('points', lang, score=_number(told['score'])))}</h2>"
    yield f'<p class="soft">{text_of(say("adds_up", lang))}</p><table class="points">'
    rows, stood = [], 0.0
    for words, points, kind in _lines(told, lang):
        rows.append((words, points, kind, stood))
        stood += points
    ends = [0.0, told["scale"]["ceiling"], *(b for *_, b in rows), stood]
    low, high = min(ends), max(ends)
    for words, points, kind, before in rows:
        yield _bar_row(words, points, kind, (before - low) / (high - low), high - low)
    yield f'<tr class="total"><td>{text_of(say("total", lang))}</td><td></td>'
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
        f'<tr><td>{text_of(words)}</td><td class="bar"><span>{bar}</span></td>'
        f'<td class="num">{_signed(points)}</td></tr>'
    )


def _graph(evidence: Subgraph, lang: Language) -> Iterator[str]:
    if evidence.nodes.height > 1:
        yield f"<h2>{text_of(say('graph', lang))}</h2>"
        yield f'<div class="picture">{svg_of(OfSubgraph(evidence), beside="nothing")}</div>'


def _records(told: Mapping[str, Any], lang: Language) -> Iterator[str]:
    yield f"<h2>{text_of(say('records', lang))}</h2>"
    if not told["records"]:
        yield f"<p>{text_of(say('no_records', lang))}</p>"
        return
    yield '<table class="rows">'
    for record in told["records"][:_RECORDS]:
        source = [record[key] for key in ("authority", "doc_no", "source_url") if record[key]]
        lines = [record["ground"], record_words(record, lang), " · ".join(source)]
        left = record.get("term_left")
        if left is not None:
            values = {"full": f"{abs(record['full_points']):g}", "share": share_of(left, lang)}
            lines.insert(2, say("term_left", lang, **values))
        rest = "".join(f"<br/>{text_of(line)}" for line in lines if line)
        yield f"<tr><td><b>{text_of(record['title'])}</b>{rest}</td></tr>"
    yield "</table>"
    more = len(told["records"]) - _RECORDS
    if more > 0:
        yield f'<p class="soft">{text_of(say("more_records", lang, count=more))}</p>'


def _behind(told: Mapping[str, Any], lang: Language) -> Iterator[str]:
    owned = told["ownership"]
    yield f"<h2>{text_of(say('behind', lang))}</h2><p>"
    if owned["controllers"]:
        names = listed([one["name"] for one in owned["controllers"][:_NAMES]], lang)
        yield text_of(say("controllers", lang, names=names))
    else:
        yield text_of(say("no_controller", lang))
    persons = [one["name"] for one in owned["beneficial_owners"] if one["kind"] == "person"]
    others = [one["name"] for one in owned["beneficial_owners"] if one["kind"] != "person"]
    key = "beneficial" if persons else "no_beneficial"
    yield " " + text_of(say(key, lang, names=listed(persons[:_NAMES], lang)))
    if others:
        values = {"share": share_of(owned["threshold"], lang)}
        yield " " + text_of(say("holders", lang, names=listed(others[:_NAMES], lang), **values))
    yield "</p>"


def _unknown(told: Mapping[str, Any], lang: Language) -> Iterator[str]:
    missing = sorted(
        (item for item in told["coverage_items"] if not item["known"]),
        key=lambda item: -item["weight"],
    )
    yield f"<h2>{text_of(say('unknown', lang))}</h2>"
    if not missing:
        yield f"<p>{text_of(say('unknown_none', lang))}</p>"
        return
    told_rows = []
    for item in missing:
        words = str(item["title"])
        if item["searched_on"] is not None:
            day = day_words(item["searched_on"], lang)
            words = say("searched_last", lang, title=words, day=day)
        elif item["item"] == "source":
            words = say("not_searched", lang, title=words)
        where = f' <span class="soft">{text_of(item["look_up"])}</span>' if item["look_up"] else ""
        told_rows.append(f"<li>{text_of(words)}{where}</li>")
    yield f'<ul class="unknown">{"".join(told_rows)}</ul>'


def _repair(told: Mapping[str, Any], lang: Language) -> Iterator[str]:
    better = told["next_grade"]
    if better is None or better["held_by"] is not None or better["blocked"]:
        return
    yield f"<h2>{text_of(say('repair', lang))}</h2>"
    if not better["records"]:
        yield f"<p>{text_of(say('repair_never', lang))}</p>"
        return
    titles = listed([_of_whom(one, told, lang) for one in better["records"]], lang)
    key = "repair_then" if better["rated"] else "repair_unrated"
    score = _number(better["score_after"])
    said = say(key, lang, titles=titles, score=score, grade=better["grade_after"])
    days = [(one.get("repair") or {}).get("earliest") for one in better["records"]]
    latest = max((one for one in days if one), default="")
    if latest > told["as_of"]:
        said += say("repair_from", lang, day=day_words(latest, lang))
    if any(one["entity"] != told["entity"] for one in better["records"]):
        said += say("repair_others", lang)
    yield f"<p>{text_of(said)}</p>"


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
    yield f'<p class="signed">{text_of(say("signed", lang))}</p><p class="foot">{text_of(said)}</p>'


# --- Words ----------------------------------------------------------------------------------------


def _number(value: float) -> str:
    return _signed(value, plus="").removesuffix(".00")


def _signed(value: float, plus: str = "+") -> str:
    sign = "−" if value < -_LITTLE else plus
    return f"{sign}{abs(value):,.2f}"

"""Explanations as lines of text, in English or Chinese. Pure: dictionaries in, lines out.

Law and market effect stand under headings of their own, and every figure stands beside the chain
it came by. The words of rules and records are the policy pack's; only the frame around them is
here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from trustgraph.policy import NOT_RATED
from trustgraph.query.explain_words import REPAIR_WORDS, TEXT, Language
from trustgraph.query.owners_text import share_words
from trustgraph.scoring.verdicts import NOT_RATED_VERDICT, OLD

__all__ = [
    "chain_lines",
    "explanation_lines",
    "force_words",
    "head_lines",
    "other_lines",
    "ownership_lines",
    "points",
]

_INNER_QUOTES: Final = str.maketrans("“”", "‘’")


def _say(key: str, lang: Language, **values: object) -> str:
    return TEXT[key][lang == "zh"].format(**values)


def _day(text: str, lang: Language) -> str:
    """An ISO day as the language writes it, e.g. ``2026年6月30日``."""
    if lang == "en":
        return text
    year, month, day = text.split("-")
    return f"{year}年{int(month)}月{int(day)}日"


def _listed(items: list[str], lang: Language) -> str:
    """Several titles in a row; they may hold commas and ``、`` of their own."""
    return ("；" if lang == "zh" else "; ").join(items)


def _of(record: dict[str, Any], lang: Language) -> str:
    """A record and whose it is."""
    title = record["title"]
    if lang == "zh":
        title = title.translate(_INNER_QUOTES)  # the frame sets the outer ones
    return _say("of", lang, title=title, name=record["name"])


def force_words(force: str, lang: Language) -> str:
    """What a force means, e.g. ``A · automatic`` or ``A类：自动适用``."""
    return _say(force, lang)


def points(value: float) -> str:
    """Points as they are shown: two decimals, six where there is more to say."""
    text = f"{value:,.6f}".rstrip("0")
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction:0<2}"


def explanation_lines(explanation: dict[str, Any], lang: Language = "en") -> Iterator[str]:
    """All of an explanation (``explanation.explain_entity``) as lines of text."""
    yield from head_lines(explanation, lang)
    if explanation["scored"]:
        yield from _ledger(explanation, lang)
    yield ""
    yield from _law_lines(explanation, lang)
    yield from other_lines(explanation, lang)
    yield from ownership_lines(explanation["ownership"], lang)
    if explanation.get("next_grade"):
        yield ""
        yield from _next_lines(explanation["next_grade"], lang)


def head_lines(explanation: Mapping[str, Any], lang: Language = "en") -> Iterator[str]:
    """What to know before any number, who it is, and how it stands."""
    policy = f"{explanation['policy']['name']} {explanation['policy']['version']}"
    name, entity = explanation["name"], explanation["entity"]
    masked = explanation["kind"] == "person" and name.endswith(entity)
    told = masked or name == entity
    if explanation["verdicts"]:
        yield _verdicts(explanation, lang)
    if explanation["listed_behind"]:
        owners = [f"{one['name']} ({_shares(one)})" for one in explanation["listed_behind"]]
        yield _say("listed_behind", lang, names=_listed(owners, lang))
    head = explanation["head_office"]
    if head is not None and head["verdicts"]:
        yield _say("head_office", lang, name=head["name"], verdicts=_verdicts(head, lang))
    for other in explanation["same_code"]:
        verdicts = _verdicts(other, lang) or _say("nothing_on", lang)
        named = _say("title", lang, name=other["name"], entity=other["entity"])
        yield _say("same_code", lang, name=named, verdicts=verdicts)
    if explanation["existence"] is not None:
        day = _day(explanation["existence"]["day"], lang)
        yield _say(explanation["existence"]["what"], lang, day=day)
    yield name if told else _say("title", lang, name=name, entity=entity)
    yield _say("as_of", lang, day=_day(explanation["as_of"], lang), policy=policy)
    if explanation["ownership"].get("notice"):
        yield _say("notice", lang, notice=explanation["ownership"]["notice"])
    if explanation["scored"]:
        yield from _score_lines(explanation, lang)
    else:
        yield _say("person", lang)


def _verdicts(told: Mapping[str, Any], lang: Language) -> str:
    return ("；" if lang == "zh" else " · ").join(one["title"] for one in told["verdicts"])


def _score_lines(explanation: Mapping[str, Any], lang: Language) -> Iterator[str]:
    coverage = f"{explanation['coverage']:.0%}"
    score = points(explanation["score"])
    key = "not_rated" if explanation["grade"] == NOT_RATED else "score"
    yield _say(key, lang, score=score, grade=explanation["grade"], coverage=coverage)
    if explanation["grade_reason"] != "band":
        yield _why(explanation, lang)
    missing = [_unknown(i, lang) for i in explanation["coverage_items"] if not i["known"]]
    if missing:
        yield _say("unknown", lang, items=_listed(missing, lang))


def _ledger(explanation: dict[str, Any], lang: Language) -> Iterator[str]:
    yield ""
    yield _say("ledger", lang)
    for line in explanation["ledger"]:
        yield from _ledger_lines(line, lang)
    yield f"  {points(explanation['score']):>14}  {_say('total', lang)}"


def _shares(owner: dict[str, Any]) -> str:
    low, high = (f"{100 * owner[name]:.6g}" for name in ("low", "high"))
    return f"{low} %" if low == high else f"{low}–{high} %"


def _unknown(item: dict[str, Any], lang: Language) -> str:
    if item["searched_on"] is None:
        return str(item["title"])
    day = _day(item["searched_on"], lang)
    return _say("stale", lang, title=item["title"], day=day)


def _why(explanation: Mapping[str, Any], lang: Language) -> str:
    """Why the grade is not that of the score's band."""
    reason, by = explanation["grade_reason"], explanation["grade_by"]
    if by == "deregistered":
        return _say("why_gone", lang)
    return _say(
        f"why_{reason}",
        lang,
        band=explanation["band"],
        by=_say(by, lang) if reason == "status" else by,
        title=explanation["grade_words"] or by,
        items=_listed([item["title"] for item in explanation["to_be_rated"][:3]], lang),
    )


def _ledger_lines(line: dict[str, Any], lang: Language) -> Iterator[str]:
    amount = f"{line['points']:+,.6f}".rstrip("0")
    whole, _, fraction = amount.partition(".")
    amount = f"{f'{whole}.{fraction:0<2}':>14}"
    label = _say(line["line"], lang)
    record = line.get("record")
    if record is None:
        note = _say("note", lang, note=line["note"]) if line["note"] else ""
        yield f"  {amount}  {label}{note}"
        return
    title = _of(record, lang) if line["line"] == "exposure" else record["title"]
    yield f"  {amount}  {_say('line', lang, label=label, title=title)}"
    yield f"{'':18}{_record_words(record, lang)}"
    if line["note"] == "void":
        yield f"{'':18}{_say('void', lang)}"
    if line["line"] == "exposure":
        reach = f"{line['reach']:.6g}"
        yield f"{'':18}{_say('hops', lang, reach=reach, hops=line['hops'])}"
        for step in line["steps"]:
            yield f"{'':20}{_step_words(step, lang)}{_strength_words(step, lang)}"


def _record_words(record: dict[str, Any], lang: Language) -> str:
    parts = [_say("number", lang, record=record["record"])]
    parts.append(_say("decided", lang, day=_day(record["decided_on"], lang)))
    if record["ends_on"] is None:
        parts.append(_say("open", lang))
    else:
        key = "until_term" if record["end"] == "term" else "until"
        parts.append(_say(key, lang, day=_day(record["ends_on"], lang)))
    if record["old"]:
        parts.append(_say("old", lang))
    if record["status"] in ("objected", "under_review"):
        parts.append(_say(record["status"], lang))
    authority = record["authority"] or ""
    if lang == "zh":
        authority = authority.replace("；", "、")  # within a list of commas
    parts += [text for text in (authority, record["doc_no"]) if text]
    return ("，" if lang == "zh" else " · ").join(parts)


def _step_words(step: dict[str, Any], lang: Language) -> str:
    if lang == "zh":
        words: str = step["words"].replace("…", step["to"])
        return f"{step['from']}{words}"
    return f"{step['from']} → {step['words']} → {step['to']}"


def _strength_words(step: dict[str, Any], lang: Language) -> str:
    key = "strength_by" if step.get("rule") else "strength"
    return _say(key, lang, strength=f"{step['strength']:.4g}", rule=step.get("rule"))


def other_lines(explanation: Mapping[str, Any], lang: Language) -> Iterator[str]:
    """Nothing lapses in silence."""
    lines = []
    for record in explanation["other_records"]:
        day = _day(record["ends_on"], lang) if record["ends_on"] else ""
        why = _say(f"why_{record['why']}", lang, day=day)
        parts = [_say("number", lang, record=record["record"])]
        parts += [_say("decided", lang, day=_day(record["decided_on"], lang)), why]
        words = ("，" if lang == "zh" else " · ").join(parts)
        lines.append(_say("about", lang, title=record["title"], words=words))
    lines += [
        _say(f"{key}_count", lang, count=explanation[f"{key}_records"])
        for key in ("repaired", "erased")
        if explanation[f"{key}_records"]
    ]
    if lines:
        yield _say("others_title", lang)
        yield from (f"  {line}" for line in lines)


def ownership_lines(found: Mapping[str, Any], lang: Language) -> Iterator[str]:
    """In short: a blocked company must not look clean where only points and law are told."""
    lines = []
    if found["listed"]:
        lines.append(_say("listed_itself", lang))
    if found["blocked_through"]:
        names = _few(found["blocked_through"], lang)
        answer = found["blocked_through"][0]["answer"]
        lines.append(_say(f"owned_{answer}", lang, names=names))
    held = found["held_by_listed"]
    if held is not None and held["high"] > 0:
        share = share_words(held, lang)
        lines.append(_say("held_by_listed", lang, share=share))
    if held is not None and held["known"] < 1:
        lines.append(_say("owners_known", lang, share=f"{100 * held['known']:.4g} %"))
    if found["note"] and (found["blocked"] != "no" or (held is not None and held["high"] > 0)):
        lines.append(_say("notice", lang, notice=found["note"]))
    persons = [row for row in found["beneficial_owners"] if row["kind"] == "person"]
    others = [row for row in found["beneficial_owners"] if row["kind"] != "person"]
    share = f"{100 * found['threshold']:.4g} %"
    for key, rows in (
        ("controllers", found["controllers"]),
        ("beneficial_owners", persons),
        ("large_owners", others),
    ):
        if rows:
            surest = rows[0]["answer"]
            names = _few([row for row in rows if row["answer"] == surest], lang)
            lines.append(_say(f"{key}_{surest}", lang, names=names, share=share))
    if lines:
        yield _say("ownership", lang)
        yield from (f"  {line}" for line in lines)


def _few(rows: list[dict[str, Any]], lang: Language, most: int = 3) -> str:
    listed = _say("on_black_list", lang)
    told = [row["name"] + (listed if row["on_black_list"] else "") for row in rows[:most]]
    names = ("、" if lang == "zh" else ", ").join(told)
    more = len(rows) - most
    return names + (_say("and_more", lang, count=more) if more > 0 else "")


def _law_lines(explanation: dict[str, Any], lang: Language) -> Iterator[str]:
    found = explanation["consequences"]
    listed = [record for record in explanation["records"] if record.get("measures")]
    if found or listed:
        yield _say("law", lang)
    else:
        # Of who is listed, blocked or gone it is not said that nothing reaches it.
        alike = [explanation, *explanation["same_code"]]
        alike += [explanation["head_office"]] if explanation["head_office"] else []
        told = {verdict["verdict"] for one in alike for verdict in one["verdicts"]}
        yield _say("no_law_further" if told - {OLD, NOT_RATED_VERDICT} else "no_law", lang)
    if listed:
        yield f"  {_say('listed', lang)}"
    for record in listed:
        words = _record_words(record, lang)
        yield f"    {_say('about', lang, title=record['title'], words=words)}"
        items = _listed(record["measures"], lang)
        yield f"{'':8}{_say('measures', lang, items=items)}"
        if record["legal_basis"]:
            yield f"{'':8}{_say('basis', lang, basis=record['legal_basis'])}"
    for force in "ABCD":
        of_force = [item for item in found if item["force"] == force]
        if of_force:
            yield f"  {_say(force, lang)}"
        for item in of_force:
            yield from _consequence_lines(item, lang)
    market = [record for record in explanation["records"] if record.get("market_measures")]
    if explanation["market_effects"] or market:
        yield _say("market", lang)
    for record in market:
        items = _listed(record["market_measures"], lang)
        yield f"    {_say('line', lang, label=record['title'], title=items)}"
    if explanation["market_effects"]:
        for item in explanation["market_effects"]:
            yield from _consequence_lines(item, lang)


def _consequence_lines(item: dict[str, Any], lang: Language) -> Iterator[str]:
    status = _say(item["status"], lang)
    words = item["words"] or item["effect"]
    effect = _say("effect", lang, rule=item["rule"], status=status, words=words)
    detail = _say("note", lang, note=item["detail_words"]) if item["detail_words"] else ""
    yield f"    {effect}{detail}"
    if item["condition"]:
        yield f"{'':8}{_say('condition', lang, words=item['condition'])}"
    if item["legal_basis"]:
        yield f"{'':8}{_say('basis', lang, basis=item['legal_basis'])}"
    record = item["record"]
    if record is not None:
        yield f"{'':8}{_about(record, lang)}"
    if item["steps"]:
        for step in item["steps"]:
            yield f"{'':10}{_step_words(step, lang)}"
    elif len(item["names"]) > 1:
        yield f"{'':10}{('→' if lang == 'zh' else ' → ').join(item['names'])}"


def _about(record: dict[str, Any], lang: Language) -> str:
    words = _record_words(record, lang)
    return _say("about", lang, title=_of(record, lang), words=words)


def _next_lines(better: dict[str, Any], lang: Language) -> Iterator[str]:
    words = _say("next", lang, grade=better["grade"], start=points(better["from"]))
    short = better["records"] and not better["rated"]
    yield _say("unrated_then", lang, words=words) if short else words
    if better["held_by"]:
        yield f"  {_say('held_' + better['held_by'], lang)}"
    elif better["blocked"]:
        yield f"  {_say('blocked', lang)}"
    elif not better["records"]:
        yield f"  {_say('never', lang)}"
    else:
        score = points(better["score_after"])
        yield f"  {_say('repair', lang, count=len(better['records']), score=score)}"
    for record in [*better["blocked"], *better["records"]]:
        yield f"    {_about(record, lang)}"
        repair = record.get("repair")
        if repair is not None and not better["blocked"]:
            how = REPAIR_WORDS.get(repair["how"], (repair["how"],) * 2)[lang == "zh"]
            key = "how" if repair["earliest"] is None else "waiting"
            day = _day(repair["earliest"], lang) if key == "waiting" else None
            yield f"{'':6}{_say(key, lang, how=how, months=repair['after_months'], day=day)}"


def chain_lines(answer: dict[str, Any], lang: Language = "en") -> Iterator[str]:
    """An answer of ``explanation.explain_chain`` as lines of text."""
    yield _say("chain", lang, a=answer["from"]["name"], b=answer["to"]["name"])
    if not answer["chains"]:
        yield f"  {_say('no_chain', lang, hops=answer['max_hops'])}"
    for chain in answer["chains"]:
        reach = f"{chain['reach']:.6g}"
        title = chain["title"]
        yield f"  {_say('channel', lang, title=title, reach=reach, hops=chain['hops'])}"
        for step in chain["steps"]:
            yield f"{'':6}{_step_words(step, lang)}{_strength_words(step, lang)}"

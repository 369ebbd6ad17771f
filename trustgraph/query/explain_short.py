"""Explanations in short, as people ask for them: a line or two a point. ``explain_text`` has all.

Law and market effect stand apart here, too; what applies only under a condition is never told as a
fact, and what a chain is made of is spelled out (0.8 × 40 %).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from trustgraph.query.detail_words import excluded_names
from trustgraph.query.explain import law_in_order
from trustgraph.query.explain_text import head_lines, other_lines, ownership_lines
from trustgraph.query.explain_words import REPAIR_WORDS, Language

__all__ = ["short_lines"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "own": ("Own records", "自身记录"),
    "exposure": ("Market exposure (no legal duty)", "关联影响（无法律义务）"),
    "base": ("base", "基准分"),
    "exposure_cap": ("exposure counts no further", "关联影响封顶"),
    "clamp": ("no score lies outside the scale", "以分值上下限为限"),
    "total": ("= score", "= 得分"),
    "score": ("score {score}", "得分：{score}"),
    "of": ("{title} of {name}", "{name}：{title}"),
    "from_to": ("{begin} to {end}", "{begin}至{end}"),
    "from_open": ("{begin}, stands until lifted", "{begin}起，至解除为止"),
    "by_term": (" (its term)", "（法定期限）"),
    "left": (
        "{full} points, {share} of its term left",
        "满分{full}，剩余期限{share}",
    ),
    "void": ("not counted: a black-list record stands", "不计分：存在有效的失信名单记录"),
    "old": ("older than usual, check the source", "超过通常时长，请核对来源"),
    "objected": ("an objection is pending", "已提出异议，尚待处理"),
    "under_review": ("under review", "复议或诉讼中"),
    "ground": ("ground: {words}", "事由：{words}"),
    "amount": ("¥ {amount}", "金额{amount}元"),
    "source": ("source: {url}", "来源：{url}"),
    "it": ("it", "本主体"),
    "assumed": ("{share} assumed", "{share}为推定"),
    "one_of": ("one voice among {count}", "{count}方之一"),
    "sure": ("{share} sure", "可信度{share}"),
    "law": ("What the law attaches", "法律后果"),
    "no_law": ("No legal consequence reaches this party.", "未发现及于该主体的法律后果。"),
    "no_law_further": (
        "The rules of this pack attach nothing further to this party.",
        "本规则包未发现及于该主体的其他法律后果。",
    ),
    "A": ("automatic", "自动适用"),
    "B": ("if an authority names the party", "须经有关机关认定"),
    "C": ("for one bid or contract", "限于单次投标或单份合同"),
    "D": ("civil liability through a court", "须经法院确认的民事责任"),
    "possible": ("possible", "可能"),
    "only_if": ("applies only if: {words} Check.", "适用条件：{words}须核实。"),
    "beside": ("beside {names}", "涉及：{names}"),
    "confidence": ("confidence {mark}", "把握程度{mark}"),
    "H": ("high", "高"),
    "M": ("medium", "中"),
    "L": ("low", "低"),
    "market": ("What the market makes of it (no legal duty)", "市场影响（无法律义务）"),
    "next": ("To reach grade {grade} (from {start} points)", "升至{grade}级的条件（{start}分起）"),
    "unrated": (
        "too little is known for that grade",
        "已知信息不足以评为该级",
    ),
    "held_status": (
        "repair cannot do it while the registration status stands",
        "登记状态不变，修复记录也无法达到该等级",
    ),
    "held_blocked": (
        "repair cannot do it while it is blocked",
        "仍被封锁期间，修复记录也无法达到该等级",
    ),
    "blocked": ("the law provides no repair for", "下列记录依法不予修复"),
    "never": ("repair of records alone cannot do it", "仅靠修复记录无法达到该等级"),
    "repair": ("repair these, then {score} points", "修复下列记录后为{score}分"),
    "from": ("from {day}", "自{day}起"),
    "full": ("`--full` tells all of it.", "--full可查看全部内容。"),
}
_GROUPS: Final = (("own", "own"), ("exposure", "exposure"))
_NAMES: Final = 12


def short_lines(told: Mapping[str, Any], lang: Language = "en") -> Iterator[str]:
    """An explanation (``explanation.explain_entity``) as few lines of text."""
    yield from head_lines(told, lang)
    if told["scored"]:
        yield ""
        yield from _points(told, lang)
    yield ""
    yield from _law(told, lang)
    yield from other_lines(told, lang)
    yield from ownership_lines(told["ownership"], lang)
    if told.get("next_grade"):
        yield ""
        yield from _next(told["next_grade"], lang)


def say(key: str, lang: Language, **values: object) -> str:
    """Words by key, in a language."""
    return _WORDS[key][lang == "zh"].format(**values)


def _joined(parts: Sequence[str | None], lang: Language) -> str:
    return ("；" if lang == "zh" else " · ").join(part for part in parts if part)


def _listed(parts: Sequence[str], lang: Language) -> str:
    return ("；" if lang == "zh" else "; ").join(parts)


def _named(title: str, record: str, lang: Language) -> str:
    """A record with its id."""
    return f"{title}（{record}）" if lang == "zh" else f"{title} ({record})"


def _amount(value: float) -> str:
    return f"{value:+,.2f}".replace("-", "−")


def _share(value: float, lang: Language) -> str:
    return f"{100 * value:.4g}{'%' if lang == 'zh' else ' %'}"


# --- Points ---------------------------------------------------------------------------------------


def _points(told: Mapping[str, Any], lang: Language) -> Iterator[str]:
    """Every line of the ledger, own records and market exposure apart, to two decimals."""
    lines = told["ledger"]
    for line in lines:
        if line["line"] == "base":
            yield f"{_amount(line['points']):>12}  {say('base', lang)}"
    for kind, heading in _GROUPS:
        some = [line for line in lines if line["line"] == kind]
        if some:
            yield say(heading, lang)
        for line in some:
            yield from _line(line, lang)
    for line in lines:
        if line["line"] in ("exposure_cap", "clamp"):
            yield f"{_amount(line['points']):>12}  {say(line['line'], lang)}"
    total = f"{told['score']:,.2f}"
    yield f"{total:>12}  {say('total', lang)}"


def _line(line: Mapping[str, Any], lang: Language) -> Iterator[str]:
    record = line["record"]
    title = record["title"]
    parts: list[str | None]
    if line["line"] == "exposure":
        title = say("of", lang, title=title, name=record["name"])
        parts = [f"{title} × {_share(line['reach'], lang)}", _chain(line, lang)]
        parts += [*_dates(record, lang), _left(record, lang)]
        yield f"{_amount(line['points']):>12}  {_joined(parts, lang)}"
        return
    parts = [title, *_dates(record, lang), _left(record, lang)]
    if line["note"] == "void":
        parts.append(say("void", lang))
    yield f"{_amount(line['points']):>12}  {_joined(parts, lang)}"
    about = _about(record, lang)
    if about:
        yield f"{'':14}{about}"


def _dates(record: Mapping[str, Any], lang: Language) -> list[str]:
    """Its id, and from when until when it stands."""
    begin, end = record["decided_on"], record["ends_on"]
    if end is None:
        when = say("from_open", lang, begin=begin)
    else:
        when = say("from_to", lang, begin=begin, end=end)
        when += say("by_term", lang) if record["end"] == "term" else ""
    marks = [say("old", lang)] if record["old"] else []
    if record["status"] in ("objected", "under_review"):
        marks.append(say(record["status"], lang))
    return [record["record"], when, *marks]


def _left(record: Mapping[str, Any], lang: Language) -> str | None:
    """Of a record that weighs less as its term goes by: how much of it is left."""
    left = record.get("term_left")
    if left is None:
        return None
    share = f"{left:.0%}" if lang == "zh" else f"{100 * left:.0f} %"
    return say("left", lang, full=f"{abs(record['full_points']):g}", share=share)


def _about(record: Mapping[str, Any], lang: Language) -> str:
    """Who decided it, on which ground, about how much, and where that can be read."""
    authority = record["authority"] or None
    ground, amount, url = (record[key] for key in ("ground", "amount", "source_url"))
    return _joined(
        [
            authority.replace("；", "、") if authority and lang == "zh" else authority,
            record["doc_no"],
            say("ground", lang, words=ground) if ground else None,
            None if amount is None else say("amount", lang, amount=f"{amount:,.0f}"),
            say("source", lang, url=url) if url else None,
        ],
        lang,
    )


def _chain(line: Mapping[str, Any], lang: Language) -> str:
    """How it comes from whoever has the record: holds shares of it (0.8 × 60 %)."""
    steps = line["steps"]
    walked = []
    for step in steps:
        to = say("it", lang) if step is steps[-1] else step["to"]
        mark = _factors(step, lang)
        if lang == "zh":
            words = step["words"]
            words = words.replace("…", to) if "…" in words else words + to
            walked.append(f"{words}（{mark}）")
        else:
            walked.append(f"{step['words']} {to} ({mark})")
    return " → ".join(walked)


def _factors(step: Mapping[str, Any], lang: Language) -> str:
    """What the strength of a step is made of."""
    factors = step["factors"]
    parts = [f"{factors['base']:g}"]
    if factors["among"] is not None:
        parts += [say("one_of", lang, count=factors["among"])] if factors["among"] > 1 else []
    elif factors["share"] is not None:
        share = _share(factors["share"], lang)
        parts.append(say("assumed", lang, share=share) if factors["assumed"] else share)
    if factors["confidence"] < 1:
        parts.append(say("sure", lang, share=_share(factors["confidence"], lang)))
    return " × ".join(parts)


# --- Law ------------------------------------------------------------------------------------------


def _law(told: Mapping[str, Any], lang: Language) -> Iterator[str]:
    listed = [record for record in told["records"] if record.get("measures")]
    alone, pairs = law_in_order(told["consequences"])
    if not (listed or alone or pairs):
        verdicts = {one["verdict"] for one in told["verdicts"]} - {"OLD", "NOT_RATED"}
        yield say("no_law_further" if verdicts else "no_law", lang)
    else:
        yield say("law", lang)
    force = None
    for record in listed:
        if force is None:
            force = "A"
            yield f"  {say('A', lang)}"
        yield f"    {_listed(record['measures'], lang)}"
        name = _named(record["title"], record["record"], lang)
        mark = _confidence(record["confidence"], lang)
        yield f"{'':9}{_joined([name, record['legal_basis'], mark], lang)}"
    found: list[tuple[str, Iterator[str]]] = [
        (item["force"], _consequence(item, lang)) for item in _merged(alone)
    ]
    found += [(items[0]["force"], _pairs(items, lang)) for items in pairs]
    for of_force, lines in sorted(found, key=lambda one: one[0]):
        if of_force != force:
            force = of_force
            yield f"  {say(force, lang)}"
        yield from lines
    yield from _market(told, lang)


def _merged(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Consequences that say the same, for the same reason, by several chains: told once."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for item in items:
        record = item["record"]
        named = None if record is None else record["record"]
        said = (item["words"], item["condition"], item["detail_words"])
        key = (item["rule"], item["status"], named, *said)
        kept = found.setdefault(key, {**item, "chains": []})
        kept["chains"].append(item)
    return list(found.values())


def _consequence(item: Mapping[str, Any], lang: Language) -> Iterator[str]:
    words = str(item["words"] or item["title"])
    if item["detail_words"]:
        words += f"（{item['detail_words']}）" if lang == "zh" else f" ({item['detail_words']})"
    if item["status"] == "possible":
        words = f"{say('possible', lang)}{'：' if lang == 'zh' else ': '}{words}"
    if item["condition"]:
        words += ("" if lang == "zh" else " ") + say("only_if", lang, words=item["condition"])
    yield f"    {item['rule']}  {words}"
    record = item["record"]
    because = None if record is None else _named(record["title"], record["record"], lang)
    chains = [_walked(one, lang) for one in item["chains"]]
    mark = _confidence(item["confidence"], lang)
    yield f"{'':9}{_joined([because, *chains, item['legal_basis'], mark], lang)}"


def _pairs(items: Sequence[Mapping[str, Any]], lang: Language) -> Iterator[str]:
    """Whom it must not bid beside, of one rule in one place."""
    first = items[0]
    names = excluded_names(items, lang)
    shown = ("、" if lang == "zh" else "; ").join(names[:_NAMES])
    if len(names) > _NAMES:
        shown += f" … {len(names) - _NAMES}"
    words = first["words"] or first["title"]
    if first["condition"]:
        words += ("" if lang == "zh" else " ") + say("only_if", lang, words=first["condition"])
    yield f"    {first['rule']}  {words}"
    mark = _confidence(first["confidence"], lang)
    beside = say("beside", lang, names=shown)
    yield f"{'':9}{_joined([beside, first['legal_basis'], mark], lang)}"


def _walked(item: Mapping[str, Any], lang: Language) -> str:
    """The chain of a consequence, with what it leads to as ``it``."""
    steps, it = item["steps"], say("it", lang)
    if not steps:
        return "" if len(item["names"]) < 2 else " → ".join([*item["names"][:-1], it])
    ends = [*(step["to"] for step in steps[:-1]), it]
    if lang == "zh":
        return "，".join(
            step["from"]
            + (step["words"].replace("…", to) if "…" in step["words"] else step["words"] + to)
            for step, to in zip(steps, ends, strict=True)
        )
    told = "".join(f" → {step['words']} → {to}" for step, to in zip(steps, ends, strict=True))
    return f"{item['names'][0]}{told}"


def _confidence(mark: str | None, lang: Language) -> str | None:
    """How sure the pack is of what it says there (H, M or L)."""
    return None if mark not in ("H", "M", "L") else say("confidence", lang, mark=say(mark, lang))


def _market(told: Mapping[str, Any], lang: Language) -> Iterator[str]:
    own = [record for record in told["records"] if record.get("market_measures")]
    if not (own or told["market_effects"]):
        return
    yield say("market", lang)
    titles: dict[str, list[str]] = {}
    for record in own:
        items = _listed(record["market_measures"], lang)
        titles.setdefault(items, []).append(record["title"])
    for items, because in titles.items():
        yield "    " + ("：" if lang == "zh" else ": ").join([items, _listed(because, lang)])
    for item in _merged(told["market_effects"]):
        yield from _consequence(item, lang)


# --- What would help ------------------------------------------------------------------------------


def _next(better: Mapping[str, Any], lang: Language) -> Iterator[str]:
    words = say("next", lang, grade=better["grade"], start=f"{better['from']:g}")
    colon = "：" if lang == "zh" else ": "
    if better["held_by"]:
        yield words + colon + say(f"held_{better['held_by']}", lang)
        return
    if not (better["blocked"] or better["records"]):
        yield words + colon + say("never", lang)
        return
    if better["blocked"]:
        yield words + colon + say("blocked", lang)
    else:
        then = say("repair", lang, score=f"{better['score_after']:,.2f}")
        unrated = [] if better["rated"] else [say("unrated", lang)]
        yield words + colon + _joined([then, *unrated], lang)
    for record in [*better["blocked"], *better["records"]]:
        title = say("of", lang, title=record["title"], name=record["name"])
        parts = [_named(title, record["record"], lang)]
        repair = record.get("repair")
        if repair is not None and not better["blocked"]:
            parts.append(REPAIR_WORDS.get(repair["how"], (repair["how"],) * 2)[lang == "zh"])
            if repair["earliest"] is not None:
                parts.append(say("from", lang, day=repair["earliest"]))
        yield f"    {_joined(parts, lang)}"

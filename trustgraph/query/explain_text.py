"""Explanations as lines of text, in English or Chinese. Pure: dictionaries in, lines out.

Law and market effect stand under headings of their own, and every figure stands beside the chain
it came by. The words of rules and records are the policy pack's; only the frame around them is
here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

__all__ = ["chain_lines", "explanation_lines", "force_words", "points"]

Language = Literal["en", "zh"]

# Chinese as reports write it: full-width marks, and no spaces between words or around figures.
_TEXT: Final[dict[str, tuple[str, str]]] = {
    "title": ("{name}  ({entity})", "{name}（{entity}）"),
    "as_of": ("as of {day} · policy {policy}", "截至{day}；政策包：{policy}"),
    "revoked": (
        "LICENCE REVOKED, says the register: it may wind up, but not trade.",
        "登记状态：吊销，除清算外不得开展经营活动。",
    ),
    "deregistered": (
        "DEREGISTERED, says the register: the company no longer exists.",
        "登记状态：注销，该主体已不复存在。",
    ),
    "person": (
        "A natural person: never scored or graded, only named where the law names them.",
        "自然人不予评分、评级，仅在法律后果及于本人时列示。",
    ),
    "score": (
        "score {score} · grade {grade} · coverage {coverage}",
        "得分：{score}；等级：{grade}；信息覆盖率：{coverage}",
    ),
    "unknown": ("not known: {items}", "未掌握的信息：{items}"),
    "ledger": ("Ledger (sums to the score)", "分数明细（各项之和即为得分）"),
    "base": ("base", "基准分"),
    "own": ("own record", "自身记录"),
    "exposure": ("market exposure", "市场敞口"),
    "exposure_cap": ("exposure cap gives back", "敞口超出上限部分冲回"),
    "clamp": ("clamp to the scale", "按分值区间调整"),
    "total": ("= score", "= 得分"),
    "void": (
        "void: a black-list record of the same party counts",
        "不计分：同一主体存在有效的黑名单记录",
    ),
    "line": ("{label}: {title}", "{label}：{title}"),
    "note": (" ({note})", "（{note}）"),
    "of": ("{title} of {name}", "{name}“{title}”记录"),
    "about": ("{title} · {words}", "{title}：{words}"),
    "number": ("{record}", "编号{record}"),
    "decided": ("decided {day}", "{day}作出"),
    "until": ("until {day}", "有效期至{day}"),
    "open": ("open-ended", "无固定期限"),
    "hops": ("reach {reach} over {hops} step(s)", "经{hops}层关系传导，传导系数为{reach}"),
    "strength": ("  × {strength}", "（×{strength}）"),
    "strength_by": ("  × {strength} [{rule}]", "（×{strength}，{rule}）"),
    "ownership": (
        "Ownership and control (`trustgraph owners` tells more)",
        "股权与控制（详见trustgraph owners）",
    ),
    "owned_yes": ("BLOCKED, through {names}", "被封锁，涉及：{names}"),
    "owned_possible": ("POSSIBLY BLOCKED, through {names}", "可能被封锁，涉及：{names}"),
    "controlled_yes": ("controlled by {names}", "控制人：{names}"),
    "controlled_possible": ("possibly controlled by {names}", "可能的控制人：{names}"),
    "and_more": (" and {count} more", "等另外{count}名"),
    "law": ("What the law attaches", "法律后果"),
    "no_law": ("No legal consequence reaches this party.", "未发现及于该主体的法律后果。"),
    "listed": ("By its own records", "因自身记录产生"),
    "measures": ("measures: {items}", "措施：{items}"),
    "market": ("Market effect (no legal duty)", "市场影响（不构成法律义务）"),
    "effect": ("{rule} [{status}] {words}", "{rule}【{status}】{words}"),
    "fact": ("fact", "已成立"),
    "possible": ("possible", "可能成立"),
    "others": ("{count} others", "另涉及{count}家主体"),
    "computed": ("the controller is computed, not recorded", "实际控制人系推算，非登记"),
    "worst": ("lowest grade: {grade}", "最低等级：{grade}"),
    "condition": ("if: {words}", "条件：{words}"),
    "basis": ("law: {basis}", "依据：{basis}"),
    "next": ("To reach grade {grade} (from {start})", "升至{grade}级的条件（{start}分起）"),
    "repair": (
        "repair {count} record(s), score then {score}:",
        "修复以下{count}条记录，修复后得分为{score}：",
    ),
    "blocked": (
        "repair cannot do it: the law provides none for",
        "无法通过信用修复实现，下列记录依法不予修复：",
    ),
    "never": ("repair of records alone cannot do it", "仅靠修复记录无法达到该等级。"),
    "waiting": (
        "repair {how}, after {months} months at the earliest",
        "修复方式：{how}，最早须满{months}个月",
    ),
    "how": ("repair {how}", "修复方式：{how}"),
    "A": ("A · automatic", "A类：自动适用"),
    "B": ("B · if an authority names the party", "B类：须经有关机关认定"),
    "C": ("C · for one bid or contract", "C类：限于单次投标或单份合同"),
    "D": ("D · civil liability through a court", "D类：须经法院确认的民事责任"),
    "E": ("E · market effect, not law", "E类：市场影响，不属于法律后果"),
    "chain": (
        "From {a} to {b}: market effect, not law",
        "{a}对{b}的市场影响（不属于法律后果）",
    ),
    "no_chain": (
        "no channel carries anything from the one to the other within {hops} step(s)",
        "在{hops}层关系以内，两者之间没有任何传导渠道。",
    ),
    "channel": (
        "{title}: reach {reach} over {hops} step(s)",
        "{title}：经{hops}层关系传导，传导系数为{reach}",
    ),
}

_REPAIR: Final[dict[str, tuple[str, str]]] = {
    "no": ("none", "不予修复"),
    "auto": ("by itself", "到期自动修复"),
    "on_application": ("on application", "依申请修复"),
    "on_performance": ("on performance", "履行义务后修复"),
    "on_performance_or_security": (
        "on performance or security",
        "履行义务或提供担保后修复",
    ),
    "on_cure": ("once cured", "改正后修复"),
    "on_payment": ("on payment", "缴清款项后修复"),
    "on_verification": ("on verification", "经核实后修复"),
    "by_decision": ("by decision of the authority", "由有关机关决定"),
    "case_by_case": ("case by case", "视个案而定"),
    "recalc": ("at the next evaluation", "下次评价时重新评定"),
    "n/a": ("not applicable", "不适用"),
    "unknown": ("unknown", "不详"),
}

_INNER_QUOTES: Final = str.maketrans("“”", "‘’")


def _say(key: str, lang: Language, **values: object) -> str:
    return _TEXT[key][lang == "zh"].format(**values)


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
    """An explanation (``explanation.explain_entity``) as lines of text."""
    policy = f"{explanation['policy']['name']} {explanation['policy']['version']}"
    name, entity = explanation["name"], explanation["entity"]
    masked = explanation["kind"] == "person" and name.endswith(entity)
    told = masked or name == entity
    yield name if told else _say("title", lang, name=name, entity=entity)
    yield _say("as_of", lang, day=_day(explanation["as_of"], lang), policy=policy)
    if explanation["status"] in ("revoked", "deregistered"):
        yield _say(explanation["status"], lang)
    if explanation["scored"]:
        yield from _score_lines(explanation, lang)
    else:
        yield _say("person", lang)
    yield ""
    yield from _law_lines(explanation, lang)
    yield from _ownership_lines(explanation["ownership"], lang)
    if explanation.get("next_grade"):
        yield ""
        yield from _next_lines(explanation["next_grade"], lang)


def _score_lines(explanation: dict[str, Any], lang: Language) -> Iterator[str]:
    coverage = f"{explanation['coverage']:.0%}"
    score = points(explanation["score"])
    yield _say("score", lang, score=score, grade=explanation["grade"], coverage=coverage)
    missing = [item["title"] for item in explanation["coverage_items"] if not item["known"]]
    if missing:
        yield _say("unknown", lang, items=_listed(missing, lang))
    yield ""
    yield _say("ledger", lang)
    for line in explanation["ledger"]:
        yield from _ledger_lines(line, lang)
    yield f"  {points(explanation['score']):>14}  {_say('total', lang)}"


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
        parts.append(_say("until", lang, day=_day(record["ends_on"], lang)))
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


def _ownership_lines(found: dict[str, Any], lang: Language) -> Iterator[str]:
    """In short: a blocked company must not look clean where only points and law are told."""
    lines = []
    if found["blocked"] != "no":
        names = _few(found["blocked_through"], lang)
        lines.append(_say(f"owned_{found['blocked']}", lang, names=names))
    if found["controllers"]:
        surest = found["controllers"][0]["answer"]
        names = _few([row for row in found["controllers"] if row["answer"] == surest], lang)
        lines.append(_say(f"controlled_{surest}", lang, names=names))
    if lines:
        yield _say("ownership", lang)
        yield from (f"  {line}" for line in lines)


def _few(rows: list[dict[str, Any]], lang: Language, most: int = 3) -> str:
    names = ("、" if lang == "zh" else ", ").join(row["name"] for row in rows[:most])
    more = len(rows) - most
    return names + (_say("and_more", lang, count=more) if more > 0 else "")


def _law_lines(explanation: dict[str, Any], lang: Language) -> Iterator[str]:
    found = explanation["consequences"]
    listed = [record for record in explanation["records"] if record.get("measures")]
    yield _say("law", lang) if found or listed else _say("no_law", lang)
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
    detail = _detail_words(item["detail"], lang) if item["detail"] else ""
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


def _detail_words(detail: str, lang: Language) -> str:
    """What a consequence says beside its rule: how many more, a computed step, a lowest grade."""
    count = detail.removesuffix(" others")
    if detail == "computed controller":
        words = _say("computed", lang)
    elif count != detail:
        words = _say("others", lang, count=count)
    else:
        words = _say("worst", lang, grade=detail)
    return _say("note", lang, note=words)


def _next_lines(better: dict[str, Any], lang: Language) -> Iterator[str]:
    yield _say("next", lang, grade=better["grade"], start=points(better["from"]))
    if better["blocked"]:
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
            how = _REPAIR.get(repair["how"], (repair["how"],) * 2)[lang == "zh"]
            months = repair["after_months"]
            key = "waiting" if months else "how"
            yield f"{'':6}{_say(key, lang, how=how, months=months)}"


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

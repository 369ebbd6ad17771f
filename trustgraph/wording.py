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

_TEXT: Final[dict[str, tuple[str, str]]] = {
    "as_of": ("as of {day} · policy {policy}", "截至 {day} · 政策包 {policy}"),
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
        "自然人：不评分、不评级，仅在法律指向时列出。",
    ),
    "score": (
        "score {score} · grade {grade} · coverage {coverage}",
        "得分 {score} · 等级 {grade} · 信息覆盖率 {coverage}",
    ),
    "unknown": ("not known: {items}", "未知：{items}"),
    "ledger": ("Ledger (sums to the score)", "分数明细（合计即得分）"),
    "base": ("base", "基准分"),
    "own": ("own record", "自身记录"),
    "exposure": ("market exposure", "市场敞口"),
    "exposure_cap": ("exposure cap gives back", "敞口上限返还"),
    "clamp": ("clamp to the scale", "分值区间截断"),
    "total": ("= score", "= 得分"),
    "void": (
        "void: a black-list record of the same party counts",
        "不计：同一主体存在有效黑名单记录",
    ),
    "of": ("{title} of {name}", "{name}的{title}"),
    "decided": ("decided {day}", "{day} 作出"),
    "until": ("until {day}", "至 {day}"),
    "open": ("open-ended", "无固定期限"),
    "hops": ("reach {reach} over {hops} step(s)", "{hops} 步，传导系数 {reach}"),
    "law": ("What the law attaches", "法律后果"),
    "no_law": ("No legal consequence reaches this party.", "没有法律后果及于该主体。"),
    "listed": ("By its own records", "因自身记录"),
    "measures": ("measures: {items}", "措施：{items}"),
    "market": ("Market effect (no legal duty)", "市场影响（非法律义务）"),
    "fact": ("fact", "已成立"),
    "possible": ("possible", "可能"),
    "condition": ("if: {words}", "条件：{words}"),
    "basis": ("law: {basis}", "依据：{basis}"),
    "next": ("To reach grade {grade} (from {start})", "升至 {grade} 级（{start} 分起）"),
    "repair": (
        "repair {count} record(s), score then {score}:",
        "修复 {count} 条记录，届时得分 {score}：",
    ),
    "blocked": (
        "not by repair: the law knows none for",
        "无法通过修复实现：以下记录依法不可修复",
    ),
    "never": ("not by repair of records alone", "仅靠修复记录无法实现"),
    "waiting": ("repair {how}, not before {months} months", "修复方式 {how}，最早 {months} 个月后"),
    "how": ("repair {how}", "修复方式 {how}"),
    "A": ("A · automatic", "A · 自动适用"),
    "B": ("B · if an authority names the party", "B · 须经机关认定"),
    "C": ("C · for one bid or contract", "C · 限于单次投标或合同"),
    "D": ("D · civil liability through a court", "D · 经法院确认的民事责任"),
    "E": ("E · market effect, not law", "E · 市场影响，非法律"),
    "chain": ("From {a} to {b}: market effect, not law", "自 {a} 至 {b}：市场影响，非法律"),
    "no_chain": (
        "no channel carries anything from the one to the other within {hops} step(s)",
        "在 {hops} 步之内没有任何渠道可以传导",
    ),
    "channel": (
        "{title}: reach {reach} over {hops} step(s)",
        "{title}：{hops} 步，传导系数 {reach}",
    ),
}

_REPAIR: Final[dict[str, tuple[str, str]]] = {
    "no": ("none", "无"),
    "auto": ("by itself", "自动"),
    "on_application": ("on application", "依申请"),
    "on_performance": ("on performance", "履行完毕"),
    "on_performance_or_security": ("on performance or security", "履行完毕或提供担保"),
    "on_cure": ("once cured", "改正后"),
    "on_payment": ("on payment", "缴清后"),
    "on_verification": ("on verification", "核实后"),
    "by_decision": ("by decision of the authority", "由机关决定"),
    "case_by_case": ("case by case", "视个案而定"),
    "recalc": ("at the next evaluation", "下次评价时"),
    "n/a": ("not applicable", "不适用"),
    "unknown": ("unknown", "未知"),
}


def _say(key: str, language: Language, **values: object) -> str:
    return _TEXT[key][language == "zh"].format(**values)


def force_words(force: str, language: Language) -> str:
    """What a force means, e.g. ``A · automatic``."""
    return _say(force, language)


def points(value: float) -> str:
    """Points as they are shown: two decimals, six where there is more to say."""
    text = f"{value:,.6f}".rstrip("0")
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction:0<2}"


def explanation_lines(explanation: dict[str, Any], language: Language = "en") -> Iterator[str]:
    """An explanation (``explanation.explain_entity``) as lines of text."""
    policy = f"{explanation['policy']['name']} {explanation['policy']['version']}"
    name, entity = explanation["name"], explanation["entity"]
    yield name if name == entity else f"{name}  ({entity})"
    yield _say("as_of", language, day=explanation["as_of"], policy=policy)
    if explanation["status"] in ("revoked", "deregistered"):
        yield _say(explanation["status"], language)
    if explanation["scored"]:
        yield from _score_lines(explanation, language)
    else:
        yield _say("person", language)
    yield ""
    yield from _law_lines(explanation, language)
    if explanation.get("next_grade"):
        yield ""
        yield from _next_lines(explanation["next_grade"], language)


def _score_lines(explanation: dict[str, Any], language: Language) -> Iterator[str]:
    coverage = f"{explanation['coverage']:.0%}"
    score = points(explanation["score"])
    yield _say("score", language, score=score, grade=explanation["grade"], coverage=coverage)
    missing = [item["title"] for item in explanation["coverage_items"] if not item["known"]]
    if missing:
        yield _say("unknown", language, items=("、" if language == "zh" else "; ").join(missing))
    yield ""
    yield _say("ledger", language)
    for line in explanation["ledger"]:
        yield from _ledger_lines(line, language)
    yield f"  {points(explanation['score']):>14}  {_say('total', language)}"


def _ledger_lines(line: dict[str, Any], language: Language) -> Iterator[str]:
    amount = f"{line['points']:+,.6f}".rstrip("0")
    whole, _, fraction = amount.partition(".")
    label = _say(line["line"], language)
    record = line.get("record")
    if record is None:
        note = f" ({line['note']})" if line["note"] else ""
        yield f"  {f'{whole}.{fraction:0<2}':>14}  {label}{note}"
        return
    title = record["title"]
    if line["line"] == "exposure":
        title = _say("of", language, title=title, name=record["name"])
    yield f"  {f'{whole}.{fraction:0<2}':>14}  {label}: {title}"
    yield f"{'':18}{_record_words(record, language)}"
    if line["note"] == "void":
        yield f"{'':18}{_say('void', language)}"
    if line["line"] == "exposure":
        reach = f"{line['reach']:.6g}"
        yield f"{'':18}{_say('hops', language, reach=reach, hops=line['hops'])}"
        for step in line["steps"]:
            rule = f" [{step['rule']}]" if step.get("rule") else ""
            yield f"{'':20}{_step_words(step)}  × {step['strength']:.4g}{rule}"


def _record_words(record: dict[str, Any], language: Language) -> str:
    parts = [record["record"], _say("decided", language, day=record["decided_on"])]
    if record["ends_on"] is None:
        parts.append(_say("open", language))
    else:
        parts.append(_say("until", language, day=record["ends_on"]))
    parts += [text for text in (record["authority"], record["doc_no"]) if text]
    return " · ".join(parts)


def _step_words(step: dict[str, Any]) -> str:
    return f"{step['from']} → {step['words']} → {step['to']}"


def _law_lines(explanation: dict[str, Any], language: Language) -> Iterator[str]:
    found = explanation["consequences"]
    listed = [record for record in explanation["records"] if record.get("measures")]
    yield _say("law", language) if found or listed else _say("no_law", language)
    if listed:
        yield f"  {_say('listed', language)}"
    for record in listed:
        yield f"    {record['title']} · {_record_words(record, language)}"
        items = ("、" if language == "zh" else ", ").join(record["measures"])
        yield f"{'':8}{_say('measures', language, items=items)}"
        if record["legal_basis"]:
            yield f"{'':8}{_say('basis', language, basis=record['legal_basis'])}"
    for force in "ABCD":
        of_force = [item for item in found if item["force"] == force]
        if of_force:
            yield f"  {_say(force, language)}"
        for item in of_force:
            yield from _consequence_lines(item, language)
    market = [record for record in explanation["records"] if record.get("market_measures")]
    if explanation["market_effects"] or market:
        yield _say("market", language)
    for record in market:
        items = ("、" if language == "zh" else ", ").join(record["market_measures"])
        yield f"    {record['title']}: {items}"
    if explanation["market_effects"]:
        for item in explanation["market_effects"]:
            yield from _consequence_lines(item, language)


def _consequence_lines(item: dict[str, Any], language: Language) -> Iterator[str]:
    status = _say(item["status"], language)
    words = item["words"] or item["effect"]
    detail = f" ({item['detail']})" if item["detail"] else ""
    yield f"    {item['rule']} [{status}] {words}{detail}"
    if item["condition"]:
        yield f"{'':8}{_say('condition', language, words=item['condition'])}"
    if item["legal_basis"]:
        yield f"{'':8}{_say('basis', language, basis=item['legal_basis'])}"
    record = item["record"]
    if record is not None:
        of = _say("of", language, title=record["title"], name=record["name"])
        yield f"{'':8}{of} · {_record_words(record, language)}"
    if item["steps"]:
        for step in item["steps"]:
            yield f"{'':10}{_step_words(step)}"
    elif len(item["names"]) > 1:
        yield f"{'':10}{' → '.join(item['names'])}"


def _next_lines(better: dict[str, Any], language: Language) -> Iterator[str]:
    yield _say("next", language, grade=better["grade"], start=points(better["from"]))
    if better["blocked"]:
        yield f"  {_say('blocked', language)}"
    elif not better["records"]:
        yield f"  {_say('never', language)}"
    else:
        score = points(better["score_after"])
        yield f"  {_say('repair', language, count=len(better['records']), score=score)}"
    for record in [*better["blocked"], *better["records"]]:
        of = _say("of", language, title=record["title"], name=record["name"])
        yield f"    {of} · {_record_words(record, language)}"
        repair = record.get("repair")
        if repair is not None and not better["blocked"]:
            how = _REPAIR.get(repair["how"], (repair["how"],) * 2)[language == "zh"]
            months = repair["after_months"]
            key = "waiting" if months else "how"
            yield f"{'':6}{_say(key, language, how=how, months=months)}"


def chain_lines(answer: dict[str, Any], language: Language = "en") -> Iterator[str]:
    """An answer of ``explanation.explain_chain`` as lines of text."""
    yield _say("chain", language, a=answer["from"]["name"], b=answer["to"]["name"])
    if not answer["chains"]:
        yield f"  {_say('no_chain', language, hops=answer['max_hops'])}"
    for chain in answer["chains"]:
        reach = f"{chain['reach']:.6g}"
        title = chain["title"]
        yield f"  {_say('channel', language, title=title, reach=reach, hops=chain['hops'])}"
        for step in chain["steps"]:
            yield f"{'':6}{_step_words(step)}  × {step['strength']:.4g}"

"""The words of a report on a partner, in English and Chinese."""

from __future__ import annotations

from typing import Any, Final, Literal

__all__ = ["Language", "day_words", "say"]

Language = Literal["en", "zh"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Report on a partner", "合作方信用报告"),
    "as_of": ("as of {day}", "截至{day}"),
    "since": ("founded {day}", "成立于{day}"),
    "active": ("active", "存续"),
    "revoked": ("licence revoked", "吊销"),
    "deregistered": ("deregistered", "注销"),
    "listed_behind": (
        "Behind it, on a black or countermeasure list: {names}",
        "其背后主体已列入失信或反制名单：{names}",
    ),
    "head_office": (
        "Branch of {name}, with which it is one legal person: {verdicts}",
        "系{name}的分支机构，二者为同一法人：{verdicts}",
    ),
    "same_code": (
        "Another entry has the same code, {name}: {verdicts}",
        "另一条目载有相同代码，{name}：{verdicts}",
    ),
    "existence_not_yet": (
        "It was founded on {day}: of the day there is nothing to say.",
        "该主体成立于{day}，截至该日尚无可评价的内容。",
    ),
    "existence_ended": (
        "Its end is stated as {day}, though its status does not say so: look it up.",
        "所载终止日期为{day}，但登记状态与此不符，请核实。",
    ),
    "existence_later": (
        "It was deregistered on {day}: as of this day it still existed.",
        "该主体于{day}注销，截至该日尚存。",
    ),
    "grade": ("Grade {grade}", "{grade}级"),
    "not_rated": ("Not rated", "暂不评级"),
    "score": (
        "{score} of {ceiling} points; {base} to begin with",
        "{score}分（满分{ceiling}，以{base}分起算）",
    ),
    "no_score": (
        "no score among scores: unknown is not trustworthy",
        "不作评分：信息不足不等于可信",
    ),
    "coverage": (
        "Coverage {share}: how much there was to judge by",
        "信息覆盖率{share}（据以评价的信息是否充分）",
    ),
    "why_band": ("{grade}: {start} points or more.", "{grade}级：{start}分以上。"),
    "why_band_last": ("{grade}: below {start} points.", "{grade}级：不足{start}分。"),
    "why_record": (
        "{grade} because of its own record: {by}. By points alone: {band}.",
        "因自身记录评为{grade}级：{by}。仅按得分为{band}级。",
    ),
    "why_rule": (
        "{grade} by law: {by}. By points alone: {band}.",
        "依法评为{grade}级：{by}。仅按得分为{band}级。",
    ),
    "why_status": (
        "{grade} because of its registration status. By points alone: {band}.",
        "因登记状态评为{grade}级。仅按得分为{band}级。",
    ),
    "why_blocked": (
        "{grade} because listed parties block it. By points alone: {band}.",
        "因被列入清单的主体封锁评为{grade}级。仅按得分为{band}级。",
    ),
    "why_coverage": (
        "Too little is known for a good grade. First look up: {items}.",
        "信息不足，暂不评级。宜先查询：{items}。",
    ),
    "why_gone": ("The company no longer exists.", "该主体已不复存在。"),
    "law": ("What the law attaches", "依法产生的后果"),
    "no_law": (
        "Nothing that is known attaches a consequence of law to it as of the day.",
        "截至该日，已知信息中未发现依法及于该主体的后果。",
    ),
    "own_measures": ("Its own record: {title}", "自身记录：{title}"),
    "because_of": ("because of {title}, {name}", "因{name}：{title}"),
    "force_A": ("automatic", "自动适用"),
    "force_B": ("if an authority names it", "须经机关指名"),
    "force_C": ("for one bid", "限于同一标段"),
    "force_D": ("liability, by a court", "民事责任，须经法院"),
    "possible": ("possible", "可能"),
    "check": ("to be checked", "须核实"),
    "only_if": ("Applies only if: {words}", "适用条件：{words}"),
    "not_beside": (
        "Must not bid for the same lot beside: {names}",
        "不得与下列单位参加同一标段投标：{names}",
    ),
    "points": ("Why {score} points", "{score}分的由来"),
    "adds_up": (
        "The lines add up to the score exactly. Own records are solid; market exposure is hatched and no legal duty.",
        "各行合计即为得分。实心为自身记录；斜纹为关联影响，无法律义务。",
    ),
    "base": ("Base", "基准分"),
    "own": ("{title} (own record)", "{title}（自身记录）"),
    "exposure": ("{title} of {name} × {reach}", "{name}：{title} × {reach}"),
    "exposure_cap": ("Market exposure counts no further", "关联影响封顶"),
    "clamp": ("No score lies below {floor} or above {ceiling}", "得分以{floor}至{ceiling}为限"),
    "rest": ("{count} lighter lines together", "其余{count}行合计"),
    "total": ("Score", "得分"),
    "graph": ("The chains that carry it", "依据的关联链"),
    "records": ("Its own records", "自身记录"),
    "no_records": ("No record of its own counts as of the day.", "截至该日无有效的自身记录。"),
    "more_records": ("and {count} more", "另有{count}条"),
    "decided": ("decided {day}", "{day}作出"),
    "until": ("ends {day} as stated", "载明至{day}"),
    "until_term": ("ends {day} by its term", "{day}期满"),
    "open": ("stands until performed, cured or removed", "持续至履行、纠正或移出"),
    "amount": ("¥ {amount}", "金额{amount}元"),
    "term_left": ("{full} points, {share} of its term left", "满分{full}分，剩余期限{share}"),
    "behind": ("Who is behind it", "股东与控制人"),
    "controllers": ("Controllers: {names}.", "控制人：{names}。"),
    "no_controller": ("Nobody is found to control it.", "未发现控制人。"),
    "beneficial": ("Beneficial owners: {names}.", "受益所有人：{names}。"),
    "no_beneficial": ("No beneficial owner is found.", "未发现受益所有人。"),
    "holders": (
        "Organisations that hold {share} or more, looked through: {names}.",
        "穿透持股{share}以上的单位：{names}。",
    ),
    "unknown": ("What is not known, and where to look it up", "尚不掌握的信息及查询途径"),
    "unknown_none": (
        "All that these rules expect to be known of such a party is known.",
        "所需信息均已掌握。",
    ),
    "searched_last": (
        "{title}: last searched {day}, too old to count",
        "{title}：最近查询于{day}，已过时",
    ),
    "not_searched": ("{title}: not searched", "{title}：未查询"),
    "repair": ("What would lift its grade", "如何提升等级"),
    "repair_then": (
        "Repair of {titles}: {score} points, grade {grade}.",
        "修复{titles}后：{score}分，{grade}级。",
    ),
    "repair_from": (" All of it: {day} at the earliest.", "全部完成最早在{day}。"),
    "repair_others": (
        " Where another is named, the step is theirs to take.",
        "注明其他主体的，须由该主体办理。",
    ),
    "repair_unrated": (
        "Repair of {titles}: {score} points, but too little is known to be rated.",
        "修复{titles}后：{score}分，但信息不足，仍不予评级。",
    ),
    "repair_never": (
        "Repair of records alone does not reach a better grade.",
        "仅修复记录不足以提升等级。",
    ),
    "foot": (
        "Rules: {policy} {version}, fingerprint {mark}. Natural persons stand under pseudonyms and are never scored. "
        "Not legal advice, and no decision: a person signs.",
        "规则包：{policy} {version}，指纹{mark}。自然人以代号显示，不予评分。本报告不构成法律意见，亦非决定，须由人员签署。",
    ),
    "foot_named": (
        "Rules: {policy} {version}, fingerprint {mark}. Natural persons are named, for: {purpose}. "
        "Not legal advice, and no decision: a person signs.",
        "规则包：{policy} {version}，指纹{mark}。已显示自然人姓名，用途：{purpose}。本报告不构成法律意见，亦非决定，须由人员签署。",
    ),
    "signed": ("Reviewed by, on", "审核人、日期"),
    "page": ("page", "第"),
}


def say(key: str, lang: Language, **values: Any) -> str:
    """Words by key, in a language."""
    return _WORDS[key][lang == "zh"].format(**values).replace("..", ".")


def day_words(day: str | None, lang: Language) -> str:
    """A day (ISO) as people write it."""
    if day is None:
        return ""
    year, month, number = (int(part) for part in day.split("-"))
    if lang == "zh":
        return f"{year}年{month}月{number}日"
    return f"{number} {_MONTHS[month - 1]} {year}"


_MONTHS: Final = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]

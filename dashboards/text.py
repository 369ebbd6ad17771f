"""The words of the screens, in English and Chinese. Chinese is written, not translated."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal

__all__ = ["TEXT", "Language", "day", "number", "percent", "points", "say"]

Language = Literal["en", "zh"]

TEXT: Final[dict[str, tuple[str, str]]] = {
    # the frame
    "app": ("trustgraph", "trustgraph"),
    "skip": ("Skip to content", "跳至正文"),
    "search": ("Search a company or a code", "搜索企业名称或代码"),
    "search_long": (
        "A name in Chinese or English, a credit code, an LEI.",
        "中文或英文名称、统一社会信用代码、LEI编码。",
    ),
    "search_label": ("Search", "搜索"),
    "suggestions": ("Suggestions", "候选结果"),
    "as_of_label": ("as of", "截至"),
    "as_of": ("as of {day}", "截至{day}"),
    "language": ("Language", "语言"),
    "theme": ("Light or dark", "浅色或深色"),
    "home": ("Home", "首页"),
    "nothing_found": (
        "Nothing found for “{text}”. Try a part of the name, or the credit code.",
        "未找到“{text}”。可尝试名称的一部分或统一社会信用代码。",
    ),
    "coverage_short": ("cov. {share}", "覆盖 {share}"),
    "little_known": ("little known", "信息不足"),
    # home
    "hero": ("Can we trust them, and why?", "能否信任？依据何在？"),
    "register": ("This register", "本登记库"),
    "counts": (
        "{organisations} organisations · {persons} persons, never scored · "
        "{relationships} relationships · {records} records",
        "{organisations}家单位 · {persons}名自然人（不评分） · {relationships}条关系 · {records}条记录",
    ),
    "sources": ("Sources", "信息来源"),
    "never_searched": ("never searched", "从未查询"),
    "stale": ("{when}, too old to count", "{when}，已过时"),
    "last_searched": ("last searched", "最近查询"),
    "grade_bar": ("How many organisations have which grade", "各等级单位数量"),
    "too_little": ("too little known", "信息不足"),
    # company
    "points_of": ("points · {base} to begin with", "分（以{base}分起算）"),
    "grade": ("Grade {grade}", "{grade}级"),
    "not_rated": ("Not rated", "暂不评级"),
    "coverage": ("Coverage", "信息覆盖率"),
    "missing": ("what is missing", "缺少哪些"),
    "coverage_words": ("how much there was to judge by", "据以评价的信息是否充分"),
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
    "why_points": ("Why {score} points", "{score}分的由来"),
    "adds_up": ("All lines add up to it exactly: {count}.", "共{count}行，合计即得分。"),
    "own_record": ("own record", "自身记录"),
    "market": ("market exposure: no legal duty", "关联影响（无法律义务）"),
    "line": ("Line", "项目"),
    "points": ("Points", "分值"),
    "base": ("Base", "基准分"),
    "score": ("Score", "得分"),
    "exposure_cap": ("Market exposure counts no further", "关联影响封顶"),
    "clamp": ("No score lies below {floor} or above {ceiling}", "得分以{floor}至{ceiling}为限"),
    "void": ("does not count beside a black-list record", "有失信记录，该项不计"),
    "of_party": ("{title} of {name}", "{name}：{title}"),
    "decided": ("decided {day}", "{day}作出"),
    "until_term": ("ends {day} by its term", "{day}期满"),
    "until": ("ends {day} as stated", "载明至{day}"),
    "open": ("stands until performed, cured or removed", "持续至履行、纠正或移出"),
    "old": ("older than usual: check the source", "已超过通常时长，请核对来源"),
    "amount": ("¥ {amount}", "金额{amount}元"),
    "sum_line": ("{own} points × {reach} = {points}", "{own}分 × {reach} = {points}"),
    "habit": ("rule {rule} · market habit, no article", "规则{rule}；市场惯例，无法律条文"),
    "assumed": ("assumed", "推定"),
    "one_of": ("one of {count}", "{count}家之一"),
    "sure": ("sure to {share}", "可信度{share}"),
    "law": ("What the law attaches", "依法产生的后果"),
    "no_law": (
        "No consequence of law reaches this party as of the day.",
        "截至该日，未发现依法及于该主体的后果。",
    ),
    "own_measures": ("Its own records bring upon it", "自身记录带来的措施"),
    "force_A": ("automatic", "自动适用"),
    "force_B": ("if an authority names it", "须经机关指名"),
    "force_C": ("for one bid", "限于同一标段"),
    "force_D": ("liability, by a court", "民事责任，须经法院"),
    "force_E": ("market", "市场"),
    "consequence_count": ("{count} in all", "共{count}项"),
    "conditional": ("to be checked", "须核实"),
    "possible": ("possible", "可能"),
    "only_if": ("Applies only if: {words} Check.", "适用条件：{words}请核实。"),
    "not_beside": (
        "Must not bid for the same lot beside {count} of those here:",
        "不得与下列{count}家单位参加同一标段投标：",
    ),
    "and_more": ("and {count} more", "等另外{count}家"),
    "because_of": ("because of {title}, {name}", "因{name}：{title}"),
    "clear": ("What would clear it", "如何改善"),
    "score_then": (
        "The score would then be {score}, grade {grade}.",
        "届时得分为{score}，等级{grade}。",
    ),
    "too_little_then": (
        "Too little is known for that grade: it would stay unrated.",
        "但已知信息不足以评为该级，仍不予评级。",
    ),
    "no_repair_of": ("The law knows no repair of these:", "下列记录法律未规定修复途径："),
    "possible_from": ("possible from {day}", "最早{day}"),
    "possible_now": ("possible since {day}", "{day}起已可申请"),
    "clear_none": ("It has the best grade of this pack.", "已是最高等级。"),
    "clear_held": (
        "No repair of a record changes this grade: {by}.",
        "修复记录不能改变等级：{by}。",
    ),
    "clear_impossible": (
        "Repairs of its own records alone do not reach a better grade.",
        "仅修复自身记录不足以提升等级。",
    ),
    "held_status": ("the registration status decides it", "由登记状态决定"),
    "held_blocked": ("being blocked decides it", "由被封锁决定"),
    "repair_on_performance": (
        "{title}: perform what is owed; the entry is then removed.",
        "{title}：履行义务后移出。",
    ),
    "repair_on_performance_or_security": (
        "{title}: perform what is owed, or give security for it.",
        "{title}：履行义务或提供担保。",
    ),
    "repair_on_payment": ("{title}: pay what is owed.", "{title}：缴清欠款。"),
    "repair_on_cure": (
        "{title}: put it right; the entry is then removed.",
        "{title}：纠正后移出。",
    ),
    "repair_on_application": (
        "{title}: put it right, then apply for repair.",
        "{title}：纠正后申请修复。",
    ),
    "repair_on_verification": (
        "{title}: have it verified that it was put right.",
        "{title}：纠正并经核实后移出。",
    ),
    "repair_by_decision": (
        "{title}: only the authority can remove it.",
        "{title}：须由主管机关决定移出。",
    ),
    "repair_auto": ("{title}: it leaves by itself at its end.", "{title}：期满自动移出。"),
    "repair_no": ("{title}: the law knows no repair of it.", "{title}：法律未规定修复途径。"),
    "repair_other": (
        "{title}: ask the authority how it can be repaired.",
        "{title}：修复途径请向主管机关咨询。",
    ),
    "unknown": ("What we do not know", "尚不掌握的信息"),
    "unknown_none": ("Everything expected of such a party is known.", "所需信息均已掌握。"),
    "searched_last": (
        "{title}: last searched {day}, too old to count",
        "{title}：最近查询于{day}，已过时",
    ),
    "history": ("Score over five years", "近五年得分"),
    "history_wait": ("Working out sixty months…", "正在计算六十个月的得分……"),
    "owners": ("Who is behind it", "股东与控制人"),
    "owner": ("Owner", "股东"),
    "holds": ("holds", "直接持股"),
    "looks": ("looks through to", "穿透持股"),
    "nobody_known": ("not stated", "未载明"),
    "controllers": ("Controllers: {names}.", "控制人：{names}。"),
    "no_controller": ("Nobody is found to control it.", "未发现控制人。"),
    "beneficial": (
        "Beneficial owners ({share} or more): {names}.",
        "受益所有人（{share}以上）：{names}。",
    ),
    "no_beneficial": ("No beneficial owner is found.", "未发现受益所有人。"),
    "owned": ("What it owns", "对外投资"),
    "owns_nothing": ("It is not known to own anything.", "未发现对外投资。"),
    "blocked_yes": ("Blocked through {names}.", "因{names}被封锁。"),
    "blocked_possible": ("Possibly blocked through {names}.", "可能因{names}被封锁。"),
    "records": ("Its own records", "自身记录"),
    "no_records": ("No record of its own counts as of the day.", "截至该日无有效的自身记录。"),
    "others": ("Records that do not count", "不计入的记录"),
    "record_ended_by_term": ("ended by its term on {day}", "{day}期满"),
    "record_ended": ("ended as stated on {day}", "载明于{day}届满"),
    "record_not_yet": ("not yet decided on this day", "截至当日尚未作出"),
    "record_withdrawn": ("withdrawn", "已撤销"),
    "record_void": ("does not count beside a black-list record", "有失信记录，该项不计"),
    "record_no_type": ("no version of this type is in force", "该类型当日无有效规则"),
    "repaired_count": (
        "{count} repaired records are counted here and not shown.",
        "另有{count}条已修复记录，不予展示。",
    ),
    "active": ("Active", "存续"),
    "revoked": ("Licence revoked", "吊销"),
    "deregistered": ("Deregistered", "注销"),
    "since": ("since {day}", "成立于{day}"),
    "person": (
        "A natural person: shown under a pseudonym, never scored or graded.",
        "自然人：以代号显示，不评分、不评级。",
    ),
    "notice": ("Note: {notice}", "提示：{notice}"),
    "copied": ("Copy the code", "复制代码"),
    # graph
    "graph_of": ("What stands around {name}", "{name}的关联图谱"),
    "graph_picture": (
        "A graph of {count} parties; the table below says the same.",
        "含{count}个主体的图谱，下表内容相同。",
    ),
    "graph_shown": ("Show", "显示"),
    "line_own": ("ownership", "股权"),
    "line_law": ("posts and control", "任职与控制"),
    "line_market": ("trade: no legal duty", "往来（无法律义务）"),
    "record_mark": ("records of its own", "自身记录数"),
    "letter_mark": ("grade, of organisations", "单位等级"),
    "pack": ("{name} · pack {policy} {version}", "{name} · 规则包{policy} {version}"),
    "choose_day": ("Look at another day", "选择日期"),
    "show_evidence": ("Evidence only", "仅证据"),
    "show_around": ("All around", "全部关联"),
    "relationships": ("Relationships", "关系"),
    "parties": ("Parties", "主体"),
    "ended": ("ended before the day", "此前已终止"),
    "show_past": ("Show ended relationships, too", "同时显示已终止的关系"),
    "hide_past": ("Hide ended relationships", "隐藏已终止的关系"),
    "shown_of": (
        "Shown {shown} of {within} within two steps.",
        "两步以内共{within}个主体，已显示{shown}个。",
    ),
    "shown_evidence": (
        "Shown are the {shown} parties on the chains behind its points and consequences.",
        "已显示得分与后果所依据的关联链上的{shown}个主体。",
    ),
    "left_row": ("{kind} {count}", "{kind}{count}"),
    "left_out": ("Beside them, not shown: {items}.", "另有未显示：{items}。"),
    "as_table": ("The same as a table", "同内容表格"),
    "head_office": (
        "Branch of {name}, with which it is one legal person: {verdicts}",
        "系{name}的分支机构，二者为同一法人：{verdicts}",
    ),
    "same_code": (
        "Another entry has the same code, {name}: {verdicts}",
        "另一条目载有相同代码，{name}：{verdicts}",
    ),
    "no_verdict": ("nothing is said of it", "无提示"),
    "listed_behind": ("Behind it, on a black list: {names}", "其背后主体已列入失信名单：{names}"),
    "looked_through": ("{name} ({share})", "{name}（{share}）"),
    "not_yet_title": ("It did not exist yet", "该主体当时尚不存在"),
    "not_yet": (
        "{name} was founded on {day}. Of the day looked at there is nothing to say.",
        "{name}成立于{day}，所选日期尚无可评价的内容。",
    ),
    "see_last": ("See it as of {day}", "查看截至{day}的情况"),
    "existence_ended": (
        "Its end is stated as {day}, though its status does not say so: look it up.",
        "所载终止日期为{day}，但登记状态与此不符，请核实。",
    ),
    "existence_later": (
        "It was deregistered on {day}: as of this day it still existed.",
        "该主体于{day}注销，截至该日尚存。",
    ),
    "on_black_list": ("on a black list", "已列入失信名单"),
    "in_ring": ("owns itself through a ring", "循环持股"),
    "holders": (
        "Organisations that hold {share} or more, looked through: {names}.",
        "穿透持股{share}以上的单位：{names}。",
    ),
    "source_of": ("Source: {source}", "来源：{source}"),
    "head_from": ("From", "起"),
    "head_relationship": ("Relationship", "关系"),
    "head_to": ("To", "至"),
    "head_share": ("Share", "比例"),
    "head_start": ("Since", "始于"),
    "head_end": ("Until", "止于"),
    "open_graph": ("Open graph", "查看图谱"),
    "open_page": ("Open page", "查看详情"),
    "evidence_only": ("Evidence only", "仅看证据"),
    "kind_shareholder": ("holds shares", "持股"),
    "kind_legal_representative": ("legal representative", "法定代表人"),
    "kind_director": ("director", "董事"),
    "kind_supervisor": ("supervisor", "监事"),
    "kind_senior_manager": ("senior manager", "高级管理人员"),
    "kind_responsible_person": ("person responsible", "直接责任人员"),
    "kind_employee": ("employee", "员工"),
    "kind_actual_controller": ("actual controller", "实际控制人"),
    "kind_branch": ("branch", "分支机构"),
    "kind_supplier": ("supplies", "供货"),
    "kind_guarantor": ("guarantees", "担保"),
    "kind_contractor": ("contractor", "承包"),
    "kind_consortium": ("consortium", "联合体"),
    "kind_successor": ("successor", "承继"),
    "kind_affiliate": ("affiliate", "关联"),
    "kind_possibly_same": ("possibly the same", "疑似同一"),
    "party_company": ("company", "企业"),
    "party_branch": ("branch", "分支机构"),
    "party_person": ("person, masked", "自然人（已脱敏）"),
    "party_public_body": ("public body", "公共机构"),
    "party_other": ("other organisation", "其他组织"),
    # states
    "loading": ("Loading…", "加载中……"),
    "not_here_title": ("This run does not have that party", "本次评价中没有该主体"),
    "not_here": (
        "“{entity}” is not in this register as of {day}. Search for the name: it may go by another code.",
        "截至{day}，登记库中没有“{entity}”。请按名称搜索，其代码可能不同。",
    ),
    "future_title": ("Nothing is known of that day", "该日期尚无信息"),
    "future": (
        "{day} lies after the day of this register, {last}: what will be recorded until then nobody knows.",
        "{day}晚于本登记库的日期{last}，其间将发生的记录无从知晓。",
    ),
    "no_page_title": ("There is no such page", "页面不存在"),
    "no_page": (
        "The address leads nowhere. Search for a company above.",
        "该地址无对应页面，请在上方搜索企业。",
    ),
    "error_title": ("Something went wrong here", "此处出现问题"),
    "error": (
        "Nothing was changed. Try again; if it happens again, quote the reference {reference}.",
        "数据未受影响。请重试；如仍出现，请提供编号{reference}。",
    ),
}


def say(key: str, lang: Language, **values: Any) -> str:
    """Words of the screens by key, in a language."""
    words = TEXT[key][lang == "zh"].format(**values)
    return words.replace("..", ".")  # a name may end with the point of "Ltd."


def day(given: str | dt.date | None, lang: Language) -> str:
    """A day as people write it."""
    if given is None:
        return ""
    one = dt.date.fromisoformat(given) if isinstance(given, str) else given
    if lang == "zh":
        return f"{one.year}年{one.month}月{one.day}日"
    return f"{one.day} {one:%b} {one.year}"


def number(value: float) -> str:
    """A whole number, in groups of three."""
    return f"{value:,.0f}"


def points(value: float, *, signed: bool = False) -> str:
    """Points to two decimals, with a true minus sign."""
    text = f"{value:+,.2f}" if signed else f"{value:,.2f}"
    return text.replace("-", "−")


def percent(low: float, high: float | None = None) -> str:
    """A share, or a range of shares."""

    def one(value: float) -> str:
        return f"{100 * value:.2f}".rstrip("0").rstrip(".")

    if high is None or one(low) == one(high):
        return f"{one(low)} %"
    return f"{one(low)} – {one(high)} %"

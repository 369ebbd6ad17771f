"""The frame around what a pack says, in English and Chinese. Words alone, nothing is done here."""

from __future__ import annotations

from typing import Final, Literal

__all__ = ["REPAIR_WORDS", "TEXT", "Language"]

Language = Literal["en", "zh"]

# Chinese as reports write it: full-width marks, and no spaces between words or around figures.
TEXT: Final[dict[str, tuple[str, str]]] = {
    "title": ("{name}  ({entity})", "{name}（{entity}）"),
    "as_of": ("as of {day} · policy {policy}", "截至{day}；政策包：{policy}"),
    "listed_behind": (
        "Behind it, on a black or countermeasure list: {names}",
        "其背后主体已列入失信或反制名单：{names}",
    ),
    "notice": ("NOTE: {notice}", "提示：{notice}"),
    "not_rated": (
        "score {score} · not rated · coverage {coverage}",
        "得分：{score}；不予评级；信息覆盖率：{coverage}",
    ),
    "why_record": (
        "the score alone would be grade {band}; its record caps it: {title} ({by})",
        "仅按得分为{band}级；因自身记录受限：{title}（编号{by}）",
    ),
    "why_rule": (
        "the score alone would be grade {band}; the law caps it: {title} ({by})",
        "仅按得分为{band}级；因法律后果受限：{title}（{by}）",
    ),
    "why_status": (
        "the score alone would be grade {band}; the registration status caps it: {by}",
        "仅按得分为{band}级；因登记状态受限：{by}",
    ),
    "why_blocked": (
        "the score alone would be grade {band}; being blocked caps it",
        "仅按得分为{band}级；因被封锁受限",
    ),
    "why_coverage": (
        "too little is known for grade {band}; first look up: {items}",
        "已知信息过少，不足以评为{band}级；宜先查询：{items}",
    ),
    "why_gone": (
        "who is deregistered is not rated",
        "已注销的主体不予评级",
    ),
    "active": ("active", "存续"),
    "revoked": ("revoked", "吊销"),
    "deregistered": ("deregistered", "注销"),
    "others_title": ("Own records that do not count", "不计入的自身记录"),
    "why_ended_by_term": ("ended by its term on {day}", "已于{day}依法定期限届满"),
    "why_ended": ("ended on {day}, as stated", "已于{day}按所载日期届满"),
    "why_not_yet": ("not yet decided on this day", "截至当日尚未作出"),
    "why_void": ("void: a black-list record counts", "不计分：存在有效的失信名单记录"),
    "why_withdrawn": ("withdrawn", "已撤销"),
    "why_no_type": ("no version of this type is in force", "该类型当日无有效规则"),
    "repaired_count": ("{count} repaired, not shown", "另有{count}条已修复，不予展示"),
    "erased_count": ("{count} past retention, not shown", "另有{count}条已过保存期限，不予展示"),
    "old": ("older than usual, check the source", "超过通常时长，请核对来源"),
    "no_law_further": (
        "The rules of this pack attach nothing further to this party.",
        "本规则包未发现及于该主体的其他法律后果。",
    ),
    "held_status": (
        "repair of records cannot do it while the registration status stands",
        "登记状态不变，修复记录也无法达到该等级。",
    ),
    "held_blocked": (
        "repair of its records cannot do it while it is blocked",
        "仍被封锁期间，修复记录也无法达到该等级。",
    ),
    "person": (
        "A natural person: never scored or graded, only named where the law names them.",
        "自然人不予评分、评级，仅在法律后果及于本人时列示。",
    ),
    "score": (
        "score {score} · grade {grade} · coverage {coverage}",
        "得分：{score}；等级：{grade}；信息覆盖率：{coverage}",
    ),
    "stale": ("{title} (last searched on {day})", "{title}（最近查询于{day}）"),
    "unknown": ("not known: {items}", "未掌握的信息：{items}"),
    "ledger": ("Ledger (sums to the score)", "分数明细（各项之和即为得分）"),
    "base": ("base", "基准分"),
    "own": ("own record", "自身记录"),
    "exposure": ("market exposure", "关联影响"),
    "exposure_cap": ("exposure cap gives back", "关联影响封顶冲回"),
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
    "until": ("until {day}, as stated", "所载有效期至{day}"),
    "until_term": ("until {day} by its term", "依法定期限至{day}"),
    "open": ("until it is cured or lifted", "持续至纠正或解除为止"),
    "hops": ("reach {reach} over {hops} step(s)", "经{hops}层关系传导，传导系数为{reach}"),
    "strength": ("  × {strength}", "（×{strength}）"),
    "strength_by": ("  × {strength} [{rule}]", "（×{strength}，{rule}）"),
    "ownership": (
        "Ownership and control (`trustgraph owners` tells more)",
        "股权与控制（详见trustgraph owners）",
    ),
    "head_office": (
        "Branch of {name}, with which it is one legal person: {verdicts}",
        "系{name}的分支机构，二者为同一法人：{verdicts}",
    ),
    "same_code": (
        "Another entry has the same code, {name}: {verdicts}. One is wrong, or both are one party",
        "另一条目载有相同代码，{name}：{verdicts}。两者必有一误，或为同一主体",
    ),
    "nothing_on": ("nothing said of it", "无提示"),
    "not_yet": (
        "It was founded on {day}: as of this day it did not exist",
        "该主体成立于{day}，截至该日尚不存在",
    ),
    "ended": (
        "Its end is stated as {day}, though its status does not say so: look it up",
        "所载终止日期为{day}，但登记状态与此不符，请核实",
    ),
    "later": (
        "It was deregistered on {day}: as of this day it still existed",
        "该主体于{day}注销，截至该日尚存",
    ),
    "listed_itself": ("BLOCKED: it is itself listed", "被封锁：自身被列入清单"),
    "held_by_listed": (
        "listed or blocked parties hold {share} of it together, which does not block it",
        "被列入或被封锁的主体合计持股{share}，未达封锁标准",
    ),
    "owners_known": (
        "its owners are known for {share} of it only: who holds the rest may be listed",
        "已知股东仅占{share}，其余股东可能被列入清单",
    ),
    "objected": ("an objection is pending", "已提出异议，尚待处理"),
    "under_review": ("under review", "复议或诉讼中"),
    "owned_yes": ("BLOCKED, through {names}", "被封锁，涉及：{names}"),
    "owned_possible": ("POSSIBLY BLOCKED, through {names}", "可能被封锁，涉及：{names}"),
    "beneficial_owners_yes": ("beneficial owners: {names}", "受益所有人：{names}"),
    "beneficial_owners_possible": (
        "possible beneficial owners: {names}",
        "可能的受益所有人：{names}",
    ),
    "large_owners_yes": (
        "organisations that hold {share} or more, looked through: {names}",
        "穿透持股{share}以上的单位：{names}",
    ),
    "large_owners_possible": (
        "organisations that may hold {share} or more, looked through: {names}",
        "可能穿透持股{share}以上的单位：{names}",
    ),
    "on_black_list": (" (on a black or countermeasure list)", "（已列入失信或反制名单）"),
    "controllers_yes": ("controlled by {names}", "控制人：{names}"),
    "controllers_possible": ("possibly controlled by {names}", "可能的控制人：{names}"),
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
    "unrated_then": (
        "{words} (too little is known for that grade)",
        "{words}（但已知信息不足以评为该级）",
    ),
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
        "repair {how}, {months} months after the decision at the earliest: from {day}",
        "修复方式：{how}，最早须自决定之日起满{months}个月，即{day}起",
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

REPAIR_WORDS: Final[dict[str, tuple[str, str]]] = {
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

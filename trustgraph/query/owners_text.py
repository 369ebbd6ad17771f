"""Owners and holdings as lines of text, in English or Chinese. Pure: dictionaries in, lines out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

__all__ = ["OWNED_SHOWN", "owned_lines", "owners_lines", "share_words"]

Language = Literal["en", "zh"]

OWNED_SHOWN: Final = 50
"""Holdings that a list shows; the others are counted."""

ANSWERS_SHOWN: Final = 20
"""Controllers that a list shows; the others are counted."""

_TEXT: Final[dict[str, tuple[str, str]]] = {
    "title": ("{name} ({entity})", "{name}（{entity}）"),
    "as_of": ("as of {day} · policy {policy}", "截至{day}；政策包：{policy}"),
    "owners": (
        "Owners: share held directly | looked through, in the company asked about",
        "股东：直接持股｜穿透后在目标公司的持股",
    ),
    "none": ("No owner is known.", "未掌握任何股东信息。"),
    "overfull": (
        (
            "Its owners contradict one another: they state {share} together. Looked through, shares"
            " are scaled to 100 %, and no answer that rests on them is sure."
        ),
        "股东信息相互矛盾：持股合计{share}。穿透计算时按100%折算，据此得出的结论均不确定。",
    ),
    "nobody": ("nobody known", "未知股东"),
    "stands_for": ("  (stands for somebody unknown)", "（代表未知人士）"),
    "ring": ("  (a ring: see above)", "（循环持股，见上）"),
    "seen": ("  (its owners: see above)", "（其股东见上）"),
    "deeper": ("  (its owners are not shown: too deep)", "（层级过深，其股东未列出）"),
    "listed": ("  LISTED", "【被列入清单】"),
    "blocked_yes": ("  BLOCKED", "【被封锁】"),
    "blocked_possible": ("  possibly blocked", "【可能被封锁】"),
    "cut": ("… and {count} more owners", "……另有{count}名股东"),
    "controllers": (
        "Controllers (a chain of majorities, or a record)",
        "控制人（逐层控股或已登记）",
    ),
    "beneficial_owners": (
        "Beneficial owners (from {share}, looked through or directly)",
        "受益所有人（穿透或直接持股{share}起）",
    ),
    "no_beneficial_owner": ("No beneficial owner is found.", "未发现受益所有人。"),
    "at_most": (
        "majorities or a record, at the upper bounds",
        "按上限计算的逐层控股或登记",
    ),
    "no_controller": ("Nobody is found to control it.", "未发现控制人。"),
    "answer": (
        "{answer}: {name}: {share} looked through; by {basis}",
        "{answer}：{name}，穿透持股{share}；依据：{basis}",
    ),
    "integrated": ("look-through share", "穿透持股"),
    "majority": ("chain of majorities", "逐层控股"),
    "recorded": ("record", "登记"),
    "last_resort": ("default (nobody else)", "推定（无其他人选）"),
    "cascade": ("the 50 % rule", "50%规则"),
    "control": ("control of it", "控制关系"),
    "yes": ("yes", "是"),
    "possible": ("possible", "可能"),
    "no": ("no", "否"),
    "reached": ("{share} or more", "达到{share}"),
    "exceeded": ("more than {share}", "超过{share}"),
    "is_listed": ("BLOCKED: it is itself listed.", "被封锁：自身被列入清单。"),
    "verdict_yes": (
        "BLOCKED: {who} hold {held} of it ({need} is enough).",
        "被封锁：{who}持股{held}（标准：{need}）。",
    ),
    "verdict_possible": (
        "POSSIBLY BLOCKED: {who} hold {held} ({need} is enough).",
        "可能被封锁：{who}持股{held}（标准：{need}）。",
    ),
    "verdict_yes_by_control": (
        "BLOCKED: a listed or blocked party controls it, which is enough; they hold {held} of it.",
        "被封锁：受被列入或被封锁的主体控制（控制即足够）；其合计持股{held}。",
    ),
    "verdict_possible_by_control": (
        "POSSIBLY BLOCKED: a listed or blocked party may control it: enough; they hold {held}.",
        "可能被封锁：可能受被列入或被封锁的主体控制（控制即足够）；其合计持股{held}。",
    ),
    "verdict_no": (
        "Not blocked: {who} hold {held} of it ({need} is needed).",
        "未被封锁：{who}持股{held}（标准：{need}）。",
    ),
    "verdict_no_by_control": (
        "Not blocked: {who} hold {held} ({need} is needed); none controls it.",
        "未被封锁：{who}持股{held}（标准：{need}），亦未发现其控制该主体。",
    ),
    "together": ("listed or blocked parties together", "被列入或被封锁的主体合计"),
    "apart": (
        "any one listed party and those blocked through it (others are not added)",
        "任一被列入主体及因其被封锁者（不与其他被列入主体合计）",
    ),
    "notice": ("NOTE: {notice}", "提示：{notice}"),
    "known": (
        "Its owners are known for {share} of it only: this holds as far as they are known.",
        "已知股东仅占{share}，以上结论仅就已知股东而言。",
    ),
    "through": ("through {chain}", "路径：{chain}"),
    "far": ("through a chain too long to show", "路径过长，未列出"),
    "blocked_below": (
        "blocked though it looks through to {share} only: holdings are summed, never multiplied",
        "穿透持股仅{share}仍被封锁：该规则逐层合计被封锁主体的持股，不相乘",
    ),
    "not_blocked": (
        "not blocked though it looks through to {share}: blocked parties hold {held} directly",
        "穿透持股{share}仍未被封锁：被封锁主体直接合计持股仅{held}",
    ),
    "blocked_by_control": (
        "blocked by control: together they hold only {held}",
        "因控制而被封锁：合计持股仅{held}",
    ),
    "blocked_nominee": (
        "what it holds counts in this rule, although it is unknown for whom it holds",
        "虽不知其代何人持股，其所持股份在该规则下仍计入",
    ),
    "by_majority": (
        "controls by majorities all the way, although looked through it holds only {share}",
        "穿透持股仅{share}，但逐层控股",
    ),
    "by_recorded": (
        "controls by record, although looked through it holds only {share}",
        "穿透持股仅{share}，但登记为实际控制人",
    ),
    "by_last_resort": (
        "stands in, since nobody is found to own or control enough",
        "因无人达到持股或控制标准而推定",
    ),
    "owned": ("Holdings, by look-through share", "持股与控制（按穿透持股排序）"),
    "owned_none": ("Nothing is known that it owns or controls.", "未掌握其持股或控制的主体。"),
    "owned_row": ("{share}  {name}{notes}", "{share}　{name}{notes}"),
    "direct": ("directly {share}", "直接{share}"),
    "controller_of": ("controller: {answer}", "控制：{answer}"),
    "beneficial_owner_of": ("beneficial owner: {answer}", "受益所有：{answer}"),
    "by": ("by {basis}", "依据：{basis}"),
    "rule": ("50 % rule: {answer}", "50%规则：{answer}"),
    "if_listed": ("if it were listed: {answer}", "若其被列入：{answer}"),
    "more_answers": (
        "  … and {count} more; --json gives all",
        "  ……另有{count}项，--json可列出全部",
    ),
    "more": ("… and {count} more; --json gives all", "……另有{count}家，--json可列出全部"),
}


def _say(key: str, lang: Language, **values: object) -> str:
    return _TEXT[key][lang == "zh"].format(**values)


def share_words(bounds: Mapping[str, float], lang: Language = "en") -> str:
    """A share as per cent: one figure, or its two bounds."""
    low, high = (_percent(bounds[key], lang) for key in ("low", "high"))
    return low if low == high else f"{low.rstrip(' %')}–{high}"


def _percent(share: float, lang: Language) -> str:
    return f"{round(share * 100, 4):g}{'%' if lang == 'zh' else ' %'}"


def _named(name: str, entity: str, lang: Language) -> str:
    """A name with its id; a masked person's name has its code in it already."""
    return name if name.endswith(entity) else _say("title", lang, name=name, entity=entity)


def _day(text: str, lang: Language) -> str:
    if lang == "en":
        return text
    year, month, day = text.split("-")
    return f"{year}年{int(month)}月{int(day)}日"


def owners_lines(found: dict[str, Any], lang: Language = "en") -> Iterator[str]:
    """The tree of owners, who controls, and whether it is blocked; as ``owners_of`` gives them."""
    yield from _head(found, "entity", lang)
    if not found["owners"]:
        yield _say("none", lang)
    else:
        yield _say("owners", lang)
        yield from _branches(found["owners"], "", lang)
    if found["cut"]:
        yield _say("cut", lang, count=found["cut"])
    if found["overfull"]:
        yield _say("overfull", lang, share=_percent(found["stated"], lang))
    yield ""
    for key, none, column in (
        ("controllers", "no_controller", "controller"),
        ("beneficial_owners", "no_beneficial_owner", "beneficial_owner"),
    ):
        if found[key]:
            yield _say(key, lang, share=_percent(found["threshold"], lang))
        else:
            yield _say(none, lang)
        yield from _answers(found[key], column, lang)
    if "blocked" in found:
        yield ""
        yield from _verdict(found, lang)
        yield from _answers(found["blocked_through"], "cascade", lang)


def _verdict(found: dict[str, Any], lang: Language) -> Iterator[str]:
    """Whether it is blocked, why, and how far that can be said."""
    if found["listed"]:
        yield _say("is_listed", lang)
        return
    threshold = _percent(found["cascade_threshold"], lang)
    need = _say("exceeded" if found["more_than"] else "reached", lang, share=threshold)
    answer, held = found["blocked"], share_words(found["held"], lang)
    by_control = found["blocked_by"] == "control" or (answer == "no" and found["by_control"])
    key = f"verdict_{answer}" + "_by_control" * by_control
    who = _say("together" if found["summed"] else "apart", lang)
    yield _say(key, lang, held=held, need=need, who=who)
    if found["note"] and (answer != "no" or found["held"]["high"] > 0):
        yield _say("notice", lang, notice=found["note"])
    if answer == "no" and found["stated"] < 1:
        yield _say("known", lang, share=_percent(found["stated"], lang))


def _answers(rows: Sequence[dict[str, Any]], key: str, lang: Language) -> Iterator[str]:
    for row in rows[:ANSWERS_SHOWN]:
        yield from _answer_lines(row, key, lang)
    if len(rows) > ANSWERS_SHOWN:
        yield _say("more_answers", lang, count=len(rows) - ANSWERS_SHOWN)


def _head(found: dict[str, Any], key: str, lang: Language) -> Iterator[str]:
    yield _named(found["name"], found[key], lang)
    policy = f"{found['policy']['name']} {found['policy']['version']}"
    yield _say("as_of", lang, day=_day(found["as_of"], lang), policy=policy)
    if found["notice"]:
        yield _say("notice", lang, notice=found["notice"])
    yield ""


def _branches(nodes: Sequence[dict[str, Any]], pad: str, lang: Language) -> Iterator[str]:
    for place, node in enumerate(nodes):
        last = place == len(nodes) - 1
        shares = share_words(node["direct"], lang)
        if node["owner"] is None:
            yield f"{pad}{'└─ ' if last else '├─ '}{shares}  {_say('nobody', lang)}"
            continue
        marks = [key for key in ("ring", "seen", "deeper", "listed") if node[key]]
        if node["unknown"]:
            marks.append("stands_for")
        elif node["blocked"] != "no" and not node["listed"]:
            marks.append(f"blocked_{node['blocked']}")
        if node["look_through"] is not None and not node["unknown"]:
            shares += f" | {share_words(node['look_through'], lang)}"
        title = _named(node["name"], node["owner"], lang)
        said = "".join(_say(mark, lang) for mark in marks)
        yield f"{pad}{'└─ ' if last else '├─ '}{shares}  {title}{said}"
        yield from _branches(node["owners"], pad + ("   " if last else "│  "), lang)


def _basis(basis: str, lang: Language) -> str:
    return ("、" if lang == "zh" else ", ").join(_say(part, lang) for part in basis.split("+"))


def _answer_lines(row: dict[str, Any], key: str, lang: Language) -> Iterator[str]:
    answer = _say(row[key], lang)
    share = share_words(row["look_through"], lang)
    basis = row["basis"]
    if key == "cascade":
        by_control = any(reason["code"] == "blocked_by_control" for reason in row["why"])
        basis = "control" if by_control else "cascade"
    elif key == "controller":
        # A share that reaches the threshold makes nobody a controller.
        ways = [way for way in basis.split("+") if way != "integrated"]
        basis = "+".join(ways) or "at_most"
    words = _basis(basis, lang)
    said = _say("answer", lang, answer=answer, name=row["name"], basis=words, share=share)
    yield f"  {said}"
    if len(row["names"]) > 1:
        yield f"    {_say('through', lang, chain=' → '.join(row['names']))}"
    elif not row["names"]:
        yield f"    {_say('far', lang)}"
    for reason in row["why"]:
        if reason["code"].startswith("blocked_") == (key == "cascade"):
            share, held = share_words(reason, lang), share_words(reason["held"], lang)
            yield f"    {_say(reason['code'], lang, share=share, held=held)}"


def owned_lines(found: dict[str, Any], lang: Language = "en") -> Iterator[str]:
    """What an entity owns and controls, as ``owned_by`` gives it."""
    yield from _head(found, "owner", lang)
    if not found["owned"]:
        yield _say("owned_none", lang)
        return
    yield _say("owned", lang)
    apart = "；" if lang == "zh" else " · "
    for row in found["owned"][:OWNED_SHOWN]:
        notes = []
        if row["direct"] is not None:
            notes.append(_say("direct", lang, share=share_words(row["direct"], lang)))
        notes += [
            _say(f"{key}_of", lang, answer=_say(row[key], lang))
            for key in ("controller", "beneficial_owner")
            if row[key] != "no"
        ]
        if row["basis"] not in (None, "cascade"):
            notes.append(_say("by", lang, basis=_basis(row["basis"], lang)))
        if row["cascade"] != "no":
            notes.append(_say("rule", lang, answer=_say(row["cascade"], lang)))
        elif row["if_listed"] not in ("no", row["blocked"]):
            notes.append(_say("if_listed", lang, answer=_say(row["if_listed"], lang)))
        yield "  " + _say(
            "owned_row",
            lang,
            share=share_words(row["look_through"], lang),
            name=_named(row["name"], row["entity"], lang),
            notes="".join(apart + note for note in notes),
        )
    if len(found["owned"]) > OWNED_SHOWN:
        yield _say("more", lang, count=len(found["owned"]) - OWNED_SHOWN)

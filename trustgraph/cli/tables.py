"""Rows of answers as tables: on the terminal, as CSV, as a workbook; in English and Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from trustgraph.errors import UsageError
from trustgraph.query.explain_words import TEXT
from trustgraph.schema import STEP_CODES, step_words

__all__ = [
    "bars_table",
    "changes_table",
    "changes_titles",
    "common_table",
    "filed_changes",
    "found_table",
    "meant_words",
    "pair_lines",
    "ranking_rows",
    "ranking_table",
    "ranking_titles",
    "say",
    "unclear_rows",
    "write_rows",
]

Language = Literal["en", "zh"]
Table = tuple[Sequence[str], list[list[str]]]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "grade": ("grade", "等级"),
    "reason": ("because of", "等级理由"),
    "score": ("score", "得分"),
    "coverage": ("coverage", "信息覆盖率"),
    "entity": ("id", "代码"),
    "name": ("name", "名称"),
    "name_en": ("name in English", "英文名称"),
    "verdicts": ("verdicts", "警示"),
    "costs": ("costs most", "主要扣分"),
    "costs_points": ("points", "扣分"),
    "listed_behind": ("behind it, on a black or countermeasure list", "背后的失信或被反制主体"),
    "uscc": ("USCC", "统一社会信用代码"),
    "status": ("status", "登记状态"),
    "day": ("as of", "截至"),
    "pack": ("policy pack", "规则包"),
    "industry": ("industry", "行业"),
    "grades": ("grade", "等级"),
    "scores": ("score", "得分"),
    "change": ("points", "变动"),
    "reasons": ("why", "原因"),
    "grade_before": ("grade before", "原等级"),
    "grade_after": ("grade after", "现等级"),
    "score_before": ("score before", "原得分"),
    "score_after": ("score after", "现得分"),
    "likeness": ("as", "匹配"),
    "whole": ("whole", "完全一致"),
    "part": ("part", "部分一致"),
    "similar": ("only alike", "仅相似"),
    "bars": ("barred from", "受限事项"),
    "one": ("partner", "合作方"),
    "article": ("article", "法律依据"),
    "only_if": ("only if, to be checked", "适用条件（须核实）"),
    "possible": ("possible", "可能"),
    "as_of": ("{count} partners as of {day}", "截至{day}，合作方{count}家"),
    "no_bars": (
        "None of them is barred from government procurement or mandatory tenders.",
        "未发现被限制参加政府采购或依法必须招标项目的合作方。",
    ),
    "no_pairs": (
        "No two of them are found that may not bid beside each other.",
        "未发现不得同时投标的合作方。",
    ),
    "no_common": (
        "Nobody is found whom two of them have in common.",
        "未发现两家以上合作方共有的关联方。",
    ),
    "fit": ("{count} as of {day}", "截至{day}共{count}家"),
    "more": ("{count} more: --limit, --csv or --xlsx", "另有{count}家：--limit、--csv或--xlsx"),
    "unclear": ("{count} of the list are not among these:", "名单中有{count}行未计入："),
    "may_be": (
        "may be {names}: give the code or the whole name",
        "可能是{names}：请给出代码或全称",
    ),
    "differs": (
        "{count} of the list have a name that is not that of their code; the code counts:",
        "名单中有{count}行的名称与代码不符，以代码为准：",
    ),
    "is_of": ("the code is that of {name} ({entity})", "该代码属于{name}（{entity}）"),
    "not_found": ("not found", "未找到"),
    "row": ("row {row}", "第{row}行"),
    "twice": (
        "Named more than once, and counted once: {rows}",
        "重复列示、只计一次：{rows}",
    ),
    "same_row": ("row {row} is row {first}", "第{row}行同第{first}行"),
    "cause": ("cause", "原因"),
    "entities": ("entities", "主体数"),
    "compared": (
        (
            "{changes} scores or grades differ, {consequences} consequences and {control} answers "
            "about control added or removed"
        ),
        "得分或等级变动{changes}项；法律后果增减{consequences}项；控制关系增减{control}项",
    ),
    "would_differ": (
        (
            "As of {day}: {changes} scores or grades, {ledger} ledger lines, {consequences} "
            "consequences, {control} answers about control would differ"
        ),
        (
            "截至{day}：得分或等级将变动{changes}项，明细{ledger}项，法律后果{consequences}项，"
            "控制关系{control}项"
        ),
    ),
    "lie_in": ("The tables lie in {path}", "结果表位于{path}"),
    "more_changes": ("… and {count} more: --csv or --xlsx", "……另有{count}项：--csv或--xlsx"),
    "points": ("points", "分值"),
    "partners": ("partners", "涉及合作方"),
    "links": ("as", "关系"),
    "afar": ("through others", "经由他人"),
    "kind": ("kind", "类型"),
    "listed": ("listed", "列入失信或反制名单"),
    "yes": ("yes", "是"),
    "record": ("own record", "自身记录"),
    "rule": ("law", "法律后果"),
    "blocked": ("blocked", "被封锁"),
    "too_little": ("too little known", "信息不足"),
    "gone": ("deregistered", "已注销"),
    "person": ("person", "自然人"),
    "company": ("company", "企业"),
    "branch": ("branch", "分支机构"),
    "public_body": ("public body", "公共机构"),
    "other_kind": ("other", "其他"),
    "control": ("controls, looked through", "穿透控制"),
}
_REASONS: Final = {"coverage": "too_little", "status": "status", "blocked": "blocked"} | {
    name: name for name in ("record", "rule", "gone")
}


def say(key: str, lang: Language, **values: Any) -> str:
    """Words by key, in a language."""
    return _WORDS[key][lang == "zh"].format(**values)


def _heads(keys: Iterable[str], lang: Language) -> list[str]:
    return [say(key, lang) for key in keys]


def _points(value: float) -> str:
    return f"{value:,.2f}".replace("-", "−")


def _verdicts(row: Mapping[str, Any], lang: Language, key: str = "verdicts") -> str:
    return ("；" if lang == "zh" else "; ").join(one["title"] for one in row[key])


def _score(row: Mapping[str, Any]) -> str:
    return "" if row["grade"] == "NR" else f"{row['score']:,.2f}"


# --- Lists of organisations ----------------------------------------------------------------------

_RANKING: Final = (
    *("grade", "reason", "score", "coverage", "entity", "name", "costs", "verdicts"),
)


def ranking_table(rows: Sequence[Mapping[str, Any]], lang: Language) -> Table:
    """Organisations on the terminal: how they stand, what to know, what costs them most."""
    cells = [
        [
            row["grade"],
            _reason(row, lang),
            _score(row),
            f"{row['coverage']:.0%}",
            row["entity"],
            row["name"],
            _costs(row, lang),
            _known_of(row, lang),
        ]
        for row in rows
    ]
    return _heads(_RANKING, lang), cells


def _known_of(row: Mapping[str, Any], lang: Language) -> str:
    """What is to be known before any number: of itself, and of who stands behind it."""
    stop, comma = ("；", "、") if lang == "zh" else ("; ", ", ")
    names = comma.join(one["name"] for one in row["listed_behind"])
    behind = f"{say('listed_behind', lang)}{'：' if lang == 'zh' else ': '}{names}" if names else ""
    return stop.join(filter(None, (_verdicts(row, lang), behind)))


def _reason(row: Mapping[str, Any], lang: Language) -> str:
    reason = _REASONS.get(row["grade_reason"])
    return "" if reason is None else say(reason, lang)


def _costs(row: Mapping[str, Any], lang: Language) -> str:
    told = row["costliest"]
    if told is None:
        return ""
    points = _points(told["points"])
    if told["entity"] == row["entity"]:
        return f"{points} {told['title']}"
    return (
        f"{points} {told['name']}：{told['title']}"
        if lang == "zh"
        else f"{points} {told['title']} of {told['name']}"
    )


_FILED: Final = (
    *("verdicts", "grade", "reason", "score", "coverage", "name", "name_en", "entity", "uscc"),
    *("status", "industry", "listed_behind", "costs", "costs_points", "day", "pack"),
)


def ranking_titles(lang: Language) -> dict[str, str]:
    """What stands above the columns of ``ranking_rows`` in a file."""
    return {key: say(key, lang) for key in _FILED}


def ranking_rows(
    rows: Sequence[Mapping[str, Any]], lang: Language, *, day: str, pack: str
) -> list[dict[str, Any]]:
    """Organisations for a spreadsheet: numbers as numbers, nothing cut; of which day and pack."""
    comma = "、" if lang == "zh" else ", "
    found = []
    for row in rows:
        told = row["costliest"]
        found.append(
            {
                **{key: row[key] for key in ("grade", "name_en", "entity", "uscc")},
                "name": row["registered_name"],
                "verdicts": _verdicts(row, lang),
                "reason": _reason(row, lang),
                "score": None if row["grade"] == "NR" else row["score"],
                "coverage": row["coverage"],
                "status": _status(row["status"], lang),
                "day": day,
                "pack": pack,
                "industry": row["industry_words"] or row["industry"],
                "listed_behind": comma.join(one["name"] for one in row["listed_behind"]),
                "costs": None if told is None else _costs(row, lang).partition(" ")[2],
                "costs_points": None if told is None else told["points"],
            }
        )
    return found


def _status(word: str | None, lang: Language) -> str | None:
    return TEXT[word][lang == "zh"] if word in TEXT else word


def meant_words(candidates: Sequence[Mapping[str, Any]]) -> str:
    """Who may be meant, with what tells them apart."""
    return "; ".join(
        one["name"] if one["name"] == one["entity"] else f"{one['name']} ({one['entity']})"
        for one in candidates[:3]
    )


def unclear_rows(unclear: Sequence[Mapping[str, Any]], lang: Language) -> list[dict[str, Any]]:
    """Who of a list was not found or may be several, below those who were, in the same file."""
    rows = []
    for row in unclear:
        meant = meant_words(row["candidates"])
        told = say("may_be", lang, names=meant) if meant else say("not_found", lang)
        rows.append({**dict.fromkeys(_FILED), "name": row["given"], "verdicts": told})
    return rows


def found_table(rows: Sequence[Mapping[str, Any]], lang: Language) -> Table:
    """Who may be meant: persons stand there by what they are called, and nothing else."""
    heads = ("likeness", "grade", "score", "coverage", "name", "entity", "verdicts")
    cells = []
    for row in rows:
        alike = "whole" if row["likeness"] == 1 else "similar" if row["similar"] else "part"
        person = row["kind"] == "person"
        cells.append(
            [
                say(alike, lang),
                "" if person else row["grade"],
                "" if person else _score(row),
                "" if person else f"{row['coverage']:.0%}",
                row["name"],
                row["entity"],
                "" if person else _verdicts(row, lang),
            ]
        )
    return _heads(heads, lang), cells


# --- Bids, and whom partners have in common -------------------------------------------------------


def bars_table(rows: Sequence[Mapping[str, Any]], lang: Language) -> Table:
    """Who is barred, and from what."""
    cells = [[row["name"], row["entity"], _verdicts(row, lang, "bars")] for row in rows]
    return _heads(("one", "entity", "bars"), lang), cells


def pair_lines(rows: Sequence[Mapping[str, Any]], lang: Language) -> Iterator[str]:
    """Who may not bid beside whom, rule by rule: under which article, and what joins them."""
    rules: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        rules.setdefault(row["rule"], []).append(row)
    for items in rules.values():
        first = items[0]
        yield f"{first['words'] or first['title']}  [{first['rule']}]"
        yield f"  {say('article', lang)}: {first['legal_basis']}"
        if first["condition"]:
            yield f"  {say('only_if', lang)}: {first['condition']}"
        for row in items:
            doubt = f"  ({say('possible', lang)})" if row["status"] == "possible" else ""
            yield f"  - {row['names'][0]}  |  {row['names'][-1]}{doubt}"
            yield f"      {_joined(row)}"


def _joined(row: Mapping[str, Any]) -> str:
    """A chain in one line, each step in its words."""
    parts = []
    for name, step in zip(row["names"], [*row["steps"], None], strict=False):
        parts += [name, *([step["words"]] if step else [])]
    return " → ".join(parts)


def _kind_words(kind: str, lang: Language) -> str:
    if kind in _WORDS:
        return say(kind, lang)
    return step_words(STEP_CODES[f"{kind}.forward"], lang)


def common_table(rows: Sequence[Mapping[str, Any]], lang: Language) -> Table:
    """Whom partners share, with what hangs on each."""
    cells = []
    for row in rows:
        kinds = sorted({link["kind"] for link in row["links"]})
        held = [_kind_words(one, lang) for one in kinds] or [say("afar", lang)]
        kind = row["kind"] if row["kind"] in _WORDS else "other_kind"
        cells.append(
            [
                _points(row["points"]) if row["points"] else "",
                str(len({*row["partners"], *row["costs"]})),
                row["name"],
                row["entity"],
                say(kind, lang),
                say("yes", lang) if row["on_black_list"] else "",
                ("；" if lang == "zh" else ", ").join(held),
            ]
        )
    return _heads(("points", "partners", "name", "entity", "kind", "listed", "links"), lang), cells


# --- What changed ---------------------------------------------------------------------------------

_SIDES: Final = ("before", "after")
_CHANGED: Final = ("grades", "scores", "change", "entity", "name", "reasons")
_FILED_CHANGES: Final = (
    *("name", "entity", "grade_before", "grade_after", "score_before", "score_after"),
    *("change", "reasons"),
)


def changes_table(rows: Sequence[Mapping[str, Any]], lang: Language) -> Table:
    """Who changes, from which grade and score to which, and why."""

    def shown(grade: str | None, score: float | None) -> str:
        return "-" if score is None or grade == "NR" else f"{score:,.2f}"

    cells = [
        [
            f"{row['grade_before'] or '-'} → {row['grade_after'] or '-'}",
            " → ".join(shown(row[f"grade_{side}"], row[f"score_{side}"]) for side in _SIDES),
            "" if not row["points"] else f"{row['points']:+,.2f}".replace("-", "−"),
            row["entity"],
            row["name"],
            ("；" if lang == "zh" else "; ").join(row["why"]),
        ]
        for row in rows
    ]
    return _heads(_CHANGED, lang), cells


def changes_titles(lang: Language) -> dict[str, str]:
    """What stands above the columns of ``filed_changes`` in a file."""
    return {key: say(key, lang) for key in _FILED_CHANGES}


def filed_changes(rows: Sequence[Mapping[str, Any]], lang: Language) -> list[dict[str, Any]]:
    """The same for a spreadsheet, numbers as numbers."""
    stop = "；" if lang == "zh" else "; "
    return [{**row, "change": row["points"], "reasons": stop.join(row["why"])} for row in rows]


# --- Files ----------------------------------------------------------------------------------------


def write_rows(
    rows: Sequence[Mapping[str, Any]],
    titles: Mapping[str, str],
    path: Path,
    sheet: str,
    *,
    overwrite: bool = False,
) -> None:
    """Write rows as CSV or, by the file's name, as a workbook; whole or not at all.

    Raises UsageError where there is a file already, or the disk fails.
    """
    from trustgraph.exports.spreadsheets import csv_text, workbook  # noqa: PLC0415  # heavy
    from trustgraph.storage import whole_file  # noqa: PLC0415  # as above

    if path.exists() and not overwrite:
        raise UsageError("there is a file already", where=path, hint="choose another name")
    with whole_file(path) as beside:
        if path.suffix.lower() == ".xlsx":
            beside.write_bytes(workbook(rows, titles, sheet))
        else:
            beside.write_text(csv_text(rows, titles), encoding="utf-8", newline="")

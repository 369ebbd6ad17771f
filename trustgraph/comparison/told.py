"""Who changed between two runs, or would: names, grades before and after, and why, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from trustgraph.query.explain_words import TEXT
from trustgraph.query.session import Session
from trustgraph.schema import MICRO

__all__ = ["cause_words", "changed_rows", "would_change_rows"]

_ZH: Final[Mapping[str, str]] = {
    "rule or weight changed": "规则或权重变动",
    "entity added": "新增主体",
    "entity removed": "主体移除",
    "record added": "新增记录",
    "record removed": "记录移除",
    "record repaired": "记录已修复",
    "record withdrawn": "记录已撤销",
    "record ended": "记录终止",
    "record decayed": "记录影响衰减",
    "record forgotten": "记录已过保存期限",
    "record voided": "记录不再计分",
    "record no longer void": "记录恢复计分",
    "relationship begun": "新增关联",
    "relationship ended": "关联终止",
    "data corrected": "数据更正",
    "exposure cap": "关联影响封顶",
    "clamp": "分值上下限",
    "consequences changed": "法律后果变动",
    "status changed": "登记状态变动",
    "blocked or freed": "封锁状态变动",
    "coverage changed": "信息覆盖率变动",
}
_KEPT: Final = frozenset({"exposure cap", "clamp"})
"""What follows from other causes."""
_WHY: Final = 3
_COVERAGE: Final = "coverage changed"
_STATUS: Final = "status changed"


def cause_words(cause: str, lang: str) -> str:
    """A cause of a change in words.

    >>> cause_words("record repaired", "zh"), cause_words("record repaired", "en")
    ('记录已修复', 'record repaired')
    """
    return _ZH.get(cause, cause) if lang == "zh" else cause


def changed_rows(
    changes: pl.DataFrame,
    causes: pl.DataFrame,
    before: Session,
    after: Session,
    *,
    coverage: pl.DataFrame | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Whose score or grade differs, those first who fell furthest.

    ``changes``, ``causes`` and ``coverage`` are a ``Comparison``'s. Rows with ``entity``, ``name``,
    ``grade_before``, ``grade_after``, ``score_before``, ``score_after`` (null: not scored then),
    ``points`` (the difference; null where there is none to tell) and ``why``: up to three causes
    in words, the heaviest first, each with the record it names.
    """
    shown = _ordered(changes, after).head(changes.height if limit is None else limit)
    own = causes.filter(pl.col("entity").is_in(shown["entity"].implode()))
    titles = _titles(own["record"].drop_nulls().unique().to_list(), before, after)
    by_entity: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in own.to_dicts():
        by_entity[row["entity"]].append(row)
    zh = after.lang == "zh"
    known = {} if coverage is None else {one: shares for one, *shares in coverage.iter_rows()}
    rows = []
    for row in shown.to_dicts():
        why = _why(by_entity[row["entity"]], titles, known.get(row["entity"]), zh=zh)
        status = _status_changed(row["entity"], before, after)
        if status is not None:
            # What a licence has become is told with it, and before what a record costs.
            plain = cause_words(_STATUS, after.lang)
            why = [status, *(one for one in why if one != plain)]
        rows.append(_row(row, before, after) | {"why": why})
    return rows


def would_change_rows(
    changes: pl.DataFrame, session: Session, *, limit: int | None = None
) -> list[dict[str, Any]]:
    """The same of a ``WhatIf``'s ``changes``, whose causes are the changes that were asked for."""
    shown = _ordered(changes, session).head(changes.height if limit is None else limit)
    return [
        _row(row, session, session) | {"why": [row["cause"]] if row["cause"] else []}
        for row in shown.to_dicts()
    ]


def _ordered(changes: pl.DataFrame, session: Session) -> pl.DataFrame:
    """Those first whose grade fell, by how far; then by points lost."""
    ranks = {grade.code: rank for rank, grade in enumerate(session.policy.grades)}

    def rank(name: str) -> pl.Expr:
        return pl.col(name).replace_strict(ranks, default=None, return_dtype=pl.Int64)

    fell = (rank("grade_after") - rank("grade_before")).fill_null(0)  # 0 where one is not rated
    points = (pl.col("score_after_micro") - pl.col("score_before_micro")).fill_null(0)
    return changes.with_columns(__fell=fell, __points=points).sort(
        "__fell", "__points", "entity", descending=[True, False, False]
    )


def _status_changed(entity: str, before: Session, after: Session) -> str | None:
    """The registration status then and now, where both are known and differ."""
    words = []
    for session in (before, after):
        number = session.register.number_of(entity)
        words.append(None if number is None else session.register.traits.status.word(number))
    if None in words or words[0] == words[1]:
        return None
    zh = after.lang == "zh"
    said = " → ".join(TEXT[word][zh] if word in TEXT else word for word in words if word)
    return f"{cause_words(_STATUS, after.lang)}{f'（{said}）' if zh else f' ({said})'}"


def _row(row: Mapping[str, Any], before: Session, after: Session) -> dict[str, Any]:
    was, now = row["score_before_micro"], row["score_after_micro"]
    return {
        "entity": row["entity"],
        "name": _name(row["entity"], after) or _name(row["entity"], before) or row["entity"],
        "grade_before": row["grade_before"],
        "grade_after": row["grade_after"],
        "score_before": None if was is None else was / MICRO,
        "score_after": None if now is None else now / MICRO,
        "points": None if was is None or now is None else (now - was) / MICRO,
    }


def _name(entity: str, session: Session) -> str | None:
    number = session.register.number_of(entity)
    return None if number is None else session.name(number)


def _titles(records: Sequence[str], before: Session, after: Session) -> dict[str, str]:
    """Of records by id: what they are and whose, as the later run has them, else the earlier."""
    found: dict[str, str] = {}
    for session in (before, after):
        if not records:
            continue
        rows = session.register.records.rows
        table = rows.slice(0, len(rows), ["id", "type"]).with_row_index("number")
        for number, record, kind in table.filter(pl.col("id").is_in(list(records))).iter_rows():
            known = session.policy.record_type(kind, session.as_of)
            title = kind if known is None else session.say(known.title) or kind
            whose = session.name(int(session.register.records.entity[number]))
            colon = f"{whose}：{title}" if session.lang == "zh" else f"{title} of {whose}"
            found[record] = colon
    return found


def _why(
    causes: Sequence[Mapping[str, Any]],
    titles: Mapping[str, str],
    known: Sequence[float | None] | None,
    *,
    zh: bool,
) -> list[str]:
    """The heaviest causes in words, those of the same kind and record together."""
    sums: dict[tuple[str, str | None], int] = defaultdict(int)
    for row in causes:
        sums[row["cause"], row["record"]] += row["micro"]

    def weight(item: tuple[tuple[str, str | None], int]) -> tuple[int, str, str]:
        return -abs(item[1]), item[0][0], item[0][1] or ""

    order = sorted((item for item in sums.items() if item[0][0] not in _KEPT), key=weight)
    # What the cap and the scale give and take is told beside, so that all of it adds up.
    kept = sorted((item for item in sums.items() if item[0][0] in _KEPT), key=weight)
    told = []
    for (cause, record), micro in [*order[:_WHY], *kept]:
        words = cause_words(cause, "zh" if zh else "en")
        if record is not None:
            title = titles.get(record, record)
            words += f"（{title}）" if zh else f" ({title})"
        if cause == _COVERAGE and known is not None and None not in known:
            shares = " → ".join(f"{share:.0%}" for share in known)
            words += f"（{shares}）" if zh else f" ({shares})"
        if micro:
            words += f" {micro / MICRO:+,.2f}".replace("-", "−")
        told.append(words)
    more = len(order) - _WHY
    if more > 0:
        told.append(f"另有{more}项" if zh else f"and {more} more")
    return told

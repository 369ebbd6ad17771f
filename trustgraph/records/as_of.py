"""Records as of a day: which count, until when, and how much each weighs by itself.

A record counts at T when it was decided by T, is neither repaired nor
withdrawn, T lies before its end, and the policy pack has a version of its type in force at T.
The version in force at the decision sets the term; the version in force at T sets what follows.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass, fields, replace

import numpy as np
import polars as pl

from trustgraph.policy import Policy, RecordType
from trustgraph.records.points import own_micro
from trustgraph.register import (
    NO_END,
    NO_START,
    Bool,
    Int32,
    Int64,
    Records,
    Register,
    day_number,
)

__all__ = [
    "RETENTION_MONTHS",
    "RecordState",
    "add_months",
    "lapsed",
    "lapsed_rules",
    "record_ends",
    "records_as_of",
]

RETENTION_MONTHS = 60
"""A record on a person is erased this many months after its end (Credit Reporting Regs art. 16)."""

_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class RecordState:
    """What each record of a register amounts to on a day; one element per record.

    ``ends`` is the day number of the record's end (NO_END while open), ``by_term`` marks ends by
    the law's term and not as stated. ``old`` marks counting records that have no term and are
    older than such a record usually is. ``micro`` is its own
    weight in micro-points, 0 where it does not count or is void; ``unvoided`` is the same with no
    record void; ``voided`` marks positive records set aside because their entity has a counting
    record of list ``black``. ``cap`` is the rank of
    the grade the record caps its entity at, or -1. ``channel`` is the code it enters, or None, by
    type: ``channels[type_code]``. ``forgotten`` marks records on persons past their retention.
    """

    as_of: dt.date
    retention_on: dt.date
    counts: Bool
    ends: Int32
    by_term: Bool
    old: Bool
    micro: Int64
    unvoided: Int64
    voided: Bool
    black: Bool
    cap: Int32
    channels: tuple[str | None, ...]
    forgotten: Bool

    def of(self, records: Int64) -> RecordState:
        """The state of some records alone."""
        some = {
            part.name: getattr(self, part.name)[records]
            for part in fields(self)
            if part.name not in {"as_of", "retention_on", "channels"}
        }
        return replace(self, **some)


def add_months(day: dt.date, months: int) -> dt.date:
    """Calendar months later, clipped to the month's last day.

    >>> add_months(dt.date(2024, 1, 31), 1)
    datetime.date(2024, 2, 29)
    """
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        return dt.date.max if months > 0 else dt.date.min
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _months_later(days: Int32, months: int) -> Int32:
    """``add_months`` for day numbers, vectorised; clipped to the calendar's last day."""
    start = days.astype("datetime64[D]")
    first = start.astype("datetime64[M]")
    offset = (start - first).astype(np.int64)
    target = first + np.timedelta64(months, "M")
    length = ((target + np.timedelta64(1, "M")).astype("datetime64[D]") - target).astype(np.int64)
    moved = target.astype("datetime64[D]").astype(np.int64) + np.minimum(offset, length - 1)
    last = (dt.date.max - _EPOCH).days
    later: Int32 = np.minimum(moved, last).astype(np.int32)
    return later


def record_ends(records: Records, policy: Policy) -> Int32:
    """Day number of each record's end: as stated, else by the law's term, else NO_END."""
    ends = records.ends_on.copy()
    has = _types_there(records)
    for number, code in enumerate(records.types):
        if not has[number]:
            continue
        of_type = np.flatnonzero((records.type_code == number) & (records.ends_on == NO_END))
        decided = records.decided_on[of_type]
        # Between two days on which a version begins or ends, one version sets every term.
        cuts = sorted(
            day_number(day)
            for version in policy.record_types.get(code, ())
            for day in (version.valid_from, version.valid_to)
            if day is not None
        )
        spans = np.searchsorted(cuts, decided, side="right")
        for span in np.unique(spans):
            here = of_type[spans == span]
            on = _EPOCH + dt.timedelta(days=int(records.decided_on[here[0]]))
            version = policy.term_version(code, on)
            if version is not None:
                _end(ends, here, records, version)
    return ends


def _end(ends: Int32, here: Int64, records: Records, version: RecordType) -> None:
    """Put in the ends of records by the term of one version, or by those of their grounds."""
    if not version.terms:
        if version.months is not None:
            ends[here] = _months_later(records.decided_on[here], version.months)
        return
    stated = records.rows.gather("ground", here)
    for ground in stated.unique():
        months = version.months_on(ground)
        if months is not None:
            some = here[stated.eq_missing(pl.Series([ground], dtype=pl.String)).to_numpy()]
            ends[some] = _months_later(records.decided_on[some], months)


def lapsed(records: Records, months: int, as_of: dt.date) -> Bool:
    """Records that were decided so many months ago, or more."""
    over: Bool = _months_later(records.decided_on, months) <= day_number(as_of)
    return over


def lapsed_rules(records: Records, policy: Policy, as_of: dt.date) -> Int64:
    """By record, how many of the rules in force that last for some months are over for it."""
    found = np.zeros(len(records), dtype=np.int64)
    for rule in policy.rules_on(as_of):
        if rule.lasts_months is not None:
            codes = policy.trigger_codes(rule, as_of)
            of_type = np.array([code in codes for code in records.types] or [False])
            found += of_type[records.type_code] & lapsed(records, rule.lasts_months, as_of)
    return found


def _types_there(records: Records) -> Bool:
    """Of which types there are any records: an excerpt has few."""
    there: Bool = np.bincount(records.type_code, minlength=len(records.types)) > 0
    return there


def records_as_of(
    register: Register,
    policy: Policy,
    *,
    as_of: dt.date,
    retention_on: dt.date | None = None,
) -> RecordState:
    """Evaluate every record as of a day.

    ``retention_on`` is the day on which retention is judged: records on persons whose end lies 60
    months or more before it are forgotten whatever ``as_of`` is. Default: ``as_of``.
    """
    records = register.records
    today = day_number(as_of)
    ends = record_ends(records, policy)
    retention_day = max(retention_on or as_of, as_of)
    forgotten = _forgotten(register, ends, retention_day)
    counts = (
        (records.decided_on <= today)
        & (records.repaired_on > today)
        & ~records.withdrawn
        & (today < ends)
        & ~forgotten
    )
    points = np.zeros(len(records))
    linear = np.zeros(len(records), dtype=np.bool_)
    black = np.zeros(len(records), dtype=np.bool_)
    cap = np.full(len(records), -1, dtype=np.int32)
    old = np.zeros(len(records), dtype=np.bool_)
    channels: list[str | None] = []
    has = _types_there(records)
    for number, code in enumerate(records.types):
        version = policy.record_type(code, as_of)
        channels.append(None if version is None else version.channel)
        if not has[number]:
            continue
        of_type = records.type_code == number
        if version is None:
            counts &= ~of_type
            continue
        points[of_type] = version.points
        linear[of_type] = version.decay == "linear"
        black |= of_type & (version.list == "black")
        if version.usual_months is not None:
            unended = np.flatnonzero(of_type & (ends == NO_END))
            usual = _months_later(records.decided_on[unended], version.usual_months)
            old[unended] = usual <= today
        if version.grade_cap is not None:
            cap[of_type] = policy.grade_rank(version.grade_cap)
    black &= counts
    cap[~counts] = -1
    micro = own_micro(points, linear, records.decided_on, ends, today)
    listed = np.zeros(len(register), dtype=np.bool_)
    listed[records.entity[black]] = True
    voided = counts & (points > 0) & listed[records.entity]
    micro[~counts] = 0
    return RecordState(
        as_of=as_of,
        retention_on=retention_day,
        counts=counts,
        ends=ends,
        by_term=(records.ends_on == NO_END) & (ends != NO_END),
        old=old & counts,
        micro=np.where(voided, 0, micro),
        unvoided=micro,
        voided=voided,
        black=black,
        cap=cap,
        channels=tuple(channels),
        forgotten=forgotten,
    )


def _forgotten(register: Register, ends: Int32, day: dt.date) -> Bool:
    records = register.records
    # A person's record is over at its end or when it was repaired, whichever came first.
    dated = records.repaired_on != NO_START
    over = np.where(dated, np.minimum(ends, records.repaired_on), ends)
    on_person = register.is_kind("person")[records.entity]
    limit = np.full(len(records), NO_END, dtype=np.int32)
    closed = on_person & (over != NO_END)
    limit[closed] = _months_later(over[closed], RETENTION_MONTHS)
    erased: Bool = closed & (limit <= day_number(day))
    return erased

"""Days as tables write them: in text, as times with an hour or a zone, as a day for none.

What has an hour in a zone of its own is a time in China: there the day is that of the law.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

__all__ = [
    "CHINA",
    "HOUR",
    "day_in_china",
    "days_in_text",
    "hardly_days",
    "is_day",
    "is_midnight",
    "why_no_day",
]

CHINA: Final = "Asia/Shanghai"
_FIRST_DAY: Final = -719_162  # 0001-01-01, the first day that Python's dates know
_LAST_DAY: Final = 2_932_896  # 9999-12-31
_MIDNIGHT: Final = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})([ T]00:00(:00([.,]0+)?)?)?$"
_FIRST_DAYS: Final = [
    *(dt.date(1899, 12, 30), dt.date(1899, 12, 31), dt.date(1900, 1, 1)),  # spreadsheets, SQL
    *(dt.date(1904, 1, 1), dt.date(1970, 1, 1)),  # spreadsheets of the Macintosh, Unix
]
_EARLY: Final = dt.date(1800, 1, 1)
_LATE: Final = dt.date(2079, 1, 1)
_FIRST: Final = "many programs write this day where they know none: it counts as written"
_TOO_EARLY: Final = "so early a day stands for none, or for another year: it counts as written"
_TOO_LATE: Final = "so late a day stands for none, or for no end: it counts as written"
_TIME: Final = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2})(:[0-5][0-9])?(?:[.,][0-9]+)?"
    r" ?(Z|UTC|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?$"
)
"""A day with an hour as databases and libraries write it, in a time zone or in none."""
_AT_MIDNIGHT: Final = "[ T]00:00(?::00(?:[.,]0+)?)?(?: ?[Z+-].*| ?UTC)?$"
_MINUTES_AHEAD: Final = 8 * 60
HOUR: Final = "this has an hour: read as its day"
_ZONE: Final = "this has an hour in another time zone: read as the day in China"


def is_day(day: pl.Expr) -> pl.Expr:
    """Whether a day is one that a calendar has (years 1 to 9999)."""
    return day.cast(pl.Int32).is_between(_FIRST_DAY, _LAST_DAY)


def hardly_days(days: pl.Series) -> list[tuple[pl.Series, str]]:
    """Which days of a column hardly are what they say, and what is said of them.

    The column's name counts: what never ends and what ends in the year 9999 are the same, but for
    a record's term.

    >>> days = pl.Series("decided_on", [dt.date(1900, 1, 1), dt.date(2024, 5, 6)])
    >>> [words for which, words in hardly_days(days) if which.any()]
    ['many programs write this day where they know none: it counts as written']
    """
    earliest, latest = days.min(), days.max()
    if not isinstance(earliest, dt.date) or not isinstance(latest, dt.date):
        return []
    found = []
    if earliest <= _FIRST_DAYS[-1]:
        found = [(days.is_in(_FIRST_DAYS), _FIRST), (days < _EARLY, _TOO_EARLY)]
    if latest >= _LATE and days.name != "end":
        found.append((days >= _LATE, _TOO_LATE))
    return found


def is_midnight(time: pl.Expr) -> pl.Expr:
    return time.dt.time() == pl.time(0)


def day_in_china(time: pl.Expr) -> pl.Expr:
    """The day of times that know their zone: midnight where it was written is a day as such."""
    there = time.dt.convert_time_zone(CHINA).dt.date()
    # The end of time is that everywhere.
    own = is_midnight(time) | ~is_day(there)
    return pl.when(own).then(time.dt.date()).otherwise(there)


def why_no_day(time: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Of times, or of times in text: why the day is no certain reading, null where it is one."""
    if isinstance(dtype, pl.Datetime):
        why = HOUR if dtype.time_zone in (None, CHINA) else _ZONE
        return pl.when(~is_midnight(time)).then(pl.lit(why))
    day = _day_of_time(time)
    hour = day.is_not_null() & ~time.str.contains(_AT_MIDNIGHT)
    own = _minutes_ahead(time).fill_null(_MINUTES_AHEAD) == _MINUTES_AHEAD
    # (By the summer time that China had, 23:30 was past midnight.)
    own &= day == time.str.extract(_TIME, 1).str.to_date("%Y-%m-%d", strict=False)
    return pl.when(hour).then(pl.when(own).then(pl.lit(HOUR)).otherwise(pl.lit(_ZONE)))


def days_in_text(cells: pl.Series) -> pl.Series:
    """Days out of text: ISO days and times, null where it is neither.

    >>> cells = pl.Series(["2025-06-01", "2025-05-31 16:00:00+00", "1/6/2025"])
    >>> days_in_text(cells).to_list()
    [datetime.date(2025, 6, 1), datetime.date(2025, 6, 1), None]
    """
    day = cells.str.extract(_MIDNIGHT).str.to_date("%Y-%m-%d", strict=False)
    if day.null_count() == cells.null_count():
        return day
    other = cells.is_not_null() & day.is_null()
    times = cells.filter(other).to_frame("time").select(_day_of_time(pl.col("time")))
    return day.scatter(other.arg_true(), times.to_series())


def _day_of_time(text: pl.Expr) -> pl.Expr:
    """The day of a time in text, as of a column of times; null where it is none."""
    seconds = text.str.extract(_TIME, 3).fill_null(":00")
    whole = pl.concat_str(text.str.extract(_TIME, 1), text.str.extract(_TIME, 2), seconds)
    time = whole.str.to_datetime("%Y-%m-%d%H:%M:%S", strict=False)
    ahead = _minutes_ahead(text)
    there = (time - pl.duration(minutes=ahead)).dt.replace_time_zone("UTC")
    day = there.dt.convert_time_zone(CHINA).dt.date()
    own = text.str.contains(_AT_MIDNIGHT) | ahead.is_null() | ~is_day(day)
    return pl.when(own).then(time.dt.date()).otherwise(day)


def _minutes_ahead(text: pl.Expr) -> pl.Expr:
    """How far the zone of a time in text is ahead of UTC, in minutes; null where it has none."""
    zone = text.str.extract(_TIME, 4)
    hours = zone.str.extract("^[+-]([0-9]{2})").cast(pl.Int64)
    minutes = zone.str.extract("^[+-][0-9]{2}:?([0-9]{2})$").cast(pl.Int64).fill_null(0)
    ahead = (60 * hours + minutes) * pl.when(zone.str.starts_with("-")).then(-1).otherwise(1)
    return pl.when(zone.is_in(["Z", "UTC"])).then(pl.lit(0, pl.Int64)).otherwise(ahead)

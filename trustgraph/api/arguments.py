"""Arguments that every public verb takes, understood once: days, threads."""

from __future__ import annotations

import datetime as dt

from trustgraph.errors import UsageError

__all__ = ["checked_threads", "days_of", "parse_day"]


def parse_day(text: str | dt.date) -> dt.date:
    """An ISO day. Raises UsageError for anything else."""
    if isinstance(text, dt.datetime):
        return text.date()
    if isinstance(text, dt.date):
        return text
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"`{text}` is no day", hint="write it as 2026-06-30") from error


def days_of(
    as_of: str | dt.date | None, retention_on: str | dt.date | None
) -> tuple[dt.date, dt.date]:
    """The day to score for, and the one for which retention is judged."""
    today = dt.date.today()  # noqa: DTZ011  # the user's own calendar day
    day = today if as_of is None else parse_day(as_of)
    return day, max(day, today) if retention_on is None else max(day, parse_day(retention_on))


def checked_threads(threads: int | None) -> int | None:
    if threads is not None and threads < 1:
        raise UsageError(f"cannot use {threads} threads", hint="give 1 or more")
    return threads

"""Typed reading of a TOML table that collects every problem instead of stopping at the first."""

from __future__ import annotations

import datetime as dt
import difflib
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from trustgraph.policy.model import Words

__all__ = ["Fields"]

_MISSING = object()


class Fields:
    """One TOML table being read: each method takes one key and checks it.

    Problems go to ``problems`` as sentences that start with ``where`` (file and table). Call
    ``done`` at the end: keys that nobody asked for are problems, too.
    """

    __slots__ = ("_data", "_seen", "problems", "where")

    def __init__(self, data: Mapping[str, Any], *, where: str, problems: list[str]) -> None:
        self._data = data
        self._seen: set[str] = set()
        self.where = where
        self.problems = problems

    def problem(self, key: str, what: str) -> None:
        self.problems.append(f"{self.where}: `{key}` {what}")

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def raw(self, key: str, default: Any = None) -> Any:
        self._seen.add(key)
        return self._data.get(key, default)

    def done(self) -> None:
        for key in self._data:
            if key not in self._seen:
                near = difflib.get_close_matches(key, self._seen, n=1)
                hint = f"; did you mean `{near[0]}`?" if near else ""
                self.problem(key, f"is not a key that is known here{hint}")

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        value = self.raw(key, _MISSING)
        if value is _MISSING:
            if required:
                self.problem(key, "is missing")
            return default
        if not isinstance(value, str) or (required and not value.strip()):
            self.problem(key, f"must be text, not {value!r}")
            return default
        return value

    def optional_text(self, key: str) -> str | None:
        return self.text(key) or None

    def choice(
        self, key: str, options: Sequence[str], default: str, *, required: bool = False
    ) -> str:
        value = self.raw(key, _MISSING)
        if value is _MISSING:
            if required:
                self.problem(key, f"is missing; one of {', '.join(options)}")
            return default
        if value not in options:
            self.problem(key, f"must be one of {', '.join(options)}, not {value!r}")
            return default
        return str(value)

    def number(
        self,
        key: str,
        default: float = 0.0,
        *,
        low: float | None = None,
        high: float | None = None,
        above: float | None = None,
        required: bool = False,
    ) -> float:
        found = self.optional_number(key, low=low, high=high, above=above)
        if found is None:
            if required and key not in self._data:
                self.problem(key, "is missing")
            return default
        return found

    def optional_number(
        self,
        key: str,
        *,
        low: float | None = None,
        high: float | None = None,
        above: float | None = None,
    ) -> float | None:
        value = self.raw(key, _MISSING)
        if value is _MISSING:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            self.problem(key, f"must be a number, not {value!r}")
            return None
        if low is not None and value < low:
            self.problem(key, f"must be at least {low:g}, not {value:g}")
            return None
        if above is not None and value <= above:
            self.problem(key, f"must be more than {above:g}, not {value:g}")
            return None
        if (high is not None and value > high) or abs(value) > 1e9:
            self.problem(key, f"must be at most {high if high is not None else 1e9:g}")
            return None
        return float(value)

    def whole(self, key: str, default: int, *, low: int = 0, high: int = 1_000_000_000) -> int:
        found = self.optional_whole(key, low=low, high=high)
        return default if found is None else found

    def optional_whole(self, key: str, *, low: int = 0, high: int = 1_000_000_000) -> int | None:
        value = self.raw(key, _MISSING)
        if value is _MISSING:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.problem(key, f"must be a whole number from {low} to {high}, not {value!r}")
            return None
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.raw(key, default)
        if not isinstance(value, bool):
            self.problem(key, f"must be true or false, not {value!r}")
            return default
        return value

    def date(self, key: str) -> dt.date | None:
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        try:
            return dt.date.fromisoformat(value)
        except (TypeError, ValueError):
            self.problem(key, f"must be a day such as 2026-04-01, not {value!r}")
            return None

    def words(self, key: str) -> Words:
        value = self.raw(key)
        if value is None:
            return Words()
        if isinstance(value, str):
            return Words(en=value)
        if isinstance(value, Mapping) and set(value) <= {"en", "zh"}:
            texts = {lang: text for lang, text in value.items() if isinstance(text, str)}
            if len(texts) == len(value):
                return Words(**texts)
        self.problem(key, f"must be text or {{ en = …, zh = … }}, not {value!r}")
        return Words()

    def strings(self, key: str, *, allowed: Collection[str] | None = None) -> tuple[str, ...]:
        value = self.raw(key)
        if value is None:
            return ()
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.problem(key, f"must be a list of texts, not {value!r}")
            return ()
        for item in value:
            if allowed is not None and item not in allowed:
                near = difflib.get_close_matches(item, list(allowed), n=1)
                hint = f"; did you mean `{near[0]}`?" if near else ""
                self.problem(key, f"names {item!r}, which is not known{hint}")
        return tuple(item for item in value if allowed is None or item in allowed)

    def tables(self, key: str) -> list[Mapping[str, Any]]:
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            self.problem(key, "must be a list of tables")
            return []
        return value

    def table(self, key: str) -> Mapping[str, Any] | None:
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.problem(key, f"must be a table, not {value!r}")
            return None
        return value

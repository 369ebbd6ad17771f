"""What a dashboard serves: one run or register, opened once for all who look."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import trustgraph as tg
from dashboards.text import Language

__all__ = ["Served", "opened"]

_DAYS = 8
"""Sessions of other days than the run's that are kept open."""


def opened(path: Path) -> tg.Run | tg.Register:
    """A run or a register, by where it lies. Raises RunError."""
    if (path / "register.json").is_file():
        return tg.open_register(path)
    return tg.open_run(path)


@dataclass
class Served:
    """A source with its sessions, by language and day, and its search index."""

    source: tg.Run | tg.Register
    policy: str | None = None
    _sessions: dict[tuple[Language, dt.date | None], tg.Session] = field(default_factory=dict)
    _overviews: dict[Language, dict[str, Any]] = field(default_factory=dict)
    _least: dict[Language, list[dict[str, Any]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _searching: threading.Lock = field(default_factory=threading.Lock)
    _indexed: tuple[int, int] | None = None

    @cached_property
    def register(self) -> tg.Register:
        return self.source if isinstance(self.source, tg.Register) else self.source.register()

    def session(self, lang: Language, as_of: dt.date | None = None) -> tg.Session:
        """Of the run, or of its register as of another day."""
        if isinstance(self.source, tg.Run) and as_of == self.source.as_of:
            as_of = None
        key = lang, as_of
        with self._lock:
            if key not in self._sessions:
                days = [one for one in self._sessions if one[1] is not None]
                if as_of is not None and len(days) >= _DAYS:
                    del self._sessions[days[0]]
                self._sessions[key] = self._opened(lang, as_of)
            return self._sessions[key]

    def _opened(self, lang: Language, as_of: dt.date | None) -> tg.Session:
        if isinstance(self.source, tg.Run):
            if as_of is None:
                return tg.open_session(self.source, lang=lang)
            pack, forget = self.source.policy(), self.source.retention_on
            forget = max(forget, as_of)
            return tg.open_session(
                self.register, policy=pack, as_of=as_of, retention_on=forget, lang=lang
            )
        return tg.open_session(self.source, policy=self.policy, as_of=as_of, lang=lang)

    def _index(self) -> Any:
        """The search index; whoever asks while it is made waits, and pages do not."""
        with self._searching:
            return self._search

    @cached_property
    def _search(self) -> Any:
        def told(done: int, of: int) -> None:
            self._indexed = done, of

        index = tg.open_search(self.source, progress=told)
        self._indexed = None
        return index

    def indexed(self) -> float | None:
        """How much of the search index is made, as a share; None unless it is being made."""
        found = self._indexed
        return None if found is None else found[0] / max(found[1], 1)

    def find(
        self, text: str, lang: Language, limit: int, as_of: dt.date | None = None
    ) -> list[dict[str, Any]]:
        """Organisations that a text may mean, as they stand on the day that is looked at."""
        if as_of is not None and as_of > self.session(lang).as_of:
            as_of = None
        session = self.session(lang, as_of)
        found: list[dict[str, Any]] = tg.find(session, self._index(), text, limit=limit)
        return found

    def match(
        self, wanted: Sequence[Any], lang: Language, as_of: dt.date | None = None
    ) -> list[dict[str, Any]]:
        """Who is meant by the names and codes of a list."""
        session = self.session(lang, as_of)
        found: list[dict[str, Any]] = tg.match_partners(session, self._index(), wanted)
        return found

    def overview(self, lang: Language) -> dict[str, Any]:
        """The register at a glance: worked out once, for a run does not change."""
        found = self._overviews.get(lang)
        if found is None:
            pack: dict[str, Any] = {}
            if isinstance(self.source, tg.Register):
                pack["policy"] = self.policy
            found = self._overviews[lang] = tg.overview(self.source, lang=lang, **pack)
        return found

    def least_trusted(self, lang: Language) -> list[dict[str, Any]]:
        """The ten least trusted of a run; a register has no scores yet."""
        found = self._least.get(lang)
        if found is None:
            found = []
            if isinstance(self.source, tg.Run):
                found = tg.ranking(self.source, limit=10, lang=lang)["rows"]
            self._least[lang] = found
        return found

    def pack(self, lang: Language) -> dict[str, str]:
        """Name and version of the policy pack."""
        pack = self.session(lang).policy
        return {"policy": pack.name, "version": pack.version}

    def name(self) -> str:
        """What a head calls the source: the folder it lies in."""
        path = getattr(self.source, "path", None)
        return Path(path).resolve().parent.name if path is not None else "register"

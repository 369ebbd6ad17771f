"""Building blocks of a planted story: actors, what binds them, what was decided about them.

Dates are given as days before the as-of date. Ids are the same in every generated register,
whatever its seed: organisation codes ``TG``, two digits for the story, four for the actor, inside
valid identifiers; persons ``P-TG`` and the same digits. No other relationship touches them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from trustgraph.schema import (
    CONSULTATION_COLUMNS,
    ENTITY_COLUMNS,
    RECORD_COLUMNS,
    RELATIONSHIP_COLUMNS,
    Column,
)
from trustgraph.synthesis.identities import lei_from, text_of, uscc_from
from trustgraph.synthesis.record_types import CONSULTATION_SOURCES

__all__ = ["Actor", "Expectation", "Stage", "Story", "Telling"]

_DTYPES = {
    "string": pl.String(),
    "date": pl.Date(),
    "fraction": pl.Float64(),
    "number": pl.Float64(),
}
_EXTRAS = (
    ("安本分", "An Benfen"),
    ("常守诺", "Chang Shounuo"),
    ("平有序", "Ping Youxu"),
    ("宁如初", "Ning Ruchu"),
    ("舒无事", "Shu Wushi"),
    ("和为贵", "He Weigui"),
)
"""Names of chiefs who play no part."""
_URL = "https://register.example.invalid/story/"


@dataclass(frozen=True, slots=True)
class Telling:
    """The same words in English and Chinese."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody in a story: the id in the tables, the names and the part played."""

    id: str
    name: str
    name_en: str
    part: Telling


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the tool should say about an actor.

    ``rule`` is a rule code, or ``exposure``, ``ownership``, ``cascade``, ``score``, ``coverage``,
    or ``force-A`` for every rule of force A; with ``never`` it must not show there.
    """

    rule: str
    at: str
    words: Telling
    never: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """A planted story, as ``stories.json`` and ``stories.md`` tell it."""

    code: str
    title: Telling
    telling: Telling
    actors: tuple[Actor, ...]
    expected: tuple[Expectation, ...]


@dataclass(slots=True)
class Stage:
    """Collects the rows of one story (``number``) as of ``as_of``."""

    number: int
    as_of: dt.date
    actors: list[Actor] = field(default_factory=list)
    expected: list[Expectation] = field(default_factory=list)
    entities: list[dict[str, object]] = field(default_factory=list)
    relationships: list[dict[str, object]] = field(default_factory=list)
    records: list[dict[str, object]] = field(default_factory=list)
    consultations: list[dict[str, object]] = field(default_factory=list)

    def day(self, ago: int) -> dt.date:
        """The day so many days before the as-of date."""
        return self.as_of - dt.timedelta(days=ago)

    def company(
        self,
        name: str,
        name_en: str,
        part: Telling,
        *,
        industry: str = "F51",
        age: int = 3650,
        division: str = "330106",
        form: str = "limited_liability",
    ) -> str:
        """A company on file and searched in every source."""
        identifier = self._uscc("91", division)
        self._enter(
            identifier,
            "company",
            (name, name_en),
            part,
            uscc=identifier,
            jurisdiction="CN",
            region=division,
            industry=industry,
            legal_form=form,
            status="active",
            start=self.day(age),
        )
        self._searched(identifier)
        return identifier

    def foreign_company(
        self, name: str, part: Telling, *, jurisdiction: str, industry: str = "F51"
    ) -> str:
        """A company abroad: a LEI, no unified social credit code."""
        body = f"999800TG{self.number:02d}{self._next():08d}"
        code = lei_from(np.frombuffer(body.encode(), dtype=np.uint8).reshape(1, 18))
        identifier = str(text_of(code)[0])
        self._enter(
            identifier,
            "company",
            (name, name),
            part,
            lei=identifier,
            jurisdiction=jurisdiction,
            industry=industry,
            legal_form="foreign_company",
            status="active",
            start=self.day(7300),
        )
        self._searched(identifier)
        return identifier

    def public_body(self, name: str, name_en: str, part: Telling) -> str:
        """A state owner."""
        identifier = self._uscc("11", "330106")
        self._enter(
            identifier,
            "public_body",
            (name, name_en),
            part,
            uscc=identifier,
            jurisdiction="CN",
            region="330106",
            legal_form="public_body",
            status="active",
        )
        return identifier

    def person(self, name: str, name_en: str, part: Telling) -> str:
        """A person: nothing but the name is kept."""
        identifier = f"P-TG{self.number:02d}{self._next():04d}"
        self._enter(identifier, "person", (name, name_en), part)
        return identifier

    def other(self, name: str, name_en: str, part: Telling) -> str:
        """A consortium, or whatever is no company."""
        identifier = f"C-TG{self.number:02d}{self._next():04d}"
        self._enter(identifier, "other", (name, name_en), part, jurisdiction="CN")
        return identifier

    def unknown_company(self, name: str, name_en: str, part: Telling) -> str:
        """A company of which nothing but a name is known: it has a source's id, no code."""
        identifier = f"LIST-TG{self.number:02d}{self._next():04d}"
        self._enter(identifier, "company", (name, name_en), part)
        return identifier

    def relationship(
        self,
        source: str,
        kind: str,
        target: str,
        *,
        share: float | None = None,
        since: int = 1500,
        until: int | None = None,
    ) -> None:
        """A relationship from ``since`` days ago, until ``until`` days ago or still in force."""
        self.relationships.append(
            {
                "source": source,
                "target": target,
                "kind": kind,
                "id": f"L-TG{self.number:02d}{len(self.relationships) + 1:04d}",
                "share": share,
                "start": self.day(since),
                "end": None if until is None else self.day(until),
                "source_url": f"{_URL}{self.number}",
            }
        )

    def record(
        self,
        entity: str,
        code: str,
        ago: int,
        *,
        ends: int | None = None,
        repaired: int | None = None,
        status: str = "active",
        ground: str | None = None,
        authority: str | None = None,
        amount: float | None = None,
    ) -> None:
        """A record decided ``ago`` days before the as-of date."""
        number = len(self.records) + 1
        self.records.append(
            {
                "id": f"R-TG{self.number:02d}{number:04d}",
                "entity": entity,
                "type": code,
                "decided_on": self.day(ago),
                "published_on": self.day(max(ago - 5, 0)),
                "ends_on": None if ends is None else self.day(ends),
                "repaired_on": None if repaired is None else self.day(repaired),
                "status": status,
                "ground": ground,
                "authority": authority,
                "doc_no": f"（{self.day(ago).year}）示TG{self.number:02d}第{number}号",
                "amount": amount,
                "source_url": f"{_URL}{self.number}",
            }
        )

    def expect(self, rule: str, at: str, en: str, zh: str, *, never: bool = False) -> None:
        """Something to see (or with ``never`` not to see) about an actor."""
        self.expected.append(Expectation(rule, at, Telling(en, zh), never))

    def story(self, code: str, title: Telling, telling: Telling) -> Story:
        """The finished story; companies that it says nothing of get a chief and owner."""
        self._complete()
        return Story(code, title, telling, tuple(self.actors), tuple(self.expected))

    def tables(self) -> dict[str, pl.DataFrame]:
        """The rows as the four tables, in contract order."""
        return {
            "entities": _frame(self.entities, ENTITY_COLUMNS),
            "relationships": _frame(self.relationships, RELATIONSHIP_COLUMNS),
            "records": _frame(self.records, RECORD_COLUMNS),
            "consultations": _frame(self.consultations, CONSULTATION_COLUMNS),
        }

    def _complete(self) -> None:
        led = {row["target"] for row in self.relationships if row["kind"] == "legal_representative"}
        owned = {row["target"] for row in self.relationships if row["kind"] == "shareholder"}
        companies = [row for row in self.entities if row["kind"] == "company" and "uscc" in row]
        for place, row in enumerate(companies):
            company = str(row["id"])
            chief = f"P-TG{self.number:02d}9{place:03d}"
            if company in led and company in owned:
                continue
            name, name_en = _EXTRAS[place % len(_EXTRAS)]
            self.entities.append({"id": chief, "kind": "person", "name": name, "name_en": name_en})
            if company not in led:
                self.relationship(chief, "legal_representative", company)
                self.relationship(chief, "director", company)
            if company not in owned:
                self.relationship(chief, "shareholder", company, share=1.0)

    def _next(self) -> int:
        return len(self.actors) + 1

    def _uscc(self, prefix: str, division: str) -> str:
        first = np.frombuffer(f"{prefix}{division}".encode(), dtype=np.uint8).reshape(1, 8)
        code = f"TG{self.number:02d}{self._next():04d}".encode()
        second = np.frombuffer(code, dtype=np.uint8).reshape(1, 8)
        return str(text_of(uscc_from(first, second))[0])

    def _enter(
        self, identifier: str, kind: str, names: tuple[str, str], part: Telling, **more: object
    ) -> None:
        name, name_en = names
        self.actors.append(Actor(identifier, name, name_en, part))
        known = {"id": identifier, "kind": kind, "name": name, "name_en": name_en}
        self.entities.append(known | more)

    def _searched(self, identifier: str) -> None:
        for place, source in enumerate(CONSULTATION_SOURCES):
            self.consultations.append(
                {"source": source, "consulted_on": self.day(20 + place), "entity": identifier}
            )


def _frame(rows: list[dict[str, object]], columns: tuple[Column, ...]) -> pl.DataFrame:
    schema = {column.name: _DTYPES[column.dtype] for column in columns}
    whole = [{name: row.get(name) for name in schema} for row in rows]
    return pl.DataFrame(whole, schema=schema)

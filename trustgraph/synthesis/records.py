"""Records on companies and persons: who bears one, of which type, when, and what became of it.

About three companies in a hundred bear a negative record (``record_share``), revoked companies six
times as often, and some eight persons in a thousand. Tax grade A is held by 4.89 % (State
Taxation Administration, for 2018). Some records of a company come with one on its legal
representative: a consumption restriction beside a defaulter entry, a person listed for wages.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from trustgraph.schema import RECORD_COLUMNS
from trustgraph.synthesis.chance import Bool, Float64, Int64
from trustgraph.synthesis.identities import (
    COMPANY,
    PERSON,
    index_of,
    mixed_ids,
    reference,
    sort_of,
    text_of,
)
from trustgraph.synthesis.places import DIVISIONS, SECTORS
from trustgraph.synthesis.population import (
    ACTIVE,
    ALWAYS,
    NEVER,
    World,
    company_end,
    company_start,
    home_of,
    homes,
    identify,
    is_foreign,
    region_of,
    sector_of,
    status_of,
)
from trustgraph.synthesis.record_types import NAMED_RESPONSIBLE, RECORD_KINDS
from trustgraph.synthesis.record_words import RECORD_WORDS
from trustgraph.synthesis.relationships import Relationships, date_column, relationships
from trustgraph.synthesis.roles import acting_person, legal_representative

__all__ = ["Decisions", "block_decisions", "record_rows", "responsible_relationships"]

_EPOCH: Final = dt.date(1970, 1, 1)
_CODES: Final = tuple(kind.code for kind in RECORD_KINDS)
_WORDS: Final = tuple(RECORD_WORDS[code] for code in _CODES)
_MOST: Final = 6  # records of one subject
_PERSON_SHARE: Final = 0.26  # of ``record_share``: 0.8 % of persons beside 3 % of companies


def _days(dates: list[dt.date | None], otherwise: int) -> Int64:
    return np.array([otherwise if day is None else (day - _EPOCH).days for day in dates])


_FIRST: Final = _days([kind.first for kind in RECORD_KINDS], 0)
_LAST: Final = _days([kind.last for kind in RECORD_KINDS], NEVER)
_RED: Final = np.array([kind.rate > 0 for kind in RECORD_KINDS])
_REPAIR: Final = np.array([-1 if kind.repair is None else kind.repair for kind in RECORD_KINDS])
_MONTHS: Final = np.array([kind.months or (0, 0) for kind in RECORD_KINDS])
_AMOUNTS: Final = np.array([kind.amount or (np.nan, np.nan) for kind in RECORD_KINDS])
_NAMED: Final = np.array([code in NAMED_RESPONSIBLE for code in _CODES])
_ABNORMAL: Final = _CODES.index("SAMR_ABNORMAL")


def _sector_weights(sector: str) -> Float64:
    every = 0.0 if sector == "foreign" else 1.0
    return np.array(
        [
            0.0 if kind.rate else every * kind.every + kind.sectors.get(sector, 0.0)
            for kind in RECORD_KINDS
        ]
    )


@dataclass(frozen=True, slots=True)
class Decisions:
    """Records before they are written out: subject (reference), type (place in
    ``RECORD_KINDS``), day of decision and a key that no other record has."""

    subject: Int64
    type: Int64
    decided: Int64
    key: Int64


def block_decisions(world: World, company: Int64) -> Decisions:
    """All records on these companies and on the persons at home with them."""
    first, number = homes(company)
    person = np.arange(first[0], first[-1] + number[-1])
    negative = _company_decisions(world, company)
    parts = [
        negative,
        _accompanying(world, negative),
        *_red_decisions(world, company),
        _person_decisions(world, person),
    ]
    return Decisions(*(np.concatenate([getattr(part, name) for part in parts]) for name in _FIELDS))


_FIELDS: Final = tuple(Decisions.__dataclass_fields__)


def responsible_relationships(world: World, some: Decisions) -> Relationships:
    """Directly responsible persons that decisions fix, in office when the decision fell."""
    company = index_of(some.subject)
    fixed = (sort_of(some.subject) == COMPANY) & _NAMED[some.type]
    fixed &= ~is_foreign(company) & world.chance.hits("responsible", some.key, 0.6)
    company, key, decided = company[fixed], some.key[fixed], some.decided[fixed]
    start = company_start(world, company)
    life = np.minimum(company_end(world, company), world.today) - start
    then = np.clip((decided - start) / life, 0.0, 1.0)
    begin = 0.9 * then * world.chance.uniform("responsible begin", key) ** 2
    left = then + (1.0 - then) * (0.1 + 0.9 * world.chance.uniform("responsible end", key))
    gone = world.chance.hits("responsible gone", key, 0.3)
    return relationships(
        "responsible_person",
        reference(PERSON, acting_person(world, company, key)),
        reference(COMPANY, company),
        begin=begin,
        finish=np.where(gone, (left - begin) / (1.0 - begin), np.nan),
    )


def record_rows(world: World, some: Decisions) -> pl.DataFrame:
    """The rows of the records table, in contract order."""
    chance, key, kind = world.chance, some.key, some.type
    sort, index = sort_of(some.subject), index_of(some.subject)
    home = np.where(sort == PERSON, home_of(index), index)
    region = pl.Series(region_of(world, home).astype(np.uint32))
    place = pl.Series([division.zh for division in DIVISIONS]).gather(region)
    division = pl.Series([division.code[:4] for division in DIVISIONS]).gather(region)
    types = pl.Series(kind.astype(np.uint32))
    local = pl.Series([each.authority.startswith("+") for each in _WORDS]).gather(types)
    office = pl.Series([each.authority.removeprefix("+") for each in _WORDS]).gather(types)
    grounds, offsets = _grounds()
    which = chance.below("ground", key, np.diff(offsets)[kind]) + offsets[kind]
    published = np.minimum(some.decided + chance.below("published", key, 31), world.today)
    repaired, status = _fates(world, some)
    frame = pl.DataFrame(
        {
            "id": text_of(mixed_ids(chance, "R", key)),
            "entity": identify(world, some.subject),
            "type": pl.Series(_CODES).gather(types),
            "decided_on": date_column(some.decided),
            "published_on": date_column(published),
            "ends_on": _terms(world, some),
            "repaired_on": date_column(repaired),
            "status": status,
            "ground": pl.Series(grounds).gather(which.astype(np.uint32)),
            "authority": pl.select(
                pl.when(local).then(place + office).otherwise(office)
            ).to_series(),
            "mark": pl.Series([each.mark for each in _WORDS]).gather(types),
            "division": division,
            "number": chance.below("document", key, 20_000) + 1,
            "amount": _sums(world, some),
            "seen": chance.hits("record url", key, 0.4),
        }
    )
    url = pl.concat_str(pl.lit("https://credit.example.invalid/record/"), "id")
    document = pl.concat_str(
        pl.lit("（"),
        pl.col("decided_on").dt.year(),
        pl.lit("）示"),
        "division",
        "mark",
        "number",
        pl.lit("号"),
    )
    before_end = pl.col("ends_on").is_null() | (pl.col("repaired_on") < pl.col("ends_on"))
    late = pl.col("repaired_on").is_not_null() & ~before_end
    return frame.with_columns(
        pl.when(late).then(None).otherwise("repaired_on").alias("repaired_on"),
        pl.when(late).then(pl.lit("active")).otherwise("status").alias("status"),
        document.alias("doc_no"),
        pl.col("amount").fill_nan(None),
        pl.when("seen").then(url).alias("source_url"),
    ).select([column.name for column in RECORD_COLUMNS])


def _company_decisions(world: World, company: Int64) -> Decisions:
    sector = sector_of(world, company)
    share = np.full(len(company), 0.83 * world.record_share)
    share[sector == SECTORS.index("revoked")] = min(1.0, 6.0 * world.record_share)
    share[sector == SECTORS.index("foreign")] = 0.5 * world.record_share
    recorded = company[world.chance.hits("recorded", company, share)]
    more = 1.0 - world.chance.uniform("record count", recorded)
    counts = np.minimum(1 + np.floor(np.log(more) / np.log(0.3)), _MOST).astype(np.int64)
    subject = np.repeat(recorded, counts)
    place = np.arange(len(subject)) - np.repeat(np.cumsum(counts) - counts, counts)
    key = (subject * 16 + place) * 4
    kind = np.zeros(len(subject), dtype=np.int64)
    of_subject = sector_of(world, subject)
    for code, name in enumerate(SECTORS):
        some = of_subject == code
        kind[some] = world.chance.pick("record type", key[some], _sector_weights(name))
    start, end = company_start(world, subject), company_end(world, subject)
    kind = np.where(
        _empty(world, kind, start, end) & (of_subject != SECTORS.index("revoked")), _ABNORMAL, kind
    )
    return _dated(world, reference(COMPANY, subject), kind, key, start, end)


def _person_decisions(world: World, person: Int64) -> Decisions:
    home = home_of(person)
    abroad = is_foreign(home)
    recorded = world.chance.hits("person recorded", person, _PERSON_SHARE * world.record_share)
    person, abroad = person[recorded], abroad[recorded]
    key = person * 64 + 2
    own = np.array([kind.person for kind in RECORD_KINDS])
    foreign = np.array([kind.foreign_person for kind in RECORD_KINDS])
    kind = np.where(
        abroad,
        world.chance.pick("person type", key, foreign),
        world.chance.pick("person type", key, own),
    )
    always = np.full(len(person), ALWAYS)
    return _dated(world, reference(PERSON, person), kind, key, always, np.full_like(always, NEVER))


def _accompanying(world: World, some: Decisions) -> Decisions:
    """Records on the legal representative that a decision on the company brings with it."""
    chances = np.zeros(len(_CODES))
    result = np.arange(len(_CODES))
    for code, share in (
        ("COURT_DEFAULTER", 0.5),
        ("COURT_CONSUMPTION", 0.8),
        ("WAGE_ARREARS", 0.5),
        ("FOOD_BAN", 0.8),
        ("DRUG_BAN", 0.6),
        ("WORK_SAFETY_SERIOUS", 0.4),
    ):
        chances[_CODES.index(code)] = share
    result[_CODES.index("COURT_DEFAULTER")] = _CODES.index("COURT_CONSUMPTION")
    company = index_of(some.subject)
    with_it = world.chance.hits("accompanying", some.key, chances[some.type])
    with_it &= ~is_foreign(company)
    person = legal_representative(world, company[with_it])
    return Decisions(
        reference(PERSON, person),
        result[some.type[with_it]],
        some.decided[with_it],
        some.key[with_it] + 3,
    )


def _red_decisions(world: World, company: Int64) -> list[Decisions]:
    sector = sector_of(world, company)
    start = company_start(world, company)
    sound = (status_of(world, company) == ACTIVE) & ~is_foreign(company)
    sound &= world.today - start > 3 * 365  # grade A is not open to younger companies
    parts = []
    for code in np.flatnonzero(_RED):
        kind = RECORD_KINDS[code]
        eligible = sound
        if kind.sectors:
            eligible = sound & np.isin(sector, [SECTORS.index(name) for name in kind.sectors])
        held = company[eligible & world.chance.hits(f"red {kind.code}", company, kind.rate)]
        key = (held * 16 + 4 * (code % 4)) * 4 + 1
        if kind.code == "RED_TAX_A":
            parts += [_graded(world, held, int(code), back) for back in range(3)]
            continue
        kinds = np.full(len(held), code)
        since = np.maximum(company_start(world, held), world.today - 5 * 365)
        parts.append(
            _dated(world, reference(COMPANY, held), kinds, key, since, np.full_like(held, NEVER))
        )
    return parts


def _graded(world: World, company: Int64, code: int, back: int) -> Decisions:
    """Tax grades A, published each April; many holders had the grade in earlier years too."""
    today = _EPOCH + dt.timedelta(days=world.today)
    year = today.year - back - (0 if (today.month, today.day) >= (4, 30) else 1)
    april = (dt.date(year, 4, 20) - _EPOCH).days
    kept = company[world.chance.hits(f"grade A {back}", company, 1.0 if back == 0 else 0.45)]
    key = (kept * 16 + 9 + back) * 4 + 1
    decided = april + world.chance.below("grade day", key, 10)
    exists = decided > company_start(world, kept)
    kept, key, decided = kept[exists], key[exists], decided[exists]
    return Decisions(reference(COMPANY, kept), np.full(len(kept), code), decided, key)


def _window(world: World, kind: Int64, start: Int64, end: Int64) -> tuple[Int64, Int64]:
    low = np.maximum(np.maximum(_FIRST[kind], start), world.today - 3652)
    high = np.minimum(np.minimum(_LAST[kind], end - 1), world.today - 1)
    return low, high


def _empty(world: World, kind: Int64, start: Int64, end: Int64) -> Bool:
    low, high = _window(world, kind, start, end)
    nothing: Bool = low > high
    return nothing


def _dated(
    world: World, subject: Int64, kind: Int64, key: Int64, start: Int64, end: Int64
) -> Decisions:
    low, high = _window(world, kind, start, end)
    back = world.chance.uniform("decided", key) ** 1.4 * (high - low + 1)
    fits = low <= high
    decided = high - back.astype(np.int64)
    return Decisions(subject[fits], kind[fits], decided[fits], key[fits])


def _fates(world: World, some: Decisions) -> tuple[Int64, pl.Series]:
    """Day of repair (``NEVER``: not repaired) and status of each record."""
    earliest = some.decided + _REPAIR[some.type] * 31 + 3
    open_to_it = (_REPAIR[some.type] >= 0) & (earliest < world.today)
    repaired = open_to_it & world.chance.hits("repaired", some.key, 0.42)
    wait = world.chance.uniform("repair wait", some.key) ** 2 * (world.today - earliest)
    day = np.where(repaired, earliest + wait.astype(np.int64), NEVER)
    drawn = world.chance.uniform("fate", some.key)
    fate = np.searchsorted(np.array([0.02, 0.045, 0.055]), drawn, side="right")
    fate = np.where(_RED[some.type], 3, fate)
    fate = np.where(repaired, 4, fate)
    words = pl.Series(["withdrawn", "objected", "under_review", "active", "repaired"])
    return day, words.gather(fate.astype(np.uint32))


def _terms(world: World, some: Decisions) -> pl.Series:
    """Explicit ends for a third of the records whose type has a term: whole calendar months."""
    low, high = _MONTHS[some.type, 0], _MONTHS[some.type, 1]
    stated = (high > 0) & world.chance.hits("term stated", some.key, 0.35)
    months = low + world.chance.below("term", some.key, high - low + 1)
    frame = pl.DataFrame({"day": date_column(some.decided), "months": months, "stated": stated})
    later = pl.col("day").dt.offset_by(pl.concat_str("months", pl.lit("mo")))
    return frame.select(pl.when("stated").then(later)).to_series()


def _sums(world: World, some: Decisions) -> Float64:
    low, high = _AMOUNTS[some.type, 0], _AMOUNTS[some.type, 1]
    amount = low * (high / low) ** world.chance.uniform("amount", some.key)
    stated = world.chance.hits("amount stated", some.key, 0.8)
    return np.where(stated, np.round(amount / 100.0) * 100.0, np.nan)


def _grounds() -> tuple[list[str], Int64]:
    texts = [text for words in _WORDS for text in words.grounds]
    return texts, np.cumsum([0, *(len(words.grounds) for words in _WORDS)])

"""One block of the register as the frames that are written: entities and consultations here,
relationships and records from the modules that invent them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from trustgraph.schema import CONSULTATION_COLUMNS, ENTITY_COLUMNS, ENTITY_STATUSES, KIND_CODES
from trustgraph.synthesis.chance import Int64
from trustgraph.synthesis.holdings import holding_relationships
from trustgraph.synthesis.identities import BODY, BRANCH, COMPANY, CONSORTIUM, PERSON, reference
from trustgraph.synthesis.names import (
    body_names,
    branch_names,
    company_names,
    consortium_names,
    country_of,
    person_names,
)
from trustgraph.synthesis.places import COUNTRIES, DIVISIONS, INDUSTRIES
from trustgraph.synthesis.population import (
    FOREIGN_FORM,
    FORMS,
    World,
    branch_company,
    ended,
    form_of,
    homes,
    identify,
    industry_of,
    is_foreign,
    region_by_reference,
    region_of,
    started,
    status_of,
)
from trustgraph.synthesis.record_types import CONSULTATION_SOURCES
from trustgraph.synthesis.records import block_decisions, record_rows, responsible_relationships
from trustgraph.synthesis.relationships import (
    Relationships,
    chosen,
    date_column,
    joined,
    relationship_rows,
)
from trustgraph.synthesis.roles import branches_of, role_relationships
from trustgraph.synthesis.staff import employee_relationships, employees_of
from trustgraph.synthesis.trade import consortium_leaders, trade_relationships

__all__ = ["block_tables"]

_URL: Final = "https://register.example.invalid/entity/"
_DEPTHS: Final = np.array([0.40, 0.80, 0.92])
_LATER: Final = {"customs", "environment", "food_drug", "work_safety", "securities"}
_SEARCHED: Final = np.array([0, 2, 6, 11])
"""How many sources were searched, by depth of the file: none for four companies in ten."""
_OFTEN_UNKNOWN: Final = [
    KIND_CODES[name] for name in ("director", "supervisor", "senior_manager", "supplier")
]
_ORDER: Final = (
    *("courts", "samr"),
    *("tax", "penalties", "procurement", "wages"),
    *(source for source in CONSULTATION_SOURCES if source in _LATER),
)
"""In this order a file gets deeper."""


def block_tables(world: World, first: int, beyond: int) -> dict[str, pl.DataFrame]:
    """The four tables of companies ``first`` to before ``beyond`` and of who lives with them.

    The first block also holds the public bodies and the searches for the whole register.
    """
    company = np.arange(first, beyond)
    decisions = block_decisions(world, company)
    parts = [
        *role_relationships(world, company),
        responsible_relationships(world, decisions),
        *holding_relationships(world, company),
        *trade_relationships(world, company),
        *employee_relationships(world, company),
    ]
    return {
        "entities": _entities(world, company, with_bodies=first == 0),
        "relationships": relationship_rows(world, _known(world, joined(parts))),
        "records": record_rows(world, decisions),
        "consultations": _consultations(world, company, with_whole=first == 0),
    }


def _known(world: World, some: Relationships) -> Relationships:
    """What the register knows of: all but a part of the relationships that are often unknown."""
    if world.known >= 1.0:
        return some
    key = (some.source * 1_000_003 + some.target) * len(KIND_CODES) + some.kind
    missed = ~world.chance.hits("known", key, world.known)
    return chosen(some, ~(missed & np.isin(some.kind, _OFTEN_UNKNOWN)))


def _entities(world: World, company: Int64, *, with_bodies: bool) -> pl.DataFrame:
    home, number = homes(company)
    person = np.arange(home[0], home[-1] + number[-1])
    person = np.concatenate([person, employees_of(world, company)[0]])
    branch = branches_of(world, company)
    leader = consortium_leaders(world, company)
    parts = [_companies(world, company)]
    if len(branch):
        parts.append(_branches(world, branch))
    parts.append(_named(world, "person", PERSON, person))
    if len(leader):
        parts.append(_named(world, "other", CONSORTIUM, leader))
    if with_bodies:
        parts.append(_named(world, "public_body", BODY, np.arange(world.bodies)))
    return pl.concat(parts)


def _companies(world: World, company: Int64) -> pl.DataFrame:
    chance = world.chance
    references = reference(COMPANY, company)
    ids = identify(world, references)
    abroad = is_foreign(company)
    zh, en = company_names(world, company)
    english = chance.hits("english name", company, 0.6) | abroad
    industry = chance.hits("industry known", company, 0.97)
    forms = [form.name for form in FORMS]
    frame = pl.DataFrame(
        {
            "id": ids,
            "name": zh,
            "name_en": en,
            "country": _words([each.code for each in COUNTRIES], country_of(world, company)),
            "region": _words([each.code for each in DIVISIONS], region_of(world, company)),
            "industry": _words([each.code for each in INDUSTRIES], industry_of(world, company)),
            "form": _words(forms, form_of(world, company)),
            "status": _words(ENTITY_STATUSES, status_of(world, company)),
            "start": date_column(started(world, references)),
            "end": date_column(ended(world, references)),
            "abroad": abroad,
            "english": english,
            "known": industry,
            "url": chance.hits("entity url", company, 0.3),
        }
    )
    foreign = pl.col("abroad")
    return _contract(
        frame,
        pl.lit("company").alias("kind"),
        pl.when("english").then("name_en").alias("name_en"),
        pl.when(~foreign).then("id").alias("uscc"),
        pl.when(foreign).then("id").alias("lei"),
        pl.when(foreign).then("country").otherwise(pl.lit("CN")).alias("jurisdiction"),
        pl.when(~foreign).then("region").alias("region"),
        pl.when("known").then("industry").alias("industry"),
        pl.when(foreign).then(pl.lit(FOREIGN_FORM)).otherwise("form").alias("legal_form"),
        pl.when("url").then(pl.lit(_URL) + pl.col("id")).alias("source_url"),
    )


def _branches(world: World, branch: Int64) -> pl.DataFrame:
    references = reference(BRANCH, branch)
    head = branch_company(branch)
    zh, en = branch_names(world, branch)
    region = region_by_reference(world, references)
    frame = pl.DataFrame(
        {
            "id": identify(world, references),
            "name": zh,
            "name_en": en,
            "region": _words([each.code for each in DIVISIONS], region),
            "industry": _words([each.code for each in INDUSTRIES], industry_of(world, head)),
            "status": _words(ENTITY_STATUSES, status_of(world, head)),
            "start": date_column(started(world, references)),
            "end": date_column(ended(world, references)),
            "english": world.chance.hits("branch english", branch, 0.4),
        }
    )
    return _contract(
        frame,
        pl.lit("branch").alias("kind"),
        pl.when("english").then("name_en").alias("name_en"),
        pl.col("id").alias("uscc"),
        pl.lit("CN").alias("jurisdiction"),
        pl.lit("branch").alias("legal_form"),
    )


def _named(world: World, kind: str, sort: int, index: Int64) -> pl.DataFrame:
    """Persons, consortia and public bodies: of persons nothing but the name is kept."""
    references = reference(sort, index)
    frame = pl.DataFrame({"id": identify(world, references)})
    if sort == PERSON:
        zh, en = person_names(world, index)
        return _contract(frame, pl.lit(kind).alias("kind"), zh.alias("name"), en.alias("name_en"))
    zh, en = consortium_names(world, index) if sort == CONSORTIUM else body_names(index)
    more: list[pl.Expr | pl.Series] = [
        pl.lit(kind).alias("kind"),
        zh.alias("name"),
        en.alias("name_en"),
    ]
    if sort == BODY:
        region = region_by_reference(world, references)
        more += [
            pl.col("id").alias("uscc"),
            _words([each.code for each in DIVISIONS], region).alias("region"),
            pl.lit("public_body").alias("legal_form"),
            pl.lit("active").alias("status"),
        ]
    return _contract(frame, pl.lit("CN").alias("jurisdiction"), *more)


def _consultations(world: World, company: Int64, *, with_whole: bool) -> pl.DataFrame:
    """Searches: none for many companies, courts and register for most, nearly all for a few."""
    chance = world.chance
    depth = np.searchsorted(_DEPTHS, chance.uniform("search depth", company), side="right")
    counts = _SEARCHED[depth]
    subject = np.repeat(company, counts)
    place = np.arange(len(subject)) - np.repeat(np.cumsum(counts) - counts, counts)
    batch = world.today - 1 - (chance.uniform("searched", subject) ** 2 * 540).astype(np.int64)
    ids = identify(world, reference(COMPANY, company))
    rows = pl.DataFrame(
        {
            "source": _words(_ORDER, place),
            "consulted_on": date_column(batch + place % 2),
            "entity": ids.gather((subject - company[0]).astype(np.uint32)),
        }
    )
    if with_whole:
        # The trade ministry's lists are short and public: they are searched for everyone at once.
        days = world.today - np.array([275, 183, 91, 2])
        whole = pl.DataFrame({"source": "foreign_trade", "consulted_on": date_column(days)})
        rows = pl.concat([whole.with_columns(pl.lit(None, pl.String).alias("entity")), rows])
    return rows.select([column.name for column in CONSULTATION_COLUMNS])


def _words(words: tuple[str, ...] | list[str], places: Int64) -> pl.Series:
    return pl.Series(words, dtype=pl.String).gather(places.astype(np.uint32))


def _contract(frame: pl.DataFrame, *more: pl.Expr | pl.Series) -> pl.DataFrame:
    """The frame in contract order, with empty columns for what is not known."""
    frame = frame.with_columns(*more)
    empty = [
        pl.lit(None, dtype=pl.Date if column.dtype == "date" else pl.String).alias(column.name)
        for column in ENTITY_COLUMNS
        if column.name not in frame.columns
    ]
    return frame.with_columns(*empty).select([column.name for column in ENTITY_COLUMNS])

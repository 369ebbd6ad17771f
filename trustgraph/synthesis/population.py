"""What each company is, as functions of its index: no draw depends on another company's block.

Companies come in chunks of 64 neighbours. The first of a chunk may form a business group: a
random recursive tree, which is as shallow as real groups are (about log n deep, at most some
eight levels). Persons live with companies too: company ``i`` is home to persons
``6 i // 5`` up to ``6 (i + 1) // 5``, 1.2 on average, and finds everybody else by arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from trustgraph.synthesis.chance import Bool, Chance, Int64
from trustgraph.synthesis.identities import (
    BODY,
    BRANCH,
    COMPANY,
    CONSORTIUM,
    PERSON,
    index_of,
    lei_ids,
    mixed_ids,
    sort_of,
    text_of,
    uscc_ids,
)
from trustgraph.synthesis.places import (
    DIVISION_WEIGHTS,
    DIVISIONS,
    INDUSTRY_SECTORS,
    INDUSTRY_WEIGHTS,
    SECTORS,
)

__all__ = [
    "ALWAYS",
    "BRANCH_SLOTS",
    "CHUNK",
    "FORMS",
    "NEVER",
    "World",
    "branch_company",
    "branch_counts",
    "ended",
    "form_of",
    "group_sizes",
    "home_of",
    "homes",
    "identify",
    "industry_of",
    "is_foreign",
    "is_state_owned",
    "organisation_prefixes",
    "parent_of",
    "person_count",
    "region_of",
    "sector_of",
    "size_of",
    "started",
    "status_of",
]

CHUNK: Final = 64
BRANCH_SLOTS: Final = 8
ALWAYS: Final = -(2**31)
"""A start that is not known."""
NEVER: Final = 2**31 - 1
"""An end that is not known."""

ACTIVE, REVOKED, DEREGISTERED = 0, 1, 2
MICRO, SMALL, MEDIUM, LARGE = 0, 1, 2, 3

_FOREIGN_EVERY: Final = 33  # one company in 33 is a foreign partner: known by arithmetic
_FOREIGN_PLACE: Final = 17
_SIZE_EDGES: Final = np.array([0.80, 0.94, 0.985])


@dataclass(frozen=True, slots=True)
class Form:
    """A legal form: first two characters of its code (GB 32100-2015, table 1) and its suffix."""

    name: str
    prefix: str
    zh: str
    en: str
    weight: float


FORMS: Final = (
    Form("limited_liability", "91", "有限公司", "Co., Ltd.", 86.0),
    Form("joint_stock", "91", "股份有限公司", "Corporation", 2.2),
    Form("sole_proprietorship", "91", "厂", "Works", 3.4),
    Form("partnership", "91", "合伙企业（有限合伙）", "LP", 3.0),
    Form("cooperative", "93", "专业合作社", "Cooperative", 2.6),
    Form("private_non_enterprise", "52", "服务中心", "Service Centre", 1.0),
    Form("association", "51", "协会", "Association", 0.4),
    Form("public_institution", "12", "研究所", "Institute", 0.5),
    Form("village_collective", "N2", "股份经济合作社", "Village Collective", 0.6),
    Form("military_enterprise", "A1", "保障中心", "Support Centre", 0.1),
    Form("other", "Y1", "管理中心", "Centre", 0.2),
)
"""Legal forms by weight. Departments other than 9 (market regulation) are a few in a hundred."""

FOREIGN_FORM: Final = "foreign_company"
SOLE: Final = [form.name for form in FORMS].index("sole_proprietorship")

_FORM_WEIGHTS: Final = np.array([form.weight for form in FORMS])
_FORM_PREFIXES: Final = np.array([list(form.prefix.encode()) for form in FORMS], dtype=np.uint8)
_DIVISION_CODES: Final = np.array(
    [list(division.code.encode()) for division in DIVISIONS], dtype=np.uint8
)


@dataclass(frozen=True, slots=True)
class World:
    """The parameters that everything follows from. ``today`` is the as-of date's day number.

    ``known`` is the share of directors, supervisors, managers and suppliers that the register knows
    of, ``employees`` how many a company has on average beside those who act for it.
    """

    companies: int
    chance: Chance
    today: int
    record_share: float
    known: float = 1.0
    employees: float = 0.0

    @property
    def bodies(self) -> int:
        """How many public bodies own companies: one in 2,000, and always one."""
        return max(1, self.companies // 2000)


def is_foreign(company: Int64) -> Bool:
    """Whether a company is a foreign partner (3 %): a LEI, no USCC, no legal representative."""
    foreign: Bool = company % _FOREIGN_EVERY == _FOREIGN_PLACE
    return foreign


def foreign_company(world: World, stream: str, index: Int64) -> Int64:
    """Some foreign company for each index, or -1 when the register has none."""
    number = (world.companies - 1 - _FOREIGN_PLACE) // _FOREIGN_EVERY + 1
    if number < 1:
        return np.full(len(index), -1, dtype=np.int64)
    drawn = (world.chance.uniform(stream, index) ** 2 * number).astype(np.int64)
    return drawn * _FOREIGN_EVERY + _FOREIGN_PLACE


def group_sizes(world: World, company: Int64) -> Int64:
    """How many companies of the chunk belong to its business group (1: there is none)."""
    chunk = company // CHUNK
    drawn = world.chance.uniform("group size", chunk)
    kind = world.chance.uniform("group kind", chunk)
    top = np.where(kind < 0.7, 6, np.where(kind < 0.9, 24, CHUNK))
    return 1 + (drawn * top).astype(np.int64)


def parent_of(world: World, company: Int64) -> Int64:
    """The group parent of each company, -1 for the group's head and for companies in no group."""
    place = company % CHUNK
    above = world.chance.below("parent", company, place)
    grouped = (place > 0) & (place < group_sizes(world, company))
    return np.where(grouped, company - place + above, -1)


def region_of(world: World, company: Int64) -> Int64:
    """Place in ``DIVISIONS`` where a company is registered; groups stay mostly together."""
    together = world.chance.hits("region kept", company, 0.6)
    grouped = company % CHUNK < group_sizes(world, company)
    anchor = np.where(together & grouped, company - company % CHUNK, company)
    return world.chance.pick("region", anchor, DIVISION_WEIGHTS)


def industry_of(world: World, company: Int64) -> Int64:
    """Place in ``INDUSTRIES`` of a company's main business."""
    return world.chance.pick("industry", company, INDUSTRY_WEIGHTS)


def form_of(world: World, company: Int64) -> Int64:
    """Place in ``FORMS`` of a company's legal form; group members are limited companies."""
    drawn = world.chance.pick("form", company, _FORM_WEIGHTS)
    grouped = company % CHUNK < group_sizes(world, company)
    return np.where(grouped & (group_sizes(world, company) > 1), np.minimum(drawn, 1), drawn)


def size_of(world: World, company: Int64) -> Int64:
    """0 micro (80 %), 1 small, 2 medium, 3 large; heads of larger groups are medium at least."""
    drawn = np.searchsorted(_SIZE_EDGES, world.chance.uniform("size", company), side="right")
    head = (company % CHUNK == 0) & (group_sizes(world, company) >= 8)
    return np.where(head, np.maximum(drawn, MEDIUM), drawn).astype(np.int64)


def is_state_owned(world: World, company: Int64) -> Bool:
    """Whether a public body is the main owner: 1 %, and 8 % of the heads of business groups."""
    head = (company % CHUNK == 0) & (group_sizes(world, company) > 6)
    return world.chance.hits("state", company, np.where(head, 0.25, 0.01)) & ~is_foreign(company)


def company_start(world: World, company: Int64) -> Int64:
    """Day of establishment: half of the companies are younger than six years, as in China."""
    skew = np.where(company % CHUNK == 0, 1.6, 2.6)
    years = 34.0 * world.chance.uniform("start", company) ** skew
    return world.today - 20 - (years * 365.25).astype(np.int64)


def status_of(world: World, company: Int64) -> Int64:
    """0 active (93 %), 1 revoked (4 %), 2 deregistered (3 %); the young are all active."""
    drawn = world.chance.uniform("status", company)
    status = np.where(drawn < 0.912, ACTIVE, np.where(drawn < 0.962, REVOKED, DEREGISTERED))
    young = world.today - company_start(world, company) < 400
    return np.where(young | is_foreign(company), ACTIVE, status).astype(np.int64)


def company_end(world: World, company: Int64) -> Int64:
    """Day of deregistration, ``NEVER`` for a company that stands."""
    start = company_start(world, company)
    lived = world.chance.uniform("end", company) ** 0.5 * (world.today - start - 360)
    end = start + 360 + lived.astype(np.int64)
    return np.where(status_of(world, company) == DEREGISTERED, end, NEVER)


def sector_of(world: World, company: Int64) -> Int64:
    """Place in ``SECTORS``: foreign and revoked go before what the industry says."""
    sector = INDUSTRY_SECTORS[industry_of(world, company)]
    revoked = status_of(world, company) == REVOKED
    sector = np.where(revoked, SECTORS.index("revoked"), sector)
    return np.where(is_foreign(company), SECTORS.index("foreign"), sector)


def person_count(companies: int) -> int:
    """How many persons live with the first ``companies`` companies: 1.2 each."""
    return 6 * companies // 5


def homes(company: Int64) -> tuple[Int64, Int64]:
    """First person at home with each company, and how many there are (1 or 2)."""
    first = 6 * company // 5
    return first, 6 * (company + 1) // 5 - first


def home_of(person: Int64) -> Int64:
    """The company that a person is at home with."""
    return (5 * person + 4) // 6


def branch_counts(world: World, company: Int64) -> Int64:
    """Number of branches: 6 in 100 companies' worth, most of them of large companies."""
    size = size_of(world, company)
    mean = np.array([0.015, 0.08, 0.4, 1.2])[size]
    drawn = world.chance.uniform("branches", company)
    number = np.floor(np.log(1.0 - drawn) / np.log(mean / (1.0 + mean))).astype(np.int64)
    return np.where(is_foreign(company), 0, np.minimum(number, BRANCH_SLOTS - 1))


def branch_company(branch: Int64) -> Int64:
    """The head office of each branch."""
    return branch // BRANCH_SLOTS


def started(world: World, references: Int64) -> Int64:
    """Day from which an entity exists; ``ALWAYS`` for persons and public bodies."""
    sort, index = sort_of(references), index_of(references)
    company = np.where(sort == BRANCH, index // BRANCH_SLOTS, np.where(sort <= BRANCH, index, 0))
    start = company_start(world, company)
    later = world.chance.uniform("branch start", index) * (_last_day(world, company) - start)
    start = np.where(sort == BRANCH, start + later.astype(np.int64), start)
    return np.where(sort <= BRANCH, start, ALWAYS)


def ended(world: World, references: Int64) -> Int64:
    """Day on which an entity ceased to exist, ``NEVER`` if it still does."""
    sort, index = sort_of(references), index_of(references)
    company = np.where(sort == BRANCH, index // BRANCH_SLOTS, np.where(sort <= BRANCH, index, 0))
    return np.where(sort <= BRANCH, company_end(world, company), NEVER)


def organisation_prefixes(
    world: World, references: Int64
) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Department, type and division (n, 8) of companies, branches and public bodies."""
    sort, index = sort_of(references), index_of(references)
    owner = np.where(sort == BRANCH, index // BRANCH_SLOTS, index)
    prefixes = np.empty((len(references), 8), dtype=np.uint8)
    prefixes[:, :2] = _FORM_PREFIXES[form_of(world, owner)]
    prefixes[sort == BODY, :2] = np.frombuffer(b"11", dtype=np.uint8)
    prefixes[:, 2:] = _DIVISION_CODES[region_by_reference(world, references)]
    return prefixes


def region_by_reference(world: World, references: Int64) -> Int64:
    """Place in ``DIVISIONS`` of companies, branches (often elsewhere) and public bodies."""
    sort, index = sort_of(references), index_of(references)
    company = np.where(sort == BRANCH, index // BRANCH_SLOTS, index)
    region = region_of(world, company)
    away = world.chance.pick("branch region", index, DIVISION_WEIGHTS)
    moved = (sort == BRANCH) & world.chance.hits("branch away", index, 0.6)
    return np.where(sort == BODY, index % len(DIVISIONS), np.where(moved, away, region))


def identify(world: World, references: Int64) -> pl.Series:
    """The ids of entities, in the order of their references."""
    sort, index = sort_of(references), index_of(references)
    abroad = (sort == COMPANY) & is_foreign(index)
    native = (sort <= BODY) & ~abroad
    places: list[Int64] = []
    texts: list[pl.Series] = []
    for chosen in (native, abroad, sort == PERSON, sort == CONSORTIUM):
        place = np.flatnonzero(chosen)
        if not len(place):
            continue
        some = references[place]
        if chosen is native:
            text = _native_ids(world, some)
        elif chosen is abroad:
            text = text_of(lei_ids(world.chance, index_of(some)))
        else:
            letter = "P" if int(sort_of(some[:1])[0]) == PERSON else "C"
            text = text_of(mixed_ids(world.chance, letter, index_of(some)))
        places.append(place)
        texts.append(text)
    if not texts:
        return pl.Series(dtype=pl.String)
    order = np.empty(len(references), dtype=np.int64)
    order[np.concatenate(places)] = np.arange(len(references))
    return pl.concat(texts).gather(order)


def _native_ids(world: World, references: Int64) -> pl.Series:
    index = index_of(references)
    prefixes = organisation_prefixes(world, references)
    # The sort enters the code itself; sorts fit in two bits beside 32 bits of index.
    number = (sort_of(references) << 32) + index
    return text_of(uscc_ids(world.chance, number, prefixes))


def _last_day(world: World, company: Int64) -> Int64:
    return np.minimum(company_end(world, company), world.today - 1)

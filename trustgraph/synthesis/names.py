"""Names by index, in Chinese and in letters: invented, readable, alike within a group.

A Chinese company is called place + brand + business + legal form; members of a business group
share the brand. A person has a common surname and an invented given name; persons at home with
a foreign company have names in letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from trustgraph.synthesis.chance import Float64, Int64
from trustgraph.synthesis.identities import BRANCH, reference
from trustgraph.synthesis.places import COUNTRIES, COUNTRY_WEIGHTS, DIVISIONS, INDUSTRIES
from trustgraph.synthesis.population import (
    CHUNK,
    FORMS,
    World,
    branch_company,
    form_of,
    group_sizes,
    home_of,
    industry_of,
    is_foreign,
    region_by_reference,
    region_of,
)
from trustgraph.synthesis.trade import name_source
from trustgraph.synthesis.vocabulary import (
    BRAND_FIRST,
    BRAND_SECOND,
    BRAND_THIRD,
    FOREIGN_FIRST,
    FOREIGN_GIVEN,
    FOREIGN_LAST,
    FOREIGN_MIDDLE,
    FOREIGN_SURNAMES,
    GIVEN_FIRST,
    GIVEN_SECOND,
    SURNAMES,
)

__all__ = [
    "body_names",
    "branch_names",
    "company_names",
    "consortium_names",
    "country_of",
    "person_names",
]

_SURNAME_WEIGHTS: Final[Float64] = 1.0 / np.arange(3.0, 3.0 + len(SURNAMES))
_Names = tuple[pl.Series, pl.Series]


def country_of(world: World, company: Int64) -> Int64:
    """Place in ``COUNTRIES`` of a foreign company's seat."""
    return world.chance.pick("country", company, COUNTRY_WEIGHTS)


def company_names(world: World, company: Int64) -> _Names:
    """Chinese and English names of companies; a foreign company has one name for both."""
    grouped = company % CHUNK < group_sizes(world, company)
    brand = np.where(grouped, company - company % CHUNK, company)
    first = _drawn(world, "brand first", brand, len(BRAND_FIRST))
    second = _drawn(world, "brand second", brand, len(BRAND_SECOND))
    third = _drawn(world, "brand third", brand, len(BRAND_THIRD))
    longer = pl.Series(world.chance.hits("brand long", brand, 0.6))
    region, industry = region_of(world, company), industry_of(world, company)
    form = form_of(world, company)
    zh = _text(
        [
            _gather([each.zh for each in DIVISIONS], region),
            _gather([zh for zh, _ in BRAND_FIRST], first),
            _gather([zh for zh, _ in BRAND_SECOND], second),
            _if(longer, _gather([zh for zh, _ in BRAND_THIRD], third)),
            _gather([each.zh for each in INDUSTRIES], industry),
            _gather([each.zh for each in FORMS], form),
        ]
    )
    en = _text(
        [
            _gather([f"{each.en} " for each in DIVISIONS], region),
            _gather([en for _, en in BRAND_FIRST], first),
            _gather([en for _, en in BRAND_SECOND], second),
            _if(longer, _gather([en for _, en in BRAND_THIRD], third)),
            _gather([f" {each.en}" for each in INDUSTRIES], industry),
            _gather([f" {each.en}" for each in FORMS], form),
        ]
    )
    abroad = is_foreign(company)
    if not abroad.any():
        return zh, en
    foreign = _foreign_names(world, company, industry)
    return _either(abroad, foreign, zh), _either(abroad, foreign, en)


def branch_names(world: World, branch: Int64) -> _Names:
    """Names of branches: the head office's, then the place, then ``分公司``."""
    zh, en = company_names(world, branch_company(branch))
    region = region_by_reference(world, reference(BRANCH, branch))
    number = pl.Series(branch % 8 + 1).cast(pl.String)
    return (
        _text([zh, _gather([each.zh for each in DIVISIONS], region), "第", number, "分公司"]),
        _text([en, " ", _gather([each.en for each in DIVISIONS], region), " Branch ", number]),
    )


def body_names(body: Int64) -> _Names:
    """Names of public bodies that own companies: plainly numbered, so that none is a real one."""
    place = body % len(DIVISIONS)
    number = pl.Series(body // len(DIVISIONS) + 1).cast(pl.String)
    zh = _gather([f"{each.zh}（{each.code}）国有资本管理局第" for each in DIVISIONS], place)
    en = _gather([f"{each.en} ({each.code}) State Capital Office " for each in DIVISIONS], place)
    return _text([zh, number, "办公室"]), _text([en, number])


def consortium_names(world: World, leader: Int64) -> _Names:
    """Names of bidding consortia, after their leader."""
    zh, en = company_names(world, leader)
    return _text([zh, "（联合体）"]), _text([en, " Consortium"])


def person_names(world: World, person: Int64) -> _Names:
    """Names of persons: in Chinese and pinyin, or in letters for those of foreign companies."""
    named = name_source(world, person)
    surname = world.chance.pick("surname", named, _SURNAME_WEIGHTS)
    first = _drawn(world, "given first", named, len(GIVEN_FIRST))
    second = _drawn(world, "given second", named, len(GIVEN_SECOND))
    short = pl.Series(world.chance.hits("given short", named, 0.9))
    zh = _text(
        [
            _gather([zh for zh, _ in SURNAMES], surname),
            _if(short, _gather([zh for zh, _ in GIVEN_FIRST], first)),
            _gather([zh for zh, _ in GIVEN_SECOND], second),
        ]
    )
    given = _gather([en for _, en in GIVEN_SECOND], second)
    longer = _text([_gather([en.capitalize() for _, en in GIVEN_FIRST], first), given])
    single = _gather([en.capitalize() for _, en in GIVEN_SECOND], second)
    given = pl.select(pl.when(short).then(longer).otherwise(single)).to_series()
    en = _text([_gather([f"{en} " for _, en in SURNAMES], surname), given])
    abroad = is_foreign(home_of(named))
    if not abroad.any():
        return zh, en
    foreign = _text(
        [
            _gather([f"{each} " for each in FOREIGN_GIVEN], _drawn(world, "forename", named, 24)),
            _gather(FOREIGN_SURNAMES, _drawn(world, "family name", named, 24)),
        ]
    )
    return _either(abroad, foreign, zh), _either(abroad, foreign, en)


def _foreign_names(world: World, company: Int64, industry: Int64) -> pl.Series:
    return _text(
        [
            _gather(FOREIGN_FIRST, _drawn(world, "foreign first", company, len(FOREIGN_FIRST))),
            _gather(FOREIGN_MIDDLE, _drawn(world, "foreign middle", company, len(FOREIGN_MIDDLE))),
            _gather(FOREIGN_LAST, _drawn(world, "foreign last", company, len(FOREIGN_LAST))),
            _gather([f" {each.en} " for each in INDUSTRIES], industry),
            _gather([each.suffix for each in COUNTRIES], country_of(world, company)),
        ]
    )


def _drawn(world: World, stream: str, index: Int64, number: int) -> Int64:
    return world.chance.below(stream, index, number)


def _gather(words: Sequence[str], places: Int64) -> pl.Series:
    return pl.Series(words, dtype=pl.String).gather(places.astype(np.uint32))


def _if(wanted: pl.Series, text: pl.Series) -> pl.Series:
    return pl.select(pl.when(wanted).then(text).otherwise(pl.lit(""))).to_series()


def _either(
    first: np.ndarray[tuple[int], np.dtype[np.bool_]], one: pl.Series, other: pl.Series
) -> pl.Series:
    return pl.select(pl.when(pl.Series(first)).then(one).otherwise(other)).to_series()


def _text(parts: Sequence[pl.Series | str]) -> pl.Series:
    joined = [pl.lit(part) if isinstance(part, str) else part for part in parts]
    return pl.select(pl.concat_str(joined)).to_series()

"""What kinds of record occur, on whom, how often, since when: one table of 47 types.

Weights are relative frequencies within a sector (``SECTORS``) and follow published counts where
there are any: the abnormal-operations list and the judgment-defaulter list lead by far (SAMR,
press conference of February 2024: 4.96 million abnormal-list records restored by the end of 2023;
Supreme People's Court 2025: 2.46 million defaulters added in 2024), most other lists are small.
``first`` is the day on which the list or its direct forerunner began, so that no record is older
than its kind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["CONSULTATION_SOURCES", "NAMED_RESPONSIBLE", "RECORD_KINDS", "RecordKind"]

CONSULTATION_SOURCES: Final = (
    "courts",
    "samr",
    "tax",
    "customs",
    "wages",
    "penalties",
    "procurement",
    "environment",
    "food_drug",
    "work_safety",
    "securities",
    "foreign_trade",
)
"""The record sources that a consultation names."""


@dataclass(frozen=True, slots=True)
class RecordKind:
    """One type of record.

    ``every`` is the weight for every company under Chinese law, ``sectors`` adds to it (or stands
    alone for ``foreign``), ``person`` is the weight for persons, ``foreign_person`` for persons of
    foreign companies. ``rate`` is set for positive records instead: the share of companies of the
    named sectors that hold one. ``months`` bounds a stated term, ``repair`` is the number of months
    before repair at the earliest (None: there is no repair). An authority that begins with ``+``
    is a local one. ``amount`` bounds the sum of money at stake, in RMB.
    """

    code: str
    first: dt.date
    every: float = 0.0
    sectors: Mapping[str, float] = field(default_factory=dict)
    person: float = 0.0
    foreign_person: float = 0.0
    rate: float = 0.0
    months: tuple[int, int] | None = None
    repair: int | None = None
    amount: tuple[float, float] | None = None
    last: dt.date | None = None


def _kind(code: str, first: str, *, last: str | None = None, **more: Any) -> RecordKind:
    begun = dt.date.fromisoformat(first)
    return RecordKind(
        code, begun, last=None if last is None else dt.date.fromisoformat(last), **more
    )


RECORD_KINDS: Final = (
    _kind(
        "COURT_DEFAULTER",
        "2013-10-01",
        every=16.0,
        sectors={"construction": 4.0, "foreign": 6.0},
        person=25.0,
        months=(24, 36),
        repair=0,
        amount=(5_000, 50_000_000),
    ),
    _kind(
        "COURT_CONSUMPTION",
        "2010-10-01",
        every=10.0,
        sectors={"construction": 2.0},
        person=30.0,
        foreign_person=4.0,
        repair=0,
        amount=(5_000, 50_000_000),
    ),
    _kind("SAMR_ABNORMAL", "2014-10-01", every=26.0, repair=0),
    _kind(
        "SAMR_SERIOUS",
        "2016-04-01",
        every=1.6,
        sectors={"food": 1.5, "medical": 1.5},
        person=2.0,
        months=(36, 36),
        repair=12,
    ),
    _kind(
        "TAX_MAJOR",
        "2014-10-01",
        every=1.2,
        sectors={"trade": 1.0},
        person=2.5,
        months=(36, 36),
        repair=6,
        amount=(1_000_000, 200_000_000),
    ),
    _kind("TAX_GRADE_D", "2014-10-01", every=7.0, months=(24, 24), repair=3),
    _kind("TAX_GRADE_C", "2014-10-01", every=4.0, months=(12, 12), repair=0),
    _kind("TAX_NONNORMAL", "2014-10-01", every=4.0, repair=0),
    _kind(
        "TAX_ABNORMAL_VOUCHER",
        "2016-12-01",
        every=1.5,
        sectors={"trade": 1.5},
        repair=0,
        amount=(20_000, 20_000_000),
    ),
    _kind(
        "TAX_ARREARS", "2001-05-01", every=3.0, person=3.0, repair=0, amount=(10_000, 30_000_000)
    ),
    _kind(
        "CUSTOMS_DISHONEST",
        "2018-05-01",
        every=0.5,
        sectors={"trade": 4.0, "foreign": 5.0},
        months=(12, 24),
        repair=3,
        amount=(10_000, 5_000_000),
    ),
    _kind(
        "CUSTOMS_SERIOUS",
        "2021-11-01",
        every=0.2,
        sectors={"trade": 1.5},
        months=(36, 36),
        repair=12,
        amount=(100_000, 50_000_000),
    ),
    _kind(
        "WAGE_ARREARS",
        "2018-01-01",
        every=0.4,
        sectors={"construction": 6.0},
        person=3.0,
        months=(36, 36),
        repair=6,
        amount=(50_000, 8_000_000),
    ),
    _kind(
        "GOVPROC_SERIOUS",
        "2015-01-01",
        every=1.0,
        sectors={"construction": 1.0, "medical": 1.0},
        months=(12, 36),
        amount=(30_000, 1_000_000),
    ),
    _kind("TENDER_BAN", "2000-01-01", every=0.6, sectors={"construction": 3.0}, months=(12, 60)),
    _kind(
        "CSRC_INTEGRITY",
        "2018-07-01",
        every=0.4,
        sectors={"finance": 14.0},
        person=3.0,
        months=(36, 60),
        amount=(300_000, 60_000_000),
    ),
    _kind("CSRC_MARKET_BAN", "2006-07-10", person=2.5, months=(36, 120)),
    _kind(
        "ENV_RED", "2014-03-01", every=0.3, sectors={"polluting": 12.0}, months=(12, 12), repair=0
    ),
    _kind(
        "ENV_EIA_LIST",
        "2019-11-01",
        every=0.5,
        sectors={"polluting": 1.5},
        person=2.5,
        months=(6, 60),
        repair=6,
    ),
    _kind(
        "FOOD_BAN",
        "2015-10-01",
        sectors={"food": 5.0},
        person=2.5,
        months=(60, 60),
        amount=(100_000, 3_000_000),
    ),
    _kind(
        "DRUG_BAN",
        "2019-12-01",
        sectors={"medical": 10.0},
        person=2.5,
        months=(120, 120),
        amount=(200_000, 20_000_000),
    ),
    _kind(
        "MED_PROCUREMENT",
        "2020-08-28",
        sectors={"medical": 14.0},
        months=(6, 36),
        repair=6,
        amount=(50_000, 5_000_000),
    ),
    _kind(
        "WORK_SAFETY_SERIOUS",
        "2023-10-01",
        every=0.4,
        sectors={"construction": 3.0, "polluting": 4.0},
        person=2.5,
        months=(36, 36),
        repair=12,
    ),
    _kind("WORK_SAFETY_PRINCIPAL_BAN", "2014-12-01", person=2.5, months=(60, 60)),
    _kind("LICENCE_REVOKED", "2006-01-01", sectors={"revoked": 150.0}),
    _kind("FALSE_REGISTRATION", "2022-03-01", every=0.9, months=(36, 36)),
    _kind("BANKRUPT_LIABLE", "2007-06-01", person=2.5, months=(36, 36)),
    _kind("CRIMINAL_ECONOMIC", "2006-01-01", person=3.0, months=(60, 60)),
    _kind("LICENCE_FRAUD", "2004-07-01", every=0.7, person=2.0, months=(12, 36)),
    _kind(
        "PENALTY_MINOR",
        "2025-12-25",
        every=2.4,
        sectors={"foreign": 1.0},
        person=2.0,
        months=(1, 3),
        repair=0,
        amount=(100.0, 5_000),
    ),
    _kind(
        "PENALTY_GENERAL",
        "2025-12-25",
        every=4.0,
        sectors={"foreign": 2.0},
        person=3.0,
        months=(3, 12),
        repair=3,
        amount=(5_000, 200_000),
    ),
    _kind(
        "PENALTY_SERIOUS",
        "2025-12-25",
        every=1.2,
        person=2.0,
        months=(12, 36),
        repair=12,
        amount=(100_000, 10_000_000),
    ),
    _kind(
        "PENALTY_LEGACY_SAMR",
        "2021-09-01",
        last="2025-12-24",
        every=12.0,
        months=(3, 36),
        repair=6,
        amount=(1_000, 1_000_000),
    ),
    _kind(
        "PBOC_PENALTY",
        "2019-12-26",
        every=0.2,
        sectors={"finance": 12.0},
        person=2.0,
        months=(12, 36),
        repair=12,
        amount=(30_000, 6_000_000),
    ),
    _kind(
        "SME_LATE_PAYMENT",
        "2020-09-01",
        every=0.9,
        sectors={"construction": 1.0},
        months=(6, 12),
        repair=0,
        amount=(50_000, 100_000_000),
    ),
    _kind(
        "AGRI_INPUT_MOU",
        "2017-02-27",
        sectors={"food": 5.0},
        person=1.5,
        months=(12, 36),
        repair=12,
        amount=(10_000, 1_000_000),
    ),
    _kind("STAT_DISHONEST", "2017-01-01", every=0.7, months=(6, 12), repair=6),
    _kind(
        "SOCIAL_INS_SERIOUS",
        "2019-11-28",
        every=0.8,
        person=1.5,
        months=(12, 36),
        repair=12,
        amount=(10_000, 2_000_000),
    ),
    _kind("AFSL_COUNTER", "2021-06-10", sectors={"foreign": 20.0}, foreign_person=12.0),
    _kind("UEL", "2020-09-19", sectors={"foreign": 24.0}, foreign_person=4.0),
    _kind("PUBLIC_CREDIT_POOR", "2019-09-01", every=2.5, months=(12, 12)),
    _kind("SAMR_RISK_D", "2022-01-13", every=3.0, months=(12, 12)),
    # Among active companies of three years or more: 4.89 % of all (STA, for 2018).
    _kind("RED_TAX_A", "2014-10-01", rate=0.0872, months=(12, 12)),
    _kind("RED_AEO_ADV", "2018-05-01", sectors={"trade": 1.0}, rate=0.004),
    _kind("RED_AEO_CERT", "2026-04-01", sectors={"trade": 1.0}, rate=0.005),
    _kind(
        "RED_TRANSPORT", "2018-01-01", sectors={"construction": 1.0}, rate=0.007, months=(24, 24)
    ),
    # Green outnumbers red 13.87 to 2.45 among rated firms (Guangdong, 2018 report).
    _kind("RED_ENV_GREEN", "2014-03-01", sectors={"polluting": 1.0}, rate=0.017, months=(12, 12)),
)
"""Every record type of the policy packs, in their order."""

NAMED_RESPONSIBLE: Final = frozenset(
    {
        "TAX_GRADE_D",
        "TAX_NONNORMAL",
        "TAX_MAJOR",
        "WAGE_ARREARS",
        "FALSE_REGISTRATION",
        "WORK_SAFETY_SERIOUS",
        "COURT_CONSUMPTION",
        "FOOD_BAN",
        "DRUG_BAN",
        "STAT_DISHONEST",
        "PBOC_PENALTY",
    }
)
"""Types whose decision fixes a directly responsible person, hence an explicit relationship."""

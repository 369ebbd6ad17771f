"""``docs/terms.md``, made of the national pack; run as a program this file renews it."""

from __future__ import annotations

import datetime as dt
from typing import Final

from places import PROJECT

from trustgraph.policy import RecordType, read_policy

PAGE: Final = PROJECT / "docs" / "terms.md"
DAY: Final = dt.date(2026, 6, 30)

HEAD: Final = """# How long a record stands

The terms of the pack `cn-national` as of {day}, made of the pack itself: whether the law fixes
one, on which ground, by which text, and how sure that is (H read in a primary text, M partly
checked, L weak). Where it fixes none a record stands until the table says otherwise; after the
usual time it is shown as older than usual, and nothing else changes.

| type | | term by law | on these grounds | usually | by | |
|---|---|---|---|---|---|---|
"""


def page() -> str:
    policy = read_policy("cn-national")
    versions = (policy.record_type(code, DAY) for code in sorted(policy.record_types))
    rows = [row(version) for version in versions if version is not None]
    return HEAD.format(day=DAY) + "\n".join(rows) + "\n"


def row(version: RecordType) -> str:
    grounds = [
        f"{' / '.join(term.grounds)}: {'none' if term.months is None else f'{term.months} months'}"
        for term in version.terms
    ]
    cells = [
        f"`{version.code}`",
        version.title.en,
        "none" if version.months is None else f"{version.months} months",
        "; ".join(grounds),
        "" if version.usual_months is None else f"{version.usual_months} months",
        version.legal_basis.en,
        version.confidence or "",
    ]
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

"""Rows of tables as nobody would send them: odd cells, columns that are gone, new or renamed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

__all__ = ["ON_ROWS", "Rows", "base_rows"]

Rows = list[dict[str, str]]
_DAYS: Final = (
    *("2024-05-06", "2024/5/6", "20240506", "2024年5月6日", "06.05.2024", "5/6/24", "2024-5-6"),
    *("2024-05", "2024", "45418", "45418.0", "2024-05-06 00:00:00", "2024-05-06T23:59:59Z"),
    *("2024-02-30", "0019-01-01", "9999-12-31", "1-1-1", "２０２４-０５-０６", "06-MAY-2024", "—"),
)
_NUMBERS: Final = (
    *("0.5", "50%", "50", "0,5", "6,5", "1.2", "-0.1", "8.3e-06", "1e400", "nan", "inf", "０.５"),
    *("1/2", "50%-67%", ">0.5", "", "0.30000000000000004", "1_0", "0x10", "1 000", "１２"),
)
_IDS: Final = (
    *("A1", "a1", "B2", "101", "101.0", "1.01E2", " A1", "A1\u200b", "A1\u00a0", "Ａ１", "00101"),
    *("91350100M000100Y43", "91350100m000100y43", "91350100-M000-100Y43", "C3", "D4", "P5", "P6"),
    *("", "=A1", "'A1", "A1,B2", 'A"1', "A\n1", "\ufeffA1", "x" * 300, "\u202eA1", "Ω", "null"),
)
_WORDS: Final = {
    "kind": ("company", "person", "branch", "Company", "ship", "", "public_body", "公司"),
    "status": ("active", "revoked", "", "在业", "Active"),
    "type": ("COURT_DEFAULTER", "TAX_MAJOR", "court_defaulter", "NOTHING", ""),
    "source": (*_IDS,),
    "name": (
        "Acme",
        "深圳市示例工程有限公司",
        "",
        "a" * 200,
        "=1+1",
        "€uro",
        "Straße",
        "東京株式会社",
    ),
}
_REL_KINDS: Final = ("shareholder", "director", "supplier", "legal_representative", "friend", "")
_MORE: Final = (
    *("remark", "note", "since", "备注", "a b", "end_date") * 4,
    "percentage",
    "*",
    "^.*$",
    "ID",
    "备注",
    "a b",
    "__file__",
    "",
)


_GIVEN: Final[dict[str, dict[str, Sequence[str]]]] = {
    "entities": {
        "id": (*_IDS[:3], *_IDS[13:18]),
        "kind": ("company", "person"),
        "name": ("Acme",),
        "uscc": ("", "91350100M000100Y43"),
        "start": ("2024-05-06", "2025-01-31", ""),
    },
    "relationships": {
        "source": ("A1", "C3", "P5"),
        "target": ("B2", "D4", "A1"),
        "kind": ("shareholder", "supplier", "director"),
        "share": ("0.5", "", "1"),
        "start": ("2024-05-06", "2025-01-31", ""),
        "end": ("2024-05-06", "2025-01-31", ""),
    },
    "records": {
        "id": ("r0", "r1", "r2", "r3"),
        "entity": ("A1", "B2", "P5"),
        "type": ("COURT_DEFAULTER",),
        "decided_on": ("2025-03-04",),
        "amount": ("", "1200000"),
    },
    "consultations": {
        "source": ("court",),
        "consulted_on": ("2026-01-05",),
        "entity": ("", "A1"),
    },
}
"""What cells hold before anything befalls them."""


def base_rows(rng: Random, table: str) -> tuple[list[str], Rows]:
    """The columns and some plain rows of a table."""
    given = _GIVEN[table]
    rows = [
        {column: rng.choice(values) for column, values in given.items()}
        for _ in range(rng.randint(0, 5))
    ]
    if table == "entities" and rng.random() < 0.9:  # the others are to find whom they name
        fixed = ("A1", "B2", "C3", "D4", "P5")
        plain = {column: values[0] for column, values in given.items()}
        rows = [plain | {"id": one, "uscc": ""} for one in fixed] + rows
    return list(given), rows


def _values_of(column: str) -> Sequence[str]:
    if column in ("start", "end", "decided_on", "consulted_on"):
        return _DAYS
    if column in ("share", "amount"):
        return _NUMBERS
    if column == "kind":
        return (*_WORDS["kind"], *_REL_KINDS)
    return _WORDS.get(column, _IDS)


def odd_cell(rng: Random, columns: list[str], rows: Rows) -> None:
    if rows:
        column = rng.choice(columns)
        rng.choice(rows)[column] = rng.choice((*_values_of(column), *_IDS, *_NUMBERS))


def odd_column(rng: Random, columns: list[str], rows: Rows) -> None:
    column = rng.choice(columns)
    for row in rows:
        row[column] = rng.choice(_values_of(column))


def column_gone(rng: Random, columns: list[str], rows: Rows) -> None:
    if len(columns) > 1:
        gone = columns.pop(rng.randrange(len(columns)))
        for row in rows:
            del row[gone]


def column_more(rng: Random, columns: list[str], rows: Rows) -> None:
    name = rng.choice(_MORE)
    if name not in columns:
        columns.insert(rng.randint(0, len(columns)), name)
        for row in rows:
            row[name] = rng.choice(("", "x", "1", "2024-01-01"))


def column_renamed(rng: Random, columns: list[str], rows: Rows) -> None:
    place = rng.randrange(len(columns))
    old = columns[place]
    new = rng.choice((old.upper(), f" {old}", f"\u200b{old}", f"{old}\u00a0", f"my {old}"))
    if new not in columns:
        columns[place] = new
        for row in rows:
            row[new] = row.pop(old)


def rows_again(rng: Random, _: list[str], rows: Rows) -> None:
    rows += [dict(rng.choice(rows)) for _ in range(min(len(rows), 2))]


def columns_shuffled(rng: Random, columns: list[str], _: Rows) -> None:
    rng.shuffle(columns)


ON_ROWS: Final = (
    *(odd_cell,) * 12,
    *(odd_column,) * 2,
    *(rows_again,) * 2,
    *(columns_shuffled,) * 2,
    *(column_more,) * 3,
    column_gone,
    column_renamed,
)

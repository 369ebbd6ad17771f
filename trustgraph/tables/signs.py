"""Which columns of text are to be looked into: as a rule none is, of millions of rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from trustgraph.schema import Column

__all__ = [
    "CODES",
    "IDS",
    "LEI_LENGTH",
    "NUMBERED",
    "UNSEEN",
    "USCC_LENGTH",
    "Signs",
    "looks_odd",
    "signs_of",
]

CODES: Final = ("uscc", "lei")
IDS: Final = ("id", "source", "target", "entity")
NUMBERED: Final = (*IDS, "region")
"""Columns whose numbers are names: written down as fractions, they are still whole."""
_FREE: Final = ("name", "name_en", "ground", "authority", "doc_no", "source_url")
"""Free text, which stays as it was written."""

_ODD: Final = "[^!-~]"
"""What no plain id has: anything but printable ASCII."""
USCC_LENGTH: Final = 18
LEI_LENGTH: Final = 20
UNSEEN: Final = "[^ -~]"
_BLANKS: Final = (b" ", b"\t", b"\r", b"\x0b", b"\x0c")
_MAY_BE_POWER: Final = r"[+.]|[^\x00-\x7f]"
_SMALL: Final = ord("a")
_FEW: Final = 10_000
"""Rows that are looked at one by one."""
_AT_ONCE: Final = 1 << 20
"""Rows whose ids are put together as one text."""


class Signs(NamedTuple):
    """Columns of text of which something is to be looked into: as a rule none is.

    ``odd``: a spelling is to be put right; ``powers``: an id may be a power of ten.
    """

    odd: frozenset[str] = frozenset()
    powers: frozenset[str] = frozenset()


def signs_of(raw: pl.DataFrame, contract: Sequence[Column], present: Collection[str]) -> Signs:
    """What a first look at the columns of text finds, which costs far less than a close one.

    >>> raw = pl.DataFrame({"source": ["A", "1E+17"], "target": ["B", "B "]})
    >>> signs = signs_of(raw, [Column("source", "string"), Column("target", "string")], raw.columns)
    >>> signs.odd, signs.powers
    (frozenset({'target'}), frozenset({'source'}))
    """
    names = [column.name for column in contract if column.name in present]
    names = [name for name in names if raw.schema[name] == pl.String and name not in _FREE]
    if not names or not raw.height:
        return Signs()
    ids = [name for name in names if name in IDS]
    if raw.height <= _FEW:
        found = raw.select(
            *(looks_odd(name).any().alias(f"odd {name}") for name in names),
            *(
                pl.col(name).str.contains(_MAY_BE_POWER).any().alias(f"power {name}")
                for name in ids
            ),
        ).row(0, named=True)
        return Signs(
            frozenset(name for name in names if found[f"odd {name}"]),
            frozenset(name for name in ids if found[f"power {name}"]),
        )
    words = [name for name in names if name not in (*IDS, *CODES)]
    first = raw.select(_any_odd(name) for name in words).row(0, named=True) if words else {}
    odd = {name for name, odd in first.items() if odd}
    powers = set()
    for name in set(names) - set(words):
        for start in range(0, raw.height, _AT_ONCE):
            # One text is searched in a fraction of the time that a million take.
            cells = raw[name].slice(start, _AT_ONCE)
            text = _together(cells)
            small = _has_small(text)
            if small and name in IDS:  # they are an id's own business, unless it is a code
                length = cells.str.len_bytes()
                codes = cells.filter((length == USCC_LENGTH) | (length == LEI_LENGTH))
                small = _has_small(_together(codes))
            if small or _text_is_odd(name, text):
                odd.add(name)
            if name in IDS and (b"+" in text or b"." in text or not text.isascii()):
                powers.add(name)
    return Signs(frozenset(odd), frozenset(powers))


def _together(cells: pl.Series) -> bytes:
    return cells.str.join("\n").cast(pl.Binary).item() or b""


def _text_is_odd(name: str, text: bytes) -> bool:
    """Whether any of the ids or codes in a text has what no plain one has."""
    if not text.isascii() or any(blank in text for blank in _BLANKS):
        return True
    return name in IDS and b"." in text and (b".0\n" in text or text.endswith(b".0"))


def _has_small(text: bytes) -> bool:
    return bool(np.frombuffer(text, np.uint8).max(initial=0) >= _SMALL)


def _any_odd(name: str) -> pl.Expr:
    """Whether ``looks_odd`` holds of any row; for columns of few words."""
    text = pl.col(name).unique()
    odd = text.str.contains(UNSEEN).any()
    if name in NUMBERED:
        odd |= text.str.strip_chars_end().str.ends_with(".0").any()
    return odd.alias(name)


def _as_long_as_a_code(text: pl.Expr) -> pl.Expr:
    """As a USCC or an LEI."""
    length = text.str.len_bytes()
    return (length == USCC_LENGTH) | (length == LEI_LENGTH)


def looks_odd(name: str) -> pl.Expr:
    text = pl.col(name)
    odd = text.str.contains(_ODD if name in (*IDS, *CODES) else UNSEEN)
    if name in CODES:
        odd |= text.str.contains("[a-z]")
    if name in IDS:  # small letters are an id's own business, unless it is a code
        odd |= text.str.contains("[a-z]") & _as_long_as_a_code(text)
    if name in NUMBERED:
        odd |= text.str.strip_chars_end().str.ends_with(".0")
    return odd

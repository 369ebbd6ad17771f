"""What an unknown word may be meant to be, as a hint beside what is said of it."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import Final

import polars as pl

__all__ = ["folded", "near", "near_reasons"]

_VALUE_LIMIT: Final = 200
_NEAR_LIMIT: Final = 500  # a column of garbage must not cost a comparison for each of its values


def near(word: str, among: Collection[str], *, cutoff: float = 0.6) -> str:
    """`` (did you mean "x"?)``, or nothing where nothing is near.

    >>> near("compny", ["company", "person"])
    ' (did you mean "company"?)'
    """
    by_fold = {folded(known): known for known in among}
    asked = folded(word)[:_VALUE_LIMIT]
    close = difflib.get_close_matches(asked, by_fold, n=1 if asked in by_fold else 2, cutoff=cutoff)
    quoted = " or ".join(f'"{by_fold[name]}"' for name in close)
    return f" (did you mean {quoted}?)" if quoted else ""


def folded(word: str) -> str:
    """A word as words are compared.

    >>> folded(" End-Date")
    'end_date'
    """
    return word.strip().casefold().replace(" ", "_").replace("-", "_")


def near_reasons(values: pl.Series, among: Collection[str], words: str) -> pl.Series:
    """One reason per value; near matches are looked for once per distinct value."""
    distinct = values.unique(maintain_order=True).head(_NEAR_LIMIT).to_list()
    reasons = {value: f'{words} "{value[:_VALUE_LIMIT]}"{near(value, among)}' for value in distinct}
    return values.replace_strict(reasons, default=words + " of this name", return_dtype=pl.String)

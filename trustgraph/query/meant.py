"""Who is meant by what is no id: an organisation by its code or whole name, or who it could be."""

from __future__ import annotations

import itertools
import re
import unicodedata
from difflib import SequenceMatcher
from typing import Final

import polars as pl

from trustgraph.errors import UnknownEntityError
from trustgraph.register import Register
from trustgraph.schema import ENTITY_KINDS
from trustgraph.search.fold import core
from trustgraph.tables.typed import plain_id

__all__ = ["one_meant"]

_SEARCHED_ROWS: Final = 1 << 23
"""Entities of a register whose names are looked through: about a second."""
_SHOWN: Final = 5
_ALIKE: Final = 0.75
"""How much of two texts has to be the same for one to be the other with a typing error."""
_NEARLY: Final = 0.85
"""The same of whole names, which have words of legal form in common."""
_BEST: Final = 0.1
"""How much less alike than the likeliest somebody may be who is told beside it."""
_MANY: Final = 20
"""Organisations of whom a part of a name says nothing."""
_CODE: Final = re.compile("[0-9A-Za-z][0-9A-Za-z._-]{3,}")
_COMPARED: Final = 200
_LONGEST: Final = 100
_BEGUN: Final = 8
"""Characters from which the beginning of a name is enough to know it by."""
_COLUMNS: Final = ["id", "kind", "name", "name_en", "uscc", "lei"]


def one_meant(register: Register, text: str) -> int:
    """The number of the organisation that has this code, or this name whole.

    Never a person: who asks for a name must not learn whom a pseudonym stands for. Raises
    UnknownEntityError where there is none, or are several, with who they could be.
    """
    wanted = " ".join(unicodedata.normalize("NFKC", text).split()).lower()
    if not wanted or len(register) > _SEARCHED_ROWS:
        raise _nobody(register, text, [])
    rows = register.entities.slice(0, len(register), _COLUMNS)
    rows = rows.with_row_index("number").filter(pl.col("kind") != "person")
    # However wide it is written: brackets in Chinese names are, as a rule.
    names = [pl.col(one).str.normalize("NFKC").str.to_lowercase() for one in ("name", "name_en")]
    code = plain_id(wanted).upper()
    has_code = (pl.col("uscc") == code) | (pl.col("lei") == code)
    called = pl.any_horizontal(name == wanted for name in names)
    for test in (has_code, called):
        found = rows.filter(test.fill_null(value=False))
        if found.height == 1:
            return int(found["number"][0])
        if found.height:
            what = "have this code" if test is has_code else "are called so"
            raise UnknownEntityError(
                f"{found.height:,} organisations {what}: `{text}`",
                hint=f"give the id of one: {_told(found)}",
            )
    within = pl.any_horizontal(name.str.contains(wanted, literal=True) for name in names)
    alike = pl.col("id").str.to_lowercase() == wanted
    near = rows.filter((within | alike).fill_null(value=False))
    if near.height > _MANY:
        raise UnknownEntityError(
            f"no entity `{_short(text)}` in this register",
            hint=f"{near.height:,} have that in their names: give more of one",
        )
    if near.is_empty():
        near = _mistyped(rows, wanted)
    raise _nobody(register, text, [_told(near)] if near.height else [])


def _mistyped(rows: pl.DataFrame, wanted: str) -> pl.DataFrame:
    """Those whose id, code or name is what is wanted but for a typing error, the likeliest first.

    Names that have half of its pairs of letters are compared letter by letter.
    """
    pairs = list(dict.fromkeys(map("".join, itertools.pairwise(wanted))))
    if not pairs or len(wanted) > _LONGEST:
        return rows.clear()
    texts = ["id", "name", "name_en", "uscc", "lei"]
    joined = pl.concat_str(texts, separator="\n", ignore_nulls=True)
    joined = joined.str.normalize("NFKC").str.to_lowercase()
    in_common = joined.str.extract_many(pairs, overlapping=True).list.n_unique()
    some = rows.with_columns(in_common.alias("in_common"), joined.alias("texts"))
    some = some.filter(pl.col("in_common") * 2 >= len(pairs)).top_k(_COMPARED, by="in_common")
    likeness = [
        max(_likeness(wanted, text) for text in joined.split("\n")) for joined in some["texts"]
    ]
    some = some.with_columns(pl.Series("likeness", likeness, pl.Float64))
    least = max(_ALIKE, max(likeness, default=0.0) - _BEST)
    some = some.filter(pl.col("likeness") >= least)
    some = some.sort(["likeness", "id"], descending=[True, False])
    return some.head(_SHOWN)


def _likeness(wanted: str, text: str) -> float:
    """How much of two texts is the same without their legal forms, or of one and its beginning.

    With them only where no more than a letter or two differ.
    """
    whole = SequenceMatcher(None, wanted, text, autojunk=False).ratio()
    wanted, text = (core(one) or one for one in (wanted, text))
    texts = {text, text[: len(wanted)]} if len(wanted) >= _BEGUN else {text}
    plain = max(SequenceMatcher(None, wanted, one, autojunk=False).ratio() for one in texts)
    return max(plain, whole) if whole >= _NEARLY else plain


def _told(rows: pl.DataFrame) -> str:
    """Some organisations by id and name."""
    shown = rows.head(_SHOWN).select("id", "name").rows()
    more = rows.height - len(shown)
    told = "; ".join(one if one == name else f"{one} ({name})" for one, name in shown)
    return told + (f"; and {more:,} more" if more > 0 else "")


def _nobody(register: Register, text: str, near: list[str]) -> UnknownEntityError:
    said = f"no entity `{_short(text)}` in this register"
    if near:
        return UnknownEntityError(said, hint=f"it may be {near[0]}")
    hint = "`trustgraph find` looks for parts of names; persons are not found by name"
    if not _CODE.fullmatch(text.strip()):  # the neighbours of a name among ids say nothing
        return UnknownEntityError(said, hint=hint)
    beside = _next_to(register, text.strip())
    if not beside:
        return UnknownEntityError(said, hint=hint if len(register) else "the register is empty")
    hint = f"next to it in order of ids: {'; '.join(beside)}"
    return UnknownEntityError(said, hint=f"{hint}; `trustgraph find` looks for parts of names")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _next_to(register: Register, entity: str) -> list[str]:
    """The organisations before and after a place in the order of ids, with their names."""
    person = ENTITY_KINDS.index("person")
    place = register.ids.near(entity)
    after = next((n for n in range(place, len(register)) if register.kind[n] != person), None)
    before = next((n for n in range(place - 1, -1, -1) if register.kind[n] != person), None)
    found = []
    for number in (before, after):
        if number is not None:
            name = register.entities.row(number)["name"]
            found.append(f"{register.ids[number]} ({name})")
    return found

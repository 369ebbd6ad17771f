"""Who is meant by what is no id: an organisation by its code or whole name, or who it could be."""

from __future__ import annotations

import itertools
from difflib import SequenceMatcher
from typing import Final

import polars as pl

from trustgraph.errors import UnknownEntityError
from trustgraph.register import Register
from trustgraph.schema import ENTITY_KINDS
from trustgraph.tables.typed import plain_id

__all__ = ["one_meant"]

_SEARCHED_ROWS: Final = 1 << 23
"""Entities of a register whose names are looked through: about a second."""
_SHOWN: Final = 5
_ALIKE: Final = 0.75
"""How much of two texts has to be the same for one to be the other with a typing error."""
_COMPARED: Final = 200
_LONGEST: Final = 100
_COLUMNS: Final = ["id", "kind", "name", "name_en", "uscc", "lei"]


def one_meant(register: Register, text: str) -> int:
    """The number of the organisation that has this code, or this name whole.

    Never a person: who asks for a name must not learn whom a pseudonym stands for. Raises
    UnknownEntityError where there is none, or are several, with who they could be.
    """
    wanted = " ".join(text.split())
    if not wanted or len(register) > _SEARCHED_ROWS:
        raise _nobody(register, text, [])
    rows = register.entities.slice(0, len(register), _COLUMNS)
    rows = rows.with_row_index("number").filter(pl.col("kind") != "person")
    code = plain_id(wanted).upper()
    has_code = (pl.col("uscc") == code) | (pl.col("lei") == code)
    called = pl.any_horizontal(pl.col("name", "name_en").str.to_lowercase() == wanted.lower())
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
    within = pl.any_horizontal(
        pl.col("name", "name_en").str.to_lowercase().str.contains(wanted.lower(), literal=True)
    )
    alike = pl.col("id").str.to_uppercase() == wanted.upper()
    near = rows.filter((within | alike).fill_null(value=False)).head(_SHOWN)
    if near.is_empty():
        near = _mistyped(rows, wanted.lower())
    raise _nobody(register, text, [_told(near)] if near.height else [])


def _mistyped(rows: pl.DataFrame, wanted: str) -> pl.DataFrame:
    """Those whose id, code or name is what is wanted but for a typing error, the likeliest first.

    Names that have half of its pairs of letters are compared letter by letter.
    """
    pairs = list(dict.fromkeys(map("".join, itertools.pairwise(wanted))))
    if not pairs or len(wanted) > _LONGEST:
        return rows.clear()
    texts = ["id", "name", "name_en", "uscc", "lei"]
    joined = pl.concat_str(texts, separator="\n", ignore_nulls=True).str.to_lowercase()
    in_common = joined.str.extract_many(pairs, overlapping=True).list.n_unique()
    some = rows.with_columns(in_common.alias("in_common"))
    some = some.filter(pl.col("in_common") * 2 >= len(pairs)).top_k(_COMPARED, by="in_common")
    likeness = [
        max(
            SequenceMatcher(None, wanted, text.lower(), autojunk=False).ratio()
            for text in row
            if text is not None
        )
        for row in some.select(texts).iter_rows()
    ]
    some = some.with_columns(pl.Series("likeness", likeness, pl.Float64))
    some = some.filter(pl.col("likeness") >= _ALIKE).sort(
        ["likeness", "id"], descending=[True, False]
    )
    return some.head(_SHOWN)


def _told(rows: pl.DataFrame) -> str:
    """Some organisations by id and name."""
    shown = rows.head(_SHOWN).select("id", "name").rows()
    more = rows.height - len(shown)
    told = "; ".join(one if one == name else f"{one} ({name})" for one, name in shown)
    return told + (f"; and {more:,} more" if more > 0 else "")


def _nobody(register: Register, text: str, near: list[str]) -> UnknownEntityError:
    said = f"no entity `{text}` in this register"
    if near:
        return UnknownEntityError(said, hint=f"it may be {near[0]}")
    if not text.isascii() or " " in text.strip():  # a name: its neighbours among ids say nothing
        hint = "`trustgraph find` looks for parts of names; persons are not found by name"
        return UnknownEntityError(said, hint=hint)
    beside = _next_to(register, text)
    hint = f"next to it in order of ids: {'; '.join(beside)}" if beside else "the register is empty"
    return UnknownEntityError(said, hint=f"{hint}; `trustgraph find` looks for parts of names")


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

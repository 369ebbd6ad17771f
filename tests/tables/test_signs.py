"""The first look at columns of text leaves nothing out that a close one puts right."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trustgraph.schema import Column
from trustgraph.tables.sheet import CONTRACTS
from trustgraph.tables.signs import Signs, signs_of
from trustgraph.tables.typed import typed

NAMES = ("id", "source", "target", "entity", "uscc", "lei", "region", "kind", "status")
CODE = "91330106TG100001X9"
PARTS = (
    "A",
    "a",
    "1",
    "x9",
    ".0",
    ".",
    "+",
    "E+17",
    " ",
    "\t",
    "\u200b",
    "Ａ",
    "é",
    "~",
    "{",
    CODE,
)
cells = st.lists(
    st.none() | st.lists(st.sampled_from((*PARTS, CODE.lower())), max_size=4).map("".join),
    min_size=1,
    max_size=6,
)


@given(st.sampled_from(NAMES), cells)
@example("id", [CODE.lower(), "B"])
@example("id", ["A", "101.0"])
@example("uscc", ["A", "x"])
def test_a_column_that_looks_plain_is_plain(name: str, texts: list[str | None]) -> None:
    """Read at once, few rows or many, and read as if every cell were odd: the same."""
    raw = pl.DataFrame({name: pl.Series(texts, dtype=pl.String)})
    column = [Column(name, "string")]
    closely = typed(raw, column, [name], Signs(odd=frozenset([name])))
    for few in (0, 10_000):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("trustgraph.tables.signs._FEW", few)
            assert typed(raw, column, [name]).equals(closely)


@given(cells)
@example(["9.13301E+17"])
def test_ids_that_may_be_powers_of_ten_are_looked_at(texts: list[str | None]) -> None:
    raw = pl.DataFrame({"source": pl.Series(texts, dtype=pl.String)})
    power = raw["source"].str.contains(r"^[0-9](\.[0-9]+)?[eE]\+[0-9]+$").any()
    for few in (0, 10_000):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("trustgraph.tables.signs._FEW", few)
            assert bool(signs_of(raw, CONTRACTS["relationships"], ["source"]).powers) >= power


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_what_is_odd_is_found_in_every_million(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trustgraph.tables.signs._AT_ONCE", 2)
    monkeypatch.setattr("trustgraph.tables.signs._FEW", 0)
    texts = ["A", "B", "C", "D"]
    texts[place] = "1.0"
    raw = pl.DataFrame({"source": texts})
    assert signs_of(raw, CONTRACTS["relationships"], ["source"]).odd == {"source"}
    assert typed(raw, [Column("source", "string")], ["source"])["source"][place] == "1"

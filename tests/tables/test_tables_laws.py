"""Laws of checked tables: bulk checks agree with single ones, and nothing else is lost."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
from depth import DEEP
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import World
from polars.testing import assert_frame_equal
from strategies import checked_tables_of, tables_of, worlds

from trustgraph.identifiers import (
    USCC_ALPHABET,
    lei_is_valid,
    lei_rows_valid,
    uscc_check_character,
    uscc_is_valid,
    uscc_rows_valid,
)
from trustgraph.schema import (
    ENTITY_KINDS,
    Column,
)
from trustgraph.tables.tables import check_tables
from trustgraph.tables.typed import plain_id, typed

GOOD_USCC = "91350100M000100Y43"


@given(st.lists(st.text(USCC_ALPHABET + "IOSVZa ", min_size=18, max_size=18), max_size=20))
def test_uscc_in_bulk_is_uscc_one_by_one(codes: list[str]) -> None:
    codes += [code[:17] + (uscc_check_character(code[:17]) or "0") for code in codes]
    matrix = np.frombuffer("".join(codes).encode(), dtype=np.uint8).reshape(-1, 18)
    assert uscc_rows_valid(matrix).tolist() == [uscc_is_valid(code) for code in codes]


@given(st.lists(st.text("0123456789ABXYZ", min_size=18, max_size=18), max_size=20))
def test_lei_in_bulk_is_lei_one_by_one(bodies: list[str]) -> None:
    codes = []
    for body in bodies:
        check = 98 - int("".join(str(int(character, 36)) for character in body + "00")) % 97
        codes += [
            body + f"{check:02}",
            body + f"{check % 97 + 1:02}",
            body + "A1",
            body.lower() + "11",
        ]
    matrix = np.frombuffer("".join(codes).encode(), dtype=np.uint8).reshape(-1, 20)
    truth = [lei_is_valid(code) for code in codes]
    assert lei_rows_valid(matrix).tolist() == truth
    assert sum(truth) >= len(bodies)


@settings(max_examples=max(60, settings().max_examples) if DEEP else 15)
@given(st.lists(st.none() | st.text(max_size=22) | st.just(GOOD_USCC), min_size=1, max_size=8))
def test_uscc_column_agrees_with_the_single_check(codes: list[str | None]) -> None:
    frame = pl.DataFrame(
        {
            "id": [f"E{place}" for place in range(len(codes))],
            "kind": "company",
            "name": "N",
            "uscc": pl.Series(codes, dtype=pl.String),
        }
    )
    tables = check_tables(frame)
    for code, valid in tables.entities.select("uscc", "uscc_valid").iter_rows():
        assert valid is (None if code is None else uscc_is_valid(code))


MESSY_ID = st.sampled_from(["A", "B", " A", "C", "", None])
MESSY_DAY = st.sampled_from(["2020-01-01", "2020-01-02", "2020-02-30", "", None, "1.1.2020"])
MESSY_SHARE = st.sampled_from(["0", "0.5", "1", "1.5", "x", "nan", "", None])


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _is_bad_day(text: str | None) -> bool:
    try:
        _day(text)
    except ValueError:
        return True
    return False


def _is_bad_share(text: str | None) -> bool:
    return bool(text) and text not in ("0", "0.5", "1")


@given(
    st.lists(st.tuples(MESSY_ID, st.sampled_from([*ENTITY_KINDS, "robot", None])), max_size=6),
    st.lists(
        st.tuples(MESSY_ID, MESSY_ID, MESSY_SHARE, MESSY_SHARE, MESSY_DAY, MESSY_DAY), max_size=6
    ),
)
def test_what_is_kept_is_what_an_obvious_check_keeps(
    people: list[tuple[str | None, str | None]],
    relationships: list[tuple[str | None, ...]],
) -> None:
    """A second implementation, row by row, agrees; and every row is kept or rejected."""
    known: list[str] = []
    kept_people = []
    for place, (given_id, kind) in enumerate(people):
        identity = (given_id or "").strip()
        if identity and identity not in known and kind in ENTITY_KINDS:
            known.append(identity)
            kept_people.append(place)
    kept_relationships = []
    for place, (source, target, low, high, start, end) in enumerate(relationships):
        bad = (source or "").strip() not in known or (target or "").strip() not in known
        bad |= _is_bad_share(low) or _is_bad_share(high) or _is_bad_day(start) or _is_bad_day(end)
        if not bad and low and high:
            bad |= float(low) > float(high)
        if not bad and start and end:
            bad |= end < start
        if not bad:
            kept_relationships.append(place)
    text = pl.String
    tables = check_tables(
        pl.DataFrame(people, {"id": text, "kind": text}, orient="row").with_columns(
            name=pl.lit("N"), place=pl.int_range(pl.len())
        ),
        pl.DataFrame(
            relationships,
            dict.fromkeys(("source", "target", "share_min", "share_max", "start", "end"), text),
            orient="row",
        ).with_columns(kind=pl.lit("affiliate"), place=pl.int_range(pl.len())),
    )
    assert tables.entities["place"].to_list() == kept_people
    assert tables.relationships["place"].to_list() == kept_relationships
    kept = tables.entities.height + tables.relationships.height
    assert kept + tables.rejected_rows == len(people) + len(relationships)


@settings(max_examples=settings().max_examples // 4)
@given(world=worlds())
def test_random_registers_are_what_checked_ones_would_be(world: World) -> None:
    """Laws draw registers as tables without checking them: it is the same."""
    found, checked = tables_of(world), checked_tables_of(world)
    for table in ("entities", "relationships", "records", "consultations"):
        assert_frame_equal(getattr(found, table), getattr(checked, table))


@given(
    text=st.text(
        st.sampled_from("aZ9 .0甲丁Ａ\u3000\u200b\u00e9TGX\t91330106MA2B0000X1"), max_size=22
    )
)
def test_an_id_typed_is_an_id_read(text: str) -> None:
    """The short way for what is plain is that of whole columns."""
    frame = pl.DataFrame({"id": [text]}, schema={"id": pl.String})
    read = typed(frame, [Column("id", "string")], ["id"]).item()
    assert plain_id(text) == (read or "")

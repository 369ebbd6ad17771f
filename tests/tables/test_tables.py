"""Checks of the tables: what is rejected, what is flagged, and that nothing else is lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from trustgraph.errors import InputError
from trustgraph.register import compile_register
from trustgraph.schema import (
    CONSULTATION_COLUMNS,
    ENTITY_COLUMNS,
    RECORD_COLUMNS,
    RELATIONSHIP_COLUMNS,
)
from trustgraph.tables.tables import Tables, check_tables

GOOD_USCC = "91350100M000100Y43"
GOOD_LEI = "5493001KJTIIGC8Y1R12"


def entities(*rows: dict[str, Any]) -> pl.DataFrame:
    whole = [{"kind": "company", "name": "N", **row} for row in rows]
    return pl.DataFrame(whole, infer_schema_length=None)


def one_relationship(**values: Any) -> Tables:
    row = {"source": "A", "target": "B", "kind": "shareholder", **values}
    return check_tables(entities({"id": "A"}, {"id": "B"}), pl.DataFrame([row]))


def one_record(**values: Any) -> Tables:
    row = {"id": "1", "entity": "A", "type": "FINE", "decided_on": "2024-01-31", **values}
    return check_tables(entities({"id": "A"}), None, pl.DataFrame([row]))


def complaints(tables: Tables) -> list[tuple[str, str]]:
    return tables.rejected.select("column", "reason").rows()


# --- The frames -----------------------------------------------------------------------------------


def test_columns_stand_in_contract_order_then_extras_as_they_came() -> None:
    tables = check_tables(
        pl.DataFrame({"note": [7], "name": ["N"], "id": ["A"], "kind": ["company"]}),
        pl.DataFrame(
            {"source": ["A"], "target": ["A"], "kind": ["affiliate"], "weight": [2.5]},
        ),
        pl.DataFrame(
            {"id": ["1"], "entity": ["A"], "type": ["FINE"], "decided_on": ["2024-01-31"]}
        ),
        pl.DataFrame({"source": ["court list"], "consulted_on": [dt.date(2024, 1, 1)]}),
    )
    assert tables.entities.columns == [
        *(column.name for column in ENTITY_COLUMNS),
        "uscc_valid",
        "lei_valid",
        "note",
    ]
    assert tables.relationships.columns == [
        *(column.name for column in RELATIONSHIP_COLUMNS),
        "weight",
        "__file__",
        "__row__",
    ]
    assert tables.records.columns == [
        *(column.name for column in RECORD_COLUMNS),
        "__file__",
        "__row__",
    ]
    assert tables.consultations.columns == [
        *(column.name for column in CONSULTATION_COLUMNS),
        "__file__",
        "__row__",
    ]
    assert tables.entities.schema["start"] == pl.Date
    assert tables.records.schema["amount"] == pl.Float64
    assert tables.relationships["confidence"].to_list() == [1.0]
    assert tables.records["status"].to_list() == ["active"]
    assert tables.rejected.columns == ["file", "row", "column", "value", "reason"]
    assert tables.rejected.schema == tables.flagged.schema
    assert tables.rejected_rows == 0


def test_bounds_that_are_not_reached_themselves() -> None:
    rows = [(">0.5", "<0.75"), ("> 0.25", "0.5"), ("0.5", "<1"), ("<0.5", ">0.9"), (">1", "1")]
    held = {"source": "A", "target": "B", "kind": "shareholder"}
    given = [{**held, "share_min": low, "share_max": high} for low, high in rows]
    tables = check_tables(entities({"id": "A"}, {"id": "B"}), pl.DataFrame(given))
    assert tables.relationships.select("share_min", "share_max").rows() == [
        (0.500000001, 0.749999999),
        (0.250000001, 0.5),
        (0.5, 0.999999999),
    ]
    assert tables.rejected.select("row", "column").rows() == [
        (5, "share_min"),
        (5, "share_max"),
        (6, "share_min"),
        (6, "share_min"),
    ]
    arrays = compile_register(tables).relationships
    assert sorted(arrays.share_low.tolist()) == [250_000_001, 500_000_000, 500_000_001]
    assert sorted(arrays.share_high.tolist()) == [500_000_000, 749_999_999, 999_999_999]


def test_absent_tables_are_empty_and_typed() -> None:
    tables = check_tables(entities({"id": "A"}), pl.DataFrame())
    assert tables.relationships.height == tables.records.height == 0
    assert tables.relationships.schema["share"] == pl.Float64
    assert tables.records.schema["decided_on"] == pl.Date


def test_typed_columns_are_taken_as_they_are() -> None:
    tables = check_tables(
        pl.DataFrame(
            {
                "id": [600001],
                "kind": pl.Series(["company"], dtype=pl.Categorical),
                "name": ["N"],
                "start": [dt.datetime(2020, 5, 6, 7, 8, tzinfo=dt.UTC)],
            }
        ),
        pl.DataFrame({"source": [600001], "target": [600001], "kind": "shareholder", "share": [1]}),
    )
    assert tables.entities.select("id", "kind", "start").rows() == [
        ("600001", "company", dt.date(2020, 5, 6))
    ]
    assert tables.relationships["share"].to_list() == [1.0]


def test_checking_twice_changes_nothing() -> None:
    once = check_tables(
        entities({"id": "A", "uscc": GOOD_USCC}, {"id": "B", "uscc": "wrong"}),
        pl.DataFrame(
            {"source": ["A"], "target": ["B"], "kind": ["supplier"], "end": ["2020-01-01"]}
        ),
        pl.DataFrame({"id": ["1"], "entity": ["A"], "type": ["X"], "decided_on": ["2024-01-31"]}),
    )
    twice = check_tables(once.entities, once.relationships, once.records, once.consultations)
    for name in ("entities", "relationships", "records", "consultations"):
        assert_frame_equal(getattr(once, name), getattr(twice, name))
    assert twice.flagged.height == 1


def test_missing_columns_are_all_named_in_one_error() -> None:
    with pytest.raises(InputError) as caught:
        check_tables(
            pl.DataFrame({"ID": ["A"], "kind": ["company"]}), pl.DataFrame({"source": ["A"]})
        )
    words = str(caught.value)
    assert 'entities: the column "id" is missing (did you mean "ID"?)' in words
    assert 'entities: the column "name" is missing' in words
    assert 'relationships: the column "target" is missing' in words


@pytest.mark.parametrize("value", [[["A"]], [b"A"], [{"a": 1}]])
def test_a_column_of_no_plain_values_is_an_error(value: list[Any]) -> None:
    frame = pl.DataFrame({"id": value, "kind": ["company"], "name": ["N"]})
    with pytest.raises(InputError, match='column "id" holds'):
        check_tables(frame)


def test_a_misspelt_optional_column_is_flagged() -> None:
    tables = one_relationship(confidance=0.5)
    assert tables.relationships.height == 1
    assert tables.flagged.row(0)[:3] == ("relationships", 1, "confidance")
    assert 'did you mean "confidence"' in tables.flagged["reason"][0]


# --- Entities -------------------------------------------------------------------------------------


def test_whitespace_is_stripped_and_blanks_are_missing() -> None:
    tables = check_tables(
        entities(
            {"id": "\u3000A \t", "kind": " company\u3000", "start": " 2020-01-02 "},
            {"id": "\u3000", "uscc": None},
        )
    )
    assert tables.entities.select("id", "kind", "start").rows() == [
        ("A", "company", dt.date(2020, 1, 2))
    ]
    assert tables.rejected.select("file", "row", "column").rows() == [("entities", 3, "id")]


def test_codes_are_normalised_and_stand_in_for_a_blank_id() -> None:
    wide = "".join(chr(ord(character) + 0xFEE0) for character in GOOD_USCC)
    tables = check_tables(
        entities(
            {"id": None, "uscc": f" {wide.lower()} ", "lei": GOOD_LEI},
            {"id": None, "lei": GOOD_LEI[:4] + " " + GOOD_LEI[4:].lower()},
            {"id": "own", "uscc": "91 350100 M000100Y 43"},
        )
    )
    assert tables.entities["id"].to_list() == [GOOD_USCC, GOOD_LEI, "own"]
    assert tables.entities["uscc"].to_list() == [GOOD_USCC, None, GOOD_USCC]
    assert tables.entities["uscc_valid"].to_list() == [True, None, True]
    assert tables.entities["lei_valid"].to_list() == [True, True, None]


def test_a_wrong_check_character_is_flagged_and_the_row_kept() -> None:
    tables = check_tables(entities({"id": "A", "uscc": GOOD_USCC[:-1] + "4", "lei": "short"}))
    assert tables.entities.select("uscc_valid", "lei_valid").rows() == [(False, False)]
    assert tables.flagged["column"].to_list() == ["uscc", "lei"]
    assert tables.rejected.height == 0


@pytest.mark.parametrize("column", ["uscc", "lei"])
def test_one_code_of_two_entities_is_flagged(column: str) -> None:
    code = {"uscc": GOOD_USCC, "lei": GOOD_LEI}[column]
    tables = check_tables(
        entities({"id": "A", column: code}, {"id": "B"}, {"id": "C", column: code}, {"id": code})
    )
    assert tables.entities.height == 4
    assert tables.flagged.select("row", "column", "value").rows() == [
        (4, column, code),
        (5, column, code),
    ]
    assert "row 2 of entities has this code, too" in tables.flagged["reason"][0]
    # A code that is none says nothing about who is who.
    assert (
        "too"
        not in check_tables(entities({"id": "A", column: "1"}, {"id": "C", column: "1"}))
        .flagged["reason"]
        .str.join()[0]
    )


def test_an_unknown_status_of_an_entity_is_flagged_and_blanked() -> None:
    tables = check_tables(entities({"id": "A", "status": "activ"}, {"id": "B", "status": "active"}))
    assert tables.entities["status"].to_list() == [None, "active"]
    assert tables.flagged.row(0)[:4] == ("entities", 2, "status", "activ")
    assert 'did you mean "active"' in tables.flagged["reason"][0]


def test_a_rejected_row_is_not_flagged_as_kept() -> None:
    tables = check_tables(entities({"id": "A", "kind": "robot", "uscc": "wrong"}))
    assert (tables.rejected.height, tables.flagged.height) == (1, 0)


def test_every_problem_is_told_but_the_row_counts_once() -> None:
    tables = check_tables(
        entities({"id": None, "kind": "compny", "name": " ", "start": "2020-13-01", "end": "x"})
    )
    assert complaints(tables) == [
        ("name", "a value is missing"),
        ("kind", 'there is no kind of entity "compny" (did you mean "company"?)'),
        ("id", "a value is missing, and there is neither a uscc nor a lei to take its place"),
    ]
    assert tables.rejected_rows == 1


def test_the_first_usable_row_of_an_id_stands() -> None:
    tables = check_tables(
        entities(
            {"id": "A", "name": None},  # unusable: cannot stand
            {"id": "A", "name": "first"},
            {"id": "A", "name": "second"},
            {"id": "A", "name": None},
        )
    )
    assert tables.entities["name"].to_list() == ["first"]
    assert tables.rejected.select("row", "column").rows() == [
        (2, "name"),
        (4, "id"),
        (5, "name"),
        (5, "id"),
    ]
    assert tables.rejected["reason"][1] == "row 3 of entities has this id already"


def test_long_values_are_cut() -> None:
    tables = check_tables(entities({"id": "A", "kind": "x" * 201}, {"id": "B", "kind": "y" * 200}))
    assert tables.rejected["value"].to_list() == ["x" * 199 + "…", "y" * 200]


# --- Relationships --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "column", "words"),
    [
        ({"source": None}, "source", "missing"),
        ({"target": "Z"}, "target", "no entity has this id"),
        ({"kind": "sharholder"}, "kind", 'did you mean "shareholder"'),
        ({"share": "1.01"}, "share", "outside 0 to 1"),
        ({"share": -0.1}, "share", "outside 0 to 1"),
        ({"share": "60%"}, "share", "no number"),
        ({"share": "nan"}, "share", "no number"),
        ({"share": float("nan")}, "share", "no number"),
        ({"share": float("inf")}, "share", "no number"),
        ({"share": "1_0"}, "share", "no number"),
        ({"share": True}, "share", "no number"),
        ({"share_min": 0.6, "share_max": 0.5}, "share_min", "more than share_max"),
        ({"share_max": 1.5}, "share_max", "outside 0 to 1"),
        ({"confidence": "2"}, "confidence", "outside 0 to 1"),
        ({"start": "2020-1-1"}, "start", "no date"),
        ({"start": "2021-02-29"}, "start", "no date"),
        ({"start": "0000-01-01"}, "start", "no date"),
        ({"start": "2020-01-01T08h00"}, "start", "no date"),
        ({"start": "٢٠٢٠-٠١-٠١"}, "start", "no date"),
        ({"start": 20200101}, "start", "no date"),
        ({"start": "2020-01-02", "end": "2020-01-01"}, "end", "before start"),
    ],
)
def test_a_bad_relationship_is_rejected(values: dict[str, Any], column: str, words: str) -> None:
    tables = one_relationship(**values)
    assert tables.relationships.height == 0
    assert tables.rejected.select("file", "row", "column").rows() == [("relationships", 2, column)]
    assert words in tables.rejected["reason"][0]


@pytest.mark.parametrize(
    "values",
    [
        {"start": "2020-01-01", "end": "2020-01-01"},  # an empty interval
        {"start": dt.date(1, 1, 1), "end": dt.date(9999, 12, 31)},
        {"share": 0, "share_min": "0", "share_max": "1e0"},
        {"share_min": 0.5},
        {"source": "B"},  # a holding of one's own
        {"share": "  0.25\u3000", "confidence": ""},
    ],
)
def test_a_good_relationship_is_kept(values: dict[str, Any]) -> None:
    tables = one_relationship(**values)
    assert (tables.relationships.height, tables.rejected.height) == (1, 0)


def test_numbers_are_the_nearest_to_what_is_written() -> None:
    assert one_relationship(share="0.3885").relationships["share"][0] == 0.3885
    assert one_relationship(share="38.85e-2").relationships["share"][0] == 0.3885


@pytest.mark.parametrize(
    "day", ["0001-01-01", "0025-05-31", "1753-01-01", "1899-12-30", "1900-01-01", "1970-01-01"]
)
def test_days_that_stand_for_no_day_are_told(day: str) -> None:
    """They count as written: whoever reads the flags knows why a record is over since 1901."""
    told = [
        check_tables(entities({"id": "A", "start": day})),
        check_tables(entities({"id": "A", "end": day})),
        one_relationship(start=day, end="2030-01-01"),
        one_record(decided_on=day),
        one_record(repaired_on=day, decided_on="2020-01-01"),
    ]
    columns = [
        tables.flagged.filter(pl.col("reason").str.contains("counts as written"))["column"]
        for tables in told
    ]
    assert [one.to_list() for one in columns] == [
        ["start"],
        ["end"],
        ["start"],
        ["decided_on"],
        ["repaired_on"],
    ]


@pytest.mark.parametrize("day", ["2079-06-06", "2099-12-31", "9999-12-31"])
def test_days_that_stand_for_no_end_are_told_where_they_count(day: str) -> None:
    assert one_relationship(end=day).flagged.is_empty()
    assert check_tables(entities({"id": "A", "end": day})).flagged.is_empty()
    for tables, column in (
        (one_record(ends_on=day), "ends_on"),
        (one_record(decided_on=day), "decided_on"),
        (one_relationship(start=day), "start"),
    ):
        (told,) = tables.flagged.to_dicts()
        assert (told["column"], told["value"]) == (column, day)
        assert "so late a day" in told["reason"]


def test_days_beyond_the_calendar_are_told_without_a_crash() -> None:
    far = pl.Series([2**31 - 1, 400], dtype=pl.Int32).cast(pl.Date)
    later = pl.Series([2**62, 11_574 * 86_400_000]).cast(pl.Datetime("ms"))
    tables = check_tables(
        entities({"id": "A"}, {"id": "B"}).with_columns(start=far, end=later),
    )
    assert tables.entities["id"].to_list() == ["A", "B"]
    assert tables.flagged.select("column", "value").rows() == [("start", None), ("end", None)]


def test_ends_of_rejected_entities_say_so() -> None:
    tables = check_tables(
        entities({"id": "A"}, {"id": "B", "kind": "robot"}),
        pl.DataFrame(
            {"source": ["A", "A"], "target": ["B", "C"], "kind": ["director", "director"]}
        ),
        pl.DataFrame({"id": ["1"], "entity": ["B"], "type": ["X"], "decided_on": ["2024-01-01"]}),
        pl.DataFrame({"source": ["court"], "consulted_on": ["2024-01-01"], "entity": ["B"]}),
    )
    assert tables.rejected["reason"].to_list()[1:] == [
        "the entity with this id was rejected",
        "no entity has this id",
        "the entity with this id was rejected",
        "the entity with this id was rejected",
    ]


def test_ids_of_relationships_are_unique_where_given() -> None:
    rows = {"source": "A", "target": "A", "kind": "affiliate", "id": ["x", None, None, "x"]}
    tables = check_tables(entities({"id": "A"}), pl.DataFrame(rows))
    assert tables.relationships["id"].to_list() == ["x", None, None]


# --- Records and consultations --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "column", "words"),
    [
        ({"id": ""}, "id", "missing"),
        ({"entity": "Z"}, "entity", "no entity"),
        ({"type": None}, "type", "missing"),
        ({"decided_on": None}, "decided_on", "missing"),
        ({"decided_on": "31.01.2024"}, "decided_on", "no date"),
    ],
)
def test_a_bad_record_is_rejected(values: dict[str, Any], column: str, words: str) -> None:
    tables = one_record(**values)
    assert tables.records.height == 0
    assert tables.rejected["column"].to_list() == [column]
    assert words in tables.rejected["reason"][0]


@pytest.mark.parametrize(
    ("values", "column", "words"),
    [
        ({"status": "Activ"}, "status", 'did you mean "active"'),
        ({"ends_on": "2024-01-30"}, "ends_on", "before decided_on"),
        ({"repaired_on": "later"}, "repaired_on", "no date"),
        ({"amount": "1,000"}, "amount", "no number"),
    ],
)
def test_a_bad_cell_of_a_record_is_emptied(values: dict[str, Any], column: str, words: str) -> None:
    tables = one_record(**values)
    assert tables.rejected.is_empty()
    (row,) = tables.records.to_dicts()
    assert row[column] == ("active" if column == "status" else None)
    assert tables.flagged["column"].to_list() == [column]
    assert words in tables.flagged["reason"][0]


def test_a_bad_cell_of_an_entity_is_emptied() -> None:
    """Its records and relationships stay with it."""
    tables = check_tables(
        entities(
            {"id": "A", "start": "2020-13-01"}, {"id": "B", "start": "2021-01-02"}
        ).with_columns(end=pl.Series(["2022-01-01", "2020-01-01"]))
    )
    assert tables.rejected.is_empty()
    ends = [(None, dt.date(2022, 1, 1)), (dt.date(2021, 1, 2), None)]
    assert tables.entities.select("start", "end").rows() == ends
    assert tables.flagged.select("row", "column").rows() == [(2, "start"), (3, "end")]


def test_a_repair_before_the_decision_is_flagged() -> None:
    tables = one_record(repaired_on="2024-01-30")
    assert tables.records.height == 1
    assert tables.flagged["column"].to_list() == ["repaired_on"]


def test_a_frame_may_say_where_its_rows_came_from() -> None:
    frame = entities({"id": "A", "kind": "?"}, {"id": "B"}).with_columns(
        __file__=pl.lit("a.csv"), __row__=pl.Series([17, None])
    )
    tables = check_tables(frame)
    assert tables.rejected.select("file", "row").rows() == [("a.csv", 17)]
    assert "__file__" not in tables.entities.columns

"""Rows that are kept although they were hardly meant as they stand: each has a line in flagged."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from trustgraph.errors import InputError
from trustgraph.storage import write_findings
from trustgraph.tables.sheet import findings
from trustgraph.tables.tables import check_tables


def flags_of(*relationships: dict[str, object]) -> list[tuple[int, str, str]]:
    kinds = {"F": "company", "G": "company", "P": "person", "B": "branch"}
    entities = pl.DataFrame([{"id": key, "kind": kind, "name": key} for key, kind in kinds.items()])
    tables = check_tables(entities, pl.DataFrame(relationships, infer_schema_length=None))
    assert tables.rejected.is_empty()
    assert tables.relationships.height == len(relationships)
    return tables.flagged.select("row", "column", "reason").rows()


def link(source: str, kind: str, target: str, **more: object) -> dict[str, object]:
    return {"source": source, "kind": kind, "target": target, **more}


@pytest.mark.parametrize("kind", ["legal_representative", "director", "employee"])
def test_posts_that_no_person_holds_are_flagged(kind: str) -> None:
    said = flags_of(link("P", kind, "F"), link("F", kind, "G"), link("F", kind, "P"))
    assert [(row, column) for row, column, _ in said] == [
        (3, "source"),
        (4, "source"),
        (4, "target"),
    ]
    assert all("reversed?" in reason for _, _, reason in said)


def test_persons_that_somebody_owns_are_flagged() -> None:
    said = flags_of(link("F", "shareholder", "P"), link("F", "supplier", "P"))
    assert [(row, column) for row, column, _ in said] == [(2, "target")]


def test_relationships_of_an_entity_with_itself_are_flagged() -> None:
    assert flags_of(link("F", "shareholder", "F")) == [
        (2, "target", "both ends are the same entity")
    ]


def test_relationships_entered_twice_are_flagged() -> None:
    said = flags_of(
        link("F", "shareholder", "G", share=0.3, id="1", start="2020-01-01"),
        link("F", "shareholder", "G", share=0.3, id="2", start="2021-01-01"),  # another purchase
        link("F", "shareholder", "G", share=0.2, id="3", start="2020-01-01"),
        link("F", "shareholder", "G", share=0.3, id="4", start="2020-01-01"),
        link("G", "supplier", "F", share=None, id=None, start=None),
        link("G", "supplier", "F", share=None, id=None, start=None),
    )
    words = "row {} of relationships says the same relationship; both are kept, and both count"
    assert said == [(5, "target", words.format(2)), (7, "target", words.format(6))]


def test_what_a_spreadsheet_would_run_is_written_as_text(tmp_path: Path) -> None:
    given = ["=HYPERLINK(1)", "@SUM(1)", "+7 900", "-x", "-0.5", "+3", "1=2", "'=1", None]
    lines = [("entities.csv", row, "share", value, "no number") for row, value in enumerate(given)]
    write_findings(findings(lines), tmp_path / "rejected.csv")
    read = pl.read_csv(tmp_path / "rejected.csv", infer_schema=False)
    marked = ["'=HYPERLINK(1)", "'@SUM(1)", "'+7 900", "'-x"]
    assert read["value"].to_list() == [*marked, "-0.5", "+3", "1=2", "'=1", None]


@pytest.mark.parametrize("given", [[{"id": "F"}], {"id": ["F"]}, pl.LazyFrame({"id": ["F"]})])
def test_what_is_no_frame_is_refused_in_words(given: object) -> None:
    with pytest.raises(InputError, match=r"`entities` is a \w+, not a polars DataFrame"):
        check_tables(given)  # type: ignore[arg-type]


def test_a_range_beside_a_share_is_flagged() -> None:
    firms = pl.DataFrame({"id": ["A", "B"], "kind": "company", "name": ["A", "B"]})
    stake = {"source": "A", "target": "B", "kind": "shareholder", "share": 0.5, "share_min": 0.4}
    tables = check_tables(firms, pl.DataFrame([stake]))
    assert tables.relationships["share"].to_list() == [0.5]
    assert tables.flagged["reason"].to_list() == [
        "this counts, and the range given beside it does not"
    ]

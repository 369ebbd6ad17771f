"""Parts of one table that hold a column as different types: read as one column, or refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

import trustgraph as tg
from trustgraph.ingest.bulk import import_register

HELD = {"source": ["A"], "target": ["B"], "kind": ["supplier"]}


def put(folder: Path, table: str, *parts: pl.DataFrame) -> None:
    folder.mkdir(exist_ok=True)
    for number, part in enumerate(parts):
        part.write_parquet(folder / f"{table}-{number}.parquet")


def people(ids: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"id": ids}).with_columns(kind=pl.lit("company"), name=pl.lit("x"))


def read_both(folder: Path, out: Path) -> tg.Tables:
    """Through reading and through import: the same entities."""
    tables = tg.read_tables(folder)
    made = import_register(folder, out)
    register = tg.open_register(made.path)
    rows = register.entities.slice(0, len(register))
    assert rows["id"].to_list() == sorted(tables.entities["id"])
    for column in {"start", "name"} & set(tables.entities.columns):
        expected = dict(tables.entities.select("id", column).iter_rows())
        assert dict(rows.select("id", column).iter_rows()) == expected
    return tables


@pytest.mark.parametrize(
    "numbers",
    [
        pl.Series([101.0, None, 103.0], dtype=pl.Float64),
        pl.Series([101.0, None, 103.0], dtype=pl.Float32),
        pl.Series([101, None, 103], dtype=pl.Int32),
        pl.Series(["101", None, "103"], dtype=pl.Categorical),
    ],
)
def test_ids_that_a_gap_made_numbers_stay_whole(numbers: pl.Series, tmp_path: Path) -> None:
    """One part of text, one of numbers: 101, and not 101.0."""
    put(tmp_path / "in", "entities", people(numbers), people(pl.Series(["A", "B"])))
    put(tmp_path / "in", "relationships", pl.DataFrame(HELD))
    tables = read_both(tmp_path / "in", tmp_path / "out")
    assert sorted(tables.entities["id"]) == ["101", "103", "A", "B"]


@pytest.mark.parametrize(
    "days",
    [
        pl.Series([dt.date(2024, 5, 6)]),
        pl.Series([dt.datetime(2024, 5, 6)]),  # noqa: DTZ001  # a day, as pandas writes it
        pl.Series([dt.datetime(2024, 5, 5, 16, tzinfo=dt.UTC)]),
    ],
)
def test_days_of_another_type_are_the_same_days(days: pl.Series, tmp_path: Path) -> None:
    first = people(pl.Series(["A"])).with_columns(days.alias("start"))
    second = people(pl.Series(["B"])).with_columns(start=pl.lit("2024-05-06"))
    put(tmp_path / "in", "entities", first, second)
    put(tmp_path / "in", "relationships", pl.DataFrame(HELD))
    tables = read_both(tmp_path / "in", tmp_path / "out")
    assert tables.entities["start"].to_list() == [dt.date(2024, 5, 6)] * 2


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (pl.Series([["A"]]), "holds List"),
        (pl.Series([{"a": 1}]), "holds Struct"),
        (pl.Series([b"A"]), "holds Binary"),
        (pl.Series([dt.timedelta(1)]), "holds Duration"),
    ],
)
@pytest.mark.parametrize("place", [0, 1])
def test_what_is_no_plain_value_in_one_part_is_an_error(
    odd: pl.Series, words: str, place: int, tmp_path: Path
) -> None:
    parts = [people(pl.Series(["B"]))]
    parts.insert(place, people(odd))
    put(tmp_path / "in", "entities", *parts)
    put(tmp_path / "in", "relationships", pl.DataFrame(HELD))
    with pytest.raises(tg.InputError, match=words):
        tg.read_tables(tmp_path / "in")
    with pytest.raises(tg.InputError, match=words):
        import_register(tmp_path / "in", tmp_path / "out")


def test_a_column_of_ones_own_may_be_of_any_type(tmp_path: Path) -> None:
    """It rides along; in one part a length of time, in another text."""
    first = people(pl.Series(["A"])).with_columns(pl.Series("took", [dt.timedelta(hours=1)]))
    second = people(pl.Series(["B"])).with_columns(took=pl.lit("long"))
    put(tmp_path / "in", "entities", first, second)
    put(tmp_path / "in", "relationships", pl.DataFrame(HELD))
    tables = read_both(tmp_path / "in", tmp_path / "out")
    assert tables.entities["took"].to_list() == ["PT1H", "long"]


MAPPING = """
[[entities]]
file = "firms.parquet"
fields = { id = "id", name = "name", kind = "kind" }
"""


@pytest.mark.parametrize(
    "more",
    [pl.Series("x", [["A"], []]), pl.Series("*", [1.5, 2.5]), pl.Series("^.*$", [True, False])],
)
def test_a_mapping_leaves_other_columns_alone(more: pl.Series, tmp_path: Path) -> None:
    people(pl.Series(["A", "B"])).with_columns(more).write_parquet(tmp_path / "firms.parquet")
    (tmp_path / "map.toml").write_text(MAPPING, encoding="utf-8")
    tables = tg.read_tables(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.entities["id"].to_list() == ["A", "B"]
    (file,) = tables.report.files
    assert file.columns_unused == (more.name,)


def test_a_mapping_refuses_what_is_no_plain_value(tmp_path: Path) -> None:
    people(pl.Series([["A"], ["B"]])).write_parquet(tmp_path / "firms.parquet")
    (tmp_path / "map.toml").write_text(MAPPING, encoding="utf-8")
    said = r'entities\[1\].fields.id: the column "id" of firms.parquet holds List'
    with pytest.raises(tg.MappingError, match=said):
        tg.read_tables(tmp_path, mapping=tmp_path / "map.toml")

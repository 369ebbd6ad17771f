"""Ids that a program took for numbers: what is read of them, and what is told."""

from __future__ import annotations

import datetime as dt
import gzip
import unicodedata
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from field_rows import CODE, entities, flags, held, record

import trustgraph as tg
from trustgraph.reading import read_tables


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        ([101.0, 102.0, None], ["101", "102"]),
        (pl.Series([101.0, None], dtype=pl.Float32), ["101"]),
        ([600519.0, 1.5], ["1.5", "600519"]),
        ([float("nan"), 7.0], ["7"]),
    ],
)
def test_ids_of_a_column_of_floats(values: Any, ids: list[str]) -> None:
    series = pl.Series("id", values) if isinstance(values, list) else values.rename("id")
    given = series.to_frame().with_columns(kind=pl.lit("company"), name=pl.lit("N"))
    tables = tg.check_tables(given)
    assert sorted(tables.entities["id"]) == ids
    assert tables.rejected.height == len(series) - len(ids)


def test_floats_join_whole_numbers() -> None:
    tables = tg.check_tables(entities(101, 102), held(101.0, 102.0), record(102.0))
    assert tables.rejected.is_empty()
    assert tables.relationships.select("source", "target").rows() == [("101", "102")]


@pytest.mark.parametrize("form", ["csv", "csv.gz"])
def test_ids_as_fractions_in_text(form: str, tmp_path: Path) -> None:
    """What pandas makes of a column of numbers with a gap, and then writes as text."""
    texts = {
        "entities": "id,kind,name,region\n101,company,One,330106.0\n102,company,Two,\n",
        "relationships": "id,source,target,kind\n1.0,101.0,102,supplier\n,102.0 ,101.0,supplier\n",
        "records": "id,entity,type,decided_on\nR1.0,101.0,COURT_DEFAULTER,2026-01-02\n",
        "consultations": "source,consulted_on,entity\ncourt,2026-05-01,101.0\n",
    }
    for table, text in texts.items():
        path = tmp_path / f"{table}.{form}"
        path.write_bytes(gzip.compress(text.encode()) if form == "csv.gz" else text.encode())
    tables = read_tables(tmp_path)
    assert tables.rejected.is_empty(), tables.rejected
    assert tables.entities.select("id", "region").rows() == [("101", "330106"), ("102", None)]
    assert tables.relationships["source"].to_list() == ["101", "102"]
    assert tables.relationships["id"].to_list() == ["1", None]
    assert tables.records.select("id", "entity").rows() == [("R1.0", "101")]  # no number
    assert tables.consultations["entity"].to_list() == ["101"]
    told = tables.flagged.filter(pl.col("reason").str.contains("written as a fraction"))
    assert told.height == 7
    assert told["reason"][0] == "read as 330106: a whole number written as a fraction"


def test_ids_whose_last_figures_are_lost_are_told(tmp_path: Path) -> None:
    """Two companies of eighteen figures become one id, in text and as numbers."""
    ids = [913301061234567890, 913301061234567891, 5]
    of_text = entities(*ids).with_columns(pl.col("id").cast(pl.Float64))
    record(5).write_csv(tmp_path / "records.csv")
    for form, write in (("csv", of_text.write_csv), ("parquet", of_text.write_parquet)):
        path = tmp_path / f"entities.{form}"
        write(path)
        tables = read_tables(tmp_path)
        told = tables.flagged.filter(pl.col("reason").str.contains("last figures are lost"))
        assert told.select("file", "row", "column").rows() == [(path.name, 2, "id")]
        assert tables.rejected["reason"].to_list() == [f"row 2 of {path.name} has this id already"]
        path.unlink()


@pytest.mark.parametrize(
    "written",
    [
        *("9.13301E+17", " 9.13301e+17", "1E+18", "9.13301061234568e+17", "9.13301E17"),
        *("91.3301E+16", "+9.13301E+17", "9.1E+5", "９.13301Ｅ＋17"),
    ],
)
@pytest.mark.parametrize("column", ["source", "target", "id"])
def test_codes_as_powers_of_ten(written: str, column: str) -> None:
    owned = held("A", "B", id="R").with_columns(pl.lit(written).alias(column))
    named = unicodedata.normalize("NFKC", written).strip()
    tables = tg.check_tables(entities("A", "B", named), owned)
    lost = tables.flagged.filter(pl.col("reason").str.contains("last figures are lost"))
    assert lost["column"].to_list() == ["id", column]


@pytest.mark.parametrize(
    ("dtype", "whole"), [(pl.Float16, 2**11), (pl.Float32, 2**24), (pl.Float64, 2**53)]
)
def test_numbers_too_large_for_their_bits_are_told(dtype: Any, whole: int) -> None:
    """The record of 16777217 lies on 16777216: of 32 bits no float has the former."""
    ids = pl.Series([whole - 2, whole], dtype=dtype)
    tables = tg.check_tables(pl.DataFrame({"id": ids, "kind": "company", "name": "N"}))
    assert [row for _, row, _, reason in flags(tables) if "figures are lost" in reason] == [3]


def test_text_of_few_words_is_read_as_text(tmp_path: Path) -> None:
    """Parquet keeps what pandas calls categories as a dictionary: it is text all the same."""
    moment, code = "2025-05-31 16:00:00+00", CODE.lower()
    given = record(code, moment)
    for dtype in (pl.Categorical(), pl.Enum([moment, code, "COURT_DEFAULTER", "R"])):
        coded = given.with_columns(pl.all().cast(dtype))
        tables = tg.check_tables(entities(CODE), None, coded)
        plain = tg.check_tables(entities(CODE), None, given)
        assert tables.records.equals(plain.records)
        assert flags(tables) == flags(plain)
        assert len(flags(plain)) == 1
        coded.write_parquet(tmp_path / "records.parquet")
        entities(CODE).write_csv(tmp_path / "entities.csv")
        read = read_tables(tmp_path)
        assert read.records["decided_on"].to_list() == [dt.date(2025, 6, 1)]
        assert "in another time zone" in read.flagged["reason"].to_list()[-1]


@pytest.mark.parametrize("written", ["E+17", "1E17", "1E05", "1.5", "9007199254740991", "A.1e+17"])
def test_ids_that_only_look_alike_are_left(written: str) -> None:
    assert tg.check_tables(entities("A", written)).flagged.is_empty()

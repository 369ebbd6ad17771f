"""Folders of tables: which files are read, and the words for what cannot be."""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import polars as pl
import pytest

from trustgraph.errors import InputError
from trustgraph.reading import read_tables

ENTITIES = "id,kind,name\nA,company,甲\nB,person,乙\n"
RELATIONSHIPS = "source,target,kind,share,note\nB,A,shareholder,0.5,x\nB,C,director,,\n"
RECORDS = "id,entity,type,decided_on\n1,A,FINE,2024-01-31\n"


def fill(folder: Path, **files: str | bytes | pl.DataFrame) -> Path:
    """Put files into a folder; ``__`` in a keyword stands for a dot, ``___`` for a slash."""
    for key, content in files.items():
        path = folder / key.replace("___", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, pl.DataFrame):
            content.write_parquet(path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def test_a_folder_of_csv(tmp_path: Path) -> None:
    fill(tmp_path, Entities__CSV=ENTITIES, relationships__csv=RELATIONSHIPS)
    fill(tmp_path, records__csv__gz=gzip.compress(RECORDS.encode()), readme__txt="hello")
    fill(tmp_path, consultations__csv="source,consulted_on\ncourt list,2024-02-01\n")
    seen: list[str] = []
    tables = read_tables(tmp_path, progress=lambda name, _: seen.append(name))
    assert tables.entities["name"].to_list() == ["甲", "乙"]
    assert tables.relationships.select("share", "note").rows() == [(0.5, "x")]
    assert tables.records.select("decided_on", "__file__", "__row__").rows() == [
        (dt.date(2024, 1, 31), "records.csv.gz", 2)
    ]
    assert tables.consultations.height == 1
    assert tables.rejected.rows() == [
        ("relationships.csv", 3, "target", "C", "no entity has this id")
    ]
    assert tables.flagged["column"].to_list() == ["note"]
    assert seen == ["Entities.CSV", "relationships.csv", "records.csv.gz", "consultations.csv"]


def test_empty_cells_of_extra_columns_are_no_values(tmp_path: Path) -> None:
    text = "id,kind,name,note\nA,company,甲,\nB,company,乙, \n"
    fill(tmp_path, entities__csv=text, records__csv=RECORDS)
    assert read_tables(tmp_path).entities["note"].to_list() == [None, " "]


def test_parts_as_files_and_in_a_folder(tmp_path: Path) -> None:
    one = pl.DataFrame(
        {"id": ["A"], "kind": "company", "name": "甲", "start": [dt.date(2020, 1, 2)]}
    )
    two = pl.DataFrame({"id": ["B"], "kind": "robot", "name": "乙", "start": "2020-01-03", "x": 1})
    fill(tmp_path, entities___one__parquet=one, entities___two__parquet=two)
    fill(tmp_path, entities____SUCCESS="", entities___notes__txt="")
    fill(tmp_path, **{"records-1__csv": RECORDS, "records-2__csv": RECORDS.replace("1,A", "2,A")})
    tables = read_tables(tmp_path)
    assert tables.entities.select("id", "start", "x").rows() == [("A", dt.date(2020, 1, 2), None)]
    assert tables.records["id"].to_list() == ["1", "2"]
    assert tables.rejected.select("file", "row").rows() == [("entities/two.parquet", 2)]


def test_an_absent_table_is_empty_and_said(tmp_path: Path) -> None:
    fill(tmp_path, entities__csv=ENTITIES, records__csv="id,entity,type,decided_on\n")
    tables = read_tables(tmp_path)
    assert tables.relationships.height == tables.records.height == 0
    assert tables.flagged["reason"].to_list() == ["no file holds relationships"]
    assert tables.flagged["row"].to_list() == [None]


def test_rows_rejected_by_the_reader_come_with_the_others(tmp_path: Path) -> None:
    fill(tmp_path, entities__csv=ENTITIES + "C,company\nD,company,\n", records__csv=RECORDS)
    tables = read_tables(tmp_path)
    assert tables.rejected.select("row", "column", "value").rows() == [
        (4, "name", None),
        (5, "name", None),
    ]
    assert tables.rejected_rows == 2


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "there are no entities: looked for entities as .*; found: nothing"),
        ({"entity__csv": ENTITIES}, "found: entity.csv"),
        ({"entities__csv": ENTITIES}, "neither relationships nor records"),
        ({"entities__csv": "", "records__csv": RECORDS}, r"entities.csv: the file is empty"),
        ({"entities__xlsx": "x", "records__csv": RECORDS}, "there are no entities"),
        (
            {"entities__csv": ENTITIES, "records__csv": RECORDS, "relationships__xlsx": "x"},
            "relationships.xlsx: relationships are not in a format that is read",
        ),
        (
            {"entities__csv": ENTITIES, "entities__parquet": "x", "records__csv": RECORDS},
            "entities stand in more than one place: entities.csv, entities.parquet",
        ),
        (
            {"entities__csv": ENTITIES, "entities-old__csv": ENTITIES, "records__csv": RECORDS},
            "more than one place",
        ),
        (
            {"entities___a__csv": ENTITIES, "entities___b__parquet": "x", "records__csv": RECORDS},
            "more than one format: .csv, .parquet",
        ),
        ({"entities__parquet": "id,kind", "records__csv": RECORDS}, "this is no Parquet file"),
        ({"entities__parquet": b"PAR1" + b"x" * 50, "records__csv": RECORDS}, "cut off or damaged"),
        (
            {"entities__csv": "ID,kind,nme\n", "records__csv": "id;entity;type\n"},
            (
                r'entities.csv: entities: the column "id" is missing \(did you mean "ID"\?\)'
                r'(.|\n)*"name" is missing \(did you mean "nme"\?\); found: ID, kind, nme'
                r'(.|\n)*records.csv: records: the column "decided_on" is missing'
            ),
        ),
    ],
)
def test_what_cannot_be_read_is_said_in_words(
    tmp_path: Path, files: dict[str, str | bytes], words: str
) -> None:
    fill(tmp_path, **files)
    with pytest.raises(InputError, match=words) as caught:
        read_tables(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_a_cut_parquet_file(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": range(10_000), "kind": "company", "name": "甲"})
    fill(tmp_path, entities__parquet=frame, records__csv=RECORDS)
    whole = (tmp_path / "entities.parquet").read_bytes()
    (tmp_path / "entities.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cut off or damaged"):
        read_tables(tmp_path)


def test_a_file_or_nothing_instead_of_a_folder(tmp_path: Path) -> None:
    fill(tmp_path, entities__csv=ENTITIES)
    with pytest.raises(InputError, match="this is a file") as caught:
        read_tables(tmp_path / "entities.csv")
    assert f"Give the folder that holds it: {tmp_path}" in str(caught.value)
    with pytest.raises(InputError, match="no such file"):
        read_tables(tmp_path / "none")

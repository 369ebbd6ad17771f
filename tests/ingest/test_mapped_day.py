"""A day's files of another shape, added to a register through a mapping."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import trustgraph as tg
from trustgraph.api.jobs import add_to_register
from trustgraph.errors import MappingError, UsageError
from trustgraph.schema import KIND_CODES

MAPPING = """
[[entities]]
file = "firms.csv"
distinct = true
fields = { id = "no", name = "firm", status = "state", kind = { constant = "company" } }

[[entities]]
file = "owners.csv"
distinct = true
[entities.fields]
id = "owner"
name = "owner"
kind = { constant = "company" }

[[relationships]]
file = "owners.csv"
distinct = true
[relationships.fields]
source = "owner"
target = "no"
kind = { constant = "shareholder" }
share = "share"

[[records]]
file = "lists.csv"
[records.fields]
id = { columns = ["no", "day"], join = "/" }
entity = "no"
type = { constant = "COURT_DEFAULTER" }
decided_on = "day"
"""
FIRST = {
    "firms.csv": "no,firm,state\nA,Alpha,active\nB,Beta,active\n",
    "owners.csv": "owner,no,share\nH,A,0.6\nH,B,0.7\n",
    "lists.csv": "no,day\nA,2025-01-02\n",
}
LATER = {
    # H has a row of its own now; B is told with another state, C is new.
    "firms.csv": "no,firm,state\nH,Holding,active\nB,Beta,revoked\nC,Gamma,active\n",
    # The first row is said already; A is an owner now, and must stay what it is.
    "owners.csv": "owner,no,share\nH,A,0.6\nA,C,0.51\n",
    "lists.csv": "no,day\nB,2026-03-04\nnobody,2026-03-04\n",
}


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "map.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


Put = Callable[[str, dict[str, str]], Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def written(name: str, files: dict[str, str]) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        return folder

    return written


@pytest.fixture
def register(tmp_path: Path, mapping: Path, put: Put) -> Path:
    path = tmp_path / "register"
    tg.import_register(put("first", FIRST), path, mapping=mapping)
    return path


def entities(path: Path) -> dict[str, tuple[Any, ...]]:
    rows = tg.open_register(path).entities
    frame = rows.slice(0, len(rows)).select("id", "name", "kind", "status")
    return {row[0]: row[1:] for row in frame.cast(pl.String).iter_rows()}


def test_what_rows_do_not_say_stays(register: Path, mapping: Path, put: Put) -> None:
    made = add_to_register(register, put("later", LATER), mapping=mapping)
    assert entities(register) == {
        "A": ("Alpha", "company", "active"),  # as an owner it is told by its code alone
        "B": ("Beta", "company", "revoked"),
        "C": ("Gamma", "company", "active"),
        "H": ("Holding", "company", "active"),
    }
    assert made.relationships == 3  # what is said again is merged
    assert made.records == 2
    assert made.rejected_rows == 1
    assert made.flagged_rows == 0


def test_every_row_is_counted(register: Path, mapping: Path, put: Put) -> None:
    add_to_register(register, put("later", LATER), mapping=mapping)
    told = json.loads((register / "input.json").read_text(encoding="utf-8"))
    files = told["files"][len(FIRST) :]
    counted = {
        (one["place"]): (one["rows"], one["merged"], one["rejected"], one["kept"])
        for file in files
        for one in file["sections"]
    }
    assert counted == {
        "entities[1]": (3, 0, 0, 3),
        "entities[2]": (2, 1, 0, 1),
        "relationships[1]": (2, 1, 0, 1),
        "records[1]": (2, 0, 1, 1),
    }
    (line,) = pl.read_csv(register / "rejected.csv").rows(named=True)
    assert (line["file"], line["row"], line["column"], line["value"]) == (
        *("lists.csv", 3),
        *("no", "nobody"),
    )


def test_without_distinct_rows_take_the_place(register: Path, put: Put, tmp_path: Path) -> None:
    plain = tmp_path / "plain.toml"
    plain.write_text(MAPPING.replace("distinct = true\n", ""), encoding="utf-8")
    later = {
        "firms.csv": "no,firm,state\nB,Beta again,\n",
        "owners.csv": "owner,no,share\nH,A,0.6\n",
        "lists.csv": LATER["lists.csv"],
    }
    made = add_to_register(register, put("later", later), mapping=plain)
    assert entities(register)["B"] == ("Beta again", "company", None)
    assert made.relationships == 3
    assert made.flagged_rows == 1  # told twice, and both count


def test_ends_may_be_the_registers(register: Path, put: Put, tmp_path: Path) -> None:
    """A day of records alone needs no section of entities."""
    alone = tmp_path / "alone.toml"
    alone.write_text(MAPPING[MAPPING.index("[[records]]") :], encoding="utf-8")
    day = put("day", {"lists.csv": "no,day\nB,2026-03-04\n"})
    assert add_to_register(register, day, mapping=alone).records == 2
    with pytest.raises(MappingError, match=r"no \[\[entities\]\]"):
        tg.read_tables(day, mapping=alone)


def test_the_same_day_again_changes_nothing(register: Path, mapping: Path, put: Put) -> None:
    later = put("later", LATER)
    first = add_to_register(register, later, mapping=mapping)
    again = add_to_register(register, later, mapping=mapping)
    counts = "entities", "relationships", "records"
    assert [getattr(first, name) for name in counts] == [getattr(again, name) for name in counts]


def test_it_equals_tables_of_the_registers_own_shape(
    register: Path, mapping: Path, put: Put, tmp_path: Path
) -> None:
    own = {
        "entities.csv": "id,kind,name,status\nH,company,Holding,active\nB,company,Beta,revoked\n"
        "C,company,Gamma,active\nA,company,Alpha,active\n",
        "relationships.csv": "source,target,kind,share\nA,C,shareholder,0.51\n",
        "records.csv": "id,entity,type,decided_on\nB/2026-03-04,B,COURT_DEFAULTER,2026-03-04\n",
    }
    through = tmp_path / "through"
    plain = tmp_path / "plain"
    later = {**LATER, "lists.csv": "no,day\nB,2026-03-04\n"}
    add_to_register(register, put("later", later), mapping=mapping, out=through)
    add_to_register(register, put("own", own), out=plain)
    scores = [
        tg.score_input(path, tmp_path / f"run-{path.name}", as_of="2026-06-30").scores().collect()
        for path in (through, plain)
    ]
    assert scores[0].equals(scores[1])


def test_a_mapping_is_not_written_over(register: Path, mapping: Path, put: Put) -> None:
    with pytest.raises(UsageError):
        add_to_register(register, put("later", LATER), mapping=mapping, out=mapping)


def test_a_day_brings_any_of_the_files(register: Path, mapping: Path, put: Put) -> None:
    day = put("day", {"lists.csv": "no,day\nB,2026-03-04\n"})
    assert add_to_register(register, day, mapping=mapping).records == 2


def test_a_file_that_no_section_reads_is_said(register: Path, mapping: Path, put: Put) -> None:
    """Or a month's list would be left out for its name."""
    day = put("day", {"list.csv": "no,day\nB,2026-03-04\n", "firms.csv": FIRST["firms.csv"]})
    with pytest.raises(MappingError, match=r'no section for "list.csv".*did you mean "lists.csv"'):
        add_to_register(register, day, mapping=mapping)
    nothing = put("nothing", {})
    with pytest.raises(MappingError, match=r'there is no "firms.csv"'):
        add_to_register(register, nothing, mapping=mapping)


PERSONS = """
[[entities]]
file = "firms.csv"
distinct = true
fields = { id = "no", name = "no", kind = { constant = "company" } }

[[entities]]
file = "firms.csv"
distinct = true
possibly_same = true
[entities.fields]
id = { columns = ["head", "no"], join = "@" }
name = "head"
kind = { constant = "person" }

[[relationships]]
file = "firms.csv"
distinct = true
[relationships.fields]
source = { columns = ["head", "no"], join = "@" }
target = "no"
kind = { constant = "legal_representative" }
"""


def test_persons_of_one_name_are_tied_once(tmp_path: Path, put: Put) -> None:
    mapping = tmp_path / "persons.toml"
    mapping.write_text(PERSONS, encoding="utf-8")
    register = tmp_path / "register"
    files = {"firms.csv": "no,head\nA,Li\nB,Li\nC,Li\n"}
    assert tg.import_register(put("june", files), register, mapping=mapping).relationships == 6
    fewer = {
        "firms.csv": "no,head\nB,Li\nA,Li\n"
    }  # of two of a name each may be the other more surely
    made = add_to_register(register, put("july", fewer), mapping=mapping)
    assert (made.relationships, made.flagged_rows) == (6, 0)


def test_persons_are_tied_to_those_whom_the_register_has(tmp_path: Path, put: Put) -> None:
    """A new legal representative has the name of another firm's: that is to be known."""
    mapping = tmp_path / "persons.toml"
    mapping.write_text(PERSONS, encoding="utf-8")
    register = tmp_path / "register"
    june = put("june", {"firms.csv": "no,head\nA,李　明\nB,Wu\nC,Wu\nD,李明\n"})
    tg.import_register(june, register, mapping=mapping)
    july = put("july", {"firms.csv": "no,head\nE,李明\n"})
    made = add_to_register(register, july, mapping=mapping)
    opened = tg.open_register(register)
    tied = opened.relationships.kind == KIND_CODES["possibly_same"]
    numbers = zip(opened.relationships.source[tied], opened.relationships.target[tied], strict=True)
    ends = {frozenset((opened.ids[one], opened.ids[other])) for one, other in numbers}
    assert ends == {
        *map(frozenset, [("Wu@B", "Wu@C"), ("李　明@A", "李明@D")]),
        *map(frozenset, [("李明@E", "李　明@A"), ("李明@E", "李明@D")]),
    }
    assert made.flagged_rows == 0


def test_a_list_of_the_revoked_says_so(register: Path, put: Put, tmp_path: Path) -> None:
    """By a constant, and of companies whom the register has as active."""
    gone = tmp_path / "gone.toml"
    gone.write_text(
        """
[[entities]]
file = "gone.csv"
distinct = true
[entities.fields]
id = "no"
name = "no"
kind = { constant = "other" }
status = { constant = "revoked" }
""",
        encoding="utf-8",
    )
    add_to_register(register, put("day", {"gone.csv": "no\nA\n"}), mapping=gone)
    assert entities(register)["A"] == ("Alpha", "company", "revoked")

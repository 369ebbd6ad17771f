"""A day added to a register equals the register of the changed tables, made from scratch."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import time
from pathlib import Path
from random import Random

import polars as pl
import pytest
from depth import DEEP
from hypothesis import given, settings
from hypothesis import strategies as st
from importing_support import SCALE, assert_same_register, end, small_sizes, start
from oracle import Row, World
from polars.testing import assert_frame_equal
from random_changes import random_changes
from side_by_side import PARTS, changes_side_by_side, examples, side_by_side
from strategies import (
    ENTITY_SCHEMA,
    RECORD_SCHEMA,
    RELATIONSHIP_SCHEMA,
    TODAY,
    random_policy,
    random_world,
    seeds,
    tables_of,
)

import trustgraph as tg
from trustgraph.register import Register, compile_register
from trustgraph.storage import save_register, verify_register

KILLS = 5 if DEEP else 1
TIES = {"id": pl.String, **RELATIONSHIP_SCHEMA}
CONSULTED = {"source": pl.String, "consulted_on": pl.Date, "entity": pl.String}
SCHEMAS = {
    "entities": ENTITY_SCHEMA,
    "relationships": TIES,
    "records": RECORD_SCHEMA,
    "consultations": CONSULTED,
}


def saved(register: Register, folder: Path) -> Path:
    folder.mkdir()
    save_register(register, folder)
    return folder


def assert_same(found: Register, expected: Register) -> None:
    """But for where rows once stood, which another history tells otherwise."""
    same = {
        "digest": "",
        "relationship_origins": expected.relationship_origins,
        "record_origins": expected.record_origins,
    }
    assert_same_register(
        dataclasses.replace(found, **same), dataclasses.replace(expected, digest="")
    )


SIZES = st.sampled_from([(2, 3, 2), (6, 10, 4), (9, 32, 5), (14, 60, 12)])


@settings(max_examples=examples(1))
@given(
    seed=seeds,
    sizes=st.lists(SIZES, min_size=PARTS, max_size=PARTS),
    counts=st.lists(st.sampled_from([0, 1, 3, 8]), min_size=2, max_size=4),
)
def test_days_of_changes_equal_the_changed_tables(
    seed: int,
    sizes: list[tuple[int, int, int]],
    counts: list[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    rng = Random(seed)
    parts = [random_world(rng, *size) for size in sizes]
    folder = tmp_path_factory.mktemp("days")
    with small_sizes():
        register = saved(compile_register(tables_of(side_by_side(parts))), folder / "register")
        for day, count in enumerate(counts):
            drawn = [random_changes(rng, part, count, first=100 * day) for part in parts]
            parts = [part for _, part in drawn]
            said = folder / f"day-{day}.jsonl"
            changes = changes_side_by_side([part for part, _ in drawn])
            said.write_text("\n".join(map(json.dumps, changes)))
            tg.add_to_register(register, said)
            expected = compile_register(tables_of(side_by_side(parts)))
            assert_same(tg.open_register(register), expected)
    shutil.rmtree(folder)


# --- Folders --------------------------------------------------------------------------------------


def frames_of(world: World) -> dict[str, pl.DataFrame]:
    rows = (list(world.entities.values()), world.relationships, world.records)
    tables = dict(zip(SCHEMAS, (*rows, world.consultations), strict=True))
    return {name: pl.DataFrame(tables[name], schema=SCHEMAS[name]) for name in SCHEMAS}


def write_day(folder: Path, before: World, after: World, rng: Random) -> None:
    """What leads from one world to the other, as tables; relationships have ids."""
    folder.mkdir()
    removed: list[Row] = [
        {"table": "entities", "id": name} for name in before.entities if name not in after.entities
    ]
    frames = frames_of(after)
    for table in ("relationships", "records"):
        rows = {row["id"]: row for row in getattr(after, table)}
        absent = [row for row in getattr(before, table) if row["id"] not in rows]
        removed += [{"table": table, "id": row["id"]} for row in absent if rng.random() < 0.9]
        kept = [row for row in absent if {"table": table, "id": row["id"]} not in removed]
        there = getattr(after, table)
        there += [row for row in kept if ends_of(row) <= set(after.entities)]
        frames[table] = pl.DataFrame(there, schema=SCHEMAS[table])
    old = frames_of(before)
    for table, frame in frames.items():
        keys = frame.columns
        new = frame.join(old[table], on=keys, how="anti", nulls_equal=True)
        if table == "consultations" and rng.random() < 0.5:  # all of them are told again
            new = frame
        if new.height:
            new.write_parquet(folder / f"{table}.parquet")
    pl.DataFrame(removed, schema={"table": pl.String, "id": pl.String}).write_csv(
        folder / "removed.csv"
    )


def ends_of(row: Row) -> set[str]:
    return {row[name] for name in ("source", "target", "entity") if name in row}


def with_ids(world: World, first: int) -> None:
    for number, row in enumerate(world.relationships, first):
        row.setdefault("id", f"t{number}")


def consult(rng: Random, world: World) -> None:
    names = [None, *world.entities]
    day = rng.choice([TODAY, TODAY.replace(year=2024)])
    source = rng.choice(["court", "tax", "customs"])
    row = {"source": source, "consulted_on": day, "entity": rng.choice(names)}
    world.consultations.append(row)
    if rng.random() < 0.3:  # told twice, it is still one
        world.consultations.append(row)


@settings(max_examples=examples(0.5))
@given(
    seed=seeds,
    sizes=st.lists(SIZES, min_size=PARTS, max_size=PARTS),
    counts=st.lists(st.sampled_from([1, 3, 8]), min_size=2, max_size=3),
)
def test_days_of_tables_equal_the_changed_tables(
    seed: int,
    sizes: list[tuple[int, int, int]],
    counts: list[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    rng = Random(seed)
    parts = [random_world(rng, *size) for size in sizes]
    for part in parts:
        with_ids(part, 0)
        consult(rng, part)
    world = side_by_side(parts)
    policy = random_policy(rng, max_hops=2)
    folder = tmp_path_factory.mktemp("days")
    with small_sizes():
        register = saved(compile_register(tg.check_tables(**frames_of(world))), folder / "register")
        for day, count in enumerate(counts, 1):
            parts = [random_changes(rng, part, count, first=100 * day)[1] for part in parts]
            for part in parts:
                with_ids(part, 1000 * day)
                consult(rng, part)
                known = {None, *part.entities}
                part.consultations = [row for row in part.consultations if row["entity"] in known]
            after = side_by_side(parts)
            write_day(folder / f"day-{day}", world, after, rng)
            added = tg.add_to_register(register, folder / f"day-{day}")
            assert added.rejected_rows == 0
            world = after
            tables = tg.check_tables(**frames_of(world))
            assert_same(tg.open_register(register), compile_register(tables))
        days = {"as_of": TODAY, "retention_on": TODAY}
        found = tg.open_register(register)
        expected = tg.score(tables, policy, **days)
        again = tg.open_session(found, policy=policy, **days)
        for entity in rng.sample(list(expected.scores["entity"]), min(12, expected.scores.height)):
            assert tg.explain(again, entity)["score_micro"] == _score_of(expected, entity)
    verify_register(register)
    shutil.rmtree(folder)


def _score_of(result: tg.Result, entity: str) -> int:
    return int(result.scores.filter(pl.col("entity") == entity)["score_micro"][0])


# --- By hand --------------------------------------------------------------------------------------

ENTITIES = """id,kind,name
A,company,Acme
B,company,Bright
P,person,Wu Ming
"""
RELATIONSHIPS = """id,source,target,kind,share,start
T1,A,B,shareholder,0.6,2020-01-01
,P,A,director,,2020-01-01
,P,A,director,,2023-01-01
,P,B,supervisor,,
"""
RECORDS = """id,entity,type,decided_on
R1,A,TAX_MAJOR,2026-01-01
R2,P,COURT_DEFAULTER,2026-01-01
"""


def write(folder: Path, **tables: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


@pytest.fixture
def register(tmp_path: Path) -> Path:
    tables = write(
        tmp_path / "tables", entities=ENTITIES, relationships=RELATIONSHIPS, records=RECORDS
    )
    tg.import_register(tables, tmp_path / "register")
    return tmp_path / "register"


def test_a_removed_row_is_named_by_what_it_says(register: Path, tmp_path: Path) -> None:
    day = write(
        tmp_path / "day",
        removed="table,id,source,target,kind,start\n"
        "relationships,,P,B,supervisor,\n"
        "relationships,,P,A,director,2023-01-01\n",
    )
    added = tg.add_to_register(register, day)
    assert (added.relationships, added.removed["relationships"]) == (2, 2)
    left = tg.open_register(register).relationships
    assert sorted(left.kind.tolist()) == sorted({*left.kind.tolist()})


@pytest.mark.parametrize(
    ("removed", "column", "value", "reason"),
    [
        ("relationships,,P,A,director,", "source", "P", "several such relationships"),
        ("relationships,,P,A,employee,", "source", "P", "no such row"),
        ("relationships,T9,,,,", "id", "T9", "no such row"),
        ("entities,X,,,,", "id", "X", "no such row"),
        ("records,R9,,,,", "id", "R9", "no such row"),
        ("records,,,,,", "id", None, "missing"),
        ("recods,R1,,,,", "table", "recods", "no table"),
        (",R1,,,,", "table", None, "no table"),
    ],
)
def test_what_is_removed_in_vain_is_rejected(
    removed: str, column: str, value: str | None, reason: str, register: Path, tmp_path: Path
) -> None:
    head = "table,id,source,target,kind,start\n"
    day = write(tmp_path / "2026-07-01", removed=f"{head}records,R1,,,,\n{removed}\n")
    added = tg.add_to_register(register, day)
    assert (added.records, added.rejected_rows) == (1, 1)
    line = pl.read_csv(register / "rejected.csv").row(0, named=True)
    assert (line["file"], line["row"], line["column"]) == ("2026-07-01/removed.csv", 3, column)
    assert line["value"] == value
    assert reason in line["reason"]


def test_bad_rows_of_a_day_are_rejected_and_good_ones_stand(register: Path, tmp_path: Path) -> None:
    day = write(
        tmp_path / "day",
        entities="id,kind,name\nC,company,Cedar\nB,compny,Bright\n",
        relationships="id,source,target,kind,share\nT2,C,B,shareholder,0.4\n,C,Z,supplier,\n",
        records="id,entity,type,decided_on\nR3,C,TAX_MAJOR,2026-06-01\nR3,C,TAX_MAJOR,2026-06-02\n",
    )
    added = tg.add_to_register(register, day)
    assert (added.entities, added.relationships, added.records) == (4, 5, 3)
    rejected = pl.read_csv(register / "rejected.csv").select("file", "row", "column").rows()
    assert rejected == [
        ("day/entities.csv", 3, "kind"),
        ("day/relationships.csv", 3, "target"),
        ("day/records.csv", 3, "id"),
    ]
    # The entity's bad row took nobody's place.
    assert tg.open_register(register).entities.row(1)["name"] == "Bright"
    with pytest.raises(tg.RejectedRowsError, match="3 rows rejected"):
        tg.add_to_register(register, day, strict=True)


def test_an_entity_removed_and_given_again_is_a_new_one(register: Path, tmp_path: Path) -> None:
    day = write(
        tmp_path / "day",
        entities="id,kind,name\nA,company,Acme again\n",
        removed="table,id\nentities,A\n",
    )
    added = tg.add_to_register(register, day)
    assert (added.entities, added.relationships, added.records) == (3, 1, 1)


def test_nothing_of_a_removed_person_stays_on_the_disk(register: Path, tmp_path: Path) -> None:
    day = write(tmp_path / "day", removed="table,id\nentities,P\n")
    tg.add_to_register(register, day)
    verify_register(register)
    for table in ("entities", "relationships", "records"):
        rows = pl.concat([pl.read_parquet(part) for part in register.glob(f"{table}-0*.parquet")])
        said = [cell for row in rows.iter_rows() for cell in row]
        assert not {"P", "Wu Ming", "R2"} & {str(cell) for cell in said}
    assert tg.open_register(register).number_of("P") is None


def test_a_register_stays_as_it_was_where_a_day_goes_elsewhere(
    register: Path, tmp_path: Path
) -> None:
    before = {path.name: path.read_bytes() for path in register.iterdir()}
    day = write(tmp_path / "day", removed="table,id\nentities,P\n")
    tg.add_to_register(register, day, out=tmp_path / "other")
    assert {path.name: path.read_bytes() for path in register.iterdir()} == before
    assert len(tg.open_register(tmp_path / "other")) == 2
    with pytest.raises(tg.UsageError, match="exists already"):
        tg.add_to_register(register, day, out=tmp_path / "other")


def test_a_day_without_anything_leaves_the_same_register(register: Path, tmp_path: Path) -> None:
    digest = tg.open_register(register).digest
    added = tg.add_to_register(register, write(tmp_path / "day", removed="table,id\n"))
    assert added.digest == digest


def test_what_cannot_be_added_is_said(register: Path, tmp_path: Path) -> None:
    for tables, words in (
        ({}, "there is no table"),
        ({"removed": "table,name\n"}, "removed: has the columns table, name"),
        (
            {"entities": "id,kind,name,mood\nC,company,Cedar,good\n"},
            'entities: the register has no column "mood"',
        ),
        ({"relationships": "source,target\nA,B\n"}, '"kind" is missing'),
    ):
        day = write(tmp_path / "day", **tables)
        with pytest.raises(tg.InputError, match=words):
            tg.add_to_register(register, day)
        shutil.rmtree(day)
    with pytest.raises(tg.UsageError, match="is no register"):
        tg.add_to_register(tmp_path / "tables", tmp_path / "tables")
    with pytest.raises(tg.InputError, match="no such file"):
        tg.add_to_register(register, tmp_path / "none.jsonl")


def test_an_altered_register_is_not_added_to(register: Path, tmp_path: Path) -> None:
    part = register / "kind.npy"
    times = part.stat().st_atime_ns, part.stat().st_mtime_ns
    data = bytearray(part.read_bytes())
    data[-1] ^= 1
    part.write_bytes(bytes(data))
    os.utime(part, ns=times)
    with pytest.raises(tg.RunError, match=r"kind\.npy is not as it was written"):
        tg.add_to_register(register, write(tmp_path / "day", removed="table,id\nrecords,R1\n"))


def test_killed_at_random_moments(tmp_path: Path) -> None:
    rng = Random(5)
    tg.generate(tmp_path / "tables", companies=250, format="csv")
    with small_sizes(SCALE):
        tg.import_register(tmp_path / "tables", tmp_path / "before")
    known = tg.open_register(tmp_path / "before")
    rows = known.records.rows.slice(0, len(known.records)).with_columns(status=pl.lit("repaired"))
    day = write(tmp_path / "day")
    rows.gather_every(3).write_parquet(day / "records.parquet")
    known.entities.slice(0, len(known)).gather_every(5).select(
        pl.lit("entities").alias("table"), "id"
    ).write_csv(day / "removed.csv")
    with small_sizes(SCALE):
        tg.add_to_register(tmp_path / "before", day, out=tmp_path / "whole")
    whole = (tmp_path / "whole" / "register.json").read_text()
    register = tmp_path / "here" / "register"
    shutil.copytree(tmp_path / "before", register)
    kills, code = 0, -9
    while kills < KILLS or code != 0:  # whoever is killed cannot tidy up: the last one is not
        process = start("import", "--add", register, day)
        if kills < KILLS:
            time.sleep(rng.uniform(0.0, 0.4))
            process.kill()
        code, said = end(process)
        kills += code != 0
        assert code in (0, -9), said
        verify_register(register)
        if (register / "register.json").read_text() == whole:
            shutil.rmtree(register)
            shutil.copytree(tmp_path / "before", register)
        else:
            assert code == -9
            assert (register / "register.json").read_text() == (
                tmp_path / "before" / "register.json"
            ).read_text()
    assert [path.name for path in register.parent.iterdir()] == ["register"]


OWN_COLUMNS = {
    "entities": "id,kind,name,credit_line\nA,company,Acme,5\nB,company,Beta,7\n",
    "relationships": "source,target,kind,share,note\nA,B,shareholder,0.5,hello\n",
    "records": "id,entity,type,decided_on,clerk\nR1,A,COURT_DEFAULTER,2026-01-01,Xu\n",
    "consultations": "source,consulted_on,entity\ncourts,2026-05-01,A\ncourts,2026-05-01,\n",
}
OF_A_DAY = {
    "entities": "id,kind,name\nC,company,Gamma\n",
    "relationships": "source,target,kind,share\nB,A,supplier,0.5\n",
    "records": "id,entity,type,decided_on\nR2,B,COURT_DEFAULTER,2026-02-01\n",
    "consultations": "source,consulted_on,entity\ncourts,2026-05-02,B\n",
}


@pytest.mark.parametrize("table", [*OF_A_DAY, "changes"])
def test_columns_of_the_register_that_a_day_has_not(table: str, tmp_path: Path) -> None:
    """Rows of one table alone, while every table of the register has a column of its own."""
    tg.import_register(write(tmp_path / "tables", **OWN_COLUMNS), tmp_path / "register")
    day = tmp_path / "day.jsonl"
    if table == "changes":
        day.write_text(
            '{"op": "add", "table": "entities", "row": {"id": "C", "kind": "other", "name": "Gam"}}'
        )
    else:
        day = write(tmp_path / "day", **{table: OF_A_DAY[table]})
    added = tg.add_to_register(tmp_path / "register", day)
    assert sum(added.upserted.values()) == 1
    register = tg.open_register(tmp_path / "register")
    for rows, column, value in (
        (register.entities, "credit_line", "5"),
        (register.relationship_rows, "note", "hello"),
        (register.records.rows, "clerk", "Xu"),
    ):
        found = rows.slice(0, len(rows), [column])[column].drop_nulls()
        assert found.cast(pl.String).to_list()[0] == value


def test_consultations_that_are_told_again_are_no_more(tmp_path: Path) -> None:
    tg.import_register(write(tmp_path / "tables", **OWN_COLUMNS), tmp_path / "register")
    again = OWN_COLUMNS["consultations"]
    day = write(tmp_path / "day", consultations=again + "courts,2026-05-01,A\ntax,2026-05-01,A\n")
    for expected in (1, 0):
        added = tg.add_to_register(tmp_path / "register", day)
        assert (added.upserted["consultations"], added.consultations) == (expected, 3)


def test_a_run_of_an_added_register_is_that_of_the_tables(register: Path, tmp_path: Path) -> None:
    """On disk, block by block: the tables are the same, byte for byte."""
    day = write(
        tmp_path / "day",
        entities="id,kind,name\nAA,company,Alder\n",
        relationships="source,target,kind,share\nAA,A,supplier,0.5\n",
        records="id,entity,type,decided_on\nR0,AA,COURT_DEFAULTER,2026-05-01\n",
    )
    tg.add_to_register(register, day)
    for name in ("entities", "relationships", "records"):
        parts = [pl.read_csv(tmp_path / part / f"{name}.csv") for part in ("tables", "day")]
        pl.concat(parts, how="diagonal_relaxed").write_csv(tmp_path / "tables" / f"{name}.csv")
    tg.import_register(tmp_path / "tables", tmp_path / "scratch")
    days = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
    runs = [
        tg.score_input(source, tmp_path / f"run-{place}", **days)
        for place, source in enumerate((register, tmp_path / "scratch"))
    ]
    for table in ("scores", "ledger", "consequences", "control"):
        one, other = (run.path / f"{table}.parquet" for run in runs)
        assert_frame_equal(pl.read_parquet(one), pl.read_parquet(other))
        assert one.read_bytes() == other.read_bytes()

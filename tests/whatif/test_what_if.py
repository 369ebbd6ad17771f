"""What if gives what a whole scoring of the changed tables gives, and only what differs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from random_changes import random_changes
from random_law import random_law
from random_owners import random_owners
from side_by_side import PARTS, changes_side_by_side, examples, of_part, side_by_side
from strategies import TODAY, random_policy, random_world, tables_of

import trustgraph as tg
from trustgraph.api.queries import open_session
from trustgraph.cli.main import main
from trustgraph.register.pseudonyms import pseudonym
from trustgraph.whatif.outcome import WhatIf
from trustgraph.whatif.scenario import scenario_of

seeds = st.integers(0, 2**32 - 1)


def rows(frame: pl.DataFrame) -> set[tuple[Any, ...]]:
    lists = [name for name, dtype in frame.schema.items() if dtype == pl.List]
    return set(frame.with_columns(pl.col(name).list.join(" ") for name in lists).rows())


@dataclasses.dataclass
class Tables:
    """What is held against each other of two results, or of one part of them."""

    scores: pl.DataFrame
    lines: pl.DataFrame
    consequences: pl.DataFrame
    control: pl.DataFrame

    @classmethod
    def of(cls, result: tg.Result, part: int | None = None) -> Tables:
        scoring = result.scoring
        frames = (result.scores, result.lines, scoring.consequences, scoring.control)
        return cls(*(frame if part is None else of_part(frame, part) for frame in frames))


def assert_is_the_difference(found: WhatIf, before: Tables, after: Tables) -> None:
    key = ["entity", "score_micro", "grade"]
    was, now = (
        {row[0]: row[1:] for row in result.scores.select(key).rows()} for result in (before, after)
    )
    expected = {
        (entity, was.get(entity, (None, None)), now.get(entity, (None, None)))
        for entity in was | now
        if was.get(entity) != now.get(entity)
    }
    given = {(row[0], (row[1], row[3]), (row[2], row[4])) for row in found.changes.rows()}
    assert given == expected
    assert found.changes["cause"].null_count() == 0

    key = ["entity", "line", "record"]
    values = ["micro", "reach", "hops", "chain", "note"]
    lines = [rows(result.lines.select(key + values)) for result in (before, after)]
    for side, mine, other in (("before", *lines), ("after", *reversed(lines))):
        there = found.ledger.filter(pl.col(f"micro_{side}").is_not_null())
        assert rows(there.select(key + [f"{name}_{side}" for name in values])) == mine - other

    for table in ("consequences", "control"):
        frame = getattr(found, table)
        pair = [rows(getattr(result, table)) for result in (before, after)]
        for word, mine, other in (("removed", *pair), ("added", *reversed(pair))):
            shown = frame.filter(pl.col("change") == word).drop("change", "cause")
            assert rows(shown) == mine - other

    covered = [
        dict(result.scores.select("entity", "coverage").rows()) for result in (before, after)
    ]
    expected = {
        (entity, *(one.get(entity) for one in covered))
        for entity in covered[0] | covered[1]
        if covered[0].get(entity) != covered[1].get(entity)
    }
    assert rows(found.coverage.drop("cause")) == expected


@settings(max_examples=examples(0.75))
@given(
    seed=seeds,
    sizes=st.lists(
        st.sampled_from([(2, 3, 2), (6, 10, 4), (9, 32, 5), (30, 50, 8)]),
        min_size=PARTS,
        max_size=PARTS,
    ),
    counts=st.lists(st.sampled_from([1, 2, 4, 8]), min_size=4, max_size=4),
)
def test_what_if_equals_a_whole_scoring(
    seed: int, sizes: list[tuple[int, int, int]], counts: list[int]
) -> None:
    """Several questions of one scored register, as they are asked: more than a thousand changes."""
    rng = Random(seed)
    parts = [
        random_owners(rng, *size[:2]) if rng.random() < 0.5 else random_world(rng, *size)
        for size in sizes
    ]
    policy = random_law(rng, random_policy(rng, max_hops=3))
    days = {"as_of": TODAY, "retention_on": TODAY}
    before = tg.score(tables_of(side_by_side(parts)), policy, **days)
    # What stood before is made for whom it is asked, or looked up in what was scored.
    session = (
        open_session(before)
        if rng.random() < 0.5
        else open_session(before.register, policy=policy, **days)
    )
    scenario = scenario_of(session)
    for count in counts:
        drawn = [random_changes(rng, part, count) for part in parts]
        after = tg.score(tables_of(side_by_side([part for _, part in drawn])), policy, **days)
        changes = [part for part, _ in drawn]
        found = scenario.what_if(changes_side_by_side(changes))
        assert_is_the_difference(found, Tables.of(before), Tables.of(after))
        # And of one part alone: nothing else differs then.
        number = rng.randrange(PARTS)
        found = scenario.what_if(changes_side_by_side([[]] * number + [changes[number]]))
        sides = (Tables.of(result, number) for result in (before, after))
        assert_is_the_difference(found, *sides)


@settings(max_examples=settings().max_examples // 4)
@given(seed=seeds, count=st.sampled_from([0, 1, 3]))
def test_another_pack_equals_a_whole_scoring(seed: int, count: int) -> None:
    rng = Random(seed)
    world = random_world(rng, 8, 20, 5)
    packs = [random_law(rng, random_policy(rng, max_hops=2)) for _ in range(2)]
    changes, changed = random_changes(rng, world, count)
    days = {"as_of": TODAY, "retention_on": TODAY}
    before, after = (
        tg.score(tables_of(one), pack, **days)
        for one, pack in zip((world, changed), packs, strict=True)
    )
    found = tg.what_if(before, changes, policy_after=packs[1])
    assert_is_the_difference(found, Tables.of(before), Tables.of(after))


# --- By hand --------------------------------------------------------------------------------------

ENTITIES = """id,kind,name
S,company,Supplier
A,company,Acme
B,branch,Acme branch
P,person,Wu Ming
"""
RELATIONSHIPS = """id,source,target,kind,share
T1,S,A,supplier,0.5
,A,B,branch,
,P,A,legal_representative,
,P,S,director,
"""
RECORDS = """id,entity,type,decided_on
R1,S,COURT_DEFAULTER,2026-01-01
R2,A,PENALTY_GENERAL,2026-02-01
"""
DAY = "2026-06-30"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    tables = folder / "tables"
    tables.mkdir()
    for name, text in (
        ("entities", ENTITIES),
        ("relationships", RELATIONSHIPS),
        ("records", RECORDS),
    ):
        (tables / f"{name}.csv").write_text(text, encoding="utf-8")
    assert main(["import", str(tables), "--out", str(folder / "register")]) == 0
    days = ["--as-of", DAY, "--retention-on", DAY]
    assert main(["score", str(folder / "register"), "--out", str(folder / "run"), *days]) == 0
    return folder


def record(op: str, **row: Any) -> dict[str, Any]:
    return {"op": op, "table": "records", "row": row}


def relationship(op: str, **row: Any) -> dict[str, Any]:
    return {"op": op, "table": "relationships", "row": row}


def entity(op: str, **row: Any) -> dict[str, Any]:
    return {"op": op, "table": "entities", "row": row}


NEW = {"entity": "S", "type": "TAX_MAJOR", "decided_on": "2026-05-01"}


@pytest.mark.parametrize(
    ("changes", "causes"),
    [
        ([record("add", id="N", **NEW)], {"record N added"}),
        ([record("change", id="R1", repaired_on="2026-06-01")], {"record R1 repaired"}),
        ([record("change", id="R1", status="withdrawn")], {"record R1 withdrawn"}),
        ([record("change", id="R1", ends_on="2026-06-01")], {"record R1 ended"}),
        ([record("change", id="R1", type="PENALTY_GENERAL")], {"record R1 changed"}),
        ([record("remove", id="R1")], {"record R1 removed"}),
        ([relationship("change", id="T1", end="2026-06-01")], {"supplier S → A ended"}),
        (
            [relationship("change", source="S", target="A", kind="supplier", share=1)],
            {"supplier S → A changed"},
        ),
        (
            [relationship("remove", source="S", target="A", kind="supplier", share="0.50")],
            {"supplier S → A removed"},
        ),
        ([entity("remove", id="S")], {"entity S removed"}),
        (
            [record("remove", id="R1"), record("remove", id="R2")],
            {"record R1 removed", "record R2 removed", "record R1 removed; record R2 removed"},
        ),
    ],
)
def test_what_moved_a_score_is_said(changes: list[Any], causes: set[str], small: Path) -> None:
    found = tg.what_if(small / "run", changes)
    assert found.changes.height
    assert set(found.changes["cause"]) <= causes
    assert set(found.ledger["cause"]) <= causes
    assert found.ledger.height
    assert "What if, as of 2026-06-30" in repr(found)
    asked = tg.what_if(small / "register", changes, as_of=DAY, retention_on=DAY)
    for table in ("changes", "ledger", "consequences", "control", "coverage"):
        assert_frame_equal(getattr(found, table), getattr(asked, table))


def test_an_objection_is_called_one_and_moves_nothing(small: Path) -> None:
    found = tg.what_if(small / "run", [record("change", id="R1", status="objected")])
    assert not found.changes.height
    assert not found.ledger.height


def test_no_cause_names_a_person(small: Path) -> None:
    leaves = {"source": "P", "target": "A", "kind": "legal_representative"}
    found = tg.what_if(small / "run", [relationship("remove", **leaves), entity("remove", id="P")])
    said = " ".join(set(found.coverage["cause"]))
    assert "Wu Ming" not in said
    assert "entity P" not in said
    assert f"legal_representative {pseudonym('P')} → A removed" in said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([{}], 'line 1: "op" is missing; "table" is missing; "row" is missing'),
        ([record("ad", id="N")], 'line 1: there is no op "ad" (did you mean "add"?)'),
        (
            [{"op": "add", "table": "record", "row": {}}],
            'no table "record" (did you mean "records"?)',
        ),
        ([{"op": "add", "table": "records", "row": []}], '"row" is no object of columns'),
        ([record("add", id="N", tags=["a"])], "tags: a list is no value of a cell"),
        ([record("add", id="N", __row__=1)], 'a column cannot be called "__row__"'),
        ([record("add", id="N\ud800", **NEW)], "half of a character is missing"),
        ([record("add", **NEW)], 'a record is named by its "id"'),
        ([record("add", id="R1", **NEW)], 'there is a record "R1" already'),
        ([record("change", id="R9")], 'there is no record "R9"'),
        (
            [record("change", id="R1", repaired="2026-06-01")],
            'the register has no column "repaired"',
        ),
        (
            [record("change", id="R1", repaired_on="1 June")],
            "this is no date of the form YYYY-MM-DD",
        ),
        (
            [record("change", id="R1", type="TAX_MAYOR")],
            'no type "TAX_MAYOR" (did you mean "TAX_MAJOR"',
        ),
        ([record("change", id="R1", entity="Z")], 'line 1: entity: no entity has this id ("Z")'),
        ([record("remove", id="R1"), record("change", id="R1")], 'line 2: there is no record "R1"'),
        (
            [relationship("add", source="S", target="Z", kind="supplier")],
            'target: no entity has this id ("Z")',
        ),
        (
            [relationship("add", source="S", target="A", kind="suplier")],
            "there is no kind of relationship",
        ),
        (
            [relationship("add", id="T1", source="S", target="A", kind="supplier")],
            'a relationship "T1" already',
        ),
        (
            [relationship("add", source="S", target="A", kind="supplier", share=60)],
            "this lies outside 0 to 1",
        ),
        ([relationship("remove", source="S", target="A")], "missing: kind"),
        (
            [relationship("remove", source="A", target="S", kind="supplier")],
            "there is no such relationship",
        ),
        (
            [relationship("remove", source="S", target="A", kind="supplier", share=0.4)],
            "no such relationship",
        ),
        ([relationship("change", id="T9")], 'there is no relationship "T9"'),
        (
            [
                relationship("add", source="S", target="A", kind="supplier"),
                relationship("remove", source="S", target="A", kind="supplier"),
            ],
            "line 2: 2 relationships are S → A (supplier); give more of its columns",
        ),
        ([entity("add", id="S", kind="company", name="x")], 'there is an entity "S" already'),
        ([entity("add", kind="company", name="x")], 'an entity is named by its "id"'),
        ([entity("remove", id="Z")], 'there is no entity "Z"'),
        (
            [entity("remove", id="S"), entity("add", id="S", kind="company", name="x")],
            "change it instead of both",
        ),
        ([entity("remove", id="S"), record("change", id="R1")], "line 2: entity: no entity has"),
        ([entity("change", id="S", kind="firm")], 'there is no kind of entity "firm"'),
    ],
)
def test_changes_that_cannot_be_made(changes: list[Any], words: str, small: Path) -> None:
    with pytest.raises(tg.InputError) as caught:
        tg.what_if(small / "run", changes)
    assert words in str(caught.value)


def test_every_problem_is_said_at_once(small: Path) -> None:
    with pytest.raises(tg.InputError, match=r"30 problems with the changes(.|\n)*10 more"):
        tg.what_if(small / "run", [record("remove", id=f"X{n}") for n in range(30)])


def test_what_hangs_on_an_entity_goes_with_it(small: Path) -> None:
    late = {"id": "N", "entity": "S", "type": "TAX_MAJOR", "decided_on": "2026-05-01"}
    changes = [record("add", **late), relationship("add", source="S", target="B", kind="supplier")]
    alone = tg.what_if(small / "run", [entity("remove", id="S")])
    both = tg.what_if(small / "run", [*changes, entity("remove", id="S")])
    assert_frame_equal(alone.changes.drop("cause"), both.changes.drop("cause"))


def asked(folder: Path, lines: Sequence[str], *options: str) -> int:
    (folder / "changes.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return main(["what-if", *options, "--out", str(folder / "out")])


def test_the_command(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = json.dumps(record("change", id="R1", repaired_on="2026-06-01"))
    given = [str(small / "register"), str(tmp_path / "changes.jsonl")]
    capsys.readouterr()
    assert asked(tmp_path, ["", line, ""], *given, "--as-of", DAY, "--retention-on", DAY) == 0
    said = capsys.readouterr().out
    assert "record R1 repaired" in said
    assert "The tables lie in" in said
    first = {
        name: pl.read_parquet(tmp_path / "out" / f"{name}.parquet")
        for name in ("changes", "ledger", "consequences", "control", "coverage")
    }
    assert first["changes"].columns == [
        *("entity", "score_before_micro", "score_after_micro"),
        *("grade_before", "grade_after", "cause"),
    ]
    about = json.loads((tmp_path / "out" / "what-if.json").read_text())
    assert about["counts"]["changes"] == first["changes"].height > 0
    assert asked(tmp_path, [line], *given, "--as-of", DAY) == 2
    assert "exists already" in capsys.readouterr().err
    run = ["--run", str(small / "run"), "--overwrite", "--json"]
    assert asked(tmp_path, [line], *given, *run) == 0
    assert json.loads(capsys.readouterr().out)["counts"] == about["counts"]
    for name, frame in first.items():
        assert_frame_equal(pl.read_parquet(tmp_path / "out" / f"{name}.parquet"), frame)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "line 1: this is no JSON"),
        (b'{"op": "add", "op": "add"}', '"op" is given twice'),
        (b"[1]", 'line 1: this is no object with "op", "table" and "row"'),
        (b'{"op": "add", "table": "records", "row": {"amount": NaN}}', "NaN is no number"),
        (b"\xff\xfe", "cannot be read as text in UTF-8"),
        (b"[" * 100_000, "line 1: this is no JSON"),
    ],
)
def test_files_of_changes_that_are_none(
    content: bytes, words: str, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "changes.jsonl"
    file.write_bytes(content)
    out = tmp_path / "out"
    assert main(["what-if", str(small / "run"), str(file), "--out", str(out)]) == 2
    assert words in capsys.readouterr().err
    assert not out.exists()


def test_what_cannot_be_asked(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(words: str, *arguments: str) -> None:
        assert main(["what-if", *arguments, "--out", str(tmp_path / "out")]) == 2
        assert words in capsys.readouterr().err
        assert not (tmp_path / "out").exists()

    file = tmp_path / "changes.jsonl"
    file.write_text("")
    run, register = str(small / "run"), str(small / "register")
    refused("nothing is to be changed", run)
    refused("there is no such file", run, str(tmp_path / "none.jsonl"))
    refused("is no run folder", str(small / "tables"), str(file))
    refused("a run has a policy pack and a day of its own", run, str(file), "--as-of", DAY)
    refused("only a register takes a run", run, str(file), "--run", run)
    other = tmp_path / "other"
    other.mkdir()
    (other / "entities.csv").write_text(ENTITIES, encoding="utf-8")
    (other / "records.csv").write_text(RECORDS, encoding="utf-8")
    assert main(["import", str(other), "--out", str(tmp_path / "another")]) == 0
    capsys.readouterr()
    refused("made from another register", str(tmp_path / "another"), str(file), "--run", run)
    refused("no policy pack", register, "--policy-after", "cn-nowhere", "--as-of", DAY)


def test_another_pack_by_command(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    text = '[pack]\nname = "own"\nextends = "cn-national"\nbase = 900\n'
    (pack / "pack.toml").write_text(text, encoding="utf-8")
    arguments = [str(small / "run"), "--policy-after", str(pack), "--out", str(tmp_path / "out")]
    assert main(["what-if", *arguments]) == 0
    assert "policy changed" in capsys.readouterr().out
    found = pl.read_parquet(tmp_path / "out" / "changes.parquet")
    assert found["entity"].to_list() == ["A", "B", "S"]

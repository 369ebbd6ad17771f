"""Causes add up to the change of every score, whatever changed between two runs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from adding_up import assert_adds_up
from hypothesis import given, settings
from hypothesis import strategies as st
from importing_support import small_sizes
from oracle import Row
from polars.testing import assert_frame_equal
from random_changes import random_changes
from random_law import random_law
from side_by_side import PARTS, examples, side_by_side
from strategies import TODAY, random_policy, random_world, tables_of

import trustgraph as tg
from trustgraph.cli.main import main
from trustgraph.comparison.outcome import COMPARISON_TABLES, compared, side_of

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=examples(2))
@given(
    seed=seeds,
    sizes=st.lists(
        st.sampled_from([(6, 10, 4), (9, 32, 5), (30, 50, 8)]), min_size=PARTS, max_size=PARTS
    ),
    count=st.sampled_from([0, 1, 4]),
    days=st.sampled_from([0, 0, 1, 31, 400]),
    packs=st.sampled_from([1, 1, 2]),
)
def test_causes_add_up(
    seed: int, sizes: list[tuple[int, int, int]], count: int, days: int, packs: int
) -> None:
    rng = Random(seed)
    parts = [random_world(rng, *size) for size in sizes]
    policies = [random_law(rng, random_policy(rng, max_hops=rng.randint(0, 3)))] * 2
    if packs == 2:
        other = random_law(rng, random_policy(rng, max_hops=rng.randint(0, 3)))
        policies[1] = dataclasses.replace(other, fingerprint="1")
    world = side_by_side(parts)
    changed = side_by_side([random_changes(rng, part, count)[1] for part in parts])
    later = TODAY + dt.timedelta(days=days)
    results = [
        tg.score(tables_of(one), pack, as_of=day, retention_on=day)
        for one, pack, day in zip((world, changed), policies, (TODAY, later), strict=True)
    ]
    sides = [side_of(one.scoring, one.register, one.policy) for one in results]
    found = compared(*sides)
    assert_adds_up(found, *results)
    with small_sizes():
        piecemeal = compared(*sides)
    for name in COMPARISON_TABLES:
        assert_frame_equal(getattr(piecemeal, name), getattr(found, name))
    if not count and not days and packs == 1:
        assert not found.changes.height + found.causes.height + found.consequences.height


# --- By hand --------------------------------------------------------------------------------------

RECORD = {"id": "R", "entity": "S", "type": "COURT_DEFAULTER", "decided_on": "2026-01-01"}
FADING = {"id": "F", "entity": "A", "type": "PENALTY_GENERAL", "decided_on": "2026-02-01"}
TIE = {"source": "S", "target": "A", "kind": "supplier", "share": 0.5}
DAY, NEXT = "2026-06-30", "2026-07-01"


def made(
    records: Sequence[Row],
    relationships: Sequence[Row] = (TIE,),
    day: str = DAY,
    more: Sequence[str] = (),
) -> tg.Result:
    rows = [{"id": name, "kind": "company", "name": name} for name in ("S", "A", *more)]
    frames = [pl.DataFrame(list(part)) if part else None for part in (relationships, records)]
    tables = tg.check_tables(pl.DataFrame(rows), *frames)
    assert tables.rejected.is_empty(), tables.rejected
    return tg.score(tables, as_of=day, retention_on=day)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            partial(made, []),
            partial(made, [RECORD]),
            {("S", "record added"), ("A", "record added")},
        ),
        (
            partial(made, [RECORD]),
            partial(made, []),
            {("S", "record removed"), ("A", "record removed")},
        ),
        (
            partial(made, [RECORD]),
            partial(made, [RECORD | {"repaired_on": "2026-06-01"}]),
            {("S", "record repaired"), ("A", "record repaired")},
        ),
        (
            partial(made, [RECORD]),
            partial(made, [RECORD | {"repaired_on": NEXT}], day=NEXT),
            {("S", "record repaired"), ("A", "record repaired")},
        ),
        (
            partial(made, [RECORD]),
            partial(made, [RECORD | {"status": "withdrawn"}]),
            {("S", "record withdrawn"), ("A", "record withdrawn")},
        ),
        (
            partial(made, [RECORD | {"ends_on": NEXT}]),
            partial(made, [RECORD | {"ends_on": NEXT}], day=NEXT),
            {("S", "record ended"), ("A", "record ended")},
        ),
        (
            partial(made, [RECORD]),
            partial(made, [RECORD | {"ends_on": "2026-06-01"}]),
            {("S", "record ended"), ("A", "record ended")},
        ),
        (
            partial(made, [RECORD | {"decided_on": NEXT}]),
            partial(made, [RECORD | {"decided_on": NEXT}], day=NEXT),
            {("S", "record added"), ("A", "record added")},
        ),
        (partial(made, [FADING]), partial(made, [FADING], day=NEXT), {("A", "record decayed")}),
        (
            partial(made, [RECORD]),
            partial(made, [RECORD | {"type": "PENALTY_GENERAL"}]),
            {("S", "data corrected"), ("A", "data corrected")},
        ),
        (partial(made, [RECORD], []), partial(made, [RECORD]), {("A", "relationship begun")}),
        (
            partial(made, [RECORD]),
            partial(made, [RECORD], [TIE | {"end": DAY}]),
            {("A", "relationship ended")},
        ),
        (
            partial(made, [RECORD], [TIE | {"end": NEXT}]),
            partial(made, [RECORD], [TIE | {"end": NEXT}], day=NEXT),
            {("A", "relationship ended")},
        ),
        (
            partial(made, [RECORD]),
            partial(made, [RECORD], [TIE | {"share": 0.7}]),
            {("A", "data corrected")},
        ),
        (partial(made, []), partial(made, [], more=["N"]), {("N", "entity added")}),
        (partial(made, [], more=["N"]), partial(made, []), {("N", "entity removed")}),
        (partial(made, [RECORD]), partial(made, [RECORD]), set()),
    ],
)
def test_each_cause(
    before: Callable[[], tg.Result],
    after: Callable[[], tg.Result],
    expected: set[tuple[str, str]],
) -> None:
    results = before(), after()
    found = tg.compare(*results)
    assert set(found.causes.select("entity", "cause").rows()) == expected
    assert_adds_up(found, *results)


def test_a_weight_that_changed(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    text = '[pack]\nname = "own"\nextends = "cn-national"\nbase = 900\n'
    (pack / "pack.toml").write_text(text, encoding="utf-8")
    before = made([RECORD])
    tables = before.tables
    after = tg.score(tables, pack, as_of=DAY, retention_on=DAY)
    found = tg.compare(before, after)
    assert_adds_up(found, before, after)
    assert set(found.causes["cause"]) == {"rule or weight changed"}


# --- Grades that change without a point -----------------------------------------------------------

MARKS = """
[pack]
name = "marks"
base = 1000

[[grade]]
code = "A"
from = 800

[[grade]]
code = "D"
from = 0

[[record]]
code = "BARRED"
title = { en = "Barred", zh = "禁入" }
points = 0
dimension = "legal"
grade_cap = "D"

[[record]]
code = "NOTED"
title = { en = "Noted", zh = "记录在案" }
points = 0
dimension = "legal"

[[consequence]]
code = "Q1"
title = { en = "What is owned is barred, too", zh = "所持企业同受限制" }
on = ["BARRED"]
from = ["company"]
route = [{ steps = ["shareholder.forward"] }]
to = ["company"]
force = "A"
grade_cap = "D"
legal_basis = { en = "Made up", zh = "虚构" }
effect = { code = "BARRED_TOO", en = "Is barred.", zh = "受限制。" }
"""
BARRED = {"id": "R", "entity": "S", "type": "BARRED", "decided_on": "2026-01-01"}
OWNS = {"source": "S", "target": "A", "kind": "shareholder", "share": 0.6}
BY_LAW = "consequences changed"


def of_marks(
    folder: Path, record: Row | None, relationship: Row | None, text: str = MARKS, day: str = DAY
) -> tg.Result:
    pack = folder / f"marks-{len(list(folder.iterdir()))}"
    pack.mkdir()
    (pack / "pack.toml").write_text(text, encoding="utf-8")
    rows = [{"id": name, "kind": "company", "name": name} for name in ("S", "A")]
    frames = [pl.DataFrame([row]) if row else None for row in (relationship, record)]
    tables = tg.check_tables(pl.DataFrame(rows), *frames)
    assert tables.rejected.is_empty(), tables.rejected
    return tg.score(tables, pack, as_of=day, retention_on=day)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            (None, OWNS),
            (BARRED, OWNS),
            {("S", "record added", "own", "R"), ("A", BY_LAW, None, "R")},
        ),
        (
            (BARRED, OWNS),
            (BARRED | {"type": "NOTED"}, OWNS),
            {("S", "data corrected", "own", "R"), ("A", BY_LAW, None, "R")},
        ),
        (
            (BARRED, None),
            (BARRED | {"entity": "A"}, None),
            {("S", "data corrected", "own", "R"), ("A", "data corrected", "own", "R")},
        ),
        ((BARRED, None), (BARRED, OWNS), {("A", BY_LAW, None, "R")}),
        (
            (BARRED, OWNS | {"end": NEXT}),
            (BARRED, OWNS | {"end": NEXT}, MARKS, NEXT),
            {("A", BY_LAW, None, "R")},
        ),
        (
            (BARRED | {"repaired_on": NEXT}, OWNS),
            (BARRED | {"repaired_on": NEXT}, OWNS, MARKS, NEXT),
            {("S", "record repaired", "own", "R"), ("A", BY_LAW, None, "R")},
        ),
        # A better band, and what nobody is capped at: only the pack can be the cause.
        (
            (None, None),
            (None, None, MARKS.replace("from = 800", "from = 1001")),
            {(name, "rule or weight changed", None, None) for name in "SA"},
        ),
        (
            (BARRED, None),
            (BARRED, None, MARKS.replace('grade_cap = "D"', "", 1)),
            {("S", "rule or weight changed", "own", "R")},
        ),
        (
            (BARRED, OWNS),
            (BARRED, OWNS, MARKS.replace('"A"\ngrade_cap = "D"', '"A"')),
            {("A", "rule or weight changed", None, None)},
        ),
        # Points change as well: the record is named once.
        (
            (None, None),
            (BARRED, None, MARKS.replace("points = 0", "points = -10")),
            {("S", "record added", "own", "R")},
        ),
        # The grade stays: nothing is told.
        ((None, None), (BARRED | {"type": "NOTED"}, None), set()),
        ((BARRED, None), (BARRED, None, MARKS + "# another fingerprint"), set()),
    ],
)
def test_each_cause_of_a_grade(
    before: Sequence[Any], after: Sequence[Any], expected: set[object], tmp_path: Path
) -> None:
    results = [of_marks(tmp_path, *asked) for asked in (before, after)]
    found = tg.compare(*results)
    assert set(found.causes.select("entity", "cause", "line", "record").rows()) == expected
    assert found.causes.height == len(expected)
    assert_adds_up(found, *results)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, result in (("a", made([RECORD])), ("b", made([]))):
        result.save(tmp_path / name)
    out = tmp_path / "out"
    arguments = ["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(out)]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "record removed" in said
    assert "2 scores or grades differ" in said
    causes = pl.read_parquet(out / "causes.parquet")
    assert causes.columns == ["entity", "cause", "line", "record", "micro"]
    changes = pl.read_parquet(out / "changes.parquet")
    assert changes["causes"].to_list() == ["record removed"] * 2
    assert main(arguments) == 2
    assert "exists already" in capsys.readouterr().err
    assert main([*arguments, "--overwrite", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["counts"] == json.loads((out / "comparison.json").read_text())["counts"]
    assert sum(one["micro"] for one in told["causes"]) == causes["micro"].sum()
    assert main(["compare", str(tmp_path / "a"), str(tmp_path), "--out", str(tmp_path / "x")]) == 2
    assert "is no run folder" in capsys.readouterr().err

"""Runs of registers on disk: what a run of tables gives, block by block, resumed when killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import pytest
from depth import DEEP, some
from hypothesis import given, settings
from hypothesis import strategies as st
from importing_support import SCALE, end, small_sizes, start
from oracle import World
from polars.testing import assert_frame_equal
from side_by_side import examples, worlds_side_by_side
from strategies import TODAY, packs, tables_of

import trustgraph as tg
from trustgraph.api.jobs import score_input
from trustgraph.cli.main import main
from trustgraph.ingest.bulk import import_register
from trustgraph.policy import Policy
from trustgraph.register import compile_register
from trustgraph.runs.register_job import score_stored
from trustgraph.scoring.frames import RESULTS
from trustgraph.scoring.ledger import parse_ledger
from trustgraph.scoring.pipeline import score_register

DAY = "2026-06-30"
KILLS = 5 if DEEP else 1


def results_of(run: tg.Run) -> dict[str, pl.DataFrame]:
    return {name: getattr(run, name)().collect() for name in RESULTS}


def assert_same_run(run: tg.Run, other: tg.Run) -> None:
    for name, frame in results_of(run).items():
        assert_frame_equal(frame, results_of(other)[name])
    assert run.manifest["counts"] == other.manifest["counts"]
    for name in ("rejected.csv", "flagged.csv"):
        assert (run.path / name).read_bytes() == (other.path / name).read_bytes()


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "tables"
    tg.generate(folder, companies=150, format="csv")
    with next(folder.rglob("records*.csv")).open("a") as file:
        file.write("one cell too few\n")
    return folder


@pytest.fixture(scope="module")
def register(tables: Path) -> Path:
    with small_sizes(SCALE):
        return import_register(tables, tables.parent / "register").path


@pytest.fixture(scope="module")
def expected(tables: Path) -> tg.Run:
    """The run of the tables themselves, in memory."""
    with small_sizes(SCALE):
        return score_input(tables, tables.parent / "expected", as_of=DAY, retention_on=DAY)


@settings(max_examples=examples(0.25))
@given(
    world=worlds_side_by_side(), policy=packs(), ledger=st.sampled_from(["all", "top:1", "none"])
)
def test_blocks_are_what_the_whole_is(world: World, policy: Policy, ledger: str) -> None:
    keep = parse_ledger(ledger)
    tables = tables_of(world)
    whole = score_register(compile_register(tables), policy, as_of=TODAY, ledger=keep)
    with tempfile.TemporaryDirectory() as name, small_sizes():
        folder = Path(name, "tables")
        folder.mkdir()
        for table in ("entities", "relationships", "records"):
            rows = getattr(tables, table).drop("__file__", "__row__", strict=False)
            rows.write_parquet(folder / f"{table}.parquet")
        made = import_register(folder, Path(name, "register"))
        run = score_stored(
            made.path, Path(name, "run"), policy, as_of=TODAY, retention_on=TODAY, ledger=keep
        )
        for table, frame in results_of(run).items():
            assert_frame_equal(frame, getattr(whole, table))


def test_a_register_scores_as_its_tables(register: Path, expected: tg.Run, tmp_path: Path) -> None:
    with small_sizes(SCALE):
        run = score_input(register, tmp_path / "run", as_of=DAY, retention_on=DAY)
        assert (run.path / "scores.parquet" / "00001.parquet").is_file()
        assert_same_run(run, expected)
        assert run.manifest["counts"]["rejected_rows"] == 1
        asked, other = tg.open_session(run), tg.open_session(expected)
        for entity in some(expected.scores().collect()["entity"].to_list()[:40], 20):
            assert tg.explain(asked, entity) == tg.explain(other, entity)
            assert tg.owners(asked, entity) == tg.owners(other, entity)
    # The run needs nothing beside it, and takes no room for the register a second time.
    part = next(iter(json.loads((register / "register.json").read_text())["parts"]))
    assert (run.path / "register" / part).samefile(register / part)


def test_killed_at_random_moments(register: Path, expected: tg.Run, tmp_path: Path) -> None:
    rng = Random(5)
    out = tmp_path / "run"
    arguments = ("score", register, "--out", out, "--as-of", DAY, "--retention-on", DAY)
    kills = finished = 0
    while kills < KILLS or not finished:
        process = start(*arguments)
        if kills < KILLS:
            time.sleep(rng.uniform(0.0, 0.8))
            process.kill()
        code, said = end(process)
        assert code in (0, -signal.SIGKILL), said
        kills += code != 0
        if out.exists():
            finished += code == 0
            with small_sizes(SCALE):
                assert_same_run(tg.open_run(out), expected)
            assert code != 0 or [path.name for path in tmp_path.iterdir()] == ["run"]
            shutil.rmtree(out)


def test_a_full_disk_is_said_and_the_next_run_goes_on(
    register: Path, expected: tg.Run, tmp_path: Path
) -> None:
    arguments = (
        "score",
        register,
        "--out",
        tmp_path / "run",
        "--as-of",
        DAY,
        "--retention-on",
        DAY,
    )
    for size in (1_000, 4_000):
        limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"
        code, said = end(start(*arguments, before=limit))
        assert code == 2, said
        assert "writing failed: " in said
        assert not (tmp_path / "run").exists()
    assert end(start(*arguments))[0] == 0
    with small_sizes(SCALE):
        assert_same_run(tg.open_run(tmp_path / "run"), expected)


def test_another_question_begins_anew(register: Path, tmp_path: Path) -> None:
    stop = "import trustgraph.runs.register_job as runs\ndef stop(*_): raise KeyboardInterrupt\n"
    first = (
        "score",
        register,
        "--out",
        tmp_path / "run",
        "--as-of",
        "2025-01-01",
        "--retention-on",
        DAY,
    )
    code, said = end(start(*first, before=f"{stop}runs.link_register = stop"))
    assert code == 128 + signal.SIGINT
    assert "the same command goes on from there" in said
    second = ("score", register, "--out", tmp_path / "run", "--as-of", DAY, "--retention-on", DAY)
    assert end(start(*second))[0] == 0
    assert tg.open_run(tmp_path / "run").as_of.isoformat() == DAY


def test_strict_and_mapping(
    register: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["score", str(register), "--out", str(tmp_path / "run")]
    assert main([*arguments, "--strict"]) == 1
    assert "1 row rejected, 3 problems found" in capsys.readouterr().err
    assert main([*arguments, "--mapping", "map.toml"]) == 2
    assert "a register needs no mapping" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("how", ["another version", "truncated", "altered", "missing", "half"])
def test_a_register_that_is_not_as_it_was_written(
    how: str, register: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "register"
    shutil.copytree(register, folder)
    part = folder / "relationship-target.npy"
    if how == "another version":
        about = json.loads((folder / "register.json").read_text())
        (folder / "register.json").write_text(json.dumps({**about, "format": 3}))
    elif how == "truncated":
        os.truncate(part, part.stat().st_size - 4)
    elif how == "altered":
        array = np.load(part)
        array[0] = 2**30  # whoever followed this would leave the array
        np.save(part, array)
    elif how == "missing":
        part.unlink()
    else:  # as if the last file had not been written
        (folder / "register.json").unlink()
    assert main(["score", str(folder), "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert str(folder) in said
    assert "  → " in said
    assert not (tmp_path / "run").exists()
    assert not list(tmp_path.glob(".*"))

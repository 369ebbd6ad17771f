"""Runs and registers on disk: opened as they were written, or an error in words."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from oracle import World
from places import PROJECT
from strategies import TODAY, packs, tables_of, worlds

import trustgraph as tg
from trustgraph.cli.main import main
from trustgraph.policy import Policy
from trustgraph.register import Register, compile_register
from trustgraph.scoring.pipeline import score_register
from trustgraph.storage import REGISTER_FORMAT, open_register, save_register, whole_folder

PACKS = PROJECT / "trustgraph" / "policies"


ALTERED = "register.json is not as it was written"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    tg.generate(folder / "register", companies=200)
    # A pack of one's own that extends another: both lie in the run.
    pack = folder / "own"
    pack.mkdir()
    (pack / "pack.toml").write_text('[pack]\nname = "own"\nextends = "cn-national"\nfloor = 100\n')
    out = folder / "run"
    arguments = ["score", str(folder / "register"), "--policy", str(pack), "--out", str(out)]
    assert main([*arguments, "--as-of", "2026-06-30"]) == 0
    return out


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """A copy of the run, to be spoilt."""
    shutil.copytree(made, tmp_path / "run")
    return tmp_path / "run"


def refused(folder: Path, words: str, ask: Callable[[tg.Run], Any] = lambda run: run) -> None:
    """Opening, or what is asked then, is an error in words; the command line says the same."""
    with pytest.raises(tg.RunError) as caught:
        ask(tg.open_run(folder))
    said = str(caught.value)
    assert words in said
    assert str(folder) in said
    assert "  → " in said
    assert main(["explain", str(folder), "nobody"]) == 2


# --- runs ----------------------------------------------------------------------------------------


def test_a_run_is_opened_as_it_was_made(made: Path) -> None:
    run = tg.open_run(made)
    assert run.as_of.isoformat() == "2026-06-30"
    assert run.policy().lineage == ("cn-national", "own")
    assert run.policy().floor_micro == 100 * 10**6
    again = tg.score(
        tg.read_tables(made.parent / "register"),
        made.parent / "own",
        as_of=run.as_of,
        retention_on=run.retention_on,
    )
    assert run.scores().collect().equals(again.scores)
    assert run.ledger().collect().equals(again.lines)
    assert run.consequences().collect().equals(again.consequences)
    assert run.register().digest == again.register.digest
    assert not list(made.parent.glob(".*"))


def test_a_run_needs_nothing_beside_it(run: Path) -> None:
    # Not the input, not the pack, not the folder it was made in.
    opened = tg.open_run(run)
    worst = opened.scores().sort("score_micro", "entity").head(1).collect()["entity"][0]
    told = tg.explain(opened, worst)
    assert sum(line["micro"] for line in told["ledger"]) == told["score_micro"]
    moved = run.parent / "elsewhere"
    run.rename(moved)
    assert tg.explain(moved, worst) == told


def test_an_explanation_in_memory_is_the_one_on_disk(made: Path, tmp_path: Path) -> None:
    result = tg.score(tg.read_tables(made.parent / "register"), as_of="2026-06-30")
    saved = result.save(tmp_path / "saved", note="mine")
    assert saved.manifest["note"] == "mine"
    heavy = result.scores.sort("lines", "entity", descending=[True, False]).head(5)["entity"]
    for entity in heavy:
        assert tg.explain(result, entity) == tg.explain(saved, entity)


@pytest.mark.parametrize("name", ["scores", "ledger", "consequences"])
def test_results_that_are_missing_or_altered(name: str, run: Path) -> None:
    part = run / f"{name}.parquet"
    whole = part.read_bytes()
    for spoilt in (whole[:-1], whole + b"\0", b""):
        part.write_bytes(spoilt)
        refused(run, f"{name}.parquet is missing or not as it was written")
    part.unlink()
    refused(run, f"{name}.parquet is missing")
    part.mkdir()
    refused(run, f"{name}.parquet is missing")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "it has no run.json"),
        (b"", "cannot be read"),
        (b"{", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"[]", "format None, not 4"),
        (b"{}", "format None, not 4"),
        (b'{"format": 1}', "format 1, not 4"),
        (b'{"format": "1"}', "format 1, not 4"),
        (b'{"format": 4}', "lacks what every run has"),
        (b'{"format": 4, "sizes": []}', "lacks what every run has"),
        (b'{"format": 4, "as_of": 5, "retention_on": null}', "lacks what every run has"),
        (b"[" * 100_000, "cannot be read"),
    ],
)
def test_manifests_that_are_none(content: bytes | None, words: str, run: Path) -> None:
    manifest = run / "run.json"
    if content is None:
        manifest.unlink()
    else:
        manifest.write_bytes(content)
    refused(run, words)


def test_what_is_no_run_at_all(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere", "there is no such folder")
    refused(tmp_path, "it has no run.json")
    (tmp_path / "file").write_text("text")
    refused(tmp_path / "file", "")
    (tmp_path / "folder" / "run.json").mkdir(parents=True)
    refused(tmp_path / "folder", "cannot be read")


# --- the pack in a run ---------------------------------------------------------------------------


def test_a_pack_that_was_altered_afterwards(run: Path) -> None:
    pack = run / "policy" / "own" / "pack.toml"
    pack.write_text(pack.read_text().replace("100", "200"))
    refused(run, "was altered after the run was made", tg.Run.policy)


def test_a_pack_below_that_was_altered_afterwards(run: Path) -> None:
    parent = run / "policy" / "cn-national" / "00-pack.toml"
    parent.write_text(parent.read_text().replace("exposure_cap = 350", "exposure_cap = 340"))
    refused(run, "was altered after the run was made", tg.Run.policy)


@pytest.mark.parametrize("spoilt", ["gone", "no toml", "unknown key", "parent gone"])
def test_a_pack_that_is_damaged(spoilt: str, run: Path) -> None:
    pack = run / "policy" / "own" / "pack.toml"
    if spoilt == "gone":
        pack.unlink()
    elif spoilt == "no toml":
        pack.write_text("[pack")
    elif spoilt == "unknown key":
        pack.write_text(pack.read_text() + "bass = 1\n")
    else:
        for path in (run / "policy" / "cn-national").iterdir():
            path.write_text("")
    refused(run, "the pack in the run is damaged", tg.Run.policy)


# --- the register in a run -----------------------------------------------------------------------


def parts(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "register").iterdir())


def test_every_part_of_a_register_is_needed(run: Path) -> None:
    names = parts(run)
    assert len(names) > 20
    for name in names:
        part = run / "register" / name
        whole = part.read_bytes()
        part.unlink()
        refused(run, "is no complete register", tg.Run.register)
        for spoilt in (b"", whole[: len(whole) // 2], b"nonsense" + whole[8:]):
            part.write_bytes(spoilt)
            refused(run, "is", tg.Run.register)
        part.write_bytes(whole)
    tg.open_run(run).register()


def test_altered_parts_of_the_right_shape_are_refused(run: Path) -> None:
    for name in parts(run):
        part = run / "register" / name
        whole = part.read_bytes()
        if name.endswith(".npy"):
            array = np.load(part)
            np.save(part, ~array if array.dtype == bool else array + array.dtype.type(1))
        elif name.endswith(".parquet"):
            pl.read_parquet(part).reverse().head(-1).write_parquet(part)
        else:
            continue
        refused(run, f"{name} is not as it was written", tg.Run.register)
        part.write_bytes(whole)
    tg.open_run(run).register()


@pytest.mark.parametrize("text", ["[]", "null", "{}", '{"format": 1}', None])
def test_a_description_that_is_not_the_one_written(text: str | None, run: Path) -> None:
    about = run / "register" / "register.json"
    content = json.loads(about.read_text(encoding="utf-8"))
    text = json.dumps(content | {"digest": "0" * 64}) if text is None else text
    about.write_text(text, encoding="utf-8")
    refused(run, "is not the one it was made from", tg.Run.register)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 99}, f"is a register of format 99, not {REGISTER_FORMAT}"),
        ({"types": None}, ALTERED),
        ({"parts": None}, ALTERED),
        ({"parts": {"gone.npy": {"size": 0, "sha256": "0"}}}, ALTERED),
    ],
)
def test_a_register_whose_description_does_not_fit(
    change: dict[str, Any], words: str, run: Path
) -> None:
    about = run / "register" / "register.json"
    content = json.loads(about.read_text(encoding="utf-8"))
    about.write_text(json.dumps(content | change), encoding="utf-8")
    with pytest.raises(tg.RunError, match=words):
        open_register(run / "register")


# --- registers saved and opened ------------------------------------------------------------------


def same(one: Any, other: Any) -> bool:
    if isinstance(one, pl.DataFrame):
        return one.schema == other.schema and one.equals(other)
    if isinstance(one, np.ndarray):
        equal: bool = np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        return one.dtype == other.dtype and equal
    if hasattr(one, "row"):
        return same(one.slice(0, len(one)), other.slice(0, len(other)))
    if hasattr(one, "near"):
        every = np.arange(len(one))
        return len(one) == len(other) and one.gather(every).equals(other.gather(every))
    if dataclasses.is_dataclass(one):
        return all(
            same(getattr(one, field.name), getattr(other, field.name))
            for field in dataclasses.fields(one)
        )
    return bool(one == other)


_scratch = tempfile.TemporaryDirectory()


def reopened(register: Register) -> Register:
    folder = Path(tempfile.mkdtemp(dir=_scratch.name))  # rows are read when they are asked for
    save_register(register, folder)
    return open_register(folder)


@given(world=worlds())
def test_a_register_saved_and_opened_is_the_same(world: World) -> None:
    register = compile_register(tables_of(world))
    assert same(register, reopened(register))


@settings(max_examples=settings().max_examples // 4)
@given(world=worlds(), policy=packs())
def test_a_register_opened_scores_the_same(world: World, policy: Policy) -> None:
    register = compile_register(tables_of(world))
    fresh = score_register(register, policy, as_of=TODAY)
    again = score_register(reopened(register), policy, as_of=TODAY)
    assert fresh.scores.equals(again.scores)
    assert fresh.ledger.equals(again.ledger)
    assert fresh.consequences.equals(again.consequences)


def test_an_empty_register_saved_and_opened() -> None:
    nothing = pl.DataFrame(schema={"id": pl.String, "kind": pl.String, "name": pl.String})
    register = compile_register(tg.check_tables(nothing))
    assert same(register, reopened(register))


@pytest.mark.parametrize("left", [b"", b'{"format": ', b"{}"])
def test_half_a_mark_of_a_killed_job_is_no_part_of_the_register(
    left: bytes, tmp_path: Path
) -> None:
    register = compile_register(
        tg.check_tables(pl.DataFrame({"id": ["A"], "kind": ["company"], "name": ["A"]}))
    )
    (tmp_path / "register.json").write_bytes(left)
    save_register(register, tmp_path)
    assert same(register, open_register(tmp_path))


def test_an_opened_register_cannot_be_written_to(made: Path) -> None:
    register = tg.open_run(made).register()
    with pytest.raises(ValueError, match="read-only"):
        register.kind[0] = 0


SCRATCH = ("number", "b_kind", "source_number", "b_key", "b_entity", "share_low", "at_0", "row")


def test_extra_columns_ride_along_whatever_their_names() -> None:
    extra = {name: [f"my {name}"] * 2 for name in SCRATCH}
    entities = pl.DataFrame({"id": ["A", "B"], "kind": "company", "name": "N", **extra})
    ends = {"source": ["A", "B"], "target": ["B", "A"], "kind": "shareholder", "share": 0.5}
    records = {"id": ["1", "2"], "entity": ["A", "B"], "type": "COURT_DEFAULTER"}
    tables = tg.check_tables(
        entities,
        pl.DataFrame({**ends, **extra}),
        pl.DataFrame({**records, "decided_on": "2026-01-10", **extra}),
    )
    result = tg.score(tables, as_of="2026-06-30")
    assert result.consequences.height > 0
    register = result.register
    for rows in (register.entities, register.relationship_rows, register.records.rows):
        frame = rows.slice(0, len(rows))
        assert frame.select(SCRATCH).to_dict(as_series=False) == extra


# --- folders that appear whole or not at all -----------------------------------------------------


def test_of_two_that_write_to_one_place_the_first_stays(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = tg.score(tg.read_tables(made.parent / "register"), as_of="2026-06-30")
    out = tmp_path / "run"

    def late(register: Register, folder: Path) -> None:
        shutil.copytree(made, out)  # somebody else is done first
        save_register(register, folder)

    monkeypatch.setattr("trustgraph.runs.run.save_register", late)
    with pytest.raises(tg.UsageError, match="exists already"):
        result.save(out)
    assert tg.open_run(out).manifest["policy"]["name"] == "own"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_overwriting_replaces_runs_only(made: Path, tmp_path: Path) -> None:
    result = tg.score(tg.read_tables(made.parent / "register"), as_of="2026-06-30")
    out = tmp_path / "run"
    out.mkdir()
    result.save(out)  # an empty folder is free
    with pytest.raises(tg.UsageError, match="--overwrite"):
        result.save(out)
    (out / "note.txt").write_text("of no use to the run")
    result.save(out, overwrite=True)
    assert not (out / "note.txt").exists()
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "one.txt").write_text("dear")
    with pytest.raises(tg.UsageError, match=r"there is no run\.json in it"):
        result.save(tmp_path / "letters", overwrite=True)
    assert (tmp_path / "letters" / "one.txt").read_text() == "dear"


def test_a_job_killed_between_two_renames_has_lost_nothing(made: Path, tmp_path: Path) -> None:
    removed = subprocess.run(  # a process number that is no more
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    )
    number = removed.stdout.strip()
    out = tmp_path / "run"
    with whole_folder(out) as folder:
        mine = folder.name
    left = mine.removesuffix(str(os.getpid())) + number
    shutil.copytree(made, tmp_path / left.replace(".partial-", ".replaced-"))
    (tmp_path / left).mkdir()
    out.rmdir()
    elsewhere = tmp_path / ".run.partial-elsewhere-1"
    elsewhere.mkdir()  # another host may still be at work
    with pytest.raises(tg.UsageError, match="exists already"), whole_folder(out):
        pass
    assert tg.open_run(out).manifest["policy"]["name"] == "own"
    assert {path.name for path in tmp_path.iterdir()} == {"run", elsewhere.name}


def test_a_link_to_a_run_is_followed(made: Path, tmp_path: Path) -> None:
    result = tg.score(tg.read_tables(made.parent / "register"), as_of="2026-06-30")
    result.save(tmp_path / "monday")
    (tmp_path / "latest").symlink_to("monday")
    result.save(tmp_path / "latest", overwrite=True)
    assert (tmp_path / "latest").readlink() == Path("monday")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", "monday"]

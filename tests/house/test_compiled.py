"""Kernels give the same bits interpreted and compiled; when they are compiled, and what is kept."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from unittest import mock

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from oracle import World
from polars.testing import assert_frame_equal
from random_owners import owners, rules
from side_by_side import examples, worlds_side_by_side
from strategies import TODAY, packs, register_of, tables_of

from trustgraph import compiled
from trustgraph.compiled import KERNELS, PATIENCE, cache_folder, compiling_told
from trustgraph.exposure import ExposureLines, exposure_graph, exposure_lines
from trustgraph.ownership.control import control_rows
from trustgraph.ownership.view import ownership_view
from trustgraph.policy import ControlRule, Policy
from trustgraph.policy.build import build_policy
from trustgraph.records.as_of import records_as_of
from trustgraph.register import Register, compile_register, day_number
from trustgraph.scoring.pipeline import Scoring, score_register


@contextmanager
def kernels(how: str) -> Iterator[None]:
    """All kernels ``compiled``, or all of them ``interpreted``."""
    with mock.patch.dict(os.environ, {KERNELS: how}):
        yield


# --- The same bits --------------------------------------------------------------------------------


def lines(register: Register, policy: Policy) -> ExposureLines:
    record_state = records_as_of(register, policy, as_of=TODAY)
    graph = exposure_graph(register, policy, as_of=TODAY)
    return exposure_lines(register, graph, policy, record_state, threads=1)


def scored(world: World, policy: Policy, how: str) -> Scoring:
    with kernels(how):
        return score_register(register_of(world), policy, as_of=TODAY, threads=1)


@settings(max_examples=examples(0.5))
@given(world=worlds_side_by_side(), policy=packs())
def test_scores_are_the_same_compiled_and_interpreted(world: World, policy: Policy) -> None:
    one, other = (scored(world, policy, how) for how in ("compiled", "interpreted"))
    for name in ("scores", "ledger", "consequences"):
        assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


def controlled(world: World, rule: ControlRule, policy: Policy, how: str) -> pl.DataFrame:
    with kernels(how):
        register = compile_register(tables_of(world))
        view = ownership_view(register, rule, records_as_of(register, policy, as_of=TODAY))
        return control_rows(register, view, today=day_number(TODAY), threads=1)


@settings(max_examples=settings().max_examples // 2)
@given(world=owners() | owners(stiff=True), rule=rules)
def test_control_is_the_same_compiled_and_interpreted(world: World, rule: ControlRule) -> None:
    one, other = (controlled(world, rule, LISTING, how) for how in ("compiled", "interpreted"))
    assert_frame_equal(one, other, check_exact=True)


def test_a_hub_outgrows_every_first_size() -> None:
    """A supplier of 900 customers with an owner each: scratch grows, tables are hashed anew."""
    customers = [f"c{number:04d}" for number in range(900)]
    owners = [f"o{number:04d}" for number in range(900)]
    names = ["hub", *customers, *owners]
    world = World(
        {name: {"id": name, "kind": "company", "name": name} for name in names},
        [
            *({"source": "hub", "target": c, "kind": "supplier", "share": 0.5} for c in customers),
            *(
                {"source": o, "target": c, "kind": "shareholder", "share": 0.5}
                for o, c in zip(owners, customers, strict=True)
            ),
            # The same owner again by a weaker stake in the next customer: a tie-break each.
            *(
                {"source": o, "target": c, "kind": "shareholder", "share": 0.25}
                for o, c in zip(owners, [*customers[1:], customers[0]], strict=True)
            ),
        ],
        [
            {"id": f"r{n}", "entity": "hub", "type": "X", "decided_on": TODAY, "status": "active"}
            for n in range(3)
        ],
    )
    register = compile_register(tables_of(world))
    with kernels("compiled"):
        found = lines(register, HUB_POLICY)
    with kernels("interpreted"):
        plain = lines(register, HUB_POLICY)
    for name in ("record", "entity", "micro", "reach", "hops", "middle"):
        assert np.array_equal(getattr(found, name), getattr(plain, name)), name
    assert len(found) == 3 * 1800
    ids = register.ids
    for entity, micro, hops, middle in zip(
        found.entity, found.micro, found.hops, found.middle[:, 0], strict=True
    ):
        name = ids[int(entity)]
        assert (int(micro), int(hops)) == ((-40_000_000, 1) if name[0] == "c" else (-10_000_000, 2))
        if name[0] == "o":
            assert ids[int(middle)] == "c" + name[1:]


# --- When they are compiled, and what is kept -----------------------------------------------------

MODULE = """
from trustgraph.compiled import helper, kernel

@helper
def _more(value):
    return value + {added}

@kernel("values")
def add(values):
    for place in range(len(values)):
        values[place] = _more(values[place])
    return len(values)
"""


def loaded(folder: Path, name: str, *, added: int = 1) -> ModuleType:
    """A module with a kernel, loaded anew, whose machine code is kept in the folder."""
    (folder / f"{name}.py").write_text(MODULE.format(added=added), encoding="utf-8")
    sys.modules.pop(name, None)
    importlib.invalidate_caches()
    # Byte code is taken for fresh where source and size are of the same second.
    with (
        mock.patch.object(sys, "path", [str(folder), *sys.path]),
        mock.patch.object(sys, "dont_write_bytecode", new=True),
    ):
        return importlib.import_module(name)


def test_much_work_is_compiled_and_little_is_not(tmp_path: Path) -> None:
    with mock.patch.dict(os.environ):
        os.environ.pop(KERNELS, None)
        add = loaded(tmp_path, "kernel_of_much").add
        values = np.zeros(3, dtype=np.int64)
        for work in (PATIENCE // 2, PATIENCE // 2):
            assert add(values, work=work) == 3
        assert not add.is_compiled
        add(values, work=1)
        assert add.is_compiled
        assert values.tolist() == [3, 3, 3]


def test_machine_code_is_kept_and_made_anew_where_the_source_has_changed(tmp_path: Path) -> None:
    for added, expected in ((1, 1), (1, 1), (5, 5)):
        module = loaded(tmp_path, "kernel_that_changes", added=added)
        values = np.zeros(1, dtype=np.int64)
        with kernels("compiled"):
            module.add(values, work=0)
        assert values.tolist() == [expected]
    assert list(tmp_path.rglob("*.nbc"))


def test_a_helper_that_changes_changes_the_answer(tmp_path: Path) -> None:
    """A helper stands in the file of its kernels: its old machine code answers no more."""
    values = np.zeros(1, dtype=np.int64)
    with kernels("compiled"):
        loaded(tmp_path, "kernel_with_helper", added=2).add(values, work=0)
        loaded(tmp_path, "kernel_with_helper", added=40).add(values, work=0)
    assert values.tolist() == [42]


def test_what_is_not_written_is_read_only() -> None:
    found = []

    def look(given: np.ndarray, written: np.ndarray) -> None:
        found.extend([given.readonly, written.readonly])

    with kernels("interpreted"):
        compiled.kernel("written")(look)(np.zeros(1), np.zeros(1), work=0)
    assert found == [True, False]
    with kernels("interpreted"), pytest.raises(ValueError, match="would be lost"):
        compiled.kernel("written")(look)(np.zeros(1), np.zeros(4)[::2], work=0)
    with pytest.raises(ValueError, match="has no nothing"):
        compiled.kernel("nothing")(look)


def test_who_waits_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_SILENT_SECONDS", 0.0)
    heard: list[tuple[str, bool]] = []
    with kernels("compiled"), compiling_told(lambda name, kept: heard.append((name, kept))):
        loaded(tmp_path, "kernel_to_hear_of").add(np.zeros(1, dtype=np.int64), work=0)
    assert heard == [("kernel_to_hear_of.add", True)]


def test_machine_code_lies_where_there_is_place_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "package" / "module.py"
    source.parent.mkdir()
    taken = tmp_path / "taken"
    taken.write_text("no folder", encoding="utf-8")
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    assert cache_folder(source) == source.parent / "__pycache__"
    (source.parent / "__pycache__").rmdir()
    (source.parent / "__pycache__").write_text("read-only, say", encoding="utf-8")
    assert cache_folder(source) == tmp_path / "user" / "trustgraph"
    monkeypatch.setenv("XDG_CACHE_HOME", str(taken))
    found = cache_folder(source)
    assert found is not None
    assert found.parent == tmp_path / "temporary"
    found.chmod(0o777)  # whoever may write there could have us run what he likes
    assert cache_folder(source) is None
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "given"))
    assert cache_folder(source) == tmp_path / "given"


def test_without_any_place_it_is_compiled_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "cache_folder", lambda _source: None)
    values = np.zeros(1, dtype=np.int64)
    with kernels("compiled"):
        loaded(tmp_path, "kernel_in_memory").add(values, work=0)
    assert values.tolist() == [1]
    assert not list(tmp_path.rglob("*.nbc"))


def test_numba_is_loaded_for_much_work_only() -> None:
    code = (
        "import sys, polars as pl, trustgraph as tg;"
        "people = pl.DataFrame({'id': ['A'], 'kind': ['company'], 'name': ['Acme']});"
        "tg.score(tg.check_tables(people), as_of='2026-06-30'); print('numba' in sys.modules)"
    )
    environment = {name: text for name, text in os.environ.items() if name != KERNELS}
    found = subprocess.run(  # noqa: S603  # our own interpreter and code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert found.stdout.strip() == "False"


HUB_POLICY = build_policy(
    {"name": "hub", "max_hops": 3, "max_fanout": 2},
    pack_where="hub",
    entries={
        "grade": [("hub", {"code": "A", "from": 0})],
        "record": [
            ("hub", {"code": "X", "points": -100, "dimension": "legal", "channel": "c"}),
        ],
    },
    channels={
        "c": (
            "hub",
            {
                "supplier.forward": {"strength": 0.8, "share": "multiply"},
                "shareholder.backward": {"strength": 0.5, "share": "multiply"},
            },
        )
    },
    lineage=("hub",),
    fingerprint="0",
    problems=[],
)

LISTING = build_policy(
    {"name": "listing"},
    pack_where="listing",
    entries={
        "grade": [("listing", {"code": "A", "from": 0})],
        "record": [
            ("listing", {"code": code, "points": -1, "dimension": "legal"})
            for code in ("LISTED", "OTHER")
        ],
    },
    channels={},
    lineage=("listing",),
    fingerprint="0",
    problems=[],
)

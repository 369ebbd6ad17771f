"""The benchmarks run and say what they should. How fast anything is, is no test."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from access import counting
from bench import RIVALS, exponent, growth_sizes
from corpus import AS_OF, PACK

from trustgraph.compiled import KERNELS
from trustgraph.exposure import exposure_graph, exposure_lines, step_table
from trustgraph.exposure.lines import group_records
from trustgraph.policy import read_policy
from trustgraph.reading import read_tables
from trustgraph.records.as_of import records_as_of
from trustgraph.register import compile_register
from trustgraph.synthesis import generate

HERE = Path(__file__).parent
ROWS = """generate|import|open the register|records as of|exposure graph|exposure kernel, 1|
exposure kernel, 2|The kernel on one|consequences|controllers|score, all of it|the same from tables|
open the run|explain one|chain between|exponent"""


@pytest.mark.skipif(
    not os.environ.get("TRUSTGRAPH_REQUIRE_ALL"),
    reason="thirty processes, one after the other: where everything is required",
)
def test_a_small_run_measures_everything(tmp_path: Path) -> None:
    # One test, not several on a shared run: workers side by side would each make their own.
    work = tmp_path / "work"
    work.mkdir()
    figures = tmp_path / "figures.json"
    words = ("--companies", "300", "--repeats", "1", "--json", figures, "--work", work)
    done = subprocess.run(  # noqa: S603 - our own script, by this interpreter
        [sys.executable, HERE / "run.py", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, KERNELS: "interpreted"},  # so few companies are not worth compiling for
    )
    assert done.returncode == 0, done.stderr
    assert not list(work.iterdir()), "files were left behind"
    assert_every_row(done.stdout.splitlines())
    measured = json.loads(figures.read_text(encoding="utf-8"))
    assert measured["machine"]["memory"] > 0
    assert_figures_are_positive(measured["bench"])
    assert_rivals_walk_the_same_relationships(measured["bench"], tmp_path / "again")


def assert_every_row(lines: list[str]) -> None:
    rivals = [f"{name}: {step}" for name in RIVALS for step in ("read", "build", "run")]
    for start in [*(words.strip() for words in ROWS.split("|")), *rivals, *RIVALS]:
        assert any(line.startswith(start) for line in lines), f"no row for {start}"


def assert_figures_are_positive(bench: dict[str, Any]) -> None:
    race = bench["race"]
    assert not race["failed"]
    assert set(race["rivals"]) == set(RIVALS)
    for report in (*bench["ours"].values(), *race["rivals"].values()):
        for step in report["steps"]:
            assert min(step["seconds"]) > 0
            assert 0 < step["before"] <= step["peak"]
    for ratio in race["ratios"]:
        assert min(value for name, value in ratio.items() if name != "rival") > 0
    assert bench["access"] > 0


def assert_rivals_walk_the_same_relationships(bench: dict[str, Any], folder: Path) -> None:
    """Each has as many edges as there are relationships in force; they agree on the answer."""
    generate(folder, companies=300, as_of=AS_OF)
    register = compile_register(read_tables(folder))
    graph = exposure_graph(register, read_policy(PACK), as_of=AS_OF)
    in_force = bench["ours"]["exposure"]["facts"]["in_force"]
    assert 2 * in_force == len(graph.neighbour)
    rivals = bench["race"]["rivals"].values()
    assert {report["facts"]["edges"] for report in rivals} == {in_force}
    assert bench["race"]["apart"] < 1e-4


def test_the_kernel_counts_what_it_touches(tmp_path: Path) -> None:
    generate(tmp_path, companies=300, as_of=AS_OF)
    register, policy = compile_register(read_tables(tmp_path)), read_policy(PACK)
    record_state = records_as_of(register, policy, as_of=AS_OF)
    graph = exposure_graph(register, policy, as_of=AS_OF)
    with counting() as found:
        lines = exposure_lines(register, graph, policy, record_state)
    walks = group_records(register, record_state, step_table(policy))
    assert found["opened"] >= len(walks)
    pairs = set(zip(lines.record.tolist(), lines.entity.tolist(), strict=True))
    assert found["looked"] >= len({(walk, entity) for walk, entity in pairs})


@pytest.mark.parametrize("power", [0.5, 1.0, 1.7])
def test_the_exponent_of_a_power_is_found(power: float) -> None:
    sizes = (10.0, 35.0, 100.0, 900.0)
    assert math.isclose(exponent(sizes, [3.0 * size**power for size in sizes]), power)


def test_one_size_has_no_exponent() -> None:
    assert math.isnan(exponent([5.0, 5.0], [1.0, 2.0]))


def test_growth_goes_in_steps_of_about_three() -> None:
    assert growth_sizes(300, 1) == (300,)
    assert growth_sizes(100_000, 1) == (10_000, 30_000, 100_000)
    assert growth_sizes(100_000, 1_000_000)[3:] == (300_000, 1_000_000)

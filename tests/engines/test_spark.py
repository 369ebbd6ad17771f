"""Spark on a real cluster on the loopback: the same results as the local engine, whatever dies."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from spark_support import Cluster, cluster, many_worlds, missing, rich_pack, spoilt, write_tables
from strategies import TODAY

import trustgraph as tg
from trustgraph.api.jobs import Result, by_pack, score
from trustgraph.policy import Policy, read_policy
from trustgraph.reading import read_tables
from trustgraph.register import compile_register
from trustgraph.scoring.ledger import parse_ledger
from trustgraph.storage import write_findings
from trustgraph.tables.tables import Tables

MISSING = missing()
pytestmark = [
    pytest.mark.xdist_group("spark"),  # one cluster, not one on every core
    pytest.mark.skipif(MISSING is not None, reason=f"{MISSING}"),
    # pyspark leaves its sockets to the garbage collector.
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]

COMPANIES = int(os.environ.get("TRUSTGRAPH_SPARK_COMPANIES", "500"))
EXAMPLES = int(os.environ.get("TRUSTGRAPH_SPARK_EXAMPLES", "3"))
MEMORY = os.environ.get("TRUSTGRAPH_SPARK_MEMORY", "1g")
DAY = ["--as-of", "2026-06-30"]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder, brief = tmp_path_factory.mktemp("cluster"), COMPANIES < 50_000
    with (
        cluster(folder, memory=MEMORY, brief=brief) as found,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in found.environment.items():
            patch.setenv(name, value)
        yield found


@pytest.fixture(scope="module")
def session(spark: Cluster) -> Iterator[Any]:
    """One session for many small jobs: the engine takes the one that is open."""
    from pyspark.sql import SparkSession  # noqa: PLC0415  # may be missing

    opened = SparkSession.builder.master(spark.master).appName("tests").getOrCreate()
    opened.sparkContext.setLogLevel("ERROR")
    yield opened
    opened.stop()
    from trustgraph.engines.spark.session import _close_gateway  # noqa: PLC0415  # as above

    _close_gateway()  # pyspark leaves its Java to the end of the process, and its pipe open


def on_spark(folder: Path, out: Path, policy: Policy, ledger: str, **more: Any) -> tg.Run:
    from trustgraph.engines.spark import score_on_spark  # noqa: PLC0415  # may be missing

    keep = parse_ledger(ledger)
    days = {"as_of": TODAY, "retention_on": TODAY}
    return score_on_spark(folder, out, policy, ledger=keep, **days, **more)


def locally(folder: Path, policy: Policy, ledger: str) -> tuple[Result, Tables]:
    tables = read_tables(folder)
    found = by_pack(tables, compile_register(tables), policy)
    return score(tables, policy, as_of=TODAY, retention_on=TODAY, ledger=ledger), found


def assert_same(run: tg.Run, result: Result, tables: Tables, tmp_path: Path) -> None:
    """Every table frame-equal, types and order of rows included; every finding in its words."""
    assert_frame_equal(run.scores().collect(), result.scores, check_exact=True)
    assert_frame_equal(run.ledger().collect(), result.lines, check_exact=True)
    assert_frame_equal(run.consequences().collect(), result.consequences)
    for name in ("rejected", "flagged"):
        expected = tmp_path / f"expected-{name}.csv"
        write_findings(getattr(tables, name), expected)
        assert (run.path / f"{name}.csv").read_text() == expected.read_text()
    register, counts = result.register, run.manifest["counts"]
    assert counts["entities"] == len(register)
    assert counts["relationships"] == len(register.relationships)
    assert counts["records_counting"] == result.scoring.counting_records
    assert counts["records_overdue"] == result.scoring.overdue
    assert counts["records"] == result.scoring.records
    assert counts["rejected_rows"] == tables.rejected_rows


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_random_registers_and_packs(tmp_path: Path, seed: int) -> None:
    """Many worlds in one register: every kind of row, rule, share and doubt, good and bad."""
    rng = Random(seed)
    worlds = spoilt(rng, many_worlds(rng, 60))
    folder = write_tables(rng, worlds, tmp_path / "tables")
    policy = rich_pack(rng, max_hops=[2, 3, 2, 4, 1, 0][seed % 6])
    ledger = ["all", "top:2", "all", "none", "top:1"][seed % 5]
    result, tables = locally(folder, policy, ledger)
    assert tables.rejected_rows > 10
    assert result.consequences.height
    assert_same(on_spark(folder, tmp_path / "run", policy, ledger), result, tables, tmp_path)


# --- What Spark wrote is read like anything else --------------------------------------------------


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_tables_that_spark_wrote(session: Any, form: str, tmp_path: Path) -> None:
    """Folders of parts with a mark that they are whole, columns of the types that Spark guessed."""
    tg.generate(tmp_path / "given", companies=60, format="csv")
    for table in ("entities", "relationships", "records", "consultations"):
        found = session.read.csv(
            str(tmp_path / "given" / f"{table}.csv"),
            header=True,
            inferSchema=True,
            quote='"',
            escape='"',
        )
        options = {"header": True, "escape": '"'} if form == "csv" else {}
        found.repartition(3).write.format(form).options(**options).save(
            str(tmp_path / "spark" / table)
        )
    given, written = (read_tables(tmp_path / name) for name in ("given", "spark"))
    assert written.rejected.is_empty()
    day: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
    one, other = (score(tables, **day) for tables in (given, written))
    for name in ("scores", "lines", "consequences", "control"):
        assert_frame_equal(getattr(other, name), getattr(one, name))


# --- Size, and what may go wrong meanwhile --------------------------------------------------------


@dataclass(frozen=True)
class Made:
    """A generated register, and the run that the local engine makes of it."""

    tables: Path
    local: tg.Run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("made")
    tg.generate(folder / "tables", companies=COMPANIES)
    began = time.monotonic()
    tg.import_register(folder / "tables", folder / "register")
    say(f"local engine, import: {time.monotonic() - began:.1f} s")
    out, began = folder / "run", time.monotonic()
    run = tg.score_input(folder / "register", out, as_of=TODAY, retention_on=TODAY, ledger="top:5")
    say(f"local engine, score: {time.monotonic() - began:.1f} s")
    return Made(folder / "tables", run)


def say(text: str) -> None:
    """A figure for whoever asked for a large register; with ``pytest -s`` it is seen at once."""
    print(f"\n{COMPANIES:,} companies: {text}", flush=True)  # noqa: T201  # meant to be seen


def assert_equal_runs(run: tg.Run, local: tg.Run) -> None:
    """Table by table, a column at a time: a large register is compared in little memory."""
    for name in ("scores", "ledger", "consequences"):
        ours, theirs = getattr(run, name)(), getattr(local, name)()
        assert ours.collect_schema() == theirs.collect_schema()
        for column in ours.collect_schema():
            mine, other = ours.select(column).collect(), theirs.select(column).collect()
            assert_frame_equal(mine, other, check_exact=True)
    same = ("entities", "relationships", "records", "records_counting", "records_overdue")
    for name in (*same, "scored", "ledger_lines", "consequences", "rejected_rows"):
        assert run.manifest["counts"][name] == local.manifest["counts"][name], name


@pytest.mark.usefixtures("session")
def test_a_generated_register(made: Made, tmp_path: Path) -> None:
    began = time.monotonic()

    def stage(name: str, done: int, total: int) -> None:
        if done == total and COMPANIES >= 100_000:
            say(f"{time.monotonic() - began:8.1f} s  {name}")

    national = read_policy("cn-national")
    run = on_spark(made.tables, tmp_path / "run", national, "top:5", stage=stage)
    say(f"Spark, two workers: {time.monotonic() - began:.1f} s")
    assert_equal_runs(run, made.local)


@pytest.mark.usefixtures("session")
def test_a_worker_killed_half_way(spark: Cluster, made: Made, tmp_path: Path) -> None:
    """The worker, its executor and what they had shuffled are gone; the results are the same."""
    killed: list[float] = []

    def kill() -> None:
        spark.kill_worker()
        killed.append(time.monotonic())

    def stage(name: str, done: int, _total: int) -> None:
        if name == "relationships beyond" and not done:
            # In the middle of the stage: it takes longer than this on any machine.
            threading.Timer(0.2 + COMPANIES / 500_000, kill).start()

    began = time.monotonic()
    national = read_policy("cn-national")
    run = on_spark(made.tables, tmp_path / "run", national, "top:5", stage=stage)
    say(f"Spark, one of two workers killed half-way: {time.monotonic() - began:.1f} s")
    assert began < killed[0] < time.monotonic()
    spark.wait_for(1)
    spark.add_worker()
    spark.wait_for(2)
    assert_equal_runs(run, made.local)


@pytest.mark.usefixtures("session")
def test_a_hub_does_not_sink_it(tmp_path: Path) -> None:
    """A customer of 20,000 suppliers, 1,000 of them listed, and a person behind 300 companies.

    Walked through, the customer alone would make 1,000 × 20,000 walks of two steps. But it has more
    relationships of this kind than ``max_fanout``: they are cut before anything is joined to them,
    and 1,000 walks end there. Its own record goes to all its suppliers, for it is exempt. The
    person, through whom all pairs of the 300 would exclude one another, has one row for each.
    """
    count, listed, headed = 20_000, 1_000, 300
    rows = [{"id": f"S{n:06}", "kind": "company", "name": f"Supplier {n}"} for n in range(count)]
    rows += [{"id": "HUB", "kind": "company", "name": "Hub"}]
    rows += [{"id": "HEAD", "kind": "person", "name": "Head"}]
    supplies = [(f"S{n:06}", "HUB", "supplier") for n in range(count)]
    heads = [("HEAD", f"S{n:06}", "legal_representative") for n in range(headed)]
    day = TODAY.replace(year=TODAY.year - 1)
    subjects = ["HUB", *(f"S{n:06}" for n in range(0, count, count // listed))]
    records = [
        {"id": f"R-{subject}", "entity": subject, "type": "TAX_MAJOR", "decided_on": day}
        for subject in subjects
    ]
    folder = tmp_path / "tables"
    folder.mkdir()
    pl.DataFrame(rows).write_parquet(folder / "entities.parquet")
    ends = pl.DataFrame(supplies + heads, schema=["source", "target", "kind"], orient="row")
    # Unknown shares among 20,000 come to nothing; some are known, so that lines are drawn.
    share = pl.when(pl.int_range(pl.len()) % 100 == 0).then(0.005)
    ends.with_columns(share=share).write_parquet(folder / "relationships.parquet")
    pl.DataFrame(records).write_parquet(folder / "records.parquet")
    national = read_policy("cn-national")
    result, _ = locally(folder, national, "all")
    assert result.lines.filter(pl.col("entity") == "HUB", pl.col("line") == "exposure").height
    assert result.consequences["detail"].drop_nulls().str.contains("299 others").any()
    run = on_spark(folder, tmp_path / "run", national, "all")
    assert_frame_equal(run.scores().collect(), result.scores, check_exact=True)
    assert_frame_equal(run.ledger().collect(), result.lines, check_exact=True)
    assert_frame_equal(run.consequences().collect(), result.consequences)


HANGS = 600 + COMPANIES / 1000
"""Seconds after which a command hangs, however busy the machine is: no measure of anything."""


def test_a_driver_killed_goes_on_where_it_was(spark: Cluster, made: Made, tmp_path: Path) -> None:
    """On the command line: a process of its own, killed, and the same command again."""
    out = tmp_path / "run"
    asked = [sys.executable, "-m", "trustgraph", "score", str(made.tables), *DAY]
    asked += ["--out", str(out), "--engine", "spark", "--master", spark.master]
    asked += ["--retention-on", TODAY.isoformat(), "--ledger", "top:5"]
    journal = tmp_path / ".run.unfinished" / "journal.jsonl"
    first = subprocess.Popen(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  # our own interpreter and code
    try:
        until = time.monotonic() + HANGS
        while not (journal.exists() and '"step": "relationships-placed"' in journal.read_text()):
            assert first.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert not out.exists()
    assert len(journal.read_text().splitlines()) > 5
    again = subprocess.run(asked, capture_output=True, text=True, timeout=HANGS)  # noqa: S603, PLW1510  # as above; the exit code is looked at next
    assert again.returncode == 0, again.stderr
    # Nothing but our own progress on stderr, and nothing of what was done before.
    # (A stage that has come less far than a hundredth says no time left.)
    told = re.compile(r": done in |: [0-9]+%")
    assert [line for line in again.stderr.splitlines() if not told.search(line)] == []
    assert "checking" not in again.stderr
    assert_equal_runs(tg.open_run(out), made.local)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


# --- What a run of Spark is, and what it is not ---------------------------------------------------


@pytest.fixture(scope="module")
def small(session: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of few rows on the cluster, with a pack that asks for control."""
    assert session is not None  # the engine takes the one that is open
    folder = tmp_path_factory.mktemp("small")
    worlds = many_worlds(Random(1), 2)
    write_tables(Random(1), worlds, folder / "tables")
    on_spark(folder / "tables", folder / "run", read_policy("cn-national"), "all")
    return folder


def test_a_run_says_what_it_lacks_and_what_to_do(small: Path) -> None:
    run = tg.open_run(small / "run")
    assert run.manifest["engine"] == "spark"
    assert run.manifest["left_out"] == ["register", "sums", "control"]
    entity = run.scores().collect()["entity"][0]
    for ask in (
        run.control,
        run.register,
        run.sums,
        lambda: tg.explain(run, entity),
        lambda: tg.open_scenario(run),
        lambda: tg.compare(run, run),
    ):
        with pytest.raises(tg.RunError, match=r"engine spark and holds no .*\n.*trustgraph import"):
            ask()


@pytest.mark.usefixtures("session")
def test_strict_writes_nothing(small: Path, tmp_path: Path) -> None:
    with pytest.raises(tg.RejectedRowsError, match="has no type"):
        on_spark(small / "tables", tmp_path / "run", read_policy("cn-national"), "all", strict=True)
    assert not (tmp_path / "run").exists()

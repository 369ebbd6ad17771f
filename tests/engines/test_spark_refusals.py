"""What the Spark engine refuses, and in which words: no cluster is needed for these."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from spark_support import missing, settings

import trustgraph as tg
from trustgraph.cli.main import main

# pyspark leaves its sockets and pipes to the garbage collector.
pytestmark = [
    pytest.mark.xdist_group("spark"),  # what opens a session must not meet another one
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]
MISSING = missing()
needs_spark = pytest.mark.skipif(MISSING is not None, reason=f"{MISSING}")
SPARK = ["--engine", "spark", "--master", "local[1]"]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """What a Java that did not start leaves open is found here, not at the end of all tests."""
    yield
    gc.collect()


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    folder = tmp_path / "tables"
    folder.mkdir()
    company = {"id": ["A"], "kind": ["company"], "name": ["Acme"]}
    pl.DataFrame(company).write_parquet(folder / "entities.parquet")
    record = {"id": ["R"], "entity": ["A"], "type": ["TAX_MAJOR"], "decided_on": ["2026-01-01"]}
    pl.DataFrame(record).write_parquet(folder / "records.parquet")
    return folder


def refused(source: Path, *words: str, **asked: Any) -> None:
    """An error in words, and nothing is written."""
    out = source.parent / "run"
    with pytest.raises(tg.TrustgraphError) as caught:
        tg.score_input(source, out, **asked)
    for word in words:
        assert word in str(caught.value)
    assert not out.exists()


def test_without_pyspark(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    refused(tables, "needs pyspark 4", "pip install 'trustgraph[spark]'", engine="spark")


@needs_spark
def test_without_java(tables: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    refused(tables, "needs Java 17", "openjdk-17-jre-headless", engine="spark")


def test_a_master_needs_spark(tables: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(tables, "only Spark has a master", "--engine spark", master="local[1]")
    asked = ["score", str(tables), "--out", str(tables.parent / "run"), "--master", "local[1]"]
    assert main(asked) == 2
    assert "--engine spark" in capsys.readouterr().err


def test_an_engine_that_is_none(tables: Path) -> None:
    refused(tables, "no engine `flink`", "local or spark", engine="flink")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"mapping": "m.toml"}, "takes no mapping"),
        ({"threads": 2}, "takes no number of threads"),
    ],
)
def test_what_spark_does_not_take(tables: Path, asked: dict[str, Any], words: str) -> None:
    refused(tables, words, "leave out", engine="spark", **asked)


@needs_spark
def test_text_is_refused(tables: Path) -> None:
    row = {"source": ["A"], "target": ["A"], "kind": ["branch"]}
    pl.DataFrame(row).write_csv(tables / "relationships.csv")
    refused(tables, "reads Parquet", "relationships.csv", "save the tables", engine="spark")


@needs_spark
def test_a_register_is_refused(tables: Path) -> None:
    tg.import_register(tables, tables.parent / "register")
    refused(tables.parent / "register", "this is a register", "leave out", engine="spark")


@needs_spark
def test_computed_controllers_are_refused(tables: Path) -> None:
    words = ("rests on computed controllers", "cn-beneficial-owner")
    refused(tables, *words, engine="spark", policy="cn-beneficial-owner")


@needs_spark
def test_who_is_blocked_is_refused(tables: Path) -> None:
    refused(tables, "asks who is blocked", "ofac-50", engine="spark", policy="ofac-50")


@needs_spark
def test_a_path_that_is_a_pattern_is_refused(tables: Path) -> None:
    odd = tables.rename(tables.parent / "tables[1]")
    refused(odd, "for a pattern", engine="spark")


@needs_spark
def test_no_such_cluster(tables: Path) -> None:
    words = ("does not start on nowhere", "spark://HOST:PORT", "spark.log")
    refused(tables, *words, engine="spark", master="nowhere")


@needs_spark
def test_one_machine_will_do(
    tables: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A master of this machine, a wrong header and a good run, with no word of Spark's own."""
    for name, value in settings(tmp_path / "spark", "1g", brief=True).items():
        monkeypatch.setenv(name, value)
    pl.DataFrame({"source": ["A"]}).write_parquet(tables / "relationships.parquet")
    refused(tables, '"target" is missing', engine="spark", master="local[1]")
    (tables / "relationships.parquet").unlink()
    out = tables.parent / "run"
    asked = ["score", str(tables), "--out", str(out), *SPARK, "--as-of", "2026-06-30"]
    assert main(asked) == 0
    said = capfd.readouterr()
    assert "1 scored of 1 entities" in said.out
    assert all(": done in " in line for line in said.err.splitlines())
    run, local = tg.open_run(out), tg.score_input(tables, tables.parent / "l", as_of="2026-06-30")
    assert run.scores().collect().equals(local.scores().collect())
    assert run.ledger().collect().equals(local.ledger().collect())

"""A real Spark cluster on the loopback, and random registers to score on it."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
from strategies import (
    DAYS,
    ENTITY_SCHEMA,
    GRADES,
    MEASURES,
    RECORD_SCHEMA,
    RELATIONSHIP_SCHEMA,
    maybe,
    random_channel,
    random_record_types,
    random_rule,
    random_world,
)

from trustgraph.policy import Policy
from trustgraph.policy.build import build_policy

Row = dict[str, Any]
REGIONS = [None, "310000", "440300", "110000"]
INDUSTRIES = [None, "C13", "E48", "F512"]
COUNTRIES = [None, "CN", "hk"]
FORMS = [None, "Partnership", "limited"]


# --- The cluster ----------------------------------------------------------------------------------


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on; they are all held until all are found."""
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def settings(folder: Path, memory: str, *, brief: bool) -> dict[str, str]:
    """The environment of a cluster and of whoever uses it: all on the loopback, no pages.

    ``brief``: for many small jobs, compiling costs more than it brings.
    """
    conf = folder / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    lines = {
        "spark.executor.memory": memory,
        # One executor of one core on either worker; there is room for a second application.
        "spark.executor.cores": "1",
        "spark.cores.max": "2",
        "spark.driver.memory": "2g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(folder / "local"),
    }
    if brief:
        options = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
        lines["spark.driver.extraJavaOptions"] = options
        lines["spark.executor.extraJavaOptions"] = options
        lines["spark.sql.codegen.wholeStage"] = "false"
    text = "".join(f"{name} {value}\n" for name, value in lines.items())
    (conf / "spark-defaults.conf").write_text(text, encoding="utf-8")
    return {
        "SPARK_CONF_DIR": str(conf),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }


def _die_with_parent() -> None:
    """Where the tests are killed outright, nobody is left to stop the cluster: Linux does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


@dataclass
class Cluster:
    """One master and its workers, each a process group of its own."""

    folder: Path
    memory: str
    environment: dict[str, str]
    master: str = ""
    page: int = 0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def _start(self, name: str, *arguments: str) -> None:
        import pyspark  # noqa: PLC0415  # may be missing

        command = [str(Path(pyspark.__file__).parent / "bin" / "spark-class"), *arguments]
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  # Spark's own script
                command,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  # calls the system, nothing else
                env=os.environ | self.environment | {"SPARK_DAEMON_MEMORY": "512m"},
            )
        self.processes.append(process)

    def start(self) -> None:
        port, self.page = free_ports(2)
        self.master = f"spark://127.0.0.1:{port}"
        place = ["--host", "127.0.0.1", "--port", str(port), "--webui-port", str(self.page)]
        self._start("master", "org.apache.spark.deploy.master.Master", *place)
        self.add_worker()
        self.add_worker()
        self.wait_for(2)

    def add_worker(self) -> None:
        number = len(self.processes)
        (page,) = free_ports(1)
        work = ["--work-dir", str(self.folder / f"work-{number}"), "--webui-port", str(page)]
        memory = f"{2 * int(self.memory.removesuffix('g'))}g"
        size = ["--host", "127.0.0.1", "--cores", "2", "--memory", memory]
        class_name = "org.apache.spark.deploy.worker.Worker"
        self._start(f"worker-{number}", class_name, *size, *work, self.master)

    def wait_for(self, workers: int) -> None:
        until = time.monotonic() + 90
        while self.alive() != workers:
            assert time.monotonic() < until, "the cluster does not come up"
            time.sleep(0.1)

    def alive(self) -> int:
        try:
            page = f"http://127.0.0.1:{self.page}/json/"
            with urllib.request.urlopen(page, timeout=5) as answer:  # our own master
                return int(json.load(answer)["aliveworkers"])
        except OSError:
            return 0

    def kill_worker(self) -> None:
        """SIGKILL the worker that was started last, with its executors and their Python."""
        process = self.processes.pop()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in reversed(self.processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextlib.contextmanager
def cluster(folder: Path, *, memory: str = "1g", brief: bool = True) -> Iterator[Cluster]:
    """One master and two workers, killed at the end whatever happens."""
    found = Cluster(folder, memory, settings(folder, memory, brief=brief))
    try:
        found.start()
        yield found
    finally:
        found.stop()


def missing() -> str | None:
    """Why no cluster can be had here."""
    if not {"TRUSTGRAPH_SPARK", "TRUSTGRAPH_REQUIRE_ALL"} & set(os.environ):
        return "Spark takes ten minutes: make test-spark"
    try:
        import pyspark  # noqa: F401, PLC0415  # is it there?
    except ImportError:
        return "pyspark is not installed (make install-spark)"
    return None if shutil.which("java") else "there is no java"


# --- Registers ------------------------------------------------------------------------------------


def random_entity(rng: Random, row: Row) -> Row:
    return {
        **row,
        "status": rng.choice([None, "active", "revoked"]),
        "region": rng.choice(REGIONS),
        "industry": rng.choice(INDUSTRIES),
        "jurisdiction": rng.choice(COUNTRIES),
        "legal_form": rng.choice(FORMS),
        "lei": rng.choice([None, None, "254900OPPU84GM83MG36", "5493001KJTIIGC8Y1R12", "X"]),
    }


def many_worlds(rng: Random, count: int) -> dict[str, list[Row]]:
    """Random registers side by side, whose ids have nothing in common."""
    tables: dict[str, list[Row]] = {name: [] for name in ("entities", "relationships", "records")}
    tables["consultations"] = []
    sizes = [(2, 3, 2), (4, 10, 3), (7, 20, 4), (9, 32, 5), (12, 60, 9)]
    for number in range(count):
        world = random_world(rng, *rng.choice(sizes))
        # A world's number behind the id: ids of all worlds are mixed in order.
        name = {old: f"{old}w{number}" for old in world.entities}
        for row in world.entities.values():
            tables["entities"].append(random_entity(rng, row | {"id": name[row["id"]]}))
        for row in world.relationships:
            ends = {end: name[row[end]] for end in ("source", "target")}
            tables["relationships"].append(row | ends)
        for row in world.records:
            own = {"id": f"{row['id']}w{number}", "entity": name[row["entity"]]}
            amount = rng.choice([None, 20_000.0, 60_000.0])
            tables["records"].append(row | own | {"amount": amount})
        for entity in rng.sample(sorted(name.values()), len(name) // 2):
            tables["consultations"].append(random_consultation(rng, entity))
    return tables


def random_consultation(rng: Random, entity: str | None) -> Row:
    source = rng.choice(["courts", "T1", "elsewhere"])
    return {"source": source, "consulted_on": rng.choice(DAYS), "entity": entity}


def spoilt(rng: Random, tables: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The same with rows that cannot be used, or that are doubtful."""
    entities, relationships = tables["entities"], tables["relationships"]
    records = tables["records"]
    for row in rng.sample(relationships, len(relationships) // 4):
        row["id"] = f"e{rng.randint(0, len(relationships))}"
    for row in rng.sample(relationships, len(relationships) // 10):
        faults: list[Row] = [
            {"kind": "sharehlder"},
            {"source": "nobody"},
            {"target": "  nowhere "},
            {"source": None},
            {"share": 1.5},
            {"share_min": 0.7, "share_max": 0.2},
            {"source": f" {row['source']} "},
            {"kind": "director", "target": row["source"]},
            {"kind": "shareholder", "share": 0.3, "share_min": 0.1},
        ]
        row.update(rng.choice(faults))
    relationships += [dict(row) for row in rng.sample(relationships, len(relationships) // 10)]
    for row in rng.sample(entities, len(entities) // 20):
        faults = [{"kind": "compny"}, {"id": None}, {"status": "asleep"}, {"name": None}]
        row.update(rng.choice(faults))
    for row in rng.sample(entities, len(entities) // 20):
        row["lei"] = rng.choice(["5493001KJTIIGC8Y1R12", "5493 001KJTIIGC8Y1R12", "no code"])
    entities += [dict(row) for row in rng.sample(entities, len(entities) // 15)]
    for row in rng.sample(records, len(records) // 8):
        faults = [
            {"entity": "nobody"},
            {"type": "T9"},
            {"status": "gone"},
            {"decided_on": None},
            {"id": rng.choice(records)["id"]},
            {"entity": None},
        ]
        row.update(rng.choice(faults))
    tables["consultations"] += [random_consultation(rng, who) for who in ("nobody", None)]
    for rows in tables.values():
        rng.shuffle(rows)
    return tables


def write_tables(rng: Random, tables: dict[str, list[Row]], folder: Path) -> Path:
    """Parquet files: a table in one file or in parts."""
    words = ("status", "region", "industry", "jurisdiction", "legal_form", "lei")
    schemas: dict[str, dict[str, Any]] = {
        "entities": ENTITY_SCHEMA | dict.fromkeys(words, pl.String),
        "relationships": RELATIONSHIP_SCHEMA | {"id": pl.String},
        "records": RECORD_SCHEMA | {"amount": pl.Float64},
        "consultations": {"source": pl.String, "consulted_on": pl.Date, "entity": pl.String},
    }
    folder.mkdir()
    for name, rows in tables.items():
        frame = pl.DataFrame(rows, schema=schemas[name])
        if rng.random() < 0.5:
            frame.write_parquet(folder / f"{name}.parquet")
            continue
        (folder / name).mkdir()
        cut = rng.randint(0, frame.height)
        frame[:cut].write_parquet(folder / name / "part-0.parquet")
        frame[cut:].write_parquet(folder / name / "part-1.parquet")
    return folder


# --- Packs ----------------------------------------------------------------------------------------


def gathering_rule(rng: Random, number: int) -> Row:
    """A rule that looks at several parties at once."""
    by = rng.choice(["pair", "worst_grade", "share"])
    common = {
        "code": f"G{number}",
        "force": "C",
        "effect": {"code": "Y"},
        "legal_basis": "art. 2",
        **maybe(rng, 0.4, {"to": ["company", "branch", "person"]}),
        **maybe(rng, 0.4, {"not_through": ["public_body"]}),
        **maybe(rng, 0.4, {"from_region": ["31", "44"]}),
        **maybe(rng, 0.3, {"from": ["company", "person"]}),
        **maybe(rng, 0.3, {"others": True}),
    }
    if by == "share":
        first = ["supplier.forward", *rng.sample(["guarantor.forward", "director.backward"], 1)]
        route = [{"steps": first}, {"steps": ["supplier.backward", "affiliate.forward"]}]
        limits = {"min_share": rng.choice([0.1, 0.5]), "min_amount": rng.choice([0, 50_000])}
        asks = {"on": ["T0", "T1", "T2"], "aggregate": {"by": by, **limits}, "route": route}
        return {**common, **asks}
    steps = ["legal_representative", "shareholder", "actual_controller", "supplier", "director"]
    length = rng.choice([1, 2, 2])
    route = [
        {
            "steps": [f"{kind}.{way}" for kind in rng.sample(steps, 3)],
            **maybe(rng, 0.3, {"min_share": 0.3}),
        }
        for way in ("backward", "forward")[:length]
    ]
    also = [{"route": [{"steps": ["affiliate.forward", "consortium.forward"]}]}]
    return {**common, "aggregate": {"by": by}, "route": route, **maybe(rng, 0.3, {"also": also})}


def asking_rule(rng: Random, number: int, *, tagged: bool) -> Row:
    """A rule with tests on where it begins and ends."""
    return {
        **random_rule(rng, number, tagged),
        **maybe(rng, 0.4, {"to_industry": ["C1", "F5"]}),
        **maybe(rng, 0.3, {"to_jurisdiction": ["CN"]}),
        **maybe(rng, 0.4, {"from_region": ["31", "4403"]}),
        **maybe(rng, 0.3, {"from_forms": ["partnership"]}),
        **maybe(rng, 0.3, {"named_by": ["T1"]}),
    }


COVERAGE: list[Row] = [
    {"item": "identifier", "weight": 5},
    {"item": "status", "weight": 2, "kinds": ["company", "branch"]},
    {"item": "ownership", "weight": 4, "reached": 0.5},
    {"item": "relationship", "code": "head", "any_of": ["director.backward"], "weight": 8},
    {"item": "relationship", "code": "near", "any_of": ["affiliate.forward"], "weight": 3},
    {"item": "source", "code": "courts", "types": ["T1"], "max_age_months": 12, "weight": 16},
]


def rich_pack(rng: Random, max_hops: int) -> Policy:
    """A random pack with every kind of rule and every item of coverage."""
    names = [f"c{number}" for number in range(rng.randint(1, 3))]
    types = random_record_types(rng, names)
    tagged = any(kind["tags"] and "valid_from" not in kind for kind in types)
    rules = [asking_rule(rng, number, tagged=tagged) for number in range(rng.randint(1, 4))]
    rules += [gathering_rule(rng, number) for number in range(rng.randint(1, 3))]
    problems: list[str] = []
    policy = build_policy(
        {
            "name": "random",
            "floor": rng.choice([0, 700]),
            "ceiling": rng.choice([1010, 1200]),
            "max_hops": max_hops,
            "min_points": rng.choice([0, 0.01, 1]),
            "max_fanout": rng.choice([1, 2, 3, 200]),
            "missing_share": {"shareholder": 0.25, "supplier": 0.1},
            **maybe(rng, 0.7, {"exposure_cap": rng.choice([10, 100])}),
            "rated_from": rng.choice([0.2, 0.4]),
        },
        pack_where="random",
        entries={
            "grade": [("random", {"code": code, "from": start}) for code, start in GRADES],
            "record": [("random", kind) for kind in types],
            "consequence": [("random", rule) for rule in rules],
            "coverage": [("random", item) for item in COVERAGE],
            "measure": [
                ("random", {"code": code, "class": "I", "verdict": verdict})
                for code, verdict in MEASURES.items()
            ],
        },
        grade_caps=("random", {"status": {"revoked": rng.choice("BC")}}),
        channels={name: ("random", random_channel(rng, names)) for name in names},
        lineage=("random",),
        fingerprint=str(rng.random()),
        problems=problems,
    )
    assert not problems, problems
    return policy

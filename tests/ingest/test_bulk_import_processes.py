"""Import as a process: killed, out of disk, not alone; the next one goes on."""

from __future__ import annotations

import json
import re
import shutil
import signal
import time
from pathlib import Path
from random import Random

import pytest
from depth import DEEP
from importing_support import SCALE, end, small_sizes, start

import trustgraph as tg
from trustgraph.ingest.bulk import import_register
from trustgraph.storage import open_register

KILLS = 5 if DEEP else 2


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up register as text, which import has to stage, with some rows to refuse."""
    folder = tmp_path_factory.mktemp("import") / "tables"
    tg.generate(folder, companies=250, format="csv")
    with next(folder.rglob("records*.csv")).open("a") as file:
        file.write("one cell too few\n")
    return folder


@pytest.fixture(scope="module")
def whole(tables: Path) -> str:
    """What an import that nobody disturbs makes: every part's checksum is in it."""
    with small_sizes(SCALE):
        made = import_register(tables, tables.parent / "whole")
    assert made.rejected_rows == 1
    return (made.path / "register.json").read_text()


def test_killed_at_random_moments(tables: Path, whole: str, tmp_path: Path) -> None:
    rng = Random(4)
    out = tmp_path / "register"
    kills = finished = 0
    while kills < KILLS or not finished:
        process = start("import", tables, "--out", out)
        if kills < KILLS:
            time.sleep(rng.uniform(0.0, 0.8))
            process.kill()
        code, said = end(process)
        if code == 0:
            finished += 1
            assert (out / "register.json").read_text() == whole
            assert [path.name for path in tmp_path.iterdir()] == ["register"]
            shutil.rmtree(out)
        elif out.exists():  # killed between the last rename and the end
            kills += 1
            assert (out / "register.json").read_text() == whole
            shutil.rmtree(out)
        else:
            assert code == -signal.SIGKILL, said
            kills += 1


def test_what_is_done_is_not_done_again(tables: Path, whole: str, tmp_path: Path) -> None:
    stop = "import trustgraph.ingest.bulk.job as job\ndef stop(*_): raise KeyboardInterrupt\n"
    process = start(
        "import", tables, "--out", tmp_path / "register", before=f"{stop}job.write_adjacency = stop"
    )
    code, said = end(process)
    folder = tmp_path / ".register.unfinished"
    assert code == 128 + signal.SIGINT
    assert "stopped; nothing was half written" in said
    assert f"the same command goes on from there; to give it up, remove {folder}" in said
    assert not (tmp_path / "register").exists()
    before = "import trustgraph.ingest.bulk.job as job\njob.read_entities = job.ends_of = None\n"
    never = "job.sort_entities = job.sort_relationships = job.read_entities = lambda *_: None\n"
    code, said = end(start("import", tables, "--out", tmp_path / "register", before=before + never))
    assert code == 0, said
    assert (tmp_path / "register" / "register.json").read_text() == whole


def test_other_input_begins_anew(tables: Path, whole: str, tmp_path: Path) -> None:
    stop = "import trustgraph.ingest.bulk.job as job\ndef stop(*_): raise KeyboardInterrupt\n"
    other = tmp_path / "other"
    tg.generate(other, companies=20)
    process = start(
        "import", other, "--out", tmp_path / "register", before=f"{stop}job.write_adjacency = stop"
    )
    assert end(process)[0] == 128 + signal.SIGINT
    assert end(start("import", tables, "--out", tmp_path / "register"))[0] == 0
    assert (tmp_path / "register" / "register.json").read_text() == whole


def test_a_full_disk_is_said_and_the_next_import_goes_on(
    tables: Path, whole: str, tmp_path: Path
) -> None:
    out = tmp_path / "register"
    for size in (5_000, 9_000, 12_000, 40_000):
        limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"
        code, said = end(start("import", tables, "--out", out, before=limit))
        assert code == 2, said
        assert re.search(f"{out}: writing failed: (File too large|the disk took no more)", said)
        assert "make room or choose another --out" in said
        assert not out.exists()
    assert end(start("import", tables, "--out", out))[0] == 0
    assert (out / "register.json").read_text() == whole


def test_two_at_once(tables: Path, tmp_path: Path) -> None:
    wait = (
        "import time, pathlib, trustgraph.ingest.bulk.job as job\n"
        f"def wait(*_): pathlib.Path({str(tmp_path / 'there')!r}).touch(); time.sleep(60)\n"
        "job.read_entities = wait"
    )
    first = start("import", tables, "--out", tmp_path / "register", before=wait)
    until = time.monotonic() + 60
    while not (tmp_path / "there").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    code, said = end(start("import", tables, "--out", tmp_path / "register"))
    first.kill()
    end(first)
    assert code == 2
    assert "another process is writing to the same place" in said
    assert end(start("import", tables, "--out", tmp_path / "register"))[0] == 0


def test_a_damaged_journal_is_no_progress(tables: Path, whole: str, tmp_path: Path) -> None:
    work = tmp_path / ".register.unfinished"
    work.mkdir()
    for text in (b"\xff\xfe", b"{", b"[]\n", b'{"fingerprint": 1}\n'):
        (work / "journal.jsonl").write_bytes(text)
        with small_sizes(SCALE):
            made = import_register(tables, tmp_path / "register", overwrite=True)
        assert (made.path / "register.json").read_text() == whole
        work.mkdir(exist_ok=True)


def test_the_mark_says_what_is_there(tables: Path, whole: str) -> None:
    about = json.loads(whole)
    folder = tables.parent / "whole"
    files = {path.name for path in folder.iterdir()} - {"register.json"}
    assert files == set(about["parts"])
    with small_sizes(SCALE):
        assert len(open_register(folder)) == about["entities"]

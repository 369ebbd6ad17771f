"""The command line as a process of its own: pipes that close, signals, kills, full disks."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

import pytest
from cli_support import DAY, SAMPLE, WORST, Run, Said
from depth import some

import trustgraph as tg
from trustgraph.cli.main import main

pytest_plugins = ["cli_fixtures"]


CHILD = "import sys; {before}; from trustgraph.cli.main import main; sys.exit(main(sys.argv[1:]))"
SLOW_SAVE = (
    "import numpy, time, pathlib; save = numpy.save; numpy.save = lambda *a, **k: "
    "(save(*a, **k), pathlib.Path({flag!r}).touch(), time.sleep(60))"
)
INTERRUPTIBLE = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"


def start(*arguments: str | Path, before: str = "pass", **more: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD.format(before=before), *map(str, arguments)]
    return subprocess.Popen(  # noqa: S603  # our own interpreter and code
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more
    )


def streams(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdout is not None
    assert process.stderr is not None
    return process.stdout, process.stderr


def end(process: subprocess.Popen[str]) -> Said:
    out, err = process.communicate(timeout=60)
    return Said(process.returncode, out, err)


def wait_for(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "trustgraph", "score", str(SAMPLE), *DAY, "--json"]
    done = subprocess.run(  # noqa: S603  # our own interpreter and code
        [*command, "--out", str(tmp_path / "run")], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["counts"]["scored"] == 2_139
    assert all(": done in" in line for line in done.stderr.splitlines())
    tg.open_run(tmp_path / "run")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("what", ["explain", "policy"])
def test_a_reader_that_has_enough(what: str, unbuffered: str, scored: Path) -> None:
    arguments = ["explain", scored, WORST] if what == "explain" else ["policy", "list"]
    with start(*arguments, env={**os.environ, "PYTHONUNBUFFERED": unbuffered}) as process:
        stdout, stderr = streams(process)
        stdout.close()
        assert (stderr.read(), process.wait(60)) == ("", 0)


def test_nobody_listens_to_stderr(tmp_path: Path) -> None:
    # Words about the work that nobody hears do not stop it, nor do they end up among the data.
    with start("score", SAMPLE, "--out", tmp_path / "one", "--json") as process:
        stdout, stderr = streams(process)
        stderr.close()
        assert json.loads(stdout.read())["counts"]["scored"] == 2_139
        assert process.wait(60) == 0
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    with start("policy", "check", "nonsense", env=buffered) as process:
        stdout, stderr = streams(process)
        stderr.close()  # long before there is anything to say
        assert (stdout.read(), process.wait(60)) == ("", 1)
    closed = start("policy", "check", "nonsense", before="sys.stderr = None")
    assert end(closed) == Said(1, "", "")


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    assert main(["generate", "--companies", "20000", "--out", str(tmp_path / "big")]) == 0
    arguments = ["score", tmp_path / "big", "--out", tmp_path / "out" / "run"]
    process = start(*arguments, before=INTERRUPTIBLE)
    assert streams(process)[1].readline().startswith("reading: done")
    process.send_signal(signal.SIGINT)
    said = end(process)
    assert said.code == 130
    assert "stopped" in said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_writing_leaves_nothing(sign: signal.Signals, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    before = f"{INTERRUPTIBLE}; {SLOW_SAVE.format(flag=str(flag))}"
    process = start("score", SAMPLE, "--out", tmp_path / "out" / "run", before=before)
    wait_for(flag)
    process.send_signal(sign)
    said = end(process)
    assert (said.code, said.out) == (128 + sign, "")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_killed_job_leaves_no_run_and_the_next_one_works(tmp_path: Path, run: Run) -> None:
    flag, out = tmp_path / "flag", tmp_path / "out"
    arguments = ["score", SAMPLE, "--out", out / "run", *DAY]
    process = start(*arguments, before=SLOW_SAVE.format(flag=str(flag)))
    wait_for(flag)
    process.kill()
    assert end(process).code == -signal.SIGKILL
    assert not (out / "run").exists()
    assert all(".partial-" in path.name for path in out.iterdir())
    assert run("explain", out / "run", WORST).code == 2
    assert run(*arguments).code == 0
    assert [path.name for path in out.iterdir()] == ["run"]  # what was left is cleared up
    assert run("explain", out / "run", WORST).code == 0


def full_disks() -> list[str]:
    """A limit on the size of files; a small disk of one's own where that may be mounted."""
    ways = ["limit"]
    unshare = shutil.which("unshare")
    if unshare is not None:
        tried = subprocess.run(  # noqa: S603  # a mount that nobody else sees
            [unshare, "--mount", "mount", "-t", "tmpfs", "-o", "size=100k", "none", "/mnt"],
            capture_output=True,
            check=False,
        )
        ways += ["disk"] * (tried.returncode == 0)
    return ways


@pytest.mark.parametrize("way", full_disks())
@pytest.mark.parametrize("verb", some(["score", "generate", "demo"], 2))
def test_a_full_disk_is_said_in_words(verb: str, way: str, tmp_path: Path) -> None:
    arguments = {"score": [str(SAMPLE)], "generate": ["--companies", "2000"], "demo": []}[verb]
    before = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))"
    command = [sys.executable, "-c", CHILD.format(before=before if way == "limit" else "pass")]
    command += [verb, *arguments, "--out", f"{tmp_path}/out"]
    if way == "disk":
        mount = f'mount -t tmpfs -o size=100k none "{tmp_path}" && exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", mount, "sh", *command]
    done = subprocess.run(  # noqa: S603  # our own interpreter and code
        command, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    last = done.stderr[done.stderr.index("trustgraph: ") :]
    assert "writing failed: " in last
    assert "File too large" in last or "No space left on device" in last
    assert "make room or choose another --out" in last
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_full_stdout_is_said_in_words() -> None:
    for unbuffered in ("", "1"):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "trustgraph", "policy", "list"],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
                env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            )
        assert (done.returncode, done.stderr) == (2, "trustgraph: No space left on device\n")


def test_a_fault_of_ours_is_said_in_words(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.setattr("trustgraph.policy.list_policies", lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        run("policy", "list")
    monkeypatch.delenv("TRUSTGRAPH_TRACEBACK")
    said = run("policy", "list")
    assert (said.code, said.out) == (2, "")
    assert "a fault in trustgraph itself: ZeroDivisionError" in said.err

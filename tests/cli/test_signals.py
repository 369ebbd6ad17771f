"""Whoever stops a job by a signal is heard in any stage, and told how far it is until then."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from depth import some

from trustgraph.parallel import Watch, in_order

HEARD_WITHIN = 5.0
OWNERS = 20_000


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chain of 20,000 owners, each of all of the next: 200 million pairs to be told."""
    folder = tmp_path_factory.mktemp("chain")
    names = pl.Series([f"C{number:06}" for number in range(OWNERS)])
    companies = pl.DataFrame({"id": names, "kind": "company", "name": names})
    companies.write_parquet(folder / "entities.parquet")
    owners = {"source": names[:-1], "target": names[1:], "kind": "shareholder", "share": 1.0}
    pl.DataFrame(owners).write_parquet(folder / "relationships.parquet")
    return folder


@pytest.mark.parametrize("after", some([3.0, 0.5], 1))
def test_a_long_stage_hears_a_signal(chain: Path, tmp_path: Path, after: float) -> None:
    """While little is interpreted, and while much is compiled or run by machine code."""
    process = subprocess.Popen(  # noqa: S603  # our own interpreter and code
        [sys.executable, "-m", "trustgraph.cli.main", "score", chain, "--out", tmp_path / "run"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    alarm = threading.Timer(60, process.kill)  # left to itself it would want all memory there is
    alarm.start()
    for line in process.stderr:
        if line.startswith("control:"):  # a stage that is done at once is not told
            break
    time.sleep(after)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=HEARD_WITHIN)[1]
    alarm.cancel()
    assert process.returncode == 128 + signal.SIGTERM
    assert "stopped; nothing was half written" in said
    assert not list(tmp_path.iterdir())


def test_a_watched_piece_tells_how_far_it_is_and_stops() -> None:
    heard: list[int] = []
    watch = Watch(heard.append)
    ended = threading.Event()

    def work(_piece: int) -> int:
        counter = watch.counter()
        while not watch.stop[0]:
            counter[0] += 1
            time.sleep(0.01)
        ended.set()
        return int(counter[0])

    def told() -> None:
        while len(heard) < 3:
            time.sleep(0.01)
        signal.raise_signal(signal.SIGUSR1)

    def stop(number: int, _frame: object) -> None:
        raise KeyboardInterrupt(number)

    before = signal.signal(signal.SIGUSR1, stop)
    try:
        threading.Thread(target=told).start()
        with pytest.raises(KeyboardInterrupt):
            list(in_order(work, [1], watch=watch))
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert ended.wait(HEARD_WITHIN)
    assert heard == sorted(heard)
    assert heard[-1] > 0


def test_an_error_of_watched_work_is_its_own() -> None:
    def work(_piece: int) -> int:
        raise TimeoutError("of the work")

    with pytest.raises(TimeoutError, match="of the work"):
        list(in_order(work, [1, 2], watch=Watch(lambda _done: None), threads=2))


def test_what_a_watch_is_told_is_a_sum() -> None:
    heard: list[int] = []
    watch = Watch(heard.append)

    def work(piece: int) -> int:
        watch.counter()[0] = piece
        return piece

    assert list(in_order(work, range(5), watch=watch)) == [0, 1, 2, 3, 4]
    assert heard[-1] == int(np.arange(5).sum())

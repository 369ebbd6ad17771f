"""Viewers of a dashboard at once: ``python tests/benchmarks/viewers.py RUN [--viewers 20]``.

Serves a run as ``trustgraph serve`` does and lets viewers look at it: each types a name, opens a
company with its five years, its graph, then the next. Callbacks are sent as its pages send them;
scripts and styles, which a browser keeps, are not asked for. Prints per kind of request how many
there were, how many failed, and how long they took. Requests go to the loopback address of this
machine alone.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

import trustgraph as tg
from dashboards.words import WORDS

WAIT = 600.0
"""Seconds that a server may take until it answers."""
PAUSE = 8.0
"""Seconds, about, that a viewer looks at a page before going on: a partner takes some twenty."""


@contextmanager
def serving(run: Path) -> Iterator[int]:
    """The port of a server of a run, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "trustgraph", "serve", str(run), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:  # noqa: S603  # our own interpreter and code
        try:
            _wait(port, server)
            yield port
        finally:
            server.terminate()


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    """Until pages are answered and names can be searched."""
    until = time.monotonic() + WAIT
    asking = _Asking(port)
    while time.monotonic() < until and server.poll() is None:
        try:
            if _INDEXING not in asking.suggestions("公司") and asking.page("/", ""):
                return
        except OSError:
            pass
        time.sleep(0.3)
    raise SystemExit(f"no answer at port {port}")


@dataclass
class _Asking:
    """Callbacks of the dashboard, as its pages send them."""

    port: int
    specs: dict[str, Any] = field(default_factory=dict)

    def page(self, path: str, search: str) -> str:
        address = {"url.pathname": path, "url.search": search, "url.hash": ""}
        return self._asked("content.children", address)

    def suggestions(self, text: str) -> str:
        return self._asked("suggestions.children", {"search.value": text, **_AT_HOME})

    def history(self, path: str) -> str:
        given = {"history-rows.id": "history-rows", "url.pathname": path, "url.search": ""}
        rows = json.loads(self._asked("history-rows.data", given))
        data = rows["response"]["history-rows"]["data"]
        given = {"history-rows.data": data, "theme.data": "light", **given}
        return self._asked("history.children", given)

    def _asked(self, output: str, given: dict[str, Any]) -> str:
        if not self.specs:
            found = json.loads(self._answer("GET", "/_dash-dependencies"))
            self.specs = {spec["output"]: spec for spec in found}
        names = (output, f"..{output}.")
        name = next(one for one in self.specs if one == names[0] or one.startswith(names[1]))
        spec = self.specs[name]

        def filled(parts: list[dict[str, str]]) -> list[dict[str, Any]]:
            return [one | {"value": given.get(f"{one['id']}.{one['property']}")} for one in parts]

        outputs = [
            dict(zip(("id", "property"), part.rsplit(".", 1), strict=True))
            for part in name.strip(".").split("...")
        ]
        body = {
            "output": name,
            "outputs": outputs if name.startswith("..") else outputs[0],
            "inputs": filled(spec["inputs"]),
            "state": filled(spec["state"]),
            "changedPropIds": [f"{one['id']}.{one['property']}" for one in spec["inputs"]],
        }
        return self._answer("POST", "/_dash-update-component", json.dumps(body))

    def _answer(self, method: str, path: str, body: str | None = None) -> str:
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
        try:
            asking.request(method, path, body, {"Content-Type": "application/json"})
            answer = asking.getresponse()
            text = answer.read().decode()
        finally:
            asking.close()
        if answer.status not in {200, 204} or any(words in text for words in _FAULT):
            raise OSError(f"{path}: {answer.status} {text[:200]}")
        return text


_FAULT = tuple(json.dumps(words)[1:-1] for words in WORDS["error_title"])
_INDEXING = WORDS["indexing"][0].partition(":")[0]
_AT_HOME = {"url.pathname": "/", "url.search": ""}


@dataclass
class Seen:
    """How long each kind of request took, and how many failed."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    faults: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, kind: str, ask: Any) -> None:
        begun = time.perf_counter()
        try:
            ask()
        except OSError as error:
            sys.stderr.write(f"{kind}: {error}\n")
            with self.lock:
                self.faults[kind] += 1
        with self.lock:
            self.seconds[kind].append(time.perf_counter() - begun)


def look(
    port: int, names: Sequence[tuple[str, str]], seed: int, until: float, pause: float, seen: Seen
) -> None:
    """One viewer, until the time is over."""
    chance, asking = random.Random(seed), _Asking(port)
    time.sleep(chance.uniform(0, pause))  # they do not all begin at once
    while time.monotonic() < until:
        entity, name = chance.choice(names)
        at = chance.randrange(max(1, len(name) - 4))
        for end in range(2, 6):
            part = name[at : at + end]
            seen.ask("typing", lambda part=part: asking.suggestions(part))
            time.sleep(0.15)
        path = f"/company/{entity}"
        seen.ask("company", lambda path=path: asking.page(path, ""))
        seen.ask("five years", lambda path=path: asking.history(path))
        time.sleep(chance.uniform(0.5, 1.5) * pause)
        show = f"?show={chance.choice(('evidence', 'around', 'owners'))}"
        seen.ask("graph", lambda entity=entity, show=show: asking.page(f"/graph/{entity}", show))
        time.sleep(chance.uniform(0.5, 1.5) * pause)
        seen.ask("first page", lambda: asking.page("/", ""))


def main(argv: Sequence[str] | None = None) -> int:
    """Look, print. Returns the exit code: 1 where a request failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--viewers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--pause", type=float, default=PAUSE, help="seconds a page is looked at")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(argv)
    names = _names(tg.open_run(chosen.run).register())
    seen = Seen()
    with serving(chosen.run) as port:
        until = time.monotonic() + chosen.seconds
        viewers = [
            threading.Thread(
                target=look, args=(port, names, chosen.seed + one, until, chosen.pause, seen)
            )
            for one in range(chosen.viewers)
        ]
        for viewer in viewers:
            viewer.start()
        for viewer in viewers:
            viewer.join()
    every = [one for found in seen.seconds.values() for one in found]
    for kind, found in [*seen.seconds.items(), ("all", every)]:
        ordered = sorted(found)
        sys.stdout.write(
            f"{kind:12} {len(found):6} requests, {_faults(seen, kind):3} failed: median "
            f"{1000 * statistics.median(found):5.0f} ms, 95th percentile "
            f"{1000 * ordered[int(0.95 * (len(ordered) - 1))]:5.0f} ms, most "
            f"{1000 * ordered[-1]:5.0f} ms\n"
        )
    return 1 if sum(seen.faults.values()) else 0


def _names(register: tg.Register) -> list[tuple[str, str]]:
    """Some thousand organisations by id and name."""
    rows = register.entities.slice(0, len(register), ["id", "kind", "name"])
    rows = rows.filter(pl.col("kind") == "company")
    some = rows.sample(min(rows.height, 2_000), seed=1)
    return [(entity, name or entity) for entity, name in some.select("id", "name").iter_rows()]


def _faults(seen: Seen, kind: str) -> int:
    return sum(seen.faults.values()) if kind == "all" else seen.faults[kind]


if __name__ == "__main__":
    raise SystemExit(main())

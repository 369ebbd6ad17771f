"""The dashboard of a run on a server of this machine, as it is served to people."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import waitress

import trustgraph as tg
from dashboards.app import create_app


@contextmanager
def served(run: tg.Run) -> Iterator[str]:
    """The address of it."""
    server = waitress.create_server(create_app(run).server, host="127.0.0.1", port=0, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()

"""`trustgraph serve`: the dashboard, which lies beside this package and is only asked for here."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
from pathlib import Path
from typing import Any

from trustgraph.cli.output import Output, Progress
from trustgraph.errors import NEEDS_DASHBOARD, UsageError

__all__ = ["serve"]

# ruff: noqa: PLC0415  # heavy modules are imported by the command that needs them


def serve(parsed: argparse.Namespace, output: Output) -> int:
    """Serve a run, a register or the sample until it is stopped."""
    app, settings, served, waitress = _optional_parts()
    chosen = settings.Settings(
        source=parsed.source,
        host=parsed.host,
        port=parsed.port,
        lang=parsed.lang,
        token=parsed.token or os.environ.get("TRUSTGRAPH_TOKEN") or None,
        identity_header=parsed.identity_header,
        proxy=parsed.proxy,
        hosts=tuple(parsed.name or ()),
    ).checked()
    source = served.opened(parsed.source if parsed.source is not None else _sample(output))
    made = app.create_app(source, chosen)
    shown = f"[{chosen.host}]" if ":" in chosen.host else chosen.host
    output.lines([f"The dashboard is at http://{shown}:{chosen.port} (stop it with Ctrl-C)"])
    # That requests wait in turn is no fault: nobody at this screen can do anything about it.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    try:
        waitress.serve(
            made.server,
            host=chosen.host,
            port=chosen.port,
            threads=8,
            max_request_body_size=chosen.most_bytes,
            ident=None,
        )
    except OSError as error:
        raise UsageError(
            f"cannot be served on {chosen.host}:{chosen.port}: {error.strerror or error}",
            hint="another program may listen there: choose another --port",
        ) from error
    return 0


def _optional_parts() -> tuple[Any, ...]:
    try:
        names = ("dashboards.app", "dashboards.settings", "dashboards.served", "waitress")
        return tuple(importlib.import_module(name) for name in names)
    except ImportError as error:
        raise UsageError(
            f"the dashboard needs what is not installed: {error.name}",
            hint=NEEDS_DASHBOARD,
        ) from error


def _sample(output: Output) -> Path:
    """The sample of `trustgraph demo`, made and scored on first use."""
    from trustgraph.cli.demo import run_demo
    from trustgraph.compiled import user_cache
    from trustgraph.version import VERSION

    return run_demo(user_cache() / f"sample-{VERSION}", stage=Progress(output)).path

"""The application: a server with its gate, the frame, and what answers in it."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any, Final

import flask
from dash import Dash

import trustgraph as tg
from dashboards.callbacks import answer_pages, answer_parts
from dashboards.frame import frame
from dashboards.leaving_callbacks import answer_leaving
from dashboards.partner_callbacks import answer_lists
from dashboards.security import HEALTH, protect
from dashboards.served import Served, opened
from dashboards.settings import Settings, settings_from_environment

__all__ = ["create_app", "wsgi"]

ASSETS: Final = Path(__file__).parent / "assets"
NOBODY: Final = "2222-2222"
"""A pseudonym, most likely of nobody."""
_LOG: Final = logging.getLogger("trustgraph.dashboard")


def create_app(source: tg.Run | tg.Register, settings: Settings | None = None) -> Dash:
    """The dashboard of a run or register; ``app.server`` is the WSGI application.

    Raises UsageError where the settings would let in whom nobody has named.
    """
    chosen = (settings or Settings()).checked()
    served = Served(source)
    app = Dash(
        __name__,
        assets_folder=str(ASSETS),
        title="trustgraph",
        update_title="",
        suppress_callback_exceptions=True,
        serve_locally=True,
        compress=False,
    )
    protect(app.server, chosen)
    app.server.add_url_rule(HEALTH, "health", lambda: flask.jsonify(status="ok"))
    app.layout = frame
    answer_pages(app, served, chosen)
    answer_parts(app, served, chosen)
    answer_lists(app, served, chosen)
    answer_leaving(app, served, chosen)
    # Opened before the first viewer waits for it.
    threading.Thread(target=_warm, args=(served, chosen), daemon=True).start()
    return app


def wsgi() -> Any:
    """For a WSGI server: ``gunicorn "dashboards.app:wsgi()"``, set up by the environment."""
    settings = settings_from_environment()
    if settings.source is None:
        raise tg.UsageError("nothing to serve", hint="set TRUSTGRAPH_SOURCE to a run or register")
    return create_app(opened(settings.source), settings).server


def _warm(served: Served, settings: Settings) -> None:
    """Ask once for what pages ask for: what is read and compiled then is there for the first."""
    lang = settings.lang
    try:
        session = served.session(lang)
        served.find("公司", lang, 1)
        for one in served.least_trusted(lang)[:1]:
            tg.explain(session, one["entity"])
            tg.owners(session, one["entity"])
            tg.history(session, one["entity"], months=2)
            tg.neighbourhood(session, one["entity"], budget=2)
            tg.summary(session, NOBODY)
    except tg.UnknownEntityError:
        return  # nobody is called so, and now every pseudonym is known
    except tg.TrustgraphError as error:
        _LOG.warning("%s", error)

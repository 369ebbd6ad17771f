"""Who may look, and what a page may do: every route and callback is closed until it is allowed.

A gate before each request, not a list of private pages: what is forgotten is closed. The content
policy names every script by its hash; nothing is fetched from anywhere else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, request
from werkzeug.wrappers import Response as Answer

from dashboards.settings import LOOPBACK, Settings

__all__ = ["protect"]

HEALTH: Final = "/health"
COOKIE: Final = "trustgraph"
_SCRIPT: Final = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


def protect(server: Flask, settings: Settings) -> None:
    """Put the gate, the content policy and the bounds on a server."""
    server.config["MAX_CONTENT_LENGTH"] = settings.most_bytes
    server.config["MAX_FORM_MEMORY_SIZE"] = settings.most_bytes

    @server.before_request
    def gate() -> Answer | None:
        """Whoever is not let in gets no answer but that."""
        if not _host_is_ours(settings):
            # A page elsewhere that calls this machine by a name of its own.
            abort(421)
        if request.path == HEALTH:
            return None
        if request.method == "POST" and not _comes_from_here():
            abort(403)
        return _let_in(settings)

    @server.after_request
    def guard(response: Response) -> Response:
        scripts = ""
        if response.mimetype == "text/html" and not response.direct_passthrough:
            scripts = " ".join(_hash(script) for script in _SCRIPT.findall(response.get_data()))
        response.headers["Content-Security-Policy"] = (
            f"default-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
            "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; "
            "worker-src 'self' blob:"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if response.mimetype in {"text/html", "application/json"}:
            response.headers["Cache-Control"] = "no-store"
        return response


def _hash(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"


def _host_is_ours(settings: Settings) -> bool:
    """Whether the dashboard is called by a name of its own."""
    if settings.host not in LOOPBACK and not settings.hosts:
        return True  # an address was chosen, and who comes has to show who that is
    try:
        name = urlsplit(f"//{request.host}").hostname
    except ValueError:
        return False
    return name in {*LOOPBACK, settings.host, *settings.hosts}


def _comes_from_here() -> bool:
    """Whether a callback was sent by a page of this dashboard."""
    origin = request.headers.get("Origin")
    return origin is None or origin.split("://")[-1] == request.host


def _let_in(settings: Settings) -> Answer | None:
    if settings.open_to_all_here:
        return None
    if settings.identity_header is not None and request.remote_addr == settings.proxy:
        if request.headers.get(settings.identity_header):
            return None
        abort(401)
    if settings.token is None:
        abort(401)
    given = request.args.get("token")
    if given is not None and hmac.compare_digest(given.encode(), settings.token.encode()):
        # Out of the address bar and into a cookie: links are sent on, tokens should not be.
        answer = redirect(request.path)
        answer.set_cookie(COOKIE, _seal(settings.token), httponly=True, samesite="Strict")
        return answer
    bearer = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
    if hmac.compare_digest(bearer.encode(), settings.token.encode()):
        return None
    kept = request.cookies.get(COOKIE) or ""
    if not hmac.compare_digest(kept.encode(), _seal(settings.token).encode()):
        abort(401)
    return None


def _seal(token: str) -> str:
    return hashlib.sha256(f"trustgraph {token}".encode()).hexdigest()

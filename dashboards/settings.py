"""What a dashboard is served with: by arguments, or for a WSGI server by the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dashboards.text import Language
from trustgraph import UsageError

__all__ = ["LOOPBACK", "Settings", "settings_from_environment"]

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Settings:
    """``source`` is a run or a register; `trustgraph serve` without one serves the sample.

    On another address than this machine's own, every request has to carry the ``token`` or the
    ``identity_header`` that a proxy in front sets; ``proxy`` is the address from which such a
    header is believed. ``hosts`` are further names by which the dashboard is called.
    """

    source: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8050
    lang: Language = "en"
    token: str | None = None
    identity_header: str | None = None
    proxy: str | None = None
    hosts: tuple[str, ...] = ()
    most_bytes: int = 4_000_000

    @property
    def open_to_all_here(self) -> bool:
        """Whether whoever sits at this machine may look: no token, no proxy, loopback."""
        return self.token is None and self.identity_header is None

    def checked(self) -> Settings:
        """These, or UsageError where they would let in whom nobody has named."""
        for name, value in (("token", self.token), ("identity header", self.identity_header)):
            if value is not None and not value.strip():
                # Whoever sends nothing would have it.
                raise UsageError(f"the {name} is empty", hint=f"give a {name}, or leave it out")
        if self.open_to_all_here and self.host not in LOOPBACK:
            raise UsageError(
                f"{self.host} can be reached from elsewhere, and nothing is asked of who comes",
                hint="give --token, or put a proxy in front that names its users: "
                "--identity-header with --proxy",
            )
        if self.identity_header is not None and self.proxy is None:
            raise UsageError(
                "an identity header is believed from one address only",
                hint="name the proxy's address: --proxy 10.0.0.2",
            )
        return self


def settings_from_environment() -> Settings:
    """Settings for ``gunicorn "dashboards.app:wsgi()"``: ``TRUSTGRAPH_SOURCE``, ``_HOST``, …"""

    def given(name: str) -> str | None:
        return os.environ.get(f"TRUSTGRAPH_{name}") or None

    source = given("SOURCE")
    return Settings(
        source=None if source is None else Path(source),
        host=given("HOST") or "127.0.0.1",
        lang="zh" if given("LANG") == "zh" else "en",
        token=given("TOKEN"),
        identity_header=given("IDENTITY_HEADER"),
        proxy=given("PROXY"),
        hosts=tuple((given("HOSTS") or "").split()),
    ).checked()

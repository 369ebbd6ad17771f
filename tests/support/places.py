"""Where things lie that tests look for."""

from __future__ import annotations

from pathlib import Path

__all__ = ["PROJECT", "SUPPORT", "TESTS"]

SUPPORT = Path(__file__).parent
TESTS = SUPPORT.parent
PROJECT = TESTS.parent

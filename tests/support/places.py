"""Where things lie that tests look for."""

from __future__ import annotations

import ast
import gc
from pathlib import Path

__all__ = ["PROJECT", "SUPPORT", "TESTS"]

SUPPORT = Path(__file__).parent
TESTS = SUPPORT.parent
PROJECT = TESTS.parent


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a module.

    Without garbage collection meanwhile: where it runs other code, Python 3.11 loses count of how
    deep it is in a tree (SystemError).
    """
    text = path.read_text(encoding="utf-8")
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        gc.enable()

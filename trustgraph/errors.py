"""Every error that trustgraph raises on purpose.

The tree::

    TrustgraphError
    ├── UsageError            the call or the command line cannot be carried out as asked
    │   └── UnknownEntityError    no such entity in this run or register
    ├── InputError            a file or table cannot be used at all
    │   ├── MappingError      a mapping file is wrong
    │   └── RejectedRowsError some rows were rejected and ``strict`` was asked for
    ├── PolicyError           a policy pack is wrong; carries every problem found
    └── RunError              a run folder is missing, incomplete, altered or of another version

Each carries three things a user needs: *what* is wrong, *where* (file, row, column, key), and
*what to do*. ``str(error)`` is the sentence to show; nothing else has to be looked up.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

__all__ = [
    "NEEDS_DASHBOARD",
    "InputError",
    "MappingError",
    "PolicyError",
    "RejectedRowsError",
    "RunError",
    "TrustgraphError",
    "UnknownEntityError",
    "UsageError",
    "check_name",
]

NEEDS_DASHBOARD: Final = (
    '`make install-dashboard` where this was cloned, else pip install "trustgraph[dashboard]"'
)
"""What to do where the optional parts for search, workbooks and pages are missing."""


class TrustgraphError(Exception):
    """Root of the tree: catch this to catch everything trustgraph raises on purpose."""

    exit_code = 2

    def __init__(
        self,
        what: str,
        *,
        where: str | Path | None = None,
        hint: str | None = None,
    ) -> None:
        self.what = what
        self.where = None if where is None else str(where)
        self.hint = hint
        sentence = what if self.where is None else f"{self.where}: {what}"
        super().__init__(sentence if hint is None else f"{sentence}\n  → {hint}")


class UsageError(TrustgraphError):
    """The call or the command line cannot be carried out as asked."""


class UnknownEntityError(UsageError):
    """No entity of this id in the run or register."""


class InputError(TrustgraphError):
    """A file or table cannot be used at all (single bad rows are rejected instead)."""


class MappingError(InputError):
    """A mapping file is wrong; the message names the file and the key."""


class RejectedRowsError(InputError):
    """Some rows were rejected and ``strict`` was asked for."""

    exit_code = 1


class PolicyError(TrustgraphError):
    """A policy pack is wrong. ``problems`` holds every problem found, one sentence each."""

    def __init__(
        self,
        what: str,
        *,
        problems: Sequence[str] = (),
        where: str | Path | None = None,
        hint: str | None = None,
    ) -> None:
        self.problems = tuple(problems)
        listed = "".join(f"\n  - {problem}" for problem in self.problems)
        super().__init__(what + listed, where=where, hint=hint)


class RunError(TrustgraphError):
    """A run folder is missing, incomplete, altered or written by another version."""


def check_name(path: str | Path) -> None:
    """Raise UsageError for a path that is no UTF-8: names in GBK, as unzip leaves them.

    Libraries below take such names for others, some of them after all work is done.
    """
    whole = os.path.realpath(path)
    try:
        whole.encode()
    except UnicodeEncodeError:
        raise UsageError(
            "the name of this file or folder, or of one that it lies in, is no UTF-8",
            where=os.fsencode(whole).decode("utf-8", "replace"),
            hint="rename it; of names in GBK `convmv -f gbk -t utf8 --notest` makes readable ones",
        ) from None

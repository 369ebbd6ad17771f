"""What the tests of the command line share: the sample and what a command said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from places import PROJECT

SAMPLE = PROJECT / "datasets" / "sample"
DAY = ("--as-of", "2026-06-30", "--retention-on", "2026-06-30")
WORST = "91330106TG100001X9"
DEFAULTER, SUPPLIER, SHARED = "91330106TG020001X8", "91330106TG02000288", "P-TG020005"


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]

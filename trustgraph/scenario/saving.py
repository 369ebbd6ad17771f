"""What if, on disk: tables of what differs, and what they were made from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from trustgraph.about import VERSION
from trustgraph.scenario.outcome import WHAT_IF_TABLES, WhatIf
from trustgraph.store import whole_folder, write_findings

__all__ = ["WHAT_IF_MARK", "save_what_if"]

WHAT_IF_MARK: Final = "what-if.json"
"""The file by which a folder is known to be one of what if, which ``overwrite`` may replace."""


def save_what_if(
    found: WhatIf, out: Path, *, about: dict[str, Any], overwrite: bool = False
) -> dict[str, Any]:
    """Write a folder with a Parquet file for each table, whole or not at all; returns the counts.

    Raises UsageError if ``out`` is taken, or cannot be written.
    """
    counts = {name: getattr(found, name).height for name in WHAT_IF_TABLES}
    with whole_folder(out, overwrite=overwrite, mark=WHAT_IF_MARK) as folder:
        for name in WHAT_IF_TABLES:
            getattr(found, name).write_parquet(folder / f"{name}.parquet")
        write_findings(found.flagged, folder / "flagged.csv")
        said = {"trustgraph": VERSION, "as_of": found.as_of.isoformat(), **about, "counts": counts}
        text = json.dumps(said, ensure_ascii=False, indent=1) + "\n"
        (folder / WHAT_IF_MARK).write_text(text, encoding="utf-8")
    return counts

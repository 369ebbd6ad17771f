"""``input.json``: how the input of a run or register was read, beside what was made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from trustgraph.tables.input_report import InputReport

__all__ = ["INPUT_REPORT", "add_input_report", "write_input_report"]

INPUT_REPORT: Final = "input.json"


def write_input_report(report: InputReport, folder: Path) -> None:
    """Write a report into a folder."""
    _write(report.told(), folder)


def add_input_report(before: Path, report: InputReport, folder: Path) -> None:
    """Write what the report of another folder says, and after it another report."""
    told = report.told()
    path = before / INPUT_REPORT
    if path.is_file():
        earlier: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        told = {**earlier, "files": [*earlier["files"], *told["files"]]}
    _write(told, folder)


def _write(told: Mapping[str, Any], folder: Path) -> None:
    text = json.dumps(told, ensure_ascii=False, indent=1)
    (folder / INPUT_REPORT).write_text(text + "\n", encoding="utf-8")

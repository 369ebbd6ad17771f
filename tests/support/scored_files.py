"""Files scored by the command, as a person would: what came of it."""

from __future__ import annotations

import csv
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import trustgraph as tg
from trustgraph.cli.main import main


@dataclass(frozen=True)
class Outcome:
    code: int
    err: str
    rejected: list[tuple[str, int, str, str]]
    """(file, row, column, reason) of every line of rejected.csv."""
    scores: dict[str, float]
    run: Path

    @property
    def rows(self) -> set[tuple[str, int]]:
        return {(file, row) for file, row, _, _ in self.rejected}


def scored(folder: Path, out: Path, *options: str) -> Outcome:
    said, words = StringIO(), StringIO()
    with redirect_stdout(said), redirect_stderr(words):
        code = main(
            ["score", str(folder), "--out", str(out), "--as-of", "2026-06-30", *options, "--json"]
        )
    assert "\x1b" not in words.getvalue()
    if code:
        assert not out.exists()
        assert said.getvalue() == ""
        # A busy machine is told of stages that took a while before the error is.
        told = [line for line in words.getvalue().splitlines() if ": done in " not in line]
        assert told[0].startswith(("trustgraph: ", "reading: "))
        return Outcome(code, words.getvalue(), [], {}, out)
    assert json.loads(said.getvalue())["run"] == str(out)
    with (out / "rejected.csv").open(encoding="utf-8", newline="") as lines:
        rejected = list(csv.DictReader(lines))
    run = tg.open_run(out)
    run.register()
    scores = run.scores().select("entity", "score").collect()
    return Outcome(
        code,
        words.getvalue(),
        [(line["file"], int(line["row"]), line["column"], line["reason"]) for line in rejected],
        dict(scores.iter_rows()),
        out,
    )

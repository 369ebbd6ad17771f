"""What scoring the sample gives, as readable CSV; ``python tests/renew_expected.py`` renews it.

Renew it when a change of results is meant, read the difference like code, and say in the change
why it had to be.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import polars as pl
from places import PROJECT

import trustgraph as tg
from trustgraph.runs.result import Result

DATASETS: Final = PROJECT / "datasets"
SAMPLE: Final = DATASETS / "sample"
EXPECTED: Final = DATASETS / "expected"

COMPANIES: Final = 2_000
SEED: Final = 1
AS_OF: Final = "2026-06-30"
POLICY: Final = "cn-national"

# Without `legal_basis`: it is the pack's wording of `rule`, word for word, and no result.
COLUMNS: Final = {
    "scores": [
        *("entity", "name", "kind", "score_micro", "grade", "grade_reason", "grade_by", "verdicts"),
        "coverage",
        *("own_micro", "exposure_micro", "exposure_cap_micro", "clamp_micro", "lines"),
    ],
    "ledger": ["entity", "line", "record", "micro", "reach", "hops", "chain", "note"],
    "consequences": [
        *("entity", "rule", "record", "force", "effect", "status", "chain", "detail"),
    ],
    "control": [
        *("entity", "owner", "integrated_low", "integrated_high"),
        *("cascade", "controller", "beneficial_owner", "basis", "chain"),
    ],
}


def score_sample(sample: Path = SAMPLE) -> Result:
    """The sample scored; retention of records on persons is judged on the day itself."""
    return tg.score(tg.read_tables(sample), POLICY, as_of=AS_OF, retention_on=AS_OF)


def expected_files(result: Result) -> dict[str, str]:
    """The content of every file of ``expected/`` by its name."""
    frames = {
        "scores": result.scores,
        "ledger": result.lines,
        "consequences": result.consequences,
        "control": result.control,
    }
    files = {f"{name}.csv": _csv(frame, COLUMNS[name]) for name, frame in frames.items()}
    about = {
        "as_of": AS_OF,
        "retention_on": AS_OF,
        "policy": {"name": result.policy.name, "version": result.policy.version},
        "rows": {name: frame.height for name, frame in frames.items()},
        "records_counting": result.scoring.counting_records,
        "records_overdue": result.scoring.overdue,
        "grades": dict(sorted(result.scores["grade"].value_counts().iter_rows())),
    }
    files["about.json"] = json.dumps(about, ensure_ascii=False, indent=1) + "\n"
    return files


def _csv(frame: pl.DataFrame, columns: list[str]) -> str:
    """Chains read ``A > B > C``, verdicts ``X; Y``; none and a missing value are an empty cell."""
    if "verdicts" in columns:
        said = pl.col("verdicts").list.join("; ")
        frame = frame.with_columns(verdicts=pl.when(said != "").then(said))
    chain = pl.col("chain").list.join(" > ")
    if "chain" in columns:
        frame = frame.with_columns(chain=pl.when(chain != "").then(chain))
    return frame.select(columns).write_csv()


if __name__ == "__main__":
    EXPECTED.mkdir(exist_ok=True)
    for name, text in expected_files(score_sample()).items():
        (EXPECTED / name).write_text(text, encoding="utf-8", newline="")

"""What every stage shares: the day, the pack, and the folders they hand to one another.

input/           what ``generate`` wrote: Parquet, as any user's files would be
register/        the compiled register, opened memory-mapped
run/             the run
sources.parquet  entities with a counting black record, and their points: for the rivals
"""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from harness import Job

import trustgraph as tg
from trustgraph.policy import Policy, read_policy
from trustgraph.register import Register
from trustgraph.storage import open_register

__all__ = ["AS_OF", "LEDGER", "PACK", "array_bytes", "folder_bytes", "opened", "use_all"]

AS_OF = dt.date(2026, 6, 30)
PACK = "cn-national"
LEDGER = "top:5"


def opened(job: Job) -> tuple[Register, Policy]:
    """The compiled register and the pack."""
    return open_register(Path(job.work, "register")), read_policy(PACK)


def folder_bytes(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def array_bytes(part: Any) -> int:
    """Bytes of the arrays in a dataclass."""
    values = (getattr(part, each.name) for each in fields(part))
    return sum(value.nbytes for value in values if isinstance(value, np.ndarray))


def use_all(policy: Policy) -> int:
    """Import and score a chain of three companies, so that compiled code is loaded.

    Returns how many ledger lines they have.

    Whatever weighs most in the pack walks along the strongest step of its channel.
    """
    version = min(
        (
            found
            for code in policy.record_types
            if (found := policy.record_type(code, AS_OF)) is not None and found.channel
        ),
        key=lambda found: (found.points, found.code),
    )
    ids = ["A", "B", "C"]
    entities = pl.DataFrame({"id": ids, "kind": "company", "name": ids})
    relationships = pl.DataFrame(
        {"source": ids[:2], "target": ids[1:], "kind": "actual_controller", "confidence": 1.0}
    )
    records = pl.DataFrame(
        {"id": ["1"], "entity": ["A"], "type": [version.code], "decided_on": [AS_OF]}
    )
    tables = {"entities": entities, "relationships": relationships, "records": records}
    with tempfile.TemporaryDirectory(prefix="trustgraph-warm-") as folder:
        for name, table in tables.items():
            table.write_parquet(Path(folder, f"{name}.parquet"))
        register = Path(folder, "register")
        tg.import_register(Path(folder), register)
        run = tg.score_input(register, Path(folder, "run"), as_of=AS_OF, retention_on=AS_OF)
        return int(run.manifest["counts"]["ledger_lines"])

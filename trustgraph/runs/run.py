"""A run on disk: results as Parquet, the register and the pack they came from, a manifest.

::

    RUN/
      run.json               what was computed, from what, by which version, with what counts
      scores.parquet         one row per organisation
      ledger.parquet         one row per ledger line (as much as was asked for)
      consequences.parquet   one row per consequence
      control.parquet        one row per owner and entity of which an answer about control is not no
      rejected.csv           rows of the input that could not be used
      flagged.csv            rows that were used although something about them is wrong
      input.json             of each file how it was read, and what became of each row
      sums/                  arrays of what the lines of each entity come to, by its number
      register/              the compiled register
      policy/                the pack and those it extends, as they were

Of a large register each table is a folder of that name, with one Parquet file for so many
consecutive entities: whatever reads Parquet reads either.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.errors import PolicyError, RunError, check_name
from trustgraph.policy import Policy, read_policy
from trustgraph.register import Register
from trustgraph.register.rows import PART_ROWS, Ids
from trustgraph.scoring.evaluation import EntitySums
from trustgraph.scoring.frames import RESULTS
from trustgraph.scoring.pipeline import Scoring
from trustgraph.storage import (
    REGISTER_MANIFEST,
    RUN_MANIFEST,
    file_digest,
    open_register,
    save_register,
    whole_folder,
    write_findings,
    write_input_report,
)
from trustgraph.tables.input_report import InputReport
from trustgraph.tables.tables import rows_of_lines

__all__ = [
    "GROUP_ROWS",
    "RUN_FORMAT",
    "Run",
    "open_run",
    "part_path",
    "write_manifest",
    "write_run",
    "write_sums",
]

RUN_FORMAT: Final = 4
GROUP_ROWS: Final = 1 << 13
"""Rows of a result that lie together: whoever asks for one entity's reads one such group."""


@dataclass(frozen=True, slots=True)
class Run:
    """An open run. Frames are scanned lazily; register and policy are opened when asked for."""

    path: Path
    manifest: dict[str, Any]

    @property
    def as_of(self) -> dt.date:
        return dt.date.fromisoformat(self.manifest["as_of"])

    @property
    def retention_on(self) -> dt.date:
        return dt.date.fromisoformat(self.manifest["retention_on"])

    def scores(self) -> pl.LazyFrame:
        """``entity, name, kind, score_micro, score, grade, coverage, …``, sorted by entity."""
        return self._scan("scores")

    def ledger(self) -> pl.LazyFrame:
        """``entity, line, record, micro, reach, hops, chain, note``, sorted by entity, line."""
        return self._scan("ledger")

    def consequences(self) -> pl.LazyFrame:
        """``entity, rule, record, force, effect, status, legal_basis, chain, detail``."""
        return self._scan("consequences")

    def control(self) -> pl.LazyFrame:
        """``entity, subject, integrated_low, …_high, cascade, controller, basis, chain``.

        Raises RunError where the engine that made the run has no answers about control.
        """
        if "control" in self._left_out():
            raise self._lacks("no table of control")
        return self._scan("control")

    @property
    def block(self) -> int:
        """Of how many consecutive entities a part of a table has the rows."""
        return int(self.manifest["block"])

    def near(self, name: str, number: int) -> pl.LazyFrame:
        """Some rows of one of ``RESULTS``: all those of the entity of that number among them."""
        return self.part(name, number // self.block)

    def part(self, name: str, number: int) -> pl.LazyFrame:
        """One part of one of ``RESULTS``; of a small run it is all there is."""
        whole = f"{name}.parquet"
        if whole in self.manifest["sizes"]:
            return _scanned([self.path / whole])
        return _scanned([self.path / whole / _part_name(number)])

    def within(self, name: str, ids: Ids, span: tuple[int, int]) -> pl.LazyFrame:
        """The rows of one of ``RESULTS`` of consecutive entities, by number; ``ids`` are all of
        the register's.

        Raises RunError where the engine that made the run left the table out.
        """
        if name in self._left_out():
            raise self._lacks(f"no table of {name}")
        low, high = span
        if low == high:
            return self.part(name, 0).filter(pl.lit(value=False))
        parts = range(low // self.block, (high - 1) // self.block + 1)
        whole = pl.concat([self.part(name, part) for part in parts])
        if (low, high) == (0, len(ids)):
            return whole
        return whole.filter(pl.col("entity").is_between(pl.lit(ids[low]), pl.lit(ids[high - 1])))

    def sums(self) -> EntitySums:
        """Sums by the numbers of entities in the register; memory-mapped."""
        if "sums" in self._left_out():
            raise self._lacks("no register")
        found = {}
        for name, size in self.manifest["sums"].items():
            path = self.path / "sums" / f"{name}.npy"
            try:
                found[name] = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
            except (OSError, ValueError, EOFError) as error:
                raise RunError(
                    f"sums/{name}.npy cannot be read: {error}",
                    where=self.path,
                    hint="it was cut or altered; score again",
                ) from error
            if path.stat().st_size != size:
                raise RunError(
                    f"sums/{name}.npy is not as it was written",
                    where=self.path,
                    hint="it was cut or altered; score again",
                )
        return EntitySums(**found)

    def _scan(self, name: str) -> pl.LazyFrame:
        own = (f"{name}.parquet", f"{name}.parquet/")
        parts = sorted(self.manifest["sizes"])
        found = (part for part in parts if part == own[0] or part.startswith(own[1]))
        return _scanned([self.path / part for part in found])

    def _left_out(self) -> list[str]:
        """What the engine that made the run left out of it."""
        return list(self.manifest.get("left_out", ()))

    def _lacks(self, what: str) -> RunError:
        return RunError(
            f"the run was made by the engine {self.manifest.get('engine')} and holds {what}",
            where=self.path,
            hint="import the tables (trustgraph import INPUT --out REGISTER), and ask the register",
        )

    def register(self) -> Register:
        """The register the run was made from. Raises RunError if it is damaged, another or none."""
        folder, about = self.path / "register", self.manifest["register"]
        if about is None:
            raise self._lacks("no register")
        try:
            found = file_digest(folder / REGISTER_MANIFEST)
        except OSError as error:
            raise RunError(
                f"is no complete register: {error}",
                where=folder,
                hint="it was moved, cut or altered; score again",
            ) from error
        if found != about["sha256"]:
            raise RunError(
                "the register in the run is not the one it was made from",
                where=folder,
                hint="it was altered or exchanged; score again",
            )
        return open_register(folder)

    def policy(self) -> Policy:
        """The pack as it was. Raises RunError if the copy in the run was altered."""
        about = self.manifest["policy"]
        if about["folder"] is None:
            raise RunError(
                "the run holds no pack: the one it was made from was never on disk",
                where=self.path,
                hint="read the pack from a folder, and score again",
            )
        try:
            policy = read_policy(self.path / "policy" / about["folder"])
        except PolicyError as error:
            raise RunError(
                f"the pack in the run is damaged: {error.what}",
                where=self.path / "policy",
                hint="it was cut or altered; score again",
            ) from error
        if policy.fingerprint != about["fingerprint"]:
            raise RunError(
                "the pack in the run was altered after the run was made",
                where=self.path / "policy",
                hint="score again with the pack you want",
            )
        return policy


def _scanned(parts: list[Path]) -> pl.LazyFrame:
    return pl.scan_parquet(parts, glob=False, hive_partitioning=False)


def part_path(folder: Path, name: str, number: int, *, several: bool) -> Path:
    """Where the rows of a block of entities lie; ``several``: there are other blocks."""
    whole = folder / f"{name}.parquet"
    if not several:
        return whole
    whole.mkdir(exist_ok=True)
    return whole / _part_name(number)


def _part_name(number: int) -> str:
    return f"{number:05}.parquet"


def write_run(
    destination: Path,
    *,
    scoring: Scoring,
    register: Register,
    policy: Policy,
    rejected: pl.DataFrame,
    flagged: pl.DataFrame,
    report: InputReport,
    about: dict[str, Any],
    overwrite: bool = False,
) -> Run:
    """Write a run whole or not at all. ``about`` goes into the manifest as it is."""
    with whole_folder(destination, overwrite=overwrite) as folder:
        for name in RESULTS:
            frame: pl.DataFrame = getattr(scoring, name)
            frame.write_parquet(
                part_path(folder, name, 0, several=False), row_group_size=GROUP_ROWS
            )
        write_findings(rejected, folder / "rejected.csv")
        write_findings(flagged, folder / "flagged.csv")
        write_input_report(report, folder)
        write_sums(folder, scoring.sums)
        (folder / "register").mkdir()
        write_input_report(report, folder / "register")
        save_register(register, folder / "register")
        counts = {
            "entities": len(register),
            "relationships": len(register.relationships),
            "records": scoring.records,
            "records_counting": scoring.counting_records,
            "records_overdue": scoring.overdue,
            "scored": scoring.scores.height,
            "ledger_lines": scoring.ledger.height,
            "consequences": scoring.consequences.height,
            "rejected_rows": rows_of_lines(rejected),
            "flagged_rows": rows_of_lines(flagged),
        }
        days = scoring.as_of, scoring.retention_on
        write_manifest(folder, policy, days, register.digest, counts=counts, about=about)
    return open_run(destination)


def write_sums(folder: Path, sums: EntitySums) -> None:
    """Write sums by entity as flat arrays into a run folder."""
    (folder / "sums").mkdir(exist_ok=True)
    for name in EntitySums.__slots__:
        np.save(folder / "sums" / f"{name}.npy", getattr(sums, name), allow_pickle=False)


def write_manifest(
    folder: Path,
    policy: Policy,
    days: tuple[dt.date, dt.date],
    digest: str | None,
    *,
    counts: dict[str, int],
    about: dict[str, Any],
) -> None:
    """Add the pack and what makes a folder a run; ``days``: the day and that of forgetting.

    ``digest`` is the register's, None where the run holds none: then it has no sums either.
    """
    for pack in policy.folders:
        copy = folder / "policy" / pack.name
        copy.mkdir(parents=True, exist_ok=True)
        for path in sorted(pack.glob("*.toml")):
            shutil.copyfile(path, copy / path.name)
    parts = sorted(
        part
        for name in RESULTS
        for part in (folder / f"{name}.parquet", *(folder / f"{name}.parquet").glob("*.parquet"))
        if part.is_file()
    )
    manifest = {
        "format": RUN_FORMAT,
        "as_of": days[0].isoformat(),
        "retention_on": days[1].isoformat(),
        "policy": {
            "name": policy.name,
            "version": policy.version,
            "lineage": list(policy.lineage),
            "fingerprint": policy.fingerprint,
            "folder": policy.folders[-1].name if policy.folders else None,
        },
        "register": None
        if digest is None
        else {
            "digest": digest,
            "sha256": file_digest(folder / "register" / REGISTER_MANIFEST),
        },
        "counts": counts,
        "block": PART_ROWS,
        "sums": {
            name: (folder / "sums" / f"{name}.npy").stat().st_size
            for name in (() if digest is None else EntitySums.__slots__)
        },
        "sizes": {part.relative_to(folder).as_posix(): part.stat().st_size for part in parts},
        **about,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (folder / RUN_MANIFEST).write_text(text, encoding="utf-8")


def _instead(folder: Path) -> str:
    """What to give in place of something that is no run."""
    if (folder.parent / RUN_MANIFEST).is_file():
        return f"give the folder of the run: {folder.parent}"
    if (folder / REGISTER_MANIFEST).is_file():
        return f"it is a register: `trustgraph score {folder} --out RUN`, and give RUN"
    if folder.is_dir() and any(folder.glob("entities*")):
        return f"it holds tables: `trustgraph score {folder} --out RUN`, and give RUN"
    return "give the folder that `trustgraph score … --out RUN` made"


def open_run(path: str | Path) -> Run:
    """Open a run folder. Raises RunError where it is missing, incomplete or of another version."""
    folder = Path(path)
    check_name(folder)
    if not folder.exists():
        raise RunError(
            "there is no such folder",
            where=folder,
            hint="give the folder that `trustgraph score … --out RUN` made",
        )
    try:
        manifest = json.loads((folder / RUN_MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RunError(
            "is no run folder: it has no run.json", where=folder, hint=_instead(folder)
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(
            f"its run.json cannot be read: {error}",
            where=folder,
            hint="it was cut or altered, or is no run; score again",
        ) from error
    if not isinstance(manifest, dict) or manifest.get("format") != RUN_FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else None
        raise RunError(
            f"is a run of format {found}, not {RUN_FORMAT}",
            where=folder,
            hint="score again with this version of trustgraph",
        )
    if not _is_whole(manifest):
        raise RunError(
            "its run.json lacks what every run has",
            where=folder,
            hint="it was altered; score again",
        )
    for name, size in manifest["sizes"].items():
        part = folder / name
        if not part.is_file() or part.stat().st_size != size:
            raise RunError(
                f"{name} is missing or not as it was written",
                where=folder,
                hint="it was cut or altered; score again",
            )
    return Run(path=folder, manifest=manifest)


def _is_whole(manifest: dict[str, Any]) -> bool:
    """Whether a manifest has what a run is opened by."""
    try:
        days = [dt.date.fromisoformat(manifest[name]) for name in ("as_of", "retention_on")]
        left_out = set(manifest.get("left_out", ()))
        register = manifest["register"]
        digest = "" if "register" in left_out and register is None else register["sha256"]
        texts = [manifest["policy"]["fingerprint"], digest]
        folder = manifest["policy"]["folder"]
        parts = [manifest["counts"], manifest["sizes"], manifest["sums"]]
        summed = set(manifest["sums"])
        begins = {Path(name).parts[0] for name in manifest["sizes"]}
        block = manifest["block"]
    except (KeyError, TypeError, ValueError):
        return False
    return (
        len(days) == len([text for text in texts if isinstance(text, str)]) == 2
        and (folder is None or (isinstance(folder, str) and Path(folder).name == folder))
        and all(isinstance(part, dict) for part in parts)
        and begins == {f"{name}.parquet" for name in RESULTS if name not in left_out}
        and summed == (set() if "sums" in left_out else set(EntitySums.__slots__))
        and isinstance(block, int)
        and block > 0
    )

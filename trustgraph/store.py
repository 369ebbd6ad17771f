"""Folders that appear whole or not at all, and registers kept in them.

Everything is written to a folder beside its destination and renamed when it is complete. A folder
with the final name is therefore always whole; whatever a killed job leaves behind has ``.partial-``
in its name, is never read, and is removed by the next job that writes to the same place.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.errors import RunError, UsageError
from trustgraph.register import (
    Adjacency,
    Coded,
    Consultations,
    Records,
    Register,
    Relationships,
    Traits,
)

__all__ = [
    "REGISTER_FORMAT",
    "REGISTER_MARK",
    "RUN_MARK",
    "check_free",
    "file_digest",
    "open_register",
    "save_register",
    "whole_file",
    "whole_folder",
    "write_findings",
    "writing",
]

REGISTER_FORMAT: Final = 2
REGISTER_MARK: Final = "register.json"
"""The file of a register that says what the others are."""
RUN_MARK: Final = "run.json"
"""The file by which a folder is known to be a run, which ``overwrite`` may replace."""
_CODED: Final = (
    *(f"trait-{f.name}" for f in fields(Traits) if f.name != "identified"),
    "consultation-source",
)
_FRAMES: Final = ("entities", "relationships", "records", "consultations", "words")


@contextmanager
def writing(destination: Path) -> Iterator[None]:
    """Turn what goes wrong on the disk while something is written there into a UsageError."""
    try:
        yield
    except (OSError, pl.exceptions.ComputeError) as error:
        # polars has one kind of error for everything; the system's own carries its number.
        said = error.strerror if isinstance(error, OSError) else str(error).rpartition(": ")[2]
        if isinstance(error, pl.exceptions.ComputeError) and "(os error" not in str(error):
            raise
        raise UsageError(
            f"writing failed: {said or error}",
            where=destination,
            hint="nothing was changed there; make room or choose another --out",
        ) from error


@contextmanager
def whole_folder(
    destination: Path, *, overwrite: bool = False, mark: str = RUN_MARK
) -> Iterator[Path]:
    """A new folder to write into; it takes its final name when the block ends without an error.

    Raises UsageError if the destination exists (an empty folder is fine) and ``overwrite`` is
    false. With ``overwrite`` the old folder stays until the new one is whole; a folder without a
    file of the name ``mark`` is somebody else's and is not replaced.
    """
    destination = _followed(destination)
    check_free(destination, overwrite=overwrite, mark=mark)
    beside = _beside(destination, "partial")
    with writing(destination):
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        try:
            yield beside
            # Somebody else may have come first.
            check_free(destination, overwrite=overwrite, mark=mark)
            _take_place(beside, destination)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def whole_file(destination: Path) -> Iterator[Path]:
    """A path beside ``destination`` to write to; it replaces it when the block ends well.

    Raises UsageError where it cannot be written.
    """
    destination = _followed(destination)
    beside = _beside(destination, "partial")
    with writing(destination):
        try:
            yield beside
            beside.replace(destination)
        finally:
            beside.unlink(missing_ok=True)


def _followed(destination: Path) -> Path:
    """Where a path leads: a link to a folder stays a link when the folder is replaced."""
    return Path(os.path.realpath(destination))


def _beside(destination: Path, role: str) -> Path:
    """This process's folder next to a destination. Two hosts may share the disk."""
    return destination.parent / f".{destination.name}.{role}-{_host()}-{os.getpid()}"


def _host() -> str:
    return re.sub(r"[^0-9A-Za-z.]", "_", socket.gethostname()) or "host"


def _clear_up(destination: Path) -> None:
    """Remove what processes of this host that are no more have left beside a destination."""
    for role in ("replaced", "partial"):
        begin = f".{destination.name}.{role}-{_host()}-"
        for left in destination.parent.glob(f"{glob.escape(begin)}*"):
            number = left.name[len(begin) :]
            if not number.isdecimal() or _runs(int(number)):
                continue
            if role == "replaced" and not destination.exists():
                left.rename(destination)  # killed between the two renames of _take_place
            shutil.rmtree(left, ignore_errors=True)


def _runs(process: int) -> bool:
    """Whether a process of this number runs. Where that cannot be asked it is taken to."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def check_free(destination: Path, *, overwrite: bool, mark: str = RUN_MARK) -> None:
    """Raise UsageError unless a folder may be written at the destination.

    What killed jobs have left beside it is cleared up first.
    """
    destination = _followed(destination)
    _clear_up(destination)
    if destination.is_dir():
        if not any(destination.iterdir()):
            return
        if not overwrite:
            raise UsageError(
                "exists already and is not empty",
                where=destination,
                hint="choose another --out, or say --overwrite to replace it",
            )
        if not (destination / mark).is_file():
            raise UsageError(
                f"holds something else: there is no {mark} in it, so that it is not replaced",
                where=destination,
                hint="choose another --out",
            )
    elif destination.exists() or destination.is_symlink():
        raise UsageError("is a file, not a folder", where=destination, hint="choose another --out")
    else:
        above = next(parent for parent in destination.absolute().parents if parent.exists())
        if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
            raise UsageError(
                f"cannot be written: {above} is {'read-only' if above.is_dir() else 'a file'}",
                where=destination,
                hint="choose another --out",
            )


def _take_place(new: Path, destination: Path) -> None:
    if not destination.exists():
        new.rename(destination)
        return
    # Two renames: between them the old folder still lies beside, complete.
    old = _beside(destination, "replaced")
    shutil.rmtree(old, ignore_errors=True)
    destination.rename(old)
    try:
        new.rename(destination)
    except OSError:
        old.rename(destination)
        raise
    shutil.rmtree(old, ignore_errors=True)


def write_findings(lines: pl.DataFrame, path: Path) -> None:
    """Write lines of ``rejected`` or ``flagged`` as CSV. Raises OSError, ComputeError.

    What a spreadsheet would take for a formula gets an apostrophe before it: whoever opens the
    file must not run what somebody else put into a table.
    """
    text = pl.col("file", "column", "value")
    formula = text.str.contains(r"^[=@+\-\t\r]") & text.cast(pl.Float64, strict=False).is_null()
    shown = pl.when(~formula).then(text).otherwise(pl.lit("'") + text)
    lines.with_columns(shown).write_csv(path)


def save_register(register: Register, folder: Path) -> None:
    """Write a register as Parquet frames and flat ``.npy`` arrays into an existing folder."""
    frames = (
        register.entities,
        register.relationship_rows,
        register.records.frame,
        register.consultation_rows,
        _words(register),
    )
    for name, frame in zip(_FRAMES, frames, strict=True):
        frame.write_parquet(folder / f"{name}.parquet")
    for name, array in _arrays(register):
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    about = {
        "format": REGISTER_FORMAT,
        "digest": register.digest,
        "types": list(register.records.types),
        "entities": len(register),
        "relationships": len(register.relationships),
        "records": len(register.records),
        "sha256": {part.name: file_digest(part) for part in sorted(folder.iterdir())},
    }
    text = json.dumps(about, ensure_ascii=False, indent=1)
    (folder / REGISTER_MARK).write_text(text, encoding="utf-8")


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_parts(about: dict[str, Any], folder: Path) -> None:
    """Compiled code follows the arrays' numbers unchecked, so that they must be as written."""
    for name, digest in about["sha256"].items():
        if file_digest(folder / name) != digest:
            raise RunError(
                f"{name} is not as it was written",
                where=folder,
                hint="it was cut or altered; make it again",
            )


def _arrays(register: Register) -> Iterator[tuple[str, Any]]:
    yield "kind", register.kind
    parts: dict[str, Any] = {
        "relationship": register.relationships,
        "adjacency": register.adjacency,
        "record": register.records,
        "trait": register.traits,
        "consultation": register.consultations,
    }
    for prefix, part in parts.items():
        for field in fields(part):
            value = getattr(part, field.name)
            if isinstance(value, Coded):
                yield f"{prefix}-{field.name}", value.code
            elif isinstance(value, np.ndarray):
                yield f"{prefix}-{field.name}", value


def _coded(register: Register) -> dict[str, Coded]:
    """The columns of few distinct words, by the name that their arrays have on disk."""
    found = {f"trait-{f.name}": getattr(register.traits, f.name) for f in fields(Traits)}
    found["consultation-source"] = register.consultations.source
    return {name: found[name] for name in _CODED}


def _words(register: Register) -> pl.DataFrame:
    rows = [(name, word) for name, coded in _coded(register).items() for word in coded.words]
    return pl.DataFrame(rows, schema={"column": pl.String, "word": pl.String}, orient="row")


def open_register(folder: Path) -> Register:
    """Open a register that ``save_register`` wrote. Arrays stay on disk and are memory-mapped.

    Every part's checksum is compared first. Raises RunError if a part is missing, altered or of
    another version.
    """
    try:
        about = json.loads((folder / REGISTER_MARK).read_text(encoding="utf-8"))
        if about["format"] != REGISTER_FORMAT:
            raise RunError(
                f"is a register of format {about['format']}, not {REGISTER_FORMAT}",
                where=folder,
                hint="make it again with this version of trustgraph",
            )
        _check_parts(about, folder)
        frames = {name: pl.read_parquet(folder / f"{name}.parquet") for name in _FRAMES}

        def array(name: str) -> Any:
            return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))

        words = {
            name: tuple(column["word"])
            for (name,), column in frames["words"].group_by("column", maintain_order=True)
        }

        def part(prefix: str, name: str) -> Any:
            name = f"{prefix}-{name}"
            if name in _CODED:
                return Coded(code=array(name), words=words.get(name, ()))
            return array(name)

        return Register(
            entities=frames["entities"],
            kind=array("kind"),
            relationships=Relationships(
                **{f.name: array(f"relationship-{f.name}") for f in fields(Relationships)}
            ),
            relationship_rows=frames["relationships"],
            adjacency=Adjacency(
                **{f.name: array(f"adjacency-{f.name}") for f in fields(Adjacency)}
            ),
            records=Records(
                **{
                    f.name: array(f"record-{f.name}")
                    for f in fields(Records)
                    if f.name not in ("types", "frame")
                },
                types=tuple(about["types"]),
                frame=frames["records"],
            ),
            traits=Traits(**{f.name: part("trait", f.name) for f in fields(Traits)}),
            consultations=Consultations(
                **{f.name: part("consultation", f.name) for f in fields(Consultations)}
            ),
            consultation_rows=frames["consultations"],
            digest=about["digest"],
        )
    except (
        *(OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, RecursionError),
        *(pl.exceptions.PolarsError, pl.exceptions.PanicException),
    ) as error:
        raise RunError(
            f"is no complete register: {error}",
            where=folder,
            hint="it was moved, cut or altered; make it again",
        ) from error

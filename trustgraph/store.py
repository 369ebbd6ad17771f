"""Folders that appear whole or not at all, and registers kept in them.

Everything is written to a folder beside its destination and renamed when it is complete. A folder
with the final name is therefore always whole; whatever an interrupted job leaves behind has
``.partial-`` in its name and is never read.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.errors import RunError, UsageError
from trustgraph.register import Adjacency, Records, Register, Relationships

__all__ = [
    "REGISTER_FORMAT",
    "RUN_MARK",
    "check_free",
    "open_register",
    "save_register",
    "whole_folder",
    "writing",
]

REGISTER_FORMAT: Final = 1
RUN_MARK: Final = "run.json"
"""The file by which a folder is known to be a run, which ``overwrite`` may replace."""
_FRAMES: Final = ("entities", "relationships", "records", "consultations")


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
    destination = destination.absolute()
    check_free(destination, overwrite=overwrite, mark=mark)
    beside = destination.parent / f".{destination.name}.partial-{os.getpid()}"
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


def check_free(destination: Path, *, overwrite: bool, mark: str = RUN_MARK) -> None:
    """Raise UsageError unless a folder may be written at the destination."""
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
    old = destination.parent / f".{destination.name}.replaced-{os.getpid()}"
    shutil.rmtree(old, ignore_errors=True)
    destination.rename(old)
    try:
        new.rename(destination)
    except OSError:
        old.rename(destination)
        raise
    shutil.rmtree(old, ignore_errors=True)


def save_register(register: Register, folder: Path) -> None:
    """Write a register as Parquet frames and flat ``.npy`` arrays into an existing folder."""
    frames = (
        register.entities,
        register.relationship_rows,
        register.records.frame,
        register.consultations,
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
    }
    text = json.dumps(about, ensure_ascii=False, indent=1)
    (folder / "register.json").write_text(text, encoding="utf-8")


def _arrays(register: Register) -> Iterator[tuple[str, Any]]:
    yield "kind", register.kind
    parts: dict[str, Any] = {
        "relationship": register.relationships,
        "adjacency": register.adjacency,
        "record": register.records,
    }
    for prefix, part in parts.items():
        for field in fields(part):
            value = getattr(part, field.name)
            if isinstance(value, np.ndarray):
                yield f"{prefix}-{field.name}", value


def open_register(folder: Path) -> Register:
    """Open a register that ``save_register`` wrote. Arrays stay on disk and are memory-mapped.

    Raises RunError if a part is missing, damaged or of another version.
    """
    try:
        about = json.loads((folder / "register.json").read_text(encoding="utf-8"))
        if about["format"] != REGISTER_FORMAT:
            raise RunError(
                f"is a register of format {about['format']}, not {REGISTER_FORMAT}",
                where=folder,
                hint="make it again with this version of trustgraph",
            )
        frames = {name: pl.read_parquet(folder / f"{name}.parquet") for name in _FRAMES}

        def array(name: str) -> Any:
            return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))

        register = Register(
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
            consultations=frames["consultations"],
            digest=about["digest"],
        )
        _check_sizes(register, about, folder)
    except (
        *(OSError, ValueError, KeyError, TypeError, EOFError, RecursionError),
        *(pl.exceptions.PolarsError, pl.exceptions.PanicException),
    ) as error:
        raise RunError(
            f"is no complete register: {error}",
            where=folder,
            hint="it was moved, cut or altered; make it again",
        ) from error
    return register


def _check_sizes(register: Register, about: dict[str, Any], folder: Path) -> None:
    sizes = {
        "entities": {
            len(register.entities),
            len(register.kind),
            len(register.adjacency.offsets) - 1,
        },
        "relationships": {
            len(register.relationship_rows),
            *(len(getattr(register.relationships, f.name)) for f in fields(Relationships)),
        },
        "records": {
            len(register.records.frame),
            *(
                len(getattr(register.records, f.name))
                for f in fields(Records)
                if f.name not in ("types", "frame")
            ),
        },
    }
    adjacency = register.adjacency
    entries = {len(adjacency.neighbour), len(adjacency.step), len(adjacency.edge)}
    said = {name: about[name] for name in sizes} | {
        "entries of the adjacency": adjacency.offsets[-1]
    }
    for name, found in (sizes | {"entries of the adjacency": entries}).items():
        if found != {said[name]}:
            raise RunError(
                f"is damaged: {said[name]} {name} are said to be there, but parts have "
                f"{', '.join(map(str, sorted(found)))}",
                where=folder,
                hint="make it again",
            )

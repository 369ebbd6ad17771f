"""Folders and files that appear whole or not at all.

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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import polars as pl

from trustgraph.errors import UsageError, check_name
from trustgraph.tables.sheet import findings
from trustgraph.version import VERSION

__all__ = [
    "FORMULA",
    "RUN_MANIFEST",
    "check_apart",
    "check_findings_free",
    "check_free",
    "check_outside",
    "file_digest",
    "followed",
    "read_findings",
    "take_place",
    "whole_file",
    "whole_folder",
    "write_findings",
    "write_tables",
    "writing",
]

_HEADER_LIMIT: Final = 1000
FORMULA: Final = frozenset("=+-@\t\r＝＋－＠")
"""First letters by which a spreadsheet may take text for a formula, as wide ones, too."""
RUN_MANIFEST: Final = "run.json"
"""The file by which a folder is known to be a run, which ``overwrite`` may replace."""


@contextmanager
def writing(destination: Path) -> Iterator[None]:
    """Turn what goes wrong on the disk while something is written there into a UsageError."""
    try:
        yield
    except (OSError, pl.exceptions.ComputeError) as error:
        said = _disk_words(error)
        if said is None:
            raise
        lacks = isinstance(error, FileNotFoundError) and not destination.parent.is_dir()
        way = "make that folder" if lacks else "make room"
        raise UsageError(
            f"writing failed: {said}",
            where=destination,
            hint=f"nothing was changed there; {way} or choose another --out",
        ) from error


def _disk_words(error: OSError | pl.exceptions.ComputeError) -> str | None:
    """What the system says went wrong, None where it was no matter of the disk."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    # polars has one kind of error for everything; the system's own carries its number.
    if "(os error" in str(error):
        return str(error).rpartition(": ")[2]
    # The end of a Parquet file could not be written, and nobody says why.
    return "the disk took no more" if "transport error" in str(error) else None


@contextmanager
def whole_folder(
    destination: Path, *, overwrite: bool = False, manifest: str = RUN_MANIFEST
) -> Iterator[Path]:
    """A new folder to write into; it takes its final name when the block ends without an error.

    Raises UsageError if the destination exists (an empty folder is fine) and ``overwrite`` is
    false. With ``overwrite`` the old folder stays until the new one is whole; a folder without a
    file of the name ``manifest`` is somebody else's and is not replaced.
    """
    destination = followed(destination)
    check_free(destination, overwrite=overwrite, manifest=manifest)
    beside = _beside(destination, "partial")
    with writing(destination):
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        try:
            yield beside
            # Somebody else may have come first.
            check_free(destination, overwrite=overwrite, manifest=manifest)
            take_place(beside, destination)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def write_tables(
    out: Path,
    frames: Mapping[str, pl.DataFrame],
    *,
    manifest: str,
    about: Mapping[str, Any],
    overwrite: bool = False,
) -> dict[str, int]:
    """Write a folder with a Parquet file for each frame, whole or not at all; returns their rows.

    ``manifest`` is the file that says what they are: ``about``, the version, the rows of each.
    Raises UsageError if ``out`` is taken, or cannot be written.
    """
    counts = {name: frame.height for name, frame in frames.items()}
    with whole_folder(out, overwrite=overwrite, manifest=manifest) as folder:
        for name, frame in frames.items():
            frame.write_parquet(folder / f"{name}.parquet")
        said = {"trustgraph": VERSION, **about, "counts": counts}
        text = json.dumps(said, ensure_ascii=False, indent=1) + "\n"
        (folder / manifest).write_text(text, encoding="utf-8")
    return counts


@contextmanager
def whole_file(destination: Path) -> Iterator[Path]:
    """A path beside ``destination`` to write to; it replaces it when the block ends well.

    Raises UsageError where it cannot be written.
    """
    destination = followed(destination)
    beside = _beside(destination, "partial")
    with writing(destination):
        try:
            yield beside
            beside.replace(destination)
        finally:
            beside.unlink(missing_ok=True)


def followed(destination: Path) -> Path:
    """Where a path leads: a link to a folder stays a link when the folder is replaced."""
    check_name(destination)
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
                left.rename(destination)  # killed between the two renames of take_place
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


def check_free(destination: Path, *, overwrite: bool, manifest: str = RUN_MANIFEST) -> None:
    """Raise UsageError unless a folder may be written at the destination.

    What killed jobs have left beside it is cleared up first.
    """
    destination = followed(destination)
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
        if not (destination / manifest).is_file():
            raise UsageError(
                f"holds something else: there is no {manifest} in it, so that it is not replaced",
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


def check_apart(destination: Path, *reads: str | Path | None) -> None:
    """Raise UsageError if anything that is read lies where something is to be written, or in it."""
    out = followed(destination)
    for read in reads:
        path = None if read is None else followed(Path(read))
        if path is not None and (path == out or out in path.parents):
            raise UsageError(
                f"would be written over while it is read: {read}",
                where=destination,
                hint="choose another --out",
            )


def check_outside(destination: Path, *folders: str | Path | None) -> None:
    """Raise UsageError if something is to be written into a folder that is read.

    What lies there is whole as it is, and goes when the folder is replaced.
    """
    out = followed(destination)
    for folder in folders:
        if folder is not None and followed(Path(folder)) in (out, *out.parents):
            raise UsageError(
                f"lies in what is read: {folder}", where=destination, hint="choose another --out"
            )


def check_findings_free(destination: Path) -> None:
    """Raise UsageError unless lines of findings may be written: to no file, or over such lines."""
    destination = followed(destination)
    if destination.is_dir():
        raise UsageError("is a folder, not a file", where=destination, hint="name a file in it")
    if not destination.exists() or not destination.stat().st_size:
        return
    with destination.open("rb") as file:
        header = file.readline(_HEADER_LIMIT).strip()
    if header != ",".join(findings([]).columns).encode():
        raise UsageError(
            "is there already, and is no list of rejected or flagged rows: it is not written over",
            where=destination,
            hint="name another file",
        )


def take_place(new: Path, destination: Path) -> None:
    """Give a folder that is whole its final name; what had the name before goes."""
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


def write_findings(lines: pl.DataFrame, to: Path | IO[bytes], *, header: bool = True) -> None:
    """Write lines of ``rejected`` or ``flagged`` as CSV. Raises OSError, ComputeError.

    What a spreadsheet would take for a formula gets an apostrophe before it: whoever opens the
    file must not run what somebody else put into a table.
    """
    text = pl.col("file", "column", "value")
    begins = text.str.slice(0, 1).is_in(list(FORMULA))
    formula = begins & text.cast(pl.Float64, strict=False).is_null()
    shown = pl.when(~formula).then(text).otherwise(pl.lit("'") + text)
    lines.with_columns(shown).write_csv(to, include_header=header)


def read_findings(path: Path) -> pl.DataFrame:
    """Lines that were written: apostrophes stay, and are not put a second time."""
    schema = dict(findings([]).schema)
    return pl.read_csv(path, schema=schema, glob=False) if path.is_file() else findings([])


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

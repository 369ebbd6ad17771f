"""Long work under way: its folder, and the journal that says how far it has come.

Everything is written into one folder beside the destination, whose name follows from the
destination: whoever starts the same work again finds it. A step is done when its line stands in
the journal, which comes after its files; whatever a killed process left beyond that is written
over. What is made is renamed to its destination when the last step is done.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from trustgraph.errors import UsageError
from trustgraph.storage.atomic import check_free, followed, take_place, writing

__all__ = ["ArrayFile", "Work", "working"]

_JOURNAL: Final = "journal.jsonl"
_HEADER: Final = 128
"""Bytes before the elements of an ``.npy`` file of one dimension, whatever its length."""


class Work:
    """The folder of the work: ``whole`` takes the destination's place, ``scratch`` goes."""

    def __init__(self, folder: Path, begin: dict[str, Any], done: dict[str, Any]) -> None:
        self.folder = folder
        self.whole = folder / "whole"
        self.scratch = folder / "scratch"
        self.begin = begin
        self._done = done
        self._arrays: list[ArrayFile] = []
        self._journal = os.open(folder / _JOURNAL, os.O_WRONLY | os.O_APPEND)

    @property
    def begun(self) -> bool:
        """Whether any step is done."""
        return bool(self._done)

    def found(self, step: str) -> dict[str, Any] | None:
        """What a step that is done has left in the journal."""
        found: dict[str, Any] | None = self._done.get(step)
        return found

    def finish(self, step: str, **found: Any) -> dict[str, Any]:
        """Note that all files of a step are written, and what it has found."""
        line = json.dumps({"step": step, **found}) + "\n"
        _write_all(self._journal, line.encode())
        self._done[step] = found
        return found

    def write(self, name: str, frame: pl.DataFrame) -> None:
        """Write a frame to the scratch folder."""
        frame.write_parquet(self.scratch / name, compression="lz4", row_group_size=1 << 15)

    def read(self, name: str) -> pl.LazyFrame:
        return pl.scan_parquet(self.scratch / name, glob=False, hive_partitioning=False)

    def drop(self, pattern: str) -> None:
        """Remove scratch files that no later step needs: the disk is not filled twice."""
        for path in self.scratch.glob(pattern):
            path.unlink(missing_ok=True)

    def array(self, path: Path, dtype: npt.DTypeLike, *, count: int) -> ArrayFile:
        """A growing array, closed at the latest with the work."""
        array = ArrayFile(path, dtype, count=count)
        self._arrays.append(array)
        return array

    def close(self) -> None:
        for array in self._arrays:
            array.abandon()
        os.close(self._journal)


@contextmanager
def working(
    destination: Path, fingerprint: str, *, manifest: str, overwrite: bool
) -> Iterator[Work]:
    """The folder of work on a destination, as far as an earlier process has come with it.

    Unfinished work on something else (another ``fingerprint``) is thrown away. When the block ends
    without an error what was made takes its final name (the place of a folder with the file
    ``manifest``, where ``overwrite`` says so); otherwise the folder stays, and the error bears a
    note that says so. Raises UsageError where the destination is taken, cannot be written, or
    another
    process is at work on it.
    """
    destination = followed(destination)
    check_free(destination, overwrite=overwrite, manifest=manifest)
    folder = destination.parent / f".{destination.name}.unfinished"
    with writing(destination), _locked(folder):
        work = _opened(folder, fingerprint)
        try:
            yield work
            check_free(destination, overwrite=overwrite, manifest=manifest)
            take_place(work.whole, destination)
        except BaseException as error:
            if work.begun:
                error.add_note(
                    "what was done so far is kept: the same command goes on from there; "
                    f"to give it up, remove {folder}"
                )
            else:
                shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            work.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time: the lock goes with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        with suppress(ImportError):  # where there is no such lock two are not kept apart
            import fcntl  # noqa: PLC0415

            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise UsageError(
                    "another process is writing to the same place",
                    where=folder,
                    hint="wait for it, or choose another --out",
                ) from error
        yield
    finally:
        os.close(handle)


def _opened(folder: Path, fingerprint: str) -> Work:
    lines = _lines(folder / _JOURNAL)
    if not lines or lines[0].get("fingerprint") != fingerprint:
        for name in ("whole", "scratch"):
            shutil.rmtree(folder / name, ignore_errors=True)
            (folder / name).mkdir()
        # The seeds of hashes are nobody's to know: no input can be made that hashes badly.
        seeds = [secrets.randbits(62), secrets.randbits(62)]
        lines = [{"fingerprint": fingerprint, "seeds": seeds}]
    # Written anew: the last line may have been cut.
    beside = folder / f"{_JOURNAL}.new"
    text = "".join(json.dumps(line) + "\n" for line in lines)
    beside.write_text(text, encoding="utf-8")
    beside.replace(folder / _JOURNAL)
    return Work(folder, lines[0], {line.pop("step"): line for line in lines[1:]})


def _lines(path: Path) -> list[dict[str, Any]]:
    lines = []
    with suppress(FileNotFoundError, UnicodeDecodeError):
        for text in path.read_text(encoding="utf-8").splitlines(keepends=True):
            try:
                line = json.loads(text)
            except ValueError:
                break
            if not text.endswith("\n") or not isinstance(line, dict):
                break
            lines.append(line)
    return lines


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


class ArrayFile:
    """An ``.npy`` file of one dimension that grows: elements first, its length at the end."""

    def __init__(self, path: Path, dtype: npt.DTypeLike, *, count: int = 0) -> None:
        """Open it with ``count`` elements, as a step that is done has left it."""
        self.dtype = np.dtype(dtype)
        self.count = count
        self._path = path
        size = _HEADER + count * self.dtype.itemsize
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
        if count and self._file.seek(0, os.SEEK_END) < size:
            raise UsageError(
                f"the unfinished work is damaged: {path.name} is too short",
                where=path.parent,
                hint="remove that folder, and start again",
            )
        self._file.truncate(size)
        self._file.seek(size)

    def append(self, values: npt.NDArray[Any]) -> None:
        if len(values):
            found = np.ascontiguousarray(values, dtype=self.dtype)
            self._file.write(found.view(np.uint8).data)
            self.count += len(values)

    def flush(self) -> None:
        """Hand over to the system what was appended: it outlives the process."""
        self._file.flush()

    def abandon(self) -> None:
        """Close the file as it is."""
        with suppress(OSError):
            self._file.close()

    def close(self) -> None:
        """Say how many elements there are, and close the file."""
        self._file.seek(0)
        header = {"descr": self.dtype.str, "fortran_order": False, "shape": (self.count,)}
        np.lib.format.write_array_header_1_0(self._file, header)
        assert self._file.tell() == _HEADER
        self._file.close()

"""Registers on disk: flat arrays that are memory-mapped, rows in Parquet, and what checks them."""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.errors import RunError, check_name
from trustgraph.parallel import in_order
from trustgraph.register import (
    Adjacency,
    Coded,
    Consultations,
    Origins,
    Records,
    Register,
    Relationships,
    Traits,
)
from trustgraph.storage.atomic import file_digest
from trustgraph.storage.mapped_rows import MappedIds, StoredRows, stored_rows, write_rows

__all__ = [
    "REGISTER_FORMAT",
    "REGISTER_MANIFEST",
    "is_register",
    "let_go",
    "link_parts",
    "link_register",
    "manifest_of",
    "open_register",
    "save_register",
    "verify_register",
    "write_mark",
    "write_origins",
    "write_words",
]

REGISTER_FORMAT: Final = 7
REGISTER_MANIFEST: Final = "register.json"
"""The file of a register that says what the others are."""
_WRITTEN: Final = 946_684_800
"""The time of writing that every part bears, in seconds: a part with another was touched since."""
_CODED: Final = (
    *(f"trait-{f.name}" for f in fields(Traits) if f.name != "identified"),
    "consultation-source",
)
_TABLES: Final = ("entities", "relationships", "records")
_ORIGINS: Final = ("relationship", "record")


def save_register(register: Register, folder: Path) -> None:
    """Write a register as Parquet files and flat ``.npy`` arrays into an existing folder."""
    tables = (register.entities, register.relationship_rows, register.records.rows)
    for name, rows in zip(_TABLES, tables, strict=True):
        write_rows(rows, folder, name)
    write_words(folder, {name: coded.words for name, coded in _coded(register).items()})
    write_origins(folder, _origins(register))
    for name, array in _arrays(register):
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    heights = dict(zip(_TABLES, map(len, tables), strict=True))
    write_mark(folder, digest=register.digest, types=register.records.types, heights=heights)


def write_words(folder: Path, words: Mapping[str, Sequence[str]]) -> None:
    """Write the words of columns of few distinct ones, by the names of their arrays."""
    rows = [(name, word) for name in _CODED for word in words[name]]
    frame = pl.DataFrame(rows, schema={"column": pl.String, "word": pl.String}, orient="row")
    frame.write_parquet(folder / "words.parquet")


def write_origins(folder: Path, origins: Mapping[str, Origins]) -> None:
    """Write which files rows came from: the places themselves are arrays of their own."""
    rows = [
        (name, file, int(begin))
        for name in _ORIGINS
        for file, begin in zip(origins[name].files, origins[name].begins, strict=True)
    ]
    schema = {"table": pl.String, "file": pl.String, "begin": pl.Int64}
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(folder / "origins.parquet")


def write_mark(
    folder: Path,
    *,
    digest: str,
    types: Sequence[str],
    heights: Mapping[str, int],
    batches: Mapping[str, Sequence[int]] | None = None,
    known: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Write the file that makes a folder of parts a register: what they are, their checksums.

    ``batches`` tells of tables whose rows were written in several goes how many each time: then
    ``{table}-rows.npy`` tells where each row stands. ``known`` are parts of another register that
    are here, too, with what its own mark says of them.
    """
    # A job that was killed while it wrote the mark has left what it had of it.
    parts = sorted(p for p in folder.iterdir() if p.is_file() and p.name != REGISTER_MANIFEST)
    taken = known or {}
    made = [part for part in parts if part.name not in taken]
    for part in made:
        os.utime(part, (_WRITTEN, _WRITTEN))
    sums = dict(zip(made, in_order(file_digest, made), strict=True))
    about = {
        "format": REGISTER_FORMAT,
        "digest": digest,
        "types": list(types),
        **heights,
        "batches": {name: list(found) for name, found in (batches or {}).items()},
        "parts": {
            part.name: dict(taken[part.name])
            if part.name in taken
            else {"size": part.stat().st_size, "sha256": sums[part]}
            for part in parts
        },
    }
    text = json.dumps(about | {"checksum": _checksum(about)}, ensure_ascii=False, indent=1)
    (folder / REGISTER_MANIFEST).write_text(text, encoding="utf-8")


def _checksum(about: Mapping[str, Any]) -> str:
    """SHA-256 of what a mark says, so that it cannot be altered by accident either."""
    said = {name: value for name, value in about.items() if name != "checksum"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def link_register(source: Path, folder: Path) -> None:
    """Give a register a second home: the same files, where the disk can, else copies."""
    folder.mkdir(exist_ok=True)
    about = manifest_of(source)
    link_parts(source, folder, (*about["parts"], REGISTER_MANIFEST))


def link_parts(source: Path, folder: Path, names: Iterable[str]) -> None:
    """Give some parts of a register a second home."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
        try:
            os.link(source / name, folder / name)
        except OSError:  # another disk, or one that knows no links
            shutil.copy2(source / name, folder / name)


def is_register(folder: Path) -> bool:
    """Whether a folder is a register, rather than one of tables."""
    return (folder / REGISTER_MANIFEST).is_file()


def verify_register(
    folder: Path, *, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Read every part of a register and compare it with its checksum; returns what it holds.

    ``progress`` is told how many bytes were read, and of how many. Raises RunError if a part is
    missing, altered or of another version. Opening trusts a part that has the size and the time of
    writing that it was given; this trusts nothing.
    """
    open_register(folder)
    about = manifest_of(folder)
    names = list(about["parts"])
    done, total = 0, sum(part["size"] for part in about["parts"].values())
    for name, found in zip(
        names, in_order(file_digest, [folder / name for name in names]), strict=True
    ):
        if found != about["parts"][name]["sha256"]:
            raise _altered(name, folder)
        done += about["parts"][name]["size"]
        if progress is not None:
            progress(done, total)
    return {name: about[name] for name in _TABLES} | {"parts": len(names)}


def _altered(name: str, folder: Path) -> RunError:
    return RunError(
        f"{name} is not as it was written",
        where=folder,
        hint="it was cut or altered; make it again",
    )


def manifest_of(folder: Path) -> dict[str, Any]:
    """What a register says of itself: heights of its tables, its parts and their checksums."""
    about: dict[str, Any] = json.loads((folder / REGISTER_MANIFEST).read_text(encoding="utf-8"))
    return about


def let_go(register: Register) -> None:
    """Give back the memory that a register's mapped files take: what is asked for comes again.

    Pages stay in the system's cache; without this they count as memory of the process for as long
    as nobody else needs it.
    """
    for part in _mapped(register):
        part.madvise(mmap.MADV_DONTNEED)


def _mapped(part: Any) -> Iterator[mmap.mmap]:
    """The maps of all arrays of a register or one of its parts."""
    if isinstance(part, np.ndarray):
        base: Any = part.base
        while isinstance(base, np.ndarray):
            base = base.base
        if isinstance(base, mmap.mmap):
            yield base
    elif is_dataclass(part):
        for field in fields(part):
            yield from _mapped(getattr(part, field.name))


def _check_parts(about: dict[str, Any], folder: Path) -> None:
    """Compiled code follows the arrays' numbers unchecked, so that they must be as written.

    A part that nobody touched since (see ``_WRITTEN``) is taken for what it was; another, copied
    perhaps, is read and compared by its checksum.
    """
    for name, part in about["parts"].items():
        found = (folder / name).stat()
        same = found.st_size == part["size"] and (
            found.st_mtime == _WRITTEN or file_digest(folder / name) == part["sha256"]
        )
        if not same:
            raise _altered(name, folder)


def _arrays(register: Register) -> Iterator[tuple[str, Any]]:
    yield "kind", register.kind
    for name, origins in _origins(register).items():
        yield f"{name}-place", origins.place
    offsets, text = register.ids.as_bytes()
    yield "id-offsets", offsets
    yield "id-text", text
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


def _origins(register: Register) -> dict[str, Origins]:
    return dict(
        zip(_ORIGINS, (register.relationship_origins, register.record_origins), strict=True)
    )


def open_register(path: str | Path) -> Register:
    """Open a register that ``save_register`` wrote. Arrays stay on disk and are memory-mapped.

    Touches sizes and times of its parts and a few small files. Raises RunError if a part is
    missing, altered or of another version.
    """
    folder = Path(path)
    check_name(folder)
    try:
        about = manifest_of(folder)
        if about["format"] != REGISTER_FORMAT:
            raise RunError(
                f"is a register of format {about['format']}, not {REGISTER_FORMAT}",
                where=folder,
                hint="make it again with this version of trustgraph",
            )
        if about["checksum"] != _checksum(about):
            raise _altered(REGISTER_MANIFEST, folder)
        _check_parts(about, folder)

        def array(name: str) -> Any:
            return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))

        def rows(name: str) -> StoredRows:
            if name not in about["batches"]:
                return stored_rows(folder, name, about[name])
            places = array(f"{name}-rows")
            return stored_rows(folder, name, *about["batches"][name], places=places)

        stored = {name: rows(name) for name in _TABLES}

        listed = pl.read_parquet(folder / "words.parquet", glob=False).group_by(
            "column", maintain_order=True
        )
        words = {name: tuple(column["word"]) for (name,), column in listed}

        places = pl.read_parquet(folder / "origins.parquet", glob=False)

        def origins(name: str) -> Origins:
            own = places.filter(pl.col("table") == name)
            begins = own["begin"].to_numpy()
            return Origins(tuple(own["file"]), begins, array(f"{name}-place"))

        def part(prefix: str, name: str) -> Any:
            name = f"{prefix}-{name}"
            if name in _CODED:
                return Coded(code=array(name), words=words.get(name, ()))
            return array(name)

        return Register(
            ids=MappedIds(array("id-offsets"), array("id-text"), stored["entities"]),
            entities=stored["entities"],
            kind=array("kind"),
            relationships=Relationships(
                **{f.name: array(f"relationship-{f.name}") for f in fields(Relationships)}
            ),
            relationship_rows=stored["relationships"],
            relationship_origins=origins("relationship"),
            adjacency=Adjacency(
                **{f.name: array(f"adjacency-{f.name}") for f in fields(Adjacency)}
            ),
            records=Records(
                **{
                    f.name: array(f"record-{f.name}")
                    for f in fields(Records)
                    if f.name not in ("types", "rows")
                },
                types=tuple(about["types"]),
                rows=stored["records"],
            ),
            record_origins=origins("record"),
            traits=Traits(**{f.name: part("trait", f.name) for f in fields(Traits)}),
            consultations=Consultations(
                **{f.name: part("consultation", f.name) for f in fields(Consultations)}
            ),
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

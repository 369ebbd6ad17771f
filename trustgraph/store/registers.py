"""Registers on disk: flat arrays that are memory-mapped, rows in Parquet, and what checks them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from trustgraph.errors import RunError
from trustgraph.register import (
    Adjacency,
    Coded,
    Consultations,
    Records,
    Register,
    Relationships,
    Traits,
)
from trustgraph.store.folders import file_digest
from trustgraph.store.rows import MappedIds, StoredRows, id_arrays, write_rows

__all__ = ["REGISTER_FORMAT", "REGISTER_MARK", "open_register", "save_register"]

REGISTER_FORMAT: Final = 3
REGISTER_MARK: Final = "register.json"
"""The file of a register that says what the others are."""
_WRITTEN: Final = 946_684_800
"""The time of writing that every part bears, in seconds: a part with another was touched since."""
_CODED: Final = (
    *(f"trait-{f.name}" for f in fields(Traits) if f.name != "identified"),
    "consultation-source",
)
_TABLES: Final = ("entities", "relationships", "records", "consultations")


def save_register(register: Register, folder: Path) -> None:
    """Write a register as Parquet files and flat ``.npy`` arrays into an existing folder."""
    tables = (
        register.entities,
        register.relationship_rows,
        register.records.rows,
        register.consultation_rows,
    )
    for name, rows in zip(_TABLES, tables, strict=True):
        write_rows(rows, folder, name)
    _words(register).write_parquet(folder / "words.parquet")
    for name, array in _arrays(register):
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    heights = dict(zip(_TABLES, map(len, tables), strict=True))
    write_mark(folder, digest=register.digest, types=register.records.types, heights=heights)


def write_mark(
    folder: Path, *, digest: str, types: tuple[str, ...], heights: dict[str, int]
) -> None:
    """Write the file that makes a folder of parts a register: what they are, their checksums."""
    parts = sorted(path for path in folder.iterdir() if path.is_file())
    for part in parts:
        os.utime(part, (_WRITTEN, _WRITTEN))
    about = {
        "format": REGISTER_FORMAT,
        "digest": digest,
        "types": list(types),
        **heights,
        "parts": {
            part.name: {"size": part.stat().st_size, "sha256": file_digest(part)} for part in parts
        },
    }
    text = json.dumps(about, ensure_ascii=False, indent=1)
    (folder / REGISTER_MARK).write_text(text, encoding="utf-8")


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
            raise RunError(
                f"{name} is not as it was written",
                where=folder,
                hint="it was cut or altered; make it again",
            )


def _arrays(register: Register) -> Iterator[tuple[str, Any]]:
    yield "kind", register.kind
    every = register.ids.gather(np.arange(len(register)))
    offsets, text = id_arrays(every)
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


def _words(register: Register) -> pl.DataFrame:
    rows = [(name, word) for name, coded in _coded(register).items() for word in coded.words]
    return pl.DataFrame(rows, schema={"column": pl.String, "word": pl.String}, orient="row")


def open_register(folder: Path) -> Register:
    """Open a register that ``save_register`` wrote. Arrays stay on disk and are memory-mapped.

    Touches sizes and times of its parts and a few small files. Raises RunError if a part is
    missing, altered or of another version.
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
        stored = {name: StoredRows(folder, name, about[name]) for name in _TABLES}

        def array(name: str) -> Any:
            return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))

        listed = pl.read_parquet(folder / "words.parquet").group_by("column", maintain_order=True)
        words = {name: tuple(column["word"]) for (name,), column in listed}

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
            traits=Traits(**{f.name: part("trait", f.name) for f in fields(Traits)}),
            consultations=Consultations(
                **{f.name: part("consultation", f.name) for f in fields(Consultations)}
            ),
            consultation_rows=stored["consultations"],
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

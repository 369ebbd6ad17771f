"""Reading a policy pack: TOML files in name order, folded onto the pack they extend, checked.

A pack is a folder. Its files are read as one document; ``extends`` names a pack (a folder beside
this one, or shipped with trustgraph) whose entries stand unless this pack has the same code or its
``drop`` lists the code.
Every problem is collected, with the file and the key it stands at, before one error is raised.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pickle
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from trustgraph.errors import PolicyError
from trustgraph.policy.build import build_policy
from trustgraph.policy.extend import CONTROL, Document, lay_entries
from trustgraph.policy.model import Policy

__all__ = ["ENTRY_TABLES", "list_policies", "read_policy"]

SHIPPED = Path(__file__).parent.parent / "policies"

_TABLES = ("pack", "channel", "control", "grade_caps")

ENTRY_TABLES = ("grade", "record", "consequence", "coverage", "measure")
"""Arrays of tables in a pack; their entries are told apart by ``code``."""


def list_policies() -> tuple[str, ...]:
    """Names of the packs that come with trustgraph, sorted."""
    return tuple(sorted(p.name for p in SHIPPED.iterdir() if p.is_dir() and any(p.glob("*.toml"))))


def read_policy(name: str | Path = "cn-national") -> Policy:
    """Read and check a pack by its shipped name or by the path of its folder.

    Raises PolicyError with every problem found; it names file and key.

    >>> policy = read_policy("cn-national")
    >>> policy.grades[0].code
    'A'
    """
    folder = _find(str(name), beside=None)
    problems: list[str] = []
    document, lineage, folders = _fold(folder, problems, ())
    canonical = json.dumps(_plain(document), sort_keys=True, ensure_ascii=False, default=str)
    fingerprint = hashlib.sha256(canonical.encode()).hexdigest()
    policy = build_policy(
        document.pack,
        pack_where=document.pack_file,
        entries=document.entries,
        channels=document.channels,
        grade_caps=document.grade_caps,
        lineage=lineage,
        fingerprint=fingerprint,
        problems=problems,
    )
    if problems:
        some = problems[:40]
        if len(problems) > len(some):
            some.append(f"… and {len(problems) - len(some)} more")
        raise PolicyError(
            f"policy pack `{name}` has {len(problems)} problem(s):",
            problems=some,
            hint="mend the pack, then run `trustgraph policy check` on it again",
        )
    return dataclasses.replace(policy, folders=folders, warnings=tuple(document.warnings))


def _find(name: str, *, beside: Path | None) -> Path:
    # What a pack extends does not depend on the folder that a command is called in.
    candidates = [Path(name) if beside is None else beside / name]
    if "/" not in name and "\\" not in name:
        candidates.append(SHIPPED / name)
    for candidate in candidates:
        if candidate.is_dir() and any(candidate.glob("*.toml")):
            return candidate
    raise PolicyError(
        f"no policy pack `{name}`",
        hint=f"give a folder with .toml files, or one of: {', '.join(list_policies())}",
    )


def _fold(
    folder: Path, problems: list[str], seen: tuple[Path, ...]
) -> tuple[Document, tuple[str, ...], tuple[Path, ...]]:
    """The pack's document on top of what it extends; names and folders from root to pack."""
    folder = folder.resolve()
    if folder in seen:
        raise PolicyError("extends itself, directly or in a ring", where=folder)
    own = _read_folder(folder, problems)
    name = own.pack.get("name")
    own_name = name if isinstance(name, str) else folder.name
    parent_name = own.pack.get("extends")
    if parent_name is None:
        return own, (own_name,), (folder,)
    if not isinstance(parent_name, str):
        problems.append(f"{own.pack_file} [pack]: `extends` must be the name of a pack")
        return own, (own_name,), (folder,)
    if not parent_name or Path(parent_name).name != parent_name or "\\" in parent_name:
        # A run keeps the packs it was made with side by side.
        raise PolicyError(
            f"`extends` names the path {parent_name}",
            where=own.pack_file,
            hint="put the two packs side by side in one folder and extend the other by its name",
        )
    parent_folder = _find(parent_name, beside=folder.parent)
    document, lineage, folders = _fold(parent_folder, problems, (*seen, folder))
    _drop(document, own, problems)
    document.pack = {**document.pack, **own.pack}
    document.pack_file = own.pack_file
    lay_entries(document, own, problems)
    return document, (*lineage, own_name), (*folders, folder)


def _drop(inherited: Document, own: Document, problems: list[str]) -> None:
    """Leave out the inherited entries that a pack does not want."""
    codes = own.pack.pop("drop", [])
    where = f"{own.pack_file} [pack]"
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        problems.append(f"{where}: `drop` must be a list of codes")
        return
    known = {entry.get("code") for items in inherited.entries.values() for _, entry in items}
    problems.extend(
        f"{where}: `drop` lists `{code}`, which no pack below has"
        for code in sorted(set(codes) - known)
    )
    for table, items in inherited.entries.items():
        inherited.entries[table] = [item for item in items if item[1].get("code") not in codes]


def _read_folder(folder: Path, problems: list[str]) -> Document:
    document = Document(pack_file=folder.name)
    for path in sorted(folder.glob("*.toml")):
        where = f"{folder.name}/{path.name}"
        try:
            data = pickle.loads(_parsed(path.read_text(encoding="utf-8-sig")))  # noqa: S301  # made here
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise PolicyError(f"is not readable as TOML: {error}", where=path) from error
        except OSError as error:
            raise PolicyError(f"cannot be read: {error.strerror}", where=path) from error
        for key, value in data.items():
            _take(document, where, key, value, problems)
    return document


@lru_cache(maxsize=128)
def _parsed(text: str) -> bytes:
    """A file of TOML, parsed once however often it is read; pickled, so that nobody changes it."""
    return pickle.dumps(tomllib.loads(text))


def _take(document: Document, where: str, key: str, value: Any, problems: list[str]) -> None:
    """Add one top-level table of one file to the document."""
    if key == CONTROL and isinstance(value, dict) and CONTROL in document.entries:
        problems.append(f"{where}: [control] stands in another file, too")
    if key in (*ENTRY_TABLES, CONTROL):
        entries = value if isinstance(value, list) else [value]
        good = [(where, entry) for entry in entries if isinstance(entry, dict)]
        document.entries.setdefault(key, []).extend(good)
        if len(good) < len(entries):
            problems.append(f"{where}: `{key}` must be written as [[{key}]]")
    elif key not in _TABLES:
        known = ", ".join((*_TABLES, *ENTRY_TABLES))
        problems.append(f"{where}: `{key}` is not a table of a pack ({known})")
    elif not isinstance(value, dict):
        problems.append(f"{where}: `{key}` must be a table")
    elif key == "grade_caps":
        if document.grade_caps is not None:
            problems.append(f"{where}: [{key}] stands in another file, too")
        document.grade_caps = (where, value)
    elif key == "pack":
        twice = sorted(value.keys() & document.pack.keys())
        problems.extend(f"{where} [pack]: `{name}` is set in another file, too" for name in twice)
        document.pack.update(value)
        document.pack_file = where
    else:
        for code, channel in value.items():
            if code in document.channels:
                problems.append(f"{where}: channel `{code}` is defined twice")
            elif not isinstance(channel, dict):
                problems.append(f"{where}: channel `{code}` must be a table")
            else:
                document.channels[code] = (where, channel)


def _plain(document: Document) -> dict[str, Any]:
    """The folded pack without the places it was read from: what the fingerprint is taken of."""
    entries: dict[str, Sequence[Mapping[str, Any]]] = {
        table: [entry for _, entry in items] for table, items in document.entries.items()
    }
    channels = {code: channel for code, (_, channel) in document.channels.items()}
    single = {} if document.grade_caps is None else {"grade_caps": document.grade_caps[1]}
    return {"pack": document.pack, "entries": entries, "channels": channels, **single}

"""A pack laid over the one that it extends: entries amended, or replaced and what is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["CONTROL", "Document", "lay_entries"]

Entry = tuple[str, Mapping[str, Any]]
"""The file of a table, and the table."""

AMEND: Final = "amend"
_WEIGHTY: Final[tuple[str, ...]] = (
    *("legal_basis", "months", "terms", "usual_months", "lasts_months", "decay", "list"),
    *("grade_cap", "channel", "measures", "tags", "repair", "route", "aggregate", "condition"),
    *("needs_naming", "named_at", "to", "from", "types", "max_age_months"),
)
"""Keys of which it is told where an entry that replaces another leaves them out."""

_LIGHT: Final = frozenset(
    {"title", "look_up", "reason", "note", "notice", "valid_from", "valid_to"}
)
"""Keys of a table of which there is one of whose absence nothing is told."""

CONTROL: Final = "control"
"""The table that may be written once, as [control], or in versions, as [[control]]."""


@dataclass(slots=True)
class Document:
    """A pack's tables before they are checked; each entry remembers the file it came from."""

    pack: dict[str, Any] = field(default_factory=dict)
    pack_file: str = ""
    entries: dict[str, list[tuple[str, Mapping[str, Any]]]] = field(default_factory=dict)
    channels: dict[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    grade_caps: tuple[str, Mapping[str, Any]] | None = None
    warnings: list[str] = field(default_factory=list)


def lay_entries(document: Document, own: Document, problems: list[str]) -> None:
    """Lay the tables of a pack over those of the pack below, in ``document``.

    An entry of the same code takes the place of the one below, all versions; with ``amend = true``
    it changes the keys that it gives and keeps the others: of all versions, or of the one whose
    ``valid_from`` it gives.
    """
    document.warnings += own.warnings
    for table, entries in own.entries.items():
        below = document.entries.get(table, [])
        amending = [entry for entry in entries if entry[1].get(AMEND) is True]
        replacing = [entry for entry in entries if entry[1].get(AMEND) is not True]
        codes = {entry.get("code") for _, entry in replacing}
        document.warnings += _left_out(table, below, replacing)
        kept = [item for item in below if item[1].get("code") not in codes]
        for where, entry in amending:
            kept = _amended(table, kept, where, entry, problems)
        plain = [(where, _without(entry)) for where, entry in replacing]
        document.entries[table] = [*kept, *plain]
    for code, (where, channel) in own.channels.items():
        inherited = document.channels.get(code)
        document.channels[code] = where, _single(inherited, channel, f"channel `{code}`", document)
    if own.grade_caps is not None:
        where, caps = own.grade_caps
        document.grade_caps = where, _single(document.grade_caps, caps, "[grade_caps]", document)


def _without(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != AMEND}


def _amended(
    table: str, below: list[Entry], where: str, entry: Mapping[str, Any], problems: list[str]
) -> list[Entry]:
    code, given = entry.get("code"), _without(entry)
    said = f"{where} [control]" if table == CONTROL else f"{where} [[{table}]] {code}"
    of_code = [item for item in below if item[1].get("code") == code]
    meant = of_code
    if "valid_from" in given:
        meant = [item for item in of_code if item[1].get("valid_from") == given["valid_from"]]
    if not meant:
        what = "version that begins then" if of_code else "entry of this code"
        problems.append(f"{said}: `amend` changes nothing: no pack below has an {what}")
        return below
    return [
        (where, {**item[1], **given}) if any(item is one for one in meant) else item
        for item in below
    ]


def _single(
    below: Entry | None, table: Mapping[str, Any], name: str, document: Document
) -> Mapping[str, Any]:
    """A table of which there is one: laid over the one below, or in its place."""
    if table.get(AMEND) is True:
        return {**(below[1] if below else {}), **_without(table)}
    left = sorted(set(below[1]) - set(table) - _LIGHT) if below else []
    if left:
        document.warnings.append(_words(name, left))
    return _without(table)


def _left_out(table: str, below: list[Entry], entries: list[Entry]) -> list[str]:
    """What replacements of entries leave out that these have."""
    found = []
    for code in dict.fromkeys(entry.get("code") for _, entry in entries):
        had = {key for _, entry in below if entry.get("code") == code for key in entry}
        has = {key for _, entry in entries if entry.get("code") == code for key in entry}
        weighty = sorted(had - _LIGHT) if table == CONTROL else _WEIGHTY
        left = [key for key in weighty if key in had - has]
        if left:
            found.append(_words("[control]" if table == CONTROL else f"[[{table}]] `{code}`", left))
    return found


def _words(name: str, left: list[str]) -> str:
    keys = ", ".join(f"`{key}`" for key in left)
    return (
        f"{name} takes the place of the one below and leaves out {keys}; "
        "`amend = true` keeps what is not given"
    )

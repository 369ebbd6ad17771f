"""Graphs as FollowTheMoney entities, a line each (Aleph, OpenSanctions, yente).

FollowTheMoney has no branch: one is an ``Organization`` with its head office as ``parent``. Shares
may only be held in what is a ``Company`` there; where an end is of another schema, the relationship
is an ``UnknownLink`` that says in ``role`` what it is. Scores have no place: they are ``notes``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from trustgraph.exports.graph_json import json_text
from trustgraph.exports.source import Source, edges_of, rows_of

__all__ = ["write_ftm"]

_SCHEMAS: Final = {
    "company": "Company",
    "branch": "Organization",
    "person": "Person",
    "public_body": "PublicBody",
    "other": "Organization",
}
_ORGANISATIONS: Final = frozenset({"company", "branch", "public_body", "other"})
_LINKS: Final = {  # schema, source, target; of which kinds each must be
    "shareholder": ("Ownership", "owner", "asset", frozenset(_SCHEMAS), frozenset({"company"})),
    "actual_controller": (
        *("Control", "controller", "controlled"),
        *(frozenset(_SCHEMAS), frozenset(_SCHEMAS)),
    ),
    **{
        kind: ("Directorship", "director", "organization", frozenset(_SCHEMAS), _ORGANISATIONS)
        for kind in ("legal_representative", "director", "supervisor", "senior_manager")
    },
    "employee": ("Employment", "employee", "employer", frozenset({"person"}), _ORGANISATIONS),
    "consortium": ("Membership", "member", "organization", frozenset(_SCHEMAS), _ORGANISATIONS),
    "successor": (
        *("Succession", "predecessor", "successor"),
        *(frozenset(_SCHEMAS), frozenset(_SCHEMAS)),
    ),
}
_TOPICS: Final = {"BLOCKED": "sanction.linked"}
_MAX_ID: Final = 200


def write_ftm(source: Source, path: Path) -> None:
    """Parties, relationships and records as entities; every value is a list of texts."""
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(f"{json_text(one)}\n" for one in _entities(source))


def _entities(source: Source) -> Iterator[dict[str, Any]]:
    heads: dict[str, str] = {}
    for row in rows_of(source, "edges"):
        if row["kind"] == "branch" and row["current"] and row["source"] != row["target"]:
            heads[row["target"]] = row["source"]
    for row in rows_of(source, "nodes"):
        yield _party(row, heads.get(row["id"]), source.about)
    for row, kinds in edges_of(source):
        yield _link(row, *kinds)
    for row in rows_of(source, "records"):
        yield _record(row)


def _entity(schema: str, number: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        name: [str(one) for one in (value if isinstance(value, list) else [value])]
        for name, value in properties.items()
        if value not in (None, "", [])
    }
    return {"id": number, "schema": schema, "properties": told}


def _id(entity: str) -> str:
    """An id that FollowTheMoney's users can put into an address."""
    safe = entity.isascii() and all(one.isalnum() or one in "-_.:" for one in entity)
    if safe and len(entity) <= _MAX_ID:
        return f"tg-{entity}"
    return f"tg-{hashlib.blake2b(entity.encode(), digest_size=16).hexdigest()}"


def _party(row: dict[str, Any], head: str | None, about: Mapping[str, Any]) -> dict[str, Any]:
    if row["kind"] == "person":
        named = f"named for: {about['purpose']}" if about.get("purpose") else None
        return _entity("Person", _id(row["id"]), {"name": row["name"], "notes": named})
    names = list(dict.fromkeys(filter(None, (row["name"], row.get("name_en")))))
    verdicts = set(row.get("verdicts", ()))
    country = (row.get("jurisdiction") or "").lower()[:2]
    topics = [topic for verdict, topic in _TOPICS.items() if verdict in verdicts]
    if row.get("black"):
        topics.append("debarment")
    return _entity(
        _SCHEMAS[row["kind"]],
        _id(row["id"]),
        {
            "name": names[:1],
            "alias": names[1:],
            "uscCode": row.get("uscc"),
            "leiCode": row.get("lei"),
            "registrationNumber": row["id"],
            "jurisdiction": country if country.isalpha() else None,
            "incorporationDate": row.get("start"),
            "dissolutionDate": row.get("end"),
            "status": row.get("status"),
            "sector": row.get("industry"),
            "parent": None if head is None else _id(head),
            "topics": topics,
            "sourceUrl": row.get("source_url"),
            "notes": _note(row, about),
        },
    )


def _note(row: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    policy = about["policy"]
    score = f"{row['score']:.2f}" if row.get("grade") not in (None, "NR") else "not rated"
    return (
        f"trustgraph as of {about['as_of']}, policy {policy['name']} {policy['version']}: "
        f"score {score}, grade {row.get('grade', 'NR')} ({row.get('grade_reason', '')}), "
        f"coverage {100 * row.get('coverage', 0.0):.0f} %"
    )


def _link(row: dict[str, Any], from_kind: str, to_kind: str) -> dict[str, Any]:
    number = f"tg-edge-{row['id']}"
    told: dict[str, Any] = {
        "role": row["kind"].replace("_", " "),
        "startDate": row.get("start"),
        "endDate": row.get("end"),
        "sourceUrl": row.get("source_url"),
        "recordId": str(row["id"]),
    }
    begin, end = _id(row["source"]), _id(row["target"])
    known = _LINKS.get(row["kind"])
    if known is not None:
        schema, source, target, from_kinds, to_kinds = known
        if from_kind in from_kinds and to_kind in to_kinds:
            if schema == "Ownership":
                told["percentage"] = _percentage(row)
            return _entity(schema, number, {source: begin, target: end, **told})
    share = _percentage(row)
    if share is not None:
        told["summary"] = f"share {share}"
    return _entity("UnknownLink", number, {"subject": begin, "object": end, **told})


def _percentage(row: Mapping[str, Any]) -> str | None:
    """A share as a text: of a range both ends."""
    if row.get("share_low") is None:
        return None
    low, high = (f"{100 * row[name]:.7g}" for name in ("share_low", "share_high"))
    return f"{low}%" if low == high else f"{low}%-{high}%"


def _record(row: dict[str, Any]) -> dict[str, Any]:
    """A list entry is a ``Sanction``; any other record, an honour too, has no legal force there."""
    schema = "Sanction" if row.get("list") == "black" else "Risk"
    return _entity(
        schema,
        f"tg-record-{_id(row['id'])}",
        {
            "entity": _id(row["entity"]),
            "authority": row.get("authority"),
            "program": row["title"],
            "reason": row.get("ground"),
            "status": row.get("status"),
            "listingDate": row["decided_on"],
            "startDate": row["decided_on"],
            "endDate": row.get("ends_on"),
            "recordId": row.get("doc_no") or row["id"],
            "sourceUrl": row.get("source_url"),
        },
    )

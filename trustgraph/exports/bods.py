"""Graphs as statements of the Beneficial Ownership Data Standard 0.4.

Who owns and who holds a post is what the standard has words for: other relationships are left out
and counted. Records and scores become annotations of the entity's statement. Statements of parties
come before those of relationships, which refer to them.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from trustgraph.exports.graph_json import json_lines
from trustgraph.exports.source import Source, edges_of, rows_of

__all__ = ["write_bods"]

_INTERESTS: Final = {
    "shareholder": "shareholding",
    "actual_controller": "otherInfluenceOrControl",
    "legal_representative": "seniorManagingOfficial",
    "senior_manager": "seniorManagingOfficial",
    "director": "boardMember",
    "supervisor": "boardMember",
}
_TYPES: Final = {
    "company": {"type": "registeredEntity"},
    "branch": {"type": "registeredEntity", "details": "branch"},
    "public_body": {"type": "stateBody"},
    "other": {"type": "legalEntity"},
}
_CODE: Final = re.compile(r"[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?")


def write_bods(source: Source, path: Path) -> dict[str, int]:
    """An array of statements; how many relationships have no words there, by kind."""
    left: Counter[str] = Counter()
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write("[\n")
        out.writelines(json_lines(_statements(source, left)))
        out.write("]\n")
    return dict(left)


def _statements(source: Source, left: Counter[str]) -> Iterator[dict[str, Any]]:
    notes: dict[str, list[str]] = defaultdict(list)
    for row in rows_of(source, "records"):
        notes[row["entity"]].append(_record_words(row))
    for row in rows_of(source, "nodes"):
        said = notes.pop(row["id"], [])
        if row["kind"] == "person":
            if source.about.get("purpose"):
                said = [f"named for: {source.about['purpose']}", *said]
            yield _statement(source.about, "person", row["id"], _person(row, source.about), said)
        else:
            said = [_score_words(row, source.about), *said]
            yield _statement(source.about, "entity", row["id"], _party(row), said)
    for row, (_, held) in edges_of(source):
        known = _INTERESTS.get(row["kind"])
        if known is None or held == "person":
            left[row["kind"]] += 1
            continue
        number = f"relationship-{row['id']}"
        told = {
            "isComponent": False,
            "subject": row["target"],
            "interestedParty": row["source"],
            "interests": [_interest(row, known)],
        }
        url = row.get("source_url")
        yield _statement(source.about, "relationship", number, told, [], row["target"], url)


def _statement(
    about: Mapping[str, Any],
    kind: str,
    number: str,
    details: Mapping[str, Any],
    notes: list[str],
    subject: str | None = None,
    url: str | None = None,
) -> dict[str, Any]:
    day, policy = about["as_of"], about["policy"]
    meant = "\x00".join((kind, number, day, policy["fingerprint"], repr(details)))
    made: dict[str, Any] = {
        "statementId": hashlib.blake2b(meant.encode(), digest_size=16).hexdigest(),
        "declarationSubject": subject or number,
        "statementDate": day,
        "recordId": number,
        "recordType": kind,
        "recordStatus": "new",
        "recordDetails": details,
        "publicationDetails": {
            "publicationDate": day,
            "bodsVersion": "0.4",
            "publisher": {"name": "trustgraph"},
        },
    }
    if notes:
        made["annotations"] = [
            {
                "motivation": "commenting",
                "statementPointerTarget": "/recordDetails",
                "creationDate": day,
                "description": note,
            }
            for note in notes
        ]
    if url and re.match(r"https?://\S+$", url):
        made["source"] = {"url": url}
    return made


def _party(row: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"isComponent": False, "entityType": _TYPES[row["kind"]]}
    found["name"] = row["name"]
    if row.get("name_en") and row["name_en"] != row["name"]:
        found["alternateNames"] = [row["name_en"]]
    code = row.get("jurisdiction")
    if code:
        found["jurisdiction"] = {"name": code}
        if _CODE.fullmatch(code):
            found["jurisdiction"]["code"] = code.upper()
    codes = (
        ("uscc", "CN-SAIC", "Unified social credit code"),
        ("lei", "XI-LEI", "Legal Entity Identifier"),
    )
    identifiers = [
        {"id": row[name], "scheme": scheme, "schemeName": words}
        for name, scheme, words in codes
        if row.get(name)
    ]
    if identifiers:
        found["identifiers"] = identifiers
    for name, target in (("start", "foundingDate"), ("end", "dissolutionDate")):
        if row.get(name) is not None:
            found[target] = row[name]
    return found


def _person(row: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    """A person: under a pseudonym an anonymous one, of whom nothing else is told."""
    if about["masked"]:
        return {"isComponent": False, "personType": "anonymousPerson"}
    names = [{"type": "legal", "fullName": row["name"]}]
    return {"isComponent": False, "personType": "knownPerson", "names": names}


def _interest(row: Mapping[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": kind,
        "directOrIndirect": "direct",
        "details": row["kind"].replace("_", " "),
    }
    low = row.get("share_low")
    if low is not None:
        least, most = round(100 * low, 7), round(100 * row["share_high"], 7)
        found["share"] = {"exact": least} if least == most else {"minimum": least, "maximum": most}
    # The standard drops an interest on its end, as a relationship here ends on its.
    for name, target in (("start", "startDate"), ("end", "endDate")):
        if row.get(name) is not None:
            found[target] = row[name]
    return found


def _score_words(row: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    policy, grade = about["policy"], row.get("grade", "NR")
    score = "not rated" if grade == "NR" else f"score {row['score']:.2f}, grade {grade}"
    coverage = f"coverage {100 * row.get('coverage', 0.0):.0f} %"
    return f"trustgraph, {policy['name']} {policy['version']}: {score}, {coverage}"


def _record_words(row: Mapping[str, Any]) -> str:
    parts = [row["title"], f"decided {row['decided_on']}"]
    parts += [row[name] for name in ("authority", "doc_no") if row.get(name)]
    if row.get("ends_on") is not None:
        parts.append(f"until {row['ends_on']}")
    return " · ".join(parts)

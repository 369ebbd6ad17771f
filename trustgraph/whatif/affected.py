"""What changes can reach: the entities of which anything may be otherwise afterwards.

Sets are larger than they must be, never smaller.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trustgraph.exposure.incremental import touched_ends
from trustgraph.policy import Rule
from trustgraph.register import Int64, Register
from trustgraph.schema import KIND_CODES
from trustgraph.scoring.local import Asked
from trustgraph.scoring.neighbourhood import law_beyond, owned_below, serves_law

__all__ = ["Reach", "below", "beyond", "reach_of"]

_OWNING = (KIND_CODES["shareholder"], KIND_CODES["actual_controller"])


@dataclass(frozen=True, slots=True)
class Reach:
    """Who is touched by changes (int64, ascending; numbers of the overlay).

    ``tied`` are the ends of changed relationships, and changed entities; ``subjects`` those of
    changed records, ``types`` the codes of these by subject. ``sources`` are the entities whose
    records may weigh otherwise on anybody. ``owned`` are those whose owners or controllers, theirs
    and so on, may be others.
    """

    tied: Int64
    subjects: Int64
    types: dict[int, set[str]]
    sources: Int64
    owned: Int64

    def touching(self, asked: Asked, rule: Rule) -> Int64:
        """By way of whom changes come into a rule."""
        codes = asked.set_off_by(rule)
        subjects = [who for who, types in self.types.items() if types & codes]
        found = np.union1d(self.tied, np.array(subjects, dtype=np.int64))
        return np.union1d(found, self.owned) if serves_law(asked.control) else found


def reach_of(before: Asked, after: Asked) -> Reach:
    """Whom changes touch."""
    overlay = after.overlay
    register = overlay.register
    tied = touched_ends(overlay)
    types = _types(register, overlay.removed.records)
    upserted = overlay.records
    for entity, code in zip(upserted.entity.tolist(), upserted.type_code.tolist(), strict=True):
        types.setdefault(entity, set()).add(upserted.types[code])
    subjects = np.array(sorted(types), dtype=np.int64)
    near = [tied]
    for _ in range(after.policy.max_hops):
        near.append(overlay.beside(near[-1], today=after.today))
    around = np.unique(np.concatenate(near)) if len(tied) else tied
    held = np.unique(register.records.entity[register.records.of(around[around < len(register)])])
    held = np.union1d(held, np.intersect1d(upserted.entity, around)).astype(np.int64)
    return Reach(
        tied=tied,
        subjects=subjects,
        types=types,
        sources=np.union1d(subjects, held),
        owned=_owned(before, after),
    )


def _types(register: Register, records: Int64) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for record in records.tolist():
        code = register.records.types[register.records.type_code[record]]
        found.setdefault(int(register.records.entity[record]), set()).add(code)
    return found


def _owned(before: Asked, after: Asked) -> Int64:
    """Whoever lies below an end of a stake or control that changed, or a changed entity."""
    overlay = after.overlay
    relationships, removed = overlay.register.relationships, overlay.removed.relationships
    removed = removed[np.isin(relationships.kind[removed], _OWNING)]
    upserted = np.isin(overlay.relationships.kind, _OWNING)
    ends = (
        *(relationships.source[removed], relationships.target[removed]),
        *(overlay.relationships.source[upserted], overlay.relationships.target[upserted]),
        *(overlay.numbers, overlay.removed.entities),
    )
    touched = np.unique(np.concatenate(ends)).astype(np.int64)
    return (
        np.unique(np.concatenate(list(_both(before, after, touched)))) if len(touched) else touched
    )


def _both(before: Asked, after: Asked, entities: Int64) -> Iterator[Int64]:
    for asked in (before, after):
        known = entities[entities < len(asked.overlay)]
        yield owned_below(asked.overlay, known, today=asked.today)


def below(before: Asked, after: Asked, entities: Int64) -> Int64:
    """The entities and whom they own or control by record, before or after (ascending)."""
    return np.unique(np.concatenate(list(_both(before, after, entities))))


def beyond(before: Asked, after: Asked, rule: Rule, entities: Int64) -> Int64:
    """Whom consequences of a rule may reach by way of some entities, before or after."""
    found = [
        law_beyond(asked.overlay, asked.policy, rule, known, today=asked.today)
        for asked in (before, after)
        if len(known := entities[entities < len(asked.overlay)])
    ]
    return np.unique(np.concatenate([entities[:0], *found]))

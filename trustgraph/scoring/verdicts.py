"""Verdicts: what a reader must know before any number.

They are bits of a whole number per entity, in the order in which they are told: deregistered,
revoked, blocked, possibly blocked, listed, the pack's measures, old, not rated.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from trustgraph.policy import Policy
from trustgraph.records.as_of import RecordState
from trustgraph.register import Bool, Int64, Register, UInt8, slice_of

__all__ = [
    "BEFORE_MEASURES",
    "BLOCKED",
    "DEREGISTERED",
    "LISTED",
    "NOT_RATED_VERDICT",
    "OLD",
    "POSSIBLY_BLOCKED",
    "REVOKED",
    "verdict_codes",
    "verdict_words",
    "verdicts_of",
]

DEREGISTERED: Final = "DEREGISTERED"
REVOKED: Final = "REVOKED"
BLOCKED: Final = "BLOCKED"
POSSIBLY_BLOCKED: Final = "POSSIBLY_BLOCKED"
LISTED: Final = "LISTED"
OLD: Final = "OLD"
NOT_RATED_VERDICT: Final = "NOT_RATED"

BEFORE_MEASURES: Final = (DEREGISTERED, REVOKED, BLOCKED, POSSIBLY_BLOCKED, LISTED)


def verdict_codes(policy: Policy) -> tuple[str, ...]:
    """All verdicts of a pack, in the order in which they are told; the place of each is its bit."""
    return (*BEFORE_MEASURES, *policy.verdict_measures, OLD, NOT_RATED_VERDICT)


def verdicts_of(
    register: Register,
    policy: Policy,
    record_state: RecordState,
    span: tuple[int, int],
    *,
    blocked: UInt8,
    rated: Bool,
) -> Int64:
    """The verdicts on the entities from ``span[0]`` to before ``span[1]``, as bits.

    ``blocked`` (0 no, 1 possible, 2 yes) and ``rated`` have one element for each of them.
    """
    first, beyond = span
    bit = {code: np.int64(1) << place for place, code in enumerate(verdict_codes(policy))}
    found = np.zeros(beyond - first, dtype=np.int64)
    status = register.traits.status
    codes = status.code[first:beyond]
    for word, verdict in (("deregistered", DEREGISTERED), ("revoked", REVOKED)):
        if word in status.words:
            found[codes == status.words.index(word) + 1] |= bit[verdict]
    found[blocked == 2] |= bit[BLOCKED]
    found[blocked == 1] |= bit[POSSIBLY_BLOCKED]
    own = slice_of(register.records.entity, *span)
    entity = register.records.entity[own] - first
    of_type = _of_types(register, policy, record_state, bit)
    codes_of_own = register.records.type_code[own]
    brought = np.where(record_state.counts[own], of_type[codes_of_own], 0)
    np.bitwise_or.at(found, entity, brought)
    np.bitwise_or.at(found, entity, np.where(record_state.black[own], bit[LISTED], 0))
    np.bitwise_or.at(found, entity, np.where(record_state.old[own], bit[OLD], 0))
    found[~rated] |= bit[NOT_RATED_VERDICT]
    return found


def _of_types(
    register: Register, policy: Policy, record_state: RecordState, bit: dict[str, np.int64]
) -> Int64:
    """By type, the verdicts that a counting record brings by its measures."""
    found = [0]
    for code in register.records.types:
        version = policy.record_type(code, record_state.as_of)
        measures = () if version is None else version.measures
        found.append(sum(int(bit[one]) for one in set(measures) & set(policy.verdict_measures)))
    return np.array(found[1:] or found, dtype=np.int64)


def verdict_words(policy: Policy, found: Int64) -> pl.Series:
    """Verdicts as lists of codes."""
    codes = verdict_codes(policy)
    distinct, place = np.unique(found, return_inverse=True)
    words = [[c for n, c in enumerate(codes) if mask >> n & 1] for mask in distinct.tolist()]
    lists = pl.Series("verdicts", words, dtype=pl.List(pl.String))
    return lists.gather(place.astype(np.uint32))

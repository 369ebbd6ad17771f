"""The smallest set of records whose repair would lift an entity to the next grade.

Repairing a record takes away its line, the caps it causes, and may revive positive records that
only stood void because of it. A grade is reached when the score is high enough and no cap is left,
so the records that cap are a must; the rest is the question of how few lines make up the points.

That is answered exactly. With own lines ``o``, positive exposure ``p``, negative exposure ``n`` and
the exposure cap ``c``, the score is ``base + o + p + max(n, -c)``, which is the larger of
``base + o + p + n`` and ``base + o + p - c``. Either is a plain sum over records, except that
reviving needs *all* black records of one entity at once. So records are gathered by entity into
options "repair k of these, gain this much", and options are combined over entities, least count
first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Candidate", "Remedy", "RepairInputs", "smallest_repair"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that weighs on the entity. ``gain`` is what its line costs (less than 0: brings).

    ``capped`` tells whether the gain is subject to the exposure cap: a partner's negative record.
    ``black`` records of one ``subject`` void its positive records.
    ``must`` marks records that cap the grade below the wanted one; ``can`` those that the law
    lets be repaired.
    """

    record: str
    subject: str
    gain: int
    capped: bool = False
    black: bool = False
    must: bool = False
    can: bool = True


@dataclass(frozen=True, slots=True)
class RepairInputs:
    """Where an entity stands: all amounts in micro-points.

    ``revived`` maps a subject to what its void positive records would add if all its black records
    were repaired. ``wanted`` is the least score of the next grade; ``cap`` the exposure cap.
    """

    base: int
    own: int
    positive: int
    negative: int
    cap: int | None
    floor: int
    ceiling: int
    wanted: int
    candidates: tuple[Candidate, ...]
    revived: dict[str, int]


@dataclass(frozen=True, slots=True)
class Remedy:
    """``records`` to repair, and the score after; ``blocked`` are musts that cannot be repaired.

    No records and no blocked ones: the wanted score cannot be reached by repair at all.
    """

    records: tuple[str, ...]
    score_after: int | None
    blocked: tuple[str, ...] = ()


_Choice = tuple[int, tuple[str, ...]]


def smallest_repair(inputs: RepairInputs) -> Remedy:
    """The fewest records; among as few, those that gain most, then by record id."""
    blocked = tuple(sorted(c.record for c in inputs.candidates if c.must and not c.can))
    if blocked:
        return Remedy((), None, blocked)
    if inputs.wanted > inputs.ceiling:
        return Remedy((), None)
    found: list[tuple[int, int, tuple[str, ...]]] = []
    # (a) the cap does not bind after the repair: every line counts; (b) it binds: only own ones.
    bounds = [(inputs.base + inputs.own + inputs.positive + inputs.negative, True)]
    if inputs.cap is not None:
        bounds.append((inputs.base + inputs.own + inputs.positive - inputs.cap, False))
    for start, exposure_counts in bounds:
        need = inputs.wanted - start
        if inputs.wanted <= inputs.floor:
            need = -(10**18)
        choice = _fewest(inputs, need, exposure_counts=exposure_counts)
        if choice is not None:
            gain, records = choice
            found.append((len(records), -gain, records))
    if not found:
        return Remedy((), None)
    records = min(found)[2]
    return Remedy(records, _score_after(inputs, set(records)))


def _score_after(inputs: RepairInputs, repaired: set[str]) -> int:
    removed = [c for c in inputs.candidates if c.record in repaired]
    own = inputs.own + sum(c.gain for c in removed if not c.capped)
    negative = inputs.negative + sum(c.gain for c in removed if c.capped)
    if inputs.cap is not None:
        negative = max(negative, -inputs.cap)
    revived = sum(
        amount
        for subject, amount in inputs.revived.items()
        if all(c.record in repaired for c in _black_of(inputs.candidates, subject))
    )
    score = inputs.base + own + inputs.positive + negative + revived
    return min(max(score, inputs.floor), inputs.ceiling)


def _black_of(candidates: Iterable[Candidate], subject: str) -> list[Candidate]:
    return [c for c in candidates if c.subject == subject and c.black]


def _fewest(inputs: RepairInputs, need: int, *, exposure_counts: bool) -> _Choice | None:
    """The fewest records that gain at least ``need`` and contain every must; None if none do."""

    def gain(candidate: Candidate) -> int:
        return candidate.gain if exposure_counts or not candidate.capped else 0

    able = [c for c in inputs.candidates if c.can]
    special = {subject for subject, amount in inputs.revived.items() if amount > 0}
    plain = [c for c in able if c.subject not in special]
    groups = [_options(plain, gain, ())]
    for subject in sorted(special):
        black = _black_of(inputs.candidates, subject)
        group = [c for c in able if c.subject == subject]
        options = _options(group, gain, ())
        if black and all(c.can for c in black):
            revived = inputs.revived[subject]
            forced = _options(group, gain, tuple(c.record for c in black))
            options = _merged(options, {k: (g + revived, r) for k, (g, r) in forced.items()})
        groups.append(options)
    best: dict[int, _Choice] = {0: (0, ())}
    for options in groups:
        best = _combined(best, options)
    for count in sorted(best):
        if best[count][0] >= need:
            return best[count]
    return None


def _options(
    group: Sequence[Candidate], gain: Callable[[Candidate], int], forced: tuple[str, ...]
) -> dict[int, _Choice]:
    """For each count, the most that repairing so many of a group gains; musts always in."""
    must = [c for c in group if c.must or c.record in forced]
    free = sorted(
        (c for c in group if not (c.must or c.record in forced) and gain(c) > 0),
        key=lambda c: (-gain(c), c.record),
    )
    total = sum(gain(c) for c in must)
    records = tuple(sorted(c.record for c in must))
    options = {len(records): (total, records)}
    for candidate in free:
        total += gain(candidate)
        records = (*records, candidate.record)
        options[len(records)] = (total, records)
    return options


def _merged(one: dict[int, _Choice], other: dict[int, _Choice]) -> dict[int, _Choice]:
    return {
        count: max(
            (options[count] for options in (one, other) if count in options),
            key=lambda choice: choice[0],
        )
        for count in one.keys() | other.keys()
    }


def _combined(best: dict[int, _Choice], options: dict[int, _Choice]) -> dict[int, _Choice]:
    found: dict[int, _Choice] = {}
    for count, (gain, records) in best.items():
        for more, (extra, others) in options.items():
            total = count + more
            if total not in found or gain + extra > found[total][0]:
                found[total] = (gain + extra, (*records, *others))
    return found

"""Risk subgraphs: one question of six, answered as tables under a node budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from trustgraph.api.queries import Source, session_from
from trustgraph.errors import UsageError
from trustgraph.query.session import Session
from trustgraph.schema import KIND_CODES
from trustgraph.subgraphs.parts import Following
from trustgraph.subgraphs.selection import (
    BUDGET,
    FAMILY_SHARE,
    LONGEST,
    Selected,
    around_some,
    between_two,
    evidence_of_some,
    family_of,
    reached_by,
    these_alone,
)
from trustgraph.subgraphs.subgraph import Subgraph, subgraph_of

__all__ = ["extract"]

_FOLLOWING: Final = ("around", "between")
_AT_ONCE: Final = 20_000
"""Of so many parties the results are read at once, of more one after the other."""
MOST: Final = 1_000_000
"""Parties that a budget may allow: beyond that a run itself is exported."""


def extract(  # noqa: PLR0913  # six questions, of which one is asked
    source: Source,
    *,
    around: str | Sequence[str] = (),
    evidence: str | Sequence[str] = (),
    between: Sequence[str] = (),
    among: Sequence[str] = (),
    family: str | None = None,
    record: str | None = None,
    hops: int | None = None,
    kinds: Sequence[str] = (),
    past: bool = False,
    min_strength: float = 0.0,
    min_share: float = FAMILY_SHARE,
    budget: int = BUDGET,
    **asked: Any,
) -> Subgraph:
    """The subgraph that answers one question, as typed tables.

    One of: ``around`` (one or several ids: the parties within ``hops`` relationships, default 2),
    ``evidence`` (only the chains that carry lines of their ledgers or their consequences),
    ``between`` (two ids: whoever lies on a path of at most ``hops`` relationships from one to the
    other, default 4; the two alone where there is none), ``among`` (exactly these, and what joins
    them; it is all about the first), ``family`` (who owns or controls an entity at any height, and
    all that they hold, by shares of at least ``min_share``, also looked through), ``record`` (all
    that one record reaches).

    ``kinds`` (default: all), ``past`` (those that have ended, too) and ``min_strength`` (the most
    that a walk over a relationship may keep of a weight, 0 to 1) say which relationships ``around``
    and ``between`` follow. At most ``budget`` parties; what was cut, and by which rule, stands in
    ``about``. ``source`` and ``asked`` are as in ``explain``: persons are masked unless ``unmask``;
    ``purpose`` (among ``asked``) then says what for, and stands in ``about``.
    Raises UnknownEntityError, UsageError, and what ``open_session`` does.

    >>> import polars as pl, trustgraph as tg
    >>> entities = pl.DataFrame(
    ...     {"id": ["A", "B"], "kind": ["company"] * 2, "name": ["Acme", "Best"]}
    ... )
    >>> held = {"source": ["A"], "target": ["B"], "kind": ["shareholder"], "share": [0.6]}
    >>> result = tg.score(tg.check_tables(entities, pl.DataFrame(held)), as_of="2026-06-30")
    >>> found = tg.extract(result, around="B")
    >>> found.edges.select("source", "target", "share_low").rows()
    [('A', 'B', 0.6)]
    """
    questions = {
        "around": around,
        "evidence": evidence,
        "between": between,
        "among": among,
        "family": family,
        "record": record,
    }
    given = [name for name, value in questions.items() if value]
    if len(given) != 1:
        raise UsageError(
            f"one question is wanted, not {len(given)}", hint=f"give one of {', '.join(questions)}"
        )
    _check_bounds(budget, hops, {"min_strength": min_strength, "min_share": min_share})
    unknown = [name for name in kinds if name not in KIND_CODES]
    if unknown:
        raise UsageError(
            f"no kind of relationship is called `{unknown[0]}`",
            hint=f"one of {', '.join(KIND_CODES)}",
        )
    if given[0] not in _FOLLOWING and (hops is not None or kinds or min_strength):
        raise UsageError(
            f"hops, kinds and min_strength mean nothing for {given[0]}",
            hint=f"they are for {' and '.join(_FOLLOWING)}",
        )
    purpose = asked.pop("purpose", None)
    session = session_from(source, asked)
    following = Following(kinds=tuple(kinds), past=past, min_strength=min_strength)
    if purpose and not session.unmask:
        raise UsageError("a purpose means nothing while persons are masked", hint="leave it out")
    told: dict[str, Any] = {"budget": budget, **({"purpose": purpose} if purpose else {})}
    if given[0] == "family":
        whose = session.number(str(family))
        told["family"] = session.shown_id(whose)
        chosen = family_of(session, whose, budget=budget, min_share=min_share, past=past)
        return subgraph_of(session, chosen, told | {"min_share": min_share}, Following(past=past))
    if given[0] in _FOLLOWING:
        told |= {"kinds": list(kinds), "past": past, "min_strength": min_strength}
    if given[0] == "among":
        following, told = Following(past=past), told | {"past": past}
    value = questions[given[0]] or ()
    names = [value] if isinstance(value, str) else list(value)
    if given[0] == "record":
        chosen = reached_by(session, names[0], budget=budget)
    else:
        numbers = list(dict.fromkeys(map(session.number, names)))
        if given[0] == "between" and len(numbers) != 2:
            raise UsageError("between wants two ids", hint="for example between=('A', 'B')")
        if 1 < len(numbers) <= _AT_ONCE:
            session = session.about(numbers, ("consequences", "ledger"))
        chosen = _chosen(session, given[0], numbers, hops, budget, following)
    # As they are shown: whoever asks by a person's id does not hand it on.
    told[given[0]] = record or [session.shown_id(one) for one in chosen.centres]
    return subgraph_of(session, chosen, told, following)


def _check_bounds(budget: int, hops: int | None, shares: Mapping[str, float]) -> None:
    """Raise UsageError for a number that nothing can be asked with."""
    if not 1 <= budget <= MOST:
        raise UsageError(f"a budget of {budget} parties cannot be", hint=f"give 1 to {MOST:,}")
    if hops is not None and hops < 0:
        raise UsageError(f"{hops} relationships cannot be walked", hint="give hops of 0 or more")
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise UsageError(f"a {name} of {share} cannot be", hint="give 0 to 1")


def _chosen(
    session: Session,
    name: str,
    numbers: list[int],
    hops: int | None,
    budget: int,
    following: Following,
) -> Selected:
    if name == "among":
        return these_alone(session, numbers, budget=budget)
    if name == "evidence":
        return evidence_of_some(session, numbers, budget=budget)
    if name == "around":
        steps = 2 if hops is None else hops
        return around_some(session, numbers, hops=steps, budget=budget, following=following)
    longest = LONGEST if hops is None else hops
    ends = numbers[0], numbers[-1]
    return between_two(session, *ends, longest=longest, budget=budget, following=following)

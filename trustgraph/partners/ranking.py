"""Which scored organisations fit what is asked, the least trusted first: the list for the boss."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
import polars as pl

from trustgraph.errors import UsageError
from trustgraph.partners.costs import costliest_of
from trustgraph.policy import NOT_RATED
from trustgraph.query.owners import owned_by
from trustgraph.query.session import Session
from trustgraph.query.summary import summaries_of
from trustgraph.query.verdicts import listed_behind_told
from trustgraph.register import Bool, Int64
from trustgraph.schema import ENTITY_KINDS
from trustgraph.scoring.verdicts import verdict_codes
from trustgraph.tables.suggestions import near

__all__ = ["SORTS", "Sort", "ranking_of", "rows_told"]

Sort = Literal["grade", "score", "coverage", "name", "entity"]
SORTS: Final = ("grade", "score", "coverage", "name", "entity")
_PERSON: Final = ENTITY_KINDS.index("person")


def ranking_of(
    session: Session,
    scores: pl.LazyFrame,
    *,
    grades: Collection[str] = (),
    verdicts: Collection[str] = (),
    begins: Mapping[str, str | None],
    owner: str | None = None,
    min_coverage: float | None = None,
    max_coverage: float | None = None,
    entities: Sequence[str] | None = None,
    order: tuple[Sort, bool] = ("grade", False),
    limit: int | None = 20,
    kept: bool = False,
) -> dict[str, Any]:
    """Organisations of a run that fit all that is asked; see ``trustgraph.ranking``.

    ``scores`` are the run's; ``begins`` what ``industry`` and ``region`` are to begin with. Gives
    ``as_of``, ``total`` (how many fit) and ``rows``, at most ``limit``. ``order`` is by what, and
    whether descending; ``kept`` is as in ``rows_told``.
    """
    sort, descending = order
    _check(session, grades, verdicts, sort)
    wanted = ["entity", "score_micro", "grade", "coverage", *(["verdicts"] if verdicts else [])]
    wanted += ["name"] if sort == "name" else []
    frame = scores.select(wanted).collect()
    numbers = np.flatnonzero(session.register.kind[:] != _PERSON)
    fits = np.ones(len(numbers), dtype=np.bool_)
    traits = session.register.traits
    for name, prefix in begins.items():
        if prefix is not None:
            fits &= _begins(getattr(traits, name), prefix)[numbers]
    if owner is not None:
        fits &= np.isin(numbers, _owned(session, owner))
    if entities is not None:
        fits &= np.isin(numbers, [session.number(one) for one in entities])
    keep = pl.Series(fits)
    tests = []
    if grades:
        tests.append(pl.col("grade").is_in(list(grades)))
    if verdicts:
        tests.append(pl.col("verdicts").list.set_intersection(list(verdicts)).list.len() > 0)
    if min_coverage is not None:
        tests.append(pl.col("coverage") >= min_coverage)
    if max_coverage is not None:
        tests.append(pl.col("coverage") <= max_coverage)
    found = frame.with_columns(number=pl.Series(numbers)).filter(keep, *tests)
    by = [{"score": "score_micro", "grade": "__rank"}.get(sort, sort)]
    if sort == "grade":
        found = found.with_columns(__rank=_rank(session))
        by.append("score_micro")
    first, down = found, [descending] * len(by)
    if limit is not None and limit < len(found):  # of a million, twenty are found without sorting
        first = found.bottom_k(limit, by=[*by, "entity"], reverse=[*down, False])
    first = first.sort(*by, "entity", descending=[*down, False], nulls_last=True)
    return {
        "as_of": session.as_of.isoformat(),
        "total": found.height,
        "rows": rows_told(session, first["number"].to_list(), kept=kept),
    }


def rows_told(
    session: Session, numbers: Sequence[int], *, kept: bool = False
) -> list[dict[str, Any]]:
    """Rows of ``summary`` with what costs each most and who is behind it on a black list.

    ``kept``: what was kept of the ledger, the heaviest lines of each, is there to be read.
    """
    session = session.about(numbers)
    costliest = costliest_of(session, numbers, kept=kept)
    told = zip(summaries_of(session, numbers), numbers, costliest, strict=True)
    return [
        row | {"costliest": one, "listed_behind": listed_behind_told(session, number)}
        for row, number, one in told
    ]


def _check(session: Session, grades: Collection[str], verdicts: Collection[str], sort: str) -> None:
    known = [*(grade.code for grade in session.policy.grades), NOT_RATED]
    codes = verdict_codes(session.policy)
    for what, asked, there in (
        ("grade", grades, known),
        ("verdict", verdicts, codes),
        ("order", [sort], SORTS),
    ):
        for one in asked:
            if one not in there:
                raise UsageError(
                    f"there is no {what} `{one}`{near(one, there)}",
                    hint=f"give one of {', '.join(there)}",
                )


def _rank(session: Session) -> pl.Expr:
    """Grades from the worst; who is not rated stands in the middle: unknown is not trustworthy."""
    codes = [grade.code for grade in reversed(session.policy.grades)]
    codes.insert((len(codes) + 1) // 2, NOT_RATED)
    ranks = {code: place for place, code in enumerate(codes)}
    return pl.col("grade").replace_strict(ranks, default=len(codes), return_dtype=pl.Int8)


def _begins(trait: Any, prefix: str) -> Bool:
    """Of every entity whether what it has of a trait begins so; where nothing is said, not."""
    words = np.array(
        [False, *(word.upper().startswith(prefix.upper()) for word in trait.words)], dtype=np.bool_
    )
    found: Bool = words[trait.code]
    return found


def _owned(session: Session, owner: str) -> Int64:
    rows = owned_by(session, owner)["owned"]
    return np.array([session.number(row["entity"]) for row in rows], dtype=np.int64)

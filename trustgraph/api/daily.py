"""The questions of every working day about many partners at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from trustgraph.api.queries import Source, open_session, session_from
from trustgraph.errors import UsageError
from trustgraph.partners.bids import bids_of
from trustgraph.partners.ranking import Sort, ranking_of
from trustgraph.partners.shared import common_of
from trustgraph.runs.result import Result
from trustgraph.runs.run import Run, open_run
from trustgraph.storage import is_register

__all__ = ["bids", "common", "ranking", "scored_run"]


def ranking(
    source: Run | Result | str | Path,
    *,
    grades: Collection[str] = (),
    verdicts: Collection[str] = (),
    industry: str | None = None,
    region: str | None = None,
    owner: str | None = None,
    min_coverage: float | None = None,
    max_coverage: float | None = None,
    entities: Sequence[str] | None = None,
    sort: Sort = "grade",
    descending: bool = False,
    limit: int | None = 20,
    **asked: Any,
) -> dict[str, Any]:
    """Organisations of a run that fit all that is asked, the least trusted first.

    ``grades`` and ``verdicts`` are codes, one of which is to be theirs; ``industry`` and ``region``
    what their codes begin with; ``owner`` whom they belong to, looked through; ``entities`` those
    alone. ``sort`` is ``grade`` (the worst first, of one grade by score; who is not rated in the
    middle), ``score``, ``coverage``, ``name`` or ``entity``. ``asked`` is what ``open_session``
    takes. Gives ``as_of``, ``total`` (how many fit) and ``rows``, at most
    ``limit`` (None: all): those of ``summary`` with ``costliest`` (``title``, ``name``, ``points``
    of the line that costs most, or null) and ``listed_behind``, as ``portfolio`` has them. Raises
    UsageError, UnknownEntityError.

    >>> import polars as pl, trustgraph as tg
    >>> entities = pl.DataFrame({"id": ["A", "B"], "kind": "company", "name": ["Acme", "Beta"]})
    >>> row = {"id": "R", "entity": "B", "type": "TAX_MAJOR", "decided_on": "2026-01-01"}
    >>> tables = tg.check_tables(entities, None, pl.DataFrame([row]))
    >>> found = tg.ranking(tg.score(tables, as_of="2026-06-30"), grades=["D"])
    >>> found["total"], found["rows"][0]["name"], found["rows"][0]["costliest"]["points"]
    (1, 'Beta', -420.0)
    """
    if isinstance(source, str | Path):
        source = scored_run(source)
    if isinstance(source, Run):
        scores, kept = source.scores(), source.manifest.get("ledger") not in (None, "none")
    else:
        scores, kept = source.scores.lazy(), source.ledger.keep != "none"
    return ranking_of(
        open_session(source, **asked),
        scores,
        grades=grades,
        verdicts=verdicts,
        begins={"industry": industry, "region": region},
        owner=owner,
        min_coverage=min_coverage,
        max_coverage=max_coverage,
        entities=entities,
        order=(sort, descending),
        limit=limit,
        kept=kept,
    )


def scored_run(folder: str | Path) -> Run:
    """The run of a folder. Raises UsageError where it holds a register, RunError where none."""
    if is_register(Path(folder)):
        raise UsageError(
            "this is a register, which has no scores yet",
            where=folder,
            hint=f"trustgraph score {folder} --out RUN, and ask RUN",
        )
    return open_run(folder)


def bids(source: Source, entities: Sequence[str], **asked: Any) -> dict[str, Any]:
    """Who of some partners is barred from bidding, and who may not bid beside whom.

    Gives what :func:`trustgraph.partners.bids.bids_of` does; takes and raises what ``portfolio``
    does.

    >>> import polars as pl, trustgraph as tg
    >>> row = {"id": "A", "kind": "company", "name": "Acme", "status": "deregistered"}
    >>> tables = tg.check_tables(pl.DataFrame([row]))
    >>> found = tg.bids(tg.score(tables, as_of="2026-06-30"), ["A", "B"])
    >>> [one["name"] for one in found["barred"]], found["pairs"], found["missing"]
    (['Acme'], [], ['B'])
    """
    return bids_of(session_from(source, asked), entities)


def common(source: Source, entities: Sequence[str], **asked: Any) -> dict[str, Any]:
    """Whom partners share, and how many points hang on each.

    Gives what :func:`trustgraph.partners.shared.common_of` does; takes and raises what
    ``portfolio`` does.

    >>> import polars as pl, trustgraph as tg
    >>> rows = {"id": ["A", "B", "H"], "kind": "company", "name": ["Acme", "Beta", "Holding"]}
    >>> held = {"source": "H", "target": ["A", "B"], "kind": "shareholder", "share": 0.6}
    >>> tables = tg.check_tables(pl.DataFrame(rows), pl.DataFrame(held))
    >>> found = tg.common(tg.score(tables, as_of="2026-06-30"), ["A", "B"])
    >>> [(one["name"], one["partners"], one["points"]) for one in found["shared"]]
    [('Holding', ['A', 'B'], 0.0)]
    """
    return common_of(session_from(source, asked), entities)

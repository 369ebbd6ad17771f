"""Questions to what was scored, or can be: why, who owns whom, what if, what changed.

Each takes what it is asked of in any form, opened or where it lies; to open it once pays for more
than one question.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from trustgraph.api.arguments import checked_threads, days_of
from trustgraph.errors import UsageError
from trustgraph.partners.lists import Wanted
from trustgraph.partners.matching import match_of
from trustgraph.partners.portfolio import portfolio_of
from trustgraph.policy import Policy, read_policy
from trustgraph.query.explain import explain_chain, explain_entity
from trustgraph.query.history import history_of
from trustgraph.query.overview import overview_of
from trustgraph.query.owners import owned_by, owners_of
from trustgraph.query.session import Session, session_of, session_of_register, session_of_run
from trustgraph.query.summary import summaries_of, summary_of, summary_of_number
from trustgraph.records.as_of import records_as_of
from trustgraph.register import Register
from trustgraph.runs.result import Result, Stage
from trustgraph.runs.run import Run, open_run
from trustgraph.search.index import SearchIndex, index_folder, open_index
from trustgraph.storage import is_register, open_register
from trustgraph.subgraphs.pictured import evidence_of, neighbourhood_of, path_of, relations_of

if TYPE_CHECKING:
    from trustgraph.comparison.outcome import Comparison, Side
    from trustgraph.whatif.outcome import WhatIf
    from trustgraph.whatif.scenario import Scenario

__all__ = [
    "Source",
    "chain",
    "compare",
    "evidence",
    "explain",
    "find",
    "history",
    "match_partners",
    "neighbourhood",
    "open_scenario",
    "open_search",
    "open_session",
    "overview",
    "owned",
    "owners",
    "path_between",
    "portfolio",
    "relations",
    "session_from",
    "summary",
    "what_if",
]

Source = Session | Result | Run | Register | str | Path
"""What can be asked: a scoring, a run or a register, opened or where it lies; best a session."""


def explain(source: Source, entity: str, **asked: Any) -> dict[str, Any]:
    """Why one entity stands where it stands; see ``trustgraph.query.explain.explain_entity``.

    ``source`` is what ``open_session`` opens, with ``asked`` its arguments, or a session: to open
    one first pays for more than one question. Raises what ``open_session`` does,
    UnknownEntityError.
    """
    return explain_entity(session_from(source, asked), entity)


def chain(source: Source, origin: str, end: str, **asked: Any) -> dict[str, Any]:
    """The strongest chains between two entities; see ``trustgraph.query.explain.explain_chain``.

    Takes and raises what ``explain`` does.
    """
    return explain_chain(session_from(source, asked), origin, end)


def owners(source: Source, entity: str, **asked: Any) -> dict[str, Any]:
    """The tree of an entity's owners and who controls it; see ``query.owners.owners_of``.

    Takes and raises what ``explain`` does.
    """
    return owners_of(session_from(source, asked), entity)


def owned(source: Source, owner: str, **asked: Any) -> dict[str, Any]:
    """What an entity owns and controls; see ``trustgraph.query.owners.owned_by``.

    Takes and raises what ``explain`` does.
    """
    return owned_by(session_from(source, asked), owner)


def summary(source: Source, entity: str, **asked: Any) -> dict[str, Any]:
    """Who an entity is and how it stands, in short; see ``trustgraph.query.summary.summary_of``.

    Takes and raises what ``explain`` does.
    """
    return summary_of(session_from(source, asked), entity)


def history(source: Source, entity: str, *, months: int = 60, **asked: Any) -> list[dict[str, Any]]:
    """An organisation's score month by month; see ``trustgraph.query.history.history_of``.

    Takes and raises what ``explain`` does.
    """
    return history_of(session_from(source, asked), entity, months=months)


def neighbourhood(source: Source, entity: str, **asked: Any) -> dict[str, Any]:
    """The parties around one, under a budget; see ``subgraphs.pictured.neighbourhood_of``.

    ``hops``, ``budget``, ``kinds``, ``past``, ``grown`` and ``pinned`` are its own; the rest
    and what is raised are as in ``explain``.
    """
    names = ("hops", "budget", "kinds", "past", "grown", "pinned")
    own = {name: asked.pop(name) for name in names if name in asked}
    return neighbourhood_of(session_from(source, asked), entity, **own)


def evidence(source: Source, entity: str, **asked: Any) -> dict[str, Any]:
    """Only the chains that carry ledger lines or consequences; see ``subgraphs.pictured``.

    ``grown`` and ``pinned`` are its own; takes and raises what ``explain`` does.
    """
    own = {name: asked.pop(name) for name in ("grown", "pinned") if name in asked}
    return evidence_of(session_from(source, asked), entity, **own)


def path_between(source: Source, origin: str, end: str, **asked: Any) -> dict[str, Any]:
    """A shortest path of relationships between two parties; see ``subgraphs.pictured``.

    Takes and raises what ``explain`` does.
    """
    return path_of(session_from(source, asked), origin, end)


def relations(source: Source, entity: str, **asked: Any) -> list[dict[str, Any]]:
    """How many relationships of each kind an entity has; see ``subgraphs.pictured``.

    ``shown`` is its own; takes and raises what ``explain`` does.
    """
    own = {"shown": asked.pop("shown")} if "shown" in asked else {}
    return relations_of(session_from(source, asked), entity, **own)


def overview(source: Run | Register | str | Path, **asked: Any) -> dict[str, Any]:
    """A register at a glance, of a run with its grades; see ``query.overview.overview_of``.

    ``source`` is a run or a register, opened or where it lies. Raises what ``open_session`` does.
    """
    if isinstance(source, str | Path) and not is_register(Path(source)):
        source = open_run(source)
    return overview_of(open_session(source, **asked), source if isinstance(source, Run) else None)


def open_search(
    source: Run | Register | str | Path, *, progress: Callable[[int, int], None] | None = None
) -> SearchIndex:
    """Open the search index of a run's or a register's organisations, made first if need be.

    It is kept beside them, else in the user's cache; ``progress`` is told (entities done, of how
    many). Raises RunError; UsageError where the optional parts of ``trustgraph[dashboard]`` are
    missing.
    """
    beside = source.path if isinstance(source, Run) else None
    if isinstance(source, str | Path):
        beside = Path(source)
        source = open_register(beside) if is_register(beside) else open_run(beside)
    register = source.register() if isinstance(source, Run) else source
    return open_index(register, index_folder(register, beside), progress=progress)


def find(
    source: Source, index: SearchIndex, text: str, *, limit: int = 10, **asked: Any
) -> list[dict[str, Any]]:
    """Which organisations a name, a part of one or a code may mean, the likeliest first.

    Typing errors, full width and traditional characters are allowed for; persons are not found by
    name, but by id or pseudonym. Rows are those of ``summary`` with ``likeness`` (1: exactly)
    and ``similar`` (what was asked for stands in none of its names or codes: the last ones).
    ``index`` is what ``open_search`` opened of the same register.
    """
    session = session_from(source, asked)
    hits = index.find(text, limit)
    told = summaries_of(session, [hit.number for hit in hits])
    found = [
        one | {"likeness": hit.likeness, "similar": hit.similar}
        for one, hit in zip(told, hits, strict=True)
    ]
    if not any(hit.likeness == 1 for hit in hits):
        number = session.number_if_known(text.strip())
        if number is not None:
            known = summary_of_number(session, number)
            found = [known | {"likeness": 1.0, "similar": False}, *found]
    return found[:limit]


def match_partners(
    source: Source, index: SearchIndex, wanted: Sequence[Wanted | str], **asked: Any
) -> list[dict[str, Any]]:
    """Who is meant by the names and codes of a list; see ``partners.matching``.

    ``wanted`` is what ``parse_partners`` or ``read_partners`` give, or plain texts; ``index`` what
    ``open_search`` opened of the same register.
    """
    return match_of(session_from(source, asked), index, wanted)


def portfolio(source: Source, entities: Sequence[str], **asked: Any) -> dict[str, Any]:
    """What many partners amount to together; see ``partners.portfolio``.

    Ids that are not in the register are told as ``missing``, and no error.
    """
    return portfolio_of(session_from(source, asked), entities)


def open_scenario(source: Source, *, run: Run | str | Path | None = None, **asked: Any) -> Scenario:
    """Open what can be asked what if, once for any number of questions.

    ``source`` and ``asked`` are what ``open_session`` takes. ``run``, of a register, is a run of
    the same register: what stood before is taken from it, as are pack and day, where it would be
    computed else. Raises what ``open_session`` does; UsageError where the run is another
    register's.
    """
    from trustgraph.whatif.scenario import scenario_of  # noqa: PLC0415  # heavy, seldom asked

    if run is None:
        return scenario_of(session_from(source, asked))
    opened = run if isinstance(run, Run) else open_run(run)
    if isinstance(source, str | Path) and is_register(Path(source)):
        source = open_register(Path(source))
    if not isinstance(source, Register):
        raise UsageError("only a register takes a run", hint="ask the run itself")
    made_of = opened.manifest["register"]
    if made_of is None:
        opened.register()  # says why there is none, and what to do
    if made_of["digest"] != source.digest:
        raise UsageError(
            "the run was made from another register",
            where=opened.path,
            hint="score this one, or leave the run out",
        )
    return scenario_of(open_session(opened, **asked))


def what_if(
    source: Source,
    changes: str | Path | Iterable[Mapping[str, Any]] = (),
    *,
    run: Run | str | Path | None = None,
    policy_after: Policy | str | Path | None = None,
    **asked: Any,
) -> WhatIf:
    """What some changes to a register would do: everything that differs, and nothing else.

    ``changes`` is a file of JSON lines or an iterable of mappings, ``{"op": "add" | "change" |
    "remove", "table": "entities" | "relationships" | "records", "row": {...}}``; a row is named by
    its id, a relationship also by source, target and kind. ``policy_after`` is the pack as it would
    be. The rest is as in ``open_scenario``, which pays for more than one question.
    Raises InputError naming every change that cannot be made, PolicyError, RunError, UsageError.

    >>> import polars as pl, trustgraph as tg
    >>> entities = pl.DataFrame({"id": ["A"], "kind": ["company"], "name": ["Acme"]})
    >>> known = tg.score(tg.check_tables(entities), as_of="2026-06-30")
    >>> row = {"id": "R", "entity": "A", "type": "TAX_MAJOR", "decided_on": "2026-01-01"}
    >>> found = tg.what_if(known, [{"op": "add", "table": "records", "row": row}])
    >>> found.changes["cause"].to_list()
    ['record R added']
    """
    scenario = open_scenario(source, run=run, **asked)
    pack = policy_after
    if pack is not None and not isinstance(pack, Policy):
        pack = read_policy(pack)
    return scenario.what_if(changes, policy=pack)


def compare(
    earlier: Result | Run | str | Path,
    later: Result | Run | str | Path,
    *,
    threads: int | None = None,
    stage: Stage | None = None,
) -> Comparison:
    """What differs between two runs, and what each point of the difference is owed to.

    Raises RunError where a run is damaged.

    >>> import polars as pl, trustgraph as tg
    >>> entities = pl.DataFrame({"id": ["A"], "kind": ["company"], "name": ["Acme"]})
    >>> row = {"id": "R", "entity": "A", "type": "TAX_MAJOR", "decided_on": "2026-01-01"}
    >>> without = tg.score(tg.check_tables(entities), as_of="2026-06-30")
    >>> with_it = tg.score(tg.check_tables(entities, None, pl.DataFrame([row])), as_of="2026-06-30")
    >>> tg.compare(without, with_it).causes.select("cause", "record").rows()
    [('record added', 'R')]
    """
    from trustgraph.comparison.outcome import compared  # noqa: PLC0415  # heavy, seldom asked

    return compared(_side(earlier), _side(later), threads=checked_threads(threads), stage=stage)


def _side(source: Result | Run | str | Path) -> Side:
    from trustgraph.comparison.outcome import side_of, side_of_run  # noqa: PLC0415  # heavy

    if isinstance(source, Result):
        return side_of(source.scoring, source.register, source.policy)
    return side_of_run(source if isinstance(source, Run) else open_run(source))


def session_from(source: Source, asked: dict[str, Any]) -> Session:
    """The session that was given, or one that is opened. Raises what ``open_session`` does."""
    if not isinstance(source, Session):
        return open_session(source, **asked)
    if asked:
        raise UsageError("a session is open already", hint=f"open it with {', '.join(asked)}")
    return source


def open_session(
    source: Result | Run | Register | str | Path,
    *,
    policy: Policy | str | Path | None = None,
    as_of: str | dt.date | None = None,
    retention_on: str | dt.date | None = None,
    lang: Literal["en", "zh"] = "en",
    unmask: bool = False,
) -> Session:
    """Open what can be asked once, for any number of questions (``explain``, ``chain`` and so on).

    ``policy`` (default: cn-national), ``as_of`` and ``retention_on`` are for a register, as
    ``score`` takes them; a run or a scoring has its own. Natural persons are masked unless
    ``unmask``. Raises RunError, PolicyError; UsageError where what has a pack and a day is given
    another.
    """
    if isinstance(source, str | Path) and is_register(Path(source)):
        source = open_register(Path(source))
    if isinstance(source, Register):
        day, forget = days_of(as_of, retention_on)
        pack = policy if isinstance(policy, Policy) else read_policy(policy or "cn-national")
        record_state = records_as_of(source, pack, as_of=day, retention_on=forget)
        return session_of_register(source, pack, record_state, lang=lang, unmask=unmask)
    if any(given is not None for given in (policy, as_of, retention_on)):
        raise UsageError(
            "a run has a policy pack and a day of its own",
            hint="ask the register it was made from, or leave them out",
        )
    if isinstance(source, Result):
        return session_of(
            source.scoring,
            source.register,
            source.policy,
            whole_ledger=source.ledger.keep == "all",
            lang=lang,
            unmask=unmask,
        )
    run = source if isinstance(source, Run) else open_run(source)
    return session_of_run(run, lang=lang, unmask=unmask)

"""Jobs: the only place that puts stages together. The command line and the API both come here."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from trustgraph.about import VERSION
from trustgraph.case import Case, case_of, case_of_register, case_of_run
from trustgraph.comparison.outcome import (
    COMPARISON_TABLES,
    Comparison,
    Side,
    compared,
    side_of,
    side_of_run,
)
from trustgraph.errors import RejectedRowsError, UsageError
from trustgraph.explanation import explain_chain, explain_entity
from trustgraph.holders import owned_by, owners_of
from trustgraph.ledger import Ledger, parse_ledger
from trustgraph.ownership.faults import stake_faults
from trustgraph.pack_checks import unknown_sources, unknown_types
from trustgraph.policy import Policy, read_policy
from trustgraph.reading import read_tables
from trustgraph.register import Register, compile_register, day_number
from trustgraph.register_runs import score_stored
from trustgraph.runs import Run, open_run, write_run
from trustgraph.scenario.asking import Scenario, scenario_of
from trustgraph.scenario.outcome import WHAT_IF_TABLES, WhatIf
from trustgraph.scoring import Scoring, score_register
from trustgraph.standing import standing_of
from trustgraph.store import check_free, is_register, open_register, write_tables
from trustgraph.tables import Tables, flag_more, reject_more, rejection_words

__all__ = [
    "Result",
    "by_pack",
    "chain",
    "compare",
    "compare_input",
    "explain",
    "open_case",
    "open_scenario",
    "owned",
    "owners",
    "parse_day",
    "score",
    "score_input",
    "what_if",
    "what_if_input",
]

Stage = Callable[[str, int, int], None]
WHAT_IF_MARK: Final = "what-if.json"
COMPARISON_MARK: Final = "comparison.json"
"""Files by which folders are known to hold such tables, which ``overwrite`` may replace."""


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """A scoring in memory, with what it came from. ``save`` makes a run folder of it."""

    scoring: Scoring
    register: Register
    policy: Policy
    tables: Tables
    ledger: Ledger

    def __repr__(self) -> str:
        return (
            f"<Result as of {self.scoring.as_of} by {self.policy.name}: "
            f"{self.scores.height:,} scored, {self.lines.height:,} ledger lines, "
            f"{self.consequences.height:,} consequences>"
        )

    @property
    def scores(self) -> Any:
        """``entity, name, kind, score_micro, score, grade, coverage, …`` (polars frame)."""
        return self.scoring.scores

    @property
    def lines(self) -> Any:
        """The ledger: ``entity, line, record, micro, reach, hops, chain, note``."""
        return self.scoring.ledger

    @property
    def consequences(self) -> Any:
        """``entity, rule, record, force, effect, status, legal_basis, chain, detail``."""
        return self.scoring.consequences

    @property
    def control(self) -> Any:
        """``entity, owner, integrated_low, …_high, cascade, controller, basis, chain``."""
        return self.scoring.control

    def save(self, out: str | Path, *, overwrite: bool = False, **about: Any) -> Run:
        """Write a run folder, whole or not at all. Raises UsageError if ``out`` is taken."""
        return write_run(
            Path(out),
            scoring=self.scoring,
            register=self.register,
            policy=self.policy,
            rejected=self.tables.rejected,
            flagged=self.tables.flagged,
            about={"trustgraph": VERSION, "ledger": str(self.ledger), **about},
            overwrite=overwrite,
        )


def parse_day(text: str | dt.date) -> dt.date:
    """An ISO day. Raises UsageError for anything else."""
    if isinstance(text, dt.datetime):
        return text.date()
    if isinstance(text, dt.date):
        return text
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"`{text}` is no day", hint="write it as 2026-06-30") from error


def score(
    tables: Tables,
    policy: Policy | str | Path = "cn-national",
    *,
    as_of: str | dt.date | None = None,
    forget_on: str | dt.date | None = None,
    ledger: str = "all",
    threads: int | None = None,
    stage: Stage | None = None,
) -> Result:
    """Score tables as of a day (default: today), in memory.

    ``forget_on`` is the day for which retention of records on persons is judged; by default the
    later of ``as_of`` and today, so that a view of the past shows nothing that had to be erased
    since. ``ledger`` is ``all``, ``none`` or ``top:N``. ``threads`` never changes a result.
    Raises PolicyError, UsageError.

    >>> import polars as pl, trustgraph as tg
    >>> entities = pl.DataFrame({"id": ["A"], "kind": ["company"], "name": ["Acme"]})
    >>> nothing = pl.DataFrame()
    >>> tables = tg.check_tables(entities)
    >>> tg.score(tables, as_of="2026-06-30").scores["score"].to_list()
    [1000.0]
    """
    pack = policy if isinstance(policy, Policy) else read_policy(policy)
    tell = stage or (lambda _name, _done, _total: None)
    tell("compiling", 0, 1)
    register = compile_register(tables)
    tell("compiling", 1, 1)
    return _score(
        by_pack(tables, register, pack),
        register,
        pack,
        as_of=as_of,
        forget_on=forget_on,
        ledger=ledger,
        threads=threads,
        stage=stage,
    )


def by_pack(tables: Tables, register: Register, policy: Policy) -> Tables:
    """Tables with what a policy pack finds in them: records and sources that it does not know."""
    tables = reject_more(tables, unknown_types(register, policy))
    return flag_more(tables, unknown_sources(register, policy))


def _score(
    tables: Tables,
    register: Register,
    pack: Policy,
    *,
    as_of: str | dt.date | None,
    forget_on: str | dt.date | None,
    ledger: str,
    threads: int | None,
    stage: Stage | None,
) -> Result:
    day, forget = _days(as_of, forget_on)
    keep = parse_ledger(ledger)
    threads = _checked(threads)
    checked = flag_more(tables, *stake_faults(register, today=day_number(day)))
    scoring = score_register(
        register, pack, as_of=day, forget_on=forget, ledger=keep, threads=threads, stage=stage
    )
    return Result(scoring, register, pack, checked, keep)


def _days(as_of: str | dt.date | None, forget_on: str | dt.date | None) -> tuple[dt.date, dt.date]:
    """The day to score for, and the one for which retention is judged."""
    today = dt.date.today()  # noqa: DTZ011  # the user's own calendar day
    day = today if as_of is None else parse_day(as_of)
    return day, max(day, today) if forget_on is None else max(day, parse_day(forget_on))


def _checked(threads: int | None) -> int | None:
    if threads is not None and threads < 1:
        raise UsageError(f"cannot use {threads} threads", hint="give 1 or more")
    return threads


def score_input(
    source: str | Path,
    out: str | Path,
    *,
    mapping: str | Path | None = None,
    policy: str | Path = "cn-national",
    as_of: str | dt.date | None = None,
    forget_on: str | dt.date | None = None,
    ledger: str = "all",
    threads: int | None = None,
    strict: bool = False,
    overwrite: bool = False,
    stage: Stage | None = None,
) -> Run:
    """Score a folder of tables, or a register that was imported, and write a run folder.

    Raises InputError, MappingError, PolicyError, UsageError; with ``strict``, RejectedRowsError
    if any row was rejected (nothing is written then).
    """
    source, out = Path(source), Path(out)
    mapping = None if mapping is None else Path(mapping)
    began = time.monotonic()
    check_free(out, overwrite=overwrite)
    keep = parse_ledger(ledger)
    pack = read_policy(policy)
    if is_register(source):
        if mapping is not None:
            raise UsageError(
                "a register needs no mapping: it was applied when the register was made",
                where=source,
                hint="leave out --mapping",
            )
        day, forget = _days(as_of, forget_on)
        return score_stored(
            source,
            out,
            pack,
            as_of=day,
            forget_on=forget,
            ledger=keep,
            threads=_checked(threads),
            strict=strict,
            overwrite=overwrite,
            stage=stage,
        )
    tell = stage or (lambda _name, _done, _total: None)
    tell("reading", 0, 1)
    tables = read_tables(source, mapping=mapping)
    tell("reading", 1, 1)
    tell("compiling", 0, 1)
    register = compile_register(tables)
    tell("compiling", 1, 1)
    tables = by_pack(tables, register, pack)
    if strict and not tables.rejected.is_empty():
        raise RejectedRowsError(
            rejection_words(tables.rejected),
            where=source,
            hint="mend the rows or leave out --strict",
        )
    result = _score(
        tables,
        register,
        pack,
        as_of=as_of,
        forget_on=forget_on,
        ledger=ledger,
        threads=threads,
        stage=stage,
    )
    tell("writing", 0, 1)
    run = result.save(
        out,
        overwrite=overwrite,
        input={"path": str(source), "mapping": None if mapping is None else str(mapping)},
        seconds=round(time.monotonic() - began, 3),
    )
    tell("writing", 1, 1)
    return run


Source = Case | Result | Run | Register | str | Path
"""What can be asked: a scoring, a run or a register, opened or where it lies; best a case."""


def explain(source: Source, entity: str, **asked: Any) -> dict[str, Any]:
    """Why one entity stands where it stands; see ``trustgraph.explanation.explain_entity``.

    ``source`` is what ``open_case`` opens, with ``asked`` its arguments, or a case: to open one
    first pays for more than one question. Raises what ``open_case`` does, UnknownEntityError.
    """
    return explain_entity(_case(source, asked), entity)


def chain(source: Source, origin: str, end: str, **asked: Any) -> dict[str, Any]:
    """The strongest chains between two entities; see ``trustgraph.explanation.explain_chain``.

    Takes and raises what ``explain`` does.
    """
    return explain_chain(_case(source, asked), origin, end)


def owners(source: Source, entity: str, **asked: Any) -> dict[str, Any]:
    """The tree of an entity's owners and who controls it; see ``trustgraph.holders.owners_of``.

    Takes and raises what ``explain`` does.
    """
    return owners_of(_case(source, asked), entity)


def owned(source: Source, owner: str, **asked: Any) -> dict[str, Any]:
    """What an entity owns and controls; see ``trustgraph.holders.owned_by``.

    Takes and raises what ``explain`` does.
    """
    return owned_by(_case(source, asked), owner)


def open_scenario(source: Source, *, run: Run | str | Path | None = None, **asked: Any) -> Scenario:
    """Open what can be asked what if, once for any number of questions.

    ``source`` and ``asked`` are what ``open_case`` takes. ``run``, of a register, is a run of the
    same register: what stood before is taken from it, as are pack and day, where it would be
    computed else. Raises what ``open_case`` does; UsageError where the run is another register's.
    """
    if run is None:
        return scenario_of(_case(source, asked))
    opened = run if isinstance(run, Run) else open_run(run)
    if isinstance(source, str | Path) and is_register(Path(source)):
        source = open_register(Path(source))
    if not isinstance(source, Register):
        raise UsageError("only a register takes a run", hint="ask the run itself")
    if opened.manifest["register"]["digest"] != source.digest:
        raise UsageError(
            "the run was made from another register",
            where=opened.path,
            hint="score this one, or leave the run out",
        )
    return scenario_of(open_case(opened, **asked))


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


def what_if_input(
    source: str | Path,
    changes: str | Path | Sequence[Mapping[str, Any]],
    out: str | Path,
    *,
    overwrite: bool = False,
    **asked: Any,
) -> tuple[WhatIf, dict[str, int]]:
    """``what_if`` of a register or run on disk, written to a folder; also returns the counts."""
    source, out = Path(source), Path(out)
    check_free(out, overwrite=overwrite, mark=WHAT_IF_MARK)
    if not is_register(source):
        open_run(source)  # a folder of tables has no rows by number: say so before anything else
    found = what_if(source, changes, **asked)
    about = {
        "as_of": found.as_of.isoformat(),
        "input": str(source),
        "changes": str(changes) if changes else None,
    }
    frames = {name: getattr(found, name) for name in WHAT_IF_TABLES}
    return found, write_tables(out, frames, mark=WHAT_IF_MARK, about=about, overwrite=overwrite)


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
    return compared(_side(earlier), _side(later), threads=_checked(threads), stage=stage)


def compare_input(
    earlier: str | Path,
    later: str | Path,
    out: str | Path,
    *,
    overwrite: bool = False,
    threads: int | None = None,
    stage: Stage | None = None,
) -> tuple[Comparison, dict[str, int]]:
    """``compare`` of two runs on disk, written to a folder; also returns the counts."""
    out = Path(out)
    check_free(out, overwrite=overwrite, mark=COMPARISON_MARK)
    runs = open_run(earlier), open_run(later)
    found = compare(*runs, threads=threads, stage=stage)
    about = {
        name: {"run": str(run.path), "as_of": run.manifest["as_of"]}
        for name, run in zip(("earlier", "later"), runs, strict=True)
    }
    frames = {name: getattr(found, name) for name in COMPARISON_TABLES}
    return found, write_tables(out, frames, mark=COMPARISON_MARK, about=about, overwrite=overwrite)


def _side(source: Result | Run | str | Path) -> Side:
    if isinstance(source, Result):
        return side_of(source.scoring, source.register, source.policy)
    return side_of_run(source if isinstance(source, Run) else open_run(source))


def _case(source: Source, asked: dict[str, Any]) -> Case:
    if not isinstance(source, Case):
        return open_case(source, **asked)
    if asked:
        raise UsageError("a case is open already", hint=f"open it with {', '.join(asked)}")
    return source


def open_case(
    source: Result | Run | Register | str | Path,
    *,
    policy: Policy | str | Path | None = None,
    as_of: str | dt.date | None = None,
    forget_on: str | dt.date | None = None,
    language: Literal["en", "zh"] = "en",
    unmask: bool = False,
) -> Case:
    """Open what can be asked once, for any number of questions (``explain``, ``chain`` and so on).

    ``policy`` (default: cn-national), ``as_of`` and ``forget_on`` are for a register, as ``score``
    takes them; a run or a scoring has its own. Natural persons are masked unless ``unmask``.
    Raises RunError, PolicyError; UsageError where what has a pack and a day is given another.
    """
    if isinstance(source, str | Path) and is_register(Path(source)):
        source = open_register(Path(source))
    if isinstance(source, Register):
        day, forget = _days(as_of, forget_on)
        pack = policy if isinstance(policy, Policy) else read_policy(policy or "cn-national")
        standing = standing_of(source, pack, as_of=day, forget_on=forget)
        return case_of_register(source, pack, standing, language=language, unmask=unmask)
    if any(given is not None for given in (policy, as_of, forget_on)):
        raise UsageError(
            "a run has a policy pack and a day of its own",
            hint="ask the register it was made from, or leave them out",
        )
    if isinstance(source, Result):
        return case_of(
            source.scoring,
            source.register,
            source.policy,
            whole_ledger=source.ledger.keep == "all",
            language=language,
            unmask=unmask,
        )
    run = source if isinstance(source, Run) else open_run(source)
    return case_of_run(run, language=language, unmask=unmask)

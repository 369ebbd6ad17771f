"""What leaves the house: files of subgraphs and runs, reports, whole registers as graphs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from trustgraph.api.extracts import extract
from trustgraph.api.queries import Source, session_from
from trustgraph.errors import UsageError
from trustgraph.exports.folder import open_subgraph as opened
from trustgraph.exports.folder import save_subgraph as saved
from trustgraph.exports.formats import export as exported
from trustgraph.exports.of_run import of_run
from trustgraph.exports.report import report_html
from trustgraph.exports.source import OfSubgraph
from trustgraph.query.explain import explain_entity
from trustgraph.query.summary import summary_of
from trustgraph.runs.run import Run
from trustgraph.storage import check_outside
from trustgraph.subgraphs.subgraph import Subgraph

__all__ = ["export", "open_subgraph", "report", "save_subgraph", "to_networkx"]

SMALL: Final = 100_000
"""Parties of a register that ``to_networkx`` takes at most."""
_EVIDENCE: Final = 24
"""Parties of the evidence that a report draws: more could not be read."""


def export(
    found: Subgraph | Run,
    name: str,
    path: str | Path,
    *,
    overwrite: bool = False,
    lang: str = "en",
    unmask: bool = False,
    purpose: str | None = None,
) -> dict[str, int]:
    """Write a subgraph or a whole run in a format of another program, whole or not at all.

    ``name`` is ``graphml``, ``gexf``, ``cytoscape``, ``graphology``, ``neo4j``, ``cypher``,
    ``ftm``, ``bods``, ``parquet``, ``csv``, ``xlsx``; of up to 3,000 parties also ``dot``, ``svg``,
    ``png`` and ``html``. ``lang``, ``unmask`` and ``purpose`` are for runs: a subgraph stays as it
    was extracted. Gives how many relationships the format has no words for, by kind. Raises
    UsageError for an unknown format, where something lies at ``path`` that is not to be replaced,
    where persons are named without a purpose, and where the disk fails.

    >>> import tempfile, polars as pl, trustgraph as tg
    >>> entities = pl.DataFrame({"id": ["A"], "kind": ["company"], "name": ["Acme"]})
    >>> result = tg.score(tg.check_tables(entities), as_of="2026-06-30")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tg.export(tg.extract(result, around="A"), "gexf", f"{folder}/a.gexf")
    {}
    """
    if isinstance(found, Subgraph):
        if unmask or purpose or lang != "en":
            raise UsageError("a subgraph stays as it was extracted", hint="extract it so")
        return exported(OfSubgraph(found), name, Path(path), overwrite=overwrite)
    if unmask and not purpose:
        raise UsageError("persons are named for a purpose alone", hint='give purpose="…"')
    check_outside(Path(path), found.path)
    source = of_run(found, lang=lang, unmask=unmask, purpose=purpose)
    return exported(source, name, Path(path), overwrite=overwrite)


def save_subgraph(subgraph: Subgraph, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a subgraph as a folder of tables that can be scored again, whole or not at all.

    Raises UsageError where something lies at ``path`` that is not to be replaced, or the disk
    fails.
    """
    return saved(subgraph, Path(path), overwrite=overwrite)


def open_subgraph(path: str | Path) -> Subgraph:
    """A subgraph as it was saved. Raises UsageError where there is none, or it is damaged."""
    return opened(path)


def report(source: Source, entity: str, **asked: Any) -> str:
    """A report on an organisation that somebody signs: two pages as one of HTML.

    ``source`` and ``asked`` are as in ``explain``; ``purpose`` says what for where ``unmask`` names
    persons. Raises UnknownEntityError, UsageError for a natural person, and what ``open_session``
    does.

    >>> import polars as pl, trustgraph as tg
    >>> entities = pl.DataFrame({"id": ["A"], "kind": ["company"], "name": ["Acme"]})
    >>> result = tg.score(tg.check_tables(entities), as_of="2026-06-30")
    >>> "<h1>Acme</h1>" in tg.report(result, "A")
    True
    """
    purpose = asked.pop("purpose", None)
    session = session_from(source, asked)
    told = explain_entity(session, entity)
    named = {"purpose": purpose} if purpose else {}
    evidence = extract(session, evidence=entity, budget=_EVIDENCE, **named)
    return report_html(told, summary_of(session, entity), evidence)


def to_networkx(source: Source, **asked: Any) -> Any:
    """A whole small register as a networkx ``MultiDiGraph``, scores and all.

    ``source`` and ``asked`` are as in ``explain``; nodes and edges are those of ``Subgraph``.
    Raises UsageError for more than 100,000 parties: ``export`` writes a run of any size.

    >>> import polars as pl, trustgraph as tg
    >>> entities = pl.DataFrame({"id": ["A", "B"], "kind": ["company"] * 2, "name": ["A", "B"]})
    >>> held = {"source": ["A"], "target": ["B"], "kind": ["shareholder"], "share": [0.6]}
    >>> result = tg.score(tg.check_tables(entities, pl.DataFrame(held)), as_of="2026-06-30")
    >>> tg.to_networkx(result).edges["A", "B", 0]["share_low"]
    0.6
    """
    session = session_from(source, asked)
    count = len(session.register)
    if count > SMALL:
        raise UsageError(
            f"a graph of {count:,} parties would not fit: {SMALL:,} at most",
            hint="extract a part, or export the run to a file",
        )
    if not count:
        raise UsageError("the register is empty", hint="there is nothing to make a graph of")
    everybody = [session.id(number) for number in range(count)]
    found = extract(session, around=everybody, hops=0, past=True, budget=SMALL)
    return found.to_networkx()

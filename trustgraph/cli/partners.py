"""Verbs about many partners at once: ``list``, ``bids`` and ``common``."""

# ruff: noqa: PLC0415  # a verb loads what it needs, and `trustgraph --help` nothing

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from trustgraph.cli.output import Output, Progress
from trustgraph.cli.questions import asked_of
from trustgraph.errors import UsageError

if TYPE_CHECKING:
    from trustgraph.cli.tables import Language
    from trustgraph.query.session import Session

__all__ = ["MOST_FILED", "bids", "common", "list_scored"]

MOST_FILED: Final = 10_000
"""Rows of a file, unless more are asked for: what costs each most is looked up one by one."""
_SHOWN: Final = 20


def list_scored(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.api.daily import ranking, scored_run
    from trustgraph.cli.tables import (
        ranking_rows,
        ranking_table,
        ranking_titles,
        say,
        unclear_rows,
        write_rows,
    )
    from trustgraph.tables.tables import counted

    run = scored_run(parsed.source)
    asked = {"lang": parsed.lang, "unmask": parsed.unmask}
    files = [path for path in (parsed.csv, parsed.xlsx) if path is not None]
    listed: Listed | None = None
    if parsed.partners is not None:
        listed = _partners(parsed, output)
    entities = None if listed is None else listed.entities
    unclear = [] if listed is None else listed.unclear
    sort = parsed.sort.removeprefix("-")
    limit = parsed.limit or (MOST_FILED if files or entities is not None else _SHOWN)
    found = ranking(
        run,
        grades=_codes(parsed.grade),
        verdicts=_codes(parsed.verdict),
        industry=parsed.industry,
        region=parsed.region,
        owner=parsed.owner,
        min_coverage=_share(parsed.min_coverage, "--min-coverage"),
        max_coverage=_share(parsed.max_coverage, "--max-coverage"),
        entities=entities,
        sort=sort,
        descending=parsed.sort.startswith("-"),
        limit=limit,
        **asked,
    )
    rows = found["rows"]
    if files:
        pack = run.manifest["policy"]
        about = {"day": found["as_of"], "pack": f"{pack['name']} {pack['version']}"}
        filed = ranking_rows(rows, parsed.lang, **about) + unclear_rows(unclear, parsed.lang)
        for path in files:
            write_rows(filed, ranking_titles(parsed.lang), path, "list")
        output.say(f"{counted(len(rows), 'row')}: {', '.join(map(str, files))}")
    if output.as_json:
        differs = [] if listed is None else listed.differs
        output.data({**found, "unclear": unclear, "differs": differs})
    elif not files and rows:
        output.table(*ranking_table(rows, parsed.lang))
    if not output.as_json:
        more = found["total"] - len(rows)
        said = say("fit", parsed.lang, count=f"{found['total']:,}", day=found["as_of"])
        if more:
            stop = "；" if parsed.lang == "zh" else "; "
            said += stop + say("more", parsed.lang, count=f"{more:,}")
        output.lines(["", said])
        if listed is not None:
            _say_doubts(listed, parsed.lang, output)
    return 1 if listed is not None and listed.doubtful else 0


def bids(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.api.daily import bids as told_by
    from trustgraph.cli.tables import bars_table, pair_lines, say

    def tell(found: dict[str, Any]) -> None:
        counted = {"count": f"{found['partners']:,}", "day": found["as_of"]}
        output.lines([say("as_of", parsed.lang, **counted), ""])
        if found["barred"]:
            output.table(*bars_table(found["barred"], parsed.lang))
        else:
            output.lines([say("no_bars", parsed.lang)])
        output.lines([""])
        if found["pairs"]:
            output.lines(pair_lines(found["pairs"], parsed.lang))
        else:
            output.lines([say("no_pairs", parsed.lang)])

    return _asked_about(parsed, output, told_by, tell)


def common(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.api.daily import common as told_by
    from trustgraph.cli.tables import common_table, say

    def tell(found: dict[str, Any]) -> None:
        if found["shared"]:
            output.table(*common_table(found["shared"], parsed.lang))
        else:
            output.lines([say("no_common", parsed.lang)])

    return _asked_about(parsed, output, told_by, tell)


def _asked_about(
    parsed: argparse.Namespace,
    output: Output,
    asked: Callable[[Session, list[str]], dict[str, Any]],
    tell: Callable[[dict[str, Any]], None],
) -> int:
    """Ask something about the partners of a file; tell it, and of whom it could not be asked."""
    from trustgraph.api.queries import open_session

    listed = _partners(parsed, output)
    found = asked(open_session(parsed.source, **asked_of(parsed)), listed.entities)
    if output.as_json:
        output.data({**found, "unclear": listed.unclear, "differs": listed.differs})
    else:
        tell(found)
        _say_doubts(listed, parsed.lang, output)
    return 1 if listed.doubtful else 0


def _codes(given: str | None) -> list[str]:
    return [] if given is None else [one.strip() for one in given.split(",") if one.strip()]


def _share(given: str | None, option: str) -> float | None:
    """A share as people write it: 0.8, or 80%."""
    if given is None:
        return None
    text = given.strip()
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise UsageError(f"{option} {given} is no share", hint="give 0.8 or 80%")
    return share


@dataclass(frozen=True, slots=True)
class Listed:
    """Who stands on a list, by id; rows of whom it is not clear who is meant; rows whose name is
    not that of the code beside it; rows that name somebody again, with the row that did first."""

    entities: list[str]
    unclear: list[dict[str, Any]]
    differs: list[dict[str, Any]]
    twice: list[tuple[int, int]]

    @property
    def doubtful(self) -> bool:
        return bool(self.unclear or self.differs)


def _partners(parsed: argparse.Namespace, output: Output) -> Listed:
    from trustgraph.api.queries import match_partners, open_search
    from trustgraph.partners.lists import read_partners
    from trustgraph.reading.decoding import reading_errors

    path: Path = parsed.partners
    with reading_errors(path, path.name):
        data = path.read_bytes()
    wanted = read_partners(data, path.name)
    progress = Progress(output)
    index = open_search(
        parsed.source, progress=lambda done, total: progress("indexing names", done, total)
    )
    asked = asked_of(parsed) if hasattr(parsed, "policy") else {"lang": parsed.lang}
    matched = match_partners(parsed.source, index, wanted, **asked)
    unclear = [row for row in matched if row["status"] != "matched"]
    sure = [(row["entity"], row["row"]) for row in matched if row["status"] == "matched"]
    first = dict(reversed(sure))
    twice = [(row, first[entity]) for entity, row in sure if row != first[entity]]
    differs = [row for row in matched if row["differs"]]
    entities = list(dict.fromkeys(entity for entity, _ in sure))
    return Listed(entities, unclear, differs, twice)


def _say_doubts(listed: Listed, lang: Language, output: Output) -> None:
    """What is to be known of a list itself: nobody is left out or taken for another in silence."""
    from trustgraph.cli.tables import say

    _say_unclear(listed.unclear, lang, output)
    if listed.differs:
        output.lines(["", say("differs", lang, count=len(listed.differs))])
        for row in listed.differs:
            (one,) = row["candidates"][:1]
            told = say("is_of", lang, name=one["name"], entity=one["entity"])
            output.lines([f"  {say('row', lang, row=row['row'])}: {row['given']}: {told}"])
    twice = listed.twice
    if twice:
        rows = [say("same_row", lang, row=row, first=first) for row, first in twice]
        output.lines(["", say("twice", lang, rows=("，" if lang == "zh" else ", ").join(rows))])


def _say_unclear(unclear: list[dict[str, Any]], lang: Language, output: Output) -> None:
    """Who of a list was not found, or may be several: never left out in silence."""
    from trustgraph.cli.tables import meant_words, say

    if not unclear:
        return
    output.lines(["", say("unclear", lang, count=len(unclear))])
    for row in unclear:
        meant = meant_words(row["candidates"])
        told = say("may_be", lang, names=meant) if meant else say("not_found", lang)
        output.lines([f"  {say('row', lang, row=row['row'])}: {row['given']}: {told}"])

"""The command line's grammar: which verbs there are, and what each takes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trustgraph.cli import (
    changes,
    commands,
    extracting,
    mapping,
    partners,
    questions,
    serving,
    validating,
)
from trustgraph.cli.arguments import Parser, how_many, port
from trustgraph.cli.output import Output
from trustgraph.version import VERSION

__all__ = ["build_parser"]

_PARTNERS = "names or codes, a line each, or a table of them (CSV, Excel)"

Command = Callable[[argparse.Namespace, Output], int]


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; ``trustgraph --help`` prints it."""
    parser = Parser(
        prog="trustgraph",
        description="Partner-trust analysis: what the law attaches to whom, what a record weighs "
        "on its partners, and a score that is the exact sum of its ledger.",
        epilog="Exit codes: 0 done; 1 rows rejected under --strict or a failed check; "
        "2 bad usage or unusable input.",
    )
    parser.add_argument("--version", action="version", version=f"trustgraph {VERSION}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    parser.verbs = verbs
    _add_demo(verbs)
    _add_serve(verbs)
    _add_validate(verbs)
    _add_mappings(verbs)
    _add_import(verbs)
    _add_score(verbs)
    _add_lists(verbs)
    _add_questions(verbs)
    _add_extract(verbs)
    _add_export(verbs)
    _add_report(verbs)
    _add_what_if(verbs)
    _add_compare(verbs)
    _add_policy(verbs)
    _add_generate(verbs)
    return parser


def _verb(verbs: Any, name: str, command: Command, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text)
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.set_defaults(command=command)
    return parser


def _add_demo(verbs: Any) -> None:
    demo = _verb(
        verbs, "demo", commands.demo, "generate a small register, score it, explain the worst"
    )
    demo.add_argument(
        "--out", type=Path, default=Path("demo-run"), metavar="DIR", help="default: demo-run"
    )


def _add_serve(verbs: Any) -> None:
    text = "show a run or a register in a browser: search, companies, why"
    serve = _verb(verbs, "serve", serving.serve, text)
    serve.add_argument(
        "source",
        type=Path,
        nargs="?",
        metavar="RUN|REGISTER",
        help="default: the sample, made and scored on first use",
    )
    serve.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this machine alone")
    serve.add_argument("--port", type=port, default=8050, help="default: 8050")
    serve.add_argument("--lang", choices=["en", "zh"], default="en", help="default: en")
    serve.add_argument(
        "--token",
        help="let in whoever brings it (http://…/?token=TOKEN), and nobody else; better in the "
        "environment, as TRUSTGRAPH_TOKEN",
    )
    serve.add_argument(
        "--identity-header", metavar="NAME", help="let in whom a proxy in front names in it"
    )
    serve.add_argument("--proxy", metavar="ADDRESS", help="where that proxy's requests come from")
    serve.add_argument(
        "--name", action="append", metavar="HOST", help="another name it is called by; repeatable"
    )


def _add_validate(verbs: Any) -> None:
    validate = _verb(
        verbs, "validate", validating.validate, "read tables and say what is wrong with them"
    )
    validate.add_argument(
        "input", type=Path, metavar="INPUT", help="a folder of tables, or a register"
    )
    validate.add_argument("--mapping", type=Path, metavar="FILE", help="a mapping file (TOML)")
    validate.add_argument("--policy", default="cn-national", metavar="NAME|DIR")
    validate.add_argument(
        "--as-of", metavar="DATE", help="of which day stakes are added up (default: today)"
    )
    validate.add_argument(
        "--rejected", type=Path, metavar="FILE", help="write every rejected row here as CSV"
    )
    validate.add_argument(
        "--flagged", type=Path, metavar="FILE", help="write every doubtful row here as CSV"
    )


def _add_mappings(verbs: Any) -> None:
    text = "propose a mapping from the headers of files, in Chinese or English, to be edited"
    guess = _verb(verbs, "guess", mapping.guess, text)
    guess.add_argument("files", type=Path, nargs="+", metavar="FILE", help="CSV, Excel, JSON lines")
    guess.add_argument("--out", type=Path, metavar="MAPPING", help="write it here (TOML)")
    text = "write the tables that a mapping makes of files, to be looked at or scored"
    mapped = _verb(verbs, "map", mapping.map_tables, text)
    mapped.add_argument("input", type=Path, metavar="INPUT", help="a folder of files")
    mapped.add_argument("--mapping", type=Path, required=True, metavar="FILE", help="TOML")
    mapped.add_argument("--out", type=Path, required=True, metavar="TABLES")
    mapped.add_argument("--strict", action="store_true", help="stop if any row is rejected")
    mapped.add_argument("--overwrite", action="store_true", help="replace existing TABLES")


def _add_import(verbs: Any) -> None:
    text = "turn tables of any size into a register on disk; goes on where it was stopped"
    importing = _verb(verbs, "import", commands.import_tables, text)
    importing.add_argument(
        "input",
        type=Path,
        metavar="INPUT",
        help="a folder of tables; with --add also a file of changes (.jsonl)",
    )
    importing.add_argument(
        "--add",
        type=Path,
        metavar="REGISTER",
        help="put INPUT's rows into this register: new ones, changed ones (by id), and those that "
        "a table `removed` names go; it is replaced, or the result written to --out",
    )
    importing.add_argument("--out", type=Path, metavar="REGISTER", help="needed without --add")
    importing.add_argument("--mapping", type=Path, metavar="FILE", help="a mapping file (TOML)")
    importing.add_argument("--strict", action="store_true", help="stop if any row is rejected")
    importing.add_argument("--overwrite", action="store_true", help="replace an existing REGISTER")


def _add_score(verbs: Any) -> None:
    score = _verb(verbs, "score", commands.score, "score a folder of tables and write a run folder")
    score.add_argument("input", type=Path, metavar="INPUT", help="a folder of tables or a register")
    score.add_argument("--out", type=Path, required=True, metavar="RUN", help="the run folder")
    score.add_argument("--mapping", type=Path, metavar="FILE", help="a mapping file (TOML)")
    score.add_argument("--policy", metavar="NAME|DIR", help="default: cn-national, or RUN's own")
    score.add_argument(
        "--since",
        type=Path,
        metavar="RUN",
        help="an earlier run: what cannot differ from it is taken from there (of a register)",
    )
    score.add_argument("--as-of", metavar="DATE", help="the day to score for (default: today)")
    score.add_argument("--ledger", default="all", metavar="none|top:N|all", help="default: all")
    score.add_argument("--threads", type=int, metavar="N", help="default: every core")
    score.add_argument("--strict", action="store_true", help="stop if any row is rejected")
    score.add_argument("--overwrite", action="store_true", help="replace an existing RUN")
    engine = score.add_argument_group(
        "on a cluster (tables in Parquet on a path all workers share)"
    )
    engine.add_argument("--engine", choices=("local", "spark"), default="local")
    engine.add_argument(
        "--master",
        metavar="URL",
        help="spark://HOST:PORT, local[2], …; default: as Spark is set up",
    )
    score.add_argument(
        "--retention-on",
        metavar="DATE",
        help="the day on which retention of records on persons is judged (default: today)",
    )


def _add_lists(verbs: Any) -> None:
    listing = _verb(verbs, "list", partners.list_scored, "who stands how, the least trusted first")
    listing.add_argument("source", type=Path, metavar="RUN")
    listing.add_argument("--partners", type=Path, metavar="FILE", help="these alone: " + _PARTNERS)
    listing.add_argument("--grade", metavar="CODE,…", help="of one of these grades: D,NR")
    listing.add_argument("--verdict", metavar="CODE,…", help="with one of these verdicts: LISTED")
    listing.add_argument("--industry", metavar="CODE", help="whose code begins so: E, C13")
    listing.add_argument("--region", metavar="CODE", help="whose code begins so: 3301")
    listing.add_argument("--owner", metavar="ENTITY", help="what belongs to it, looked through")
    listing.add_argument(
        "--min-coverage", metavar="SHARE", help="at least so well known: 0.8, 80%%"
    )
    listing.add_argument("--max-coverage", metavar="SHARE", help="at most so well known")
    listing.add_argument(
        "--sort",
        default="grade",
        metavar="grade|score|coverage|name|entity",
        help="default: grade, the worst first; with a minus the other way round (--sort=-score)",
    )
    listing.add_argument(
        "--limit", type=how_many, metavar="N", help=f"default: 20, {partners.MOST_FILED:,} in files"
    )
    listing.add_argument("--csv", type=Path, metavar="FILE", help="write the list as CSV")
    listing.add_argument("--xlsx", type=Path, metavar="FILE", help="write it as a workbook")
    _add_words(listing)
    found = _question(
        verbs, "find", questions.find, "who is meant by a name, part of one or a code"
    )
    found.add_argument("text", nargs="+", metavar="TEXT", help="typing errors are allowed for")
    found.add_argument("--limit", type=how_many, default=10, metavar="N", help="default: 10")
    for name, command, text in (
        ("bids", partners.bids, "who is barred from bidding, and who may not bid beside whom"),
        ("common", partners.common, "whom partners share, and how many points hang on each"),
    ):
        verb = _question(verbs, name, command, text)
        verb.add_argument("--partners", type=Path, required=True, metavar="FILE", help=_PARTNERS)


def _add_questions(verbs: Any) -> None:
    entity = "an id, a USCC, an LEI, a whole name, or the code a masked person is shown by"
    explain = _question(verbs, "explain", questions.explain, "why an entity stands where it stands")
    explain.add_argument("entity", metavar="ENTITY", help=entity)
    explain.add_argument("--full", action="store_true", help="every step and figure in full")
    chain = _question(
        verbs, "chain", questions.chain, "the strongest chain from one entity to another"
    )
    chain.add_argument("origin", metavar="FROM")
    chain.add_argument("end", metavar="TO")
    owners = _question(
        verbs, "owners", questions.owners, "who owns and controls an entity, as a tree"
    )
    owners.add_argument("entity", metavar="ENTITY", help=entity)
    owned = _question(verbs, "owned", questions.owned, "what an entity owns and controls")
    owned.add_argument("entity", metavar="OWNER", help=entity)


def _question(verbs: Any, name: str, command: Command, text: str) -> argparse.ArgumentParser:
    parser = _verb(verbs, name, command, text)
    parser.add_argument("source", type=Path, metavar="RUN|REGISTER")
    _add_words(parser)
    _add_asked(parser.add_argument_group("of a REGISTER (a run has its own)"))
    return parser


def _add_asked(group: Any) -> None:
    """By which pack and of which day a register is asked."""
    group.add_argument("--policy", metavar="NAME|DIR", help="default: cn-national")
    group.add_argument("--as-of", metavar="DATE", help="the day asked about (default: today)")
    group.add_argument(
        "--retention-on", metavar="DATE", help="the day on which retention is judged"
    )


def _add_words(parser: argparse.ArgumentParser) -> None:
    """In which language it is told, and whether persons are named."""
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    parser.add_argument(
        "--unmask", action="store_true", help="show names and ids of natural persons"
    )


def _add_extract(verbs: Any) -> None:
    text = "hand on exactly what bears on some entities, as tables that can be scored again"
    extract = _question(verbs, "extract", extracting.extract, text)
    extract.add_argument("--out", type=Path, required=True, metavar="SUBGRAPH")
    extract.add_argument("--overwrite", action="store_true", help="replace an existing SUBGRAPH")
    extract.add_argument(
        "--purpose", metavar="TEXT", help="with --unmask: what for, which the subgraph states"
    )
    asked = extract.add_argument_group("what belongs to it (one of these)")
    asked.add_argument("--around", nargs="+", metavar="ID", help="the parties near some")
    asked.add_argument(
        "--evidence", nargs="+", metavar="ID", help="the chains of ledgers and consequences alone"
    )
    asked.add_argument(
        "--between", nargs=2, metavar=("A", "B"), help="whoever lies on a walk between two"
    )
    asked.add_argument(
        "--among", nargs="+", metavar="ID", help="exactly these, and what joins them"
    )
    asked.add_argument(
        "--family", metavar="ID", help="its owners at any height, and all that they hold"
    )
    asked.add_argument("--record", metavar="R", help="all that one record reaches")
    how = extract.add_argument_group("how far it goes")
    how.add_argument(
        "--hops", type=int, metavar="N", help="relationships; default: 2 around, 4 between"
    )
    how.add_argument(
        "--kinds", nargs="+", default=[], metavar="KIND", help="kinds of relationship to follow"
    )
    how.add_argument("--past", action="store_true", help="follow those that have ended, too")
    how.add_argument(
        "--min-strength",
        type=float,
        metavar="X",
        help="follow what may keep this much of a weight, 0 to 1",
    )
    how.add_argument(
        "--min-share",
        type=float,
        metavar="X",
        help="of a family: holdings of at least this share (default: 0.25)",
    )
    how.add_argument("--budget", type=int, metavar="N", help="parties at most (default: 300)")


def _add_export(verbs: Any) -> None:
    text = "write a subgraph or a whole run in a format of another program"
    export = _verb(verbs, "export", extracting.export, text)
    export.add_argument("source", type=Path, metavar="SUBGRAPH|RUN")
    export.add_argument(
        "--format",
        required=True,
        metavar="NAME",
        help="graphml, gexf, cytoscape, graphology, cypher, ftm, bods, xlsx (files), "
        "neo4j, parquet, csv (folders); of a subgraph also dot, svg, png, html",
    )
    export.add_argument("--out", type=Path, required=True, metavar="PATH")
    export.add_argument("--overwrite", action="store_true", help="replace what lies at PATH")
    export.add_argument("--lang", choices=("en", "zh"), help="of a run: the language of names")
    export.add_argument(
        "--unmask", action="store_true", help="of a run: name natural persons; needs --purpose"
    )
    export.add_argument(
        "--purpose", metavar="TEXT", help="with --unmask: what for, which the file states"
    )


def _add_report(verbs: Any) -> None:
    text = "two pages on a partner, for somebody to sign"
    report = _question(verbs, "report", extracting.report, text)
    report.add_argument("entity", metavar="ENTITY", help="an id")
    report.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="ends with .html or .pdf"
    )
    report.add_argument("--overwrite", action="store_true", help="replace an existing FILE")
    report.add_argument(
        "--purpose", metavar="TEXT", help="with --unmask: what for, which the report states"
    )


def _add_what_if(verbs: Any) -> None:
    text = "what some changes to a register would do, to whom and why; nothing is changed"
    asking = _verb(verbs, "what-if", changes.what_if, text)
    asking.add_argument("source", type=Path, metavar="REGISTER|RUN")
    asking.add_argument(
        "changes",
        type=Path,
        nargs="?",
        metavar="CHANGES",
        help='JSON lines: {"op": "add|change|remove", "table": "…", "row": {…}}',
    )
    asking.add_argument("--out", type=Path, required=True, metavar="DIR", help="tables of effects")
    asking.add_argument("--run", type=Path, help="a run of REGISTER: its day, pack and results")
    asking.add_argument(
        "--policy-after",
        metavar="NAME|DIR",
        help="the pack as it would be: scores everything twice",
    )
    asking.add_argument("--overwrite", action="store_true", help="replace an existing DIR")
    _add_told(asking)
    _add_asked(asking.add_argument_group("of a REGISTER without --run"))


def _add_compare(verbs: Any) -> None:
    text = "whose score changed between two runs, and what each point of it is owed to"
    comparing = _verb(verbs, "compare", changes.compare, text)
    comparing.add_argument("earlier", type=Path, metavar="RUN_A")
    comparing.add_argument("later", type=Path, metavar="RUN_B")
    comparing.add_argument("--out", type=Path, required=True, metavar="DIR")
    comparing.add_argument("--threads", type=int, metavar="N", help="default: every core")
    comparing.add_argument("--overwrite", action="store_true", help="replace an existing DIR")
    _add_told(comparing)


def _add_told(parser: argparse.ArgumentParser) -> None:
    """How it is told who changes."""
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write who changes, and why")
    parser.add_argument("--xlsx", type=Path, metavar="FILE", help="the same as a workbook")


def _add_policy(verbs: Any) -> None:
    text = "list, show or check policy packs"
    policy = verbs.add_parser("policy", help=text, description=text)
    actions = policy.add_subparsers(dest="action", metavar="list|show|check", required=True)
    policy.verbs = actions
    _verb(actions, "list", commands.policy_list, "the packs that come with trustgraph")
    show = _verb(actions, "show", commands.policy_show, "what a pack says, or one of its entries")
    show.add_argument("policy", metavar="NAME|DIR")
    show.add_argument("code", nargs="?", metavar="CODE", help="a record type or rule")
    show.add_argument("--lang", choices=("en", "zh"), default="en")
    check = _verb(
        actions, "check", commands.policy_check, "read a pack and say what is wrong with it"
    )
    check.add_argument("policy", metavar="NAME|DIR")


def _add_generate(verbs: Any) -> None:
    text = "write a made-up register shaped like a real one"
    generate = _verb(verbs, "generate", commands.generate, text)
    generate.add_argument("--companies", type=int, required=True, metavar="N")
    generate.add_argument("--seed", type=int, default=1, metavar="S", help="default: 1")
    generate.add_argument("--out", type=Path, required=True, metavar="DIR")
    generate.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    generate.add_argument(
        "--as-of", metavar="DATE", default="2026-06-30", help="default: %(default)s"
    )
    generate.add_argument(
        "--known",
        type=float,
        default=1.0,
        metavar="SHARE",
        help="share of directors, supervisors, managers and suppliers it knows of (default: 1)",
    )
    generate.add_argument(
        "--employees",
        type=float,
        default=0.0,
        metavar="N",
        help="employees a company beside those who act for it (default: 0)",
    )
    generate.add_argument("--overwrite", action="store_true", help="replace an existing DIR")

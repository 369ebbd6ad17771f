"""The command line: ``trustgraph VERB …``. Data goes to stdout, words about the work to stderr.

Exit codes: 0 done; 1 done with rejected rows under ``--strict``, or a failed check; 2 bad usage or
unusable input; 130 interrupted, 143 terminated.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from trustgraph.about import VERSION
from trustgraph.errors import PolicyError, TrustgraphError, UsageError
from trustgraph.output import Output, Progress, own_lines

__all__ = ["build_parser", "main"]

Command = Callable[[argparse.Namespace, Output], int]

# Heavy modules are imported by the command that needs them: --help answers at once.
# ruff: noqa: PLC0415


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; ``trustgraph --help`` prints it."""
    parser = argparse.ArgumentParser(
        prog="trustgraph",
        description="Partner-trust analysis: what the law attaches to whom, what a record weighs "
        "on its partners, and a score that is the exact sum of its ledger.",
        epilog="Exit codes: 0 done; 1 rows rejected under --strict or a failed check; "
        "2 bad usage or unusable input.",
    )
    parser.add_argument("--version", action="version", version=f"trustgraph {VERSION}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    _add_demo(verbs)
    _add_validate(verbs)
    _add_import(verbs)
    _add_score(verbs)
    _add_questions(verbs)
    _add_policy(verbs)
    _add_generate(verbs)
    return parser


def _verb(verbs: Any, name: str, command: Command, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text)
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.set_defaults(command=command)
    return parser


def _add_demo(verbs: Any) -> None:
    demo = _verb(verbs, "demo", _demo, "generate a small register, score it, explain the worst")
    demo.add_argument(
        "--out", type=Path, default=Path("demo-run"), metavar="DIR", help="default: demo-run"
    )


def _add_validate(verbs: Any) -> None:
    validate = _verb(verbs, "validate", _validate, "read tables and say what is wrong with them")
    validate.add_argument(
        "input", type=Path, metavar="INPUT", help="a folder of tables, or a register"
    )
    validate.add_argument("--mapping", type=Path, metavar="FILE", help="a mapping file (TOML)")
    validate.add_argument("--policy", default="cn-national", metavar="NAME|DIR")
    validate.add_argument(
        "--rejected", type=Path, metavar="FILE", help="write every rejected row here as CSV"
    )


def _add_import(verbs: Any) -> None:
    text = "turn tables of any size into a register on disk; goes on where it was stopped"
    importing = _verb(verbs, "import", _import, text)
    importing.add_argument("input", type=Path, metavar="INPUT", help="a folder of tables")
    importing.add_argument("--out", type=Path, required=True, metavar="REGISTER")
    importing.add_argument("--mapping", type=Path, metavar="FILE", help="a mapping file (TOML)")
    importing.add_argument("--strict", action="store_true", help="stop if any row is rejected")
    importing.add_argument("--overwrite", action="store_true", help="replace an existing REGISTER")


def _add_score(verbs: Any) -> None:
    score = _verb(verbs, "score", _score, "score a folder of tables and write a run folder")
    score.add_argument("input", type=Path, metavar="INPUT", help="a folder of tables or a register")
    score.add_argument("--out", type=Path, required=True, metavar="RUN", help="the run folder")
    score.add_argument("--mapping", type=Path, metavar="FILE", help="a mapping file (TOML)")
    score.add_argument("--policy", default="cn-national", metavar="NAME|DIR")
    score.add_argument("--as-of", metavar="DATE", help="the day to score for (default: today)")
    score.add_argument("--ledger", default="all", metavar="none|top:N|all", help="default: all")
    score.add_argument("--threads", type=int, metavar="N", help="default: every core")
    score.add_argument("--strict", action="store_true", help="stop if any row is rejected")
    score.add_argument("--overwrite", action="store_true", help="replace an existing RUN")
    score.add_argument(
        "--today",
        metavar="DATE",
        help="the day on which retention of records on persons is judged (default: today)",
    )


def _add_questions(verbs: Any) -> None:
    entity = "its id, or the code a masked person is shown by"
    explain = _question(verbs, "explain", _explain, "why an entity stands where it stands")
    explain.add_argument("entity", metavar="ENTITY", help=entity)
    chain = _question(verbs, "chain", _chain, "the strongest chain from one entity to another")
    chain.add_argument("origin", metavar="FROM")
    chain.add_argument("end", metavar="TO")
    owners = _question(verbs, "owners", _owners, "who owns and controls an entity, as a tree")
    owners.add_argument("entity", metavar="ENTITY", help=entity)
    owned = _question(verbs, "owned", _owned, "what an entity owns and controls")
    owned.add_argument("entity", metavar="OWNER", help=entity)


def _question(verbs: Any, name: str, command: Command, text: str) -> argparse.ArgumentParser:
    parser = _verb(verbs, name, command, text)
    parser.add_argument("source", type=Path, metavar="RUN|REGISTER")
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    parser.add_argument(
        "--unmask", action="store_true", help="show names and ids of natural persons"
    )
    asked = parser.add_argument_group("of a REGISTER (a run has its own)")
    asked.add_argument("--policy", metavar="NAME|DIR", help="default: cn-national")
    asked.add_argument("--as-of", metavar="DATE", help="the day asked about (default: today)")
    asked.add_argument("--today", metavar="DATE", help="the day on which retention is judged")
    return parser


def _add_policy(verbs: Any) -> None:
    text = "list, show or check policy packs"
    policy = verbs.add_parser("policy", help=text, description=text)
    actions = policy.add_subparsers(dest="action", metavar="list|show|check", required=True)
    _verb(actions, "list", _policy_list, "the packs that come with trustgraph")
    show = _verb(actions, "show", _policy_show, "what a pack says, or one of its entries")
    show.add_argument("policy", metavar="NAME|DIR")
    show.add_argument("code", nargs="?", metavar="CODE", help="a record type or rule")
    show.add_argument("--lang", choices=("en", "zh"), default="en")
    check = _verb(actions, "check", _policy_check, "read a pack and say what is wrong with it")
    check.add_argument("policy", metavar="NAME|DIR")


def _add_generate(verbs: Any) -> None:
    text = "write a made-up register shaped like a real one"
    generate = _verb(verbs, "generate", _generate, text)
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. No traceback reaches the user."""
    if isinstance(sys.stdout, __import__("io").TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    parsed = build_parser().parse_args(arguments)
    output = Output(as_json=parsed.json)
    command = cast(Command, parsed.command)
    try:
        with _terminable():
            return _carry_out(command, parsed, output)
    except TrustgraphError as error:
        output.say(f"trustgraph: {error}{_notes(error)}")
        return error.exit_code
    except KeyboardInterrupt as error:
        output.say(f"trustgraph: stopped; nothing was half written{_notes(error)}")
        return 128 + (error.args[0] if error.args else signal.SIGINT)
    except BrokenPipeError:
        _print_no_more()  # whoever read our output has closed it: that is no error
        return 0
    except MemoryError:
        output.say("trustgraph: out of memory\n  → score with --ledger top:5 or none")
        return 2
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        output.say(f"trustgraph: {where}{error.strerror or error}")
        try:
            output.flush()
        except OSError:  # it was stdout that failed, and would again at the end
            _print_no_more()
        return 2
    except Exception as error:  # the last door: a fault of ours, said in words
        if os.environ.get("TRUSTGRAPH_TRACEBACK"):
            raise
        output.say(
            f"trustgraph: a fault in trustgraph itself: {type(error).__name__}: {error}\n"
            "  → please report it; TRUSTGRAPH_TRACEBACK=1 shows where it happened"
        )
        return 2


def _notes(error: BaseException) -> str:
    return "".join(f"\n  → {note}" for note in getattr(error, "__notes__", ()))


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM, by which schedulers stop a job, tidy up as Ctrl-C does."""

    def stop(number: int, _frame: object) -> None:
        raise KeyboardInterrupt(number)

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _carry_out(command: Command, parsed: argparse.Namespace, output: Output) -> int:
    code = command(parsed, output)
    output.flush()  # what cannot be printed must be said before the exit code is
    return code


def _print_no_more() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _demo(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.demo import DEMO_COMPANIES, DEMO_DAY, least_trusted, run_demo, worst_lines

    out: Path = parsed.out
    if out.exists() and not (out / "run" / "run.json").is_file() and any(out.iterdir()):
        raise UsageError("holds something that is no demo", where=out, hint="choose another --out")
    run = run_demo(out, stage=Progress(output))
    if output.as_json:
        from trustgraph.batch import explain

        worst = [row[3] for row in least_trusted(run)]
        output.data({"run": str(run.path), "worst": worst, "explained": explain(run, worst[0])})
        return 0
    title = f"The ten least trusted of {DEMO_COMPANIES:,} made-up companies as of {DEMO_DAY}:"
    output.lines([title, ""])
    output.table(("score", "grade", "coverage", "id", "name"), least_trusted(run))
    output.lines(["", "The least trusted of them, explained:", "", *worst_lines(run), ""])
    example = f"trustgraph explain {run.path} {next(least_trusted(run, 1))[3]} --lang zh"
    output.lines([f"The run lies in {run.path}; ask it, for example:", f"  {example}"])
    return 0


def _validate(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.batch import by_pack
    from trustgraph.policy import read_policy
    from trustgraph.reading import read_tables
    from trustgraph.register import compile_register
    from trustgraph.store import is_register, whole_file, write_findings
    from trustgraph.tables import rejection_words, rows_of_lines

    if is_register(parsed.input):
        return _validate_register(parsed, output)
    policy = read_policy(parsed.policy)
    tables = read_tables(parsed.input, mapping=parsed.mapping)
    tables = by_pack(tables, compile_register(tables), policy)
    counts = {
        "entities": tables.entities.height,
        "relationships": tables.relationships.height,
        "records": tables.records.height,
        "consultations": tables.consultations.height,
        "rejected_rows": tables.rejected_rows,
        "flagged_rows": rows_of_lines(tables.flagged),
    }
    if parsed.rejected is not None:
        with whole_file(parsed.rejected) as beside:
            write_findings(tables.rejected, beside)
    if output.as_json:
        shown = {"rejected": tables.rejected.to_dicts(), "flagged": tables.flagged.to_dicts()}
        output.data({**counts, **shown})
    else:
        output.table(("what", "rows"), [(name, f"{count:,}") for name, count in counts.items()])
        if counts["rejected_rows"]:
            output.lines(["", *own_lines(rejection_words(tables.rejected))])
        for line in tables.flagged.head(5).to_dicts():
            output.lines([f"  {line['file']} row {line['row']}: kept, but {line['reason']}"])
    return 1 if counts["rejected_rows"] else 0


def _validate_register(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.store import verify_register

    if parsed.mapping is not None or parsed.rejected is not None:
        raise UsageError(
            "a register has been checked already",
            where=parsed.input,
            hint="its rejected.csv says of what rows; leave out --mapping and --rejected",
        )
    counts = verify_register(parsed.input)
    if output.as_json:
        output.data(counts)
    else:
        output.table(("what", "count"), [(name, f"{count:,}") for name, count in counts.items()])
        output.lines(["", "Every part is as it was written."])
    return 0


def _import(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.importing import TABLES, import_register

    made = import_register(
        parsed.input,
        parsed.out,
        mapping=parsed.mapping,
        strict=parsed.strict,
        overwrite=parsed.overwrite,
        stage=Progress(output),
    )
    rows = {name: getattr(made, name) for name in made.__dataclass_fields__ if name != "path"}
    if output.as_json:
        output.data({"register": str(made.path), **rows})
        return 0
    counts = (f"{rows[name]:,} {name}" for name in TABLES)
    output.lines([", ".join(counts)])
    _say_findings(rows, made.path, output)
    output.lines([f"The register lies in {made.path}"])
    return 0


def _say_findings(counts: dict[str, int], folder: Path, output: Output) -> None:
    if counts["rejected_rows"]:
        rejected = folder / "rejected.csv"
        output.lines([f"{counts['rejected_rows']:,} rows rejected: see {rejected}"])
    if counts["flagged_rows"]:
        flagged = folder / "flagged.csv"
        output.lines([f"{counts['flagged_rows']:,} rows used, but doubtful: see {flagged}"])


def _score(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.batch import score_input

    run = score_input(
        parsed.input,
        parsed.out,
        mapping=parsed.mapping,
        policy=parsed.policy,
        as_of=parsed.as_of,
        forget_on=parsed.today,
        ledger=parsed.ledger,
        threads=parsed.threads,
        strict=parsed.strict,
        overwrite=parsed.overwrite,
        stage=Progress(output),
    )
    counts = run.manifest["counts"]
    if output.as_json:
        output.data({"run": str(run.path), **run.manifest})
        return 0
    scored = (
        f"{counts['scored']:,} scored of {counts['entities']:,} entities, "
        f"{counts['relationships']:,} relationships; {counts['records_counting']:,} of "
        f"{counts['records']:,} records count as of {run.manifest['as_of']}"
    )
    made = f"{counts['ledger_lines']:,} ledger lines, {counts['consequences']:,} consequences"
    output.lines([scored, made])
    _say_findings(counts, run.path, output)
    output.lines([f"The run lies in {run.path}"])
    return 0


def _asked(parsed: argparse.Namespace) -> dict[str, Any]:
    """How a question is asked, whatever it is."""
    return {
        "policy": parsed.policy,
        "as_of": parsed.as_of,
        "forget_on": parsed.today,
        "language": parsed.lang,
        "unmask": parsed.unmask,
    }


def _explain(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.batch import explain
    from trustgraph.wording import explanation_lines

    found = explain(parsed.source, parsed.entity, **_asked(parsed))
    if output.as_json:
        output.data(found)
    else:
        output.lines(explanation_lines(found, parsed.lang))
    return 0


def _chain(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.batch import chain
    from trustgraph.wording import chain_lines

    found = chain(parsed.source, parsed.origin, parsed.end, **_asked(parsed))
    if output.as_json:
        output.data(found)
    else:
        output.lines(chain_lines(found, parsed.lang))
    return 0


def _owners(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.batch import owners
    from trustgraph.holders_wording import owners_lines

    found = owners(parsed.source, parsed.entity, **_asked(parsed))
    if output.as_json:
        output.data(found)
    else:
        output.lines(owners_lines(found, parsed.lang))
    return 0


def _owned(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.batch import owned
    from trustgraph.holders_wording import owned_lines

    found = owned(parsed.source, parsed.entity, **_asked(parsed))
    if output.as_json:
        output.data(found)
    else:
        output.lines(owned_lines(found, parsed.lang))
    return 0


def _policy_list(_parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.policy import list_policies, read_policy

    packs = [read_policy(name) for name in list_policies()]
    rows = [
        {
            "name": pack.name,
            "version": pack.version,
            "record_types": len(pack.record_types),
            "rules": len(pack.rules),
            "title": pack.title.en,
        }
        for pack in packs
    ]
    if output.as_json:
        output.data(rows)
    else:
        table = [[str(value) for value in row.values()] for row in rows]
        output.table(("name", "version", "record types", "rules", "title"), table)
    return 0


def _policy_show(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.policy import read_policy
    from trustgraph.policy.show import entry_of, pack_lines, pack_of

    policy = read_policy(parsed.policy)
    if parsed.code is not None:
        found = entry_of(policy, parsed.code, parsed.lang)
    else:
        found = pack_of(policy, parsed.lang)
    if output.as_json:
        output.data(found)
    else:
        output.lines(pack_lines(found))
    return 0


def _policy_check(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.policy import read_policy

    try:
        policy = read_policy(parsed.policy)
    except PolicyError as error:
        if output.as_json:
            output.data({"ok": False, "problems": list(error.problems) or [error.what]})
        else:
            output.say(f"trustgraph: {error}")
        return 1
    if output.as_json:
        output.data({"ok": True, "name": policy.name, "fingerprint": policy.fingerprint})
    else:
        found = (
            f"{policy.name} {policy.version}: {len(policy.record_types)} record types, "
            f"{len(policy.rules)} rules, {len(policy.channels)} channels: no problem found"
        )
        output.lines([found, f"fingerprint {policy.fingerprint}"])
    return 0


def _generate(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.batch import parse_day
    from trustgraph.store import writing
    from trustgraph.synthesis import generate

    if parsed.companies < 1:
        raise UsageError(f"cannot generate {parsed.companies} companies", hint="give 1 or more")
    progress = Progress(output)
    as_of = parse_day(parsed.as_of)
    if as_of.year < 1950:
        raise UsageError(f"cannot generate a register as of {as_of}", hint="give 1950 or later")
    with writing(parsed.out):
        made = generate(
            parsed.out,
            companies=parsed.companies,
            seed=parsed.seed,
            as_of=as_of,
            format=parsed.format,
            known=parsed.known,
            employees=parsed.employees,
            overwrite=parsed.overwrite,
            progress=lambda done, total: progress("generating", done, total),
        )
    rows = {
        "entities": made.entities,
        "relationships": made.relationships,
        "records": made.records,
        "consultations": made.consultations,
    }
    if output.as_json:
        output.data({"out": str(parsed.out), **rows})
    else:
        counts = ", ".join(f"{count:,} {name}" for name, count in rows.items())
        output.lines([counts, f"The tables lie in {parsed.out}"])
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What each verb of the command line does: a job is called, its answer printed.

Every command takes the parsed arguments and the output, and returns an exit code.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from trustgraph.cli.output import Output, Progress
from trustgraph.errors import PolicyError, UsageError

if TYPE_CHECKING:
    from trustgraph.runs.run import Run

__all__ = [
    "demo",
    "generate",
    "import_tables",
    "policy_check",
    "policy_list",
    "policy_show",
    "score",
]

# Heavy modules are imported by the command that needs them: --help answers at once.
# ruff: noqa: PLC0415


def demo(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.cli.demo import DEMO_COMPANIES, DEMO_DAY, least_trusted, run_demo, worst_lines

    out: Path = parsed.out
    made = ("run/run.json", "register/stories.json")
    if out.exists() and any(out.iterdir()) and not all((out / one).is_file() for one in made):
        raise UsageError("holds something that is no demo", where=out, hint="choose another --out")
    run = run_demo(out, stage=Progress(output))
    if output.as_json:
        from trustgraph.api import queries as questions

        worst = [row[3] for row in least_trusted(run)]
        output.data(
            {"run": str(run.path), "worst": worst, "explained": questions.explain(run, worst[0])}
        )
        return 0
    title = f"The ten least trusted of {DEMO_COMPANIES:,} made-up companies as of {DEMO_DAY}:"
    output.lines([title, ""])
    output.table(("score", "grade", "coverage", "id", "name"), least_trusted(run))
    output.lines(["", "The least trusted of them, explained:", "", *worst_lines(run), ""])
    example = f"trustgraph explain {run.path} {next(least_trusted(run, 1))[3]} --lang zh"
    output.lines([f"The run lies in {run.path}; ask it, for example:", f"  {example}"])
    return 0


def import_tables(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.ingest.bulk import TABLES, import_register

    if parsed.add is not None:
        return _add_rows(parsed, output)
    if parsed.out is None:
        raise UsageError("--out is missing", hint="say where the register is to lie")
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


def _add_rows(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.api.jobs import add_to_register

    made = add_to_register(
        parsed.add,
        parsed.input,
        mapping=parsed.mapping,
        out=parsed.out,
        strict=parsed.strict,
        overwrite=parsed.overwrite,
        stage=Progress(output),
    )
    rows = {name: getattr(made, name) for name in made.__dataclass_fields__ if name != "path"}
    if output.as_json:
        output.data({"register": str(made.path), **rows})
        return 0
    for words, counts in (
        ("added or given again", made.upserted),
        ("removed or replaced", made.removed),
    ):
        said = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        output.lines([f"{words}: {said}"])
    now = (f"{rows[name]:,} {name}" for name in made.upserted)
    output.lines([f"there are now {', '.join(now)}"])
    if parsed.mapping is not None:
        output.lines(["nothing is removed through a mapping: what no file says any more stays"])
    _say_findings(rows, made.path, output)
    output.lines([f"The register lies in {made.path}"])
    return 0


def _say_findings(counts: dict[str, int], folder: Path, output: Output) -> None:
    from trustgraph.tables.tables import counted

    if counts["rejected_rows"]:
        rejected = folder / "rejected.csv"
        output.lines([f"{counted(counts['rejected_rows'], 'row')} rejected: see {rejected}"])
    if counts["flagged_rows"]:
        flagged = folder / "flagged.csv"
        rows = counted(counts["flagged_rows"], "row")
        output.lines([f"{rows} used, but doubtful: see {flagged}"])


def score(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph.api.jobs import score_input

    run = score_input(
        parsed.input,
        parsed.out,
        mapping=parsed.mapping,
        policy=parsed.policy,
        as_of=parsed.as_of,
        retention_on=parsed.retention_on,
        ledger=parsed.ledger,
        since=parsed.since,
        threads=parsed.threads,
        strict=parsed.strict,
        overwrite=parsed.overwrite,
        engine=parsed.engine,
        master=parsed.master,
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
    if run.manifest["register"] is not None and counts["scored"]:
        _say_worst(run, output)
    output.lines([f"The run lies in {run.path}"])
    return 0


def _say_worst(run: Run, output: Output) -> None:
    """How the grades fall, and who stands worst."""
    from trustgraph.api.daily import ranking
    from trustgraph.api.queries import overview
    from trustgraph.cli.tables import ranking_table

    grades = (f"{one['grade']} {one['count']:,}" for one in overview(run)["grades"])
    output.lines([f"grades: {', '.join(grades)}", "", "The least trusted:"])
    output.table(*ranking_table(ranking(run, limit=10)["rows"], "en"))
    output.lines([""])


def policy_list(_parsed: argparse.Namespace, output: Output) -> int:
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


def policy_show(parsed: argparse.Namespace, output: Output) -> int:
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


def policy_check(parsed: argparse.Namespace, output: Output) -> int:
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
        warnings = list(policy.warnings)
        about = {"ok": True, "name": policy.name, "fingerprint": policy.fingerprint}
        output.data({**about, "warnings": warnings})
    else:
        found = (
            f"{policy.name} {policy.version}: {len(policy.record_types)} record types, "
            f"{len(policy.rules)} rules, {len(policy.channels)} channels: no problem found"
        )
        for warning in policy.warnings:
            output.say(f"warning: {warning}")
        output.lines([found, f"fingerprint {policy.fingerprint}"])
    return 0


def generate(parsed: argparse.Namespace, output: Output) -> int:
    from trustgraph import synthesis
    from trustgraph.api.arguments import parse_day
    from trustgraph.storage import writing

    if parsed.companies < 1:
        raise UsageError(f"cannot generate {parsed.companies} companies", hint="give 1 or more")
    progress = Progress(output)
    as_of = parse_day(parsed.as_of)
    if as_of.year < 1950:
        raise UsageError(f"cannot generate a register as of {as_of}", hint="give 1950 or later")
    with writing(parsed.out):
        made = synthesis.generate(
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

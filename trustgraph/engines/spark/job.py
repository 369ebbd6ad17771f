"""A Spark job from tables to a run: which stage follows which."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import polars as pl

from trustgraph.engines.spark.session import check_spark, spark_session
from trustgraph.errors import RejectedRowsError, TrustgraphError, UsageError
from trustgraph.ingest.bulk.sources import Input, fingerprint_of, report_on
from trustgraph.policy import Policy
from trustgraph.reading.folder import absent_lines
from trustgraph.register.pack_checks import source_lines
from trustgraph.runs.run import Run, open_run, write_manifest
from trustgraph.scoring.ledger import Ledger
from trustgraph.storage import (
    RUN_MANIFEST,
    Work,
    check_free,
    followed,
    working,
    write_findings,
    write_input_report,
)
from trustgraph.tables.sheet import CONTRACTS, findings
from trustgraph.tables.suggestions import near_reasons
from trustgraph.tables.tables import rejection_words, rows_of_lines
from trustgraph.version import VERSION

__all__ = ["score_on_spark"]

Stage = Callable[[str, int, int], None]

LEFT_OUT: Final = ["register", "sums"]
"""What a local run holds and one of Spark does not."""


def score_on_spark(
    source: Path,
    out: Path,
    policy: Policy,
    *,
    as_of: dt.date,
    retention_on: dt.date,
    ledger: Ledger,
    master: str | None = None,
    strict: bool = False,
    overwrite: bool = False,
    stage: Stage | None = None,
) -> Run:
    """Score a folder of Parquet tables on a Spark cluster and write a run folder, whole or not.

    ``source`` and the folder of ``out`` lie on a path that the driver and every worker see under
    the same name; the workers' Python has trustgraph. ``master`` is a cluster's URL; None leaves it
    to spark-defaults.conf. The tables are those of the local engine, row for row; there is no
    register in the run, and no control. What was done when the driver ended, however it ended, is
    not done again by the same command. Raises InputError, UsageError; with ``strict``,
    RejectedRowsError if any row was rejected.
    """
    check_spark()
    # pyspark is there: only now may the modules be imported that need it.
    from trustgraph.engines.spark.law import check_control  # noqa: PLC0415  # needs pyspark
    from trustgraph.engines.spark.reading import parquet_sources  # noqa: PLC0415  # as above
    from trustgraph.engines.spark.stages import check_path  # noqa: PLC0415  # as above

    began = time.monotonic()
    check_free(out, overwrite=overwrite)
    check_control(policy, as_of)
    sources = parquet_sources(source)
    out = followed(out)
    for path in (source, out):
        check_path(path)
    asked = [fingerprint_of(source, sources), VERSION, "spark", policy.fingerprint, str(ledger)]
    asked += [as_of.isoformat(), retention_on.isoformat()]
    fingerprint = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    about: dict[str, Any] = {
        "trustgraph": VERSION,
        "engine": "spark",
        "ledger": str(ledger),
        "input": {"path": str(source), "mapping": None},
        "left_out": [*LEFT_OUT, *(["control"] if policy.control_on(as_of) is not None else [])],
    }
    tell = stage or (lambda _name, _done, _total: None)
    with working(out, fingerprint, manifest=RUN_MANIFEST, overwrite=overwrite) as work:
        log = work.folder / "spark.log"
        tell("starting Spark", 0, 1)
        with _spark_errors(log), spark_session(master, log=log) as session:
            tell("starting Spark", 1, 1)
            about["spark"] = {"master": session.sparkContext.master, "version": session.version}
            counts = _carry_out(
                session, work, source, sources, policy, (as_of, retention_on), ledger, strict, tell
            )
        about["seconds"] = round(time.monotonic() - began, 3)
        write_manifest(work.whole, policy, (as_of, retention_on), None, counts=counts, about=about)
    return open_run(out)


def _carry_out(
    session: Any,
    work: Work,
    source: Path,
    sources: list[Any],
    policy: Policy,
    days: tuple[dt.date, dt.date],
    ledger: Ledger,
    strict: bool,
    tell: Stage,
) -> dict[str, int]:
    """All stages in order; what was counted on the way."""
    from trustgraph.engines.spark.coverage import coverage_of  # noqa: PLC0415  # see score_on_spark
    from trustgraph.engines.spark.exposure import exposure_lines  # noqa: PLC0415  # as above
    from trustgraph.engines.spark.law import derived, law_of, reached  # noqa: PLC0415  # as above
    from trustgraph.engines.spark.reading import checked_rows, find_inputs  # noqa: PLC0415  # as above
    from trustgraph.engines.spark.record_states import Days, record_states  # noqa: PLC0415  # as above
    from trustgraph.engines.spark.scores import consequence_rows, ledger_rows, score_rows, totals  # noqa: PLC0415  # as above
    from trustgraph.engines.spark.stages import Stages, size_shuffles  # noqa: PLC0415  # as above
    from trustgraph.engines.spark.tables import kept_tables  # noqa: PLC0415  # as above
    from trustgraph.engines.spark.writing import write_table  # noqa: PLC0415  # as above

    as_of, retention_on = days
    stages = Stages(session=session, work=work, tell=tell)
    inputs = find_inputs(source, sources, work)
    size_shuffles(session, sum(table.rows for table in inputs.values()))
    checked = {name: checked_rows(stages, table) for name, table in inputs.items()}
    ids = {name: ids for name, (_, _, ids) in checked.items()}
    kept = kept_tables(stages, {name: rows for name, (rows, _, _) in checked.items()}, ids)
    on = Days(as_of, retention_on)
    records = stages.kept(
        "record-states",
        lambda: record_states(stages, kept.records, policy, on),
        words="records as of the day",
    )
    unread = _rejected(stages, inputs, kept)
    write_input_report(report_on(inputs, unread), work.whole)
    rejected = pl.concat([unread, _unknown_types(stages, inputs["records"], kept, policy)])
    if strict and rejected.height:
        raise RejectedRowsError(
            rejection_words(rejected), where=source, hint="mend the rows or leave out --strict"
        )
    lines = exposure_lines(stages, kept.relationships, records, policy, today=on.today)
    law = law_of(stages, kept, records, policy, as_of)
    found = stages.kept("reached", lambda: reached(law, as_of), words="consequences")
    covered = stages.kept(
        "covered", lambda: coverage_of(stages, kept, policy, as_of=as_of), words="coverage"
    )
    summed = stages.kept(
        "totals",
        lambda: totals(stages, covered, records, lines, found, policy, as_of),
        words="scores",
    )
    graded = derived(law, summed.select("entity", "rank"))
    if graded is not None:
        worst = graded
        found = found.unionByName(
            stages.kept("derived", lambda: worst, words="consequences of grades")
        )
    flagged = _flagged(stages, source, sources, inputs, kept, policy)
    write_findings(rejected, work.whole / "rejected.csv")
    write_findings(flagged, work.whole / "flagged.csv")
    counted = stages.told("counted", lambda: _counted(kept, records, summed, lines, found))
    heights = {
        "scores": write_table(
            stages, "scores", score_rows(stages, summed, policy), about=counted["scored"]
        ),
        "ledger": write_table(
            stages,
            "ledger",
            ledger_rows(summed, records, lines, policy, ledger),
            about=_about_ledger(counted, ledger),
        ),
        "consequences": write_table(
            stages,
            "consequences",
            consequence_rows(stages, found, policy, as_of),
            about=counted["consequences"],
        ),
    }
    _write_control(work, policy, as_of)
    return {
        **{name: counted[name] for name in ("entities", "relationships", "records")},
        **{name: counted[name] for name in ("records_counting", "records_overdue")},
        "scored": heights["scores"],
        "ledger_lines": heights["ledger"],
        "consequences": heights["consequences"],
        "rejected_rows": rows_of_lines(rejected),
        "flagged_rows": rows_of_lines(flagged),
    }


def _counted(kept: Any, records: Any, summed: Any, lines: Any, found: Any) -> dict[str, int]:
    from pyspark.sql import functions as sf  # noqa: PLC0415  # see score_on_spark

    of_records = records.agg(
        sf.count(sf.when(sf.col("known"), 1)),
        sf.count(sf.when(sf.col("counts"), 1)),
        sf.count(sf.when(sf.col("forgotten"), 1)),
    ).first()
    return {
        "entities": kept.entities.count(),
        "relationships": kept.relationships.count(),
        "records": of_records[0],
        "records_counting": of_records[1],
        "records_overdue": of_records[2],
        "scored": summed.count(),
        "lines": lines.count(),
        "consequences": found.count(),
    }


def _about_ledger(counted: dict[str, int], ledger: Ledger) -> int:
    if ledger.keep == "none":
        return 0
    most = counted["lines"]
    if ledger.keep == "top":
        most = min(most, counted["scored"] * (ledger.top + 1))
    return counted["scored"] + counted["records_counting"] + most


def _rejected(stages: Any, inputs: dict[str, Input], kept: Any) -> pl.DataFrame:
    """The lines of ``rejected``, table by table, whatever the pack."""
    from trustgraph.engines.spark.writing import found_lines  # noqa: PLC0415  # see score_on_spark

    return pl.concat(
        found_lines(stages, inputs[table], kept.lines[table], "rejected") for table in CONTRACTS
    )


def _unknown_types(stages: Any, source: Input, kept: Any, policy: Policy) -> pl.DataFrame:
    """Lines for ``rejected``: records of a type that the pack has not. They never count."""
    known = list(policy.record_types)
    rows = kept.records.filter(~kept.records["type"].isin(known))
    found = stages.told(
        "unknown-types", lambda: [list(row) for row in rows.select("place", "type").collect()]
    )
    if not found:
        return findings([])
    places = pl.Series([place for place, _ in found], dtype=pl.Int64)
    types = pl.Series([code for _, code in found], dtype=pl.String)
    words = f"the policy pack {policy.name} has no type"
    every = pl.int_range(len(found), eager=True).to_numpy()
    return (
        source.origins(places.to_numpy())
        .of(every)
        .with_columns(
            column=pl.lit("type"),
            value=types,
            reason=near_reasons(types, policy.record_types, words),
        )
        .sort("file", "row")
    )


def _flagged(
    stages: Any,
    source: Path,
    sources: list[Any],
    inputs: dict[str, Input],
    kept: Any,
    policy: Policy,
) -> pl.DataFrame:
    """All lines of ``flagged`` but those on stakes as of the day."""
    from trustgraph.engines.spark.pieces import header_lines  # noqa: PLC0415  # see score_on_spark
    from trustgraph.engines.spark.writing import found_lines  # noqa: PLC0415  # as above

    found = [absent_lines(source, sources)]
    for table in CONTRACTS:
        found += [
            header_lines(inputs[table]),
            found_lines(stages, inputs[table], kept.lines[table], "flagged"),
        ]
    counted = stages.told(
        "searched",
        lambda: sorted(
            [row[0], row[1]] for row in kept.consultations.groupBy("source").count().collect()
        ),
    )
    return pl.concat([*found, source_lines(dict(counted), policy)])


def _write_control(work: Work, policy: Policy, as_of: dt.date) -> None:
    """A pack that asks for no control has a table without rows; else the table is left out."""
    from trustgraph.engines.spark.writing import CONTROL_SCHEMA  # noqa: PLC0415  # see above

    if policy.control_on(as_of) is None:
        pl.DataFrame(schema=CONTROL_SCHEMA).write_parquet(work.whole / "control.parquet")


@contextmanager
def _spark_errors(log: Path) -> Iterator[None]:
    """Turn what Spark gives up with into a UsageError that says where its own words are."""
    try:
        yield
    except TrustgraphError:
        raise
    except Exception as error:
        from py4j.protocol import Py4JError  # noqa: PLC0415  # comes with pyspark
        from pyspark.errors import PySparkException  # noqa: PLC0415  # as above

        if not isinstance(error, Py4JError | PySparkException | ConnectionError):
            raise
        text = str(error)
        hint = f"Spark's own words: {log}; the same command goes on from the last stage"
        if "No module named 'trustgraph" in text:
            hint = (
                "install trustgraph for the Python that the workers run (PYSPARK_PYTHON); "
                f"Spark's own words: {log}"
            )
        said = [line.strip() for line in text.splitlines() if line.strip()]
        raise UsageError(f"Spark gave up: {said[0] if said else error!r}", hint=hint) from error

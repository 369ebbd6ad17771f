"""One register as many programs write it: the same scores, to the last micro-point."""

from __future__ import annotations

import csv
import datetime as dt
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs
import pytest
from depth import some
from places import PROJECT

import trustgraph as tg
from trustgraph.ingest.bulk import import_register
from trustgraph.tables.sheet import CONTRACTS

DAY: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
TABLES = tuple(CONTRACTS)
DATES = {"start", "end", "decided_on", "published_on", "ends_on", "repaired_on", "consulted_on"}


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Text as it was given: the tables of a generated register as CSV, with what people add.

    Regions with a gap (which libraries take for numbers), shares of ten digits, a line end in a
    name, quotes and Chinese.
    """
    made = tmp_path_factory.mktemp("made")
    tg.generate(made / "tables", companies=120, seed=7, format="csv")
    folder = made / "given"
    folder.mkdir()
    for table in TABLES:
        source = made / "tables" / table
        files = sorted(source.glob("*.csv")) if source.is_dir() else [source.with_suffix(".csv")]
        frame = pl.concat([pl.read_csv(file, infer_schema=False) for file in files])
        if table == "entities":
            first = pl.int_range(pl.len()) == 0
            frame = frame.with_columns(
                name=pl.when(first).then(pl.lit('深圳市"甲乙", 有限公司')).otherwise("name")
            )
        if table == "relationships":
            stake = (pl.col("kind") == "shareholder") & (pl.int_range(pl.len()) % 3 == 0)
            frame = frame.with_columns(
                share=pl.when(stake).then(pl.lit("0.3333333333")).otherwise("share")
            )
        frame.write_csv(folder / f"{table}.csv")
    return folder


@pytest.fixture(scope="module")
def expected(given: Path) -> dict[str, pl.DataFrame]:
    return results(given)


def results(folder: Path, mapping: Path | None = None) -> dict[str, pl.DataFrame]:
    tables = tg.read_tables(folder, mapping=mapping)
    assert tables.rejected.is_empty(), tables.rejected
    found = tg.score(tables, **DAY)
    results = {
        name: getattr(found, name) for name in ("scores", "lines", "consequences", "control")
    }
    for table, columns in CONTRACTS.items():
        frame = getattr(tables, table).select(column.name for column in columns)
        results[table] = frame.sort(pl.all(), nulls_last=True)
    return results


def same(found: dict[str, pl.DataFrame], expected: dict[str, pl.DataFrame]) -> None:
    for name, frame in expected.items():
        assert found[name].equals(frame), name


# --- The writers ----------------------------------------------------------------------------------


def polars_csv(source: Path, out: Path) -> None:
    pl.read_csv(source, try_parse_dates=True).write_csv(out.with_suffix(".csv"))


def polars_parquet(source: Path, out: Path) -> None:
    pl.read_csv(source, try_parse_dates=True).write_parquet(out.with_suffix(".parquet"))


def polars_float32(source: Path, out: Path) -> None:
    """Confidences in half the bytes; shares have more digits than 32 bits hold."""
    frame = pl.read_csv(source, try_parse_dates=True)
    frame.with_columns(cs.by_name("confidence", require_all=False).cast(pl.Float32)).write_parquet(
        out.with_suffix(".parquet")
    )


def pandas_csv(source: Path, out: Path) -> None:
    import pandas as pd  # noqa: PLC0415  # may be missing

    pd.read_csv(source).to_csv(out.with_suffix(".csv"), index=False)


def pandas_index(source: Path, out: Path) -> None:
    """With the numbers of its rows in front, which most people forget to leave out."""
    import pandas as pd  # noqa: PLC0415  # as above

    pd.read_csv(source).to_csv(out.with_suffix(".csv"))


def pandas_parquet(source: Path, out: Path) -> None:
    import pandas as pd  # noqa: PLC0415  # as above

    frame = pd.read_csv(source)
    for name in DATES & set(frame.columns):
        frame[name] = pd.to_datetime(frame[name])
    frame.to_parquet(out.with_suffix(".parquet"))


def pandas_utc(source: Path, out: Path) -> None:
    """Days as moments in a time zone: midnight in China is the day before in UTC."""
    import pandas as pd  # noqa: PLC0415  # as above

    frame = pd.read_csv(source)
    for name in DATES & set(frame.columns):
        there = pd.to_datetime(frame[name]).dt.tz_localize("Asia/Shanghai")
        frame[name] = there.dt.tz_convert("UTC")
    frame.to_parquet(out.with_suffix(".parquet"))


def pyarrow_parts(source: Path, out: Path) -> None:
    """In parts by a column, as partitioned data sets are written."""
    import pyarrow.csv as pc  # noqa: PLC0415  # as above
    import pyarrow.parquet as pq  # noqa: PLC0415  # as above

    table = pc.read_csv(source)
    by = [name for name in ("kind", "type", "source") if name in table.column_names][:1]
    pq.write_to_dataset(table, out, partition_cols=by)


def _duckdb(source: Path, out: Path, form: str) -> None:
    import duckdb  # noqa: PLC0415  # as above

    held = duckdb.connect()
    held.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{source}')")  # noqa: S608  # our own
    held.execute(f"COPY t TO '{out.with_suffix('.' + form)}' (FORMAT {form})")


def duckdb_csv(source: Path, out: Path) -> None:
    _duckdb(source, out, "csv")


def duckdb_parquet(source: Path, out: Path) -> None:
    _duckdb(source, out, "parquet")


def libreoffice(source: Path, out: Path) -> None:
    """Opened as CSV and saved as CSV, cells as they are shown."""
    form = "Text - txt - csv (StarCalc):44,34,76,1"
    profile = out.parent.parent / "profile"
    subprocess.run(  # noqa: S603  # found above
        [
            str(shutil.which("soffice")),
            f"-env:UserInstallation={profile.as_uri()}",
            *("--headless", "--convert-to", f"csv:{form}", f"--infilter={form}"),
            *("--outdir", str(out.parent), str(source)),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )


PLAIN: list[Callable[[Path, Path], None]] = [
    polars_csv,
    polars_parquet,
    polars_float32,
    pandas_csv,
    pandas_index,
    pandas_parquet,
    pandas_utc,
    pyarrow_parts,
    duckdb_csv,
    duckdb_parquet,
    libreoffice,
]


def need(writer: Callable[[Path, Path], None]) -> None:
    if writer is libreoffice:
        if shutil.which("soffice") is None:
            pytest.skip("there is no soffice: apt-get install libreoffice-calc")
        return
    module = writer.__name__.partition("_")[0]
    if module == "pandas":
        pytest.importorskip("pyarrow", reason="make install-formats")
    pytest.importorskip(module, reason="make install-formats")


@pytest.mark.parametrize("writer", PLAIN, ids=lambda one: one.__name__)
def test_the_same_scores(
    writer: Callable[[Path, Path], None],
    given: Path,
    expected: dict[str, pl.DataFrame],
    tmp_path: Path,
) -> None:
    need(writer)
    folder = tmp_path / "tables"
    folder.mkdir()
    for table in TABLES:
        writer(given / f"{table}.csv", folder / table)
    same(results(folder), expected)
    if writer not in some(PLAIN, 3):
        return  # what memory read, an import reads: all of them at CI's depth
    register = import_register(folder, tmp_path / "register")
    assert register.rejected_rows == 0
    run = tg.score_input(register.path, tmp_path / "run", **DAY)
    assert run.scores().collect().equals(expected["scores"])


# --- Excel, which no machine of ours has: what it is known to write ------------------------------

FIELDS = {
    "entities": ("id", "kind", "name", "uscc", "region", "industry", "status", "start", "end"),
    "relationships": ("source", "target", "kind", "share", "confidence", "start", "end"),
    "records": ("id", "entity", "type", "decided_on", "ends_on", "repaired_on", "amount"),
    "consultations": ("source", "consulted_on", "entity"),
}


def excel_csv(source: Path, out: Path, encoding: str) -> None:
    """As Excel in Chinese saves CSV: its code page, days without zeros, whole rows of commas."""
    with source.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    shown = []
    for row in rows:
        cells = []
        for name, cell in zip(header, row, strict=True):
            day = name in DATES and cell
            told = dt.date.fromisoformat(cell) if day else None
            cells.append(f"{told.year}/{told.month}/{told.day}" if told else cell)
        shown.append(cells)
    with out.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerows([header, *shown, [""] * len(header), [""] * len(header)])


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_the_same_scores_out_of_excel(
    encoding: str, given: Path, expected: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    """Its days need a mapping, for 2024/5/6 is no day of ours; the rows of commas are no rows."""
    folder = tmp_path / "tables"
    folder.mkdir()
    lines = []
    for table in TABLES:
        excel_csv(given / f"{table}.csv", folder / f"{table}.csv", encoding)
        with (given / f"{table}.csv").open(encoding="utf-8") as file:
            header = next(csv.reader(file))
        lines += [f"[[{table}]]", f'file = "{table}.csv"', f"[{table}.fields]"]
        for name in header:
            key = 'date = "YYYY/M/D"' if name in DATES else ""
            lines.append(f"{name} = {{ {', '.join(filter(None, (f'column = {name!r}', key)))} }}")
    mapping = tmp_path / "excel.toml"
    mapping.write_text("\n".join(lines), encoding="utf-8")
    same(results(folder, mapping), expected)


def test_ci_has_all_writers() -> None:
    """Where everything is required nothing is skipped; elsewhere this says what is missing."""
    if os.environ.get("TRUSTGRAPH_REQUIRE_ALL"):
        assert shutil.which("soffice")
    assert (PROJECT / "datasets").is_dir()

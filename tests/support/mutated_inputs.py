"""Inputs as nobody would send them: a grammar of mutations of CSV, Parquet, workbooks and mappings.

``mutated(Random(seed), folder)`` writes one; what must hold of it is ``mutated_checks``'s business.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final

import polars as pl
from mutated_books import book_of
from mutated_rows import ON_ROWS, Rows, base_rows

__all__ = ["ON_TEXT", "TABLES", "Input", "mapping_of", "mutated", "written_csv", "written_parquet"]

TABLES: Final = ("entities", "relationships", "records", "consultations")
_ENCODINGS: Final = (
    *("utf-16", "utf-16-le", "utf-32", "big5", "shift_jis", "euc_kr"),
    *("cp1252", "cp1251", "latin-1", "cp936", "gb18030", "gb18030"),
)


@dataclass(slots=True)
class Input:
    """What was written: ``rows`` are how many each table has, None where nobody can say.

    ``cells`` are the rows as they were written, by file and row, of files that nothing else befell.
    """

    folder: Path
    mapping: Path | None = None
    rows: dict[str, int | None] = field(default_factory=dict)
    cells: dict[tuple[str, int], dict[str, str]] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)


def mutated(rng: Random, folder: Path) -> Input:
    """Write one input into an empty folder."""
    made = Input(folder)
    for table in TABLES:
        if table != "entities" and rng.random() < 0.25:
            continue
        columns, rows = base_rows(rng, table)
        for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
            step = rng.choice(ON_ROWS)
            made.steps.append(f"{table}: {step.__name__}")
            step(rng, columns, rows)
        made.rows[table] = len(rows)
        write = rng.choice(
            (
                written_csv,
                written_csv,
                written_csv,
                written_csv,
                written_parquet,
                _parts,
                _book,
                _json_lines,
            )
        )
        made.steps.append(f"{table}: {write.__name__}")
        if not write(rng, made, table, columns, rows):
            made.rows[table] = None
    if rng.random() < 0.3:
        made.mapping = folder.parent / "map.toml"
        made.mapping.write_text(mapping_of(rng, made), encoding="utf-8")
    if rng.random() < 0.1:
        _beside(rng, folder)
        made.steps.append("something beside")
    return made


# --- Files ----------------------------------------------------------------------------------------


def written_csv(
    rng: Random, made: Input, table: str, columns: list[str], rows: Rows, name: str | None = None
) -> bool:
    """Returns whether the number of rows is certain: no byte of it was touched."""
    text = io.StringIO()
    ends = rng.choice(("\n", "\n", "\r\n"))
    writer = csv.DictWriter(
        text,
        columns,
        delimiter=rng.choice(",,,,;\t|"),
        quoting=rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
        lineterminator=ends,
    )
    writer.writeheader()
    writer.writerows(rows)
    said, sure = text.getvalue(), True
    if not all(columns) or any(not any(row.values()) for row in rows) or len(columns) == 1:
        sure = False  # a row of blanks may look like no row at all
    for _ in range(rng.choice((0, 0, 0, 0, 0, 1, 1, 2))):
        change = rng.choice(ON_TEXT)
        made.steps.append(f"{table}: {change.__name__}")
        said, kept = change(rng, said, ends)
        sure &= kept
    encoding = rng.choice(("utf-8", "utf-8", "utf-8-sig"))
    if rng.random() < 0.06:
        encoding = rng.choice(_ENCODINGS)
    data = said.encode(encoding, errors="replace")
    sure &= encoding in ("utf-8", "utf-8-sig")
    if rng.random() < 0.05:
        change_bytes = rng.choice(_ON_BYTES)
        made.steps.append(f"{table}: {change_bytes.__name__}")
        data, sure = change_bytes(rng, data), False
    name = name or f"{table}.csv"
    if rng.random() < 0.1:
        name, data = f"{name}.gz", gzip.compress(data, 1)
        if rng.random() < 0.2:
            data, sure = data[: rng.randint(0, len(data))], False
    path = made.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    if sure:
        made.cells |= {(name, number): row for number, row in enumerate(rows, 2)}
    return sure


def row_longer(rng: Random, text: str, ends: str) -> tuple[str, bool]:
    lines = text.split(ends)
    place = rng.randrange(len(lines))
    lines[place] += rng.choice((",", ",,,", ";", "\t", ",x", '"', ',"'))
    return ends.join(lines), False


def row_shorter(rng: Random, text: str, ends: str) -> tuple[str, bool]:
    lines = text.split(ends)
    place = rng.randrange(len(lines))
    lines[place] = lines[place][: rng.randint(0, len(lines[place]))]
    return ends.join(lines), False


def lines_above(rng: Random, text: str, ends: str) -> tuple[str, bool]:
    return rng.choice((ends, f"{ends}{ends}", f"sep=;{ends}", f"A list{ends}{ends}")) + text, False


def lines_below(rng: Random, text: str, ends: str) -> tuple[str, bool]:
    return text + rng.choice((ends * 3, f"Total: 3{ends}", f",,,{ends}", "\x1a", "\x00")), False


def ends_mixed(rng: Random, text: str, ends: str) -> tuple[str, bool]:
    return text.replace(ends, rng.choice(("\r", "\n\r", "\r\r\n", "\u2028")), 1), False


def no_last_end(_: Random, text: str, ends: str) -> tuple[str, bool]:
    return text.removesuffix(ends), False


def odd_character(rng: Random, text: str, _: str) -> tuple[str, bool]:
    place = rng.randint(0, len(text))
    return text[:place] + rng.choice('",;\t|\n\r\x00\ufeff\u200b\ud800') + text[place:], False


ON_TEXT: Final = (
    row_longer,
    row_shorter,
    lines_above,
    lines_below,
    ends_mixed,
    no_last_end,
    odd_character,
    odd_character,
)


def byte_changed(rng: Random, data: bytes) -> bytes:
    if not data:
        return data
    place = rng.randrange(len(data))
    return data[:place] + bytes([rng.randrange(256)]) + data[place + 1 :]


def bytes_cut(rng: Random, data: bytes) -> bytes:
    return data[: rng.randint(0, len(data))]


def bytes_twice(rng: Random, data: bytes) -> bytes:
    low = rng.randint(0, len(data))
    return data[:low] + data[low : low + rng.randint(0, 40)] + data[low:]


def zeros_written(rng: Random, data: bytes) -> bytes:
    low = rng.randint(0, len(data))
    return data[:low] + bytes(len(data) - low)


_ON_BYTES: Final = (byte_changed, byte_changed, bytes_cut, bytes_twice, zeros_written)


def written_parquet(
    rng: Random, made: Input, table: str, columns: list[str], rows: Rows, name: str | None = None
) -> bool:
    if not columns:
        return False
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String))
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        column = rng.choice(columns)
        types = _ON_TYPES if rng.random() < 0.1 else _OWN_TYPES.get(column, _TEXT_TYPES)
        try:
            frame = frame.with_columns(rng.choice(types)(frame[column]).alias(column))
        except (pl.exceptions.PolarsError, ArithmeticError, ValueError, TypeError):
            continue
    path = made.folder / (name or f"{table}.parquet")
    path.parent.mkdir(exist_ok=True)
    try:
        frame.write_parquet(path, row_group_size=rng.choice((1, 2, 512)))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        path.unlink(missing_ok=True)
        return False
    if rng.random() < 0.04:
        data = rng.choice(_ON_BYTES)(rng, path.read_bytes())
        path.write_bytes(data)
        return False
    return True


def _as(dtype: Any) -> Callable[[pl.Series], pl.Series]:
    return lambda cells: cells.cast(dtype, strict=False)


_DATE: Final = dt.date(2024, 5, 6)
_ON_TYPES: Final[tuple[Callable[[pl.Series], pl.Series], ...]] = (
    *map(_as, (pl.Float64, pl.Float32, pl.Int64, pl.UInt8, pl.Int128, pl.Boolean, pl.Null)),
    *map(_as, (pl.Categorical, pl.Binary)),
    lambda cells: pl.Series([Decimal("0.5")] * len(cells), dtype=pl.Decimal(10, 3)),
    lambda cells: pl.Series([_DATE] * len(cells), dtype=pl.Date),
    lambda cells: pl.Series([_DATE] * len(cells), dtype=pl.Date).cast(pl.Datetime("us")),
    lambda cells: pl.Series([_DATE] * len(cells)).cast(pl.Datetime("ns", "UTC")),
    lambda cells: pl.Series([dt.time(1)] * len(cells), dtype=pl.Time),
    lambda cells: pl.Series([dt.timedelta(1)] * len(cells), dtype=pl.Duration("us")),
    lambda cells: pl.Series([[cell] for cell in cells], dtype=pl.List(pl.String)),
    lambda cells: cells.to_frame("a").to_struct("s"),
    lambda cells: pl.Series([0.1 + 0.2] * len(cells), dtype=pl.Float32),
    lambda cells: pl.Series([float("nan")] * len(cells), dtype=pl.Float64),
    lambda cells: cells.cast(pl.Enum(cells.unique().drop_nulls())),
)


def _book(rng: Random, made: Input, table: str, columns: list[str], rows: Rows) -> bool:
    """A workbook, which mappings alone read; with cells merged, or a byte changed."""
    data = book_of(rng, columns, rows)
    if rng.random() < 0.1:
        data = rng.choice(_ON_BYTES)(rng, data)
    (made.folder / f"{table}.xlsx").write_bytes(data)
    return False


def _json_lines(rng: Random, made: Input, table: str, columns: list[str], rows: Rows) -> bool:
    lines = [json.dumps({name: row[name] for name in columns}) for row in rows]
    if lines and rng.random() < 0.3:
        place = rng.randrange(len(lines))
        odd = ("", "nonsense", "[1]", '{"id": {"a": 1}}', lines[place][:5], '{"id": NaN}', "1")
        lines[place] = rng.choice(odd)
    (made.folder / f"{table}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return False


def _day_as(dtype: Any) -> Callable[[pl.Series], pl.Series]:
    return lambda cells: cells.str.to_date("%Y-%m-%d", strict=False).cast(dtype)


_TEXT_TYPES: Final = tuple(map(_as, (pl.Categorical, pl.Float64, pl.Int64, pl.Null)))
_DAY_TYPES: Final = tuple(map(_day_as, (pl.Date, pl.Datetime("us"), pl.Datetime("ms", "UTC"))))
_NUMBER_TYPES: Final = tuple(map(_as, (pl.Float32, pl.Float64, pl.Decimal(20, 6), pl.Int8)))
_OWN_TYPES: Final = {
    **dict.fromkeys(("start", "end", "decided_on", "consulted_on"), _DAY_TYPES),
    **dict.fromkeys(("share", "amount"), _NUMBER_TYPES),
}
"""What a writer may well make of a column; anything else is one time in ten."""


def _parts(rng: Random, made: Input, table: str, columns: list[str], rows: Rows) -> bool:
    """A table in parts: files side by side, a folder of them, or partitions."""
    form = rng.choice(("csv", "parquet"))
    write = written_csv if form == "csv" else written_parquet
    where = rng.choice(("{table}-{n}", "{table}_{n}", "{table}/{n}", "{table}/kind=x{n}/p"))
    cut = rng.randint(0, len(rows))
    sure = True
    for number, part in enumerate((rows[:cut], rows[cut:])):
        name = f"{where.format(table=table, n=number)}.{form}"
        (made.folder / name).parent.mkdir(parents=True, exist_ok=True)
        own = list(columns) if rng.random() < 0.8 else rng.sample(columns, len(columns))
        sure &= write(rng, made, table, own, part, name)
    return sure


def _beside(rng: Random, folder: Path) -> None:
    name = rng.choice(
        ("notes.txt", "extra.csv", "entities (1).csv", ".hidden.csv", "_SUCCESS", "book.xlsx")
    )
    (folder / name).write_bytes(rng.choice((b"", b"a,b\n1,2\n", b"PK\x03\x04rubbish")))


# --- Mappings -------------------------------------------------------------------------------------

_FIELD_KEYS: Final = (
    *("pad = 4", 'prefix = "X"', "percent = true", 'decimal = ","', 'thousands = ","'),
    *('date = "DD.MM.YYYY"', 'date = ["%Y/%m/%d", "YYYYMMDD"]', 'default = "A1"'),
    *('split = "、"', 'split = [",", ";"]', "upper = true", "lower = true"),
    *('values = { a = "b", "" = "" }', 'values = { company = "company" }'),
    *('blank = ["-", "A1"]', 'blank = ["", "0.5"]', "fill = true", "factor = 10000"),
    *(
        'range = "low"',
        'range = "high"',
        'split = "-", part = 2',
        'date = ["serial", "YYYY-MM-DD"]',
    ),
)
_WRONG_KEYS: Final = (
    *("factor = 3", 'range = "middle"', "part = 1", "fill = 1"),
    *('unmapped = "skip"', "pad = -1", "nonsense = 1", "percent = 1", 'pad = "4"', "blank = 1"),
    'date = "DD-MMM-YYYY"',
)
_TESTS: Final = (
    *('equals = "A1"', 'in = ["A1", "B2"]', "blank = true", "not = 1"),
    *('contains = "1"', 'contains = ["A", "B"]', 'matches = "^[A-C]"', 'matches = "("'),
)
_HEADERS: Final = (
    *("header_row = 1", "header_row = 2", "sheet = 1", 'sheet = "x"', "possibly_same = true"),
    *('columns = ["id", "kind", "name", "uscc", "start"]', "columns = []", "header_row = 0"),
    *('surplus = "drop"', 'surplus = "drop"', 'surplus = "reject"', "surplus = 1"),
)
_BLANKS: Final = ('["-", "—", "无"]', '["0.5", "company"]', '"-"', "[[]]", "[1, 0.5, true]")


def mapping_of(rng: Random, made: Input) -> str:
    """A mapping of the files that are there, often one that is wrong."""
    files = sorted(
        path.relative_to(made.folder).as_posix()
        for path in made.folder.rglob("*.*")
        if path.is_file()
    )
    lines = []
    wild = rng.random() < 0.2
    first = [one for one in files if one.startswith("entities")][:1]
    for given in [*first, *rng.sample(files, rng.randint(0, len(files)))]:
        file, table = given, next((one for one in TABLES if given.startswith(one)), "entities")
        if wild and rng.random() < 0.2:
            table, file = rng.choice(TABLES), rng.choice([*files, "gone.csv"])
        lines += [f"[[{table}]]", f"file = {json.dumps(file, ensure_ascii=False)}"]
        if rng.random() < 0.2:
            lines.append("distinct = true")
        if rng.random() < 0.2:
            lines.append(f"blank = {rng.choice(_BLANKS if wild else _BLANKS[:2])}")
        if rng.random() < (0.3 if wild else 0.05):
            lines.append(rng.choice(_HEADERS))
        if rng.random() < 0.03:
            lines.append(f'encoding = "{rng.choice(("gb18030", "utf-8", "klingon"))}"')
        if rng.random() < 0.3:
            test = rng.choice(_TESTS)
            column = rng.choice(_COLUMNS if wild else _TARGETS[table])
            lines.append(f'where = {{ column = "{column}", {test} }}')
        lines.append(f"[{table}.fields]")
        for target in rng.sample(_TARGETS[table], len(_TARGETS[table])):
            if wild and rng.random() < 0.1:
                continue
            if rng.random() < 0.2:
                said = f'{{ constant = "{rng.choice(("company", "A1", "2024-05-06"))}" }}'
            else:
                column = rng.choice(_COLUMNS) if wild and rng.random() < 0.3 else target
                keys = rng.sample(_FIELD_KEYS, rng.choice((0, 0, 0, 1, 1, 2)))
                keys += [rng.choice(_WRONG_KEYS)] if wild and rng.random() < 0.1 else []
                said = "{ " + ", ".join([f'column = "{column}"', *keys]) + " }"
            lines.append(f"{target} = {said}")
    text = "\n".join(lines) + "\n"
    if wild and rng.random() < 0.3:
        place = rng.randrange(len(text))
        text = text[:place] + rng.choice('"[]={}\n\x00é') + text[place + 1 :]
    return text


_TARGETS: Final = {
    "entities": ["id", "kind", "name", "uscc", "start"],
    "relationships": ["source", "target", "kind", "share"],
    "records": ["id", "entity", "type", "decided_on", "amount"],
    "consultations": ["source", "consulted_on"],
}
_COLUMNS: Final = sorted({column for columns in _TARGETS.values() for column in columns})

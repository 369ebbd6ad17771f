"""One list that much has befallen, beside a plain table: what people forward, rather than write.

``mutated_list(Random(seed), folder)`` is to ``mutated`` as one bad file is to a bad folder: its
files were put together, opened and saved again, or named by whoever had no idea of us.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

from mutated_books import book_of
from mutated_inputs import ON_TEXT, TABLES, Input, mapping_of, written_csv, written_parquet
from mutated_rows import ON_ROWS, Rows, base_rows

__all__ = ["mutated_list"]


def mutated_list(rng: Random, folder: Path) -> Input:
    """Write one list, and what it needs beside it, into an empty folder."""
    made = Input(folder)
    table = rng.choice(TABLES)
    columns, rows = base_rows(rng, table)
    for _ in range(rng.randint(0, 4)):
        step = rng.choice(ON_ROWS)
        made.steps.append(f"{table}: {step.__name__}")
        step(rng, columns, rows)
    write = rng.choice((_forwarded, _forwarded, written_csv, written_parquet, _book))
    made.steps.append(f"{table}: {write.__name__}")
    sure = write(rng, made, table, columns, rows)
    made.rows[table] = len(rows) if sure else None
    _beside(made, "records" if table == "entities" else "entities")
    if rng.random() < 0.4:
        made.mapping = folder.parent / "map.toml"
        made.mapping.write_text(mapping_of(rng, made), encoding="utf-8")
    return made


def _beside(made: Input, table: str) -> None:
    line = {
        "entities": "id,kind,name\nA1,company,Acme\nB2,company,B\nP5,person,P\n",
        "records": "entity,type,decided_on\nA1,COURT_DEFAULTER,2025-03-04\n",
    }[table]
    (made.folder / f"{table}.csv").write_text(line, encoding="utf-8")
    made.rows[table] = line.count("\n") - 1


def _book(rng: Random, made: Input, table: str, columns: list[str], rows: Rows) -> bool:
    (made.folder / f"{table}.xlsx").write_bytes(book_of(rng, columns, rows))
    return False


def _forwarded(rng: Random, made: Input, table: str, columns: list[str], rows: Rows) -> bool:
    """A text file that was put together by hand, and its name. Nobody can say how many rows."""
    text = io.StringIO()
    ends = rng.choice(("\n", "\r\n"))
    writer = csv.DictWriter(text, columns, delimiter=rng.choice(",,;\t|"), lineterminator=ends)
    writer.writeheader()
    writer.writerows(rows)
    said = text.getvalue()
    for _ in range(rng.randint(1, 3)):
        change = rng.choice((*_BY_HAND, *_BY_HAND, *ON_TEXT))
        made.steps.append(f"{table}: {change.__name__}")
        said, _ = change(rng, said, ends)
    data = said.encode(rng.choice(("utf-8", "utf-8", "utf-8-sig", "gb18030")), errors="replace")
    name, pack = rng.choice(_NAMES)
    path = made.folder / name.format(table=table)
    path.write_bytes(pack(data))
    return False


def header_again(rng: Random, text: str, ends: str) -> tuple[str, bool]:
    """Two lists, one below the other."""
    lines = text.split(ends)
    lines.insert(rng.randint(1, len(lines)), lines[0])
    return ends.join(lines), False


def header_explained(rng: Random, text: str, ends: str) -> tuple[str, bool]:
    """A second line of header: what the columns mean, or of which type they are."""
    lines = text.split(ends)
    cells = lines[0].count(",") + 1
    words = ("名称", "string", "(required)", "----", "", "Name / 名称")
    lines.insert(1, ",".join(rng.choice(words) for _ in range(cells)))
    return ends.join(lines), False


def header_gone(_: Random, text: str, ends: str) -> tuple[str, bool]:
    return text.partition(ends)[2], False


def header_translated(rng: Random, text: str, ends: str) -> tuple[str, bool]:
    first, _, rest = text.partition(ends)
    for word, other in (("name", "企业名称"), ("uscc", "统一社会信用代码"), ("share", "持股比例")):
        if rng.random() < 0.7:
            first = first.replace(word, other)
    return first + ends + rest, False


def delimiter_changes(rng: Random, text: str, ends: str) -> tuple[str, bool]:
    """Rows of two systems: from one of them on, another delimiter."""
    lines = text.split(ends)
    place = rng.randint(0, len(lines))
    old, new = rng.choice((",;", ";,", ",\t", ",，"))
    return ends.join([*lines[:place], *(one.replace(old, new) for one in lines[place:])]), False


def quotes_of_a_word_processor(rng: Random, text: str, _: str) -> tuple[str, bool]:
    left, right = rng.choice(("“”", "''", "«»", '""'))
    return text.replace(",", f"{right},{left}", rng.randint(1, 9)), False


def saved_as_another_encoding(rng: Random, text: str, _: str) -> tuple[str, bool]:
    """Mojibake: bytes of one encoding read as another, and saved."""
    wrong = rng.choice(("cp1252", "latin-1", "gb18030", "big5"))
    return text.encode("utf-8", "replace").decode(wrong, "replace"), False


def whole_lines_quoted(rng: Random, text: str, ends: str) -> tuple[str, bool]:
    lines = text.split(ends)
    low = rng.randint(0, 1)
    return ends.join([*lines[:low], *(f'"{one}"' if one else one for one in lines[low:])]), False


def columns_by_spaces(_: Random, text: str, __: str) -> tuple[str, bool]:
    return text.replace(",", "   "), False


def cells_wrapped(rng: Random, text: str, ends: str) -> tuple[str, bool]:
    """A cell that goes on in the next line, quoted or not."""
    place = rng.randint(0, len(text))
    return text[:place] + rng.choice((ends, f'"{ends}', f'{ends}"')) + text[place:], False


def escaped_by_backslash(rng: Random, text: str, _: str) -> tuple[str, bool]:
    return text.replace(",", rng.choice(('\\"', "\\,", "\\N,")), rng.randint(1, 3)), False


def subtotal_lines(rng: Random, text: str, ends: str) -> tuple[str, bool]:
    lines = text.split(ends)
    told = rng.choice(("合计,3", "Total,,,", "=SUM(A1:A3)", "# note", "-- end --", "第1页"))
    lines.insert(rng.randint(1, len(lines)), told)
    return ends.join(lines), False


_BY_HAND: Final = (
    header_again,
    header_explained,
    header_gone,
    header_translated,
    delimiter_changes,
    quotes_of_a_word_processor,
    saved_as_another_encoding,
    whole_lines_quoted,
    columns_by_spaces,
    cells_wrapped,
    escaped_by_backslash,
    subtotal_lines,
)


def _plain(data: bytes) -> bytes:
    return data


def _zipped(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("list.csv", data)
    return made.getvalue()


def _lines_of_json(data: bytes) -> bytes:
    """Each line of the text as a list of its cells, which is no object."""
    lines = data.decode("utf-8", "replace").splitlines()
    return "\n".join(json.dumps(one.split(",")) for one in lines).encode()


_NAMES: Final[tuple[tuple[str, Callable[[bytes], bytes]], ...]] = (
    *((("{table}.csv", _plain),) * 8),
    ("{table} (1).csv", _plain),
    ("{table}-2024.csv", _plain),
    ("{table}.CSV", _plain),
    ("{table}.tsv", _plain),
    ("{table}.txt", _plain),
    ("{table}.csv.gz", gzip.compress),
    ("{table}.csv.gz", _plain),
    ("{table}.csv", gzip.compress),
    ("{table}.csv", _zipped),
    ("{table}.xlsx", _plain),
    ("{table}.parquet", _plain),
    ("{table}.jsonl", _lines_of_json),
)

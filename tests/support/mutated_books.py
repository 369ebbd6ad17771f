"""Workbooks as nobody would send them: numbers as numbers, cells merged as on no real sheet."""

from __future__ import annotations

import io
import math
import zipfile
from random import Random
from typing import Final

from mutated_rows import Rows

import trustgraph as tg

__all__ = ["book_of"]


def book_of(rng: Random, columns: list[str], rows: Rows) -> bytes:
    """A workbook of one sheet."""
    shown = [{name: _typed_cell(row[name]) for name in columns} for row in rows]
    data = tg.workbook(shown, {name: name for name in columns}, "x")
    return _cells_merged(rng, data) if rng.random() < 0.3 else data


def _cells_merged(rng: Random, data: bytes) -> bytes:
    ranges = rng.sample(_MERGED, rng.randint(1, 3))
    told = "".join(f'<mergeCell ref="{one}"/>' for one in ranges)
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name.startswith("xl/worksheets/"):
                text = text.replace(
                    b"</sheetData>", f"</sheetData><mergeCells>{told}</mergeCells>".encode()
                )
            new.writestr(name, text)
    return made.getvalue()


_MERGED: Final = ("A2:A3", "A1:B2", "B3:B6", "C1:C99", "A5:A4", "ZZ1:ZZ9", "A2:A1048576", "A0:A9")


def _typed_cell(text: str) -> str | float:
    try:
        return float(text) if text.isascii() and math.isfinite(float(text)) else text
    except ValueError:
        return text

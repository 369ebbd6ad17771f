"""Whatever bytes a file holds: a message or a whole run, never a traceback, never half a run."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from scored_files import scored

CELLS = st.one_of(
    st.sampled_from(["A", "B", "P", "R1", "company", "person", "shareholder", "supplier", "0.5"]),
    st.sampled_from(["2025-06-01", "9999-12-31", "0001-01-01", "COURT_DEFAULTER", "", " ", '"']),
    st.sampled_from(["-1", "1e400", "NaN", "\x1b[0m", "\u202e", "active", "repaired", "\ufeff"]),
    st.text(max_size=8),
)
HEADERS = {
    "entities.csv": ["id", "kind", "name", "uscc", "lei", "status", "start", "end"],
    "relationships.csv": ["source", "target", "kind", "share", "share_min", "start", "end"],
    "records.csv": ["id", "entity", "type", "decided_on", "ends_on", "repaired_on", "status"],
    "consultations.csv": ["source", "consulted_on", "entity"],
}


@st.composite
def tables(draw: st.DrawFn) -> dict[str, bytes]:
    """Tables of a right header and any cells, now and then cut or with a byte changed."""
    found = {}
    for name, header in HEADERS.items():
        rows = draw(st.lists(st.lists(CELLS, min_size=1, max_size=len(header)), max_size=5))
        text = StringIO()
        csv.writer(text).writerows([header, *(r + [""] * (len(header) - len(r)) for r in rows)])
        data = text.getvalue().encode("utf-8", "surrogatepass")
        if draw(st.integers(0, 3)) == 0:
            data = data[: draw(st.integers(0, len(data)))]
        if draw(st.integers(0, 3)) == 0 and data:
            place = draw(st.integers(0, len(data) - 1))
            data = data[:place] + draw(st.binary(max_size=3)) + data[place + 1 :]
        found[name] = data
    return found


def whole_or_absent(files: dict[str, bytes]) -> None:
    with TemporaryDirectory() as place:
        folder = Path(place, "in")
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        found = scored(folder, Path(place, "out", "run"))
        assert found.code in (0, 2)
        left: list[Any] = list(Path(place, "out").iterdir()) if Path(place, "out").exists() else []
        assert [path.name for path in left] == (["run"] if found.code == 0 else [])


@settings(max_examples=settings().max_examples)
@given(tables())
def test_any_cells_give_a_run_or_a_message(files: dict[str, bytes]) -> None:
    whole_or_absent(files)


@settings(max_examples=settings().max_examples // 2)
@given(st.fixed_dictionaries(dict.fromkeys(HEADERS, st.binary(max_size=80))))
@example(dict.fromkeys(HEADERS, b"\xed\xa0\x80"))
def test_any_bytes_give_a_run_or_a_message(files: dict[str, bytes]) -> None:
    whole_or_absent(files)

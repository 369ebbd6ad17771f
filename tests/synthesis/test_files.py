"""The generator's files: the same bytes every time, in blocks or whole, nothing overwritten."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from synthesis_support import TABLES, Generated, digests, read, read_back

from trustgraph.errors import UsageError
from trustgraph.synthesis import generate, generator

pytest_plugins = ["synthesis_fixtures"]


def test_two_runs_are_equal_to_the_byte(tmp_path: Path, small: Generated) -> None:
    generate(tmp_path / "again", companies=2_000, seed=7)
    assert digests(tmp_path / "again") == digests(small.summary.path)


def test_other_seeds_and_days_differ(tmp_path: Path, small: Generated) -> None:
    seed = generate(tmp_path / "seed", companies=2_000, seed=8)
    day = generate(tmp_path / "day", companies=2_000, seed=7, as_of=dt.date(2024, 2, 29))
    for other in (seed, day):
        for table in ("entities", "relationships", "records"):
            assert not read(other.path, table).equals(getattr(small, table)), table
    assert read(day.path, "records")["decided_on"].max() <= dt.date(2024, 2, 29)


def test_blocks_do_not_change_the_content(
    tmp_path: Path, small: Generated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator, "_BLOCK", 137)
    blocks: list[tuple[int, int]] = []
    cut = generate(
        tmp_path / "cut",
        companies=2_000,
        seed=7,
        progress=lambda done, total: blocks.append((done, total)),
    )
    assert blocks == [(number, 16) for number in range(1, 17)]
    assert len(list((cut.path / "entities").iterdir())) == 16
    for table in TABLES:
        one, other = getattr(small, table), read(cut.path, table)
        assert one.sort(one.columns).equals(other.sort(other.columns)), table


@pytest.mark.parametrize("companies", [1, 2, 3, 10, 65])
def test_small_registers_work(tmp_path: Path, companies: int) -> None:
    register = read_back(generate(tmp_path / "tiny", companies=companies))
    assert register.ordinary.height == companies
    known = register.entities["id"].implode()
    assert register.relationships["source"].is_in(known).all()
    assert register.relationships["target"].is_in(known).all()
    assert register.records["entity"].is_in(known).all()


def test_csv_says_the_same(tmp_path: Path, small: Generated) -> None:
    generate(tmp_path / "csv", companies=2_000, seed=7, format="csv")
    for table in TABLES:
        expected = getattr(small, table)
        found = pl.read_csv(
            tmp_path / "csv" / f"{table}.csv", schema=expected.schema, try_parse_dates=False
        )
        assert found.equals(expected), table


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "out", companies=10, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_overwritten_unasked(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    generate(out, companies=1)  # an empty folder is free
    before = digests(out)
    with pytest.raises(UsageError, match="is not empty"):
        generate(out, companies=2)
    assert digests(out) == before
    generate(out, companies=2, overwrite=True)
    assert digests(out) != before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_only_a_generated_register_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="something else"):
        generate(tmp_path, companies=1, overwrite=True)
    assert (tmp_path / "letter.txt").read_text() == "mine"
    with pytest.raises(UsageError, match="is a file"):
        generate(tmp_path / "letter.txt", companies=1)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"companies": 0}, "number of companies"),
        ({"companies": 10**12}, "number of companies"),
        ({"companies": 1, "record_share": 2.0}, "share of companies with records"),
        ({"companies": 1, "known": -0.1}, "share of known relationships"),
        ({"companies": 1, "employees": 17.0}, "employees must be 0 to 16"),
        ({"companies": 1, "format": "xls"}, "unknown format"),
    ],
)
def test_parameters_out_of_range_are_refused(
    tmp_path: Path, wrong: dict[str, object], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        generate(tmp_path / "out", **wrong)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []

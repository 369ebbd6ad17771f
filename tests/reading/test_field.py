"""What the field sends: each kind of odd file with its right value, and siblings of it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from field_rows import CODE, OTHER, entities, flags, held, record
from hypothesis import given
from hypothesis import strategies as st

import trustgraph as tg
from trustgraph.cli.main import main
from trustgraph.errors import InputError, MappingError
from trustgraph.ingest.bulk import import_register
from trustgraph.reading import read_mapped, read_tables

DAY: dict[str, Any] = {"as_of": "2026-06-30", "retention_on": "2026-06-30"}
# --- Shares in 32 bits ----------------------------------------------------------------------------


@pytest.mark.parametrize("low", range(1, 50))
def test_two_shares_of_32_bits_that_make_a_half(low: int) -> None:
    """3 % and 47 % are 50 %: as the numbers that were meant, not as the nearest ones of 32 bits."""
    shares = pl.Series([low / 100, (50 - low) / 100], dtype=pl.Float32)
    both = pl.DataFrame({"source": ["L", "M"], "target": "T", "kind": "shareholder"})
    tables = tg.check_tables(entities("L", "M", "T"), both.with_columns(share=shares))
    assert tables.relationships["share"].to_list() == [low / 100, (50 - low) / 100]


def test_the_half_is_blocked_in_32_bits() -> None:
    listed = pl.DataFrame({"id": ["R1", "R2"], "entity": ["L", "M"], "decided_on": "2020-01-01"})
    both = pl.DataFrame({"source": ["L", "M"], "target": "T", "kind": "shareholder"})
    for share in (
        pl.Series([0.03, 0.47]),
        pl.Series([0.03, 0.47], dtype=pl.Float32),
        pl.Series([0.03, 0.47]).cast(pl.Float16),
    ):
        tables = tg.check_tables(
            entities("L", "M", "T"),
            both.with_columns(share=share),
            listed.with_columns(type=pl.lit("US_SDN")),
        )
        told = tg.explain(tg.score(tables, "ofac-50", **DAY), "T")
        assert told["ownership"]["blocked"] == "yes"


# --- Times ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "day", "told"),
    [
        # Midnight in China, written by a program that keeps UTC.
        (dt.datetime(2025, 5, 31, 16, tzinfo=dt.UTC), dt.date(2025, 6, 1), True),
        (dt.datetime(2025, 6, 1, 0, tzinfo=dt.UTC), dt.date(2025, 6, 1), False),
        (dt.datetime(2025, 6, 1, 3, 30, tzinfo=dt.UTC), dt.date(2025, 6, 1), True),
        (dt.datetime.fromisoformat("2025-05-31T16:00"), dt.date(2025, 5, 31), True),
        (dt.datetime.fromisoformat("2025-06-01"), dt.date(2025, 6, 1), False),
        (dt.date(2025, 6, 1), dt.date(2025, 6, 1), False),
        ("2025-06-01 00:00:00", dt.date(2025, 6, 1), False),
        ("2025-06-01T00:00:00.000", dt.date(2025, 6, 1), False),
        ("２０２５-０６-０１", dt.date(2025, 6, 1), False),
        # As text: what DuckDB, Spark, pandas and databases write of the same times.
        ("2025-05-31 16:00:00+00", dt.date(2025, 6, 1), True),
        ("2025-05-31T16:00:00.000Z", dt.date(2025, 6, 1), True),
        ("2025-05-31 16:00:00 UTC", dt.date(2025, 6, 1), True),
        ("2025-05-31T23:00:00-0530", dt.date(2025, 6, 1), True),
        ("2025-06-01T00:00:00Z", dt.date(2025, 6, 1), False),
        ("2025-06-01 00:00:00+08:00", dt.date(2025, 6, 1), False),
        ("2025-05-31 16:00", dt.date(2025, 5, 31), True),
        ("2025-05-31 16:00:00.123456", dt.date(2025, 5, 31), True),
        ("２０２５-０５-３１ １６：００", dt.date(2025, 5, 31), True),
        ("1988-07-01 15:00:00Z", dt.date(1988, 7, 2), True),  # by summer time, which China had
        ("9999-12-31T16:00:00Z", dt.date(9999, 12, 31), True),
        ("9999-12-31 23:59:59", dt.date(9999, 12, 31), True),
        ("2025-06-01\ufeff", dt.date(2025, 6, 1), False),
    ],
)
def test_days_out_of_times(given: Any, day: dt.date, told: bool) -> None:
    tables = tg.check_tables(entities("A"), None, record("A", given))
    assert tables.records["decided_on"].to_list() == [day]
    reasons = [reason for _, _, column, reason in flags(tables) if column == "decided_on"]
    hours = [reason for reason in reasons if "has an hour" in reason]
    assert len(hours) == told
    assert all("so late a day" in reason for reason in reasons if reason not in hours)


@pytest.mark.parametrize(
    "given",
    [
        "2025-06-01 24:00",
        "2025-06-01 16:60",
        "2025-06-01 23:59:60",
        "2025-02-30 10:00",
        "2025-06-01 10:00+15:00",
    ],
)
def test_times_that_no_clock_has_are_rejected(given: str) -> None:
    tables = tg.check_tables(entities("A"), None, record("A", given))
    assert tables.rejected["reason"].to_list() == ["this is no date of the form YYYY-MM-DD"]


@given(st.dates(dt.date(1900, 1, 2), dt.date(2100, 1, 1)), st.times(), st.integers(-12, 14))
def test_times_in_text_are_read_as_times(day: dt.date, time: dt.time, hours: int) -> None:
    """The same day and the same flags as of a column of times, in whatever zone they were written.

    Of such a column all are in one zone: so midnight is that of the zone.
    """
    moment = dt.datetime.combine(day, time.replace(second=0, microsecond=0))
    zone = f"{hours:+03d}:00"
    text = record("A", f"{moment:%Y-%m-%d %H:%M}{zone}")
    etc = f"Etc/GMT{-hours:+d}" if hours else "UTC"
    column = pl.Series("decided_on", [moment]).dt.replace_time_zone(etc)
    as_time = record("A").with_columns(column)
    one, other = (tg.check_tables(entities("A"), None, given) for given in (text, as_time))
    assert one.records["decided_on"].to_list() == other.records["decided_on"].to_list()
    assert len(flags(one)) == len(flags(other))


def test_times_read_the_same_from_a_file_and_by_an_import(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    folder.mkdir()
    entities("A").write_csv(folder / "entities.csv")
    moment = dt.datetime(2025, 5, 31, 16, tzinfo=dt.UTC)
    record("A", moment).write_parquet(folder / "records.parquet")
    tables = read_tables(folder)
    import_register(folder, tmp_path / "register")
    register = tg.open_register(tmp_path / "register")
    assert tables.records["decided_on"].to_list() == [dt.date(2025, 6, 1)]
    assert register.records.rows.row(0)["decided_on"] == dt.date(2025, 6, 1)
    lines = (tmp_path / "register" / "flagged.csv").read_text(encoding="utf-8")
    assert "read as the day in China" in lines


# --- Codes and what nobody sees -------------------------------------------------------------------


def in_full_width(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) for one in text)


@pytest.mark.parametrize(
    "spell",
    [
        str.lower,
        in_full_width,
        lambda code: f"{code[:8]} {code[8:]}",
        lambda code: f"{code[:4]}\u200b{code[4:]}\u00a0",
    ],
)
def test_who_is_known_by_a_code_is_found_in_any_spelling(spell: Any) -> None:
    known = pl.DataFrame({"uscc": [CODE, OTHER], "kind": "company", "name": ["Top", "Sub"]})
    tables = tg.check_tables(
        known, held(spell(CODE), spell(OTHER), share=[0.6]), record(spell(CODE))
    )
    assert tables.rejected.is_empty()
    assert set(tables.entities["id"]) == {CODE, OTHER}
    scored = {row["entity"]: row["score"] for row in tg.score(tables, **DAY).scores.to_dicts()}
    assert scored[CODE] < scored[OTHER] < 1000


def test_a_code_that_is_given_as_an_id_in_small_letters() -> None:
    tables = tg.check_tables(entities(CODE.lower()), None, record(CODE))
    assert tables.rejected.is_empty()
    assert tables.entities["id"].to_list() == [CODE]


@pytest.mark.parametrize(
    "spelled",
    [
        "A\u200b",
        "\ufeffA",
        "\u200eA",
        "A\u00ad",
        "A\u2060",
        " A\u00a0",
        "\u3000A",
        "Ａ",
        "\u202aA\u202c",
    ],
)
def test_ids_that_look_the_same_are_the_same(spelled: str) -> None:
    tables = tg.check_tables(entities("A", "B"), held("B", spelled), record(spelled))
    assert tables.rejected.is_empty()
    result = tg.score(tables, **DAY)
    assert tg.explain(result, spelled)["entity"] == "A"
    # Words of a contract, too.
    kind = pl.DataFrame({"id": ["C"], "kind": ["company\u200b"], "name": ["N"]})
    assert tg.check_tables(kind).rejected.is_empty()


def test_one_letter_composed_in_two_ways() -> None:
    tables = tg.check_tables(entities("e\u0301"), None, record("\u00e9"))
    assert tables.rejected.is_empty()


def test_ids_of_twenty_characters_are_not_all_codes() -> None:
    """An LEI is told by its check digits: what is none keeps its small letters."""
    lei, own = "5493001KJTIIGC8Y1R12", "a1b2c3d4e5f6a7b8c912"
    tables = tg.check_tables(entities(lei.lower(), own), held(lei, own))
    assert tables.rejected.is_empty()
    assert set(tables.entities["id"]) == {lei, own}


def test_ids_that_differ_in_more_stay_apart() -> None:
    tables = tg.check_tables(entities("a1", "A1", "①", "1"))
    assert len(tables.entities) == 4
    assert tg.check_tables(entities("A1"), None, record("a1")).rejected_rows == 1


# --- Odd types of Parquet -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "column", "values", "words"),
    [
        ("records", "decided_on", [dt.timedelta(days=1)], "holds Duration.*not days"),
        ("records", "decided_on", [dt.time(8)], "holds Time, not days"),
        ("records", "amount", [dt.timedelta(days=1)], "holds Duration.*not numbers"),
        ("records", "ground", [["a", "b"]], "not plain values"),
        ("records", "ground", [b"{}"], "holds Binary, not plain values"),
        ("entities", "name", [{"zh": "甲"}], "not plain values"),
    ],
)
def test_columns_that_hold_something_else(
    table: str, column: str, values: list[Any], words: str, tmp_path: Path
) -> None:
    frames = {"entities": entities("A"), "records": record("A")}
    frames[table] = frames[table].with_columns(pl.Series(column, values))
    for name, frame in frames.items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    with pytest.raises(InputError, match=words):
        read_tables(tmp_path)
    with pytest.raises(InputError, match=words):
        import_register(tmp_path, tmp_path / "register")


# --- Mappings -------------------------------------------------------------------------------------

FIRMS = """
[[entities]]
file = "firms.csv"
[entities.fields]
id = "code"
kind = { constant = "company" }
name = "code"
"""


def mapped(folder: Path, mapping: str, **files: str) -> tg.Tables:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "map.toml").write_text(FIRMS + mapping, encoding="utf-8")
    return read_mapped(folder, mapping=folder / "map.toml")


def made(folder: Path, table: str, fields: str, wanted: str, given: tuple[str, ...]) -> list[Any]:
    """What a mapping makes of some values of the column ``given``, None where it rejects them."""
    mapping = f"""
[[{table}]]
file = "rows.csv"
[{table}.fields]
id = "no"
{fields}
"""
    rows = "".join(f'{place},A,B,"{text}"\n' for place, text in enumerate(given))
    rows = "no,one,other,given\n" + rows
    tables = mapped(folder, mapping, firms="code\nA\nB\n", rows=rows)
    found = dict(getattr(tables, table).select("id", wanted).iter_rows())
    return [found.get(str(place)) for place in range(len(given))]


def decided(folder: Path, formats: str, *days: str) -> list[dt.date | None]:
    fields = f"""
entity = "one"
type = {{ constant = "COURT_DEFAULTER" }}
decided_on = {{ column = "given", date = {formats} }}
"""
    return made(folder, "records", fields, "decided_on", days)


@pytest.mark.parametrize("formats", ['["%d/%m/%Y", "%d/%m/%y"]', '["%d/%m/%y", "%d/%m/%Y"]'])
def test_years_of_two_and_four_digits(formats: str, tmp_path: Path) -> None:
    days = ("05/03/2019", "05/03/19", "31/12/99", "1/1/2026")
    assert decided(tmp_path, formats, *days) == [
        dt.date(2019, 3, 5),
        dt.date(2019, 3, 5),
        dt.date(1999, 12, 31),
        dt.date(2026, 1, 1),
    ]


def test_a_year_of_two_digits_where_four_are_declared(tmp_path: Path) -> None:
    assert decided(tmp_path, '"%d/%m/%Y"', "05/03/19", "05/03/219") == [None, None]
    assert decided(tmp_path, '"DD.MM.YYYY"', "05.03.19") == [None]
    assert decided(tmp_path, '"%d/%m/%y"', "05/03/2019") == [None]


@pytest.mark.parametrize("format_", ["DD-MMM-YYYY", "DD MONTH YYYY", "YYYY-MM-DDThh", "DDD.YYYY"])
def test_formats_with_letters_left_over(format_: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="is no format of a day"):
        decided(tmp_path, f'"{format_}"', "01-Jan-2020")


def shares(folder: Path, how: str, *given: str) -> list[float | None]:
    fields = f"""
source = "one"
target = "other"
kind = {{ constant = "shareholder" }}
share = {{ column = "given", {how} }}
"""
    return made(folder, "relationships", fields, "share", given)


def test_thousands_stand_before_three_digits(tmp_path: Path) -> None:
    how = 'percent = true, thousands = ",", decimal = "."'
    given = ("6,5", "1,5", "1.000,5", "12.5", "0,012.5", "12,34.5", ",5", "5,")
    assert shares(tmp_path, how, *given) == [
        *(None, None, None, 0.125, 0.125, None, None, None),
    ]
    how = 'percent = true, thousands = ".", decimal = ","'
    assert shares(tmp_path, how, "6.5", "6,5", "0.012,5 %") == [None, 0.065, 0.125]
    how = 'percent = true, thousands = " "'
    assert shares(tmp_path, how, "1 5", "0 012.5") == [None, 0.125]


def test_numbers_with_an_exponent(tmp_path: Path) -> None:
    given = ("8.3e-06", "8.3E-06%", "1.5e1", "2e+1", "12", "1e", "e5")
    assert shares(tmp_path, "percent = true", *given) == [
        *(8.3e-8, 8.3e-8, 0.15, 0.2, 0.12, None, None),
    ]


def test_days_and_ids_of_typed_columns_through_a_mapping(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "code": [600519.0, 1.0, None],
            "day": [dt.datetime.fromisoformat("2026-01-01")] * 3,
            "on": dt.date(2026, 2, 1),
        }
    )
    frame.write_parquet(tmp_path / "firms.parquet")
    (tmp_path / "map.toml").write_text(
        """
[[entities]]
file = "firms.parquet"
[entities.fields]
id = { column = "code", pad = 6 }
kind = { constant = "company" }
name = "code"
start = { column = "day", date = "%d.%m.%Y" }
[[records]]
file = "firms.parquet"
[records.fields]
id = "code"
entity = { column = "code", pad = 6 }
type = { constant = "COURT_DEFAULTER" }
decided_on = "on"
""",
        encoding="utf-8",
    )
    tables = read_mapped(tmp_path, mapping=tmp_path / "map.toml")
    assert sorted(tables.entities["id"]) == ["000001", "600519"]
    assert set(tables.entities["start"]) == {dt.date(2026, 1, 1)}
    assert tables.records["decided_on"].to_list() == [dt.date(2026, 2, 1)] * 2


def test_what_became_of_the_rows_of_a_mapping(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of three firms one is left: it is said why."""
    mapping = FIRMS.replace(
        "[entities.fields]", 'where = { column = "market", equals = "SH" }\n[entities.fields]'
    ).replace(
        'kind = { constant = "company" }',
        'kind = { column = "form", values = { Ltd = "company", Fund = "" } }',
    )
    rows = "code,market,form\nA,SH,Ltd\nB,SZ,Ltd\nC,SH,Fund\nD,SH,GmbH\n"
    (tmp_path / "firms.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    words = ["validate", str(tmp_path), "--mapping", str(tmp_path / "map.toml")]
    assert main([*words, "--json"]) == 1
    (file,) = json.loads(capsys.readouterr().out)["input"]["files"]
    (section,) = file["sections"]
    counts = {name: section[name] for name in ("rows", "filtered", "skipped", "rejected", "kept")}
    assert counts == {"rows": 4, "filtered": 1, "skipped": 1, "rejected": 1, "kept": 1}
    assert section["unmapped"] == [{"field": "kind", "value": "GmbH", "times": 1}]
    assert main(words) == 1
    said = capsys.readouterr().out
    assert 'entities[1]: the value table of kind has no "GmbH": 1 of its rows' in said
    assert "row None" not in said


def test_lost_zeros_of_a_number_with_a_fraction(tmp_path: Path) -> None:
    mapping = FIRMS.replace('id = "code"', 'id = { column = "code", pad = 6 }')
    (tmp_path / "firms.csv").write_text("code\n1.0\n600519\n", encoding="utf-8")
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    tables = read_mapped(tmp_path, mapping=tmp_path / "map.toml")
    assert tables.entities["id"].to_list() == ["000001", "600519"]


def test_a_day_that_is_none_is_said_before_anything_is_read(tmp_path: Path) -> None:
    for days in ({"as_of": "2026-06-31"}, {"as_of": "2026-06-30", "retention_on": "2026-13-01"}):
        with pytest.raises(tg.UsageError, match="is no day"):
            tg.score_input(tmp_path / "nowhere", tmp_path / "run", **days)

"""Whatever a file holds: a clear message or a rejected row, never a traceback, never half a run."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
from scored_files import Outcome, scored

import trustgraph as tg
from trustgraph.cli.main import main

ENTITIES = (
    "id,kind,name,uscc\nA,company,甲公司,\nB,company,Beta,91330106TG100001X9\nP,person,Somebody,\n"
)
RELATIONSHIPS = (
    "source,target,kind,share,confidence,start,end\n"
    "P,A,legal_representative,,,2020-01-01,\n"
    "A,B,shareholder,0.6,,,\n"
)
RECORDS = (
    "id,entity,type,decided_on,ends_on,repaired_on,status,amount\n"
    "R1,A,COURT_DEFAULTER,2025-06-01,,,active,100\n"
    "R2,P,COURT_DEFAULTER,2025-06-01,,,,\n"
)
GOOD = {"entities.csv": ENTITIES, "relationships.csv": RELATIONSHIPS, "records.csv": RECORDS}
Content = str | bytes | None


Score = Callable[..., Outcome]


@pytest.fixture
def score(tmp_path: Path) -> Score:
    """Score the good tables with some files replaced (None: taken away)."""

    def call(*options: str, **changed: Content) -> Outcome:
        folder = tmp_path / "in"
        folder.mkdir()
        files: dict[str, Content] = {**GOOD, **{f"{k}.csv": v for k, v in changed.items()}}
        for name, content in files.items():
            if content is not None:
                data = content if isinstance(content, bytes) else content.encode()
                (folder / name).write_bytes(data)
        return scored(folder, tmp_path / "out", *options)

    return call


def row(**cells: str) -> str:
    """One more record as a line of ``records.csv``; a good one unless a cell says otherwise."""
    given = {"id": "R9", "entity": "B", "type": "COURT_DEFAULTER", "decided_on": "2025-06-01"}
    given |= cells
    return RECORDS + ",".join(given.get(name, "") for name in RECORDS_COLUMNS) + "\n"


def relationship(**cells: str) -> str:
    given = {"source": "A", "target": "B", "kind": "supplier"} | cells
    return RELATIONSHIPS + ",".join(given.get(name, "") for name in TIES_COLUMNS) + "\n"


RECORDS_COLUMNS = RECORDS.split("\n", maxsplit=1)[0].split(",")
BLANK = ",".join(RECORDS_COLUMNS) + "\n"
"""Records that are a header and nothing else."""
TIES_COLUMNS = RELATIONSHIPS.split("\n", maxsplit=1)[0].split(",")


def test_good_tables_are_good(score: Score) -> None:
    found = score("--strict")
    assert (found.code, found.rejected) == (0, [])
    assert found.scores.keys() == {"A", "B"}
    assert found.scores["A"] < 600
    assert found.scores["B"] < 1000


# --- files that can be read all the same ---------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "end"),
    [
        ("utf-8-sig", "\n"),
        ("utf-8-sig", "\r\n"),
        ("utf-8", "\r\n"),
        ("utf-8", "\r"),
        ("gb18030", "\n"),
        ("gb18030", "\r\n"),
        ("utf-16", "\r\n"),
    ],
)
def test_usual_encodings_and_line_ends(encoding: str, end: str, score: Score) -> None:
    good = {
        name.removesuffix(".csv"): text.replace("\n", end).encode(encoding)
        for name, text in GOOD.items()
    }
    found = score("--strict", **good)
    assert found.code == 0
    names = tg.open_run(found.run).scores().select("name").collect()["name"]
    assert names.to_list() == ["甲公司", "Beta"]


@pytest.mark.parametrize(
    "changed",
    [
        {"records": None},
        {"relationships": None},
        {"records": BLANK.strip()},
        {"records": BLANK},
        {"relationships": ",".join(TIES_COLUMNS) + "\n\n\n"},
        {"entities": "id,kind,name\n", "relationships": None, "records": BLANK},
        {"entities": ENTITIES + "\n \n\n"},
        {"entities": ENTITIES.replace("id,", "id ,").replace(",name", ", name")},
        {"records": row(ends_on="9999-12-31")},
        {"records": row(decided_on="0001-01-01", ends_on="9999-12-31")},
        {"records": row(decided_on="0001-01-01")},
        {"records": row(decided_on="２０２５-01-01")},
        {"records": row(decided_on="2025-01-01\u200b")},
        {"records": row(decided_on="2025-01-01 00:00:00.000")},
        {"records": row(decided_on="2025-01-01T00:00")},
        {"records": row(decided_on="2025-01-01T08:00")},
        {"records": row(decided_on="2025-01-01T00:00:00Z")},
        {"records": row(decided_on="9999-12-31")},
        {"relationships": relationship(start="0001-01-01", end="9999-12-31")},
        {"records": row(amount="1e308")},
        {"records": row(amount="-5")},
        {"records": row(amount="1" + "0" * 300)},
        {"relationships": relationship(kind="shareholder", target="A", share="1.0")},
        {"relationships": relationship(kind="possibly_same", target="A")},
        {"entities": "id,kind,name,more,than,needed\nA,company,A,x,,\nB,company,B,,y,\n"
            "P,person,P,,,z\n"},
        {"records": row().replace("amount", "AMOUNT")},
    ],
)  # fmt: skip
def test_odd_but_usable(changed: dict[str, Content], score: Score) -> None:
    found = score("--strict", **changed)
    assert found.code == 0, found.err


def test_an_end_in_the_year_9999_counts_until_then(score: Score) -> None:
    found = score(records=row(ends_on="9999-12-31"))
    assert found.scores["B"] < 600
    told = tg.explain(tg.open_run(found.run), "B")
    assert told["records"][0]["ends_on"] == "9999-12-31"


def test_a_term_past_the_end_of_the_calendar(score: Score) -> None:
    # A record decided in 9998 for two years ends when the calendar does.
    found = score("--retention-on", "9999-12-30", records=row(decided_on="9998-12-31"))
    assert found.code == 0
    late = scored(found.run.parent / "in", found.run.parent / "late", "--as-of", "9999-12-30")
    assert late.scores["B"] < 600


# --- single rows ---------------------------------------------------------------------------------

BAD_ROWS = [
    # A cut last line: the file ends inside a row.
    ("records", RECORDS + "R9,B,COURT_DEF", 4, "", "2 of 8 cells|3 of 8 cells"),
    ("records", RECORDS + 'R9,B,"COURT_DEF', 4, "", "never closed"),
    ("records", row() + "R9,A,COURT_DEFAULTER,2025-06-01,,,,\n", 5, "id", "has this id already"),
    ("records", row(entity="Z"), 4, "entity", "no entity has this id"),
    ("records", row(entity=" "), 4, "entity", "a value is missing"),
    ("records", row(id="   "), 4, "id", "a value is missing"),
    ("records", row(decided_on="2025-02-30"), 4, "decided_on", "no date"),
    ("records", row(decided_on="31/12/2025"), 4, "decided_on", "no date"),
    ("records", row(decided_on="2025-1-1"), 4, "decided_on", "no date"),
    ("records", row(decided_on="0000-01-01"), 4, "decided_on", "no date"),
    ("records", row(decided_on="10000-01-01"), 4, "decided_on", "no date"),
    ("records", row(decided_on="2025-01-01T08"), 4, "decided_on", "no date"),
    ("records", row(decided_on="2025-01-01T25:00:00Z"), 4, "decided_on", "no date"),
    ("records", row(decided_on=""), 4, "decided_on", "a value is missing"),
    ("records", row(type="NO_SUCH_LIST"), 4, "type", "no type"),
    ("records", row(type="court_defaulter"), 4, "type", 'did you mean "COURT_DEFAULTER"'),
    ("records", row(id="x" * 1_000_000), 4, "", "1,000,000 characters"),
    ("records", row(id="x\0y"), 4, "", "NUL"),
    ("records", (RECORDS + "R9,").encode() + b"\xff\xfe\n", 4, "", "no text"),
    ("records", row(id="=1+1,").replace("=1+1,", '"=1"+1,'), 4, "", "closing quote"),
    ("relationships", relationship(share="1.2"), 4, "share", "outside 0 to 1"),
    ("relationships", relationship(share="120 %"), 4, "share", "no number"),
    ("relationships", relationship(share="-0.1"), 4, "share", "outside 0 to 1"),
    ("relationships", relationship(share="NaN"), 4, "share", "no number"),
    ("relationships", relationship(share="-inf"), 4, "share", "no number"),
    ("relationships", relationship(confidence="-1"), 4, "confidence", "outside 0 to 1"),
    ("relationships", relationship(confidence="nan"), 4, "confidence", "no number"),
    ("relationships", relationship(source="Z"), 4, "source", "no entity has this id"),
    ("relationships", relationship(kind="friend"), 4, "kind", "no kind of relationship"),
    ("relationships", relationship(start="2025-01-01", end="2024-12-31"), 4, "end", "before start"),
    ("relationships", relationship(end="2025-02-30"), 4, "end", "no date"),
    ("entities", ENTITIES + "A,company,Again,\n", 5, "id", "row 2 of entities.csv"),
    ("entities", ENTITIES + "C,firm,C,\n", 5, "kind", "no kind of entity"),
    ("entities", ENTITIES + "C,company,,\n", 5, "name", "a value is missing"),
    ("entities", ENTITIES + " ,company,C,\n", 5, "id", "neither a uscc nor a lei"),
    ("entities", ENTITIES + "C,company\n", 5, "name", "a value is missing"),
    ("entities", ENTITIES + "C,company", 5, "", "2 of 4 cells"),
    ("entities", ENTITIES + "C,company,C,,extra\n", 5, "", "5 cells, the header has 4"),
]  # fmt: skip


BAD_CELLS: list[tuple[str, Content, str, str]] = [
    ("records", row(ends_on="2025-05-31"), "ends_on", "before decided_on"),
    ("records", row(ends_on="2025-02-30"), "ends_on", "no date"),
    ("records", row(status="gone"), "status", "read as active: there is no status of a record"),
    ("records", row(amount="NaN"), "amount", "no number"),
    ("records", row(amount="inf"), "amount", "no number"),
    ("records", row(amount="1e999"), "amount", "no number"),
    ("records", row(amount="a lot"), "amount", "no number"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "content", "column", "words"), BAD_CELLS)
def test_a_bad_cell_that_may_be_empty_takes_nothing_away(
    table: str, content: Content, column: str, words: str, score: Score
) -> None:
    """The record counts, open; the cell is told."""
    found = score(**{table: content})
    assert (found.code, found.rejected) == (0, [])
    with (found.run / "flagged.csv").open(encoding="utf-8", newline="") as file:
        (line,) = csv.DictReader(file)
    assert (line["file"], line["row"], line["column"]) == (f"{table}.csv", "4", column)
    assert words in line["reason"]
    assert found.scores["A"] < 300  # both records count


@pytest.mark.parametrize(
    ("table", "content", "number", "column", "words"),
    BAD_ROWS,
    ids=[f"{place} {row[0]} {row[4]}" for place, row in enumerate(BAD_ROWS)],
)
def test_a_bad_row_is_rejected_and_the_others_count(
    table: str, content: Content, number: int, column: str, words: str, score: Score
) -> None:
    found = score(**{table: content})
    assert found.code == 0, found.err
    assert found.rows == {(f"{table}.csv", number)}
    columns = [place for _, _, place, _ in found.rejected]
    reasons = [reason for *_, reason in found.rejected]
    assert column in columns
    assert any(word in reason for word in words.split("|") for reason in reasons), reasons
    assert found.scores["A"] < 600
    strict = scored(found.run.parent / "in", found.run.parent / "strict", "--strict")
    assert strict.code == 1
    assert f"{table}.csv row {number}" in strict.err


def test_rows_on_a_rejected_entity_say_so(score: Score) -> None:
    found = score(entities=ENTITIES.replace("P,person", "P,persona"))
    assert found.rows == {("entities.csv", 4), ("relationships.csv", 2), ("records.csv", 3)}
    assert {reason for *_, reason in found.rejected[1:]} == {"the entity with this id was rejected"}


# --- whole files ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"entities": None}, "there are no entities"),
        ({"records": None, "relationships": None}, "neither relationships nor records"),
        ({"entities": b""}, "the file is empty (0 bytes)"),
        ({"records": b""}, "the file is empty (0 bytes)"),
        ({"records": b"\n\n  \n"}, "nothing but blank lines"),
        ({"records": "id,entity,decided_on\nR,A,2025-01-01\n"}, 'the column "type" is missing'),
        ({"records": "id,entity,typ,decided_on\n"}, 'did you mean "typ"'),
        ({"entities": "id,kind,name,id\nA,company,A,A\n"}, "same column twice"),
        ({"entities": "id,kind,name,*\nA,company,A,x\n"}, 'cannot be called "*"'),
        ({"records": BLANK.replace("amount", "^.*$")}, 'cannot be called "^.*$"'),
        ({"records": BLANK.replace("amount", "__refused__")}, "is reserved"),
        ({"entities": b"PK\x03\x04 an archive"}, "zip archive"),
        ({"entities": b"PAR1 not really"}, 'the column "id" is missing'),
        ({"entities": b"\x89PNG\r\n\x1a\n\x00\x00" * 50}, ""),
        ({"entities": b"\x00" * 5000}, "UTF-16"),
        ({"entities": b"id,kind,name\n" + b"\xff" * 9000}, "no text in UTF-8 or GB18030"),
        ({"entities": "x" * 3_000_000}, "more than 2,000,000 characters"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_in_words(
    changed: dict[str, Content], words: str, score: Score
) -> None:
    found = score(**changed)
    assert found.code == 2
    assert words in found.err
    assert "  → " in found.err or found.err.count("\n") == 1


def test_parquet_that_is_none(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": ["A"], "kind": ["company"], "name": ["A"]})
    frame.write_parquet(tmp_path / "good.parquet")
    whole = (tmp_path / "good.parquet").read_bytes()
    for number, (content, words) in enumerate(
        [
            (b"id,kind,name\nA,company,A\n", "no Parquet file"),
            (b"", "empty"),
            (whole[:-20], "cut off or damaged"),
            (whole[:40] + b"\xff" * 40 + whole[80:], ""),
            (b"PAR1" + b"\0" * 100 + b"PAR1", "cut off or damaged"),
        ]
    ):
        folder = tmp_path / f"in{number}"
        folder.mkdir()
        (folder / "entities.parquet").write_bytes(content)
        (folder / "records.csv").write_text(RECORDS, encoding="utf-8")
        found = scored(folder, tmp_path / f"out{number}")
        assert found.code == 2 or not words
        assert words in found.err


def test_parquet_of_other_types(tmp_path: Path) -> None:
    # Numbers as ids, times as days, nested and binary columns, nothing but nulls.
    day = pl.datetime(2025, 6, 1, 23, 59)
    entities = pl.DataFrame({"id": [1, 2], "kind": "company", "name": ["甲", "\x1b[31mB"]})
    records = pl.select(id=1, entity=1, type=pl.lit("COURT_DEFAULTER"), decided_on=day, amount=None)
    for name, frame, code in [
        ("plain", entities, 0),
        ("nested", entities.with_columns(name=pl.concat_list("name")), 2),
        ("nested beside", entities.with_columns(tags=pl.concat_list("name")), 2),
        ("nothing", pl.DataFrame(), 2),
        ("binary", entities.with_columns(pl.col("name").cast(pl.Binary)), 2),
        ("nulls", entities.with_columns(name=None), 0),
        ("categories", entities.with_columns(pl.col("kind").cast(pl.Categorical)), 0),
        ("nan", entities.with_columns(id=pl.lit(float("nan"))), 0),
    ]:
        folder = tmp_path / name
        folder.mkdir()
        frame.write_parquet(folder / "entities.parquet")
        records.write_parquet(folder / "records.parquet")
        found = scored(folder, tmp_path / f"out-{name}")
        with suppress(tg.TrustgraphError):
            tg.import_register(folder, tmp_path / f"register-{name}")
        assert (tmp_path / f"register-{name}").exists() == (code == 0)
        assert found.code == code, (name, found.err)
        if name == "plain":
            assert found.scores["1"] < 600
            assert found.scores["2"] == 1000


def test_folders_where_files_are_expected(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "entities.csv").mkdir(parents=True)
    (folder / "records.csv").write_text(RECORDS, encoding="utf-8")
    assert scored(folder, tmp_path / "out").code == 2
    (folder / "entities.csv" / "part.csv").write_text(ENTITIES, encoding="utf-8")
    assert scored(folder, tmp_path / "out").code == 0
    (folder / "relationships.csv").symlink_to(tmp_path / "nowhere.csv")
    dangling = scored(folder, tmp_path / "two")
    assert (dangling.code, "no such file" in dangling.err) == (2, True)


def test_a_header_and_a_million_blank_lines(score: Score) -> None:
    found = score(records=BLANK + "\n" * 1_000_000)
    assert (found.code, found.rejected) == (0, [])


# --- what a terminal must not see ----------------------------------------------------------------

NASTY = [
    "\x1b[2J\x1b]0;owned\x07Evil",
    "\x9b31mEvil",
    "Evil\rEvil",
    "Evil\u202eliveliveli",
    "Evil\u2066x\u2069\u200f",
    "Evil\u2028= score\u2029",
    "Evil\n= score 1000",
    '=HYPERLINK("http://x","y")Evil',
    "Evil" + "z" * 90_000,
]


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_no_name_steers_the_terminal(
    nasty: str, score: Score, capsys: pytest.CaptureFixture[str]
) -> None:
    quoted = '"' + nasty.replace('"', '""') + '"'
    short = quoted if len(nasty) < 1000 else '"Evil"'
    found = score(
        entities=f"id,kind,name\n{short},company,{quoted}\nB,company,{quoted}\n",
        relationships=f"source,target,kind,share\n{short},B,shareholder,0.6\n",
        records=f"id,entity,type,decided_on,authority,doc_no\n{short},{short},COURT_DEFAULTER,"
        f"2026-01-01,{short},{short}\nR2,B,{short},2026-01-01,,\n",
    )
    assert found.code == 0
    assert len(found.rows) == 1  # the record of no known type
    owner = next(iter(found.scores.keys() - {"B"}))
    commands = [
        ["explain", str(found.run), "B"],
        ["explain", str(found.run), "B", "--lang", "zh"],
        ["explain", str(found.run), owner],
        ["chain", str(found.run), owner, "B"],
        ["explain", str(found.run), nasty[:50] + "?"],
        ["validate", str(found.run.parent / "in")],
    ]
    for command in commands:
        main(command)
        said = capsys.readouterr()
        text = said.out + said.err
        assert not {"\x1b", "\x07", "\x9b", "\r", "\u202e", "\u2066", "\u200f", "\u2028"} & set(
            text
        )
        assert "\n= score 1000" not in text
        assert "Evil" in text
        assert len(text) < 400_000


def test_formulas_stay_text(score: Score) -> None:
    # What is written is data for programs: it is kept as it came, also where a sheet would compute.
    found = score(entities=ENTITIES + "C,company,=1+1,\nC,company,=2+2,\n")
    assert found.rows == {("entities.csv", 6)}
    assert "=1+1" in tg.open_run(found.run).scores().collect()["name"].to_list()


def test_a_person_with_a_company_code_stays_a_person(score: Score) -> None:
    found = score(entities=ENTITIES.replace("Somebody,", "Somebody,91330106TG100001X9"))
    assert found.code == 0
    assert "P" not in found.scores
    assert "91330106TG100001X9" not in found.scores

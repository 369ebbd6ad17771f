"""The questions of every working day from the terminal, held against a plain recomputation."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest
from cli_support import DEFAULTER, SAMPLE, WORST, Run

import trustgraph as tg
from trustgraph.cli.tables import common_table

pytest_plugins = ["cli_fixtures"]
C = pl.col("grade") == "C"
BARRING = {"M_TENDER", "M_PROCUREMENT", "REVOKED", "DEREGISTERED"}
DEEP_PIT, COLD_ASH = "91330106TG100001X9", "91330106TG1000052R"


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of its own: searching puts its index beside it."""
    out = tmp_path_factory.mktemp("daily") / "run"
    tg.score_input(SAMPLE, out, as_of="2026-06-30", retention_on="2026-06-30")
    return out


@pytest.fixture
def partners(scored: Path, tmp_path: Path) -> Path:
    """Twenty organisations with consequences, by id, code or name, as a person would list them."""
    ids = (
        pl.read_parquet(scored / "consequences.parquet")
        .filter(pl.col("rule") == "P21")["entity"]
        .unique(maintain_order=True)
        .head(18)
        .to_list()
    )
    lines = [*ids[1:], DEEP_PIT.lower(), "Cold Ash Road and Bridge Co., Ltd."]
    path = tmp_path / "partners.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


SAYS = {"en": ("as of", "policy pack"), "zh": ("截至", "规则包")}


@pytest.mark.parametrize("verb", ["list", "bids", "common"])
def test_whoever_is_listed_twice_is_told(verb: str, run: Run, scored: Path, tmp_path: Path) -> None:
    path = tmp_path / "partners.txt"
    path.write_text(f"{DEEP_PIT}\n{COLD_ASH}\n{DEEP_PIT.lower()}\n", encoding="utf-8")
    source = ("--partners", path)
    said = run(verb, scored, *source)
    assert "Named more than once, and counted once: row 3 is row 1" in said.out
    assert "重复列示、只计一次：第3行同第1行" in run(verb, scored, *source, "--lang", "zh").out
    path.write_text(f"{DEEP_PIT}\n{COLD_ASH}\n", encoding="utf-8")
    assert "more than once" not in run(verb, scored, *source).out


@pytest.mark.parametrize("verb", ["list", "bids", "common"])
def test_a_list_of_nobody_is_no_fault(verb: str, run: Run, scored: Path, tmp_path: Path) -> None:
    path = tmp_path / "partners.txt"
    path.write_text("没有这家公司\nNobody Of That Name Ltd\n", encoding="utf-8")
    said = run(verb, scored, "--partners", path)
    assert said.code == 1
    assert said.out.count("not found") == 2


def test_a_name_that_is_not_that_of_its_code_is_told(
    run: Run, scored: Path, tmp_path: Path
) -> None:
    path = tmp_path / "partners.csv"
    path.write_text(f"企业名称,信用代码\n没有这家公司,{DEEP_PIT}\n", encoding="utf-8")
    said = run("list", scored, "--partners", path)
    assert said.code == 1
    assert "have a name that is not that of their code" in said.out
    assert "the code is that of Deep Pit Municipal Engineering Co., Ltd." in said.out
    assert "以代码为准" in run("list", scored, "--partners", path, "--lang", "zh").out


def ids_of(run: Run, scored: Path, partners: Path) -> set[str]:
    rows = run("list", scored, "--partners", partners, "--json").json["rows"]
    return {row["entity"] for row in rows}


# --- list -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "test"),
    [
        ([], pl.lit(value=True)),
        (["--grade", "D,NR"], pl.col("grade").is_in(["D", "NR"])),
        (["--verdict", "LISTED"], pl.col("verdicts").list.contains("LISTED")),
        (["--min-coverage", "80%"], pl.col("coverage") >= 0.8),
        (["--max-coverage", "0.4", "--grade", "C"], (pl.col("coverage") <= 0.4) & C),
    ],
)
def test_list_is_what_the_scores_say(
    options: list[str], test: pl.Expr, run: Run, scored: Path
) -> None:
    scores = pl.read_parquet(scored / "scores.parquet").filter(test)
    said = run("list", scored, *options, "--sort", "score", "--limit", "50", "--json").json
    assert said["total"] == scores.height
    expected = scores.sort("score_micro", "entity")["entity"].head(50).to_list()
    assert [row["entity"] for row in said["rows"]] == expected


@pytest.mark.parametrize(("option", "column"), [("--industry", "industry"), ("--region", "region")])
def test_list_by_what_codes_begin_with(option: str, column: str, run: Run, scored: Path) -> None:
    entities = tg.read_tables(SAMPLE).entities.filter(pl.col("kind") != "person")
    code = entities[column].drop_nulls()[0][:2]
    said = run("list", scored, option, code, "--limit", "5000", "--json").json
    stated = entities.filter(pl.col(column).str.starts_with(code))["id"].to_list()
    assert set(stated) <= {row["entity"] for row in said["rows"]}
    assert 0 < said["total"] < entities.height


def test_list_of_an_owner_is_what_it_owns(run: Run, scored: Path) -> None:
    owned = {row["entity"] for row in tg.owned(scored, "91330106TG10000289")["owned"]}
    said = run("list", scored, "--owner", "Deep Pit Holding Co., Ltd.", "--json").json
    assert {row["entity"] for row in said["rows"]} == owned


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_lists_as_files(lang: str, run: Run, scored: Path, partners: Path, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="make install-formats")
    out = {form: tmp_path / f"list.{form}" for form in ("csv", "xlsx")}
    files = [part for form, path in out.items() for part in (f"--{form}", path)]
    said = run("list", scored, "--partners", partners, *files, "--lang", lang)
    assert said.code == 0, said.err
    with out["csv"].open(newline="", encoding="utf-8-sig") as file:
        head, *rows = csv.reader(file)
    assert len(rows) == len(ids_of(run, scored, partners))
    assert ("等级" if lang == "zh" else "grade") in head
    page = openpyxl.load_workbook(out["xlsx"]).active
    cells = list(page.iter_rows(values_only=True))
    assert list(cells[0]) == head
    assert [row[7] for row in cells[1:]] == [row[7] for row in rows]
    scores = dict(pl.read_parquet(scored / "scores.parquet").select("entity", "score").iter_rows())
    for row in cells[1:]:
        assert row[3] == (None if row[1] == "NR" else pytest.approx(scores[row[7]]))
    # Whoever is handed the file knows of which day and by which pack it says so.
    pack = tg.open_run(scored).manifest["policy"]
    told = {tuple(row[head.index(name)] for name in SAYS[lang]) for row in rows}
    assert told == {("2026-06-30", f"{pack['name']} {pack['version']}")}
    status = head.index("登记状态" if lang == "zh" else "status")
    words = {"存续", "吊销", "注销"} if lang == "zh" else {"active", "revoked", "deregistered"}
    assert {row[status] for row in rows} <= words
    again = run("list", scored, "--csv", out["csv"])
    assert (again.code, "there is a file already" in again.err) == (2, True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--grade", "E"], "there is no grade `E`"),
        (["--verdict", "LISTD"], "did you mean"),
        (["--sort", "points"], "there is no order `points`"),
        (["--min-coverage", "much"], "--min-coverage much is no share"),
        (["--owner", "nobody at all"], "no entity `nobody at all`"),
        (["--partners", "gone.txt"], "gone.txt"),
    ],
)
def test_what_cannot_be_listed_is_said(
    options: list[str], words: str, run: Run, scored: Path
) -> None:
    said = run("list", scored, *options)
    assert (said.code, said.out) == (2, "")
    assert words in said.err


def test_a_register_has_no_list(run: Run, tmp_path: Path) -> None:
    assert run("import", SAMPLE, "--out", tmp_path / "register").code == 0
    said = run("list", tmp_path / "register")
    assert said.code == 2
    assert f"trustgraph score {tmp_path / 'register'} --out RUN" in said.err


def test_who_is_not_clear_is_said(run: Run, scored: Path, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("name\nNobody at All Ltd\nDeep Pit\n深坑市政工程有限公司\n", encoding="utf-8")
    said = run("list", scored, "--partners", path)
    assert said.code == 1
    assert "row 2: Nobody at All Ltd: not found" in said.out
    assert "row 3: Deep Pit: may be " in said.out
    assert "Deep Pit Holding Co., Ltd. (91330106TG10000289)" in said.out
    assert said.out.count(DEEP_PIT) >= 1


def test_by_default_the_worst_grade_comes_first(run: Run, scored: Path) -> None:
    rows = run("list", scored, "--limit", "5000", "--json").json["rows"]
    order = {grade: place for place, grade in enumerate(("D", "C", "NR", "B", "A"))}
    keys = [(order[row["grade"]], row["score"], row["entity"]) for row in rows]
    assert keys == sorted(keys)
    assert len(rows) == pl.read_parquet(scored / "scores.parquet").height


def test_who_is_not_clear_stands_in_the_file(run: Run, scored: Path, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("深坑市政工程有限公司\nNobody at All Ltd\nDeep Pit\n", encoding="utf-8")
    out = tmp_path / "out.csv"
    assert run("list", scored, "--partners", path, "--csv", out).code == 1
    with out.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows[1:]] == ["Nobody at All Ltd", "Deep Pit"]
    assert rows[1]["verdicts"] == "not found"
    assert "Deep Pit Holding Co., Ltd." in rows[2]["verdicts"]


# --- find, and who is meant -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("深坑市政", "深坑市政工程有限公司", "深坑市正工程"),
        *("deep pit municipal", "dep pit municpal", "91330106TG100001"),
    ],
)
def test_find(text: str, run: Run, scored: Path) -> None:
    said = run("find", scored, *text.split(), "--json")
    assert said.code == 0
    assert said.json[0]["entity"] == DEEP_PIT
    assert DEEP_PIT in run("find", scored, text).out


def test_find_persons_by_pseudonym_alone(run: Run, scored: Path) -> None:
    session = tg.open_session(scored)
    person = next(n for n in range(len(session.register)) if session.kind(n) == "person")
    named = session.register.entities.row(person)["name"]
    called = session.shown_id(person)
    assert run("find", scored, called, "--json").json[0]["entity"] == called
    assert called not in run("find", scored, named).out
    assert run("find", scored, "qqqqqqqqqq").code == 1


@pytest.mark.parametrize(
    "called", ["Cold Ash Road and Bridge Co., Ltd.", "灰烬路桥有限公司", COLD_ASH.lower()]
)
def test_an_entity_is_known_by_code_and_whole_name(
    called: str, run: Run, scored: Path
) -> None:  # fmt: skip
    for verb in ("explain", "owners", "owned"):
        assert run(verb, scored, called, "--json").code == 0
    assert run("explain", scored, called, "--json").json["entity"] == COLD_ASH


def test_several_of_one_name_are_told_apart() -> None:
    code = "91350100M000100Y43"
    rows = {"id": ["A", "B", "C"], "kind": "company", "name": ["Acme", "ACME", "Beta"]}
    entities = pl.DataFrame(rows).with_columns(uscc=pl.Series([None, None, code]))
    person = pl.DataFrame({"id": ["P"], "kind": "person", "name": "Wang", "uscc": None})
    result = tg.score(tg.check_tables(pl.concat([entities, person], how="vertical_relaxed")))
    assert tg.explain(result, code.lower())["entity"] == "C"
    assert tg.explain(result, " beta ")["entity"] == "C"
    with pytest.raises(tg.UnknownEntityError, match="2 organisations are called so") as caught:
        tg.explain(result, "acme")
    assert "A (Acme); B (ACME)" in str(caught.value)
    with pytest.raises(tg.UnknownEntityError, match="no entity `Wang`"):
        tg.explain(result, "Wang")
    with pytest.raises(tg.UnknownEntityError, match=r"it may be C \(Beta\)"):
        tg.explain(result, "Bet")


def test_who_stands_behind_is_told_in_a_list_on_the_terminal(run: Run, scored: Path) -> None:
    """A clean grade A held by half by somebody listed is not to look like any other."""
    for lang, words in (("en", "behind it, on a black"), ("zh", "背后的失信或被反制主体：")):
        out = run("list", scored, "--limit", "1", "--lang", lang).out
        assert DEEP_PIT in out
        assert words in out


def test_a_name_in_wide_brackets_is_itself() -> None:
    """As names are registered, and as they are typed on another keyboard."""
    rows = {"id": ["A", "B"], "kind": "company", "name": ["甲（中国）有限公司", "乙ＡＢ有限公司"]}
    result = tg.score(tg.check_tables(pl.DataFrame(rows)))
    for typed, entity in (
        ("甲（中国）有限公司", "A"),
        ("甲(中国)有限公司", "A"),
        ("乙AB有限公司", "B"),
    ):
        assert tg.explain(result, typed)["entity"] == entity


@pytest.mark.parametrize("limit", ["0", "-1", "x", "9" * 30])
def test_no_number_of_rows(
    limit: str, run: Run, scored: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for verb in (("list", scored), ("find", scored, "Deep")):
        with pytest.raises(SystemExit) as ended:
            run(*verb, f"--limit={limit}")
        assert ended.value.code == 2
        assert "is no number of rows: give 1 to 1,000,000" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("灰烬路桥工程有限公司", "A"),
        ("灰烬桥路股份有限公司", "A"),
        ("灰烬路桥股份有限公同", "A"),
        ("Ａｓｈ Ｒｏａｄ ａｎｄ Ｂｒｉｄｇｅ Ｌｔｄ", "A"),
        ("Ash Raod and Bridge", "A"),
        ("91350100M000100Y34", "C"),
        ("灰路烬桥", None),
        ("Somebody Else Ltd.", None),
        ("x", None),
        ("王小名", None),
        ("无烬贸易有限公司", None),
        (".*[", None),
        ("", None),
        ("x" * 300, None),
    ],
)
def test_a_typing_error_is_answered_with_who_it_may_be(mistyped: str, meant: str | None) -> None:
    rows = {
        "id": ["A", "B", "C", "P"],
        "kind": ["company", "company", "company", "person"],
        "name": ["灰烬路桥股份有限公司", "深坑市政股份有限公司", "贝塔", "王小明"],
        "name_en": ["Ash Road and Bridge Ltd.", "Deep Pit Ltd.", None, None],
        "uscc": [None, None, "91350100M000100Y43", None],
    }
    result = tg.score(tg.check_tables(pl.DataFrame(rows)))
    with pytest.raises(tg.UnknownEntityError, match="no entity") as caught:
        tg.explain(result, mistyped)
    said = str(caught.value)
    assert "王小明" not in said
    if meant is None:
        assert "it may be" not in said
    else:
        assert f"it may be {meant} (" in said
        assert ";" not in said


# --- bids and common ------------------------------------------------------------------------------


def test_bids_are_the_consequences_between_them(run: Run, scored: Path, partners: Path) -> None:
    among = ids_of(run, scored, partners)
    said = run("bids", scored, "--partners", partners, "--json").json
    pairs = {
        tuple(sorted((row["chain"][0], row["chain"][-1])))
        for row in pl.read_parquet(scored / "consequences.parquet").to_dicts()
        if row["rule"] == "P21" and {row["chain"][0], row["chain"][-1]} <= among
    }
    assert pairs
    told = [tuple(sorted((row["chain"][0], row["chain"][-1]))) for row in said["pairs"]]
    assert len(told) == len(set(told))
    assert set(told) == pairs
    barred = {
        row["entity"]
        for row in pl.read_parquet(scored / "scores.parquet").to_dicts()
        if row["entity"] in among and BARRING & set(row["verdicts"])
    }
    assert {row["entity"] for row in said["barred"]} == barred
    assert DEEP_PIT in barred
    text = run("bids", scored, "--partners", partners).out
    assert "Deep Pit Municipal Engineering Co., Ltd.  |  " in text
    assert "only if, to be checked: " in text


def test_whoever_stands_beside_none_of_two_is_said_to_be_far() -> None:
    """An owner two levels up costs both, and has no role at either: no cell is left blank."""
    row = {"points": -12.5, "partners": [], "costs": ["A", "B"], "name": "Top", "entity": "T"}
    row |= {"kind": "company", "on_black_list": True, "links": []}
    for lang, word in (("en", "through others"), ("zh", "经由他人")):
        assert common_table([row], lang)[1][0][-1] == word
    near = row | {"links": [{"partner": "A", "kind": "shareholder"}]}
    assert common_table([near], "en")[1][0][-1] != "through others"


def test_common_parties_and_what_hangs_on_them(run: Run, scored: Path, partners: Path) -> None:
    among = ids_of(run, scored, partners)
    said = run("common", scored, "--partners", partners, "--json", "--unmask").json
    points: dict[str, int] = defaultdict(int)
    lines = pl.read_parquet(scored / "ledger.parquet").filter(
        pl.col("line") == "exposure", pl.col("micro") < 0, pl.col("entity").is_in(list(among))
    )
    for line in lines.to_dicts():
        for one in line["chain"][:-1]:
            points[one] += line["micro"]
    tables = tg.read_tables(SAMPLE)
    held = tables.relationships.filter(
        pl.col("target").is_in(list(among)),
        pl.col("kind").is_in(["shareholder", "director", "legal_representative", "supplier"]),
        pl.col("start").fill_null(pl.date(1900, 1, 1)) <= pl.date(2026, 6, 30),
        pl.col("end").fill_null(pl.date(9999, 1, 1)) > pl.date(2026, 6, 30),
    )
    behind = held.group_by("source").agg(pl.col("target").n_unique()).filter(pl.col("target") > 1)
    assert behind.height
    told = {row["entity"]: row for row in said["shared"]}
    for source, count in behind.iter_rows():
        assert len(told[source]["partners"]) >= count
    before_end = pl.col("chain").list.slice(0, pl.col("chain").list.len() - 1)
    far = {one for one in points if points[one] and one not in told}
    for one in far:  # who costs one partner alone is shared by nobody
        costs = lines.filter(before_end.list.contains(one))["entity"]
        assert costs.n_unique() == 1
    for entity, row in told.items():
        assert row["points"] == pytest.approx(points.get(entity, 0) / 1e6)
    assert [row["points"] for row in said["shared"]] == sorted(r["points"] for r in said["shared"])


def test_score_tells_the_grades_and_the_worst(run: Run, tmp_path: Path) -> None:
    said = run("score", SAMPLE, "--out", tmp_path / "run", "--as-of", "2026-06-30")
    scores = pl.read_parquet(tmp_path / "run" / "scores.parquet")
    (line,) = (line for line in said.out.splitlines() if line.startswith("grades: "))
    for grade, count in scores.group_by("grade").len().iter_rows():
        assert f"{grade} {count:,}" in line
    worst = scores.filter(grade="D").sort("score_micro", "entity")["entity"].head(10).to_list()
    assert all(one in said.out for one in worst)
    assert {WORST, DEFAULTER} & set(worst)

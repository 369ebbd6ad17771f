"""The command line: what each command prints where, how it ends, what it leaves on the disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from cli_support import (
    DAY,
    DEFAULTER,
    SAMPLE,
    SHARED,
    SUPPLIER,
    WORST,
    Run,
)
from depth import some

import trustgraph as tg
from trustgraph.cli.main import build_parser, main

pytest_plugins = ["cli_fixtures"]


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder; the manifest without how long it took and where it was read."""
    found = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    manifest = json.loads(found.pop("run.json"))
    kept = {key: value for key, value in manifest.items() if key not in ("seconds", "input")}
    return found | {"run.json": json.dumps(kept).encode()}


# --- every command -------------------------------------------------------------------------------


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    verbs = build_parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    for arguments in [["--help"], ["--version"], *([verb, "--help"] for verb in verbs or ())]:
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 0
        assert capsys.readouterr().out
    for wrong in [[], ["nonsense"], ["score"], ["policy"], ["generate", "--companies", "many"]]:
        with pytest.raises(SystemExit) as caught:
            main(wrong)
        assert caught.value.code == 2
        assert "--help says what there is" in capsys.readouterr().err


def test_demo(tmp_path: Path, run: Run) -> None:
    said = run("demo", "--out", tmp_path / "d")
    assert said.code == 0
    assert "ten least trusted of 2,000 made-up companies as of 2026-06-30" in said.out
    assert f"trustgraph explain {tmp_path}/d/run {WORST}" in said.out
    again = run("demo", "--out", tmp_path / "d", "--json")
    assert again.json["worst"][0] == WORST == again.json["explained"]["entity"]
    assert len(again.json["worst"]) == 10
    assert (tmp_path / "d" / "run" / "run.json").is_file()


def test_the_demo_replaces_demos_only(tmp_path: Path, run: Run) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear")
    for out in (tmp_path, letter):
        said = run("demo", "--out", out)
        assert (said.code, said.out, letter.read_text()) == (2, "", "dear")


def test_generate(tmp_path: Path, run: Run) -> None:
    said = run("generate", "--companies", "20", "--out", tmp_path / "g", "--format", "csv")
    assert said.code == 0
    assert "entities, " in said.out
    assert (tmp_path / "g" / "entities.csv").is_file()
    taken = run("generate", "--companies", "20", "--out", tmp_path / "g")
    assert (taken.code, taken.out) == (2, "")
    assert "not empty" in taken.err
    again = run("generate", "--companies", "20", "--out", tmp_path / "g", "--overwrite", "--json")
    assert again.json.keys() == {"out", "entities", "relationships", "records", "consultations"}
    assert not list(tmp_path.glob("*partial*"))
    for wrong in (["0"], ["-3"], ["3", "--as-of", "yesterday"], ["3", "--as-of", "0001-01-01"]):
        assert run("generate", "--out", tmp_path / "x", "--companies", *wrong).code == 2


def test_score(scored: Path, tmp_path: Path, run: Run) -> None:
    said = run("score", SAMPLE, "--out", tmp_path / "run", *DAY)
    assert said.code == 0
    assert "2,139 scored of 4,573 entities" in said.out
    assert f"The run lies in {tmp_path}/run" in said.out
    assert files(tmp_path / "run") == files(scored)
    again = run("score", SAMPLE, "--out", tmp_path / "run", *DAY, "--overwrite", "--json")
    assert again.json["run"] == str(tmp_path / "run")
    assert again.json["counts"]["scored"] == 2_139
    wanted = {
        "format",
        "as_of",
        "retention_on",
        "policy",
        "register",
        "counts",
        "trustgraph",
        "input",
    }
    assert wanted <= again.json.keys()
    assert files(tmp_path / "run") == files(scored)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_score_refuses_what_it_cannot_do(scored: Path, tmp_path: Path, run: Run) -> None:
    before = files(scored)
    for arguments, words in [
        ([SAMPLE, "--out", scored], "exists already"),
        ([SAMPLE, "--out", SAMPLE, "--overwrite"], "there is no run.json in it"),
        ([SAMPLE, "--out", tmp_path / "r", "--ledger", "top:0"], "cannot read the ledger"),
        ([SAMPLE, "--out", tmp_path / "r", "--threads", "0"], "cannot use 0 threads"),
        ([SAMPLE, "--out", tmp_path / "r", "--as-of", "2026-02-30"], "is no day"),
        ([SAMPLE, "--out", tmp_path / "r", "--policy", "cn-nation"], "no policy pack"),
        ([SAMPLE, "--out", tmp_path / "r", "--mapping", SAMPLE / "x.toml"], "x.toml"),
        ([tmp_path / "none", "--out", tmp_path / "r"], "no such file"),
        ([SAMPLE / "records.csv", "--out", tmp_path / "r"], "this is a file"),
        ([SAMPLE, "--out", SAMPLE / "records.csv"], "is a file, not a folder"),
        ([SAMPLE, "--out", SAMPLE / "records.csv" / "run"], "cannot be written"),
    ]:
        said = run("score", *arguments)
        assert (said.code, said.out) == (2, ""), said
        assert words in said.err
    assert files(scored) == before
    assert (SAMPLE / "entities.csv").is_file()
    assert list(tmp_path.iterdir()) == []


def test_strict_writes_nothing(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "register"
    shutil.copytree(SAMPLE, folder)
    with (folder / "records.csv").open("a", encoding="utf-8") as records:
        records.write(f"X1,{WORST},COURT_DEFALTER,2026-01-01,,,,,,,,,\n")
    said = run("score", folder, "--out", tmp_path / "run", "--strict")
    assert (said.code, said.out) == (1, "")
    assert 'did you mean "COURT_DEFAULTER"?' in said.err
    assert "records.csv row 344" in said.err
    assert not (tmp_path / "run").exists()
    kept = run("score", folder, "--out", tmp_path / "run", *DAY)
    assert kept.code == 0
    assert "1 row rejected: see" in kept.out
    assert "COURT_DEFALTER" in (tmp_path / "run" / "rejected.csv").read_text(encoding="utf-8")


def test_validate(tmp_path: Path, run: Run) -> None:
    said = run("validate", SAMPLE)
    assert (said.code, said.err) == (0, "")
    assert "4,573" in said.out
    folder = tmp_path / "register"
    shutil.copytree(SAMPLE, folder)
    with (folder / "relationships.csv").open("a", encoding="utf-8") as rows:
        rows.write(f"nobody,{WORST},director,,1.2,,,,,,\n")
    bad = run("validate", folder, "--json", "--rejected", tmp_path / "rejected.csv")
    assert bad.code == 1
    counts = {"entities", "relationships", "records", "consultations"}
    assert bad.json.keys() == counts | {
        "rejected_rows",
        "flagged_rows",
        "input",
        "rejected",
        "flagged",
    }
    assert bad.json["rejected_rows"] == 1
    reasons = {line["column"]: line["reason"] for line in bad.json["rejected"]}
    assert reasons.keys() == {"source", "share"}
    assert pl.read_csv(tmp_path / "rejected.csv").height == 2
    text = run("validate", folder)
    assert (text.code, text.err) == (1, "")
    assert "no entity has this id" in text.out


def test_every_doubtful_row_is_written_where_one_asks_for_it(tmp_path: Path, run: Run) -> None:
    days = "".join(f"C{number},company,N{number},1900-01-01\n" for number in range(9))
    (tmp_path / "entities.csv").write_text(f"id,kind,name,start\n{days}", encoding="utf-8")
    (tmp_path / "records.csv").write_text("id,entity,type,decided_on\n", encoding="utf-8")
    out = tmp_path / "flagged.csv"
    text = run("validate", tmp_path, "--flagged", out)
    assert text.code == 0
    assert "All of them: --rejected FILE, --flagged FILE (CSV), or --json" in text.out
    told = pl.read_csv(out)
    assert told.filter(pl.col("column") == "start").height == 9
    again = tmp_path / "." / ".." / tmp_path.name / "flagged.csv"
    both = run("validate", tmp_path, "--flagged", out, "--rejected", again)
    assert both.code == 2
    assert "name one file" in both.err


def test_policy(tmp_path: Path, run: Run) -> None:
    assert [pack["name"] for pack in run("policy", "list", "--json").json] == [
        "bis-affiliates",
        "cn-beneficial-owner",
        "cn-national",
        "cn-rongcheng",
        "eu-50",
        "ofac-50",
        "uk-50",
    ]
    assert "cn-national" in run("policy", "list").out
    assert "失信被执行人" in run("policy", "show", "cn-national", "--lang", "zh").out
    entry = run("policy", "show", "cn-national", "COURT_DEFAULTER", "--json").json
    assert entry["code"] == "COURT_DEFAULTER"
    assert entry["versions"][-1]["points"] < 0
    unknown = run("policy", "show", "cn-national", "COURT_DEFALTER")
    assert (unknown.code, unknown.out) == (2, "")
    assert "did you mean COURT_DEFAULTER" in unknown.err
    assert run("policy", "check", "cn-national").code == 0
    assert run("policy", "check", "cn-national", "--json").json["ok"] is True
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "pack.toml").write_text('[pack]\nname = "p"\nbass = 1\n')
    bad = run("policy", "check", tmp_path / "pack")
    assert (bad.code, bad.out) == (1, "")
    assert "bass" in bad.err
    told = run("policy", "check", tmp_path / "pack", "--json")
    assert (told.code, told.json["ok"]) == (1, False)
    assert any("bass" in problem for problem in told.json["problems"])


def test_explain(scored: Path, run: Run) -> None:
    said = run("explain", scored, WORST, "--json")
    assert (said.code, said.err) == (0, "")
    told = said.json
    always = {"entity", "name", "kind", "status", "as_of", "policy", "scored", "records"}
    always |= {"verdicts", "listed_behind", "head_office", "same_code", "existence"}
    always |= {"consequences", "ownership", "other_records", "repaired_records", "erased_records"}
    scores = {"score", "score_micro", "grade", "coverage", "coverage_items", "ledger", "next_grade"}
    scores |= {
        "grade_reason",
        "grade_by",
        "grade_words",
        "band",
        "scale",
        "to_be_rated",
    }
    assert told.keys() == always | {"market_effects"} | scores
    assert told["verdicts"][0]["verdict"] == "LISTED"
    assert sum(line["micro"] for line in told["ledger"]) == told["score_micro"]
    person = run("explain", scored, "P-TG100008", "--json").json
    assert person.keys() == always | {"market_effects"}
    assert person["scored"] is False
    english, chinese = (run("explain", scored, WORST, "--lang", lang).out for lang in ("en", "zh"))
    assert "Deep Pit Municipal Engineering" in english
    assert "深坑市政工程有限公司" in chinese
    assert "法律后果" in chinese
    unknown = run("explain", scored, "nobody")
    assert (unknown.code, unknown.out) == (2, "")
    assert "no entity `nobody`" in unknown.err
    assert "91330106TG100001X9" in run("explain", scored, "深坑").err


def test_chain(scored: Path, run: Run) -> None:
    told = run("chain", scored, DEFAULTER, SUPPLIER, "--json").json
    assert told.keys() == {"from", "to", "as_of", "max_hops", "chains"}
    best = told["chains"][0]
    assert best.keys() == {"channel", "title", "reach", "hops", "chain", "steps"}
    assert best["reach"] == 0.25
    assert "法定代表人" in run("chain", scored, DEFAULTER, SUPPLIER, "--lang", "zh").out
    assert "no channel carries anything" in run("chain", scored, DEFAULTER, WORST).out
    assert run("chain", scored, DEFAULTER, "nobody").code == 2


# --- one answer ----------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", ["1", "2"])
def test_threads_change_no_byte(threads: str, scored: Path, tmp_path: Path, run: Run) -> None:
    assert run("score", SAMPLE, "--out", tmp_path / "r", *DAY, "--threads", threads).code == 0
    assert files(tmp_path / "r") == files(scored)


@pytest.mark.parametrize("ledger", some(["top:2", "none", "top:100"], 1))
def test_explanations_do_not_depend_on_the_ledger_kept(
    ledger: str, scored: Path, tmp_path: Path, run: Run
) -> None:
    assert run("score", SAMPLE, "--out", tmp_path / "r", *DAY, "--ledger", ledger).code == 0
    whole, part = tg.open_run(scored), tg.open_run(tmp_path / "r")
    assert whole.scores().collect().equals(part.scores().collect())
    kept = part.ledger().collect()
    assert kept.height < whole.manifest["counts"]["ledger_lines"] or ledger == "top:100"
    if ledger != "none":
        sums = kept.group_by("entity").agg(pl.col("micro").sum())
        both = part.scores().collect().join(sums, on="entity")
        assert both.height == part.manifest["counts"]["scored"]
        assert (both["micro"] == both["score_micro"]).all()
    heavy = whole.scores().sort("lines", "entity", descending=[True, False]).head(12).collect()
    asked, other = tg.open_session(whole), tg.open_session(part)
    for entity in heavy["entity"]:
        assert tg.explain(asked, entity) == tg.explain(other, entity)


def test_validate_finds_what_score_finds(tmp_path: Path, run: Run) -> None:
    """Owners of more than all, a stake stated twice, a record that no pack knows: told by both."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "entities.csv").write_text(
        "id,kind,name,start\nA,company,A,2024-02-30\nB,company,B,\nC,company,C,\n"
    )
    (folder / "relationships.csv").write_text(
        "source,target,kind,share,start\nA,C,shareholder,0.7,\nB,C,shareholder,0.8,\n"
        "B,C,shareholder,0.8,2024-01-01\nC,A,shareholder,7,\n"
    )
    (folder / "records.csv").write_text("id,entity,type,decided_on\nR,A,NO_SUCH_TYPE,2025-01-01\n")
    day = ("--as-of", "2026-06-30")
    told = run("validate", folder, "--json", *day).json
    assert run("score", folder, "--out", tmp_path / "run", *day).code == 0
    for name in ("rejected", "flagged"):
        kept = pl.read_csv(tmp_path / "run" / f"{name}.csv", infer_schema=False)
        rows = pl.DataFrame(told[name], schema=kept.schema, strict=False)
        assert rows.rows() == kept.rows()
        assert kept.height
    assert any("at once" in row["reason"] for row in told["flagged"])
    assert {row["value"] for row in told["flagged"]} == {"2024-02-30", "0.7", "0.8"}
    earlier = run("validate", folder, "--json", "--as-of", "2020-01-01").json
    assert len(earlier["flagged"]) < len(told["flagged"])
    assert "is no day" in run("validate", tmp_path / "gone", "--as-of", "2026-06-31").err


# --- persons stay masked -------------------------------------------------------------------------


@pytest.fixture(scope="session")
def persons() -> list[str]:
    """Ids and names of every person of the sample, in both languages, and what finds one.

    The number of a record is as good as a name to whoever looks it up.
    """
    rows = pl.read_csv(SAMPLE / "entities.csv").filter(pl.col("kind") == "person")
    records = pl.read_csv(SAMPLE / "records.csv").filter(
        pl.col("entity").is_in(rows["id"].implode())
    )
    assert records["doc_no"].drop_nulls().len()
    return [
        *rows["id"],
        *rows["name"],
        *rows["name_en"].drop_nulls(),
        *records["doc_no"].drop_nulls(),
    ]


def questions(run_folder: Path) -> Iterator[list[str]]:
    reached = tg.open_run(run_folder).scores().sort("score_micro", "entity").head(8).collect()
    for entity in [*reached["entity"], SHARED, "P-TG100007", "P-TG100008"]:
        yield ["explain", str(run_folder), entity]
    yield ["chain", str(run_folder), DEFAULTER, SUPPLIER]
    yield ["chain", str(run_folder), SHARED, SUPPLIER]
    yield ["chain", str(run_folder), SHARED, "P-TG020006"]


@pytest.mark.parametrize("form", [["--json"], ["--json", "--lang", "zh"], ["--lang", "zh"], []])
def test_persons_are_masked(form: list[str], scored: Path, persons: list[str], run: Run) -> None:
    for question in some(list(questions(scored)), 7):
        said = run(*question, *form)
        assert said.code == 0
        found = [name for name in persons if name in said.out or name in said.err]
        assert found == [], question
    assert "Person" in run("explain", scored, WORST).out
    assert "自然人" in run("explain", scored, WORST, "--lang", "zh").out


def test_persons_are_shown_when_asked_for(scored: Path, run: Run) -> None:
    for form, name in [([], "Keng Buping"), (["--lang", "zh"], "坑不平")]:
        assert name in run("explain", scored, WORST, "--unmask", *form).out
    told = run("explain", scored, WORST, "--unmask", "--json").out
    assert "P-TG100007" in told
    assert "（2025）示TG10第9号" in run("explain", scored, "P-TG100008", "--unmask", "--json").out
    assert "沉渡舟" in run("chain", scored, DEFAULTER, SUPPLIER, "--unmask", "--lang", "zh").out


def test_the_demo_names_nobody(tmp_path: Path, persons: list[str], run: Run) -> None:
    for form in ([], ["--json"]):
        said = run("demo", "--out", tmp_path / "d", *form)
        assert [name for name in persons if name in said.out + said.err] == []


def test_a_wrong_id_names_nobody(scored: Path, persons: list[str], run: Run) -> None:
    # The hint names what lies beside in order: organisations, never persons.
    for wrong in ("P-TG10", "P", "坑", "Keng", ""):
        said = run("explain", scored, wrong)
        assert said.code == 2
        assert [name for name in persons if name in said.err] == []

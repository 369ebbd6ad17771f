"""The walk of the README over ten exported files: each answer against a plain recomputation."""

from __future__ import annotations

import datetime as dt
import html
import re
import shutil
from pathlib import Path

import polars as pl
import pytest
from cli_support import Run
from exported_files import JUNE, NAMES
from exported_world import plain_world
from oracle import Answer, Oracle
from places import PROJECT

import trustgraph as tg

pytest_plugins = ["cli_fixtures"]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tg.Run:
    folder = tmp_path_factory.mktemp("walked")
    exported = PROJECT / "datasets" / "exported"
    tg.import_register(exported / "june", folder / "register", mapping=exported / "map.toml")
    return tg.score_input(folder / "register", folder / "run", as_of="2026-06-30")


def plain_shares() -> dict[tuple[str, str], tuple[float, float]]:
    """Owner and owned: the bounds of the share, as the file says it."""
    found = {}
    for line in JUNE["股东信息"].split()[1:]:
        owned, owner, said, _ = line.split(",")
        figures = [float(one.strip("低于%")) / 100 for one in said.split("-")]
        found[owner, owned] = (0.0 if "低于" in said else figures[0], figures[-1])
    return found


def test_pairs_of_bidders_are_those_of_a_plain_recomputation(walked: tg.Run) -> None:
    """A majority or half between two, or legal representatives of one name; nothing else."""
    partners = NAMES
    held = {frozenset(ends): low for ends, (low, _) in plain_shares().items()}
    surely = {pair for pair, low in held.items() if low >= 0.5}
    leads = dict(line.split(",")[::2][:2] for line in JUNE["企业信息"].split()[1:])
    perhaps = {
        frozenset((one, other))
        for one in partners
        for other in partners
        if one != other and leads[one] == leads[other]
    }
    told = tg.bids(walked, partners)["pairs"]
    found = {frozenset((row["chain"][0], row["chain"][-1])): row["status"] for row in told}
    assert {pair for pair, status in found.items() if status == "fact"} == surely
    assert {pair for pair, status in found.items() if status == "possible"} == perhaps - surely


def test_owners_in_common_are_those_of_a_plain_recomputation(walked: tg.Run) -> None:
    shared = tg.common(walked, [*NAMES[:10], NAMES[11]])["shared"]
    behind: dict[str, set[str]] = {}
    for owner, owned in plain_shares():
        behind.setdefault(owner, set()).add(owned)
    holding = {
        row["name"]: {one["partner"] for one in row["links"] if one["kind"] == "shareholder"}
        for row in shared
    }
    for owner, owned in behind.items():
        if len(owned) > 1:
            assert holding[owner] == owned


@pytest.fixture(scope="module")
def plain(walked: tg.Run) -> Answer:
    """From the files, read by hand, by the slow and obvious implementation."""
    return Oracle(plain_world(), walked.policy(), dt.date(2026, 6, 30)).answer()


def test_scores_and_ledgers_are_those_of_a_plain_recomputation(
    walked: tg.Run, plain: Answer
) -> None:
    scores = {row["entity"]: row for row in walked.scores().collect().iter_rows(named=True)}
    assert scores.keys() == plain.scores.keys() == set(NAMES)
    for entity, row in plain.scores.items():
        told = tg.explain(walked, entity)
        assert scores[entity]["score_micro"] == row["score_micro"], entity
        assert (told["grade"], told["grade_reason"]) == (row["grade"], row["grade_reason"]), entity
        lines = sorted((line["line"], line["micro"]) for line in told["ledger"])
        assert lines == sorted((line, micro) for line, _, micro in plain.ledger[entity]), entity
        assert [one["verdict"] for one in told["verdicts"]] == row["verdicts"], entity
    listed = tg.ranking(walked, limit=20)["rows"]
    assert {row["entity"]: (row["grade"], row["score"]) for row in listed} == {
        entity: (row["grade"], row["score_micro"] / 1e6) for entity, row in plain.scores.items()
    }


def test_what_the_law_attaches_is_that_of_a_plain_recomputation(
    walked: tg.Run, plain: Answer
) -> None:
    found = walked.consequences().collect()
    rows = found.select("entity", "rule", "status", pl.col("chain").list.join(" ")).rows()
    assert sorted(rows) == sorted(
        (entity, rule, status, " ".join(chain))
        for entity, rule, _, status, chain in plain.consequences
    )


@pytest.mark.parametrize("name", NAMES)
def test_reports_say_what_a_plain_recomputation_gives(
    walked: tg.Run, plain: Answer, name: str
) -> None:
    page = tg.report(walked, name, lang="en")
    said = " ".join(html.unescape(re.sub("<[^>]+>", " ", page)).split())
    row = plain.scores[name]
    rated = row["grade"] != "NR"
    assert ("Not rated" if not rated else f"Grade {row['grade']} ") in said
    if rated:
        assert f"· {amount(row['score_micro'])} of 1,100 points" in said
    for line, _, micro in plain.ledger[name]:
        sign = "" if line == "base" and not rated else "−" if micro < 0 else "+"
        assert f"{sign}{abs(micro) / 1e6:,.2f}" in said, (line, micro)
    for entity, rule, _, _, chain in plain.consequences:
        if entity == name and rule == "P21":
            other = chain[-1] if chain[0] == name else chain[0]
            assert other in said.partition("Must not bid")[2]
    for record in plain_world().records:
        if record["entity"] == name and not record["id"].startswith(name):
            assert record["id"] in said


def amount(micro: int) -> str:
    """Points as a report writes them: no zeros behind the point."""
    return f"{micro / 1e6:,.2f}".removesuffix(".00")


def test_the_next_month_is_that_of_all_files_together(
    walked: tg.Run, run: Run, tmp_path: Path
) -> None:
    """Added through the mapping, as if July's files had been there from the start."""
    exported = PROJECT / "datasets" / "exported"
    mapping = exported / "map.toml"
    tg.import_register(exported / "june", tmp_path / "june", mapping=mapping)
    words = ["import", "--add", tmp_path / "june", exported / "july", "--mapping", mapping]
    assert run(*words, "--out", tmp_path / "july").code == 0
    together = tmp_path / "together"
    shutil.copytree(exported / "june", together)
    shutil.copy(exported / "july" / "企业信息.csv", together)
    with (together / "失信被执行人.csv").open("ab") as file:
        file.write((exported / "july" / "失信被执行人.csv").read_bytes().split(b"\r\n", 1)[1])
    tg.import_register(together, tmp_path / "register", mapping=mapping)
    day = "2026-07-31"
    added, whole = (
        tg.score_input(tmp_path / name, tmp_path / f"run-{name}", as_of=day, retention_on=day)
        for name in ("july", "register")
    )
    for name in ("scores", "ledger", "consequences"):
        one, other = (getattr(made, name)().collect() for made in (added, whole))
        assert one.equals(other), name

    said = run("compare", walked.path, added.path, "--out", tmp_path / "cmp", "--json")
    assert said.code == 0
    columns = ["score_micro", "grade", "grade_reason"]
    before, after = (
        dict(
            zip(
                made.scores().collect()["entity"],
                made.scores().collect().select(columns).rows(),
                strict=True,
            )
        )
        for made in (walked, added)
    )
    changed = {entity for entity in before if before[entity][:2] != after[entity][:2]}
    told = pl.read_parquet(tmp_path / "cmp" / "changes.parquet")
    assert set(told["entity"]) == changed
    assert {NAMES[5], NAMES[7]} <= changed

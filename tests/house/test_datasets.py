"""The sample and its expected results: the same bytes, the same integers, the stories come true."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from renew_expected import (
    AS_OF,
    COMPANIES,
    DATASETS,
    EXPECTED,
    POLICY,
    SAMPLE,
    SEED,
    expected_files,
    score_sample,
)

import trustgraph as tg
from trustgraph.cli import demo
from trustgraph.cli.main import main
from trustgraph.runs.result import Result

CARD = (DATASETS / "README.md").read_text(encoding="utf-8")
OF_OWNERSHIP = {"ownership": 2, "cascade": 1}
"""Expectations about integrated shares and the 50 % rule, and how many; they have a test apart."""


@dataclass(frozen=True)
class Expected:
    """One line of ``stories.json``: what should, or should never, show at an actor."""

    story: str
    rule: str
    at: str
    words: str
    never: bool

    def __str__(self) -> str:
        return f"{self.story}: {'never ' * self.never}{self.rule} at {self.at}"


def expectations() -> list[Expected]:
    stories = json.loads((SAMPLE / "stories.json").read_text(encoding="utf-8"))["stories"]
    return [
        Expected(story["code"], one["rule"], one["at"], one["words"]["en"], one["never"])
        for story in stories
        for one in story["expected"]
    ]


@pytest.fixture(scope="module")
def result() -> Result:
    return score_sample()


# --- the same bytes, the same integers -----------------------------------------------------------


def test_the_command_in_the_card_gives_the_sample_byte_for_byte(tmp_path: Path) -> None:
    (command,) = re.findall(
        r"^trustgraph (generate .*) --out datasets/sample.*$", CARD, re.MULTILINE
    )
    assert main([*command.split(), "--out", str(tmp_path / "sample")]) == 0
    made = {path.name: path.read_bytes() for path in (tmp_path / "sample").iterdir()}
    kept = {path.name: path.read_bytes() for path in SAMPLE.iterdir()}
    assert made.keys() == kept.keys()
    assert [name for name in kept if made[name] != kept[name]] == []


def test_scoring_the_sample_gives_what_is_expected(result: Result) -> None:
    assert result.tables.rejected.is_empty()
    files = expected_files(result)
    assert files.keys() == {path.name for path in EXPECTED.iterdir()}
    for name, text in files.items():
        kept = (EXPECTED / name).read_bytes().decode()
        if text != kept:
            lines = sorted(set(kept.splitlines()) ^ set(text.splitlines()))
            shown = "\n".join(
                ("- " if line in kept.splitlines() else "+ ") + line for line in lines[:20]
            )
            pytest.fail(
                f"{len(lines)} lines of {name} changed (- expected, + found):\n{shown}\n"
                "If that is meant: python tests/support/renew_expected.py"
            )


def test_expected_ledgers_sum_to_expected_scores() -> None:
    # From the files alone, so that they hold together for whoever uses them without this program.
    scores = pl.read_csv(EXPECTED / "scores.csv")
    ledger = pl.read_csv(EXPECTED / "ledger.csv")
    sums = ledger.group_by("entity").agg(pl.col("micro").sum(), pl.len())
    both = scores.join(sums, on="entity", how="full", coalesce=True)
    assert both.height == scores.height
    assert (both["score_micro"] == both["micro"]).all()
    assert (both["lines"] == both["len"]).all()
    ends = ledger.filter(pl.col("line") == "exposure").select(
        "entity", "hops", chain=pl.col("chain").str.split(" > ")
    )
    assert (ends["chain"].list.last() == ends["entity"]).all()
    assert (ends["chain"].list.len() == ends["hops"] + 1).all()


def test_no_person_has_a_score_or_a_ledger() -> None:
    persons = pl.read_csv(SAMPLE / "entities.csv").filter(pl.col("kind") == "person")["id"]
    for name in ("scores", "ledger"):
        found = pl.read_csv(EXPECTED / f"{name}.csv")["entity"]
        assert not found.is_in(persons.implode()).any()


def test_the_demo_shows_this_sample() -> None:
    assert (demo.DEMO_COMPANIES, demo.DEMO_SEED, demo.DEMO_DAY) == (COMPANIES, SEED, AS_OF)
    facts = json.loads((SAMPLE / "stories.json").read_text(encoding="utf-8"))["register"]
    assert (facts["companies"], facts["seed"], facts["as_of"]) == (COMPANIES, SEED, AS_OF)


def test_the_demo_scores_as_expected_on_any_day(tmp_path: Path) -> None:
    run = demo.run_demo(tmp_path)
    assert (run.as_of, run.retention_on) == (dt.date.fromisoformat(AS_OF),) * 2
    assert run.manifest["policy"]["name"] == POLICY
    found = run.scores().select("entity", "score_micro", "grade", "coverage").collect()
    kept = pl.read_csv(EXPECTED / "scores.csv").select(found.columns)
    assert found.equals(kept)
    # The story says it: nobody of the sample is trusted less than the deep pit.
    worst = next(demo.least_trusted(run, 1))
    assert worst[3] == next(one.at for one in expectations() if one.story == "deep-pit")


# --- the stories come true -----------------------------------------------------------------------


def test_every_expectation_is_held_against_the_results() -> None:
    rules = [one.rule for one in expectations()]
    assert {name: rules.count(name) for name in OF_OWNERSHIP} == OF_OWNERSHIP
    assert len(rules) == 32


@pytest.mark.parametrize("one", [e for e in expectations() if e.rule in OF_OWNERSHIP], ids=str)
def test_the_ring_hides_most_of_what_its_parent_holds(one: Expected, result: Result) -> None:
    held = {row["entity"]: row for row in tg.owned(result, "999800TG040000000143")["owned"]}[one.at]
    if one.rule == "cascade":
        assert "40 % is held directly" in one.words
        assert (held["direct"], one.never) == ({"low": 0.4, "high": 0.4}, True)
        assert held["if_listed"] == "no"
        return
    wanted = float(one.words.partition(" %")[0].split()[-1]) / 100
    low, high = held["look_through"].values()
    assert low == high == pytest.approx(wanted, abs=5e-5)


@pytest.mark.parametrize("one", [e for e in expectations() if e.rule not in OF_OWNERSHIP], ids=str)
def test_every_story_comes_true(one: Expected, result: Result) -> None:
    laws = result.consequences.filter(entity=one.at)
    lines = result.lines.filter(entity=one.at)
    if one.rule == "exposure":
        assert (lines.filter(line="exposure").height > 0) != one.never
    elif one.rule == "force-A":
        assert one.never
        assert laws.filter(force="A").is_empty()
        # "no lower grade": it is the one that the score alone gives.
        assert told(result, one.at)["grade"] == grade_of_score(result, one.at)
    elif one.rule == "score":
        assert told(result, one.at)["score_micro"] == 1000 * 10**6
        assert lines["line"].to_list() == ["base"]
        assert laws["record"].drop_nulls().is_empty()
    elif one.rule == "coverage":
        coverage = told(result, one.at)["coverage"]
        assert coverage < 0.05 if one.words.startswith("near zero") else coverage > 0.9
        assert one.words.startswith(("near zero", "high"))
    else:
        assert one.rule in result.policy.rules
        assert (laws.filter(rule=one.rule).height > 0) != one.never
        if one.words.startswith("possible"):
            assert set(laws.filter(rule=one.rule)["status"]) == {"possible"}


def test_the_clean_looking_supplier_is_reached_both_ways(result: Result) -> None:
    # "two steps away: through the person and through the parent": the ledger shows the stronger
    # chain, the channels know both.
    (one,) = (e for e in expectations() if (e.story, e.rule) == ("clean-supplier", "exposure"))
    (line,) = result.lines.filter(entity=one.at, line="exposure").to_dicts()
    assert line["hops"] == 2
    origin, _, end = line["chain"]
    relationships, kinds = result.tables.relationships, result.tables.entities
    both = set(relationships.filter(target=origin)["source"]) & set(
        relationships.filter(target=end)["source"]
    )
    shared = kinds.filter(pl.col("id").is_in(both))["kind"]
    assert sorted(shared) == ["company", "person"]


def told(result: Result, entity: str) -> dict[str, Any]:
    (row,) = result.scores.filter(entity=entity).to_dicts()
    return row


def grade_of_score(result: Result, entity: str) -> str:
    score = told(result, entity)["score_micro"]
    return next(grade.code for grade in result.policy.grades if score >= grade.from_micro)


# --- the card ------------------------------------------------------------------------------------


def test_the_card_counts_what_is_there(result: Result) -> None:
    tables = result.tables
    for name in ("entities", "relationships", "records", "consultations"):
        assert f"| `{name}.csv` | {getattr(tables, name).height:,} |" in CARD
    for name in ("scores", "ledger", "consequences", "control"):
        assert f"| `{name}.csv` | {pl.read_csv(EXPECTED / f'{name}.csv').height:,} |" in CARD
    kinds = dict(tables.entities["kind"].value_counts().iter_rows())
    for kind, count in kinds.items():
        assert re.search(rf"{count:,} {kind.replace('_', ' ')}", CARD), (kind, count)


def test_the_card_tells_every_story_and_every_file() -> None:
    stories = json.loads((SAMPLE / "stories.json").read_text(encoding="utf-8"))["stories"]
    for story in stories:
        assert story["title"]["en"] in " ".join(CARD.split())
    for path in [*SAMPLE.iterdir(), *EXPECTED.iterdir()]:
        assert f"`{path.name}`" in CARD


def test_the_card_names_every_field() -> None:
    for name in ("entities", "relationships", "records", "consultations"):
        header = (SAMPLE / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
        for column in header.split(","):
            assert f"`{column}`" in CARD, (name, column)


def test_no_identifier_is_one_that_a_register_gives_out() -> None:
    entities = tg.read_tables(SAMPLE).entities
    codes = entities["uscc"].drop_nulls()
    # The organisation code begins with W or is a story's: series that no authority hands out.
    assert codes.str.contains("^.{8}(W|TG)").all()
    assert entities["lei"].drop_nulls().str.starts_with("9999").sum() > 0
    assert entities["lei"].drop_nulls().str.contains("^(9999|999800TG)").all()
    links = entities["source_url"].drop_nulls()
    assert links.str.contains(r"^https://[a-z]+\.example\.invalid/").all()

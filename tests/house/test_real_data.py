"""Public data that nobody here wrote, read through mappings: counted, and computed a second time.

The second computation reads the raw CSV with Python's own reader and walks with dictionaries. No
person is named here: companies by their codes, persons not at all.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest
from places import PROJECT, TESTS

import trustgraph as tg
from trustgraph.cli.main import main
from trustgraph.runs.run import Run

HERE = TESTS
DATA = PROJECT.parent / "shared" / "data"
MICRO = 10**6
BILLION = 10**9


def raw(name: str, file: str) -> list[dict[str, str]]:
    with (DATA / name / file).open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def needs(name: str) -> Path:
    if not (DATA / name).is_dir():
        pytest.skip(f"{DATA / name} is absent: public data lies beside the repository, not in it")
    return DATA / name


def scored(name: str, out: Path, *options: str) -> Run:
    folder = needs(name)
    mapping = HERE / "mappings" / f"{name}.toml"
    code = main(
        ["score", str(folder), "--mapping", str(mapping), "--out", str(out / "run"), *options]
    )
    assert code == 0
    return tg.open_run(out / "run")


# --- Chinese listed companies and their boards ---------------------------------------------------

BOARDS = "cn_listed_executives"
LISTED = ["CN002230", "CN002236", "CN002415", "CN300188", "CN300367", "CN600487", "CN603019"]
"""Companies on the Entity List with a date; six more entries (CMIC) have none."""


@pytest.fixture(scope="module")
def boards_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    out = tmp_path_factory.mktemp("boards")
    pack = str(HERE / "packs" / "us-lists")
    return scored(BOARDS, out, "--policy", pack, "--as-of", "2024-12-31")


def seats() -> set[tuple[str, str]]:
    """(person, company) of everybody with a seat on a board: an honorary chair has none."""
    found = set()
    for row in raw(BOARDS, "executive_stock.csv"):
        titles = {title for title in row["jobs"].split("/") if title}
        if any(not title.startswith(("名誉", "荣誉", "终身名誉")) for title in titles):
            found.add((row[":START_ID(Executive)"], "CN" + row[":END_ID(Stock)"].zfill(6)))
    return found


def test_every_row_of_the_boards_is_accounted_for(boards_run: Run) -> None:
    counts = boards_run.manifest["counts"]
    # 3,188 companies and 20,872 people; 24,775 posts, 27 of them honorary only.
    assert counts["entities"] == 24_060 == 3_188 + 20_872
    assert counts["relationships"] == 24_748 == len(seats())
    # 13 list entries: 7 of the Entity List; 6 of the CMIC list carry no date and are rejected.
    assert (counts["records"], counts["records_counting"], counts["rejected_rows"]) == (7, 7, 6)
    rejected = pl.read_csv(boards_run.path / "rejected.csv")
    assert rejected["row"].to_list() == [3, 7, 9, 11, 13, 14]
    assert set(rejected["column"]) == {"listed_on"}
    # Every company has a score, no person has.
    assert counts["scored"] == 3_188 == boards_run.scores().collect().height
    own = boards_run.ledger().filter(pl.col("line") == "own").collect()
    assert sorted(own["entity"]) == LISTED


def test_chains_over_boards_are_those_of_a_plain_walk(boards_run: Run) -> None:
    board: dict[str, set[str]] = defaultdict(set)
    posts: dict[str, set[str]] = defaultdict(set)
    for person, company in seats():
        board[company].add(person)
        posts[person].add(company)
    expected = {}
    for listed in LISTED:
        best: dict[str, tuple[float, int, str]] = {}
        for person in board[listed]:
            first = 0.5 * (1 / len(posts[person])) * 1.0
            for company in posts[person] - {listed}:
                reach = first * (0.5 * (1 / len(board[company])) * 1.0)
                # The strongest chain; among equals the one whose person's id sorts first.
                best[company] = min(best.get(company, (0.0, 0, "")), (-reach, 0, person))
        for company, (reach, _, person) in best.items():
            micro = round(-400 * MICRO * -reach)
            if abs(micro) >= 10_000:
                expected[listed, company] = (micro, -reach, [listed, person, company])
    lines = boards_run.ledger().filter(pl.col("line") == "exposure").collect().to_dicts()
    found = {
        (line["chain"][0], line["entity"]): (line["micro"], line["reach"], line["chain"])
        for line in lines
    }
    assert len(found) == len(lines)
    assert found == expected
    # Somebody has to be there for this to say anything: directors of all seven sit elsewhere, too.
    assert {listed for listed, _ in expected} == set(LISTED)


def test_scores_over_boards_are_the_sums(boards_run: Run) -> None:
    sums = boards_run.ledger().group_by("entity").agg(pl.col("micro").sum()).collect()
    scores = boards_run.scores().collect()
    both = scores.join(sums, on="entity")
    assert both.height == scores.height
    assert (both["score_micro"] == both["micro"]).all()
    grades = dict(scores.select("entity", "grade").iter_rows())
    assert sorted(entity for entity, grade in grades.items() if grade == "LISTED") == LISTED


def test_a_company_near_a_list_can_be_explained(
    boards_run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [row["name"] for row in raw(BOARDS, "executive.csv")]
    line = (
        boards_run.ledger().filter(pl.col("line") == "exposure").sort("micro").head(1).collect()
    ).row(0, named=True)
    for lang in ("en", "zh"):
        assert main(["explain", str(boards_run.path), line["entity"], "--lang", lang]) == 0
        text = capsys.readouterr().out
        assert "Entity List" in text or "实体清单" in text
        assert line["chain"][1] not in text
        # Names of two characters occur in other words; of three they are somebody's.
        assert not [name for name in names if len(name) >= 3 and f"{name} " in text]


# --- German media --------------------------------------------------------------------------------

MEDIA = "german_media_ownership"


def stakes() -> dict[tuple[str, str], int | None]:
    """(owner, owned) → the stated share in billionths, or None where it is blank."""
    return {
        (f"DE-KEK-{row['shareholder']}", f"DE-KEK-{row['owns']}"): round(
            float(f"{row['share']}e-2") * BILLION
        )
        if row["share"].strip()
        else None
        for row in raw(MEDIA, "shares.csv")
    }


def test_media_without_records_all_score_the_base(tmp_path: Path) -> None:
    run = scored(MEDIA, tmp_path, "--as-of", "2026-06-30")
    counts = run.manifest["counts"]
    # 3,065 owners and owned, all read as "other"; 2,904 shares, no pair of them twice.
    assert (counts["entities"], counts["scored"]) == (3_065, 3_065)
    assert counts["relationships"] == 2_904 == len(stakes())
    assert (counts["records"], counts["rejected_rows"]) == (0, 0)
    # One rule looks at no record: who holds half of another may not bid beside it (P21).
    found = run.consequences().collect()
    assert set(found["rule"]) == {"P21"}
    pairs = {frozenset(row) for row, share in stakes().items() if share and share >= BILLION // 2}
    pairs = {pair for pair in pairs if len(pair) == 2}
    assert {frozenset(chain) for chain in found["chain"]} == pairs
    assert found.height == counts["consequences"] == 2 * len(pairs)
    scores = run.scores().collect()
    assert set(scores["score_micro"]) == {1000 * MICRO}
    # Of owners without an identifier and never searched for, little is known.
    assert scores["coverage"].max() < 0.5


def factors() -> dict[str, dict[str, float]]:
    """owner → owned → share; an unknown share is an equal part of what the known ones leave."""
    of: dict[str, list[int | None]] = defaultdict(list)
    for (_, owned), share in stakes().items():
        of[owned].append(share)
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for (owner, owned), share in stakes().items():
        if share is None:
            rest = max(0, BILLION - sum(known for known in of[owned] if known is not None))
            found[owner][owned] = rest / of[owned].count(None) / BILLION
        else:
            found[owner][owned] = share / BILLION
    return found


def walked(origin: str, share: dict[str, dict[str, float]], hops: int) -> dict[str, float]:
    """The largest product of shares from ``origin`` over at most ``hops`` steps, step by step."""
    best = {origin: 1.0}
    front = dict(best)
    for _ in range(hops):
        further: dict[str, float] = {}
        for owner, reach in front.items():
            for owned, part in share[owner].items():
                further[owned] = max(further.get(owned, 0.0), reach * part)
        front = {owned: r for owned, r in further.items() if r > best.get(owned, 0.0)}
        best |= front
    return {owned: reach for owned, reach in best.items() if owned != origin}


@pytest.mark.parametrize("origin", ["most", "deepest", "ring"])
def test_a_record_weighs_by_the_product_of_the_shares(origin: str) -> None:
    needs(MEDIA)
    share = factors()
    marked = chosen(origin, share)
    tables = tg.read_tables(DATA / MEDIA, mapping=HERE / "mappings" / f"{MEDIA}.toml")
    made_up = pl.DataFrame(
        {"id": ["M"], "entity": [marked], "type": ["MARK"], "decided_on": ["2026-01-01"]}
    )
    tables = tg.check_tables(tables.entities, tables.relationships, made_up)
    assert tables.rejected.is_empty()
    result = tg.score(tables, HERE / "packs" / "shares", as_of="2026-06-30")
    lines = result.lines.filter(line="exposure").to_dicts()
    expected = {
        owned: (round(-100 * MICRO * reach), reach)
        for owned, reach in walked(marked, share, 8).items()
        if round(100 * MICRO * reach) >= 1_000
    }
    assert {line["entity"]: (line["micro"], line["reach"]) for line in lines} == expected
    for line in lines:
        product = 1.0
        for owner, owned in zip(line["chain"], line["chain"][1:], strict=False):
            product *= share[owner][owned]
        assert product == line["reach"]
        assert line["chain"][0] == marked
    assert max(line["hops"] for line in lines) >= (2 if origin == "ring" else 5)


def chosen(origin: str, share: dict[str, dict[str, float]]) -> str:
    owners = sorted(share)
    if origin == "most":
        return max(owners, key=lambda one: len(walked(one, share, 8)))
    if origin == "deepest":
        return max(owners, key=lambda one: depth(one, share))
    others = {one: share[one].keys() - {one} for one in owners}
    return next(one for one in owners if any(one in others.get(other, ()) for other in others[one]))


def depth(origin: str, share: dict[str, dict[str, float]]) -> int:
    front, seen, steps = {origin}, {origin}, 0
    while front := {o for one in front for o in share.get(one, {})} - seen:
        seen |= front
        steps += 1
    return steps


def test_a_share_of_oneself_and_owners_of_more_than_the_whole(tmp_path: Path) -> None:
    # One company holds a share of itself, and owners of some state more than the whole together:
    # the tables take them as they are, and nothing weighs more on anybody than on its bearer.
    run = scored(MEDIA, tmp_path, "--policy", str(HERE / "packs" / "shares"))
    assert run.manifest["counts"]["ledger_lines"] == 3_065
    assert sum(owner == owned for owner, owned in stakes()) == 1
    known: dict[str, int] = defaultdict(int)
    for (_, owned), share in stakes().items():
        known[owned] += share or 0
    assert sum(whole > 1.005 * BILLION for whole in known.values()) == 5

"""Explanations: they say what the ledger says, and the smallest repair is the smallest."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from depth import some
from hypothesis import given, settings
from oracle import Oracle, World
from places import PROJECT
from strategies import DAYS, TODAY, packs, tables_of, worlds

import trustgraph as tg
from trustgraph.cli.main import main
from trustgraph.policy import Policy
from trustgraph.query.detail_words import detail_words
from trustgraph.query.explain import explain_chain
from trustgraph.query.explain_text import chain_lines, explanation_lines
from trustgraph.query.session import Language, session_of
from trustgraph.register import compile_register
from trustgraph.register.pseudonyms import persons_called
from trustgraph.schema import MICRO, STEP_CODES, step_words
from trustgraph.scoring.pipeline import entity_ledger, score_register
from trustgraph.tables.tables import rejection_words

SAMPLE = PROJECT / "datasets" / "sample"
WORST, DEFAULTER, SUPPLIER = "91330106TG100001X9", "91330106TG020001X8", "91330106TG02000288"
PERSON, CODE = "P-TG100007", "TN85-UBEN"


@settings(max_examples=settings().max_examples // 5)
@given(world=worlds(largest=2), policy=packs())
def test_the_smallest_repair_is_the_smallest(world: World, policy: Policy) -> None:
    ids = [record["id"] for record in world.records]
    policy = dataclasses.replace(policy, rated_from=0.0)  # whoever is not gone is rated
    gone = {e for e, row in world.entities.items() if row.get("status") == "deregistered"}
    after = {}
    for size in range(len(ids) + 1):
        for chosen in itertools.combinations(ids, size):
            records = [
                {**r, "repaired_on": DAYS[0]} if r["id"] in chosen else r for r in world.records
            ]
            changed = compile_register(tables_of(dataclasses.replace(world, records=records)))
            scores = score_register(changed, policy, as_of=TODAY).scores.to_dicts()
            after[chosen] = {
                row["entity"]: policy.grade_rank(row["grade"])
                for row in scores
                if row["entity"] not in gone
            }
    result = tg.score(tables_of(world), policy, as_of=TODAY, retention_on=TODAY)
    for entity, rank in after[()].items():
        better = tg.explain(result, entity)["next_grade"]
        if rank == 0:
            assert better is None
            continue
        if better["held_by"] is not None:  # of others' records it is not asked
            assert not better["records"]
            continue
        sizes = [len(chosen) for chosen, ranks in after.items() if ranks[entity] < rank]
        found = len(better["records"])
        assert found == min(sizes, default=0), (entity, better, sizes)


@settings(max_examples=settings().max_examples // 2)
@given(world=worlds(), policy=packs())
def test_explained_ledgers_are_the_ledgers(world: World, policy: Policy) -> None:
    result = tg.score(tables_of(world), policy, as_of=TODAY, retention_on=TODAY)
    session = session_of(result.scoring, result.register, policy, whole_ledger=True, unmask=True)
    for row in result.scores.to_dicts():
        entity = row["entity"]
        number = session.number(entity)
        afresh = entity_ledger(session.register, policy, session.record_state, number)
        kept = result.lines.filter(entity=entity)
        assert afresh.equals(kept)
        told = tg.explain(result, entity, unmask=True)
        assert sum(line["micro"] for line in told["ledger"]) == told["score_micro"]
        for line in told["ledger"]:
            if line["line"] != "exposure":
                continue
            product = 1.0
            for step in line["steps"]:
                product *= step["strength"]
            assert product == line["reach"]
            assert len(line["steps"]) == line["hops"] == len(line["chain"]) - 1


@settings(max_examples=settings().max_examples // 2)
@given(world=worlds(), policy=packs())
def test_strongest_chains_are_the_strongest_walks(world: World, policy: Policy) -> None:
    result = tg.score(tables_of(world), policy, as_of=TODAY, retention_on=TODAY)
    session = session_of(result.scoring, result.register, policy, whole_ledger=True, unmask=True)
    oracle = Oracle(world, policy, TODAY)
    for origin in list(world.entities)[:3]:
        best: dict[tuple[str, str], tuple[float, int, tuple[str, ...]]] = {}
        for channel in policy.channels:
            for strength, chain in oracle.walks(origin, channel):
                key = (-strength, len(chain), chain)
                place = (channel, chain[-1])
                if strength > 1 / MICRO and (place not in best or key < best[place]):
                    best[place] = key
        for end in world.entities:
            if end == origin:
                continue
            found = {
                (c["channel"], end): (-c["reach"], len(c["chain"]), tuple(c["chain"]))
                for c in explain_chain(session, origin, end)["chains"]
                if c["reach"] > 1 / MICRO
            }
            assert found == {k: v for k, v in best.items() if k[1] == end}


@pytest.mark.parametrize(("status", "said"), [("deregistered", "注销"), ("revoked", "吊销")])
def test_a_company_that_is_gone_says_so(status: str, said: str) -> None:
    entities = pl.DataFrame([{"id": "A", "kind": "company", "name": "A", "status": status}])
    result = tg.score(tg.check_tables(entities), as_of=TODAY)
    assert tg.explain(result, "A")["status"] == status
    told = [verdict["verdict"] for verdict in tg.explain(result, "A")["verdicts"]]
    assert told[0] == status.upper()
    lines = list(explanation_lines(tg.explain(result, "A", lang="zh"), "zh"))
    assert said in lines[0]
    english = list(explanation_lines(tg.explain(result, "A"), "en"))
    assert status[-7:].upper() in english[0]


# --- the sample, in words ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample() -> tg.Result:
    return tg.score(tg.read_tables(SAMPLE), as_of="2026-06-30", retention_on="2026-06-30")


def asked(result: tg.Result) -> list[str]:
    """The worst, whom aggregating rules reach, branches, persons, and one of whom little is known.

    Their explanations hold every kind of line.
    """
    scores = result.scores.sort("score_micro", "entity")
    branches = scores.filter(kind="branch")["entity"].head(3)
    joint = result.consequences.filter(pl.col("detail").is_not_null())["entity"].head(3)
    blank = scores.sort("coverage", "entity")["entity"].head(1)
    return [*scores["entity"].head(12), *branches, *joint, *blank, PERSON, "P-TG100008"]


CJK = "\u4e00-\u9fff"
HALF_WIDTH = re.compile(
    rf"[{CJK}“”（）【】][,:;()\[\]]|[,:;()\[\]][{CJK}“（【]|[{CJK}）】] +[{CJK}“（【]|[·→]"
)


def test_chinese_is_set_as_chinese(sample: tg.Result) -> None:
    for entity in asked(sample):
        for line in explanation_lines(tg.explain(sample, entity, lang="zh"), "zh"):
            assert not HALF_WIDTH.search(line), line
            assert "自然人 " not in line
    for end in (SUPPLIER, WORST):
        for line in chain_lines(tg.chain(sample, DEFAULTER, end, lang="zh"), "zh"):
            assert not HALF_WIDTH.search(line), line


def test_chinese_reads_as_a_report(sample: tg.Result) -> None:
    lines = [
        line.strip()
        for entity in (WORST, "91330106TG10000289")
        for line in explanation_lines(tg.explain(sample, entity, lang="zh"), "zh")
    ]
    for wanted in [
        "深坑市政工程有限公司（91330106TG100001X9）",
        "得分：0.00；等级：D；信息覆盖率：100%",
        "-420.00  自身记录：失信被执行人名单",
        "-134.40  关联影响：自然人JZ8B-3SS9“失信被执行人名单”记录",
        "编号R-TG100004，2025年5月26日作出，依法定期限至2028年5月26日，税务机关，（2025）示TG10第4号",
        "经1层关系传导，传导系数为0.48",
        "深坑控股有限公司持有深坑市政工程有限公司股权（×0.48，S02）",
        "深坑市政工程有限公司由深坑控股有限公司持股（×0.18）",
        "自然人TN85-UBEN任深坑市政工程有限公司法定代表人",
        "空囊劳务有限公司系深坑市政工程有限公司的承包商",
        "修复方式：依申请修复，最早须自决定之日起满6个月，即2026年6月2日起",
    ]:
        assert wanted in lines
    chain = list(chain_lines(tg.chain(sample, DEFAULTER, SUPPLIER, lang="zh"), "zh"))
    assert chain[:2] == [
        "沉锚航运设备有限公司对清泉精密零件有限公司的市场影响（不属于法律后果）",
        "  严重失信名单：经2层关系传导，传导系数为0.25",
    ]


def test_every_chinese_step_says_where_the_other_name_goes() -> None:
    for code in STEP_CODES.values():
        assert step_words(code, "zh").count("…") == 1
        assert "…" not in step_words(code, "en")


@pytest.mark.parametrize(
    ("detail", "english", "chinese"),
    [
        ("D", " (lowest grade: D)", "（最低等级：D）"),
        ("7 others", " (7 others)", "（另涉及7家主体）"),
    ],
)
def test_details_are_said_in_words(
    detail: str, english: str, chinese: str, sample: tg.Result
) -> None:
    sides: list[tuple[Language, Any]] = [("en", english), ("zh", chinese)]
    for lang, wanted in sides:
        told = tg.explain(sample, WORST, lang=lang)
        told["consequences"][0]["detail_words"] = detail_words(detail, lang)
        lines = explanation_lines(told, lang)
        assert any(line.endswith(wanted) for line in lines)


def test_titles_with_quotes_and_commas_stay_readable(sample: tg.Result) -> None:
    told = tg.explain(sample, WORST, lang="zh")
    (line, *_) = (line for line in told["ledger"] if line["line"] == "exposure")
    line["record"]["title"] = "公共信用综合评价“差”"
    said = "\n".join(explanation_lines(told, "zh"))
    assert "深坑控股有限公司“公共信用综合评价‘差’”记录" in said
    assert "限制参加评先评优；限制乘坐飞机、列车高级席位等" in said
    english = "\n".join(explanation_lines(tg.explain(sample, WORST), "en"))
    assert "Barred from licences, markets or an industry; No" in english


# --- pseudonyms ----------------------------------------------------------------------------------


def ids_in(value: Any, key: str = "") -> Iterator[str]:
    """Everything in an explanation that is an id and no word, in order."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from ids_in(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from ids_in(part, key)
    elif key in ("entity", "chain", "record") and value is not None:
        yield str(value)


def test_a_pseudonym_is_the_same_in_every_language(sample: tg.Result) -> None:
    for entity in asked(sample):
        english, chinese = (
            list(ids_in(tg.explain(sample, entity, lang=lang))) for lang in ("en", "zh")
        )
        assert english == chinese
    sides: list[tuple[Language, str]] = [("en", "Person TN85-UBEN"), ("zh", "自然人TN85-UBEN")]
    for lang, name in sides:
        told = tg.explain(sample, PERSON, lang=lang)
        assert (told["entity"], told["name"]) == (CODE, name)
        lines = list(explanation_lines(told, lang))
        assert lines[0] == name  # once, not the code again behind it


@pytest.mark.parametrize("shown", [CODE, "Person TN85-UBEN", "自然人TN85-UBEN", "自然人 TN85-UBEN"])
def test_a_pseudonym_can_be_asked_for(shown: str, sample: tg.Result) -> None:
    told = tg.explain(sample, shown)
    assert told == tg.explain(sample, PERSON)
    assert told["consequences"]
    assert PERSON not in json.dumps(told)
    assert tg.chain(sample, shown, WORST) == tg.chain(sample, PERSON, WORST)
    assert tg.chain(sample, WORST, shown) == tg.chain(sample, WORST, PERSON)


def test_a_pseudonym_of_nobody_or_of_several_is_said(
    sample: tg.Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(tg.UnknownEntityError, match=r"`2222-2222` stands for nobody.*\n.*KEY"):
        tg.explain(sample, "2222-2222")
    with pytest.raises(tg.UnknownEntityError, match="no entity `TN85-UBE0`"):
        tg.explain(sample, "TN85-UBE0")  # no letter of a pseudonym
    monkeypatch.setattr("trustgraph.register.pseudonyms._hashed", lambda _entity, _key: 0)
    monkeypatch.setattr("trustgraph.register.pseudonyms._KNOWN", {})
    with pytest.raises(
        tg.UnknownEntityError, match=r"stands for \d+ persons in .*\n.*id"
    ) as caught:
        tg.explain(sample, "2222-2222")
    assert PERSON not in str(caught.value)


def test_a_pseudonym_depends_on_the_key(sample: tg.Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTGRAPH_PSEUDONYM_KEY", "another")
    other = tg.explain(sample, PERSON)["entity"]
    assert other != CODE
    assert tg.explain(sample, other)["entity"] == other
    with pytest.raises(tg.UnknownEntityError, match="nobody"):
        tg.explain(sample, CODE)


def test_persons_are_hashed_once_for_a_register(
    sample: tg.Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trustgraph.register.pseudonyms._KNOWN", {})
    session = tg.open_session(sample)
    assert tg.explain(session, CODE)["entity"] == CODE
    everybody = range(len(session.register))
    for number in everybody:
        if session.kind(number) == "person":
            assert number in (persons_called(session.register, session.shown_id(number)) or ())

    def hashed(entity: str, _key: bytes) -> int:
        raise AssertionError(f"{entity} was hashed again")

    monkeypatch.setattr("trustgraph.register.pseudonyms._hashed", hashed)
    assert persons_called(session.register, CODE) == [session.number(PERSON)]
    assert persons_called(session.register, "2222-2222") == []


def test_an_id_goes_before_a_pseudonym() -> None:
    rows = [{"id": "P", "kind": "person", "name": "P"}]
    plain = tg.score(tg.check_tables(pl.DataFrame(rows)), as_of=TODAY)
    code = tg.explain(plain, "P")["entity"]
    rows.append({"id": code, "kind": "company", "name": "C"})
    both = tg.score(tg.check_tables(pl.DataFrame(rows)), as_of=TODAY)
    assert tg.explain(both, code)["kind"] == "company"
    assert tg.explain(both, f"Person {code}")["kind"] == "person"


# --- narrow screens, bad rows --------------------------------------------------------------------


def test_json_loses_nothing_where_stdout_is_narrow(tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert main(["score", str(SAMPLE), "--out", str(out), "--as-of", "2026-06-30"]) == 0
    command = [sys.executable, "-m", "trustgraph", "explain", str(out), WORST, "--lang", "zh"]
    for encoding in some(("ascii", "gbk", "utf-8"), 2):
        wide, narrow = (
            subprocess.run(  # noqa: S603  # our own interpreter and code
                [*command, *form],
                capture_output=True,
                check=True,
                env={**os.environ, "PYTHONIOENCODING": encoding},
            ).stdout.decode(encoding)
            for form in ([], ["--json"])
        )
        assert json.loads(narrow) == tg.explain(out, WORST, lang="zh")
        assert ("深坑市政工程有限公司" in wide) == (encoding != "ascii")
        assert ("深坑市政工程有限公司" in narrow) == (encoding != "ascii")


def test_the_words_on_rejected_rows_say_what_they_count(tmp_path: Path) -> None:
    rows = "X,company,X,extra,extra\nY,firm,\nZ,,\n,company,\n"
    (tmp_path / "entities.csv").write_text(f"id,kind,name\n{rows}", encoding="utf-8")
    (tmp_path / "relationships.csv").write_text("source,target,kind\n", encoding="utf-8")
    (tmp_path / "records.csv").write_text("id,entity,type,decided_on\n", encoding="utf-8")
    tables = tg.read_tables(tmp_path)
    first, *lines, last = rejection_words(tables.rejected).splitlines()
    assert (tables.rejected_rows, tables.rejected.height) == (4, 7)
    assert first == "4 rows rejected, 7 problems found:"
    assert lines[0].startswith("  entities.csv row 2: ")
    assert "None" not in "".join(lines)
    assert last == "  … and 2 more problems"
    one = tg.check_tables(pl.DataFrame([{"id": "A", "kind": "firm", "name": "A"}]))
    assert rejection_words(one.rejected).startswith(
        "1 row rejected, 1 problem found:\n  entities row 2, kind"
    )

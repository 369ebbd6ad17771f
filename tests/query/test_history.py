"""A score over time is, on each of its days, the score as of that day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from strategies import TODAY, random_policy, random_world, seeds, tables_of

import trustgraph as tg

SIZES = st.sampled_from([(4, 8, 4), (9, 32, 6), (14, 60, 12)])


@given(seed=seeds, size=SIZES)
def test_each_month_is_the_score_as_of_its_day(seed: int, size: tuple[int, int, int]) -> None:
    world = random_world(Random(seed), *size)
    tables, policy = tables_of(world), random_policy(Random(seed), Random(seed).randint(0, 3))
    session = tg.open_session(tg.score(tables, policy, as_of=TODAY, retention_on=TODAY))
    names = [name for name, row in world.entities.items() if row["kind"] != "person"]
    for entity in names[:1]:
        rows = tg.history(session, entity, months=5)
        start = world.entities[entity].get("start")
        assert rows[-1]["as_of"] == TODAY.isoformat() if start is None else True
        for row in rows:
            day = dt.date.fromisoformat(row["as_of"])
            assert start is None or start <= day
            told = tg.explain(tg.score(tables, policy, as_of=day, retention_on=TODAY), entity)
            assert row["score"] == told["score"]
            assert row["coverage"] == told["coverage"]
            # What caps a grade apart from the score is not asked for month by month.
            if told["grade_reason"] in {"band", "coverage"}:
                assert row["rated"] == (told["grade"] != "NR")
            lines = {
                line["record"]["record"]: line["points"]
                for line in told["ledger"]
                if "record" in line
            }
            assert row["lines"] == lines


def test_of_a_register_on_disk_and_of_persons(tmp_path: Path) -> None:
    (tmp_path / "entities.csv").write_text(
        "id,kind,name,start\nA,company,Acme,2026-04-15\nB,company,Bright,\nP,person,Somebody,\n"
    )
    (tmp_path / "relationships.csv").write_text("source,target,kind,share\nB,A,shareholder,0.6\n")
    (tmp_path / "records.csv").write_text(
        "id,entity,type,decided_on\nR,B,COURT_DEFAULTER,2026-05-20\n"
    )
    tg.import_register(tmp_path, tmp_path / "register")
    register = tg.open_register(tmp_path / "register")
    session = tg.open_session(register, as_of="2026-06-30")
    rows = tg.history(session, "A", months=12)
    # Before it was founded there is nothing to tell.
    assert [row["as_of"] for row in rows] == ["2026-04-30", "2026-05-30", "2026-06-30"]
    assert [list(row["lines"]) for row in rows] == [[], ["R"], ["R"]]
    assert rows[0]["score"] > rows[1]["score"] == rows[2]["score"]
    assert tg.history(session, "P") == []

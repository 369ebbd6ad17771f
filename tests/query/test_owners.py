"""Questions about owners: trees, holdings, where methods differ; large rings."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from places import TESTS
from polars.testing import assert_frame_equal

import trustgraph as tg
from trustgraph.cli.main import main
from trustgraph.ownership import elimination, shares
from trustgraph.ownership.shares import owner_rows
from trustgraph.ownership.view import OwnershipView, ownership_view
from trustgraph.query.explain_text import explanation_lines
from trustgraph.query.owners import DEEPEST_TREE, LARGEST_TREE
from trustgraph.query.owners_text import OWNED_SHOWN, owned_lines, owners_lines
from trustgraph.records.as_of import records_as_of
from trustgraph.register import compile_register

DAY = "2026-06-30"
KINDS = {"P": "person", "Q": "person", "G": "public_body"}


def tables(
    *stakes: tuple[str, str, float | None],
    listed: Sequence[str] = "",
    forms: dict[str, str] | None = None,
) -> tg.Tables:
    ids = sorted({end for stake in stakes for end in stake[:2]})
    entities = pl.DataFrame(
        {
            "id": ids,
            "kind": [KINDS.get(one, "company") for one in ids],
            "name": [f"Firm {one}" for one in ids],
            "legal_form": [(forms or {}).get(one) for one in ids],
        },
        schema_overrides={"legal_form": pl.String},
    )
    relationships = pl.DataFrame(
        [(source, target, "shareholder", share) for source, target, share in stakes],
        schema={"source": pl.String, "target": pl.String, "kind": pl.String, "share": pl.Float64},
        orient="row",
    )
    records = pl.DataFrame(
        [(f"R{one}", one, "US_SDN", "2024-01-05") for one in listed],
        schema=dict.fromkeys(("id", "entity", "type", "decided_on"), pl.String),
        orient="row",
    )
    return tg.check_tables(entities, relationships, records)


def scored(*stakes: tuple[str, str, float | None], **more: Any) -> Any:
    return tg.score(tables(*stakes, **more), "ofac-50", as_of=DAY)


FAQ = (("P", "A", 0.5), ("P", "B", 0.1), ("A", "B", 0.4))


def test_direct_and_look_through_side_by_side() -> None:
    found = tg.owners(scored(*FAQ, listed="P"), "B", unmask=True)
    assert found["blocked_by"] == "shares"
    first, second, nobody = found["owners"]
    assert (first["owner"], first["direct"]) == ("A", {"low": 0.4, "high": 0.4})
    assert first["owners"][0]["owner"] == second["owner"] == "P"
    assert second["direct"] == {"low": 0.1, "high": 0.1}
    assert second["look_through"]["low"] == pytest.approx(0.3)
    assert nobody == {"owner": None, "direct": {"low": 0.5, "high": 0.5}}
    assert (found["blocked"], found["listed"]) == ("yes", False)
    assert found["held"] == {"low": 0.5, "high": 0.5}
    (through,) = found["blocked_through"]
    assert [why["code"] for why in through["why"]] == ["blocked_below"]


def test_holdings_say_what_a_listing_would_mean() -> None:
    found = tg.owned(scored(*FAQ), "P", unmask=True)
    rows = {row["entity"]: row for row in found["owned"]}
    assert (rows["A"]["if_listed"], rows["B"]["if_listed"]) == ("yes", "yes")
    assert (rows["A"]["cascade"], found["listed"]) == ("no", False)
    assert rows["B"]["chain"] == ["P", "A", "B"]
    assert tg.owned(scored(*FAQ), "B")["owned"] == []
    together = (("P", "A", 0.3), ("B", "A", 0.15), ("C", "A", 0.1))
    (row,) = tg.owned(scored(*together, listed="P"), "B")["owned"]
    assert (row["blocked"], row["if_listed"]) == ("no", "no")
    (row,) = tg.owned(scored(*together, listed="PC"), "B")["owned"]
    assert (row["blocked"], row["if_listed"]) == ("no", "yes")
    assert "if it were listed: yes" in "\n".join(
        owned_lines(tg.owned(scored(*together, listed="PC"), "B"))
    )


@pytest.mark.parametrize(
    ("other", "sure"), [(0.35, "yes"), (0.406, "possible"), (0.55, "possible")]
)
def test_doubt_never_turns_blocked_into_not_blocked(other: float, sure: str) -> None:
    """Nor does a contradiction, which makes it possible."""
    given = tables(("P", "A", 0.6), ("Q", "A", other), listed="P")
    for confidence, answer in ((1.0, sure), (0.99, "possible")):
        doubted = given.relationships.with_columns(
            confidence=pl.when(pl.col("source") == "P").then(confidence).otherwise(1.0)
        )
        checked = tg.check_tables(given.entities, doubted, given.records)
        result = tg.score(checked, "ofac-50", as_of=DAY)
        assert tg.owners(result, "A")["blocked"] == answer
        said = f"state {round(100 * (0.6 + other), 2)} % together"
        flagged = " ".join(result.tables.flagged["reason"])
        assert (said in flagged) == (other > 0.4)


def test_what_looks_through_to_nothing_is_not_left_out() -> None:
    stakes = (("X", "N", 1.0), ("N", "B", 0.6))
    behind = scored(*stakes, listed="X", forms={"N": "nominee"})
    rows = {row["entity"]: row for row in tg.owned(behind, "X")["owned"]}
    assert (rows["B"]["cascade"], rows["B"]["look_through"]["high"]) == ("yes", 0.0)
    assert rows["B"]["chain"] == ["X", "N", "B"]
    listed = scored(*stakes, listed="N", forms={"N": "nominee"})
    assert [row["entity"] for row in tg.owned(listed, "N")["owned"]] == ["B"]
    (through,) = tg.owners(listed, "B")["blocked_through"]
    assert [why["code"] for why in through["why"]] == ["blocked_nominee"]
    assert "unknown for whom" in "\n".join(owners_lines(tg.owners(listed, "B")))


def test_verdicts_say_what_carries_them() -> None:
    def verdict(result: Any, entity: str, lang: Any = "en") -> str:
        return "\n".join(owners_lines(tg.owners(result, entity), lang))

    itself = verdict(scored(*FAQ, listed="P"), "P")
    assert "BLOCKED: it is itself listed." in itself
    assert "hold" not in itself.partition("BLOCKED")[2]
    half = tables(("X", "A", 0.5), ("Y", "A", 0.5), listed="X")
    records = half.records.with_columns(type=pl.lit("UK_LIST"))
    european = tg.score(dataclasses.replace(half, records=records), "uk-50", as_of=DAY)
    assert tg.owners(european, "A")["more_than"]
    said = "any one listed party and those blocked through it (others are not added) hold 50 %"
    assert f"{said} (more than 50 % is needed); none controls it" in verdict(european, "A")
    assert "标准：超过50%" in verdict(european, "A", "zh")
    heads = half.relationships.with_columns(
        kind=pl.when(pl.col("source") == "X").then(pl.lit("actual_controller")).otherwise("kind"),
        share=pl.when(pl.col("source") != "X").then("share"),
    )
    controlled = dataclasses.replace(half, records=records, relationships=heads)
    found = tg.score(controlled, "uk-50", as_of=DAY)
    assert tg.owners(found, "A")["blocked_by"] == "control"
    assert "controls it, which is enough; they hold 0 % of it" in verdict(found, "A")
    assert "by control of it" in verdict(found, "A")
    assert "持股0%" in verdict(found, "A", "zh")
    part = verdict(scored(("X", "A", 0.2), ("Y", "A", 0.1), listed="X"), "A")
    assert "Its owners are known for 30 % of it only" in part


def test_explanations_do_not_let_a_blocked_company_look_clean() -> None:
    told = tg.explain(scored(*FAQ, listed="P"), "B")
    assert told["ownership"]["blocked"] == "yes"
    assert [row["answer"] for row in told["ownership"]["beneficial_owners"]] == ["yes", "yes"]
    lines = "\n".join(explanation_lines(told))
    said = r"BLOCKED, through Person \S{4}-\S{4}\n  beneficial owners: Person \S{4}-\S{4}\n"
    assert re.search(said + "  organisations that hold 25 % or more, looked through: Firm A", lines)
    assert "被封锁，涉及：自然人" in "\n".join(
        explanation_lines(tg.explain(scored(*FAQ, listed="P"), "B", lang="zh"), "zh")
    )
    clean = tg.explain(scored(*FAQ), "P")
    none = {"blocked_through": [], "controllers": [], "beneficial_owners": []}
    none |= {"held_by_listed": None, "listed": False, "notice": "", "note": ""}
    assert clean["ownership"] == {"blocked": "no", "threshold": 0.25, **none}


def test_ids_and_codes_in_small_letters() -> None:
    result = scored(*FAQ)
    code = tg.owners(result, "B")["owners"][1]["owner"]
    assert tg.owned(result, code.lower())["owner"] == code
    with pytest.raises(tg.UnknownEntityError) as caught:
        tg.owners(result, "b")
    assert "it may be B (Firm B)" in str(caught.value)


def test_why_a_large_share_does_not_block() -> None:
    stakes = (("P", "A", 0.49), ("P", "B", 0.05), ("A", "B", 0.95))
    found = tg.owners(scored(*stakes, listed="P"), "B")
    (row,) = [row for row in found["beneficial_owners"] if row["owner"] != "A"]
    assert [why["code"] for why in row["why"]] == ["not_blocked"]
    assert found["blocked"] == "no"
    told = "\n".join(owners_lines(found))
    assert "looks through to 51.55 %: blocked parties hold 5 % directly" in told


def test_persons_are_masked_and_can_be_asked_on() -> None:
    result = scored(*FAQ)
    found = tg.owners(result, "B")
    code = found["owners"][1]["owner"]
    told = json.dumps(found, ensure_ascii=False)
    assert '"P"' not in told
    assert "Firm P" not in told
    assert [row["entity"] for row in tg.owned(result, code)["owned"]] == ["A", "B"]
    assert "Firm P" in json.dumps(tg.owners(result, "B", unmask=True))


def test_rings_end_and_unknown_owners_are_shown() -> None:
    found = tg.owners(scored(("A", "B", 1.0), ("B", "A", 1.0)), "A")
    (above,) = found["owners"]
    assert (above["owner"], above["look_through"]) == ("B", {"low": 1.0, "high": 1.0})
    (again,) = above["owners"]
    assert (again["owner"], again["ring"], again["owners"]) == ("A", True, [])
    result = scored(("N", "A", 0.6), ("P", "A", None), forms={"N": "Nominee"})
    found = tg.owners(result, "A")
    assert [node["unknown"] for node in found["owners"][:2]] == [True, False]
    assert found["owners"][1]["direct"] == {"low": 0.0, "high": 0.4}
    assert "stands for somebody unknown" in "\n".join(owners_lines(found))
    assert found["beneficial_owners"][0]["beneficial_owner"] == "possible"


def test_a_stake_stated_twice_with_other_dates_is_flagged() -> None:
    rows = [
        {"source": "P", "target": "A", "kind": "shareholder", "share": share, "start": start}
        for share, start in ((0.3, dt.date(2019, 1, 1)), (0.25, dt.date(2023, 1, 1)))
    ]
    given = tables(("P", "A", 0.1))
    checked = tg.check_tables(given.entities, pl.DataFrame(rows))
    said = "this owner has 2 stakes in this company in force at once, and they are added up"
    flagged = tg.score(checked, as_of=DAY).tables.flagged
    assert flagged.filter(pl.col("reason").str.starts_with(said))["row"].to_list() == [2, 3]
    # Before the second began there was one.
    before = tg.score(checked, as_of="2022-01-01").tables.flagged
    assert said not in before["reason"].str.join(" ")[0]


def test_over_full_owners_are_said_and_scaled() -> None:
    found = tg.owners(scored(("P", "A", 0.9), ("Q", "A", 0.6)), "A")
    assert (found["stated"], found["overfull"]) == (1.5, True)
    assert [node["look_through"]["low"] for node in found["owners"]] == pytest.approx([0.6, 0.4])
    assert "150 % together" in "\n".join(owners_lines(found))
    assert "合计150%" in "\n".join(owners_lines(found, "zh"))


def test_large_trees_and_lists_are_cut_and_say_so() -> None:
    many = [(f"O{place:04}", "A", 0.001) for place in range(LARGEST_TREE + 50)]
    found = tg.owners(scored(*many), "A")
    assert (len(found["owners"]), found["cut"]) == (LARGEST_TREE + 1, 50)
    assert "… and 50 more owners" in "\n".join(owners_lines(found))
    wide = [("O", f"C{place:04}", 0.6) for place in range(OWNED_SHOWN + 7)]
    told = list(owned_lines(tg.owned(scored(*wide), "O")))
    assert told[-1] == "… and 7 more; --json gives all"


def test_packs_without_control_are_asked_for_a_quarter() -> None:
    pack = TESTS / "packs" / "us-lists"
    result = tg.score(tables(*FAQ), pack, as_of=DAY)
    assert result.control.is_empty()
    found = tg.owners(result, "B")
    assert (found["threshold"], found["beneficial_owners"]) == (0.25, [])
    assert "blocked" not in found


def test_deep_trees_are_cut_and_say_so() -> None:
    deep = [(f"C{at:03}", f"C{at + 1:03}", 1.0) for at in range(600)]
    found = tg.owners(scored(*deep, listed=["C000"]), "C600")
    node, levels = found["owners"][0], 1
    while node["owners"]:
        node, levels = node["owners"][0], levels + 1
    assert (levels, node["deeper"]) == (DEEPEST_TREE, True)
    assert found["beneficial_owners"][0]["owner"] == "C000"  # the listed first
    told = "\n".join(owners_lines(found))
    assert "its owners are not shown: too deep" in told
    assert "through a chain too long to show" in told
    assert "… and 580 more; --json gives all" in told


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_commands(lang: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run"
    scored(*FAQ, listed="P").save(run)
    assert main(["owners", str(run), "B", "--lang", lang]) == 0
    told = capsys.readouterr().out
    assert ("BLOCKED" if lang == "en" else "被封锁") in told
    assert "├─ " in told
    assert main(["owned", str(run), "A", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["owned"][0]["entity"] == "B"
    assert main(["owners", str(run), "nobody"]) == 2
    assert "no entity `nobody`" in capsys.readouterr().err


# --- large rings ----------------------------------------------------------------------------------


def view_of(given: tg.Tables) -> OwnershipView:
    register = compile_register(given)
    policy = tg.read_policy("ofac-50")
    day = dt.date.fromisoformat(DAY)
    record_state = records_as_of(register, policy, as_of=day, retention_on=day)
    return ownership_view(register, policy.controls[0], record_state)


def large_ring(size: int, *, unknown: float) -> OwnershipView:
    rng = np.random.default_rng(7)
    stakes: list[tuple[str, str, float | None]] = [
        (f"C{at:03}", f"C{(at + 1) % size:03}", 0.55) for at in range(size)
    ]
    stakes += [
        (f"C{a:03}", f"C{b:03}", None if rng.random() < unknown else 0.05)
        for a, b in {tuple(rng.choice(size, 2, replace=False)) for _ in range(2 * size)}
    ]
    stakes += [("P", "C000", 0.3), ("Q", "C030", 0.2)]
    view = view_of(tables(*stakes))
    assert [len(ring) for ring in view.order.rings] == [size]
    return view


def everything_of(view: OwnershipView) -> shares.OwnerRows:
    targets = np.unique(view.stakes.owner)
    whole = np.ones(len(targets), dtype=np.bool_)
    return owner_rows(view.bounds, view.order, view.links, targets, need=1, whole=whole)


def test_large_rings_are_what_dense_equations_give() -> None:
    view = large_ring(150, unknown=0.0)
    size = len(view.stakes.stated)
    matrix = np.zeros((size, size))
    np.add.at(matrix, (view.stakes.owned, view.stakes.owner), view.bounds.low)
    rows = everything_of(view)
    assert (rows.low == rows.high).all()
    assert len(rows) == 150 * 149 + 2 * 150
    for owner in np.unique(rows.owner):
        held = matrix.copy()
        held[owner] = 0.0  # the walk ends at the owner
        dense = np.linalg.solve(np.eye(size) - held, np.eye(size)[owner])
        mine = rows.owner == owner
        assert np.abs(dense[rows.entity[mine]] - rows.low[mine]).max() < 1e-11


def test_the_order_of_elimination_changes_no_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> pl.DataFrame:
        rows = everything_of(large_ring(60, unknown=0.5))
        columns = {name: getattr(rows, name) for name in ("owner", "entity", "low", "high")}
        return pl.DataFrame(columns).sort("owner", "entity")

    chosen = found()
    monkeypatch.setattr(elimination, "SMALL_RING", 1000)
    assert_frame_equal(chosen, found(), abs_tol=1e-9)
    assert (chosen["low"] < chosen["high"] - 1e-3).any()


def test_elimination_fills_in_little() -> None:
    # Along a bare ring every member that goes leaves one entry, whatever its length.
    size = 400
    view = view_of(tables(*((f"C{at:03}", f"C{(at + 1) % size:03}", 0.9) for at in range(size))))
    assert len(view.order.elimination.columns) <= 4 * size


def test_closed_rings_have_no_outside_owner() -> None:
    view = view_of(tables(("A", "B", 1.0), ("B", "A", 1.0), ("P", "C", 0.5), ("A", "C", 0.5)))
    rows = everything_of(view)
    found = {
        (int(owner), int(entity)): (low, high)
        for owner, entity, low, high in zip(
            rows.owner, rows.entity, rows.low, rows.high, strict=True
        )
    }
    assert found == {(0, 1): (1, 1), (0, 2): (0.5, 0.5), (1, 0): (1, 1)} | {
        (1, 2): (0.5, 0.5),
        (3, 2): (0.5, 0.5),
    }


# --- very long chains ----------------------------------------------------------------------------


def test_chains_that_nobody_reads_are_left_empty_and_answers_stand() -> None:
    size = 150
    stakes = [(f"C{at:03}", f"C{at + 1:03}", 1.0) for at in range(size)]
    result = scored(*stakes, listed=["C000"])
    rows = result.control.with_columns(
        apart=pl.col("entity").str.slice(1).cast(pl.Int64)
        - pl.col("owner").str.slice(1).cast(pl.Int64),
        length=pl.col("chain").list.len(),
    )
    assert rows.height == size * (size + 1) // 2
    assert (rows["integrated_low"] == 1.0).all()
    short = rows.filter(pl.col("apart") < 64)
    assert (short["length"] == short["apart"] + 1).all()
    assert (rows.filter(pl.col("apart") >= 64)["length"] == 0).all()
    assert rows.filter(owner="C000")["cascade"].unique().to_list() == ["yes"]
    assert tg.owners(result, f"C{size:03}")["blocked"] == "yes"


def test_buffers_grow_to_what_an_owner_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    stakes = [("P", f"C{at:03}", 0.6) for at in range(100)]
    stakes += [(f"C{at:03}", f"D{at:03}", 0.6) for at in range(100)]
    whole = scored(*stakes).control
    monkeypatch.setattr(shares, "FIRST_CAPACITY", 3)
    assert scored(*stakes).control.equals(whole)
    assert whole.filter(owner="P").height == 200

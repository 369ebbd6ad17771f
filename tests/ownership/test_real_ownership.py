"""Real ownership data: rings, over-full companies, every share against the closed form."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from places import PROJECT, TESTS

import trustgraph as tg
from trustgraph.cli.main import main
from trustgraph.ownership.bounds import ShareBounds
from trustgraph.ownership.shares import OwnerRows, owner_rows
from trustgraph.ownership.stakes import Stakes
from trustgraph.ownership.view import OwnershipView, ownership_view
from trustgraph.records.as_of import records_as_of
from trustgraph.register import Register, compile_register
from trustgraph.schema import BILLION

DATA = PROJECT.parent / "shared" / "data"
MAPPINGS = TESTS / "mappings"
DAY = dt.date(2026, 6, 30)


def source(name: str) -> tuple[Path, Path]:
    if not (DATA / name).is_dir():
        pytest.skip(f"{DATA / name} is absent: public data lies beside the repository, not in it")
    return DATA / name, MAPPINGS / f"{name}.toml"


def opened(name: str) -> tuple[Register, OwnershipView]:
    folder, mapping = source(name)
    register = compile_register(tg.read_tables(folder, mapping=mapping))
    policy = tg.read_policy("ofac-50")
    assert policy.controls[0] is not None
    record_state = records_as_of(register, policy, as_of=DAY, retention_on=DAY)
    return register, ownership_view(register, policy.controls[0], record_state)


def everything(view: OwnershipView) -> OwnerRows:
    targets = np.unique(view.stakes.owner)
    whole = np.ones(len(targets), dtype=np.bool_)
    return owner_rows(view.bounds, view.order, view.links, targets, need=1, whole=whole)


def closed_form(stakes: Stakes, bounds: ShareBounds) -> np.ndarray:
    """N[c, o] / N[o, o] with N = (I - A)^-1 over all companies at once: dense, and slow."""
    size = len(stakes.stated)
    shares = np.zeros((size, size))
    shares[stakes.owned, stakes.owner] = bounds.low
    walks = np.linalg.inv(np.eye(size) - shares)
    found: np.ndarray = walks / np.diag(walks)[None, :]
    np.fill_diagonal(found, 0.0)
    return found


def test_german_media_the_rings_are_found() -> None:
    register, view = opened("german_media_ownership")
    ids = register.ids
    rings = [{ids[int(member)] for member in ring} for ring in view.order.rings]
    assert rings == [
        {"DE-KEK-122", "DE-KEK-2959"},
        {"DE-KEK-2169", "DE-KEK-2170"},
        {"DE-KEK-3270", "DE-KEK-3552", "DE-KEK-366"},
    ]
    itself = view.stakes.owner == view.stakes.owned
    assert [ids[int(one)] for one in view.stakes.owned[itself]] == ["DE-KEK-1115"]
    assert (view.stakes.stated > 1.005 * BILLION).sum() == 5


def test_german_media_every_share_is_that_of_the_closed_form() -> None:
    _, view = opened("german_media_ownership")
    rows = everything(view)
    found = np.zeros((len(view.stakes.stated),) * 2)
    found[rows.entity, rows.owner] = rows.low
    wanted = closed_form(view.stakes, view.bounds)
    assert np.abs(found - wanted).max() < 1e-9
    assert found.max() <= 1.0
    assert rows.high.max() <= 1.0
    assert (rows.low <= rows.high).all()
    assert len(rows) == 17_175  # pairs of owner and company, up to 15 companies apart
    assert np.diff(rows.offsets).max() == 15


def test_german_media_faults_name_their_rows() -> None:
    folder, mapping = source("german_media_ownership")
    flagged = tg.score(tg.read_tables(folder, mapping=mapping), as_of=DAY).tables.flagged
    flagged = flagged.filter(pl.col("file") == "shares.csv")  # names alike, files unread: others
    words = flagged["reason"].str.extract(r"(together|no share is stated|same entity)")
    assert dict(words.value_counts().rows()) == {
        "together": 60,
        "no share is stated": 47,
        "same entity": 1,
    }
    lines = (folder / "shares.csv").read_text(encoding="utf-8").splitlines()
    overfull = flagged.filter(pl.col("reason").str.contains("together"))
    owned = {lines[row - 1].split(",")[1] for row in overfull["row"]}
    assert len(owned) == 5  # each finding stands at a row of one of the five companies
    for row in flagged.filter(pl.col("reason").str.contains("no share"))["row"]:
        assert lines[row - 1].endswith(",")


def test_german_media_tree_of_a_ring(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, mapping = source("german_media_ownership")
    run = tmp_path / "run"
    arguments = ["score", str(folder), "--mapping", str(mapping), "--out", str(run)]
    assert main([*arguments, "--as-of", "2026-06-30"]) == 0
    capsys.readouterr()
    assert main(["owners", str(run), "DE-KEK-366"]) == 0
    told = capsys.readouterr().out
    assert "DE-KEK-3552" in told
    assert "(a ring: see above)" in told
    assert main(["owned", str(run), "DE-KEK-3552"]) == 0
    assert "DE-KEK-366" in capsys.readouterr().out


def test_stakes_stated_to_the_sec() -> None:
    register, view = opened("sec_13d_control")
    ids, stakes = register.ids, view.stakes
    rings = [{ids[int(member)] for member in ring} for ring in view.order.rings]
    assert rings == [
        {"0000733590", "0001102238"},
        {"0000895126", "0001524769"},
        {"0000911971", "0001308106"},
        {"0000913290", "0001289877"},
    ]
    # 163 hold stakes in themselves; 4 of them one of nothing, beside others that state the whole.
    itself = stakes.owner == stakes.owned
    assert (itself.sum(), (itself & (stakes.high > 0)).sum()) == (163, 159)
    assert (stakes.stated > 1.005 * BILLION).sum() == 543
    rows = everything(view)
    # Every stake that is more than nothing is a path, and some lead further.
    direct = {(int(o), int(e)) for o, e in zip(rows.owner, rows.entity, strict=True)}
    for owner, owned, high in zip(stakes.owner, stakes.owned, stakes.high, strict=True):
        assert owner == owned or high == 0 or (int(owner), int(owned)) in direct
    assert np.bincount(np.diff(rows.offsets)).tolist() == [0, 0, 10_203, 483, 35]
    # What nobody verified enters as bounds: from nothing up to what is stated.
    unsure = register.relationships.confidence < 1
    assert unsure.sum() == 1_389
    doubted = {
        (int(s), int(t))
        for s, t in zip(
            register.relationships.source[unsure],
            register.relationships.target[unsure],
            strict=True,
        )
    }
    low = {
        (int(o), int(c)): int(least)
        for o, c, least in zip(stakes.owner, stakes.owned, stakes.low, strict=True)
    }
    assert all(low[pair] == 0 for pair in doubted)
    assert (rows.low < rows.high - 1e-9).sum() == 1_314
    found = np.zeros((len(stakes.stated),) * 2, dtype=np.float32)
    found[rows.entity, rows.owner] = rows.low
    assert found.max() <= 1.0

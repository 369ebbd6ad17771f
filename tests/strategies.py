"""Random registers and random packs, small enough to enumerate, strange enough to matter."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
from hypothesis import strategies as st

from oracle import World
from trustgraph.policy import Policy
from trustgraph.policy.build import build_policy
from trustgraph.schema import RELATIONSHIP_KINDS, STEP_CODES
from trustgraph.tables import Tables, check_tables

TODAY = dt.date(2026, 6, 30)
KINDS = [kind.name for kind in RELATIONSHIP_KINDS]
# Few distinct strengths and shares, so that ties (and near-ties by rounding) are common.
STRENGTHS = [1.0, 0.9, 0.8, 0.7, 0.5, 0.4, 0.3, 0.1, 1 / 3]
SHARES = [0.0, 0.1, 0.2, 0.25, 0.3, 0.333333333, 0.5, 0.51, 0.7, 1.0]
DAYS = [dt.date(2026, 6, 30) + dt.timedelta(days=d) for d in (-2000, -800, -400, -31, -1, 0, 1, 90)]

days = st.sampled_from(DAYS)
maybe_day = st.none() | days


@st.composite
def packs(draw: st.DrawFn, *, max_hops: int = 4) -> Policy:
    """A checked random pack with one to three channels, black and red types, routes."""
    channels = draw(st.integers(1, 3))
    names = [f"c{i}" for i in range(channels)]
    steps = list(STEP_CODES)

    def channel() -> dict[str, Any]:
        found: dict[str, Any] = {}
        for step in draw(st.lists(st.sampled_from(steps), min_size=1, max_size=10, unique=True)):
            rule: dict[str, Any] = {"strength": draw(st.sampled_from(STRENGTHS))}
            modes = ["none", "equal"]
            if step.split(".")[0] not in ("affiliate", "possibly_same"):
                modes.append("multiply")
            rule["share"] = draw(st.sampled_from(modes))
            if draw(st.integers(0, 4)) == 0:
                rule["min_share"] = draw(st.sampled_from([0.0, 0.2, 0.5]))
            if draw(st.booleans()):
                rule["then"] = draw(st.sampled_from(names))
            found[step] = rule
        return found

    record_types = []
    for number in range(4):
        points = draw(st.sampled_from([-300, -100.5, -1, -0.02, 40, 0]))
        listing = "red" if points > 0 else draw(st.sampled_from(["black", "none"]))
        record_types.append(
            {
                "code": f"T{number}",
                "points": points,
                "dimension": "legal",
                "list": listing,
                "decay": draw(st.sampled_from(["none", "linear"])),
                **({"months": draw(st.sampled_from([1, 12, 24, 60]))} if draw(st.booleans()) else {}),
                **({"grade_cap": "C"} if draw(st.integers(0, 3)) == 0 else {}),
                **({"channel": draw(st.sampled_from(names))} if draw(st.integers(0, 5)) else {}),
                "tags": ["any"] if draw(st.booleans()) else [],
            }
        )
    if draw(st.booleans()):  # a second version of a type, from a day on
        cut = draw(st.sampled_from(DAYS))
        first = record_types[0]
        later = {**first, "points": -50, "months": 6, "valid_from": cut}
        record_types[0] = {**first, "valid_to": cut}
        record_types.append(later)
    routes = st.lists(
        st.fixed_dictionaries(
            {
                "steps": st.lists(st.sampled_from(steps), min_size=1, max_size=5, unique=True),
                "when": st.sampled_from(["at_decision", "as_of", "after_decision"]),
            },
            optional={"min_share": st.sampled_from([0.2, 0.5])},
        ),
        max_size=3,
    )
    rules = []
    for number in range(draw(st.integers(0, 3))):
        force = draw(st.sampled_from(["A", "B", "D"]))
        rules.append(
            {
                "code": f"R{number}",
                "force": force,
                "on": draw(st.lists(st.sampled_from(["T0", "T1", "T2", "T3"]), min_size=1, unique=True)),
                "route": draw(routes),
                "effect": {"code": "X"},
                "legal_basis": "art. 1",
                **({"grade_cap": draw(st.sampled_from("BC"))} if force == "A" else {}),
                **({"to": ["company", "person"]} if draw(st.booleans()) else {}),
                **({"not_through": ["public_body"]} if draw(st.booleans()) else {}),
                **({"others": True} if draw(st.booleans()) else {}),
                **({"unproven": True} if draw(st.integers(0, 3)) == 0 else {}),
            }
        )
    problems: list[str] = []
    pack: dict[str, Any] = {
        "name": "random",
        "base": 1000,
        "floor": draw(st.sampled_from([0, 700])),
        "ceiling": draw(st.sampled_from([1010, 1200])),
        "max_hops": draw(st.integers(0, max_hops)),
        "min_points": draw(st.sampled_from([0, 0.01, 1])),
        "max_fanout": draw(st.sampled_from([1, 2, 3, 200])),
        "missing_share": {"shareholder": 0.25, "supplier": 0.1},
    }
    if draw(st.booleans()):
        pack["exposure_cap"] = draw(st.sampled_from([10, 100]))
    policy = build_policy(
        pack,
        pack_where="random",
        entries={
            "grade": [("random", {"code": c, "from": f}) for c, f in (("A", 950), ("B", 700), ("C", 0))],
            "record": [("random", record) for record in record_types],
            "consequence": [("random", rule) for rule in rules],
        },
        channels={name: ("random", channel()) for name in names},
        lineage=("random",),
        fingerprint="0",
        problems=problems,
    )
    assert not problems, problems
    return policy


@st.composite
def worlds(draw: st.DrawFn, *, max_entities: int = 7, max_relationships: int = 14) -> World:
    """A small register: any kind of entity, any kind of relationship, loops and parallels too."""
    count = draw(st.integers(1, max_entities))
    # Ids that sort differently from how they were numbered.
    ids = draw(st.permutations([f"{letter}{number}" for number, letter in enumerate("eabdcfg")]))
    kinds = st.sampled_from(["company", "company", "company", "person", "person", "public_body", "branch", "other"])
    entities = {
        ids[i]: {"id": ids[i], "kind": draw(kinds), "name": f"Name {i}"} for i in range(count)
    }
    some = st.sampled_from(list(entities))
    relationships = []
    for _ in range(draw(st.integers(0, max_relationships))):
        row: dict[str, Any] = {
            "source": draw(some),
            "target": draw(some),
            "kind": draw(st.sampled_from(KINDS)),
            "confidence": draw(st.sampled_from([None, 1.0, 0.9, 0.5])),
        }
        how = draw(st.integers(0, 3))
        if how == 0:
            row["share"] = draw(st.sampled_from(SHARES))
        elif how == 1:
            low, high = sorted([draw(st.sampled_from(SHARES)), draw(st.sampled_from(SHARES))])
            row |= draw(st.sampled_from([{"share_min": low, "share_max": high}, {"share_min": low}, {"share_max": high}]))
        start, end = draw(maybe_day), draw(maybe_day)
        if start and end and end < start:
            start, end = end, start
        relationships.append({**row, "start": start, "end": end})
    records = []
    for number in range(draw(st.integers(1, 5))):
        decided = draw(days)
        ends = draw(st.none() | st.none() | days)
        records.append(
            {
                "id": f"r{draw(st.integers(0, 9))}{number}",
                "entity": draw(some),
                "type": draw(st.sampled_from(["T0", "T1", "T2", "T3"])),
                "decided_on": decided,
                "ends_on": ends if ends is None or ends >= decided else None,
                "repaired_on": draw(st.none() | st.none() | st.none() | days),
                "status": draw(st.sampled_from([None, "active", "objected", "under_review", "active", "repaired", "withdrawn"])),
            }
        )
    return World(entities, relationships, records)


ENTITY_SCHEMA = {"id": pl.String, "kind": pl.String, "name": pl.String}
RELATIONSHIP_SCHEMA = {
    "source": pl.String,
    "target": pl.String,
    "kind": pl.String,
    "share": pl.Float64,
    "share_min": pl.Float64,
    "share_max": pl.Float64,
    "confidence": pl.Float64,
    "start": pl.Date,
    "end": pl.Date,
}
RECORD_SCHEMA = {
    "id": pl.String,
    "entity": pl.String,
    "type": pl.String,
    "decided_on": pl.Date,
    "ends_on": pl.Date,
    "repaired_on": pl.Date,
    "status": pl.String,
}


def tables_of(world: World) -> Tables:
    """The same register as checked tables; nothing may be rejected."""
    tables = check_tables(
        pl.DataFrame(list(world.entities.values()), schema=ENTITY_SCHEMA),
        pl.DataFrame(world.relationships, schema=RELATIONSHIP_SCHEMA),
        pl.DataFrame(world.records, schema=RECORD_SCHEMA),
    )
    assert tables.rejected.is_empty(), tables.rejected
    return tables

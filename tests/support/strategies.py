"""Random registers and random packs, small enough to enumerate, strange enough to matter.

Hypothesis draws sizes and a seed; a plain generator makes the rest, dense enough that most examples
have chains. Sizes shrink, so a failure is shown on the smallest register that still has it.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from random import Random

import polars as pl
from hypothesis import strategies as st
from oracle import Row, World

from trustgraph.policy import Policy
from trustgraph.policy.build import build_policy
from trustgraph.register import Register, compile_register
from trustgraph.schema import ENTITY_STATUSES, RELATIONSHIP_KINDS, STEP_CODES
from trustgraph.tables.sheet import CONTRACTS, findings
from trustgraph.tables.tables import Tables, check_tables

TODAY = dt.date(2026, 6, 30)
KINDS = [kind.name for kind in RELATIONSHIP_KINDS]
SYMMETRIC = ("affiliate", "possibly_same")
# Few distinct strengths and shares, so that ties (and near-ties by rounding) are common.
STRENGTHS = [1.0, 0.9, 0.8, 0.7, 0.5, 0.4, 0.3, 0.1, 1 / 3]
SHARES = [0.0, 0.1, 0.2, 0.25, 0.3, 0.333333333, 0.5, 0.51, 0.7, 1.0]
DAYS = [TODAY + dt.timedelta(days=days) for days in (-2000, -800, -400, -31, -1, 0, 1, 90)]
ENTITY_KINDS = ["company"] * 4 + ["person"] * 3 + ["public_body", "branch", "other"]
GRADES = (("A", 950), ("B", 700), ("C", 0))


def maybe(rng: Random, chance: float, row: Row) -> Row:
    return row if rng.random() < chance else {}


def random_channel(rng: Random, names: list[str]) -> Row:
    steps: Row = {}
    for step in rng.sample(list(STEP_CODES), rng.randint(4, 18)):
        modes = ["none", "none", "equal"] + ["multiply"] * (step.split(".")[0] not in SYMMETRIC)
        steps[step] = {
            "strength": rng.choice(STRENGTHS),
            "share": rng.choice(modes),
            **maybe(rng, 0.1, {"min_share": rng.choice([0.0, 0.2, 0.5])}),
            **maybe(rng, 0.4, {"then": rng.choice(names)}),
        }
    return steps


def random_record_types(rng: Random, names: list[str]) -> list[Row]:
    types: list[Row] = []
    for number in range(4):
        points = rng.choice([-300, -100.5, -30, -1, -0.02, 40, 0])
        types.append(
            {
                "code": f"T{number}",
                "points": points,
                "dimension": "legal",
                "list": "red" if points > 0 else rng.choice(["black", "none"]),
                "decay": rng.choice(["none", "linear"]),
                "tags": rng.choice([[], ["any"]]),
                **maybe(rng, 0.4, {"measures": rng.sample(sorted(MEASURES), rng.randint(1, 2))}),
                **rng.choice([{"months": rng.choice([1, 12, 24, 60])}, {}, {"usual_months": 12}]),
                **maybe(rng, 0.3, {"terms": random_terms(rng)}),
                **maybe(rng, 0.2, {"grade_cap": "C"}),
                **maybe(rng, 0.9, {"channel": rng.choice(names)}),
            }
        )
    if rng.random() < 0.5:  # a second version of a type, from a day on
        cut = rng.choice(DAYS)
        other = {"points": -50, "list": "none", "months": 6, "valid_from": cut}
        types[0].pop("usual_months", None)
        types.append({**types[0], **other})
        types[0] = {**types[0], "valid_to": cut}
    return types


MEASURES = {"M_A": True, "M_B": False, "M_C": True}
"""Measures of the packs, and whether they are verdicts."""
COVERAGE: list[Row] = [
    {"item": "status", "weight": 2},
    {"item": "relationship", "weight": 1, "any_of": ["legal_representative.backward"]},
    {"item": "ownership", "weight": 3, "reached": 0.5},
]
GROUNDS = ["refuses", "hides", "violence"]


def random_terms(rng: Random) -> list[Row]:
    """Some grounds have a term of their own, or none."""
    some = rng.sample(GROUNDS, rng.randint(1, 2))
    return [
        {"ground": [ground], **rng.choice([{"open": True}, {"months": rng.choice([3, 18, 48])}])}
        for ground in some
    ]


AGGREGATES = ("pair", "worst_grade", "share")
REGIONS = ["3301", "3302", "11"]
INDUSTRIES = ["C14", "C27", "G54"]
FORMS = ["LLC", "partnership"]
JURISDICTIONS = ["CN", "HK"]


def random_route(rng: Random, *, dated: bool, count: int) -> list[Row]:
    return [
        {
            "steps": rng.sample(list(STEP_CODES), rng.randint(3, 12)),
            **({"when": rng.choice(["at_decision", "as_of", "after_decision"])} if dated else {}),
            **maybe(rng, 0.3, {"min_share": rng.choice([0.2, 0.5])}),
        }
        for _ in range(count)
    ]


def random_rule(rng: Random, number: int, tagged: bool) -> Row:
    """A rule of any kind that packs know: set off by records, or one that looks at many parties."""
    by = rng.choice([None] * 4 + list(AGGREGATES))
    force = rng.choice({None: "ABCDE", "share": "ABCD"}.get(by, "ACD"))
    of_records = by in (None, "share")
    counts = {"share": [2], "pair": [1, 2, 2, 2], "worst_grade": [1, 1, 2]}
    count = rng.choice(counts.get(by or "", [0, 1, 1, 2, 2, 3]))
    count = max(count, force == "E")
    route = random_route(rng, dated=of_records, count=count)
    also = random_route(rng, dated=of_records, count=count) if by else route[:1]
    aggregate = {"by": by}
    if by == "share":
        route[0]["steps"] = sorted({"supplier.forward", *route[0]["steps"]})
        aggregate |= {
            **maybe(rng, 0.8, {"min_share": rng.choice([0.2, 0.5, 0.7])}),
            **maybe(rng, 0.5, {"min_amount": rng.choice([0, 10, 25.5])}),
        }
    return {
        "code": f"R{number}",
        "force": force,
        **({"on": rng.sample(["T0", "T1", "T2", "T3"], rng.randint(1, 4))} if of_records else {}),
        "route": route,
        "effect": {"code": "X"},
        "legal_basis": "art. 1",
        **({"aggregate": aggregate} if by else {}),
        **maybe(rng, 0.3, {"on_tags": ["any"]} if tagged and of_records else {}),
        **maybe(rng, 0.3, {"also": [{"route": also}]}),
        **maybe(rng, 0.5, {"named_at": 1} if route and force == "B" else {}),
        **({"grade_cap": rng.choice("BC")} if force == "A" and of_records else {}),
        **maybe(rng, 0.3, {"to": ["company", "person"]}),
        **maybe(rng, 0.3, {"from": ["company", "person"]}),
        **maybe(rng, 0.15, {"from_forms": [rng.choice(FORMS)]}),
        **maybe(rng, 0.15, {"from_region": [rng.choice(["33", "3301"])]}),
        **maybe(rng, 0.15, {"to_industry": [rng.choice(["C", "C27"])]}),
        **maybe(rng, 0.1, {"to_jurisdiction": ["CN"]}),
        **maybe(rng, 0.3, {"not_through": ["public_body"]}),
        **maybe(rng, 0.5, {"others": True}),
        **maybe(rng, 0.2, {"unproven": True}),
        **(maybe(rng, 0.2, {"lasts_months": rng.choice([6, 12, 30])}) if of_records else {}),
        **maybe(rng, 0.2, {"valid_from": rng.choice(DAYS[:-1])}),
        **maybe(rng, 0.1, {"valid_to": TODAY + dt.timedelta(days=rng.choice([2, 400]))}),
    }


def random_policy(rng: Random, max_hops: int) -> Policy:
    """A checked random pack with one to three channels, black and red types, and routes."""
    names = [f"c{i}" for i in range(rng.randint(1, 3))]
    types = random_record_types(rng, names)
    tagged = any(kind["tags"] and "valid_from" not in kind for kind in types)
    problems: list[str] = []
    policy = build_policy(
        {
            "name": "random",
            "base": 1000,
            "floor": rng.choice([0, 700]),
            "ceiling": rng.choice([1010, 1200]),
            "max_hops": max_hops,
            "min_points": rng.choice([0, 0.01, 0.01, 1]),
            "max_fanout": rng.choice([1, 2, 3, 200, 200]),
            "missing_share": {"shareholder": 0.25, "supplier": 0.1},
            **maybe(rng, 0.5, {"exposure_cap": rng.choice([10, 100])}),
            **maybe(rng, 0.5, {"rated_from": rng.choice([0.2, 0.4, 0.9])}),
        },
        pack_where="random",
        entries={
            "grade": [("random", {"code": code, "from": start}) for code, start in GRADES],
            "record": [("random", kind) for kind in types],
            "measure": [
                ("random", {"code": code, "class": "I", "verdict": verdict})
                for code, verdict in MEASURES.items()
            ],
            "coverage": [
                ("random", item) for item in rng.sample(COVERAGE, rng.randint(0, len(COVERAGE)))
            ],
            "consequence": [
                ("random", random_rule(rng, number, tagged)) for number in range(rng.randint(0, 4))
            ],
            "control": rng.choice([[], [], [], random_controls(rng)]),
        },
        channels={name: ("random", random_channel(rng, names)) for name in names},
        grade_caps=rng.choice([None, ("random", random_grade_caps(rng))]),
        lineage=("random",),
        fingerprint="0",
        problems=problems,
    )
    assert not problems, problems
    return policy


def random_controls(rng: Random) -> list[tuple[str, Row]]:
    """Who is blocked through whom: by one rule, or by another before a day."""
    days = rng.choice([[], [], [TODAY - dt.timedelta(days=50)]])
    versions: list[Row] = [
        {"cascade": random_cascade(rng), "legal_basis": "art. 2"} for _ in range(1 + len(days))
    ]
    for day in days:
        versions[0]["valid_to"] = versions[1]["valid_from"] = day
    return [("random", version) for version in versions]


def random_cascade(rng: Random) -> Row:
    return {
        "listed": rng.sample(["T0", "T1", "T2", "T3"], rng.randint(1, 2)),
        "threshold": rng.choice([0.25, 0.5]),
        "more_than": rng.random() < 0.5,
        "by_control": rng.random() < 0.3,
        "summed": rng.random() < 0.7,
    }


def random_grade_caps(rng: Random) -> Row:
    return {
        **maybe(rng, 0.7, {"status": {"revoked": rng.choice("BC")}}),
        **maybe(rng, 0.7, {"blocked": rng.choice("BC")}),
    }


def random_interval(rng: Random) -> tuple[dt.date | None, dt.date | None]:
    if rng.random() < 0.5:
        return None, None
    start, end = (rng.choice([None, *DAYS]) for _ in range(2))
    return (end, start) if start and end and end < start else (start, end)


def random_relationship(rng: Random, ids: list[str]) -> Row:
    row: Row = {
        "source": rng.choice(ids),
        "target": rng.choice(ids),
        "kind": rng.choice(KINDS),
        "confidence": rng.choice([None, None, 1.0, 0.9, 0.5]),
    }
    how = rng.randint(0, 3)
    if how == 0:
        row["share"] = rng.choice(SHARES)
    elif how == 1:
        low, high = sorted([rng.choice(SHARES), rng.choice(SHARES)])
        row |= rng.choice(
            [{"share_min": low, "share_max": high}, {"share_min": low}, {"share_max": high}]
        )
    row["start"], row["end"] = random_interval(rng)
    return row


def random_record(rng: Random, number: int, ids: list[str]) -> Row:
    decided = rng.choice(DAYS[:6] * 3 + DAYS)
    ends = rng.choice([None, None, None, *DAYS])
    return {
        "id": f"r{rng.randint(0, 9)}{number}",
        "entity": rng.choice(ids),
        "type": rng.choice(["T0", "T1", "T2", "T3"]),
        "decided_on": decided,
        "ends_on": ends if ends is None or ends >= decided else None,
        "repaired_on": rng.choice([None] * 8 + DAYS),
        "status": rng.choice(
            [None, "active", "objected", "under_review"] * 4 + ["repaired", "withdrawn"]
        ),
        "ground": rng.choice([None, "other", *GROUNDS, "Hi des"]),
        "amount": rng.choice([None, 5, 10, 10.01, 30]),
    }


def random_entity(rng: Random, name: str) -> Row:
    return {
        "id": name,
        "kind": rng.choice(ENTITY_KINDS),
        "name": f"Name {name}",
        **maybe(rng, 0.8, {"status": rng.choice(["active", "active", *ENTITY_STATUSES])}),
        **maybe(rng, 0.7, {"region": rng.choice(REGIONS)}),
        **maybe(rng, 0.7, {"industry": rng.choice(INDUSTRIES)}),
        **maybe(rng, 0.7, {"legal_form": rng.choice(FORMS)}),
        **maybe(rng, 0.7, {"jurisdiction": rng.choice(JURISDICTIONS)}),
    }


def random_world(rng: Random, entities: int, relationships: int, records: int) -> World:
    """A small register: any kind of entity and relationship, loops and parallels too."""
    # Ids that sort differently from how they were numbered.
    names = [f"{letter}{number}" for number, letter in enumerate("eabdcfghijklmn")][:entities]
    rng.shuffle(names)
    return World(
        {name: random_entity(rng, name) for name in names},
        [random_relationship(rng, names) for _ in range(relationships)],
        [random_record(rng, number, names) for number in range(records)],
    )


seeds = st.integers(0, 2**32 - 1)


def packs(max_hops: int = 4) -> st.SearchStrategy[Policy]:
    return st.builds(
        lambda seed, hops: random_policy(Random(seed), hops),
        seeds,
        st.sampled_from(range(max_hops + 1)),
    )


def worlds(largest: int = 3) -> st.SearchStrategy[World]:
    """Registers of one of four sizes up to ``largest``, equally often: drawn numbers lean small."""
    sizes = [(2, 3, 2), (4, 10, 3), (7, 20, 4), (9, 32, 5)][: largest + 1]
    return st.builds(
        lambda seed, size, few: random_world(
            Random(seed), size[0], size[1] - few % (size[1] + 1), max(0, size[2] - few % 3)
        ),
        seeds,
        st.sampled_from(sizes),
        st.integers(0, 4),
    )


ENTITY_SCHEMA = {
    **dict.fromkeys(("id", "kind", "name"), pl.String),
    **dict.fromkeys(("status", "region", "industry", "legal_form", "jurisdiction"), pl.String),
}
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
    "ground": pl.String,
    "amount": pl.Float64,
}


def checked_tables_of(world: World) -> Tables:
    """The same register as checked tables; nothing may be rejected."""
    tables = check_tables(
        pl.DataFrame(list(world.entities.values()), schema=ENTITY_SCHEMA),
        pl.DataFrame(world.relationships, schema=RELATIONSHIP_SCHEMA),
        pl.DataFrame(world.records, schema=RECORD_SCHEMA),
    )
    assert tables.rejected.is_empty(), tables.rejected
    return tables


def tables_of(world: World) -> Tables:
    """What ``checked_tables_of`` gives, but for the flags, in a tenth of the time.

    ``test_tables.py`` holds that it is the same.
    """
    given = {
        "entities": list(world.entities.values()),
        "relationships": world.relationships,
        "records": world.records,
        "consultations": world.consultations,
    }
    frames = {}
    for table, rows in given.items():
        schema = {column.name: _DTYPES[column.dtype] for column in CONTRACTS[table]}
        schema |= {"uscc_valid": pl.Boolean, "lei_valid": pl.Boolean} if table == "entities" else {}
        defaults = {"relationships": {"confidence": 1.0}, "records": {"status": "active"}}
        filled = [{**row, **_missing(row, defaults.get(table, {}))} for row in rows]
        frame = pl.DataFrame(filled, schema=schema)
        if table != "entities":
            row = pl.int_range(2, pl.len() + 2, dtype=pl.UInt32)
            file = pl.lit(table).cast(pl.Categorical)
            frame = frame.with_columns(__file__=file, __row__=row)
        frames[table] = frame
    return Tables(**frames, rejected=findings([]), flagged=findings([]))


_recent: deque[tuple[World, Register]] = deque(maxlen=3)


def register_of(world: World) -> Register:
    """A world compiled; the same one not again. Worlds are not changed, but replaced."""
    for known, register in _recent:
        if known is world:
            return register
    _recent.append((world, compile_register(tables_of(world))))
    return _recent[-1][1]


def _missing(row: Row, defaults: Row) -> Row:
    return {name: value for name, value in defaults.items() if row.get(name) is None}


_DTYPES = {"string": pl.String, "date": pl.Date, "fraction": pl.Float64, "number": pl.Float64}

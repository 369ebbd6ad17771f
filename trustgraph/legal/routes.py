"""Walking a rule's route: frames of walks, one step longer at a time.

A frame of walks has ``record`` (its number, -1 where a rule needs none), ``at_0`` … ``at_k`` (the
entities walked through), ``possible``, and ``computed`` where it rests on a computed controller.
Walks of one record that meet at one entity are merged at once, keeping of those that are equally
certain the chain whose ids sort first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from trustgraph.legal.route_kernel import matching_entries
from trustgraph.legal.twins import POSSIBLY_SAME, is_twin, routes_over_twins
from trustgraph.ownership.control import Computed, computed_relationships
from trustgraph.policy import Policy, Route, RouteStep, Rule
from trustgraph.records.as_of import RecordState
from trustgraph.register import (
    NO_START,
    UNKNOWN_SHARE,
    Bool,
    Int32,
    Int64,
    Register,
    Relationships,
    day_number,
)
from trustgraph.schema import BILLION, ENTITY_KINDS, STEP_CODES, STEPS

__all__ = [
    "MOST",
    "Law",
    "entries_of",
    "expand",
    "from_regions",
    "law_of",
    "merge",
    "of_kinds",
    "start_walks",
    "steps_of_route",
    "walk",
]

_CONTROLS = STEP_CODES["actual_controller.forward"]
MOST = 1e24
"""Hundredths beyond which an amount is taken for no more: no sum of them overflows."""
_SUPPLIER_BACKWARD = STEP_CODES["supplier.backward"]


_NO_ENDS = pl.DataFrame(
    schema={
        "entity": pl.Int32,
        "record": pl.Int64,
        "possible": pl.Boolean,
        "computed": pl.Boolean,
        "chain": pl.List(pl.Int32),
    }
)


@dataclass(frozen=True, slots=True)
class Law:
    """What every rule of one evaluation looks at."""

    register: Register
    policy: Policy
    record_state: RecordState
    today: int
    first_computed: int
    doubtful: Bool
    twins: bool

    def routes(self, rule: Rule) -> tuple[Route, ...]:
        """The routes of a rule, and where anybody is possibly the same as another, over these."""
        return (*rule.routes, *routes_over_twins(rule)) if self.twins else rule.routes


def law_of(
    register: Register, policy: Policy, record_state: RecordState, computed: Computed | None
) -> Law:
    today = day_number(record_state.as_of)
    first_computed = len(register.relationships)
    if computed is not None and len(computed):
        register = computed.added_to(register, today)
    return Law(
        register=register,
        policy=policy,
        record_state=record_state,
        today=today,
        first_computed=first_computed,
        doubtful=np.zeros(0, dtype=np.bool_) if computed is None else computed.possible,
        twins=bool((register.relationships.kind == POSSIBLY_SAME >> 1).any()),
    )


def start_walks(entities: Int32 | Int64, records: Int64 | None = None) -> pl.DataFrame:
    numbers = np.full(len(entities), -1, dtype=np.int64) if records is None else records
    return pl.DataFrame(
        {
            "record": numbers.astype(np.int64),
            "at_0": entities.astype(np.int32),
            "possible": np.zeros(len(entities), dtype=np.bool_),
            "computed": np.zeros(len(entities), dtype=np.bool_),
        }
    )


def of_kinds(
    register: Register, kinds: Sequence[str], entities: Int32 | Int64 | None = None
) -> Bool:
    """Which of some entities (default: all) are of one of the kinds; no kinds: any."""
    kind = register.kind if entities is None else register.kind[entities]
    if not kinds:
        return np.ones(len(kind), dtype=np.bool_)
    wanted = np.array([kind in kinds for kind in ENTITY_KINDS])
    found: Bool = wanted[kind]
    return found


def walk(
    law: Law, rule: Rule, route: Route, walks: pl.DataFrame, *, barred: Bool | None = None
) -> pl.DataFrame:
    """Follow a route from walks of no step; the ends that pass every test of the rule.

    ``barred`` marks hubs that are not passed through (:func:`hub_place`). Returns ``entity``,
    ``record``, ``possible``, ``chain``, ``chain_length``.
    """
    walks = from_regions(law, route, walks)
    shared = rule.aggregate is not None and rule.aggregate.by == "share"
    columns = [f"at_{place}" for place in range(len(route.steps) + 1)]
    for number, step in enumerate(route.steps):
        if walks.is_empty():  # as often as not; there is nobody left to ask anything of
            return _NO_ENDS.with_columns(chain_length=pl.lit(len(columns), dtype=pl.UInt32))
        if number and rule.not_through:
            at = walks[f"at_{number}"].to_numpy()
            walks = walks.filter(~of_kinds(law.register, rule.not_through, at))
        if barred is not None and number == hub_place(route):
            walks = walks.filter(~barred[walks[f"at_{number}"].to_numpy()])
        if number == 1 and shared:
            walks = enough_supplied(law, rule, walks)
        walks = expand(law, step, walks, number)
        if rule.needs_naming and rule.named_at == number + 1:
            # Before walks are merged: a chain through a named party outdoes one that is not.
            unnamed = pl.Series(~named(law, rule)[walks[f"at_{number + 1}"].to_numpy()])
            walks = walks.with_columns(possible=pl.col("possible") | unnamed)
        walks = merge(walks, number + 1)
    ends = columns[-1]
    walks = _ends(law, rule, walks, ends)
    return walks.select(
        entity=pl.col(ends),
        record=pl.col("record"),
        possible=pl.col("possible"),
        computed=pl.col("computed"),
        chain=pl.concat_list(columns),
        chain_length=pl.lit(len(columns), dtype=pl.UInt32),
    )


def hub_place(route: Route) -> int | None:
    """After how many steps a hub may stand between the two ends of a route of two steps.

    The step between two who are possibly the same is not one of the route's own. None of a route
    of fewer or more.
    """
    own = [place for place, step in enumerate(route.steps) if not is_twin(step)]
    return own[1] if len(own) == 2 else None


def from_regions(law: Law, route: Route, walks: pl.DataFrame) -> pl.DataFrame:
    if not route.from_region:
        return walks
    region = law.register.traits.region
    inside, unknown = region.tested(_begins(route.from_region), walks["at_0"].to_numpy())
    return walks.with_columns(possible=pl.col("possible") | pl.Series(unknown)).filter(
        pl.Series(inside | unknown)
    )


def _begins(prefixes: Sequence[str]) -> Callable[[str], bool]:
    return lambda word: word.startswith(tuple(prefixes))


def expand(law: Law, step: RouteStep, walks: pl.DataFrame, number: int) -> pl.DataFrame:
    """Walks one step longer: from ``at_{number}`` on to ``at_{number + 1}``."""
    at = walks[f"at_{number}"].to_numpy()
    row, entry = entries_of(law.register, at, step.steps)
    adjacency = law.register.adjacency
    edge = adjacency.edge[entry]
    record = walks["record"].to_numpy()[row]
    decided = law.register.records.decided_on[record] if step.when != "as_of" else None
    passes = _passes(law.register.relationships, step, edge, today=law.today, decided=decided)
    row, entry, edge = row[passes], entry[passes], edge[passes]
    longer: pl.DataFrame = walks[row]
    found = edge >= law.first_computed
    unsure = np.zeros(len(edge), dtype=np.bool_)
    unsure[found] = law.doubtful[edge[found] - law.first_computed]
    longer = longer.with_columns(
        pl.Series(f"at_{number + 1}", adjacency.neighbour[entry], dtype=pl.Int32),
        possible=pl.col("possible") | pl.Series(unsure),
        computed=pl.col("computed") | pl.Series(found),
    )
    if is_twin(step):
        persons = of_kinds(law.register, ("person",))
        both = persons[at[row]] & persons[adjacency.neighbour[entry]]
        return longer.filter(pl.Series(both)).with_columns(possible=pl.lit(value=True))
    if step.min_share is None:
        return longer
    enough = law.register.relationships.share_low[edge] >= round(step.min_share * BILLION)
    return longer.with_columns(possible=pl.col("possible") | pl.Series(~enough))


def _passes(
    relationships: Relationships,
    step: RouteStep,
    edge: Int32,
    *,
    today: int,
    decided: Int32 | None,
) -> Bool:
    """Which relationships pass the test of a route's step for records decided on some days.

    A stated range passes ``min_share`` if its upper end does: whether the share is as large is
    then possible, and a fact only if the lower end passes, too. A share of which nothing is stated
    fails.
    """
    if step.when == "at_decision" and decided is not None:
        passes = relationships.in_force_of(edge, decided)
    else:
        passes = relationships.in_force_of(edge, today)
        if step.when == "after_decision" and decided is not None:
            start = relationships.start[edge]
            passes &= (start != NO_START) & (start > decided)
    if step.min_share is not None:
        passes &= relationships.share[edge] != UNKNOWN_SHARE
        passes &= relationships.share_high[edge] >= round(step.min_share * BILLION)
    return passes


def steps_of_route(
    register: Register,
    rule: Rule,
    chain: Sequence[int],
    *,
    decided_on: int | None,
    today: int,
    serves: Callable[[int, int], bool],
) -> tuple[int, ...]:
    """The step codes along a consequence's chain, as one of the rule's routes walks it.

    ``serves`` tells whether an owner (the first number) was found by computation to control an
    entity (the second) in a way that serves as a recorded controller does.
    A chain that ends early (the hub that stands for very many) gives as many steps as it has.
    """
    for route in (*rule.routes, *routes_over_twins(rule)):
        found: list[int] = []
        for test, (here, there) in zip(route.steps, pairwise(chain), strict=False):
            _, entry = entries_of(register, np.array([here], dtype=np.int32), test.steps)
            entry = entry[register.adjacency.neighbour[entry] == there]
            edge = register.adjacency.edge[entry]
            decided = None if decided_on is None else np.full(len(edge), decided_on, np.int32)
            passes = _passes(register.relationships, test, edge, today=today, decided=decided)
            steps = register.adjacency.step[entry[passes]].tolist()
            if not steps or min(steps) > _CONTROLS:
                steps += _computed_steps(test, here, there, today, decided_on, serves)
            if not steps:
                break
            found.append(min(steps))
        if len(found) == len(chain) - 1:
            return tuple(found)
    return ()


def _computed_steps(
    test: RouteStep,
    here: int,
    there: int,
    today: int,
    decided_on: int | None,
    serves: Callable[[int, int], bool],
) -> list[int]:
    """Steps that a controller found by computation lets a route take between two entities."""
    decided = None if decided_on is None else np.array([decided_on], dtype=np.int32)
    computed = computed_relationships(
        np.array([here], dtype=np.int32), np.array([there], dtype=np.int32), today
    )
    if not _passes(computed, test, np.zeros(1, np.int32), today=today, decided=decided)[0]:
        return []
    ends = {_CONTROLS: (here, there), _CONTROLS + 1: (there, here)}
    return [step for step, pair in ends.items() if step in test.steps and serves(*pair)]


def entries_of(register: Register, at: Int32, steps: Sequence[int]) -> tuple[Int64, Int64]:
    """Adjacency entries of each entity in ``at`` with one of the steps: (place in at, entry)."""
    wanted = np.zeros(len(STEPS), dtype=np.bool_)
    wanted[list(steps)] = True
    adjacency = register.adjacency
    at = at.astype(np.int64)
    room = int((adjacency.offsets[at + 1] - adjacency.offsets[at]).sum())
    row, entry = matching_entries(adjacency.offsets, adjacency.step, at, wanted, work=2 * room)
    return row, entry


def merge(walks: pl.DataFrame, steps: int) -> pl.DataFrame:
    """One walk per (record, begin, end) of each degree of certainty: the one whose ids sort first.

    What comes later may make a certain walk a possible one: until the end none of them outdoes
    another of another degree.
    """
    if walks.height < 2:
        return walks
    columns = [f"at_{place}" for place in range(steps + 1)]
    return walks.sort("possible", "computed", *columns).unique(
        ["record", "at_0", columns[-1], "possible", "computed"], keep="first", maintain_order=True
    )


def _ends(law: Law, rule: Rule, walks: pl.DataFrame, column: str) -> pl.DataFrame:
    """Keep the walks whose end the rule applies to, and say where it is only possible."""
    end = walks[column].to_numpy()
    keep = of_kinds(law.register, rule.to, end)
    if rule.others:
        keep &= end != walks["at_0"].to_numpy()
    possible = np.full(len(end), rule.unproven)
    traits = law.register.traits
    for prefixes, trait in (
        (rule.to_industry, traits.industry),
        (rule.to_jurisdiction, traits.jurisdiction),
    ):
        if prefixes:
            inside, unknown = trait.tested(_begins(prefixes), end)
            keep &= inside | unknown
            possible |= unknown
    if rule.needs_naming and rule.named_at is None:
        possible |= ~named(law, rule)[end]
    return walks.with_columns(possible=pl.col("possible") | pl.Series(possible)).filter(
        pl.Series(keep)
    )


def named(law: Law, rule: Rule) -> Bool:
    """Entities that an authority has named: they carry a counting record of such a type."""
    records = law.register.records
    codes = set(rule.named_by) or law.policy.trigger_codes(rule, law.record_state.as_of)
    of_type = np.array([code in codes for code in records.types] or [False])
    named = np.zeros(len(law.register), dtype=np.bool_)
    named[records.entity[law.record_state.counts & of_type[records.type_code]]] = True
    return named


def in_hundredths(amount: pl.Expr) -> pl.Expr:
    """Amounts as whole hundredths (int128: sums of float64 depend on their order), up to 10^24."""
    return (amount * 100).clip(-MOST, MOST).round(0, "half_to_even").cast(pl.Int128)


def enough_supplied(law: Law, rule: Rule, walks: pl.DataFrame) -> pl.DataFrame:
    """Keep walks whose middle entity gets enough from the parties that reach it (P11).

    Shares are summed over the relationships in force, amounts over the distinct records, in whole
    hundredths: a sum of these is the same in any order. What is unknown can be anything from
    nothing to what the known shares leave: then it is possible.
    """
    aggregate = rule.aggregate
    if aggregate is None or walks.height == 0:
        return walks
    relationships = law.register.relationships
    middle = walks["at_1"].unique().sort().to_numpy()
    row, entry = entries_of(law.register, middle, (_SUPPLIER_BACKWARD,))
    edge = law.register.adjacency.edge[entry]
    live = relationships.in_force_of(edge, law.today)
    row, edge = row[live], edge[live]
    supplies = pl.DataFrame(
        {
            "at_1": middle[row],
            "at_0": relationships.source[edge],
            "low": relationships.share_low[edge].astype(np.int64),
            "high": relationships.share_high[edge].astype(np.int64),
            "unknown": relationships.share[edge] < 0,
        }
    ).join(walks.select("at_0", "at_1", abnormal=True).unique(), on=["at_0", "at_1"], how="left")
    abnormal = pl.col("abnormal").fill_null(value=False)
    known = abnormal & ~pl.col("unknown")
    sums = supplies.group_by("at_1").agg(
        low=pl.col("low").filter(known).sum(),
        high=pl.col("high").filter(known).sum(),
        left=(BILLION - pl.col("low").filter(~pl.col("unknown")).sum()).clip(0),
        open=(abnormal & pl.col("unknown")).any(),
    )
    amounts = (
        walks.with_columns(amount=pl.Series(law.register.records.amount[walks["record"]]))
        .unique(["record", "at_1"])
        .group_by("at_1")
        .agg(
            amount=in_hundredths(pl.col("amount").fill_nan(None)).sum(),
            amount_open=pl.col("amount").is_nan().any(),
        )
    )
    share = round((aggregate.min_share or 0.0) * BILLION)
    least = aggregate.min_amount if aggregate.min_amount is not None else -1.0
    amount = in_hundredths(pl.lit(least))
    highest = pl.col("high") + pl.when("open").then(pl.col("left")).otherwise(0)
    # Nobody may be known to supply a middle entity: where no share is asked for, that is enough.
    unsupplied = {"low": 0, "high": 0, "left": BILLION, "open": False}
    sums = amounts.join(sums, on="at_1", how="left").with_columns(
        *(pl.col(name).fill_null(value) for name, value in unsupplied.items())
    )
    sums = sums.with_columns(
        certain=(pl.col("low") >= share) & (pl.col("amount") > amount),
        perhaps=(highest >= share) & ((pl.col("amount") > amount) | pl.col("amount_open")),
    )
    return (
        walks.join(sums.select("at_1", "certain", "perhaps"), on="at_1", maintain_order="left")
        .filter("perhaps")
        .with_columns(possible=pl.col("possible") | ~pl.col("certain"))
        .drop("certain", "perhaps")
    )

"""What changes do: to exposure, own points, law, grades, coverage and control; before and after.

Everything is by numbers of the overlay here, and of all rows only those that are not the same.
Nothing is computed for whom no change can reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from trustgraph.exposure import ExposureLines
from trustgraph.exposure.incremental import lines_from, local_graph
from trustgraph.exposure.lines import frame_of
from trustgraph.legal import CONSEQUENCE_COLUMNS
from trustgraph.ownership.answers import CONTROL_COLUMNS
from trustgraph.records.as_of import RecordState
from trustgraph.register import Int64
from trustgraph.schema import ENTITY_KINDS, opposite
from trustgraph.scoring.ledger import LINE_KINDS, VOID
from trustgraph.scoring.local import (
    Asked,
    consequences_of_some,
    control_of_some,
    coverage_of_some,
    worst_grades_of_some,
)
from trustgraph.tables.diff import differing
from trustgraph.whatif.affected import Reach, below, beyond, reach_of
from trustgraph.whatif.baseline import Baseline, capping_rules
from trustgraph.whatif.scores import Scored, Scorer

__all__ = ["Effects", "effects_of"]

_PERSON: Final = ENTITY_KINDS.index("person")

Pair = tuple[pl.DataFrame, pl.DataFrame]
"""Rows before and rows after."""


@dataclass(frozen=True, slots=True)
class Effects:
    """Everything that changes reach.

    ``entities`` (int64, ascending) are those whose score or grade may be otherwise, ``scores``
    theirs. ``lines``, ``consequences`` and ``control`` are the rows that are not the same.
    ``coverage`` has ``entity``, ``before``, ``after``.
    """

    entities: Int64
    scores: tuple[Scored, Scored]
    lines: Pair
    consequences: Pair
    control: Pair
    coverage: pl.DataFrame


def effects_of(
    before: Asked, after: Asked, record_state: RecordState, baseline: Baseline
) -> Effects:
    """What the changes laid over a register do.

    ``record_state`` is that of the whole register before, ``baseline`` what else is asked of it.
    """
    reach = reach_of(before, after)
    lines = _lines(before, after, reach)
    law = _law(before, after, reach)
    capping = pl.col("rule").is_in(capping_rules(before))
    capped = np.unique(np.concatenate([f.filter(capping)["entity"].to_numpy() for f in law]))
    upserted, removed = after.overlay.numbers, after.overlay.removed.entities
    weighed = [frame["entity"].to_numpy() for frame in lines]
    # A record may cap its subject's grade otherwise and weigh the same: no line tells of it.
    control, coverage = _control(before, after, reach), _coverage(before, after, reach.tied)
    answered = [frame["entity"].to_numpy() for frame in (*control, coverage)]
    touched = [*weighed, capped, upserted, removed, reach.subjects, *answered]
    entities = np.unique(np.concatenate(touched)).astype(np.int64)
    subjects = np.union1d(reach.subjects, upserted)
    changed = np.union1d(reach.tied, upserted)
    scorer = Scorer(before, after, record_state, baseline, lines, subjects, capped, changed)
    scores = scorer.of(entities)
    moved = entities[scores[0].rank != scores[1].rank]
    derived = _worst_grades(before, after, reach, scorer, moved)
    return Effects(
        entities=entities,
        scores=scores,
        lines=lines,
        consequences=(pl.concat([law[0], derived[0]]), pl.concat([law[1], derived[1]])),
        control=control,
        coverage=coverage,
    )


# --- Lines ----------------------------------------------------------------------------------------


def _lines(before: Asked, after: Asked, reach: Reach) -> Pair:
    """Own and exposure lines that are not the same, before and after."""
    found = []
    # Where nothing but records changes, walks are the same before and after.
    graph = local_graph(after.overlay, after.policy, reach.sources, as_of=after.as_of)
    own = np.union1d(reach.subjects, after.overlay.numbers)
    for asked in (before, after):
        sources = _known(asked, reach.sources)
        local = graph
        if asked is before and len(reach.tied):
            local = local_graph(asked.overlay, asked.policy, sources, as_of=asked.as_of)
        days = {"as_of": asked.as_of, "retention_on": asked.retention_on}
        drawn = lines_from(asked.overlay, asked.policy, local, sources, **days)
        frame = _exposure_frame(asked, drawn)
        found.append(pl.concat([_own_frame(asked, _known(asked, own), frame.schema), frame]))
    return differing(found[0], found[1])


def _known(asked: Asked, entities: Int64) -> Int64:
    return entities[entities < len(asked.overlay)]


def _exposure_frame(asked: Asked, lines: ExposureLines) -> pl.DataFrame:
    overlay = asked.overlay
    late = lines.record >= len(overlay.register.records)
    subject = np.empty(len(lines), dtype=np.int64)
    subject[~late] = overlay.register.records.entity[lines.record[~late]]
    subject[late] = overlay.records.entity[lines.record[late] - len(overlay.register.records)]
    middles = [f"middle_{place}" for place in range(lines.middle.shape[1])]
    between = (pl.when(pl.col(name) >= 0).then(name) for name in middles)
    return frame_of(lines).select(
        "entity",
        "micro",
        "reach",
        pl.col("hops").cast(pl.UInt8),
        *middles,
        pl.Series("record", overlay.same(lines.record), dtype=pl.Int64),
        pl.lit(LINE_KINDS.index("exposure"), pl.UInt8).alias("line"),
        pl.lit(None, pl.String).alias("note"),
        pl.concat_list(pl.Series("at", subject, dtype=pl.Int32), *between, "entity")
        .list.drop_nulls()
        .alias("chain"),
    )


def _own_frame(asked: Asked, entities: Int64, schema: pl.Schema) -> pl.DataFrame:
    """The own lines of some entities, as far as they are scored."""
    part = asked.overlay.excerpt(entities)
    record_state = asked.record_state(part)
    entity = part.register.records.entity
    own = np.flatnonzero(record_state.counts & (part.register.kind[entity] != _PERSON))
    frame = pl.DataFrame(
        {
            "entity": part.entities[entity[own]],
            "micro": record_state.micro[own],
            "record": asked.overlay.same(part.records[own]),
            "void": record_state.voided[own],
        }
    )
    return frame.select(
        "entity",
        "micro",
        pl.lit(1.0).alias("reach"),
        pl.lit(0).alias("hops"),
        *(pl.lit(-1).alias(name) for name in schema if name.startswith("middle_")),
        "record",
        pl.lit(LINE_KINDS.index("own")).alias("line"),
        pl.when("void").then(pl.lit(VOID)).alias("note"),
        pl.concat_list("entity").alias("chain"),
    ).cast(schema)


# --- Law ------------------------------------------------------------------------------------------


def _law(before: Asked, after: Asked, reach: Reach) -> Pair:
    """Consequences that are not the same, apart from those of others' grades."""
    ends, codes = [], []
    for rule in before.rules:
        touching = reach.touching(before, rule)
        if len(touching) and (rule.aggregate is None or rule.aggregate.by != "worst_grade"):
            codes.append(rule.code)
            ends.append(beyond(before, after, rule, touching))
    if not ends:
        return _none(CONSEQUENCE_COLUMNS), _none(CONSEQUENCE_COLUMNS)
    some = np.unique(np.concatenate(ends))
    found = [
        _by_same_record(asked, consequences_of_some(asked, _known(asked, some), rules=codes))
        for asked in (before, after)
    ]
    return differing(found[0], found[1])


def _worst_grades(before: Asked, after: Asked, reach: Reach, scorer: Scorer, moved: Int64) -> Pair:
    """Consequences of others' grades that are not the same; ``moved`` have other grades now."""
    ends = []
    for rule in before.rules:
        if rule.aggregate is not None and rule.aggregate.by == "worst_grade":
            touching = np.union1d(reach.touching(before, rule), moved)
            ends.append(beyond(before, after, rule, touching))
    some = np.unique(np.concatenate([moved[:0], *ends]))
    if not len(some):
        return _none(CONSEQUENCE_COLUMNS), _none(CONSEQUENCE_COLUMNS)
    found = [
        worst_grades_of_some(asked, _known(asked, some), ranks)
        for asked, ranks in ((before, scorer.ranks_before), (after, scorer.ranks_after))
    ]
    return differing(found[0], found[1])


def _by_same_record(asked: Asked, found: pl.DataFrame) -> pl.DataFrame:
    """With a record that replaces another under that one's number."""
    records = found["record"].fill_null(-1).to_numpy()
    same = pl.Series(asked.overlay.same(records), dtype=pl.Int64)
    return found.with_columns(record=pl.when(pl.col("record").is_not_null()).then(same))


def _none(columns: dict[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame(schema=pl.Schema(columns))


# --- Control and coverage -------------------------------------------------------------------------


def _control(before: Asked, after: Asked, reach: Reach) -> Pair:
    """Answers about control that are not the same."""
    rule = before.control
    if rule is None:
        return _none(CONTROL_COLUMNS), _none(CONTROL_COLUMNS)
    listed = np.zeros(0, dtype=np.int64)
    if rule.cascade is not None:
        codes = rule.cascade.listed
        blocking = [who for who, types in reach.types.items() if types & set(codes)]
        listed = below(before, after, np.array(blocking, dtype=np.int64))
    stood_in = [listed[:0]]
    if rule.last_resort:  # whom they may stand in for, and who may for them
        back = [opposite(step) for step in rule.last_resort]
        both = (before, after)
        stood_in += [asked.overlay.beside(_known(asked, reach.tied), back) for asked in both]
        stood_in.append(reach.tied)
    some = np.unique(np.concatenate([reach.owned, listed, *stood_in]))
    found = [control_of_some(asked, _known(asked, some)) for asked in (before, after)]
    return differing(found[0], found[1])


def _coverage(before: Asked, after: Asked, entities: Int64) -> pl.DataFrame:
    """Coverage that is not the same: ``entity``, ``before``, ``after`` (null: none)."""
    columns = {}
    for name, asked in (("before", before), ("after", after)):
        some = np.setdiff1d(_known(asked, entities), asked.overlay.removed.entities)
        some = some[asked.overlay.kinds(some) != _PERSON]
        known = dict(zip(some.tolist(), coverage_of_some(asked, some, some).tolist(), strict=True))
        columns[name] = [known.get(number) for number in entities.tolist()]
    frame = pl.DataFrame(
        {"entity": entities, **columns},
        schema={"entity": pl.Int64, "before": pl.Float64, "after": pl.Float64},
    )
    return frame.filter(pl.col("before").ne_missing(pl.col("after")))

"""Checked rows put together: repeated ids, unknown ends and doubtful rows, as in a local check.

What a row says by itself was looked at before (``pieces``). Here the first usable row of an id
stands, in the order of the input; ends that no kept entity has are rejected; and relationships that
were hardly meant so are flagged. Every finding keeps the place of its row, so that the lines come
out in the order of the local engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from typing import Final

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from trustgraph.engines.spark.stages import Stages
from trustgraph.schema import KIND_CODES, RELATIONSHIP_KINDS
from trustgraph.tables.checks import NO_PERSON, ONE_ENTITY, PERSON_OWNED, UNKNOWN_END, WAS_REJECTED
from trustgraph.tables.shared_codes import CODES

__all__ = ["REPEATED_LINE", "SHARED_LINE", "TWICE_LINE", "Kept", "kept_tables"]

TWICE_LINE: Final = "said twice"
SHARED_LINE: Final = "shared code"
REPEATED_LINE: Final = "repeated id"
"""Reasons that become words once the place of the first row is known as file and row."""

_LINES: Final = "array<struct<column:string,value:string,reason:string,first:bigint>>"
_POSTS: Final = [KIND_CODES[kind.name] for kind in RELATIONSHIP_KINDS if kind.is_post]
_OF_ORGANISATIONS: Final = [
    KIND_CODES[kind.name] for kind in RELATIONSHIP_KINDS if kind.leads_to_organisations
]
_SAID: Final = [
    *("source", "target", "kind", "given", "given_min", "given_max"),
    *("confidence", "start", "end"),
]


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows that stand, and ``lines``: what was found in the others, table by table.

    ``entities`` by their ids with their traits; ``relationships`` with the kinds of both ends;
    ``records`` with the kind, region and legal form of their entity; ``consultations``.
    """

    entities: DataFrame
    relationships: DataFrame
    records: DataFrame
    consultations: DataFrame
    lines: dict[str, DataFrame]


def kept_tables(stages: Stages, rows: dict[str, DataFrame], ids: dict[str, int]) -> Kept:
    """Put checked rows together; ``ids`` counts the rows of each table that have an id."""
    entities = _first_of_id(stages, "entities", rows["entities"], ids["entities"])
    kept = stages.kept(
        "entities",
        lambda: entities.filter("stands").select(
            *("id", "kind", "name", "status", "region", "jurisdiction", "industry", "legal_form"),
            "identified",
        ),
        words="entities",
    )
    refused = stages.kept(
        "refused",
        lambda: (
            entities.filter(~sf.col("stands") & sf.col("id").isNotNull())
            .select("id")
            .distinct()
            .withColumn("refused", sf.lit(True))
        ),
    )
    lines = {"entities": stages.kept("entities-lines", lambda: _lines(entities, []))}
    found: dict[str, DataFrame] = {}
    for table, ends, more, flags in (
        ("relationships", ("source", "target"), ("kind", "legal_form"), _unlikely),
        ("records", ("entity",), ("kind", "region", "legal_form"), _no_flags),
        ("consultations", ("entity",), ("kind",), _no_flags),
    ):
        placed = stages.kept(
            f"{table}-placed",
            partial(_placed, rows[table], kept, refused, ends, more),
            words=table,
        )
        standing = _first_of_id(stages, table, placed, ids[table])
        found[table] = standing.filter("stands").drop("bad", "stands", "first")
        of_ends = [_end_line(end) for end in ends]
        lines[table] = stages.kept(f"{table}-lines", partial(_lines, standing, of_ends, flags()))
    shared = stages.kept("entities-shared", lambda: _shared_codes(entities.filter("stands")))
    lines["entities"] = lines["entities"].unionByName(shared)
    twice = stages.kept("relationships-twice", lambda: _said_twice(found["relationships"]))
    lines["relationships"] = lines["relationships"].unionByName(twice)
    return Kept(entities=kept, **found, lines=lines)


def _placed(
    rows: DataFrame,
    entities: DataFrame,
    refused: DataFrame,
    ends: tuple[str, ...],
    more: tuple[str, ...],
) -> DataFrame:
    """Rows with what is known of the entities that they name; bad where there is none."""
    for end in ends:
        named = entities.select(
            sf.col("id").alias(end), *(sf.col(name).alias(f"{end}_{name}") for name in more)
        )
        denied = refused.select(sf.col("id").alias(end), sf.col("refused").alias(f"{end}_refused"))
        rows = rows.join(named, end, "left").join(denied, end, "left")
    bad = sf.col("bad")
    for end in ends:
        bad = bad | _unknown(end)
    return rows.withColumn("bad", bad)


def _unknown(end: str) -> Column:
    """Whether an end is given that no kept entity has."""
    return sf.col(end).isNotNull() & sf.col(f"{end}_kind").isNull()


def _first_of_id(stages: Stages, table: str, rows: DataFrame, ids: int) -> DataFrame:
    """Rows with ``stands``, and ``first``: the place of the earlier row that has their id.

    Ids that several rows have are few, as a rule, or none: they are found first, and only if there
    are any they are sent to the rows, which then are kept as they come out.
    """
    nothing = sf.lit(None).cast("bigint")
    if not ids:
        return rows.withColumns({"first": nothing, "stands": ~sf.col("bad")})
    usable = sf.when(~sf.col("bad"), sf.col("place"))
    repeated = stages.kept(
        f"{table}-repeated",
        lambda: (
            rows.filter(sf.col("id").isNotNull())
            .groupBy("id")
            .agg(sf.count("*").alias("rows"), sf.min(usable).alias("first"))
            .filter("rows > 1 and first is not null")
            .select("id", "first")
        ),
        words=f"ids of {table}",
    )
    if not stages.told(f"{table}-repeated-ids", repeated.count):
        return rows.withColumns({"first": nothing, "stands": ~sf.col("bad")})
    later = sf.when(sf.col("place") > sf.col("first"), sf.col("first"))
    joined = rows.join(repeated, "id", "left").withColumn("first", later)
    stands = ~sf.col("bad") & sf.col("first").isNull()
    return stages.kept(f"{table}-first", lambda: joined.withColumn("stands", stands))


# --- Lines ----------------------------------------------------------------------------------------


def _line(column: str, value: Column, reason: Column, *, first: Column | None = None) -> Column:
    return sf.struct(
        sf.lit(column).alias("column"),
        value.alias("value"),
        reason.alias("reason"),
        (sf.lit(None) if first is None else first).cast("bigint").alias("first"),
    )


def _shown(end: str) -> Column:
    """The value of an end as it was written."""
    return sf.coalesce(f"raw_{end}", end)


def _end_line(end: str) -> Column:
    reason = sf.when(sf.col(f"{end}_refused"), WAS_REJECTED).otherwise(UNKNOWN_END)
    return sf.when(_unknown(end), _line(end, _shown(end), reason))


def _unlikely() -> list[Column]:
    """Flags of relationships that were hardly meant so; see ``checks.flag_unlikely``."""
    from_person = sf.col("source_kind") == "person"
    to_person = sf.col("target_kind") == "person"
    kind = sf.col("kind")
    cases = (
        (kind.isin(_POSTS) & ~from_person, "source", NO_PERSON),
        (kind.isin(_OF_ORGANISATIONS) & to_person, "target", PERSON_OWNED),
        (sf.col("source") == sf.col("target"), "target", ONE_ENTITY),
    )
    return [
        sf.when(session, _line(end, _shown(end), sf.lit(reason))) for session, end, reason in cases
    ]


def _no_flags() -> list[Column]:
    return []


def _lines(rows: DataFrame, found: list[Column], flags: list[Column] | None = None) -> DataFrame:
    """What was found in rows with ``stands`` and ``first``, one line each, with its row's place.

    Of a row that does not stand nothing is flagged; of one that does nothing was rejected.
    """
    own = sf.col("id") if "id" in rows.columns else sf.lit(None)
    repeated = _line("id", own, sf.lit(REPEATED_LINE), first=sf.col("first"))
    rejected = _joined("rejected", [*found, sf.when(sf.col("first").isNotNull(), repeated)])
    flagged = _joined("flagged", flags or [])
    said = sf.when(sf.col("stands"), flagged).otherwise(rejected)
    return (
        rows.select(
            sf.when(sf.col("stands"), "flagged").otherwise("rejected").alias("which"),
            "place",
            said.alias("lines"),
        )
        .filter(sf.size("lines") > 0)
        .select("which", "place", sf.posexplode("lines").alias("pos", "line"))
        .select("which", "place", "pos", "line.*")
    )


def _joined(column: str, more: list[Column]) -> Column:
    """A column of lines, those that were found before first, with more of them."""
    before = sf.transform(
        column,
        lambda one: sf.struct(
            one["column"].alias("column"),
            one["value"].alias("value"),
            one["reason"].alias("reason"),
            sf.lit(None).cast("bigint").alias("first"),
        ),
    ).cast(_LINES)
    none = sf.array().cast(_LINES)
    parts = [sf.coalesce(before, none)]
    parts += [sf.when(one.isNotNull(), sf.array(one).cast(_LINES)).otherwise(none) for one in more]
    return sf.concat(*parts)


def _shared_codes(kept: DataFrame) -> DataFrame:
    """Lines of entities whose USCC or LEI an earlier entity has."""
    found: list[DataFrame] = []
    for name in CODES:
        own = kept.select("place", sf.col(f"own_{name}").alias("value"))
        later = _later(own, ["value"], often_by="value")
        found.append(_later_lines(later, name, sf.col("value"), SHARED_LINE, len(found)))
    return reduce(DataFrame.unionByName, found)


def _said_twice(kept: DataFrame) -> DataFrame:
    """Lines of relationships that say what an earlier row says: a stake entered twice.

    Rows are told apart by a hash first: only those of a hash that comes twice are compared.
    """
    hashed = kept.select(*_SAID, "raw_target", "place", sf.xxhash64(*_SAID).alias("hash"))
    later = _later(hashed, _SAID, often_by="hash")
    return _later_lines(later, "target", _shown("target"), TWICE_LINE, 0)


def _later(rows: DataFrame, key: list[str], *, often_by: str) -> DataFrame:
    """Rows of a key that an earlier row has, with the ``first`` place; few come ``often_by``."""
    often = rows.groupBy(often_by).count().filter("count > 1").select(often_by)
    first = sf.min("place").over(Window.partitionBy(*key))
    several = rows.join(often, often_by, "left_semi")
    return several.withColumn("first", first).filter("place > first")


def _later_lines(later: DataFrame, column: str, value: Column, reason: str, at: int) -> DataFrame:
    """Lines of such rows, behind all others of their row, in the order of ``at``."""
    return later.select(
        sf.lit("flagged").alias("which"),
        "place",
        sf.lit((1 << 20) + at).alias("pos"),
        sf.lit(column).alias("column"),
        value.alias("value"),
        sf.lit(reason).alias("reason"),
        "first",
    )

"""Relationships as entries: each one once per end, as it is walked from there."""

from __future__ import annotations

from collections.abc import Collection

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from trustgraph.schema import RELATIONSHIP_KINDS

__all__ = ["entries_of", "in_force"]

_SYMMETRIC = [code for code, kind in enumerate(RELATIONSHIP_KINDS) if kind.symmetric]


def in_force(today: int) -> Column:
    """Whether a relationship is in force on a day number."""
    return (sf.col("start") <= today) & (sf.col("end") > today)


def entries_of(relationships: DataFrame, steps: Collection[int], *columns: str) -> DataFrame:
    """The entries of some steps: ``entity, kind, step, neighbour, neighbour_kind`` and ``columns``.

    A relationship of a symmetric kind is walked forward from either end, once where both are one.
    """
    found = []
    for direction, (near, far) in enumerate((("source", "target"), ("target", "source"))):
        codes = sorted({step >> 1 for step in steps if step & 1 == direction})
        if direction:
            codes = sorted({*codes} - {*_SYMMETRIC})
        if codes:
            found.append(_walked(relationships.filter(_of(codes)), direction, near, far, columns))
    both = sorted({step >> 1 for step in steps} & {*_SYMMETRIC})
    if both:
        other = relationships.filter(_of(both) & (sf.col("source") != sf.col("target")))
        found.append(_walked(other, 0, "target", "source", columns))
    if not found:
        return _walked(relationships.limit(0), 0, "source", "target", columns)
    whole = found[0]
    for part in found[1:]:
        whole = whole.unionByName(part)
    return whole


def _of(codes: Collection[int]) -> Column:
    return sf.col("kind").isin(list(codes))


def _walked(
    rows: DataFrame, direction: int, near: str, far: str, columns: Collection[str]
) -> DataFrame:
    return rows.select(
        sf.col(near).alias("entity"),
        sf.col(f"{near}_kind").alias("kind"),
        (sf.col("kind") * 2 + direction).alias("step"),
        sf.col(far).alias("neighbour"),
        sf.col(f"{far}_kind").alias("neighbour_kind"),
        *columns,
    )

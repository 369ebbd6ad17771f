"""Entities that a mapping makes of a day's files, laid over what the register says of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from trustgraph.reading.mapping import Section
from trustgraph.reading.mapping_rows import SECTION
from trustgraph.reading.same_names import plain_name
from trustgraph.register import Register
from trustgraph.register.rows import PART_ROWS
from trustgraph.schema import ENTITY_KINDS
from trustgraph.tables.sheet import FILE, ROW

__all__ = ["completed", "persons_named"]

_DERIVED: Final = {"uscc": "uscc_valid", "lei": "lei_valid"}


def completed(
    entities: pl.DataFrame, sections: Sequence[Section], register: Register
) -> pl.DataFrame:
    """Rows of ``distinct`` sections keep what they do not say of an entity that the register has.

    A list of owners names a company without its status or address; a row that takes its place
    must not lose them. A ``constant`` of a section, and a field made of what the id is made of, say
    nothing new: they do not replace what the register says. Rows of other sections stay as they
    are.
    """
    if SECTION not in entities or not entities.height:
        return entities
    number = register.ids.places_of(entities["id"])
    distinct = [place for place, one in enumerate(sections) if one.distinct]
    place = entities[SECTION]
    known = (number >= 0) & place.is_in(distinct).to_numpy()
    if not known.any():
        return entities
    at = np.where(known, number, 0)
    rows = register.entities
    columns = []
    for name in rows.slice(0, 0).columns:
        if name == "id" or name.startswith("__") or name in _DERIVED.values():
            continue
        before = rows.gather(name, at)
        new = (
            entities[name] if name in entities else pl.Series(name, [None] * len(at), before.dtype)
        )
        known_already = [place for place, one in enumerate(sections) if _says_nothing(one, name)]
        old = before.cast(new.dtype, strict=False)
        stays = known & old.is_not_null().to_numpy()
        stays &= new.is_null().to_numpy() | place.is_in(known_already).to_numpy()
        columns.append(old.zip_with(pl.Series(stays), new).alias(name))
        if name in _DERIVED:
            valid = _DERIVED[name]
            columns.append(
                rows.gather(valid, at).zip_with(pl.Series(stays), entities[valid]).alias(valid)
            )
    return entities.with_columns(columns)


def _says_nothing(section: Section, column: str) -> bool:
    """Whether a section gives a column by a constant, or by nothing but what its id is made of.

    A status says something even so: a list of those whose licence was revoked is one of them.
    """
    columns = {field.target: set(field.columns) for field in section.fields}
    if column == "status" and not columns.get(column):
        return False
    return column in columns and columns[column] <= columns.get("id", set())


def persons_named(register: Register, names: pl.DataFrame) -> pl.DataFrame:
    """The register's persons of some names, as ``same_names`` takes them, without rows."""
    wanted = names.select(plain_name("name").alias("plain")).unique()
    rows = register.entities
    persons = np.flatnonzero(register.kind == ENTITY_KINDS.index("person"))
    found = []
    for part in range(0, len(rows), PART_ROWS):
        inside = persons[(persons >= part) & (persons < part + PART_ROWS)]
        if len(inside):
            frame = rows.slice(part, PART_ROWS, ["id", "name"])[inside - part]
            plain = frame.with_columns(plain_name("name").alias("plain"))
            found.append(plain.join(wanted, on="plain", how="semi").select("id", "name"))
    none = pl.DataFrame(schema={"id": pl.String, "name": pl.String})
    return pl.concat([none, *found]).with_columns(
        pl.lit("person").alias("kind"),
        pl.lit("the register").alias(FILE),
        pl.lit(None, dtype=pl.Int64).alias(ROW),
    )

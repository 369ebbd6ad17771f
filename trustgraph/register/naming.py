"""Ids in the place of numbers, in columns and chains of results."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from trustgraph.register import Register

__all__ = ["chain_ids", "chains_of", "ids_of", "record_ids"]


def record_ids(register: Register, numbers: pl.Series) -> pl.Series:
    """The ids of records by their numbers, null where there is no number."""
    known = numbers.drop_nulls()
    found = register.records.rows.gather("id", known.to_numpy())
    places = numbers.is_not_null().cum_sum() - 1
    named = pl.select(pl.when(numbers.is_not_null()).then(places)).to_series()
    return found.gather(named).alias("record")


def ids_of(register: Register, numbers: pl.Series) -> pl.Series:
    """The ids of entities by their numbers; each is looked up once, in order."""
    distinct, place = np.unique(numbers.to_numpy(), return_inverse=True)
    return register.ids.gather(distinct).gather(place)


def chain_ids(register: Register, chains: pl.Series) -> pl.Series:
    """Chains of entity numbers as chains of ids."""
    return chains_of(chains, lambda numbers: ids_of(register, numbers))


def chains_of(chains: pl.Series, named: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Chains of what ``named`` makes of the numbers in chains, all of them at once."""
    flat = chains.to_frame("chain").with_row_index("row").explode("chain", empty_as_null=False)
    links = flat.select(pl.col("row").set_sorted(), chain=named(flat["chain"]))
    found = links.group_by("row", maintain_order=True).agg("chain")
    if found.height == len(chains):
        return found["chain"]
    whole = chains.to_frame().select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"))
    joined = whole.join(found, on="row", how="left", maintain_order="left")
    return joined["chain"].fill_null([])

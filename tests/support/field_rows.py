"""Rows of tables as the field sends them, in frames of one or two."""

from __future__ import annotations

from typing import Any

import polars as pl

import trustgraph as tg

__all__ = ["CODE", "OTHER", "entities", "flags", "held", "record"]

CODE, OTHER = "91330106TG100001X9", "91330106TG020001X8"


def entities(*ids: Any) -> pl.DataFrame:
    return pl.DataFrame({"id": list(ids), "kind": "company", "name": [f"N{one}" for one in ids]})


def held(source: Any, target: Any, **more: Any) -> pl.DataFrame:
    return pl.DataFrame({"source": [source], "target": [target], "kind": ["shareholder"], **more})


def record(entity: Any, decided_on: Any = "2026-01-10", **more: Any) -> pl.DataFrame:
    row = {"id": ["R"], "entity": [entity], "type": ["COURT_DEFAULTER"], "decided_on": [decided_on]}
    return pl.DataFrame(row | more)


def flags(tables: tg.Tables) -> list[tuple[Any, ...]]:
    return tables.flagged.select("file", "row", "column", "reason").rows()

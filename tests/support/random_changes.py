"""Random changes to random registers: what to write, and what the tables are afterwards."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from random import Random

from oracle import Row, World
from strategies import DAYS, ENTITY_KINDS, random_record, random_relationship

__all__ = ["changed", "random_changes"]

Change = dict[str, object]


def random_changes(
    rng: Random, world: World, count: int, *, first: int = 0
) -> tuple[list[Change], World]:
    """Some changes, and the world that they make of another; each kind of change is drawn.

    ``first`` numbers what is added, for days that follow each other.
    """
    after = copy.deepcopy(world)
    ways = [
        *(add_record, change_record, remove_record, repair_record),
        *(add_relationship, change_relationship, end_relationship, remove_relationship),
        *(add_entity, change_entity, remove_entity),
    ]
    found: list[Change] = []
    while len(found) < count:
        change = rng.choice(ways)(rng, after, first + len(found))
        if change is not None:
            found.append(change)
    return found, after


def changed(world: World, way: str, rng: Random) -> tuple[Change, World] | None:
    """One change of one way, or None where there is nothing to change so."""
    after = copy.deepcopy(world)
    ways: dict[str, Callable[[Random, World, int], Change | None]] = {
        name: globals()[name] for name in globals() if name.split("_")[0] in {"add", "change"}
    }
    change = ways[way](rng, after, 0)
    return None if change is None else (change, after)


def said(op: str, table: str, row: Row) -> Change:
    plain = {
        name: cell.isoformat() if isinstance(cell, dt.date) else cell for name, cell in row.items()
    }
    return {"op": op, "table": table, "row": plain}


# --- Records --------------------------------------------------------------------------------------


def add_record(rng: Random, world: World, number: int) -> Change:
    row = random_record(rng, 900 + number, list(world.entities))
    row = {name: cell for name, cell in row.items() if cell is not None or rng.random() < 0.5}
    world.records.append(row)
    return said("add", "records", row)


def change_record(rng: Random, world: World, number: int) -> Change | None:
    if not world.records:
        return None
    row = rng.choice(world.records)
    fresh = random_record(rng, number, list(world.entities))
    names = rng.sample([name for name in fresh if name != "id"], rng.randint(1, 3))
    new = {name: fresh[name] for name in names}
    merged = row | new
    if merged.get("ends_on") and merged["ends_on"] < merged["decided_on"]:
        new["ends_on"] = None
    row |= new
    return said("change", "records", {"id": row["id"], **new})


def repair_record(rng: Random, world: World, _number: int) -> Change | None:
    if not world.records:
        return None
    row = rng.choice(world.records)
    new = rng.choice([{"repaired_on": rng.choice(DAYS)}, {"status": "repaired"}])
    row |= new
    return said("change", "records", {"id": row["id"], **new})


def remove_record(rng: Random, world: World, _number: int) -> Change | None:
    if not world.records:
        return None
    row = world.records.pop(rng.randrange(len(world.records)))
    return said("remove", "records", {"id": row["id"]})


# --- Relationships --------------------------------------------------------------------------------


def add_relationship(rng: Random, world: World, _number: int) -> Change:
    row = random_relationship(rng, list(world.entities))
    world.relationships.append(row)
    return said("add", "relationships", row)


def _one(rng: Random, world: World) -> Row | None:
    """A relationship that its ends and kind name alone."""

    def key(row: Row) -> tuple[str, str, str]:
        return row["source"], row["target"], row["kind"]

    keys = [key(row) for row in world.relationships]
    alone = [row for row in world.relationships if keys.count(key(row)) == 1]
    return rng.choice(alone) if alone else None


def change_relationship(rng: Random, world: World, _number: int) -> Change | None:
    row = _one(rng, world)
    if row is None:
        return None
    ends = {name: row[name] for name in ("source", "target", "kind")}
    fresh = random_relationship(rng, list(world.entities)) | ends
    new = dict.fromkeys(("share", "share_min", "share_max")) | fresh
    row |= new
    return said("change", "relationships", new)


def end_relationship(rng: Random, world: World, _number: int) -> Change | None:
    row = _one(rng, world)
    if row is None:
        return None
    end = rng.choice(
        [day for day in DAYS if row.get("start") is None or day >= row["start"]] or [None]
    )
    row["end"] = end
    ends = {name: row[name] for name in ("source", "target", "kind", "end")}
    return said("change", "relationships", ends)


def remove_relationship(rng: Random, world: World, _number: int) -> Change | None:
    row = _one(rng, world)
    if row is None:
        return None
    world.relationships.remove(row)
    return said("remove", "relationships", row)


# --- Entities -------------------------------------------------------------------------------------


def add_entity(rng: Random, world: World, number: int) -> Change | None:
    name = f"{rng.choice('abdfz')}{rng.randint(0, 99)}x{number}"
    if name in world.entities:
        return None
    row = {"id": name, "kind": rng.choice(ENTITY_KINDS), "name": f"New {name}"}
    world.entities[name] = row
    return said("add", "entities", row)


def change_entity(rng: Random, world: World, _number: int) -> Change:
    row = rng.choice(list(world.entities.values()))
    row["kind"] = rng.choice(ENTITY_KINDS)
    return said("change", "entities", {"id": row["id"], "kind": row["kind"]})


def remove_entity(rng: Random, world: World, _number: int) -> Change | None:
    if len(world.entities) < 3:
        return None
    name = rng.choice(list(world.entities))
    # Rows that a change before laid on it would have nobody: those of the register go with it.
    del world.entities[name]
    world.relationships[:] = [
        r for r in world.relationships if name not in (r["source"], r["target"])
    ]
    world.records[:] = [row for row in world.records if row["entity"] != name]
    return said("remove", "entities", {"id": name})

"""Employees who do nothing else in the register: what makes a population of a list of companies.

How many a company has goes by its size, ``World.employees`` on average. Most worked for another
company nearby before. They live by arithmetic beyond all other persons.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from trustgraph.synthesis.chance import Float64, Int64
from trustgraph.synthesis.identities import COMPANY, PERSON, reference
from trustgraph.synthesis.population import World, size_of
from trustgraph.synthesis.relationships import Relationships, relationships
from trustgraph.synthesis.roles import finishes, slots

__all__ = ["MOST_EMPLOYEES", "employee_relationships", "employees_of"]

MOST_EMPLOYEES: Final = 16.0
"""The largest average: the largest companies then have as many as there is room for."""

_ROOM: Final = 256
_FIRST: Final = 1 << 38
_BY_SIZE: Final = np.array([0.6, 1.6, 4.0, 13.5])
_AVERAGE: Final = 1.087  # of the above, by how many companies are of each size
_BEFORE: Final = 0.85


def employees_of(world: World, company: Int64) -> tuple[Int64, Int64]:
    """Person indices of these companies' employees, and whose each is."""
    if world.employees == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    wanted: Float64 = _BY_SIZE[size_of(world, company)] * world.employees / _AVERAGE
    counts = np.floor(wanted + world.chance.uniform("employees", company)).astype(np.int64)
    employer, _, key = slots(company, np.minimum(counts, _ROOM - 1), _ROOM)
    return _FIRST + key, employer


def employee_relationships(world: World, company: Int64) -> list[Relationships]:
    """Who works for these companies, and where these people worked before."""
    person, employer = employees_of(world, company)
    moved = world.chance.hits("employee before", person, _BEFORE)
    near = employer[moved] + world.chance.below("employee near", person[moved], 2000) - 1000
    former = np.clip(near, 0, world.companies - 1)
    return [
        relationships(
            "employee",
            reference(PERSON, person),
            reference(COMPANY, employer),
            begin=world.chance.uniform("employee begin", person),
            finish=finishes(world, "employee", person, 0.1),
        ),
        relationships(
            "employee",
            reference(PERSON, person[moved]),
            reference(COMPANY, former),
            begin=0.6 * world.chance.uniform("employee former", person[moved]),
            finish=world.chance.uniform("employee left", person[moved]),
        ),
    ]

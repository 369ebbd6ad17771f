"""Inputs that nobody would send end in an error of ours, or in tables with every row told.

The seeds are those of an hour's run of ``tests/support/mutated_checks.py`` that met something new.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

import pytest
from depth import some
from hypothesis import given, settings
from hypothesis import strategies as st
from mutated_checks import checked
from mutated_inputs import mutated

SEEDS = [
    int(line) for line in Path(__file__, "..", "mutated_seeds.txt").resolve().read_text().split()
]


def holds(seed: int, *, imported: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "tables")
        folder.mkdir()
        made = mutated(Random(seed), folder)
        checked(made, Path(name, "register") if imported else None)


@pytest.mark.parametrize("part", range(10))
def test_what_met_something_new_once(part: int) -> None:
    for number, seed in enumerate(some(SEEDS[part::10], 12)):
        holds(seed, imported=number % 5 == 0)


@settings(max_examples=settings().max_examples)
@given(seed=st.integers(10_000_000, 2**63))
def test_any_input_is_an_error_of_ours_or_told_row_by_row(seed: int) -> None:
    holds(seed, imported=False)


@settings(max_examples=settings().max_examples // 10)
@given(seed=st.integers(10_000_000, 2**63))
def test_import_ends_as_reading_does(seed: int) -> None:
    holds(seed, imported=True)

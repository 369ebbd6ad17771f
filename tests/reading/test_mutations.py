"""Inputs that nobody would send end in an error of ours, or in tables with every row told.

The seeds are those of hours of ``tests/support/mutated_checks.py`` that met something new: folders,
and lists (``--lists``).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from depth import some
from hypothesis import given, settings
from hypothesis import strategies as st
from mutated_checks import checked
from mutated_inputs import Input, mutated
from mutated_lists import mutated_list


def _seeds(name: str) -> list[int]:
    return [int(line) for line in Path(__file__).with_name(name).read_text().split()]


SEEDS, LIST_SEEDS = _seeds("mutated_seeds.txt"), _seeds("mutated_list_seeds.txt")
Write = Callable[[Random, Path], Input]


def holds(seed: int, *, imported: bool, write: Write = mutated) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "tables")
        folder.mkdir()
        made = write(Random(seed), folder)
        checked(made, Path(name, "register") if imported else None)


@pytest.mark.parametrize("part", range(10))
def test_what_met_something_new_once(part: int) -> None:
    for number, seed in enumerate(some(SEEDS[part::10], 12)):
        holds(seed, imported=number % 5 == 0)


@pytest.mark.parametrize("part", range(10))
def test_lists_that_met_something_new_once(part: int) -> None:
    for number, seed in enumerate(some(LIST_SEEDS[part::10], 6)):
        holds(seed, imported=number % 5 == 0, write=mutated_list)


@given(seed=st.integers(10_000_000, 2**63))
def test_any_list_is_an_error_of_ours_or_told_row_by_row(seed: int) -> None:
    holds(seed, imported=False, write=mutated_list)


@settings(max_examples=settings().max_examples)
@given(seed=st.integers(10_000_000, 2**63))
def test_any_input_is_an_error_of_ours_or_told_row_by_row(seed: int) -> None:
    holds(seed, imported=False)


@settings(max_examples=settings().max_examples // 10)
@given(seed=st.integers(10_000_000, 2**63))
def test_import_ends_as_reading_does(seed: int) -> None:
    holds(seed, imported=True)

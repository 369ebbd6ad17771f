"""The generator's ids: valid inside and out, unique, a matter of seed and index alone."""

from __future__ import annotations

import numpy as np
from synthesis_support import NATIVE, Generated

from trustgraph.identifiers import USCC_ALPHABET, lei_is_valid, uscc_is_valid
from trustgraph.schema import ENTITY_COLUMNS
from trustgraph.synthesis.chance import Chance
from trustgraph.synthesis.identities import (
    BODY,
    BRANCH,
    COMPANY,
    CONSORTIUM,
    PERSON,
    lei_ids,
    mixed_ids,
    reference,
    text_of,
    uscc_ids,
)
from trustgraph.synthesis.places import DIVISIONS
from trustgraph.synthesis.population import World, identify, started
from trustgraph.synthesis.roles import branches_of

pytest_plugins = ["synthesis_fixtures"]


def organisation_check(code: str) -> str:
    """GB 11714, written out once more and slowly."""
    values = [int(character, 36) for character in code]
    total = sum(v * w for v, w in zip(values, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def test_every_code_is_valid_inside_and_out(small: Generated) -> None:
    codes = small.entities["uscc"].drop_nulls().to_list()
    assert len(codes) > 2_000
    for code in codes:
        assert uscc_is_valid(code), code
        assert set(code) <= set(USCC_ALPHABET)
        assert organisation_check(code[8:16]) == code[16], code
    known = {division.code for division in DIVISIONS}
    assert {code[2:8] for code in codes} <= known
    leis = small.entities["lei"].drop_nulls().to_list()
    assert leis
    assert all(lei_is_valid(code) for code in leis)


def test_every_check_digit_occurs(large: Generated) -> None:
    inner = large.entities["uscc"].drop_nulls().str.slice(16, 1).unique().to_list()
    outer = large.entities["uscc"].drop_nulls().str.slice(17, 1).unique().to_list()
    assert set(inner) == set("0123456789X")
    assert set(outer) == set(USCC_ALPHABET)


def test_departments_are_mostly_market_regulation(large: Generated) -> None:
    departments = large.ordinary["uscc"].drop_nulls().str.head(1).value_counts(normalize=True)
    shares = dict(departments.iter_rows())
    assert set(shares) == {"9", "1", "5", "A", "N", "Y"}
    assert shares["9"] > 0.95


def test_ids_are_those_of_the_contract(large: Generated) -> None:
    companies = large.ordinary
    native = companies.filter(NATIVE)
    abroad = companies.filter(~NATIVE)
    assert (native["id"] == native["uscc"]).all()
    assert (abroad["id"] == abroad["lei"]).all()
    assert abroad["uscc"].null_count() == abroad.height
    persons = large.entities.filter(kind="person")
    assert persons["id"].str.contains(r"^P([0-9a-f]{16}|-TG\d+)$").all()
    assert persons.drop("id", "kind", "name", "name_en").null_count().row(0) == (
        persons.height,
    ) * (len(ENTITY_COLUMNS) - 4)


def test_ids_are_unique_among_many() -> None:
    world = World(200_000, Chance(3), 20_000, 0.03)
    company = np.arange(200_000)
    parts = [
        reference(COMPANY, company),
        reference(BRANCH, branches_of(world, company)),
        reference(BODY, np.arange(world.bodies)),
        reference(PERSON, np.arange(240_000)),
        reference(CONSORTIUM, company[::500]),
    ]
    ids = identify(world, np.concatenate(parts))
    assert ids.n_unique() == len(ids) > 450_000


def test_ids_are_unique_far_out_and_apart_between_sorts() -> None:
    far = np.concatenate([np.arange(5_000), np.arange(2**32 - 5_000, 2**32)])
    number = np.concatenate([far, far + 2**32, far + 2**33])
    prefixes = np.tile(np.frombuffer(b"91330106", dtype=np.uint8), (len(number), 1))
    codes = text_of(uscc_ids(Chance(1), number, prefixes))
    assert codes.n_unique() == len(number)
    assert all(uscc_is_valid(code) for code in codes.gather_every(97))
    assert text_of(lei_ids(Chance(1), far)).n_unique() == len(far)
    assert text_of(mixed_ids(Chance(1), "P", far)).n_unique() == len(far)


def test_an_id_depends_on_seed_and_index_only() -> None:
    index = reference(COMPANY, np.arange(100))
    small_world = identify(World(100, Chance(1), 20_000, 0.03), index)
    assert small_world.equals(identify(World(10**7, Chance(1), 21_000, 0.5), index))
    assert not small_world.equals(identify(World(100, Chance(2), 20_000, 0.03), index))


def test_a_link_across_blocks_needs_no_lookup() -> None:
    world = World(10**8, Chance(1), 20_000, 0.03)
    first, last = (reference(COMPANY, np.array([number])) for number in (0, 99_999_999))
    both = np.concatenate([first, last])
    ids, days = identify(world, both).to_list(), started(world, both).tolist()
    assert ids == [*identify(world, first), *identify(world, last)]
    assert days == [*started(world, first), *started(world, last)]
    assert ids[0] != ids[1]
    assert max(days) < 20_000

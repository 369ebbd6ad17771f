"""The compiled kernel and the same source run by the interpreter give the same lines."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager

import numba
import numpy as np
from hypothesis import given, settings
from oracle import World
from strategies import TODAY, packs, tables_of, worlds

from trustgraph.exposure import ExposureLines, exposure_graph, exposure_lines, kernel
from trustgraph.policy import Policy
from trustgraph.policy.build import build_policy
from trustgraph.register import Register, compile_register
from trustgraph.standing import standing_of


@contextmanager
def interpreted() -> Iterator[None]:
    """The kernel as plain Python: numba is told to compile nothing, and it is loaded anew."""
    numba.config.DISABLE_JIT = 1
    importlib.reload(kernel)
    try:
        with np.errstate(over="ignore"):  # the hash is meant to wrap around
            yield
    finally:
        numba.config.DISABLE_JIT = 0
        importlib.reload(kernel)


def lines(register: Register, policy: Policy) -> ExposureLines:
    standing = standing_of(register, policy, as_of=TODAY)
    graph = exposure_graph(register, policy, as_of=TODAY)
    return exposure_lines(register, graph, policy, standing, threads=1)


@settings(max_examples=settings().max_examples // 2)
@given(world=worlds(), policy=packs())
def test_compiled_and_interpreted_agree(world: World, policy: Policy) -> None:
    register = compile_register(tables_of(world))
    compiled = lines(register, policy)
    with interpreted():
        plain = lines(register, policy)
    for name in ("record", "entity", "micro", "reach", "hops", "middle"):
        assert np.array_equal(getattr(compiled, name), getattr(plain, name)), name


def test_a_hub_outgrows_every_first_size() -> None:
    """A supplier of 900 customers with an owner each: scratch grows, tables are hashed anew."""
    customers = [f"c{number:04d}" for number in range(900)]
    owners = [f"o{number:04d}" for number in range(900)]
    names = ["hub", *customers, *owners]
    world = World(
        {name: {"id": name, "kind": "company", "name": name} for name in names},
        [
            *({"source": "hub", "target": c, "kind": "supplier", "share": 0.5} for c in customers),
            *(
                {"source": o, "target": c, "kind": "shareholder", "share": 0.5}
                for o, c in zip(owners, customers, strict=True)
            ),
            # The same owner again by a weaker stake in the next customer: a tie-break each.
            *(
                {"source": o, "target": c, "kind": "shareholder", "share": 0.25}
                for o, c in zip(owners, [*customers[1:], customers[0]], strict=True)
            ),
        ],
        [
            {"id": f"r{n}", "entity": "hub", "type": "X", "decided_on": TODAY, "status": "active"}
            for n in range(3)
        ],
    )
    register = compile_register(tables_of(world))
    found = lines(register, HUB_POLICY)
    with interpreted():
        plain = lines(register, HUB_POLICY)
    for name in ("record", "entity", "micro", "reach", "hops", "middle"):
        assert np.array_equal(getattr(found, name), getattr(plain, name)), name
    assert len(found) == 3 * 1800
    ids = register.ids
    for entity, micro, hops, middle in zip(
        found.entity, found.micro, found.hops, found.middle[:, 0], strict=True
    ):
        name = ids[int(entity)]
        assert (int(micro), int(hops)) == ((-40_000_000, 1) if name[0] == "c" else (-10_000_000, 2))
        if name[0] == "o":
            assert ids[int(middle)] == "c" + name[1:]


HUB_POLICY = build_policy(
    {"name": "hub", "max_hops": 3, "max_fanout": 2},
    pack_where="hub",
    entries={
        "grade": [("hub", {"code": "A", "from": 0})],
        "record": [
            ("hub", {"code": "X", "points": -100, "dimension": "legal", "channel": "c"}),
        ],
    },
    channels={
        "c": (
            "hub",
            {
                "supplier.forward": {"strength": 0.8, "share": "multiply"},
                "shareholder.backward": {"strength": 0.5, "share": "multiply"},
            },
        )
    },
    lineage=("hub",),
    fingerprint="0",
    problems=[],
)

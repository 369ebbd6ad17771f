"""The generated registers that the tests of the generator share.

A module asks for them with ``pytest_plugins`` instead of importing them: an imported fixture
would be one fixture per module, and the registers would be generated once for each.
"""

from __future__ import annotations

import pytest
from synthesis_support import COMPANIES, Generated, read_back

from trustgraph.synthesis import generate


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    """50,000 companies: enough for base rates."""
    folder = tmp_path_factory.mktemp("synthesis") / "large"
    return read_back(generate(folder, companies=COMPANIES))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    """2,000 companies: enough for every story, and quick to generate again."""
    folder = tmp_path_factory.mktemp("synthesis") / "small"
    return read_back(generate(folder, companies=2_000, seed=7))

"""Shared settings of the tests."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

# Workers side by side have a core each: polars' own threads would only get in one another's way.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("POLARS_MAX_THREADS", "1")

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent / "support"))

# How many examples a property gets: "default" for `make test`, "ci" for what lands, "many" for
# a night. A test's own setting is a share of it.
EXAMPLES = {"default": 10, "ci": 250, "many": 5000}
for name, examples in EXAMPLES.items():
    settings.register_profile(
        name,
        deadline=None,
        max_examples=examples,
        suppress_health_check=[HealthCheck.too_slow],
        print_blob=True,
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# Faults of our own must show as what they are, not as the command line's last word.
os.environ["TRUSTGRAPH_TRACEBACK"] = "1"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores: some wait for a browser, a process or a disk."""
    free = getattr(os, "sched_getaffinity", None)  # not everywhere
    return (os.cpu_count() or 1 if free is None else len(free(0))) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, so that no worker is left with it at the end."""

    def rank(item: pytest.Item) -> int:
        function = getattr(item, "obj", None)
        return 0 if getattr(function, "is_hypothesis_test", False) or item.name in LONG else 1

    items.sort(key=rank)


LONG = {
    "test_a_small_run_measures_everything",
    "test_days_on_end",
    "test_killed_at_random_moments",
    "test_import_add",
    "test_a_register_scores_as_its_tables",
}
"""Tests that take longest of those that draw nothing."""


def pytest_collection_finish(session: pytest.Session) -> None:
    """Groups hold: pytest 9.2 and pytest-xdist 3.8 together spread them without a word."""
    gc.collect()
    gc.freeze()  # thousands of tests and what they import need not be looked through again
    if "PYTEST_XDIST_WORKER" in os.environ:
        for item in session.items:
            mark = item.get_closest_marker("xdist_group")
            if mark is not None and not item.nodeid.endswith(f"@{mark.args[0]}"):
                raise pytest.UsageError("pytest-xdist does not see the groups of this pytest")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Where everything is required (CI), a test that skips has failed."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]  # a pluggy result
    if report.skipped and os.environ.get("TRUSTGRAPH_REQUIRE_ALL"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but everything is required here: {report.longrepr}"

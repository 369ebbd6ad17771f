"""Partner-trust analysis: legal reach, market exposure and an explainable trust score.

>>> import trustgraph as tg
>>> "cn-national" in tg.list_policies()
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from trustgraph.about import VERSION

if TYPE_CHECKING:
    from trustgraph.adding import Added
    from trustgraph.batch import add_to_register, score, score_input
    from trustgraph.case import Case
    from trustgraph.comparison.outcome import Comparison
    from trustgraph.errors import (
        InputError,
        MappingError,
        PolicyError,
        RejectedRowsError,
        RunError,
        TrustgraphError,
        UnknownEntityError,
        UsageError,
    )
    from trustgraph.importing import import_register
    from trustgraph.policy import Policy, list_policies, read_policy
    from trustgraph.questions import (
        chain,
        compare,
        explain,
        open_case,
        open_scenario,
        owned,
        owners,
        what_if,
    )
    from trustgraph.reading import read_tables
    from trustgraph.register import Register
    from trustgraph.results import Result
    from trustgraph.runs import Run, open_run
    from trustgraph.scenario.asking import Scenario
    from trustgraph.scenario.outcome import WhatIf
    from trustgraph.store import open_register
    from trustgraph.synthesis import generate
    from trustgraph.tables import Tables, check_tables

__version__ = VERSION

# Where each public name lives: imported on first use, so that `import trustgraph` stays light.
_HOMES = {
    "Added": "adding",
    "Case": "case",
    "Comparison": "comparison.outcome",
    "InputError": "errors",
    "MappingError": "errors",
    "Policy": "policy",
    "PolicyError": "errors",
    "Register": "register",
    "RejectedRowsError": "errors",
    "Result": "results",
    "Run": "runs",
    "RunError": "errors",
    "Scenario": "scenario.asking",
    "Tables": "tables",
    "TrustgraphError": "errors",
    "UnknownEntityError": "errors",
    "UsageError": "errors",
    "WhatIf": "scenario.outcome",
    "add_to_register": "batch",
    "chain": "questions",
    "check_tables": "tables",
    "compare": "questions",
    "explain": "questions",
    "generate": "synthesis",
    "import_register": "importing",
    "list_policies": "policy",
    "open_case": "questions",
    "open_register": "store",
    "open_run": "runs",
    "open_scenario": "questions",
    "owned": "questions",
    "owners": "questions",
    "read_policy": "policy",
    "read_tables": "reading",
    "score": "batch",
    "score_input": "batch",
    "what_if": "questions",
}

__all__ = [
    "Added",
    "Case",
    "Comparison",
    "InputError",
    "MappingError",
    "Policy",
    "PolicyError",
    "Register",
    "RejectedRowsError",
    "Result",
    "Run",
    "RunError",
    "Scenario",
    "Tables",
    "TrustgraphError",
    "UnknownEntityError",
    "UsageError",
    "WhatIf",
    "add_to_register",
    "chain",
    "check_tables",
    "compare",
    "explain",
    "generate",
    "import_register",
    "list_policies",
    "open_case",
    "open_register",
    "open_run",
    "open_scenario",
    "owned",
    "owners",
    "read_policy",
    "read_tables",
    "score",
    "score_input",
    "what_if",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"trustgraph.{home}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

"""Partner-trust analysis: legal reach, market exposure and an explainable trust score.

>>> import trustgraph as tg
>>> "cn-national" in tg.list_policies()
True
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from trustgraph.version import VERSION

# Of a column of intervals polars panics, unless it is told so before it is loaded.
os.environ.setdefault("POLARS_IMPORT_INTERVAL_AS_STRUCT", "1")

if TYPE_CHECKING:
    from trustgraph.api.daily import bids, common, ranking
    from trustgraph.api.extracts import extract
    from trustgraph.api.jobs import add_to_register, score, score_input
    from trustgraph.api.leaving import export, open_subgraph, report, save_subgraph, to_networkx
    from trustgraph.api.queries import (
        chain,
        compare,
        evidence,
        explain,
        find,
        history,
        match_partners,
        neighbourhood,
        open_scenario,
        open_search,
        open_session,
        overview,
        owned,
        owners,
        path_between,
        portfolio,
        relations,
        summary,
        what_if,
    )
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
    from trustgraph.exports.look import line_of_kind, short_name
    from trustgraph.exports.spreadsheets import csv_text, workbook
    from trustgraph.ingest.bulk import import_register
    from trustgraph.ingest.update import Added
    from trustgraph.partners.lists import parse_partners, read_partners
    from trustgraph.policy import Policy, list_policies, read_policy
    from trustgraph.query.explain import law_in_order
    from trustgraph.query.session import Session
    from trustgraph.reading import read_tables
    from trustgraph.register import Register
    from trustgraph.runs.result import Result
    from trustgraph.runs.run import Run, open_run
    from trustgraph.storage import open_register
    from trustgraph.subgraphs.layout import laid_out
    from trustgraph.subgraphs.subgraph import Subgraph
    from trustgraph.synthesis import generate
    from trustgraph.tables.tables import Tables, check_tables
    from trustgraph.whatif.outcome import WhatIf
    from trustgraph.whatif.scenario import Scenario

__version__ = VERSION

# Where each public name lives: imported on first use, so that `import trustgraph` stays light.
_HOMES = {
    "Added": "ingest.update",
    "Session": "query.session",
    "Comparison": "comparison.outcome",
    "InputError": "errors",
    "MappingError": "errors",
    "Policy": "policy",
    "PolicyError": "errors",
    "Register": "register",
    "RejectedRowsError": "errors",
    "Result": "runs.result",
    "Run": "runs.run",
    "RunError": "errors",
    "Scenario": "whatif.scenario",
    "Subgraph": "subgraphs.subgraph",
    "Tables": "tables.tables",
    "TrustgraphError": "errors",
    "UnknownEntityError": "errors",
    "UsageError": "errors",
    "WhatIf": "whatif.outcome",
    "add_to_register": "api.jobs",
    "bids": "api.daily",
    "chain": "api.queries",
    "common": "api.daily",
    "ranking": "api.daily",
    "check_tables": "tables.tables",
    "compare": "api.queries",
    "csv_text": "exports.spreadsheets",
    "evidence": "api.queries",
    "extract": "api.extracts",
    "export": "api.leaving",
    "open_subgraph": "api.leaving",
    "report": "api.leaving",
    "save_subgraph": "api.leaving",
    "line_of_kind": "exports.look",
    "law_in_order": "query.explain",
    "short_name": "exports.look",
    "to_networkx": "api.leaving",
    "explain": "api.queries",
    "laid_out": "subgraphs.layout",
    "neighbourhood": "api.queries",
    "path_between": "api.queries",
    "relations": "api.queries",
    "find": "api.queries",
    "generate": "synthesis",
    "import_register": "ingest.bulk",
    "list_policies": "policy",
    "match_partners": "api.queries",
    "parse_partners": "partners.lists",
    "portfolio": "api.queries",
    "read_partners": "partners.lists",
    "open_search": "api.queries",
    "open_session": "api.queries",
    "open_register": "storage",
    "open_run": "runs.run",
    "open_scenario": "api.queries",
    "history": "api.queries",
    "overview": "api.queries",
    "owned": "api.queries",
    "owners": "api.queries",
    "read_policy": "policy",
    "read_tables": "reading",
    "score": "api.jobs",
    "score_input": "api.jobs",
    "summary": "api.queries",
    "what_if": "api.queries",
    "workbook": "exports.spreadsheets",
}

__all__ = [
    "Added",
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
    "Session",
    "Subgraph",
    "Tables",
    "TrustgraphError",
    "UnknownEntityError",
    "UsageError",
    "WhatIf",
    "add_to_register",
    "bids",
    "chain",
    "check_tables",
    "common",
    "compare",
    "csv_text",
    "evidence",
    "explain",
    "export",
    "extract",
    "find",
    "generate",
    "history",
    "import_register",
    "laid_out",
    "law_in_order",
    "line_of_kind",
    "list_policies",
    "match_partners",
    "neighbourhood",
    "open_register",
    "open_run",
    "open_scenario",
    "open_search",
    "open_session",
    "open_subgraph",
    "overview",
    "owned",
    "owners",
    "parse_partners",
    "path_between",
    "portfolio",
    "ranking",
    "read_partners",
    "read_policy",
    "read_tables",
    "relations",
    "report",
    "save_subgraph",
    "score",
    "score_input",
    "short_name",
    "summary",
    "to_networkx",
    "what_if",
    "workbook",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"trustgraph.{home}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

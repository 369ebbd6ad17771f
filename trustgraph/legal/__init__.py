"""Legal reach: what the law attaches to whom, by which article, through which roles."""

from trustgraph.legal.consequences import (
    CONSEQUENCE_COLUMNS,
    consequences,
    worst_grade_consequences,
)
from trustgraph.legal.exclusions import COMPUTED
from trustgraph.legal.routes import entries_of, of_kinds, steps_of_route

__all__ = [
    "COMPUTED",
    "CONSEQUENCE_COLUMNS",
    "consequences",
    "entries_of",
    "of_kinds",
    "steps_of_route",
    "worst_grade_consequences",
]

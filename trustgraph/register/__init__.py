"""The register: tables compiled once into numbers and arrays."""

from trustgraph.register.compile import compile_register, extended
from trustgraph.register.model import (
    NO_END,
    NO_START,
    UNKNOWN_SHARE,
    Adjacency,
    Bool,
    Coded,
    Consultations,
    Float64,
    Int32,
    Int64,
    Records,
    Register,
    Relationships,
    Traits,
    UInt8,
    UInt32,
    date_of,
    day_number,
    slice_of,
)
from trustgraph.register.numbers import together
from trustgraph.register.numbers_in import numbers_in
from trustgraph.register.origins import Origins
from trustgraph.register.overlay import Overlay, Removed
from trustgraph.register.overlay_build import build_overlay, dependents_of, empty_overlay
from trustgraph.register.subregister import Excerpt, entries_at, excerpt_of, with_records

__all__ = [
    "NO_END",
    "NO_START",
    "UNKNOWN_SHARE",
    "Adjacency",
    "Bool",
    "Coded",
    "Consultations",
    "Excerpt",
    "Float64",
    "Int32",
    "Int64",
    "Origins",
    "Overlay",
    "Records",
    "Register",
    "Relationships",
    "Removed",
    "Traits",
    "UInt8",
    "UInt32",
    "build_overlay",
    "compile_register",
    "date_of",
    "day_number",
    "dependents_of",
    "empty_overlay",
    "entries_at",
    "excerpt_of",
    "extended",
    "numbers_in",
    "slice_of",
    "together",
    "with_records",
]

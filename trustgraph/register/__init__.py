"""The register: tables compiled once into numbers and arrays."""

from trustgraph.register.compiling import compile_register, extended
from trustgraph.register.excerpt import Excerpt, entries_at, excerpt_of
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
    day_number,
    slice_of,
)
from trustgraph.register.origins import Origins

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
    "Records",
    "Register",
    "Relationships",
    "Traits",
    "UInt8",
    "UInt32",
    "compile_register",
    "day_number",
    "entries_at",
    "excerpt_of",
    "extended",
    "slice_of",
]

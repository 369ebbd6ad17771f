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
    day_number,
    slice_of,
)
from trustgraph.register.numbers import together
from trustgraph.register.numbers_in import numbers_in
from trustgraph.register.origins import Origins
from trustgraph.register.overlay import Gone, Overlay
from trustgraph.register.overlay_build import lay_over, nothing_laid, what_hangs_on
from trustgraph.register.subregister import Excerpt, entries_at, excerpt_of

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
    "Gone",
    "Int32",
    "Int64",
    "Origins",
    "Overlay",
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
    "lay_over",
    "nothing_laid",
    "numbers_in",
    "slice_of",
    "together",
    "what_hangs_on",
]

"""Invented registers of any size, shaped on published base rates, with planted stories.

:func:`generate` writes one. Nothing in it is real; everything in it is reproducible.
"""

from __future__ import annotations

from trustgraph.synthesis.generator import GeneratedRegister, generate
from trustgraph.synthesis.record_types import CONSULTATION_SOURCES, RECORD_KINDS, RecordKind
from trustgraph.synthesis.stage import Actor, Expectation, Story, Telling

__all__ = [
    "CONSULTATION_SOURCES",
    "RECORD_KINDS",
    "Actor",
    "Expectation",
    "GeneratedRegister",
    "RecordKind",
    "Story",
    "Telling",
    "generate",
]

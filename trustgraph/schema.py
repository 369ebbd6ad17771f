"""The table contracts: columns, types, kinds of entity and relationship, steps.

A *relationship* is stored once and read source → target. A *step* is one relationship walked in
one direction: ``shareholder.forward`` goes from the owner to the owned, ``shareholder.backward``
from the owned to the owner. ``affiliate`` and ``possibly_same`` have no direction of their own
and are walked as ``forward`` from either end.

Steps are numbered ``2 * kind + direction`` (direction 0 = forward, 1 = backward), so that a
step fits in a byte and its opposite is ``step ^ 1``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = [
    "BILLION",
    "CONSULTATION_COLUMNS",
    "ENTITY_COLUMNS",
    "ENTITY_KINDS",
    "ENTITY_STATUSES",
    "KIND_CODES",
    "MICRO",
    "RECORD_COLUMNS",
    "RECORD_STATUSES",
    "RELATIONSHIP_COLUMNS",
    "RELATIONSHIP_KINDS",
    "STEPS",
    "STEP_CODES",
    "Column",
    "RelationshipKind",
    "opposite",
    "step_words",
]

MICRO: Final = 1_000_000
"""Micro-points in a point. All amounts are integers of micro-points."""

BILLION: Final = 1_000_000_000
"""Shares are held as whole billionths, so that sums are exact."""

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its name, the type it is read as, and whether a row needs it."""

    name: str
    dtype: Literal["string", "date", "fraction", "number"]
    required: bool = False


ENTITY_KINDS: Final = ("company", "branch", "person", "public_body", "other")
ENTITY_STATUSES: Final = ("active", "revoked", "deregistered")
RECORD_STATUSES: Final = ("active", "objected", "under_review", "repaired", "withdrawn")

ENTITY_COLUMNS: Final = (
    Column("id", "string", required=True),
    Column("kind", "string", required=True),
    Column("name", "string", required=True),
    Column("name_en", "string"),
    Column("uscc", "string"),
    Column("lei", "string"),
    Column("jurisdiction", "string"),
    Column("region", "string"),
    Column("industry", "string"),
    Column("legal_form", "string"),
    Column("status", "string"),
    Column("start", "date"),
    Column("end", "date"),
    Column("source_url", "string"),
)

RELATIONSHIP_COLUMNS: Final = (
    Column("source", "string", required=True),
    Column("target", "string", required=True),
    Column("kind", "string", required=True),
    Column("id", "string"),
    Column("share", "fraction"),
    Column("share_min", "fraction"),
    Column("share_max", "fraction"),
    Column("confidence", "fraction"),
    Column("start", "date"),
    Column("end", "date"),
    Column("source_url", "string"),
)

RECORD_COLUMNS: Final = (
    Column("id", "string", required=True),
    Column("entity", "string", required=True),
    Column("type", "string", required=True),
    Column("decided_on", "date", required=True),
    Column("published_on", "date"),
    Column("ends_on", "date"),
    Column("repaired_on", "date"),
    Column("status", "string"),
    Column("ground", "string"),
    Column("authority", "string"),
    Column("doc_no", "string"),
    Column("amount", "number"),
    Column("source_url", "string"),
)

CONSULTATION_COLUMNS: Final = (
    Column("source", "string", required=True),
    Column("consulted_on", "date", required=True),
    Column("entity", "string"),
)
"""Optional fourth table: which record source was searched, when, for whom (blank: for all)."""


@dataclass(frozen=True, slots=True)
class RelationshipKind:
    """A kind of relationship and how each direction of it is said in a chain.

    ``whole`` is the side a stated share is a share *of*: the owned company, the customer, or for
    a guarantee the guarantor (whose equity it is measured against).
    """

    name: str
    forward_en: str
    backward_en: str
    forward_zh: str
    backward_zh: str
    whole: Literal["source", "target"] = "target"
    symmetric: bool = False


RELATIONSHIP_KINDS: Final = (
    RelationshipKind(
        "legal_representative",
        "is legal representative of",
        "has as legal representative",
        "担任法定代表人于",
        "法定代表人为",
    ),
    RelationshipKind("director", "is director of", "has as director", "担任董事于", "董事为"),
    RelationshipKind("supervisor", "is supervisor of", "has as supervisor", "担任监事于", "监事为"),
    RelationshipKind(
        "senior_manager",
        "is senior manager of",
        "has as senior manager",
        "担任高级管理人员于",
        "高级管理人员为",
    ),
    RelationshipKind(
        "responsible_person",
        "is directly responsible person of",
        "has as directly responsible person",
        "作为直接责任人员负责",
        "直接责任人员为",
    ),
    RelationshipKind("employee", "is employed by", "employs", "受雇于", "雇用"),
    RelationshipKind(
        "actual_controller",
        "is actual controller of",
        "is actually controlled by",
        "实际控制",
        "实际控制人为",
    ),
    RelationshipKind("shareholder", "holds shares of", "is owned by", "持股", "股东为"),
    RelationshipKind("branch", "is head office of", "is branch of", "设有分支机构", "总机构为"),
    RelationshipKind("supplier", "supplies", "buys from", "供货给", "采购自"),
    RelationshipKind(
        "guarantor",
        "guarantees debts of",
        "is guaranteed by",
        "提供担保给",
        "担保人为",
        whole="source",
    ),
    RelationshipKind("contractor", "is contractor of", "has as contractor", "承包于", "承包方为"),
    RelationshipKind(
        "consortium", "is member of consortium", "has as member", "加入联合体", "成员为"
    ),
    RelationshipKind(
        "affiliate", "is affiliated with", "is affiliated with", "关联于", "关联于", symmetric=True
    ),
    RelationshipKind(
        "possibly_same",
        "is possibly the same as",
        "is possibly the same as",
        "可能即为",
        "可能即为",
        symmetric=True,
    ),
    # Beyond the fifteen kinds of the model: a debtor's successor (rule P27) has no other way.
    RelationshipKind(
        "successor", "was merged or split into", "is successor of", "合并或分立为", "前身为"
    ),
)

KIND_CODES: Final = {kind.name: code for code, kind in enumerate(RELATIONSHIP_KINDS)}

STEPS: Final = tuple(
    f"{kind.name}.{direction}"
    for kind in RELATIONSHIP_KINDS
    for direction in ("forward", "backward")
)
"""Step names by step code. The ``backward`` of a symmetric kind is never used."""

STEP_CODES: Final = {
    name: code
    for code, name in enumerate(STEPS)
    if not (code & 1 and RELATIONSHIP_KINDS[code >> 1].symmetric)
}


def opposite(step: int) -> int:
    """The same relationship walked the other way: a symmetric kind is its own opposite."""
    return step if RELATIONSHIP_KINDS[step >> 1].symmetric else step ^ 1


def step_words(step: int, language: Language = "en") -> str:
    """How a step reads between two names, e.g. ``A`` + ``"holds shares of"`` + ``B``."""
    kind = RELATIONSHIP_KINDS[step >> 1]
    if language == "zh":
        return kind.backward_zh if step & 1 else kind.forward_zh
    return kind.backward_en if step & 1 else kind.forward_en

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

    English stands between the two names. Chinese follows the first name, and ``…`` marks where
    the second one goes: a role is said after the name of the company.

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

    @property
    def is_post(self) -> bool:
        """Whether it is a post, which a person holds in an organisation."""
        return self.name in _POSTS

    @property
    def leads_to_organisations(self) -> bool:
        """Whether its target is an organisation by its nature: nobody owns or heads a person."""
        return self.is_post or self.name in _OF_ORGANISATIONS


_POSTS: Final = frozenset(
    {
        "legal_representative",
        "director",
        "supervisor",
        "senior_manager",
        "responsible_person",
        "employee",
    }
)
_OF_ORGANISATIONS: Final = frozenset({"actual_controller", "shareholder", "branch", "consortium"})

RELATIONSHIP_KINDS: Final = (
    RelationshipKind(
        "legal_representative",
        "is legal representative of",
        "has as legal representative",
        "任…法定代表人",
        "由…任法定代表人",
    ),
    RelationshipKind("director", "is director of", "has as director", "任…董事", "由…任董事"),
    RelationshipKind("supervisor", "is supervisor of", "has as supervisor", "任…监事", "由…任监事"),
    RelationshipKind(
        "senior_manager",
        "is senior manager of",
        "has as senior manager",
        "任…高级管理人员",
        "由…任高级管理人员",
    ),
    RelationshipKind(
        "responsible_person",
        "is directly responsible person of",
        "has as directly responsible person",
        "系…的直接责任人员",
        "的直接责任人员为…",
    ),
    RelationshipKind("employee", "is employed by", "employs", "受雇于…", "雇用…"),
    RelationshipKind(
        "actual_controller",
        "is actual controller of",
        "is actually controlled by",
        "系…的实际控制人",
        "由…实际控制",
    ),
    RelationshipKind("shareholder", "holds shares of", "is owned by", "持有…股权", "由…持股"),
    RelationshipKind(
        "branch", "is head office of", "is branch of", "设有分支机构…", "系…的分支机构"
    ),
    RelationshipKind("supplier", "supplies", "buys from", "系…的供应商", "系…的客户"),
    RelationshipKind(
        "guarantor",
        "guarantees debts of",
        "is guaranteed by",
        "为…提供担保",
        "由…提供担保",
        whole="source",
    ),
    RelationshipKind(
        "contractor", "is contractor of", "has as contractor", "系…的承包商", "的承包商为…"
    ),
    RelationshipKind(
        "consortium", "is member of consortium", "has as member", "系联合体…的成员", "的成员包括…"
    ),
    RelationshipKind(
        "affiliate",
        "is affiliated with",
        "is affiliated with",
        "与…存在关联关系",
        "与…存在关联关系",
        symmetric=True,
    ),
    RelationshipKind(
        "possibly_same",
        "is possibly the same as",
        "is possibly the same as",
        "与…可能系同一主体",
        "与…可能系同一主体",
        symmetric=True,
    ),
    # Beyond the fifteen kinds of the model: a debtor's successor (rule P27) has no other way.
    RelationshipKind(
        "successor",
        "was merged or split into",
        "is successor of",
        "合并或分立后由…承继",
        "系…合并或分立后的承继主体",
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
    """How a step reads: in English between two names, ``A`` + ``"holds shares of"`` + ``B``.

    In Chinese after the first name, with ``…`` for the second: ``A`` + ``"持有…股权"``.
    """
    kind = RELATIONSHIP_KINDS[step >> 1]
    if language == "zh":
        return kind.backward_zh if step & 1 else kind.forward_zh
    return kind.backward_en if step & 1 else kind.forward_en

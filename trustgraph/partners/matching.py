"""Who is meant by the names and codes of a list: found, to be chosen, or not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from trustgraph.partners.lists import Wanted
from trustgraph.query.session import Session
from trustgraph.query.summary import summary_of_number
from trustgraph.search.fold import fold
from trustgraph.search.index import SearchIndex

__all__ = ["match_of"]

_CANDIDATES: Final = 5
_OTHER_NAME: Final = 0.5
"""Likeness below which a name beside a code is another name."""


def match_of(
    session: Session, index: SearchIndex, wanted: Sequence[Wanted | str]
) -> list[dict[str, Any]]:
    """Match partners to organisations of the register, in the order given.

    Rows with ``row``, ``given`` (as it was written), ``status``, ``entity`` and ``candidates``
    (rows of ``summary``, the likeliest first). ``status`` is ``matched`` (one organisation has this
    code, or this name whole), ``choose`` (several may be meant, or one of a name that is only
    alike: a person decides) or ``not_found``. ``differs``: the name beside a code is another one
    than that of the organisation that has the code. Natural persons are no partners.
    """
    rows = []
    for place, one in enumerate(wanted, 1):
        asked = one if isinstance(one, Wanted) else Wanted(place, None, one)
        rows.append(_matched(session, index, asked))
    return rows


def _matched(session: Session, index: SearchIndex, asked: Wanted) -> dict[str, Any]:
    given = " · ".join(text for text in (asked.code, asked.name) if text)
    found = {"row": asked.row, "given": given, "entity": None, "differs": False}
    text = asked.code or asked.name or ""
    numbers = _by_code(session, index, text)
    if len(numbers) == 1:
        candidates = [summary_of_number(session, numbers[0])]
        differs = asked.code is not None and _is_other(index, numbers[0], asked.name)
        return found | {
            "status": "matched",
            "entity": candidates[0]["entity"],
            "candidates": candidates,
            "differs": differs,
        }
    hits = []
    if not numbers and asked.name is not None:
        hits = index.find(asked.name, _CANDIDATES)
        whole = [hit.number for hit in hits if _is_called(session, hit.number, asked.name)]
        numbers = whole or [hit.number for hit in hits]
        if len(whole) == 1 and asked.code is None:
            candidates = [summary_of_number(session, whole[0])]
            return found | {
                "status": "matched",
                "entity": candidates[0]["entity"],
                "candidates": candidates,
            }
    shown = [one for one in numbers if session.kind(one) != "person"][:_CANDIDATES]
    return found | {
        "status": "choose" if shown else "not_found",
        "candidates": [summary_of_number(session, one) for one in shown],
    }


def _by_code(session: Session, index: SearchIndex, text: str) -> list[int]:
    """Organisations that have a text as id, USCC or LEI."""
    for spelled in (text, text.upper()):
        number = session.register.number_of(spelled)
        if number is not None:
            return [] if session.kind(number) == "person" else [number]
    code = "".join(text.split())
    if len(code) < 8 or not code.isascii() or not code.isalnum():
        return []
    hits = index.find(code, _CANDIDATES)
    entities = [(hit.number, session.register.entities.row(hit.number)) for hit in hits]
    wanted = code.upper()
    return [
        number
        for number, row in entities
        if wanted in {str(row.get(name) or "").upper() for name in ("uscc", "lei")}
    ]


def _is_called(session: Session, number: int, name: str) -> bool:
    """Whether a name is an organisation's own, whole, in either language; however it is written."""
    row = session.register.entities.row(number)
    return fold(name) in {fold(str(row.get(key) or "")) for key in ("name", "name_en")}


def _is_other(index: SearchIndex, number: int, name: str | None) -> bool:
    """Whether a name is not what one would call an organisation."""
    if name is None:
        return False
    hits = index.find(name, _CANDIDATES)
    return all(hit.number != number or hit.likeness < _OTHER_NAME for hit in hits)

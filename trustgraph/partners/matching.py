"""Who is meant by the names and codes of a list: found, to be chosen, or not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from trustgraph.partners.lists import Wanted
from trustgraph.query.session import Session
from trustgraph.query.summary import summaries_of, summary_of_number
from trustgraph.search.fold import fold
from trustgraph.search.index import SearchIndex

__all__ = ["match_of"]

_CANDIDATES: Final = 5
_LIKELY: Final = 0.6
"""Likeness of a name that is only similar from which somebody may choose it."""
_OTHER_NAME: Final = 0.5
"""Likeness below which a name beside a code is another name."""
_SHORTEST: Final = 8
"""Characters of a code that the index is asked for: shorter ones begin many."""


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
    candidates = _by_code(session, index, asked.code or asked.name or "")
    sure, differs = len(candidates) == 1, False
    if sure:
        differs = asked.code is not None and _is_other(session, index, candidates[0], asked.name)
    elif not candidates and asked.name is not None:
        candidates = _found(session, index, asked.name)
        whole = [one for one in candidates if _is_called(one, asked.name)]
        candidates = whole or candidates
        # A code that is nobody's says that the name alone is not enough.
        sure = len(whole) == 1 and asked.code is None
    return {
        "row": asked.row,
        "given": given,
        "status": "matched" if sure else "choose" if candidates else "not_found",
        "entity": candidates[0]["entity"] if sure else None,
        "candidates": candidates,
        "differs": differs,
    }


def _found(session: Session, index: SearchIndex, text: str) -> list[dict[str, Any]]:
    """The organisations that a text may mean, the likeliest first."""
    hits = index.find(text, _CANDIDATES)
    likely = [hit.number for hit in hits if not hit.similar or hit.likeness >= _LIKELY]
    return summaries_of(session, likely)


def _by_code(session: Session, index: SearchIndex, text: str) -> list[dict[str, Any]]:
    """Organisations that have a text as id, USCC or LEI."""
    for spelled in (text, text.upper()):
        number = session.register.number_of(spelled)
        if number is not None:
            person = session.kind(number) == "person"
            return [] if person else [summary_of_number(session, number)]
    code = "".join(text.split()).upper()
    if len(code) < _SHORTEST or not code.isascii() or not code.isalnum():
        return []
    return [
        one
        for one in _found(session, index, code)
        if code in {str(one[name] or "").upper() for name in ("uscc", "lei")}
    ]


def _is_called(one: dict[str, Any], name: str) -> bool:
    """Whether a name is an organisation's own, whole, in either language; however it is written."""
    return fold(name) in {fold(str(one[key] or "")) for key in ("registered_name", "name_en")}


def _is_other(session: Session, index: SearchIndex, one: dict[str, Any], name: str | None) -> bool:
    """Whether a name is not what one would call an organisation."""
    if name is None:
        return False
    number = session.number(one["entity"])
    hits = index.find(name, _CANDIDATES)
    return all(hit.number != number or hit.likeness < _OTHER_NAME for hit in hits)

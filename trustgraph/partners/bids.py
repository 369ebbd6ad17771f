"""Who of some partners is barred from bidding, and who may not bid beside whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trustgraph.partners.portfolio import barred_among, numbers_of, pairs_among
from trustgraph.query.session import Session
from trustgraph.query.summary import summaries_of

__all__ = ["bids_of"]


def bids_of(session: Session, entities: Sequence[str]) -> dict[str, Any]:
    """What keeps partners from bidding, alone and beside each other.

    Keys: ``as_of``; ``barred``: rows of ``summary`` of those whom a record bars from government
    procurement or mandatory tenders, with these ``bars`` alone (``verdict``, ``title``); ``pairs``:
    two of them that may not bid beside each other, each pair and rule once, as explanations tell
    consequences; ``partners`` (how many were looked at) and ``missing`` (ids that are not in the
    register, or are persons).
    """
    numbers, missing = numbers_of(session, entities)
    session = session.about(numbers, ("scores", "consequences"))
    return {
        "as_of": session.as_of.isoformat(),
        "partners": len(numbers),
        "barred": barred_among(summaries_of(session, numbers)),
        "pairs": pairs_among(session, numbers),
        "missing": missing,
    }

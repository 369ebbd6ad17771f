"""Verdicts in words, for the terminal, JSON and screens alike."""

from __future__ import annotations

from typing import Final, Literal

from trustgraph.policy import Policy
from trustgraph.scoring.verdicts import (
    BLOCKED,
    DEREGISTERED,
    LISTED,
    NOT_RATED_VERDICT,
    OLD,
    POSSIBLY_BLOCKED,
    REVOKED,
)

__all__ = ["verdict_title"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    DEREGISTERED: ("DEREGISTERED, the company no longer exists", "已注销，该主体已不复存在"),
    REVOKED: ("LICENCE REVOKED, may wind up but not trade", "已吊销，除清算外不得开展经营活动"),
    BLOCKED: ("BLOCKED", "被封锁"),
    POSSIBLY_BLOCKED: ("POSSIBLY BLOCKED", "可能被封锁"),
    LISTED: ("ON A BLACK LIST", "已列入失信名单"),
    OLD: ("a record is older than usual, check the source", "有记录超过通常时长，请核对来源"),
    NOT_RATED_VERDICT: ("NOT RATED", "不予评级"),
}


def verdict_title(policy: Policy, code: str, lang: Literal["en", "zh"] = "en") -> str:
    """A verdict in words; of a measure they are the pack's."""
    if code in _WORDS:
        return _WORDS[code][lang == "zh"]
    measure = policy.measures.get(code)
    return code if measure is None else measure.title(lang) or code

"""Natural persons: masked by stable pseudonyms wherever something is shown.

A pseudonym is a short keyed hash of the person's id: the same in every run and every export, so
that a chain can be followed, and followed over time, without anybody being named. It protects
against a glance and a forwarded page. Whoever can guess ids could hash them as well, unless the
environment variable ``TRUSTGRAPH_PSEUDONYM_KEY`` holds a secret of your own.
"""

from __future__ import annotations

import hashlib
import os
from typing import Literal

from trustgraph.register import Register
from trustgraph.schema import ENTITY_KINDS

__all__ = ["display_name", "pseudonym"]

_PERSON = ENTITY_KINDS.index("person")
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def pseudonym(entity: str, *, language: str = "en") -> str:
    """A stable name for a person that names nobody, such as ``Person 7Q2K-FDXA``."""
    key = os.environ.get("TRUSTGRAPH_PSEUDONYM_KEY", "trustgraph")
    digest = hashlib.blake2b(entity.encode(), key=key.encode()[:64], digest_size=8).digest()
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(8):
        number, place = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[place])
    code = "".join(letters[:4]) + "-" + "".join(letters[4:])
    return f"{'自然人' if language == 'zh' else 'Person'} {code}"


def display_name(
    register: Register,
    number: int,
    *,
    language: Literal["en", "zh"] = "en",
    unmask: bool = False,
) -> str:
    """What to call an entity on a screen: a person's pseudonym, an organisation's name."""
    row = register.entities.row(number, named=True)
    if register.kind[number] == _PERSON and not unmask:
        return pseudonym(row["id"], language=language)
    chosen: str = row["name"] if language == "zh" else (row["name_en"] or row["name"])
    return _one_line(chosen)


def _one_line(text: str) -> str:
    """Names come from data: no control characters, no line breaks, no endless lines."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    clean = " ".join(clean.split())
    return clean if len(clean) <= 120 else clean[:119] + "…"

"""Natural persons: masked by stable pseudonyms wherever something is shown.

A pseudonym is a short keyed hash of the person's id: the same in every run and every export, so
that a chain can be followed, and followed over time, without anybody being named. It protects
against a glance and a forwarded page. Whoever can guess ids could hash them as well, unless the
environment variable ``TRUSTGRAPH_PSEUDONYM_KEY`` holds a secret of your own. From a pseudonym
alone nothing leads back: only a register whose persons are all hashed again tells whom it means.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from trustgraph.register import Int64, Register
from trustgraph.schema import ENTITY_KINDS

__all__ = ["display_name", "persons_called", "pseudonym"]

UInt64 = NDArray[np.uint64]

_PERSON = ENTITY_KINDS.index("person")
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_SHOWN: Final = re.compile(
    rf"(?:Person|自然人)?\s*([{_ALPHABET}]{{4}}-[{_ALPHABET}]{{4}})", re.IGNORECASE
)

_PSEUDONYMS: Final = len(_ALPHABET) ** 8
_KEPT: Final = 1 << 24
"""Persons up to which their hashes are kept: 16 bytes each."""
_REGISTERS: Final = 4
_KNOWN: Final[dict[tuple[str, bytes], tuple[UInt64, Int64]]] = {}
"""By register and key, for somebody asks for persons of one register again and again."""


def pseudonym(entity: str) -> str:
    """A stable id for a person that names nobody, such as ``7Q2K-FDXA``: no word of a language."""
    number = _hashed(entity, _key())
    letters = []
    for _ in range(8):
        number, place = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[place])
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def _key() -> bytes:
    return os.environ.get("TRUSTGRAPH_PSEUDONYM_KEY", "trustgraph").encode()[:64]


def _hashed(entity: str, key: bytes) -> int:
    """The number whose digits are a pseudonym's letters, the lowest first."""
    digest = hashlib.blake2b(entity.encode(), key=key, digest_size=8).digest()
    return int.from_bytes(digest, "big") % _PSEUDONYMS


def persons_called(register: Register, text: str) -> list[int] | None:
    """The numbers of the persons whom a pseudonym stands for; None if ``text`` is none.

    A pseudonym is taken as any output shows it: ``7Q2K-FDXA``, ``Person 7Q2K-FDXA`` or
    ``自然人7Q2K-FDXA``. Every person of the register is hashed for it, once.
    """
    shown = _SHOWN.fullmatch(text.strip())
    if shown is None:
        return None
    letters = shown[1].upper().replace("-", "")
    number = sum(_ALPHABET.index(one) * len(_ALPHABET) ** at for at, one in enumerate(letters))
    hashed, persons = _hashed_persons(register)
    first, last = np.searchsorted(hashed, [number, number + 1]).tolist()
    return sorted(persons[first:last].tolist())


def _hashed_persons(register: Register) -> tuple[UInt64, Int64]:
    """Every person's hash in ascending order, and whose each is."""
    key = _key()
    found = _KNOWN.get((register.digest, key))
    if found is None:
        persons = np.flatnonzero(register.kind == _PERSON)
        hashed = np.fromiter(
            (_hashed(entity, key) for entity in register.ids.gather(persons)),
            dtype=np.uint64,
            count=len(persons),
        )
        order = np.argsort(hashed, kind="stable")
        found = hashed[order], persons[order]
        if len(persons) <= _KEPT:
            while len(_KNOWN) >= _REGISTERS:
                _KNOWN.pop(next(iter(_KNOWN), (register.digest, key)), None)
            _KNOWN[register.digest, key] = found
    return found


def display_name(
    register: Register,
    number: int,
    *,
    lang: Literal["en", "zh"] = "en",
    unmask: bool = False,
    row: Mapping[str, Any] | None = None,
) -> str:
    """What to call an entity on a screen, such as ``Person 7Q2K-FDXA``; organisations by name.

    ``row`` is the entity's, where it is at hand.
    """
    if register.kind[number] == _PERSON and not unmask:
        code = pseudonym(register.ids[number])
        return f"自然人{code}" if lang == "zh" else f"Person {code}"
    if row is None:
        row = register.entities.slice(number, 1, ["name", "name_en"]).row(0, named=True)
    chosen: str = row["name"] if lang == "zh" else (row["name_en"] or row["name"])
    return _one_line(chosen)


def _one_line(text: str) -> str:
    """Names come from data: no control characters, no line breaks, no endless lines."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    clean = " ".join(clean.split())
    return clean if len(clean) <= 120 else clean[:119] + "…"

"""Identifiers of organisations: check characters of the USCC and the LEI.

USCC: 统一社会信用代码, GB 32100-2015 with amendment 1 of 2016. LEI: ISO 17442, with the check
digits of ISO 7064 MOD 97-10. Both are checked here rather than by a library because the
best-known one refuses valid codes of the departments A, N and Y.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "lei_is_valid",
    "lei_rows_valid",
    "uscc_check_character",
    "uscc_division",
    "uscc_is_valid",
    "uscc_rows_valid",
]

USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of a USCC: no I, O, S, V, Z."""

_USCC_VALUES: Final = {character: value for value, character in enumerate(USCC_ALPHABET)}
_USCC_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))


def uscc_check_character(body: str) -> str | None:
    """The 18th character that belongs to the first 17, or None if those are not usable.

    Weights 3^(i-1) mod 31; the outer mod matters: a sum divisible by 31 gives ``0``.

    >>> uscc_check_character("91350100M000100Y4")
    '3'
    """
    if len(body) != 17:
        return None
    total = 0
    for character, weight in zip(body, _USCC_WEIGHTS, strict=True):
        value = _USCC_VALUES.get(character)
        if value is None:
            return None
        total += value * weight
    return USCC_ALPHABET[-total % 31]


def uscc_is_valid(code: str) -> bool:
    """Whether a code has 18 allowed characters and the right check character.

    >>> uscc_is_valid("91110000600037341L"), uscc_is_valid("91110000600037342L")
    (True, False)
    """
    return len(code) == 18 and uscc_check_character(code[:17]) == code[17]


def uscc_division(code: str) -> str | None:
    """The administrative division (GB/T 2260, six digits) of the registering office, if any."""
    division = code[2:8]
    return division if len(code) == 18 and division.isascii() and division.isdigit() else None


def lei_is_valid(code: str) -> bool:
    """Whether a code is 18 letters or digits followed by the right two check digits.

    >>> lei_is_valid("5493001KJTIIGC8Y1R12"), lei_is_valid("5493001KJTIIGC8Y1R13")
    (True, False)
    """
    if len(code) != 20 or not code.isascii() or not code.isalnum() or not code[18:].isdigit():
        return False
    if code != code.upper():
        return False
    return int("".join(str(int(character, 36)) for character in code)) % 97 == 1


_NO_VALUE: Final = 255


def _byte_values(alphabet: str, start: int = 0) -> NDArray[np.uint8]:
    """A table from byte to value; bytes outside the alphabet get ``_NO_VALUE``."""
    values = np.full(256, _NO_VALUE, dtype=np.uint8)
    for value, character in enumerate(alphabet, start):
        values[ord(character)] = value
    return values


_USCC_BYTES: Final = _byte_values(USCC_ALPHABET)
_LEI_BYTES: Final = _byte_values("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def uscc_rows_valid(codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """:func:`uscc_is_valid` for many codes: an (n, 18) matrix of bytes to n truth values.

    >>> uscc_rows_valid(np.frombuffer(b"91110000600037341L", dtype=np.uint8).reshape(1, 18))
    array([ True])
    """
    values = _USCC_BYTES[codes]
    usable = (values != _NO_VALUE).all(axis=1)
    weights = np.array(_USCC_WEIGHTS, dtype=np.int32)
    total = values[:, :17].astype(np.int32) @ weights
    return np.asarray(usable & (-total % 31 == values[:, 17]))


def lei_rows_valid(codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """:func:`lei_is_valid` for many codes: an (n, 20) matrix of bytes to n truth values.

    >>> lei_rows_valid(np.frombuffer(b"5493001KJTIIGC8Y1R12", dtype=np.uint8).reshape(1, 20))
    array([ True])
    """
    values = _LEI_BYTES[codes].astype(np.int64)
    usable = (values != _NO_VALUE).all(axis=1) & (values[:, 18:] < 10).all(axis=1)
    remainder = np.zeros(len(codes), dtype=np.int64)
    for place in range(20):
        value = values[:, place]
        # A letter stands for two decimal digits, so what came before moves two places.
        remainder = (remainder * np.where(value < 10, 10, 100) + value) % 97
    return np.asarray(usable & (remainder == 1))
